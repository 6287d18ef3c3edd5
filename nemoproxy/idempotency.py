"""Answers to requests with an `Idempotency-Key`, kept so that a retry is neither run nor charged again.

In memory, for one process and 24 hours, within a bound of bytes: the oldest answers go first. What is done is told to
whoever keeps it for longer (`server.answers`). No clock here: time is an argument, in monotonic nanoseconds that never
go back.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

TTL_NS = 24 * 3600 * 1_000_000_000
MAX_BODY_BYTES = 1 << 20
OVERHEAD_BYTES = 500
"""What an entry costs beyond its text."""

_Name = tuple[str, str]


class Refusal(Enum):
    """Why a request with a known key is not run, and has no answer either."""

    IN_FLIGHT = "in_flight"
    """The first one is still being answered."""
    MISMATCH = "mismatch"
    """The first one had another body."""
    NOT_KEPT = "not_kept"
    """It was run, but the answer was too large to keep, did not become whole, or went with the gateway that ran it."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The answer that the first request got."""

    status: int
    headers: bytes
    body: bytes = field(repr=False)
    prompt_tokens: int = 0
    """Of what was asked, by our own count."""


@dataclass(slots=True)
class _Entry:
    digest: bytes
    size: int
    answer: Replay | None = None
    done_at: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """A request that was run, and the answer that its retries get, if there is one."""

    key_id: str
    name: str
    digest: bytes
    answer: Replay | None


class Ticket:
    """The right to run a request, for whoever asked first. Ended once, by one of these; more does nothing."""

    __slots__ = ("_name", "_store", "on_abandon")

    def __init__(self, store: IdempotencyStore, name: _Name) -> None:
        self._store: IdempotencyStore | None = store
        self._name = name
        self.on_abandon: Callable[[], None] | None = None

    def finish(self, answer: Replay, now: int) -> None:
        """It was run and is charged: this is what retries get for 24 hours."""
        store, self._store = self._store, None
        if store is not None:
            store._finish(self._name, answer, now)

    def spend(self, now: int) -> None:
        """It was run, and there is no whole answer: retries are refused for 24 hours."""
        store, self._store = self._store, None
        if store is not None:
            store._finish(self._name, None, now)

    def abandon(self) -> None:
        """It came to nothing that was charged, or was run elsewhere: this run is none."""
        store, self._store = self._store, None
        if store is not None:
            store._abandon(self._name)
            if self.on_abandon is not None:
                self.on_abandon()


class IdempotencyStore:
    """By virtual key and `Idempotency-Key`. For one thread."""

    def __init__(self, max_bytes: int = 64 << 20, on_done: Callable[[Done], None] | None = None) -> None:
        """`on_done` hears of each request that was run."""
        self._max_bytes = max_bytes
        self._on_done = on_done
        self._running: dict[_Name, _Entry] = {}
        self._done: OrderedDict[_Name, _Entry] = OrderedDict()
        """Oldest first: so they expire, and so they make room."""
        self.bytes = 0

    def begin(self, key_id: str, key: str, body_digest: bytes, now: int) -> Ticket | Replay | Refusal:
        """A ticket for the first request with this key; for others what became of that one."""
        self._expire(now)
        name = (key_id, key)
        known = self._running.get(name) or self._done.get(name)
        if known is None:
            entry = _Entry(body_digest, OVERHEAD_BYTES + len(key_id) + 4 * len(key))
            self._running[name] = entry
            self.bytes += entry.size
            self._make_room()
            return Ticket(self, name)
        if known.digest != body_digest:
            return Refusal.MISMATCH
        if name in self._running:
            return Refusal.IN_FLIGHT
        return known.answer or Refusal.NOT_KEPT

    def _finish(self, name: _Name, answer: Replay | None, now: int) -> None:
        if answer is not None and len(answer.body) > MAX_BODY_BYTES:
            answer = None
        entry = self._running.pop(name)
        if self._on_done is not None:
            self._on_done(Done(*name, entry.digest, answer))
        entry.done_at = now
        if answer is not None:
            size = len(answer.headers) + len(answer.body)
            entry.answer = answer
            entry.size += size
            self.bytes += size
        self._done[name] = entry
        self._make_room()

    def _abandon(self, name: _Name) -> None:
        self.bytes -= self._running.pop(name).size

    def _expire(self, now: int) -> None:
        while self._done and next(iter(self._done.values())).done_at <= now - TTL_NS:
            self._drop_oldest()

    def _make_room(self) -> None:
        """Those in flight stay: there are no more of them than requests under way."""
        while self._done and self.bytes > self._max_bytes:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self.bytes -= self._done.popitem(last=False)[1].size
