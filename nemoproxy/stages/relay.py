"""Stage 10, relay: make the provider's answer the client's, whole or as it comes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from math import ceil

from nemoproxy._core import Reply, cost_headers
from nemoproxy.errors import GatewayError, GuardrailFailed, UpstreamInvalid, error_body
from nemoproxy.providers.openai_shape import with_usage
from nemoproxy.recording import Record
from nemoproxy.stages.ask import Asking
from nemoproxy.stages.attempt import Opened
from nemoproxy.stages.close import Closing
from nemoproxy.stages.credits import Credits
from nemoproxy.stages.failover import ENOUGH
from nemoproxy.stages.limits import Limits
from nemoproxy.stages.screen import Screen
from nemoproxy.types import Call, Endpoint, Guards
from nemoproxy.upstream import COMPLETE, Connection

log = logging.getLogger("nemoproxy.relay")

CUT_OFF = "insufficient_credits"
MOST_WHOLE = 16 << 20
"""Bytes of the longest answer that is held as a whole, because guardrails have to see it so."""
BUFFERED = b"x-nemo-stream-buffered: true\r\n"


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Carries a call to its target and the answer back."""

    asking: Asking
    limits: Limits
    credits: Credits
    closing: Closing
    screen: Screen

    async def run(self, call: Call) -> None:
        """Raises GatewayError while nothing has been sent to the client, and ClientGone."""
        opened = await self.asking.open(call)
        connection, guards = opened.connection, call.guards
        try:
            call.reply = reply = opened.reply
            if reply.status >= 300 or opened.early is not None:
                _refuse(call, reply, opened)
            elif guards is not None and _is_held(guards, reply):
                await self._hold(call, reply, connection)
            elif reply.flows or reply.state != COMPLETE:
                await self._stream(call, reply, connection)
            elif guards is not None and guards.watching:
                await self._send_screened(call, reply)
            else:
                self._send(call, reply, translated=opened.translation is not None)
        finally:
            self.asking.close(call, opened)

    def _send(self, call: Call, reply: Reply, *, translated: bool) -> None:
        self.closing.settle(call)  # first the books: the last byte may not leave before they have it
        body = reply.take()
        if translated and call.endpoint is Endpoint.EMBEDDINGS:
            body = with_usage(body, call.prompt_tokens)
        call.client.send(reply.status, _headers(call, reply), body)

    async def _send_screened(self, call: Call, reply: Reply) -> None:
        self.closing.settle(call)  # what the provider made of it is to be paid for, whatever becomes of it
        call.raw = reply.take()
        body = await self.screen.answer(call, call.raw, events=False)
        call.client.send(reply.status, _headers(call, reply), body)

    async def _hold(self, call: Call, reply: Reply, connection: Connection) -> None:
        """Screens an answer that comes in pieces as a whole, and passes it on then."""
        client = call.client
        events = reply.is_event_stream
        too_long = GuardrailFailed("The answer is too long to be screened as a whole.")
        held = Record(MOST_WHOLE, lambda: connection.abandon(too_long))
        if not await connection.relay_to(held, StreamBooks(self, call), events=events, chunked=False):
            raise UpstreamInvalid(reply.fault or "The provider broke off in the middle of its answer.")
        held.write(connection.last)
        if (raw := held.whole()) is None:
            raise too_long
        self.closing.settle(call)
        call.raw = raw
        body = await self.screen.answer(call, raw, events=events)
        if not events:
            client.send(reply.status, _headers(call, reply), body)
            return
        _, head = client.open_stream(reply.status, _headers(call, reply) + BUFFERED)
        client.end_stream(cost_lines(call), head + (b"%x\r\n%b\r\n" % (len(body), body) if client.chunked else body))

    async def _stream(self, call: Call, reply: Reply, connection: Connection) -> None:
        client = call.client
        events = reply.is_event_stream
        sink, head = client.open_stream(reply.status, _headers(call, reply))
        failure: GatewayError | None = None
        try:
            books = StreamBooks(self, call)
            if not await connection.relay_to(sink, books, events=events, chunked=client.chunked, head=head):
                failure = UpstreamInvalid(reply.fault or "The provider broke off in the middle of its answer.")
        except GatewayError as error:
            failure = error
        rest = reply.flush() if failure is not None else b""
        stopped = self.screen.stopped(call, reply)
        failure = stopped or failure
        if failure is None:
            call.raw = reply.take_copy() if call.most_raw else None
            trailer = cost_lines(call) + (b"" if call.guards is None else call.guards.warning)
            client.end_stream(trailer, connection.last)
            return
        log.warning("%s: stream broken off: %s", client.request_id, failure.message)
        call.ending = "upstream_broke" if stopped is None else "blocked"
        self.closing.settle(call)
        event = b"%bdata: %b\n\n" % (rest, error_body(failure, client.request_id))
        client.break_stream(event if events else b"")


