"""The retry budget: repetitions are a share of the calls, so that an outage does not multiply the traffic."""

from __future__ import annotations

CENT = 100
"""A repetition in the unit of account: hundredths."""


class RetryBudget:
    """A purse: each call puts in `percent` hundredths of a repetition, each repetition takes a whole one.

    So over any calls, from the first: repetitions <= percent of them + `reserve`; and in any stretch of calls:
    repetitions <= percent of them + `burst`.
    """

    __slots__ = ("_most", "_percent", "_saved")

    def __init__(self, percent: int, reserve: int, burst: int) -> None:
        self._percent = percent
        self._most = burst * CENT
        self._saved = min(reserve, burst) * CENT

    def call(self) -> None:
        """A call begins."""
        self._saved = min(self._saved + self._percent, self._most)

    @property
    def left(self) -> int:
        """Repetitions that may be made now."""
        return self._saved // CENT

    def take(self) -> bool:
        """A repetition is made, if it may be."""
        if self._saved < CENT:
            return False
        self._saved -= CENT
        return True
