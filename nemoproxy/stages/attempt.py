"""One try at a target: the request as that target is to get it, and the beginning of what it answers."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from math import inf
from time import perf_counter_ns
from typing import Any

from nemoproxy._core import Reply
from nemoproxy.errors import UpstreamInvalid
from nemoproxy.providers import THE_ONLY_KEY, Provider, Translation
from nemoproxy.providers.translation import Answer
from nemoproxy.routing import Attempt
from nemoproxy.stages.parse import Parser
from nemoproxy.types import Call, Endpoint, Steering, Target
from nemoproxy.upstream import COMPLETE, PASS, Connection, Manner

NOT_ONLY_JSON = (Endpoint.SPEECH, Endpoint.TRANSCRIPTIONS)
"""Whose answers may be sound, or plain text."""


@dataclass(slots=True)
class Ready:
    """What a target is to be sent."""

    provider: Provider
    body: bytes
    translation: Translation | None
    """None: the body passes as it is."""


@dataclass(slots=True)
class Opened:
    """An answer that has begun, or is whole."""

    provider: Provider
    connection: Connection
    reply: Reply
    translation: Translation | None
    first_byte_s: float
    """Since it was asked."""
    early: Answer | None = None
    """The error that a translated stream was broken off with before anybody got any of it."""
    attempt: Attempt | None = None
    is_last: bool = False
    """It is an error, and others were tried before it."""


@dataclass(frozen=True, slots=True)
class Tries:
    """Makes requests ready, and sends them."""

    providers: Mapping[str, Provider]
    parser: Parser

    def any_key(self, call: Call) -> str:
        return next(iter(self.providers[call.target.provider].keys), THE_ONLY_KEY)

    def rewrite(self, call: Call, target: Target, max_output: int | None) -> Coroutine[Any, Any, bytes]:
        """The body for a target that speaks OpenAI's language."""
        return self.parser.rewrite(call.request, target.model, ask_usage=call.asks_usage, max_output=max_output)

    async def prepare(self, call: Call, target: Target, max_output: int | None) -> Ready:
        """Raises InvalidRequest; Untranslatable is one that another target may be able to carry."""
        provider = self.providers[target.provider]
        body = call.body
        if body is None or max_output is not None or target is not call.way.targets[0]:
            body = await self.rewrite(call, target, max_output)
        if provider.dialect is None:
            return Ready(provider, body, None)
        translation = await self.parser.apart(
            len(body), Translation.of, provider.dialect, call.endpoint, body, call.request.model, target.model
        )
        return Ready(provider, body, translation)

    async def send(
        self,
        call: Call,
        ready: Ready,
        client: Steering,
        key: str = THE_ONLY_KEY,
        *,
        patient: bool = False,
        until: float = inf,
    ) -> Opened:
        """Raises GatewayError, and ClientGone. `patient` and `until` are those of a `Manner`."""
        provider, translation = ready.provider, ready.translation
        start = perf_counter_ns()
        if translation is None:
            manner = Manner(None, patient, until) if patient else PASS
            connection = await provider.post(
                call.endpoint, ready.body, client, key, manner, boundary=call.request.boundary
            )
        else:
            connection = await provider.send(translation, client, key, until)
        reply = connection.answer
        opened = Opened(provider, connection, reply, translation, (perf_counter_ns() - start) / 1e9)
        try:
            if reply.content_encoding not in ("", "identity") or 300 <= reply.status < 400:
                raise _unfit(reply)
            if translation is None and not reply.looks_like_json and _is_nonsense(call.endpoint, reply):
                raise UpstreamInvalid("The provider's answer is not JSON.")
            if translation is not None:
                await self._translate(opened, translation)
        except BaseException:
            provider.done(connection)
            raise
        return opened

    async def _translate(self, opened: Opened, translation: Translation) -> None:
        """A whole answer becomes one in OpenAI's shape. A stream does so as it comes, an error when it is passed on."""
        reply, broke_off = opened.reply, opened.connection.broke_off
        opened.early = broke_off if isinstance(broke_off, Answer) else None
        if reply.status < 300 and not reply.is_event_stream:
            size = reply.buffered
            answer = await self.parser.apart(size, translation.answer, reply.status, reply.take())
            reply.replace(answer.body)


def _is_nonsense(endpoint: Endpoint, reply: Reply) -> bool:
    """Whether a whole answer that is no JSON should have been: a page of HTML, nothing."""
    is_whole = reply.state == COMPLETE and not reply.flows
    return is_whole and reply.status < 300 and endpoint not in NOT_ONLY_JSON


def _unfit(reply: Reply) -> UpstreamInvalid:
    if 300 <= reply.status < 400:
        return UpstreamInvalid("The provider answered with a redirect, and those are not followed: mend its base_url.")
    return UpstreamInvalid("The provider's answer is compressed although that was not asked for.")
