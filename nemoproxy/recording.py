"""What a client is sent, kept as well: for those that are to get the same answer again, or need it as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nemoproxy.types import Recipient, Sink, Steered

if TYPE_CHECKING:
    from nemoproxy._core import Decision


def _nothing() -> None: ...


class Record:
    """A sink that keeps what is streamed, as long as it is not too much; `too_much` is called when it is."""

    def __init__(self, most: int, too_much: Callable[[], object] = _nothing) -> None:
        self._most = most
        self._too_much = too_much
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes, /) -> None:
        self._size += len(data)
        if self._size <= self._most:
            self._parts.append(data)
        else:
            self._parts.clear()
            self._too_much()

    def whole(self, *, chunked: bool = False) -> bytes | None:
        """All of it, without the framing; None: it was too much."""
        if self._size > self._most:
            return None
        text = b"".join(self._parts)
        return _unchunked(text) if chunked else text


class _Tee:
    """A sink that is two."""

    def __init__(self, first: Sink, second: Sink) -> None:
        self._first = first
        self._second = second

    def write(self, data: bytes, /) -> None:
        self._first.write(data)
        self._second.write(data)


class Recorded:
    """A client (types.Recipient) whose answer is kept. `sent`, for who is interested, hears of one that is whole."""

    def __init__(self, client: Recipient, record: Record) -> None:
        self._client = client
        self._record = record
        self._head = (0, b"")
        self.request_id = client.request_id
        self.started_ns = client.started_ns
        self.chunked = client.chunked

    def sent(self, status: int, content_type: bytes, body: bytes, *, streamed: bool) -> None:
        """A whole answer is about to be sent, or its last byte is."""

    def spoiled(self) -> None:
        """What is sent is nothing to keep."""

    @property
    def gone(self) -> bool:
        return self._client.gone

    @property
    def decision(self) -> Decision | None:
        return self._client.decision

    @decision.setter
    def decision(self, decision: Decision | None) -> None:
        self._client.decision = decision

    @property
    def told(self) -> bytes:
        return self._client.told

    @told.setter
    def told(self, lines: bytes) -> None:
        self._client.told = lines

    @property
    def prompt_tokens(self) -> int:
        return self._client.prompt_tokens

    @prompt_tokens.setter
    def prompt_tokens(self, tokens: int) -> None:
        self._client.prompt_tokens = tokens

    def attach(self, upstream: Steered) -> None:
        self._client.attach(upstream)

    def send(self, status: int, headers: bytes, body: bytes) -> None:
        if status < 300:
            self.sent(status, _content_type(headers), body, streamed=False)
        else:
            self.spoiled()
        self._client.send(status, headers, body)

    def open_stream(self, status: int, headers: bytes) -> tuple[Sink, bytes]:
        sink, head = self._client.open_stream(status, headers)
        self._head = (status, _content_type(headers))
        if self._client.gone:
            return self._record, b""
        if head:
            sink.write(head)
        return _Tee(sink, self._record), b""

    def end_stream(self, trailer: bytes = b"", last: bytes = b"") -> None:
        self._record.write(last)
        body = self._record.whole(chunked=self.chunked)
        if body is not None:
            self.sent(*self._head, body, streamed=True)
        self._client.end_stream(trailer, last)

    def break_stream(self, last: bytes) -> None:
        self._client.break_stream(last)


def _content_type(headers: bytes) -> bytes:
    return b"".join(line for line in headers.splitlines(keepends=True) if line.startswith(b"content-type:"))


def _unchunked(text: bytes) -> bytes:
    """The content of chunks as a relay writes them."""
    parts: list[bytes] = []
    at = 0
    while at < len(text):
        end = text.index(b"\r\n", at)
        start, size = end + 2, int(text[at:end], 16)
        parts.append(text[start : start + size])
        at = start + size + 2
    return b"".join(parts)
