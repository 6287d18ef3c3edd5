"""Many timers as one: callbacks due in the same millisecond share a single timer of the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Wheel:
    """For thousands of paced streams: uvloop's clock ticks in milliseconds anyway, so nothing is lost by sharing."""

    __slots__ = ("_loop", "_slots")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._slots: dict[int, list[Callable[[], None]]] = {}

    def at(self, when: float, callback: Callable[[], None]) -> None:
        """Call back at the loop time `when`, or up to a millisecond later."""
        tick = int(when * 1000) + 1
        slot = self._slots.get(tick)
        if slot is None:
            self._slots[tick] = [callback]
            self._loop.call_at(tick / 1000, self._fire, tick)
        else:
            slot.append(callback)

    def _fire(self, tick: int) -> None:
        for callback in self._slots.pop(tick):
            callback()
