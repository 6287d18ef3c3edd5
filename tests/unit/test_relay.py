"""`Reply` as Python sees it. Its rules in detail are tested in Rust (`rust_core/src/{http,sse,usage,relay}`)."""

from __future__ import annotations

import pytest

from nemoproxy._core import Reply, Usage
from nemoproxy.errors import UpstreamInvalid

STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
BODY = (
    b'{"choices":[{"message":{"content":"Hello world"}}],"usage":{"prompt_tokens":3,"completion_tokens":2,'
    b'"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1}}}'
)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def plain(body: bytes, *headers: bytes) -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"HTTP/1.1 200 OK\r\n%bcontent-length: %d\r\n\r\n%b" % (lines, len(body), body)


def test_a_plain_answer() -> None:
    reply = Reply()
    assert (reply.state, reply.status, reply.content_type, reply.headers()) == (0, 0, "", b"")
    answer = plain(BODY, b"Content-Type: application/JSON; charset=utf-8", b"Set-Cookie: a=b", b"Retry-After: 3")
    assert [reply.feed(answer[:20]), reply.feed(answer[20:-1]), reply.feed(answer[-1:])] == [0, 1, 2]
    assert (reply.status, reply.content_type, reply.content_encoding) == (200, "application/json", "")
    assert reply.headers() == b"content-type: application/JSON; charset=utf-8\r\nretry-after: 3\r\n"
    assert reply.reusable and not reply.is_event_stream
    usage = reply.usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (3, 2, 5)
    assert (usage.cached_tokens, usage.reasoning_tokens) == (1, 0)
    assert (reply.output_tokens("o200k_base"), reply.buffered) == (2, len(BODY))
    assert (reply.take(), reply.buffered) == (BODY, 0)


def test_a_large_answer_goes_the_way_without_the_interpreter_lock() -> None:
    body = b'{"data":[' + b"0.25," * 400_000 + b'0],"usage":{"prompt_tokens":8}}'
    kept, passed = Reply(), Reply()
    assert kept.feed(plain(body)) == 2
    assert kept.take() == body
    passed.start_relay(False, False, True)
    assert passed.relay(plain(body)) == chunk(body)
    for reply in (kept, passed):
        assert reply.usage is not None and reply.usage.prompt_tokens == 8


def test_a_stream() -> None:
    reply = Reply()
    delta = b'data: {"choices":[{"delta":{"content":"Hello"}}],"usage":null}\n\n'
    assert reply.feed(STREAM_HEAD + chunk(delta[:10])) == 1
    assert reply.is_event_stream and reply.buffered == 10
    reply.start_relay(True, True, True)
    assert reply.relay(b"") == b""
    assert reply.relay(chunk(delta[10:])) == chunk(delta.replace(b',"usage":null', b""))
    assert reply.relay(chunk(b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n')) == b""
    assert reply.relay(chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n") == chunk(b"data: [DONE]\n\n")
    assert (reply.state, reply.done_seen, reply.error_seen, reply.reusable) == (2, True, False, True)
    assert (reply.events, reply.output_bytes, reply.output_tokens("cl100k_base")) == (1, 5, 1)
    assert reply.usage is not None and reply.usage.completion_tokens == 1
    assert reply.end() == 2


def test_a_stream_that_nobody_pays_for() -> None:
    reply = Reply()
    reply.feed(STREAM_HEAD)
    reply.start_relay(True, True, True, "cl100k_base")
    reply.allow(4)
    delta = b'data: {"choices":[{"delta":{"content":" word"}}]}\n\n'
    needs = []
    for _ in range(3):
        assert reply.relay(chunk(delta)) == chunk(delta)
        needs.append(reply.needs)
    reply.allow(4)
    assert (needs, reply.needs) == ([0, 0, 0], 0)
    assert (reply.relay(chunk(delta * 2)), reply.needs, reply.state) == (chunk(delta), 2, 1)
    finishing = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}],"nemo":{"cut_off":"budget"}}\n\n'
    assert reply.cut("budget", 9) == chunk(finishing + b"data: [DONE]\n\n")
    assert (reply.needs, reply.state, reply.reusable, reply.output_tokens("cl100k_base")) == (3, 2, False, 4)


def test_a_stream_that_breaks_off() -> None:
    reply = Reply()
    reply.feed(STREAM_HEAD)
    reply.start_relay(True, False, False)
    assert (
        reply.relay(chunk(b'data: {"error":{"message":"x"}}\n\ndata: {"ha')) == b'data: {"error":{"message":"x"}}\n\n'
    )
    assert (reply.end(), reply.relay(b""), reply.reusable, reply.error_seen) == (3, b"", False, True)
    assert reply.fault is not None and "ended before" in reply.fault


def test_a_stream_that_stops_being_http() -> None:
    reply = Reply()
    reply.feed(STREAM_HEAD)
    reply.start_relay(True, False, False)
    assert reply.relay(chunk(b"data: 1\n\n") + b"zz\r\n") == b"data: 1\n\n"
    assert (reply.state, reply.relay(chunk(b"data: 2\n\n"))) == (3, b"")
    assert reply.fault is not None and "chunk" in reply.fault


def test_an_event_that_is_too_long() -> None:
    reply = Reply(max_event=100)
    reply.feed(STREAM_HEAD)
    reply.start_relay(True, False, False)
    assert reply.relay(chunk(b"data: 1\n\ndata: " + b"x" * 100)) == b"data: 1\n\n"
    assert reply.state == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x1\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ],
)
def test_what_is_not_http_raises(answer: bytes) -> None:
    reply = Reply()
    with pytest.raises(UpstreamInvalid) as raised:
        reply.feed(answer)
    assert raised.value.status == 502
    assert (reply.state, reply.reusable) == (3, False)
    with pytest.raises(UpstreamInvalid):
        reply.feed(plain(BODY))


def test_the_end_of_the_connection() -> None:
    unframed = b"HTTP/1.1 200 OK\r\n\r\nhello"
    for answer, state in [(b"", 3), (unframed[:10], 3), (unframed, 2), (plain(BODY)[:-1], 3), (plain(BODY), 2)]:
        reply = Reply()
        reply.feed(answer)
        assert reply.end() == state


def test_an_unknown_encoding() -> None:
    with pytest.raises(ValueError, match="is not an encoding"):
        Reply().output_tokens("p50k_base")


def test_usage_compares_and_shows() -> None:
    first, second = Reply(), Reply()
    first.feed(plain(BODY))
    second.feed(plain(BODY))
    assert first.usage == second.usage
    assert repr(first.usage).startswith("Usage(prompt_tokens=3, completion_tokens=2, total_tokens=5, cached_tokens=1, ")
    assert first.usage == Usage(prompt_tokens=3, completion_tokens=2, total_tokens=5, cached_tokens=1)
