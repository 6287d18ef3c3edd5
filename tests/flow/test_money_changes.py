"""Budgets that are set, credits that are taken, days that end and keys that are revoked while requests run."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from nemoproxy.journal import Drain
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.storage import InvalidRecord, Kind, Period, Scope
from nemoproxy.storage.records import SIGNUP_GRANT
from tests.flow.test_money import ask, usd
from tests.purse import COUNTED, IN, Purse, cost, crowd, hold
from tests.site import Site
from tests.timing import ENOUGH_S
from tests.wire import Wire, chat, post

SCOPES = list(Scope)


def id_of(purse: Purse, scope: Scope) -> str:
    return {Scope.ORG: purse.org_id, Scope.TEAM: purse.team_id, Scope.KEY: purse.row.id}[scope]


@contextmanager
def running(site: Site, purse: Purse, output: int) -> Iterator[Wire]:
    """A plain call that holds so much, until the mock is told to answer: never. The client may leave."""
    asked = site.mock.total
    with Wire(site.port) as wire:
        wire.send(post(chat("mock,fault=stall", max_tokens=output), purse.key))
        site.run(site.mock.until(lambda: site.mock.total > asked))
        yield wire
    purse.idle()


def budget(purse: Purse, scope: Scope, units: int, period: Period = Period.TOTAL) -> None:
    purse.site.records.budgets.set(scope, id_of(purse, scope), units, period)
    purse.site.refresh()


def check(purse: Purse, *scopes: Scope) -> None:
    """Everything agrees, with what was booked known to the gateway, and without the budgets."""
    for scope in scopes:
        purse.site.records.budgets.remove(scope, id_of(purse, scope))
    purse.balance()
    purse.site.refresh()
    purse.check()


def told(site: Site, key: str) -> dict[str, Decimal]:
    with Wire(site.port) as wire:
        wire.send(f"GET /api/credits/balance HTTP/1.1\r\nhost: g\r\nauthorization: Bearer {key}\r\n\r\n")
        found: dict[str, Decimal] = json.loads(wire.answer("GET").body, parse_float=Decimal)
        return found


# --- budgets


@pytest.mark.parametrize("scope", SCOPES)
def test_a_budget_that_is_set_counts_what_runs(site: Site, scope: Scope) -> None:
    purse = Purse.make(site, UNITS_PER_USD)
    with running(site, purse, 100):
        budget(purse, scope, hold(100) + hold(5))
        assert purse.account(scope)[1:] == (0, hold(100))
        assert ask(site, purse.key, max_tokens=6).status == 402
        assert ask(site, purse.key, max_tokens=5).status == 200
    # The client left before the answer: it is charged the prompt, and the budget with it.
    ceiling, settled, held = purse.account(scope)
    assert (settled, held) == (cost(4) + COUNTED * IN, 0)
    assert ceiling == hold(100) + hold(5)
    check(purse, scope)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_budget_that_is_lowered_below_what_runs(site: Site, scope: Scope) -> None:
    """What runs may end; nothing more may begin, until there is room again."""
    purse = Purse.make(site, UNITS_PER_USD)
    budget(purse, scope, hold(200))
    with running(site, purse, 100):
        budget(purse, scope, hold(1) + COUNTED * IN)
        assert ask(site, purse.key, max_tokens=1).status == 402
    assert ask(site, purse.key, max_tokens=1).status == 200
    check(purse, scope)


@pytest.mark.timeout(300)
def test_budgets_set_under_load_are_exact(site: Site) -> None:
    """Set, removed and set again while requests settle all the time: memory and records never differ by a unit."""
    purse = Purse.make(site, UNITS_PER_USD)
    requests = [post(chat("mock,events=4", max_tokens=5), purse.key, connection="close")] * 8

    async def load() -> None:
        def change() -> None:
            for number in range(25):
                for scope in SCOPES:
                    site.records.budgets.set(scope, id_of(purse, scope), UNITS_PER_USD, list(Period)[number % 4])
                site.refresh()
                if number % 3 == 0:
                    site.records.budgets.remove(Scope.TEAM, purse.team_id)
                    site.refresh()

        changing = asyncio.create_task(asyncio.to_thread(change))
        while not changing.done():
            for answer in await crowd(site.port, requests):
                assert answer.status == 200
        await changing

    asyncio.run(load())
    purse.idle()
    purse.balance()  # all is booked
    ids = [id_of(purse, scope) for scope in SCOPES]
    rows = {row.scope: row for row in site.records.budgets.all() if row.scope_id in ids}
    spent = site.records.budgets.spent(rows.values())
    for scope, row in rows.items():
        ceiling, settled, held = purse.account(scope)
        left = UNITS_PER_USD - spent[row.id]
        assert (ceiling - settled, held) == (min(left, purse.balance()) if scope is Scope.ORG else left, 0)
    check(purse, *rows)


# --- credits that are taken


@pytest.mark.parametrize("kind", [Kind.EXPIRE, Kind.ADJUST])
@pytest.mark.parametrize("spent", [0, 4, 60])
def test_what_is_taken_is_not_what_runs(site: Site, kind: Kind, spent: int) -> None:
    """What running requests hold they have first: of the rest all is taken, and of what they hold what they leave."""
    purse = Purse.make(site, hold(60) + hold(30))
    had = purse.balance()
    with Wire(site.port) as wire, Wire(site.port) as control:
        model = f"mock,events={spent or 1},latency=300ms" + ("" if spent else ",status=500")
        asked = site.mock.total
        wire.send(post(chat(model, max_tokens=60), purse.key))
        site.run(site.mock.until(lambda: site.mock.total > asked))
        site.records.ledger.credit(purse.org, kind, had if kind is Kind.EXPIRE else -had)
        site.refresh()
        seen = told(site, purse.key)
        assert seen == {"balance": usd(hold(60)), "reserved": usd(hold(60)), "available": 0}
        assert purse.balance() == 0
        control.send(post(chat(max_tokens=1), purse.key))
        assert control.answer().status == 402
        assert wire.answer().status == (200 if spent else 500)
    purse.idle()
    assert told(site, purse.key) == {"balance": 0, "reserved": 0, "available": 0}
    assert purse.balance() == 0
    check(purse)
    history, _ = site.records.ledger.history(purse.org)
    back = [entry.amount for entry in history if entry.note and "under way" in entry.note]
    assert back == ([cost(spent)] if spent else []), "all but what was spent is taken"


def test_no_more_is_taken_than_there_is(site: Site) -> None:
    purse = Purse.make(site, hold(60))
    with running(site, purse, 60):
        for kind, sign in ((Kind.EXPIRE, 1), (Kind.ADJUST, -1)):
            with pytest.raises(InvalidRecord, match="never below 0"):
                site.records.ledger.credit(purse.org, kind, sign * (hold(60) + 1))
    purse.check()


def test_a_stream_ends_when_what_it_would_need_is_taken(site: Site) -> None:
    """It has what it holds, and not a token more."""
    purse = Purse.make(site, UNITS_PER_USD)
    with Wire(site.port) as wire:
        wire.send(post(chat("mock,events=9000,spacing=200us", stream=True), purse.key, connection="close"))
        raw = wire.socket.recv(65536)
        site.records.ledger.credit(purse.org, Kind.EXPIRE, purse.balance())
        site.refresh()
        raw += wire.rest()
    assert b'"cut_off":"insufficient_credits"' in raw
    assert b"data: [DONE]" in raw
    purse.idle()
    check(purse)
    assert purse.balance() == 0
    (row,) = purse.rows()
    assert row.ending == "cut_off"
    assert row.cost <= row.held


# --- days that end


class Clock:
    """What the gateway takes for the time."""

    def __init__(self, site: Site) -> None:
        self._accounts = site.gateway._follower._accounts
        self.offset_ns = 0
        self._accounts._clock = self

    def __call__(self) -> int:
        return time.time_ns() + self.offset_ns

    def go(self, days: float) -> None:
        self.offset_ns += int(days * 86_400e9)


def test_a_call_that_runs_over_midnight_is_of_the_day_on_which_it_ends(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        clock = Clock(site)
        purse = Purse.make(site, UNITS_PER_USD)
        budget(purse, Scope.KEY, hold(100) + hold(5), Period.DAILY)
        assert ask(site, purse.key, max_tokens=5).status == 200
        with running(site, purse, 100):
            assert ask(site, purse.key, max_tokens=6).status == 402
            clock.go(1)
            site.refresh()
            assert purse.account(Scope.KEY)[1:] == (cost(4), hold(100)), "what runs is held in the new day"
            assert ask(site, purse.key, max_tokens=6).status == 402
            assert ask(site, purse.key, max_tokens=5).status == 200
        purse.check()
        days = site.rows("SELECT day, cost FROM spending WHERE scope = 'key' ORDER BY day")
        assert [row["cost"] for row in days] == [cost(4), cost(4) + COUNTED * IN]
        ceiling, settled, _ = purse.account(Scope.KEY)
        assert ceiling - settled == hold(100) + hold(5) - days[1]["cost"]


def test_the_first_call_that_ends_on_a_new_day_is_of_it(tmp_path: Path) -> None:
    """Before anybody has looked at the clock: the call itself begins the day, in memory as in the records."""
    with Site(tmp_path) as site:
        clock = Clock(site)
        purse = Purse.make(site, UNITS_PER_USD)
        budget(purse, Scope.ORG, hold(100), Period.DAILY)
        site.run(_stop(site))
        with ExitStack() as stack:
            wire = stack.enter_context(Wire(site.port))
            asked = site.mock.total
            wire.send(post(chat("mock,events=4,latency=200ms", max_tokens=50), purse.key))
            site.run(site.mock.until(lambda: site.mock.total > asked))
            clock.go(1)
            assert wire.answer().status == 200
        ceiling, settled, held = purse.account()
        assert (ceiling - settled, held) == (hold(100) - cost(4), 0)
        (day,) = site.rows("SELECT day, cost FROM spending WHERE scope = 'org'")
        assert day["cost"] == cost(4)
        assert day["day"] == clock() // 86_400_000_000_000


async def _stop(site: Site) -> None:
    """Nobody follows the records, or the time, from now on."""
    following = site.gateway._following
    assert following is not None
    following.cancel()
    await asyncio.wait([following])


# --- keys


def test_what_was_read_first_is_not_taken_in_last(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waited for the records longest would undo what came meanwhile."""
    as_of_now = Drain.as_of_now
    answer = threading.Event()
    asked = itertools.count()

    def second_waits(drain: Drain, ask: Callable[[], object]) -> Future[object]:
        number = next(asked)
        return as_of_now(drain, lambda: (ask(), number == 1 and answer.wait(ENOUGH_S))[0])

    async def thrice() -> None:
        first, second = (asyncio.create_task(site.gateway.refresh()) for _ in range(2))
        await first
        site.records.ledger.credit("twice", Kind.GRANT, 5)
        await site.gateway.refresh()
        answer.set()
        await second
        assert site.gateway._follower.balance(org.id) == (SIGNUP_GRANT + 5, 0)

    org = site.records.set_org("twice")
    monkeypatch.setattr(Drain, "as_of_now", second_waits)
    site.run(thrice())


def test_a_key_that_is_revoked_while_its_call_runs(site: Site) -> None:
    """The call ends as it would have, and is charged."""
    purse = Purse.make(site, UNITS_PER_USD)
    asked = site.mock.total
    with Wire(site.port) as wire:
        wire.send(post(chat("mock,events=4,latency=200ms", max_tokens=5), purse.key))
        site.run(site.mock.until(lambda: site.mock.total > asked))
        site.records.revoke_key(purse.row.id)
        site.refresh()
        assert ask(site, purse.key).status == 401
        assert wire.answer().status == 200
    purse.check()
    assert purse.balance() == UNITS_PER_USD - cost(4)
