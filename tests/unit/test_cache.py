"""The store of answers: what was used last stays, within the bound, for its time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nemoproxy.cache import OVERHEAD_BYTES, Answer, ResponseCache

SECOND = 1_000_000_000


def answer(size: int, at: int = 0) -> Answer:
    return Answer(b"content-type: application/json\r\n", b"x" * size, False, at)


EACH = answer(100).size


def test_the_least_recently_used_goes_first() -> None:
    store = ResponseCache(3 * EACH, 1000, SECOND)
    for key in (b"a", b"b", b"c"):
        assert store.put(key, answer(100))
    assert store.get(b"a", 0)
    store.put(b"d", answer(100))
    assert [bool(store.get(key, 0)) for key in (b"a", b"b", b"c", b"d")] == [True, False, True, True]
    assert store.bytes == 3 * EACH


def test_time_runs_out() -> None:
    store = ResponseCache(10_000, 1000, 5 * SECOND)
    store.put(b"a", answer(1, at=SECOND))
    assert store.get(b"a", 6 * SECOND - 1)
    assert store.get(b"a", 6 * SECOND) is None
    assert (len(store), store.bytes) == (0, 0)


def test_what_is_too_long_is_not_kept_and_drives_nothing_out() -> None:
    store = ResponseCache(2 * EACH, 100, SECOND)
    store.put(b"a", answer(100))
    assert not store.put(b"b", answer(101))
    assert store.get(b"a", 0)
    assert not ResponseCache(OVERHEAD_BYTES, 1000, SECOND).put(b"a", answer(1))


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 400), st.integers(0, 3), st.booleans())))
def test_the_bound_holds_and_the_count_is_right(steps: list[tuple[str, int, int, bool]]) -> None:
    store, now = ResponseCache(2000, 300, 5), 0
    for name, size, later, put in steps:
        now += later
        key = name.encode()
        if put:
            assert store.put(key, answer(size, now)) is (size <= 300)
        else:
            found = store.get(key, now)
            assert found is None or now - found.stored_at < 5
        assert store.bytes == sum(one.size for one in store._answers.values()) <= 2000
