"""One request of a client and the answer to it, written straight to the client's transport.

It stands where aiohttp has a request object and a response object, and spares what aiohttp does for them: header maps,
a payload writer, signals, a task. aiohttp's parser and its bookkeeping of the connection go on working.
"""

from __future__ import annotations

import asyncio
import http
import re
from collections.abc import Coroutine
from email.utils import formatdate
from ipaddress import ip_address
from random import getrandbits
from time import perf_counter_ns, time
from typing import TYPE_CHECKING, Any

from aiohttp import hdrs
from multidict import istr

from nemoproxy.errors import (
    BodyTooLarge,
    ExpectationFailed,
    GatewayError,
    InvalidRequest,
    RequestTimeout,
    Unauthenticated,
    UnsupportedMediaType,
)
from nemoproxy.server.words import in_words
from nemoproxy.types import ClientGone, Drain, Sink, Steered

if TYPE_CHECKING:
    from aiohttp.http_parser import RawRequestMessage
    from aiohttp.streams import StreamReader

    from nemoproxy._core import Decision
    from nemoproxy.server.connection import ClientConnection

JSON = b"content-type: application/json\r\n"
BODY_MIN_RATE = 10_000
"""Bytes a second below which a request body runs out of time."""

_FORM = re.compile(
    r"""multipart/form-data\s*;\s*boundary=("?)([0-9a-z'()+_,./:=?-]{1,70})\1\s*(?:;\s*charset="?[\w-]+"?\s*)?""",
    re.ASCII | re.I,
)
IDEMPOTENCY_KEY = istr("Idempotency-Key")
X_API_KEY = istr("X-Api-Key")
API_KEY = istr("Api-Key")

_STATUS_LINES = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\n".encode() for s in http.HTTPStatus}
_CHUNKED = b"transfer-encoding: chunked\r\ntrailer: x-nemo-request-cost, x-litellm-response-cost%b\r\n"
"""With all trailers that a stream may end with: who passes it on may drop those that are not announced."""
_CHUNKED_PLAIN = _CHUNKED % b""
_CHUNKED_GUARDED = _CHUNKED % b", x-nemo-guardrail-warning"
_STREAMED = b"cache-control: no-cache\r\nx-accel-buffering: no\r\n"


def is_loopback(address: str) -> bool:
    found = ip_address(address.partition("%")[0])
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


class _Date:
    """The `date` header's value, made once a second."""

    second = 0
    value = b""

    def now(self) -> bytes:
        second = int(time())
        if second != self.second:
            self.second, self.value = second, formatdate(second, usegmt=True).encode()
        return self.value


_date = _Date()


