"""The contract behind the page: endpoints, what the published client reads of them, and fields of requests."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI

from nemoproxy.config import Model, Target
from nemoroutersdk import NemoRouter
from tests.asking import HELLO, ask, fresh, get, say, sent
from tests.site import Site
from tests.timing import within

CARD = "My card is 4111 1111 1111 1111."


@pytest.fixture
def nemo(site: Site) -> Any:
    with NemoRouter(site.key, site.url, max_retries=0) as running:
        yield running


# 2.1 Inference


def test_post_v1_images_edits(client: OpenAI) -> None:
    made = client.images.edit(model="mock", image=("a.png", b"\x89PNG\r\n"), prompt="A fox")
    assert [image.b64_json for image in made.data or []] == ["QSBmb3g="]


def test_post_v1_moderations(client: OpenAI) -> None:
    judged = client.moderations.create(model="mock", input=["peace", "a fight"])
    assert [result.flagged for result in judged.results] == [False, True]


def test_post_v1_rerank(client: OpenAI) -> None:
    body: dict[str, Any] = {"model": "mock", "query": "red fox", "documents": ["a dog", "a red fox"], "top_n": 1}
    answer: Any = client.post("/rerank", body=body, cast_to=object)
    assert [row["index"] for row in answer["results"]] == [1]


def test_chat_request_fields(site: Site) -> None:
    """Every one of them reaches the provider as it was sent."""
    fields: dict[str, Any] = {
        "temperature": 0.7,
        "max_tokens": 9,
        "top_p": 0.5,
        "n": 2,
        "stop": ["x"],
        "presence_penalty": 0.1,
        "frequency_penalty": -0.1,
        "response_format": {"type": "json_object"},
        "seed": 9007199254740993,
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
        "tool_choice": "auto",
        "user": "u1",
        "unheard_of": {"a": [1.0, None]},
    }
    assert ask(site, messages=fresh(), **fields).status == 200
    assert {name: sent(site)[name] for name in fields} == fields


def test_embeddings_encoding_format_base64(site: Site) -> None:
    def embed(encoding: str) -> Any:
        body: dict[str, Any] = {"model": "mock", "input": "Hello!", "encoding_format": encoding}
        return ask(site, path="/v1/embeddings", body=body).json()["data"][0]["embedding"]

    packed = base64.b64decode(embed("base64"))
    assert list(struct.unpack(f"<{len(packed) // 4}f", packed)) == pytest.approx(embed("float"))


def test_models_list_and_retrieve(site: Site) -> None:
    listed = get(site, "/v1/models").json()
    assert listed.keys() == {"object", "data"}
    one = get(site, "/v1/models/alias").json()
    assert {"id", "object", "created", "owned_by"} <= one.keys()
    assert one in listed["data"]


# 2.2 Nemo read APIs


def test_credits_balance(nemo: NemoRouter) -> None:
    told = nemo.credits.balance()
    assert told.keys() == {"balance", "reserved", "available"}
    assert told["available"] == pytest.approx(told["balance"] - told["reserved"])


def test_credits_history(nemo: NemoRouter) -> None:
    told = nemo.credits.history(limit=2, offset=1)
    assert (told["limit"], told["offset"], len(told["data"])) == (2, 1, 2)
    assert told["total"] >= 3


def test_guardrails_list(nemo: NemoRouter) -> None:
    rows = {row["guardrail_name"]: row for row in nemo.guardrails.list()["data"]}
    wanted = {"provider": "pii", "mode": "pre_call", "action": "block", "enabled": True}
    assert wanted.items() <= rows["pii"].items()


def test_guardrails_get(nemo: NemoRouter) -> None:
    told = nemo.guardrails.get("staff")
    assert (told["guardrail_name"], told["patterns"]) == ("staff", ["badge"])
    with pytest.raises(openai.NotFoundError):
        nemo.guardrails.get("no-such")


def test_guardrails_logs(site: Site, nemo: NemoRouter) -> None:
    ask(site, messages=say(CARD))
    (row,) = nemo.guardrails.logs(limit=1)["data"]
    assert {"created_at", "guardrail_name", "result"} <= row.keys()


def test_prompts_list(nemo: NemoRouter) -> None:
    (row,) = nemo.prompts.list()["data"]
    assert (row["name"], row["active_version_number"], row["variables"]) == ("support", 1, ["customer"])


def test_prompts_get_and_prompts_versions(nemo: NemoRouter) -> None:
    told = nemo.prompts.get("support")
    assert [one["version_number"] for one in told["versions"]] == [1, 2]
    assert nemo.prompts.versions(told["id"])["versions"] == told["versions"]


def test_prompts_diff(nemo: NemoRouter) -> None:
    first, second = (one["id"] for one in nemo.prompts.get("support")["versions"])
    told = nemo.prompts.diff(first, second)
    assert "+Be short with {{ customer }}." in told["diff"].splitlines()


def test_nemo_models_list(nemo: NemoRouter) -> None:
    assert "alias" in {row["id"] for row in nemo.nemo_models.list()["data"]}


def test_nemo_models_pricing(nemo: NemoRouter) -> None:
    assert {row["id"]: row for row in nemo.nemo_models.pricing()["data"]}["alias"]["usd_per_million_tokens"]


def test_no_redirects_json_in_less_than_5_s(site: Site) -> None:
    """As the published client asks: within 5 s, and nothing is followed. Base URLs may end in a slash."""
    for path in (
        "/api/credits/balance",
        "/api/credits/history?limit=50&offset=0",
        "/nemo/guardrail/list",
        "/nemo/guardrail/info?guardrail_id=pii",
        "/nemo/guardrail/logs?limit=50",
        "/nemo/prompt/list",
        "/nemo/prompt/info?prompt_id=support",
        "/v1/models",
        "/api/models/pricing",
    ):
        for target in (path, f"/{path}"):
            with within(5):
                answer = get(site, target)
            assert (answer.status, answer.headers["content-type"]) == (200, "application/json"), target
            assert isinstance(answer.json(), dict)


# 2.3, 2.4


def test_get_public_capabilities(site: Site) -> None:
    rows = {row["path"]: row for row in get(site, "/public/capabilities", None).json()["endpoints"]}
    assert rows["/v1/audio/speech"]["capability"] == "audio_speech"
    assert rows["/v1/chat/completions"]["available"] is True


def test_endpoint_not_yet_available(tmp_path: Path) -> None:
    with Site(tmp_path, models={"alias": Model(targets=(Target(provider="mock", model="mock"),))}) as site:
        for path in ("audio/speech", "audio/transcriptions", "moderations", "rerank", "images/generations"):
            answer = ask(site, path=f"/v1/{path}", body={"model": "alias"})
            assert (answer.status, answer.code) == (501, "endpoint_not_yet_available")
            assert answer.headers["x-should-retry"] == "false"  # openai's clients would send it three times
            detail = answer.json()["detail"]
            assert (detail["error"], detail["endpoint"]) == ("endpoint_not_yet_available", f"/v1/{path}")
            assert detail["available_endpoints"] == ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"]


# 3 Request extension fields


def test_guardrails_on_top_of_the_key_s_defaults(site: Site) -> None:
    answer = ask(site, messages=say("badge EMP-123456"), guardrails=["staff"])
    assert answer.json()["guardrail_id"] == "staff"
    assert ask(site, messages=say(CARD), guardrails=["staff"]).json()["guardrail_id"] == "pii"


def test_prompt_version(site: Site) -> None:
    body: dict[str, Any] = {
        "nemo_prompt_template_id": "support",
        "nemo_prompt_variables": {"customer": "Joe"},
        "prompt_version": 2,
    }
    assert ask(site, messages=fresh(), **body).headers["x-nemo-prompt-version"] == "2"


def test_metadata(site: Site) -> None:
    """What is not ours in it goes on to the provider."""
    metadata = {"tags": ["k:v"], "session_id": "s", "nemo_cache": False}
    assert ask(site, messages=fresh(), metadata=metadata).headers["x-nemo-cache"] == "bypass"
    assert sent(site)["metadata"] == {"tags": ["k:v"], "session_id": "s"}


def test_user(site: Site) -> None:
    ask(site, messages=fresh(), user="end-user-7")
    assert sent(site)["user"] == "end-user-7"


def test_top_level_then_extra_body_then_metadata(site: Site) -> None:
    places: list[Callable[[bool], dict[str, Any]]] = [
        lambda value: {"nemo_cache": value},
        lambda value: {"extra_body": {"nemo_cache": value}},
        lambda value: {"metadata": {"nemo_cache": value}},
    ]
    for place, first in enumerate(places):
        body = first(False)
        for later in places[place + 1 :]:
            body |= later(True)
        assert ask(site, messages=fresh(), **body).headers["x-nemo-cache"] == "bypass"


def test_all_of_them_are_stripped(site: Site) -> None:
    ours = {
        "nemo_cache": True,
        "nemo_guardrail_ids": ["pii"],
        "nemo_prompt_template_id": "support",
        "nemo_prompt_variables": {"customer": "Joe"},
        "nemo_prompt_version": 1,
        "nemo_unheard_of": 1,
    }
    for body in (ours, {"extra_body": ours}, {"metadata": ours}):
        assert ask(site, messages=fresh(), guardrails=["staff"], **body).status == 200
        assert sent(site).keys() == {"model", "messages"}


def test_an_empty_nemo_guardrail_ids_disables_nothing(site: Site) -> None:
    assert ask(site, messages=say(CARD), nemo_guardrail_ids=[]).code == "guardrail_blocked"
    narrowed = ask(site, messages=say("xyzzy"), nemo_guardrail_ids=["staff"])  # a mandatory one runs all the same
    assert narrowed.json()["guardrail_id"] == "always"
    assert ask(site, messages=HELLO, nemo_guardrail_ids=["no-such"]).code == "guardrail_not_found"


# 22 Unsupported list


def check_not_offered(client: OpenAI, nemo: NemoRouter, *resources: str) -> None:
    """A stock client gets a clean 404 that says what to use; the gateway's own refuses before it asks."""
    for resource in resources:
        path = "assistants" if resource == "beta" else resource
        with pytest.raises(openai.NotFoundError) as caught:
            client.get(f"/{path}", cast_to=object)
        assert caught.value.code == "endpoint_not_offered"
        with pytest.raises(NotImplementedError):
            getattr(nemo, resource).list()


def test_files_fine_tuning_batches_beta_vector_stores_uploads_containers(client: OpenAI, nemo: NemoRouter) -> None:
    check_not_offered(client, nemo, *"files fine_tuning batches beta vector_stores uploads containers".split())


def test_conversations_evals_responses_webhooks(client: OpenAI, nemo: NemoRouter) -> None:
    check_not_offered(client, nemo, *"conversations evals responses webhooks".split())
