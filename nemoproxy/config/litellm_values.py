"""Values of LiteLLM's file, read as what they have to be: it may say anything anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, TypeGuard

from nemoproxy.config.values import UnitPrice, parse

Json = dict[str, Any]


def per_million(cost: object) -> str | None:
    """USD for a million tokens, of USD for one."""
    try:
        amount = Decimal(str(cost)).scaleb(6)
        text = format(amount.normalize(), "f")
    except InvalidOperation:
        return None
    return text if amount.is_finite() and refused(UnitPrice, text) is None else None


def refused(kind: Any, text: str) -> str | None:
    """Why a text is not of a kind; None if it is."""
    try:
        parse(kind, text)
    except ValueError as error:
        return str(error)
    return None


def is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 10**9


def is_span(value: object) -> TypeGuard[int | float]:
    """Whether it can be so many seconds of ours."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.001 <= value <= 86_400


def share_of(value: object) -> Fraction | None:
    """What a deployment's share of the calls is to be measured by."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e12:
        return None
    return Fraction(str(value))


def member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def mapping(value: object, name: str) -> Json:
    """A copy of that member, empty if it is no mapping."""
    found = member(value, name)
    return {str(key): inner for key, inner in found.items()} if isinstance(found, dict) else {}


def listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []
