"""`Booked`: what settled requests came to, for metrics.

A request pays nothing for it: it is added up a batch at a time by the thread that books, about a second later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from threading import Lock

from nemoproxy._core import Batch, Totals

MOST_TARGETS = 500
"""Targets that are told apart. The models of those that come later are called `other`: callers may choose names."""
OTHER = "other"
TOKENS = {
    "prompt": "prompt_tokens",
    "cached": "cached_tokens",
    "output": "output_tokens",
    "reasoning": "reasoning_tokens",
}
"""Kinds of tokens. Cached ones are part of the prompt, and those of reasoning are part of the output."""


@dataclass(slots=True)
class Times:
    """How long something took, in the classes of `Batch.BOUNDS_MS`."""

    sum_us: int = 0
    classes: list[int] = field(default_factory=lambda: [0] * (len(Batch.BOUNDS_MS) + 1))

    def add(self, sum_us: int, classes: Sequence[int]) -> None:
        self.sum_us += sum_us
        self.classes = [one + more for one, more in zip(self.classes, classes, strict=True)]

    def buckets(self) -> list[tuple[str, float]]:
        bounds = [*(str(bound / 1000) for bound in Batch.BOUNDS_MS), "+Inf"]
        return list(zip(bounds, accumulate(self.classes), strict=True))


class Booked:
    """What settled requests came to since the start. `add` is the drain's."""

    def __init__(self) -> None:
        self.lock = Lock()
        """Whoever reads the rest has it."""
        self.requests: dict[tuple[str, str, str, int], int] = {}
        self.sums: dict[tuple[str, str], dict[str, int]] = {}
        self.latency: dict[str, Times] = {}
        self.first_byte: dict[str, Times] = {}

    def add(self, batch: Batch) -> None:
        with self.lock:
            for totals in batch.totals():
                self._add(totals)

    def _add(self, totals: Totals) -> None:
        target = totals.provider, totals.model
        if target not in self.sums and len(self.sums) >= MOST_TARGETS:
            target = totals.provider, OTHER
        sums = self.sums.setdefault(target, dict.fromkeys((*TOKENS, "estimated", "cost", "shortfall"), 0))
        for name in sums:
            sums[name] += getattr(totals, TOKENS.get(name, name))
        kind = totals.endpoint, *target, totals.status
        self.requests[kind] = self.requests.get(kind, 0) + totals.requests
        self.latency.setdefault(totals.endpoint, Times()).add(totals.latency_us, totals.latencies)
        self.first_byte.setdefault(totals.endpoint, Times()).add(totals.first_byte_us, totals.first_bytes)
