"""PostgreSQL instead of SQLite: the same gateway, the same books, from an empty database on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from nemoproxy.money import UNITS_PER_USD
from nemoproxy.storage import Claim, InvalidRecord, Kind, NewKey, Period, Records, Scope, StorageError, schema
from nemoproxy.storage.engine import connect, reading
from nemoproxy.storage.migrations import migrate
from nemoproxy.storage.verify import verify
from tests import postgres
from tests.flow.test_idempotency import REPLAY
from tests.flow.test_money_faults import CONFIG, Gateway, provider
from tests.money import (
    PEPPER,
    batch,
    booked_before_kinds,
    check_kinds_are_told_apart,
    settled,
)
from tests.purse import cost, hold
from tests.wire import Answer, Wire, chat, post

USD = UNITS_PER_USD


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.running() as running:
        yield running


@pytest.fixture
def url(server: postgres.Server) -> str:
    return server.new()


@pytest.fixture
def records(url: str) -> Iterator[Records]:
    with Records.open(url, PEPPER) as records:
        yield records


def ask(port: int, key: str, body: dict[str, Any], **headers: str) -> Answer:
    with Wire(port) as wire:
        wire.send(post(body, key, **headers))
        return wire.answer()


def get(port: int, key: str, path: str) -> Any:
    with Wire(port) as wire:
        wire.send(f"GET {path} HTTP/1.1\r\nhost: g\r\nauthorization: Bearer {key}\r\n\r\n")
        return json.loads(wire.answer("GET").body, parse_float=Decimal)


def nemoproxy(directory: Path, *words: str) -> str:
    command = [sys.executable, "-m", "nemoproxy", *words, "--config", "nemoproxy.yaml"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


# --- the whole of it


@pytest.mark.timeout(300)
def test_a_gateway_from_its_first_start_to_its_third(url: str, tmp_path: Path) -> None:
    """Serve, spend, be killed, book what was left behind; and all that the command line says of it."""
    stream = chat("mock,events=7", stream=True)
    with provider() as upstream:
        (tmp_path / "nemoproxy.yaml").write_text(CONFIG.format(port=upstream.port) + f"storage: {{url: '{url}'}}\n")
        first = Gateway(tmp_path)
        key = first.key
        plain = ask(first.port, key, chat("mock,events=4", max_tokens=5), idempotency_key="once")
        again = ask(first.port, key, chat("mock,events=4", max_tokens=5), idempotency_key="once")
        assert (plain.status, again.body, again.headers[REPLAY]) == (200, plain.body, "true")
        assert ask(first.port, key, stream).status == 200
        assert ask(first.port, key, chat("mock,status=500")).status == 500
        left = Decimal(5 * USD - cost(4) - cost(7)).scaleb(-10)
        assert get(first.port, key, "/api/credits/balance") == {"balance": left, "reserved": 0, "available": left}
        page = get(first.port, key, "/api/credits/history?limit=4")
        assert [entry["type"] for entry in page["data"]] == ["settle", "hold"] * 2
        assert page["total"] == 5
        first.kill()

        second = Gateway(tmp_path)
        assert get(second.port, key, "/api/credits/balance")["balance"] == left
        nemoproxy(tmp_path, "budgets", "set", "0.00005", "--team", "default", "--period", "daily")
        body = chat("mock", max_tokens=9)
        assert hold(9) + cost(4) + cost(7) > 500_000
        while (answer := ask(second.port, key, body)).status == 200:
            pass  # the gateway follows within a second
        assert (answer.status, answer.json()["reason"]) == (402, "budget_exceeded")
        second.stop()

        third = Gateway(tmp_path)
        assert ask(third.port, key, body).status == 402
        again = ask(third.port, key, chat("mock,events=4", max_tokens=5), idempotency_key="once")
        assert (again.body, again.headers[REPLAY]) == (plain.body, "true")
        third.stop()

    assert nemoproxy(tmp_path, "credits", "verify") == "Every invariant holds.\n"
    (told,) = json.loads(nemoproxy(tmp_path, "credits", "balance", "default", "--json"), parse_float=Decimal)
    listed = nemoproxy(tmp_path, "credits", "history", "default", "--limit", "10000", "--json")  # all, however many
    history = json.loads(listed, parse_float=Decimal)
    assert sum(entry["amount"] for entry in history["data"]) == told["balance"]
    assert len(history["data"]) == history["total"]
    assert "default" in nemoproxy(tmp_path, "budgets", "list")
    assert re.search(r"\bfirst\b", nemoproxy(tmp_path, "keys", "list"))
    for by in ("key", "team", "day"):
        (row,) = json.loads(nemoproxy(tmp_path, "usage", "report", "--by", by, "--json"), parse_float=Decimal)
        assert row["cost"] == told["spent"]


# --- migrations


def test_migrations_one_after_the_other_make_the_schema(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = connect(url)
    for known in range(1, len(schema.HISTORY) + 1):
        with monkeypatch.context() as patch:
            patch.setattr("nemoproxy.storage.migrations.HISTORY", schema.HISTORY[:known])
            migrate(engine)
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()
    with Records.open(url, PEPPER) as records:
        assert verify(records) == []


def test_many_that_open_an_empty_database_at_once(url: str) -> None:
    def first(_: int) -> str:
        with Records.open(url, PEPPER) as records:
            (org,) = records.list_orgs()
            return org.id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(first, range(8)))) == 1


def test_requests_from_before_there_were_kinds(url: str) -> None:
    made = booked_before_kinds(url)
    with Records.open(url, PEPPER) as records:
        check_kinds_are_told_apart(records, made)


# --- the books


def test_append_only(records: Records) -> None:
    books = records.books()
    books.book(batch(settled(1, org_id=records.list_orgs()[0].id)), "0", "s", 1)
    books.close()
    for table, column in (("credits", "amount"), ("usage_rows", "cost"), ("usage_kinds", "status")):
        for statement in (f"UPDATE {table} SET {column} = 1", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(DBAPIError, match="append-only"), records.engine.begin() as connection:
                connection.execute(text(statement))
    assert verify(records) == []


def test_what_is_wrong_is_found(records: Records) -> None:
    with records.engine.begin() as connection:
        connection.execute(text("UPDATE spending SET cost = cost + 1"))
        connection.execute(text("INSERT INTO spending VALUES ('org', 'nobody', 1, 1, 1)"))
        connection.execute(text("DROP TRIGGER usage_rows_append_only ON usage_rows"))
    says = "\n".join(map(str, verify(records)))
    assert "a day's spending" in says
    assert "append-only is missing" in says


def test_gateways_that_book_at_once(records: Records) -> None:
    """The same days of the same keys, some requests twice, in any order: nothing is lost, or doubled."""
    org = records.list_orgs()[0].id
    records.ledger.credit("default", Kind.TOP_UP, 100 * USD)
    records.budgets.set(Scope.ORG, org, USD, Period.DAILY)

    def book(worker: int) -> int:
        books, count = records.books(), 0
        for turn in range(10) if worker % 2 else reversed(range(10)):
            numbers = range(40 * turn, 40 * turn + 60)
            made = batch(*(settled(number, org_id=org, key_id=f"key_{number % 3}") for number in numbers))
            while True:  # as a drain does
                try:
                    count += books.book(made, str(worker), "s", turn)
                    break
                except StorageError as error:
                    assert "duplicate key" in str(error)
        books.close()
        return count

    with ThreadPoolExecutor(4) as pool:
        booked = sum(pool.map(book, range(4)))
    assert booked == 9 * 40 + 60
    assert records.ledger.balances()[org].settled == booked * 60
    assert verify(records) == []


@pytest.mark.parametrize("first", ["taken", "booked"])
def test_what_is_taken_while_it_is_spent(records: Records, first: str) -> None:
    """Neither of the two transactions sees the other, unless one waits for it: the balance is never below 0."""
    org = records.list_orgs()[0].id
    books = records.books()
    reached, go_on = threading.Event(), threading.Event()
    engine = records.engine if first == "taken" else books._engine
    last = "UPDATE orgs" if first == "taken" else "SELECT budgets"

    def pause(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(last) and not reached.is_set():
            reached.set()
            assert go_on.wait(30)

    event.listen(engine, "after_cursor_execute", pause)
    with ThreadPoolExecutor(2) as pool:

        def take() -> None:
            records.ledger.credit("default", Kind.EXPIRE, 4 * USD)

        def book() -> None:
            books.book(batch(settled(1, org_id=org, held=3 * USD, cost=3 * USD)), "0", "s", 1)

        one, other = (take, book) if first == "taken" else (book, take)
        begun = pool.submit(one)
        assert reached.wait(30)
        follows = pool.submit(other)
        waits(records)
        go_on.set()
        begun.result(30)
        if first == "taken":
            follows.result(30)
        else:
            with pytest.raises(InvalidRecord, match="has 2"):
                follows.result(30)
    books.close()
    assert records.ledger.balances()[org].balance == (0 if first == "taken" else 2 * USD)
    assert verify(records) == []


def waits(records: Records) -> None:
    """Wait until somebody waits for a lock."""
    query = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with records.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.execute(query).scalar():
            pass


# --- answers to retries


def test_one_claim_of_many(records: Records) -> None:
    def claim(number: int) -> bool:
        answers = records.answers(owner=f"gateway-{number}", ttl=timedelta(days=1), max_bytes=1 << 20, max_rows=100)
        try:
            return answers.claim(Claim(key_id="k", name="once", request=b"body", run=f"nemo-{number}")) is None
        finally:
            answers.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(16))) == 1


def test_claims_of_an_earlier_life(records: Records) -> None:
    """What was charged was run; what was not may be run again."""
    org = records.list_orgs()[0].id
    bounds: dict[str, Any] = {"ttl": timedelta(days=1), "max_bytes": 1 << 20, "max_rows": 100}
    answers = records.answers(owner="me", **bounds)
    charged, lost = settled(1, org_id=org), settled(2)
    for name, one in (("charged", charged), ("lost", lost)):
        assert answers.claim(Claim(key_id="k", name=name, request=b"body", run=one.request_id)) is None
    books = records.books()
    books.book(batch(charged), "0", "s", 1)
    books.close()
    answers.recover()
    known = answers.find("k", "charged", b"body")
    assert known is not None
    assert (known.is_same, known.answer, known.claimed_at) == (True, None, None)
    assert answers.find("k", "lost", b"body") is None
    answers.close()


def test_a_database_that_goes_away(records: Records) -> None:
    """It works again by itself; and what is said of one that is not there names no password."""
    row, _ = records.create_key(NewKey(alias="a"))
    other = connect(records.engine.url.render_as_string(hide_password=False))
    ours = "pid <> pg_backend_pid() AND datname = current_database()"
    with other.begin() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}"))
    other.dispose()
    assert [key.id for key in records.list_keys()] == [row.id]
    with pytest.raises(StorageError) as refused:
        Records.open("postgresql://nemo:canary@127.0.0.1:9/x", PEPPER)
    assert "canary" not in str(refused.value)
