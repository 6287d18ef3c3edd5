"""What can go wrong with the records. Messages are for the operator, and never hold a key.

StorageError
├── UnknownRecord     nothing by that name
├── AmbiguousRecord   more than one by that name
└── InvalidRecord     a value that is refused
"""

from __future__ import annotations


class StorageError(Exception):
    """`hint` says how to mend it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UnknownRecord(StorageError):
    pass


class AmbiguousRecord(StorageError):
    pass


class InvalidRecord(StorageError):
    pass
