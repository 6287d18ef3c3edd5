"""Calls that wait for a first byte, and when waiting makes no sense any more.

One call that waits says nothing: a model may think for minutes before it says a word. A target is silent when several
calls have waited for so long that one of them should have been answered, and not one byte of any answer came. How long
that is, the target has shown itself: a few times what its first bytes took of late, and never less than `silence_s`.

Nobody knows yet how long a target takes that was never heard. If it is only slow it is wronged once, and not for ever:
each probe after the first is waited for twice as long as the one before.
"""

from __future__ import annotations

from collections.abc import Iterator

from nemoproxy.routing.breaker import State
from nemoproxy.routing.health import Health
from nemoproxy.routing.policy import Policy

TIMES = 3.0
"""What a first byte may take, as a multiple of what it took of late."""


def patience_s(health: Health, policy: Policy) -> float:
    """How long a call has to have waited at a target before that means anything."""
    patience = max(policy.silence_s, TIMES * health.takes_s)
    if health.breaker.state is State.PROBING:
        patience *= 2.0 ** min(health.breaker.times - 1, 10)
    return patience


def waited_too_long(waited_s: list[float], health: Health, policy: Policy, now: float) -> Iterator[int]:
    """Of calls that wait at a target for so long each: the places of those that are to be given up."""
    patience = patience_s(health, policy)
    late = sum(waited >= patience for waited in waited_s)
    is_silent = late >= policy.breaker.failures or (late and health.breaker.state is not State.ADMITTING)
    limit = max(policy.first_byte_s, TIMES * health.takes_s)
    if is_silent and now - health.heard_at >= patience:
        limit = min(limit, patience)
    return (at for at, waited in enumerate(waited_s) if waited >= limit)
