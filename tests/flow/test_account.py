"""What a key is told about money: `/api/credits/balance`, `/api/credits/history`, `/api/models/pricing`."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from nemoproxy.config import Credits, Model, Price, Target
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.server import account
from nemoproxy.storage import Kind
from tests.asking import get
from tests.purse import OUT, Purse, cost, hold
from tests.site import PRICE, Site
from tests.timing import NEVER_S
from tests.wire import Answer, Wire, chat, ended, post


def exact(answer: Answer) -> Any:
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "application/json"
    return json.loads(answer.body, parse_float=Decimal)


def usd(units: int) -> Decimal:
    amount: Decimal = Decimal(units) / UNITS_PER_USD
    return amount


def balance(site: Site, key: str) -> dict[str, Decimal]:
    told: dict[str, Decimal] = exact(get(site, "/api/credits/balance", key))
    assert list(told) == ["balance", "reserved", "available"]
    assert told["available"] == told["balance"] - told["reserved"]
    return told


def ask(site: Site, key: str, **members: Any) -> Answer:
    with Wire(site.port) as wire:
        wire.send(post(chat("mock,events=4", **members), key))
        return wire.answer()


class TestBalance:
    def test_to_the_last_unit(self, site: Site) -> None:
        purse = Purse.make(site, 123_456_789_012_345)
        assert balance(site, purse.key) == {
            "balance": Decimal("12345.6789012345"),
            "reserved": 0,
            "available": Decimal("12345.6789012345"),
        }
        assert ask(site, purse.key).status == 200
        purse.idle()
        assert balance(site, purse.key)["balance"] == Decimal("12345.6789012345") - usd(cost(4))

    def test_nothing_left(self, site: Site) -> None:
        purse = Purse.make(site, 0)
        assert get(site, "/api/credits/balance", purse.key).body == b'{"balance":0,"reserved":0,"available":0}'

    def test_while_calls_run(self, site: Site) -> None:
        purse = Purse.make(site, UNITS_PER_USD)
        with Wire(site.port) as plain, Wire(site.port) as stream:
            asked = site.mock.total
            plain.send(post(chat(f"mock,latency={NEVER_S}s", max_tokens=50), purse.key))
            site.run(site.mock.until(lambda: site.mock.total > asked))
            assert balance(site, purse.key) == {
                "balance": 1,
                "reserved": usd(hold(50)),
                "available": 1 - usd(hold(50)),
            }
            stream.send(post(chat(f"mock,events=30,spacing={NEVER_S}s", stream=True), purse.key))
            raw = b""
            while b"data: " not in raw:
                raw += stream.socket.recv(65536)
            assert balance(site, purse.key)["reserved"] > usd(hold(50))
            site.hurry()
            assert plain.answer().status == 200
            while not ended(raw):
                raw += stream.socket.recv(65536)
        purse.idle()
        after = balance(site, purse.key)
        assert after["reserved"] == 0
        assert after["balance"] < 1

    def test_all_keys_of_an_org_see_the_same(self, site: Site) -> None:
        purse = Purse.make(site, 77)
        _, other = site.make_key(org=purse.org, team=purse.org)
        _, stranger = site.make_key()
        assert balance(site, other) == balance(site, purse.key) != balance(site, stranger)

    def test_it_needs_a_key_and_counts_as_nothing(self, site: Site) -> None:
        assert get(site, "/api/credits/balance", None).code == "missing_api_key"
        assert get(site, "/api/credits/balance", "sk-nemo-wrong").status == 401
        purse = Purse.make(site, 1, rpm=1)
        assert [balance(site, purse.key)["balance"] for _ in range(3)] == [usd(1)] * 3

    def test_where_nothing_is_metered(self, tmp_path: Path) -> None:
        with Site(tmp_path, credits=Credits(metered=False, journal=str(tmp_path / "journal"))) as site:
            assert ask(site, site.key).status == 200
            assert balance(site, site.key)["reserved"] == 0
            assert exact(get(site, "/api/credits/history", site.key))["total"] >= 1
            assert exact(get(site, "/api/models/pricing", site.key))["data"]


class TestHistory:
    def history(self, site: Site, key: str, query: str = "") -> dict[str, Any]:
        told: dict[str, Any] = exact(get(site, f"/api/credits/history{query}", key))
        assert list(told) == ["data", "limit", "offset", "total"]
        return told

    def test_newest_first_with_what_was_just_spent(self, site: Site) -> None:
        purse = Purse.make(site, UNITS_PER_USD)
        answer = ask(site, purse.key, max_tokens=10)
        told = self.history(site, purse.key)
        *entries, given = told["data"]
        assert (told["total"], told["limit"], told["offset"]) == (len(told["data"]), 50, 0)
        assert sorted(entry["type"] for entry in entries if entry["request_id"]) == ["hold", "settle"]
        ours = [entry for entry in entries if entry["request_id"] == answer.headers["x-request-id"]]
        assert [entry["amount"] for entry in ours] == [usd(hold(10) - cost(4)), -usd(hold(10))]
        assert {entry["key_id"] for entry in ours} == {purse.row.id}
        assert given["request_id"] is None
        assert sum(entry["amount"] for entry in told["data"]) == balance(site, purse.key)["balance"]

    def test_pages(self, site: Site) -> None:
        purse = Purse.make(site, 1)
        for amount in range(10, 17):
            site.records.ledger.credit(purse.org, Kind.TOP_UP, amount, f"number {amount}")
        whole = self.history(site, purse.key)
        pages = [self.history(site, purse.key, f"?limit=3&offset={offset}") for offset in range(0, 12, 3)]
        assert [entry for page in pages for entry in page["data"]] == whole["data"]
        assert {page["total"] for page in pages} == {whole["total"]}
        assert [len(page["data"]) for page in pages] == [3, 3, whole["total"] - 6, 0]
        assert [entry["note"] for entry in whole["data"][:2]] == ["number 16", "number 15"]
        assert whole["data"][0]["amount"] == usd(16)
        past = self.history(site, purse.key, "?offset=1000")
        assert (past["data"], past["total"]) == ([], whole["total"])

    @pytest.mark.parametrize(
        "query",
        [
            "limit=0",
            "limit=1001",
            "limit=-1",
            "limit=ten",
            "limit=1.5",
            "offset=-1",
            f"offset={'9' * 40}",
            f"offset={'0' * 20}{'9' * 40}",
            f"offset={'0' * 5000}",
            "limit=%D9%A3",
        ],
    )
    def test_bad_parameters(self, site: Site, query: str) -> None:
        answer = get(site, f"/api/credits/history?{query}", site.key)
        assert (answer.status, answer.code) == (400, "invalid_request")
        assert answer.json()["error"]["param"] == query.partition("=")[0]

    def test_it_is_nobody_elses(self, site: Site) -> None:
        purse, other = Purse.make(site, 5), Purse.make(site, 7)
        ids = [{entry["id"] for entry in self.history(site, key)["data"]} for key in (purse.key, other.key)]
        assert ids[0].isdisjoint(ids[1])
        assert get(site, "/api/credits/history", None).status == 401


class TestPricing:
    def test_aliases_first_then_the_catalogue(self, site: Site) -> None:
        told = exact(get(site, "/api/models/pricing", site.key))
        models = {entry["id"]: entry for entry in told["data"]}
        assert told["object"] == "list"
        assert len(models) == len(told["data"])
        mine = {"input": usd(PRICE.input or 0), "output": usd(OUT * 10**6)}
        assert (
            models["alias"]["usd_per_million_tokens"] == mine == models["vendor/with/slashes"]["usd_per_million_tokens"]
        )
        assert models["gpt-4o-mini"]["usd_per_million_tokens"]["output"] == Decimal("0.6")
        assert "*" not in models
        assert not [name for name in models if name.endswith("/*")]  # they are rules, not models

    def test_it_is_made_once_a_minute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        now = 1_800_000_000.0
        monkeypatch.setattr(account, "time", lambda: now)
        with Site(tmp_path) as site:

            def state() -> str:
                return str(get(site, "/api/models/pricing", site.key).headers["x-nemo-cache"])

            assert [state(), state()] == ["miss", "hit"]
            now += 59.9
            assert state() == "hit"
            now += 0.2
            assert [state(), state()] == ["miss", "hit"]

    def test_what_cannot_be_reached_is_not_listed(self, tmp_path: Path) -> None:
        models = {"only": Model(targets=(Target(provider="mock", model="m"),))}
        prices = {"mock/m": (Price(input=3, output=5),)}
        with Site(tmp_path, models=models, prices=prices) as site:
            (entry,) = exact(get(site, "/api/models/pricing", site.key))["data"]
        assert entry["id"] == "only"
        assert entry["usd_per_million_tokens"] == {"input": usd(3), "output": usd(5)}

    def test_it_needs_a_key(self, site: Site) -> None:
        assert get(site, "/api/models/pricing", None).status == 401
