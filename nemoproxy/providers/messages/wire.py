"""OpenAI's answers and chunks: what is read of them."""

from __future__ import annotations

from typing import Any

import msgspec

_NOTHING = (b"", b"null", b'""')


class Function(msgspec.Struct, gc=False):
    name: str | None = None
    arguments: str | None = None


class ToolCall(msgspec.Struct):
    index: int = 0
    id: str | None = None
    function: Function | None = None


class Said(msgspec.Struct):
    """A delta of a message."""

    content: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None
    thinking_blocks: list[dict[str, Any]] | None = None


class Message(Said):
    """A whole one, which may be long: what is not read need not be written anew."""

    content: msgspec.Raw = msgspec.Raw()  # type: ignore[assignment]  # as it is written

    @property
    def text(self) -> bytes:
        """The content, a JSON string; b"": nothing. Raises msgspec.ValidationError: it is no text."""
        token = bytes(self.content)
        if token in _NOTHING:
            return b""
        try:
            token.decode()  # all else that makes a string one has been looked at
        except UnicodeDecodeError:
            token = b""
        if not token.startswith(b'"'):
            raise msgspec.ValidationError("content is no text")
        return token


class Choice(msgspec.Struct):
    index: int = 0
    message: Message | None = None
    delta: Said | None = None
    finish_reason: str | None = None
    stop_reason: Any = None
    native_finish_reason: Any = None
    """The provider's own word for it."""
    stop_details: Any = None
    """Claude's, as it said them."""


class Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: dict[str, Any] | None = None
    completion_tokens_details: dict[str, Any] | None = None
    server_tool_use: dict[str, Any] | None = None
    cost: msgspec.Raw = msgspec.Raw()
    """Of the gateway's, as it is written; empty if it is not said."""


class Completion(msgspec.Struct):
    """A whole answer, or a chunk."""

    id: str = ""
    model: str = ""
    choices: list[Choice] = []
    usage: Usage | None = None
    service_tier: Any = None
    error: Any = None
