"""What is known of one target, whichever routes it is in."""

from __future__ import annotations

from math import exp
from random import Random

from nemoproxy.routing.breaker import Breaker
from nemoproxy.routing.outcome import Kind, Outcome
from nemoproxy.routing.policy import Policy

TAU_S = 10.0
"""The average's time constant: after so long, what was measured before counts for a third."""
FADE_S = 60.0
"""And what nothing was measured after, so that what was slow is tried again."""


class Health:
    def __init__(self, policy: Policy, random: Random) -> None:
        self._max_rest_s = policy.max_rest_s
        self.breaker = Breaker(policy.breaker, random)
        self.in_flight = 0
        self.heard_at = float("-inf")
        """When an answer began last."""
        self._rests_until = 0.0
        self._latency = 0.0
        self._measured = float("-inf")

    def able_at(self, now: float) -> float:
        """When a call may go there: `now`, or later."""
        return max(self.breaker.admits_at(now), self._rests_until)

    def latency(self, now: float) -> float:
        """Seconds to the first byte, of late; 0 for one that nobody has asked."""
        return self._latency * exp(-max(now - self._measured, 0.0) / FADE_S) if self._latency else 0.0

    @property
    def takes_s(self) -> float:
        """The same, however long ago that was."""
        return self._latency

    def measured(self, outcome: Outcome, now: float) -> None:
        """The average follows what is slower at once, and what is faster by and by."""
        if (sample := outcome.first_byte_s) is not None and outcome.kind.healthy:
            old = exp(-max(now - self._measured, 0.0) / TAU_S) if sample < self._latency else 0.0
            self._latency = self._latency * old + sample * (1 - old)
            self._measured = now
        if outcome.kind is Kind.FAILED and outcome.retry_after_s:
            self._rests_until = max(self._rests_until, now + min(outcome.retry_after_s, self._max_rest_s))
