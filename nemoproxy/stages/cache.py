"""Stage 7, cache: a request whose equal was answered before gets that answer, at no cost.

Equal is what would be sent to the provider, byte for byte after all edits, on the same endpoint to the same target, by
the same organisation (or team, or key). Kept is an answer of status 200 that its client got whole. Equal requests at a
time are asked once: the first one leads, the others wait for its answer. When that fails one of them leads; after the
second failure, or when the answer is none to keep, they go on by themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from time import monotonic_ns
from typing import Protocol

from nemoproxy._core import cost_headers, format_units
from nemoproxy.cache import Answer, ResponseCache
from nemoproxy.errors import InvalidRequest
from nemoproxy.recording import Record, Recorded
from nemoproxy.types import Call, ClientGone, Drain, Endpoint, Principal, Recipient, Sink

KEPT = (Endpoint.CHAT, Endpoint.COMPLETIONS, Endpoint.EMBEDDINGS)
"""Whose answers are kept."""
HIT, MISS, BYPASS = (b"x-nemo-cache: %b\r\n" % word for word in (b"hit", b"miss", b"bypass"))
MOST_LEADERS = 2
"""So many others are waited for."""
PATIENCE_S = 30.0
"""So long is one waited for: its client may be a slow reader."""
INLINE_MAX = 64 * 1024
"""A longer body is digested on a thread."""
USAGE_TAIL = 4096
"""The usage of a stream stands in its last bytes."""

Ask = Callable[[Call], Awaitable[None]]
Rewrite = Callable[[Call], Awaitable[bytes]]


class Reader(Protocol):
    """Who has a say about what a reader may get: the guardrails."""

    def salt(self, call: Call) -> bytes:
        """What tells readers apart that must not share answers."""
        ...

    async def answer(self, call: Call, body: bytes, *, events: bool) -> bytes:
        """A kept answer as this reader may have it. Raises GatewayError."""
        ...


class Cache:
    """`through` stands between a request and the provider. `count` takes one request from the caller's limits."""

    def __init__(
        self,
        store: ResponseCache | None,
        rewrite: Rewrite,
        count: Callable[[Principal, Recipient], None],
        *,
        scope: str,
        reader: Reader | None = None,
    ) -> None:
        """Without a `store` nothing is cached, and nobody is told of a cache."""
        self._store = store
        self._rewrite = rewrite
        self._count = count
        self._scope = f"{scope}_id"
        self._reader = reader
        self._flights: dict[bytes, _Flight] = {}

    async def through(self, call: Call, ask: Ask) -> None:
        """Answer with what is known, or `ask`. Raises GatewayError while nothing has been sent, and ClientGone."""
        store = self._store
        if store is None:
            await ask(call)
        elif not _wanted(call):
            call.client.told += BYPASS
            await ask(call)
        else:
            await self._look(store, call, ask)

    async def _look(self, store: ResponseCache, call: Call, ask: Ask) -> None:
        key = await self._key(call)
        for waits_left in reversed(range(MOST_LEADERS + 1)):
            answer = store.get(key, monotonic_ns())
            if answer is not None:
                await self._replay(call, answer)
                return
            flight = self._flights.get(key)
            if flight is None and waits_left:
                await self._lead(store, key, call, ask)
                return
            if flight is None or not waits_left or not await flight.landed(call.client):
                break
        call.client.told += MISS
        await ask(call)

    async def _key(self, call: Call) -> bytes:
        """Sets the call's body, which is spliced together here and need not be again."""
        request, target = call.request, call.target
        call.body = body = await self._rewrite(call)
        scope: str = getattr(call.who, self._scope)
        # The body of a stream says that usage is wanted, also where only the gateway wants it.
        parts = (scope, call.endpoint.value, target.provider, target.model, str(request.include_usage))
        digest = sha256(b"\0".join(part.encode("utf-8", "surrogatepass") for part in parts) + b"\0")
        if self._reader is not None:
            digest.update(self._reader.salt(call) + b"\0")
        if len(body) <= INLINE_MAX:
            digest.update(body)
        else:
            await asyncio.to_thread(digest.update, body)
        return digest.digest()

    async def _replay(self, call: Call, answer: Answer) -> None:
        client = call.client
        self._count(call.who, client)
        body = answer.body
        if self._reader is not None:
            body = await self._reader.answer(call, body, events=answer.streamed)
        age = (monotonic_ns() - answer.stored_at) // 1_000_000_000
        client.told += b"%bage: %d\r\n" % (HIT, age)
        free = cost_headers(0)
        if not answer.streamed:
            client.send(200, answer.content_type + free, body)
            return
        sink = client.open_stream(200, answer.content_type)
        sink.write(b"%x\r\n%b\r\n" % (len(body), body) if client.chunked else body)
        client.end_stream(free)

    async def _lead(self, store: ResponseCache, key: bytes, call: Call, ask: Ask) -> None:
        flight = self._flights[key] = _Flight()
        kept = _Kept(call, store.max_answer_bytes)
        call.client.told += MISS
        call.client = kept
        shared = True
        try:
            await ask(call)
            if call.ending == "complete" and kept.status == 200:
                answer = kept.answer()
                shared = answer is not None and store.put(key, answer)
        finally:
            del self._flights[key]
            flight.land(shared=shared)


