"""One connection to a provider: an `asyncio.Protocol` whose bytes are parsed in Rust and written to the client at once.

A call on it has two halves. First the answer is awaited: `ask` resolves when the answer is whole, or, for a stream or a
long body, when its head is known. Then, for the latter, `relay_to` connects it with the client's transport, and from
there on each read is one Rust call and one write, with no task woken, until `relay_to` resolves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from nemoproxy._core import Reply
from nemoproxy.errors import UpstreamInvalid, UpstreamTimeout

if TYPE_CHECKING:
    from nemoproxy.types import Sink
    from nemoproxy.upstream.pool import Timeouts
    from nemoproxy.upstream.sweeper import Sweeper

BODY, COMPLETE, CUT = 1, 2, 3  # states of a Reply

WHOLE_ANSWER_MAX = 1 << 20
"""Longest plain answer (bytes) that is collected before it is sent on; a longer one is relayed as it comes."""


FAIR_SHARE = 64 * 1024
"""After a read of so many bytes of a stream it is the others' turn: uvloop alone would go on with megabytes."""


class Disconnected(Exception):
    """The provider closed the connection before one byte of an answer."""


class Connection(asyncio.Protocol):
    """See the module. Idle between calls; another call may be made on it until it is `closed`."""

    __slots__ = (
        "_answered", "_deadline", "_failure", "_heard", "_loop", "_paused", "_resting", "_sink", "_sweeper",
        "_timeouts", "_total", "_transport", "_waiter", "closed", "idle_since", "on_sweep", "reply",
    )  # fmt: skip

    def __init__(self, loop: asyncio.AbstractEventLoop, timeouts: Timeouts, sweeper: Sweeper) -> None:
        self._loop = loop
        self._timeouts = timeouts
        self._sweeper = sweeper
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._failure: Exception | None = None
        self._sink: Sink | None = None
        self._heard = False  # since the last sweep
        self._answered = False  # before the last sweep, in this call
        self._paused = False
        self._resting = False
        self._deadline = 0.0
        self._total = 0.0
        self.reply: Reply | None = None
        self.closed = False
        self.idle_since = 0.0
        self.on_sweep: Callable[[Reply], object] | None = None

    # --- a call

    async def ask(self, head: bytes, body: bytes) -> Reply:
        """Send a request; return its answer, whole or (streams, long bodies) with the head known.

        Raises Disconnected, UpstreamInvalid, UpstreamTimeout or what it is abandoned with.
        """
        transport = self._transport
        if transport is None or self.closed:
            raise Disconnected
        reply = self.reply = Reply()
        self._heard = self._answered = False
        now = self._loop.time()
        self._deadline = now + self._timeouts.first_byte_s
        self._total = now + self._timeouts.total_s
        self._sweeper.add(self)
        if len(body) < 65536:
            transport.write(head + body)
        else:
            transport.write(head)
            transport.write(body)
        await self._wait()
        return reply

    async def relay_to(self, sink: Sink, *, events: bool, strip_usage: bool, chunked: bool) -> bool:
        """Write the rest of the answer to `sink` as it comes. True when it ended whole; else `answer.fault` says why.

        Raises UpstreamTimeout or what it is abandoned with.
        """
        reply = self.answer
        reply.start_relay(events, strip_usage, chunked)
        self._deadline = self._loop.time() + self._timeouts.idle_s
        out = reply.relay(b"")
        self._sink = sink
        if out:
            sink.write(out)
        if reply.state < COMPLETE:
            await self._wait()
        return reply.state == COMPLETE

    @property
    def answer(self) -> Reply:
        """The answer of the call in progress."""
        return cast(Reply, self.reply)

    def release(self) -> bool:
        """End the call. True when the connection may carry another; otherwise it is closed here."""
        self._sweeper.discard(self)
        reply, self.reply = self.reply, None
        self._sink = None
        self._waiter = None
        self.on_sweep = None
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

    async def _wait(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._waiter = self._loop.create_future()
        await self._waiter

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
        self._wake(failure)
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

    # --- what the event loop tells (asyncio.Protocol)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        reply = self.reply
        if reply is None:  # nobody asked: what follows could be taken for the next call's answer
            self.close()
            return
        sink = self._sink
        if sink is not None:
            out = reply.relay(data)
            if out:
                sink.write(out)
            if reply.state >= COMPLETE:
                self._wake()
            elif len(data) >= FAIR_SHARE:
                self._rest()
            return
        try:
            state = reply.feed(data)
        except UpstreamInvalid as error:
            self._fail(error)
            return
        if state == COMPLETE or (state == BODY and (reply.is_event_stream or reply.buffered > WHOLE_ANSWER_MAX)):
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
                out = reply.relay(b"")
                if out:
                    self._sink.write(out)
                self._wake()
            elif whole:
                self._wake()
            else:
                self._wake(UpstreamInvalid("The provider closed the connection in the middle of its answer."))

    def sweep(self, now: float) -> None:
        """Called four times a second during a call: deadlines, and whatever `on_sweep` wants to know."""
        reply = self.reply
        if reply is None:
            return
        if self.on_sweep is not None:
            self.on_sweep(reply)
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
