"""What each org, team and key may spend: credits and budgets, as ceilings of the limiter's accounts.

An account counts what it settles from the start of the process on, and never goes back. Each thing that bounds it (the
credits of an org, a budget) is kept as what it allows in all less what had been spent before: on that common scale the
tightest one is the account's ceiling.
"""

from __future__ import annotations

from dataclasses import dataclass

from nemoproxy._core import Limiter


@dataclass(slots=True)
class Bound:
    """At most `amount` units, of which `before` were spent when the account's count stood at 0."""

    amount: int
    before: int
    ends: float | None = None
    """Unix seconds at which a budget's period is over; None: never, or it is no budget."""


class Accounts:
    """The bounds of every slot that has any."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._bounds: dict[int, dict[str, Bound]] = {}

    def slots(self) -> list[int]:
        """Those with a bound."""
        return list(self._bounds)

    def has(self, slot: int, name: str) -> bool:
        """Whether a slot is bounded by this."""
        return name in self._bounds.get(slot, {})

    def settled(self, slot: int) -> int:
        """Units settled since the account was opened."""
        account = self._limiter.account(slot)
        return 0 if account is None else account[1]

    def bind(self, slot: int, name: str, amount: int, spent: int | None, *, at: int, ends: float | None = None) -> None:
        """Bound a slot's account. `spent` is what had been spent when `settled` said `at`; None: as was known."""
        bounds = self._bounds.setdefault(slot, {})
        known = bounds.get(name)
        before = known.before if spent is None and known is not None else (spent or 0) - at
        bounds[name] = Bound(amount, before, ends)
        self._apply(slot)

    def release(self, slot: int, name: str) -> None:
        """Take a bound away."""
        bounds = self._bounds.get(slot, {})
        bounds.pop(name, None)
        if not bounds:
            self._bounds.pop(slot, None)
        self._apply(slot)

    def roll(self, now: float) -> list[tuple[int, str]]:
        """Begin the periods that are due, with nothing spent; which they are, so that their ends can be set."""
        due = [
            (slot, name)
            for slot, bounds in self._bounds.items()
            for name, bound in bounds.items()
            if bound.ends is not None and now >= bound.ends
        ]
        for slot, name in due:
            bound = self._bounds[slot][name]
            bound.before, bound.ends = -self.settled(slot), None
            self._apply(slot)
        return due

    def until(self, slot: int, name: str, ends: float | None) -> None:
        """Set the end of a period that has begun."""
        self._bounds[slot][name].ends = ends

    def left(self, slot: int, name: str) -> tuple[int, int]:
        """Of a bound: what is not spent, and what of that is held by running calls."""
        bound = self._bounds.get(slot, {}).get(name)
        if bound is None:
            return 0, 0
        _, settled, held = self._limiter.account(slot) or (0, 0, 0)
        return bound.amount - bound.before - settled, held

    def _apply(self, slot: int) -> None:
        bounds = self._bounds.get(slot)
        if not bounds:
            self._limiter.set_account(slot, None, None)
            return
        ceiling = max(0, min(bound.amount - bound.before for bound in bounds.values()))
        opened = self._limiter.account(slot) is not None
        self._limiter.set_account(slot, ceiling, None if opened else 0)
