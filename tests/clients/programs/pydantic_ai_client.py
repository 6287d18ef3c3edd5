"""pydantic-ai as a client of the gateway: python pydantic_ai_client.py URL KEY"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from openai import AsyncOpenAI
from pydantic import BaseModel
from pydantic_ai import Agent, Embedder, ModelHTTPError, NativeOutput
from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
from pydantic_ai.messages import ModelResponse, ToolCallPart
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

URL, KEY = sys.argv[1:]


class Person(BaseModel):
    name: str
    age: int


def provider(key: str = KEY) -> OpenAIProvider:
    return OpenAIProvider(openai_client=AsyncOpenAI(base_url=URL, api_key=key, max_retries=0))


def model(name: str, key: str = KEY) -> OpenAIChatModel:
    return OpenAIChatModel(name, provider=provider(key))


def weather(city: str) -> str:
    """The weather in a city."""
    return f"It rains in {city}."


async def tools() -> dict[str, Any]:
    result = await Agent(model("mock-tools"), tools=[weather]).run("How is it?")
    responses = [message for message in result.all_messages() if isinstance(message, ModelResponse)]
    call = next(part for part in responses[0].parts if isinstance(part, ToolCallPart))
    return {"name": call.tool_name, "arguments": call.args_as_dict(), "final": result.output}


async def status_of(key: str, name: str) -> int:
    try:
        await Agent(model(name, key)).run("Hello!")
    except ModelHTTPError as error:
        return error.status_code
    return 200


async def main() -> None:
    agent = Agent(model("mock"))
    async with agent.run_stream("Hello!") as stream:
        pieces = [piece async for piece in stream.stream_text(delta=True, debounce_by=None)]
    native = await Agent(model("mock"), output_type=NativeOutput(Person)).run("Who?")
    by_tool = await Agent(model("mock-tools"), output_type=Person).run("Who?")
    assert native.output == by_tool.output
    vectors = await Embedder(OpenAIEmbeddingModel("mock-embedding", provider=provider())).embed_documents(
        ["one", "two"]
    )
    statuses = [("missing", KEY), ("mock", "sk-nemo-wrong"), ("mock,status=429", KEY)]
    print(
        json.dumps(
            {
                "chat": (await agent.run("Hello!")).output,
                "stream": {"text": "".join(pieces), "pieces": len(pieces)},
                "tools": await tools(),
                "structured": native.output.model_dump(),
                "embeddings": [len(vector) for vector in vectors.embeddings],
                "errors": [await status_of(key, name) for name, key in statuses],
            }
        )
    )


asyncio.run(main())
