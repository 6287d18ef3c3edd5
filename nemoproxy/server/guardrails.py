"""What a key may know about guardrails: which there are, how they are set, and what they found in its organisation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import orjson

from nemoproxy.config import Guardrail
from nemoproxy.errors import NotFound
from nemoproxy.guardrails import Assignments, Compiled
from nemoproxy.server import spec
from nemoproxy.server.exchange import JSON, Exchange
from nemoproxy.server.findings import Findings
from nemoproxy.server.queries import Query
from nemoproxy.server.routes import Route
from nemoproxy.stages.identity import Directory
from nemoproxy.stages.limits import Limits
from nemoproxy.storage import FindingRow, Records

MOST_ENTRIES = 1000


class GuardrailPages:
    """`GET /nemo/guardrail/list`, `/nemo/guardrail/info` and `/nemo/guardrail/logs`."""

    def __init__(
        self,
        directory: Directory,
        limits: Limits,
        compiled: Callable[[], Compiled],
        assignments: Assignments,
        records: Records,
        findings: Findings,
    ) -> None:
        self._directory = directory
        self._limits = limits
        self._compiled = compiled
        self._assignments = assignments
        self._records = records
        self._findings = findings

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/nemo/guardrail/list", self.list, spec.GUARDRAILS),
            Route("GET", "/nemo/guardrail/info", self.info, spec.GUARDRAIL),
            Route("GET", "/nemo/guardrail/logs", self.logs, spec.GUARDRAIL_LOGS),
        ]

    async def list(self, exchange: Exchange, _rest: str) -> None:
        who = self._directory.identify(exchange.authorization)
        self._limits.peek(who, exchange)
        compiled = self._compiled()
        mine = self._assignments.of(who)
        rows = [_summary(id, one, compiled, mine) for id, one in compiled.all.items()]
        exchange.send(200, JSON, orjson.dumps({"data": rows}))

    async def info(self, exchange: Exchange, _rest: str) -> None:
        who = self._directory.identify(exchange.authorization)
        self._limits.peek(who, exchange)
        compiled = self._compiled()
        id = Query(exchange.message.path).text("guardrail_id", "an id as /nemo/guardrail/list has it")
        guardrail = compiled.all.get(id)
        if guardrail is None:
            raise NotFound(f"There is no guardrail '{id[:100]}' here.", code="guardrail_not_found")
        body = _summary(id, guardrail, compiled, self._assignments.of(who)) | _details(guardrail)
        exchange.send(200, JSON, orjson.dumps(body))

    async def logs(self, exchange: Exchange, _rest: str) -> None:
        who = self._directory.identify(exchange.authorization)
        self._limits.peek(who, exchange)
        query = Query(exchange.message.path)
        limit = query.number("limit", 50, 1, MOST_ENTRIES)
        offset = query.number("offset", 0, 0, 1 << 40)
        await self._findings.flush()
        rows, total = await asyncio.to_thread(self._records.guardrails.findings_of, who.org_id, limit, offset)
        compiled = self._compiled()
        body = {"data": [_entry(row, compiled) for row in rows], "limit": limit, "offset": offset, "total": total}
        exchange.send(200, JSON, orjson.dumps(body))


def _summary(id: str, guardrail: Guardrail, compiled: Compiled, mine: int) -> dict[str, object]:
    place = compiled.place(id) if guardrail.enabled else None
    return {
        "guardrail_id": id,
        "guardrail_name": guardrail.name or id,
        "provider": guardrail.detector,
        "mode": guardrail.mode,
        "action": guardrail.action,
        "enabled": guardrail.enabled,
        "mandatory": guardrail.mandatory,
        "shadow": guardrail.shadow,
        "default_on": guardrail.default_on,
        "applies": place is not None and bool(mine >> place & 1),
    }


def _details(guardrail: Guardrail) -> dict[str, object]:
    """What it looks for; words, patterns and addresses are the operator's."""
    return {
        "only": guardrail.only,
        "also": guardrail.also,
        "without": guardrail.without,
        "threshold": guardrail.threshold,
        "words": len(guardrail.words),
        "patterns": list(guardrail.patterns),
    }


def _entry(row: FindingRow, compiled: Compiled) -> dict[str, object]:
    guardrail = compiled.all.get(row.guardrail)
    return {
        "created_at": row.created_at.isoformat(),
        "request_id": row.request_id,
        "guardrail_id": row.guardrail,
        "guardrail_name": row.guardrail if guardrail is None else guardrail.name or row.guardrail,
        "provider": row.detector,
        "result": row.result,
        "action": row.action,
        "mode": row.mode,
        "shadow": row.shadow,
        "rule": row.rule,
        "place": row.place,
        "matches": row.matches,
        "lengths": row.lengths,
        "key_id": row.key_id,
        "team_id": row.team_id,
        "org_id": row.org_id,
    }
