"""A/B tests through the front door: dealt out, told, recorded with what failed, reported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nemoproxy.cli import cli
from nemoproxy.config import AbTest, Model, Target, Variant
from tests.asking import ask, sent
from tests.site import Site
from tests.wire import chat

MODELS = {
    "fast": Model(targets=(Target(provider="mock", model="mock"),)),
    "careful": Model(targets=(Target(provider="mock", model="mock-careful"),)),
    "broken": Model(targets=(Target(provider="mock", model="mock,status=500"),)),
    "dead": Model(targets=(Target(provider="dead", model="dead"),)),
}
CONFIGURED = {
    "models": AbTest(model="fast", state="running", variants={"now": Variant(), "new": Variant(model="careful")}),
    "faults": AbTest(model="careful", state="running", sticky="request",
                     variants={"five": Variant(model="broken"), "dead": Variant(model="dead")}),
    "off": AbTest(model="broken", state="paused", variants={"a": Variant(model="fast"), "b": Variant(model="fast")}),
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("abtests"), models=MODELS, ab_tests=CONFIGURED) as running:
        yield running


def test_users_stay_with_their_variant_and_both_are_asked(site: Site) -> None:
    row, key = site.make_key(models=["fast"])  # what a test puts in its place need not be allowed
    found: dict[str, str] = {}
    for number in [*range(12), *range(12)]:
        answer = ask(site, key, chat("fast", user=f"u{number}", stream=bool(number % 2)))
        label = answer.headers["x-nemo-ab-test"]
        assert answer.status == 200
        assert found.setdefault(f"u{number}", label) == label
        assert sent(site)["model"] == {"models/now": "mock", "models/new": "mock-careful"}[label]
    assert set(found.values()) == {"models/now", "models/new"}
    rows = site.rows("SELECT variant, model, target_model FROM usage WHERE key_id = ?", row.id)
    assert len(rows) == 24
    assert {(one["variant"], one["model"], one["target_model"]) for one in rows} == {
        ("models/now", "fast", "mock"), ("models/new", "fast", "mock-careful"),
    }  # fmt: skip


def test_what_fails_is_recorded_and_free(site: Site) -> None:
    row, key = site.make_key()
    statuses = [ask(site, key, chat("careful")).status for _ in range(12)]
    assert set(statuses) == {500, 503}
    rows = site.rows("SELECT * FROM usage WHERE key_id = ?", row.id)
    assert sorted(one["status"] for one in rows) == sorted(statuses)
    assert {one["variant"]: one["status"] for one in rows} == {"faults/five": 500, "faults/dead": 503}
    assert all(one["cost"] == one["held"] == one["prompt_tokens"] == 0 for one in rows)
    assert site.in_flight(row) == 0
    assert site.rows("SELECT count(*) AS n FROM ledger WHERE key_id = ?", row.id) == [{"n": 0}]


def test_a_test_that_does_not_run_does_nothing(site: Site) -> None:
    assert ask(site, site.key, chat("broken")).headers["x-nemo-ab-test"] is None
    answer = ask(site, site.key, {"model": "fast", "input": "x"}, "/v1/embeddings")
    assert (answer.status, answer.headers["x-nemo-ab-test"]) == (200, None)
    assert site.rows("SELECT count(*) AS n FROM usage WHERE variant IS NOT NULL AND endpoint = 'embeddings'") == [
        {"n": 0}
    ]


def test_templates_as_variants_whatever_the_request_says(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        prompts, tests = site.records.prompts, site.records.ab_tests
        prompts.save("one", "One.")
        prompts.save("two", "Two.")
        variants = {"a": Variant(template="one"), "b": Variant(template="two")}
        tests.add("texts", AbTest(model="alias", variants=variants, sticky="request"))
        site.refresh()
        assert ask(site, site.key, chat("alias")).headers["x-nemo-ab-test"] is None
        tests.set_state("texts", "running")
        site.refresh()
        seen = set()
        for _ in range(24):
            answer = ask(site, site.key, chat("alias", nemo_prompt_template_id="one"))
            assert answer.headers["x-nemo-prompt-version"] == "1"
            seen.add((answer.headers["x-nemo-ab-test"], sent(site)["messages"][0]["content"]))
        assert seen == {("texts/a", "One."), ("texts/b", "Two.")}
        assert ask(site, site.key, {"model": "alias", "prompt": "x"}, "/v1/completions").status == 200
        tests.set_state("texts", "paused")
        site.refresh()
        assert ask(site, site.key, chat("alias")).headers["x-nemo-ab-test"] is None


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Any:
        return CliRunner().invoke(cli, ["abtests", *words])

    new = ("--model", "fast", "--variant", "now=90", "--variant", "new=10,model=careful,template=x")
    assert "is a draft" in run("add", "cheaper", *new).stdout
    assert run("add", "cheaper", *new).exit_code == 1
    assert 'no template "x"' in run("start", "cheaper").stderr
    Path("x.j2").write_text("Be brief.")
    assert CliRunner().invoke(cli, ["prompts", "add", "x", "x.j2"]).exit_code == 0
    assert run("start", "cheaper").stdout == "The test cheaper is running.\n"
    run("add", "other", *new)
    assert "pause or complete it first" in run("start", "other").stderr
    assert run("pause", "cheaper").exit_code == 0
    assert run("start", "other").exit_code == 0
    assert run("complete", "other").exit_code == 0
    assert "cannot become" in run("start", "other").stderr
    rows = json.loads(run("list", "--json").stdout)
    assert [(row["name"], row["state"]) for row in rows] == [("cheaper", "paused"), ("other", "completed")]
    assert rows[0]["variants"]["new"] == {"weight": 10, "model": "careful", "template": "x"}
    assert "Too early" in run("report", "cheaper").stdout
    for words in (("add", "x", "--model", "m", "--variant", "a"), ("add", "x", "--model", "m"), ("report", "nope")):
        assert run(*words).exit_code in (1, 2)
    assert run("add", "x", "--model", "m", "--variant", "a=0", "--variant", "b").exit_code == 2


def test_the_report_adds_up(site: Site) -> None:
    _, key = site.make_key()
    for number in range(6):
        ask(site, key, chat("fast", user=f"r{number}"))
    rows = site.rows("SELECT variant, status, cost, latency_us FROM usage WHERE variant LIKE 'models/%'")
    sums = site.records.ab_tests.sums(row_org(site), ["models/now", "models/new"])
    assert sum(one.requests for one in sums.values()) == len(rows)
    assert sum(one.cost for one in sums.values()) == sum(one["cost"] for one in rows)
    assert sum(one.latency for one in sums.values()) == sum(one["latency_us"] for one in rows)
    assert sum(one.errors for one in sums.values()) == 0
    faults = site.records.ab_tests.sums(row_org(site), ["faults/five", "faults/dead"])
    assert all(one.errors == one.requests > 0 and one.answered == 0 for one in faults.values())


def row_org(site: Site) -> str:
    return site.records.find_org("default").id
