"""A TCP proxy that fails on purpose, for fault tests: it goes between any two parts and knows nothing of what they say.

    async with await cutproxy.start(redis.port, Cut(after=100, then="stall", direction="down")) as proxy:
        connect_to(proxy.port)

`down` is from the upstream to the client. Counts are per connection. `proxy.cut` can be replaced at any time and holds
for connections made from then on; `proxy.seen` has a record for each connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass
from typing import Literal, Self

Direction = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Cut:
    """What to do to a connection; the default is nothing.

    `after` bytes in `direction`, do `then`: close both sides, reset both, or go silent (and read no more).
    `delay` seconds before each piece; `trickle` bytes a piece at most; `copies` of each piece are sent on. `refuse`:
    accept and close at once.
    """

    direction: Direction = "down"
    after: int | None = None
    then: Literal["close", "reset", "stall"] = "close"
    delay: float = 0.0
    trickle: int = 0
    copies: int = 1
    refuse: bool = False


@dataclass(slots=True)
class Passed:
    """What went through one connection."""

    up: int = 0
    down: int = 0
    was_cut: bool = False


class CutProxy:
    def __init__(self, upstream: int, cut: Cut) -> None:
        self.upstream = upstream
        self.cut = cut
        self.port = 0
        self.seen: list[Passed] = []
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        cut, passed = self.cut, Passed()
        self.seen.append(passed)
        if cut.refuse:
            passed.was_cut = True
            _reset(writer) if cut.then == "reset" else writer.close()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError:
            _reset(writer)
            return
        try:
            await self._relay((reader, writer), (far_reader, far_writer), cut, passed)
        finally:
            writer.close()
            far_writer.close()

    async def _relay(
        self,
        near: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        far: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        cut: Cut,
        passed: Passed,
    ) -> None:
        """Both directions, until one of them was cut or both have ended."""
        up = asyncio.ensure_future(_pump(near[0], far[1], cut, passed, "up"))
        down = asyncio.ensure_future(_pump(far[0], near[1], cut, passed, "down"))
        waiting = {up, down}
        try:
            while waiting and not passed.was_cut:
                _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if passed.was_cut and cut.then == "stall":
                await asyncio.get_running_loop().create_future()
            if passed.was_cut and cut.then == "reset":
                _reset(near[1])
                _reset(far[1])
        finally:
            up.cancel()
            down.cancel()


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: Cut, passed: Passed, direction: Direction
) -> None:
    applies = cut.direction == direction
    left = cut.after if applies else None
    with contextlib.suppress(ConnectionError):
        while left is None or left > 0:
            piece = await reader.read(min(cut.trickle if applies and cut.trickle else 65536, left or 65536))
            if not piece:
                if writer.can_write_eof():
                    writer.write_eof()
                return
            if applies and cut.delay:
                await asyncio.sleep(cut.delay)
            writer.write(piece * (cut.copies if applies else 1))
            await writer.drain()
            setattr(passed, direction, getattr(passed, direction) + len(piece))
            left = None if left is None else left - len(piece)
        passed.was_cut = True


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a TCP reset."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def start(upstream: int, cut: Cut = Cut()) -> CutProxy:
    """A proxy on a free loopback port, to a port on loopback."""
    proxy = CutProxy(upstream, cut)
    await proxy.listen()
    return proxy
