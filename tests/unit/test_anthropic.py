"""Claude's API against what its documentation publishes: requests out, answers and events in (tests/vectors)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from nemoproxy.errors import InvalidRequest, Untranslatable, UpstreamInvalid
from nemoproxy.providers.anthropic import AnthropicDialect
from nemoproxy.providers.anthropic.models import FOREIGN, KNOWN, NEWEST, claude
from nemoproxy.providers.translation import DONE, Asked
from nemoproxy.types import Endpoint

VECTORS = {path.stem: json.loads(path.read_text()) for path in Path("tests/vectors/anthropic").glob("*.json")}
CREATED = 1_750_000_000
DIALECT = AnthropicDialect()


def having(member: str) -> list[str]:
    return sorted(name for name, vector in VECTORS.items() if member in vector)


def request_for(openai: dict[str, Any], model: str = "claude-sonnet-4-5") -> Any:
    return json.loads(DIALECT.request(Endpoint.CHAT, openai, model, stream=openai.get("stream", False)).body)


def asked_by(vector: dict[str, Any]) -> Asked:
    memo: object = ""
    if "openai_request" in vector:
        memo = DIALECT.request(Endpoint.CHAT, vector["openai_request"], vector["model"], stream=True).memo
    return Asked("as-asked", CREATED, include_usage=True, memo=memo)


@pytest.mark.parametrize("name", having("openai_request"))
def test_requests(name: str) -> None:
    vector = VECTORS[name]
    assert request_for(vector["openai_request"], vector["model"]) == vector["anthropic_request"]


@pytest.mark.parametrize("name", having("openai_answer"))
def test_answers(name: str) -> None:
    vector = VECTORS[name]
    answer = DIALECT.answer(
        vector.get("status", 200), json.dumps(vector["anthropic_answer"]).encode(), asked_by(vector)
    )
    assert (answer.status, json.loads(answer.body)) == (vector.get("openai_status", 200), vector["openai_answer"])
    if answer.status == 200:
        ChatCompletion.model_validate_json(answer.body, strict=True)


@pytest.mark.parametrize("name", having("openai_chunks"))
def test_streams(name: str) -> None:
    vector = VECTORS[name]
    events = DIALECT.events(asked_by(vector))
    given = [(event["type"], json.dumps(event).encode()) for event in vector["anthropic_events"]]
    chunks = [chunk for kind, data in given for chunk in events.feed(kind, data)] + events.finish()
    status = vector.get("stream_error_status")
    if status is None:
        assert events.finished and events.error is None
        assert chunks.pop() == DONE
        assert events.usage == json.loads(chunks[-1])["usage"]
    else:
        assert not events.finished and events.error is not None
        assert (events.error.status, events.error.body) == (status, chunks[-1])
    assert [json.loads(chunk) for chunk in chunks] == vector["openai_chunks"]
    nameless = DIALECT.events(asked_by(vector))
    assert [chunk for _, data in given for chunk in nameless.feed("", data)][: len(chunks)] == chunks


@pytest.mark.parametrize(
    "name", [name for name in having("openai_chunks") if "stream_error_status" not in VECTORS[name]]
)
def test_openai_client_accumulates_streams(name: str) -> None:
    """What its stream helper makes of the chunks is what the plain answer would have been."""
    state: ChatCompletionStreamState[None] = ChatCompletionStreamState()
    for chunk in VECTORS[name]["openai_chunks"]:
        state.handle_chunk(ChatCompletionChunk.model_validate_json(json.dumps(chunk), strict=True))
    final = state.current_completion_snapshot
    usage = VECTORS[name]["openai_chunks"][-1]["usage"]
    assert final.usage is not None and final.usage.completion_tokens == usage["completion_tokens"]
    whole = VECTORS[name].get("openai_answer")
    if whole is None or name == "refusal":
        return
    message, said = final.choices[0].message, whole["choices"][0]["message"]
    assert message.content == said["content"]
    assert final.choices[0].finish_reason == whole["choices"][0]["finish_reason"]
    thoughts = [{k: v for k, v in block.items() if k != "index"} for block in getattr(message, "thinking_blocks", [])]
    assert thoughts == said.get("thinking_blocks", [])
    assert getattr(message, "reasoning_content", None) == said.get("reasoning_content")


@pytest.mark.parametrize(
    ("member", "value", "field"),
    [
        ("n", 2, "n"),
        ("logprobs", True, "logprobs"),
        ("top_logprobs", 3, "top_logprobs"),
        ("logit_bias", {"1": 5}, "logit_bias"),
        ("presence_penalty", 0.5, "presence_penalty"),
        ("frequency_penalty", -1, "frequency_penalty"),
        ("modalities", ["text", "audio"], "modalities"),
        ("audio", {"voice": "alloy"}, "audio"),
        ("functions", [{"name": "f"}], "functions"),
        ("stop", ["END", "\n"], "stop[1]"),
        ("service_tier", "flex", "service_tier"),
        ("tools", [{"type": "custom", "custom": {"name": "x"}}], "tools[0].type"),
        ("tool_choice", {"type": "custom", "custom": {"name": "x"}}, "tool_choice.type"),
        ("response_format", {"type": "grammar"}, "response_format.type"),
        ("hologram", 1, "hologram"),
    ],
)
def test_what_cannot_be_carried_over_is_named(member: str, value: object, field: str) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], member: value}
    with pytest.raises(Untranslatable) as refused:
        request_for(body)
    assert (refused.value.status, refused.value.param, refused.value.field) == (400, field, field)
    assert field in refused.value.message


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}, "messages[0].content[0]"),
        ({"role": "user", "content": [{"type": "video"}]}, "messages[0].content[0].type"),
        ({"role": "system", "content": [{"type": "image_url"}]}, "messages[0].content[0].type"),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/bmp;base64,AA"}}]},
            "messages[0].content[0].image_url.url",
        ),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "ftp://x/y.png"}}]},
            "messages[0].content[0].image_url.url",
        ),
        (
            {"role": "user", "content": [{"type": "file", "file": {"file_data": "data:video/mp4;base64,AA"}}]},
            "messages[0].content[0].file.file_data",
        ),
        (
            {"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "[1]"}}]},
            "messages[0].tool_calls[0].function.arguments",
        ),
        ({"role": "function", "name": "f", "content": "x"}, "messages[0].role"),
        ({"role": "assistant", "audio": {"id": "a"}}, "messages[0].audio"),
        ({"role": "tool", "content": "x"}, "messages[0].tool_call_id"),
        ({"role": "narrator", "content": "x"}, "messages[0].role"),
        ({"role": "user", "content": 7}, "messages[0].content"),
    ],
)
def test_messages_that_cannot_be_carried_over_are_named(message: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        request_for({"model": "m", "messages": [message]})
    assert refused.value.param == field


def test_other_endpoints_are_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        DIALECT.request(Endpoint.EMBEDDINGS, {"model": "m", "input": "x"}, "claude-opus-5", stream=False)
    assert refused.value.param == "model"


def test_numbers_survive_as_they_were_written() -> None:
    arguments = '{"big": 123456789012345678901234567890, "precise": 1.10}'
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": arguments}}
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [call]}]}
    sent = DIALECT.request(Endpoint.CHAT, body, "claude-opus-5", stream=False).body
    assert b'"input":' + arguments.encode() in sent
    answer = b'{"id":"m","content":[{"type":"tool_use","id":"a","name":"f","input":%b}],"stop_reason":"tool_use"}'
    back = json.loads(DIALECT.answer(200, answer % arguments.encode(), Asked("m", 0)).body)
    assert back["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == arguments
    schema = msgspec.json.decode(b'{"type":"object","properties":{"n":{"maximum":123456789012345678901234567890}}}')
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": [tool]}
    assert b"123456789012345678901234567890" in DIALECT.request(Endpoint.CHAT, body, "claude-opus-5", stream=False).body


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("claude-sonnet-4-5-20250929", KNOWN["sonnet-4-5"]),
        ("anthropic/claude-opus-4.6", KNOWN["opus-4-6"]),
        ("us.anthropic.claude-opus-4-6-v1:0", KNOWN["opus-4-6"]),
        ("claude-opus-4-1@20250805", KNOWN["opus-4-1"]),
        ("claude-3-5-sonnet-latest", KNOWN["3-5-sonnet"]),
        ("claude-sonnet-4-6[1m]", KNOWN["sonnet-4-6"]),
        ("claude-sonnet-7", NEWEST),
        ("kimi-k3", FOREIGN),
    ],
)
def test_models_are_known_by_all_their_names(model: str, expected: object) -> None:
    assert claude(model) is expected


@pytest.mark.parametrize(
    ("model", "given", "sent"),
    [
        ("claude-sonnet-4", {"temperature": 2, "top_p": 0.5}, {"temperature": 1, "top_p": 0.5}),
        ("claude-sonnet-4-5", {"temperature": 0.5, "top_p": 1}, {"temperature": 0.5}),
        ("claude-sonnet-4-5", {"temperature": 0.5, "top_p": 0.4}, {"temperature": 0.5}),
        ("claude-sonnet-4-5", {"temperature": 1, "top_p": 0.4}, {"top_p": 0.4}),
        ("claude-opus-4-7", {"temperature": 0.5, "top_p": 0.4, "top_k": 3}, {}),
    ],
)
def test_sampling(model: str, given: dict[str, float], sent: dict[str, float]) -> None:
    request = request_for({"model": "m", "messages": [{"role": "user", "content": "x"}], **given}, model)
    assert {name: request[name] for name in ("temperature", "top_p", "top_k") if name in request} == sent


@pytest.mark.parametrize(
    ("model", "effort", "extra", "thinking", "level"),
    [
        ("claude-sonnet-4-5", "high", {}, {"type": "enabled", "budget_tokens": 24576}, None),
        ("claude-sonnet-4-5", "high", {"max_tokens": 4000}, {"type": "enabled", "budget_tokens": 2000}, None),
        ("claude-sonnet-4-5", "high", {"max_tokens": 2000}, None, None),
        ("claude-sonnet-4-5", "none", {}, None, None),
        ("claude-opus-4-5", "max", {}, {"type": "enabled", "budget_tokens": 32000}, "high"),
        ("claude-opus-4-6", "xhigh", {}, {"type": "adaptive", "display": "summarized"}, "high"),
        ("claude-opus-4-6", "minimal", {}, {"type": "adaptive", "display": "summarized"}, "low"),
        ("claude-opus-5", "none", {}, {"type": "disabled"}, None),
        ("claude-3-5-haiku", "high", {}, None, None),
        ("claude-opus-5", "high", {"thinking": {"type": "disabled"}}, {"type": "disabled"}, "high"),
    ],
)
def test_reasoning_effort(model: str, effort: str, extra: Any, thinking: object, level: str | None) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], "reasoning_effort": effort, **extra}
    request = request_for(body, model)
    assert (request.get("thinking"), request.get("output_config", {}).get("effort")) == (thinking, level)


def test_a_model_that_always_thinks_says_so() -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], "reasoning_effort": "none"}
    with pytest.raises(Untranslatable, match="always thinks"):
        request_for(body, "claude-opus-5-5")


def test_a_model_that_cannot_be_forced_says_so() -> None:
    tools = [{"type": "function", "function": {"name": "f"}}]
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": tools, "tool_choice": "required"}
    with pytest.raises(Untranslatable, match="cannot be made to call") as refused:
        request_for(body, "claude-sonnet-5-5")
    assert refused.value.field == "tool_choice"


def test_a_forced_tool_is_called_without_thinking() -> None:
    tools = [{"type": "function", "function": {"name": "f"}}]
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": tools}
    request = request_for({**body, "tool_choice": "required", "reasoning_effort": "low"})
    assert "thinking" not in request and request["tool_choice"] == {"type": "any"}


def test_allowed_tools_are_the_tools() -> None:
    tools = [{"type": "function", "function": {"name": name}} for name in "fgh"]
    allowed = {"mode": "required", "tools": [tools[0], tools[2]]}
    choice = {"type": "allowed_tools", "allowed_tools": allowed}
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": tools, "tool_choice": choice}
    request = request_for(body)
    assert [tool["name"] for tool in request["tools"]] == ["f", "h"]
    assert request["tool_choice"] == {"type": "any"}


def test_headers_are_those_the_request_needs() -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    plain = DIALECT.request(Endpoint.CHAT, body, "claude-opus-5", stream=False)
    assert (plain.path, dict(plain.headers)) == ("/messages", {"anthropic-version": "2023-06-01"})
    managed = DIALECT.request(Endpoint.CHAT, {**body, "context_management": {}}, "claude-opus-5", stream=False)
    assert dict(managed.headers)["anthropic-beta"].startswith("context-management-")


def test_only_the_system_speaks() -> None:
    assert request_for({"model": "m", "messages": [{"role": "system", "content": "Say hi."}]})["messages"] == [
        {"role": "user", "content": "Say hi."}
    ]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"id":"x"', b'{"id":1}', b"<html>"])
def test_what_is_no_message_is_no_answer(body: bytes) -> None:
    with pytest.raises(UpstreamInvalid):
        DIALECT.answer(200, body, Asked("m", 0))


@pytest.mark.parametrize("body", [b"", b"<html><h1>502 Bad Gateway</h1></html>", b'{"detail":"x"}', b'{"error":"x"}'])
def test_errors_in_another_shape(body: bytes) -> None:
    answer = DIALECT.answer(502, body, Asked("m", 0))
    error = json.loads(answer.body)["error"]
    assert (answer.status, error["type"]) == (502, "server_error")
    assert "502" in error["message"]


def test_a_stream_that_is_not_one() -> None:
    events = DIALECT.events(Asked("m", 0))
    (chunk,) = events.feed("message_start", b"garbage")
    assert events.error is not None and events.error.status == 502 and json.loads(chunk)["error"]["message"]
    assert events.feed("message_stop", b'{"type":"message_stop"}') == []
    assert not events.finished
