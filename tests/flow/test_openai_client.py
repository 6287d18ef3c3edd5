"""The `openai` package as a user has it, against the running gateway: nothing of its HTTP is replaced."""

from __future__ import annotations

import asyncio
import base64
import struct
from typing import Any

import openai
import pytest

from tests.site import Site

HELLO: Any = [{"role": "user", "content": "Hello!"}]


def test_plain_chat(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="mock", messages=HELLO)
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_streamed_chat_is_the_plain_one_in_pieces(client: openai.OpenAI) -> None:
    plain = client.chat.completions.create(model="mock", messages=HELLO)
    chunks = list(client.chat.completions.create(model="mock", messages=HELLO, stream=True))
    assert all(chunk.choices for chunk in chunks), "a chunk without choices was not asked for"
    assert all("usage" not in chunk.model_fields_set for chunk in chunks)
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == plain.choices[0].finish_reason
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == plain.choices[0].message.content


def test_usage_chunk_when_asked_for(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="mock", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    *deltas, last = list(stream)
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.total_tokens > 0
    assert all(chunk.usage is None for chunk in deltas)


def test_legacy_completions(client: openai.OpenAI) -> None:
    plain = client.completions.create(model="mock", prompt="Say something")
    streamed = client.completions.create(model="mock", prompt="Say something", stream=True)
    assert "".join(chunk.choices[0].text for chunk in streamed) == plain.choices[0].text


def test_embeddings_agree_in_both_forms(client: openai.OpenAI) -> None:
    floats = client.embeddings.create(model="mock", input=["one", "two"], encoding_format="float").data
    coded: Any = client.embeddings.create(model="mock", input=["one", "two"], encoding_format="base64").data
    default = client.embeddings.create(model="mock", input=["one", "two"]).data
    for plain, raw, decoded in zip(floats, coded, default, strict=True):
        data = base64.b64decode(raw.embedding)
        assert struct.pack(f"<{len(plain.embedding)}f", *plain.embedding) == data
        assert struct.pack(f"<{len(decoded.embedding)}f", *decoded.embedding) == data


def test_raw_response_headers(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model="mock", messages=HELLO)
    headers = raw.headers
    assert headers["x-nemo-request-id"].startswith("nemo-")
    assert headers["x-request-id"] == headers["x-nemo-request-id"]
    assert float(headers["x-nemo-latency-ms"]) > 0
    assert raw.parse().choices


def test_models(client: openai.OpenAI) -> None:
    names = {model.id for model in client.models.list()}
    assert {"alias", "vendor/with/slashes"} <= names
    assert client.models.retrieve("vendor/with/slashes").id == "vendor/with/slashes"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("no-such-model")


def test_tools_stream_in_fragments(client: openai.OpenAI) -> None:
    tools: Any = [
        {
            "type": "function",
            "function": {
                "name": "weather",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
            },
        }
    ]
    chunks = client.chat.completions.create(model="mock-tools", messages=HELLO, tools=tools, stream=True)
    calls = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    assert calls[0].function is not None
    assert calls[0].function.name == "weather"
    assert len(calls) > 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (409, openai.ConflictError),
        (422, openai.UnprocessableEntityError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
def test_upstream_errors_keep_their_class(
    client: openai.OpenAI, status: int, error: type[openai.APIStatusError]
) -> None:
    with pytest.raises(error) as caught:
        client.chat.completions.create(model=f"mock,status={status}", messages=HELLO)
    assert caught.value.status_code == status
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["message"]
    assert caught.value.request_id is not None


def test_bad_key_is_an_authentication_error(site: Site) -> None:
    client = openai.OpenAI(base_url=site.url, api_key="sk-nemo-wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError) as caught:
        client.chat.completions.create(model="mock", messages=HELLO)
    assert caught.value.code == "invalid_api_key"


def test_async_client_streams_many_at_once(site: Site) -> None:
    async def one(client: openai.AsyncOpenAI, number: int) -> str:
        stream = await client.chat.completions.create(
            model="mock,spacing=5ms,events=20", messages=[{"role": "user", "content": f"number {number}"}], stream=True
        )
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    async def run() -> list[str]:
        async with openai.AsyncOpenAI(base_url=site.url, api_key=site.key, max_retries=0) as client:
            return await asyncio.gather(*(one(client, number) for number in range(50)))

    assert all(asyncio.run(run()))


def test_retry_waits_as_told_and_is_admitted(site: Site) -> None:
    _, key = site.make_key(tps=1)
    with openai.OpenAI(base_url=site.url, api_key=key, max_retries=2) as client:
        for _ in range(3):
            assert client.chat.completions.create(model="mock", messages=HELLO).choices
