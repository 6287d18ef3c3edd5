"""Google's own client, against the mock in Google's format: over sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from nemoproxy import mock

pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")


def with_client(use: Callable[[Any], Awaitable[None]]) -> None:
    async def run() -> None:
        server = await mock.start()
        options = types.HttpOptions(base_url=f"http://{server.host}:{server.port}")
        client = genai.Client(api_key="mock", http_options=options)
        try:
            await use(client.aio.models)
        finally:
            await client.aio.aclose()
            await server.close()

    asyncio.run(run())


def test_plain_and_streamed() -> None:
    async def use(models: Any) -> None:
        whole = await models.generate_content(model="mock", contents="Hello there")
        assert whole.text == "You said: Hello there"
        stream = await models.generate_content_stream(model="mock", contents="Hello there")
        events = [event async for event in stream]
        assert "".join(event.text for event in events) == whole.text
        assert events[-1].usage_metadata == whole.usage_metadata

    with_client(use)


def test_functions_and_embeddings() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    function = types.FunctionDeclaration(name="weather", parameters_json_schema=schema)
    config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[function])])

    async def use(models: Any) -> None:
        answer = await models.generate_content(model="mock-tools", contents="Oslo?", config=config)
        assert [(call.name, call.args) for call in answer.function_calls] == [("weather", {"city": "mock"})]
        embedded = await models.embed_content(model="mock-embedding", contents=["a", "b"])
        assert len(embedded.embeddings) == 2

    with_client(use)


@pytest.mark.parametrize("status", [400, 429, 503])
def test_errors(status: int) -> None:
    async def use(models: Any) -> None:
        with pytest.raises(errors.APIError) as failure:
            await models.generate_content(model=f"mock,status={status},retry-after=0.01", contents="x")
        assert failure.value.code == status

    with_client(use)
