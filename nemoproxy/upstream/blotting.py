"""What a provider says without its credentials in it: sinks that stand in front of the client's."""

from __future__ import annotations

from collections.abc import Sequence

from nemoproxy.types import Sink


def blotted(said: bytes, secrets: Sequence[bytes]) -> bytes:
    """Without secrets, at the same length: whatever frames them."""
    for secret in secrets:
        if secret in said:
            said = said.replace(secret, b"*" * len(secret))
    return said


class Blotting:
    """For whole events, in whatever frame."""

    def __init__(self, to: Sink, secrets: Sequence[bytes]) -> None:
        self._to = to
        self._secrets = secrets

    def write(self, data: bytes, /) -> None:
        self._to.write(blotted(data, self._secrets))


class BlottingPieces:
    """For pieces of a body, wherever that is cut; it frames them if the client's are `chunked`.

    It keeps back the end of a piece only as far as a secret may begin there, so next to nothing ever waits.
    """

    def __init__(self, to: Sink, secrets: Sequence[bytes], *, chunked: bool) -> None:
        self._to = to
        self._secrets = secrets
        self._chunked = chunked
        self._kept = b""

    def write(self, data: bytes, /) -> None:
        data = blotted(self._kept + data if self._kept else data, self._secrets)
        size = len(data) - self._begun(data)
        self._kept = data[size:]
        self._send(data[:size])

    def end(self) -> None:
        """There is no more: what was kept back is no secret."""
        kept, self._kept = self._kept, b""
        self._send(kept)

    def _begun(self, data: bytes) -> int:
        """How many bytes at the end are the beginning of a secret; of several, the most."""
        most = 0
        for secret in self._secrets:
            at = data.find(secret[:1], max(len(data) - len(secret) + 1, 0))
            while at >= 0 and not secret.startswith(data[at:]):
                at = data.find(secret[:1], at + 1)
            if at >= 0:
                most = max(most, len(data) - at)
        return most

    def _send(self, data: bytes) -> None:
        if data:
            self._to.write(b"".join((b"%x\r\n" % len(data), data, b"\r\n")) if self._chunked else data)
