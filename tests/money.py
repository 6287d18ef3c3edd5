"""Settled requests for tests, and their frames: the journal's format, written down a second time."""

from __future__ import annotations

import struct
import time
from typing import Any
from zlib import crc32

import msgspec
import pytest
from sqlalchemy import Connection, column, func, insert, select, table

from nemoproxy._core import Batch
from nemoproxy.storage import Records, schema
from nemoproxy.storage.verify import verify

BEGAN = 1_800_000_000_000_000
"""Unix microseconds: when requests began whose times do not matter."""
PEPPER = b"a pepper of thirty-two characters"


class Settled(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A request that is over, field for field as the journal has it, and the view `usage`."""

    request_id: str
    org_id: str
    team_id: str = "team_test"
    key_id: str = "key_test"
    endpoint: str = "chat"
    model: str = "fast"
    provider: str = "mock"
    target_model: str = "mock"
    streamed: bool = False
    status: int = 200
    prompt_tokens: int = 10
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 5
    reasoning_tokens: int = 0
    audio_input_tokens: int = 0
    audio_output_tokens: int = 0
    held: int = 100
    cost: int = 60
    shortfall: int = 0
    estimated: bool = False
    ending: str = "complete"
    latency_us: int = 1000
    first_byte_us: int | None = None
    started_at: int
    settled_at: int
    variant: str | None = None
    images: int = 0
    sound_ms: int = 0
    characters: int = 0


def settled(number: int = 0, *, org_id: str = "org_test", **fields: Any) -> Settled:
    now = time.time_ns() // 1000
    request_id = f"nemo-{fields.get('settled_at', BEGAN):013x}{number:011x}"
    values = {"request_id": request_id, "org_id": org_id, "settled_at": now}
    values["started_at"] = fields.get("settled_at", now) - fields.get("latency_us", 1000)
    return Settled(**(values | fields))


def pack(record: Settled) -> bytes:
    payload = msgspec.msgpack.encode(record)
    length = struct.pack("<H", len(payload))
    return struct.pack("<I", crc32(length + payload)) + length + payload


def batch(*records: Settled) -> Batch:
    return Batch.read(b"".join(map(pack, records)))


def records_of(found: Batch) -> list[Settled]:
    """The records of a batch."""
    kinds, names = found.kinds(), [column.name for column in schema.usage_rows.columns]
    of_kind = [column.name for column in schema.usage_kinds.columns if column.name != "id"]
    records = []
    for number in range(len(found)):
        row = dict(zip(names, found.values(number, number + 1, list(range(len(kinds)))), strict=False))
        assert len(row) == (schema.PLAIN_COLUMNS if number < found.plain else len(names))
        nothing: dict[str, Any] = dict.fromkeys(names[schema.PLAIN_COLUMNS :], 0)
        kind = dict(zip(of_kind, kinds[int(row.pop("kind_id"))], strict=True))
        records.append(_as_recorded({**kind, **nothing, **row}))
    return records


def _as_recorded(row: dict[str, Any]) -> Settled:
    """As it is in the records (storage.booking): of what is bound, 0 and the empty text may mean that there is none."""
    row["first_byte_us"], row["variant"] = row["first_byte_us"] or None, row["variant"] or None
    row["started_at"] = row["settled_at"] - row["latency_us"]
    return Settled(**row)


def _before_kinds(org_id: str) -> list[Settled]:
    """Requests of different kinds, each of a key, a team and a day of its own."""
    kinds: tuple[dict[str, Any], ...] = (
        {"latency_us": 7, "images": 3, "characters": 9},
        {"model": "mo\u2019del", "streamed": True, "held": 0, "cost": 0},
        {"status": 499, "ending": "client_left", "estimated": True},
        {"variant": "a/b", "first_byte_us": 5, "cached_tokens": 4},
    )
    return [
        settled(
            org_id=org_id, key_id=f"key_{day}", team_id=f"team_{day}", settled_at=BEGAN + day * 86_400_000_000, **kind
        )
        for day, kind in enumerate(kinds)
    ]


def _book_as_before_kinds(connection: Connection, record: Settled) -> None:
    """As it was booked when `usage` was a table: schema 0009 and before."""
    row = msgspec.structs.asdict(record)
    connection.execute(insert(table("usage", *map(column, row))).values(row))
    for scope, id in (("org", record.org_id), ("team", record.team_id), ("key", record.key_id)):
        day = record.settled_at // 86_400_000_000
        spent = {"scope": scope, "scope_id": id, "day": day, "cost": record.cost, "requests": 1}
        connection.execute(insert(schema.spending).values(spent))


def booked_before_kinds(url: str) -> list[Settled]:
    """Requests in a database of schema 0009, which is to be migrated next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nemoproxy.storage.migrations.HISTORY", schema.HISTORY[:9])
        with Records.open(url, PEPPER) as records, records.engine.begin() as connection:
            made = _before_kinds(records.list_orgs()[0].id)
            for one in made:
                _book_as_before_kinds(connection, one)
    return made


def check_kinds_are_told_apart(records: Records, made: list[Settled]) -> None:
    """What was booked before there were kinds is as it was, and goes on."""
    with records.engine.connect() as connection:
        wanted = select(*(column(name) for name in Settled.__struct_fields__)).select_from(table("usage"))
        rows = [dict(row) for row in connection.execute(wanted.order_by(column("request_id"))).mappings()]
        count = connection.execute(select(func.count()).select_from(schema.usage_kinds)).scalar_one()
    rows = [row | {name: bool(row[name]) for name in ("streamed", "estimated")} for row in rows]
    assert [Settled(**row) for row in rows] == made
    assert count == len({(one.model, one.status, one.ending, one.streamed, one.estimated, one.key_id) for one in made})
    assert verify(records) == []
