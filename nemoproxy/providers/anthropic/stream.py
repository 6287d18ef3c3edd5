"""Claude's events as OpenAI's chunks, one by one.

A stream opens and closes content blocks, one at a time in practice, by index. Their pieces become deltas at once; only
citations wait for the end of the text they belong to, because OpenAI's say where it ends.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import orjson

from nemoproxy.providers.anthropic import wire
from nemoproxy.providers.anthropic.answer import cite, event_failure, finish_reason, refusal, thought, usage
from nemoproxy.providers.openai_shape import Chunks, Json, error
from nemoproxy.providers.translation import DONE, Answer, Asked

_dumps = orjson.dumps
_kind = msgspec.json.Decoder(wire.Kind)
_start = msgspec.json.Decoder(wire.MessageStart)
_block_start = msgspec.json.Decoder(wire.BlockStart)
_block_delta = msgspec.json.Decoder(wire.BlockDelta)
_block_stop = msgspec.json.Decoder(wire.BlockStop)
_delta = msgspec.json.Decoder(wire.MessageDelta)


class Open:
    """A content block that has begun: its place among its like, what it has said, and where its text began."""

    __slots__ = ("at", "citations", "kind", "said", "start")

    def __init__(self, kind: str, at: int, start: int) -> None:
        self.kind = kind
        self.at = at
        self.start = start
        self.said = False
        self.citations: list[Json] = []


class Events:
    """One stream: an `EventTranslator`."""

    def __init__(self, asked: Asked, answer_tool: str) -> None:
        self.usage: Json | None = None
        self.error: Answer | None = None
        self.finished = False
        self._asked = asked
        self._answer_tool = answer_tool
        self._aside: list[str] = []
        """What was said beside the answer's tool. It is the answer if that is not called."""
        self._answered = False
        self._chunks = Chunks("", asked.model, asked.created)
        self._usage = wire.Usage()
        self._stop = wire.Stop()
        self._open: dict[int, Open] = {}
        self._calls = self._thoughts = self._cited = self._length = 0
        self._by_name: dict[str, Callable[[bytes], list[bytes]]] = {
            "message_start": self._begin,
            "content_block_start": self._begin_block,
            "content_block_delta": self._go_on,
            "content_block_stop": self._end_block,
            "message_delta": self._tell,
            "message_stop": self._end,
            "error": self._fail,
        }

    def feed(self, name: str, data: bytes) -> list[bytes]:
        if self.finished or self.error is not None:
            return []
        try:
            handle = self._by_name.get(name or _kind.decode(data).type)
            return [] if handle is None else handle(data)
        except msgspec.DecodeError:
            return self._break("The provider sent an event that is not in its own format.")

    def finish(self) -> list[bytes]:
        return []  # the format says itself when it is over

    # --- the message

    def _begin(self, data: bytes) -> list[bytes]:
        message = _start.decode(data).message
        self._chunks = Chunks(message.id, message.model or self._asked.model, self._asked.created)
        self._count(message.usage)
        return []

    def _tell(self, data: bytes) -> list[bytes]:
        told = _delta.decode(data)
        self._count(told.usage)
        if told.delta.stop_reason is not None:
            self._stop = told.delta
        return []

    def _count(self, said: wire.Usage) -> None:
        """Counts are cumulative, and what is not said has not changed. A prompt does not shrink to nothing either."""
        for name in wire.Usage.__struct_fields__:
            value = getattr(said, name)
            if value or (value is not None and (name == "output_tokens" or getattr(self._usage, name) is None)):
                setattr(self._usage, name, value)
        self.usage = usage(self._usage)

    def _end(self, data: bytes) -> list[bytes]:
        stop = self._stop
        chunks = self._text("".join(self._aside)) if self._aside and not self._answered else []
        if stop.stop_reason == "refusal":
            chunks.append(self._chunks.delta(b'"refusal":' + _dumps(refusal(stop.stop_details))))
        extra: Json = {"native_finish_reason": stop.stop_reason}
        if stop.stop_details is not None:
            extra["stop_details"] = stop.stop_details
        if stop.stop_sequence is not None:
            extra["stop_reason"] = stop.stop_sequence
        reason = finish_reason(stop.stop_reason, calls=self._calls > 0)
        chunks.append(self._chunks.finish(reason, **extra))
        if self._asked.include_usage:
            chunks.append(self._chunks.usage(self.usage or {}))
        self.finished = True
        return [*chunks, DONE]

    def _fail(self, data: bytes) -> list[bytes]:
        self.error = event_failure(data)
        return [self.error.body]

    def _break(self, message: str) -> list[bytes]:
        self.error = Answer(502, error(message, "upstream_error", "upstream_invalid_response"))
        return [self.error.body]

    # --- its content

    def _begin_block(self, data: bytes) -> list[bytes]:
        event = _block_start.decode(data)
        block = event.content_block
        kind = block.type
        if kind == "tool_use" and self._answer_tool and block.name == self._answer_tool:
            kind, self._answered = "answer", True
        opened = self._open[event.index] = Open(kind, 0, self._length)
        if kind == "text":
            opened.citations = block.citations or []
            return self._say(block.text or "")
        if kind == "tool_use":
            return self._begin_call(opened, block)
        if kind in ("thinking", "redacted_thinking"):
            opened.at, self._thoughts = self._thoughts, self._thoughts + 1
            return [self._thought(opened, block)]
        return self._text("") if kind == "answer" else []

    def _begin_call(self, opened: Open, block: wire.Block) -> list[bytes]:
        opened.at, self._calls = self._calls, self._calls + 1
        given = bytes(block.input).strip()
        arguments = "" if given in (b"{}", b"null", b"") else given.decode()
        opened.said = bool(arguments)
        function = {"name": block.name, "arguments": arguments}
        call = {"index": opened.at, "id": block.id, "type": "function", "function": function}
        return [self._chunks.delta(b'"tool_calls":[%b]' % _dumps(call))]

    def _thought(self, opened: Open, block: wire.Block) -> bytes:
        members = {"index": opened.at, **thought(block)}
        said = _dumps(block.thinking or "")
        return self._chunks.delta(b'"reasoning_content":%b,"thinking_blocks":[%b]' % (said, _dumps(members)))

    def _go_on(self, data: bytes) -> list[bytes]:
        event = _block_delta.decode(data)
        delta = event.delta
        kind = delta.type
        if kind == "text_delta":
            return self._say(delta.text)
        opened = self._open.get(event.index)
        if opened is None:
            return []
        if kind == "input_json_delta":
            return self._input(opened, delta.partial_json)
        if kind == "thinking_delta":
            said = _dumps(delta.thinking)
            return [
                self._chunks.delta(
                    b'"reasoning_content":%b,"thinking_blocks":[{"index":%d,"type":"thinking","thinking":%b}]'
                    % (said, opened.at, said)
                )
            ]
        if kind == "signature_delta":
            signed = b'"thinking_blocks":[{"index":%d,"type":"thinking","signature":%b}]'
            return [self._chunks.delta(signed % (opened.at, _dumps(delta.signature)))]
        if kind == "citations_delta" and delta.citation is not None:
            opened.citations.append(delta.citation)
        return []

    def _say(self, text: str) -> list[bytes]:
        if self._answer_tool:
            self._aside.append(text)
            return []
        return self._text(text)

    def _text(self, text: str) -> list[bytes]:
        if not text and self._chunks.started:
            return []
        self._length += len(text)
        return [self._chunks.delta(b'"content":' + _dumps(text))]

    def _input(self, opened: Open, fragment: str) -> list[bytes]:
        if not fragment:
            return []
        opened.said = True
        if opened.kind == "tool_use":
            call = b'"tool_calls":[{"index":%d,"function":{"arguments":%b}}]'
            return [self._chunks.delta(call % (opened.at, _dumps(fragment)))]
        return self._text(fragment) if opened.kind == "answer" else []

    def _end_block(self, data: bytes) -> list[bytes]:
        opened = self._open.pop(_block_stop.decode(data).index, None)
        if opened is None:
            return []
        if opened.kind in ("tool_use", "answer") and not opened.said:
            return self._input(opened, "{}")
        return [self._citation(*found) for found in cite(opened.citations, opened.start, self._length)]

    def _citation(self, kind: str, citation: Json) -> bytes:
        self._cited += 1
        return self._chunks.delta(b'"%b":[%b]' % (kind.encode(), _dumps({"index": self._cited - 1, **citation})))
