"""What guardrails found, on its way into the records: a bounded queue, and a task that empties it in the background."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from nemoproxy.storage import FindingRow, Records, StorageError

log = logging.getLogger("nemoproxy.guardrails")

MOST_WAITING = 10_000
"""Findings that wait to be written. More are counted, and lost."""
BATCH = 500
INTERVAL_S = 0.25
BUSY_S = 1.0


class Findings:
    """`note` from the request path; `run` writes what was noted, `flush` what there is now."""

    def __init__(self, records: Records) -> None:
        self._log = records.guardrails.log(busy_timeout_s=BUSY_S)
        self._waiting: deque[FindingRow] = deque()
        self._lost = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="findings")
        self._writing = asyncio.Lock()
        self._noted = asyncio.Event()

    def note(self, rows: Iterable[FindingRow]) -> None:
        """Takes no time to speak of."""
        for row in rows:
            if len(self._waiting) < MOST_WAITING:
                self._waiting.append(row)
            else:
                self._lost += 1
        if self._waiting:
            self._noted.set()

    async def run(self) -> None:
        """For ever."""
        failing = False
        while True:
            await self._noted.wait()
            try:
                await asyncio.shield(self.flush())  # what is written is not to be written again
                failing = False
            except StorageError as error:
                if not failing:
                    log.error("findings cannot be written: %s", error)
                failing = True
            await asyncio.sleep(INTERVAL_S)

    async def flush(self) -> None:
        """Write all that was noted. Raises StorageError; what is not written then is kept."""
        loop = asyncio.get_running_loop()
        async with self._writing:
            self._noted.clear()
            while self._waiting:
                batch = [self._waiting[index] for index in range(min(BATCH, len(self._waiting)))]
                try:
                    await loop.run_in_executor(self._thread, self._log.write, batch)
                except StorageError:
                    self._noted.set()
                    raise
                for _ in batch:
                    self._waiting.popleft()
            if self._lost:
                log.error("%d findings were lost: more came than could be written", self._lost)
                self._lost = 0

    async def close(self) -> None:
        """Write what is left, if that can be done."""
        try:
            await self.flush()
        except StorageError as error:
            log.error("%d findings are lost: %s", len(self._waiting), error)
        self._thread.shutdown()
        self._log.close()
