"""Requests and answers as Google documents them, each with what it has to become: tests/vectors/gemini/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from nemoproxy.providers.gemini import Gemini
from nemoproxy.providers.translation import DONE, Asked
from nemoproxy.types import Endpoint
from tests.google_types import check_request

FOLDER = Path(__file__).parent.parent / "vectors" / "gemini"
VECTORS = {path.stem: orjson.loads(path.read_bytes()) for path in sorted(FOLDER.glob("*.json"))}
STREAMS = [name for name, vector in VECTORS.items() if "events" in vector]
ANSWERS = [name for name, vector in VECTORS.items() if "answer" in vector]
GEMINI = Gemini()


def asked(vector: dict[str, Any]) -> Asked:
    request = vector["asked"]
    sent = GEMINI.request(Endpoint(vector["endpoint"]), request, vector["model"], stream="events" in vector)
    include = (request.get("stream_options") or {}).get("include_usage", False)
    return Asked(request["model"], 1_767_225_600, include, sent.memo)


@pytest.mark.parametrize("name", VECTORS)
def test_requests(name: str) -> None:
    vector = VECTORS[name]
    before = orjson.dumps(vector["asked"])
    sent = GEMINI.request(Endpoint(vector["endpoint"]), vector["asked"], vector["model"], stream="events" in vector)
    assert sent.path == vector["path"]
    assert orjson.loads(sent.body) == vector["sent"]
    assert orjson.dumps(vector["asked"]) == before
    check_request(sent.path, vector["sent"])


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name: str) -> None:
    vector = VECTORS[name]
    answer = GEMINI.answer(vector["status"], orjson.dumps(vector["response"]), asked(vector))
    assert answer.status == vector["answer_status"]
    assert orjson.loads(answer.body) == vector["answer"]
    if answer.status != 200:
        assert set(vector["answer"]["error"]) == {"message", "type", "param", "code"}
    elif vector["endpoint"] == "chat":
        ChatCompletion.model_validate(vector["answer"], strict=True)
    elif vector["asked"].get("encoding_format") != "base64":  # OpenAI's type is of what its client has decoded
        usage = {"prompt_tokens": 1, "total_tokens": 1}  # the gateway's own count, because Google does not say
        CreateEmbeddingResponse.model_validate(vector["answer"] | {"usage": usage})


@pytest.mark.parametrize("name", STREAMS)
def test_streams(name: str) -> None:
    vector = VECTORS[name]
    events = GEMINI.events(asked(vector))
    said = [events.feed("", orjson.dumps(event)) for event in vector["events"]]
    assert [[orjson.loads(chunk) for chunk in chunks] for chunks in said] == vector["chunks"]
    assert not events.finished
    end = events.finish()
    assert [chunk.decode() if chunk == DONE else orjson.loads(chunk) for chunk in end] == vector["end"]
    assert events.usage == vector["usage"]
    assert events.finished == (end[-1:] == [DONE]) == (events.error is None)
    assert events.finish() == []


@pytest.mark.parametrize("name", [name for name in STREAMS if not name.startswith("error")])
def test_openai_puts_streams_together(name: str) -> None:
    vector = VECTORS[name]
    state = ChatCompletionStreamState()
    chunks = [chunk for chunks in vector["chunks"] for chunk in chunks] + vector["end"][:-1]
    for chunk in chunks:
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk, strict=True))
    whole = {**vector["events"][-1], "candidates": merged(vector["events"])}
    expected = orjson.loads(GEMINI.answer(200, orjson.dumps(whole), asked(vector)).body)["choices"]
    found = [choice.to_dict() for choice in state.current_completion_snapshot.choices]
    for choice, other in zip(found, expected, strict=True):
        assert choice["finish_reason"] == other["finish_reason"]
        for name, value in other["message"].items():
            if value:
                assert subset(value, choice["message"][name]), name


def subset(part: Any, whole: Any) -> bool:
    """Whether `part` is in `whole`, to which OpenAI's client adds members of its own."""
    if isinstance(part, dict):
        return all(name in whole and subset(value, whole[name]) for name, value in part.items())
    if isinstance(part, list):
        return len(part) == len(whole) and all(map(subset, part, whole))
    return bool(part == whole)


def merged(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The candidates of a stream, as one answer would have had them."""
    found: dict[int, dict[str, Any]] = {}
    for event in events:
        for candidate in event["candidates"]:
            whole = found.setdefault(candidate["index"], {"content": {"parts": []}})
            parts = candidate.get("content", {}).get("parts", [])
            whole |= {**candidate, "content": {"parts": whole["content"]["parts"] + parts}}
    return [found[index] for index in sorted(found)]
