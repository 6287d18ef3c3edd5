"""Rows that requests leave behind, written into the records in batches, by a task and on a thread of its own.

Nothing on a request's path waits for it. What waits is bounded: more is counted, said in the log, and not written.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Generic, TypeVar

from nemoproxy.storage import StorageError

log = logging.getLogger("nemoproxy.records")

Row = TypeVar("Row")
T = TypeVar("T")


class WriteBehind(Generic[Row]):
    """`put` from the request path; `run` writes what was put, `flush` what there is now. For one event loop."""

    def __init__(
        self,
        what: str,
        write: Callable[[Sequence[Row]], object],
        *,
        batch: int,
        most: int,
        size: Callable[[Row], int] = lambda _: 1,
        pause_s: float = 0.0,
        retry_s: float = 0.5,
    ) -> None:
        """`what` the rows are, in the log. `write` takes all of a batch or raises StorageError. Those that wait have a
        `size` of `most` together. `pause_s` is between two writes, so that there are not too many."""
        self._what = what
        self._write = write
        self._batch = batch
        self._most = most
        self._size = size
        self._pause_s = pause_s
        self._retry_s = retry_s
        self._waiting: deque[Row] = deque()
        self._total = 0
        self._lost = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=what)
        self._writing = asyncio.Lock()
        self._news = asyncio.Event()

    def put(self, row: Row) -> None:
        """Takes no time to speak of."""
        size = self._size(row)
        if self._total + size > self._most:
            self._lost += 1
            return
        self._waiting.append(row)
        self._total += size
        self._news.set()

    async def run(self) -> None:
        """For ever."""
        failing = False
        while True:
            await self._news.wait()
            try:
                await asyncio.shield(self.flush())  # what is written is not to be written again
                failing = False
            except StorageError as error:
                if not failing:
                    log.error("%s cannot be written: %s", self._what, error)
                failing = True
            await asyncio.sleep(self._retry_s if failing else self._pause_s)

    async def flush(self) -> None:
        """Write all that was put. Raises StorageError; what is not written then is kept."""
        async with self._writing:
            self._news.clear()
            while self._waiting:
                rows = list(islice(self._waiting, self._batch))
                try:
                    await self.on_thread(self._write, rows)
                except StorageError:
                    self._news.set()
                    raise
                for row in rows:
                    self._waiting.popleft()
                    self._total -= self._size(row)
            if self._lost:
                log.error("%d %s are not written: more came than could be", self._lost, self._what)
                self._lost = 0

    async def on_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        """Other work with what is written to, between two writes."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def close(self) -> None:
        """Write what is left, if that can be done."""
        try:
            await self.flush()
        except StorageError as error:
            log.error("%d %s are not written: %s", len(self._waiting), self._what, error)
        self._thread.shutdown()
