"""Settled requests for tests, and their frames: the journal's format, written down a second time."""

from __future__ import annotations

import struct
import time
from typing import Any
from zlib import crc32

import msgspec

from nemoproxy._core import Batch

BEGAN = 1_800_000_000_000_000
"""Unix microseconds: when requests began whose times do not matter."""
PEPPER = b"a pepper of thirty-two characters"


class Settled(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A request that is over, field for field as the journal and the table `usage` have it."""

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


def settled(number: int = 0, *, org_id: str = "org_test", **fields: Any) -> Settled:
    now = time.time_ns() // 1000
    request_id = f"nemo-{fields.get('settled_at', BEGAN):013x}{number:011x}"
    values = {"request_id": request_id, "org_id": org_id, "started_at": now, "settled_at": now}
    return Settled(**(values | fields))


def pack(record: Settled) -> bytes:
    payload = msgspec.msgpack.encode(record)
    length = struct.pack("<H", len(payload))
    return struct.pack("<I", crc32(length + payload)) + length + payload


def batch(*records: Settled) -> Batch:
    return Batch.read(b"".join(map(pack, records)))


def records_of(found: Batch) -> list[Settled]:
    """The records of a batch."""
    names = Settled.__struct_fields__
    values = found.values(0, len(found))
    rows = [values[at : at + len(names)] for at in range(0, len(values), len(names))]
    return [Settled(**dict(zip(names, row, strict=True))) for row in rows]
