"""A client's connection: aiohttp's, with hooks for the exchange that is answered on it."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.web_protocol import ERROR, RequestHandler, RequestPayloadError, _ErrInfo

from nemoproxy.errors import GatewayError, InternalError, InvalidRequest, ShuttingDown
from nemoproxy.server.cors import Cors
from nemoproxy.server.exchange import Exchange
from nemoproxy.types import Drain

if TYPE_CHECKING:
    from aiohttp.streams import StreamReader

log = logging.getLogger("nemoproxy.server")

LAST_WORDS_S = 1.0
"""How long answers that were broken off may take to say so."""

LINGER_S = 10.0
"""How long the rest of a request's body is read on for after the answer, so that the client gets to read that."""

Handler = Callable[[Exchange], Awaitable[None]]


class ClientConnection(RequestHandler):
    """Tells its exchange when writing should pause or go on, and when the client has left."""

    __slots__ = (
        "_rest", "_server", "_unsent", "_unsent_since", "answered", "body_timeout_s", "cors", "drain", "exchange",
        "is_choked", "max_body_bytes", "refused",
    )  # fmt: skip

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # None is how aiohttp is told to write none
            keepalive_timeout=server.keepalive_timeout_s,
        )
        self._server = server
        self.exchange: Exchange | None = None
        """The one that is being answered."""
        self._rest: StreamReader | None = None  # what is read on of a request that has been answered
        self._unsent = 0
        self._unsent_since = 0.0
        self.is_choked = False
        """The client does not read what is written."""
        self.drain = server.answer_drain
        self.answered = server.answered
        self.refused = server.refused
        self.cors = server.cors
        self.max_body_bytes = server.max_body_bytes
        self.body_timeout_s = server.body_timeout_s

    async def start(self) -> None:
        """The life of the connection: its exchanges, one after the other.

        In place of aiohttp's, which answers each request in a task of its own: that costs every request two more turns
        of the event loop, about a tenth of all the CPU that it takes.
        """
        while not self._force_close:
            if not self._messages:
                self._waiter = self._loop.create_future()
                try:
                    await self._waiter
                finally:
                    self._waiter = None
            message, payload = self._messages.popleft()
            if self._parser is not None:
                self._parser.message_consumed()
            if self._buffer_paused and len(self._messages) <= self._msg_queue_resume_size:
                self._resume_reading_if_drained()
            try:
                if not await self._serve(message, payload):
                    break
            except BaseException:
                self.force_close()
                raise
            if self._close or self._force_close:
                break
            self._await_next()
        if not self._force_close:
            self._task_handler = None
            if self.transport is not None:
                self.transport.close()

    async def _serve(self, message: Any, payload: StreamReader) -> bool:
        """Answer one request. Whether the connection may carry another."""
        error = message if isinstance(message, _ErrInfo) else None
        task = self._task_handler or asyncio.current_task()
        exchange = Exchange(message if error is None else ERROR, payload, self, task)
        self._request_in_progress = True
        self._current_request = exchange  # type: ignore[assignment]  # it stands in for a request
        try:
            if error is None:
                await self._server.handler(exchange)
            else:
                self.handle_error(exchange, error.status, error.exc, error.message)
        except Exception as bug:  # noqa: BLE001  whatever it is, the client gets an answer
            self.handle_error(exchange, 500, bug)
        finally:
            self._current_request = None
            self._request_in_progress = False
            exchange.close()
            if self._handler_waiter is not None:
                self._handler_waiter.set_result(None)
        if self._upgraded:
            await self.finish_response(exchange, exchange, None)  # type: ignore[arg-type]  # takes up what it held back
        try:
            if self.is_choked:  # whoever does not read one answer is not given the next
                await self._drain_helper()
        except ConnectionError:
            return False
        if not payload.is_eof() and not await self._read_on(payload):
            return False
        self._keepalive = exchange.keep_alive
        return exchange.keep_alive

    async def _read_on(self, payload: StreamReader) -> bool:
        """Read what nobody wanted of a request, and throw it away. False: it does not come to an end."""
        self._rest = payload
        with suppress(Exception):  # too long, or the client left, or it is no body
            async with asyncio.timeout(LINGER_S):
                while not payload.is_eof() and not self._force_close:
                    await payload.readany()
            return True
        return False

    def _await_next(self) -> None:
        """A connection on which nothing comes is closed in the end."""
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        if self._keepalive_handle is None:
            self._keepalive_handle = self._loop.call_at(self._next_keepalive_close_time, self._process_keepalive)

    def resume_reading(self, resume_parser: bool = True) -> None:
        """aiohttp asks for it whenever some of a body is read, and parses nothing once more each time."""
        if self._reading_paused or self._buffer_paused:
            super().resume_reading(resume_parser)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.is_choked = True
        if self.exchange is not None:
            self.exchange.pause()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.is_choked = False
        if self.exchange is not None:
            self.exchange.resume()

    def connection_lost(self, exc: BaseException | None) -> None:
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            self._server.leave(exchange)
        if self._rest is not None:
            self._rest.set_exception(ConnectionResetError())
        super().connection_lost(exc)

    def handle_error(
        self, request: Any, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> Any:
        """What aiohttp could not parse, or a bug of ours: answered in the gateway's shape, then the connection ends."""
        exchange: Exchange = request
        exchange.keep_alive = False
        if status == 400:
            reason = (message or "bad request").splitlines()[0].partition(":")[0].rstrip(". ")  # then it quotes
            exchange.refuse(InvalidRequest(f"This is not a valid HTTP request: {reason}.", code="invalid_http"))
        else:
            log.error("%s: unhandled error", exchange.request_id, exc_info=exc)
            exchange.refuse(InternalError("The gateway made a mistake. It is in its log under this request id."))
        return exchange

    def log_exception(self, *args: Any, exc_info: BaseException | None = None, **kw: Any) -> None:
        """A body that is broken, or that was cut off, is no news once the request has been refused."""
        if not isinstance(exc_info, RequestPayloadError | GatewayError):
            log.error(*args, exc_info=exc_info, **kw)

    def reset(self) -> None:
        """Close so that the client cannot take it for the end of an answer."""
        if self.transport is not None:
            raw = self.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()

    def stalled(self, transport: asyncio.Transport, now: float, patience_s: float) -> bool:
        """Whether something waits to be sent, and nothing has been taken of it for so long. To be asked regularly."""
        unsent = transport.get_write_buffer_size()
        if not unsent or unsent != self._unsent:
            self._unsent, self._unsent_since = unsent, now
        return unsent > 0 and now - self._unsent_since >= patience_s


class Server(web.Server):
    """Makes a connection for each client, and an exchange for each request."""

    def __init__(
        self,
        handler: Handler,
        *,
        max_body_bytes: int,
        body_timeout_s: float,
        keepalive_timeout_s: float,
        answer_drain: Drain | None = None,
        cors: Cors | None = None,
    ) -> None:
        super().__init__(handler)  # type: ignore[arg-type]  # an Exchange stands in for request and response
        self.handler = handler
        self.max_body_bytes = max_body_bytes
        self.body_timeout_s = body_timeout_s
        self.keepalive_timeout_s = keepalive_timeout_s
        self.answer_drain = answer_drain
        self.cors = Cors(()) if cors is None else cors
        self._left: dict[asyncio.Task[None], Exchange] = {}
        """What is still being answered to clients that have left."""
        self._look_again = 0.0
        self.answered: defaultdict[int, int] = defaultdict(int)
        """Answers by status, since the start."""
        self.refused: defaultdict[str, int] = defaultdict(int)
        """Errors of ours by code."""

    def __call__(self) -> ClientConnection:
        return ClientConnection(self, self._loop)

    def in_flight(self) -> int:
        """Requests that are being answered."""
        return sum(_exchange(connection) is not None for connection in self._connections) + len(self._left)

    def leave(self, exchange: Exchange) -> None:
        """The client of an exchange is gone."""
        exchange.left()
        task = exchange.task
        if task is not None:
            self._left[task] = exchange
            task.add_done_callback(self._left.pop)

    def sweep(self, now: float) -> None:
        """Cut off clients that read nothing of what waits for them for as long as an idle one may stay."""
        if now < self._look_again:
            return
        self._look_again = now + self.keepalive_timeout_s / 4
        patience = self.keepalive_timeout_s
        for connection, transport in tuple(self._connections.items()):
            if isinstance(connection, ClientConnection) and connection.stalled(transport, now, patience):
                transport.abort()

    async def drain(self, grace_s: float) -> None:
        """Close what is idle now, and the rest when it is answered. After the grace period answers are broken off, and
        clients that do not take even that are cut off."""
        self.pre_shutdown()
        answering = [exchange for connection in self._connections if (exchange := _exchange(connection)) is not None]
        for exchange in answering:
            exchange.keep_alive = False
        answering += self._left.values()
        ending = asyncio.ensure_future(self._ended())
        if not (await asyncio.wait([ending], timeout=grace_s))[0]:
            for exchange in answering:
                exchange.stop(ShuttingDown("The gateway is shutting down.", headers={"retry-after": "1"}))
            if not (await asyncio.wait([ending], timeout=LAST_WORDS_S))[0]:
                for transport in tuple(self._connections.values()):
                    transport.abort()
        await ending

    async def _ended(self) -> None:
        await self.shutdown(None)
        while self._left:
            await asyncio.wait(tuple(self._left))


def _exchange(connection: RequestHandler) -> Exchange | None:
    return connection.exchange if isinstance(connection, ClientConnection) else None
