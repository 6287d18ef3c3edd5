"""The compiled hot path. The contract between Python and Rust; `make check` holds it against the built module."""

from typing import Self, final

__version__: str

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
