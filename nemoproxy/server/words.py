"""In whose words an error of the gateway is said: OpenAI's, or Anthropic's to those who ask at its paths."""

from __future__ import annotations

import re

from nemoproxy.errors import GatewayError, error_body
from nemoproxy.providers.messages import refused

_MESSAGES = re.compile(r"(?:https?://[^/]*)?/*(?:v1/+)?messages(?:/+count_tokens)?/*(?:[?#].*)?", re.DOTALL)


def in_words(error: GatewayError, path: str, request_id: str) -> tuple[bytes, bytes]:
    """Rendered headers, and the body, for a request target as it was sent."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in error.headers.items()).encode("latin-1")
    body = error_body(error, request_id)
    if _MESSAGES.fullmatch(path) is None:
        return lines, body
    return lines + b"request-id: %b\r\n" % request_id.encode(), refused(error.status, body, request_id)[1]
