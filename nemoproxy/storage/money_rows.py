"""Rows of the ledger, of budgets and of reports. Amounts are units of `nemoproxy.money`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from nemoproxy.storage.schema import EPOCH

DAY = timedelta(days=1)


class Kind(StrEnum):
    """What an entry of the ledger is for. The first five are an operator's, the others a request's."""

    GRANT = "grant"
    TOP_UP = "top_up"
    REFUND = "refund"
    EXPIRE = "expire"
    ADJUST = "adjust"
    HOLD = "hold"
    SETTLE = "settle"
    RELEASE = "release"


class Scope(StrEnum):
    KEY = "key"
    TEAM = "team"
    ORG = "org"


class Period(StrEnum):
    """What a budget is for. Days are UTC; a week begins on Monday."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    TOTAL = "total"

    def days(self, now: datetime) -> tuple[int, int | None]:
        """The first day of the period that a moment is in, and the first one after it, in days since 1970."""
        today = now.astimezone(UTC).date()
        if self is Period.DAILY:
            first, after = today, today + DAY
        elif self is Period.WEEKLY:
            first = today - today.weekday() * DAY
            after = first + 7 * DAY
        elif self is Period.MONTHLY:
            first = today.replace(day=1)
            after = (first + 31 * DAY).replace(day=1)
        else:
            return 0, None
        return (first - EPOCH.date()).days, (after - EPOCH.date()).days


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """An entry of the ledger."""

    id: str
    org_id: str
    kind: str
    amount: int
    request_id: str | None = None
    key_id: str | None = None
    team_id: str | None = None
    note: str | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """`granted` is what operators gave and took, `settled` what requests cost."""

    granted: int
    settled: int

    @property
    def balance(self) -> int:
        return self.granted - self.settled


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRow:
    id: str
    scope: Scope
    scope_id: str
    amount: int
    period: Period
    created_at: datetime
    removed_at: datetime | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """What a key, a team, a model or a day comes to. `group` is its id, name, or date."""

    group: str
    requests: int
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: int
    shortfall: int
    estimated: int
    """Requests whose tokens are our own count."""
