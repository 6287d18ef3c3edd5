"""What a key may know about money: its org's credits and their history, and what models cost."""

from __future__ import annotations

import asyncio
from time import time

import orjson

from nemoproxy.journal import Drain
from nemoproxy.money import json_number
from nemoproxy.pricing import PriceList
from nemoproxy.server import spec
from nemoproxy.server.exchange import JSON, Exchange
from nemoproxy.server.following import Follower
from nemoproxy.server.queries import Query
from nemoproxy.server.routes import Route
from nemoproxy.stages.identity import Directory
from nemoproxy.stages.limits import Limits
from nemoproxy.stages.models import Catalogue
from nemoproxy.storage import EntryRow, Records

MOST_ENTRIES = 1000
PRICING_TTL_S = 60


class Account:
    """`GET /api/credits/balance`, `/api/credits/history` and `/api/models/pricing`."""

    def __init__(
        self,
        directory: Directory,
        limits: Limits,
        catalogue: Catalogue,
        prices: PriceList,
        follower: Follower,
        records: Records,
        drain: Drain,
    ) -> None:
        self._directory = directory
        self._limits = limits
        self._catalogue = catalogue
        self._prices = prices
        self._follower = follower
        self._records = records
        self._drain = drain
        self._pricing = (0.0, b"")

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/api/credits/balance", self.balance, spec.BALANCE),
            Route("GET", "/api/credits/history", self.history, spec.HISTORY),
            Route("GET", "/api/models/pricing", self.pricing, spec.PRICING),
        ]

    async def balance(self, exchange: Exchange, _rest: str) -> None:
        who = self._directory.identify(exchange.authorization)
        self._limits.peek(who, exchange)
        balance, reserved = self._follower.balance(who.org_id)
        body = {"balance": _usd(balance), "reserved": _usd(reserved), "available": _usd(balance - reserved)}
        exchange.send(200, JSON, orjson.dumps(body))

    async def history(self, exchange: Exchange, _rest: str) -> None:
        who = self._directory.identify(exchange.authorization)
        self._limits.peek(who, exchange)
        query = Query(exchange.message.path)
        limit = query.number("limit", 50, 1, MOST_ENTRIES)
        offset = query.number("offset", 0, 0, 1 << 40)
        rows, total = await asyncio.to_thread(self._history, who.org_id, limit, offset)
        body = {"data": [_entry(row) for row in rows], "limit": limit, "offset": offset, "total": total}
        exchange.send(200, JSON, orjson.dumps(body))

    def _history(self, org_id: str, limit: int, offset: int) -> tuple[list[EntryRow], int]:
        self._drain.flush()
        return self._records.ledger.history_of(org_id, limit, offset)

    async def pricing(self, exchange: Exchange, _rest: str) -> None:
        who = self._directory.identify(exchange.authorization)
        self._limits.peek(who, exchange)
        now = time()
        made, body = self._pricing
        state = b"hit"
        if now - made >= PRICING_TTL_S:
            state, body = b"miss", self._priced()
            self._pricing = (now, body)
        exchange.send(200, JSON + b"x-nemo-cache: %b\r\n" % state, body)

    def _priced(self) -> bytes:
        """Every alias, then every model with a price that a `*` alias may reach: what is charged under that name."""
        rows: dict[str, object] = {}
        for name in [*self._catalogue.names(), *self._prices.names()]:
            way = self._catalogue.way(name)
            tariff = None if way is None else self._prices.current(way.targets[0].provider, way.targets[0].model)
            if tariff is not None:
                rows[name] = {"id": name, **tariff.listing}
        return orjson.dumps({"object": "list", "data": list(rows.values())})


def _usd(units: int) -> orjson.Fragment:
    return orjson.Fragment(json_number(units))


def _entry(row: EntryRow) -> dict[str, object]:
    return {
        "id": row.id,
        "type": str(row.kind),
        "amount": _usd(row.amount),
        "request_id": row.request_id,
        "key_id": row.key_id,
        "team_id": row.team_id,
        "note": row.note,
        "created_at": row.created_at.isoformat(),
    }
