"""Several upstreams that are asked for one client at the same time."""

from __future__ import annotations

from nemoproxy.types import ClientGone, Drain, Steered


class Lane:
    """One of them, as its upstream sees the client (types.Steering)."""

    def __init__(self) -> None:
        self.upstream: Steered | None = None
        self.stopped: Exception | None = None

    def attach(self, upstream: Steered) -> None:
        if self.stopped is not None:
            raise self.stopped
        self.upstream = upstream

    def stop(self, failure: Exception) -> None:
        self.stopped = failure
        if self.upstream is not None:
            self.upstream.abandon(failure)


class Lanes:
    """All of them, as the client sees them (types.Steered). Nothing goes to it from them, so nothing is held up."""

    def __init__(self) -> None:
        self._lanes: list[Lane] = []
        self.is_draining = False

    def lane(self) -> Lane:
        self._lanes.append(Lane())
        return self._lanes[-1]

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def abandon(self, failure: Exception) -> None:
        for lane in self._lanes:
            lane.stop(failure)

    def drain(self, within: Drain) -> None:
        """One answer is read to its end: nobody needs another."""
        first, *others = self._lanes
        self.is_draining = True
        for lane in others:
            lane.stop(ClientGone())
        if first.upstream is not None:
            first.upstream.drain(within)
