"""In which order a route's targets are tried: by `order`, and among equals by the strategy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from nemoproxy.routing.health import Health
from nemoproxy.routing.policy import Member, Strategy

Rank = tuple[float, ...]
HealthOf = Callable[[Member], Health]


def is_fixed(strategy: Strategy, members: Iterable[Member]) -> bool:
    """Whether the order is the same for every call."""
    return strategy == "priority" or len(list(members)) <= 1


def ranked(strategy: Strategy, members: Iterable[Member], health: HealthOf, random: Random, now: float) -> list[Member]:
    """All members, the one to try first in front."""

    def rank(member: Member) -> Rank:
        # Of two that are equal, one at random, the heavier more often: u^(1/w) of Efraimidis and Spirakis.
        chance = -(random.random() ** (1 / member.weight)) if member.weight else 1.0
        last = float(not member.weight)
        busy = health(member).in_flight
        match strategy:
            case "priority":
                return (last,)
            case "weighted":
                return last, chance
            case "least_busy":
                return last, busy / max(member.weight, 1), chance
            case "latency":
                return last, health(member).latency(now) * (busy + 1), chance
            case "cost":
                return last, member.cost, chance

    return sorted(members, key=lambda member: (member.order, *rank(member)))
