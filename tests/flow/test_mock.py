"""The mock provider over real sockets: OpenAI's format, its own option grammar, and every fault it can play."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import struct
import zlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import openai
import pytest

from loadtest import cutproxy
from loadtest.cutproxy import Cut
from nemoproxy.mock import MockServer, start
from nemoproxy.mock.answers import prompt_tokens
from nemoproxy.mock.options import EVERY_NAME
from tests.timing import ENOUGH_S

T = TypeVar("T")
HELLO: Any = [{"role": "user", "content": "good morning, mock"}]


def with_mock(test: Callable[[MockServer], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        server = await start()
        try:
            async with asyncio.timeout(ENOUGH_S):
                return await test(server)
        finally:
            await server.close()

    return asyncio.run(run())


def with_client(test: Callable[[openai.AsyncOpenAI, MockServer], Awaitable[T]]) -> T:
    async def run(server: MockServer) -> T:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="sk-test", max_retries=0) as client:
            return await test(client, server)

    return with_mock(run)


@dataclass
class Answer:
    """A response as it stood on the wire. `clean`: the body ended as its framing says it must."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    clean: bool = False
    raw: bytes = b""

    @property
    def events(self) -> list[str]:
        lines = self.body.decode(errors="replace").replace("\r\n", "\n").split("\n\n")
        return [line.partition("data:")[2].strip() for line in lines if "data:" in line]

    @property
    def text(self) -> str:
        chunks = [json.loads(event) for event in self.events if event.startswith('{"id"') and event.endswith("}")]
        return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks if chunk["choices"])


async def post(
    server: MockServer, model: str, *, stream: bool = False, seconds: float = ENOUGH_S, **more: Any
) -> Answer:
    """One chat completion on a connection of its own, read to its end (or for `seconds`), whatever comes."""
    headers = more.pop("headers", {})
    body = json.dumps({"model": model, "messages": HELLO, "stream": stream} | more).encode()
    return await exchange(server.port, "POST /v1/chat/completions", body, headers, seconds)


async def exchange(
    port: int, line: str, body: bytes = b"", headers: dict[str, str] | None = None, seconds: float = ENOUGH_S
) -> Answer:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = {"host": "mock", "content-length": str(len(body)), "connection": "close", **(headers or {})}
    writer.write(
        f"{line} HTTP/1.1\r\n".encode() + b"".join(f"{k}: {v}\r\n".encode() for k, v in sent.items()) + b"\r\n"
    )
    writer.write(body)
    raw = b""
    try:
        async with asyncio.timeout(seconds):
            while not (answer := parse(raw)).clean or "content-length" not in answer.headers:
                piece = await reader.read(65536)
                raw += piece
                if not piece or raw.endswith(b"\r\n0\r\n\r\n"):
                    break
    except (TimeoutError, ConnectionResetError):
        pass
    writer.close()
    return parse(raw)


def parse(raw: bytes) -> Answer:
    head, found, rest = raw.partition(b"\r\n\r\n")
    while head.startswith(b"HTTP/1.1 1"):
        head, found, rest = rest.partition(b"\r\n\r\n")
    if not found or not head.startswith(b"HTTP/1.1 "):
        return Answer(raw=raw)
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    answer = Answer(int(status.split()[1]), headers, raw=raw)
    if "chunked" in headers.get("transfer-encoding", ""):
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            if size == b"0":
                answer.clean = rest == b"\r\n"
                break
            if size.strip(b"0123456789abcdef"):
                break
            answer.body += rest[: int(size, 16)]
            rest = rest[int(size, 16) + 2 :]
    else:
        answer.body = rest
        answer.clean = len(rest) == int(headers.get("content-length", len(rest)))
    return answer


# --- OpenAI's format, through OpenAI's client


def test_plain_chat_echoes_and_counts() -> None:
    async def run(client: openai.AsyncOpenAI, server: MockServer) -> None:
        answer = await client.chat.completions.create(model="mock", messages=HELLO)
        assert answer.choices[0].message.content == "You said: good morning, mock"
        assert answer.choices[0].finish_reason == "stop"
        assert answer.usage is not None
        assert answer.usage.completion_tokens == 5
        assert answer.usage.prompt_tokens == prompt_tokens({"messages": HELLO}) == 9
        assert answer.usage.total_tokens == 14
        [seen] = server.requests
        assert (seen.method, seen.path, seen.state) == ("POST", "/v1/chat/completions", "done")
        assert seen.header("authorization") == "Bearer sk-test"
        assert seen.json()["messages"] == HELLO

    with_client(run)