class _Flight:
    """A call that others wait for."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[bool]] = []

    async def landed(self, client: Recipient) -> bool:
        """Wait for it. Whether to look again: its answer is there, or it failed and another one may lead.

        Raises ClientGone, ShuttingDown.
        """
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        client.attach(_Waiting(future))
        self._waiting.append(future)
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await future
        except TimeoutError:
            return False

    def land(self, *, shared: bool) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(shared)


class _Waiting:
    """One that waits, as its client steers it (types.Steered)."""

    def __init__(self, future: asyncio.Future[bool]) -> None:
        self._future = future

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def abandon(self, failure: Exception) -> None:
        if not self._future.done():
            self._future.set_exception(failure)

    def drain(self, within: Drain) -> None:
        self.abandon(ClientGone())  # nothing was asked for it


class _Kept(Recorded):
    """The client of a call whose answer may be kept."""

    def __init__(self, call: Call, most: int) -> None:
        super().__init__(call.client, Record(most + most // 8))  # the framing of a stream comes on top
        self._call = call
        self._whole: Answer | None = None
        self.status = 0

    def sent(self, status: int, content_type: bytes, body: bytes, *, streamed: bool) -> None:
        self.status = status
        self._whole = Answer(content_type, body, streamed, monotonic_ns())

    def open_stream(self, status: int, headers: bytes) -> Sink:
        self.status = status
        return super().open_stream(status, headers)

    def answer(self) -> Answer | None:
        """What may be kept: whole, and as the provider gives it to who can pay for all of it."""
        answer, call = self._whole, self._call
        if answer is None or call.output_bound is not None or (answer.streamed and self.gone):
            return None
        if call.reply is not None and call.reply.is_event_stream and not call.reply.done_seen:
            return None
        return _free(answer, call) if answer.streamed and call.request.include_usage else answer


def _free(answer: Answer, call: Call) -> Answer | None:
    """A stream whose usage says that it cost nothing, as it does when it is replayed."""
    if call.tariff is None:
        return answer
    said, tail = b',"cost":%b}' % format_units(call.cost or 0).encode(), answer.body[-USAGE_TAIL:]
    if b'"cost":' not in tail:
        return answer
    front, found, rest = tail.rpartition(said)
    if not found:
        return None
    body = answer.body[:-USAGE_TAIL] + front + b',"cost":0}' + rest
    return Answer(answer.content_type, body, answer.streamed, answer.stored_at)


def _wanted(call: Call) -> bool:
    """Whether a kept answer will do. What guardrails look at they look at for each reader: it is not kept."""
    if call.guards is not None and call.guards.watching:
        return False
    if call.endpoint not in KEPT:
        return False
    value = call.request.extension("nemo_cache")
    if value not in (None, b"null", b"true", b"false"):
        raise InvalidRequest("'nemo_cache' must be true or false.", param="nemo_cache")
    return value != b"false"
