"""The compiled hot path. The contract between Python and Rust; `make check` holds it against the built module."""

from collections.abc import Sequence
from typing import Final, Literal, Self, final

__all__ = [
    "Batch",
    "Bill",
    "CountCache",
    "Decision",
    "Finding",
    "Guardrail",
    "Limiter",
    "Pepper",
    "Policy",
    "Prices",
    "Reply",
    "Request",
    "Screening",
    "Secrets",
    "Totals",
    "Usage",
    "Vault",
    "__version__",
    "answer_texts",
    "check_pattern",
    "check_words",
    "cost_headers",
    "count_tokens",
    "encoding_for_model",
    "format_units",
    "guard_rules",
    "mint_key",
    "vocabulary",
    "with_answer_texts",
]

__version__: str

# === requests ===

@final
class Request:
    """A valid inference request, with a copy of its body. Bodies over 64 KiB are worked on without the GIL."""

    @staticmethod
    def parse(body: bytes, endpoint: str) -> Request:
        """`endpoint` is the value of a `types.Endpoint` (else ValueError). A form's boundary is that of its first line.
        Raises `errors.InvalidRequest`, whose message says what was expected, what came, and how to mend it."""

    @property
    def model(self) -> str:
        """As the client names it."""
    @property
    def stream(self) -> bool: ...
    @property
    def include_usage(self) -> bool:
        """Whether the client itself asks for the usage chunk of a stream."""
    @property
    def max_output_tokens(self) -> int | None:
        """The client's bound on each choice: `max_completion_tokens`, else `max_tokens`. 0 where no text is written."""
    @property
    def choices(self) -> int:
        """How many outputs will be generated: the greater of `n` and `best_of`, for each prompt."""
    @property
    def extended(self) -> bool:
        """Whether there is any `extension`."""
    @property
    def user(self) -> str | None:
        """The end user that the client names, if it is a text."""
    @property
    def boundary(self) -> str | None:
        """Of a form; None: the body is JSON."""
    @property
    def size(self) -> int:
        """Bytes of the body."""

    def extension(self, name: str) -> bytes | None:
        """The JSON of a `nemo_*` member: of the top level, else of `extra_body`, else of `metadata`.

        And of `guardrails` and `prompt_version`, but not in `metadata`.
        """

    def with_system(self, text: str) -> Request:
        """A chat request with a system message in front of its messages; any other as it is."""

    def screen(self, policy: Policy, guardrails: int) -> Screening:
        """What some of a policy's guardrails, as a set, find in the texts of the request, of every role and part."""

    def texts(self) -> str:
        """All texts, in order, with a line of nothing but U+001E between them."""

    def with_texts(self, texts: str) -> Request | None:
        """The request with other texts, given as `texts` gives them. None: they are not as many.

        Raises `errors.InvalidRequest` if it is no request then.
        """

    def prompt_tokens(self, encoding: str, cache: CountCache | None = None) -> int:
        """An estimate for admission, in `o200k_base` or `cl100k_base` (else `ValueError`): exact where OpenAI publishes
        a rule, on the safe side where it does not. `cache` spares counting long texts that came before."""

    def upstream_body(self, model: str, ask_usage: bool, max_output: int | None = None) -> bytes:
        """The client's bytes, with `model` put in and every `nemo_*` member cut out. `ask_usage` turns
        `stream_options.include_usage` on, which providers take only on streams. `max_output` bounds each answer to so
        many tokens, where the client did not."""

# === guardrails ===

@final
class Guardrail:
    """What to look for, and what to do about it: `log`, `warn`, `mask`, `redact` or `block` (else ValueError).

    A `shadow` is written down and does nothing. ValueError for rules that cannot be compiled, naming rule and reason.
    """

    @staticmethod
    def built_in(
        action: str,
        shadow: bool,
        detector: Literal["pii", "secrets"],
        only: Sequence[str],
        also: Sequence[str],
        without: Sequence[str],
    ) -> Guardrail:
        """Rules by their name or by what they find: `only` these, if there are any, `also` these, `without` these."""

    @staticmethod
    def words(action: str, shadow: bool, words: Sequence[str]) -> Guardrail: ...
    @staticmethod
    def patterns(action: str, shadow: bool, patterns: Sequence[tuple[str, str]]) -> Guardrail:
        """Patterns by their name."""

    @staticmethod
    def injection(action: str, shadow: bool, threshold: int | None) -> Guardrail:
        """Texts that score `threshold` of 1000 or more; None: what the detector is tuned for."""

    @staticmethod
    def elsewhere(action: str, shadow: bool) -> Guardrail:
        """Finds nothing by itself."""

