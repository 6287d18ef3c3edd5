"""Credits, budgets, events and reports, on real SQLite files; and that what is wrong with the books is found."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from nemoproxy.money import MAX_UNITS, UNITS_PER_USD
from nemoproxy.storage import Books, InvalidRecord, Kind, NewKey, Period, Records, Scope, UnknownRecord, schema
from nemoproxy.storage.verify import verify
from tests.money import (
    PEPPER,
    Settled,
    batch,
    booked_before_kinds,
    check_kinds_are_told_apart,
    settled,
)

USD = UNITS_PER_USD
DAY_US = 86_400_000_000


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with Records.open(f"sqlite:///{tmp_path}/records.db", PEPPER) as records:
        yield records


@pytest.fixture
def books(records: Records) -> Iterator[Books]:
    books = records.books(low_balance=USD)
    yield books
    books.close()


@pytest.fixture
def org(records: Records) -> str:
    return records.list_orgs()[0].id


@pytest.fixture
def file(records: Records, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    file = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    yield file
    file.close()


def outbox(file: sqlite3.Connection) -> list[tuple[str, dict[str, object]]]:
    rows = file.execute("SELECT event, payload FROM outbox ORDER BY id")
    return [(event, json.loads(payload)) for event, payload in rows]


class TestCredits:
    def test_every_organisation_begins_with_a_grant(self, records: Records, org: str) -> None:
        made = records.set_org("acme")
        records.set_org("acme", rpm=5)
        assert {id: row.balance for id, row in records.ledger.balances().items()} == {org: 5 * USD, made.id: 5 * USD}
        (entry,), total = records.ledger.history("acme")
        assert (entry.kind, entry.amount, entry.note, total) == ("grant", 5 * USD, "sign-up", 1)

    def test_no_grant_when_there_is_to_be_none(self, tmp_path: Path) -> None:
        with Records.open(f"sqlite:///{tmp_path}/none.db", PEPPER, signup_grant=0) as records:
            records.set_org("acme")
            assert {row.granted for row in records.ledger.balances().values()} == {0}
            assert records.ledger.history("acme") == ([], 0)

    def test_organisations_from_before_there_was_money(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        url = f"sqlite:///{tmp_path}/old.db"
        with monkeypatch.context() as patch:
            patch.setattr("nemoproxy.storage.migrations.HISTORY", schema.HISTORY[:1])
            patch.setattr("nemoproxy.storage.records.add_credit", lambda *_: 0)
            with Records.open(url, PEPPER) as records:
                records.set_org("acme")
        for _ in range(2):
            with Records.open(url, PEPPER, signup_grant=7) as records:
                assert [row.granted for row in records.ledger.balances().values()] == [7, 7]

    def test_running_gateways_follow(self, records: Records, org: str) -> None:
        before = records.changes_since(0)
        assert before.granted == {org: 5 * USD}
        entry = records.ledger.credit("default", Kind.TOP_UP, 3 * USD, "invoice 17")
        assert (entry.amount, entry.kind, entry.note, entry.org_id) == (3 * USD, "top_up", "invoice 17", org)
        after = records.changes_since(before.revision)
        assert after.granted == {org: 8 * USD} and [row.id for row in after.orgs] == [org]
        assert records.changes_since(after.revision).granted == {}

    def test_taking(self, records: Records, org: str, books: Books) -> None:
        records.ledger.credit("default", Kind.EXPIRE, USD)
        records.ledger.credit("default", Kind.ADJUST, -USD)
        books.book(batch(settled(1, org_id=org, held=2 * USD, cost=2 * USD)), "0", "s", 1)
        for kind, units in ((Kind.EXPIRE, USD + 1), (Kind.ADJUST, -USD - 1)):
            with pytest.raises(InvalidRecord, match=r"has 1[.]0000000000 USD, and a balance is never below 0"):
                records.ledger.credit("default", kind, units)
        records.ledger.credit("default", Kind.ADJUST, -USD)
        assert records.ledger.balances()[org].balance == 0 and verify(records) == []

    def test_taking_what_requests_under_way_spend(self, records: Records, org: str, books: Books) -> None:
        """They had it first: what could not be taken any more is given back, and the balance is 0."""
        records.ledger.credit("default", Kind.EXPIRE, 4 * USD)
        revision = records.revision()
        books.book(batch(settled(1, org_id=org, held=3 * USD, cost=3 * USD)), "0", "s", 1)
        assert records.ledger.balances()[org].balance == 0 and verify(records) == []
        newest = records.ledger.history("default", limit=1)[0][0]
        assert (newest.kind, newest.amount) == ("adjust", 2 * USD)
        assert records.changes_since(revision).granted == {org: 3 * USD}

    @pytest.mark.parametrize(
        ("name", "kind", "units", "note", "error", "says"),
        [
            ("default", Kind.GRANT, 0, None, InvalidRecord, "more than 0"),
            ("default", Kind.GRANT, -1, None, InvalidRecord, "more than 0"),
            ("default", Kind.EXPIRE, -1, None, InvalidRecord, "more than 0"),
            ("default", Kind.ADJUST, 0, None, InvalidRecord, "more than 0"),
            ("default", Kind.GRANT, MAX_UNITS + 1, None, InvalidRecord, "at most 100000000.0000000000 USD"),
            ("default", Kind.GRANT, MAX_UNITS, None, InvalidRecord, "given more than"),
            ("default", Kind.SETTLE, 1, None, InvalidRecord, "Only requests"),
            ("default", Kind.GRANT, 1, "a\nb", InvalidRecord, "printable"),
            ("nobody", Kind.GRANT, 1, None, UnknownRecord, 'no organisation "nobody"'),
        ],
    )
    def test_refused_and_nothing_written(
        self, records: Records, name: str, kind: Kind, units: int, note: str | None, error: type[Exception], says: str
    ) -> None:
        before = records.revision(), records.ledger.history("default")
        with pytest.raises(error, match=says):
            records.ledger.credit(name, kind, units, note)
        assert (records.revision(), records.ledger.history("default")) == before

    def test_history_is_paged(self, records: Records, org: str, books: Books) -> None:
        books.book(batch(*(settled(number, org_id=org) for number in range(30))), "0", "s", 1)
        whole, total = records.ledger.history("default", limit=1000)
        assert total == 61 == len(whole) == len({entry.id for entry in whole})
        assert [entry.created_at for entry in whole] == sorted((entry.created_at for entry in whole), reverse=True)
        pages = [records.ledger.history("default", limit=7, offset=start)[0] for start in range(0, 63, 7)]
        assert [entry for page in pages for entry in page] == whole
        assert records.ledger.history("default", offset=61) == ([], 61)

    def test_append_only(self, org: str, books: Books, file: sqlite3.Connection) -> None:
        books.book(batch(settled(1, org_id=org)), "0", "s", 1)
        for table, column in (("credits", "amount"), ("usage_rows", "cost"), ("usage_kinds", "status")):
            for statement in (f"UPDATE {table} SET {column} = 1", f"DELETE FROM {table}"):
                with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                    file.execute(statement)

    def test_the_view_is_the_history(self, records: Records, org: str, books: Books, file: sqlite3.Connection) -> None:
        books.book(batch(*(settled(number, org_id=org, cost=number % 2) for number in range(4))), "0", "s", 1)
        seen = set(file.execute("SELECT id, kind, amount, request_id FROM ledger"))
        entries, _ = records.ledger.history("default")
        assert {(entry.id, entry.kind, entry.amount, entry.request_id) for entry in entries} == seen


class TestBooking:
    def test_the_columns_are_the_fields(self) -> None:
        assert set(Settled.__struct_fields__) == {column.name for column in schema.usage.columns}

    def test_entries_of_requests(self, records: Records, org: str, books: Books) -> None:
        made = [
            settled(1, org_id=org, held=100, cost=60),
            settled(2, org_id=org, held=100, cost=100, shortfall=20, ending="cut_off"),
            settled(3, org_id=org, held=100, cost=0, ending="upstream_broke"),
            settled(4, org_id=org, held=0, cost=0),
        ]
        assert books.book(batch(*made), "0", "s", 1) == 4
        entries, _ = records.ledger.history("default")
        found = [(entry.kind, entry.amount, entry.request_id) for entry in reversed(entries[:-1])]
        one, two, three, _ = (record.request_id for record in made)
        assert found == [
            ("hold", -100, one), ("settle", 40, one),
            ("hold", -100, two), ("settle", 0, two),
            ("hold", -100, three), ("release", 100, three),
        ]  # fmt: skip
        assert records.ledger.balances()[org].balance == 5 * USD - 160
        assert books.position("0") == ("s", 1) and verify(records) == []

    def test_from_before_there_were_kinds(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/old.db"
        made = booked_before_kinds(url)
        with Records.open(url, PEPPER) as records:
            check_kinds_are_told_apart(records, made)
            books = records.books()
            more = settled(9, org_id=made[-1].org_id, settled_at=made[-1].settled_at)
            assert books.book(batch(*made, more), "0", "s", 1) == 1
            books.close()
            check_kinds_are_told_apart(records, [*made, more])

    def test_booked_once(self, records: Records, org: str, books: Books) -> None:
        made = [settled(number, org_id=org) for number in range(500)]
        booked = [books.book(batch(*made[:count]), "0", "s", place) for place, count in enumerate((300, 500, 500))]
        assert booked == [300, 200, 0]
        assert books.book(batch(made[0], settled(900, org_id=org), settled(900, org_id=org)), "0", "s", 4) == 1
        assert records.ledger.balances()[org].settled == 501 * 60 and verify(records) == []

    def test_all_or_nothing(self, records: Records, org: str, books: Books, file: sqlite3.Connection) -> None:
        """Whatever part of it fails, nothing of a batch is there; and it can be booked later."""
        for table in ("usage_kinds", "usage_rows", "spending", "journal_positions"):
            file.execute(f"CREATE TRIGGER t BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'disk on fire'); END")
            with pytest.raises(Exception, match=r"disk on fire|refused"):
                books.book(batch(settled(1, org_id=org)), "0", "s", 1)
            assert [file.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("usage", "ledger")] == [
                (0,),
                (1,),
            ]
            file.execute("DROP TRIGGER t")
        assert books.book(batch(settled(1, org_id=org)), "0", "s", 1) == 1 and verify(records) == []


class TestBudgets:
    @given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), st.integers(-14, 14))
    def test_periods(self, moment: datetime, offset: int) -> None:
        now = moment.replace(tzinfo=timezone(timedelta(hours=offset)))
        today = now.timestamp() // 86_400
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        for period in Period:
            first, after = period.days(now)
            assert first <= today and (after is None or today < after)
            start = epoch + timedelta(days=first)
            if period is Period.WEEKLY:
                assert start.weekday() == 0 and after == first + 7
            if period is Period.MONTHLY:
                assert after is not None
                assert start.day == (epoch + timedelta(days=after)).day == 1 and 28 <= after - first <= 31
            if period is Period.DAILY:
                assert after == first + 1

    def test_set_change_remove(self, records: Records, org: str) -> None:
        key, _ = records.create_key(NewKey(alias="ci"))
        revision = records.revision()
        row = records.budgets.set(Scope.KEY, key.id, 5 * USD, Period.DAILY)
        changed = records.budgets.set(Scope.KEY, key.id, 6 * USD, Period.WEEKLY)
        assert changed.id == row.id and (changed.amount, changed.period) == (6 * USD, Period.WEEKLY)
        assert records.budgets.all() == [changed] == list(records.changes_since(revision).budgets)
        revision = records.revision()
        removed = records.budgets.remove(Scope.KEY, key.id)
        assert removed.removed_at is not None and records.changes_since(revision).budgets == (removed,)
        assert records.budgets.all() == [] and records.changes_since(0).budgets == ()
        with pytest.raises(UnknownRecord, match="has no budget"):
            records.budgets.remove(Scope.KEY, key.id)
        again = records.budgets.set(Scope.KEY, key.id, 0, Period.TOTAL)
        assert again.id != row.id and again.removed_at is None

    def test_refused(self, records: Records, org: str) -> None:
        before = records.revision()
        for scope, id, amount, says in [
            (Scope.ORG, "nobody", 1, 'no org with the id "nobody"'),
            (Scope.TEAM, org, 1, "no team"),
            (Scope.ORG, org, -1, "at least 0"),
            (Scope.ORG, org, MAX_UNITS + 1, "at most"),
        ]:
            with pytest.raises((UnknownRecord, InvalidRecord), match=says):
                records.budgets.set(scope, id, amount, Period.DAILY)
        assert records.revision() == before

    def test_spent_is_of_the_period(self, records: Records, org: str, books: Books) -> None:
        """A Wednesday that is the first of a month, and what was before it."""
        now = datetime(2025, 10, 1, 12, tzinfo=UTC)
        midnight = int(datetime(2025, 10, 1, tzinfo=UTC).timestamp()) * 1_000_000
        moments = {1: midnight + 1, 10: midnight - 1, 100: midnight - 2 * DAY_US - 1, 1000: midnight - 40 * DAY_US}
        made = [settled(cost, org_id=org, held=cost, cost=cost, settled_at=at) for cost, at in moments.items()]
        books.book(batch(*made), "0", "s", 1)
        expected = {Period.DAILY: 1, Period.WEEKLY: 11, Period.MONTHLY: 1, Period.TOTAL: 1111}
        for period, spent in expected.items():
            row = records.budgets.set(Scope.ORG, org, USD, period)
            assert records.budgets.spent([row], now) == {row.id: spent}


class TestEvents:
    def test_thresholds_once_in_a_period(
        self, records: Records, org: str, books: Books, file: sqlite3.Connection
    ) -> None:
        row = records.budgets.set(Scope.ORG, org, 100, Period.DAILY)
        noon = 20_000 * DAY_US + DAY_US // 2
        steps = []
        for number, (cost, day) in enumerate([(49, 0), (1, 0), (29, 0), (1, 0), (20, 0), (5, 0), (100, 1)]):
            record = settled(number, org_id=org, held=cost, cost=cost, settled_at=noon + day * DAY_US)
            books.book(batch(record), "0", "s", number)
            books.book(batch(record), "0", "s", number)
            steps.append([payload["threshold_percent"] for _, payload in outbox(file)])
        assert steps == [[], [50], [50], [50, 80], [50, 80, 100], [50, 80, 100], [50, 80, 100, 50, 80, 100]]
        event, payload = outbox(file)[0]
        assert event == "budget.threshold" and payload == {
            "budget_id": row.id, "org_id": org, "scope": "org", "scope_id": org,
            "period": "daily", "period_start": "2024-10-04", "threshold_percent": 50,
            "budget_usd": "0.00000001", "spent_usd": "0.000000005",
        }  # fmt: skip

    def test_low_and_exhausted_once_until_there_is_more(
        self, records: Records, org: str, books: Books, file: sqlite3.Connection
    ) -> None:
        number = 0

        def spend(units: int) -> list[str]:
            nonlocal number
            number += 1
            books.book(batch(settled(number, org_id=org, held=units, cost=units)), "0", "s", number)
            return [event for event, _ in outbox(file)]

        assert spend(4 * USD) == []
        assert spend(1) == ["credits.low"] == spend(1)
        assert spend(USD - 2) == ["credits.low", "credits.exhausted"]
        books.exhausted([org])
        assert [event for event, _ in outbox(file)] == ["credits.low", "credits.exhausted"]
        records.ledger.credit("default", Kind.TOP_UP, USD // 2)
        assert spend(1) == ["credits.low", "credits.exhausted"]
        books.exhausted([org])
        books.exhausted([org])
        assert [event for event, _ in outbox(file)] == ["credits.low", "credits.exhausted", "credits.exhausted"]
        records.ledger.credit("default", Kind.TOP_UP, USD)
        assert spend(USD)[3:] == ["credits.low"]


class TestReports:
    def test_by_anything(self, records: Records, org: str, books: Books) -> None:
        day = 20_000 * DAY_US
        made = (
            settled(1, org_id=org, key_id="a", model="x", cost=1, settled_at=day),
            settled(2, org_id=org, key_id="b", model="x", cost=20, settled_at=day + DAY_US - 1, estimated=True),
            settled(3, org_id=org, key_id="a", model="y", cost=3, settled_at=day + DAY_US, shortfall=9),
        )
        books.book(batch(*made), "0", "s", 1)
        found = {
            by: [(row.group, row.requests, row.cost, row.estimated, row.shortfall) for row in records.usage.report(by)]
            for by in ("key", "team", "model", "day")
        }
        assert found == {
            "key": [("b", 1, 20, 1, 0), ("a", 2, 4, 0, 9)],
            "team": [("team_test", 3, 24, 1, 9)],
            "model": [("x", 2, 21, 1, 0), ("y", 1, 3, 0, 9)],
            "day": [("2024-10-04", 2, 21, 1, 0), ("2024-10-05", 1, 3, 0, 9)],
        }
        second = datetime(2024, 10, 5, tzinfo=UTC)
        assert [row.cost for row in records.usage.report("day", since=second)] == [3]
        assert [row.cost for row in records.usage.report("day", until=second)] == [21]


GIVEN = "INSERT INTO credits (org_id, kind, amount, created_at) VALUES"
ALTER = "DROP TRIGGER usage_rows_no_UPDATE; UPDATE usage_rows SET"
BREAKAGES: dict[str, str] = {
    "a cost outside of what was held": f"{ALTER} cost = held + 1",
    "wrong sign": GIVEN + "('{org}', 'grant', -1, 0)",
    "is below 0": GIVEN + "('{org}', 'adjust', -90000000000, 0)",
    "less what its requests cost": f"{ALTER} cost = cost - 1",
    "that does not exist": GIVEN + "('x', 'grant', 1, 0)",
    "a budget of what": "INSERT INTO budgets (id, scope, scope_id, amount, period, created_at, revision)"
    " VALUES ('b', 'team', '{org}', 1, 'daily', '2025-01-01 00:00:00', 1)",
    "a day's spending": "UPDATE spending SET cost = cost + 1 WHERE scope = 'key'",
    "of a kind that does not exist": "DROP TRIGGER usage_kinds_no_DELETE; DELETE FROM usage_kinds",
    "another organisation's": f"{ALTER} org_id = 'x'",
    "not an integer": f"{ALTER} shortfall = 0.5",
    "append-only is missing": "DROP TRIGGER usage_rows_no_DELETE",
}


class TestVerify:
    @pytest.mark.parametrize("says", list(BREAKAGES))
    def test_finds(self, records: Records, org: str, books: Books, file: sqlite3.Connection, says: str) -> None:
        books.book(batch(settled(1, org_id=org), settled(2, org_id=org)), "0", "s", 1)
        assert verify(records) == []
        file.executescript(BREAKAGES[says].format(org=org))
        assert any(says in str(finding) for finding in verify(records)), verify(records)


class Accounts(RuleBasedStateMachine):
    """Whatever operators and requests do, the ledger is what a dict says it is, and every invariant holds."""

    requests = Bundle("requests")

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.records = Records.open(f"sqlite:///{self.folder.name}/records.db", PEPPER)
        self.books = self.records.books(low_balance=USD)
        self.org = self.records.list_orgs()[0].id
        self.balance = 5 * USD
        self.used: dict[int, int] = {}

    @rule(kind=st.sampled_from([Kind.GRANT, Kind.TOP_UP, Kind.REFUND]), units=st.integers(1, 10 * USD))
    def give(self, kind: Kind, units: int) -> None:
        self.records.ledger.credit("default", kind, units)
        self.balance += units

    @rule(units=st.integers(-10 * USD, -1))
    def take(self, units: int) -> None:
        if self.balance + units < 0:
            with pytest.raises(InvalidRecord):
                self.records.ledger.credit("default", Kind.ADJUST, units)
        else:
            self.records.ledger.credit("default", Kind.ADJUST, units)
            self.balance += units

    @rule(target=requests, data=st.data(), count=st.integers(1, 5))
    def settle(self, data: st.DataObject, count: int) -> list[Settled]:
        made = []
        for _ in range(count):
            held = data.draw(st.integers(0, self.balance))
            cost = data.draw(st.integers(0, held))
            number = len(self.used)
            self.used[number] = cost
            self.balance -= cost
            key = data.draw(st.sampled_from(["a", "b"]))
            made.append(settled(number, org_id=self.org, key_id=key, held=held, cost=cost))
        assert self.books.book(batch(*made), "0", "s", len(self.used)) == count
        return made

    @rule(made=requests)
    def again(self, made: list[Settled]) -> None:
        assert self.books.book(batch(*made), "1", "s", 1) == 0

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "records"):
            row = self.records.ledger.balances()[self.org]
            assert (row.balance, row.settled) == (self.balance, sum(self.used.values()))
            assert sum(row.cost for row in self.records.usage.report("key")) == row.settled
            assert verify(self.records) == []

    def teardown(self) -> None:
        if hasattr(self, "records"):
            self.books.close()
            self.records.close()
            self.folder.cleanup()


TestAccounts = Accounts.TestCase
TestAccounts.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
