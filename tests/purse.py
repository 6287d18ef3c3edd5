"""Organisations with money to the last unit, for tests of who pays what; and crowds of clients that spend it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import column, func, select, table

from nemoproxy.storage import KeyRow, Kind, Scope
from nemoproxy.storage.schema import usage
from nemoproxy.storage.verify import verify
from tests.site import Site
from tests.timing import ENOUGH_S

ledger = table("ledger", column("org_id"), column("amount"), column("request_id"))
"""The view."""
COUNTED, TOLD = 9, 6
"""Tokens of the prompt of `wire.chat`: by our count, which is held, and by the mock's, which is charged."""
IN, OUT = 10_000, 20_000
"""Units that a token costs at `site.PRICE`."""

_numbers = count()


def hold(output: int) -> int:
    """What is held for `wire.chat` and so many tokens of an answer."""
    return COUNTED * IN + output * OUT


def cost(output: int, prompt: int = TOLD) -> int:
    """What an answer of so many tokens costs."""
    return prompt * IN + output * OUT


@dataclass
class Purse:
    """An organisation of its own with exactly `units`, a team and a key."""

    site: Site
    org: str
    org_id: str
    team_id: str
    row: KeyRow
    key: str

    @classmethod
    def make(cls, site: Site, units: int, **key: Any) -> Purse:
        name = f"purse-{next(_numbers)}"
        org = site.records.set_org(name)
        team = site.records.set_team(name, name)
        row, text = site.make_key(team=name, org=name, **key)
        purse = cls(site, name, org.id, team.id, row, text)
        purse.fill(units)
        return purse

    def fill(self, units: int) -> None:
        """From now on it has exactly so much, whatever it had."""
        change = units - self.balance()
        if change:
            self.site.records.ledger.credit(self.org, Kind.ADJUST, change)
        self.site.refresh()
        assert self.account() is not None

    def account(self, scope: Scope = Scope.ORG) -> tuple[int, int, int]:
        """What the gateway has in memory: ceiling, settled, held."""
        id = {Scope.ORG: self.org_id, Scope.TEAM: self.team_id, Scope.KEY: self.row.id}[scope]
        slot = self.site.gateway._directory.slot(str(scope), id)
        assert slot is not None
        account = self.site._limiter.account(slot)
        assert account is not None
        return account

    def available(self) -> int:
        ceiling, settled, held = self.account()
        return ceiling - settled - held

    def balance(self) -> int:
        """The sum of the ledger, with all that was settled booked."""
        assert self.site.gateway._books.drain.flush(ENOUGH_S)
        with self.site.records.engine.connect() as connection:
            mine = select(func.sum(ledger.c.amount)).where(ledger.c.org_id == self.org_id)
            return int(connection.execute(mine).scalar_one())

    def rows(self) -> list[Any]:
        """Usage, oldest first."""
        assert self.site.gateway._books.drain.flush(ENOUGH_S)
        with self.site.records.engine.connect() as connection:
            mine = select(usage).where(usage.c.org_id == self.org_id)
            return list(connection.execute(mine.order_by(usage.c.settled_at, usage.c.request_id)))

    def entries(self) -> int:
        """How many of the ledger's are of requests."""
        assert self.site.gateway._books.drain.flush(ENOUGH_S)
        with self.site.records.engine.connect() as connection:
            mine = select(func.count()).where(ledger.c.org_id == self.org_id, ledger.c.request_id.is_not(None))
            return int(connection.execute(mine).scalar_one())

    def idle(self) -> None:
        """Wait until nothing runs any more."""
        self.site.eventually(lambda: self.site.in_flight(self.row) == 0)

    def check(self) -> None:
        """Nothing is held, and what is in memory, in the ledger and in usage is the same."""
        self.idle()
        ceiling, settled, held = self.account()
        assert held == 0
        balance = self.balance()
        assert ceiling - settled == balance >= 0
        history, total = self.site.records.ledger.history(self.org, limit=100_000)
        assert len(history) == total
        granted = sum(entry.amount for entry in history if entry.request_id is None)
        assert granted - sum(row.cost for row in self.rows()) == balance
        assert verify(self.site.records) == []


@dataclass
class Ended:
    """An answer as it came, from its first byte to the end of the connection."""

    raw: bytes

    @property
    def status(self) -> int:
        return int(self.raw[9:12])

    def header(self, name: str) -> str | None:
        found = re.search(rb"\r\n%b: ([^\r]*)\r\n" % name.encode(), self.raw)
        return None if found is None else found[1].decode()

    @property
    def request_id(self) -> str:
        return self.header("x-request-id") or ""

    @property
    def whole(self) -> bool:
        head, _, body = self.raw.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if length is not None:
            return len(body) == int(length[1])
        return re.search(rb"\r\n0\r\n(?:x-[a-z-]+: [0-9.]+\r\n)*\r\n$", body) is not None


async def crowd(port: int, requests: list[bytes], watch: Callable[[], None] = lambda: None) -> list[Ended]:
    """All requests at once, each on a connection of its own, which it has to ask to be closed. All connections are open
    before the first request goes. `watch` is called whenever something comes."""
    opened = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in requests))

    async def ask(number: int) -> Ended:
        reader, writer = opened[number]
        writer.write(requests[number])
        parts = []
        try:
            while part := await reader.read(1 << 16):
                parts.append(part)
                watch()
        except ConnectionResetError:
            pass
        finally:
            writer.close()
        return Ended(b"".join(parts))

    return await asyncio.gather(*map(ask, range(len(requests))))
