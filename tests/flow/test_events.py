"""Events about money, from requests at the front door to the outbox: each said once, and only when it is so."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from nemoproxy.config import Credits
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.storage import Period, Scope
from tests.purse import Purse, cost, hold
from tests.site import Site
from tests.wire import Answer, Wire, chat, ended, post

FOUR = "mock,events=4"
EXACT = "mock,events=4,usage=missing"
"""What is held for this one is what it costs: our own count."""


def ask(site: Site, key: str, **members: Any) -> Answer:
    with Wire(site.port) as wire:
        wire.send(post(chat(**({"model": FOUR} | members)), key))
        return wire.answer()


def events(site: Site, purse: Purse, event: str) -> list[dict[str, Any]]:
    rows = site.rows("SELECT payload FROM outbox WHERE event = ? ORDER BY id", event)
    payloads = [json.loads(row["payload"]) for row in rows]
    ids = {purse.org_id, purse.team_id, purse.row.id}
    return [payload for payload in payloads if ids & {payload.get("org_id"), payload.get("scope_id")}]


def thresholds(site: Site, purse: Purse) -> list[int]:
    return [payload["threshold_percent"] for payload in events(site, purse, "budget.threshold")]


def test_a_budget_tells_of_each_threshold_once(site: Site) -> None:
    purse = Purse.make(site, 100 * UNITS_PER_USD)
    site.records.budgets.set(Scope.KEY, purse.row.id, 10 * hold(4), Period.MONTHLY)
    site.refresh()
    told = []
    for _ in range(10):
        assert ask(site, purse.key, model=EXACT, max_tokens=4).status == 200
        told.append(thresholds(site, purse))
    assert told == [[]] * 4 + [[50]] * 3 + [[50, 80]] * 2 + [[50, 80, 100]]
    refused = ask(site, purse.key, max_tokens=4)
    assert (refused.status, refused.json()["reason"]) == (402, "budget_exceeded")
    assert thresholds(site, purse) == [50, 80, 100]
    last = events(site, purse, "budget.threshold")[-1]
    assert (last["scope"], last["scope_id"], last["period"]) == ("key", purse.row.id, "monthly")
    assert events(site, purse, "credits.exhausted") == []


def test_one_request_may_pass_several_thresholds(site: Site) -> None:
    purse = Purse.make(site, 100 * UNITS_PER_USD)
    site.records.budgets.set(Scope.TEAM, purse.team_id, hold(4), Period.TOTAL)
    site.refresh()
    assert ask(site, purse.key, max_tokens=4).status == 200
    assert thresholds(site, purse) == [step for step in (50, 80, 100) if cost(4) * 100 >= hold(4) * step]
    assert len(thresholds(site, purse)) >= 2


def test_an_org_is_low_once_until_it_has_more(site: Site) -> None:
    purse = Purse.make(site, UNITS_PER_USD + cost(4))
    for expected in (0, 1, 1):
        assert ask(site, purse.key).status == 200
        assert len(events(site, purse, "credits.low")) == expected
    purse.fill(UNITS_PER_USD)
    assert ask(site, purse.key).status == 200
    low = events(site, purse, "credits.low")
    assert [payload["org_id"] for payload in low] == [purse.org_id] * 2
    assert float(low[0]["balance_usd"]) < float(low[0]["threshold_usd"]) == 1


def test_an_org_that_spends_its_last_is_exhausted(site: Site) -> None:
    purse = Purse.make(site, hold(4))
    assert ask(site, purse.key, model=EXACT, max_tokens=4).status == 200
    assert purse.balance() == 0
    assert len(events(site, purse, "credits.exhausted")) == 1


def test_a_refusal_says_so_once(site: Site) -> None:
    purse = Purse.make(site, 100)
    for _ in range(3):
        assert ask(site, purse.key).json()["reason"] == "insufficient_credits"
    site.eventually(lambda: len(events(site, purse, "credits.exhausted")) == 1)
    purse.fill(50)
    assert ask(site, purse.key).status == 402
    site.eventually(lambda: len(events(site, purse, "credits.exhausted")) == 2)
    assert purse.entries() == 0


def test_a_stream_that_is_cut_off_says_so(site: Site) -> None:
    purse = Purse.make(site, hold(20) + 1)
    with Wire(site.port) as wire:
        wire.send(post(chat("mock,events=1000", stream=True), purse.key))
        raw = b""
        while not ended(raw):
            raw += wire.socket.recv(65536)
    assert b"insufficient_credits" in raw
    site.eventually(lambda: len(events(site, purse, "credits.exhausted")) == 1)


def test_asking_for_very_much_exhausts_nobody(tmp_path: Path) -> None:
    money = Credits(journal=str(tmp_path / "journal"), low_balance_usd=Decimal(0))
    with Site(tmp_path, credits=money) as site:
        rich, poor = Purse.make(site, UNITS_PER_USD), Purse.make(site, 1)
        assert ask(site, rich.key, max_tokens=10**9).json()["reason"] == "insufficient_credits"
        assert ask(site, poor.key).json()["reason"] == "insufficient_credits"
        site.eventually(lambda: len(events(site, poor, "credits.exhausted")) == 1)
        assert events(site, rich, "credits.exhausted") == []


def test_an_org_budget_that_refuses_exhausts_nobody(site: Site) -> None:
    purse, poor = Purse.make(site, 10 * UNITS_PER_USD), Purse.make(site, 1)
    site.records.budgets.set(Scope.ORG, purse.org_id, 100, Period.DAILY)
    site.refresh()
    assert ask(site, purse.key).status == 402
    assert ask(site, poor.key).status == 402
    site.eventually(lambda: len(events(site, poor, "credits.exhausted")) == 1)
    assert events(site, purse, "credits.exhausted") == []
