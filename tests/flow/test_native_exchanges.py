"""Answers as Anthropic and Google really give them, through the gateway: nothing that they say is lost or made up."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from nemoproxy.config.values import Secret
from tests.site import Site
from tests.timing import ENOUGH_S
from tests.upstream import Upstream, read_request
from tests.wire import Answer, Wire, post

ASKED: Any = {"model": "claude", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}
USAGE = {
    "input_tokens": 25,
    "cache_creation_input_tokens": 12,
    "cache_read_input_tokens": 7,
    "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 10},
    "server_tool_use": {"web_search_requests": 1},
    "output_tokens": 9,
}
REFUSED = {"type": "refusal", "category": "cyber", "explanation": "Not that."}


@contextmanager
def answering(data: Path, kind: str, body: bytes, content_type: str = "application/json") -> Iterator[Site]:
    """A gateway in front of a provider of that kind that answers so, whatever it is asked."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n"

    def talk(connection: socket.socket, _number: int) -> None:
        while read_request(connection):
            connection.sendall(head.encode() + body)

    with Upstream(talk) as upstream, upstream.site(data, kind=kind, api_key=Secret("k")) as site:
        yield site


def message(**members: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": "Hi."}]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": content,
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": USAGE,
        **members,
    }


def events(*content: dict[str, Any], stop: dict[str, Any], usage: dict[str, Any]) -> bytes:
    begun = message(content=[], stop_reason=None, usage={**usage, "output_tokens": 1})
    said: list[dict[str, Any]] = [{"type": "message_start", "message": begun}]
    for index, block in enumerate(content):
        said += [
            {"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": block["text"]}},
            {"type": "content_block_stop", "index": index},
        ]
    said += [{"type": "message_delta", "delta": stop, "usage": usage}, {"type": "message_stop"}]
    return framed(said)


def framed(said: list[dict[str, Any]]) -> bytes:
    return b"".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in said)


def asked(site: Site, path: str, **members: Any) -> Answer:
    with Wire(site.port) as wire:
        wire.send(post({**ASKED, **members}, site.key, path))
        return wire.answer()


def of_claude(data: Path, said: dict[str, Any], *, streamed: bool) -> anthropic.types.Message:
    """What Anthropic's own client makes of Claude's answer by way of the gateway."""
    stop = {name: said.get(name) for name in ("stop_reason", "stop_sequence", "stop_details")}
    body = events(*said["content"], stop=stop, usage=said["usage"]) if streamed else json.dumps(said).encode()
    with (
        answering(data, "anthropic", body, "text/event-stream" if streamed else "application/json") as site,
        anthropic.Anthropic(base_url=f"http://127.0.0.1:{site.port}", api_key=site.key, max_retries=0) as client,
    ):
        if not streamed:
            return client.messages.create(**ASKED)
        with client.messages.stream(**ASKED) as stream:
            return stream.get_final_message()


STREAMED = pytest.mark.parametrize("streamed", [False, True])


@STREAMED
def test_claudes_usage_comes_back_whole(tmp_path: Path, streamed: bool) -> None:
    found = of_claude(tmp_path, message(), streamed=streamed).usage.to_dict()
    told = {name: found.get(name) for name in USAGE}
    # The client's accumulation of events leaves out what only the last one says.
    expected = USAGE if not streamed else {**USAGE, "cache_creation": told["cache_creation"]}
    assert told == expected


@STREAMED
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
def test_an_hour_in_claudes_cache_costs_more_than_minutes(tmp_path: Path, path: str, streamed: bool) -> None:
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    body = events({"text": "Hi."}, stop=stop, usage=USAGE) if streamed else json.dumps(message()).encode()
    with answering(tmp_path, "anthropic", body, "text/event-stream" if streamed else "application/json") as site:
        assert asked(site, path, model="claude-sonnet-4-5", stream=streamed).status == 200
        (row,) = site.rows("SELECT cost, prompt_tokens, cache_write_tokens, estimated FROM usage")
    micro_usd = 25 * Decimal(3) + 7 * Decimal("0.3") + 2 * Decimal("3.75") + 10 * Decimal(6) + 9 * Decimal(15)
    assert row == {"cost": micro_usd * 10**4, "prompt_tokens": 44, "cache_write_tokens": 12, "estimated": 0}


def test_claudes_service_tier_is_called_as_it_calls_it(tmp_path: Path) -> None:
    found = of_claude(tmp_path, message(usage={**USAGE, "service_tier": "standard"}), streamed=False)
    assert found.usage.service_tier == "standard"


@STREAMED
@pytest.mark.parametrize("reason", ["end_turn", "max_tokens", "pause_turn", "model_context_window_exceeded"])
def test_claudes_reasons_to_stop_are_its_own(tmp_path: Path, reason: str, streamed: bool) -> None:
    assert of_claude(tmp_path, message(stop_reason=reason), streamed=streamed).stop_reason == reason


@STREAMED
@pytest.mark.parametrize("details", [REFUSED, None])
def test_claudes_refusal_is_no_text(tmp_path: Path, details: dict[str, Any] | None, streamed: bool) -> None:
    found = of_claude(tmp_path, message(stop_reason="refusal", stop_details=details), streamed=streamed)
    assert found.stop_reason == "refusal"
    assert (found.stop_details.to_dict() if found.stop_details else None) == details
    assert [block.to_dict() for block in found.content] == [{"type": "text", "text": "Hi.", "citations": None}]


