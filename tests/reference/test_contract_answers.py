"""The contract behind the page: headers, errors, prompts, A/B tests, the cache, streams, events."""

from __future__ import annotations

import json
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI

from nemoproxy.config import AbTest, Model, Target, Variant
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.storage import Event, Period, Scope, utc_now
from nemoproxy.webhooks.payload import envelope
from tests.asking import HELLO, ask, fresh, get, say, sent
from tests.purse import Purse
from tests.reference.conftest import ON
from tests.site import Site
from tests.timing import one_moment
from tests.wire import Answer, Wire, chat, post

CARD = "My card is 4111 1111 1111 1111."
PII = "Write to jane.doe@example.com"


def events(answer: Answer) -> list[Any]:
    """The data of a stream's events; nothing else is in it."""
    lines = [line for line in answer.body.decode().split("\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    return [line[6:] if line[6:] == "[DONE]" else json.loads(line[6:]) for line in lines]


# 4 Response headers


def test_x_nemo_post_call_guardrails(site: Site) -> None:
    for stream in (False, True):
        answer = ask(site, messages=fresh(), guardrails=["answers"], stream=stream)
        assert answer.headers["x-nemo-post-call-guardrails"] == "answers"
    assert ask(site).headers["x-nemo-post-call-guardrails"] is None


def test_x_nemo_stream_buffered(site: Site) -> None:
    """The exact text `true`, and only where a stream is held back as a whole."""
    held = ask(site, messages=fresh(), guardrails=["judge"], stream=True)
    assert held.headers["x-nemo-stream-buffered"] == "true"
    assert events(held)[-1] == "[DONE]"
    assert ask(site, messages=fresh(), guardrails=["answers"], stream=True).headers["x-nemo-stream-buffered"] is None


def test_x_litellm_response_cost(site: Site) -> None:
    answer = ask(site, messages=fresh())
    assert answer.headers["x-litellm-response-cost"] == answer.headers["x-nemo-request-cost"]


def test_x_nemo_guardrail_warning(site: Site) -> None:
    assert ask(site, messages=say("a bluebird"), guardrails=["gossip"]).headers["x-nemo-guardrail-warning"] == "gossip"
    again = ask(site, messages=say("a bluebird"), guardrails=["gossip"])
    assert (again.headers["x-nemo-cache"], again.headers["x-nemo-guardrail-warning"]) == ("hit", "gossip")


def test_headers_on_error_responses_too(site: Site) -> None:
    body: dict[str, Any] = {"nemo_prompt_template_id": "support", "nemo_prompt_variables": {"customer": "Joe"}}
    answer = ask(site, model="mock,status=500", **body)
    assert answer.status == 500
    assert answer.headers["x-nemo-request-id"] == answer.json()["request_id"]
    assert float(answer.headers["x-nemo-latency-ms"]) > 0
    assert (answer.headers["x-nemo-prompt-version"], answer.headers["x-nemo-guardrails-applied"]) == ("1", ON)
    assert answer.headers["x-ratelimit-limit-requests"] is None  # an enterprise key has no limit
    _, key = site.make_key(rpm=5)
    assert ask(site, key, model="mock,status=500").headers["x-ratelimit-remaining-requests"] == "4"


# 5 Errors


def test_hybrid_body_code_and_request_id_on_top(site: Site) -> None:
    _, key = site.make_key(rpm=1)
    refused = [
        ask(site, "sk-nemo-wrong"),
        ask(site, messages=say(CARD)),
        ask(site, model="missing"),
        ask(site, model="mock,status=400"),
        ask(site, model="mock,status=500,body=html"),
        ask(site, Purse.make(site, 1).key),
        get(site, "/nowhere"),
        get(site, "/v1/chat/completions"),
        *[ask(site, key, messages=fresh()) for _ in range(2)][1:],
    ]
    statuses = [answer.status for answer in refused]
    assert statuses == [401, 400, 404, 400, 500, 402, 404, 405, 429]
    for answer in refused:
        body = answer.json()
        assert {"message", "type", "code", "param"} <= body["error"].keys()
        assert body["code"] == body["error"]["code"]
        assert body["request_id"] == answer.headers["x-nemo-request-id"]


def test_a_budget_is_a_402(site: Site) -> None:
    """Never a 429, which clients send again."""
    purse = Purse.make(site, UNITS_PER_USD)
    site.records.budgets.set(Scope.TEAM, purse.team_id, 1, Period.DAILY)
    site.refresh()
    answer = ask(site, purse.key, messages=fresh())
    assert (answer.status, answer.code) == (402, "insufficient_credits")
    assert (answer.json()["reason"], answer.json()["scope"]) == ("budget_exceeded", "team")


def test_retry_after_is_true_to_the_window(site: Site) -> None:
    _, key = site.make_key(tps=1)
    with one_moment():
        assert ask(site, key, messages=fresh()).status == 200
        refused = ask(site, key, messages=fresh())
    assert refused.status == 429
    at = time.monotonic() + int(refused.headers["retry-after-ms"]) / 1000
    site.eventually(lambda: time.monotonic() >= at)  # as a client that does as it is told
    assert ask(site, key, messages=fresh()).status == 200


def test_x_should_retry_false_on_permanent_refusals(site: Site) -> None:
    _, key = site.make_key(tpm=10)
    for refused in (
        ask(site, key, max_tokens=1000, messages=fresh()),
        ask(site, Purse.make(site, 1).key),
        ask(site, messages=say(CARD)),
    ):
        assert refused.headers["x-should-retry"] == "false"
        assert refused.headers["retry-after"] is None


# 6 Auth


def test_authorization_x_api_key_api_key(site: Site) -> None:
    for name, value in (("x_api_key", site.key), ("api_key", site.key), ("authorization", f"bearer {site.key}")):
        with Wire(site.port) as wire:
            wire.send(post(chat(), None, **{name: value}))
            assert wire.answer().status == 200


# 11 Prompt templates


def test_versions_one_of_them_active(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        prompts = site.records.prompts

        def system() -> tuple[str, str]:
            site.refresh()
            answer = ask(site, nemo_prompt_template_id="p")
            return answer.headers["x-nemo-prompt-version"], sent(site)["messages"][0]["content"]

        prompts.save("p", "One.")
        assert system() == ("1", "One.")
        prompts.save("p", "Two.")
        assert system() == ("1", "One."), "saved, and not active yet"
        prompts.activate("p", 2)
        assert system() == ("2", "Two.")
        prompts.activate("p", 1)
        assert system() == ("1", "One.")


def test_unknown_template_or_version_is_a_400(site: Site) -> None:
    given: dict[str, Any] = {"nemo_prompt_variables": {"customer": "Joe"}}
    for body, code in (
        ({"nemo_prompt_template_id": "nope"}, "prompt_template_not_found"),
        ({"nemo_prompt_template_id": "support", "nemo_prompt_version": 9}, "prompt_version_not_found"),
        ({"nemo_prompt_template_id": "support", "nemo_prompt_variables": {}}, "prompt_variable_missing"),
    ):
        answer = ask(site, **(given | body))
        assert (answer.status, answer.code) == (400, code)


# 12 A/B tests


def test_weighted_variants_sticky(tmp_path: Path) -> None:
    models = {name: Model(targets=(Target(provider="mock", model="mock"),)) for name in ("m", "n")}
    variants = {"rare": Variant(weight=1), "usual": Variant(weight=9, model="n")}
    tests = {"t": AbTest(model="m", state="running", variants=variants)}
    with Site(tmp_path, more_models=models, ab_tests=tests) as site:
        told = [ask(site, model="m", user=f"u{number % 200}").headers["x-nemo-ab-test"] for number in range(400)]
    assert told[:200] == told[200:], "a user stays with a variant"
    assert 5 <= Counter(told[:200])["t/rare"] <= 40


def test_draft_running_paused_completed(tmp_path: Path) -> None:
    models = {"m": Model(targets=(Target(provider="mock", model="mock"),))}
    for state in ("draft", "running", "paused", "completed"):
        tests = {"t": AbTest(model="m", state=state, variants={"a": Variant(), "b": Variant()})}
        data = tmp_path / state
        data.mkdir()
        with Site(data, more_models=models, ab_tests=tests) as site:
            assert (ask(site, model="m").headers["x-nemo-ab-test"] is not None) == (state == "running")


# 13 Caching


def test_exact_match_a_hit_costs_0(site: Site) -> None:
    body: dict[str, Any] = {"messages": fresh()}
    told = [ask(site, **body), ask(site, **body), ask(site, **body, temperature=0.5)]
    assert [answer.headers["x-nemo-cache"] for answer in told] == ["miss", "hit", "miss"]
    assert told[1].headers["x-nemo-request-cost"] == "0"
    assert told[1].body == told[0].body


def test_nothing_is_shared_between_tenants(site: Site) -> None:
    body: dict[str, Any] = {"messages": fresh()}
    purse = Purse.make(site, UNITS_PER_USD)
    assert [ask(site, key, **body).headers["x-nemo-cache"] for key in ("", purse.key)] == ["miss", "miss"]


def test_a_stream_is_replayed_as_one(site: Site) -> None:
    body: dict[str, Any] = {"messages": fresh(), "stream": True}
    first, second = ask(site, **body), ask(site, **body)
    assert (first.headers["x-nemo-cache"], second.headers["x-nemo-cache"]) == ("miss", "hit")
    assert events(first) == events(second)


# 14 Streaming


def test_data_lines_then_done(site: Site) -> None:
    answer = ask(site, messages=fresh(), stream=True)
    assert answer.headers["content-type"].startswith("text/event-stream")
    *chunks, last = events(answer)
    assert last == "[DONE]"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_a_usage_chunk_only_when_requested(site: Site) -> None:
    plain = events(ask(site, messages=fresh(), stream=True))
    assert all(chunk["choices"] and "usage" not in chunk for chunk in plain[:-1])
    asked = events(ask(site, messages=fresh(), stream=True, stream_options={"include_usage": True}))
    assert [chunk["choices"] == [] for chunk in asked[:-1]] == [False] * (len(asked) - 2) + [True]


def test_the_cost_rides_in_the_last_chunk(site: Site) -> None:
    row, key = site.make_key()
    body: dict[str, Any] = {"messages": fresh(), "stream": True, "stream_options": {"include_usage": True}}
    usage = events(ask(site, key, **body))[-2]["usage"]
    (booked,) = site.rows("SELECT cost FROM usage WHERE key_id = ?", row.id)
    assert Decimal(str(usage["cost"])) * 10**10 == booked["cost"]


def test_a_mid_stream_error_raises(site: Site, client: OpenAI) -> None:
    """What came before it stays, and there is no `[DONE]` that the provider did not send."""
    stream = client.chat.completions.create(model="mock,events=9,fault=cut:4", messages=HELLO, stream=True)
    assert [next(stream).object for _ in range(3)] == ["chat.completion.chunk"] * 3
    with pytest.raises(openai.APIError) as caught:
        list(stream)
    assert caught.value.code == "upstream_invalid_response"


# 16 Webhooks


def test_title_message_severity_details_service() -> None:
    """The envelope of all channels, with what Standard Webhooks wants beside it."""
    event = Event(id=1, name="budget.threshold", payload={"threshold_percent": 100}, created_at=utc_now())
    body = json.loads(envelope(event))
    assert (body["title"], body["severity"], body["service"]) == ("Budget at 100%", "CRITICAL", "nemo-backend")
    assert body["message"]
    assert body["details"] == body["data"] == {"threshold_percent": 100}
    assert body["type"] == "budget.threshold"
