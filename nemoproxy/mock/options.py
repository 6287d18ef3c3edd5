"""The options of a model name (grammar in the package's docstring), parsed once into a `Plan`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

FLAGS = frozenset({"slowhead", "early", "close", "gzip", "json-for-stream", "crlf", "comment", "nospace"})
FAULTS = frozenset(
    {"cut", "reset", "stall", "badchunk", "errorevent", "badjson", "bigline", "badlength", "garbage", "nodone"}
)
BODIES = frozenset({"openai", "html", "text", "empty", "other"})
USAGES = frozenset({"exact", "missing", "zero", "negative", "huge", "string", "twice"})
LARGEST = 1 << 40
LONGEST = 86_400.0


class BadOption(ValueError):
    """An option that does not exist, or a value it cannot have."""


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str = ""
    at: int | None = None
    in_bytes: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How one request is to be answered. Times are seconds."""

    latency: float = 0.0
    events: int | None = None
    spacing: float = 0.0
    chunk: int = 0
    size: int = 0
    usage: str = "exact"
    status: int = 200
    body: str = "openai"
    first: int = 0
    every: int = 0
    fault: Fault = field(default_factory=Fault)
    split: int = 0
    bighead: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    flags: frozenset[str] = frozenset()

    def healthy(self) -> Plan:
        """The same plan for a request that `first` and `every` spare."""
        return replace(self, status=200, body="openai", fault=Fault(), headers=())

    def spares(self, nth: int) -> bool:
        """Whether the `nth` request (from 1) is one that the failure does not apply to."""
        if self.first:
            return nth > self.first
        return bool(self.every) and nth % self.every != 0


def _count(text: str) -> int:
    if not text.isdecimal() or (number := int(text[:20])) > LARGEST:
        raise BadOption(f"{text!r} is not a count")
    return number


def _seconds(text: str) -> float:
    number = text.rstrip("mus")
    unit = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "": 1e-3}.get(text[len(number) :], -1.0)
    try:
        seconds = float(number) * unit
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST:
        raise BadOption(f"{text!r} is not a duration of at most a day: 200ms, 1.5s, 50us")
    return seconds


def _status(text: str) -> int:
    status = _count(text)
    if not 200 <= status <= 599:
        raise BadOption(f"{text!r} is not a final HTTP status")
    return status


def _one_of(names: frozenset[str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in names:
            raise BadOption(f"{text!r} is none of {', '.join(sorted(names))}")
        return text

    return parse


def _fault(text: str) -> Fault:
    kind, colon, at = text.partition(":")
    _one_of(FAULTS)(kind)
    return Fault(kind, _count(at.removesuffix("b")), at.endswith("b")) if colon else Fault(kind)


PARSERS: dict[str, Callable[[str], object]] = {
    "latency": _seconds,
    "events": _count,
    "spacing": _seconds,
    "chunk": _count,
    "size": _count,
    "usage": _one_of(USAGES),
    "status": _status,
    "body": _one_of(BODIES),
    "first": _count,
    "every": _count,
    "fault": _fault,
    "split": _count,
    "bighead": _count,
}
EVERY_NAME = ", ".join(sorted([*PARSERS, *FLAGS, "header", "retry-after"]))


@lru_cache(maxsize=1024)
def parse(model: str, headers: tuple[tuple[str, str], ...] = ()) -> Plan:
    """The plan of a model name and of the `x-mock-*` headers (names without that prefix, lower case)."""
    name, _, rest = model.partition(",")
    items: list[tuple[str, str]] = []
    if name.rpartition("/")[2].startswith("mock") and rest:
        items += [(key, value) for key, _, value in (item.partition("=") for item in rest.split(","))]
    return _build([*items, *headers])


def _build(items: Iterable[tuple[str, str]]) -> Plan:
    fields: dict[str, Any] = {}
    flags: set[str] = set()
    extra: list[tuple[str, str]] = []
    for key, value in items:
        if key in FLAGS:
            flags.add(key)
        elif key in PARSERS:
            fields[key] = PARSERS[key](value)
        elif key == "retry-after":
            extra.append((key, value))
        elif key == "header" and ":" in value:
            header, _, text = value.partition(":")
            extra.append((header, text))
        else:
            raise BadOption(f"unknown option {key!r}; the options are {EVERY_NAME}")
    return Plan(flags=frozenset(flags), headers=tuple(extra), **fields)