def test_stream_says_the_same_as_the_plain_answer() -> None:
    async def run(client: openai.AsyncOpenAI, _: MockServer) -> None:
        plain = await client.chat.completions.create(model="mock", messages=HELLO)
        stream = await client.chat.completions.create(
            model="mock", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
        assert {chunk.id for chunk in chunks} == {plain.id}
        assert chunks[0].choices[0].delta.role == "assistant"
        deltas = [chunk.choices[0].delta.content for chunk in chunks[1:-2]]
        assert "".join(text or "" for text in deltas) == plain.choices[0].message.content
        assert chunks[-2].choices[0].finish_reason == "stop"
        assert (chunks[-1].choices, chunks[-1].usage) == ([], plain.usage)
        assert plain.usage is not None
        assert plain.usage.completion_tokens == len(deltas)
        assert all(chunk.usage is None for chunk in chunks[:-1])

    with_client(run)


def test_usage_members_are_on_the_wire_only_if_asked_for() -> None:
    async def run(server: MockServer) -> None:
        silent = await post(server, "mock", stream=True)
        asked = await post(server, "mock", stream=True, stream_options={"include_usage": True})
        assert silent.headers["content-type"].startswith("text/event-stream")
        assert silent.headers["transfer-encoding"] == "chunked"
        assert b"usage" not in silent.body
        assert asked.body.count(b'"usage":null') == len(asked.events) - 2
        assert json.loads(asked.events[-2])["choices"] == []
        assert silent.events[-1] == asked.events[-1] == "[DONE]"

    with_mock(run)


def test_several_choices_and_max_tokens() -> None:
    async def run(client: openai.AsyncOpenAI, _: MockServer) -> None:
        answer = await client.chat.completions.create(model="mock", messages=HELLO, n=3, max_tokens=2)
        assert [choice.message.content for choice in answer.choices] == ["You said:"] * 3
        assert {choice.finish_reason for choice in answer.choices} == {"length"}
        assert answer.usage is not None
        assert answer.usage.completion_tokens == 6
        stream = await client.chat.completions.create(model="mock", messages=HELLO, n=2, max_tokens=2, stream=True)
        texts = ["", ""]
        async for chunk in stream:
            texts[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
        assert texts == ["You said:"] * 2

    with_client(run)


def test_tool_calls_whole_and_in_fragments() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}
    tools: Any = [{"type": "function", "function": {"name": "weather", "parameters": schema}}]

    async def run(client: openai.AsyncOpenAI, _: MockServer) -> None:
        answer = await client.chat.completions.create(model="mock-tools", messages=HELLO, tools=tools)
        [call] = answer.choices[0].message.tool_calls or []
        assert answer.choices[0].finish_reason == "tool_calls"
        assert answer.choices[0].message.content is None
        assert call.type == "function"
        assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "mock", "days": 1})

        stream = await client.chat.completions.create(model="mock-tools", messages=HELLO, tools=tools, stream=True)
        deltas = [chunk.choices[0].delta async for chunk in stream]
        parts = [delta.tool_calls[0] for delta in deltas if delta.tool_calls]
        assert (parts[0].id, parts[0].function and parts[0].function.name) == (call.id, "weather")
        assert len(parts) > 3
        fragments = [part.function.arguments or "" for part in parts if part.function]
        assert "".join(fragments) == call.function.arguments

        done: Any = [*HELLO, {"role": "tool", "tool_call_id": call.id, "content": "rain"}]
        after = await client.chat.completions.create(model="mock-tools", messages=done, tools=tools)
        assert after.choices[0].finish_reason == "stop"

    with_client(run)


def test_completions_plain_and_streamed() -> None:
    async def run(client: openai.AsyncOpenAI, _: MockServer) -> None:
        plain = await client.completions.create(model="mock", prompt=["one", "two"])
        assert [choice.text for choice in plain.choices] == ["You said: two"] * 2
        stream = await client.completions.create(model="mock", prompt="two", stream=True)
        assert "".join([chunk.choices[0].text async for chunk in stream]) == "You said: two"

    with_client(run)


