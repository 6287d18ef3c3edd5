"""One connection to a provider: an `asyncio.Protocol` whose bytes are parsed in Rust and written to the client at once.

A call on it has two halves. First the answer is awaited: `ask` resolves when the answer is whole, or, for a stream or a
long body, when its head is known. Then, for the latter, `relay_to` connects it with the client's transport, and from
there on each read is one Rust call and one write, with no task woken, until `relay_to` resolves.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Protocol, cast

from nemoproxy._core import Reply, Secrets
from nemoproxy.errors import UpstreamInvalid, UpstreamTimeout
from nemoproxy.types import ClientGone, Drain, Sink

if TYPE_CHECKING:
    from nemoproxy.upstream.pool import Timeouts
    from nemoproxy.upstream.sweeper import Sweeper

BODY, COMPLETE, CUT = 1, 2, 3  # states of a Reply
MORE_SOON, MORE, END = 1, 2, 3  # what a Reply needs; 4: END but for the framing

WHOLE_ANSWER_MAX = 1 << 20
"""Longest plain answer (bytes) that is collected before it is sent on; a longer one is relayed as it comes."""
LONGEST_EVENT = 32 << 20
"""Bytes of the longest answer, or event of one, that is translated: there are pictures in them."""
FAIR_SHARE = 64 * 1024
"""After a read of so many bytes of a stream it is the others' turn: uvloop alone would go on with megabytes."""


class Overseer(Protocol):
    """Who answers for a stream while it is relayed."""

    def begin(self, reply: Reply, *, events: bool, chunked: bool) -> None:
        """Set the terms: `start_relay` and, where that is bounded, `allow`."""

    def more(self, reply: Reply, *, kept_back: bool) -> bytes:
        """The allowance is low, or (`kept_back`) used up: allow more or `cut`; what that gives to write."""
        ...

    def end(self, reply: Reply) -> None:
        """The last bytes of the answer are about to be written."""

    def sweep(self, reply: Reply) -> None:
        """Four times a second."""


class Translator(Protocol):
    """Makes OpenAI's events of a provider's own: of their names and data, what is passed on instead."""

    def feed(self, events: list[tuple[str, bytes]]) -> bytes: ...

    def finish(self) -> bytes:
        """All bytes have come: what is still to be said."""
        ...

    @property
    def error(self) -> object | None:
        """Not None: the provider has broken off, and nothing more comes out."""
        ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How an answer is awaited, where that is not as most are."""

    translator: Translator | None = None
    """Of its events; an answer that is no stream of events is awaited whole."""
    patient: bool = False
    """A stream has begun with its first event, and not with its head: before that, another target can be tried."""
    until: float = inf
    """In the loop's time: when it has to be over."""


PASS = Manner()


class Disconnected(Exception):
    """The provider closed the connection before one byte of an answer."""


class _First:
    """A sink for what is there when a relay begins, behind the head."""

    __slots__ = ("said",)

    def __init__(self, head: bytes) -> None:
        self.said = head

    def write(self, data: bytes, /) -> None:
        self.said += data


