"""What the router is told: the routes of the configuration, its rules, and the facts of a call. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nemoproxy.types import Endpoint, Target

Strategy = Literal["priority", "weighted", "least_busy", "latency", "cost"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a call before it is made."""

    route: str
    """The name of the route: the model or alias that the client asked for."""
    endpoint: Endpoint
    deadline: float
    """When the call has to be over, whatever is tried. On the same clock as all `now`."""
    tokens: int = 0
    """What it may use, prompt and answer."""
    features: frozenset[str] = frozenset()
    """What it needs of a target: `tools`, `images`, ... in the configuration's words."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Which calls a target may be given. What is not said does not matter."""

    endpoints: frozenset[Endpoint] | None = None
    min_tokens: int = 0
    max_tokens: int | None = None
    lacks: frozenset[str] = frozenset()
    """Features that the target does not have."""

    def admits(self, facts: Facts) -> bool:
        fits = self.min_tokens <= facts.tokens and (self.max_tokens is None or facts.tokens <= self.max_tokens)
        return fits and (self.endpoints is None or facts.endpoint in self.endpoints) and not self.lacks & facts.features


ANY = Condition()


@dataclass(frozen=True, slots=True)
class Member:
    """One target of a route."""

    target: Target
    order: int = 0
    """Members of a lower order go first, whatever the strategy says."""
    weight: int = 1
    """Its share. 0: only when nothing else is left."""
    cost: int = 0
    """What a call costs there, in any unit that is the same for the whole route."""
    condition: Condition = ANY


@dataclass(frozen=True, slots=True)
class Route:
    members: tuple[Member, ...]
    strategy: Strategy = "priority"


@dataclass(frozen=True, slots=True)
class Credential:
    """A provider's key, by name: the router never sees the secret."""

    name: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """A target is shut after `failures` in a row, or when at least `rate_percent` of at least `rate_calls` calls of the
    last `window_s`, or of the last fifth of it, failed. After `shut_s`, doubled each time up to `max_shut_s` and
    jittered, one call probes it."""

    failures: int = 5
    rate_percent: int = 30
    rate_calls: int = 20
    window_s: float = 10.0
    shut_s: float = 5.0
    max_shut_s: float = 60.0
    probe_s: float = 60.0
    """A probe that has not come back by then is given up, and another call may probe."""


@dataclass(frozen=True, slots=True)
class Policy:
    attempts: int = 3
    """At most, for one call."""
    retry_percent: int = 20
    """Attempts beyond the first, for a hundred calls; those at a target that is well are not among them."""
    retry_reserve: int = 10
    """Attempts beyond the first that are free at the start."""
    retry_burst: int = 100
    """How many may have been saved up."""
    wait_s: float = 0.1
    """The longest back-off before the first repetition at the same target; it doubles up to `max_wait_s`."""
    max_wait_s: float = 5.0
    """A call that would have to wait longer is not repeated."""
    rest_s: float = 5.0
    """How long what is rate limited is spared when the provider does not say."""
    silence_s: float = 3.0
    """A target is silent of which nothing was heard for so long, while several calls waited: see `silence`."""
    first_byte_s: float = 60.0
    """The longest that a call waits for a first byte while another target could be asked."""
    max_rest_s: float = 300.0
    """The longest `Retry-After` that is believed."""
    breaker: BreakerPolicy = BreakerPolicy()
