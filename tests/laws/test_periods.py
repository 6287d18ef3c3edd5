"""Budgets in memory against what is booked: whatever the clock does, both count the same requests in a period."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from nemoproxy._core import Limiter
from nemoproxy.stages.accounts import Accounts
from nemoproxy.storage import Period
from nemoproxy.storage.schema import EPOCH, to_micros

START = datetime(2026, 12, 30, 23, 59, 50, tzinfo=UTC)
"""Days, a week and a year end soon."""
DAY_US = 86_400_000_000


@dataclass
class Booked:
    """The records: what was settled on which day, and how a budget stands by that."""

    days: list[tuple[int, int]] = field(default_factory=list)

    def spent(self, period: Period, now: datetime) -> int:
        first, after = period.days(now)
        return sum(cost for day, cost in self.days if first <= day and (after is None or day < after))


class Trial:
    def __init__(self) -> None:
        self.us = to_micros(START)
        self.limiter = Limiter()
        self.accounts = Accounts(self.limiter, lambda: self.us * 1000)
        self.slot = self.limiter.allocate()
        self.booked = Booked()
        self.budget: tuple[int, Period] | None = None
        self.running: list[tuple[int, int]] = []

    def admit(self, units: int) -> None:
        decision = self.limiter.admit(self.slot, 0, 0, 0, 0, units, units)
        if decision.allowed:
            self.running.append((decision.hold, units))

    def settle(self, share: int) -> None:
        if self.running:
            hold, held = self.running.pop(share % len(self.running))
            now = self.accounts.now()
            found = self.limiter.settle(hold, 0, 0, held * share // 100)
            assert found is not None
            self.booked.days.append((now // DAY_US, found[0]))

    def set(self, amount: int, period: Period) -> None:
        known = self.budget is not None and self.budget[1] is period
        now = self.now()
        spent = None if known else self.booked.spent(period, now)
        at = self.accounts.settled(self.slot)
        self.accounts.bind(self.slot, "budget", amount, spent, at=at, period=period, since=now)
        self.budget = amount, period

    def remove(self) -> None:
        self.accounts.release(self.slot, "budget")
        self.budget = None

    def go(self, seconds: float) -> None:
        """Time passes, or the clock is set."""
        self.us += int(seconds * 1_000_000)

    def now(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.accounts.now())

    def check(self) -> None:
        now = self.now()
        held = sum(units for _, units in self.running)
        if self.budget is None:
            assert self.limiter.account(self.slot) is None
            return
        amount, period = self.budget
        account = self.limiter.account(self.slot)
        assert account is not None
        left = amount - self.booked.spent(period, now)
        if left >= 0:
            assert account[0] - account[1] == left, "what memory has left of the budget is what the records have"
        assert account[2] == held
        assert self.accounts.left(self.slot, "budget") == (max(left, held), held)


units = st.integers(0, 60)
steps = st.one_of(
    st.tuples(st.just("admit"), units),
    st.tuples(st.just("settle"), st.integers(0, 100)),
    st.tuples(st.just("set"), st.tuples(st.integers(0, 200), st.sampled_from(list(Period)))),
    st.tuples(st.just("remove"), st.none()),
    st.tuples(
        st.just("go"), st.one_of(st.floats(-20, 20), st.sampled_from([0.25, 5.0, 86_400.0, 40 * 86_400.0, -3600.0]))
    ),
)


@settings(max_examples=1500)
@given(st.lists(steps, max_size=60))
def test_a_budget_in_memory_is_what_the_records_say(made: list[tuple[str, object]]) -> None:
    trial = Trial()
    for what, argument in made:
        words = () if argument is None else argument if isinstance(argument, tuple) else (argument,)
        getattr(trial, what)(*words)
        trial.check()
    while trial.running:
        trial.settle(100)
        trial.check()


def test_a_clock_that_goes_back_over_midnight_stands_still_there() -> None:
    """What is settled then is of the day that has begun, in memory and in the records: no day begins twice."""
    trial = Trial()
    trial.set(100, Period.DAILY)
    trial.go(11)
    midnight = datetime(2026, 12, 31, tzinfo=UTC)
    assert trial.now() == midnight + timedelta(seconds=1)
    trial.go(-5)
    assert trial.now() == midnight
    trial.admit(60)
    trial.settle(100)
    trial.go(5)
    trial.check()
    trial.admit(60)
    assert trial.running == []


def test_a_clock_that_goes_back_over_the_midnight_before_a_budget() -> None:
    trial = Trial()
    trial.admit(30)
    trial.settle(100)
    trial.go(11)
    trial.set(100, Period.DAILY)
    trial.go(-5)
    trial.check()
    trial.admit(100)
    assert trial.running
