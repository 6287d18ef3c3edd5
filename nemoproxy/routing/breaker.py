"""A target's breaker: admitting, shut, probing.

    admitting --- too many failures ---> shut --- time is up, a call comes ---> probing
        ^                                 ^                                       |
        |                                 +------------- it failed, longer -------+
        +------------------------------------------------ it went well -----------+

A call that was made before the state changed says nothing any more: each carries the epoch it began in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from random import Random

from nemoproxy.routing.policy import BreakerPolicy

BUCKETS, RECENT = 10, 2
"""Of the window; and so many of its latest, because what went well before hides for long what fails now."""
SICK_PERCENT = 10
"""A target is well as long as no more of its calls fail."""


class State(Enum):
    ADMITTING = "admitting"
    SHUT = "shut"
    PROBING = "probing"


@dataclass(frozen=True, slots=True)
class Pass:
    """What a call is let through with, and reported with."""

    epoch: int
    probe: int = 0
    """The number of the probe it is; 0: it is none."""


class Breaker:
    def __init__(self, policy: BreakerPolicy, random: Random) -> None:
        self._policy = policy
        self._random = random
        self._state = State.ADMITTING
        self._epoch = 0
        self._in_a_row = 0
        self._window = _Window(policy.window_s)
        self._until = 0.0
        """Shut: when a call may probe. Probing: when the probe is given up."""
        self._probe = 0
        self._times = 0
        self._admitting_since = float("-inf")

    @property
    def state(self) -> State:
        return self._state

    def is_ailing(self, now: float) -> bool:
        """Whether there is anything that a success would change."""
        return self._state is not State.ADMITTING or self._window.totals(now)[1] > 0

    def is_well(self, now: float) -> bool:
        """Whether it admits, and next to nothing fails there."""
        calls, failed = self._window.totals(now)
        return self._state is State.ADMITTING and failed * 100 <= calls * SICK_PERCENT

    @property
    def times(self) -> int:
        """How often it was shut without having been well for long since."""
        return self._times

    def admits_at(self, now: float) -> float:
        """When the next call would be let through: `now`, or later."""
        return now if self._state is State.ADMITTING else max(now, self._until)

    def enter(self, now: float) -> Pass | None:
        """Let a call through, if it may: all, none, or the one that probes."""
        if self._state is State.ADMITTING:
            return Pass(self._epoch)
        if now < self._until:
            return None
        self._state = State.PROBING
        self._until = now + self._policy.probe_s
        self._probe += 1
        return Pass(self._epoch, self._probe)

    def force(self) -> Pass:
        """Let a call through because there is no other target."""
        return Pass(self._epoch)

    def report(self, by: Pass, well: bool | None, now: float) -> bool:
        """How the call went; None: that is not known. Whether the state is another one now, admitting or shut."""
        before = self._state
        if by.epoch != self._epoch:
            return False
        if before is State.ADMITTING:
            self._count(well, now)
        elif well:
            self._admit(now)
        elif by.probe and by.probe == self._probe and before is State.PROBING:
            if well is None:
                self._state, self._until = State.SHUT, now
                return False
            self._shut(now)
        return self._state is not before

    def _count(self, well: bool | None, now: float) -> None:
        if well is None:
            return
        self._in_a_row = 0 if well else self._in_a_row + 1
        self._window.count(well, now)
        if well:
            return
        if self._in_a_row >= self._policy.failures or any(self._is_often(last, now) for last in (RECENT, BUCKETS)):
            self._shut(now)

    def _is_often(self, buckets: int, now: float) -> bool:
        calls, failed = self._window.totals(now, buckets)
        return calls >= self._policy.rate_calls and failed * 100 >= calls * self._policy.rate_percent

    def _shut(self, now: float) -> None:
        if now - self._admitting_since > self._policy.max_shut_s and self._state is State.ADMITTING:
            self._times = 0
        longest = min(self._policy.shut_s * 2.0 ** min(self._times, 30), self._policy.max_shut_s)
        self._times += 1
        self._epoch += 1
        self._state = State.SHUT
        # Not from 0: what has just failed is not to be asked again at once.
        self._until = now + longest * self._random.uniform(0.5, 1.0)

    def _admit(self, now: float) -> None:
        self._epoch += 1
        self._state = State.ADMITTING
        self._in_a_row = 0
        self._window.clear()
        self._admitting_since = now


class _Window:
    """Calls and failures of the last `span_s`, in buckets."""

    __slots__ = ("_buckets", "_first", "_width")

    def __init__(self, span_s: float) -> None:
        self._width = span_s / BUCKETS
        self._buckets: list[tuple[int, int]] = []
        """Calls and failures, the newest last; `_first` is the number of the oldest."""
        self._first = 0

    def clear(self) -> None:
        self._buckets = []

    def count(self, well: bool, now: float) -> None:
        number = self._forget(now)
        if not self._buckets:
            self._first = number
        self._buckets += [(0, 0)] * (number - self._first + 1 - len(self._buckets))
        calls, failed = self._buckets[-1]
        self._buckets[-1] = calls + 1, failed + (not well)

    def totals(self, now: float, buckets: int = BUCKETS) -> tuple[int, int]:
        """Calls and failures of the last `buckets`."""
        number = self._forget(now)
        last = self._buckets[max(number - buckets + 1 - self._first, 0) :]
        return sum(calls for calls, _ in last), sum(failed for _, failed in last)

    def _forget(self, now: float) -> int:
        number = int(now / self._width)
        if (old := number - BUCKETS + 1 - self._first) > 0:
            del self._buckets[:old]
            self._first += old
        return number
