"""The mock on a socket: one `asyncio.Protocol` a connection, no parser, no task.

It shares a core with the load generator in benchmarks, so the common case is two dictionary look-ups and one write:
request heads and whole requests repeat, and what they lead to is remembered.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import struct
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any, cast

import orjson

from nemoproxy.mock import script
from nemoproxy.mock.answers import Refused
from nemoproxy.mock.http import Head, decode_chunked, parse_head
from nemoproxy.mock.script import Ending, Script, Step
from nemoproxy.mock.wheel import Wheel

KNOWN_HEADS, KNOWN_REQUESTS, LONGEST_KNOWN = 512, 512, 16 * 1024
MOST_BYTES_KEPT = 64 << 20


class Seen:
    """A request that arrived, and how its answer went: `state` is answering, done, broken (as planned) or left."""

    __slots__ = ("at", "body", "connection", "head", "state", "written")

    def __init__(self, head: Head, body: bytes, connection: int, at: float) -> None:
        self.head = head
        self.body = body
        self.connection = connection
        self.at = at
        self.state = "answering"
        self.written = 0

    @property
    def method(self) -> str:
        return self.head.method

    @property
    def path(self) -> str:
        return self.head.path

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Names in lower case, in the order they came."""
        return self.head.headers

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.head.headers if key == name), None)

    def json(self) -> Any:
        return orjson.loads(self.body)


class MockServer:
    """A running mock. `requests`: the last ones; `left`: when, and which of them were left by the client too early."""

    def __init__(self, loop: asyncio.AbstractEventLoop, remember: int) -> None:
        self.loop = loop
        self.host = ""
        self.port = 0
        self.requests: deque[Seen] = deque()
        self.left: deque[tuple[float, Seen]] = deque(maxlen=max(remember, 1))
        self.total = 0
        self.connections_total = 0
        self.open: set[Connection] = set()
        self.wheel = Wheel(loop)
        self._remember = remember
        self._bytes_kept = 0
        self._nth: Counter[str] = Counter()
        self._heads: dict[bytes, Head] = {}
        self._scripts: dict[tuple[Head, bytes], Script] = {}
        self._watchers: list[asyncio.Future[None]] = []
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The base URL for an OpenAI client."""
        return f"http://{self.host}:{self.port}/v1"

    @property
    def connections(self) -> int:
        """Connections that are open now."""
        return len(self.open)

    async def listen(self, host: str, port: int) -> None:
        self._server = await self.loop.create_server(lambda: Connection(self), host, port, backlog=4096)
        self.host, self.port = self._server.sockets[0].getsockname()[:2]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self.open):
            connection.abort()
        await self.until(lambda: not self.open)

    async def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until `condition()`, which is asked again when a request comes or ends or a connection closes."""
        async with asyncio.timeout(seconds):
            while not condition():
                watcher = self.loop.create_future()
                self._watchers.append(watcher)
                await watcher

    def hurry(self) -> None:
        """Answers that are being given go on to their end now, whatever latency and spacing they have."""
        for connection in tuple(self.open):
            connection.hurry()

    def changed(self) -> None:
        if self._watchers:
            watchers, self._watchers = self._watchers, []
            for watcher in watchers:
                if not watcher.done():
                    watcher.set_result(None)

    def forget(self) -> None:
        self.requests.clear()
        self.left.clear()
        self._nth.clear()
        self._bytes_kept = 0

    def head(self, raw: bytes) -> Head:
        """The parsed request head; a few are remembered, because a client repeats itself."""
        known = self._heads.get(raw)
        if known is None:
            known = parse_head(raw)
            if len(self._heads) >= KNOWN_HEADS:
                self._heads.clear()
                self._scripts.clear()
            self._heads[raw] = known
        return known

    def record(self, seen: Seen) -> None:
        if seen.head.path.startswith("/mock/"):
            return
        self.total += 1
        if self._remember:
            self.requests.append(seen)
            self._bytes_kept += len(seen.body)
            while len(self.requests) > self._remember or self._bytes_kept > MOST_BYTES_KEPT:
                self._bytes_kept -= len(self.requests.popleft().body)
        self.changed()

    def script(self, head: Head, body: bytes) -> Script:
        known = self._scripts.get((head, body))
        return known if known is not None else self._write(head, body)

    def _write(self, head: Head, body: bytes) -> Script:
        if head.path.partition("?")[0] == "/mock/requests":
            return self._admin(head)
        request = script.parse_body(body)
        try:
            plan = script.plan_of(head.path, request, head.options)
        except Refused as refusal:
            return script.refuse(refusal)
        counted = plan.first or plan.every
        if counted:
            model = str(script.model_of(head.path, request))
            self._nth[model] += 1
            if plan.spares(self._nth[model]):
                plan = plan.healthy()
        fresh = script.write(head.method, head.path, plan, request)
        if counted or len(body) > LONGEST_KNOWN or (kept := fresh.kept()) is None:
            return fresh
        if len(self._scripts) >= KNOWN_REQUESTS:
            self._scripts.clear()
        self._scripts[head, body] = kept
        return kept

    def _admin(self, head: Head) -> Script:
        if head.method == "DELETE":
            self.forget()
        report = {
            "total": self.total,
            "connections": {"open": self.connections, "total": self.connections_total},
            "left": [{"at": at, "path": seen.path, "written": seen.written} for at, seen in self.left],
            "requests": [
                {
                    "method": seen.method,
                    "path": seen.path,
                    "headers": seen.headers,
                    "body": seen.body.decode(errors="backslashreplace"),
                    "connection": seen.connection,
                    "at": seen.at,
                    "state": seen.state,
                    "written": seen.written,
                }
                for seen in self.requests
            ],
        }
        return script.plain(orjson.dumps(report))


