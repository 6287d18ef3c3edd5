"""One call in a provider's own language: what it asks, and the translation of what it is answered, as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from nemoproxy.errors import InvalidRequest
from nemoproxy.providers.translation import Answer, Asked, Dialect, EventTranslator, Outgoing
from nemoproxy.types import Endpoint


@dataclass(frozen=True, slots=True)
class Translation:
    """A request that has been translated, and what its answer's translation has to know of it."""

    dialect: Dialect
    outgoing: Outgoing
    asked: Asked

    @classmethod
    def of(cls, dialect: Dialect, endpoint: Endpoint, body: bytes, model: str, target_model: str) -> Translation:
        """`body` is OpenAI's request; `model` what the client calls it. Raises InvalidRequest, Untranslatable."""
        try:
            # Its integers have no upper limit. A form says nothing to a dialect: none has an endpoint that takes one.
            asked = {} if endpoint.multipart else msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError):
            raise InvalidRequest("The request cannot be read.") from None
        outgoing = dialect.request(endpoint, asked, target_model, stream=asked.get("stream") is True)
        return cls(dialect, outgoing, Asked(model, int(time.time()), include_usage=True, memo=outgoing.memo))

    def answer(self, status: int, body: bytes) -> Answer:
        """A whole answer. Raises UpstreamInvalid for a success that is not in the provider's shape."""
        return self.dialect.answer(status, body, self.asked)

    def events(self) -> EventTranslator:
        return self.dialect.events(self.asked)


class Translator:
    """A streamed answer, event for event, as OpenAI's events (upstream.Translator)."""

    __slots__ = ("_events", "_scrub")

    def __init__(self, events: EventTranslator, scrub: Callable[[bytes], bytes]) -> None:
        self._events = events
        self._scrub = scrub

    def feed(self, events: list[tuple[str, bytes]]) -> bytes:
        out: list[bytes] = []
        translator = self._events
        for name, data in events:
            for chunk in translator.feed(name, data):
                out += (b"data: ", chunk if translator.error is None else self._scrub(chunk), b"\n\n")
        return b"".join(out)

    def finish(self) -> bytes:
        return b"".join([b"data: %b\n\n" % chunk for chunk in self._events.finish()])

    @property
    def error(self) -> Answer | None:
        return self._events.error