@final
class Policy:
    """Guardrails, at most 64 (else ValueError). A set of them is a number: bit `n` is the one at place `n`."""

    def __new__(cls, guardrails: Sequence[Guardrail]) -> Policy: ...
    def judges(self, guardrails: int) -> bool:
        """Whether some of a set can judge an answer only when it is whole."""

    def screen_text(self, text: str, guardrails: int) -> Screening:
        """A bare text. One `Finding` for each, its `place` the bytes `start..end`; `body` is the text redacted."""

    def screen_answer(self, body: bytes, events: bool, guardrails: int, vault: Vault | None = None) -> Screening:
        """A whole answer: plain JSON, or the `events` of a stream. Over 64 KiB without the GIL."""

@final
class Screening:
    """What came of screening a request, an answer or a text."""

    @property
    def clean(self) -> bool:
        """Nothing at all: not looking at the rest is fine."""
    @property
    def blocked_by(self) -> int | None:
        """The place of the guardrail that blocks it."""
    @property
    def failed(self) -> bool:
        """A detector made a mistake, and nothing was decided."""
    @property
    def findings(self) -> tuple[Finding, ...]:
        """One for each rule; of a request that is blocked, up to what blocks it."""
    @property
    def unread(self) -> int:
        """Binary parts and token ids."""
    @property
    def request(self) -> Request | None:
        """The request, where something was redacted or masked."""
    @property
    def vault(self) -> Vault | None:
        """What was masked."""
    @property
    def body(self) -> bytes | None:
        """The answer, where it is another now."""

@final
class Finding:
    """What one rule found, never what it was."""

    @property
    def guardrail(self) -> int:
        """The place of its guardrail."""
    @property
    def rule(self) -> str: ...
    @property
    def entity(self) -> str:
        """As in placeholders: `EMAIL`."""
    @property
    def place(self) -> str:
        """Of the first: `messages[0].content`; "" in an answer."""
    @property
    def count(self) -> int: ...
    @property
    def lengths(self) -> tuple[int, ...]:
        """Bytes of each, of the first hundred."""

@final
class Vault:
    """What was masked in a request, so that its answer can have it back."""

def answer_texts(body: bytes, events: bool) -> str | None:
    """The texts of a whole answer, as `Request.texts` gives those of a request. None: it could not be read."""

def with_answer_texts(body: bytes, events: bool, texts: str) -> bytes | None:
    """An answer with other texts. None: they are not as many."""

def guard_rules(detector: str) -> list[tuple[str, str, bool]]:
    """The rules of `pii` or `secrets` (else ValueError): name, what it finds, whether it is on by itself."""

def check_pattern(pattern: str) -> str | None:
    """What is wrong with a pattern of an operator's, and None if nothing is."""

def check_words(words: Sequence[str]) -> str | None:
    """The same of words."""

# === limits ===

