"""Events, put into the outbox by the transaction that causes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from nemoproxy.money import json_number
from nemoproxy.storage import schema
from nemoproxy.storage.budgets import live_budgets, spent
from nemoproxy.storage.engine import insert_new
from nemoproxy.storage.ledger import balances, give_back
from nemoproxy.storage.money_rows import Balance, BudgetRow, Period, Scope
from nemoproxy.storage.rows import KeyRow, OrgRow, TeamRow, utc_now
from nemoproxy.storage.schema import EPOCH

if TYPE_CHECKING:
    from nemoproxy.storage.guardrails import FindingRow

EVENTS = (
    "llm.error",
    "budget.threshold",
    "provider.outage",
    "guardrail.triggered",
    "key.created",
    "key.revoked",
    "credits.low",
    "credits.exhausted",
)
"""All there are. What has an `org_id` in its payload is that organisation's, the others are the operator's alone."""
REMEMBERED = ("budget.threshold", "credits.low", "credits.exhausted")
"""Those that are asked for again and again while they hold: they would be told anew if they were forgotten."""
THRESHOLDS = (50, 80, 100)
"""Per cent of a budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Calls to a provider that failed in the same way."""

    org_id: str
    provider: str
    code: str
    """What clients were told."""
    status: int
    count: int
    """How many, since the last event that told of this."""
    seconds: float
    """In which time."""
    model: str
    """Of the last one, as are the ids."""
    key_id: str
    request_id: str

    def payload(self) -> dict[str, object]:
        return asdict(self)


def emit(connection: Connection, once: str, event: str, payload: Mapping[str, Any]) -> None:
    """Writes an event, unless there is one of the name `once`."""
    values = {"once": once, "event": event, "payload": payload, "created_at": utc_now()}
    insert_new(connection, schema.outbox, values)


def outage(connection: Connection, target: str, since: str, payload: Mapping[str, Any]) -> None:
    """A target of calls fails, or is back: `payload` says which."""
    emit(connection, f"provider.outage:{target}:{since}", "provider.outage", payload)


def on_spending(connection: Connection, touched: Mapping[tuple[str, str], Collection[int]]) -> None:
    """After days of keys, teams or organisations, by scope and id, were added to: what budgets have to say."""
    budgets = schema.budgets
    ids = sorted({one for _, one in touched})
    for budget in live_budgets(connection, select(budgets).where(budgets.c.scope_id.in_(ids))):
        days = touched.get((budget.scope, budget.scope_id), ())
        periods = {budget.period.days(EPOCH + timedelta(days=day)) for day in days}
        for first, after in sorted(periods, key=lambda period: period[0]):
            total = spent(connection, budget, first, after)
            reached = [step for step in THRESHOLDS if total > 0 and total * 100 >= budget.amount * step]
            org_id = _org_of(connection, budget) if reached else None
            for step in reached:
                start = "" if budget.period is Period.TOTAL else (EPOCH + timedelta(days=first)).date().isoformat()
                emit(
                    connection,
                    f"budget.threshold:{budget.id}:{budget.period}:{start}:{step}",
                    "budget.threshold",
                    {
                        "budget_id": budget.id,
                        "org_id": org_id,
                        "scope": str(budget.scope),
                        "scope_id": budget.scope_id,
                        "period": str(budget.period),
                        "period_start": start or None,
                        "threshold_percent": step,
                        "budget_usd": json_number(budget.amount),
                        "spent_usd": json_number(total),
                    },
                )


def _org_of(connection: Connection, budget: BudgetRow) -> str | None:
    teams, keys = schema.teams, schema.keys
    if budget.scope is Scope.ORG:
        return budget.scope_id
    wanted = select(teams.c.org_id).where(teams.c.id == budget.scope_id)
    if budget.scope is Scope.KEY:
        wanted = select(teams.c.org_id).join(keys, keys.c.team_id == teams.c.id).where(keys.c.id == budget.scope_id)
    return connection.execute(wanted).scalar_one_or_none()


def on_key(connection: Connection, event: str, key: KeyRow, team: TeamRow, org: OrgRow) -> None:
    """A key was made or revoked. Nothing of the key itself but its last four characters."""
    payload = {
        "key_id": key.id,
        "alias": key.alias,
        "last4": key.last4,
        "team_id": team.id,
        "team": team.name,
        "org_id": org.id,
        "org": org.name,
        "tier": key.tier,
        "models": None if key.models is None else list(key.models),
        "expires_at": None if key.expires_at is None else key.expires_at.isoformat(),
    }
    emit(connection, f"{event}:{key.id}", event, payload)


def on_failures(connection: Connection, failures: Iterable[Failure]) -> None:
    """Calls to providers failed: one event for all that failed alike in some time."""
    for failure in failures:
        emit(connection, f"llm.error:{failure.request_id}", "llm.error", failure.payload())


def on_balances(connection: Connection, spent_now: Mapping[str, int], low_balance: int) -> None:
    """After organisations, by id, were charged: whether one is low, or has nothing left. None is left below 0."""
    for org_id, after in balances(connection, sorted(spent_now)).items():
        before = after.balance + spent_now[org_id]
        if after.balance < 0:
            give_back(connection, org_id, -after.balance)
        if before >= low_balance > after.balance:
            _credits(connection, "credits.low", org_id, after, {"threshold_usd": json_number(low_balance)})
        if before > 0 >= after.balance:
            exhausted(connection, org_id, after)


def exhausted(connection: Connection, org_id: str, balance: Balance) -> None:
    """Once until it is given something again."""
    _credits(connection, "credits.exhausted", org_id, balance, {})


def _credits(connection: Connection, event: str, org_id: str, balance: Balance, more: Mapping[str, str]) -> None:
    given = schema.credits_
    last: int | None = connection.execute(select(func.max(given.c.id)).where(given.c.org_id == org_id)).scalar_one()
    payload = {"org_id": org_id, "scope": str(Scope.ORG), "balance_usd": json_number(balance.balance), **more}
    emit(connection, f"{event}:{org_id}:{last or 0}", event, payload)


def on_finding(connection: Connection, row: FindingRow) -> None:
    """A guardrail blocked, redacted or masked something: once for each request, guardrail and direction."""
    told = ("request_id", "org_id", "team_id", "key_id", "detector", "rule", "result", "mode", "matches")
    payload = {"guardrail_id": row.guardrail, **{name: getattr(row, name) for name in told}}
    emit(connection, f"guardrail:{row.request_id}:{row.guardrail}:{row.mode}", "guardrail.triggered", payload)
