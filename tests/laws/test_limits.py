"""The limiter against a log of everything that ever happened, on random traces.

The log rounds nothing and forgets nothing: it knows no buckets. An admission must leave no limit exceeded in the real
interval that ends with it; a refusal must be justified by what happened in an interval at most one bucket longer, must
take nothing, and must be true about when to come back.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nemoproxy._core import Decision, Limiter
from tests.timing import LONG

CASES = 300 if LONG else 100
BATCHES = range(40 if LONG else 1)  # each forgets the one before: Hypothesis keeps all cases

MS, SECOND, MINUTE = 10**6, 10**9, 60 * 10**9
LATENESS = {SECOND: SECOND // 16, MINUTE: SECOND // 4}
LIMITS = ("requests_per_minute", "tokens_per_minute", "requests_per_second", "concurrency")
SCOPES = ("key", "team", "org")

Slots = tuple[int, int, int]
Limits = tuple[int | None, ...]  # in the order of LIMITS


# === the oracle ===


@dataclass(eq=False)
class Request:
    slots: Slots
    at: int
    tokens: list[tuple[int, int]]  # when, how many; oldest first
    hold: int
    open: bool = True


@dataclass
class Log:
    """Every admission with its exact time."""

    requests: list[Request] = field(default_factory=list)
    of_slot: defaultdict[int, list[Request]] = field(default_factory=lambda: defaultdict(list))
    limits: dict[tuple[int, str], int | None] = field(default_factory=dict)

    def admit(self, request: Request) -> None:
        self.requests.append(request)
        for slot in request.slots:
            self.of_slot[slot].append(request)

    def used(self, slot: int, limit: str, now: int, late: bool) -> int:
        """What a limit counts: all in the closed interval of its length and, if `late`, what left it just before."""
        mine = self.of_slot[slot]
        if limit == "concurrency":
            return sum(request.open for request in mine)
        length = SECOND if limit == "requests_per_second" else MINUTE
        since = now - length - (LATENESS[length] - 1 if late else 0)
        if limit == "tokens_per_minute":
            return sum(n for request in mine for at, n in request.tokens if at >= since)
        return sum(request.at >= since for request in mine)

    def settle(self, request: Request, actual: int, now: int) -> None:
        """Unused tokens never were, newest first. More than held are debt of the newest tokens, or of now if those no
        longer count."""
        request.open = False
        unused = sum(n for _, n in request.tokens) - actual
        if unused < 0:
            newest = request.tokens[-1][0]
            counts = now // LATENESS[MINUTE] - newest // LATENESS[MINUTE] <= MINUTE // LATENESS[MINUTE]
            request.tokens.append((newest if counts else now, -unused))
        for i, (at, n) in reversed(list(enumerate(request.tokens))):
            back = min(n, max(unused, 0))
            unused -= back
            request.tokens[i] = (at, n - back)


# === the trial ===


class Trial:
    """A limiter and a log that live through the same trace: three keys in two teams of one organisation, and two that
    lack a team or an organisation."""

    def __init__(self, exact: bool) -> None:
        self.limiter, self.log = Limiter(), Log()
        self.exact = exact  # False: a hold may grow more often than it remembers, so capacity may come back later
        self.newest = 0
        *keys, red, blue, org = (self.limiter.allocate() for _ in range(8))
        a, b, c, alone, teamless = keys
        self.slots = [*keys, red, blue, org]
        self.callers: list[Slots] = [(a, red, org), (b, red, org), (c, blue, org), (alone, 0, 0), (teamless, 0, org)]

    def configure(self, slot: int, limits: Limits) -> None:
        self.limiter.configure(slot, *limits)
        self.log.limits |= {(slot, limit): value for limit, value in zip(LIMITS, limits, strict=True)}

    def peek(self, slots: Slots, now: int) -> None:
        self.judge(self.limiter.peek(*slots, now), slots, 0, now)

    def admit(self, slots: Slots, tokens: int, now: int) -> Decision:
        decision = self.limiter.admit(*slots, tokens, now)
        if decision.allowed:
            at = max(now, self.newest)
            self.log.admit(Request(slots, at, [(at, tokens)], decision.hold))
        self.judge(decision, slots, tokens, now)
        return decision

    def insist(self, slots: Slots, tokens: int, now: int) -> int:
        """Come back when a refusal says, and one millisecond before. Returns the time it is then."""
        decision = self.admit(slots, tokens, now)
        if decision.retry_after_ms is None or decision.limit == "concurrency":
            return now
        free = now + decision.retry_after_ms * MS
        assert free > max(now, self.newest)
        assert not self.admit(slots, tokens, max(now, free - MS)).allowed
        self.check(now)
        again = self.admit(slots, tokens, free)
        assert again.allowed or again.limit == "concurrency"
        return free

    def judge(self, decision: Decision, slots: Slots, tokens: int, now: int) -> None:
        self.newest = now = max(now, self.newest)
        asked = {limit: tokens if limit == "tokens_per_minute" else 1 for limit in LIMITS}
        limits = {
            (slot, limit): value for slot in slots if slot for limit in LIMITS
            if (value := self.log.limits.get((slot, limit))) is not None
        }  # fmt: skip
        if decision.allowed:
            for (slot, limit), value in limits.items():
                more = 0 if decision.hold else asked[limit]
                assert value > 0
                assert self.log.used(slot, limit, now, late=False) + more <= value, "over-admitted"
        else:
            slot = slots[SCOPES.index(decision.scope)]
            value = limits[slot, decision.limit]
            used = self.log.used(slot, decision.limit, now, late=True)
            assert decision.hold == 0
            assert (decision.limit_value, decision.requested) == (value, asked[decision.limit])
            assert value == 0 or decision.used + decision.requested > value
            assert not self.exact or decision.used <= used
            assert decision.remaining == max(0, value - decision.used)
            never = any(value == 0 or asked[limit] > value for (_, limit), value in limits.items())
            assert (decision.retry_after_ms is None) == never

    def check(self, now: int) -> None:
        """Every slot counts what the log says: not less, and, but for what left within a bucket's time, not more."""
        self.newest = now = max(now, self.newest)
        for slot in self.slots:
            assert self.limiter.in_flight(slot) == self.log.used(slot, "concurrency", now, late=False)
            for limit, counted in zip(LIMITS, self.limiter.usage(slot, now), strict=False):
                assert self.log.used(slot, limit, now, late=False) <= counted, "counted short"
                assert not self.exact or counted <= self.log.used(slot, limit, now, late=True), "counted too long"

    def grow(self, request: Request, tokens: int, now: int) -> None:
        if self.exact and len(request.tokens) == 8:
            return
        self.newest = now = max(now, self.newest)
        assert self.limiter.grow(request.hold, tokens, now) is request.open
        if request.open:
            request.tokens.append((now, tokens))

    def settle(self, request: Request, tokens: int, now: int) -> None:
        self.newest = now = max(now, self.newest)
        assert (self.limiter.settle(request.hold, tokens, now) is not None) is request.open
        if request.open:
            self.log.settle(request, tokens, now)

    def finish(self) -> None:
        """When all is settled and a window and a bucket have passed, nothing is left in use."""
        for request in self.log.requests:
            self.settle(request, 0, self.newest)
        end = self.newest + MINUTE + LATENESS[MINUTE]
        for slot in self.slots:
            assert self.limiter.in_flight(slot) == 0
            assert self.limiter.usage(slot, end) == (0, 0)


