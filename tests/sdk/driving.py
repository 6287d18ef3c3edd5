"""One test body for both clients, and a server that answers what it is told to, for the shape of requests."""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from nemoroutersdk import AsyncNemoRouter, NemoRouter

HELLO: Any = [{"role": "user", "content": "Hello!"}]


def run(kind: type[Any], body: Callable[[Any], Awaitable[Any]], url: str, key: str, **options: Any) -> Any:
    """`body(client)` with a `NemoRouter` or an `AsyncNemoRouter`; inside, `now(...)` awaits what has to be."""

    async def go() -> Any:
        if kind is NemoRouter:
            with NemoRouter(key, url, **options) as client:
                return await body(client)
        async with AsyncNemoRouter(key, url, **options) as client:
            return await body(client)

    return asyncio.run(go())


async def now(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def items(stream: Any) -> list[Any]:
    return [item async for item in stream] if hasattr(stream, "__aiter__") else list(stream)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class StandIn:
    """Answers every request with `status`, `headers` and `body`, and keeps what it was asked."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: object = field(default_factory=lambda: {"data": []})
    seen: list[Request] = field(default_factory=list)

    def events(self, *events: object) -> None:
        """Answer with a stream of these."""
        self.headers["content-type"] = "text/event-stream"
        self.body = "".join(f"data: {event if event == '[DONE]' else json.dumps(event)}\n\n" for event in events)


@contextmanager
def stand_in() -> Iterator[StandIn]:
    told = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length", 0)))
            names = {name.lower(): value for name, value in self.headers.items()}
            told.seen.append(Request(self.command, self.path, names, json.loads(sent) if sent else None))
            body = told.body if isinstance(told.body, str) else json.dumps(told.body)
            self.send_response(told.status)
            for name, value in {"content-type": "application/json", **told.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = answer

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
