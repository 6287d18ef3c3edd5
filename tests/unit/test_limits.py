"""The binding of the limiter: what crosses, in which shape, and which misuse is an error."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from nemoproxy._core import Decision, Limiter

SECOND = 10**9


@pytest.fixture
def limiter() -> Limiter:
    return Limiter()


def test_an_allowed_decision_has_a_hold_and_headers(limiter: Limiter) -> None:
    key = limiter.allocate()
    limiter.configure(key, 500, 500_000, None, None)
    decision = limiter.admit(key, 0, 0, 1200, 0)
    assert decision.allowed
    assert decision.hold > 0
    assert (decision.scope, decision.limit, decision.limit_value, decision.used) == ("", "", 0, 0)
    assert (decision.remaining, decision.requested, decision.retry_after_ms) == (0, 0, None)
    assert decision.headers == (
        b"x-ratelimit-limit-requests: 500\r\n"
        b"x-ratelimit-remaining-requests: 499\r\n"
        b"x-ratelimit-reset-requests: 1m0.25s\r\n"
        b"x-ratelimit-limit-tokens: 500000\r\n"
        b"x-ratelimit-remaining-tokens: 498800\r\n"
        b"x-ratelimit-reset-tokens: 1m0.25s\r\n"
    )


def test_a_refusal_names_scope_limit_and_time(limiter: Limiter) -> None:
    key, team, org = (limiter.allocate() for _ in range(3))
    limiter.configure(team, None, 1000, None, None)
    assert limiter.admit(key, team, org, 900, 0).allowed
    decision = limiter.admit(key, team, org, 101, 10 * SECOND + 1)
    assert not decision.allowed
    assert (decision.hold, decision.scope, decision.limit) == (0, "team", "tokens_per_minute")
    assert (decision.limit_value, decision.used, decision.remaining, decision.requested) == (1000, 900, 100, 101)
    assert decision.retry_after_ms == 50_250  # 50,249.999999 ms, rounded up
    assert decision.headers == (
        b"x-ratelimit-limit-tokens: 1000\r\nx-ratelimit-remaining-tokens: 100\r\nx-ratelimit-reset-tokens: 50.25s\r\n"
    )
    assert repr(decision) == "<Decision refused by team tokens_per_minute: 900 used + 101 requested of 1000>"


@pytest.mark.parametrize(
    ("limits", "name", "retry"),
    [
        ((1, None, None, None), "requests_per_minute", 60_250),
        ((None, 10, None, None), "tokens_per_minute", 60_250),
        ((None, None, 1, None), "requests_per_second", 1063),
        ((None, None, None, 1), "concurrency", 1000),
    ],
)
def test_each_limit_refuses_by_its_name(
    limiter: Limiter, limits: tuple[int | None, ...], name: str, retry: int
) -> None:
    key = limiter.allocate()
    limiter.configure(key, *limits)
    assert limiter.admit(key, 0, 0, 10, 0).allowed
    decision = limiter.admit(key, 0, 0, 10, 0)
    assert (decision.limit, decision.retry_after_ms) == (name, retry)


def test_without_limits_there_are_no_headers(limiter: Limiter) -> None:
    assert limiter.admit(limiter.allocate(), 0, 0, 10**9, 0).headers == b""


def test_a_hold_is_settled_exactly_once(limiter: Limiter) -> None:
    key = limiter.allocate()
    hold = limiter.admit(key, 0, 0, 100, 0).hold
    assert limiter.in_flight(key) == 1
    assert limiter.grow(hold, 20, SECOND)
    assert limiter.usage(key, SECOND) == (1, 120)
    assert limiter.settle(hold, 110, SECOND)
    assert not limiter.settle(hold, 110, SECOND)
    assert not limiter.grow(hold, 1, SECOND)
    assert limiter.usage(key, SECOND) == (1, 110)
    assert limiter.in_flight(key) == 0


def test_misuse_is_an_error_and_changes_nothing(limiter: Limiter) -> None:
    key, gone = limiter.allocate(), limiter.allocate()
    limiter.free(gone)
    for slot in (0, gone, 999, 2**64 - 1):
        with pytest.raises(ValueError, match=f"no slot {slot}"):
            limiter.configure(slot, None, None, None, None)
    with pytest.raises(ValueError, match="no slot 999"):
        limiter.admit(key, 999, 0, 1, 0)
    with pytest.raises(ValueError, match="two scopes"):
        limiter.peek(key, key, 0, 0)
    with pytest.raises(OverflowError):
        limiter.admit(key, 0, 0, -1, 0)
    with pytest.raises(TypeError):
        limiter.admit(key, 0, 0, 1.5, 0)  # type: ignore[arg-type]
    assert limiter.usage(key, 0) == (0, 0)
    assert limiter.in_flight(key) == 0


def test_any_number_of_tokens_may_be_asked_for(limiter: Limiter) -> None:
    key, unlimited = limiter.allocate(), limiter.allocate()
    limiter.configure(key, None, 10**6, None, None)
    for tokens in (2**40, 2**64 - 1, 2**64, 10**100):
        decision = limiter.admit(key, 0, 0, tokens, 0)
        assert (decision.allowed, decision.retry_after_ms) == (False, None)
        assert limiter.admit(unlimited, 0, 0, tokens, 0).allowed
    assert limiter.usage(unlimited, 0) == (4, 4 * 2**40)


def test_threads_share_a_limit_exactly(limiter: Limiter) -> None:
    key, org = limiter.allocate(), limiter.allocate()
    limiter.configure(org, 1000, None, None, None)

    def ask(_: int) -> int:
        return sum(limiter.admit(key, 0, org, 1, SECOND).allowed for _ in range(500))

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(ask, range(4))) == 1000
    finally:
        sys.setswitchinterval(before)
    assert limiter.usage(key, SECOND) == (1000, 1000)


def test_decisions_are_frozen(limiter: Limiter) -> None:
    decision = limiter.peek(limiter.allocate(), 0, 0, 0)
    assert decision.allowed
    with pytest.raises(AttributeError):
        decision.allowed = False  # type: ignore[misc]
    with pytest.raises(TypeError):
        Decision()
