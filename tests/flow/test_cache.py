"""The response cache through the front door: what is shared, what never is, and what it costs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from nemoproxy.config import Cache, Guardrail
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.storage import Kind
from tests.purse import Purse
from tests.site import Site
from tests.timing import NEVER_S
from tests.wire import Answer, Wire, chat, post

GRANT = (Kind.GRANT, 100 * UNITS_PER_USD)
SLOW = "mock,events=12,spacing=20ms,latency=20ms"
NEVER = f"mock,events=12,latency={NEVER_S}s"
_numbers = count()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("cache"), cache=Cache(enabled=True)) as running:
        yield running


def word() -> str:
    """One that no test has used. Not a number: some numbers are payment cards."""
    return f"word-{next(_numbers)}"


def ask(site: Site, key: str, body: dict[str, Any], path: str = "/v1/chat/completions", **headers: str) -> Answer:
    with Wire(site.port) as wire:
        wire.send(post(body, key, path, **headers))
        return wire.answer()


def text(name: str) -> list[dict[str, str]]:
    """Messages that no other test sends."""
    return [{"role": "user", "content": f"{name} {word()}"}]


def kept(site: Site) -> int:
    return len(site.gateway._cache._store)


@pytest.mark.parametrize("usage", [False, True])
@pytest.mark.parametrize("stream", [False, True])
def test_the_second_time_it_is_answered_from_the_cache_for_nothing(site: Site, stream: bool, usage: bool) -> None:
    row, key = site.make_key(rpm=100)
    members = {"stream_options": {"include_usage": True}} if usage and stream else {}
    body = chat("mock,events=20", messages=text("twice"), stream=stream, **members)
    asked = site.mock.total
    first, second = ask(site, key, body), ask(site, key, body)
    assert site.mock.total == asked + 1
    assert [one.headers["x-nemo-cache"] for one in (first, second)] == ["miss", "hit"]
    assert second.headers["content-type"] == first.headers["content-type"]
    assert int(second.headers["age"]) >= 0
    assert second.headers["x-ratelimit-remaining-requests"] == "98"
    if usage and stream:
        cost = json.loads(first.body.split(b"data: ")[-2])["usage"]["cost"]
        assert cost > 0
        assert json.loads(second.body.split(b"data: ")[-2])["usage"]["cost"] == 0
        assert second.body.count(b"data: ") == first.body.count(b"data: ")
    else:
        assert second.body == first.body
    if not stream:
        assert float(first.headers["x-nemo-request-cost"]) > 0
        assert float(second.headers["x-nemo-request-cost"]) == 0
    assert len(site.rows("SELECT * FROM usage WHERE key_id = ?", row.id)) == 1
    assert site.in_flight(row) == 0


def test_embeddings_and_completions_too(site: Site) -> None:
    for path, member in (("/v1/embeddings", "input"), ("/v1/completions", "prompt")):
        body = {"model": "mock", member: f"x {word()}"}
        answers = [ask(site, site.key, body, path) for _ in range(2)]
        assert [one.headers["x-nemo-cache"] for one in answers] == ["miss", "hit"]
        assert answers[0].body == answers[1].body


def test_nothing_is_shared_by_what_differs(site: Site) -> None:
    body = chat(messages=text("differs"))
    assert ask(site, site.key, body).headers["x-nemo-cache"] == "miss"
    for other in (
        {**body, "temperature": 0.5},
        {**body, "stream": True},
        {**body, "stream": True, "stream_options": {"include_usage": True}},
        {**body, "model": "alias-of-its-own"},
        {**body, "user": "u"},
        {**body, "messages": [*body["messages"], {"role": "user", "content": ""}]},
    ):
        assert ask(site, site.key, other).headers["x-nemo-cache"] == "miss", other
    assert ask(site, site.key, {**body, "nemo_prompt_variables": {}}).headers["x-nemo-cache"] == "hit"
    assert ask(site, site.key, {**body, "model": "alias"}).headers["x-nemo-cache"] == "hit"  # the same model there


def test_usage_in_a_stream_is_for_those_who_ask(site: Site) -> None:
    """The provider is sent the same bytes for both: the gateway asks for usage by itself."""
    messages = text("usage")
    silent = {"stream": True, "messages": messages, "model": "mock"}
    asking = '{"stream": true, "messages": %s, "model": "mock","stream_options":{"include_usage":true}}'
    for _ in range(2):
        assert b'"usage"' not in ask(site, site.key, silent).body
        with Wire(site.port) as wire:
            wire.send(post(asking % json.dumps(messages), site.key))
            assert b'"usage"' in wire.answer().body


def test_tenants_share_nothing(site: Site) -> None:
    site.records.set_org("tenant")
    site.records.set_team("t", "tenant")
    site.records.ledger.credit("tenant", *GRANT)
    _, other = site.make_key(team="t", org="tenant")
    _, colleague = site.make_key()
    body = chat(messages=text("tenants"))
    asked = site.mock.total
    assert ask(site, site.key, body).headers["x-nemo-cache"] == "miss"
    assert ask(site, other, body).headers["x-nemo-cache"] == "miss"
    assert ask(site, colleague, body).headers["x-nemo-cache"] == "hit"
    assert site.mock.total == asked + 2


@pytest.mark.parametrize(("scope", "colleague", "other_team"), [("team", "hit", "miss"), ("key", "miss", "miss")])
def test_the_scope_can_be_narrower(tmp_path: Path, scope: Any, colleague: str, other_team: str) -> None:
    with Site(tmp_path, cache=Cache(enabled=True, scope=scope)) as site:
        site.records.set_team("others")
        body = chat(messages=text("scope"))
        assert ask(site, site.key, body).headers["x-nemo-cache"] == "miss"
        assert ask(site, site.key, body).headers["x-nemo-cache"] == "hit"
        assert ask(site, site.make_key()[1], body).headers["x-nemo-cache"] == colleague
        assert ask(site, site.make_key(team="others")[1], body).headers["x-nemo-cache"] == other_team


def test_bypassed_when_asked_to(site: Site) -> None:
    body = chat(messages=text("bypass"))
    for members in ({"nemo_cache": False}, {"extra_body": {"nemo_cache": False}}, {"metadata": {"nemo_cache": False}}):
        assert ask(site, site.key, body | members).headers["x-nemo-cache"] == "bypass"
    assert ask(site, site.key, body).headers["x-nemo-cache"] == "miss"
    assert ask(site, site.key, body | {"nemo_cache": False}).headers["x-nemo-cache"] == "bypass"
    assert ask(site, site.key, body | {"nemo_cache": True}).headers["x-nemo-cache"] == "hit"
    answer = ask(site, site.key, body | {"nemo_cache": "no"})
    assert (answer.status, answer.json()["error"]["param"]) == (400, "nemo_cache")


def test_off_unless_it_is_switched_on(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        for _ in range(2):
            assert ask(site, site.key, chat(nemo_cache=True)).headers["x-nemo-cache"] is None
        assert site.mock.total == 2


def test_who_may_not_ask_may_not_hit(site: Site) -> None:
    body = chat(messages=text("may not"))
    ask(site, site.key, body)
    _, narrow = site.make_key(models=["alias"])
    assert ask(site, narrow, body).status == 403
    _, slow = site.make_key(rpm=2)
    assert [ask(site, slow, body).status for _ in range(3)] == [200, 200, 429]


FAULTS = ("mock,fault=cut", "mock,fault=reset", "mock,fault=badchunk", "mock,fault=garbage", "dead")
STATUSES = ("mock,status=500", "mock,status=429", "mock,status=400")


@pytest.mark.parametrize(
    ("model", "stream"),
    [
        *((model, False) for model in (*STATUSES, "mock,size=4000,fault=cut:100b", "mock,fault=garbage", "dead")),
        *((model, True) for model in (*STATUSES, *FAULTS)),
        *((f"mock,events=8,fault={kind}:3", True) for kind in ("cut", "reset", "badchunk", "errorevent")),
        ("mock,events=8,fault=nodone", True),
    ],
)
def test_what_went_wrong_is_not_kept(site: Site, model: str, stream: bool) -> None:
    body = chat(model, messages=text("wrong"), stream=stream)
    before = kept(site)
    ask_badly(site, body)
    assert kept(site) == before
    assert not site.gateway._cache._flights


def ask_badly(site: Site, body: dict[str, Any]) -> bytes:
    with Wire(site.port) as wire:
        wire.send(post(body, site.key, connection="close"))
        return wire.rest()


@pytest.mark.parametrize("chunks", range(12))
def test_a_client_that_leaves_at_any_chunk_leaves_nothing_behind(site: Site, chunks: int) -> None:
    row, key = site.make_key()
    body = chat(f"mock,events=12,fault=stall:{max(1, chunks)}", messages=text("leaves"), stream=True)
    before = kept(site)
    for _ in range(2):
        with Wire(site.port) as wire:
            wire.send(post(body, key))
            seen = b""
            while seen.count(b"data: ") < max(1, chunks):
                seen += wire.socket.recv(65536)
        assert b"\r\nx-nemo-cache: miss\r\n" in seen
        site.eventually(lambda: site.in_flight(row) == 0 and not site.gateway._cache._flights)
        assert kept(site) == before


@pytest.mark.parametrize("stream", [False, True])
def test_a_stampede_asks_once(site: Site, stream: bool) -> None:
    row, key = site.make_key()
    body = chat(SLOW, messages=text("stampede"), stream=stream)
    asked, many = site.mock.total, 500
    wires = [Wire(site.port, timeout=60) for _ in range(many)]
    for wire in wires:
        wire.send(post(body, key))
    answers = [wire.answer() for wire in wires]
    for wire in wires:
        wire.socket.close()
    assert site.mock.total == asked + 1
    assert len({(one.status, one.body) for one in answers}) == 1
    assert sorted(one.headers["x-nemo-cache"] for one in answers) == ["hit"] * (many - 1) + ["miss"]
    assert len(site.rows("SELECT * FROM usage WHERE key_id = ?", row.id)) == 1


def test_a_leader_that_fails_lets_another_try(site: Site) -> None:
    body = chat("mock,latency=150ms,status=500,first=1", messages=text("fails"))
    asked = site.mock.total
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(site, site.key, body), range(8)))
    assert sorted(one.status for one in answers) == [200] * 7 + [500]
    assert site.mock.total == asked + 2
    assert sorted(str(one.headers["x-nemo-cache"]) for one in answers) == ["hit"] * 6 + ["miss"] * 2


def test_a_leader_that_leaves_lets_another_try(site: Site) -> None:
    body = chat(NEVER, messages=text("leaves"), stream=True)
    asked = site.mock.total
    with Wire(site.port) as leader, Wire(site.port) as follower:
        leader.send(post(body, site.key))
        site.run(site.mock.until(lambda: site.mock.total > asked))
        follower.send(post(body, site.key))
        site.eventually(lambda: any(flight._waiting for flight in site.gateway._cache._flights.values()))
        leader.socket.close()
        site.run(site.mock.until(lambda: site.mock.total == asked + 2))
        site.hurry()
        answer = follower.answer()
    assert answer.headers["x-nemo-cache"] == "miss"
    assert answer.body.endswith(b"data: [DONE]\n\n")
    assert site.mock.total == asked + 2


def test_a_follower_that_leaves_disturbs_nobody(site: Site) -> None:
    row, key = site.make_key()
    body = chat(NEVER, messages=text("follower"), stream=True)
    asked = site.mock.total
    with Wire(site.port) as leader:
        leader.send(post(body, site.key))
        site.run(site.mock.until(lambda: site.mock.total > asked))
        with Wire(site.port) as follower:
            follower.send(post(body, key))
            site.eventually(lambda: any(flight._waiting for flight in site.gateway._cache._flights.values()))
        site.eventually(lambda: site.in_flight(row) == 0)
        site.hurry()
        assert leader.answer().body.endswith(b"data: [DONE]\n\n")
    assert ask(site, key, body).headers["x-nemo-cache"] == "hit"
    assert site.rows("SELECT * FROM usage WHERE key_id = ?", row.id) == []


def test_what_is_too_long_is_passed_on_to_everybody(tmp_path: Path) -> None:
    with Site(tmp_path, cache=Cache(enabled=True, max_answer_bytes=2048)) as site:
        body = chat("mock,size=20000,latency=100ms", messages=text("long"))
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: ask(site, site.key, body), range(4)))
        assert {(one.status, one.headers["x-nemo-cache"]) for one in answers} == {(200, "miss")}
        assert (site.mock.total, kept(site)) == (4, 0)


def test_an_answer_that_credits_cut_short_is_not_kept(tmp_path: Path) -> None:
    with Site(tmp_path, cache=Cache(enabled=True)) as site:
        purse = Purse.make(site, 2_000_000)
        key, body = purse.key, chat("mock", messages=text("poor"))
        assert ask(site, key, body).status == 200
        assert b"max_tokens" in site.mock.requests[-1].body
        assert kept(site) == 0


def test_idempotency_keys_go_on_working(site: Site) -> None:
    body = chat(messages=text("idempotent"))
    asked = site.mock.total
    first = ask(site, site.key, body, idempotency_key="a")
    hit = ask(site, site.key, body, idempotency_key="b")
    again = ask(site, site.key, body, idempotency_key="b")
    assert site.mock.total == asked + 1
    assert (hit.headers["x-nemo-cache"], again.headers["x-nemo-idempotent-replay"]) == ("hit", "true")
    assert first.body == hit.body == again.body


def test_the_openai_client_gets_a_replayed_stream(site: Site) -> None:
    with OpenAI(base_url=site.url, api_key=site.key, max_retries=0) as client:
        messages: Any = text("openai")

        def said() -> str:
            events = client.chat.completions.create(model="mock,events=20", messages=messages, stream=True)
            return "".join(event.choices[0].delta.content or "" for event in events if event.choices)

        asked = site.mock.total
        assert said() == said() != ""
        assert site.mock.total == asked + 1


# Guardrails: what is kept is screened for each reader.

EMAIL, OTHER = "jane.doe@example.com", "joe.bloggs@example.org"


def words(action: Any, *found: str, **more: Any) -> Guardrail:
    return Guardrail(
        detector="keyword", action=action, mode=more.pop("mode", "post_call"), default_on=False, words=found, **more
    )


GUARDRAILS = {
    "redact": Guardrail(detector="pii", action="redact", mode="post_call", default_on=False),
    "both": Guardrail(detector="pii", action="redact", mode="both", default_on=False),
    "mask": Guardrail(detector="pii", action="mask", default_on=False),
    "block": words("block", "bluebird"),
    "warn": words("warn", "bluebird"),
    "judge": Guardrail(detector="prompt_injection", action="block", mode="post_call", default_on=False),
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    cache = Cache(enabled=True, max_answer_bytes=65_536)
    with Site(tmp_path_factory.mktemp("guarded"), cache=cache, guardrails=GUARDRAILS) as running:
        yield running


def said(answer: Answer) -> str:
    """The text of an answer, streamed or not."""
    if not str(answer.headers["content-type"]).startswith("text/event-stream"):
        return str(answer.json()["choices"][0]["message"]["content"])
    assert answer.body.endswith(b"data: [DONE]\n\n")
    chunks = [json.loads(line[6:]) for line in answer.body.splitlines() if line.startswith(b"data: {")]
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])


def screened(site: Site, text: str, *guardrails: str, stream: bool, model: str = "mock,chunk=3") -> Answer:
    messages = [{"role": "user", "content": text}]
    return ask(site, site.key, chat(model, messages=messages, stream=stream, guardrails=list(guardrails)))


def rules(site: Site, answer: Answer) -> list[str]:
    site.run(site.gateway._findings.flush())
    found = site.rows("SELECT * FROM guardrail_log WHERE request_id = ?", answer.headers["x-nemo-request-id"])
    return sorted(row["guardrail"] for row in found)


ORDERS = [
    (("redact",), ()),
    ((), ("redact",)),
    (("redact",), ("redact",)),
    (("redact",), ("warn",)),
    (("warn",), ("redact",)),
    (("judge",), ("redact",)),
    (("redact",), ("judge",)),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("first", "second"), ORDERS)
def test_each_reader_gets_what_its_own_guardrails_leave(
    guarded: Site, stream: bool, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    text = f"{word()} bluebird {EMAIL} end"
    asked = guarded.mock.total
    for number, guardrails in enumerate((first, second, first)):
        answer = screened(guarded, text, *guardrails, stream=stream)
        assert (answer.status, answer.headers["x-nemo-cache"]) == (200, "hit" if number else "miss")
        seen = "[EMAIL_REDACTED]" if "redact" in guardrails else EMAIL
        assert said(answer) == f"You said: {text}".replace(EMAIL, seen)
        assert answer.headers["x-nemo-post-call-guardrails"] == (",".join(guardrails) or None)
        assert answer.headers["x-nemo-guardrails-applied"] == (",".join(guardrails) or None)
        if "warn" in guardrails and (number or not stream):
            assert answer.headers["x-nemo-guardrail-warning"] == "warn"
        assert rules(guarded, answer) == [name for name in guardrails if name != "judge"]
    assert guarded.mock.total == asked + 1


@pytest.mark.parametrize("stream", [False, True])
def test_what_blocks_blocks_hits_too_and_what_was_blocked_is_not_kept(guarded: Site, stream: bool) -> None:
    text = f"{word()} bluebird"
    asked, before = guarded.mock.total, kept(guarded)
    for _ in range(2):
        with Wire(guarded.port) as wire:
            messages = [{"role": "user", "content": text}]
            wire.send(post(chat(messages=messages, stream=stream, guardrails=["block"]), guarded.key))
            raw = wire.rest() if stream else wire.answer().body
        assert b"guardrail_blocked" in raw
    assert (guarded.mock.total, kept(guarded)) == (asked + 2, before)
    assert screened(guarded, text, stream=stream).headers["x-nemo-cache"] == "miss"
    row, key = guarded.make_key(rpm=100)
    body = chat("mock,chunk=3", messages=[{"role": "user", "content": text}], stream=stream, guardrails=["block"])
    answer = ask(guarded, key, body)
    assert (answer.status, answer.code, answer.headers["x-nemo-cache"]) == (400, "guardrail_blocked", "hit")
    assert b"bluebird" not in answer.body
    assert answer.headers["x-nemo-guardrails-applied"] == "block"
    assert answer.headers["x-ratelimit-remaining-requests"] == "99"
    assert guarded.rows("SELECT * FROM usage WHERE key_id = ?", row.id) == []
    assert screened(guarded, text, stream=stream).headers["x-nemo-cache"] == "hit"


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_masked_for_one_never_comes_to_another(guarded: Site, stream: bool) -> None:
    """To the provider, and so to the cache, both are the same request."""
    prefix = word()
    first = screened(guarded, f"{prefix} {EMAIL}", "mask", stream=stream)
    assert said(first) == f"You said: {prefix} {EMAIL}"
    second = screened(guarded, f"{prefix} {OTHER}", "mask", stream=stream)
    assert second.headers["x-nemo-cache"] == "hit"
    assert said(second) == f"You said: {prefix} {OTHER}"
    assert EMAIL.encode() not in second.body
    third = screened(guarded, f"{prefix} [EMAIL_1]", stream=stream)
    assert (third.headers["x-nemo-cache"], said(third)) == ("hit", f"You said: {prefix} [EMAIL_1]")


def test_usage_and_cost_are_those_of_a_hit(guarded: Site) -> None:
    text = [{"role": "user", "content": f"{word()} {EMAIL}"}]
    body = chat(messages=text, stream=True, stream_options={"include_usage": True}, guardrails=["redact"])
    costs = []
    for _ in range(2):
        answer = ask(guarded, guarded.key, body)
        usage = json.loads(answer.body.split(b"data: ")[-2])["usage"]
        costs.append(usage.pop("cost"))
    assert costs[0] > 0
    assert costs[1] == 0


@pytest.mark.parametrize(("stream", "model"), [(False, "mock,size=70000"), (True, "mock,size=2000,events=40")])
def test_what_is_too_long_to_be_kept_unscreened_is_not_kept(guarded: Site, stream: bool, model: str) -> None:
    before = kept(guarded)
    for _ in range(2):
        answer = screened(guarded, "long", "redact", stream=stream, model=model)
        assert (answer.status, answer.headers["x-nemo-cache"]) == (200, "miss")
        assert len(said(answer)) > 65_536
    assert kept(guarded) == before


@pytest.mark.parametrize("stream", [False, True])
def test_equal_requests_at_a_time_are_screened_each_for_itself(guarded: Site, stream: bool) -> None:
    text, asked = f"{word()} {EMAIL}", guarded.mock.total
    sets: list[tuple[str, ...]] = [("redact",), (), ("warn",)] * 4
    with ThreadPoolExecutor(len(sets)) as pool:
        model = "mock,chunk=3,latency=150ms"
        answers = list(pool.map(lambda one: screened(guarded, text, *one, stream=stream, model=model), sets))
    assert guarded.mock.total == asked + 1
    for guardrails, answer in zip(sets, answers, strict=True):
        assert (EMAIL in said(answer)) == ("redact" not in guardrails)


def test_embeddings_of_what_was_redacted(guarded: Site) -> None:
    row = word()
    for text, state in ((EMAIL, "miss"), (OTHER, "hit")):
        body = {"model": "mock", "input": f"{row} {text}", "guardrails": ["both"]}
        assert ask(guarded, guarded.key, body, "/v1/embeddings").headers["x-nemo-cache"] == state


def test_a_reader_whose_detector_fails_gets_nothing(guarded: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{word()} {EMAIL}"
    screened(guarded, text, stream=True)

    async def panic(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(type(guarded.gateway._parser), "screen_answer", panic)
    answer = screened(guarded, text, "redact", stream=True)
    assert (answer.status, answer.code) == (503, "guardrail_failed")
    assert screened(guarded, text, "warn", stream=True).headers["x-nemo-cache"] == "hit"
