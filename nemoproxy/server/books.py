"""The journal and its drain, as the request path and the life of the process see them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from nemoproxy._core import Batch
from nemoproxy.journal import Drain, Journal
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.storage import Records
from nemoproxy.types import Call

log = logging.getLogger("nemoproxy.books")

RESERVE = 1024
"""Records that have to fit for another call to be let in: so many may be running when a disk fills up."""

CENT = UNITS_PER_USD // 100


class Bookkeeping:
    """`record` writes down what was settled; `sound` says whether another metered call may be let in."""

    def __init__(
        self, records: Records, directory: Path, low_balance: int, booked: Callable[[Batch], None] | None = None
    ) -> None:
        """`booked` hears of each batch, on the drain's thread."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._journal = Journal(directory)
        self.identity = self._journal.identity
        self._books = records.books(low_balance=low_balance)
        self.drain = Drain(self._journal, self._books, RESERVE, booked)
        self._low_balance = low_balance
        self._closed = False
        self.record, self.sound = self._journal.append, self.drain.sound

    def unbooked(self) -> int:
        """Bytes of the journal that are not in the records yet."""
        return sum(end - segment.booked for segment, end in self._journal.unbooked())

    def lacking(self, org_id: str, needed: int, available: int) -> None:
        """A call, or the rest of one, was more than what is left of an org's credits. It is news if that is little: one
        call that asks for very much exhausts nobody, and a budget may have been what refused it."""
        if available < min(needed, max(self._low_balance, CENT)):
            self.drain.exhausted(org_id)

    def failed(self, call: Call, code: str, status: int) -> None:
        """A call failed at its provider. Told of by the drain, together with others like it."""
        who, target = call.who, call.target
        kind = (who.org_id, target.provider, code, status)
        self.drain.failures.add(kind, target.model, who.key_id, call.client.request_id, time.monotonic())

    async def start(self) -> None:
        """Book what an earlier life left behind, then go on in the background. Raises StorageError, OSError."""
        await asyncio.to_thread(self.drain.recover)
        self.drain.start()

    async def stop(self) -> None:
        """Book what is left. The second time it does nothing."""
        if self._closed:
            return
        self._closed = True
        self._journal.catch_up()
        if not await asyncio.to_thread(self.drain.stop):
            log.warning("some settled calls are in the journal only; they are booked at the next start")
        self._journal.close()
        self._books.close()
