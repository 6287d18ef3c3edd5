"""The router: order, breakers, keys, budget, back-off, deadlines, and what providers' headers say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from nemoproxy.routing import (
    Attempt,
    BreakerPolicy,
    Condition,
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
    TargetId,
    Transition,
    limits,
    of_status,
    retry_after_s,
)
from nemoproxy.routing.breaker import Breaker, Pass
from nemoproxy.routing.budget import RetryBudget
from nemoproxy.types import Endpoint, Target

FINE = Outcome(Kind.ANSWERED, status=200, first_byte_s=0.2)
DOWN = Outcome(Kind.UNREACHABLE)
ERROR = Outcome(Kind.FAILED, status=500)


def states(made: Router) -> dict[TargetId, State]:
    return {id: health.breaker.state for id, health in made.targets()}


def target(name: str) -> Target:
    return Target(name, "model", "o200k_base")


def member(name: str, **more: Any) -> Member:
    return Member(target(name), **more)


def router(*members: Member, strategy: Any = "priority", pools: Any = None, policy: Policy | None = None) -> Router:
    return Router({"m": Route(members, strategy)}, pools or {}, policy or Policy(), Random(1))


def facts(deadline: float = 1000.0, **more: Any) -> Facts:
    return Facts("m", Endpoint.CHAT, deadline, **more)


def run(made: Router, now: float, *outcomes: Outcome, of: Facts | None = None, takes: float = 0.0) -> list[Attempt]:
    """One call whose attempts end like that, the last one repeated."""
    attempts = []
    for attempt in made.plan(of or facts(now + 100), now):
        now += attempt.wait_s + takes
        made.report(attempt, outcomes[min(len(attempts), len(outcomes) - 1)], now)
        attempts.append(attempt)
    return attempts


def names(attempts: list[Attempt]) -> list[str]:
    return [attempt.target.provider for attempt in attempts]


# --- which target ---


def test_priority_goes_in_order_and_over_when_it_fails() -> None:
    made = router(member("a"), member("b"), member("c"))
    assert names(run(made, 0, FINE)) == ["a"]
    assert names(run(made, 0, ERROR, FINE)) == ["a", "b"]
    assert names(run(made, 0, ERROR, DOWN, FINE)) == ["a", "b", "c"]
    assert names(run(made, 0, ERROR)) == ["a", "b", "c"]


def test_lower_orders_go_first_under_every_strategy() -> None:
    for strategy in ("priority", "weighted", "least_busy", "latency", "cost"):
        made = router(member("b", order=1), member("a", order=0, cost=9), strategy=strategy)
        assert names(run(made, 0, FINE)) == ["a"]


def test_weights_are_shares() -> None:
    made = router(member("a", weight=3), member("b", weight=1), member("c", weight=0), strategy="weighted")
    share = Counter(names(run(made, 0, FINE))[0] for _ in range(4000))
    assert 2850 < share["a"] < 3150
    assert share["c"] == 0
    assert names(run(made, 0, ERROR))[2] == "c"


def test_the_least_busy_for_its_weight() -> None:
    made = router(member("a", weight=2), member("b"), strategy="least_busy")
    running = [next(made.plan(facts(), 0)) for _ in range(9)]
    assert Counter(names(running)) == {"a": 6, "b": 3}
    for attempt in running:
        made.report(attempt, FINE, 1)
        made.report(attempt, FINE, 1)  # twice is once
    assert made.health(target("a")).in_flight == made.health(target("b")).in_flight == 0


def test_the_quickest_of_late() -> None:
    made = router(member("a"), member("b"), strategy="latency")
    for now in range(20):
        for attempt in made.plan(facts(), now):
            seconds = {"a": 0.9, "b": 0.1}[attempt.target.provider]
            made.report(attempt, Outcome(Kind.ANSWERED, first_byte_s=seconds), now)
    assert [names(run(made, 20, FINE)) for _ in range(5)] == [["b"]] * 5
    slow = Outcome(Kind.ANSWERED, first_byte_s=5.0)
    assert names(run(made, 20, slow)) == ["b"]
    assert names(run(made, 20, FINE)) == ["a"]
    assert made.health(target("b")).latency(20) == 5.0
    assert made.health(target("b")).latency(200) < 0.3


def test_the_cheapest() -> None:
    made = router(member("a", cost=30), member("b", cost=2), strategy="cost")
    assert names(run(made, 0, ERROR, FINE)) == ["b", "a"]


def test_conditions() -> None:
    small = member("small", condition=Condition(max_tokens=100, lacks=frozenset({"tools"})))
    made = router(small, member("large", condition=Condition(endpoints=frozenset({Endpoint.CHAT}))))
    assert names(run(made, 0, FINE, of=facts(tokens=100))) == ["small"]
    assert names(run(made, 0, FINE, of=facts(tokens=101))) == ["large"]
    assert names(run(made, 0, FINE, of=facts(features=frozenset({"tools"})))) == ["large"]
    assert run(made, 0, FINE, of=Facts("m", Endpoint.EMBEDDINGS, 9.0, tokens=500)) == []


# --- which outcomes ---


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (200, None, Kind.ANSWERED), (400, None, Kind.ANSWERED), (404, None, Kind.ANSWERED), (422, None, Kind.ANSWERED),
        (401, None, Kind.DENIED), (403, None, Kind.DENIED), (402, None, Kind.EXHAUSTED), (408, None, Kind.FAILED),
        (429, None, Kind.RATE_LIMITED), (429, "insufficient_quota", Kind.EXHAUSTED), (500, None, Kind.FAILED),
        (503, None, Kind.FAILED), (529, None, Kind.FAILED),
    ],
)  # fmt: skip
def test_what_a_status_means(status: int, code: str | None, kind: Kind) -> None:
    assert of_status(status, code) is kind


@pytest.mark.parametrize("kind", list(Kind))
def test_what_goes_over(kind: Kind) -> None:
    made = router(member("a"), member("b"))
    over = kind not in (Kind.ANSWERED, Kind.DENIED, Kind.LEFT)
    assert names(run(made, 0, Outcome(kind), FINE)) == (["a", "b"] if over else ["a"])
    assert names(run(router(member("a"), member("b")), 0, Outcome(kind, begun=True))) == ["a"]


def test_an_attempt_without_a_report_is_the_last() -> None:
    plan = router(member("a"), member("b")).plan(facts(), 0)
    next(plan)
    with pytest.raises(StopIteration):
        next(plan)


# --- breakers ---


def shut(made: Router, now: float) -> None:
    """Let `a` fail until it is shut."""
    for _ in range(5):
        attempt = next(made.plan(facts(), now))
        assert attempt.target.provider == "a"
        transition = made.report(attempt, ERROR, now)
    assert transition == Transition(("a", "model"), State.SHUT)


def test_failures_in_a_row_shut_and_a_probe_admits() -> None:
    made = router(member("a"), member("b"))
    shut(made, 0)
    assert states(made) == {("a", "model"): State.SHUT, ("b", "model"): State.ADMITTING}
    assert names(run(made, 2.4, FINE)) == ["b"]
    probe = next(made.plan(facts(), 5))
    assert probe.target.provider == "a"
    assert states(made)["a", "model"] is State.PROBING
    assert names(run(made, 5, FINE)) == ["b"]
    assert made.report(probe, FINE, 6) == Transition(("a", "model"), State.ADMITTING)
    assert names(run(made, 6, FINE)) == ["a"]


def test_a_probe_that_fails_shuts_for_longer() -> None:
    made = router(member("a"), member("b"))
    shut(made, 0)
    now, closed = 0.0, []
    for _ in range(6):
        until = made.health(target("a")).breaker.admits_at(now)
        closed.append(until - now)
        now = until
        assert names(run(made, now, ERROR, FINE)) == ["a", "b"]
    for number, seconds in enumerate(closed):
        longest = min(5.0 * 2**number, 60.0)
        assert longest / 2 <= seconds <= longest


def test_a_share_of_failures_shuts() -> None:
    breaker = Breaker(BreakerPolicy(), Random(1))
    for number in range(19):
        assert not breaker.report(Pass(0), number % 2 == 0, number / 4)
    assert breaker.report(Pass(0), False, 5)
    assert breaker.state is State.SHUT
    calm = Breaker(BreakerPolicy(), Random(1))
    assert not any(calm.report(Pass(0), number % 4 > 0, number / 4) for number in range(200))
    rare = Breaker(BreakerPolicy(), Random(1))
    assert not any(rare.report(Pass(0), number % 2 == 0, number) for number in range(200))


def test_calls_from_before_say_nothing() -> None:
    made = router(member("a"), member("b"))
    early = [next(made.plan(facts(), 0)) for _ in range(3)]
    shut(made, 0)
    until = made.health(target("a")).breaker.admits_at(0)
    assert made.report(early[0], FINE, 1) is None
    assert made.report(early[1], ERROR, 1) is None
    assert states(made)["a", "model"] is State.SHUT
    assert made.health(target("a")).breaker.admits_at(0) == until
    run(made, until, FINE)
    assert states(made)["a", "model"] is State.ADMITTING
    made.report(early[2], ERROR, until)
    shut(made, until)  # still five


def test_a_probe_whose_client_left_leaves_room_for_another() -> None:
    made = router(member("a"), member("b"))
    shut(made, 0)
    assert made.report(next(made.plan(facts(), 5)), Outcome(Kind.LEFT), 5) is None
    assert next(made.plan(facts(), 5)).target.provider == "a"


def test_a_probe_that_never_comes_back_is_given_up() -> None:
    made = router(member("a"), member("b"))
    shut(made, 0)
    lost = next(made.plan(facts(), 5))
    assert next(made.plan(facts(), 64)).target.provider == "b"
    second = next(made.plan(facts(), 65))
    assert second.target.provider == "a"
    assert made.report(lost, ERROR, 66) is None
    assert made.report(second, FINE, 66) is not None


def test_never_all_out() -> None:
    made = router(member("a"))
    shut(made, 0)
    forced = run(made, 1, ERROR)
    assert [attempt.forced for attempt in forced] == [True]
    back = next(made.plan(facts(), 1))
    assert back.forced
    assert made.report(back, FINE, 1) == Transition(("a", "model"), State.ADMITTING)
    assert not next(made.plan(facts(), 1)).forced


def test_of_all_that_are_out_the_one_that_is_back_first() -> None:
    made = router(member("a"), member("b"))
    limited = Outcome(Kind.RATE_LIMITED, retry_after_s=50.0)
    run(made, 0, limited, Outcome(Kind.RATE_LIMITED, retry_after_s=20.0))
    attempt = next(made.plan(facts(), 1))
    assert (attempt.target.provider, attempt.forced) == ("b", True)


def test_what_went_well_before_does_not_hide_for_long_what_fails_now() -> None:
    made = router(member("a"), member("b"))
    for number in range(1000):
        run(made, number / 100, FINE)
    for number in range(1000):
        now = 10 + number / 100
        run(made, now, ERROR if number % 2 else FINE, FINE)
        if states(made)["a", "model"] is State.SHUT:
            break
    assert now < 12


# --- budget ---


def test_the_budget() -> None:
    purse = RetryBudget(20, reserve=2, burst=3)
    assert [purse.take() for _ in range(3)] == [True, True, False]
    for _ in range(4):
        purse.call()
    assert purse.left == 0
    purse.call()
    assert purse.left == 1
    for _ in range(1000):
        purse.call()
    assert purse.left == 3


LITTLE = Policy(retry_reserve=1, breaker=BreakerPolicy(failures=10**9, rate_calls=10**9))


def test_without_budget_nobody_is_asked_who_is_not_well() -> None:
    made = router(member("a"), member("b"), policy=LITTLE)
    found = [len(run(made, 0, ERROR)) for _ in range(12)]
    assert found == [3, 1, 1, 1, 2, 1, 1, 1, 1, 2, 1, 1]


def test_who_goes_over_to_one_that_is_well_needs_no_budget() -> None:
    made = router(member("a"), member("b"), policy=replace(LITTLE, retry_percent=0, retry_reserve=0))
    for _ in range(100):
        assert names(run(made, 0, ERROR, FINE)) == ["a", "b"]
    for _ in range(12):
        run(made, 0, ERROR, ERROR)
    assert names(run(made, 0, ERROR, FINE)) == ["a"], "more than one in ten of its calls failed"
    assert names(run(made, 11, ERROR, FINE)) == ["a", "b"], "and that is forgotten"


def test_what_one_cannot_be_asked_goes_to_the_next_and_is_no_try() -> None:
    unsuited = Outcome(Kind.UNSUITED)
    made = router(member("a"), member("b"), member("c"), policy=Policy(attempts=1, retry_reserve=0))
    attempts = run(made, 0, unsuited, unsuited, FINE)
    assert names(attempts) == ["a", "b", "c"] and attempts[-1].number == 1
    assert names(run(made, 0, unsuited)) == ["a", "b", "c"], "each once"
    assert set(states(made).values()) == {State.ADMITTING}


# --- silence ---


def waiting(made: Router, count: int, now: float) -> list[Attempt]:
    """Calls that are asked at that time, and not answered."""
    attempts = [next(made.plan(facts(), now)) for _ in range(count)]
    for attempt in attempts:
        made.asked(attempt, now)
    return attempts


def answered(made: Router, attempt: Attempt, now: float, *, took: float) -> None:
    made.heard(attempt, now, answered=True)
    made.report(attempt, Outcome(Kind.ANSWERED, status=200, first_byte_s=took), now)


def given_up(made: Router, attempts: list[Attempt], now: float) -> list[str]:
    for attempt in attempts:
        made.heard(attempt, now, answered=False)
        made.report(attempt, Outcome(Kind.TIMED_OUT), now)
    return names([attempt for attempt in (next(each.plan, None) for each in attempts) if attempt])


def test_a_silent_target_is_given_up_and_shut() -> None:
    made = router(member("a"), member("b"))
    attempts = waiting(made, 5, 0.0)
    assert made.overdue(2.9) == []
    assert made.overdue(3.0) == attempts
    assert given_up(made, attempts, 3.0) == ["b"] * 5
    assert states(made)["a", "model"] is State.SHUT
    assert made.overdue(4.0) == []


def test_fewer_than_trip_the_breaker_say_nothing() -> None:
    made = router(member("a"), member("b"))
    attempts = waiting(made, 4, 0.0)
    assert made.overdue(59.9) == []
    assert made.overdue(60.0) == attempts, "but nobody waits for ever while there is another"


def test_one_answer_is_a_sign_of_life() -> None:
    made = router(member("a"), member("b"))
    first, *others = waiting(made, 9, 0.0)
    answered(made, first, 2.0, took=0.1)
    assert made.overdue(4.9) == []
    assert made.overdue(5.0) == others


def test_a_target_that_thinks_for_long_is_waited_for() -> None:
    made = router(member("a"), member("b"))
    answered(made, waiting(made, 1, 0.0)[0], 20.0, took=20.0)
    attempts = waiting(made, 9, 20.0)
    assert made.overdue(60.0) == []
    assert made.overdue(80.0) == attempts


def test_the_last_that_is_well_is_waited_for() -> None:
    made = router(member("a"), member("b"))
    attempts = waiting(made, 6, 0.0)
    assert given_up(made, attempts[:5], 3.0) == ["b"] * 5
    for number in range(5):
        made.note(target("b"), ERROR, 3.0 + number / 10)
    assert made.overdue(10.0) == [], "the other one is out"
    alone = router(member("a"))
    waiting(alone, 9, 0.0)
    assert alone.overdue(500.0) == []


def test_each_probe_of_a_silent_target_is_waited_for_longer() -> None:
    made = router(member("a"), member("b"), policy=Policy(first_byte_s=1000.0))
    given_up(made, waiting(made, 5, 0.0), 3.0)
    now = 3.0
    for patience in (3.0, 6.0, 12.0, 24.0):
        now += 100.0
        probe = waiting(made, 1, now)[0]
        assert probe.entered.probe
        assert made.overdue(now + patience - 0.1) == []
        now += patience
        assert made.overdue(now) == [probe]
        given_up(made, [probe], now)
    now += 100.0
    answered(made, waiting(made, 1, now)[0], now + 30.0, took=30.0)
    waiting(made, 9, now + 30.0)
    assert made.overdue(now + 100.0) == [], "now it is known to take that long"


# --- back-off, Retry-After, deadline ---


def test_the_only_target_is_asked_again_after_a_while() -> None:
    waits = [run(router(member("a"), policy=Policy()), 0, ERROR)[1].wait_s for _ in range(3)]
    assert all(0 < wait <= 0.1 for wait in waits)
    made = router(member("a"), policy=Policy(attempts=8, breaker=BreakerPolicy(failures=10**9)))
    attempts = run(made, 0, ERROR)
    assert len(attempts) == 8
    assert attempts[0].wait_s == 0
    for attempt in attempts[1:]:
        assert 0 <= attempt.wait_s <= min(0.1 * 2 ** (attempt.number - 2), 5.0)


def test_retry_after_is_waited_for_if_it_is_short() -> None:
    for kind in (Kind.FAILED, Kind.RATE_LIMITED):
        attempts = run(router(member("a")), 0, Outcome(kind, retry_after_s=2.0), FINE)
        assert len(attempts) == 2
        assert 2.0 <= attempts[1].wait_s <= 5.0
        assert len(run(router(member("a")), 0, Outcome(kind, retry_after_s=5.1), FINE)) == 1


def test_retry_after_spares_the_target() -> None:
    made = router(member("a"), member("b"))
    run(made, 0, Outcome(Kind.FAILED, status=503, retry_after_s=7.0), FINE)
    assert names(run(made, 6.9, FINE)) == ["b"]
    assert names(run(made, 7, FINE)) == ["a"]
    run(made, 10, Outcome(Kind.RATE_LIMITED, retry_after_s=1e9), FINE)
    assert names(run(made, 309, FINE)) == ["b"]
    assert names(run(made, 310, FINE)) == ["a"]


def test_a_limit_without_a_word_rests_for_some_seconds() -> None:
    made = router(member("a"), member("b"))
    run(made, 0, Outcome(Kind.RATE_LIMITED), FINE)
    assert names(run(made, 2.4, FINE)) == ["b"]
    assert names(run(made, 5, FINE)) == ["a"]


def test_the_deadline_is_kept() -> None:
    made = router(member("a"), member("b"), member("c"))
    assert names(run(made, 0, ERROR, of=facts(2.0), takes=1.0)) == ["a", "b"]
    assert run(made, 5, FINE, of=facts(5.0)) == []
    slow = router(member("a"))
    assert len(run(slow, 0, Outcome(Kind.FAILED, retry_after_s=3.0), of=facts(3.0))) == 1
    assert next(made.plan(facts(7.0), 6)).deadline == 7.0


# --- keys ---

POOL = {"a": (Credential("one", 3), Credential("two", 1))}


def test_keys_are_chosen_by_weight() -> None:
    made = router(member("a"), pools=POOL)
    share = Counter(run(made, 0, FINE)[0].key for _ in range(4000))
    assert 2850 < share["one"] < 3150


def test_one_exhausted_key_does_not_take_the_provider_down() -> None:
    for kind in (Kind.RATE_LIMITED, Kind.EXHAUSTED):
        made = router(member("a"), member("b"), pools=POOL)
        attempts = run(made, 0, Outcome(kind, retry_after_s=60.0), FINE)
        assert names(attempts) == ["a", "a"]
        assert attempts[0].key != attempts[1].key
        assert {run(made, 1, FINE)[0].key for _ in range(50)} == {attempts[1].key}
        both = run(made, 2, Outcome(kind, retry_after_s=60.0), FINE)
        assert names(both) == ["a", "b"]
        assert names(run(made, 3, FINE)) == ["b"]


def test_a_limit_is_a_models_an_empty_account_is_everyones() -> None:
    other = Target("a", "other", "o200k_base")
    routes = {"m": Route((member("a"),)), "o": Route((Member(other),))}
    for kind, forced in ((Kind.RATE_LIMITED, False), (Kind.EXHAUSTED, True)):
        made = Router(routes, {}, Policy(), Random(1))
        run(made, 0, Outcome(kind, retry_after_s=60.0))
        assert next(made.plan(Facts("o", Endpoint.CHAT, 9.0), 1)).forced is forced


def test_a_key_that_is_not_known_rests_but_a_forbidden_request_costs_nobody_a_key() -> None:
    made = router(member("a"), pools=POOL)
    used = run(made, 0, Outcome(Kind.DENIED, status=401))[0].key
    assert used not in {run(made, 1, FINE)[0].key for _ in range(50)}
    made = router(member("a"), pools=POOL)
    run(made, 0, Outcome(Kind.DENIED, status=403))
    assert len({run(made, 1, FINE)[0].key for _ in range(50)}) == 2
    alone = router(member("a"))
    run(alone, 0, Outcome(Kind.DENIED, status=401))
    assert not next(alone.plan(facts(), 1)).forced


def test_what_headers_say_feeds_the_router() -> None:
    made = router(member("a"), member("b"))
    left = Outcome(Kind.ANSWERED, limits=Limits(requests=3, requests_reset_s=9.0, tokens=500, tokens_reset_s=30.0))
    run(made, 0, left)
    assert names(run(made, 1, FINE, of=facts(tokens=500))) == ["a"]
    assert names(run(made, 1, FINE, of=facts(tokens=501))) == ["b"]
    assert names(run(made, 30, FINE, of=facts(tokens=501))) == ["a"]
    run(made, 40, Outcome(Kind.ANSWERED, limits=Limits(requests=0, requests_reset_s=9.0)))
    assert names(run(made, 48, FINE)) == ["b"]
    assert names(run(made, 49, FINE)) == ["a"]


# --- headers ---

WALL = 1_445_412_480.0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:10 GMT"}, 10.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:00:00 GMT"}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Wed, 99 Oct 2015 07:28:10 GMT"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers, WALL) == expected


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [("1s", 1.0), ("6m0s", 360.0), ("17ms", 0.017), ("1h2m3.5s", 3723.5), ("2", 2.0), ("", 0.0), ("x", 0.0)],
)
def test_limits_of_openai(reset: str, seconds: float) -> None:
    headers = {"x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-requests": reset}
    found = limits({**headers, "x-ratelimit-remaining-tokens": "lots"}, WALL)
    assert found == Limits(59, pytest.approx(seconds), None, 0.0)


def test_limits_of_anthropic() -> None:
    headers = {
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2015-10-21T07:28:30Z",
        "anthropic-ratelimit-tokens-remaining": "7000",
        "anthropic-ratelimit-tokens-reset": "2015-10-21T07:29:00+00:00",
    }
    assert limits(headers, WALL) == Limits(0, 30.0, 7000, 60.0)
    assert limits({}, WALL) is None


def test_a_plan_is_an_iterator_of_attempts() -> None:
    plan = router(member("a")).plan(facts(), 0)
    assert isinstance(plan, Plan)
    assert iter(plan) is plan