class Exchange:
    """See the module; implements `types.Client`."""

    __slots__ = (
        "_begun", "_connection", "_cors", "_expects", "_payload", "_stopped", "_task", "_transport", "_upstream",
        "authorization", "chunked", "decision", "drain", "gone", "keep_alive", "message", "prompt_tokens",
        "request_id", "started_ns", "told",
    )  # fmt: skip

    def __init__(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        connection: ClientConnection,
        task: asyncio.Task[None] | None,
    ) -> None:
        self.started_ns = perf_counter_ns()
        self._payload = payload
        self._connection = connection
        self._transport = connection.transport
        self._upstream: Steered | None = None
        self._begun = False
        self._cors = b""
        self._expects = False  # the client holds its body back until it is told to go on
        self.gone = self._transport is None
        self._stopped: GatewayError | None = None
        self._task = task
        self.message = message
        self.authorization: bytes | None = None
        self.keep_alive = not message.should_close
        self.chunked = message.version >= (1, 1)
        self.drain: Drain | None = connection.drain
        self.decision: Decision | None = None
        self.told = b""
        self.prompt_tokens = 0
        # Time first: what is booked by it stays in order, and costs a third of what it would in a random one.
        self.request_id = f"nemo-{int(time() * 1e6):013x}{getrandbits(44):011x}"
        connection.exchange = self

    # --- the request

    def check_head(self) -> None:
        """Refuse what aiohttp lets through and another server could read differently; find the credentials."""
        headers = self.message.headers
        if not self.chunked:
            self._check_old_version()
        elif hdrs.EXPECT in headers:
            if headers[hdrs.EXPECT].lower() != "100-continue":
                self.keep_alive = False
                raise ExpectationFailed("The only Expect header that is understood is 100-continue.")
            self._expects = not self._payload.is_eof()
        if hdrs.ORIGIN in headers:
            self._cors = self._connection.cors.lines(headers.getall(hdrs.ORIGIN))
        credentials = headers.getall(hdrs.AUTHORIZATION, ())
        if len(credentials) == 1 and X_API_KEY not in headers and API_KEY not in headers:
            self.authorization = credentials[0].encode("utf-8", "surrogateescape")
        else:
            self._find_key(list(credentials))

    def _find_key(self, bearers: list[str]) -> None:
        """The key where it may be in other headers, as the clients of Anthropic and Azure send it."""
        headers = self.message.headers
        bearers += [f"Bearer {key}" for name in (X_API_KEY, API_KEY) for key in headers.getall(name, ())]
        if len({bearer.partition(" ")[2].strip() for bearer in bearers}) > 1 or len(bearers) > 3:
            self.keep_alive = False
            raise Unauthenticated("There are two different keys in Authorization, x-api-key and api-key; send one.")
        if len(headers.getall(hdrs.AUTHORIZATION, ())) > 1:
            self.keep_alive = False
            raise Unauthenticated("There are two Authorization headers; send one.")
        self.authorization = bearers[0].encode("utf-8", "surrogateescape") if bearers else None

    def _check_old_version(self) -> None:
        if self.message.version < (1, 0):
            raise InvalidRequest("HTTP/0.9 is not spoken here.", code="invalid_http")
        if self.message.chunked:
            self.keep_alive = False
            raise InvalidRequest("Transfer-Encoding is not part of HTTP/1.0.", code="invalid_framing")

    @property
    def idempotency_key(self) -> str | None:
        keys = self.message.headers.getall(IDEMPOTENCY_KEY, None)
        return None if keys is None else ", ".join(keys)

    @property
    def is_local(self) -> bool:
        """Its client is on this machine."""
        peer: Any = None if self._transport is None else self._transport.get_extra_info("peername")
        return isinstance(peer, tuple) and is_loopback(peer[0])

    def read_body(self, *, form: bool = False) -> Coroutine[Any, Any, bytes]:
        """The whole body: JSON, or a form that begins with the boundary of the head."""
        if form:
            return self._read_form()
        media_type = self.message.headers.get(hdrs.CONTENT_TYPE)
        if media_type is not None and not media_type.lower().startswith("application/json"):
            raise UnsupportedMediaType(f"The content type must be application/json, not {media_type[:100]!r}.")
        return self._read()

    async def _read_form(self) -> bytes:
        media_types = self.message.headers.getall(hdrs.CONTENT_TYPE, ())
        found = _FORM.fullmatch(media_types[0]) if len(media_types) == 1 else None
        if found is None:
            raise UnsupportedMediaType("The content type must be multipart/form-data, with a boundary.")
        body = await self._read()
        if not body.startswith(b"--%b\r\n" % found[2].encode()):
            raise InvalidRequest("The form does not begin with the boundary that its head names.", code="invalid_form")
        return body

    async def _read(self) -> bytes:
        if self.gone:
            raise ClientGone
        limit = self._connection.max_body_bytes
        length = self.message.headers.get(hdrs.CONTENT_LENGTH)
        if length is not None and int(length) > limit:
            raise _too_large(limit)
        payload = self._payload
        if payload.is_eof():
            body = payload.read_nowait()
            if len(body) > limit:
                raise _too_large(limit)
            return body
        return await self._read_slowly(payload, limit)

    async def _read_slowly(self, payload: StreamReader, limit: int) -> bytes:
        if self._expects:
            self._expects = False
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._connection.body_timeout_s
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout_at(deadline) as timeout:
                while part := await payload.readany():
                    parts.append(part)
                    size += len(part)
                    if size > limit:
                        raise _too_large(limit)
                    timeout.reschedule(deadline + size / BODY_MIN_RATE)
        except TimeoutError:
            self.keep_alive = False
            raise RequestTimeout("The request body came too slowly.") from None
        except GatewayError:
            raise
        except Exception as error:  # whatever aiohttp found wrong with the framing, or the end of the connection
            if self.gone:
                raise ClientGone from None
            self.keep_alive = False
            raise InvalidRequest(
                "The request body is not framed as its headers say.", code="invalid_framing"
            ) from error
        return b"".join(parts)

    # --- what the client's connection tells

    def attach(self, upstream: Steered) -> None:
        if self.gone:
            raise ClientGone
        if self._stopped is not None:
            raise self._stopped
        self._upstream = upstream
        if self._connection.is_choked:
            upstream.pause()

    def pause(self) -> None:
        if self._upstream is not None:
            self._upstream.pause()

    def resume(self) -> None:
        if self._upstream is not None:
            self._upstream.resume()

    @property
    def task(self) -> asyncio.Task[None] | None:
        """What answers it; None once it has."""
        return self._task

    def left(self) -> None:
        """The client closed its connection."""
        self.gone = True
        if self._upstream is None:
            return
        if self.drain is None:
            self._upstream.abandon(ClientGone())
        else:
            self._upstream.drain(self.drain)

    def stop(self, error: GatewayError) -> None:
        """End the answer now, with an error, wherever it stands."""
        self._stopped = error
        if self._upstream is not None:
            self._upstream.abandon(error)
        elif not self._payload.is_eof():
            self._payload.set_exception(error)

    # --- the answer

    def send(self, status: int, headers: bytes, body: bytes) -> None:
        framing = b"content-length: %d\r\n%b" % (len(body), headers)
        if self.message.method == "HEAD":
            body = b""
        self._write(self._answer(status, framing, body))

    def refuse(self, error: GatewayError) -> None:
        """Answer with an error of ours."""
        if self._begun:
            self.break_stream(b"")
            return
        self._connection.refused[error.code] += 1
        if self._expects or self.message.method == "CONNECT":
            self.keep_alive = False  # whether a body, or no HTTP at all, comes next is anybody's guess
        headers, body = in_words(error, self.message.path, self.request_id)
        self.send(error.status, JSON + headers, body)

    def open_stream(self, status: int, headers: bytes) -> tuple[Sink, bytes]:
        if self.chunked:
            framing = _CHUNKED_GUARDED if b"x-nemo-guardrails-applied" in self.told else _CHUNKED_PLAIN
        else:
            framing = b""
            self.keep_alive = False
        if self.gone or self._transport is None:
            if self.drain is not None:
                return self.drain.to, b""
            raise ClientGone
        return self._transport, self._answer(status, framing + _STREAMED + headers)

    def end_stream(self, trailer: bytes = b"", last: bytes = b"") -> None:
        if self.chunked:
            self._write(b"%b0\r\n%b\r\n" % (last, trailer))
        elif last:
            self._write(last)

    def break_stream(self, last: bytes) -> None:
        self.keep_alive = False
        if last:
            self._write(b"%x\r\n%b\r\n" % (len(last), last) if self.chunked else last)
        if self.chunked or last:
            self._connection.close()
        elif not self.gone:
            self._connection.reset()  # to HTTP/1.0 the end of the connection is the end of the answer

    def _answer(self, status: int, fields: bytes, body: bytes = b"") -> bytes:
        """A head, with what follows it."""
        self._begun = True
        self._connection.answered[status] += 1
        request_id = self.request_id.encode()
        if not self.keep_alive:
            fields += b"connection: close\r\n"
        elif not self.chunked:
            fields += b"connection: keep-alive\r\n"
        return b"".join(
            (
                _STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status,
                b"server: nemoproxy\r\ndate: ",
                _date.now(),
                b"\r\nx-request-id: ",
                request_id,
                b"\r\nx-nemo-request-id: ",
                request_id,
                b"\r\nx-nemo-latency-ms: %d.%03d\r\n" % divmod((perf_counter_ns() - self.started_ns) // 1000, 1000),
                b"" if self.decision is None else self.decision.headers,
                self._cors,
                self.told,
                fields,
                b"\r\n",
                body,
            )
        )

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self.gone:
            self._transport.write(data)

    def close(self) -> None:
        """It is over."""
        self._upstream = None
        self._task = None
        self._connection.exchange = None

    # --- what aiohttp expects of a request and of a response

    def _cancel(self, exc: BaseException) -> None:
        self._payload.set_exception(exc)

    def _finish(self) -> None: ...

    async def prepare(self, _request: object) -> None: ...

    async def write_eof(self) -> None: ...


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The request body is larger than the {limit} bytes that are allowed here.")
