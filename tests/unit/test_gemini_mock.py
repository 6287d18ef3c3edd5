"""Translator and native-format mock, end to end without sockets: something as strict as Google takes what we send."""

from __future__ import annotations

import base64
import struct
from typing import Any

import orjson
import pytest

from nemoproxy.mock import gemini as mock
from nemoproxy.mock.answers import Refused
from nemoproxy.mock.options import parse
from nemoproxy.providers.gemini import Gemini
from nemoproxy.providers.translation import DONE, Asked
from nemoproxy.types import Endpoint
from tests.google_types import check_request

Json = dict[str, Any]
GEMINI = Gemini()
TOOL = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [{"type": "function", "function": {"name": name, "parameters": TOOL}} for name in ("weather", "time")]


def ask(request: Json, model: str, endpoint: Endpoint = Endpoint.CHAT) -> Json:
    """The answer to a request, streamed or not, as a message or a body."""
    stream = request.get("stream", False)
    outgoing = GEMINI.request(endpoint, {"model": "m", **request}, model, stream=stream)
    sent = orjson.loads(outgoing.body)
    check_request(outgoing.path, sent)
    answer = mock.answer(outgoing.path, sent, parse(model))
    asked = Asked("m", 1, include_usage=True, memo=outgoing.memo)
    if isinstance(answer, bytes):
        found = orjson.loads(GEMINI.answer(200, answer, asked).body)
        return found["choices"][0] if endpoint is Endpoint.CHAT else found
    translator = GEMINI.events(asked)
    chunks = [chunk for event in answer.events() for chunk in translator.feed("", event)] + translator.finish()
    assert chunks.pop() == DONE
    assert orjson.loads(chunks.pop())["usage"] == translator.usage
    return _joined([orjson.loads(chunk)["choices"][0] for chunk in chunks])


def _joined(choices: list[Json]) -> Json:
    message: Json = {"role": "assistant", "content": ""}
    for choice in choices:
        message["content"] += choice["delta"].get("content") or ""
        if calls := choice["delta"].get("tool_calls"):
            message.setdefault("tool_calls", []).extend(calls)
    return {"message": message, "finish_reason": choices[-1]["finish_reason"]}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["mock-parallel", "mock-parallel-gemini-3"])
def test_tools_round_trip(model: str, stream: bool) -> None:
    messages: list[Json] = [{"role": "user", "content": "Oslo?"}]
    request = {"messages": messages, "tools": TOOLS, "stream": stream}
    first = ask(request, model)
    assert first["finish_reason"] == "tool_calls"
    calls = first["message"]["tool_calls"]
    assert [call["function"]["name"] for call in calls] == ["weather", "time"]
    assert all(orjson.loads(call["function"]["arguments"]) == {"city": "mock"} for call in calls)
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "{}"} for call in reversed(calls)]
    second = ask({**request, "messages": [*messages, first["message"], *results]}, model)
    assert second["finish_reason"] == "stop"
    assert second["message"]["content"].startswith("You said:")


def test_the_mock_insists_as_google_does() -> None:
    call = {"functionCall": {"name": "f", "args": {}}}
    contents = [{"role": "user", "parts": [{"text": "x"}]}, {"role": "model", "parts": [call]}]
    with pytest.raises(Refused, match="thought_signature"):
        mock.answer("/models/mock-gemini-3:generateContent", {"contents": contents}, parse("mock"))
    with pytest.raises(Refused, match="function response parts"):
        mock.answer("/models/mock:generateContent", {"contents": [*contents, contents[0]]}, parse("mock"))
    body = {"contents": contents[:1], "generationConfig": {"n": 1}}
    with pytest.raises(Refused, match='Unknown name "n" at'):
        mock.answer("/models/mock:generateContent", body, parse("mock"))


@pytest.mark.parametrize("stream", [False, True])
def test_structured_output_and_a_limit(stream: bool) -> None:
    messages = [{"role": "user", "content": "one two three four"}]
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {**TOOL, "additionalProperties": False}}}
    found = ask({"messages": messages, "response_format": form, "stream": stream}, "mock")
    assert orjson.loads(found["message"]["content"]) == {"city": "mock"}
    cut = ask({"messages": messages, "max_tokens": 3, "stream": stream}, "mock")
    assert cut["finish_reason"] == "length"
    assert cut["message"]["content"] == "You said: one"


def test_embeddings_are_equal_in_both_encodings() -> None:
    request = {"input": ["a", "b"], "dimensions": 16}
    floats = ask(request, "mock-embedding", Endpoint.EMBEDDINGS)["data"]
    packed = ask({**request, "encoding_format": "base64"}, "mock-embedding", Endpoint.EMBEDDINGS)["data"]
    for one, other in zip(floats, packed, strict=True):
        assert struct.unpack("<16f", base64.b64decode(other["embedding"])) == tuple(one["embedding"])
