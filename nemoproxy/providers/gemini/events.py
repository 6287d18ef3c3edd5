"""`streamGenerateContent`, event for event, as the chunks of a chat completion.

Each event is a `GenerateContentResponse` with what is new in it. Nothing marks the last one: the answer is whole if its
bytes end well and every candidate has said why it finished. So the reasons wait for that; older models gave one in
every event.
"""

from __future__ import annotations

import orjson

from nemoproxy.providers.gemini import answers
from nemoproxy.providers.gemini.answers import Memo
from nemoproxy.providers.gemini.errors import from_members
from nemoproxy.providers.gemini.usage import usage
from nemoproxy.providers.openai_shape import Chunks
from nemoproxy.providers.translation import DONE, Answer, Asked, Json

_BROKEN: Json = {"message": "The provider sent an event that cannot be read.", "code": 502}


class _Candidate:
    __slots__ = ("calls", "chunks", "images", "message", "reason")

    def __init__(self, chunks: Chunks) -> None:
        self.chunks = chunks
        self.calls = 0
        self.images = 0
        self.reason: str | None = None
        self.message: str | None = None


class Events:
    """See `translation.EventTranslator`."""

    def __init__(self, asked: Asked) -> None:
        self.usage: Json | None = None
        self.error: Answer | None = None
        self.finished = False
        self._asked = asked
        self._one_call = isinstance(asked.memo, Memo) and asked.memo.one_call
        self._candidates: dict[int, _Candidate] = {}
        self._blocked: str | None = None
        self._metadata: Json | None = None
        self._id = ""
        self._model = asked.model

    def feed(self, name: str, data: bytes) -> list[bytes]:
        if self.error is not None or self.finished:
            return []
        chunks: list[bytes] = []
        try:
            event = orjson.loads(data)
            if "error" in event:
                return self._fail(event["error"])
            self._read(event, chunks)
        except (ValueError, KeyError, TypeError, AttributeError):
            return chunks + self._fail(_BROKEN)
        return chunks

    def finish(self) -> list[bytes]:
        if self.error is not None or self.finished:
            return []
        if not self._candidates and self._blocked is not None:
            return self._end(self._refusal(self._blocked))
        if self._blocked is None and any(candidate.reason is None for candidate in self._candidates.values()):
            return []
        if not self._candidates:
            return []
        chunks = []
        for candidate in self._candidates.values():
            reason, message = candidate.reason or "SAFETY", candidate.message or self._blocked
            ended = answers.ending(reason, message, calls=candidate.calls > 0)
            chunks.append(candidate.chunks.finish(ended.pop("finish_reason"), **ended))
        return self._end(chunks)

    def _read(self, event: Json, chunks: list[bytes]) -> None:
        if not self._id:
            self._id = event.get("responseId") or str(self._asked.created)
            self._model = event.get("modelVersion") or self._model
        for candidate in event.get("candidates") or ():
            self._grow(candidate, chunks)
        if (metadata := event.get("usageMetadata")) and metadata != self._metadata:
            self._metadata = metadata
            self.usage = usage(metadata)
        if "promptFeedback" in event:
            self._blocked = answers.blocked(event) or self._blocked

    def _grow(self, new: Json, chunks: list[bytes]) -> None:
        index = new.get("index", 0)
        candidate = self._candidates.get(index)
        if candidate is None:
            candidate = self._candidates[index] = _Candidate(self._chunks(index))
        for part in (new.get("content") or {}).get("parts") or ():
            if members := self._delta(part, candidate, index):
                chunks.append(candidate.chunks.delta(members))
        if result := new.get("logprobsResult"):
            chunks.append(candidate.chunks.delta(b'"content":""', orjson.dumps(answers.logprobs(result))))
        if reason := new.get("finishReason"):
            candidate.reason = str(reason)
            candidate.message = new.get("finishMessage")

    def _delta(self, part: Json, candidate: _Candidate, index: int) -> bytes:
        """The members of the delta for a part, without braces; nothing if it says nothing."""
        signature = b"," + orjson.dumps(answers.signed(part))[1:-1] if "thoughtSignature" in part else b""
        if "functionCall" in part:
            if self._one_call and candidate.calls:
                return b""
            call = {"index": candidate.calls, **answers.function_call(part, self._id, index, candidate.calls)}
            candidate.calls += 1
            return b'"tool_calls":[%b]' % orjson.dumps(call)
        if "inlineData" in part:
            if part.get("thought"):
                return b""
            candidate.images += 1
            return b'"images":[%b]' % orjson.dumps(answers.image(part, candidate.images - 1))
        text = answers.text_of(part)
        if not text and not signature:
            return b""
        if part.get("thought"):
            return b'"reasoning_content":' + orjson.dumps(text) if text else b""
        return b'"content":' + orjson.dumps(text or "") + signature

    def _chunks(self, index: int) -> Chunks:
        return Chunks(answers.completion_id(self._id, self._asked), self._model, self._asked.created, index)

    def _refusal(self, why: str) -> list[bytes]:
        chunks = self._chunks(0)
        return [chunks.delta(b'"refusal":' + orjson.dumps(why)), chunks.finish("content_filter")]

    def _end(self, chunks: list[bytes]) -> list[bytes]:
        if self._asked.include_usage and self.usage is not None:
            chunks.append(self._chunks(0).usage(self.usage))
        self.finished = True
        return [*chunks, DONE]

    def _fail(self, members: object) -> list[bytes]:
        self.error = from_members(members if isinstance(members, dict) else _BROKEN)
        return [self.error.body]
