"""One coarse timer for all upstream connections, so that no read ever touches a timer."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

log = logging.getLogger("nemoproxy.upstream")

INTERVAL = 0.25


class Swept(Protocol):
    def sweep(self, now: float) -> None:
        """Act on what has run out by `now`, in seconds of the loop's clock."""


class Sweeper:
    """Calls `sweep` of everything that was added, four times a second, until `stop`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._members: set[Swept] = set()
        self.add = self._members.add
        self.discard = self._members.discard
        self._handle: asyncio.TimerHandle | None = loop.call_later(INTERVAL, self._run)

    def _run(self) -> None:
        self._handle = self._loop.call_later(INTERVAL, self._run)
        now = self._loop.time()
        for member in tuple(self._members):
            try:
                member.sweep(now)
            except Exception:  # all deadlines hang on this timer: one member's bug must not stop it
                log.exception("a sweep failed")

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
