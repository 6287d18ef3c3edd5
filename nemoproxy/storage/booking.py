"""`Books`: settled requests into the records, many at a time, each exactly once.

A statement has the values of many rows and is run in one go: the driver gives the interpreter free once for all of
them, and not once for each, and the event loop of a busy gateway hardly notices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import IntegrityError

from nemoproxy._core import Batch
from nemoproxy.storage import events, schema
from nemoproxy.storage.engine import insert_new, reading, writing
from nemoproxy.storage.ledger import balances

SIZES = (512, 64, 8, 1)
"""Rows in one statement: few different ones, so that the driver has all of them prepared."""
MOST_KINDS = 10_000
"""That are remembered."""

_USAGE = tuple(column.name for column in schema.usage_rows.columns)
_SPENDING = tuple(column.name for column in schema.spending.columns)
_PLAIN = _USAGE[: schema.PLAIN_COLUMNS]
_KIND = tuple(column.name for column in schema.usage_kinds.columns if column.name != "id")
_MADE_OF = {"first_byte_us": "NULLIF({}, 0)", "variant": "NULLIF({}, '')"}
"""Columns that are not what is bound: a `Batch` has numbers and texts only."""
_ADD_UP = (
    " ON CONFLICT (scope, scope_id, day)"
    " DO UPDATE SET cost = spending.cost + excluded.cost, requests = spending.requests + excluded.requests"
)


Kind = tuple[str, str, str, str, str, str, str, bool, int, bool, str]
"""A row of `usage_kinds`, but for its number."""


class _Duplicate(Exception):
    """Some of it was booked before."""


class Books:
    """Synchronous; for the one thread of a drain. Raises `StorageError` when the records cannot be written."""

    def __init__(self, engine: Engine, *, low_balance: int = 0) -> None:
        self._engine = engine
        self._low_balance = low_balance
        self._mark = "?" if engine.dialect.name == "sqlite" else "%s"
        self._kinds: dict[Kind, int] = {}
        """By what they are: numbers of kinds that are in the records."""

    def position(self, worker: str) -> tuple[str, int] | None:
        """The segment that a worker was booked in last, and up to where."""
        positions = schema.journal_positions
        wanted = select(positions.c.segment, positions.c.offset).where(positions.c.worker == worker)
        with reading(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else (row.segment, row.offset)

    def book(self, batch: Batch, worker: str, segment: str, offset: int) -> int:
        """Books what is not booked yet, and how far the journal is booked, in one transaction. Returns how many."""
        try:
            return self._book(batch, worker, segment, offset, check=False)
        except _Duplicate:
            return self._book(batch, worker, segment, offset, check=True)

    def _book(self, batch: Batch, worker: str, segment: str, offset: int, *, check: bool) -> int:
        with writing(self._engine) as connection:
            fresh = _not_booked(connection, batch) if check else batch
            kinds = fresh.kinds()
            new = _numbered(connection, set(kinds).difference(self._kinds))
            numbers = [new.get(kind) or self._kinds[kind] for kind in kinds]
            try:
                for columns, first, last in ((_PLAIN, 0, fresh.plain), (_USAGE, fresh.plain, len(fresh))):
                    for start, stop in _parts(first, last):
                        statement = _statement("usage_rows", columns, stop - start, self._mark)
                        connection.exec_driver_sql(statement, fresh.values(start, stop, numbers))
            except IntegrityError:
                if check:
                    raise
                raise _Duplicate from None
            self._add_up(connection, fresh)
            self._move(connection, worker, segment, offset)
        self._remember(new)
        return len(fresh)

    def _remember(self, new: dict[Kind, int]) -> None:
        """Kinds that are in the records, now that they are committed."""
        if len(self._kinds) + len(new) > MOST_KINDS:
            self._kinds.clear()
        self._kinds.update(new)

    def _add_up(self, connection: Connection, batch: Batch) -> None:
        """Days of spending, and what they set off."""
        days: defaultdict[tuple[str, str, int], list[int]] = defaultdict(lambda: [0, 0])
        touched: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        orgs: defaultdict[str, int] = defaultdict(int)
        for key, team, org, day, cost, requests in batch.spending():
            orgs[org] += cost
            for scope in (("key", key), ("team", team), ("org", org)):
                touched[scope].add(day)
                both = days[*scope, day]
                both[0] += cost
                both[1] += requests
        # In one order for everybody: two transactions that add to the same days do not wait for each other in a ring.
        rows = [(*place, *days[place]) for place in sorted(days)]
        for start, stop in _parts(0, len(rows)):
            statement = _statement("spending", _SPENDING, stop - start, self._mark, _ADD_UP)
            connection.exec_driver_sql(statement, tuple(value for row in rows[start:stop] for value in row))
        if touched:
            events.on_spending(connection, touched)
            events.on_balances(connection, orgs, self._low_balance)

    def exhausted(self, org_ids: Iterable[str]) -> None:
        """Requests of these organisations were refused or cut off for want of credit: says so in the outbox."""
        with writing(self._engine) as connection:
            for org_id, balance in balances(connection, list(org_ids)).items():
                events.exhausted(connection, org_id, balance)

    def outages(self, told: Iterable[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Targets that failed or are back, each with the time: says so in the outbox."""
        with writing(self._engine) as connection:
            for target, since, payload in told:
                events.outage(connection, target, since, payload)

    def failures(self, failures: Iterable[events.Failure]) -> None:
        """Calls to providers failed: says so in the outbox."""
        with writing(self._engine) as connection:
            events.on_failures(connection, failures)

    def probe(self, worker: str) -> None:
        """Whether the records could be written now: a write that is taken back. Nothing reaches the disk."""
        with writing(self._engine) as connection:
            positions = schema.journal_positions
            connection.execute(update(positions).where(positions.c.worker == worker).values(worker=worker))
            connection.rollback()

    def close(self) -> None:
        self._engine.dispose()

    def _move(self, connection: Connection, worker: str, segment: str, offset: int) -> None:
        positions = schema.journal_positions
        values = {"segment": segment, "offset": offset}
        if connection.execute(update(positions).where(positions.c.worker == worker).values(values)).rowcount == 0:
            connection.execute(positions.insert().values(worker=worker, **values))