@final
class Limiter:
    """Request, token, burst and concurrency limits of keys, teams and organisations: exact sliding windows.

    A scope is a slot number; slot 0 is no scope: nothing is limited or counted there. `now_ns` is a monotonic clock in
    nanoseconds; one that goes back counts as the newest time seen. An unknown or freed slot, or the same slot given
    as two scopes, is a ValueError; a negative number, or a slot, limit, hold or time over 64 bits, is an OverflowError.
    A limit of 2**40 or more is no limit, and tokens beyond that count as 2**40.

    A scope has an account, and may have a ceiling there. Money is in units of 10**-10 USD and less than 2**63, else it
    is an OverflowError. What is settled and held exceeds a ceiling only where `set_account` brought that about.
    """

    def __new__(cls) -> Limiter: ...
    def allocate(self) -> int:
        """A slot for a new scope, without limits."""

    def free(self, slot: int) -> None:
        """Give a slot up at once; its number is used again when the last hold that refers to it is settled."""

    def configure(self, slot: int, rpm: int | None, tpm: int | None, tps: int | None, concurrency: int | None) -> None:
        """Limit requests and tokens in 60 s, requests in 1 s, requests in flight. None: unlimited; 0: nothing.

        What is counted stays: a limit lowered below what is in use refuses until that has drained.
        """

    def set_account(self, slot: int, ceiling: int | None, settled: int | None) -> None:
        """Set what may be spent in all, and, unless it is None, what has been. A ceiling of None: anything.

        What is held stays, and is charged to the account as it is when the holds end: what is held and charged is
        counted with a ceiling or without.
        """

    def account(self, slot: int) -> tuple[int, int, int] | None:
        """Ceiling, settled and held, if there is a ceiling. Held: by open holds."""

    def settled(self, slot: int) -> int:
        """What was charged since `set_account` set that, or ever, with a ceiling or without."""

    def peek(self, key: int, team: int, org: int, now_ns: int) -> Decision:
        """Would a request of no tokens and no money be let in? Takes nothing."""

    def admit(
        self,
        key: int,
        team: int,
        org: int,
        tokens: int,
        now_ns: int,
        money_least: int = 0,
        money_most: int = 0,
        money_fair: int = 0,
    ) -> Decision:
        """Take from every limit and account of every scope, or, when one refuses, from none.

        Every account holds the same money: at most `money_most`; a quarter of what is available where that is least (a
        half where nothing is held); but `money_fair` before that, as far as there is as much, and never less than
        `money_least`. A `money_most` of 0 is never refused. ValueError: least or fair over most.
        """

    def grow(self, hold: int, tokens: int, now_ns: int) -> bool:
        """Count tokens produced beyond the hold, room or no room. False: the hold has ended."""

    def extend(self, hold: int, tokens: int, now_ns: int, money_least: int, money_most: int) -> int:
        """Hold more money, by the rule of `admit`, in the accounts the hold took from, and count tokens as `grow` does.

        What was taken of each; 0: the least is not there, or the hold has ended. Without ceilings `money_most`.
        """

    def cover(self, hold: int, money: int) -> int:
        """Hold as much more as makes it `money` in all, as far as all accounts have room. What is held then, in all."""

    def settle(self, hold: int, tokens: int, now_ns: int, money: int = 0) -> tuple[int, int] | None:
        """End a hold that took `tokens` and cost `money` in all: `(charged, shortfall)`. None: it has ended already.

        Charged is `money` as far as the hold and what else is available go, the same in every account the hold took
        from; shortfall the rest. No money: what was held is released.
        """

    def in_flight(self, slot: int) -> int:
        """Requests admitted and not settled."""

    def usage(self, slot: int, now_ns: int) -> tuple[int, int]:
        """Requests and tokens in the 60 s windows."""

@final
class Decision:
    """The limiter's answer. Of an allowed request `scope` and `limit` are empty and the numbers below them 0."""

    @property
    def allowed(self) -> bool: ...
    @property
    def hold(self) -> int:
        """What to `grow` and `settle`; 0 if refused or only peeked."""

    @property
    def held_money(self) -> int:
        """What the hold took of every account, or `money_most` if there is none; 0 if refused or only peeked."""

    @property
    def metered(self) -> bool:
        """Does any of the scopes have an account?"""

    @property
    def scope(self) -> str:
        """Whose limit refused: `key`, `team` or `org`. Of several, the one that goes last; before all, money."""

    @property
    def limit(self) -> str:
        """`requests_per_minute`, `tokens_per_minute`, `requests_per_second` or `concurrency`.

        Or, for want of money, `credits` of an org or `budget` of a team or key.
        """

    @property
    def limit_value(self) -> int: ...
    @property
    def used(self) -> int:
        """May exceed `limit_value`: the limit was lowered, or a stream outgrew its hold."""

    @property
    def remaining(self) -> int: ...
    @property
    def requested(self) -> int: ...
    @property
    def retry_after_ms(self) -> int | None:
        """When the same request is let in if nothing else happens, and no millisecond before (concurrency: a guess).

        None: allowed, or it can never fit, or money is lacking, which time does not bring.
        """

    @property
    def headers(self) -> bytes:
        """`x-ratelimit-{limit,remaining,reset}-{requests,tokens}` lines, each ending in CRLF.

        Of the scope with least left; a kind that no scope limits has no lines.
        """

