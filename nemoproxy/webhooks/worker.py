"""`Worker`: the task of a gateway that delivers. Its records' side runs on a thread of its own."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

from nemoproxy.storage import Attempt, Deliveries, Outcome, Status, StorageError, Turn
from nemoproxy.webhooks.sending import Sender

log = logging.getLogger("nemoproxy.webhooks")

IDLE_S = 0.5
"""Between two looks while there is nothing to do."""
AT_A_TIME = 4
"""Attempts that one webhook may have running; one that fails has one, until it works again."""
ALL_AT_A_TIME = 64
LEASE_MARGIN = timedelta(seconds=5)
"""What an attempt's lease is longer than its time-out."""
PATIENCE_S = 2.0
"""Attempts that run have this long to end when the gateway stops."""
KEEP = timedelta(days=30)
"""Events and what became of them are remembered so long."""
PRUNE = timedelta(hours=1)


class Worker:
    """`run` it as a task; `stop` gives back what it had claimed."""

    def __init__(
        self, deliveries: Deliveries, sender: Sender, *, now: Callable[[], datetime], idle_s: float = IDLE_S
    ) -> None:
        self._deliveries = deliveries
        self._sender = sender
        self._now = now
        self._idle_s = idle_s
        self._lease = timedelta(seconds=sender.settings.timeout_s) + LEASE_MARGIN
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="webhooks")
        self._news = asyncio.Event()
        self._running: dict[asyncio.Task[None], Attempt] = {}
        self._busy: Counter[str] = Counter()
        self._failing: set[str] = set()
        self._ended: list[Outcome] = []
        self._pruned_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None
        self._complained = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Attempts that run may end within `PATIENCE_S`; the others go back. A second time does nothing."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.wait([task])
        if self._running:
            await asyncio.wait(self._running, timeout=PATIENCE_S)
        for running, attempt in list(self._running.items()):
            running.cancel()
            back = Outcome(attempt=attempt, status=Status.PENDING, next_at=self._now(), made=False)
            self._ended.append(back)
        if self._running:
            await asyncio.wait(list(self._running))
        if self._ended:
            with suppress(StorageError):  # then its leases end by themselves
                await self._turn(closing=True)
        self._thread.shutdown()
        await self._sender.egress.close()

    async def _run(self) -> None:
        while True:
            self._news.clear()
            try:
                more = await self._turn()
                await self._prune()
                self._complained = False
            except Exception as error:
                more = False
                if not self._complained:
                    log.error("events cannot be delivered now: %s", error, exc_info=not isinstance(error, StorageError))
                self._complained = True
                await asyncio.sleep(self._idle_s)
            if not more:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), self._idle_s)

    async def _turn(self, *, closing: bool = False) -> bool:
        """Whether there is more to do at once. Attempts that are claimed are begun."""
        ended, self._ended = self._ended, []
        busy, failing = self._busy.copy(), frozenset(self._failing)
        free = 0 if closing else ALL_AT_A_TIME - len(self._running)

        def room(webhook_id: str) -> int:
            return (1 if webhook_id in failing else AT_A_TIME) - busy[webhook_id]

        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._thread, self._deliveries.turn, self._now(), ended, room, free, self._lease)
        try:
            turn = await asyncio.shield(work)
        except asyncio.CancelledError:
            # A claim that is under way is not to be lost: what it got is given back.
            try:
                self._give_back(await work)
            except StorageError:
                self._ended = ended + self._ended
            raise
        except Exception:
            self._ended = ended + self._ended
            raise
        for attempt in turn.attempts:
            self._begin(attempt)
        return turn.more

    def _give_back(self, turn: Turn) -> None:
        for attempt in turn.attempts:
            self._ended.append(Outcome(attempt=attempt, status=Status.PENDING, next_at=self._now(), made=False))

    def _begin(self, attempt: Attempt) -> None:
        self._busy[attempt.webhook.id] += 1
        task = asyncio.create_task(self._attempt(attempt))
        self._running[task] = attempt
        task.add_done_callback(self._done)

    async def _attempt(self, attempt: Attempt) -> None:
        webhook_id = attempt.webhook.id
        outcome = await self._sender.attempt(attempt)
        if outcome.status is Status.DELIVERED:
            self._failing.discard(webhook_id)
        else:
            self._failing.add(webhook_id)
            end = "; given up" if outcome.status is Status.DEAD else ""
            log.warning("%s to %s: %s%s", attempt.event.message_id, webhook_id, outcome.error, end)
        self._ended.append(outcome)

    def _done(self, task: asyncio.Task[None]) -> None:
        webhook_id = self._running.pop(task).webhook.id
        self._busy[webhook_id] -= 1
        if not self._busy[webhook_id]:
            del self._busy[webhook_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an attempt ended in an error of ours; its lease ends by itself", exc_info=error)
        self._news.set()

    async def _prune(self) -> None:
        now = self._now()
        if self._pruned_at is not None and now - self._pruned_at < PRUNE:
            return
        loop = asyncio.get_running_loop()
        if await loop.run_in_executor(self._thread, self._deliveries.prune, now - KEEP) == 0:
            self._pruned_at = now
