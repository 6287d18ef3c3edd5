"""The journal: what is in it after everything that can happen to a file, and that it is booked exactly once."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import stat
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import crc32

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from nemoproxy._core import Batch
from nemoproxy.journal import Drain, Journal, drain, segments
from nemoproxy.journal.writer import SPARES
from nemoproxy.storage import Books, Records, StorageError
from nemoproxy.storage.verify import verify
from tests.money import PEPPER, batch, pack, records_of, settled
from tests.timing import LONG

GRANT = 10**15


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with Records.open(f"sqlite:///{tmp_path}/records.db", PEPPER, signup_grant=GRANT) as records:
        yield records


@pytest.fixture
def books(records: Records) -> Iterator[Books]:
    books = records.books()
    yield books
    books.close()


@pytest.fixture
def org(records: Records) -> str:
    return records.list_orgs()[0].id


def booked(records: Records, org: str) -> list[str]:
    """Ids of requests with a settle entry, in order."""
    entries, _ = records.ledger.history("default", limit=100_000)
    return sorted(entry.request_id for entry in entries if entry.kind == "settle" and entry.request_id)


def fill(journal: Journal, org: str) -> int:
    """Appends until there is no room, and forgets what there was none for. How many there were."""
    for number in range(10_000):
        journal.append(pack(settled(number, org_id=org)))
        if journal.unwritten:
            journal.unwritten.clear()
            return number
    raise AssertionError("never full")


def ids(*numbers: int) -> list[str]:
    return [settled(number).request_id for number in numbers]


class TestFrames:
    @given(model=st.text(max_size=60), held=st.integers(0, 10**18), first=st.none() | st.integers(1, 2**63 - 1))
    def test_what_goes_in_comes_out(self, model: str, held: int, first: int | None) -> None:
        record = settled(1, model=model, target_model=model, held=held, cost=held // 2, first_byte_us=first)
        frame = pack(record)
        found = Batch.read(frame + bytes(100))
        assert (found.end, found.damaged, records_of(found)) == (len(frame), False, [record])

    def test_frames_of_before_there_were_variants(self) -> None:
        record = settled(org_id="org_1")
        payload = msgspec.msgpack.encode(msgspec.structs.astuple(record)[:-1])
        length = struct.pack("<H", len(payload))
        old = struct.pack("<I", crc32(length + payload)) + length + payload
        tested = settled(1, org_id="org_1", variant="test/variant")
        assert records_of(Batch.read(old + pack(tested))) == [record, tested]

    def test_every_truncation(self) -> None:
        """A torn tail costs the record that it is of, and no other; nothing is made up."""
        made = [settled(number, settled_at=1_700_000_000_000_000 + zeros) for number, zeros in enumerate((7, 256, 0))]
        data = b"".join(map(pack, made))
        ends = [len(pack(made[0])) * count for count in (1, 2, 3)]
        for length in range(len(data) + 1):
            for tail in (b"", bytes(500)):
                torn = data[:length] + tail
                # A record that ends in zeros is whole before its last bytes are written.
                whole = sum(torn[:end] == data[:end] for end in ends)
                found = Batch.read(torn)
                assert records_of(found) == made[:whole] and found.end == [0, *ends][whole]

    def test_every_flipped_byte(self) -> None:
        """The record that is hit is gone, and known to be unless it was the last; all others are there."""
        made = [settled(number) for number in range(3)]
        data = b"".join(map(pack, made))
        size = len(data) // 3
        for at in range(len(data)):
            for flip in (0x01, 0x80, 0xFF):
                hit = bytearray(data + bytes(500))
                hit[at] ^= flip
                found = Batch.read(bytes(hit))
                assert records_of(found) == [record for number, record in enumerate(made) if number != at // size]
                assert found.damaged == (at // size != 2)

    @settings(max_examples=200)
    @given(st.binary(max_size=3000))
    def test_noise_is_nothing(self, noise: bytes) -> None:
        assert not Batch.read(noise) and not Batch.read(noise).damaged
        record = settled(7)
        assert records_of(Batch.read(noise + pack(record))) == [record]

    def test_noise_is_read_in_linear_time(self) -> None:
        assert not Batch.read(b"\xff\x03\xdc\x00" * (1 << 20))

    def test_a_part_at_a_time(self) -> None:
        data = b"".join(pack(settled(number)) for number in range(10))
        at, sizes = 0, []
        while found := Batch.read(data, at, 4):
            at = found.end
            sizes.append(len(found))
        assert (at, sizes) == (len(data), [4, 4, 2])

    def test_what_is_kept_is_there_once(self) -> None:
        found = batch(*(settled(number % 3) for number in range(9)))
        assert found.request_ids() == ids(0, 1, 2) * 3
        assert found.keep(ids(2, 0)).request_ids() == ids(0, 2)


class TestAppend:
    def test_files_are_the_owners(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path / "journal", "0")
        paths = list((tmp_path / "journal" / "0").iterdir())
        assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
        assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o700
        assert sum(path.stat().st_blocks * 512 for path in paths) >= 2 * journal._segment_bytes
        journal.close()
        assert [path.name for path in (tmp_path / "journal" / "0").iterdir()] == ["lock"]

    def test_one_writer_for_each(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path, "0")
        with pytest.raises(OSError, match="another process writes"):
            Journal(tmp_path, "0")
        Journal(tmp_path, "1").close()
        journal.close()
        Journal(tmp_path, "0").close()

    def test_room_is_a_promise(self, tmp_path: Path) -> None:
        """As many records as it says fit, the largest there are, with nobody making room; then it says no."""
        journal = Journal(tmp_path, segment_bytes=10_000)
        model = "m" * 256
        room = journal.room()
        assert room == 9 * (1 + SPARES)
        for number in range(room):
            journal.append(pack(settled(number, model=model, target_model=model)))
        last = pack(settled(99, model=model, target_model=model))
        while not journal.unwritten:
            before = journal.room()
            journal.append(last)
            assert journal.room() <= before
        assert journal.room() == 0 and not journal.catch_up() and list(journal.unwritten) == [last]
        journal.tend()
        assert journal.room() == 9 * SPARES
        assert journal.catch_up() and journal.end()[1] == len(last)
        journal.append(pack(settled(100)))
        journal.close()

    def test_a_disk_that_is_full(self, tmp_path: Path, books: Books, records: Records, org: str) -> None:
        """No file may grow: nothing that was made ahead fails, what was not says so, and all is well afterwards."""
        journal = Journal(tmp_path / "journal", segment_bytes=20_000)
        runner = Drain(journal, books)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        try:
            with pytest.raises(OSError, match="File too large"):
                segments.make(tmp_path / "other", 20_000)
            assert list((tmp_path / "other").iterdir()) == []
            assert journal.room() >= 36 and runner.sound()
            appended = fill(journal, org)
            assert appended >= 36
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, before)
        runner.start()
        assert runner.flush() and runner.sound()
        journal.append(pack(settled(appended, org_id=org)))
        assert runner.flush()
        assert booked(records, org) == ids(*range(appended + 1))
        assert runner.stop()
        journal.close()

    def test_no_room_for_the_next_segment(
        self, tmp_path: Path, books: Books, records: Records, org: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The disk is full for new segments: all that was promised is written, and no more until that is booked."""
        journal = Journal(tmp_path / "journal", segment_bytes=5_000)

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        runner = Drain(journal, books)
        with monkeypatch.context() as patch:
            patch.setattr(os, "posix_fallocate", full)
            room = journal.room()
            number = fill(journal, org)
            assert number >= room and not runner.sound()
            runner.start()
            assert runner.flush()
            wait_until(runner.sound)
        journal.append(pack(settled(number, org_id=org)))
        assert runner.stop()
        journal.close()
        assert booked(records, org) == ids(*range(number + 1))

    def test_a_directory_that_is_deleted(self, tmp_path: Path, books: Books, records: Records, org: str) -> None:
        journal = Journal(tmp_path / "journal")
        runner = Drain(journal, books)
        journal.append(pack(settled(1, org_id=org)))
        for path in segments.found(tmp_path / "journal" / "0"):
            path.unlink()
        journal.tend()
        journal.append(pack(settled(2, org_id=org)))
        assert all(segment.exists() for segment, _ in journal.unbooked()[1:])
        runner.start()
        assert runner.stop()
        journal.close()
        assert booked(records, org) == ids(1, 2)


