"""`Idempotency-Key`: a request that is sent again is answered again, and neither run nor charged a second time.

Whole answers of up to a MiB are kept, streamed ones too: a retry gets them in one piece. A request whose answer was
begun and cannot be kept (too long, broken off, given up when its client left) is not run again under its key either.
One that came to nothing, and so costs nothing, may be. What is not in memory is looked up in the records, if they are
kept there, and what is to be run is claimed there before its provider is asked: another gateway on the same database
knows of it, and so does this one after it was killed. Nothing else on a request's path waits for SQL, and only a
request with a key does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from time import monotonic_ns
from typing import Protocol

from nemoproxy.errors import GatewayError, IdempotencyInFlight, IdempotencyMismatch, IdempotencyNotKept, InvalidRequest
from nemoproxy.idempotency import MAX_BODY_BYTES, IdempotencyStore, Refusal, Replay, Ticket
from nemoproxy.recording import Record, Recorded
from nemoproxy.types import Call, Client, Drain, Endpoint, Principal, Recipient

LONGEST_KEY = 255
INLINE_BYTES = 1 << 16
"""A longer body is digested on a thread."""
REPLAYED = b"x-nemo-idempotent-replay: true\r\n"


Claim = Callable[[], Awaitable[None]]
Run = Callable[[Recipient, Claim | None], Awaitable[Call]]


class Shared(Protocol):
    """What others know of requests: by virtual key, `Idempotency-Key` and digest, and what runs them by its id."""

    async def find(self, key_id: str, name: str, digest: bytes) -> Replay | Refusal | None: ...

    async def claim(self, key_id: str, name: str, digest: bytes, run: str) -> Replay | Refusal | None:
        """None: from now on it is being run, until `give_up`, or until it is told what came of it."""
        ...

    def give_up(self, key_id: str, name: str, digest: bytes, run: str) -> None: ...


class Idempotency:
    """`count` takes one request from the caller's limits. `drain` says how far an answer is read on without its client:
    whoever sends a key means to come back for it."""

    def __init__(
        self,
        store: IdempotencyStore,
        count: Callable[[Principal, Client], None],
        drain: Drain,
        shared: Shared | None = None,
    ) -> None:
        self._store = store
        self._shared = shared
        self._count = count
        self._drain = drain

    async def once(
        self,
        endpoint: Endpoint,
        client: Client,
        who: Principal,
        body: bytes,
        run: Run,
    ) -> None:
        """Answer with what is known, or `run`. Raises GatewayError only while nothing has been sent to the client."""
        key = _checked(client.idempotency_key or "")
        digest = await _digest(endpoint, body)
        found = self._store.begin(who.key_id, key, digest, monotonic_ns())
        if isinstance(found, Ticket) and self._shared is not None:
            found = await self._looked_up(found, self._shared.find(who.key_id, key, digest))
        if isinstance(found, Ticket):
            claim = None if self._shared is None else _claim(self._shared, found, client, who.key_id, key, digest)
            await self._first(client, found, run, claim)
        elif isinstance(found, Replay):
            self._count(who, client)
            client.prompt_tokens = found.prompt_tokens
            client.send(found.status, found.headers + REPLAYED, found.body)
        else:
            raise _refusal(found)

    async def _looked_up(self, ticket: Ticket, found: Awaitable[Replay | Refusal | None]) -> Ticket | Replay | Refusal:
        """What became of it in an earlier life of this gateway, or in another one; the ticket if nothing did."""
        known: Replay | Refusal | None = Refusal.NOT_KEPT
        try:
            known = await found
        finally:
            if known is not None:
                ticket.abandon()
        return known or ticket

    async def _first(self, client: Client, ticket: Ticket, run: Run, claim: Claim | None) -> None:
        record = Record(MAX_BODY_BYTES)
        client.drain = Drain(self._drain.max_bytes, self._drain.max_s, record)
        try:
            call = await run(_Kept(client, ticket, record), claim)
        except BaseException as error:
            if isinstance(error, GatewayError) and error.charged:
                ticket.spend(monotonic_ns())
            ticket.abandon()
            raise
        if call.reply is not None or call.asked:
            ticket.spend(monotonic_ns())
        else:
            ticket.abandon()


def _claim(shared: Shared, ticket: Ticket, client: Client, key_id: str, name: str, digest: bytes) -> Claim:
    place = (key_id, name, digest, client.request_id)

    async def claim() -> None:
        ticket.on_abandon = lambda: shared.give_up(*place)
        found = await shared.claim(*place)
        if found is not None:
            raise _refusal(Refusal.IN_FLIGHT if isinstance(found, Replay) else found)

    return claim


class _Kept(Recorded):
    """The client of a first request: what it is sent is kept for those that follow."""

    def __init__(self, client: Client, ticket: Ticket, record: Record) -> None:
        super().__init__(client, record)
        self._ticket = ticket

    def sent(self, status: int, content_type: bytes, body: bytes, *, streamed: bool) -> None:
        self._ticket.finish(Replay(status, content_type, body, self.prompt_tokens), monotonic_ns())

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
        "The request with this Idempotency-Key was run, but its answer is not to be had again: it was too long, it was "
        "not whole, or the gateway was stopped before it had kept it. To run it once more, make a new key.",
        headers=final,
    )