def _numbered(connection: Connection, kinds: set[Kind]) -> dict[Kind, int]:
    """Their numbers in the records, where they are by then."""
    table = schema.usage_kinds
    numbers: dict[Kind, int] = {}
    for kind in sorted(kinds):  # in one order for everybody, as above
        values = dict(zip(_KIND, kind, strict=True))
        insert_new(connection, table, values)
        same = [table.c[name] == value for name, value in values.items()]
        numbers[kind] = connection.execute(select(table.c.id).where(*same)).scalar_one()
    return numbers


def _parts(start: int, stop: int) -> Iterator[tuple[int, int]]:
    for size in SIZES:
        while stop - start >= size:
            yield start, start + size
            start += size


@cache
def _statement(table: str, columns: tuple[str, ...], rows: int, mark: str, then: str = "") -> str:
    row = f"({', '.join(_MADE_OF.get(column, '{}').format(mark) for column in columns)})"
    names = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {table} ({names}) VALUES {', '.join([row] * rows)}{then}"  # noqa: S608  our own names


def _not_booked(connection: Connection, batch: Batch) -> Batch:
    ids = list(dict.fromkeys(batch.request_ids()))
    booked: set[str] = set()
    for start in range(0, len(ids), 1000):
        wanted = schema.usage_rows.c.request_id.in_(ids[start : start + 1000])
        booked.update(connection.execute(select(schema.usage_rows.c.request_id).where(wanted)).scalars())
    return batch.keep([one for one in ids if one not in booked])
