"""`Answers`: what requests with an `Idempotency-Key` were answered with, for as long as they may be sent again; and
which of them are being run, so that not even a gateway that is killed makes one run, or be charged, twice.

Nothing of it can be read by who has the database and not the pepper: the client's key and its request are there as
keyed digests, and the answer is sealed to its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, insert, or_, select, tuple_, update

from nemoproxy.storage import schema
from nemoproxy.storage.engine import connect, insert_new, reading, writing
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One request that is being run."""

    key_id: str
    name: str
    request: bytes
    run: str
    """The id of the request that runs it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the records have of a request."""

    is_same: bool
    """It is not another one, under the same key."""
    answer: bytes | None
    claimed_at: datetime | None
    """Another gateway has begun to run it then, and has not said what came of it; None: it was run."""


class Answers:
    """For one thread. `max_bytes` and `max_rows` are of all that is kept; the oldest go first. Claims are made under
    `owner`, and those that are found there are nobody's any more: whoever it is knows what it runs."""

    def __init__(
        self, engine: Engine, sealer: Sealer, *, owner: str, ttl: timedelta, max_bytes: int, max_rows: int
    ) -> None:
        self._engine = engine
        self._sealer = sealer
        self._owner = owner
        self._ttl = ttl
        self._max_bytes = max_bytes
        self._max_rows = max_rows

    @classmethod
    def open(
        cls,
        url: str,
        sealer: Sealer,
        *,
        owner: str,
        busy_timeout_s: float,
        ttl: timedelta,
        max_bytes: int,
        max_rows: int,
    ) -> Answers:
        """Over connections of its own. To be closed by the caller."""
        # A client waits for its claim, and what it guards against, a charge, is not there after a power cut either
        # until it is booked: which syncs both.
        engine = connect(url, busy_timeout_s=busy_timeout_s, synced=False)
        return cls(engine, sealer, owner=owner, ttl=ttl, max_bytes=max_bytes, max_rows=max_rows)

    def find(self, key_id: str, name: str, request: bytes) -> Known | None:
        """What is known of a request. Raises StorageError."""
        with reading(self._engine) as connection:
            return self._find(connection, key_id, self._name(key_id, name), request)

    def claim(self, claim: Claim) -> Known | None:
        """From now on it is being run; or somebody else was quicker, and this is what is known of that. Raises
        StorageError."""
        table, name = schema.idempotency, self._name(claim.key_id, claim.name)
        values = {"key_id": claim.key_id, "name": name, "request": self._sealer.digest(claim.request)}
        begun = {"done_at": utc_now(), "size": OVERHEAD_BYTES, "run": claim.run, "owner": self._owner}
        with writing(self._engine) as connection:
            nobodys = or_(table.c.owner == self._owner, table.c.done_at <= utc_now() - self._ttl)
            connection.execute(delete(table).where(table.c.key_id == claim.key_id, table.c.name == name, nobodys))
            if insert_new(connection, table, {**values, **begun}):
                return None
            return self._find(connection, claim.key_id, name, claim.request)

    def recover(self) -> None:
        """Ends the claims of earlier lives, whose settled requests have been booked: what was charged was run, and has
        no answer; anything else came to nothing. Raises StorageError."""
        table, usage = schema.idempotency, schema.usage
        charged = (usage.c.cost > 0) | (usage.c.status < 300) | (usage.c.status == schema.CLIENT_LEFT)
        was_run = select(usage.c.request_id).where(usage.c.request_id == table.c.run, charged).exists()
        mine = table.c.owner == self._owner
        with writing(self._engine) as connection:
            connection.execute(update(table).where(mine, was_run).values(run=None, owner=None))
            connection.execute(delete(table).where(mine))

    def keep(self, rows: Sequence[AnswerRow | Claim]) -> None:
        """All of them or none; and what is too old, or too much, goes. A claim is given up. Raises StorageError."""
        table = schema.idempotency
        values = {
            (value["key_id"], value["name"]): value
            for value in (self._values(row) for row in rows if isinstance(row, AnswerRow))
        }
        given_up = [row.run for row in rows if isinstance(row, Claim)]
        with writing(self._engine) as connection:
            if given_up:
                connection.execute(delete(table).where(table.c.owner == self._owner, table.c.run.in_(given_up)))
            if values:
                connection.execute(delete(table).where(tuple_(table.c.key_id, table.c.name).in_(list(values))))
                connection.execute(insert(table), list(values.values()))
            connection.execute(delete(table).where(table.c.done_at <= utc_now() - self._ttl))
            self._make_room(connection)

    def _make_room(self, connection: Connection) -> None:
        table = schema.idempotency
        sums = connection.execute(select(func.count(), func.sum(table.c.size)).select_from(table)).one()
        count, size = int(sums[0]), int(sums[1] or 0)
        oldest = select(table.c.key_id, table.c.name, table.c.size).where(table.c.owner.is_(None))
        while size > self._max_bytes or count > self._max_rows:
            row = connection.execute(oldest.order_by(table.c.done_at).limit(1)).one_or_none()
            if row is None:  # the rest is being run
                return
            connection.execute(delete(table).where(table.c.key_id == row.key_id, table.c.name == row.name))
            count, size = count - 1, size - row.size

    def _find(self, connection: Connection, key_id: str, name: bytes, request: bytes) -> Known | None:
        table = schema.idempotency
        wanted = select(table).where(table.c.key_id == key_id, table.c.name == name)
        row = connection.execute(wanted).mappings().one_or_none()
        if row is None or row["done_at"] <= utc_now() - self._ttl or row["owner"] == self._owner:
            return None
        answer = None if row["answer"] is None else self._sealer.open(row["answer"], _place(key_id, name))
        claimed_at = None if row["owner"] is None else row["done_at"]
        return Known(row["request"] == self._sealer.digest(request), answer, claimed_at)

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
