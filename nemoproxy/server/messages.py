"""`POST /v1/messages` and `/v1/messages/count_tokens`: Anthropic's API, for its clients, in front of any model.

A request becomes a chat completion and goes the way of every other; `MessagesClient` stands between the pipeline and
the exchange, and makes of the answer what Anthropic's clients expect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from nemoproxy.errors import InvalidRequest, UpstreamInvalid
from nemoproxy.pipeline import Pipeline
from nemoproxy.providers.messages import MessageEvents, counted, refused, translate_answer, translate_request
from nemoproxy.recording import Record
from nemoproxy.server import spec
from nemoproxy.server.exchange import JSON, Exchange
from nemoproxy.server.routes import Route
from nemoproxy.stages.models import Catalogue
from nemoproxy.stages.parse import Parser
from nemoproxy.types import Drain, Endpoint, Sink, Steered
from nemoproxy.upstream import LONGEST_EVENT

if TYPE_CHECKING:
    from nemoproxy._core import Decision

EVENTS = b"content-type: text/event-stream"
PING = b'event: ping\ndata: {"type":"ping"}\n\n'


class Messages:
    """The two routes."""

    def __init__(self, pipeline: Pipeline, catalogue: Catalogue) -> None:
        self._pipeline = pipeline
        self._catalogue = catalogue

    def routes(self) -> list[Route]:
        return [
            Route("POST", "/messages", self.create, spec.MESSAGES),
            Route("POST", "/messages/count_tokens", self.count, spec.COUNT_TOKENS),
        ]

    async def create(self, exchange: Exchange, _rest: str) -> None:
        await self._pipeline.handle(Endpoint.CHAT, self._client(exchange))

    async def count(self, exchange: Exchange, _rest: str) -> None:
        """By our own count, which is what a request is admitted by. Counts as one request."""
        client = self._client(exchange, counting=True)
        tokens = await self._pipeline.count(Endpoint.CHAT, client)
        exchange.send(200, JSON + client.request_id_line, counted(tokens))

    def _client(self, exchange: Exchange, *, counting: bool = False) -> MessagesClient:
        return MessagesClient(exchange, self._catalogue, self._pipeline.parser, counting=counting)


class MessagesClient:
    """An exchange whose client speaks Anthropic's API (types.Client)."""

    chunked = False  # to the relay: the framing is put around what the events have become

    def __init__(self, exchange: Exchange, catalogue: Catalogue, parser: Parser, *, counting: bool = False) -> None:
        self._exchange = exchange
        self._catalogue = catalogue
        self._parser = parser
        self._counting = counting
        self._model = ""
        self._sink: _MessageSink | Record | None = None
        self._head = (0, b"")
        self._upstream: Steered | None = None
        self.prompt_tokens = 0
        self.request_id = exchange.request_id
        self.request_id_line = b"request-id: %b\r\n" % exchange.request_id.encode()
        self.started_ns = exchange.started_ns
        self.authorization = exchange.authorization

    # --- the request

    @property
    def idempotency_key(self) -> str | None:
        return self._exchange.idempotency_key

    async def read_body(self, *, form: bool = False) -> bytes:
        """The request as a chat completion."""
        body = await self._exchange.read_body()
        return await self._parser.apart(len(body), self._translated, body)

    def _translated(self, body: bytes) -> bytes:
        try:
            asked: Any = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError):
            raise InvalidRequest("The request body is not valid JSON.", code="invalid_json") from None
        if not isinstance(asked, dict):
            raise InvalidRequest("The request body has to be an object.", code="invalid_type")
        ours = {name: asked.pop(name) for name in [name for name in asked if name.startswith("nemo_")]}
        model = asked.get("model")
        self._model = model if isinstance(model, str) else ""
        is_claude = self._catalogue.speaks(self._model, "anthropic")
        sent = translate_request(asked, extended=is_claude, counting=self._counting)
        return sent[:-1] + b"," + msgspec.json.encode(ours)[1:] if ours else sent

    # --- what the pipeline sees and steers

    @property
    def gone(self) -> bool:
        return self._exchange.gone

    @property
    def decision(self) -> Decision | None:
        return self._exchange.decision

    @decision.setter
    def decision(self, decision: Decision | None) -> None:
        self._exchange.decision = decision

    @property
    def told(self) -> bytes:
        return self._exchange.told

    @told.setter
    def told(self, lines: bytes) -> None:
        self._exchange.told = lines

    @property
    def drain(self) -> Drain | None:
        return self._exchange.drain

    @drain.setter
    def drain(self, drain: Drain | None) -> None:
        self._exchange.drain = drain

    def attach(self, upstream: Steered) -> None:
        self._exchange.attach(upstream)
        self._upstream = upstream

    # --- the answer

    def send(self, status: int, headers: bytes, body: bytes) -> None:
        if status >= 300:
            status, said = refused(status, body, self.request_id)
        elif EVENTS in headers:  # one that was streamed before, and is sent again
            said = _MessageSink(self._events()).translate(body)
        else:
            said = translate_answer(body, self._model)
        self._exchange.send(status, headers + self.request_id_line, said)

    def open_stream(self, status: int, headers: bytes) -> tuple[Sink, bytes]:
        if EVENTS not in headers:  # one answer in pieces, because it is long
            self._head, self._sink = (status, headers), Record(LONGEST_EVENT, self._too_long)
            return self._sink, b""
        sink, head = self._exchange.open_stream(status, headers + self.request_id_line)
        if head:
            sink.write(head)
        self._sink = _MessageSink(self._events(), sink, chunked=self._exchange.chunked)
        return self._sink, b""

    def end_stream(self, trailer: bytes = b"", last: bytes = b"") -> None:
        if isinstance(self._sink, Record):
            self._sink.write(last)
            if (body := self._sink.whole()) is None:
                raise _too_long()
            status, headers = self._head
            self.send(status, headers + trailer, body)
        else:
            self._exchange.end_stream(trailer, self._sink.framed(last) if self._sink is not None else b"")

    def break_stream(self, last: bytes) -> None:
        if isinstance(self._sink, Record):
            self._exchange.refuse(UpstreamInvalid("The provider's answer did not come to its end."))
        else:
            self._exchange.break_stream(self._sink.translate(last) if self._sink is not None else b"")

    def _too_long(self) -> None:
        if self._upstream is not None:
            self._upstream.abandon(_too_long())

    def _events(self) -> MessageEvents:
        return MessageEvents(self._model, self.prompt_tokens)


def _too_long() -> UpstreamInvalid:
    return UpstreamInvalid("The provider's answer is too long to be translated.")


class _MessageSink:
    """Takes OpenAI's events, whole ones, and writes Anthropic's."""

    def __init__(self, events: MessageEvents, to: Sink | None = None, *, chunked: bool = False) -> None:
        self._events = events
        self._to = to
        self._chunked = chunked

    def write(self, data: bytes, /) -> None:
        out = self.framed(data)
        if out and self._to is not None:
            self._to.write(out)

    def framed(self, events: bytes) -> bytes:
        out = self.translate(events)
        return b"%x\r\n%b\r\n" % (len(out), out) if out and self._chunked else out

    def translate(self, events: bytes) -> bytes:
        out: list[bytes] = []
        data: list[bytes] = []
        for line in events.splitlines():
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif line.startswith(b":"):
                out.append(PING)
            elif not line and data:
                out.append(self._events.feed(b"\n".join(data)))
                data.clear()
        return b"".join(out)