# === keys ===

def mint_key(random: bytes) -> str:
    """A new virtual key out of bytes from a cryptographic source; give 64. ValueError if they do not suffice."""

@final
class Pepper:
    """Digests virtual keys by HMAC-SHA-256. ValueError if `secret` has less than 32 bytes."""

    def __new__(cls, secret: bytes) -> Pepper: ...
    def digest(self, key: str) -> bytes:
        """The 32 bytes under which `key` is stored."""

    def identify(self, authorization: bytes) -> bytes | None:
        """The digest of the key in an `Authorization` header: `Bearer` in any case, spaces, a well-formed key.

        None for anything else, at the same small cost however long the header is. A digest is not yet a known key.
        """

# === tokens ===

@final
class CountCache:
    """Counts of texts of 256 bytes and more, by keyed digest: a conversation sends its history again with every turn.

    128 KiB; the texts are not kept. `key`: 16 bytes that no client can know.
    """

    def __new__(cls, key: bytes) -> CountCache: ...

def count_tokens(text: str, encoding: str) -> int:
    """How many tokens `text` is in `o200k_base` or `cl100k_base`, exactly as tiktoken's `encode_ordinary` has it.

    ValueError for another encoding, UnicodeEncodeError for a lone surrogate. Linear; detached above 64 KiB.
    """

def encoding_for_model(model: str) -> str:
    """The name of the encoding that `model` counts in; a `provider/` prefix is ignored, an unknown model is o200k."""

def vocabulary(encoding: str) -> bytes:
    """Every token in order of rank, each as a byte that says its length and then its bytes. For tests and tools."""

# === prices ===

@final
class Prices:
    """What a model's tokens cost. Every amount is an int of units, 10^-10 USD; a price is for a million tokens.

    A kind without a price of its own costs what `input` or `output` does, `cache_write_1h` what `cache_write` does.
    Every token has one price: those of a detail have its, the rest of a total has `input` or `output`. Sums are rounded
    up once. Nothing exceeds 2**63 - 1.
    """

    def __new__(
        cls,
        *,
        input: int,  # noqa: A002  the kind of price is called so
        output: int = 0,
        cached_input: int | None = None,
        cache_write: int | None = None,
        cache_write_1h: int | None = None,
        reasoning: int | None = None,
        input_audio: int | None = None,
        output_audio: int | None = None,
        input_image: int | None = None,
        output_image: int | None = None,
        image: int = 0,
        second: int = 0,
        character: int = 0,
    ) -> Self:
        """`image`, `second`, `character`: of one. OverflowError for a price that is negative or over 64 bits."""

    def __eq__(self, other: object, /) -> bool: ...
    def cost(self, usage: Usage) -> int:
        """Details beyond their total are not charged, in the order cached, written, audio, image; reasoning, audio,
        image. A total that is not said is what the other leaves of `total_tokens`, or 0."""

    def quote(self, request: Request, prompt_tokens: int, step: int, most: int) -> tuple[int, int, int]:
        """The units to hold for a request: at least, fairly, and at best. Equal where it bounds its cost. Else at best,
        for each choice, `step` output tokens of a stream, or `most` of a plain answer, of which `step` is fair."""

    def hold(self, prompt_tokens: int, output_tokens: int, request: Request | None = None) -> int:
        """The most that so many tokens can cost. The prices of audio, of images and of an hour in the cache count only
        if the request has words that it takes to ask for them."""

    def affordable(self, units: int, prompt_tokens: int, request: Request) -> int:
        """The most output tokens whose `hold` is within `units`; 2**40: no bound. 0 also if the prompt alone is not."""

def cost_headers(units: int) -> bytes:
    """The `x-nemo-request-cost` and `x-litellm-response-cost` lines, each ending in CRLF."""

def format_units(units: int) -> str:
    """An amount in USD as a plain decimal number, as short as it can be: 4500 is "0.00000045". A JSON number."""

# === relay: an upstream's answer ===

