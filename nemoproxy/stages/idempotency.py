"""`Idempotency-Key`: a request that is sent again is answered again, and neither run nor charged a second time.

Whole answers of up to a MiB are kept, streamed ones too: a retry gets them in one piece. A request whose answer was
begun and cannot be kept (too long, broken off, given up when its client left) is not run again under its key either.
One that came to nothing, and so costs nothing, may be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from time import monotonic_ns
from typing import TYPE_CHECKING

from nemoproxy.errors import IdempotencyInFlight, IdempotencyMismatch, IdempotencyNotKept, InvalidRequest
from nemoproxy.idempotency import MAX_BODY_BYTES, IdempotencyStore, Refusal, Replay, Ticket
from nemoproxy.types import Call, Client, Drain, Endpoint, Principal, Recipient, Sink, Steered

if TYPE_CHECKING:
    from nemoproxy._core import Decision

LONGEST_KEY = 255
INLINE_BYTES = 1 << 16
"""A longer body is digested on a thread."""
REPLAYED = b"x-nemo-idempotent-replay: true\r\n"


class Idempotency:
    """`count` takes one request from the caller's limits. `drain` says how far an answer is read on without its client:
    whoever sends a key means to come back for it."""

    def __init__(self, store: IdempotencyStore, count: Callable[[Principal, Client], None], drain: Drain) -> None:
        self._store = store
        self._count = count
        self._drain = drain

    async def once(
        self,
        endpoint: Endpoint,
        client: Client,
        who: Principal,
        body: bytes,
        run: Callable[[Recipient], Awaitable[Call]],
    ) -> None:
        """Answer with what is known, or `run`. Raises GatewayError only while nothing has been sent to the client."""
        key = _checked(client.idempotency_key or "")
        digest = await _digest(endpoint, body)
        found = self._store.begin(who.key_id, key, digest, monotonic_ns())
        if isinstance(found, Ticket):
            await self._first(client, found, run)
        elif isinstance(found, Replay):
            self._count(who, client)
            client.send(found.status, found.headers + REPLAYED, found.body)
        else:
            raise _refusal(found)

    async def _first(self, client: Client, ticket: Ticket, run: Callable[[Recipient], Awaitable[Call]]) -> None:
        record = _Record()
        client.drain = Drain(self._drain.max_bytes, self._drain.max_s, record)
        try:
            call = await run(_Recorded(client, ticket, record))
        except BaseException:
            ticket.abandon()
            raise
        if call.asked:
            ticket.spend(monotonic_ns())
        else:
            ticket.abandon()


class _Record:
    """A sink that keeps what is streamed, as long as it is not too much."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes, /) -> None:
        self._size += len(data)
        if self._size <= MAX_BODY_BYTES:
            self._parts.append(data)

    def whole(self, *, chunked: bool) -> bytes | None:
        """All of it, without the framing; None: it was too much."""
        if self._size > MAX_BODY_BYTES:
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


class _Recorded:
    """The client of a first request (types.Recipient): what it is sent is kept for those that follow."""

    def __init__(self, client: Client, ticket: Ticket, record: _Record) -> None:
        self._client = client
        self._ticket = ticket
        self._record = record
        self._head = (0, b"")
        self.request_id = client.request_id
        self.started_ns = client.started_ns
        self.chunked = client.chunked

    @property
    def gone(self) -> bool:
        return self._client.gone

    @property
    def decision(self) -> Decision | None:
        return self._client.decision

    @decision.setter
    def decision(self, decision: Decision | None) -> None:
        self._client.decision = decision

    def attach(self, upstream: Steered) -> None:
        self._client.attach(upstream)

    def send(self, status: int, headers: bytes, body: bytes) -> None:
        if status < 300:
            self._ticket.finish(status, _content_type(headers), body, monotonic_ns())
        else:
            self._ticket.abandon()
        self._client.send(status, headers, body)

    def open_stream(self, status: int, headers: bytes) -> Sink:
        sink = self._client.open_stream(status, headers)
        self._head = (status, _content_type(headers))
        return self._record if self._client.gone else _Tee(sink, self._record)

    def end_stream(self, trailer: bytes = b"") -> None:
        body = self._record.whole(chunked=self.chunked)
        if body is not None:
            self._ticket.finish(*self._head, body, monotonic_ns())
        self._client.end_stream(trailer)

    def break_stream(self, last: bytes) -> None:
        self._client.break_stream(last)


def _checked(key: str) -> str:
    if 0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable():
        return key
    raise InvalidRequest(
        f"Idempotency-Key must be 1 to {LONGEST_KEY} printable ASCII characters.",
        code="invalid_idempotency_key",
        param="Idempotency-Key",
    )


async def _digest(endpoint: Endpoint, body: bytes) -> bytes:
    if endpoint.multipart:  # clients make up a boundary each time
        body = body.replace(body.partition(b"\r\n")[0], b"--")
    digest = sha256(endpoint.value.encode() + b"\n")
    if len(body) < INLINE_BYTES:
        digest.update(body)
    else:
        await asyncio.to_thread(digest.update, body)
    return digest.digest()


def _refusal(refusal: Refusal) -> IdempotencyInFlight | IdempotencyMismatch | IdempotencyNotKept:
    if refusal is Refusal.IN_FLIGHT:
        return IdempotencyInFlight(
            "A request with this Idempotency-Key is being answered. Send it again when that has ended.",
            headers={"retry-after": "1", "x-should-retry": "true"},
        )
    final = {"x-should-retry": "false"}
    if refusal is Refusal.MISMATCH:
        return IdempotencyMismatch("This Idempotency-Key was used for another request; make a new one.", headers=final)
    return IdempotencyNotKept(
        "The request with this Idempotency-Key was run, but its answer is not to be had again: it was too long, or it "
        "was not whole. To run it once more, make a new key.",
        headers=final,
    )


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