# === traces ===


@dataclass(frozen=True)
class Step:
    passing: tuple[int, int]  # to the next edge of a bucket of this length, if not 0; then by so many nanoseconds
    what: str
    which: int
    tokens: int
    limits: Limits = ()

    def time(self, now: int) -> int:
        edge, ns = self.passing
        return max(0, ((now // edge + 1) * edge if edge else now) + ns)


LENGTHS = (LATENESS[SECOND], LATENESS[MINUTE], SECOND, SECOND + LATENESS[SECOND], MINUTE, MINUTE + LATENESS[MINUTE])
WHAT = ["admit"] * 5 + ["insist"] * 2 + ["settle"] * 2 + ["grow"] * 2 + ["peek", "again"]
passing = st.one_of(
    st.tuples(st.just(0), st.just(0)),
    st.tuples(st.just(0), st.integers(0, 3 * SECOND)),
    st.tuples(st.just(0), st.integers(0, 90 * SECOND)),
    st.tuples(st.just(0), st.integers(-5 * SECOND, 0)),
    *[st.tuples(st.just(0), st.builds(int.__add__, st.sampled_from(LENGTHS), st.integers(-1, 1)))] * 2,
    st.tuples(st.sampled_from(LENGTHS[:2]), st.integers(-1, 1)),
)


def at_most(requests: int, tokens: int, burst: int, concurrency: int) -> st.SearchStrategy[Limits]:
    return st.tuples(*(st.none() | st.integers(0, most) for most in (requests, tokens, burst, concurrency)))


def steps(*what: str) -> st.SearchStrategy[list[Step]]:
    which = st.integers(0, 10**6)
    step = st.builds(Step, passing, st.sampled_from(what), which, st.integers(0, 120))
    configure = st.builds(Step, passing, st.just("configure"), which, st.just(0), at_most(8, 300, 4, 5))
    return st.lists(st.one_of([step] * 12 + [configure]), min_size=50, max_size=70)


def replay(trial: Trial, start: list[Limits], steps: list[Step]) -> None:
    for slot, limits in zip(trial.slots, start, strict=True):
        trial.configure(slot, limits)
    now = 1000 * SECOND
    for step in steps:
        now = step.time(now)
        caller = trial.callers[step.which % len(trial.callers)]
        ever = trial.log.requests
        unsettled = [request for request in ever if request.open]
        match step.what:
            case "admit":
                trial.admit(caller, step.tokens, now)
            case "insist":
                now = trial.insist(caller, step.tokens, now)
            case "peek":
                trial.peek(caller, now)
            case "configure":
                trial.configure(trial.slots[step.which % len(trial.slots)], step.limits)
            case "grow" if unsettled:
                trial.grow(unsettled[step.which % len(unsettled)], step.tokens, now)
            case "settle" if unsettled:
                trial.settle(unsettled[step.which % len(unsettled)], step.tokens, now)
            case "again" if ever:
                trial.settle(ever[step.which % len(ever)], step.tokens, now)
        trial.check(now)
    trial.finish()


start = st.lists(at_most(12, 600, 6, 8), min_size=8, max_size=8)
law = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("batch", BATCHES)
@law
@given(start=start, steps=steps(*WHAT))
def test_no_trace_makes_the_limiter_and_the_log_disagree(batch: int, start: list[Limits], steps: list[Step]) -> None:
    replay(Trial(exact=True), start, steps)


@pytest.mark.parametrize("batch", BATCHES)
@settings(law, max_examples=CASES // 3)
@given(start=start, steps=steps("admit", "settle", *["grow"] * 6))
def test_however_often_holds_grow_nothing_is_counted_short(batch: int, start: list[Limits], steps: list[Step]) -> None:
    replay(Trial(exact=False), start, steps)
