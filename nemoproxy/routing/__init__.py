"""Which target and credential a call goes to, and which next. `router` is the way in; the other modules are its parts.

    policy     what it is told                    strategy   the order of a route's targets
    outcome    how an attempt ended               breaker    targets that fail are left alone for a while
    headers    what providers say of limits       keys       a provider's credentials
    budget     how much may be repeated           health     what is known of a target

No I/O, no clock: `now` is monotonic seconds, and chance comes from a `random.Random` that is given in.
"""

from __future__ import annotations

from nemoproxy.routing.breaker import State
from nemoproxy.routing.headers import limits, retry_after_s
from nemoproxy.routing.outcome import Kind, Limits, Outcome, of_status
from nemoproxy.routing.policy import ANY, BreakerPolicy, Condition, Credential, Facts, Member, Policy, Route, Strategy
from nemoproxy.routing.router import Attempt, Plan, Router, TargetId, Transition

__all__ = [
    "ANY",
    "Attempt",
    "BreakerPolicy",
    "Condition",
    "Credential",
    "Facts",
    "Kind",
    "Limits",
    "Member",
    "Outcome",
    "Plan",
    "Policy",
    "Route",
    "Router",
    "State",
    "Strategy",
    "TargetId",
    "Transition",
    "limits",
    "of_status",
    "retry_after_s",
]
