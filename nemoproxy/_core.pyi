"""The compiled hot path. The contract between Python and Rust; `make check` holds it against the built module."""

from typing import Literal, Self, final

__all__ = [
    "Decision",
    "Limiter",
    "Pepper",
    "Reply",
    "Request",
    "Usage",
    "__version__",
    "count_tokens",
    "encoding_for_model",
    "mint_key",
    "vocabulary",
]

__version__: str

# === requests ===

@final
class Request:
    """A valid inference request, with a copy of its body. Bodies over 64 KiB are worked on without the GIL."""

    @staticmethod
    def parse(body: bytes, endpoint: Literal["chat", "completions", "embeddings"]) -> Request:
        """Raises `errors.InvalidRequest`, whose message says what was expected, what came, and how to mend it."""

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
        """The client's bound on each choice: `max_completion_tokens`, else `max_tokens`. 0 for embeddings."""
    @property
    def choices(self) -> int:
        """How many outputs will be generated: the greater of `n` and `best_of`, for each prompt."""
    @property
    def size(self) -> int:
        """Bytes of the body."""

    def extension(self, name: str) -> bytes | None:
        """The JSON of a `nemo_*` member: of the top level, else of `extra_body`, else of `metadata`."""

    def prompt_tokens(self, encoding: str) -> int:
        """An estimate for admission, in `o200k_base` or `cl100k_base` (else `ValueError`): exact where OpenAI publishes
        a rule, on the safe side where it does not."""

    def upstream_body(self, model: str, ask_usage: bool, max_output: int | None = None) -> bytes:
        """The client's bytes, with `model` put in and every `nemo_*` member cut out. `ask_usage` turns
        `stream_options.include_usage` on, which providers take only on streams. `max_output` bounds each answer to so
        many tokens, where the client did not."""

# === limits ===

@final
class Limiter:
    """Request, token, burst and concurrency limits of keys, teams and organisations: exact sliding windows.

    A scope is a slot number; slot 0 is no scope: nothing is limited or counted there. `now_ns` is a monotonic clock in
    nanoseconds; one that goes back counts as the newest time seen. An unknown or freed slot, or the same slot given
    as two scopes, is a ValueError; a negative number, or a slot, limit, hold or time over 64 bits, is an OverflowError.
    A limit of 2**40 or more is no limit, and tokens beyond that count as 2**40.
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

    def peek(self, key: int, team: int, org: int, now_ns: int) -> Decision:
        """Would a request of no tokens be let in? Takes nothing."""

    def admit(self, key: int, team: int, org: int, tokens: int, now_ns: int) -> Decision:
        """Take from every limit of every scope, or, when one refuses, from none."""

    def grow(self, hold: int, tokens: int, now_ns: int) -> bool:
        """Count tokens produced beyond the hold, room or no room. False: the hold has ended."""

    def settle(self, hold: int, tokens: int, now_ns: int) -> bool:
        """End a hold that took `tokens` in all. True exactly once; False: it has ended already."""

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
    def scope(self) -> str:
        """Whose limit refused: `key`, `team` or `org`. Of several, the one that goes last."""

    @property
    def limit(self) -> str:
        """`requests_per_minute`, `tokens_per_minute`, `requests_per_second` or `concurrency`."""

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

        None: allowed, or it can never fit.
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

def count_tokens(text: str, encoding: str) -> int:
    """How many tokens `text` is in `o200k_base` or `cl100k_base`, exactly as tiktoken's `encode_ordinary` has it.

    ValueError for another encoding, UnicodeEncodeError for a lone surrogate. Linear; detached above 64 KiB.
    """

def encoding_for_model(model: str) -> str:
    """The name of the encoding that `model` counts in; a `provider/` prefix is ignored, an unknown model is o200k."""

def vocabulary(encoding: str) -> bytes:
    """Every token in order of rank, each as a byte that says its length and then its bytes. For tests and tools."""

# === relay: an upstream's answer ===

@final
class Usage:
    """What the provider says an answer cost, in tokens. None: not said, or not a believable count (negative, not an
    integer, above 10^9). Details that are not said are 0."""

    @property
    def prompt_tokens(self) -> int | None: ...
    @property
    def completion_tokens(self) -> int | None: ...
    @property
    def total_tokens(self) -> int | None: ...
    @property
    def cached_tokens(self) -> int | None: ...
    @property
    def reasoning_tokens(self) -> int | None: ...

@final
class Reply:
    """The answer of one upstream call: the upstream's bytes in, the client's bytes out. For one thread at a time.

    States: 0 the head is not all there, 1 the body is not, 2 complete, 3 cut (ended too soon, or not HTTP).
    """

    def __new__(cls, max_event: int = 4194304) -> Self:
        """`max_event`: the longest event that is taken, in bytes."""

    def feed(self, data: bytes) -> int:
        """Takes what was read and keeps the body; returns the state. Raises `UpstreamInvalid` if it is not HTTP."""

    def end(self) -> int:
        """The upstream closed the connection: 2 or 3. At 2, a relay's last bytes come from one more `relay(b"")`."""

    def take(self) -> bytes:
        """The body so far, which the reply lets go of. `output_tokens` of a plain body needs it: ask before."""

    def start_relay(self, events: bool, strip_usage: bool, chunked: bool) -> None:
        """From now on the answer is passed on, beginning with what was kept: as `events` under their rules (no `usage`
        if `strip_usage`), else as it comes; each time as one chunk of the chunked coding, or bare."""

    def relay(self, data: bytes) -> bytes:
        """Takes what was read and returns what to write to the client, perhaps nothing. The chunk that ends a chunked
        body is left to the caller. Never raises: look at `state`, and at 3 end the client's stream as broken."""

    def output_tokens(self, encoding: str) -> int:
        """Tokens of the text that the model wrote, by our own count ("o200k_base" or "cl100k_base", else `ValueError`).
        Counts up to 4 KiB of text each time, or the body: not for every read, `output_bytes` is."""

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
    def passed_headers(self) -> bytes:
        """The header lines a client may see, each `name: value\\r\\n` with a lower-case name."""
    @property
    def reusable(self) -> bool:
        """Whether the connection may carry another request."""
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
