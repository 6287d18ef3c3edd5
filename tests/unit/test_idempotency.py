"""Retries with an `Idempotency-Key`: run once, answered as often as asked, within a bound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nemoproxy.idempotency import MAX_BODY_BYTES, TTL_NS, IdempotencyStore, Refusal, Replay, Ticket


def ticket(store: IdempotencyStore, key: str = "k", now: int = 0) -> Ticket:
    found = store.begin("key", key, b"body", now)
    assert isinstance(found, Ticket)
    return found


def test_the_life_of_a_key() -> None:
    store = IdempotencyStore()
    first = ticket(store)
    assert store.begin("key", "k", b"body", 1) is Refusal.IN_FLIGHT
    assert store.begin("key", "k", b"other", 1) is Refusal.MISMATCH
    assert isinstance(store.begin("another key", "k", b"other", 1), Ticket)
    first.finish(Replay(200, b"a: b\r\n", b"{}"), 5)
    first.abandon()
    answer = Replay(200, b"a: b\r\n", b"{}")
    assert store.begin("key", "k", b"body", 4 + TTL_NS) == answer
    assert store.begin("key", "k", b"other", 4 + TTL_NS) is Refusal.MISMATCH
    assert isinstance(store.begin("key", "k", b"other", 5 + TTL_NS), Ticket)


def test_what_was_abandoned_may_run_again() -> None:
    store = IdempotencyStore()
    first = ticket(store)
    first.abandon()
    assert store.bytes == 0
    second = ticket(store)
    first.finish(Replay(500, b"", b""), 1)
    first.abandon()
    assert store.begin("key", "k", b"body", 1) is Refusal.IN_FLIGHT
    second.finish(Replay(200, b"", b"x"), 1)
    assert store.begin("key", "k", b"body", 2) == Replay(200, b"", b"x")


def test_an_answer_that_is_too_large_is_not_run_twice() -> None:
    store = IdempotencyStore()
    ticket(store).finish(Replay(200, b"", bytes(MAX_BODY_BYTES + 1)), 0)
    assert store.begin("key", "k", b"body", 1) is Refusal.NOT_KEPT
    assert store.bytes < 1000


def test_what_has_no_answer_is_not_run_twice() -> None:
    store = IdempotencyStore()
    first = ticket(store)
    first.spend(0)
    first.abandon()
    assert store.begin("key", "k", b"body", 1) is Refusal.NOT_KEPT
    assert store.begin("key", "k", b"other", 1) is Refusal.MISMATCH
    assert isinstance(store.begin("key", "k", b"body", TTL_NS), Ticket)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans(), st.integers(0, 3000)), max_size=60))
def test_bounded_and_never_run_twice_while_known(steps: list[tuple[str, bool, int]]) -> None:
    store = IdempotencyStore(max_bytes=6000)
    running: dict[str, Ticket] = {}
    answers: dict[str, bytes] = {}
    for now, (key, good, size) in enumerate(steps):
        found = store.begin("key", key, b"body", now)
        if isinstance(found, Ticket):
            assert key not in running
            running[key] = found
        elif found is Refusal.IN_FLIGHT:
            one = running.pop(key)
            if good:
                answers[key] = b"%d" % now * size
                one.finish(Replay(200, b"", answers[key]), now)
            else:
                one.abandon()
        else:
            assert isinstance(found, Replay)
            assert found.body == answers[key]
        assert store.bytes <= 6000
    for one in running.values():
        one.abandon()
    assert store.bytes == sum(entry.size for entry in store._done.values())
