"""The command line: what it prints where, what it exits with, and what it never shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from nemoproxy.cli import cli
from nemoproxy.cli.keys import read_expiry
from tests.flow.conftest import Run

CANARY = "sk-canary-0123456789abcdef0123456789abcdef"


def every_command() -> list[list[str]]:
    found: list[list[str]] = []

    def walk(command: click.Command, words: list[str]) -> None:
        found.append(words)
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                inner = command.get_command(click.Context(command), name)
                assert inner is not None
                walk(inner, [*words, name])

    walk(cli, [])
    return found


class TestHelp:
    @pytest.mark.parametrize("words", every_command(), ids=" ".join)
    def test_every_command_teaches(self, run: Run, words: list[str]) -> None:
        result = run(*words, "--help")
        assert result.exit_code == 0 and "Usage:" in result.stdout
        assert words == ["version"] or "nemoproxy " + " ".join(words[:1]) in result.stdout.partition("\n")[2]

    def test_a_missing_option_says_where_else_it_may_be(self, run: Run) -> None:
        assert "NEMOROUTER_API_KEY" in run("providers").stderr

    def test_usage_is_exit_code_2(self, run: Run) -> None:
        for words, says in [
            (["srve"], 'did you mean "serve"?'),
            (["keys", "create", "--rpm", "0"], "whole number above 0"),
            (["keys", "create", "--rpm", "none"], "whole number above 0"),
            (["teams", "set", "a", "--rpm", "-1"], "whole number above 0"),
            (["keys", "create", "--tier", "anual"], 'did you mean "annual"?'),
            (["keys", "create", "--expires", "soon"], "2027-01-31"),
            (["serve", "--port", "70000"], "65535"),
        ]:
            result = run(*words)
            assert (result.exit_code, result.stdout) == (2, "") and says in result.stderr


class TestKeys:
    def test_create_prints_the_key_alone_and_once(self, run: Run) -> None:
        result = run("keys", "create", "--alias", "ci")
        key = result.stdout.rstrip("\n")
        assert result.exit_code == 0 and re.fullmatch(r"sk-nemo-[0-9A-Za-z]{38}", key)
        assert "only time" in result.stderr and key not in result.stderr
        for words in (
            ["list"],
            ["list", "--json"],
            ["show", "ci"],
            ["show", "ci", "--json"],
            ["revoke", "ci", "--yes"],
        ):
            later = run("keys", *words)
            assert later.exit_code == 0 and key not in later.output and f"sk-nemo-...{key[-4:]}" in later.output

    def test_what_was_asked_for_is_what_is_there(self, run: Run) -> None:
        assert run("orgs", "set", "acme").exit_code == 0
        assert run("teams", "set", "research", "--org", "acme").exit_code == 0
        made = run(
            *"keys create --alias bot --team research --org acme --tier annual --rpm 9 --tpm 8 --tps 7".split(),
            *"--concurrency 6 --model a --model b/* --expires 30d --json".split(),
        )
        row = json.loads(made.stdout)
        key = row.pop("key")
        shown = json.loads(run("keys", "show", "bot", "--json").stdout)
        assert shown.pop("key") == f"sk-nemo-...{key[-4:]}" and shown == row
        assert json.loads(run("keys", "list", "--json").stdout)[0]["id"] == row["id"]
        expected = {"alias": "bot", "team": "research", "org": "acme", "tier": "annual", "rpm": 9, "tpm": 8, "tps": 7}
        assert row.items() >= {**expected, "concurrency": 6, "state": "live", "revoked_at": None}.items()
        assert row["models"] == ["a", "b/*"]
        left = datetime.fromisoformat(row["expires_at"]) - datetime.now(UTC)
        assert timedelta(days=29, hours=23) < left <= timedelta(days=30)

    def test_list_is_aligned_and_hides_revoked_keys(self, run: Run) -> None:
        assert run("keys", "list").stderr.startswith("No keys yet.")
        for alias in ("one", "[red]two", "three"):
            run("keys", "create", "--alias", alias)
        run("keys", "revoke", "three", "--yes")
        header, *rows = run("keys", "list").stdout.splitlines()
        assert [row[header.index("ALIAS") :].split()[0] for row in rows] == ["one", "[red]two"]
        assert len(run("keys", "list", "--all").stdout.splitlines()) == 4

    def test_revoke_asks_and_may_be_repeated(self, run: Run) -> None:
        key = run("keys", "create", "--alias", "ci").stdout.strip()
        unasked = run("keys", "revoke", "ci")
        assert unasked.exit_code == 2 and "--yes" in unasked.stderr
        first = run("keys", "revoke", key, "--yes")
        assert first.exit_code == 0 and key not in first.output
        assert run("keys", "revoke", "ci", "--yes").stdout == first.stdout
        assert run("keys", "revoke", "ci").stdout == first.stdout

    def test_failures_are_exit_code_1_on_stderr_with_a_hint(self, run: Run) -> None:
        for words, says in [
            (["keys", "show", "nobody"], "keys list --all"),
            (["keys", "create", "--team", "x"], 'nemoproxy teams set "x"'),
            (["keys", "create", "--expires", "2020-01-01"], "in the past"),
            (["keys", "list", "--config", "gone.yaml"], "gone.yaml: cannot be read"),
        ]:
            result = run(*words)
            assert (result.exit_code, result.stdout) == (1, "")
            assert result.stderr.startswith("Error: ") and says in result.stderr

    def test_works_without_the_providers_keys(self, run: Run) -> None:
        Path("nemoproxy.yaml").write_text("providers: {openai: {api_key: '${GONE}'}}\ntiers: {mine: {}}\n")
        assert run("keys", "create", "--tier", "mine").exit_code == 0
        assert run("check").exit_code == 1

    def test_expiry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert read_expiry("2027-01-31T18:00+02:00") == datetime(2027, 1, 31, 16, tzinfo=UTC)
        assert read_expiry("2027-01-31") == datetime(2027, 2, 1).astimezone(UTC)
        assert timedelta(hours=11) < read_expiry("12h") - datetime.now(UTC) <= timedelta(hours=12)
        for text in ("", "0d", "-1d", "1y", "2027-02-30", "9999-12-31", "tomorrow", "٣d"):
            with pytest.raises(click.BadParameter):
                read_expiry(text)


class TestTenants:
    def test_limits_change_one_by_one(self, run: Run) -> None:
        assert "rpm 5, tpm 7" in run("teams", "set", "research", "--rpm", "5", "--tpm", "7").stdout
        assert "tpm 7, concurrency 2" in run(*"teams set research --rpm none --concurrency 2".split()).stdout
        teams = {team["name"]: team for team in json.loads(run("teams", "list", "--json").stdout)}
        assert teams["research"].items() >= {"rpm": None, "tpm": 7, "concurrency": 2, "org": "default"}.items()
        assert "no limits" in run("orgs", "list").stdout

    def test_defaults_of_the_configuration_are_shown(self, run: Run) -> None:
        Path("nemoproxy.yaml").write_text("limits: {team: {rpm: 100, tps: 3}}\n")
        assert "rpm 5, tps 3" in run("teams", "set", "research", "--rpm", "5").stdout


class TestServing:
    def test_check_summarises_without_secrets(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", CANARY)
        Path("nemoproxy.yaml").write_text(
            f"storage: {{url: 'postgresql://u:{CANARY}@h/d', pepper: {CANARY}}}\n"
            f"providers: {{openai: {{api_key: '${{OPENAI_API_KEY}}', headers: {{X-K: {CANARY}}}}}}}\n"
            "models: {fast: openai/gpt-4o-mini}\n"
        )
        result = run("check")
        assert result.exit_code == 0 and CANARY not in result.output
        assert "https://api.openai.com/v1, with a key, headers X-K" in result.stdout
        assert "openai/gpt-4o-mini" in result.stdout and "postgresql://u:***@h/d" in result.stdout

    def test_check_says_all_that_is_wrong(self, run: Run) -> None:
        Path("nemoproxy.yaml").write_text("server: {port: x}\nmodels: {a: b}\n")
        result = run("check")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "2 things to mend" in result.stderr and "nemoproxy.yaml:1: server.port" in result.stderr

    def test_as_a_module(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "nemoproxy", "version"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert [line.split()[0] for line in done.stdout.splitlines()] == ["nemoproxy", "core", "python"]


class TestGuardrails:
    FILE = """
