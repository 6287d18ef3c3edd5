"""Answers that were given before, by the digest of what was asked. In memory, within a bound of bytes, for a while.

No clock here: time is an argument, in monotonic nanoseconds that never go back.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

OVERHEAD_BYTES = 600
"""What an entry costs beyond its text."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, as its client got it, without framing."""

    content_type: bytes
    """A rendered header."""
    body: bytes = field(repr=False)
    streamed: bool
    stored_at: int

    @property
    def size(self) -> int:
        return OVERHEAD_BYTES + len(self.content_type) + len(self.body)


class ResponseCache:
    """The least recently used answers go first. For one thread."""

    def __init__(self, max_bytes: int, max_answer_bytes: int, ttl_ns: int) -> None:
        self.max_answer_bytes = max_answer_bytes
        self._max_bytes = max_bytes
        self._ttl_ns = ttl_ns
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: bytes, now: int) -> Answer | None:
        answer = self._answers.get(key)
        if answer is None:
            return None
        if now - answer.stored_at >= self._ttl_ns:
            self._drop(key)
            return None
        self._answers.move_to_end(key)
        return answer

    def put(self, key: bytes, answer: Answer) -> bool:
        """False: it is too long to be kept."""
        if len(answer.body) > self.max_answer_bytes or answer.size > self._max_bytes:
            return False
        self._drop(key)
        self._answers[key] = answer
        self.bytes += answer.size
        while self.bytes > self._max_bytes:
            self.bytes -= self._answers.popitem(last=False)[1].size
        return True

    def _drop(self, key: bytes) -> None:
        answer = self._answers.pop(key, None)
        if answer is not None:
            self.bytes -= answer.size
