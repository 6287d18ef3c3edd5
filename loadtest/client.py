"""A load generator on raw protocols: streams at once, single requests timed, and streams held open.

Its cost matters: it shares a core with the mock. So a stream's events are counted in the bytes as they come, and
nothing is decoded.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import cast

import orjson

DONE = b"data: [DONE]"


@dataclass(frozen=True)
class Target:
    """Where to send requests, and with which key."""

    port: int
    key: str

    def request(self, body: bytes) -> bytes:
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\nauthorization: Bearer {self.key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class WrongAnswer(Exception):
    """The target answered something else than what was asked for."""


def chat(model: str, length: int, *, stream: bool = False) -> bytes:
    """A chat completion request of exactly `length` bytes, or as few as it can have."""

    def render(content: str) -> bytes:
        messages = [{"role": "system", "content": "You are terse."}, {"role": "user", "content": content}]
        return orjson.dumps({"model": model, "messages": messages, "stream": stream})

    text = "What is the shortest way from here to there, and who has gone it? "
    room = max(0, length - len(render("")))
    return render((text * (room // len(text) + 1))[:room])


class Connection(asyncio.Protocol):
    """One keep-alive connection with one request at a time. `finished` is set when an answer is there as a whole."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.finished: asyncio.Future[None] = loop.create_future()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.transport: asyncio.Transport
        self.events = 0
        self.ended = 0.0
        self._head = b""
        self._left = -1
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.finished = loop.create_future()
        self.opened = loop.create_future()
        self.events, self._left = 0, -1
        self._head = self._tail = b""
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._left == -1:
            data = self._head + data
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._head = data
                return
            if not self._begin(data[:end].lower(), data):
                return
            data = data[end + 4 :]
        if self._left >= 0:
            self._left -= len(data)
            if self._left <= 0:
                self._finish()
            return
        self._stream(data)

    def _begin(self, head: bytes, data: bytes) -> bool:
        """Read the head: a length, or a stream (`_left` is -2). False if it is not a success."""
        if not head.startswith(b"http/1.1 200 "):
            self._fail(WrongAnswer(data[:500].decode(errors="replace")))
            return False
        length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        self._left = int(length) if length else -2
        return True

    def _stream(self, data: bytes) -> None:
        self.events += data.count(b"\n\n")
        if self.events and not self.opened.done():
            self.opened.set_result(None)
        # The end is the terminating chunk after [DONE], perhaps with trailers.
        data = self._tail + data
        at = data.find(DONE)
        if at < 0:
            self._tail = data[-len(DONE) :]
            return
        self._tail = data[at:]
        if b"\r\n0\r\n" in self._tail and self._tail.endswith(b"\r\n\r\n"):
            self._finish()

    def _finish(self) -> None:
        self.ended = time.perf_counter()
        if not self.finished.done():
            self.finished.set_result(None)

    def _fail(self, error: Exception) -> None:
        for future in (self.finished, self.opened):
            if not future.done():
                future.set_exception(error)
                future.exception()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(WrongAnswer(f"the connection was closed ({exc})"))


async def connect(target: Target) -> Connection:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, "127.0.0.1", target.port)
    return connection


async def run_streams(
    target: Target, *, at_once: int, each: int, events: int, spacing_ms: int, model: str = "mock"
) -> int:
    """`at_once` connections with `each` streams after another; returns how many streams there were, all checked."""
    request = target.request(chat(f"{model},events={events},spacing={spacing_ms}ms", 450, stream=True))
    connections = await asyncio.gather(*(connect(target) for _ in range(at_once)))
    loop = asyncio.get_running_loop()
    begin = loop.time() + 0.02

    async def work(number: int, connection: Connection) -> None:
        # Spread over one spacing, so that the events of all streams do not come in one burst.
        start = loop.create_future()
        loop.call_at(begin + number / at_once * spacing_ms / 1000, start.set_result, None)
        await start
        for _ in range(each):
            connection.send(request)
            await connection.finished
            # Role, finish and [DONE] come on top; a read that ends between two newlines hides one from the count.
            if connection.events < events:
                raise WrongAnswer(f"{connection.events} events instead of {events + 3}")

    await asyncio.gather(*(work(number, connection) for number, connection in enumerate(connections)))
    for connection in connections:
        connection.transport.close()
    return at_once * each


async def time_closed(target: Target, body: bytes, seconds: float) -> list[float]:
    """Latencies in seconds of one request after another on one connection."""
    connection, request = await connect(target), target.request(body)
    latencies = []
    until = time.perf_counter() + seconds
    while (sent := time.perf_counter()) < until:
        connection.send(request)
        await connection.finished
        latencies.append(connection.ended - sent)
    connection.transport.close()
    return latencies


async def time_open(target: Target, body: bytes, seconds: float, rate: int) -> list[float]:
    """Latencies in seconds of requests sent at a fixed rate, whether or not the ones before are answered."""
    loop, request = asyncio.get_running_loop(), target.request(body)
    idle = list(await asyncio.gather(*(connect(target) for _ in range(8))))
    latencies: list[float] = []

    async def one() -> None:
        connection = idle.pop() if idle else await connect(target)
        sent = time.perf_counter()
        connection.send(request)
        await connection.finished
        latencies.append(connection.ended - sent)
        idle.append(connection)

    begin = loop.time()
    tasks = []
    for number in range(int(seconds * rate)):
        due = loop.create_future()
        loop.call_at(begin + number / rate, due.set_result, None)
        await due
        tasks.append(asyncio.ensure_future(one()))
    await asyncio.gather(*tasks)
    for connection in idle:
        connection.transport.close()
    return latencies


async def hold(target: Target, count: int) -> list[Connection]:
    """Streams of which the first event has come and nothing will follow."""
    request = target.request(chat("mock,fault=stall:1", 450, stream=True))
    connections = []
    for _ in range(count):
        connection = await connect(target)
        connection.send(request)
        await connection.opened
        connections.append(connection)
    return connections
