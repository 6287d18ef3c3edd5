"""`Failures`: calls to providers that failed, put together until they are told of.

An outage is not a flood: what fails alike (of one organisation, at one provider, with one code) is told of at once the
first time, then with its count a minute later, then after two, four, ... at most every hour, until it has stopped for
as long. What was not told of yet is in memory only: a kill costs the count of what went on failing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from nemoproxy.storage import Failure

FIRST_S = 60.0
LONGEST_S = 3600.0

Kind = tuple[str, str, str, int]
"""Organisation, provider, code and status."""


@dataclass(slots=True)
class _Series:
    since: float
    """When its last event was told, or what that is waiting for began."""
    wait_s: float
    count: int = 0
    model: str = ""
    key_id: str = ""
    request_id: str = ""


class Failures:
    """`add` from the event loop, `due` and `untold` from the drain's thread. `now` is monotonic, in seconds."""

    def __init__(self) -> None:
        self._series: dict[Kind, _Series] = {}
        self._lock = threading.Lock()

    def add(self, kind: Kind, model: str, key_id: str, request_id: str, now: float) -> None:
        with self._lock:
            series = self._series.get(kind)
            if series is None:
                series = self._series[kind] = _Series(now, 0.0)
            series.count += 1
            series.model, series.key_id, series.request_id = model, key_id, request_id

    def due(self, now: float, *, all_of_it: bool = False) -> list[Failure]:
        """What is to be told of now. It counts as told."""
        with self._lock:
            return [
                failure
                for kind, series in list(self._series.items())
                if all_of_it or now - series.since >= series.wait_s
                for failure in self._told(kind, series, now)
            ]

    def _told(self, kind: Kind, series: _Series, now: float) -> Iterable[Failure]:
        if not series.count:
            if now - series.since >= series.wait_s:
                del self._series[kind]
            return
        org_id, provider, code, status = kind
        yield Failure(
            org_id=org_id,
            provider=provider,
            code=code,
            status=status,
            count=series.count,
            seconds=round(now - series.since, 1),
            model=series.model,
            key_id=series.key_id,
            request_id=series.request_id,
        )
        series.since, series.count = now, 0
        series.wait_s = min(max(FIRST_S, 2 * series.wait_s), LONGEST_S)

    def untold(self, failures: Iterable[Failure], now: float) -> None:
        """They could not be written after all, and are due again with what comes."""
        with self._lock:
            for one in failures:
                kind = (one.org_id, one.provider, one.code, one.status)
                series = self._series.setdefault(kind, _Series(now, 0.0))
                series.since, series.wait_s = now - one.seconds, 0.0
                series.count += one.count
                if not series.request_id:
                    series.model, series.key_id, series.request_id = one.model, one.key_id, one.request_id
