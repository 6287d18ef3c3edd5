"""Anthropic's Messages API as the gateway serves it, for any provider: `/v1/messages`, `/v1/messages/count_tokens`.

    request   a Messages request -> OpenAI's, which then goes the way of every other
    answer    OpenAI's answer, or error, whoever gave it -> a message, or an error in Anthropic's shape
    stream    OpenAI's chunks -> Anthropic's events

All of it is pure. For a Claude target the request is translated there and back, so that it passes the same limits and
guardrails; `extended` keeps what only Claude understands, in members that `providers.anthropic` reads.
"""

from nemoproxy.providers.messages.answer import counted, refused, translate_answer
from nemoproxy.providers.messages.request import translate_request
from nemoproxy.providers.messages.stream import MessageEvents

__all__ = ["MessageEvents", "counted", "refused", "translate_answer", "translate_request"]
