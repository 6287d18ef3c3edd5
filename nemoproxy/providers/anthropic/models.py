"""What is to be known of each Claude model to ask it for something it can do.

Its makers publish these facts model by model; the API answers with 400 to what a model does not have. A new model that
is not listed here is taken to be like the newest ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

FEW, MANY, ALL = (
    ("low", "medium", "high"),
    ("low", "medium", "high", "max"),
    ("low", "medium", "high", "xhigh", "max"),
)


@dataclass(frozen=True, slots=True)
class Claude:
    """One model."""

    max_output: int
    """The largest `max_tokens`."""
    thinking: Literal["none", "budget", "adaptive"] = "adaptive"
    """How it is made to think: not at all, `enabled` with a budget, or `adaptive`."""
    off: Literal["omit", "disabled", "between_tools", "never"] = "omit"
    """How it is kept from thinking: it does not unless told to, by this type of `thinking`, or not at all."""
    efforts: tuple[str, ...] = ALL
    """The values of `output_config.effort`, from little to much; none: it has no such setting."""
    sampling: bool = False
    """Whether it takes `temperature`, `top_p` and `top_k`."""
    one_sampler: bool = True
    """... but not `temperature` and `top_p` at once."""
    structured: bool = True
    """Whether it has `output_config.format` and `strict` tools."""
    forced_tools: bool = True
    """Whether `tool_choice` may be `any` or `tool`."""
    system_turns: bool = True
    """Whether `messages` may have the role `system`, after a user's turn."""


_ALWAYS = Claude(128_000, off="never")
_UNFORCED = replace(_ALWAYS, forced_tools=False)
_SWITCHED = Claude(128_000, off="disabled")
_OPUS_4_8 = Claude(128_000)
_4_6 = Claude(128_000, efforts=MANY, sampling=True, system_turns=False)
_4_5 = Claude(64_000, thinking="budget", efforts=(), sampling=True, system_turns=False)
_4_1 = replace(_4_5, max_output=32_000, structured=False)
_4 = replace(_4_1, one_sampler=False)
_3_5 = replace(_4, max_output=8_192, thinking="none")
_3 = replace(_3_5, max_output=4_096)

KNOWN = {
    "fable-5-2": _UNFORCED,
    "mythos-5-2": _UNFORCED,
    "fable-5-1": _UNFORCED,
    "mythos-5-1": _UNFORCED,
    "fable-5": _ALWAYS,
    "mythos-5": _ALWAYS,
    "mythos-preview": replace(_ALWAYS, system_turns=False),
    "opus-5-5": _UNFORCED,
    "sonnet-5-5": replace(_UNFORCED, off="between_tools"),
    "haiku-5-5": _SWITCHED,
    "opus-5": _SWITCHED,
    "sonnet-5": _SWITCHED,
    "opus-4-8": _OPUS_4_8,
    "opus-4-7": replace(_OPUS_4_8, system_turns=False),
    "opus-4-6": _4_6,
    "sonnet-4-6": _4_6,
    "opus-4-5": replace(_4_5, efforts=FEW),
    "sonnet-4-5": _4_5,
    "haiku-4-5": _4_5,
    "opus-4-1": _4_1,
    "opus-4-0": _4,
    "opus-4": _4,
    "sonnet-4-0": replace(_4, max_output=64_000),
    "sonnet-4": replace(_4, max_output=64_000),
    "3-7-sonnet": replace(_4, max_output=64_000),
    "3-5-sonnet": _3_5,
    "3-5-haiku": _3_5,
    "3-opus": _3,
    "3-sonnet": _3,
    "3-haiku": _3,
}
"""By name without `claude-`, date and version."""

NEWEST = Claude(64_000, off="disabled")
"""For a Claude that is not listed."""
FOREIGN = replace(_3_5, thinking="budget")
"""For what is no Claude, behind a server that speaks its language."""

_NAME = re.compile(r"claude-([a-z0-9.-]+?)(?:-\d{8}|-latest)?(?:-v\d+(?::\d+)?)?(?:@.*|\[.*)?$")


@lru_cache(maxsize=1024)
def claude(model: str) -> Claude:
    """The model of that name, also as resellers spell it: `us.anthropic.claude-opus-4-6-v1:0`."""
    found = _NAME.search(model.lower())
    return FOREIGN if found is None else KNOWN.get(found[1].replace(".", "-"), NEWEST)