class TestSegment:
    def test_is_written_from_its_begin_to_its_end(self, tmp_path: Path) -> None:
        segment = segments.make(tmp_path, 10)
        frames = (b"abcd", b"efgh", b"ijk", b"ij", b"k")
        assert [segment.append(frame) for frame in frames] == [True, True, False, True, False]
        assert (segment.read(0, 10), segment.end, segment.left, segment.sealed) == (b"abcdefghij", 10, 0, False)
        segment.discard()

    def test_nothing_is_written_once_it_is_sealed(self, tmp_path: Path) -> None:
        segment = segments.make(tmp_path, 10_000)
        frame = pack(settled(1))
        assert segment.append(frame)
        segment.seal()
        assert not segment.append(frame)
        assert segment.sealed and segment.end == len(frame) == Batch.read(segment.read(0, 10_000)).end
        segment.discard()


class TestDrain:
    def test_many_threads_append_while_it_books(self, tmp_path: Path, books: Books, records: Records, org: str) -> None:
        journal = Journal(tmp_path / "journal", segment_bytes=20_000)
        runner = Drain(journal, books)
        runner.start()

        def append(first: int) -> None:
            for number in range(first, first + 500):
                journal.append(pack(settled(number, org_id=org)))

        threads = [threading.Thread(target=append, args=(first,)) for first in range(0, 2000, 500)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        while not journal.catch_up():
            assert runner.flush()
        assert runner.flush() and runner.stop()
        journal.close()
        assert booked(records, org) == ids(*range(2000)) and verify(records) == []

    def test_books_what_is_appended_over_many_segments(
        self, tmp_path: Path, books: Books, records: Records, org: str
    ) -> None:
        journal = Journal(tmp_path / "journal", segment_bytes=20_000)
        runner = Drain(journal, books)
        runner.start()
        for number in range(2000):
            while not journal.room():
                runner.flush()
            journal.append(pack(settled(number, org_id=org)))
        assert runner.flush() and runner.stop()
        journal.close()
        assert booked(records, org) == ids(*range(2000))
        assert records.ledger.balances()[org].balance == GRANT - 2000 * 60
        assert segments.found(tmp_path / "journal" / "0") == [] and verify(records) == []

    def test_a_segment_is_used_again_and_nothing_of_before_is_in_it(
        self, tmp_path: Path, books: Books, records: Records, org: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[segments.Segment] = []
        make = segments.make
        monkeypatch.setattr(segments, "make", lambda *where: made.append(make(*where)) or made[-1])
        directory = tmp_path / "journal" / "0"
        journal = Journal(tmp_path / "journal", segment_bytes=4096)
        runner = Drain(journal, books)
        for number in range(100):
            journal.append(pack(settled(number, org_id=org)))
            runner._step()
        assert len(made) <= SPARES + 2
        for path in directory.glob("*"):  # what a kill would leave: only the current segment has frames, and no damage
            found = Batch.read(path.read_bytes())
            assert not found.damaged and len(found) < 100
        for path in segments.found(directory)[1:]:
            path.unlink()  # somebody tidies up
        for number in range(100, 200):
            runner._step()
            journal.append(pack(settled(number, org_id=org)))
        runner._step()
        assert booked(records, org) == ids(*range(200)) and verify(records) == []
        journal.close()
        assert segments.found(directory) == [] and not (directory / segments.EMPTIED).exists()

    def test_recovers_what_any_worker_left(self, tmp_path: Path, books: Books, records: Records, org: str) -> None:
        root = tmp_path / "journal"
        for worker in ("0", "1", "2"):
            journal = Journal(root, worker)
            journal.append(pack(settled(int(worker), org_id=org)))
            journal.append(pack(settled(10 + int(worker), org_id=org)))
            journal.close()
        alive = Journal(root, "1")
        journal = Journal(root, "0")
        runner = Drain(journal, books)
        assert runner.recover() == 4 and booked(records, org) == ids(0, 2, 10, 12)
        assert Drain(alive, books).recover() == 2
        assert runner.recover() == 0
        for one in (alive, journal):
            one.close()
        assert [path for path in root.rglob("*") if path.suffix == ".journal"] == [] and verify(records) == []

    def test_recovery_that_is_interrupted(
        self, tmp_path: Path, books: Books, records: Records, org: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Stopped after any of its batches, and again before it deletes what it booked."""
        monkeypatch.setattr(drain, "BATCH_RECORDS", 3)
        root = tmp_path / "journal"
        journal = Journal(root)
        for number in range(10):
            journal.append(pack(settled(number, org_id=org)))
        journal.close()
        book = books.book
        for allowed in (1, 2, 0):
            left = [allowed]

            def fails(*args: object, left: list[int] = left) -> int:
                if left[0] == 0:
                    raise StorageError("gone")
                left[0] -= 1
                return book(*args)  # type: ignore[arg-type]

            journal = Journal(root)
            with monkeypatch.context() as patch:
                patch.setattr(books, "book", fails)
                with pytest.raises(StorageError, match="gone"):
                    Drain(journal, books).recover()
            journal.close()
        assert booked(records, org) == ids(*range(9))
        (path,) = segments.found(root / "0")
        data = path.read_bytes()
        journal = Journal(root)
        assert Drain(journal, books).recover() == 1
        journal.close()
        path.write_bytes(data)
        with sqlite3.connect(tmp_path / "records.db") as file:
            file.execute("DELETE FROM journal_positions")
        file.close()
        journal = Journal(root)
        assert Drain(journal, books).recover() == 0
        journal.close()
        assert booked(records, org) == ids(*range(10)) and verify(records) == []

    def test_damage_is_kept_for_inspection(self, tmp_path: Path, books: Books, records: Records, org: str) -> None:
        root = tmp_path / "journal"
        journal = Journal(root)
        for number in range(5):
            journal.append(pack(settled(number, org_id=org)))
        journal.close()
        (path,) = segments.found(root / "0")
        data = bytearray(path.read_bytes())
        data[len(pack(settled(0, org_id=org))) * 2 + 40] ^= 1
        path.write_bytes(data)
        journal = Journal(root)
        assert Drain(journal, books).recover() == 4
        journal.close()
        assert booked(records, org) == ids(0, 1, 3, 4)
        assert path.with_suffix(".damaged").read_bytes() == data and not path.exists()

    def test_two_drains_race(self, tmp_path: Path, records: Records, org: str) -> None:
        """Over the same records, some of them twice: each is booked once."""
        made = [settled(number % 150, org_id=org) for number in range(300)]
        sets = [records.books(), records.books()]
        barrier = threading.Barrier(2)

        def race(books: Books, size: int) -> None:
            barrier.wait()
            for start in range(0, len(made), size):
                books.book(batch(*made[start : start + size]), f"worker-{size}", "segment", start)

        threads = [threading.Thread(target=race, args=pair) for pair in zip(sets, (7, 20), strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for books in sets:
            books.close()
        assert booked(records, org) == ids(*range(150)) and verify(records) == []

    def test_a_database_that_is_locked(
        self, tmp_path: Path, books: Books, records: Records, org: str, impatient_books: None
    ) -> None:
        """Noticed while idle; nothing is lost; over without a restart. A lock of a moment is no failure."""
        journal = Journal(tmp_path / "journal")
        runner = Drain(journal, books)
        runner.start()
        other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
        for _ in range(3):
            other.execute("BEGIN IMMEDIATE")
            assert not runner.flush(0.3) if journal.unbooked() else runner.sound()
            journal.append(pack(settled(99, org_id=org)))
            other.execute("ROLLBACK")
            assert runner.flush() and runner.sound()
        other.execute("BEGIN IMMEDIATE")
        wait_until(lambda: not runner.sound())
        journal.append(pack(settled(1, org_id=org)))
        assert not runner.flush(0.5)
        other.execute("ROLLBACK")
        other.close()
        wait_until(runner.sound)
        assert runner.flush() and runner.stop()
        journal.close()
        assert booked(records, org) == ids(1, 99)

    def test_a_database_that_is_read_only(self, tmp_path: Path, books: Books, records: Records, org: str) -> None:
        journal = Journal(tmp_path / "journal")
        runner = Drain(journal, books)
        runner.start()
        state = "ON"
        event.listen(
            books._engine, "checkout", lambda connection, *_: connection.execute(f"PRAGMA query_only = {state}").close()
        )
        wait_until(lambda: not runner.sound())
        journal.append(pack(settled(1, org_id=org)))
        assert not runner.flush(0.5)
        state = "OFF"
        wait_until(runner.sound)
        assert runner.stop()
        journal.close()
        assert booked(records, org) == ids(1)

    def test_only_a_write_that_works_makes_it_healthy(
        self, tmp_path: Path, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        journal = Journal(tmp_path / "journal")
        runner = Drain(journal, books)

        def fails(_: str) -> None:
            raise StorageError("read-only")

        with monkeypatch.context() as patch:
            patch.setattr(books, "probe", fails)
            for _ in range(3):
                with pytest.raises(StorageError, match="read-only"):
                    runner._step()
                runner._works = False
        runner._step()
        assert runner.sound()
        journal.close()

    def test_the_position_of_another_life_is_not_believed(
        self, tmp_path: Path, books: Books, records: Records, org: str
    ) -> None:
        """The journal was deleted, the records not: what is in the new one is booked from its beginning."""
        for number, root in ((1, "one"), (2, "two")):
            journal = Journal(tmp_path / root)
            journal.append(pack(settled(number, org_id=org)))
            journal.close()
            journal = Journal(tmp_path / root)
            assert Drain(journal, books).recover() == 1
            journal.close()
        assert booked(records, org) == ids(1, 2)


def wait_until(condition: Callable[[], bool]) -> None:
    """Looks until it is so; the test's own time limit is what ends this if it never is."""
    gate = threading.Event()
    while not condition():
        gate.wait(0.01)


KILLED = """
import sys, os
from pathlib import Path
from nemoproxy._core import Batch
from nemoproxy.journal import Drain, Journal
from nemoproxy.storage import Records
from tests.money import PEPPER, batch, pack, records_of, settled

root, org, first = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
records = Records.open(f"sqlite:///{root}/records.db", PEPPER)
journal = Journal(root / "journal", segment_bytes=20_000)
drain = Drain(journal, records.books())
drain.recover()
drain.start()
number = first
while True:
    if journal.room():
        journal.append(pack(settled(number, org_id=org)))
        os.write(1, b"%d\\n" % number)
        number += 1
"""


def test_kill_9(tmp_path: Path, records: Records, books: Books, org: str) -> None:
    """At any moment, again and again: every append that was acknowledged is booked, and once."""
    first = 0
    acknowledged: set[int] = set()
    for run in range(0, 20, 1 if LONG else 3):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path), org, str(first)], stdout=subprocess.PIPE, bufsize=0
        )
        assert process.stdout is not None
        seen = b""
        while seen.count(b"\n") < 20 + run * 37:
            seen += process.stdout.read(1 << 16)
        process.kill()
        while more := process.stdout.read(1 << 16):
            seen += more
        process.wait()
        process.stdout.close()
        numbers = [int(line) for line in seen.split(b"\n")[:-1]]
        assert numbers == list(range(first, numbers[-1] + 1))
        acknowledged |= set(numbers)
        first = numbers[-1] + 2  # the one after the last may have been written, and not said to be
    journal = Journal(tmp_path / "journal")
    Drain(journal, books).recover()
    journal.close()
    found = booked(records, org)
    assert set(ids(*acknowledged)) <= set(found) <= set(ids(*range(first))) and len(found) == len(set(found))
    assert records.ledger.balances()[org].settled == 60 * len(found)
    assert verify(records) == []
