"""LlamaIndex as a client of the gateway: python llamaindex_client.py URL KEY"""

from __future__ import annotations

import json
import sys
from typing import Any

import openai
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai_like import OpenAILikeEmbedding
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel

URL, KEY = sys.argv[1:]
HELLO = [ChatMessage(role=MessageRole.USER, content="Hello!")]


class Person(BaseModel):
    name: str
    age: int


def llm(model: str, key: str = KEY) -> OpenAILike:
    return OpenAILike(
        model=model, api_base=URL, api_key=key, is_chat_model=True, is_function_calling_model=True, max_retries=0
    )


def weather(city: str) -> str:
    """The weather in a city."""
    return f"It rains in {city}."


def tools() -> dict[str, Any]:
    model = llm("mock-tools")
    asked = ChatMessage(role=MessageRole.USER, content="How is it?")
    offered = [FunctionTool.from_defaults(weather)]
    said = model.chat_with_tools(offered, user_msg=asked)
    (call,) = model.get_tool_calls_from_response(said)
    result = ChatMessage(
        role=MessageRole.TOOL, content=weather(**call.tool_kwargs), additional_kwargs={"tool_call_id": call.tool_id}
    )
    final = model.chat_with_tools(offered, chat_history=[asked, said.message, result])
    return {"name": call.tool_name, "arguments": call.tool_kwargs, "final": final.message.content}


def status_of(key: str, model: str) -> int:
    try:
        llm(model, key).chat(HELLO)
    except openai.APIStatusError as error:
        return error.status_code
    return 200


pieces = [chunk.delta or "" for chunk in llm("mock").stream_chat(HELLO)]
person: Any = llm("mock-tools").as_structured_llm(Person).chat(HELLO).raw
embedding = OpenAILikeEmbedding(model_name="mock-embedding", api_base=URL, api_key=KEY, max_retries=0)
vectors = embedding.get_text_embedding_batch(["one", "two"])
print(
    json.dumps(
        {
            "chat": llm("mock").chat(HELLO).message.content,
            "stream": {"text": "".join(pieces), "pieces": len(pieces)},
            "tools": tools(),
            "structured": person.model_dump(),
            "embeddings": [len(vector) for vector in vectors],
            "errors": [
                status_of(KEY, "missing"),
                status_of("sk-nemo-wrong", "mock"),
                status_of(KEY, "mock,status=429"),
            ],
        }
    )
)
