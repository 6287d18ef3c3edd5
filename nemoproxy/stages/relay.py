"""Stages 9 and 10, dispatch and relay: ask the provider, and make its answer the client's, whole or as it comes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter_ns

from nemoproxy._core import Reply, cost_headers
from nemoproxy.errors import GatewayError, UpstreamInvalid, error_body
from nemoproxy.providers import OpenAIProvider
from nemoproxy.stages.close import Closing
from nemoproxy.stages.credits import Credits
from nemoproxy.stages.limits import Limits
from nemoproxy.stages.parse import Parser
from nemoproxy.types import Call, Endpoint
from nemoproxy.upstream import COMPLETE, Connection

log = logging.getLogger("nemoproxy.relay")

CUT_OFF = "insufficient_credits"
NOT_ONLY_JSON = (Endpoint.SPEECH, Endpoint.TRANSCRIPTIONS)
"""Whose answers may be sound, or plain text."""


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Carries a call to its target and the answer back."""

    providers: Mapping[str, OpenAIProvider]
    parser: Parser
    limits: Limits
    credits: Credits
    closing: Closing

    async def run(self, call: Call) -> None:
        """Raises GatewayError while nothing has been sent to the client, and ClientGone."""
        provider = self.providers[call.target.provider]
        body = await self.parser.rewrite(
            call.request, call.target.model, ask_usage=_asks_usage(call), max_output=call.output_bound
        )
        connection = await provider.post(call.endpoint, body, call.client, boundary=call.request.boundary)
        call.first_byte_us = (perf_counter_ns() - call.client.started_ns) // 1000
        try:
            call.reply = reply = connection.answer
            if reply.content_encoding not in ("", "identity"):
                raise UpstreamInvalid("The provider's answer is compressed although that was not asked for.")
            if reply.status >= 300:
                _refuse(call, reply, provider)
            elif reply.flows or reply.state != COMPLETE:
                await self._stream(call, connection)
            else:
                self._send(call, reply)
        finally:
            provider.done(connection)

    def _send(self, call: Call, reply: Reply) -> None:
        if reply.content_type != "application/json" and call.endpoint not in NOT_ONLY_JSON:
            _check_json(reply)
        self.closing.settle(call)  # first the books: the last byte may not leave before they have it
        call.client.send(reply.status, reply.passed_headers + cost_lines(call), reply.take())

    async def _stream(self, call: Call, connection: Connection) -> None:
        reply, client = connection.answer, call.client
        events = reply.is_event_stream
        sink = client.open_stream(reply.status, reply.passed_headers)
        failure: GatewayError | None = None
        try:
            if not await connection.relay_to(sink, StreamBooks(self, call), events=events, chunked=client.chunked):
                failure = UpstreamInvalid(reply.fault or "The provider broke off in the middle of its answer.")
        except GatewayError as error:
            failure = error
        if failure is None:
            client.end_stream(cost_lines(call))
            return
        log.warning("%s: stream broken off: %s", client.request_id, failure.message)
        call.ending = "upstream_broke"
        self.closing.settle(call)
        event = b"data: %b\n\n" % error_body(failure, client.request_id)
        client.break_stream(event if events else b"")


class StreamBooks:
    """Keeps the books of one stream while it runs (upstream.Overseer)."""

    __slots__ = ("_call", "_closing", "_credits", "_limits")

    def __init__(self, dispatcher: Dispatcher, call: Call) -> None:
        self._call = call
        self._closing = dispatcher.closing
        self._credits = dispatcher.credits
        self._limits = dispatcher.limits

    def begin(self, reply: Reply, *, events: bool, chunked: bool) -> None:
        call, prices = self._call, None if self._call.tariff is None else self._call.tariff.prices
        reply.start_relay(
            events, _asks_usage(call), chunked, call.target.encoding, prices, call.request, call.prompt_tokens
        )
        reply.allow(self._credits.allowance(call))

    def more(self, reply: Reply, *, kept_back: bool) -> bytes:
        """The hold is, or is almost, used up: hold another step, or end the stream here."""
        call = self._call
        least, most = self._credits.step(call)
        if self._limits.extend(call, least, most):
            reply.allow(self._credits.allowance(call))
            return reply.relay(b"")
        if not kept_back:
            return b""
        self._limits.cut_off(call, least)
        return reply.cut(CUT_OFF, call.prompt_tokens)

    def end(self, reply: Reply) -> None:
        """The last bytes are about to leave: first the books."""
        if reply.error_seen:
            self._call.ending = "upstream_broke"
        if reply.state == COMPLETE or reply.done_seen:
            self._closing.settle(self._call)

    def sweep(self, reply: Reply) -> None:
        self._limits.grow(self._call, reply)


def cost_lines(call: Call) -> bytes:
    """The rendered headers, or trailers, that tell what a call cost, where that is known."""
    if call.tariff is None or call.cost is None:
        return b""
    return cost_headers(call.cost)


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


def _check_json(reply: Reply) -> None:
    if not reply.looks_like_json:
        raise UpstreamInvalid("The provider's answer is not JSON.")
