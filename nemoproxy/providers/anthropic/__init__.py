"""Claude by its own API, Messages, for clients that speak OpenAI's.

    request   what to send         turns: the conversation; tools: tools and JSON answers; models: who can do what
    answer    what came back       message, usage, reasons to stop, errors
    stream    ... event by event

The API's version is the one that still takes `temperature`, for the models that have it; nothing is sent that the
version after it refuses, but for that.
"""

from __future__ import annotations

import msgspec

from nemoproxy.errors import Untranslatable
from nemoproxy.providers.anthropic.answer import answer, failure
from nemoproxy.providers.anthropic.request import translate
from nemoproxy.providers.anthropic.stream import Events
from nemoproxy.providers.translation import Answer, Asked, EventTranslator, Json, Outgoing
from nemoproxy.types import Endpoint

__all__ = ["VERSION", "AnthropicDialect"]

VERSION = "2023-06-01"
_HEADERS = (("anthropic-version", VERSION),)
_CONTEXT_HEADERS = (*_HEADERS, ("anthropic-beta", "context-management-2025-06-27"))


class AnthropicDialect:
    """A `Dialect`. Its memo is the name of the tool whose input is the answer, or ""."""

    def request(self, endpoint: Endpoint, body: Json, target_model: str, *, stream: bool) -> Outgoing:
        if endpoint is not Endpoint.CHAT:
            raise Untranslatable("model", "it has chat completions only")
        sent, answer_tool = translate(body, target_model, stream=stream)
        headers = _CONTEXT_HEADERS if "context_management" in sent else _HEADERS
        return Outgoing("/messages", headers, msgspec.json.encode(sent), answer_tool)

    def answer(self, status: int, body: bytes, asked: Asked) -> Answer:
        if status >= 300:
            return failure(status, body)
        return Answer(status, answer(body, asked, _answer_tool(asked)))

    def events(self, asked: Asked) -> EventTranslator:
        return Events(asked, _answer_tool(asked))


def _answer_tool(asked: Asked) -> str:
    return asked.memo if isinstance(asked.memo, str) else ""
