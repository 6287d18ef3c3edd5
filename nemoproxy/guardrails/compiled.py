"""The configured guardrails, compiled. A set of them is a number: bit `n` is the guardrail at place `n`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nemoproxy import _core
from nemoproxy._core import Policy
from nemoproxy.config import Guardrail

CLOSED = ("block", "redact", "mask")
"""Actions without which nothing passes: when such a guardrail fails, so does the call."""
RESULTS = {"block": "blocked", "redact": "redacted", "mask": "masked", "warn": "warned", "log": "logged"}


class Compiled:
    """Those that are enabled, in their order. Raises ValueError for one that cannot be compiled, with its id."""

    def __init__(self, guardrails: Mapping[str, Guardrail]) -> None:
        enabled = {id: guardrail for id, guardrail in guardrails.items() if guardrail.enabled}
        self.all = dict(guardrails)
        self.ids = tuple(enabled)
        self.guardrails = tuple(enabled.values())
        self.policy = Policy([_compiled(id, guardrail) for id, guardrail in enabled.items()])
        self.requests = self._those(lambda one: one.mode != "post_call")
        self.answers = self._those(lambda one: one.mode != "pre_call")
        self.mandatory = self._those(lambda one: one.mandatory)
        self.shadows = self._those(lambda one: one.shadow)
        self.closed = self._those(lambda one: one.action in CLOSED and not one.shadow)
        self.hooks = self._those(lambda one: one.detector == "webhook")
        self._places = {guardrail.name: place for place, guardrail in enumerate(self.guardrails) if guardrail.name}
        self._places |= {id: place for place, id in enumerate(self.ids)}

    def _those(self, wanted: Callable[[Guardrail], bool]) -> int:
        return sum(1 << place for place, guardrail in enumerate(self.guardrails) if wanted(guardrail))

    def place(self, name: str) -> int | None:
        """Of a guardrail, by its id or its name."""
        return self._places.get(name)

    def names(self, guardrails: int) -> str:
        """The ids of some of them, as headers list them."""
        return ",".join(self.ids[place] for place in members(guardrails))


def members(guardrails: int) -> Iterator[int]:
    """The places in a set, ascending."""
    while guardrails:
        lowest = guardrails & -guardrails
        yield lowest.bit_length() - 1
        guardrails ^= lowest


def _compiled(id: str, guardrail: Guardrail) -> _core.Guardrail:
    action, shadow, make = guardrail.action, guardrail.shadow, _core.Guardrail
    try:
        match guardrail.detector:
            case "pii" | "secrets":
                names = (list(guardrail.only), list(guardrail.also), list(guardrail.without))
                return make.built_in(action, shadow, guardrail.detector, *names)
            case "keyword":
                return make.words(action, shadow, list(guardrail.words))
            case "regex":
                return make.patterns(action, shadow, list(guardrail.patterns.items()))
            case "prompt_injection":
                return make.injection(action, shadow, guardrail.threshold)
            case "webhook":
                return make.elsewhere(action, shadow)
    except ValueError as error:
        raise ValueError(f"guardrail {id}: {error}") from None
