"""When a delivery that failed is tried again: the schedule of Standard Webhooks, over three days, with jitter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DELAYS = (
    timedelta(0),
    *(5 * SECOND, 5 * MINUTE, 30 * MINUTE),
    *(2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR),
)
"""Before each attempt, the first at once. After the last of them a delivery is dead."""
JITTER = 0.2
"""A delay is longer by up to this part of it, so that what failed together is not tried together."""
LONGEST_PAUSE = 24 * HOUR
"""More than this no receiver can ask for."""


def next_attempt(failed: int, now: datetime, chance: float) -> datetime | None:
    """When, after so many attempts that failed; None: not at all. `chance` is from 0 to 1."""
    if failed >= len(DELAYS):
        return None
    return now + DELAYS[failed] * (1 + JITTER * chance)


def retry_after(header: str | None, now: datetime) -> datetime | None:
    """What a `Retry-After` asks for, in seconds or as a date; None if it says nothing that can be used."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        digits = text.lstrip("0")
        asked = LONGEST_PAUSE if len(digits) > 6 else timedelta(seconds=int(digits or 0))
    else:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        asked = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return now + min(asked, LONGEST_PAUSE) if asked > timedelta(0) else None
