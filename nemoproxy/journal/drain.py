"""`Drain`: the thread that takes what was appended into the records, and knows whether money can be taken at all."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from nemoproxy._core import Batch
from nemoproxy.journal import segments
from nemoproxy.journal.failures import Failures
from nemoproxy.journal.segments import Segment
from nemoproxy.journal.writer import Journal
from nemoproxy.storage import Books, StorageError

log = logging.getLogger("nemoproxy.journal")

INTERVAL_S = 1.0
"""Between two looks at what was appended: a transaction costs as much as booking hundreds of requests."""
PROBE_S = 0.25
"""The records are tried this often while there is nothing to book."""
PATIENCE_S = 10.0
"""A write that takes longer than this is one that does not succeed. A disk that others use takes seconds for one,
now and then; what is settled meanwhile is in the journal."""
BACK_OFF_S = (0.1, 0.25, 0.5)
MOST_OUTAGES = 1000
"""That wait to be told; the oldest are forgotten first."""
BATCH_BYTES = 2 << 20
BATCH_RECORDS = 2000


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Stop(Generic[T]):
    """A place in the journal that nothing is booked beyond before `ask` was called."""

    segment: Segment
    end: int
    ask: Callable[[], T]
    answer: Future[T] = field(default_factory=Future)


class Drain:
    """One for each journal. `recover`, then `start`; `stop` books what is left. Nothing here runs on the event loop."""

    def __init__(
        self, journal: Journal, books: Books, reserve: int = 0, booked: Callable[[Batch], None] | None = None
    ) -> None:
        """`reserve`: so many frames have to fit into the journal, and more; a segment has room for them. `booked` hears
        of what this life of the process appended, on this thread."""
        self._journal = journal
        self._reserve = reserve
        self._tell = booked
        self._books = books
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._works = True
        self._cramped = False
        self._trying_since: float | None = None
        self._tried_at = 0.0
        self._booked = threading.Condition()
        self._stops: deque[_Stop[Any]] = deque()
        self._refused: set[str] = set()
        self.failures = Failures()
        journal.running_low = self._wake.set
        self._outages: deque[tuple[str, str, Mapping[str, Any]]] = deque(maxlen=MOST_OUTAGES)

    # For any thread.

    def sound(self) -> bool:
        """Whether what is settled now can be written down, and booked soon: the records take writes, and the journal
        has room, and nothing that waits for room."""
        since, journal = self._trying_since, self._journal
        if since is not None and time.monotonic() - since > PATIENCE_S:
            return False
        if journal.unwritten and not journal.catch_up():
            return False
        return self._works and (bool(journal.spares) or journal.room() > self._reserve)

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Waits until all that was appended before the call is booked. False: it is not, yet."""
        target = self._journal.unbooked()
        self._wake.set()
        with self._booked:
            return self._booked.wait_for(lambda: all(one.booked >= end for one, end in target), timeout_s)

    def as_of_now(self, ask: Callable[[], T]) -> Future[T]:
        """What `ask` finds in the records when all that was appended before the call is booked, and nothing after it.

        For the thread that appends; `ask` is called on this one.
        """
        stop = _Stop(*self._journal.end(), ask)
        self._stops.append(stop)
        self._wake.set()
        return stop.answer

    def exhausted(self, org_id: str) -> None:
        """A request was refused or cut off because its organisation has no credit left. The records hear of it once."""
        self._refused.add(org_id)

    def outage(self, target: str, since: str, payload: Mapping[str, Any]) -> None:
        """A target of calls fails, or is back. The records hear of it."""
        self._outages.append((target, since, payload))

    # Life.

    def recover(self) -> int:
        """Books what workers that are gone left behind, this one's earlier life included. Returns how many requests.

        Before `start`, and before balances are read. Raises `StorageError` and OSError; what is not booked then is
        still there the next time.
        """
        journal = self._journal
        count = sum(self._recover(journal.worker, path) for path in journal.left_over)
        journal.left_over.clear()
        for worker in segments.workers(journal.root):
            if worker != journal.worker:
                with segments.left_behind(journal.root, worker) as directory:
                    count += sum(self._recover(worker, path) for path in segments.found(directory)) if directory else 0
        if count:
            log.info("booked %d requests that were settled before the last stop", count)
        return count

    def start(self) -> None:
        """From here on, `sound` is true or false for a reason."""
        try:
            self._try(lambda: self._books.probe(self._journal.worker))
        except StorageError as error:
            self._fails("settled requests cannot be booked: %s", error)
        self._thread = threading.Thread(target=self._run, name="drain", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Books what is left and ends the thread. False: some of it is in the journal only, until the next start."""
        if self._thread is None:
            return not self._journal.unbooked()
        booked = self.flush(timeout_s)
        self._stopping = True
        self._wake.set()
        self._thread.join()
        return booked

    # The thread.

    def _run(self) -> None:
        failures = 0
        while not self._stopping:
            try:
                self._step()
                failures = 0
            except StorageError as error:
                self._fails("settled requests cannot be booked: %s", error)
                self._sync()
                failures += 1
            except Exception:  # money is not taken while this is so, and requests that are under way go on
                log.exception("settled requests cannot be booked")
                self._works = False
                self._sync()
                failures += 1
            pause = BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1] if failures else INTERVAL_S
            if self._wake.wait(pause):
                self._wake.clear()
        with suppress(StorageError):
            self._tell_outages()
            self._tell_failures(all_of_it=True)

    def _step(self) -> None:
        self._tend()
        booked = self._book_all()
        # While the records are thought to be out of reach, nothing but a write that works says otherwise.
        if not booked and (not self._works or time.monotonic() - self._tried_at >= PROBE_S):
            self._try(lambda: self._books.probe(self._journal.worker))
        if self._refused:
            told = self._refused.copy()
            self._try(lambda: self._books.exhausted(told))
            self._refused -= told
        self._tell_outages()
        self._tell_failures()
        if not self._works:
            log.info("settled requests are booked again")
            self._works = True

    def _tell_outages(self) -> None:
        if self._outages:
            news = tuple(self._outages)
            self._try(lambda: self._books.outages(news))
            for _ in news:
                self._outages.popleft()

    def _tell_failures(self, *, all_of_it: bool = False) -> None:
        told = self.failures.due(time.monotonic(), all_of_it=all_of_it)
        if told:
            try:
                self._try(lambda: self._books.failures(told))
            except StorageError:
                self.failures.untold(told, time.monotonic())
                raise

    def _try(self, write: Callable[[], object]) -> None:
        """A write to the records, which may take as long as it likes: `sound` knows when it began."""
        self._tried_at = self._trying_since = time.monotonic()
        write()
        self._trying_since = None  # and not if it failed: that is not known to `sound` before it has been caught

    def _tend(self) -> None:
        self._keep(self._journal.tend)

    def _sync(self) -> None:
        """What cannot be booked now is to be on the disk at least. What is booked is, in the records."""
        self._keep(self._journal.sync)

    def _keep(self, care: Callable[[], None]) -> None:
        try:
            care()
        except OSError as error:
            if not self._cramped:
                log.error("the journal in %s cannot be extended or synced: %s", self._journal.root, error.strerror)
            self._cramped = True
        else:
            self._cramped = False

    def _book_all(self) -> bool:
        """Books what there is. Whether there was anything.

        What comes meanwhile waits for the next look: to go after it is a transaction for each handful, all the time.
        """
        anything = False
        while True:
            segment = self._journal.oldest()
            sealed = segment.sealed  # before what it has is looked at: after that, nothing more comes
            end = segment.end
            while segment.booked < end and self._book_some(segment):
                anything = True
                self._tend()
            self._answer(segment)
            if not sealed:
                return anything
            self._journal.drop(segment)

    def _answer(self, segment: Segment) -> None:
        """Calls those who wait for the records to be where they are."""
        while self._stops and self._stops[0].segment is segment and segment.booked >= self._stops[0].end:
            stop = self._stops.popleft()
            if not stop.answer.set_running_or_notify_cancel():
                continue
            try:
                stop.answer.set_result(stop.ask())
            except Exception as error:  # noqa: BLE001  it is the caller's
                stop.answer.set_exception(error)

    def _book_some(self, segment: Segment) -> bool:
        self._answer(segment)
        start, end = segment.booked, segment.end  # before the stops: one that comes after this is no nearer
        if self._stops and self._stops[0].segment is segment:
            end = min(end, self._stops[0].end)
        if start == end:
            return False
        data = segment.read(start, min(end - start, BATCH_BYTES))
        batch = Batch.read(data)
        length = batch.end
        if batch.damaged or (length < len(data) and start + len(data) == end):
            # Not what was written a moment ago: the disk is failing. What can be had is booked, the rest is kept.
            log.error("%s is damaged after byte %d", segment.path, start)
            segment.damaged = True
            length = len(data)
        place = (self._journal.worker, segment.path.name, start + length)
        self._try(lambda: self._books.book(batch, *place))
        if self._tell is not None:
            self._tell(batch)
        with self._booked:
            segment.booked = start + length
            self._booked.notify_all()
        segment.release()
        return True

    def _recover(self, worker: str, path: Path) -> int:
        """Books a segment that nobody writes any more, and deletes it."""
        data = path.read_bytes()
        known = self._books.position(worker)
        at = known[1] if known is not None and known[0] == path.name else 0
        count, damaged = 0, False
        while batch := Batch.read(data, at, BATCH_RECORDS):
            damaged = damaged or batch.damaged
            count += self._books.book(batch, worker, path.name, batch.end)
            at = batch.end
        if damaged:
            log.error("%s was damaged; what could be read is booked, and the file kept", path)
        segments.discard(path, damaged=damaged)
        return count

    def _fails(self, message: str, reason: object) -> None:
        if self._works:
            log.error(message, reason)
        self._works = False