class Connection(asyncio.Protocol):
    """One client connection: reads requests one after the other, and plays the script of each."""

    def __init__(self, server: MockServer) -> None:
        self._server = server
        self._transport: asyncio.Transport
        self._buffer = bytearray()
        self._head: Head | None = None
        self._seen: Seen | None = None
        self._script: Script
        self._steps: Iterator[Step] = iter(())
        self._waiting: bytes | None = None
        self._due = 0.0
        self._hurried = False
        self._paused = False
        self._blocked = False
        self._number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.connections_total += 1
        self._number = self._server.connections_total
        self._server.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        server, seen = self._server, self._seen
        self._seen = None
        server.open.discard(self)
        if seen is not None and seen.state == "answering":
            seen.state = "left"
            server.left.append((server.loop.time(), seen))
        server.changed()

    def abort(self) -> None:
        self._transport.abort()

    # --- requests in

    def data_received(self, data: bytes) -> None:
        if self._seen is None and self._head is None and not self._buffer:
            end = data.find(b"\r\n\r\n") + 4
            if end >= 4:
                head = self._server.head(data[:end])
                if head.length == len(data) - end:
                    self._answer(head, data[end:])
                    return
        self._buffer += data
        self._next()

    def _next(self) -> None:
        """Answer what is in the buffer, one request after the other."""
        while self._seen is None and (request := self._take()) is not None:
            self._answer(*request)

    def _take(self) -> tuple[Head, bytes] | None:
        """The next request, if it is there as a whole."""
        head, buffer = self._head, self._buffer
        if head is None:
            end = buffer.find(b"\r\n\r\n") + 4
            if end < 4:
                return None
            head = self._head = self._server.head(bytes(buffer[:end]))
            del buffer[:end]
            if head.expects_continue and not buffer:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if head.length is None:
            decoded = decode_chunked(buffer)
            if decoded is None:
                return None
            body, size = decoded
        else:
            size = head.length
            if len(buffer) < size:
                return None
            body = bytes(buffer[:size])
        del buffer[:size]
        self._head = None
        return head, body

    # --- answers out

    def _answer(self, head: Head, body: bytes) -> None:
        server = self._server
        seen = Seen(head, body, self._number, server.loop.time())
        chosen = server.script(head, body)
        server.record(seen)
        if chosen.instant is not None:
            self._transport.write(chosen.instant)
            seen.written = len(chosen.instant)
            seen.state = "done"
            if head.closes:
                self._transport.close()
            return
        self._seen, self._script, self._steps = seen, chosen, chosen.steps()
        self._due = server.loop.time()
        self._hurried = False
        self._play()

    def hurry(self) -> None:
        if self._seen is not None:
            self._hurried = True
            self._play()

    def _play(self) -> None:
        """Write what is due, and come back for the next step when its time has come."""
        while (seen := self._seen) is not None:
            if self._paused:
                self._blocked = True
                return
            data, self._waiting = self._waiting, None
            if data is None:
                delay, data = next(self._steps, (0.0, None))
                if data is None:
                    self._end(seen)
                    return
                if delay and not self._hurried:
                    self._waiting = data
                    self._later(delay)
                    return
            seen.written += len(data)
            self._transport.write(data)

    def _later(self, delay: float) -> None:
        server = self._server
        if delay < 0:
            server.loop.call_soon(self._play)
            return
        self._due += delay
        server.wheel.at(self._due, self._play)

    def _end(self, seen: Seen) -> None:
        ending = self._script.ending
        if ending is Ending.STALL:
            return
        self._seen = None
        seen.state = "done" if self._script.complete else "broken"
        if ending is Ending.KEEP and not seen.head.closes:
            self._server.changed()
            self._server.loop.call_soon(self._next)
            return
        if ending is Ending.RESET:
            linger = struct.pack("ii", 1, 0)
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._transport.abort()
        else:
            self._transport.close()
        self._server.changed()

    @property
    def held(self) -> bool:
        """Whether the client reads more slowly than the script writes."""
        return self._paused

    def pause_writing(self) -> None:
        self._paused = True
        self._server.changed()

    def resume_writing(self) -> None:
        self._paused = False
        if self._blocked:
            self._blocked = False
            self._server.loop.call_soon(self._play)


async def start(host: str = "127.0.0.1", port: int = 0, *, remember: int = 256) -> MockServer:
    """A mock in the running loop. `remember`: how many requests it keeps."""
    server = MockServer(asyncio.get_running_loop(), remember)
    await server.listen(host, port)
    return server


def run(host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    import uvloop

    uvloop.run(_serve(host, port))


async def _serve(host: str, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    server = await start(host, port)
    sys.stdout.write(f"mock provider at {server.url}\n")
    sys.stdout.flush()
    await stop.wait()
    with contextlib.suppress(TimeoutError):
        await server.close()
