"""Laws of the router, under every mix of calls, outcomes and times."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nemoproxy.routing import (
    Attempt,
    BreakerPolicy,
    Credential,
    Facts,
    Kind,
    Limits,
    Member,
    Outcome,
    Plan,
    Policy,
    Route,
    Router,
    State,
)
from nemoproxy.routing.breaker import Breaker, Pass
from nemoproxy.routing.budget import RetryBudget
from nemoproxy.types import Endpoint, Target

SECONDS = st.floats(0, 100, allow_nan=False)
STRATEGIES = st.sampled_from(["priority", "weighted", "least_busy", "latency", "cost"])
MEMBERS = st.lists(
    st.builds(
        lambda number, order, weight, cost: Member(Target(f"p{number % 3}", f"m{number}", ""), order, weight, cost),
        st.integers(0, 5), st.integers(0, 1), st.integers(0, 3), st.integers(0, 9),
    ),
    min_size=1, max_size=5, unique_by=lambda member: member.target,
)  # fmt: skip
LIMITS = st.builds(Limits, st.none() | st.integers(0, 2), SECONDS, st.none() | st.integers(0, 100), SECONDS)
OUTCOMES = st.builds(
    Outcome, st.sampled_from(Kind), begun=st.booleans(), status=st.sampled_from([0, 200, 401, 403, 500]),
    first_byte_s=st.none() | SECONDS, retry_after_s=st.none() | SECONDS, limits=st.none() | LIMITS,
)  # fmt: skip
POLICY = Policy(
    attempts=4, retry_reserve=3, retry_burst=5, breaker=BreakerPolicy(failures=2, rate_calls=4, probe_s=30.0)
)


class Traffic(RuleBasedStateMachine):
    """Calls that overlap, end in any way at any time, or are forgotten."""

    @initialize(members=MEMBERS, strategy=STRATEGIES, seed=st.integers(0, 1 << 30), keys=st.integers(1, 3))
    def begin(self, members: list[Member], strategy: Any, seed: int, keys: int) -> None:
        pools = {"p0": tuple(Credential(f"k{number}", number) for number in range(keys))}
        self.router = Router({"m": Route(tuple(members), strategy)}, pools, POLICY, Random(seed))
        self.now = 0.0
        self.calls = self.repetitions = 0
        self.running: list[tuple[Plan, Attempt, float]] = []

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 5.0, 31.0]))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds

    @rule(patience=st.sampled_from([0.0, 0.02, 1.0, 60.0]), tokens=st.integers(0, 100))
    def call(self, patience: float, tokens: int) -> None:
        facts = Facts("m", Endpoint.CHAT, self.now + patience, tokens)
        plan = self.router.plan(facts, self.now)
        attempt = next(plan, None)
        assert (attempt is not None) == (patience > 0), "never all out, and the deadline is kept"
        if attempt is not None:
            self.calls += 1
            assert attempt.wait_s == 0
            self.made(plan, attempt, facts)

    def made(self, plan: Plan, attempt: Attempt, facts: Facts) -> None:
        assert self.now + attempt.wait_s < facts.deadline
        assert 0 <= attempt.wait_s <= POLICY.max_wait_s
        if attempt.entered.probe:
            begins = self.now + attempt.wait_s
            for _, other, began in self.running:
                if other.target == attempt.target and other.entered.epoch == attempt.entered.epoch:
                    given_up = begins - began >= POLICY.breaker.probe_s
                    assert not other.entered.probe or given_up, "one probe at a time"
        self.running.append((plan, attempt, self.now + attempt.wait_s))

    @precondition(lambda self: self.running)
    @rule(pick=st.integers(0, 100), outcome=OUTCOMES)
    def ends(self, pick: int, outcome: Outcome) -> None:
        plan, attempt, _ = self.running.pop(pick % len(self.running))
        self.router.report(attempt, outcome, self.now)
        assert self.router.report(attempt, outcome, self.now) is None
        following = next(plan, None)
        if following is None:
            return
        assert outcome.fails_over
        assert following.number == attempt.number + (outcome.kind is not Kind.UNSUITED) <= POLICY.attempts
        assert not attempt.forced
        assert not following.forced or outcome.kind is Kind.UNSUITED
        if outcome.retry_after_s and following.target == attempt.target and following.key == attempt.key:
            assert following.wait_s >= outcome.retry_after_s, "Retry-After is honoured"
        self.repetitions += outcome.kind is not Kind.UNSUITED and not following.is_move
        self.made(plan, following, Facts("m", Endpoint.CHAT, following.deadline))

    @invariant()
    def the_budget_is_kept(self) -> None:
        if hasattr(self, "router"):
            assert self.repetitions * 100 <= self.calls * POLICY.retry_percent + POLICY.retry_reserve * 100

    @invariant()
    def running_calls_are_counted(self) -> None:
        if hasattr(self, "router"):
            count = Counter((attempt.target.provider, attempt.target.model) for _, attempt, _ in self.running)
            for _, attempt, _ in self.running:
                health = self.router.health(attempt.target)
                assert health.in_flight == count[attempt.target.provider, attempt.target.model]


TestTraffic = Traffic.TestCase
TestTraffic.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)


@given(st.lists(st.booleans(), max_size=300), st.integers(0, 100), st.integers(0, 10), st.integers(0, 10))
def test_the_budget_is_never_exceeded(steps: list[bool], percent: int, reserve: int, burst: int) -> None:
    """From the start, and in every stretch."""
    purse = RetryBudget(percent, reserve, burst)
    calls, taken = [0], [0]
    for is_call in steps:
        if is_call:
            purse.call()
        calls.append(calls[-1] + is_call)
        taken.append(taken[-1] + (not is_call and purse.take()))
    assert taken[-1] * 100 <= calls[-1] * percent + reserve * 100
    for start in range(0, len(calls), 7):
        stretch = calls[-1] - calls[start]
        assert (taken[-1] - taken[start]) * 100 <= stretch * percent + burst * 100


@given(
    st.lists(
        st.tuples(st.floats(0, 5), st.sampled_from(["enter", "well", "ill", "unknown"]), st.integers(0, 9)),
        max_size=200,
    )
)
def test_a_breaker_lets_one_probe_through(steps: list[tuple[float, str, int]]) -> None:
    policy = BreakerPolicy(failures=2, rate_calls=4, probe_s=20.0)
    breaker = Breaker(policy, Random(3))
    for _ in range(policy.failures):
        breaker.report(Pass(0), False, 0.0)
    assert breaker.state is State.SHUT
    now = 0.0
    inside: list[tuple[Pass, float]] = []
    for seconds, step, pick in steps:
        now += seconds
        if step == "enter":
            before = breaker.state
            due = breaker.admits_at(now)
            entered = breaker.enter(now)
            assert (entered is not None) == (due <= now)
            if entered is not None:
                assert (entered.probe > 0) == (before is not State.ADMITTING)
                running = [since for other, since in inside if other.probe and other.epoch == entered.epoch]
                assert not entered.probe or all(now - since >= policy.probe_s for since in running)
                inside.append((entered, now))
        elif inside:
            entered, _ = inside.pop(pick % len(inside))
            well = {"well": True, "ill": False}.get(step)
            changed = breaker.report(entered, well, now)
            if changed:
                assert breaker.state is (State.ADMITTING if well else State.SHUT)
            if breaker.state is State.SHUT:
                assert breaker.admits_at(now) - now <= policy.max_shut_s


@given(st.integers(0, 1 << 30), st.sampled_from([0.5, 1.0]))
@settings(max_examples=15, deadline=None)
def test_a_bad_provider_beside_a_good_one_costs_clients_nothing(seed: int, share: float) -> None:
    """Half or all of one target's answers are 500s: 99.5 % of the calls succeed, and it is shut within 5 s."""
    chance = Random(seed)
    members = (Member(Target("bad", "m", "")), Member(Target("good", "m", "")))
    router = Router({"m": Route(members, "priority")}, {}, Policy(), Random(seed))
    failed, shut_at = 0, None
    for number in range(1000):
        now = number / 100
        outcome = Outcome(Kind.LEFT)
        for attempt in router.plan(Facts("m", Endpoint.CHAT, now + 10), now):
            ill = attempt.target.provider == "bad" and chance.random() < share
            outcome = Outcome(Kind.FAILED, status=500) if ill else Outcome(Kind.ANSWERED, status=200, first_byte_s=0.01)
            transition = router.report(attempt, outcome, now)
            if transition is not None and transition.state is State.SHUT and shut_at is None:
                shut_at = now
        failed += outcome.kind is not Kind.ANSWERED
    assert failed <= 5
    assert shut_at is not None
    assert shut_at <= 5.0
