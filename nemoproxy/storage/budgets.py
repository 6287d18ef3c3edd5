"""`Budgets`: how much a key, a team or an organisation may spend in a day, a week, a month, or ever."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select, func, insert, select, update

from nemoproxy.money import MAX_UNITS, format_usd
from nemoproxy.storage import schema
from nemoproxy.storage.engine import reading, writing
from nemoproxy.storage.errors import InvalidRecord, UnknownRecord
from nemoproxy.storage.lookup import new_id, next_revision
from nemoproxy.storage.money_rows import BudgetRow, Period, Scope
from nemoproxy.storage.rows import utc_now


class Budgets:
    """Synchronous, like `Records`, which has it as `budgets`. Running gateways follow changes within a second."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def set(self, scope: Scope, scope_id: str, amount: int, period: Period) -> BudgetRow:
        """Gives a key, a team or an organisation its budget, or changes it. The id has to be one that exists.

        A change of amount or period leaves the budget the same one: what was spent in the period counts.
        """
        if not 0 <= amount <= MAX_UNITS:
            raise InvalidRecord(f"A budget is at least 0 and at most {format_usd(MAX_UNITS)} USD.")
        budgets = schema.budgets
        natural = {"scope": str(Scope(scope)), "scope_id": scope_id}
        where = [budgets.c[name] == value for name, value in natural.items()]
        with writing(self._engine) as connection:
            number = next_revision(connection)
            check_exists(connection, Scope(scope), scope_id)
            changes = {"amount": amount, "period": str(Period(period)), "revision": number}
            fresh = {"id": new_id("budget"), "created_at": utc_now(), "removed_at": None}
            old = connection.execute(select(budgets).where(*where)).mappings().one_or_none()
            if old is None:
                connection.execute(insert(budgets).values({**natural, **changes, **fresh}))
            else:
                changes |= fresh if old["removed_at"] is not None else {}
                connection.execute(update(budgets).where(*where).values(changes))
            return _budget(connection.execute(select(budgets).where(*where)).mappings().one())

    def remove(self, scope: Scope, scope_id: str) -> BudgetRow:
        """Takes a budget away. Raises `UnknownRecord` when there is none."""
        budgets = schema.budgets
        where = [budgets.c.scope == str(scope), budgets.c.scope_id == scope_id]
        with writing(self._engine) as connection:
            changes = {"removed_at": utc_now(), "revision": next_revision(connection)}
            if (
                connection.execute(
                    update(budgets).where(*where, budgets.c.removed_at.is_(None)).values(changes)
                ).rowcount
                == 0
            ):
                raise UnknownRecord(
                    f'The {scope} "{scope_id}" has no budget.', "`nemoproxy budgets list` shows them all"
                )
            return _budget(connection.execute(select(budgets).where(*where)).mappings().one())

    def all(self) -> list[BudgetRow]:
        budgets = schema.budgets
        with reading(self._engine) as connection:
            return live_budgets(connection, select(budgets).order_by(budgets.c.created_at, budgets.c.id))

    def spent(self, budgets: Iterable[BudgetRow], now: datetime | None = None) -> dict[str, int]:
        """What is booked against each in its period so far, by the id of the budget."""
        now = now or utc_now()
        with reading(self._engine) as connection:
            return {budget.id: spent(connection, budget, *budget.period.days(now)) for budget in budgets}


def live_budgets(connection: Connection, wanted: Select[Any]) -> list[BudgetRow]:
    return [_budget(row) for row in connection.execute(wanted.where(schema.budgets.c.removed_at.is_(None))).mappings()]


def changed_budgets(connection: Connection, revision: int) -> tuple[BudgetRow, ...]:
    """Written after a revision, those that were removed included; from 0, all there are."""
    wanted = select(schema.budgets).where(schema.budgets.c.revision > revision)
    if revision <= 0:
        return tuple(live_budgets(connection, wanted))
    return tuple(_budget(row) for row in connection.execute(wanted).mappings())


def spent(connection: Connection, budget: BudgetRow, first_day: int, day_after: int | None) -> int:
    spending = schema.spending
    total = select(func.coalesce(func.sum(spending.c.cost), 0)).where(
        spending.c.scope == str(budget.scope), spending.c.scope_id == budget.scope_id, spending.c.day >= first_day
    )
    if day_after is not None:
        total = total.where(spending.c.day < day_after)
    return int(connection.execute(total).scalar_one())


def check_exists(connection: Connection, scope: Scope, scope_id: str) -> None:
    table = {Scope.KEY: schema.keys, Scope.TEAM: schema.teams, Scope.ORG: schema.orgs}[scope]
    if connection.execute(select(table.c.id).where(table.c.id == scope_id)).first() is None:
        raise UnknownRecord(f'There is no {scope} with the id "{scope_id}".')


def _budget(row: RowMapping) -> BudgetRow:
    return BudgetRow(**{**row, "scope": Scope(row["scope"]), "period": Period(row["period"])})
