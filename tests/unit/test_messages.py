"""The Messages API as the gateway serves it: vectors (tests/vectors/messages), and Anthropic's own client on top."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from anthropic import Anthropic, BadRequestError, InternalServerError, RateLimitError
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import TypeAdapter

from nemoproxy.errors import InvalidRequest, Untranslatable, UpstreamInvalid
from nemoproxy.providers.anthropic import AnthropicDialect
from nemoproxy.providers.messages import MessageEvents, counted, refused, translate_answer, translate_request
from nemoproxy.providers.translation import DONE, Asked
from nemoproxy.types import Endpoint

VECTORS = {path.stem: json.loads(path.read_text()) for path in Path("tests/vectors/messages").glob("*.json")}
CLAUDES = {path.stem: json.loads(path.read_text()) for path in Path("tests/vectors/anthropic").glob("*.json")}
EVENT: TypeAdapter[RawMessageStreamEvent] = TypeAdapter(RawMessageStreamEvent)


def having(member: str) -> list[str]:
    return sorted(name for name, vector in VECTORS.items() if member in vector)


def streamed(vector: dict[str, Any]) -> bytes:
    events = MessageEvents("as-asked", vector["prompt_tokens"])
    chunks = [orjson.dumps(chunk) for chunk in vector["openai_chunks"]]
    return b"".join(map(events.feed, [*chunks, DONE] if vector.get("done", True) else chunks))


def parsed(stream: bytes) -> list[dict[str, Any]]:
    found = []
    for frame in stream.decode().split("\n\n")[:-1]:
        name, data = frame.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        found.append(event)
    return found


@pytest.mark.parametrize("name", having("openai_request"))
def test_requests(name: str) -> None:
    assert json.loads(translate_request(VECTORS[name]["messages_request"])) == VECTORS[name]["openai_request"]


@pytest.mark.parametrize("name", having("messages_answer"))
def test_answers(name: str) -> None:
    answer = translate_answer(orjson.dumps(VECTORS[name]["openai_answer"]), "as-asked")
    assert json.loads(answer) == VECTORS[name]["messages_answer"]
    Message.model_validate_json(answer, strict=True)


@pytest.mark.parametrize("name", having("messages_events"))
def test_streams(name: str) -> None:
    events = parsed(streamed(VECTORS[name]))
    assert events == VECTORS[name]["messages_events"]
    for event in events:
        if event["type"] != "error":
            EVENT.validate_python(event)


def client(handle: Callable[[Any], httpx2.Response]) -> Anthropic:
    transport = httpx2.MockTransport(handle)
    return Anthropic(api_key="k", max_retries=0, http_client=httpx2.Client(transport=transport))


@pytest.mark.parametrize("name", [name for name in having("messages_events") if "messages_answer" in VECTORS[name]])
def test_anthropic_client(name: str) -> None:
    """What its stream helper makes of the events is the plain answer, but for the call that was cut off."""
    vector = VECTORS[name]

    def handle(request: Any) -> httpx2.Response:
        if json.loads(request.content).get("stream"):
            return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=streamed(vector))
        return httpx2.Response(200, content=translate_answer(orjson.dumps(vector["openai_answer"]), "as-asked"))

    anthropic = client(handle)
    asked: Any = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}
    whole = anthropic.messages.create(**asked)
    with anthropic.messages.stream(**asked) as stream:
        final = stream.get_final_message()
    for message in (whole, final):
        message.content = message.content[:2]
    content = [block.model_dump(exclude={"parsed_output"}) for block in final.content]
    if name != "tools":
        assert content == [block.model_dump(exclude={"parsed_output"}) for block in whole.content]
        assert final.usage == whole.usage
    else:
        assert [(block["name"], block["input"]) for block in content] == [
            ("get_weather", {"location": "SF"}),
            ("t", {}),
        ]
    assert (final.stop_reason, final.id, final.model) == (whole.stop_reason, whole.id, whole.model)


def test_anthropic_client_on_errors() -> None:
    body = orjson.dumps({"error": {"message": "Not so.", "type": "x", "code": "guardrail_blocked", "param": None}})
    kinds: dict[int, type[Exception]] = {400: BadRequestError, 429: RateLimitError, 502: InternalServerError}
    for status, kind in kinds.items():
        answer = refused(status, body, "req_1")[1]
        with pytest.raises(kind) as caught:
            client(lambda _, s=status, a=answer: httpx2.Response(s, content=a)).messages.create(  # type: ignore[misc]
                model="m", max_tokens=9, messages=[{"role": "user", "content": "x"}]
            )
        error: Any = caught.value
        assert (error.api_message, error.error_code, error.body["request_id"]) == (
            "Not so.",
            "guardrail_blocked",
            "req_1",
        )
    for odd in (b"", b"[]", b'{"error":"Not so."}'):
        assert json.loads(refused(500, odd, "r")[1])["error"]["type"] == "api_error"


def test_anthropic_client_on_a_stream_that_breaks_off() -> None:
    def handle(request: Any) -> httpx2.Response:
        return httpx2.Response(
            200, headers={"content-type": "text/event-stream"}, content=streamed(VECTORS["broken_off"])
        )

    with pytest.raises(Exception, match=r"The provider broke off\.") as caught:
        client(handle).messages.stream(
            model="m", max_tokens=9, messages=[{"role": "user", "content": "x"}]
        ).__enter__().get_final_message()
    assert getattr(caught.value, "error_code", None) == "upstream_invalid_response"


def test_anthropic_client_counts_tokens() -> None:
    def handle(request: Any) -> httpx2.Response:
        assert "max_completion_tokens" not in json.loads(translate_request(json.loads(request.content), counting=True))
        return httpx2.Response(200, content=counted(2095))

    asked: Any = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    assert client(handle).messages.count_tokens(**asked).input_tokens == 2095


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"max_tokens": None}, "max_tokens"),
        ({"top_k": 4}, "top_k"),
        ({"container": "c"}, "container"),
        ({"mcp_servers": [{"url": "https://x"}]}, "mcp_servers"),
        ({"speed": "fast"}, "speed"),
        ({"inference_geo": "eu"}, "inference_geo"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools[0].type"),
        ({"output_config": {"effort": "huge"}}, "output_config.effort"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": [{"type": "container_upload"}]}]}, "messages.0.content.0.type"),
        ({"messages": "x"}, "messages"),
        ({"system": [{"type": "image"}]}, "system"),
    ],
)
def test_what_cannot_be_carried_over_is_named(change: dict[str, Any], field: str) -> None:
    asked = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}], **change}
    with pytest.raises(InvalidRequest) as caught:
        translate_request(asked)
    assert (caught.value.status, caught.value.param) == (400, field)


def test_what_says_nothing_is_no_matter() -> None:
    nothing = {"speed": "standard", "container": None, "mcp_servers": [], "diagnostics": {}, "thinking": None}
    translate_request({"model": "m", "max_tokens": 9, "messages": [], **nothing})


KEPT = ["text", "tool_results", "thinking_round_trip", "vision", "caching", "effort_none", "structured_native", "turns"]


@pytest.mark.parametrize("name", KEPT)
def test_a_request_for_claude_survives_the_way_there_and_back(name: str) -> None:
    """Messages -> OpenAI, extended -> Messages: what Claude gets is what the client wrote."""
    native, model = CLAUDES[name]["anthropic_request"], CLAUDES[name]["model"]
    openai = orjson.loads(translate_request(native, extended=True))
    stream = native.get("stream", False)
    again = json.loads(AnthropicDialect().request(Endpoint.CHAT, openai, model, stream=stream).body)
    assert again == native


def test_other_targets_do_not_see_what_is_claudes() -> None:
    plain = json.loads(translate_request(CLAUDES["caching"]["anthropic_request"]))
    assert "cache_control" not in json.dumps(plain)
    with pytest.raises(Untranslatable):
        translate_request({**CLAUDES["web_search"]["anthropic_request"]})


ANSWERS = ["text", "tool_answer", "thinking", "stop_sequence", "caching"]


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_claudes_survives_the_way_there_and_back(name: str) -> None:
    native = CLAUDES[name]["anthropic_answer"]
    openai = AnthropicDialect().answer(200, json.dumps(native).encode(), Asked("m", 0)).body
    again = Message.model_validate_json(translate_answer(openai, "m"))
    first = Message.model_validate(native)
    assert (again.content, again.stop_reason, again.stop_sequence) == (
        first.content,
        first.stop_reason,
        first.stop_sequence,
    )
    assert (again.id, again.usage.input_tokens, again.usage.output_tokens) == (
        first.id,
        first.usage.input_tokens,
        first.usage.output_tokens,
    )


@pytest.mark.parametrize("name", ["text", "tool_stream", "parallel_tool_stream", "thinking", "stop_sequence"])
def test_a_stream_of_claudes_survives_the_way_there_and_back(name: str) -> None:
    """But for pings, empty fragments and where one text ends and the next begins."""
    out, back = AnthropicDialect().events(Asked("m", 0, include_usage=True)), MessageEvents("m", 25)
    again = b""
    for event in CLAUDES[name]["anthropic_events"]:
        for chunk in out.feed(event["type"], json.dumps(event).encode()):
            again += back.feed(chunk)
    assert back.finished
    told = [event for event in parsed(again) if event["type"] == "content_block_delta"]
    deltas = [event for event in CLAUDES[name]["anthropic_events"] if event["type"] == "content_block_delta"]
    empty = {"input_json_delta": "partial_json"}
    wanted = [d for d in deltas if d["delta"].get(empty.get(d["delta"]["type"], ""), "x")]
    if name == "parallel_tool_stream":
        wanted.append(
            {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "{}"}}
        )
    assert told == wanted


@pytest.mark.parametrize("body", [b"", b"{}", b'{"choices":[]}', b"<html>"])
def test_what_is_no_completion_is_no_answer(body: bytes) -> None:
    with pytest.raises(UpstreamInvalid):
        translate_answer(body, "m")


def test_fragments_of_an_earlier_call_are_a_fault() -> None:
    events = MessageEvents("m", 1)
    call = '{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":%d,"id":"a","function":{"name":"f"}}]}}]}'
    assert b"error" in b"".join(events.feed((call % index).encode()) for index in (0, 1, 0))
    assert events.failed


@pytest.mark.parametrize("content", [b"7", b'["a"]', b'"\xff"', b'"\\x"', b"[" * 100_000])
def test_an_answer_whose_content_is_no_text(content: bytes) -> None:
    with pytest.raises(UpstreamInvalid):
        translate_answer(b'{"choices":[{"message":{"content":%b}}]}' % content, "m")


def test_arguments_that_are_nested_too_deep_are_no_object() -> None:
    given = '{"a":' + "[" * 100_000 + "]" * 100_000 + "}"
    call = {"id": "c", "function": {"name": "f", "arguments": given}}
    body = json.dumps({"choices": [{"message": {"tool_calls": [call]}}]}).encode()
    assert json.loads(translate_answer(body, "m"))["content"][0]["input"] == {"INVALID_JSON": given}
