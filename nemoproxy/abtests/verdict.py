"""What a test says so far, in a form that may be looked at at any time.

An ordinary confidence interval holds for one look. Whoever looks again and again until a difference shows will find one
in most tests of a thing against itself. These are confidence sequences: with probability `1 - ALPHA` every interval of
a test, at every moment and for every figure, has the true difference in it. They are asymptotic (Waudby-Smith, Arbour,
Sinha, Kennedy, Ramdas 2024, "Time-uniform central limit theory and asymptotic confidence sequences", the normal
mixture), so nothing is said before each variant has `FEWEST` requests. `ALPHA` is divided among figures and variants.

The intervals, and the check of the shares, take requests for independent of each other. Where a few users make most
requests of a sticky test that is not so: then take it as a hint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import erfc, exp, gamma, log, sqrt

ALPHA = 0.05
FEWEST = 100
TIGHTEST_AT = 5000
"""Requests of both variants together at which an interval is as tight as it can be."""
SUSPICIOUS = 0.001
"""Shares that are less likely than this were not dealt out as the weights say."""
FIGURES = ("error rate", "latency", "cost")


@dataclass(frozen=True, slots=True)
class Sample:
    """How many values there were, their sum, and the sum of their squares."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    @property
    def variance(self) -> float:
        return max(0.0, self.squares / self.count - self.mean**2) if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a variant. An error is an answer of 400 and above, or a stream that broke."""

    variant: str
    requests: int
    errors: int
    latency: Sample
    """Microseconds, of those that were no error."""
    cost: Sample
    """Units of `nemoproxy.money`."""

    def figure(self, name: str) -> Sample:
        if name == "error rate":
            return Sample(self.requests, self.errors, self.errors)
        return self.latency if name == "latency" else self.cost


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a figure of a variant is from that of the first one, and between which bounds that surely lies."""

    variant: str
    figure: str
    change: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        """Whether there is any."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Verdict:
    outcomes: tuple[Outcome, ...]
    shares: float
    """How likely shares as uneven as these are by chance."""
    differences: tuple[Difference, ...]
    answer: str


def judge(outcomes: Sequence[Outcome], weights: Mapping[str, int]) -> Verdict:
    """The first outcome is the one that the others are measured against."""
    first, *others = outcomes
    shares = share_p(([one.requests for one in outcomes]), [weights[one.variant] for one in outcomes])
    alpha = ALPHA / (len(FIGURES) * max(1, len(others)))
    found = []
    for other in others:
        for name in FIGURES:
            one, two = first.figure(name), other.figure(name)
            if min(one.count, two.count) >= FEWEST:
                found.append(Difference(other.variant, name, two.mean - one.mean, *interval(one, two, alpha)))
    return Verdict(tuple(outcomes), shares, tuple(found), _answer(outcomes, shares, found))


def interval(one: Sample, two: Sample, alpha: float) -> tuple[float, float]:
    """Where `two.mean - one.mean` surely lies, however often one looks."""
    count = one.count + two.count
    error = one.variance / one.count + two.variance / two.count
    rho = (2 * log(1 / alpha) + log(1 + 2 * log(1 / alpha))) / TIGHTEST_AT
    grown = count * rho + 1
    reach = sqrt(error * 2 * grown / (count * rho) * log(sqrt(grown) / alpha))
    change = two.mean - one.mean
    return change - reach, change + reach


def share_p(counts: Sequence[int], weights: Sequence[int]) -> float:
    """Pearson's chi-square: how likely counts as far from the weights as these are by chance."""
    total, whole = sum(counts), sum(weights)
    if not total:
        return 1.0
    expected = [total * weight / whole for weight in weights]
    statistic = sum((count - one) ** 2 / one for count, one in zip(counts, expected, strict=True))
    return chi_square_tail(statistic, len(counts) - 1)


def chi_square_tail(value: float, degrees: int) -> float:
    """How likely a chi-square variable of so many degrees of freedom is at least that."""
    half = value / 2
    if half > 700:
        return 0.0
    if degrees % 2 == 0:
        return sum((exp(-half) * half**step / gamma(step + 1) for step in range(degrees // 2)), 0.0)
    rest: Iterator[float] = (exp(-half) * half ** (step + 0.5) / gamma(step + 1.5) for step in range(degrees // 2))
    return erfc(sqrt(half)) + sum(rest, 0.0)


def _answer(outcomes: Sequence[Outcome], shares: float, differences: Sequence[Difference]) -> str:
    if shares < SUSPICIOUS:
        return (
            "The shares are not those of the weights: something treats the variants differently, or a few users make "
            "most requests. Find out what before believing anything here."
        )
    short = [one.variant for one in outcomes if one.requests < FEWEST]
    if short:
        return f"Too early to say anything: {', '.join(short)} has fewer than {FEWEST} requests."
    shown = [one for one in differences if one.shown]
    if not shown:
        return f"No difference is shown so far. What there is lies within the intervals, at {1 - ALPHA:.0%}."
    said = [f"{one.variant} has a {'higher' if one.change > 0 else 'lower'} {one.figure}" for one in shown]
    return f"{'; '.join(said)} than {outcomes[0].variant}. That holds at {1 - ALPHA:.0%}, whenever you look."
