"""Keeps what is in memory as it is in the records: keys, limits, credits and budgets, a few times a second."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from nemoproxy.abtests import Arms
from nemoproxy.guardrails import Assignments
from nemoproxy.journal import Drain
from nemoproxy.prompts import Library
from nemoproxy.stages.accounts import Accounts
from nemoproxy.stages.identity import Directory
from nemoproxy.storage import BudgetRow, Changes, Records, StorageError
from nemoproxy.storage.schema import EPOCH

log = logging.getLogger("nemoproxy.records")

REFRESH_S = 0.2
"""How often changed records are looked for: a revocation acts within this and the time of one query."""
BOOKED_S = 10.0
"""So long it is waited for what was settled to be in the records."""
CREDITS, BUDGET = "credits", "budget"


@dataclass(frozen=True, slots=True)
class _Spent:
    """What the records say was spent when the accounts stood as in `marks`, not a unit more or less."""

    marks: dict[int, int]
    """By slot."""
    at: datetime
    budgets: dict[str, int]
    """Against budgets that are new, by their ids, in the period that `at` is in."""
    orgs: dict[str, int]
    """By organisations that are new, by their ids."""


class Follower:
    """`refresh` takes in what changed; `run` does so for ever."""

    def __init__(
        self,
        records: Records,
        drain: Drain,
        directory: Directory,
        accounts: Accounts,
        assignments: Assignments,
        library: Library,
        arms: Arms,
        *,
        metered: bool,
    ) -> None:
        self._records = records
        self._drain = drain
        self._directory = directory
        self._accounts = accounts
        self._assignments = assignments
        self._library = library
        self._arms = arms
        self._metered = metered
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="records")
        self._revision = 0
        self._reading = asyncio.Lock()
        self._budgets: dict[int, BudgetRow] = {}
        """By slot."""

    async def refresh(self) -> None:
        """Take in what was written since the last time. Raises StorageError.

        One at a time: two at once could take in last what was read first.
        """
        async with self._reading:
            await self._refresh()

    async def _refresh(self) -> None:
        loop = asyncio.get_running_loop()
        self._accounts.now()
        if await loop.run_in_executor(self._thread, self._records.revision) == self._revision:
            return
        changes = await loop.run_in_executor(self._thread, self._records.changes_since, self._revision)
        spent = await self._spent(changes) if self._metered else None
        while spent is not None and spent.at.date() != self._today().date():
            spent = await self._spent(changes)  # midnight came in between
        self._directory.apply(changes)
        self._assignments.apply(changes)
        self._library.apply(changes)
        self._arms.apply(changes)
        if spent is not None:
            self._credit(changes, spent)
            self._budget(changes, spent)
        self._revision = changes.revision

    async def _spent(self, changes: Changes) -> _Spent:
        """What was spent of that which is new. What is known is counted in memory, and is exact there."""
        budgets = [budget for budget in changes.budgets if budget.removed_at is None and not self._knows(budget)]
        orgs = [org.id for org in changes.orgs if not self._is_credited(org.id)]
        slots = [self._directory.slot(str(budget.scope), budget.scope_id) for budget in budgets]
        # Between here and `as_of_now` nothing is settled: this is the loop's thread.
        marks = {slot: self._accounts.settled(slot) for slot in slots if slot is not None}
        at = self._today()
        if not budgets and not orgs:
            return _Spent(marks, at, {}, {})

        def read() -> _Spent:
            balances = self._records.ledger.balances() if orgs else {}
            settled = {id: balances[id].settled for id in orgs if id in balances}
            return _Spent(marks, at, self._records.budgets.spent(budgets, at), settled)

        try:
            async with asyncio.timeout(BOOKED_S):
                return await asyncio.wrap_future(self._drain.as_of_now(read))
        except TimeoutError:
            raise StorageError("Settled requests cannot be booked, so what was spent is not known.") from None

    def _today(self) -> datetime:
        return EPOCH + timedelta(microseconds=self._accounts.now())

    def _knows(self, budget: BudgetRow) -> bool:
        """Whether what was spent of a budget is counted in memory."""
        slot = self._directory.slot(str(budget.scope), budget.scope_id)
        known = None if slot is None else self._budgets.get(slot)
        return known is not None and (known.id, known.period) == (budget.id, budget.period)

    def _is_credited(self, org_id: str) -> bool:
        slot = self._directory.slot("org", org_id)
        return slot is not None and self._accounts.has(slot, CREDITS)

    def _credit(self, changes: Changes, spent: _Spent) -> None:
        for org in changes.orgs:
            slot = self._directory.slot("org", org.id)
            if slot is not None:
                self._accounts.bind(slot, CREDITS, changes.granted.get(org.id, 0), spent.orgs.get(org.id))

    def _budget(self, changes: Changes, spent: _Spent) -> None:
        for budget in changes.budgets:
            slot = self._directory.slot(str(budget.scope), budget.scope_id)
            if slot is None:
                continue
            if budget.removed_at is not None:
                self._accounts.release(slot, BUDGET)
                self._budgets.pop(slot, None)
                continue
            self._accounts.bind(
                slot,
                BUDGET,
                budget.amount,
                spent.budgets.get(budget.id),
                at=spent.marks.get(slot, 0),
                period=budget.period,
                since=spent.at,
            )
            self._budgets[slot] = budget

    async def run(self) -> None:
        failing = False
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                await self.refresh()
                failing = False
            except Exception as error:  # noqa: BLE001 - the database may come back; what is known goes on holding
                if not failing:
                    log.error("records cannot be read, going on with what is known: %s", error)
                failing = True

    def balance(self, org_id: str) -> tuple[int, int]:
        """Credits of an org that are not spent, and how much of that running calls hold."""
        slot = self._directory.slot("org", org_id)
        return (0, 0) if slot is None else self._accounts.left(slot, CREDITS)

    def close(self) -> None:
        self._thread.shutdown()