@final
class Usage:
    """What an answer cost, in tokens. None: not said, or not a believable count (negative, not an integer, above 10^9).

    The details (all but the first three) are parts of the totals, and 0 if they are not said.
    """

    def __new__(
        cls,
        *,
        prompt_tokens: int | None = None,
        completion_tokens: int | None = None,
        total_tokens: int | None = None,
        cached_tokens: int | None = 0,
        cache_write_tokens: int | None = 0,
        cache_write_1h_tokens: int | None = 0,
        input_audio_tokens: int | None = 0,
        input_image_tokens: int | None = 0,
        reasoning_tokens: int | None = 0,
        output_audio_tokens: int | None = 0,
        output_image_tokens: int | None = 0,
    ) -> Self: ...
    def __eq__(self, other: object, /) -> bool: ...
    @property
    def prompt_tokens(self) -> int | None: ...
    @property
    def completion_tokens(self) -> int | None: ...
    @property
    def total_tokens(self) -> int | None: ...
    @property
    def cached_tokens(self) -> int | None: ...
    @property
    def cache_write_tokens(self) -> int | None: ...
    @property
    def cache_write_1h_tokens(self) -> int | None:
        """Of `cache_write_tokens`, those that are kept for an hour."""

    @property
    def input_audio_tokens(self) -> int | None: ...
    @property
    def input_image_tokens(self) -> int | None: ...
    @property
    def reasoning_tokens(self) -> int | None: ...
    @property
    def output_audio_tokens(self) -> int | None: ...
    @property
    def output_image_tokens(self) -> int | None: ...
    @property
    def contradictory(self) -> bool:
        """Whether details exceed their total, the totals exceed `total_tokens`, or a detail is not believable.

        Reasoning may be told beside the completion instead of in it, if `total_tokens` is the sum of all three.
        """

@final
class Secrets:
    """Texts that a provider may say and nobody may be told: asterisks in their place, as many as they have bytes."""

    def __new__(cls, texts: Sequence[bytes]) -> Self: ...

