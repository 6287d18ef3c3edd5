"""`Answers`: what requests with an `Idempotency-Key` were answered with, for as long as they may be sent again.

Nothing of it can be read by who has the database and not the pepper: the client's key and its request are there as
keyed digests, and the answer is sealed to its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, func, insert, select, tuple_

from nemoproxy.storage import schema
from nemoproxy.storage.engine import connect, reading, writing
from nemoproxy.storage.rows import utc_now
from nemoproxy.storage.sealing import Sealer

OVERHEAD_BYTES = 300
"""What a row costs beyond its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """One request that was run."""

    key_id: str
    name: str
    """The client's key."""
    request: bytes
    """A digest of what was asked."""
    answer: bytes | None = field(repr=False)
    """None: there is none to be had again."""
    done_at: datetime


class Answers:
    """For one thread. `max_bytes` and `max_rows` are of all that is kept; the oldest go first."""

    def __init__(self, engine: Engine, sealer: Sealer, *, ttl: timedelta, max_bytes: int, max_rows: int) -> None:
        self._engine = engine
        self._sealer = sealer
        self._ttl = ttl
        self._max_bytes = max_bytes
        self._max_rows = max_rows

    @classmethod
    def open(
        cls, url: str, sealer: Sealer, *, busy_timeout_s: float, ttl: timedelta, max_bytes: int, max_rows: int
    ) -> Answers:
        """Over connections of its own. To be closed by the caller."""
        engine = connect(url, busy_timeout_s=busy_timeout_s)
        return cls(engine, sealer, ttl=ttl, max_bytes=max_bytes, max_rows=max_rows)

    def find(self, key_id: str, name: str, request: bytes) -> tuple[AnswerRow, bool] | None:
        """What is known, and whether it was the same request. Raises StorageError."""
        table, sealed_name = schema.idempotency, self._name(key_id, name)
        wanted = select(table).where(table.c.key_id == key_id, table.c.name == sealed_name)
        with reading(self._engine) as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        if row is None or row["done_at"] <= utc_now() - self._ttl:
            return None
        answer = None if row["answer"] is None else self._sealer.open(row["answer"], _place(key_id, sealed_name))
        found = AnswerRow(key_id=key_id, name=name, request=request, answer=answer, done_at=row["done_at"])
        return found, row["request"] == self._sealer.digest(request)

    def keep(self, rows: Sequence[AnswerRow]) -> None:
        """All of them or none; and what is too old, or too much, goes. Raises StorageError."""
        table = schema.idempotency
        values = {(value["key_id"], value["name"]): value for value in map(self._values, rows)}
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(tuple_(table.c.key_id, table.c.name).in_(list(values))))
            connection.execute(insert(table), list(values.values()))
            connection.execute(delete(table).where(table.c.done_at <= utc_now() - self._ttl))
            sums = connection.execute(select(func.count(), func.sum(table.c.size)).select_from(table)).one()
            count, size = int(sums[0]), int(sums[1] or 0)
            while count and (size > self._max_bytes or count > self._max_rows):
                oldest = select(table.c.key_id, table.c.name, table.c.size).order_by(table.c.done_at).limit(1)
                row = connection.execute(oldest).one()
                connection.execute(delete(table).where(table.c.key_id == row.key_id, table.c.name == row.name))
                count, size = count - 1, size - row.size

    def close(self) -> None:
        self._engine.dispose()

    def _values(self, row: AnswerRow) -> dict[str, object]:
        name = self._name(row.key_id, row.name)
        answer = None if row.answer is None else self._sealer.seal(row.answer, _place(row.key_id, name))
        return {
            "key_id": row.key_id,
            "name": name,
            "request": self._sealer.digest(row.request),
            "done_at": row.done_at,
            "size": OVERHEAD_BYTES + len(answer or b""),
            "answer": answer,
        }

    def _name(self, key_id: str, name: str) -> bytes:
        return self._sealer.digest(f"{key_id}/{name}".encode())


def _place(key_id: str, name: bytes) -> str:
    return f"the answer to {key_id}/{name.hex()}"