class Connection(asyncio.Protocol):
    """See the module. Idle between calls; another call may be made on it until it is `closed`."""

    __slots__ = (
        "_answered", "_deadline", "_drain", "_drainable", "_early", "_failure", "_heard", "_loop", "_manner",
        "_overseer", "_paused", "_resting", "_secrets", "_sink", "_sweeper", "_timeouts", "_total", "_transport",
        "_waiter", "closed", "idle_since", "last", "reply",
    )  # fmt: skip

    def __init__(
        self, loop: asyncio.AbstractEventLoop, timeouts: Timeouts, sweeper: Sweeper, secrets: Secrets | None = None
    ) -> None:
        self._loop = loop
        self._timeouts = timeouts
        self._sweeper = sweeper
        self._secrets = secrets
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._failure: Exception | None = None
        self._drain: Drain | None = None  # once the client has left
        self._drainable = 0
        self._sink: Sink | None = None
        self._overseer: Overseer | None = None
        self._heard = False  # since the last sweep
        self._answered = False  # before the last sweep, in this call
        self._paused = False
        self._resting = False
        self._deadline = 0.0
        self._total = 0.0
        self._manner = PASS
        self._early = b""  # translated before there was anybody to write it to
        self.last = b""
        self.reply: Reply | None = None
        self.closed = False
        self.idle_since = 0.0

    # --- a call

    def ask(self, head: bytes, body: bytes, manner: Manner = PASS) -> asyncio.Future[None]:
        """Send a request. The future is done when `answer` is whole, or (streams, long bodies) has begun: with its
        head, or as `manner` says.

        It raises Disconnected, UpstreamInvalid, UpstreamTimeout or what the call is abandoned with.
        """
        transport = self._transport
        if transport is None or self.closed:
            raise Disconnected
        secrets = self._secrets
        self.reply = Reply(secrets=secrets) if manner.translator is None else Reply(LONGEST_EVENT, secrets)
        self._manner = manner
        self._heard = self._answered = False
        now = self._loop.time()
        self._deadline = now + self._timeouts.first_byte_s
        self._total = min(now + self._timeouts.total_s, manner.until)
        self._sweeper.add(self)
        if len(body) < 65536:
            transport.write(head + body)
        else:
            transport.write(head)
            transport.write(body)
        return self._wait()

    async def relay_to(self, sink: Sink, overseer: Overseer, *, events: bool, chunked: bool, head: bytes = b"") -> bool:
        """Write the rest of the answer to `sink` as it comes, after `head`. True if it ended whole: then what came last
        is in `last` and not written, so that it can go with what ends it. Else `answer.fault` may say why it did not.

        Raises UpstreamTimeout or what it is abandoned with.
        """
        reply = self.answer
        overseer.begin(reply, events=events, chunked=chunked)
        self._deadline = self._loop.time() + self._timeouts.idle_s
        first = _First(head)
        self._sink, self._overseer = first, overseer
        self._pass(reply, b"")
        if first.said:
            sink.write(first.said)
        if self._sink is first:
            self._sink = sink
        if reply.needs != END:
            await self._wait()
        return reply.state == COMPLETE

    def _pass(self, reply: Reply, data: bytes) -> None:
        """One read, to the client."""
        translator = self._manner.translator
        if translator is None:
            out = reply.relay(data)
        else:
            events, self._early = self._early + self._translate(reply, data, translator), b""
            out = reply.relay_decoded(events, reply.state >= COMPLETE or translator.error is not None)
        needs = reply.needs
        if needs:
            out = self._attend(reply, needs, out)
            if reply.state == COMPLETE and self._drain is None:
                self.last += out
                return
        sink = self._sink
        if out and sink is not None:
            sink.write(out)

    def _translate(self, reply: Reply, data: bytes, translator: Translator) -> bytes:
        events = translator.feed(reply.split(data))
        return events + translator.finish() if reply.state == COMPLETE else events

    def _await_begin(self, reply: Reply, data: bytes) -> None:
        """A read before the relay, where more than the head tells whether the answer has begun."""
        translator = self._manner.translator
        if translator is None:
            reply.feed(data)
            begun = reply.opening > 0 if reply.is_event_stream else reply.buffered > WHOLE_ANSWER_MAX
        else:
            self._early += self._translate(reply, data, translator)
            begun = self._early != b""
            if reply.buffered > LONGEST_EVENT:
                raise UpstreamInvalid("The provider's answer is too long to be translated.")
            if not begun and (reply.state == CUT or (reply.state == COMPLETE and reply.is_event_stream)):
                raise UpstreamInvalid(reply.fault or "The provider's stream ended without an answer in it.")
        if begun or reply.state == COMPLETE:
            self._wake()

    def _begin_or_fail(self, reply: Reply, data: bytes) -> None:
        try:
            self._await_begin(reply, data)
        except UpstreamInvalid as error:
            self._fail(error)

    @property
    def broke_off(self) -> object | None:
        """The error that a translated stream was broken off with."""
        translator = self._manner.translator
        return None if translator is None else translator.error

    def _attend(self, reply: Reply, needs: int, out: bytes) -> bytes:
        overseer = cast(Overseer, self._overseer)
        if needs == MORE_SOON:
            return out + overseer.more(reply, kept_back=False)
        while needs == MORE:
            out += overseer.more(reply, kept_back=True)
            needs = reply.needs
        if needs >= END:
            overseer.end(reply)
        if needs == END:
            self._wake()
        return out

    @property
    def answer(self) -> Reply:
        """The answer of the call in progress."""
        reply = self.reply
        assert reply is not None  # noqa: S101  there is one from `ask` to `release`
        return reply

    def release(self) -> bool:
        """End the call. True when the connection may carry another; otherwise it is closed here."""
        self._sweeper.discard(self)
        reply, self.reply = self.reply, None
        self._sink = None
        self._waiter = None
        self._overseer = None
        self._drain = None
        self._manner = PASS
        self._early = self.last = b""
        transport = self._transport
        if self.closed or transport is None:
            return False
        unsent = transport.get_write_buffer_size()  # answered early: who knows whether the rest will ever be read
        if reply is None or not reply.reusable or unsent or self._failure is not None:
            self.close()
            return False
        if self._paused:
            self.resume()
        self.idle_since = self._loop.time()
        return True

    def _wait(self) -> asyncio.Future[None]:
        if self._failure is not None:
            raise self._failure
        self._waiter = waiter = self._loop.create_future()
        return waiter

    def _wake(self, failure: Exception | None = None) -> None:
        waiter = self._waiter
        if failure is not None and self._failure is None:
            self._failure = failure
        if waiter is not None and not waiter.done():
            if failure is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(failure)

    def _fail(self, failure: Exception) -> None:
        self._wake(failure if self._drain is None else ClientGone())
        self.close()

    # --- what the client's connection tells (types.Steered)

    def pause(self) -> None:
        if not self._paused and self._transport is not None and not self.closed:
            self._paused = True
            if not self._resting:
                self._transport.pause_reading()

    def resume(self) -> None:
        if self._paused and self._transport is not None and not self.closed:
            self._paused = False
            if not self._resting:
                self._transport.resume_reading()

    def _rest(self) -> None:
        """Read no more in this turn of the loop."""
        if not self._paused and self._transport is not None and not self.closed:
            self._resting = True
            self._transport.pause_reading()
            self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._resting = False
        if not self._paused and self._transport is not None and not self.closed:
            self._transport.resume_reading()

    def abandon(self, failure: Exception) -> None:
        self._sink = None  # it may be closed: nothing may be written to it any more
        self._fail(failure)

    def drain(self, within: Drain) -> None:
        if self.reply is None or self.closed:
            self.abandon(ClientGone())
            return
        self._drain, self._drainable = within, within.max_bytes
        self._total = min(self._total, self._loop.time() + within.max_s)
        if self._sink is not None:
            self._sink = within.to
        self.resume()  # nobody is slow any more

    # --- what the event loop tells (asyncio.Protocol)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        reply = self.reply
        if reply is None:  # nobody asked: what follows could be taken for the next call's answer
            self.close()
            return
        if self._drain is not None:
            self._drainable -= len(data)
            if self._drainable < 0:
                self.abandon(ClientGone())
                return
        if self._sink is not None:
            self._pass(reply, data)
            if len(data) >= FAIR_SHARE and reply.needs != END:
                self._rest()
            return
        if self._manner is not PASS:
            self._begin_or_fail(reply, data)
            return
        try:
            state = reply.feed(data)
        except UpstreamInvalid as error:
            self._fail(error)
            return
        if state == COMPLETE or (state == BODY and (reply.flows or reply.buffered > WHOLE_ANSWER_MAX)):
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._transport = None
        reply = self.reply
        if reply is None:
            return
        if not (self._heard or self._answered):
            self._wake(Disconnected())
        elif reply.state < COMPLETE:
            whole = reply.end() == COMPLETE
            if self._sink is not None:
                self._pass(reply, b"")
            elif whole and self._manner is PASS:
                self._wake()
            elif whole:
                self._begin_or_fail(reply, b"")
            else:
                self._wake(UpstreamInvalid("The provider closed the connection in the middle of its answer."))

    def sweep(self, now: float) -> None:
        """Called four times a second during a call: deadlines, and whatever the overseer wants to know."""
        reply = self.reply
        if reply is None:
            return
        if self._overseer is not None:
            self._overseer.sweep(reply)
        if self._heard or self._paused:
            self._answered = self._answered or self._heard
            self._heard = False
            self._deadline = now + self._timeouts.idle_s
        if now >= self._total:
            self._fail(UpstreamTimeout(f"The provider's answer took longer than {self._timeouts.total_s:g} s."))
        elif now >= self._deadline:
            self._fail(UpstreamTimeout(self._silence()))

    def _silence(self) -> str:
        if self._answered:
            return f"The provider went silent for {self._timeouts.idle_s:g} s in the middle of its answer."
        return f"The provider did not begin to answer within {self._timeouts.first_byte_s:g} s."

    def close(self) -> None:
        self.closed = True
        if self._transport is not None:
            self._transport.abort()
