"""How fast settled requests go into the journal, and from there into the records. One core is enough for both.

    python -m loadtest.drain_speed [--records 100000] [--directory DIR]

Prints microseconds for an append, and what booking comes to: requests a second of wall-clock time, and microseconds of
CPU for each. Pin it (`taskset -c 1`) to hold it to one core. The bars are 4 us and 20,000 requests a second.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from nemoproxy._core import Bill, Request
from nemoproxy.config import Credits
from nemoproxy.journal import Drain, Journal
from nemoproxy.storage import Records
from nemoproxy.storage.verify import verify

KEYS = 50


REQUEST = Request.parse(b'{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}', "chat")


def frames(count: int, org_id: str, seed: int) -> Iterator[bytes]:
    """As the gateway makes them: keys of five teams, ids in the order of time."""
    rng = random.Random(seed)
    now = 1_763_000_000_000_000
    for number in range(count):
        key = rng.randrange(KEYS)
        cost, request_id = rng.randrange(900_000_000), f"nemo-{now + number * 125:013x}{rng.getrandbits(44):011x}"
        bill = Bill.unanswered(REQUEST, rng.randrange(4000))
        ids = request_id, org_id, f"team_{key % 5:020d}", f"key_{key:020d}"
        target = "openai", "gpt-4o-mini-2024-07-18"
        at = now + number
        yield bill.frame(REQUEST, *ids, *target, 200, 900_000_000, cost, 0, "complete", 812_345, 201_234, at)


def measure(directory: Path, count: int) -> None:
    with Records.open(f"sqlite:///{directory}/records.db", b"p" * 32, signup_grant=10**16) as records:
        (org,) = records.list_orgs()
        made = list(frames(count, org.id, seed=1))
        journal = Journal(directory / "journal", segment_bytes=len(made) * 512)
        start, cpu = time.perf_counter(), time.process_time()
        for frame in made:
            journal.append(frame)
        elapsed, cpu = time.perf_counter() - start, time.process_time() - cpu
        print(f"append        {elapsed / count * 1e6:8.2f} us each, {cpu / count * 1e6:.2f} us of CPU")
        books = records.books(low_balance=Credits().low_balance)
        drain = Drain(journal, books)
        start, cpu = time.perf_counter(), time.process_time()
        drain.start()
        booked = drain.flush(600)
        elapsed, cpu = time.perf_counter() - start, time.process_time() - cpu
        drain.stop()
        journal.close()
        books.close()
        print(f"book          {count / elapsed:8.0f} requests/s, {cpu / count * 1e6:.1f} us of CPU each")
        findings = verify(records)
        print(f"verify        {'clean' if booked and not findings else findings}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--directory", type=Path, help="where the files go; a new one under it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        measure(Path(directory), options.records)


if __name__ == "__main__":
    main()
