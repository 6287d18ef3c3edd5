"""Stages 9 and 10, dispatch and relay: ask the provider, and make its answer the client's, whole or as it comes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from nemoproxy._core import Reply, Request
from nemoproxy.errors import GatewayError, UpstreamInvalid, error_body
from nemoproxy.providers import OpenAIProvider
from nemoproxy.stages.limits import Limits, plausible_claim
from nemoproxy.types import Call
from nemoproxy.upstream import COMPLETE, Connection

log = logging.getLogger("nemoproxy.relay")

FRAME_BYTES, BYTES_PER_TOKEN = 4096, 64
"""A plain answer longer than a frame and so many bytes for each token that the provider claims is counted by us."""


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Carries a call to its target and the answer back."""

    providers: Mapping[str, OpenAIProvider]
    limits: Limits
    rewrite: Callable[[Request, str, bool], Awaitable[bytes]]

    async def run(self, call: Call) -> None:
        """Raises GatewayError while nothing has been sent to the client, and ClientGone."""
        provider = self.providers[call.target.provider]
        body = await self.rewrite(call.request, call.target.model, _asks_usage(call))
        connection = await provider.post(call.endpoint, body, call.client)
        try:
            call.reply = reply = connection.answer
            if reply.content_encoding not in ("", "identity"):
                raise UpstreamInvalid("The provider's answer is compressed although that was not asked for.")
            if reply.status >= 300:
                _refuse(call, reply, provider)
            elif reply.is_event_stream or reply.state != COMPLETE:
                connection.on_sweep = lambda reply: self.limits.grow(call, reply)
                await _stream(call, connection)
            else:
                _send(call, reply)
        finally:
            provider.done(connection)


def _asks_usage(call: Call) -> bool:
    """The gateway wants to know what a stream used, also when the client did not ask."""
    return call.request.stream and call.endpoint.streams and not call.request.include_usage


def _refuse(call: Call, reply: Reply, provider: OpenAIProvider) -> None:
    if reply.status < 400:
        raise UpstreamInvalid("The provider answered with a redirect, and those are not followed: mend its base_url.")
    body = provider.error(reply.status, reply.take(), call.client.request_id)
    lines = reply.passed_headers.splitlines(keepends=True)
    headers = b"".join(line for line in lines if not line.startswith(b"content-type"))
    call.client.send(reply.status, headers + b"content-type: application/json\r\n", body)


def _send(call: Call, reply: Reply) -> None:
    if call.endpoint.streams and reply.buffered > _longest_body(call, reply):
        call.output_tokens = reply.output_tokens(call.target.encoding)
    body = reply.take()
    if reply.content_type != "application/json" and body.lstrip()[:1] not in (b"{", b"["):
        raise UpstreamInvalid("The provider's answer is not JSON.")
    call.client.send(reply.status, reply.passed_headers, body)


def _longest_body(call: Call, reply: Reply) -> int:
    """The longest body that goes with what the provider claims; nothing goes with no claim."""
    claimed = plausible_claim(call, reply)
    return FRAME_BYTES + BYTES_PER_TOKEN * claimed if claimed else 0


async def _stream(call: Call, connection: Connection) -> None:
    reply, client = connection.answer, call.client
    events = reply.is_event_stream
    sink = client.open_stream(reply.status, reply.passed_headers)
    failure: GatewayError | None = None
    try:
        if not await connection.relay_to(sink, events=events, strip_usage=_asks_usage(call), chunked=client.chunked):
            failure = UpstreamInvalid(reply.fault or "The provider broke off in the middle of its answer.")
    except GatewayError as error:
        failure = error
    if failure is None:
        client.end_stream()
        return
    log.warning("%s: stream broken off: %s", client.request_id, failure.message)
    event = b"data: %b\n\n" % error_body(failure, client.request_id)
    client.break_stream(event if events else b"")
