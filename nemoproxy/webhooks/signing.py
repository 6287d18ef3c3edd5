"""Signatures as Standard Webhooks 1.0 has them: HMAC-SHA-256 over `id.timestamp.body`, one for each valid secret.

The library of that name is held against this in the tests. It signs with one secret, and needs an HTTP client.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

from nemoproxy.storage import SigningSecret

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def is_secret(text: str) -> bool:
    """24 to 64 bytes in base64, with the prefix."""
    try:
        return text.startswith(PREFIX) and 24 <= len(base64.b64decode(text[len(PREFIX) :], validate=True)) <= 64
    except ValueError:
        return False


def signed_headers(valid: Iterable[SigningSecret], message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """`now` is when it is sent: receivers refuse what is much older."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signatures = [_sign(one.text, signed) for one in valid if one.until is None or one.until > now]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _sign(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