class StreamBooks:
    """Keeps the books of one stream while it runs (upstream.Overseer)."""

    __slots__ = ("_call", "_closing", "_credits", "_limits", "_screen")

    def __init__(self, dispatcher: Dispatcher, call: Call) -> None:
        self._call = call
        self._closing = dispatcher.closing
        self._credits = dispatcher.credits
        self._limits = dispatcher.limits
        self._screen = dispatcher.screen

    def begin(self, reply: Reply, *, events: bool, chunked: bool) -> None:
        call, prices = self._call, None if self._call.tariff is None else self._call.tariff.prices
        reply.start_relay(
            events, call.asks_usage, chunked, call.target.encoding, prices, call.request, call.prompt_tokens
        )
        self._fund(reply)
        self._screen.watch(call, reply)

    def more(self, reply: Reply, *, kept_back: bool) -> bytes:
        """The hold is, or is almost, used up: hold another step, or end the stream here. Or what the stream is about to
        say that it costs is more: hold that, or as much of it as there is, which is then what it costs."""
        call, owed = self._call, reply.owed
        if owed is not None:
            if not self._limits.cover(call, owed):
                call.most_cost = call.held_money
            self._fund(reply)
            return reply.relay(b"")
        least, most = self._credits.step(call)
        if self._limits.extend(call, least, most):
            self._fund(reply)
            return reply.relay(b"")
        if not kept_back:
            return b""
        self._limits.cut_off(call, least)
        call.most_cost = call.held_money
        return reply.cut(CUT_OFF, call.prompt_tokens)

    def _fund(self, reply: Reply) -> None:
        call = self._call
        reply.allow(self._credits.allowance(call))
        if call.tariff is not None:
            reply.fund(call.held_money, call.most_cost is not None)

    def end(self, reply: Reply) -> None:
        """The last bytes are about to leave: first the books."""
        if reply.error_seen:
            self._call.ending = "upstream_broke"
        if reply.state == COMPLETE or reply.done_seen:
            self._closing.settle(self._call)

    def sweep(self, reply: Reply) -> None:
        self._limits.grow(self._call, reply)


def cost_lines(call: Call) -> bytes:
    """The rendered trailers that tell what a call cost, where that is known."""
    if call.tariff is None or call.cost is None:
        return b""
    return cost_headers(call.cost)


def _headers(call: Call, reply: Reply) -> bytes:
    """The provider's headers that a client may see, what the call cost if that is known by now, and what guardrails
    warn of."""
    headers, guards = reply.headers(None if call.tariff is None else call.cost), call.guards
    return headers if guards is None else headers + guards.warning


def _is_held(guards: Guards, reply: Reply) -> bool:
    """Whether an answer that comes in pieces has to be there as a whole first."""
    if not guards.watching:
        return False
    return guards.whole if reply.is_event_stream else reply.state != COMPLETE


def _refuse(call: Call, reply: Reply, opened: Opened) -> None:
    """Pass a provider's error on."""
    early = opened.early
    status, said, asked = reply.status, reply.take(), opened.translation
    if early is not None:  # nothing of it was passed on
        status, said, asked = early.status, early.body, None
        call.failed, call.fault = status, ("provider_error", status)
    error = opened.provider.error(status, said, call.client.request_id, asked)
    lines = reply.headers().splitlines(keepends=True)
    headers = b"".join(line for line in lines if not line.startswith(b"content-type"))
    if error.retry_after_s is not None and b"retry-after" not in headers:
        headers += b"retry-after: %d\r\n" % ceil(error.retry_after_s)
    if opened.is_last:
        headers = b"".join(line for line in lines if line.startswith(b"retry-after"))
        headers += b"".join(b"%b: %b\r\n" % (name.encode(), value.encode()) for name, value in ENOUGH.items())
    call.client.send(error.status, headers + b"content-type: application/json\r\n", error.body)
