"""OpenAI's chunks as Anthropic's events, framed for the wire: each has a name.

Content blocks follow one another, and each has its index: reasoning, text, each call of a tool. A block is closed when
the next one begins.
"""

from __future__ import annotations

from typing import Literal

import msgspec
import orjson

from nemoproxy.providers.messages import wire
from nemoproxy.providers.messages.answer import error_members, is_claudes_refusal, message_id, stopped, usage
from nemoproxy.providers.openai_shape import Json
from nemoproxy.providers.translation import DONE

Kind = Literal["", "thinking", "text", "tool"]

_dumps = orjson.dumps
_chunk = msgspec.json.Decoder(wire.Completion)


def event(name: bytes, data: Json) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name, msgspec.json.encode(data))


def _delta(index: int, kind: bytes, member: bytes, value: bytes) -> bytes:
    return (
        b"event: content_block_delta\n"
        b'data: {"type":"content_block_delta","index":%d,"delta":{"type":"%b_delta","%b":%b}}\n\n'
        % (index, kind, member, value)
    )


class MessageEvents:
    """One stream. `prompt_tokens` is the gateway's count, for the first event; the last one has the provider's."""

    def __init__(self, model: str, prompt_tokens: int) -> None:
        self.finished = False
        self.failed = False
        self._model = model
        self._prompt_tokens = prompt_tokens
        self._started = False
        self._index = -1
        self._kind: Kind = ""
        self._call = -1
        self._last: wire.Choice | None = None
        self._usage: wire.Usage | None = None
        self._refusal = ""
        self._unsaid = ""
        """Of the refusal: whether it is the model's text, the next chunk says."""

    def feed(self, data: bytes) -> bytes:
        """The data of OpenAI's next event."""
        if self.finished or self.failed:
            return b""
        if data == DONE:
            return self._end()
        try:
            chunk = _chunk.decode(data)
        except msgspec.DecodeError:
            return self.fail(502, None)
        if chunk.error:
            return self.fail(None, chunk.error)
        if chunk.usage is not None:
            self._usage = chunk.usage
        out = b"" if self._started else self._begin(chunk)
        for choice in chunk.choices:
            if choice.index == 0:
                out += self._choice(choice)
        return out

    def fail(self, status: int | None, members: object) -> bytes:
        """It has broken off. `members` are OpenAI's, if there are any."""
        self.failed = True
        return event(b"error", error_members(status, members))

    # --- the message

    def _begin(self, chunk: wire.Completion) -> bytes:
        self._started = True
        message: Json = {
            "id": message_id(chunk.id),
            "type": "message",
            "role": "assistant",
            "model": chunk.model or self._model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "stop_details": None,
            "usage": usage(wire.Usage(prompt_tokens=self._prompt_tokens)),
        }
        return event(b"message_start", {"type": "message_start", "message": message})

    def _end(self) -> bytes:
        if self._last is None:
            return self.fail(502, "The provider's stream ended without saying why.")
        self.finished = True
        delta = stopped(self._last, calls=self._call >= 0, refusal=self._refusal)
        told = usage(self._usage or wire.Usage(prompt_tokens=self._prompt_tokens))
        message_delta = event(b"message_delta", {"type": "message_delta", "delta": delta, "usage": told})
        return self._close() + message_delta + b'event: message_stop\ndata: {"type":"message_stop"}\n\n'

    # --- its content

    def _choice(self, choice: wire.Choice) -> bytes:
        if choice.finish_reason is not None:
            self._last = choice
        said = choice.delta
        out = self._say(self._unsaid) if self._unsaid and not is_claudes_refusal(choice) else b""
        self._unsaid = ""
        if said is None:
            return out
        if said.reasoning_content or said.thinking_blocks:
            out += self._think(said)
        if said.content:
            out += self._say(said.content)
        if said.refusal:
            self._refusal += said.refusal
            self._unsaid = said.refusal
        for call in said.tool_calls or ():
            out += self._use(call)
        return out

    def _open(self, kind: Kind, block: Json) -> bytes:
        closed = self._close()
        self._index += 1
        self._kind = kind
        start = {"type": "content_block_start", "index": self._index, "content_block": block}
        return closed + event(b"content_block_start", start)

    def _close(self) -> bytes:
        if not self._kind:
            return b""
        self._kind = ""
        return b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n' % self._index

    def _say(self, text: str) -> bytes:
        out = b""
        if self._kind != "text":
            out = self._open("text", {"type": "text", "text": "", "citations": None})
        return out + _delta(self._index, b"text", b"text", _dumps(text))

    def _think(self, said: wire.Said) -> bytes:
        """Signatures and hidden thoughts come in `thinking_blocks`, their text in `reasoning_content` as well."""
        out = b""
        for block in said.thinking_blocks or ():
            if block.get("type") == "redacted_thinking":
                hidden = {"type": "redacted_thinking", "data": block.get("data", "")}
                out += self._open("thinking", hidden) + self._close()
                return out
        if self._kind != "thinking":
            out = self._open("thinking", {"type": "thinking", "thinking": "", "signature": ""})
        if said.reasoning_content:
            out += _delta(self._index, b"thinking", b"thinking", _dumps(said.reasoning_content))
        for block in said.thinking_blocks or ():
            if block.get("signature"):
                out += _delta(self._index, b"signature", b"signature", _dumps(block["signature"])) + self._close()
        return out

    def _use(self, call: wire.ToolCall) -> bytes:
        function = call.function or wire.Function()
        out = b""
        if call.index > self._call:
            self._call = call.index
            block = {"type": "tool_use", "id": call.id or "", "name": function.name or "", "input": {}}
            out = self._open("tool", block)
        elif call.index < self._call or self._kind != "tool":
            return self.fail(502, "The provider's stream goes back to an earlier call.")
        if function.arguments:
            out += _delta(self._index, b"input_json", b"partial_json", _dumps(function.arguments))
        return out
