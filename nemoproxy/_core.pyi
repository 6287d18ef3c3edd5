"""The compiled hot path. The contract between Python and Rust; `make check` holds it against the built module."""

from typing import final

__version__: str

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
