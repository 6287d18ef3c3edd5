"""Keep-alive connections to one origin: the last one used is the first one taken."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from nemoproxy._core import Secrets
from nemoproxy.errors import UpstreamUnavailable
from nemoproxy.types import ClientGone, Drain, Steering
from nemoproxy.upstream.connection import PASS, Connection, Disconnected, Manner
from nemoproxy.upstream.sweeper import Sweeper


@dataclass(frozen=True, slots=True)
class Origin:
    """Where connections go. `tls` is None for plain HTTP."""

    host: str
    port: int
    tls: ssl.SSLContext | None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Deadlines of a call, in seconds: to connect, to the first byte of the answer, between bytes, and in all."""

    connect_s: float = 5
    first_byte_s: float = 120
    idle_s: float = 60
    total_s: float = 600


class Pool:
    """The connections to one origin. Some of those kept may have died: they are dropped when their turn comes."""

    def __init__(
        self,
        origin: Origin,
        timeouts: Timeouts,
        sweeper: Sweeper,
        *,
        max_idle: int = 100,
        idle_s: float = 30,
        secrets: Sequence[bytes] = (),
    ) -> None:
        """`secrets`: what is blotted out wherever the other side says it."""
        self.origin = origin
        self._timeouts = timeouts
        self._sweeper = sweeper
        self._secrets = Secrets(secrets) if secrets else None
        self._max_idle = max_idle
        self._idle_s = idle_s
        self._idle: deque[Connection] = deque()
        self._loop = asyncio.get_running_loop()
        sweeper.add(self)

    async def open(self, head: bytes, body: bytes, client: Steering, manner: Manner = PASS) -> Connection:
        """Send a request and return the connection with its answer begun; give it back with `close`.

        `client` is attached to whatever is being tried, so that its leaving takes that down.
        Raises UpstreamUnavailable, UpstreamInvalid, UpstreamTimeout, ClientGone or ShuttingDown.
        """
        connection = self._take()
        pooled = connection is not None
        while True:
            if connection is None:
                connection = await self._connect(client)
            try:
                client.attach(connection)
            except BaseException:
                self.close(connection)
                raise
            try:
                await connection.ask(head, body, manner)
            except ClientGone as gone:
                connection.release()
                gone.asked = True
                raise
            except Disconnected:
                connection.release()
                if not pooled:
                    raise UpstreamUnavailable("The provider closed the connection without an answer.") from None
                connection, pooled = None, False  # it died of age: once more, and surely on a live one
            except BaseException:
                connection.release()
                raise
            else:
                return connection

    def _take(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed:
                return connection
        return None

    def close(self, connection: Connection) -> None:
        """The call on `connection` is over: keep it for the next one, or drop it."""
        if connection.release() and len(self._idle) < self._max_idle:
            self._idle.append(connection)
        elif not connection.closed:
            connection.close()

    async def _connect(self, client: Steering) -> Connection:
        origin = self.origin
        dial = _Dial()
        client.attach(dial)
        try:
            async with asyncio.timeout(self._timeouts.connect_s) as dial.deadline:
                _, connection = await self._loop.create_connection(
                    lambda: Connection(self._loop, self._timeouts, self._sweeper, self._secrets),
                    origin.host,
                    origin.port,
                    ssl=origin.tls,
                    server_hostname=origin.host if origin.tls else None,
                )
        except TimeoutError:
            if dial.failure is not None:
                raise dial.failure from None
            message = f"The provider did not accept a connection within {self._timeouts.connect_s:g} s."
            raise UpstreamUnavailable(message) from None
        except OSError as error:  # refused, unreachable, unknown host, bad certificate
            raise UpstreamUnavailable(f"The provider cannot be reached: {_reason(error)}.") from None
        finally:
            dial.deadline = None
        return connection

    def sweep(self, now: float) -> None:
        """Drop what has been idle for too long: the oldest stand in front."""
        idle = self._idle
        while idle and now - idle[0].idle_since >= self._idle_s:
            idle.popleft().close()

    async def shutdown(self) -> None:
        self._sweeper.discard(self)
        while self._idle:
            self._idle.pop().close()


class _Dial:
    """A connection being made, as the client sees it (types.Steered)."""

    deadline: asyncio.Timeout | None = None
    failure: Exception | None = None

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def abandon(self, failure: Exception) -> None:
        if self.deadline is not None and not self.deadline.expired():
            self.failure = failure
            self.deadline.reschedule(0)

    def drain(self, within: Drain) -> None:
        self.abandon(ClientGone())  # nothing was asked yet


class _Pause:
    """A wait before a call goes on, as the client sees it (types.Steered)."""

    def __init__(self, over: asyncio.Future[None]) -> None:
        self._over = over

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def abandon(self, failure: Exception) -> None:
        if not self._over.done():
            self._over.set_exception(failure)

    def drain(self, within: Drain) -> None:
        self.abandon(ClientGone())


async def pause(client: Steering, seconds: float) -> None:
    """Let time pass, for as long as the client is there. Raises ClientGone, ShuttingDown."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()
    client.attach(_Pause(over))
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await over


def _reason(error: OSError) -> str:
    """What went wrong, without addresses: the client need not know where its provider is."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    if isinstance(error, ssl.SSLError):
        return "TLS failed"
    if isinstance(error, socket.gaierror):
        return "its host name is unknown"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    return "the connection failed"