def test_embeddings_agree_to_the_bit_in_both_encodings() -> None:
    async def run(client: openai.AsyncOpenAI, server: MockServer) -> None:
        for inputs in ("one", ["one", "two"], [1, 2, 3], [[1, 2], [3]]):
            floats = await client.embeddings.create(model="mock", input=inputs, encoding_format="float", dimensions=64)
            decoded = await client.embeddings.create(model="mock", input=inputs, dimensions=64)
            assert len(floats.data) == (1 if inputs == "one" or inputs == [1, 2, 3] else 2)
            assert server.requests[-1].json()["encoding_format"] == "base64"
            for one, other in zip(floats.data, decoded.data, strict=True):
                assert struct.pack("<64f", *one.embedding) == struct.pack("<64f", *other.embedding)
                assert [struct.unpack("<f", struct.pack("<f", value))[0] for value in one.embedding] == one.embedding
        body = json.dumps({"model": "mock", "input": "one", "encoding_format": "base64"}).encode()
        wire = json.loads((await exchange(server.port, "POST /embeddings", body)).body)
        assert len(base64.b64decode(wire["data"][0]["embedding"])) == 4 * 1536

    with_client(run)


def test_models_with_slashes_plain_and_encoded() -> None:
    async def run(client: openai.AsyncOpenAI, server: MockServer) -> None:
        assert "mock" in [model.id async for model in client.models.list()]
        assert (await client.models.retrieve("a/b")).id == "a/b"
        for path in ("/v1/models/a/b", "/models/a%2Fb"):
            assert json.loads((await exchange(server.port, f"GET {path}")).body)["id"] == "a/b"
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve("missing-model")
        assert (await exchange(server.port, "GET /health")).status == 200

    with_client(run)


def test_refusals_have_openais_shape() -> None:
    async def run(client: openai.AsyncOpenAI, server: MockServer) -> None:
        with pytest.raises(openai.NotFoundError) as missing:
            await client.chat.completions.create(model="missing/model", messages=HELLO)
        assert missing.value.code == "model_not_found"
        for body in (b"{", b"[]", b'{"model":"mock"}', b'{"messages":[]}', b'{"model":"mock","messages":[1]}'):
            answer = await exchange(server.port, "POST /v1/chat/completions", body)
            assert answer.status == 400, body
            assert set(json.loads(answer.body)["error"]) == {"message", "type", "param", "code"}
        assert (await exchange(server.port, "GET /v1/nowhere")).status == 404
        assert (await exchange(server.port, "GET /v1/chat/completions")).status == 404

    with_client(run)


@pytest.mark.parametrize(
    "odd",
    [
        {"tools": ["not a tool"]},
        {"tools": [{"function": {"name": "f", "parameters": {"properties": {"a": True, "b": {"enum": []}}}}}]},
        {"tools": {"a": 1}, "tool_choice": {"function": 3}},
        {"stream_options": ["include_usage"], "stream": True},
        {"messages": [{"role": "user", "content": [{"type": "image_url"}, 5, None]}]},
        {"messages": []},
        {"max_tokens": 0, "n": 10**30},
    ],
)
def test_odd_requests_are_answered(odd: dict[str, Any]) -> None:
    async def run(server: MockServer) -> None:
        assert (await post(server, "mock-tools", **odd)).clean

    with_mock(run)


# --- options


def test_unknown_option_lists_the_options() -> None:
    async def run(server: MockServer) -> None:
        for model in ("mock,evens=3", "mock,size=big", "mock,fault=what", "mock,status=99", "org/mock,latency=-1"):
            answer = await post(server, model)
            assert answer.status == 400, model
        answer = await post(server, "mock,evens=3")
        assert EVERY_NAME in json.loads(answer.body)["error"]["message"]
        assert (await post(server, "gpt-4o,evens=3")).status == 200

    with_mock(run)


