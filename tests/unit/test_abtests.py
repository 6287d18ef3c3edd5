"""A/B tests: how requests are dealt out, and that looking at the report as often as one likes proves nothing false."""

from __future__ import annotations

import random
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from nemoproxy.abtests.arms import Arms
from nemoproxy.abtests.verdict import ALPHA, Outcome, Sample, chi_square_tail, judge, share_p
from nemoproxy.config import AbTest, Variant
from nemoproxy.storage import Changes, OrgRow
from nemoproxy.storage.rows import NO_LIMITS, utc_now
from nemoproxy.types import Endpoint

ORG = OrgRow(id="org_1", name="default", limits=NO_LIMITS, created_at=utc_now(), revision=1)
CHANGES = Changes(keys=(), teams=(), orgs=(ORG,), budgets=(), granted={}, revision=1)


def arms(**fields: Any) -> Arms:
    variants = {"a": Variant(weight=1), "b": Variant(weight=3, model="other")}
    test = AbTest(**{"model": "fast", "state": "running", "variants": variants} | fields)
    made = Arms({"t": test})
    made.apply(CHANGES)
    return made


def dealt(tests: Arms, user: str | None = None, key: str = "key_1", request_id: str = "nemo-1") -> str:
    request = SimpleNamespace(model="fast", user=user)
    client = SimpleNamespace(told=b"", request_id=request_id)
    who = SimpleNamespace(org_id="org_1", key_id=key)
    arm = tests.choose(Endpoint.CHAT, client, who, request)  # type: ignore[arg-type]
    assert arm is not None
    assert client.told == b"x-nemo-ab-test: %b\r\n" % arm.label.encode()
    return arm.label


def test_the_same_unit_has_the_same_variant_in_every_process() -> None:
    """Written down: what this gives must never change, or running tests are dealt out anew."""
    tests = arms()
    assert "".join(dealt(tests, user=f"user-{number}")[-1] for number in range(24)) == "baabbbbbbbbbbbaaabbbabbb"
    assert dealt(arms(), user="user-0") == dealt(tests, user="user-0", key="key_2", request_id="nemo-2")


def test_the_shares_are_those_of_the_weights() -> None:
    tests = arms()
    counts = Counter(dealt(tests, user=f"u{number}") for number in range(20_000))
    assert share_p([counts["t/a"], counts["t/b"]], [1, 3]) > 0.001


@pytest.mark.parametrize(
    ("sticky", "by_user", "by_key", "by_request"),
    [("user", True, False, False), ("key", False, True, False), ("request", False, False, True)],
)
def test_what_stays_with_its_variant(sticky: str, by_user: bool, by_key: bool, by_request: bool) -> None:
    tests = arms(sticky=sticky)
    assert (len({dealt(tests, user=str(n)) for n in range(64)}) > 1) is by_user
    assert (len({dealt(tests, user="u", key=str(n)) for n in range(64)}) > 1) is by_key
    assert (len({dealt(tests, user="u", request_id=str(n)) for n in range(64)}) > 1) is by_request


def test_without_a_user_it_is_the_key() -> None:
    tests = arms()
    assert len({dealt(tests, request_id=str(n)) for n in range(64)}) == 1
    assert len({dealt(tests, key=str(n)) for n in range(64)}) == 2


@pytest.mark.parametrize("state", ["draft", "paused", "completed"])
def test_only_one_that_runs_does_anything(state: str) -> None:
    assert arms(state=state)._running == {}


@pytest.mark.parametrize(
    ("value", "degrees", "expected"),
    [(3.841459, 1, 0.05), (5.991465, 2, 0.05), (7.814728, 3, 0.05), (9.487729, 4, 0.05), (11.0705, 5, 0.05),
     (10.827566, 1, 0.001), (0, 3, 1), (2000, 3, 0)],
)  # fmt: skip
def test_chi_square(value: float, degrees: int, expected: float) -> None:
    assert chi_square_tail(value, degrees) == pytest.approx(expected, abs=1e-6)


class Running:
    """A variant whose requests come one by one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.requests = self.errors = 0
        self.latency, self.cost = [0.0, 0.0], [0.0, 0.0]

    def add(self, error: bool, latency: float, cost: float) -> None:
        self.requests += 1
        self.errors += error
        for sums, value in ((self.latency, 0.0 if error else latency), (self.cost, cost)):
            sums[0] += value
            sums[1] += value * value

    def outcome(self) -> Outcome:
        latency = Sample(self.requests - self.errors, *self.latency)
        return Outcome(self.name, self.requests, self.errors, latency, Sample(self.requests, *self.cost))


def look(chance: random.Random, requests: int, every: int, slower: float = 1.0) -> bool:
    """Whether any difference is shown at any look at a test, the second variant being `slower`."""
    both = [Running("a"), Running("b")]
    for number in range(1, requests + 1):
        which = chance.randrange(2)
        latency = chance.lognormvariate(13, 0.6) * (slower if which else 1)
        both[which].add(chance.random() < 0.03, latency, chance.expovariate(1 / 5e6))
        if number % every == 0:
            verdict = judge([one.outcome() for one in both], {"a": 1, "b": 1})
            if any(difference.shown for difference in verdict.differences):
                return True
    return False


def test_a_test_of_a_thing_against_itself_shows_no_difference_however_often_one_looks() -> None:
    chance, runs = random.Random(20_261_122), 300
    found = sum(look(chance, 2000, 10) for _ in range(runs))
    assert found <= ALPHA * runs, f"{found} of {runs}"


def test_a_difference_is_found() -> None:
    chance = random.Random(7)
    assert sum(look(chance, 4000, 50, slower=1.3) for _ in range(20)) >= 19


def outcome(name: str, requests: int, errors: int = 0) -> Outcome:
    cost = Sample(requests, requests * 100.0, requests * 10_100.0)
    return Outcome(name, requests, errors, Sample(requests - errors, requests * 1e6, requests * 1.2e12), cost)


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        ([outcome("a", 0), outcome("b", 0)], "Too early"),
        ([outcome("a", 5000), outcome("b", 99)], "shares are not"),
        ([outcome("a", 90), outcome("b", 99)], "a, b has fewer"),
        ([outcome("a", 5000, 50), outcome("b", 5000, 55)], "No difference"),
        ([outcome("a", 5000, 50), outcome("b", 5000, 500)], "b has a higher error rate"),
    ],
)
def test_it_ends_with_an_answer(outcomes: list[Outcome], says: str) -> None:
    assert says in judge(outcomes, {"a": 1, "b": 1}).answer
