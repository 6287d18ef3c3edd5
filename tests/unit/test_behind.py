"""Rows that are written behind the requests that left them: none lost, none twice, and none on the event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence

import pytest

from nemoproxy.server.behind import WriteBehind
from nemoproxy.storage import StorageError


class Table:
    """What is written to; refuses while it is `broken`."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.tries = 0
        self.broken = False
        self.threads: set[str] = set()
        self.full = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def write(self, rows: Sequence[int]) -> None:
        self.tries += 1
        self.threads.add(threading.current_thread().name)
        if self.broken:
            self.broken = self.tries < 3
            raise StorageError("The database refused: disk full.")
        self.batches.append(list(rows))
        self._loop.call_soon_threadsafe(self.full.set)

    @property
    def rows(self) -> list[int]:
        return [row for batch in self.batches for row in batch]


def test_in_batches_in_order_on_a_thread() -> None:
    async def main() -> None:
        table = Table()
        behind = WriteBehind[int]("rows", table.write, batch=4, most=100)
        for number in range(10):
            behind.put(number)
        await behind.flush()
        assert table.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
        assert threading.current_thread().name not in table.threads
        await behind.close()

    asyncio.run(main())


def test_what_cannot_be_written_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        table = Table()
        table.broken = True
        behind = WriteBehind[int]("rows", table.write, batch=4, most=100, retry_s=0.001)
        running = asyncio.create_task(behind.run())
        for number in range(3):
            behind.put(number)
        await asyncio.wait_for(table.full.wait(), 10)
        running.cancel()
        await behind.close()
        assert (table.tries, table.rows) == (4, [0, 1, 2])

    with caplog.at_level(logging.ERROR, "nemoproxy.records"):
        asyncio.run(main())
    assert [record.getMessage() for record in caplog.records] == [
        "rows cannot be written: The database refused: disk full."
    ]


def test_what_waits_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        table = Table()
        behind = WriteBehind[int]("rows", table.write, batch=4, most=10, size=lambda row: row)
        for number in (4, 5, 6, 1, 1):
            behind.put(number)
        await behind.close()
        assert table.rows == [4, 5, 1]

    asyncio.run(main())
    assert "2 rows are not written: more came than could be" in caplog.text


def test_the_end_does_not_wait_for_a_table_that_refuses(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        table = Table()
        table.broken = True
        behind = WriteBehind[int]("rows", table.write, batch=4, most=10)
        behind.put(1)
        await behind.close()
        assert table.tries == 1

    asyncio.run(main())
    assert "1 rows are not written: The database refused" in caplog.text
