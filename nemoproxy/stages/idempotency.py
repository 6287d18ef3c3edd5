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

from nemoproxy.errors import IdempotencyInFlight, IdempotencyMismatch, IdempotencyNotKept, InvalidRequest
from nemoproxy.idempotency import MAX_BODY_BYTES, IdempotencyStore, Refusal, Replay, Ticket
from nemoproxy.recording import Record, Recorded
from nemoproxy.types import Call, Client, Drain, Endpoint, Principal, Recipient

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
        record = Record(MAX_BODY_BYTES)
        client.drain = Drain(self._drain.max_bytes, self._drain.max_s, record)
        try:
            call = await run(_Kept(client, ticket, record))
        except BaseException:
            ticket.abandon()
            raise
        if call.reply is not None or call.asked:
            ticket.spend(monotonic_ns())
        else:
            ticket.abandon()


class _Kept(Recorded):
    """The client of a first request: what it is sent is kept for those that follow."""

    def __init__(self, client: Client, ticket: Ticket, record: Record) -> None:
        super().__init__(client, record)
        self._ticket = ticket

    def sent(self, status: int, content_type: bytes, body: bytes, *, streamed: bool) -> None:
        self._ticket.finish(status, content_type, body, monotonic_ns())

    def spoiled(self) -> None:
        self._ticket.abandon()


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