guardrails:
  staff: {detector: regex, action: redact, default_on: false, patterns: {badge: 'EMP-[0-9]{6}'}}
  quiet: {detector: keyword, action: block, shadow: true, words: [hush]}
"""

    @pytest.fixture(autouse=True)
    def configured(self, run: Run) -> None:
        Path("nemoproxy.yaml").write_text(self.FILE)

    def test_a_text_is_tried_and_the_exit_code_tells(self, run: Run) -> None:
        result = run("guardrails", "test", "I am EMP-123456, hush")
        assert result.exit_code == 3
        assert "badge" in result.stdout and "5..15" in result.stdout and "EMP-123456" not in result.stdout
        assert run("guardrails", "test", "nothing").exit_code == 0
        assert run("guardrails", "test", input="EMP-123456").exit_code == 3
        Path("text.txt").write_text("EMP-123456!")
        result = run("guardrails", "test", "--file", "text.txt", "--redacted", "--guardrail", "staff")
        assert (result.exit_code, result.stdout) == (3, "[BADGE_REDACTED]!")
        found = json.loads(run("guardrails", "test", "hush", "--json").stdout)
        assert found == [
            {"guardrail": "quiet", "rule": "keyword", "entity": "KEYWORD", "action": "block (shadow)", "bytes": "0..4"}
        ]
        result = run("guardrails", "test", "x", "--guardrail", "staf")
        assert result.exit_code == 1 and 'did you mean "staff"?' in result.stderr

    def test_without_any_the_built_in_ones_are_tried(self, run: Run) -> None:
        Path("nemoproxy.yaml").write_text("")
        assert "email" in run("guardrails", "test", "jane@example.com").stdout

    def test_they_are_assigned_and_listed(self, run: Run) -> None:
        assert (
            "research has the guardrail staff"
            in (run("teams", "set", "research") and run("guardrails", "assign", "staff", "--team", "research")).stdout
        )
        rows = {row["id"]: row for row in json.loads(run("guardrails", "list", "--json").stdout)}
        assert (rows["staff"]["who"], rows["quiet"]["who"]) == (["team research"], ["everybody"])
        assert run("guardrails", "unassign", "staff", "--team", "research").exit_code == 0
        assert "nobody" in run("guardrails", "list").stdout
        assert run("guardrails", "assign", "nope", "--team", "research").exit_code == 1

    def test_rules_are_listed(self, run: Run) -> None:
        assert "EMAIL" in run("guardrails", "rules", "pii").stdout
