"""How long an attempt may wait for a first byte while there is another target: the router knows, and this asks it."""

from __future__ import annotations

import asyncio
from types import TracebackType

from nemoproxy.errors import UpstreamTimeout
from nemoproxy.routing import Attempt, Router
from nemoproxy.types import Steered, Steering


class Watched:
    """One attempt that waits, as its upstream sees the client (types.Steering)."""

    __slots__ = ("_attempt", "_client", "_patience", "_upstream", "answered")

    def __init__(self, patience: Patience, attempt: Attempt, client: Steering) -> None:
        self._patience = patience
        self._attempt = attempt
        self._client = client
        self._upstream: Steered | None = None
        self.answered = False

    def attach(self, upstream: Steered) -> None:
        self._client.attach(upstream)
        self._upstream = upstream

    def give_up(self, failure: Exception) -> None:
        if self._upstream is not None:
            self._upstream.abandon(failure)

    def __enter__(self) -> Watched:
        self._patience.begin(self._attempt, self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._patience.end(self._attempt, answered=self.answered)


class Patience:
    """Gives attempts up that wait in vain (upstream.Swept)."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Attempt, Watched] = {}

    def watch(self, attempt: Attempt, client: Steering) -> Watched:
        """A context in which an attempt waits for its first byte."""
        return Watched(self, attempt, client)

    def begin(self, attempt: Attempt, watched: Watched) -> None:
        self._waiting[attempt] = watched
        self._router.asked(attempt, self._loop.time())

    def end(self, attempt: Attempt, *, answered: bool) -> None:
        del self._waiting[attempt]
        self._router.heard(attempt, self._loop.time(), answered=answered)

    def sweep(self, now: float) -> None:
        for attempt in self._router.overdue(now):
            self._waiting[attempt].give_up(UpstreamTimeout("The provider has not begun to answer for too long."))
