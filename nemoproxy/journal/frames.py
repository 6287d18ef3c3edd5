"""A settled request as bytes: checksum, length, MessagePack. The checksum covers length and content.

Segments begin as zeros, so no length is where nothing was written. A frame that does not check is damage: a write that
a power cut tore, or worse. What stands before it is intact, and so is what may be found after it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

import msgspec
from msgspec.structs import replace

from nemoproxy.types import Settled

MAX_FRAME = 1024
"""No frame is larger: see `pack`."""

_HEAD = struct.Struct("<IH")
_LENGTH = struct.Struct("<H")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Settled).decode
_MARK = b"\xdc\0"
"""What every content begins with: an array of 16 to 255 fields."""
_SHORT = 60
"""Characters that are kept of a name that makes a frame too large: at most 240 bytes."""


def pack(record: Settled) -> bytes:
    """The frame of a record. Ids and names of ours are short and plain; a model's name is not ours, and is made so."""
    if not (_is_plain(record.model) and _is_plain(record.target_model)):
        record = replace(record, model=_plain(record.model, 256), target_model=_plain(record.target_model, 256))
    payload = _encode(record)
    if len(payload) > MAX_FRAME - _HEAD.size:
        record = replace(record, model=_plain(record.model, _SHORT), target_model=_plain(record.target_model, _SHORT))
        payload = _encode(record)
        if len(payload) > MAX_FRAME - _HEAD.size:
            raise ValueError("a settled request with ids that are too long to be ours")
    length = _LENGTH.pack(len(payload))
    return _HEAD.pack(crc32(payload, crc32(length)), len(payload)) + payload


def _is_plain(text: str) -> bool:
    return len(text) <= 256 and text.isprintable()


def _plain(text: str, length: int) -> str:
    """What every database takes: PostgreSQL refuses U+0000, which JSON can spell."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text[:length])


@dataclass(slots=True)
class Frame:
    record: Settled
    end: int
    """Where the next frame begins."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are no frame, with frames after them."""

    start: int
    end: int


def scan(data: bytes, start: int = 0) -> Iterator[Frame | Damage]:
    """All frames from a position on. What follows the last one, a torn write or zeros, is not mentioned."""
    at = start
    while (frame := _frame_at(data, at)) is not None:
        yield frame
        at = frame.end
    while (found := _next_frame(data, at)) is not None:
        position, frame = found
        yield Damage(at, position)
        yield frame
        at = frame.end
        while (after := _frame_at(data, at)) is not None:
            yield after
            at = after.end


def _frame_at(data: bytes, at: int) -> Frame | None:
    if at + _HEAD.size > len(data):
        return None
    checksum, length = _HEAD.unpack_from(data, at)
    begin, end = at + _HEAD.size, at + _HEAD.size + length
    if length == 0 or length > MAX_FRAME - _HEAD.size or end > len(data):
        return None
    payload = data[begin:end]
    if crc32(payload, crc32(data[at + 4 : begin])) != checksum:
        return None
    try:
        return Frame(_decode(payload), end)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _next_frame(data: bytes, at: int) -> tuple[int, Frame] | None:
    """The first frame after a position that has none."""
    mark = data.find(_MARK, at + 1 + _HEAD.size)
    while mark >= 0:
        if (frame := _frame_at(data, mark - _HEAD.size)) is not None:
            return mark - _HEAD.size, frame
        mark = data.find(_MARK, mark + 1)
    return None