def test_sizes_and_counts_are_exact() -> None:
    async def run(server: MockServer) -> None:
        assert len((await post(server, "mock,size=776")).body) == 776
        streamed = await post(server, "mock,events=7,size=5", stream=True)
        assert streamed.text == "x" * 35
        assert len(streamed.events) == 7 + 3
        pieces = await post(server, "mock,chunk=3", stream=True)
        assert pieces.text == "You said: good morning, mock"
        assert len(pieces.events) == -(-len(pieces.text) // 3) + 3

    with_mock(run)


def test_headers_set_options_and_win() -> None:
    async def run(server: MockServer) -> None:
        answer = await post(server, "mock,status=500", headers={"x-mock-status": "429", "x-mock-retry-after": "7"})
        assert (answer.status, answer.headers["retry-after"]) == (429, "7")
        assert json.loads(answer.body)["error"]["code"] == "rate_limit_exceeded"
        assert (await exchange(server.port, "GET /models", headers={"x-mock-status": "503"})).status == 503

    with_mock(run)


def test_pacing_takes_its_time() -> None:
    async def run(server: MockServer) -> None:
        clock = asyncio.get_running_loop().time
        begin = clock()
        answer = await post(server, "mock,latency=100ms,spacing=20ms,events=5", stream=True)
        assert clock() - begin >= 0.1 + 7 * 0.02
        assert answer.clean
        begin = clock()
        await post(server, "mock,latency=60ms")
        assert clock() - begin >= 0.06

    with_mock(run)


def test_failures_for_the_first_or_every_nth_request() -> None:
    async def run(server: MockServer) -> None:
        statuses = [(await post(server, "mock,status=503,first=2")).status for _ in range(4)]
        assert statuses == [503, 503, 200, 200]
        statuses = [(await post(server, "mock,status=500,every=2")).status for _ in range(4)]
        assert statuses == [200, 500, 200, 500]

    with_mock(run)


@pytest.mark.parametrize(
    ("kind", "content_type"), [("html", "text/html"), ("text", "text/plain"), ("other", "application/json")]
)
def test_other_bodies(kind: str, content_type: str) -> None:
    async def run(server: MockServer) -> None:
        answer = await post(server, f"mock,status=502,body={kind},header=location:http://elsewhere/")
        assert answer.status == 502
        assert answer.headers["content-type"].startswith(content_type)
        assert answer.headers["location"] == "http://elsewhere/"
        assert answer.body
        assert (await post(server, "mock,status=500,body=empty")).body == b""
        assert "content-length" not in (await post(server, "mock,status=204,body=empty")).headers

    with_mock(run)


def test_usage_can_lie() -> None:
    async def run(server: MockServer) -> None:
        told = {}
        for kind in ("exact", "zero", "negative", "huge", "string", "missing"):
            usage = json.loads((await post(server, f"mock,usage={kind}")).body).get("usage")
            told[kind] = usage and usage["completion_tokens"]
        assert told == {"exact": 5, "zero": 0, "negative": -6, "huge": 10**12, "string": "5", "missing": None}
        twice = await post(server, "mock,usage=twice", stream=True, stream_options={"include_usage": True})
        assert twice.body.count(b'"usage":{') == 2

    with_mock(run)


# --- the wire


def test_every_wire_option_leaves_the_content_alone() -> None:
    async def run(server: MockServer) -> None:
        plain = await post(server, "mock", stream=True)
        for option in ("split=1", "split=7", "crlf", "comment", "nospace", "close", "early", "bighead=9000"):
            answer = await post(server, f"mock,{option}", stream=True)
            assert (answer.status, answer.text, answer.clean) == (200, plain.text, True), option
            assert answer.events[-1] == "[DONE]"
        slow = await post(server, "mock,slowhead,spacing=1ms", stream=True)
        assert slow.text == plain.text

    with_mock(run)


def test_wire_options_do_what_they_say() -> None:
    async def run(server: MockServer) -> None:
        crlf = await post(server, "mock,crlf,comment,nospace", stream=True)
        assert crlf.body.startswith(b": keep-alive\r\n\r\ndata:{")
        assert b"\n" not in crlf.body.replace(b"\r\n", b"")
        closed = await post(server, "mock,close", stream=True)
        assert not {"content-length", "transfer-encoding"} & set(closed.headers)
        assert closed.headers["connection"] == "close"
        assert (await post(server, "mock,bighead=9000")).headers["x-big"] == "b" * 9000
        assert (await post(server, "mock,early")).raw.startswith(b"HTTP/1.1 103 ")
        assert json.loads((await post(server, "mock,json-for-stream", stream=True)).body)["object"] == "chat.completion"
        zipped = await post(server, "mock,gzip")
        assert json.loads(gzip.decompress(zipped.body))["object"] == "chat.completion"
        stream = await post(server, "mock,gzip", stream=True)
        assert zlib.decompress(stream.body, wbits=31).endswith(b"data: [DONE]\n\n")

    with_mock(run)


# --- faults


def test_cut_stops_where_it_was_told() -> None:
    async def run(server: MockServer) -> None:
        whole = await post(server, "mock", stream=True)
        for number in (0, 1, 3):
            answer = await post(server, f"mock,fault=cut:{number}", stream=True)
            assert (len(answer.events), answer.clean) == (number, False)
        for number in (1, 100, 333):
            answer = await post(server, f"mock,fault=cut:{number}b", stream=True)
            assert (answer.body, answer.clean) == (
                whole.body.replace(b'"mock"', f'"mock,fault=cut:{number}b"'.encode())[:number],
                False,
            )
        plain = await post(server, "mock,fault=cut:20")
        assert (len(plain.body), plain.clean) == (20, False)
        assert server.requests[-1].state == "broken"

    with_mock(run)


def test_reset_is_a_reset() -> None:
    async def run(server: MockServer) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        body = json.dumps({"model": "mock,fault=reset", "messages": HELLO}).encode()
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()

    with_mock(run)


def test_stall_stays_silent_with_the_connection_open() -> None:
    async def run(server: MockServer) -> None:
        answer = await post(server, "mock,fault=stall:2", stream=True, seconds=2)
        assert (len(answer.events), answer.clean) == (2, False)
        assert (await post(server, "mock,fault=stall", seconds=0.2)).raw == b""
        await server.until(lambda: len(server.left) == 2)

    with_mock(run)


def test_broken_answers() -> None:
    async def run(server: MockServer) -> None:
        bad = await post(server, "mock,fault=badchunk:2", stream=True)
        assert (len(bad.events), bad.clean) == (2, False)
        assert b"zz\r\n" in bad.raw
        assert not (await post(server, "mock,fault=garbage")).raw.startswith(b"HTTP")
        long = await post(server, "mock,fault=badlength:5")
        assert int(long.headers["content-length"]) == len(long.body) + 5
        nodone = await post(server, "mock,fault=nodone", stream=True)
        assert (nodone.clean, b"[DONE]" in nodone.body) == (True, False)
        assert b'"finish_reason":"stop"' in nodone.body
        short = await post(server, "mock,fault=nodone:2", stream=True)
        assert (short.clean, len(short.events), b'"stop"' in short.body) == (True, 2, False)
        big = await post(server, "mock,fault=bigline:50000", stream=True)
        assert len(big.events[1]) == 50000
        error = await post(server, "mock,fault=errorevent:2", stream=True)
        assert (len(error.events), error.clean) == (3, True)
        assert "error" in json.loads(error.events[-1])
        broken = await post(server, "mock,fault=badjson:2", stream=True)
        with pytest.raises(json.JSONDecodeError):
            json.loads(broken.events[2])
        assert broken.events[-1] == "[DONE]"

    with_mock(run)


# --- the server itself


def test_counts_are_whole_numbers_or_refused() -> None:
    """Also those so large that a reader of JSON takes them for another kind of number."""

    async def run(server: MockServer) -> None:
        async def status(path: str, **body: Any) -> int:
            return (
                await exchange(server.port, f"POST /v1/{path}", json.dumps({"model": "mock", **body}).encode())
            ).status

        for top_n, wanted in (
            (1, 200),
            (2**70, 200),
            (2.0, 200),
            (0, 400),
            (-1, 400),
            (1.5, 400),
            ("x", 400),
            (True, 400),
        ):
            assert await status("rerank", query="a", documents=["a"], top_n=top_n) == wanted, top_n
        for n, wanted in ((1, 200), (2**70, 400), (0, 400), ("x", 400), ([1], 400)):
            assert await status("images/generations", prompt="a", n=n) == wanted, n

    with_mock(run)


def test_a_client_that_leaves_is_recorded() -> None:
    async def run(server: MockServer) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        body = json.dumps({"model": "mock,events=1000,spacing=5ms", "messages": HELLO, "stream": True}).encode()
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await reader.readuntil(b"\n\n")
        assert server.connections == 1
        before = asyncio.get_running_loop().time()
        writer.close()
        await server.until(lambda: bool(server.left))
        [(at, seen)] = server.left
        assert (seen.state, server.connections) == ("left", 0)
        assert before <= at <= before + 1
        assert 0 < seen.written < 20_000

    with_mock(run)


def test_a_slow_reader_holds_the_stream_back() -> None:
    async def run(server: MockServer) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=4096)
        body = json.dumps({"model": "mock,events=1000000,size=1000", "messages": HELLO, "stream": True}).encode()
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await reader.readuntil(b"\n\n")
        [seen] = server.requests
        [connection] = server.open
        await server.until(lambda: connection.held)
        written = seen.written
        assert written < 32 << 20
        await reader.readexactly(written)
        await server.until(lambda: connection.held and seen.written > written)
        writer.transport.abort()

    with_mock(run)


