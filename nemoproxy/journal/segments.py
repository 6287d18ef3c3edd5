"""The files of a journal, and who may touch them.

Each worker has a directory of its own, locked while it lives. A segment is made ahead at its full size and mapped, so
that a disk that fills up later cannot fail an append into it (on file systems that write in place: ext4, xfs, tmpfs).
One that is wholly booked is made new and used again, which spares the faults of fresh pages, or deleted; one that was
found damaged is kept under another name.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from nemoproxy._core import Batch

SUFFIX = ".journal"
EMPTIED = "emptied"
_LOCK = "lock"


@dataclass(slots=True)
class Segment:
    """A segment that this process writes, until it is sealed and the journal goes on to the next."""

    path: Path
    descriptor: int
    memory: mmap.mmap
    """The file. What is written here is in the page cache, which outlives the process, without a system call: one would
    let go of the interpreter, and a busy drain would take it for milliseconds."""
    size: int
    sealed: bool = field(default=False, init=False)
    _end: int | None = field(default=None, init=False)
    booked: int = field(default=0, init=False)
    """How far it is in the records."""
    synced: int = field(default=0, init=False)
    """How far it is on the disk, whatever happens to the machine."""
    damaged: bool = field(default=False, init=False)
    """What was written is not what was read."""

    def append(self, frame: bytes) -> bool:
        """False: there is no room, or it is sealed. For any thread: the mapping has a position, and one call writes
        there and moves it."""
        try:
            self.memory.write(frame)
        except ValueError:
            return False
        return True

    def seal(self) -> None:
        """Nothing is appended once this returns."""
        self._end = self.memory.tell()
        self.memory.seek(self.size)
        self._end += Batch.read(self.memory[self._end :]).end  # by other threads, while the lines above ran
        self.sealed = True

    @property
    def end(self) -> int:
        """How far it is written."""
        position = self.memory.tell()  # first: `seal` moves it once the end is known
        return position if self._end is None else self._end

    @property
    def left(self) -> int:
        return self.size - self.end

    def exists(self) -> bool:
        """Whether the file still has a name: without one, a restart would not find what is in it."""
        return os.fstat(self.descriptor).st_nlink > 0

    def read(self, start: int, length: int) -> bytes:
        return os.pread(self.descriptor, length, start)

    def release(self) -> None:
        """What is booked need not be mapped: it is in the page cache only until it is written again."""
        whole = self.booked - self.booked % mmap.PAGESIZE
        if whole:
            self.memory.madvise(mmap.MADV_DONTNEED, 0, whole)

    def discard(self) -> None:
        """Closes and deletes it: all of it is booked."""
        self.close()
        discard(self.path, damaged=self.damaged)

    def close(self) -> None:
        self.memory.close()
        os.close(self.descriptor)


def discard(path: Path, *, damaged: bool) -> None:
    """Deletes a segment that is booked; one with damage in it is kept for whoever wants to know, under another name."""
    with suppress(FileNotFoundError):
        if damaged:
            path.rename(path.with_suffix(".damaged"))
        else:
            path.unlink()


def make(directory: Path, size: int) -> Segment:
    """A new segment, on disk at its full size. Raises OSError, and then leaves nothing."""
    make_directory(directory)
    path = _new_name(directory)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size)
        os.fsync(descriptor)
        _sync_directory(directory)
        memory = mmap.mmap(descriptor, size)
    except BaseException:
        os.close(descriptor)
        path.unlink()
        raise
    return Segment(path, descriptor, memory, size)


def renew(old: Segment) -> Segment:
    """A segment that is wholly booked, emptied, as a new one. Raises OSError: then it is to be discarded."""
    directory = old.path.parent
    emptied = directory / EMPTIED
    old.path.rename(emptied)  # first: whoever finds half of its frames would call that damage
    old.path = emptied
    zeros, at = memoryview(bytes(old.end)), 0
    while at < old.end:  # not by `memory`: this lets go of the interpreter
        at += os.pwrite(old.descriptor, zeros[at:], at)
    path = _new_name(directory)
    emptied.rename(path)
    old.path = path
    _sync_directory(directory)
    memory = mmap.mmap(old.descriptor, old.size)
    old.memory.close()  # whoever is about to append there hears of it
    return Segment(path, old.descriptor, memory, old.size)


def _new_name(directory: Path) -> Path:
    """Ordered by time; never that of one that there was before: the records may remember a position in it."""
    return directory / f"{time.time_ns():020d}-{secrets.token_hex(4)}{SUFFIX}"


def make_directory(directory: Path) -> None:
    """A worker's directory in the journal's, for nobody else to read."""
    directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)


def found(directory: Path) -> list[Path]:
    """The segments in a worker's directory, oldest first."""
    return sorted(directory.glob(f"*{SUFFIX}"))


def workers(root: Path) -> list[str]:
    """The workers that left a directory."""
    return sorted(path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else []


def lock(directory: Path) -> int | None:
    """Takes a worker's directory until the returned descriptor is closed. None: a process that lives has it."""
    make_directory(directory)
    descriptor = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def identity(owned: int) -> str:
    """40 characters that name whoever owns the directory, of which this is the lock: the same in all its lives."""
    known = os.pread(owned, 40, 0)
    if len(known) < 40:
        known = secrets.token_hex(20).encode()
        os.pwrite(owned, known, 0)
    return known.decode("ascii", "replace")


@contextmanager
def left_behind(root: Path, worker: str) -> Iterator[Path | None]:
    """The directory of a worker that is gone, held for the time being; None if it is alive."""
    descriptor = lock(root / worker)
    try:
        yield None if descriptor is None else root / worker
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
