"""As much of HTTP/1.1 as a server for well-behaved clients needs: request heads and chunked request bodies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A request head. `length` is None for a chunked body; `options` are the `x-mock-*` headers, prefix removed."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    length: int | None
    options: tuple[tuple[str, str], ...]
    expects_continue: bool
    closes: bool


def parse_head(raw: bytes) -> Head:
    """`raw` ends with the empty line. What makes no sense is read as a request for an unknown path."""
    first, *lines = raw.decode("latin-1").strip("\r\n").split("\r\n")
    method, _, target = first.partition(" ")
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
    by_name = dict(headers)
    length = by_name.get("content-length", "0")
    return Head(
        method=method,
        path=target.rpartition(" ")[0],
        headers=headers,
        length=None if "transfer-encoding" in by_name else int(length) if length.isdecimal() else 0,
        options=tuple((name.removeprefix("x-mock-"), value) for name, value in headers if name.startswith("x-mock-")),
        closes=by_name.get("connection", "").lower() == "close",
        expects_continue=by_name.get("expect", "").lower() == "100-continue",
    )


def decode_chunked(buffer: bytes | bytearray) -> tuple[bytes, int] | None:
    """The body at the start of `buffer` and the bytes it took there, or None if its end has not come."""
    body = bytearray()
    at = 0
    while (end := buffer.find(b"\r\n", at)) >= 0:
        size = int(buffer[at:end].partition(b";")[0], 16)
        at = end + 2
        if size == 0:
            return _after_trailers(buffer, at, bytes(body))
        body += buffer[at : at + size]
        at += size + 2
    return None


def _after_trailers(buffer: bytes | bytearray, at: int, body: bytes) -> tuple[bytes, int] | None:
    while (end := buffer.find(b"\r\n", at)) >= 0:
        if end == at:
            return body, end + 2
        at = end + 2
    return None
