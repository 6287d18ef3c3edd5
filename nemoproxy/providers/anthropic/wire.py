"""Claude's answers and events as they are on the wire: what is read of them. Anything else in them is passed over."""

from __future__ import annotations

from typing import Any

import msgspec


class Usage(msgspec.Struct, gc=False):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_creation: dict[str, Any] | None = None
    output_tokens_details: dict[str, Any] | None = None
    server_tool_use: dict[str, Any] | None = None
    service_tier: str | None = None


class Block(msgspec.Struct):
    """A content block of any type. `input` is kept as it was written."""

    type: str
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str = ""
    id: str = ""
    name: str = ""
    input: msgspec.Raw = msgspec.Raw(b"{}")
    citations: list[dict[str, Any]] | None = None


class Message(msgspec.Struct):
    """A whole answer, or what a stream begins with."""

    id: str
    model: str = ""
    content: list[Block] = []
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: dict[str, Any] | None = None
    usage: Usage = msgspec.field(default_factory=Usage)


class MessageStart(msgspec.Struct):
    message: Message


class BlockStart(msgspec.Struct):
    index: int
    content_block: Block


class Delta(msgspec.Struct, gc=False):
    """A piece of a content block, of any type."""

    type: str
    text: str = ""
    partial_json: str = ""
    thinking: str = ""
    signature: str = ""
    citation: dict[str, Any] | None = None


class BlockDelta(msgspec.Struct):
    index: int
    delta: Delta


class BlockStop(msgspec.Struct, gc=False):
    index: int


class Stop(msgspec.Struct):
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: dict[str, Any] | None = None


class MessageDelta(msgspec.Struct):
    delta: Stop = msgspec.field(default_factory=Stop)
    usage: Usage = msgspec.field(default_factory=Usage)


class Kind(msgspec.Struct):
    """An event of which only the type is of interest."""

    type: str = ""


class ErrorMembers(msgspec.Struct):
    type: str = "api_error"
    message: str = ""
    details: dict[str, Any] | None = None


class Error(msgspec.Struct):
    """An error answer, or event."""

    error: ErrorMembers
    request_id: str | None = None
