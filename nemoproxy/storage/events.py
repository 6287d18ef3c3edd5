"""Events about money and guardrails, put into the outbox by the transaction that causes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from nemoproxy.money import json_number
from nemoproxy.storage import schema
from nemoproxy.storage.budgets import live_budgets, spent
from nemoproxy.storage.ledger import balances, give_back
from nemoproxy.storage.money_rows import Balance, Period, Scope
from nemoproxy.storage.rows import utc_now
from nemoproxy.storage.schema import EPOCH

if TYPE_CHECKING:
    from nemoproxy.storage.guardrails import FindingRow

THRESHOLDS = (50, 80, 100)
"""Per cent of a budget."""


def emit(connection: Connection, once: str, event: str, payload: Mapping[str, Any]) -> None:
    """Writes an event, unless there is one of the name `once`."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {"once": once, "event": event, "payload": payload, "created_at": utc_now()}
    statement = dialect.insert(schema.outbox).values(values)
    connection.execute(statement.on_conflict_do_nothing(index_elements=["once"]))


def on_spending(connection: Connection, touched: Mapping[tuple[str, str], Collection[int]]) -> None:
    """After days of keys, teams or organisations, by scope and id, were added to: what budgets have to say."""
    budgets = schema.budgets
    ids = sorted({one for _, one in touched})
    for budget in live_budgets(connection, select(budgets).where(budgets.c.scope_id.in_(ids))):
        days = touched.get((budget.scope, budget.scope_id), ())
        periods = {budget.period.days(EPOCH + timedelta(days=day)) for day in days}
        for first, after in sorted(periods, key=lambda period: period[0]):
            total = spent(connection, budget, first, after)
            for step in THRESHOLDS:
                if total > 0 and total * 100 >= budget.amount * step:
                    start = "" if budget.period is Period.TOTAL else (EPOCH + timedelta(days=first)).date().isoformat()
                    emit(
                        connection,
                        f"budget.threshold:{budget.id}:{budget.period}:{start}:{step}",
                        "budget.threshold",
                        {
                            "budget_id": budget.id,
                            "scope": str(budget.scope),
                            "scope_id": budget.scope_id,
                            "period": str(budget.period),
                            "period_start": start or None,
                            "threshold_percent": step,
                            "budget_usd": json_number(budget.amount),
                            "spent_usd": json_number(total),
                        },
                    )


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
