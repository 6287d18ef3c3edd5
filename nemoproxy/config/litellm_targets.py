"""LiteLLM's deployments of one name, as the targets of one model of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from nemoproxy.config.litellm_values import Json

_MOST_WEIGHT = 1_000_000


class Deployed(NamedTuple):
    """A deployment. `target` is `openai/gpt-4o`, or `openai` where the model there is called what the alias is."""

    target: str
    order: int = 0
    shares: Mapping[str, Fraction] = {}
    """By what LiteLLM deals calls out: `weight`, or `rpm`, or `tpm`."""
    mode: str | None = None


def has_choice(found: Sequence[Deployed]) -> bool:
    """Whether some of them have an equal claim to a call, so that a strategy has a say."""
    return len({one.order for one in found}) < len({one.target for one in found})


def model_of(alias: str, groups: Sequence[tuple[str, Sequence[Deployed]]], strategy: str) -> str | Json:
    """A model as our file has it. `groups` are names with their deployments, each asked when those before it fail."""
    chosen = strategy if has_choice(groups[0][1]) else None
    targets: dict[str, str | Json] = {}
    begin = 0
    for name, found in groups:
        orders = sorted({one.order for one in found})
        weights = _weights(found) if chosen == "weighted" else [1] * len(found)
        for one, weight in sorted(zip(found, weights, strict=True), key=lambda pair: pair[0].order):
            spelled = one.target if "/" in one.target else f"{one.target}/{literal(name)}"
            target = one.target if name == alias else spelled
            order = begin + orders.index(one.order) if chosen else 0
            targets.setdefault(spelled, _written(target, weight, order))
        begin += len(orders)
    mode = next((one.mode for one in groups[0][1] if one.mode != "chat"), None)
    made: Json = ({"strategy": chosen} if chosen else {}) | ({"mode": mode} if mode else {})
    listed = list(targets.values())
    alone = listed[0] if len(listed) == 1 and not made else None
    return alone if isinstance(alone, str) else made | {"targets": listed}


def literal(text: str) -> str:
    """A text of LiteLLM's file that is to mean itself in ours."""
    return text.replace("${", "$${")


def _written(target: str, weight: int, order: int) -> str | Json:
    if weight == 1 and order == 0:
        return target
    provider, slash, model = target.partition("/")
    made: Json = {"provider": provider} | ({"model": model} if slash else {})
    return made | ({} if weight == 1 else {"weight": weight}) | ({"order": order} if order else {})


def _weights(found: Sequence[Deployed]) -> list[int]:
    """In whole numbers. A deployment without a `weight` where others have one counts as 1."""
    shares = [Fraction(1)] * len(found)
    for kind in ("tpm", "rpm"):
        if all(kind in one.shares for one in found):
            shares = [one.shares[kind] for one in found]
    if any("weight" in one.shares for one in found):
        shares = [one.shares.get("weight", Fraction(1)) for one in found]
    whole = lcm(*(share.denominator for share in shares))
    weights = [int(share * whole) for share in shares]
    weights = [weight // (gcd(*weights) or 1) for weight in weights]
    most = max(weights)
    return weights if most <= _MOST_WEIGHT else [-(-weight * _MOST_WEIGHT // most) for weight in weights]
