"""Stage 7, cache: a request whose equal was answered before gets that answer, at no cost.

Equal is what would be sent to the provider, byte for byte after all edits, on the same endpoint to the same first
target, by the same organisation (or team, or key). Whichever of a model's targets answers does so for the model. Kept
is an answer of status 200 that its client got whole. Equal requests at a time are asked once: the first one leads, the
others wait for its answer. When that fails one of them leads; after the second failure, or when the answer is none to
keep, they go on by themselves.

Answers are kept as they are without guardrails, and screened for each who gets one, by the guardrails of that reader's
own. So readers with other guardrails share answers, and what was masked for one never comes to another. An answer that
guardrails blocked for the one who asked is not kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
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


class Screen(Protocol):
    """What guardrails leave of an answer for the one who gets it. Raises GatewayError."""

    async def __call__(self, call: Call, body: bytes, *, events: bool) -> bytes: ...


class Cache:
    """`through` stands between a request and the provider. `count` takes one request from the caller's limits."""

    def __init__(
        self,
        store: ResponseCache,
        rewrite: Rewrite,
        count: Callable[[Principal, Recipient], None],
        screen: Screen,
        *,
        scope: str,
    ) -> None:
        self._store = store
        self._rewrite = rewrite
        self._count = count
        self._scope = f"{scope}_id"
        self._screen = screen
        self._flights: dict[bytes, _Flight] = {}

    async def through(self, call: Call, ask: Ask) -> None:
        """Answer with what is known, or `ask`. Raises GatewayError while nothing has been sent, and ClientGone."""
        if not _wanted(call):
            call.client.told += BYPASS
            await ask(call)
        else:
            await self._look(call, ask)

    async def _look(self, call: Call, ask: Ask) -> None:
        store = self._store
        key = await self._key(call)
        for waits_left in reversed(range(MOST_LEADERS + 1)):
            answer = store.get(key, monotonic_ns())
            if answer is not None:
                await self._replay(call, answer)
                return
            flight = self._flights.get(key)
            if flight is None and waits_left:
                await self._lead(key, call, ask)
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
        if len(body) <= INLINE_MAX:
            digest.update(body)
        else:
            await asyncio.to_thread(digest.update, body)
        return digest.digest()

    async def _replay(self, call: Call, answer: Answer) -> None:
        client = call.client
        self._count(call.who, client)
        age = (monotonic_ns() - answer.stored_at) // 1_000_000_000
        client.told += b"%bage: %d\r\n" % (HIT, age)
        client.prompt_tokens = answer.prompt_tokens
        body = await self._screen(call, answer.body, events=answer.streamed)
        guards = call.guards
        headers = answer.content_type if guards is None else answer.content_type + guards.warning
        free = cost_headers(0)
        if not answer.streamed:
            client.send(200, headers + free, body)
            return
        _, head = client.open_stream(200, headers)
        client.end_stream(free, head + (b"%x\r\n%b\r\n" % (len(body), body) if client.chunked else body))

    async def _lead(self, key: bytes, call: Call, ask: Ask) -> None:
        store = self._store
        flight = self._flights[key] = _Flight()
        kept = _Kept(call, store.max_answer_bytes)
        call.client.told += MISS
        call.client = kept
        call.most_raw = store.max_answer_bytes
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
        self._whole = Answer(content_type, body, streamed, monotonic_ns(), self._call.prompt_tokens)

    def open_stream(self, status: int, headers: bytes) -> tuple[Sink, bytes]:
        self.status = status
        return super().open_stream(status, headers)

    def answer(self) -> Answer | None:
        """What may be kept: whole, and as the provider gives it to who can pay for all of it."""
        answer, call = self._whole, self._call
        if answer is None or call.output_bound is not None or (answer.streamed and self.gone):
            return None
        if call.reply is not None and call.reply.is_event_stream and not call.reply.done_seen:
            return None
        if call.guards is not None and call.guards.watching:
            if call.raw is None:
                return None
            answer = replace(answer, body=call.raw)
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
    return replace(answer, body=body)


def _wanted(call: Call) -> bool:
    """Whether a kept answer will do."""
    if call.endpoint not in KEPT:
        return False
    value = call.request.extension("nemo_cache")
    if value not in (None, b"null", b"true", b"false"):
        raise InvalidRequest("'nemo_cache' must be true or false.", param="nemo_cache")
    return value != b"false"
