"""The pepper: the secret that key digests are keyed with, kept outside the database.

Its bytes are the text as it stands, without white space around it, so the content of the file may be moved to the
configuration or to $NEMOPROXY_PEPPER, and back.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from nemoproxy.config import Storage
from nemoproxy.storage.errors import StorageError

MIN_LENGTH = 32


def read_pepper(storage: Storage) -> bytes:
    """The pepper of the configuration, else of its file, which is made if it is not there."""
    if storage.pepper is not None:
        return storage.pepper.reveal().encode()
    path = Path(storage.pepper_file)
    try:
        if not path.exists():
            _create(path)
        pepper = path.read_bytes().strip()
    except OSError as error:
        raise StorageError(f"The pepper file {path} cannot be used: {error.strerror}.") from None
    if len(pepper) < MIN_LENGTH:
        raise StorageError(
            f"The pepper in {path} is shorter than {MIN_LENGTH} characters.",
            "put it back as it was; if no keys were made yet, delete the file and a new one is made",
        )
    return pepper


def fingerprint(pepper: bytes) -> bytes:
    """Stored with the keys, so that a wrong pepper is noticed as such, and not as keys that do not work."""
    return hmac.digest(pepper, b"nemoproxy: which pepper is this", hashlib.sha256)


def _create(path: Path) -> None:
    """All or nothing, and by one process only: whoever comes second finds the first one's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
