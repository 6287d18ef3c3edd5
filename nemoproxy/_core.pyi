"""The compiled hot path. The contract between Python and Rust; `make check` holds it against the built module."""

__version__: str
