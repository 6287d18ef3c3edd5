"""A client's connection: aiohttp's, with hooks for the exchange that is answered on it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from nemoproxy.errors import InternalError, InvalidRequest
from nemoproxy.server.exchange import Exchange

log = logging.getLogger("nemoproxy.server")

Handler = Callable[[Exchange], Awaitable[Exchange]]


class ClientConnection(RequestHandler):
    """Tells its exchange when writing should pause or go on, and when the client has left."""

    __slots__ = ("body_timeout_s", "exchange", "max_body_bytes")

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # None is how aiohttp is told to write none
            keepalive_timeout=server.keepalive_timeout_s,
        )
        self.exchange: Exchange | None = None
        self.max_body_bytes = server.max_body_bytes
        self.body_timeout_s = server.body_timeout_s

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.exchange is not None:
            self.exchange.pause()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.exchange is not None:
            self.exchange.resume()

    def connection_lost(self, exc: BaseException | None) -> None:
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.left()
        super().connection_lost(exc)

    def handle_error(
        self, request: Any, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> Any:
        """What aiohttp could not parse, or a bug of ours: answered in the gateway's shape, then the connection ends."""
        exchange: Exchange = request
        exchange.keep_alive = False
        if status == 400:
            reason = (message or "bad request").splitlines()[0].rstrip(":. ")
            exchange.refuse(InvalidRequest(f"This is not a valid HTTP request: {reason}.", code="invalid_http"))
        else:
            log.error("%s: unhandled error", exchange.request_id, exc_info=exc)
            exchange.refuse(InternalError("The gateway made a mistake. It is in its log under this request id."))
        return exchange


class Server(web.Server):
    """Makes a connection for each client, and an exchange for each request."""

    def __init__(
        self, handler: Handler, *, max_body_bytes: int, body_timeout_s: float, keepalive_timeout_s: float
    ) -> None:
        super().__init__(handler, request_factory=Exchange)  # type: ignore[arg-type]  # an Exchange stands in for both
        self.max_body_bytes = max_body_bytes
        self.body_timeout_s = body_timeout_s
        self.keepalive_timeout_s = keepalive_timeout_s

    def __call__(self) -> ClientConnection:
        return ClientConnection(self, self._loop)
