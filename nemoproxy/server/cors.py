"""Whose pages may call from a browser, and which headers they may read there."""

from __future__ import annotations

from collections.abc import Collection, Sequence

EXPOSED = (
    "retry-after",
    "retry-after-ms",
    "x-litellm-response-cost",
    "x-nemo-ab-test",
    "x-nemo-cache",
    "x-nemo-guardrail-warning",
    "x-nemo-guardrails-applied",
    "x-nemo-idempotent-replay",
    "x-nemo-latency-ms",
    "x-nemo-post-call-guardrails",
    "x-nemo-prompt-version",
    "x-nemo-request-cost",
    "x-nemo-request-id",
    "x-nemo-stream-buffered",
    "x-ratelimit-limit-requests",
    "x-ratelimit-limit-tokens",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "x-request-id",
    "x-should-retry",
)
"""What a page may read of an answer."""
PREFLIGHT = (
    b"access-control-allow-methods: GET, POST\r\naccess-control-allow-headers: *, authorization\r\n"
    b"access-control-max-age: 86400\r\n"
)
"""What a page may send: browsers ask that before they do."""


class Cors:
    """The rendered lines for an answer to a page."""

    def __init__(self, origins: Collection[str]) -> None:
        self._all = "*" in origins
        exposed = f"access-control-expose-headers: {', '.join(EXPOSED)}\r\n".encode()
        self._anybody = b"access-control-allow-origin: *\r\n" + exposed
        self._one = {
            origin: b"access-control-allow-origin: %b\r\nvary: origin\r\n" % origin.encode() + exposed
            for origin in origins
        }

    def lines(self, origins: Sequence[str]) -> bytes:
        """For a request with these `Origin` headers; nothing if it may not."""
        if self._all:
            return self._anybody
        return self._one.get(origins[0].lower(), b"") if len(origins) == 1 else b""
