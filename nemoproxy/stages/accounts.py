"""What each org, team and key may spend: credits and budgets, as ceilings of the limiter's accounts.

An account counts what it settles from the start of the process on, and never goes back. Each thing that bounds it (the
credits of an org, a budget) is kept as what it allows in all less what had been spent before: on that common scale the
tightest one is the account's ceiling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from time import time_ns

from nemoproxy._core import Limiter
from nemoproxy.storage import Period
from nemoproxy.storage.schema import EPOCH, to_micros


@dataclass(slots=True)
class Bound:
    """At most `amount` units, of which `before` were spent when the account's count stood at 0."""

    amount: int
    before: int
    period: Period = Period.TOTAL
    ends: float = inf
    """Unix microseconds at which the period is over."""


class Accounts:
    """The bounds of every slot that has any, and when what is settled counts. `clock` is in Unix nanoseconds."""

    def __init__(self, limiter: Limiter, clock: Callable[[], int] = time_ns) -> None:
        self._limiter = limiter
        self._clock = clock
        self._bounds: dict[int, dict[str, Bound]] = {}
        self._due = inf
        """When the next period ends,"""
        self._begun = 0
        """and when the newest one began."""

    def now(self) -> int:
        """Unix microseconds at which what is settled now counts. Periods that are over by then have been ended: what is
        booked on a day, and what is counted in memory for that day's budgets, are the same requests.

        A clock that goes back over the begin of a period stands still there: nothing begins twice.
        """
        now = self._clock() // 1000
        if now < self._begun:
            return self._begun
        if now >= self._due:
            self._turn(now)
        return now

    def has(self, slot: int, name: str) -> bool:
        """Whether a slot is bounded by this."""
        return name in self._bounds.get(slot, {})

    def settled(self, slot: int | None) -> int:
        """Units settled since there has been the slot, bounded or not."""
        return 0 if slot is None else self._limiter.settled(slot)

    def bind(
        self,
        slot: int,
        name: str,
        amount: int,
        spent: int | None,
        *,
        at: int = 0,
        period: Period = Period.TOTAL,
        since: datetime = EPOCH,
    ) -> None:
        """Bound a slot's account. `spent` is what had been spent when `settled` said `at`, in the period that the
        moment `since` is in; None: as was known."""
        bounds = self._bounds.setdefault(slot, {})
        known = bounds.get(name)
        if spent is None and known is not None:
            known.amount = amount
        else:
            bounds[name] = Bound(amount, (spent or 0) - at)
            self._begin(bounds[name], period, since)
        self._due = min(self._due, bounds[name].ends)
        self._apply(slot)

    def release(self, slot: int, name: str) -> None:
        """Take a bound away."""
        bounds = self._bounds.get(slot, {})
        bounds.pop(name, None)
        if not bounds:
            self._bounds.pop(slot, None)
        self._apply(slot)

    def left(self, slot: int, name: str) -> tuple[int, int]:
        """Of a bound: what is not spent, and what of that is held by running calls.

        Where more was taken from it than was free, what runs has it first: that is not spent until it has ended.
        """
        bound = self._bounds.get(slot, {}).get(name)
        if bound is None:
            return 0, 0
        _, settled, held = self._limiter.account(slot) or (0, 0, 0)
        return max(bound.amount - bound.before - settled, held), held

    def _turn(self, now: int) -> None:
        """Begin the periods that are due, with nothing spent."""
        for slot, bounds in self._bounds.items():
            for bound in bounds.values():
                if now >= bound.ends:
                    bound.before = -self.settled(slot)
                    self._begin(bound, bound.period, EPOCH + timedelta(microseconds=now))
                    self._apply(slot)
        self._due = min((bound.ends for bounds in self._bounds.values() for bound in bounds.values()), default=inf)

    def _begin(self, bound: Bound, period: Period, moment: datetime) -> None:
        first, after = period.days(moment)
        bound.period, bound.ends = period, inf if after is None else _micros(after)
        self._begun = max(self._begun, _micros(first))

    def _apply(self, slot: int) -> None:
        bounds = self._bounds.get(slot)
        ceiling = max(0, min(bound.amount - bound.before for bound in bounds.values())) if bounds else None
        self._limiter.set_account(slot, ceiling, None)


def _micros(day: int) -> int:
    return to_micros(EPOCH + timedelta(days=day))
