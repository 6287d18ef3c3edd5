"""The nouns of a request. Plain values and protocols; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from nemoproxy._core import Decision, Reply, Request, Vault
    from nemoproxy.guardrails import Compiled
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

    __hash__ = object.__hash__  # Enum's own is written in Python, and asked for each call

    def __init__(self, name: str) -> None:
        self.name_in_core = name
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


@dataclass(frozen=True, slots=True)
class Arm:
    """The variant of an A/B test that a request is."""

    label: str
    """`test/variant`, as it is recorded."""
    model: str | None
    """What is asked in place of the model in the request."""
    template: str | None
    """The prompt template, whatever else would say one."""

    @property
    def told(self) -> bytes:
        """A rendered header."""
        return b"x-nemo-ab-test: %b\r\n" % self.label.encode()


@dataclass(frozen=True, slots=True)
class Way:
    """Where requests for a model name may go."""

    targets: tuple[Target, ...]
    members: tuple[Target, ...]
    """The same as the router knows them: under an alias that ends in `*` it does not tell models apart."""
    route: str | None
    """The router's name for it; None: there is one target with one credential, and nothing to choose."""
    hedge_after_s: float | None = None

    def real(self, member: Target) -> Target:
        return self.targets[self.members.index(member)]


Ending = Literal["complete", "client_left", "upstream_broke", "cut_off", "blocked"]


@dataclass(slots=True)
class Guards:
    """The guardrails of one call, as sets (`guardrails.compiled`), and what is known from its request."""

    compiled: Compiled
    requests: int
    """Those that see the request."""
    answers: int
    """Those that see the answer."""
    whole: bool
    """The answer has to be there as a whole to be judged."""
    lines: bytes
    """Rendered headers that tell of them."""
    warnings: int = 0
    """Those that the client is to be warned of."""
    vault: Vault | None = None
    """What was masked in the request."""

    @property
    def watching(self) -> bool:
        """Whether the answer is looked at."""
        return bool(self.answers or self.vault is not None)

    @property
    def warning(self) -> bytes:
        """A rendered header, or trailer; b"": there is nothing to warn of."""
        return (
            b"x-nemo-guardrail-warning: %b\r\n" % self.compiled.names(self.warnings).encode() if self.warnings else b""
        )


@dataclass(slots=True)
class Call:
    """One inference request, and what became of it. Money is in units of `nemoproxy.money`."""

    endpoint: Endpoint
    client: Recipient
    who: Principal
    request: Request
    target: Target
    way: Way
    prompt_tokens: int = 0
    """By our own count, from stage 8 on."""
    guards: Guards | None = None
    """None: nothing is screened."""
    arm: Arm | None = None
    """None: it is in no A/B test."""
    tariff: Tariff | None = None
    """What the model costs; None: nobody knows."""
    claim: Callable[[], Awaitable[None]] | None = None
    """Says where others can see it that the call is being run, before anybody is asked. Raises GatewayError."""
    tariffs: list[Tariff | None] | None = None
    """The same of each target, where there are several: as it was when the call began, whoever answers and when."""
    hold: int = 0
    """The limiter's handle of what was taken."""
    held_tokens: int = 0
    held_money: int = 0
    most_cost: int | None = None
    """What it costs at most, whatever it comes to, for so it was told; None: nothing was told yet."""
    output_bound: int | None = None
    """What a plain answer has to be bounded to, because more is not held."""
    body: bytes | None = None
    """What the provider is to be sent, but for `output_bound`; None: nobody needed it yet."""
    reply: Reply | None = None
    """The provider's answer, once it has begun."""
    most_raw: int = 0
    """Bytes of the answer to keep in `raw`, where guardrails look at it."""
    raw: bytes | None = None
    """The answer as it would be without guardrails, without framing."""
    asked: bool = False
    """The provider had the request when the client left without an answer."""
    first_byte_us: int | None = None
    failed: int | None = None
    """The status of the error of ours that it ended in, before anything of an answer was sent."""
    fault: tuple[str, int] | None = None
    """Code and status of that error, if it is the provider's doing."""
    ending: Ending = "complete"
    cost: int | None = None
    """What was charged, once that is settled."""

    @property
    def asks_usage(self) -> bool:
        """The gateway wants to know what a stream used, also when the client did not ask."""
        return self.request.stream and self.endpoint.streams and not self.request.include_usage


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
    told: bytes
    """Rendered headers of whatever the answer turns out to be: which prompt version, which A/B variant, and so on."""
    prompt_tokens: int
    """Of its prompt, by our own count, once that is known."""
    chunked: bool
    """Whether a stream to this client is framed in chunks (HTTP/1.1) or ends with the connection (HTTP/1.0)."""

    @property
    def gone(self) -> bool:
        """It has left: what is sent goes nowhere."""
        ...

    def send(self, status: int, headers: bytes, body: bytes) -> None:
        """A whole answer. `headers` are rendered lines."""

    def open_stream(self, status: int, headers: bytes) -> tuple[Sink, bytes]:
        """What an answer is to be streamed to, framed by the caller, and the head that has to be written there with the
        first of it: each write is a packet."""
        ...

    def end_stream(self, trailer: bytes = b"", last: bytes = b"") -> None:
        """The stream is whole with `last`, which the caller has framed. `trailer` is rendered lines, for clients that
        are told of things in trailers."""

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

    def read_body(self, *, form: bool = False) -> Coroutine[Any, Any, bytes]:
        """The whole request body, JSON or a form. Raises BodyTooLarge, RequestTimeout, ClientGone."""
        ...
