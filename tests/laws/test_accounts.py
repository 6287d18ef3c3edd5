"""Accounts against a model: a dictionary of accounts and a dictionary of holds, and integers that do not overflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nemoproxy._core import Decision, Limiter
from tests.timing import LONG

CASES = 12_000 if LONG else 300
MOST = 2**63 - 1
AWAY = 2**64 - 1
"""What bounds an account without a ceiling: no more than a word has room for."""

Slots = tuple[int, int, int]


@dataclass
class Account:
    ceiling: int | None = None
    settled: int = 0  # as it should be: last set, and what was charged since


@dataclass
class Hold:
    slots: Slots
    took: dict[int, int]  # slot -> how much


@dataclass
class Model:
    accounts: dict[int, Account] = field(default_factory=dict)
    holds: dict[int, Hold] = field(default_factory=dict)

    def held(self, slot: int) -> int:
        return sum(hold.took.get(slot, 0) for hold in self.holds.values())

    def left(self, slot: int) -> int:
        ceiling = self.accounts[slot].ceiling
        return (AWAY if ceiling is None else ceiling) - self.accounts[slot].settled - self.held(slot)

    def share(self, slots: list[int], least: int, fair: int, most: int) -> int | None:
        """What a request may take of each slot, by the rule as it is written; None: it is refused."""
        left = {slot: self.left(slot) for slot in slots}
        if not most:
            return most
        if min(left.values()) < least:
            return None
        shares = [most]
        for slot, available in left.items():
            if self.accounts[slot].ceiling is None:
                shares.append(available)
            else:
                part = available // (4 if self.held(slot) else 2)
                shares.append(max(least, part, min(fair, available)))
        return min(shares)


class Trial:
    """Two keys in a team of one organisation, a key without a team, and one without an organisation."""

    def __init__(self) -> None:
        self.limiter, self.model = Limiter(), Model()
        self.slots = [self.allocate() for _ in range(6)]
        self.ended: list[int] = []

    def allocate(self) -> int:
        slot = self.limiter.allocate()
        self.model.accounts[slot] = Account()
        return slot

    def caller(self, which: int) -> Slots:
        a, b, alone, stray, team, org = self.slots
        callers: list[Slots] = [(a, team, org), (b, team, org), (alone, 0, org), (stray, 0, 0)]
        return callers[which % 4]

    def account(self, which: int, ceiling: int | None, settled: int | None) -> None:
        slot = self.slots[which % 6]
        self.limiter.set_account(slot, ceiling, settled)
        account = self.model.accounts[slot]
        account.ceiling = ceiling
        account.settled = account.settled if settled is None else settled

    def limit(self, which: int, ceiling: int | None, _: int | None) -> None:
        """A limit of the path, or none: money must not be taken where that refuses."""
        concurrency = None if ceiling is None else ceiling % 3
        self.limiter.configure(self.slots[which % 6], None, None, None, concurrency)

    def admit(self, which: int, least: int, most: int) -> None:
        slots = self.caller(which)
        real = [slot for slot in slots if slot]
        fair = least + (most - least) * (which % 5) // 4
        share = self.model.share(real, least, fair, most)
        before = {slot: self.limiter.in_flight(slot) for slot in self.slots}
        decision = self.limiter.admit(*slots, 1, 0, least, most, fair)
        if decision.allowed:
            assert share is not None, "admitted what there is no money for"
            metered = any(self.model.accounts[slot].ceiling is not None for slot in real)
            assert (decision.held_money, decision.metered) == (share, metered)
            self.model.holds[decision.hold] = Hold(slots, dict.fromkeys(real, share))
            assert not most or all(self.model.left(slot) >= 0 for slot in real), "held more than there was"
        else:
            self.judge(decision, slots, share, least)
            assert before == {slot: self.limiter.in_flight(slot) for slot in self.slots}, "a refusal took a place"

    def judge(self, decision: Decision, slots: Slots, share: int | None, least: int) -> None:
        assert (decision.hold, decision.held_money) == (0, 0)
        if share is not None:
            assert decision.limit == "concurrency"
            return
        slot = slots[("key", "team", "org").index(decision.scope)]
        account = self.model.accounts[slot]
        used = min(account.settled + self.model.held(slot), AWAY)  # a word has room for no more
        assert decision.limit == ("credits" if decision.scope == "org" else "budget")
        ceiling = AWAY if account.ceiling is None else account.ceiling
        assert (decision.limit_value, decision.used, decision.requested) == (ceiling, used, least)
        assert (decision.remaining, decision.retry_after_ms) == (max(0, self.model.left(slot)), None)
        assert self.model.left(slot) < least

    def extend(self, which: int, least: int, most: int) -> None:
        if self.model.holds:
            number = self.pick(which)
            hold = self.model.holds[number]
            share = self.model.share(list(hold.took), least, least, most) or 0
            assert self.limiter.extend(number, which % 2, 0, least, most) == share
            hold.took = {slot: took + share for slot, took in hold.took.items()}

    def cover(self, which: int, money: int, _: int) -> None:
        if self.model.holds:
            number = self.pick(which)
            hold = self.model.holds[number]
            took = next(iter(hold.took.values()))
            more = min([max(0, money - took), *(max(0, self.model.left(slot)) for slot in hold.took)])
            assert self.limiter.cover(number, money) == took + more
            hold.took = dict.fromkeys(hold.took, took + more)

    def settle(self, which: int, money: int, _: int) -> None:
        if self.model.holds:
            number = self.pick(which)
            hold = self.model.holds[number]
            bounds = [took + max(0, self.model.left(slot)) for slot, took in hold.took.items()]
            settlement = self.limiter.settle(number, 1, 0, money)
            assert settlement is not None
            charged = min([money, *bounds])
            assert settlement == (charged, money - charged)
            for slot in hold.took:
                self.model.accounts[slot].settled += charged
            del self.model.holds[number]
            self.ended.append(number)

    def again(self, which: int, least: int, most: int) -> None:
        """What has ended does not end again, nor grow."""
        if self.ended:
            number = self.ended[which % len(self.ended)]
            assert self.limiter.settle(number, 1, 0, most) is None
            assert self.limiter.extend(number, 1, 0, least, most) == 0
            assert self.limiter.cover(number, most) == 0

    def replace(self, which: int, *_: int) -> None:
        """A key is revoked, or a team deleted, while its requests run; another takes its place."""
        self.limiter.free(self.slots[which % 6])
        self.slots[which % 6] = self.allocate()

    def pick(self, which: int) -> int:
        return list(self.model.holds)[which % len(self.model.holds)]

    def check(self) -> None:
        for slot in self.slots:
            account = self.model.accounts[slot]
            expected = (account.ceiling, account.settled, self.model.held(slot))
            assert self.limiter.account(slot) == (None if account.ceiling is None else expected)
            assert self.limiter.settled(slot) == account.settled
            assert self.limiter.in_flight(slot) == sum(slot in hold.slots for hold in self.model.holds.values())

    def finish(self) -> None:
        """When every hold has ended nothing is held, and what was charged is what is settled."""
        while self.model.holds:
            self.settle(0, 0, 0)
        for which, slot in enumerate(self.slots):
            self.account(which, MOST, None)
            assert self.limiter.account(slot) == (MOST, self.model.accounts[slot].settled, 0)


# Small sums that meet often, and ones that together pass every power of two that matters.
sums = st.one_of(st.integers(0, 200), st.integers(0, 200), st.sampled_from([2**61, 2**62 - 1, 2**62, 2**62 + 1, MOST]))
which = st.integers(0, 10**6)
pairs = st.tuples(sums, sums).map(lambda pair: (min(pair), max(pair)))
exact = sums.map(lambda money: (money, money))
asks = st.sampled_from(["admit", "admit", "admit", "extend", "cover", "settle", "settle", "again", "replace"])
steps = st.lists(
    st.one_of(
        st.tuples(asks, which, pairs),
        st.tuples(asks, which, exact),
        st.tuples(st.sampled_from(["account", "limit"]), which, st.tuples(st.none() | sums, st.none() | sums)),
    ),
    min_size=10,
    max_size=60,
)
start = st.lists(st.none() | sums, min_size=6, max_size=6)


@pytest.mark.timeout(3600)
@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(start, steps)
def test_accounts_are_at_every_moment_as_the_model_says(
    start: list[int | None], steps: list[tuple[str, int, tuple[Any, Any]]]
) -> None:
    trial = Trial()
    for number, ceiling in enumerate(start):
        trial.account(number, ceiling, None)
    for what, number, (one, other) in steps:
        getattr(trial, what)(number, one, other)
        trial.check()
    trial.finish()


@given(st.integers(max_value=-1) | st.integers(min_value=2**63))
def test_an_amount_that_is_none_is_refused_and_changes_nothing(money: int) -> None:
    limiter = Limiter()
    key = limiter.allocate()
    limiter.set_account(key, 100, 10)
    hold = limiter.admit(key, 0, 0, 0, 0, 5, 5).hold
    for call in (
        lambda: limiter.set_account(key, money, None),
        lambda: limiter.set_account(key, None, money),
        lambda: limiter.admit(key, 0, 0, 0, 0, 0, money),
        lambda: limiter.admit(key, 0, 0, 0, 0, money, 50),
        lambda: limiter.admit(key, 0, 0, 0, 0, 0, 50, money),
        lambda: limiter.extend(hold, 7, 0, 0, money),
        lambda: limiter.cover(hold, money),
        lambda: limiter.settle(hold, 0, 0, money),
    ):
        with pytest.raises(OverflowError):
            call()
    assert (limiter.account(key), limiter.in_flight(key), limiter.usage(key, 0)) == ((100, 10, 5), 1, (1, 0))
