"""What providers say in their headers (names in lower case): when to come back, and what is left of their limits.

`wall` is Unix seconds: some say it as a date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from nemoproxy.routing.outcome import Limits

_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_SPAN = re.compile(
    r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9}(?:\.\d{1,9})?)s)?(?:(\d{1,9}(?:\.\d{1,9})?)ms)?"
)
_UNITS = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)


def retry_after_s(headers: Mapping[str, str], wall: float) -> float | None:
    """Seconds, never negative; None if it is not said, or nonsense."""
    milliseconds = headers.get("retry-after-ms", "").strip()
    if _SECONDS.fullmatch(milliseconds):
        return float(milliseconds) / 1000
    said = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(said):
        return float(said)
    return _until(_http_date(said), wall)


def limits(headers: Mapping[str, str], wall: float) -> Limits | None:
    """OpenAI's spelling, which most providers share, or Anthropic's."""
    requests = _count(headers, "x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining")
    tokens = _count(headers, "x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-remaining")
    if requests is None and tokens is None:
        return None
    return Limits(requests, _reset(headers, "requests", wall), tokens, _reset(headers, "tokens", wall))


def _count(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        said = headers.get(name, "")
        if said.isascii() and said.isdigit() and len(said) <= 12:
            return int(said)
    return None


def _reset(headers: Mapping[str, str], what: str, wall: float) -> float:
    """`6m0s`, `17ms`, `2.5`, or a time of day."""
    said = headers.get(f"x-ratelimit-reset-{what}") or headers.get(f"anthropic-ratelimit-{what}-reset") or ""
    if _SECONDS.fullmatch(said):
        return float(said)
    if said and (span := _SPAN.fullmatch(said)):
        return sum(float(number) * unit for number, unit in zip(span.groups("0"), _UNITS, strict=True))
    return _until(_iso_date(said), wall) or 0.0


def _until(then: datetime | None, wall: float) -> float | None:
    return None if then is None else max(then.timestamp() - wall, 0.0)


def _http_date(text: str) -> datetime | None:
    try:
        return _aware(parsedate_to_datetime(text))
    except (ValueError, OverflowError):
        return None


def _iso_date(text: str) -> datetime | None:
    try:
        return _aware(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _aware(then: datetime) -> datetime:
    return then if then.tzinfo else then.replace(tzinfo=UTC)