def test_pipelined_chunked_and_expected_requests_on_one_connection() -> None:
    body = json.dumps({"model": "mock", "messages": HELLO}).encode()
    plain = b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    pieces = b"".join(
        b"%x;ext=1\r\n%b\r\n" % (len(body[at : at + 9]), body[at : at + 9]) for at in range(0, len(body), 9)
    )
    chunked = b"POST /chat/completions HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n" + pieces + b"0\r\nx: y\r\n\r\n"
    paced = body.replace(b'"mock"', b'"mock,latency=5ms"')
    slow = b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(paced) + paced

    async def run(server: MockServer) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(plain + slow + chunked + plain * 500)
        for _ in range(503):
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        writer.write(
            b"POST /chat/completions HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(body)
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        writer.write(body[:10])
        writer.write(body[10:])
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert {seen.body for seen in server.requests} == {body}
        assert (server.total, server.connections_total) == (504, 1)
        writer.close()

    with_mock(run)


def test_what_arrived_can_be_asked_and_forgotten_over_http() -> None:
    async def run(server: MockServer) -> None:
        await post(server, "mock")
        report = json.loads((await exchange(server.port, "GET /mock/requests")).body)
        [seen] = report["requests"]
        assert (report["total"], seen["path"], json.loads(seen["body"])["model"]) == (1, "/v1/chat/completions", "mock")
        assert ["host", "mock"] in seen["headers"]
        await exchange(server.port, "DELETE /mock/requests")
        assert json.loads((await exchange(server.port, "GET /mock/requests")).body)["requests"] == []

    with_mock(run)


# --- cutproxy, which the fault tests put between two parts


def test_cutproxy_passes_cuts_resets_and_trickles() -> None:
    request = b"GET /health HTTP/1.1\r\n\r\n"

    async def through(server: MockServer, cut: Cut) -> bytes:
        async with await cutproxy.start(server.port, cut) as proxy:
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(request)
            got = b""
            try:
                async with asyncio.timeout(2 if cut.then == "stall" else ENOUGH_S):
                    while not got.endswith(b"}") and (piece := await reader.read(100)):
                        got += piece
            except ConnectionResetError:
                got += b"<reset>"
            except TimeoutError:
                got += b"<silence>"
            writer.close()
            return got

    async def run(server: MockServer) -> None:
        whole = await through(server, Cut())
        assert whole.endswith(b'{"status":"ok"}')
        assert await through(server, Cut(trickle=7, delay=0.001)) == whole
        assert await through(server, Cut(after=30)) == whole[:30]
        assert await through(server, Cut(after=30, then="stall")) == whole[:30] + b"<silence>"
        assert (await through(server, Cut(after=0, then="reset"))).endswith(b"<reset>")
        assert await through(server, Cut(refuse=True)) in (b"", b"<reset>")
        before = server.total
        assert await through(server, Cut(direction="up", after=10)) == b""
        assert server.total == before

    with_mock(run)
