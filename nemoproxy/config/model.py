"""Every setting with its type, its bounds and its default. Nothing here reads a file or the environment."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from nemoproxy.config.values import (
    Alias,
    ApiKey,
    BaseUrl,
    CorsOrigin,
    DatabaseUrl,
    Day,
    HeaderName,
    HeaderValue,
    ModelName,
    Name,
    Pepper,
    SecretHeaderValue,
    SecretUrl,
    TargetModel,
    UnitPrice,
    Usd,
)
from nemoproxy.money import to_units

Seconds = Annotated[float, Meta(ge=0.001, le=86_400)]
Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Tokens = Annotated[int, Meta(ge=1, le=1_000_000_000_000)]
Encoding = Literal["o200k_base", "cl100k_base"]
Mode = Literal[
    "chat", "embedding", "image_generation", "audio_speech", "audio_transcription", "moderation", "rerank", "responses"
]
Strategy = Literal["priority", "weighted", "least_busy", "latency", "cost"]
Weight = Annotated[int, Meta(ge=0, le=1_000_000)]
Percent = Annotated[int, Meta(ge=0, le=100)]


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all settings share: frozen, by name, nothing unknown."""


class Limits(Section, frozen=True, kw_only=True):
    """Requests and tokens per minute, requests per second, and requests at a time. None is no limit."""

    rpm: Count | None = None
    tpm: Tokens | None = None
    tps: Count | None = None
    concurrency: Count | None = None

    def over(self, base: Limits) -> Limits:
        """These, and the base's where these say nothing."""
        return Limits(
            rpm=base.rpm if self.rpm is None else self.rpm,
            tpm=base.tpm if self.tpm is None else self.tpm,
            tps=base.tps if self.tps is None else self.tps,
            concurrency=base.concurrency if self.concurrency is None else self.concurrency,
        )


