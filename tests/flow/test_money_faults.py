"""Money when things break: processes that are killed, disks that are full, databases that are not to be had."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import uvloop
from sqlalchemy import event, select

from nemoproxy import mock
from nemoproxy.config import Storage
from nemoproxy.config.values import SecretUrl
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.storage import Kind, Records, read_pepper
from nemoproxy.storage.schema import usage
from nemoproxy.storage.verify import verify
from tests.purse import Ended, Purse, cost, crowd, hold
from tests.site import Site
from tests.timing import ENOUGH_S, LONG
from tests.wire import Answer, Wire, chat, post

KILLS = 50 if LONG else 3
SEED = int(os.environ.get("NEMO_TEST_SEED", "1"))
CONFIG = """
providers: {{mock: {{base_url: "http://127.0.0.1:{port}/v1"}}}}
models: {{"*": mock}}
prices: {{mock/*: {{input: 1, output: 2}}}}
limits: {{default_tier: enterprise}}
"""


@contextmanager
def provider() -> Iterator[mock.MockServer]:
    """A mock that outlives the gateways."""
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(mock.start("127.0.0.1", 0), loop).result(ENOUGH_S)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result(ENOUGH_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class Gateway:
    """`python -m nemoproxy serve`, in a directory that may have seen others."""

    def __init__(self, directory: Path, config: str = "nemoproxy.yaml") -> None:
        self.directory = directory
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "nemoproxy", "serve", "--config", config, "--port", "0"],
            cwd=directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.popen.stdout is not None
        self.port, self.key = 0, ""
        for line in self.popen.stdout:
            if found := re.search(r"listens on http://127\.0\.0\.1:(\d+)/v1", line):
                self.port = int(found[1])
            if found := re.search(r"^ {4}(sk-nemo-\w+)$", line):
                self.key = found[1]
            if "keys create" in line or "print(" in line:
                return
        raise AssertionError("it did not start")

    def kill(self) -> None:
        self.popen.kill()
        with self.popen:
            pass

    def stop(self) -> None:
        self.popen.send_signal(signal.SIGTERM)
        assert self.popen.wait(ENOUGH_S) == 0
        with self.popen:
            pass


@contextmanager
def records(directory: Path) -> Iterator[Records]:
    url = f"sqlite:///{directory}/var/nemoproxy.db"
    pepper = read_pepper(Storage(url=SecretUrl(url), pepper_file=f"{directory}/var/pepper"))
    with Records.open(url, pepper) as opened:
        yield opened


def costs(directory: Path) -> dict[str, int]:
    """What each request was charged, once the books have been checked."""
    with records(directory) as opened:
        assert verify(opened) == []
        with opened.engine.connect() as connection:
            charged = {row[0]: row[1] for row in connection.execute(select(usage.c.request_id, usage.c.cost))}
        (balance,) = opened.ledger.balances().values()
        assert balance.settled == sum(charged.values())
        return charged


def balance(port: int, key: str) -> dict[str, Decimal]:
    with Wire(port) as wire:
        wire.send(f"GET /api/credits/balance HTTP/1.1\r\nhost: g\r\nauthorization: Bearer {key}\r\n\r\n")
        told: dict[str, Decimal] = json.loads(wire.answer("GET").body, parse_float=Decimal)
        return told


@dataclass
class Load:
    """Clients that ask without a pause, until the gateway is no more. What they saw whole, and what it was worth."""

    gateway: Gateway
    key: str
    chance: random.Random
    seen: dict[str, int] = field(default_factory=dict)
    told: dict[str, Decimal] = field(default_factory=dict)

    async def run(self, kill_after: int) -> None:
        """The gateway is killed in the middle of whatever `kill_after` reads of the clients have come to."""
        left = kill_after

        def watch() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                self.gateway.kill()

        async def ask_again() -> None:
            while left > 0:
                output = self.chance.randint(1, 60)
                streamed = self.chance.random() < 0.5
                members: dict[str, object] = {"stream": True} if streamed else {}
                if self.chance.random() < 0.5:
                    members["max_tokens"] = 100
                model = f"mock,events={output}" + (",spacing=1us,split=900" if streamed else "")
                try:
                    (answer,) = await crowd(
                        self.gateway.port, [post(chat(model, **members), self.key, connection="close")], watch
                    )
                except OSError:
                    return
                if b"credit_check_failed" in answer.raw:
                    continue  # the disk is slow just now
                if answer.raw and answer.whole:
                    assert answer.status == 200, answer.raw
                    self.seen[answer.request_id] = cost(output)
                    self.told[answer.request_id] = Decimal(answer.header("x-nemo-request-cost") or "-1")

        await asyncio.gather(*(ask_again() for _ in range(24)))


@pytest.mark.timeout(1200)
def test_killed_under_load(tmp_path: Path) -> None:
    """Whatever a client saw the end of is in the books of the next life, once, and at its price."""
    chance = random.Random(SEED)
    key, total = "", 0
    seen: dict[str, int] = {}
    with provider() as upstream:
        (tmp_path / "nemoproxy.yaml").write_text(CONFIG.format(port=upstream.port))
        for _ in range(KILLS):
            gateway = Gateway(tmp_path)
            key = gateway.key or key
            load = Load(gateway, key, chance)
            try:
                asyncio.run(load.run(chance.randint(1, 2500)))
            finally:
                gateway.kill()
            assert {id: Decimal(units) / UNITS_PER_USD for id, units in load.seen.items()} == load.told
            seen |= load.seen
            total += len(load.seen)

            gateway = Gateway(tmp_path)
            try:
                told = balance(gateway.port, key)
            finally:
                gateway.kill()
            charged = costs(tmp_path)
            assert {id: charged.get(id) for id in seen} == seen
            assert len(charged) <= upstream.total
            assert told["reserved"] == 0
            assert (
                told["balance"] == told["available"] == Decimal(5 * UNITS_PER_USD - sum(charged.values())).scaleb(-10)
            )
        assert len(seen) == total > 10 * KILLS


@pytest.mark.timeout(300)
def test_two_gateways_on_one_file(tmp_path: Path) -> None:
    """Each counts for itself, which is not advised; but whatever they book, both killed under load, is there once."""
    with provider() as upstream:
        for name in ("a", "b"):
            config = CONFIG.format(port=upstream.port) + f"credits: {{journal: var/journal-{name}}}\n"
            (tmp_path / f"{name}.yaml").write_text(config)
        gateways = [Gateway(tmp_path, "a.yaml"), Gateway(tmp_path, "b.yaml")]
        loads = [Load(gateway, gateways[0].key, random.Random(SEED + at)) for at, gateway in enumerate(gateways)]

        async def both() -> None:
            await asyncio.gather(*(load.run(1500) for load in loads))

        try:
            asyncio.run(both())
        finally:
            for gateway in gateways:
                gateway.kill()
        for name in ("b.yaml", "a.yaml"):
            Gateway(tmp_path, name).stop()
        seen = loads[0].seen | loads[1].seen
        charged = costs(tmp_path)
        assert len(seen) > 50
        assert {id: charged.get(id) for id in seen} == seen
        assert len(charged) <= upstream.total


# --- nothing can be written


def ask(port: int, key: str, model: str = "mock,events=4") -> Answer:
    with Wire(port) as wire:
        wire.send(post(chat(model, max_tokens=5), key))
        return wire.answer()


@contextmanager
def running(port: int, key: str) -> Iterator[Wire]:
    """A stream that has begun and goes no further."""
    with Wire(port) as wire:
        wire.send(post(chat("mock,events=9,fault=stall:4", stream=True), key))
        raw = b""
        while raw.count(b'"content":') < 4:
            part = wire.socket.recv(65536)
            assert part
            raw += part
        yield wire


def refused(port: int, key: str, asked: Callable[[], int]) -> None:
    """Metered requests are refused, plain and streamed, and the provider hears nothing of them."""
    before = asked()
    answer = ask(port, key)
    assert (answer.status, answer.code) == (503, "credit_check_failed")
    assert answer.headers["retry-after"] == "1"
    streamed = asyncio.run(crowd(port, [post(chat("mock", stream=True), key, connection="close")] * 5))
    assert {one.status for one in streamed} == {503}
    assert asked() == before


def survives(site: Site, purse: Purse, breaks: Callable[[], None], mends: Callable[[], None]) -> None:
    """Refuses while it is broken, books what ran meanwhile, and goes on by itself."""
    assert ask(site.port, purse.key).status == 200
    served = 1
    books = site.gateway._books
    left = len(site.mock.left)
    with running(site.port, purse.key):
        breaks()
        try:
            while (answer := ask(site.port, purse.key)).status == 200:  # until it is known
                served += 1
            assert answer.code == "credit_check_failed"
            refused(site.port, purse.key, lambda: site.mock.total)
        except BaseException:
            mends()
            raise
    site.run(site.mock.until(lambda: len(site.mock.left) == left + 1))
    purse.idle()
    refused(site.port, purse.key, lambda: site.mock.total)
    mends()
    site.eventually(books.sound)
    assert ask(site.port, purse.key).status == 200
    purse.check()
    rows = purse.rows()
    assert len(rows) == served + 2
    (cut,) = (row for row in rows if row.ending == "client_left")
    assert (cut.estimated, cut.output_tokens) == (True, 3)
    assert purse.balance() == UNITS_PER_USD - sum(row.cost for row in rows)


def test_a_database_that_is_locked(tmp_path: Path, impatient_books: None) -> None:
    with Site(tmp_path) as site:
        other = sqlite3.connect(tmp_path / "records.db", isolation_level=None, check_same_thread=False)
        survives(
            site,
            Purse.make(site, UNITS_PER_USD),
            lambda: other.execute("BEGIN EXCLUSIVE").close(),
            lambda: other.execute("ROLLBACK").close(),
        )
        other.close()


def test_a_database_that_is_read_only(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        state = {"query_only": "OFF"}
        event.listen(
            site.gateway._books._books._engine,
            "checkout",
            lambda connection, *_: connection.execute(f"PRAGMA query_only = {state['query_only']}").close(),
        )
        survives(
            site,
            Purse.make(site, UNITS_PER_USD),
            lambda: state.update(query_only="ON"),
            lambda: state.update(query_only="OFF"),
        )


@contextmanager
def small_disk(directory: Path) -> Iterator[Path]:
    directory.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(directory)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, Site(disk) as site:
        filler = disk / "filler"

        def fill() -> None:
            with filler.open("wb", buffering=0) as file:
                try:
                    while file.write(b"x" * 4096):
                        pass
                except OSError:
                    pass

        survives(site, Purse.make(site, UNITS_PER_USD), fill, filler.unlink)


def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    """Neither journal nor database: what was settled meanwhile is kept, and written when that is possible again."""
    with provider() as upstream:
        (tmp_path / "nemoproxy.yaml").write_text(CONFIG.format(port=upstream.port))
        gateway = Gateway(tmp_path)
        try:
            ids = {ask(gateway.port, gateway.key).headers["x-request-id"]}
            with running(gateway.port, gateway.key):
                _, hard = resource.prlimit(gateway.popen.pid, resource.RLIMIT_FSIZE)
                resource.prlimit(gateway.popen.pid, resource.RLIMIT_FSIZE, (0, hard))
                while (answer := ask(gateway.port, gateway.key)).status == 200:
                    ids.add(answer.headers["x-request-id"])
                assert answer.code == "credit_check_failed"
                refused(gateway.port, gateway.key, lambda: upstream.total)
            refused(gateway.port, gateway.key, lambda: upstream.total)
            resource.prlimit(gateway.popen.pid, resource.RLIMIT_FSIZE, (hard, hard))
            while (answer := ask(gateway.port, gateway.key)).status != 200:
                assert answer.code == "credit_check_failed"
            ids.add(answer.headers["x-request-id"])
            gateway.stop()
        finally:
            gateway.kill()
        charged = costs(tmp_path)
        assert ids < charged.keys()
        assert len(charged) == len(ids) + 1, "and the one that was running"
        assert all(charged[id] == cost(4) for id in ids)


def test_a_disk_that_stalls(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that takes its time holds up nobody: the journal has room for what is settled meanwhile."""
    purse = Purse.make(site, UNITS_PER_USD)
    books = site.gateway._books
    begun, goes_on = threading.Event(), threading.Event()
    book = books._books.book

    def stalled(*args: Any) -> int:
        begun.set()
        assert goes_on.wait(ENOUGH_S)
        return book(*args)

    with monkeypatch.context() as patch:
        patch.setattr(books._books, "book", stalled)
        assert ask(site.port, purse.key).status == 200
        assert begun.wait(ENOUGH_S)
        answers = asyncio.run(crowd(site.port, [post(chat("mock", max_tokens=5), purse.key, connection="close")] * 300))
        assert {one.status for one in answers} == {200}
        assert books.sound() and books.unbooked()
        goes_on.set()
        purse.check()
    assert len(purse.rows()) == 301


def test_grants_reach_a_gateway_whose_database_was_locked(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        purse = Purse.make(site, hold(5) - 1)
        assert ask(site.port, purse.key).status == 402
        other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE").close()
        site.eventually(lambda: not site.gateway._books.sound())
        assert ask(site.port, purse.key).status == 503
        other.execute("ROLLBACK").close()
        other.close()
        site.records.ledger.credit(purse.org, Kind.TOP_UP, 1)
        site.eventually(lambda: site.gateway._books.sound() and purse.available() == hold(5))
        assert ask(site.port, purse.key).status == 200
        purse.check()


def test_a_refusal_is_no_ended_answer() -> None:
    """The crowd's own judgement: a stream that was cut is not whole, however it looks."""
    assert not Ended(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n").whole
    assert Ended(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n").whole
