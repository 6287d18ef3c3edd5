"""`Journal`: where settled requests are appended, on the path of a request."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from nemoproxy.journal import segments
from nemoproxy.journal.segments import Segment

log = logging.getLogger("nemoproxy.journal")

SEGMENT_BYTES = 4 << 20
SPARES = 3
"""Segments made ahead. With the one that is written, one core's requests of five seconds: a disk that stalls for as
long holds up nobody. What is not written of them is on the disk only, not in memory."""
MAX_FRAME = 1024
"""No frame is larger: see `Bill.frame`."""


def _nobody() -> None: ...


class Journal:
    """The journal of one worker. Raises OSError when its first segments cannot be made.

    Any thread may append. The drain's makes segments ahead and takes away those that are booked; the lock is for going
    on from one to the next.
    """

    def __init__(self, root: Path, worker: str = "0", *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.root = root
        self.worker = worker
        self._directory = root / worker
        self._segment_bytes = max(segment_bytes, MAX_FRAME)
        owned = segments.lock(self._directory)
        if owned is None:
            raise OSError("another process writes it")
        self._owned = owned
        self.identity = segments.identity(owned)
        """Of this worker, in all its lives."""
        self._writing = threading.Lock()
        self.left_over = segments.found(self._directory)
        """Segments of an earlier life of this worker. The drain books them, before it begins with ours."""
        self._segments: deque[Segment] = deque()
        """Those that are not wholly booked, oldest first. The last one is being written."""
        (self._directory / segments.EMPTIED).unlink(missing_ok=True)
        self.spares: deque[Segment] = deque()
        """What to go on to."""
        self.running_low: Callable[[], object] = _nobody
        """Told when a segment is needed, and soon."""
        self.unwritten: deque[bytes] = deque()
        """Frames that there was no room for, oldest first. They are in memory only."""
        try:
            self._current = self._make()
            self._segments.append(self._current)
            self.spares += (self._make() for _ in range(SPARES))
        except OSError:
            self.close()
            raise

    def append(self, frame: bytes) -> None:
        """Writes a settled request. Once this returns, no end of the process can lose it, unless it is `unwritten`."""
        while not (segment := self._current).append(frame):
            if not self._go_on(segment):
                log.error("a request is settled, but not in the journal yet: no room could be made on the disk")
                self.unwritten.append(frame)
                return

    def catch_up(self) -> bool:
        """Writes what is unwritten, as far as there is room. Whether there is nothing left of it."""
        while self.unwritten and self.room():
            self.append(self.unwritten.popleft())
        return not self.unwritten

    def room(self) -> int:
        """How many more frames certainly fit, whatever else fills the disk."""
        return sum(segment.left // MAX_FRAME for segment in (self._current, *self.spares))

    def end(self) -> tuple[Segment, int]:
        """The segment that is being written, and how far."""
        with self._writing:
            return self._current, self._current.end

    def _go_on(self, segment: Segment) -> bool:
        """From this segment to the next, unless that was done meanwhile. False: there is none."""
        with self._writing:
            if segment is not self._current:
                return True
            if not self.spares:
                return False
            self._current = self.spares.popleft()
            self._segments.append(self._current)
            segment.seal()
        if len(self.spares) < SPARES:
            self.running_low()
        return True

    # The drain's thread.

    def tend(self) -> None:
        """Makes the segments that are needed next. Raises OSError when there is no room for them.

        A segment that somebody deleted is replaced: a restart would not find what is in it.
        """
        for spare in tuple(self.spares):
            if not spare.exists():
                with self._writing:
                    if spare not in self.spares:
                        continue
                    self.spares.remove(spare)
                spare.close()
        while len(self.spares) < SPARES:
            made = self._make()
            with self._writing:
                self.spares.append(made)
        current = self._current
        if not current.exists():
            self._go_on(current)

    def oldest(self) -> Segment:
        return self._segments[0]

    def drop(self, segment: Segment) -> None:
        """The oldest segment, sealed and wholly booked. It is used again, if one is needed."""
        with self._writing:
            self._segments.popleft()
        if len(self.spares) <= SPARES and not segment.damaged:  # `tend` has just made up for it
            with suppress(OSError):
                renewed = segments.renew(segment)
                with self._writing:
                    self.spares.append(renewed)
                return
        segment.discard()

    def unbooked(self) -> list[tuple[Segment, int]]:
        """Segments and how far they are written."""
        with self._writing:
            return [(segment, segment.end) for segment in self._segments if segment.booked < segment.end]

    def sync(self) -> None:
        """What is not in the records is on the disk, and not only in the page cache, once this returns."""
        for segment, end in self.unbooked():
            if segment.synced < end:
                os.fdatasync(segment.descriptor)
                segment.synced = end

    def close(self) -> None:
        """Once the drain has stopped: deletes what is wholly booked, and gives the directory free."""
        for segment in self._segments:
            if segment.booked == segment.end:
                segment.discard()
            else:
                segment.close()
        self._segments.clear()
        for spare in self.spares:
            spare.discard()
        self.spares.clear()
        os.close(self._owned)

    def _make(self) -> Segment:
        return segments.make(self._directory, self._segment_bytes)
