"""`Sealer`: secrets that have to be read again, which a digest cannot be, under a key derived from the pepper.

AES-256-GCM from `cryptography`, imported only when something is sealed or opened. Who has the database and not the
pepper can read none of it, nor move what is sealed from one row to another.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from nemoproxy.storage.errors import StorageError

NONCE_BYTES = 12


class Sealer:
    """Each has a purpose, and can open nothing of another's."""

    def __init__(self, pepper: bytes, purpose: str = "secrets of webhooks") -> None:
        self._key = hmac.digest(pepper, f"nemoproxy: {purpose}".encode(), hashlib.sha256)
        self._digests = hmac.digest(pepper, f"nemoproxy: digests for {purpose}".encode(), hashlib.sha256)

    def digest(self, text: bytes) -> bytes:
        """What is only to be compared. Nobody without the pepper can tell what it may have been."""
        return hmac.digest(self._digests, text, hashlib.sha256)

    def seal(self, text: bytes, place: str) -> bytes:
        """`place` is where it is to be kept, and the only place where it can be opened."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._key).encrypt(nonce, text, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Raises StorageError."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError):
            raise StorageError(
                f"What was sealed for {place} cannot be read.",
                "they were sealed under another pepper, or the row was changed by hand; remove it and add it again",
            ) from None
