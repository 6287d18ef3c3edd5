"""The compiled hot path. The contract between Python and Rust; `make check` holds it against the built module."""

from typing import Literal, final

__version__: str

# === Requests ===

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

    def extension(self, name: str) -> bytes | None:
        """The JSON of a `nemo_*` member: of the top level, else of `extra_body`, else of `metadata`."""

    def prompt_tokens(self, encoding: Literal["o200k_base", "cl100k_base"]) -> int:
        """An estimate for admission: exact where OpenAI publishes a rule, on the safe side where it does not."""

    def upstream_body(self, model: str, ask_usage: bool) -> bytes:
        """The client's bytes, with `model` put in and every `nemo_*` member cut out. `ask_usage` turns
        `stream_options.include_usage` on, which providers take only on streams."""
