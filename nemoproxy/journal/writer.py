"""`Journal`: where settled requests are appended, on the path of a request."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from nemoproxy.journal import segments
from nemoproxy.journal.segments import Segment

SEGMENT_BYTES = 2 << 20
MAX_FRAME = 1024
"""No frame is larger: see `Bill.frame`."""


def _nobody() -> None: ...


class JournalFull(Exception):
    """There is no room for a frame, or it could not be written. It is not in the journal."""


class Journal:
    """The journal of one worker. Raises OSError when its first segments cannot be made.

    Any thread may append. The drain's makes segments ahead and takes away those that are booked; no work is done under
    the lock but the write itself.
    """

    def __init__(self, root: Path, worker: str = "0", *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.root = root
        self.worker = worker
        self._directory = root / worker
        self._segment_bytes = max(segment_bytes, MAX_FRAME)
        owned = segments.lock(self._directory)
        if owned is None:
            raise OSError(f"another process writes the journal in {self._directory}")
        self._owned = owned
        self.identity = segments.identity(owned)
        """Of this worker, in all its lives."""
        self._writing = threading.Lock()
        self.left_over = segments.found(self._directory)
        """Segments of an earlier life of this worker. The drain books them, before it begins with ours."""
        self._segments: deque[Segment] = deque()
        """Those that are not wholly booked, oldest first. The last one is being written."""
        self._retired: Segment | None = None
        (self._directory / segments.EMPTIED).unlink(missing_ok=True)
        self._spare: Segment | None = None
        self.has_spare = False
        """There is another segment to go on to."""
        self.sealed: Callable[[], object] = _nobody
        """Told each time that a segment is full: another spare one is needed, and soon."""
        try:
            self._current = self._make()
            self._segments.append(self._current)
            self._spare = self._make()
            self.has_spare = True
        except OSError:
            self.close()
            raise

    def append(self, frame: bytes) -> None:
        """Writes a settled request. Once this returns, no end of the process can lose it. Raises `JournalFull`."""
        with self._writing:
            segment = self._current
            start = segment.end
            end = start + len(frame)
            if end > segment.size:
                segment = self._go_on()
                start, end = 0, len(frame)
            segment.memory[start:end] = frame
            segment.end = end

    def room(self) -> int:
        """How many more frames certainly fit, whatever else fills the disk."""
        spare = self._spare
        return self._current.left // MAX_FRAME + (0 if spare is None else spare.left // MAX_FRAME)

    def end(self) -> tuple[Segment, int]:
        """The segment that is being written, and how far."""
        with self._writing:
            return self._current, self._current.end

    def _go_on(self) -> Segment:
        spare = self._spare
        if spare is None:
            raise JournalFull("the journal is full, and no room could be made on the disk")
        self._spare, self.has_spare = None, False
        self._current.sealed = True
        self._current = spare
        self._segments.append(spare)
        self.sealed()
        return spare

    # The drain's thread.

    def tend(self) -> None:
        """Makes the segment that is needed next. Raises OSError when there is no room for it.

        A segment that somebody deleted is replaced: a restart would not find what is in it.
        """
        spare = self._spare
        if spare is None or not spare.exists():
            made = self._make()
            with self._writing:
                spare, self._spare, self.has_spare = self._spare, made, True
            if spare is not None:
                spare.close()
        if not self._current.exists():
            with self._writing:
                self._go_on()

    def oldest(self) -> Segment:
        return self._segments[0]

    def drop(self, segment: Segment) -> None:
        """The oldest segment, sealed and wholly booked."""
        with self._writing:
            self._segments.popleft()
        if self._retired is None and not segment.damaged:
            try:
                segment.retire()
            except OSError:
                pass
            else:
                self._retired = segment
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
        for unused in (self._spare, self._retired):
            if unused is not None:
                unused.discard()
        self._spare, self.has_spare, self._retired = None, False, None
        os.close(self._owned)

    def _make(self) -> Segment:
        retired, self._retired = self._retired, None
        if retired is not None:
            try:
                return segments.renew(retired)
            except OSError:
                retired.discard()
        return segments.make(self._directory, self._segment_bytes)