@final
class Reply:
    """The answer of one upstream call: the upstream's bytes in, the client's bytes out. For one thread at a time.

    States: 0 the head is not all there, 1 the body is not, or some of it is kept back, 2 complete, 3 cut (ended too
    soon, or not HTTP). After each read `needs` is the one thing to look at.
    """

    def __new__(cls, max_event: int = 4194304, secrets: Secrets | None = None) -> Self:
        """`max_event`: the longest event that is taken, in bytes. `secrets` are not in what comes out, wherever reads
        cut them."""

    def feed(self, data: bytes) -> int:
        """Takes what was read and keeps the body; returns the state. Raises `UpstreamInvalid` if it is not HTTP."""

    def end(self) -> int:
        """The upstream closed the connection: 2 or 3. At 2, a relay's last bytes come from one more `relay(b"")`."""

    def take(self) -> bytes:
        """The body so far, which the reply lets go of. `output_tokens` of a plain body needs it: ask before."""

    def start_relay(
        self,
        events: bool,
        strip_usage: bool,
        chunked: bool,
        encoding: str = "o200k_base",
        prices: Prices | None = None,
        request: Request | None = None,
        prompt_tokens: int = 0,
    ) -> None:
        """From now on the answer is passed on, beginning with what was kept: as `events` under their rules (no `usage`
        if `strip_usage`), else as it comes; each time as one chunk of the chunked coding, or bare.

        The text of events is counted in `encoding` (else ValueError). With `prices` and the `request`, and without
        `strip_usage`, each `usage` object gets its `cost` in USD as the last member, if it can be the bill.
        """

    def guard(self, policy: Policy, guardrails: int, vault: Vault | None = None) -> None:
        """From now on the texts of events are screened, and what the vault has is put back into them.

        Call it right after `start_relay`. A guardrail that blocks, or that should and does not work, ends the stream:
        the state is 3, and nothing more is passed on. What is held back goes out before its choice ends.
        """

    def keep_copy(self, most: int) -> None:
        """From now on up to so many bytes of events are kept as guardrails find them, without framing."""

    def take_copy(self) -> bytes | None:
        """What was kept; None: nothing, or it was too much, or the stream was cut."""

    def flush(self) -> bytes:
        """The stream is over, as the caller knows: what is held back, screened and without framing."""

    def found(self) -> tuple[Finding, ...]:
        """What guardrails found in the events so far."""

    @property
    def blocked_by(self) -> int | None:
        """The place of the guardrail that ended the stream."""
    @property
    def guard_failed(self) -> bool:
        """A detector made a mistake. State 3 if nothing may pass without it."""

    def allow(self, tokens: int | None) -> None:
        """From now on the events that are passed on may hold at most so many output tokens in all; None: any number.

        What was kept back goes out with the next `relay`, as far as there is room. No effect but on a relay of events.
        """

    def fund(self, units: int, is_all: bool = False) -> None:
        """From now on so much is there for what the answer costs; `is_all`: and no more will be.

        An event that would tell of more is kept back until there is more; if it `is_all`, it tells of as much.
        """
    @property
    def owed(self) -> int | None:
        """What an event would tell that the answer costs, if it is kept back because that is more than there is."""

    def cut(self, reason: str, prompt_tokens: int) -> bytes:
        """Ends a relay of events well for the client and returns what to write.

        That is: for each choice without one (of at most 128) a chunk with `finish_reason` `length`, with
        `"nemo": {"cut_off": reason}` beside it; unless `strip_usage`, a usage chunk with the tokens that are charged
        and, with `prices`, the `cost`; `[DONE]`. Then the state is 2 and the connection is to be
        closed. b"", and no change, if the answer is over or is not relayed as events.
        """

    def relay(self, data: bytes) -> bytes:
        """Takes what was read (or b"") and returns what to write to the client, perhaps nothing. The chunk that ends a
        chunked body is left to the caller. Never raises: look at `needs`, and at state 3 end the stream as broken."""

    def split(self, data: bytes) -> list[tuple[str, bytes]]:
        """Takes what was read, for a translator; returns name and data of each event in it. The body of what is no
        stream of events is kept. Never raises: look at `state`. At 2 after `end` the last one comes with `split(b"")`.
        """

    def relay_decoded(self, events: bytes, is_all: bool) -> bytes:
        """Passes on, after `start_relay`, what a translator made of `split`'s events: whole events of ours. Returns
        what to write. `is_all`: nothing more comes. The rest is as `relay` has it, which gives what was kept back."""

    def replace(self, body: bytes) -> None:
        """Puts a translated body in place of the one that is kept; `usage` is what it says."""

    def output_tokens(self, encoding: str) -> int:
        """Tokens of the text that the model wrote, by our own count: of the body that is kept, in `encoding` (else
        ValueError), or of the events that were passed on, in that of `start_relay`; then never above what was allowed.

        The text of each choice is counted as a whole: content, refusal, reasoning, tool calls. It is exact, but within
        two tokens for each KiB of text without a word's end, and estimated beyond 128 KiB in one event.
        Counts up to 1 KiB of text each time, or the body: not for every read, `output_bytes` is.
        """

    @property
    def needs(self) -> int:
        """What the caller has to see to: 0 nothing; 1 `allow` more soon, less than a quarter of what the last `allow`
        added is left; 2 events are kept back: pause the upstream, then `allow` more and `relay(b"")`, or `cut`;
        3 the answer is over, see `state`."""

    @property
    def state(self) -> int: ...
    @property
    def fault(self) -> str | None:
        """Why the state is 3, in words for an error message."""
    @property
    def status(self) -> int:
        """0 while the head is not all there."""
    @property
    def content_type(self) -> str:
        """Lower-case, without parameters; "" if not said."""
    @property
    def content_encoding(self) -> str:
        """Lower-case; "" if not said or identity. We ask for identity: anything else cannot be passed on."""
    @property
    def is_event_stream(self) -> bool: ...
    @property
    def flows(self) -> bool:
        """Whether it is to be passed on as it comes: events, sound, or bytes of no type."""
    def headers(self, cost: int | None = None) -> bytes:
        """The header lines a client may see, each `name: value\\r\\n` with a lower-case name; and `cost_headers`."""

    @property
    def limit_headers(self) -> bytes:
        """The header lines that tell what is left of the provider's limits, in the same form."""
    @property
    def opening(self) -> int:
        """Of a stream that is kept: 1 once an event with data is whole, 2 if it tells of an error; else 0."""
    @property
    def reusable(self) -> bool:
        """Whether the connection may carry another request."""
    @property
    def looks_like_json(self) -> bool:
        """Whether the kept body begins as a JSON object or array does."""
    @property
    def buffered(self) -> int:
        """Bytes of the body that are kept."""
    @property
    def usage(self) -> Usage | None:
        """What the upstream has told so far; the last one if it told several times."""
    @property
    def done_seen(self) -> bool: ...
    @property
    def error_seen(self) -> bool:
        """Whether an event had an `error` that clients raise."""
    @property
    def events(self) -> int:
        """Events with data that went to the client, without `[DONE]`."""
    @property
    def output_bytes(self) -> int:
        """Bytes of the text that the model wrote, in a relay of events."""

