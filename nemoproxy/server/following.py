"""Keeps what is in memory as it is in the records: keys, limits, credits and budgets, a few times a second."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from nemoproxy.abtests import Arms
from nemoproxy.guardrails import Assignments
from nemoproxy.journal import Drain
from nemoproxy.prompts import Library
from nemoproxy.stages.accounts import Accounts
from nemoproxy.stages.identity import Directory
from nemoproxy.storage import BudgetRow, Changes, Records, StorageError

log = logging.getLogger("nemoproxy.records")

REFRESH_S = 0.2
"""How often changed records are looked for: a revocation acts within this and the time of one query."""
DAY_S = 86_400
CREDITS, BUDGET = "credits", "budget"


@dataclass(frozen=True, slots=True)
class _News:
    changes: Changes
    spent: dict[str, int]
    """What was booked against each budget, by its id."""
    settled: dict[str, int]
    """What the requests of each org cost so far, by its id."""


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
        self._budgets: dict[tuple[int, str], BudgetRow] = {}

    async def refresh(self) -> None:
        """Take in what was written since the last time. Raises StorageError."""
        loop = asyncio.get_running_loop()
        self._roll(time.time())
        if await loop.run_in_executor(self._thread, self._records.revision) == self._revision:
            return
        marks = {slot: self._accounts.settled(slot) for slot in self._accounts.slots()}
        news = await loop.run_in_executor(self._thread, self._read, self._revision)
        self._directory.apply(news.changes)
        self._assignments.apply(news.changes)
        self._library.apply(news.changes)
        self._arms.apply(news.changes)
        if self._metered:
            self._credit(news, marks)
            self._budget(news, marks)
        self._revision = news.changes.revision

    def _read(self, since: int) -> _News:
        changes = self._records.changes_since(since)
        if (changes.budgets or changes.orgs) and not self._drain.flush():
            raise StorageError("Settled requests cannot be booked, so what was spent is not known.")
        live = [budget for budget in changes.budgets if budget.removed_at is None]
        balances = self._records.ledger.balances() if changes.orgs else {}
        return _News(
            changes,
            self._records.budgets.spent(live) if live else {},
            {org.id: balances[org.id].settled for org in changes.orgs if org.id in balances},
        )

    def _credit(self, news: _News, marks: dict[int, int]) -> None:
        for org in news.changes.orgs:
            slot = self._directory.slot("org", org.id)
            if slot is not None:
                granted = news.changes.granted.get(org.id, 0)
                # Of an org that is known, memory is exact; the records were read while requests went on settling.
                settled = None if self._accounts.has(slot, CREDITS) else news.settled.get(org.id, 0)
                self._accounts.bind(slot, CREDITS, granted, settled, at=marks.get(slot, 0))

    def _budget(self, news: _News, marks: dict[int, int]) -> None:
        for budget in news.changes.budgets:
            slot = self._directory.slot(str(budget.scope), budget.scope_id)
            if slot is None:
                continue
            if budget.removed_at is not None:
                self._budgets.pop((slot, BUDGET), None)
                self._accounts.release(slot, BUDGET)
                continue
            known, self._budgets[slot, BUDGET] = self._budgets.get((slot, BUDGET)), budget
            same = known is not None and (known.id, known.period) == (budget.id, budget.period)
            # What settles while the records are read counts twice for a budget that is new: a little less, never more.
            spent, ends = None if same else news.spent.get(budget.id, 0), _end(budget)
            self._accounts.bind(slot, BUDGET, budget.amount, spent, at=marks.get(slot, 0), ends=ends)

    def _roll(self, now: float) -> None:
        for slot, name in self._accounts.roll(now):
            self._accounts.until(slot, name, _end(self._budgets[slot, name]))

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


def _end(budget: BudgetRow) -> float | None:
    """Unix seconds at which the budget's current period is over; None: never."""
    day = budget.period.days(datetime.now(UTC))[1]
    return None if day is None else float(day * DAY_S)
