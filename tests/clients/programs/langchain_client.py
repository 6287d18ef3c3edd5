"""LangChain as a client of the gateway: python langchain_client.py URL KEY"""

from __future__ import annotations

import json
import sys
from typing import Any

import openai
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

URL, KEY = sys.argv[1:]
SETTINGS: dict[str, Any] = {"base_url": URL, "api_key": KEY, "max_retries": 0}


class Person(BaseModel):
    name: str
    age: int


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"It rains in {city}."


def tools() -> dict[str, Any]:
    model = ChatOpenAI(model="mock-tools", **SETTINGS).bind_tools([weather])
    asked: list[Any] = [HumanMessage("How is it?")]
    said = model.invoke(asked)
    call = said.tool_calls[0]
    final = model.invoke([*asked, said, ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"])])
    return {"name": call["name"], "arguments": call["args"], "final": final.content}


def status_of(key: str, model: str) -> int:
    try:
        ChatOpenAI(model=model, **{**SETTINGS, "api_key": key}).invoke("Hello!")
    except openai.APIStatusError as error:
        return error.status_code
    return 200


chat = ChatOpenAI(model="mock", **SETTINGS)
pieces = [chunk.content for chunk in chat.stream("Hello!")]
structured = chat.with_structured_output(Person, method="json_schema").invoke("Who?")
vectors = OpenAIEmbeddings(
    model="mock-embedding", check_embedding_ctx_length=False, base_url=URL, api_key=KEY, max_retries=0
).embed_documents(["one", "two"])
print(
    json.dumps(
        {
            "chat": chat.invoke("Hello!").content,
            "stream": {"text": "".join(map(str, pieces)), "pieces": len(pieces)},
            "tools": tools(),
            "structured": structured.model_dump(),
            "embeddings": [len(vector) for vector in vectors],
            "errors": [
                status_of(KEY, "missing"),
                status_of("sk-nemo-wrong", "mock"),
                status_of(KEY, "mock,status=429"),
            ],
        }
    )
)
