"""What guardrails found, on its way into the records."""

from __future__ import annotations

from collections.abc import Iterable

from nemoproxy.server.behind import WriteBehind
from nemoproxy.storage import FindingRow, Records

MOST_WAITING = 10_000
BATCH = 500
INTERVAL_S = 0.25
BUSY_S = 1.0


class Findings:
    """`note` from the request path; `run` writes what was noted, `flush` what there is now."""

    def __init__(self, records: Records) -> None:
        self._log = records.guardrails.log(busy_timeout_s=BUSY_S)
        self._behind = WriteBehind[FindingRow](
            "findings", self._log.write, batch=BATCH, most=MOST_WAITING, pause_s=INTERVAL_S, retry_s=INTERVAL_S
        )
        self.run = self._behind.run
        self.flush = self._behind.flush

    def note(self, rows: Iterable[FindingRow]) -> None:
        for row in rows:
            self._behind.put(row)

    async def close(self) -> None:
        """Write what is left, if that can be done."""
        await self._behind.close()
        self._log.close()
