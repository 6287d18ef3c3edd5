"""Time in tests: nothing fails because the machine is slow, and what is promised in seconds is still measured."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

LONG = bool(os.environ.get("NEMO_TEST_LONG"))
"""`make test-long`: soaks, thousands of cases, and a machine that does nothing else."""
ENOUGH_S = 60
"""No test waits for longer than that; what works comes sooner, on whatever machine."""
NEVER_S = 600
"""A provider that answers after that: who is done before did not wait for it. `Site.hurry` has it answer now."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is in it takes less. Asserted in long runs only: that it happens at all is for the test to say."""
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    assert not LONG or took < seconds, f"it took {took:.3f} s"


@contextmanager
def one_moment() -> Iterator[None]:
    """To limits it is one and the same moment, however long the requests in it take."""
    now = time.monotonic_ns()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nemoproxy.stages.limits.monotonic_ns", lambda: now)
        yield


def until(condition: Callable[[], bool]) -> None:
    """Asks again and again, for what has no event of its own."""
    began, never = time.monotonic(), threading.Event()
    while not condition():
        assert time.monotonic() - began < ENOUGH_S, "it did not come"
        never.wait(0.01)
