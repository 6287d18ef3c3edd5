"""The command line where it is about money: exact amounts in and out, and exit codes that scripts can rely on."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from nemoproxy.config import Config
from nemoproxy.storage import NewKey, Records, read_pepper
from tests.flow.conftest import Run
from tests.money import batch, settled


def exact(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout, parse_float=Decimal)


def book(**fields: Any) -> str:
    """A request of a key called `ci`, settled by a gateway in this directory. Its id."""
    storage = Config().storage
    with Records.open(storage.url.reveal(), read_pepper(storage)) as records:
        key = next(iter(records.list_keys()), None) or records.create_key(NewKey(alias="ci"))[0]
        team, org = records.list_teams()[0], records.list_orgs()[0]
        books = records.books()
        record = settled(1, org_id=org.id, team_id=team.id, key_id=key.id, **fields)
        books.book(batch(record), "0", "s", 1)
        books.close()
    return record.request_id


class TestCredits:
    def test_grant_and_balance_to_the_last_unit(self, run: Run) -> None:
        granted = run("credits", "grant", "default", "0.0000000001", "--note", "a gift")
        assert granted.stdout == "Granted 0.0000000001 USD to default, which now has 5.0000000001 USD.\n"
        assert exact(run("credits", "balance", "--json")) == [
            {"org": "default", "balance": Decimal("5.0000000001"), "granted": Decimal("5.0000000001"), "spent": 0}
        ]
        book(held=4500, cost=4500)
        header, row = run("credits", "balance", "default").stdout.splitlines()
        assert (header.split(), row.split()) == (
            ["ORG", "BALANCE", "GRANTED", "SPENT"],
            ["default", "4.9999995501", "5.0000000001", "0.0000004500"],
        )

    def test_the_configured_grant(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "nemoproxy.yaml").write_text("credits: {signup_grant_usd: 12.34}\n")
        run("orgs", "set", "acme")
        balances = exact(run("credits", "balance", "--json"))
        assert {row["org"]: row["balance"] for row in balances} == {
            "default": Decimal("12.34"),
            "acme": Decimal("12.34"),
        }

    @pytest.mark.parametrize(
        ("words", "code", "says"),
        [
            (["nobody", "5"], 1, 'There is no organisation "nobody"'),
            (["default", "0"], 1, "more than 0"),
            (["default", "--", "-5"], 2, "not negative"),
            (["default", "nan"], 2, "such as 5.00"),
            (["default", "1e400"], 2, "at most 100000000 USD"),
            (["default", "0.00000000001"], 2, "at most 10 decimals"),
            (["default", "100000000"], 1, "would have been given more"),
        ],
    )
    def test_refused_and_nothing_written(self, run: Run, words: list[str], code: int, says: str) -> None:
        result = run("credits", "grant", *words)
        assert result.exit_code == code
        assert says in result.stderr
        assert exact(run("credits", "history", "default", "--json"))["total"] == 1

    def test_history(self, run: Run) -> None:
        request = book(held=100, cost=60)
        shown = exact(run("credits", "history", "default", "--limit", "2", "--json"))
        assert (shown["total"], shown["limit"], shown["offset"]) == (3, 2, 0)
        assert [(row["kind"], row["amount"], row["request_id"]) for row in shown["data"]] == [
            ("settle", Decimal("0.000000004"), request),
            ("hold", Decimal("-0.00000001"), request),
        ]
        assert "sign-up" in run("credits", "history", "default", "--offset", "2").stdout

    def test_verify(self, run: Run, tmp_path: Path) -> None:
        book()
        clean = run("credits", "verify")
        assert (clean.exit_code, clean.stdout) == (0, "Every invariant holds.\n")
        with sqlite3.connect(tmp_path / "var/nemoproxy.db") as file:
            file.executescript("DROP TRIGGER usage_rows_no_UPDATE; UPDATE usage_rows SET cost = cost - 1")
        file.close()
        wrong = run("credits", "verify")
        assert wrong.exit_code == 1
        assert "not what it was given less" in wrong.stdout
        assert run("credits", "verify", "--json").exit_code == 1


class TestBudgets:
    def test_of_a_key_a_team_and_an_organisation(self, run: Run) -> None:
        book(held=100, cost=60)
        run("orgs", "set", "acme")
        run("teams", "set", "research", "--org", "acme")
        for words in (["--key", "ci"], ["--team", "acme/research"], ["--org", "acme"]):
            result = run("budgets", "set", *words, "2.5", "--period", "daily")
            assert result.exit_code == 0, result.output
        rows = exact(run("budgets", "list", "--json"))
        assert [(row["scope"], row["name"], row["amount"], row["spent"]) for row in rows] == [
            ("key", "ci", Decimal("2.5"), Decimal("0.000000006")),
            ("team", "acme/research", Decimal("2.5"), 0),
            ("org", "acme", Decimal("2.5"), 0),
        ]
        removed = run("budgets", "remove", "--team", "acme/research")
        assert removed.stdout == "The team acme/research has no budget any more; it was 2.5000000000 USD daily.\n"
        assert len(exact(run("budgets", "list", "--json"))) == 2
        assert run("budgets", "remove", "--team", "acme/research").exit_code == 1

    def test_usage_errors(self, run: Run) -> None:
        for words, says in [
            (["set", "5", "--period", "daily"], "one of --key, --team and --org"),
            (["set", "5", "--period", "daily", "--org", "default", "--team", "default"], "one of --key"),
            (["set", "5", "--period", "hourly", "--org", "default"], "'hourly' is not one of"),
            (["set", "5", "--org", "default"], "--period"),
            (["set", "-x", "--org", "default"], "No such option"),
        ]:
            result = run("budgets", *words)
            assert result.exit_code == 2
            assert says in result.stderr


class TestUsage:
    def test_report(self, run: Run) -> None:
        at = 20_000 * 86_400_000_000
        book(held=4500, cost=4500, model="=cmd()", settled_at=at, images=2, sound_ms=1500, characters=30)
        (row,) = csv.DictReader(io.StringIO(run("usage", "report", "--by", "model", "--csv").stdout))
        assert (row["model"], row["requests"], row["cost"]) == ("'=cmd()", "1", "0.0000004500")
        assert (row["images"], row["seconds"], row["characters"]) == ("2", "1.5", "30")
        (row,) = exact(run("usage", "report", "--by", "key", "--json"))
        assert (row["images"], row["seconds"], row["characters"]) == (2, Decimal("1.5"), 30)
        assert (row["name"], row["cost"], row["prompt_tokens"]) == ("ci", Decimal("0.00000045"), 10)
        day = "2024-10-04"
        for words, count in ((["--since", day], 1), (["--until", day], 1), (["--since", "2024-10-05"], 0)):
            assert len(exact(run("usage", "report", "--by", "day", "--json", *words))) == count
        assert exact(run("usage", "report", "--by", "day", "--json", "--until", f"{day}T00:00")) == []
        assert day in run("usage", "report", "--by", "day").stdout
        assert run("usage", "report", "--by", "day", "--csv", "--json").exit_code == 2
        assert run("usage", "report", "--by", "day", "--since", "soon").exit_code == 2
