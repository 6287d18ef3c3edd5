"""`nemoproxy webhooks`: what it prints where, and what it never shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nemoproxy.config import Config
from nemoproxy.storage import NewKey, Outcome, Records, Status, read_pepper, utc_now
from tests.flow.conftest import Run
from tests.hooks import Receiver, answer, verified

SLACK = "https://hooks.slack.com/services/T0/B0/canary"


@pytest.fixture
def run(run: Run, tmp_path: Path) -> Run:
    """Runs `nemoproxy webhooks`."""
    (tmp_path / "nemoproxy.yaml").write_text("webhooks: {allow_private: true, timeout_s: 5}\n")
    return lambda *words, **more: run("webhooks", *words, **more)


@pytest.fixture
def records(run: Run) -> Iterator[Records]:
    storage = Config().storage
    with Records.open(storage.url.reveal(), read_pepper(storage)) as records:
        yield records


def listed(run: Run) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(run("list", "--json").stdout)
    return rows


def fail_all(records: Records) -> None:
    """Hand out what happened, and give up on it."""
    now = utc_now()
    turn = records.deliveries.turn(now, (), lambda _: 10, 10, timedelta(seconds=1))
    dead = [Outcome(attempt=one, status=Status.DEAD, next_at=now, error="canary") for one in turn.attempts]
    records.deliveries.turn(now, dead, lambda _: 0, 0, timedelta(seconds=1))


def test_the_secret_alone_is_on_stdout_and_works(run: Run) -> None:
    with Receiver() as receiver:
        added = run("add", receiver.url)
        secret = added.stdout.strip()
        assert added.exit_code == 0 and secret.startswith("whsec_") and "\n" not in secret
        (row,) = listed(run)
        tested = run("test", str(row["id"]))
        assert tested.exit_code == 0 and "answered with status 204" in tested.stdout
        assert verified(receiver.hooks[0], secret)["type"] == "webhook.test"
        rotated = run("rotate", str(row["id"])).stdout.strip()
        run("test", str(row["id"]))
        for valid in (secret, rotated):
            verified(receiver.hooks[1], valid)
        assert secret not in run("list", "--json").stdout


def test_a_secret_of_ones_own(run: Run) -> None:
    own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert run("add", "https://hook.example/", "--secret", own).stdout.strip() == own
    for wrong in ("abc", "whsec_", "whsec_MfKQ", "whsec_!!!!"):
        assert run("add", "https://hook.example/", "--secret", wrong).exit_code == 2


def test_a_test_that_fails(run: Run) -> None:
    with Receiver(lambda _: answer(500)) as receiver:
        run("add", receiver.url)
        (row,) = listed(run)
        tested = run("test", str(row["id"]))
        assert tested.exit_code == 1 and "status 500" in tested.stderr


def test_what_a_password_may_be_in_is_not_shown(run: Run, records: Records, tmp_path: Path) -> None:
    assert run("add", SLACK).stdout == ""
    run("add", "https://hook.example/a?token=canary", "--header", "Authorization: Bearer canary")
    for words in (["list"], ["list", "--json"], ["deliveries"]):
        assert "canary" not in run(*words).output
    slack, plain = listed(run)
    assert run("rotate", str(slack["id"])).exit_code == 1
    assert (slack["kind"], slack["url"]) == ("slack", "https://hooks.slack.com/...")
    assert (plain["kind"], plain["url"], plain["headers"]) == (
        "webhook",
        "https://hook.example/a?...",
        ["Authorization"],
    )
    for path in (tmp_path / "var").iterdir():
        assert path.is_dir() or b"canary" not in path.read_bytes()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["ftp://hook.example/"], "https://"),
        (["hook.example"], "https://"),
        (["https://a:canary@hook.example/"], "user name or password"),
        (["https://[fe80::1%25eth0]/"], "zone"),
        (["https://hook.example/#canary"], "fragment"),
        (["https://hook.example/ x"], "without spaces"),
        (["https://hook.example/", "--event", "key.creatd"], 'did you mean "key.created"?'),
        (["https://hook.example/", "--org", "nobody"], "no organisation"),
        (["https://hook.example/", "--header", "canary"], "expected a header"),
        (["https://hook.example/", "--header", "webhook-id: canary"], "expected a header"),
        (["https://hook.example/", "--header", "Host: canary"], "sets this header itself"),
        (["https://hook.example/", "--header", "x: a\ncanary: b"], "one line"),
    ],
)
def test_what_cannot_be_added(run: Run, words: list[str], says: str) -> None:
    added = run("add", *words)
    assert added.exit_code in (1, 2) and says in added.stderr and "canary" not in added.stderr
    assert listed(run) == []


def test_http_only_where_it_is_allowed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "nemoproxy.yaml").write_text("webhooks: {}\n")
    refused = run("add", "http://hook.example/")
    assert refused.exit_code == 2 and "allow_http" in refused.stderr
    (tmp_path / "nemoproxy.yaml").write_text("webhooks: {allow_http: true}\n")
    assert run("add", "http://hook.example/").exit_code == 0


def test_dead_letters_are_shown_and_replayed(run: Run, records: Records) -> None:
    run("add", "https://hook.example/", "--event", "key.created")
    (row,) = listed(run)
    records.create_key(NewKey(alias="a"))
    records.create_key(NewKey(alias="b"))
    fail_all(records)
    dead = json.loads(run("deliveries", "--status", "dead", "--json").stdout)
    assert [(one["type"], one["attempts"], one["last_error"]) for one in dead] == [("key.created", 1, "canary")] * 2
    assert dead[0]["id"] in run("deliveries", str(row["id"])).stdout
    assert run("replay", str(row["id"]), "--event", dead[0]["id"]).stdout == "1 to be sent again.\n"
    assert run("replay", str(row["id"])).stdout == "1 to be sent again.\n"
    assert run("replay", str(row["id"])).stdout == "0 to be sent again.\n"
    assert {one["status"] for one in json.loads(run("deliveries", "--json").stdout)} == {"pending"}
    assert run("replay", str(row["id"]), "--event", "nonsense").exit_code == 2
    assert run("replay", str(row["id"]), "--event", "evt_1_99").exit_code == 1


def test_remove_asks(run: Run) -> None:
    run("add", "https://hook.example/")
    (row,) = listed(run)
    assert run("remove", str(row["id"])).exit_code == 2
    assert run("remove", str(row["id"]), "--yes").exit_code == 0 and listed(run) == []
    for words in (["remove", "nothing", "--yes"], ["test", "nothing"], ["replay", "nothing"], ["rotate", "nothing"]):
        assert run(*words).exit_code == 1