@STREAMED
def test_a_refusal_in_openais_shape_says_why(tmp_path: Path, streamed: bool) -> None:
    stop = {"stop_reason": "refusal", "stop_sequence": None, "stop_details": REFUSED}
    body = events(stop=stop, usage=USAGE) if streamed else json.dumps(message(content=[], **stop)).encode()
    with answering(tmp_path, "anthropic", body, "text/event-stream" if streamed else "application/json") as site:
        answer = asked(site, "/v1/chat/completions", stream=streamed)
    assert b'"stop_details":' + json.dumps(REFUSED, separators=(",", ":")).encode() in answer.body


@STREAMED
@pytest.mark.parametrize("called", [False, True])
def test_what_is_said_beside_an_answer_in_json_is_no_part_of_it(tmp_path: Path, streamed: bool, called: bool) -> None:
    """Where it is the call of a tool that gives the answer. Without such a call the text is all there is."""
    content: list[dict[str, Any]] = [{"type": "text", "text": "Here you are: "}]
    content += [{"type": "tool_use", "id": "toolu_1", "name": "json_answer", "input": {"a": 1}}] * called
    stop = {"stop_reason": "tool_use" if called else "end_turn", "stop_sequence": None}
    body = json.dumps(message(content=content, **stop)).encode()
    if streamed:
        whole = events(content[0], stop=stop, usage=USAGE)
        begun, end, rest = whole.partition(b"event: message_delta")
        block = {"type": "tool_use", "id": "toolu_1", "name": "json_answer", "input": {}}
        delta = {"type": "input_json_delta", "partial_json": '{"a":1}'}
        call = [
            {"type": "content_block_start", "index": 1, "content_block": block},
            {"type": "content_block_delta", "index": 1, "delta": delta},
            {"type": "content_block_stop", "index": 1},
        ]
        body = begun + framed(call * called) + end + rest
    with (
        answering(tmp_path, "anthropic", body, "text/event-stream" if streamed else "application/json") as site,
        openai.OpenAI(base_url=site.url, api_key=site.key, max_retries=0) as client,
    ):
        wanted: Any = {"model": "m", "messages": ASKED["messages"], "response_format": {"type": "json_object"}}
        if streamed:
            with client.chat.completions.stream(**wanted) as stream:
                said = stream.get_final_completion().choices[0].message.content
        else:
            said = client.chat.completions.create(**wanted).choices[0].message.content
    assert said is not None
    assert json.loads(said) == {"a": 1} if called else said == "Here you are: "


def test_an_overload_amid_a_stream_is_called_so(tmp_path: Path) -> None:
    said = events({"text": "Hi."}, stop={"stop_reason": "end_turn"}, usage=USAGE).partition(b"event: message_delta")[0]
    error = framed([{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}])
    heard = threading.Event()

    def talk(connection: socket.socket, _number: int) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + said)
        heard.wait(ENOUGH_S)
        connection.sendall(error)

    with (
        Upstream(talk) as upstream,
        upstream.site(tmp_path, kind="anthropic", api_key=Secret("k")) as site,
        Wire(site.port) as wire,
    ):
        wire.send(post({**ASKED, "stream": True}, site.key, "/v1/messages", connection="close"))
        body = b""
        while b"content_block_delta" not in body:
            body += wire.socket.recv(65536)
        heard.set()
        body += wire.rest()
    last = json.loads(body.partition(b"event: error\ndata: ")[2].partition(b"\n\n")[0])
    assert (last["error"]["type"], last["error"]["message"]) == ("overloaded_error", "Overloaded")


@pytest.mark.parametrize(
    ("place", "members"),
    [
        ("mcp_servers", {"mcp_servers": [{"type": "url", "url": "https://x", "name": "n"}]}),
        ("container", {"container": "c_1"}),
        ("messages.0.content.0.type", {"messages": [{"role": "user", "content": [{"type": "container_upload"}]}]}),
        ("messages.0.content.0.type", {"messages": [{"role": "assistant", "content": [{"type": "mcp_tool_use"}]}]}),
    ],
)
@pytest.mark.parametrize("model", ["mock", "claude/mock"])
def test_what_goes_to_no_provider_is_not_said_to_be_claudes(
    site: Site, model: str, place: str, members: dict[str, Any]
) -> None:
    """Not even of Claude: there it would be a lie."""
    error = asked(site, "/v1/messages", model=model, **members).json()["error"]
    assert error["details"]["error_code"] == "unsupported_parameter"
    assert f"'{place}'" in error["message"] and "chat completion has nothing like it" in error["message"]
    assert "Claude" not in error["message"]


@pytest.mark.parametrize(("name", "value"), [("max_tokens", -1), ("max_tokens", 2**31), ("stream", "yes")])
def test_what_is_wrong_is_called_as_the_client_calls_it(site: Site, name: str, value: object) -> None:
    answer = asked(site, "/v1/messages", model="mock", **{name: value})
    assert (answer.status, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert name in answer.json()["error"]["message"] and "completion" not in answer.json()["error"]["message"]
