"""The nouns of a request. Plain values and protocols; nothing here does I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from nemoproxy._core import Decision, Reply, Request
    from nemoproxy.pricing import Tariff


_PATHS = {
    "chat": "/chat/completions",
    "images": "/images/generations",
    "image_edits": "/images/edits",
    "speech": "/audio/speech",
    "transcriptions": "/audio/transcriptions",
}
_CAPABILITIES = {
    "images": "image_generation",
    "image_edits": "image_generation",
    "speech": "audio_speech",
    "transcriptions": "audio_transcription",
    "moderations": "moderation",
    "rerank": "rerank",
}
_UNITS = {
    "images": "output_image",
    "image_edits": "output_image",
    "speech": "input_character",
    "transcriptions": "input_second",
}


class Endpoint(Enum):
    """An inference endpoint. The value is what the core calls it; `path` is its path below `/v1`, here and upstream."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    EMBEDDINGS = "embeddings"
    IMAGES = "images"
    IMAGE_EDITS = "image_edits"
    SPEECH = "speech"
    TRANSCRIPTIONS = "transcriptions"
    MODERATIONS = "moderations"
    RERANK = "rerank"

    def __init__(self, name: str) -> None:
        self.path = _PATHS.get(name, f"/{name}")
        self.streams = name in ("chat", "completions")
        """A model writes text: tokens of it are held, and counted as they stream."""
        self.capability = _CAPABILITIES.get(name)
        """What a model has to be configured for; None: any model may be asked."""
        self.multipart = name in ("image_edits", "transcriptions")
        self.unit = _UNITS.get(name)
        """What is paid for where it is not tokens: a kind of price."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling: a virtual key with its team and org. The slots are the limiter's, one for each scope."""

    key_id: str
    alias: str
    team_id: str
    org_id: str
    models: frozenset[str] | None
    """The model names the key may use; None is all of them."""
    expires_at: float | None
    """Unix seconds."""
    revoked: bool
    key_slot: int
    team_slot: int
    org_slot: int


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request for a model goes: a provider's name, the model's name there, the encoding its tokens count in."""

    provider: str
    model: str
    encoding: str
    mode: str | None = None
    """What the model is for, in the catalogue's words; None: nobody knows."""


Ending = Literal["complete", "client_left", "upstream_broke", "cut_off"]


@dataclass(slots=True)
class Call:
    """One inference request, and what became of it. Money is in units of `nemoproxy.money`."""

    endpoint: Endpoint
    client: Recipient
    who: Principal
    request: Request
    target: Target
    prompt_tokens: int
    tariff: Tariff | None = None
    """What the model costs; None: nobody knows."""
    hold: int = 0
    """The limiter's handle of what was taken."""
    held_tokens: int = 0
    held_money: int = 0
    output_bound: int | None = None
    """What a plain answer has to be bounded to, because more is not held."""
    reply: Reply | None = None
    """The provider's answer, once it has begun."""
    asked: bool = False
    """The provider had the request when the client left without an answer."""
    first_byte_us: int | None = None
    failed: bool = False
    """It ended in an error of ours, before anything of an answer was sent."""
    ending: Ending = "complete"
    cost: int | None = None
    """What was charged, once that is settled."""


class ClientGone(Exception):
    """The client left while its answer was awaited or streamed."""

    asked = False
    """The provider had the request by then."""


class Sink(Protocol):
    """Where a streamed answer's bytes go: the client's transport."""

    def write(self, data: bytes, /) -> object: ...


class Nowhere:
    """A sink that keeps nothing."""

    def write(self, data: bytes, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Drain:
    """How far an answer is read on whose client has left, so that it is known what it cost."""

    max_bytes: int
    max_s: float
    to: Sink = Nowhere()  # noqa: RUF009 - it has no state
    """Where what is streamed goes instead."""


class Steered(Protocol):
    """What a client's connection steers while its answer is awaited or streamed: the upstream's side of the call."""

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def abandon(self, failure: Exception) -> None:
        """Stop at once: the call fails with `failure` (the client is gone, or the gateway is shutting down)."""

    def drain(self, within: Drain) -> None:
        """The client is gone: go on to the end without it; beyond `within` the call fails with ClientGone."""


class Steering(Protocol):
    """Who may steer a call's upstream."""

    def attach(self, upstream: Steered) -> None:
        """From now on back-pressure and departure of the client act on `upstream`. Raises ClientGone, ShuttingDown."""


class Recipient(Steering, Protocol):
    """Who gets the answer of a call."""

    request_id: str
    started_ns: int
    """When the request's head was read, on `perf_counter_ns`."""
    decision: Decision | None
    """The limiter's last one: its `x-ratelimit-*` headers are the answer's, whatever that turns out to be."""
    chunked: bool
    """Whether a stream to this client is framed in chunks (HTTP/1.1) or ends with the connection (HTTP/1.0)."""

    @property
    def gone(self) -> bool:
        """It has left: what is sent goes nowhere."""
        ...

    def send(self, status: int, headers: bytes, body: bytes) -> None:
        """A whole answer. `headers` are rendered lines."""

    def open_stream(self, status: int, headers: bytes) -> Sink:
        """The head of an answer that is streamed to the returned sink, framed by the caller."""
        ...

    def end_stream(self, trailer: bytes = b"") -> None:
        """The stream is whole. `trailer` is rendered lines, for clients that are told of things in trailers."""

    def break_stream(self, last: bytes) -> None:
        """The stream is not whole: send `last`, then end the connection so that nobody can take it for complete."""


class Client(Recipient, Protocol):
    """The client's side of one call: what the pipeline may do with it. `server.exchange` implements it."""

    authorization: bytes | None
    drain: Drain | None
    """How far its answer is read on when it leaves; None: not at all."""

    @property
    def idempotency_key(self) -> str | None:
        """As it was sent, unchecked."""
        ...

    async def read_body(self, *, form: bool = False) -> bytes:
        """The whole request body, JSON or a form. Raises BodyTooLarge, RequestTimeout, ClientGone."""
        ...