class Server(Section, frozen=True, kw_only=True):
    host: Annotated[str, Meta(min_length=1, max_length=255)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    max_body_bytes: Annotated[int, Meta(ge=1024, le=1 << 30)] = 32 << 20
    body_timeout_s: Seconds = 30.0
    """The whole request body must have come by then."""
    keepalive_timeout_s: Seconds = 75.0
    shutdown_grace_s: Annotated[float, Meta(ge=0, le=86_400)] = 30.0
    """Requests under way when the gateway is told to stop have this long to finish."""
    cors_origins: tuple[CorsOrigin, ...] = ("*",)
    """Whose pages may call from a browser; `*` is anybody's. No cookie opens anything here: a page needs a key."""
    metrics_token: ApiKey | None = None
    """Who may read `/metrics` from anywhere: as a bearer token. Without it only this machine may."""


class Storage(Section, frozen=True, kw_only=True):
    url: DatabaseUrl = SecretUrl("sqlite:///var/nemoproxy.db")
    pepper: Pepper | None = None
    """Keys are stored as digests keyed with this. Without it, the content of `pepper_file`."""
    pepper_file: Annotated[str, Meta(min_length=1)] = "var/pepper"
    """Made at the first start. Never inside the database: whoever steals one must not have the other."""


class Credits(Section, frozen=True, kw_only=True):
    """Money: what organisations begin with, and what becomes of requests that cannot be paid for."""

    metered: bool = True
    """Whether requests cost anything at all."""
    record_usage: bool = True
    """Whether requests are recorded also where they cost nothing."""
    signup_grant_usd: Usd = Decimal("5.00")
    """What a new organisation begins with."""
    low_balance_usd: Usd = Decimal("1.00")
    """An organisation that falls below it is said to be low, once until it is given more."""
    unpriced: Literal["refuse", "allow"] = "refuse"
    """What happens to requests for a model that has no price."""
    journal: Annotated[str, Meta(min_length=1)] = "var/journal"
    """The directory where settled requests are until they are in the records. It has to be on a local disk."""
    on_client_disconnect: Literal["abort", "drain"] = "abort"
    """Whether the provider's answer is given up when the client leaves, or read on to its end, within these bounds."""
    drain_max_bytes: Annotated[int, Meta(ge=0, le=1 << 30)] = 1 << 20
    drain_max_s: Annotated[float, Meta(ge=0, le=3600)] = 10.0

    @property
    def signup_grant(self) -> int:
        """In units of `nemoproxy.money`."""
        return to_units(self.signup_grant_usd)

    @property
    def low_balance(self) -> int:
        """In units of `nemoproxy.money`."""
        return to_units(self.low_balance_usd)


class Cache(Section, frozen=True, kw_only=True):
    """Answers that are given again to equal requests."""

    enabled: bool = False
    """Off by default: who asks twice for something creative does not expect the same twice."""
    ttl_s: Seconds = 300.0
    scope: Literal["org", "team", "key"] = "org"
    """Who shares answers."""
    max_bytes: Annotated[int, Meta(ge=1024, le=1 << 40)] = 64 << 20
    """Of all of them. What was not used for longest goes first."""
    max_answer_bytes: Annotated[int, Meta(ge=1024, le=1 << 24)] = 1 << 20
    """Longer ones are not kept."""


class Idempotency(Section, frozen=True, kw_only=True):
    """Answers to requests with an `Idempotency-Key`, which a retry within 24 hours gets again."""

    persist: bool = True
    """Whether they are in the records as well as in memory, and outlive a restart. They are sealed there."""
    max_bytes: Annotated[int, Meta(ge=1 << 20, le=1 << 40)] = 256 << 20
    """Of all that is in the records. The oldest go first."""
    max_answers: Annotated[int, Meta(ge=1, le=10_000_000)] = 100_000


class Timeouts(Section, frozen=True, kw_only=True):
    connect_s: Seconds = 5.0
    first_byte_s: Seconds = 120.0
    idle_s: Seconds = 60.0
    total_s: Seconds = 600.0


class Pool(Section, frozen=True, kw_only=True):
    """Connections kept open to a provider while nobody uses them."""

    max_idle: Annotated[int, Meta(ge=0, le=10_000)] = 100
    idle_s: Seconds = 30.0


class Credential(Section, frozen=True, kw_only=True):
    """One of several keys of a provider."""

    key: ApiKey
    weight: Weight = 1
    """Its share of the calls. 0: only when no other can be used."""


class Provider(Section, frozen=True, kw_only=True):
    """A service that answers. In a loaded `Config` it has a `base_url`."""

    kind: Literal["openai", "anthropic", "gemini"] = "openai"
    """The API it speaks."""
    base_url: BaseUrl | None = None
    api_key: ApiKey | None = None
    api_keys: tuple[Credential, ...] = ()
    """Several, instead of `api_key`."""
    headers: dict[HeaderName, SecretHeaderValue] = field(default_factory=dict)
    organization: HeaderValue | None = None
    project: HeaderValue | None = None
    timeouts: Timeouts = Timeouts()
    pool: Pool = Pool()
    ca_file: str | None = None


class Target(Section, frozen=True, kw_only=True):
    """Where a model's requests go. In a loaded `Config`, `model` is None only under an alias that ends in `*`: then
    what the `*` stands for is the model."""

    provider: Name
    model: TargetModel | None = None
    weight: Weight = 1
    """Its share of the calls, under the strategies that share. 0: only when nothing else is left."""
    order: Annotated[int, Meta(ge=0, le=1000)] = 0
    """Targets of a lower order go first, whatever the strategy."""

    @classmethod
    def from_text(cls, text: str) -> dict[str, str]:
        """The short form: `openai`, or `openai/gpt-4o-mini`."""
        provider, slash, model = text.partition("/")
        return {"provider": provider, "model": model} if slash else {"provider": provider}


class Model(Section, frozen=True, kw_only=True):
    targets: Annotated[tuple[Target, ...], Meta(min_length=1)]
    strategy: Strategy = "priority"
    """In which order they are asked; among targets of one `order`, `priority` is as they are listed."""
    hedge_after_s: Seconds | None = None
    """A second target is asked when the first has not begun to answer by then. None: it is waited for."""
    encoding: Encoding | None = None
    """How its tokens are counted; None is by the model's name."""
    mode: Mode | None = None
    """What it is for. None is by the model's name; a name that nobody knows is for chat and embeddings, and what a `*`
    stands for may be anything."""


class Price(Section, frozen=True, kw_only=True):
    """What a model costs from a day on, in USD: for a million tokens of a kind, or for one of what the name ends in.

    Kept as integers of 10^-10 USD. A kind without a price costs what the kind above it costs: cached input what input
    does, reasoning what output does.
    """

    since: Day = date.min
    input: UnitPrice | None = None
    cached_input: UnitPrice | None = None
    cache_write: UnitPrice | None = None
    cache_write_1h: UnitPrice | None = None
    output: UnitPrice | None = None
    reasoning_output: UnitPrice | None = None
    audio_input: UnitPrice | None = None
    audio_output: UnitPrice | None = None
    image_input: UnitPrice | None = None
    image_output: UnitPrice | None = None
    output_image: UnitPrice | None = None
    input_second: UnitPrice | None = None
    input_character: UnitPrice | None = None
    max_output: Count | None = None
    """The most tokens the model writes in one answer."""


class Breaker(Section, frozen=True, kw_only=True):
    """When a target is left alone: after so many failures in a row, or when such a share of at least so many calls of
    the last `window_s` failed."""

    failures: Count = 5
    rate_percent: Annotated[int, Meta(ge=1, le=100)] = 30
    rate_calls: Count = 20
    window_s: Seconds = 10.0
    shut_s: Seconds = 5.0
    """For so long, doubled each time up to `max_shut_s`; then one call tries it."""
    max_shut_s: Seconds = 60.0


class Routing(Section, frozen=True, kw_only=True):
    """What happens when a target fails, of models that have more than one, or a provider with several keys."""

    attempts: Annotated[int, Meta(ge=1, le=10)] = 3
    """At most, for one request."""
    retry_percent: Percent = 20
    """Attempts beyond the first, for a hundred requests for a model."""
    wait_s: Seconds = 0.1
    """The longest wait before a target is asked again; it doubles, up to `max_wait_s`."""
    max_wait_s: Seconds = 5.0
    """A provider that asks for a longer one is not asked again."""
    silence_s: Seconds = 3.0
    """A target that several requests have waited for, and nothing was heard of for so long, is given up; for longer, if
    its first bytes took more than a third of that of late."""
    first_byte_s: Seconds = 60.0
    """The longest that one request waits for a first byte while there is another target."""
    total_s: Seconds = 600.0
    """All attempts together, to the end of the answer."""
    breaker: Breaker = Breaker()


class LimitSettings(Section, frozen=True, kw_only=True):
    default_tier: Name = "payg"
    output_step: Annotated[int, Meta(ge=1, le=1_000_000)] = 1024
    """Tokens held at a time for the answer to a request that does not say `max_tokens`."""
    team: Limits = Limits()
    """What holds for a team where its own limits say nothing."""
    org: Limits = Limits()


Detector = Literal["pii", "secrets", "prompt_injection", "keyword", "regex", "webhook"]
Action = Literal["block", "redact", "mask", "warn", "log"]


class Guardrail(Section, frozen=True, kw_only=True):
    """What texts are searched for, and what is done about it."""

    name: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    """What it is called; without it, its id."""
    detector: Detector
    action: Action
    mode: Literal["pre_call", "post_call", "both"] = "pre_call"
    enabled: bool = True
    default_on: bool = True
    """For everybody; else for whom it is assigned to, here or by `nemoproxy guardrails assign`."""
    orgs: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    """By name; `acme/research` in an organisation other than the default."""
    keys: tuple[str, ...] = ()
    """By alias or id."""
    mandatory: bool = False
    """Requests cannot do without it."""
    shadow: bool = False
    """It looks and writes down, and does nothing else."""
    only: tuple[str, ...] = ()
    """Rules, or what they find, of `pii` and `secrets`: these, and not those that are on by themselves."""
    also: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    threshold: Annotated[int, Meta(ge=1, le=1000)] | None = None
    """Of `prompt_injection`: texts that score so much or more. None is what the detector is tuned for."""
    words: tuple[str, ...] = ()
    patterns: dict[Name, str] = field(default_factory=dict)
    url: BaseUrl | None = None
    headers: dict[HeaderName, SecretHeaderValue] = field(default_factory=dict)
    timeout_s: Annotated[float, Meta(ge=0.01, le=60)] = 2.0
    max_answer_bytes: Annotated[int, Meta(ge=64, le=64 << 20)] = 1 << 20
    allow_private: bool = False
    """A webhook may be on this machine or in a private network."""


MOST_GUARDRAILS = 64


class WebhookSettings(Section, frozen=True, kw_only=True):
    """How events are sent to webhooks (`nemoproxy webhooks`), wherever those are."""

    deliver: bool = True
    """Whether this gateway does so. Of several on one database, any may."""
    timeout_s: Annotated[float, Meta(ge=0.1, le=60)] = 20.0
    """For an attempt, from the look-up of its name to the end of the answer."""
    allow_http: bool = False
    allow_private: bool = False
    """Whether they may be at addresses that are not public ones. This lets plain http through as well."""


class Variant(Section, frozen=True, kw_only=True):
    """What an A/B test does with a share of the requests."""

    weight: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    """Its share is this of the sum of all weights."""
    model: ModelName | None = None
    """Asked in place of the test's model."""
    template: Name | None = None
    """The prompt template, by slug or id, whatever the request or its key has."""


class AbTest(Section, frozen=True, kw_only=True):
    """Requests of an organisation for a model, dealt out to variants. The first is what the others are compared to."""

    model: ModelName
    """What callers ask for."""
    org: Annotated[str, Meta(min_length=1, max_length=64)] = "default"
    """By name."""
    state: Literal["draft", "running", "paused", "completed"] = "draft"
    """Only one that is running does anything."""
    sticky: Literal["user", "key", "request"] = "user"
    """What stays with its variant: the request's `user`, or where it has none its key; the key; or nothing."""
    variants: dict[Name, Variant]
    """Two or more, by name."""


BUILT_IN_TIERS = {
    "payg": Limits(rpm=500, tpm=500_000, tps=10),
    "monthly": Limits(rpm=500, tpm=500_000, tps=50),
    "annual": Limits(rpm=1000, tpm=1_000_000, tps=200),
    "enterprise": Limits(),
}


class Config(Section, frozen=True, kw_only=True):
    """Everything, checked. Without providers there is nobody to ask: the caller starts the mock upstream."""

    server: Server = Server()
    storage: Storage = Storage()
    providers: dict[Name, Provider] = field(default_factory=dict)
    models: dict[Alias, Model] = field(default_factory=dict)
    """By alias. `*` is any name that is no alias; `groq/*` any name that starts with `groq/`."""
    routing: Routing = Routing()
    tiers: dict[Name, Limits] = field(default_factory=lambda: dict(BUILT_IN_TIERS))
    limits: LimitSettings = LimitSettings()
    credits: Credits = Credits()
    prices: dict[ModelName, Annotated[tuple[Price, ...], Meta(min_length=1)]] = field(default_factory=dict)
    """By `provider/model`, the model's name at its provider, or `provider/*`; over the catalogue in the package."""
    guardrails: dict[Name, Guardrail] = field(default_factory=dict)
    """By id."""
    webhooks: WebhookSettings = WebhookSettings()
    cache: Cache = Cache()
    idempotency: Idempotency = Idempotency()
    ab_tests: dict[Name, AbTest] = field(default_factory=dict)
    """By name; more can be made with `nemoproxy abtests`."""
