"""A provider that is a function of a socket, for what no HTTP server would do."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nemoproxy.config import Model, Provider, Target
from tests.site import Site

BODY = b'{"choices":[{"index":0,"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}]}'
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY)

Talk = Callable[[socket.socket, int], None]
"""What to do with a connection, and which one it is (from 1). It is closed afterwards."""


@contextlib.contextmanager
def deaf() -> Iterator[int]:
    """A port at which no connection is made: its backlog is full, and what knocks is not heard."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        knocking = [socket.socket() for _ in range(4)]
        for one in knocking:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        try:
            yield port
        finally:
            for one in knocking:
                one.close()


def read_request(connection: socket.socket) -> bytes:
    """One whole request; nothing when the gateway has closed the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    sizes = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.startswith(b"content-length")]
    while sizes and len(body) < int(sizes[0]):
        body += connection.recv(1 << 20)
    return head + b"\r\n\r\n" + body


def answer_all(connection: socket.socket, _number: int) -> None:
    """Whatever is asked is answered well."""
    while read_request(connection):
        connection.sendall(OK)


class Upstream:
    """Listens on a loopback port; each connection is handed to `talk`, on a thread of its own."""

    def __init__(self, talk: Talk, tls: ssl.SSLContext | None = None) -> None:
        self._talk = talk
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._open: set[socket.socket] = set()
        self.port = self._listener.getsockname()[1]
        self.accepted = 0
        self.requests: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._run, args=(connection, self.accepted), daemon=True).start()

    def _run(self, connection: socket.socket, number: int) -> None:
        self._open.add(connection)
        try:
            if self._tls is not None:
                self._open.discard(connection)
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.add(connection)
            self._talk(connection, number)
        except OSError:
            pass  # the gateway left, or the test is over
        finally:
            self._open.discard(connection)
            connection.close()

    def site(self, data: Path, *, scheme: str = "http", **provider: Any) -> Site:
        """A gateway whose only provider this is."""
        made = Provider(base_url=f"{scheme}://127.0.0.1:{self.port}/v1", **provider)
        return Site(data, providers={"p": made}, models={"*": Model(targets=(Target(provider="p"),))})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