# === books ===

@final
class Bill:
    """What a call is charged for: the usage that the provider states, where that can be true; else our own count.

    It can if prompt and text are at least a quarter of what we count, the prompt is at most eight times that and
    32,768, and the answer is within what the request allows (2**17 tokens where it names no limit).
    """

    @staticmethod
    def of(reply: Reply, request: Request, prompt_tokens: int, encoding: str, prices: Prices | None = None) -> Bill:
        """For an answer, as far as it came. May count its text in `encoding` (else ValueError)."""

    @staticmethod
    def unanswered(request: Request, prompt_tokens: int, prices: Prices | None = None) -> Bill:
        """For a call that the client left before the answer began: the prompt."""

    @property
    def tokens(self) -> int:
        """What the token limits count."""
    @property
    def output_tokens(self) -> int: ...
    @property
    def estimated(self) -> bool:
        """It is our own count."""

    @property
    def cost(self) -> int:
        """In units; 0 without prices."""

    def frame(
        self,
        request: Request,
        request_id: str,
        org_id: str,
        team_id: str,
        key_id: str,
        provider: str,
        target_model: str,
        status: int,
        held: int,
        cost: int,
        shortfall: int,
        ending: str,
        latency_us: int,
        first_byte_us: int | None,
        settled_at: int,
        variant: str | None = None,
    ) -> bytes:
        """The settled request as the journal stores it: at most 1 KiB, never content. Names of models are cut short and
        made printable. Times are Unix microseconds. ValueError: more was charged than held, or it is out of range."""

@final
class Totals:
    """What the requests of a batch come to that went to one endpoint and target and ended in one status.

    Money is in units of 10^-10 USD. `latencies` and `first_bytes` count requests in the classes of `Batch.BOUNDS_MS`.
    """

    endpoint: Final[str]
    provider: Final[str]
    model: Final[str]
    status: Final[int]
    requests: Final[int]
    estimated: Final[int]
    prompt_tokens: Final[int]
    cached_tokens: Final[int]
    output_tokens: Final[int]
    reasoning_tokens: Final[int]
    cost: Final[int]
    shortfall: Final[int]
    latency_us: Final[int]
    first_byte_us: Final[int]
    latencies: Final[list[int]]
    first_bytes: Final[list[int]]

@final
class Batch:
    """Settled requests, as they were found in a segment of the journal."""

    @staticmethod
    def read(data: bytes, start: int = 0, most: int = 1048576) -> Batch:
        """At most so many whole frames from a position on. What is no frame is skipped if frames follow it."""

    @property
    def end(self) -> int:
        """Up to where in `data` it goes."""
    @property
    def damaged(self) -> bool:
        """Something was skipped."""
    @property
    def plain(self) -> int:
        """How many of its rows, the first ones, have nothing in the columns that most have nothing in."""

    def __len__(self) -> int: ...
    def request_ids(self) -> list[str]: ...
    def keep(self, request_ids: list[str]) -> Batch:
        """Those of these ids, each once."""

    def kinds(self) -> list[tuple[str, str, str, str, str, str, str, bool, int, bool, str]]:
        """What its requests are of, each kind once: the columns of `usage_kinds` in order, but for their numbers."""

    def values(self, start: int, stop: int, kinds: list[int]) -> tuple[str | int, ...]:
        """The columns of `usage_rows`, in order, of the rows from `start` on and before `stop`, one after the other.

        Of plain ones alone, only the columns that these have. `kinds` are the numbers of `kinds()`. What is not there
        is 0 or empty.
        """

    BOUNDS_MS: Final[list[int]]
    """Upper bounds of the classes that times are counted in; there is one more class above the last."""

    def totals(self) -> list[Totals]:
        """What these requests come to, by endpoint, target and status."""

    def spending(self) -> list[tuple[str, str, str, int, int, int]]:
        """What was charged, by key, team, org and day (since 1970, UTC): units, and how many requests."""
