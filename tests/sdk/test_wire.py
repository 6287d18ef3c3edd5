"""What is sent, what is read out of headers, and what is raised: against a server that answers what it is told."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import openai
import pytest

from nemoroutersdk import (
    NemoCreditError,
    NemoError,
    NemoGuardrailBlockedError,
    NemoRateLimitError,
    NemoRouterError,
    NemoServiceError,
    meta_of,
)
from tests.sdk.driving import HELLO, StandIn, items, now, run

ARGUMENTS: dict[str, Any] = {
    "nemo_cache": False,
    "nemo_prompt_template_id": "support",
    "nemo_prompt_variables": {"name": "Ada", "count": 3},
    "nemo_prompt_version": 7,
    "nemo_guardrail_ids": ["pii", "secrets"],
}
CHAT = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": []}


def test_arguments_go_into_the_body(kind: type[Any], told: StandIn) -> None:
    told.body = CHAT
    mine = {"nemo_cache": True, "seed_extra": 1}

    async def body(client: Any) -> None:
        chat = client.chat.completions
        await now(chat.create(model="m", messages=HELLO, extra_body=mine, **ARGUMENTS))
        await now(chat.parse(model="m", messages=HELLO, **ARGUMENTS))
        await now(chat.with_raw_response.create(model="m", messages=HELLO, **ARGUMENTS))
        await now(client.completions.create(model="m", prompt="p", **ARGUMENTS))
        await now(
            client.nemo.chat(
                HELLO,
                "m",
                prompt_template_id="support",
                prompt_variables=ARGUMENTS["nemo_prompt_variables"],
                prompt_version=7,
                nemo_cache=False,
                nemo_guardrail_ids=["pii", "secrets"],
                extra_body=mine,
            )
        )
        told.body = {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}], "model": "m"}
        await now(client.embeddings.create(model="m", input="x", **ARGUMENTS))

    run(kind, body, told.url, "sk-nemo-x")
    assert len(told.seen) == 6
    for request in told.seen:
        assert request.body.items() >= ARGUMENTS.items(), request.path
        assert "extra_body" not in request.body
    assert mine == {"nemo_cache": True, "seed_extra": 1}, "the caller's own"
    assert told.seen[0].body["seed_extra"] == 1


def test_arguments_that_are_none_are_not_sent(kind: type[Any], told: StandIn) -> None:
    told.body = CHAT

    async def body(client: Any) -> None:
        await now(client.chat.completions.create(model="m", messages=HELLO, **dict.fromkeys(ARGUMENTS)))

    run(kind, body, told.url, "sk-nemo-x")
    assert told.seen[0].body == {"model": "m", "messages": HELLO}


def test_a_stream_takes_them_too(kind: type[Any], told: StandIn) -> None:
    told.events("[DONE]")

    async def body(client: Any) -> None:
        chat = client.chat.completions
        await items(await now(chat.create(model="m", messages=HELLO, stream=True, **ARGUMENTS)))
        helper = chat.stream(model="m", messages=HELLO, **ARGUMENTS)
        if hasattr(helper, "__enter__"):
            with helper as events:
                list(events)
        else:
            async with helper as events:
                [_ async for _ in events]

    run(kind, body, told.url, "sk-nemo-x")
    assert len(told.seen) == 2
    for request in told.seen:
        assert request.body.items() >= ARGUMENTS.items()
        assert request.body["stream"] is True


def test_a_mistyped_argument_is_an_error(kind: type[Any], told: StandIn) -> None:
    async def body(client: Any) -> None:
        with pytest.raises(TypeError, match="nemo_cash"):
            await now(client.chat.completions.create(model="m", messages=HELLO, nemo_cash=False))

    run(kind, body, told.url, "sk-nemo-x")
    assert not told.seen


@pytest.mark.parametrize(
    ("call", "target"),
    [
        (lambda client: client.credits.balance(), "/api/credits/balance"),
        (lambda client: client.credits.history(), "/api/credits/history?limit=50&offset=0"),
        (lambda client: client.credits.history(5, offset=10), "/api/credits/history?limit=5&offset=10"),
        (lambda client: client.guardrails.list(), "/nemo/guardrail/list"),
        (lambda client: client.guardrails.get("a b&c=d"), "/nemo/guardrail/info?guardrail_id=a+b%26c%3Dd"),
        (lambda client: client.guardrails.logs(limit=3), "/nemo/guardrail/logs?limit=3"),
        (lambda client: client.prompts.list(), "/nemo/prompt/list"),
        (lambda client: client.prompts.get("p"), "/nemo/prompt/info?prompt_id=p"),
        (lambda client: client.prompts.versions("p"), "/nemo/prompt/info?prompt_id=p"),
        (lambda client: client.prompts.diff("v1", "v2"), "/nemo/prompt/version/diff?v1=v1&v2=v2"),
        (lambda client: client.nemo_models.list(), "/v1/models"),
        (lambda client: client.nemo_models.pricing(), "/api/models/pricing"),
    ],
)
def test_account_calls(kind: type[Any], told: StandIn, call: Any, target: str) -> None:
    told.body = {"data": [{"id": "x"}], "note": None}
    told.headers["x-nemo-request-id"] = "nemo-1"

    async def body(client: Any) -> None:
        assert await now(call(client)) == told.body
        assert client.last_response.request_id == "nemo-1"

    run(kind, body, told.url.removesuffix("/v1") + "/prefix/v1", "sk-nemo-x")
    (request,) = told.seen
    prefix, _, path = request.path.partition("/prefix")
    assert (request.method, prefix, path) in (("GET", "", target), ("GET", "", target.replace("+", "%20")))
    assert request.headers["authorization"] == "Bearer sk-nemo-x"


def test_headers_are_read(kind: type[Any], told: StandIn) -> None:
    told.headers = {
        "X-Nemo-Request-Id": "nemo-a1b2c3d4e5f67890",
        "X-Nemo-Latency-Ms": "12.5",
        "X-Nemo-Request-Cost": "4.5e-07",
        "X-Nemo-Guardrails-Applied": "pii-detection, prompt-injection,",
        "X-Nemo-Prompt-Version": "3",
        "X-Nemo-Ab-Test": "variant-b",
        "X-Nemo-Post-Call-Guardrails": "secrets",
        "X-Nemo-Stream-Buffered": "true",
        "X-Nemo-Cache": "hit",
    }

    async def body(client: Any) -> None:
        await now(client.credits.balance())
        meta = client.last_response
        assert meta.request_id == "nemo-a1b2c3d4e5f67890"
        assert (meta.latency_ms, meta.cost, meta.cost_usd) == (12.5, 4.5e-07, Decimal("4.5e-07"))
        assert meta.guardrails_applied == ["pii-detection", "prompt-injection"]
        assert (meta.prompt_version, meta.ab_test_variant) == (3, "variant-b")
        assert meta.post_call_guardrails == ["secrets"]
        assert meta.stream_buffered is True
        assert meta.cache_status == "hit"

    run(kind, body, told.url, "sk-nemo-x")


@pytest.mark.parametrize("bad", ["", "v3", "3.0", "$0.1", "nan", "inf", "-1", "1e999", "9" * 5000, "٣", "0x10"])
def test_a_bad_header_never_fails_a_call(kind: type[Any], told: StandIn, bad: str) -> None:
    value = bad.encode().decode("latin-1")
    names = ("request-cost", "prompt-version", "latency-ms", "guardrails-applied", "stream-buffered", "cache")
    told.headers = {f"x-nemo-{name}": value for name in names}
    told.body = CHAT

    async def body(client: Any) -> None:
        answer = await now(client.chat.completions.create(model="m", messages=HELLO))
        meta = meta_of(answer)
        assert meta.prompt_version is None
        assert meta.cost is meta.cost_usd is None or bad == "3.0"
        assert meta.stream_buffered is False

    run(kind, body, told.url, "sk-nemo-x")
    assert len(told.seen) == 1


REFUSALS: Any = [
    (400, "guardrail_blocked", NemoGuardrailBlockedError, openai.BadRequestError),
    (402, "insufficient_credits", NemoCreditError, openai.APIStatusError),
    (402, "budget_exceeded", NemoCreditError, openai.APIStatusError),
    (429, "rate_limit_exceeded", NemoRateLimitError, openai.RateLimitError),
    (429, "tpm_limit_exceeded", NemoRateLimitError, openai.RateLimitError),
    (503, "credit_check_failed", NemoServiceError, openai.InternalServerError),
]


@pytest.mark.parametrize("shape", ["hybrid", "flat", "nested"])
@pytest.mark.parametrize(("status", "code", "own", "known"), REFUSALS)
def test_refusals_are_typed(
    kind: type[Any], told: StandIn, status: int, code: str, own: type[Any], known: type[Any], shape: str
) -> None:
    error = {"message": "No, because.", "type": "t", "code": code, "param": None}
    told.status = status
    told.headers = {"x-nemo-request-id": "nemo-9", "x-should-retry": "false"}
    told.body = {
        "hybrid": {"error": error, "code": code, "request_id": "nemo-9"},
        "flat": {"error": "No, because.", "code": code, "request_id": "nemo-9"},
        "nested": {"error": error},
    }[shape]

    async def body(client: Any) -> None:
        with pytest.raises(own) as caught:
            await now(client.chat.completions.create(model="m", messages=HELLO))
        raised = caught.value
        assert isinstance(raised, known)
        assert isinstance(raised, NemoError)
        assert NemoRouterError is NemoError
        assert (str(raised), raised.code, raised.status_code) == ("No, because.", code, status)
        assert raised.request_id == "nemo-9" == client.last_response.request_id
        assert meta_of(raised) == client.last_response
        with pytest.raises(own):
            await now(client.credits.balance())

    run(kind, body, told.url, "sk-nemo-x", max_retries=0)


def test_what_a_rate_limit_says(kind: type[Any], told: StandIn) -> None:
    told.status = 429
    told.headers = {"retry-after": "2", "retry-after-ms": "1500", "x-ratelimit-limit-tokens": "500"}
    told.body = {"error": {"message": "m", "code": "tpm_limit_exceeded"}, "code": "tpm_limit_exceeded"}

    async def caught(client: Any) -> NemoRateLimitError:
        with pytest.raises(NemoRateLimitError) as found:
            await now(client.chat.completions.create(model="m", messages=HELLO))
        return found.value

    first: NemoRateLimitError = run(kind, caught, told.url, "k", max_retries=0)
    assert (first.limit_type, first.limit_value, first.retry_after) == ("tpm", 500, 1.5)
    told.body = {"error": {"message": "m"}, "code": "rate_limit_exceeded", "limit_type": "tps", "limit_value": 10}
    told.headers = {"retry-after": "soon"}
    second: NemoRateLimitError = run(kind, caught, told.url, "k", max_retries=0)
    assert (second.limit_type, second.limit_value, second.retry_after) == ("tps", 10, None)


def test_which_guardrail_blocked(kind: type[Any], told: StandIn) -> None:
    told.status = 400
    told.body = {"error": {"message": "m"}, "code": "guardrail_blocked", "guardrail_name": "pii"}

    async def body(client: Any) -> None:
        with pytest.raises(NemoGuardrailBlockedError) as caught:
            await now(client.chat.completions.create(model="m", messages=HELLO))
        assert caught.value.guardrail_name == "pii"

    run(kind, body, told.url, "k")


@pytest.mark.parametrize(
    ("status", "error", "body"),
    [
        (400, openai.BadRequestError, {"error": {"message": "m", "code": "other"}}),
        (401, openai.AuthenticationError, {"error": {"message": "m"}, "code": "guardrail_blocked"}),
        (402, openai.APIStatusError, {"error": {"message": "of the provider", "code": "Insufficient Balance"}}),
        (404, openai.NotFoundError, "not JSON"),
        (500, openai.InternalServerError, []),
        (503, openai.InternalServerError, {"error": None}),
    ],
)
def test_other_errors_stay_what_they_are(
    kind: type[Any], told: StandIn, status: int, error: type[openai.APIStatusError], body: object
) -> None:
    told.status, told.body = status, body

    async def ask(client: Any) -> None:
        with pytest.raises(error) as caught:
            await now(client.chat.completions.create(model="m", messages=HELLO))
        assert not isinstance(caught.value, NemoError)

    run(kind, ask, told.url, "k", max_retries=0)


def test_a_stream_that_is_refused_midway(kind: type[Any], told: StandIn) -> None:
    chunk = {**CHAT, "object": "chat.completion.chunk"}
    error = {"message": "The answer has a secret.", "type": "t", "code": "guardrail_blocked", "param": None}
    told.events(chunk, {"error": error, "code": "guardrail_blocked"})

    async def body(client: Any) -> None:
        stream = await now(client.chat.completions.create(model="m", messages=HELLO, stream=True))
        with pytest.raises(NemoGuardrailBlockedError, match="has a secret") as caught:
            await items(stream)
        assert isinstance(caught.value, openai.BadRequestError)
        assert (caught.value.status_code, caught.value.code) == (400, "guardrail_blocked")
        told.events(chunk, {"error": {"message": "Broken.", "code": "upstream_broke"}})
        stream = await now(client.chat.completions.create(model="m", messages=HELLO, stream=True))
        with pytest.raises(openai.APIError, match="Broken") as other:
            await items(stream)
        assert not isinstance(other.value, NemoError)

    run(kind, body, told.url, "k")


def test_a_refused_attempt_is_retried_and_seen_once(kind: type[Any], told: StandIn) -> None:
    told.status = 429
    told.headers = {"retry-after-ms": "1", "x-nemo-request-id": "nemo-1"}
    told.body = {"error": {"message": "m"}, "code": "rate_limit_exceeded"}

    async def body(client: Any) -> None:
        with client.capture() as calls, suppress(NemoRateLimitError):
            await now(client.chat.completions.create(model="m", messages=HELLO))
        assert [meta.request_id for meta in calls] == ["nemo-1"]

    run(kind, body, told.url, "k", max_retries=2)
    assert len(told.seen) == 3
