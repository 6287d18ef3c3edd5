"""`Idempotency-Key`, over sockets: run once, charged once, answered as often as asked."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from nemoproxy.config import Credits, Guardrail
from nemoproxy.config import Idempotency as Settings
from nemoproxy.idempotency import MAX_BODY_BYTES
from tests.purse import Purse
from tests.site import Site
from tests.timing import NEVER_S
from tests.wire import Answer, Wire, chat, post

REPLAY = "x-nemo-idempotent-replay"


def ask(site: Site, key: str, body: dict[str, Any], name: str = "once", path: str = "/v1/chat/completions") -> Answer:
    with Wire(site.port) as wire:
        wire.send(post(body, key, path, idempotency_key=name))
        return wire.answer()


def requests(site: Site, key_id: str) -> list[dict[str, Any]]:
    return site.rows("SELECT * FROM usage WHERE key_id = ? ORDER BY request_id", key_id)


@pytest.mark.parametrize("stream", [False, True])
def test_a_retry_gets_the_same_answer_for_nothing(site: Site, stream: bool) -> None:
    row, key = site.make_key(rpm=100)
    asked, body = site.mock.total, chat("mock,events=20", stream=stream)
    first = ask(site, key, body)
    site.eventually(lambda: site.in_flight(row) == 0)
    again = [ask(site, key, body) for _ in range(3)]
    assert site.mock.total == asked + 1
    assert first.headers[REPLAY] is None
    for retry in again:
        assert (retry.status, retry.body) == (200, first.body)
        assert retry.headers["content-type"] == first.headers["content-type"]
        assert retry.headers[REPLAY] == "true"
        assert retry.headers["x-request-id"] != first.headers["x-request-id"]
    assert again[-1].headers["x-ratelimit-remaining-requests"] == "96"
    assert len(requests(site, row.id)) == 1
    assert site.in_flight(row) == 0


def test_a_stream_is_replayed_to_the_openai_client(site: Site) -> None:
    _, key = site.make_key()
    with OpenAI(base_url=site.url, api_key=key, max_retries=0) as client:

        def text() -> str:
            events = client.chat.completions.create(
                model="mock,events=20",
                messages=[{"role": "user", "content": "Hello!"}],
                stream=True,
                extra_headers={"Idempotency-Key": "s"},
            )
            return "".join(event.choices[0].delta.content or "" for event in events if event.choices)

        assert text() == text() != ""


def test_the_key_belongs_to_the_virtual_key(site: Site) -> None:
    for _ in range(2):
        row, key = site.make_key()
        assert ask(site, key, chat()).headers[REPLAY] is None
        assert len(requests(site, row.id)) == 1


def test_another_request_under_the_same_key(site: Site) -> None:
    _, key = site.make_key()
    assert ask(site, key, chat()).status == 200
    for body, path in ((chat(temperature=0.5), "/v1/chat/completions"), (chat(), "/v1/completions")):
        answer = ask(site, key, body, path=path)
        assert (answer.status, answer.code, answer.headers["x-should-retry"]) == (422, "idempotency_mismatch", "false")
    assert ask(site, key, chat()).headers[REPLAY] == "true"


def test_while_the_first_is_running(site: Site) -> None:
    row, key = site.make_key()
    asked, body = site.mock.total, chat(f"mock,latency={NEVER_S}s")
    with Wire(site.port) as wire:
        wire.send(post(body, key, idempotency_key="once"))
        site.run(site.mock.until(lambda: site.mock.total > asked))
        answer = ask(site, key, body)
        assert (answer.status, answer.code, answer.headers["retry-after"]) == (409, "idempotency_in_flight", "1")
        site.hurry()
        first = wire.answer()
    assert ask(site, key, body).body == first.body
    assert len(requests(site, row.id)) == 1


@pytest.mark.parametrize(
    ("model", "status"),
    [
        ("mock,status=500", 500),
        ("mock,status=429", 429),
        ("mock,status=400", 400),
        ("mock,fault=garbage", 502),
        ("dead", 503),
    ],
)
def test_what_came_to_nothing_may_run_again(site: Site, model: str, status: int) -> None:
    row, key = site.make_key()
    for _ in range(2):
        answer = ask(site, key, chat(model))
        assert (answer.status, answer.headers[REPLAY]) == (status, None)
    assert requests(site, row.id) == []


def test_what_was_refused_may_run_again(site: Site) -> None:
    row, key = site.make_key(models=["alias"])
    assert ask(site, key, chat("mock")).status == 403
    assert ask(site, key, {"model": "alias"}).status == 400
    assert ask(site, key, chat("alias")).status == 200
    row, key = site.make_key(rpm=1)
    assert ask(site, key, chat(), "a").status == 200
    assert ask(site, key, chat(), "a").status == 429  # a replay counts as a request
    assert len(requests(site, row.id)) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_too_long_is_not_kept_and_not_run_again(site: Site, stream: bool) -> None:
    row, key = site.make_key()
    model = f"mock,size={MAX_BODY_BYTES + 1}" if not stream else "mock,size=20000,events=80"
    body = chat(model, stream=stream)
    first = ask(site, key, body)
    assert first.status == 200
    assert len(first.body) > MAX_BODY_BYTES
    site.eventually(lambda: site.in_flight(row) == 0)
    answer = ask(site, key, body)
    assert (answer.status, answer.code, answer.headers["x-should-retry"]) == (409, "idempotency_not_kept", "false")
    assert len(requests(site, row.id)) == 1


def test_a_stream_that_broke_off_is_not_run_again(site: Site) -> None:
    row, key = site.make_key()
    body = chat("mock,events=20,fault=cut:5", stream=True)
    with Wire(site.port) as wire:
        wire.send(post(body, key, idempotency_key="once"))
        assert b'"error"' in wire.rest()
    site.eventually(lambda: site.in_flight(row) == 0)
    assert ask(site, key, body).code == "idempotency_not_kept"
    assert len(requests(site, row.id)) == 1


@pytest.mark.parametrize(
    "body",
    [
        chat(f"mock,latency={NEVER_S}s"),
        chat(f"mock,latency={NEVER_S}s", stream=True),
        chat(f"mock,events=40,spacing={NEVER_S}s", stream=True),
    ],
    ids=["plain", "before a stream", "in a stream"],
)
def test_whoever_left_comes_back_for_the_answer(site: Site, body: dict[str, Any]) -> None:
    """Also where the answers of others are given up when they leave."""
    row, key = site.make_key()
    asked = site.mock.total
    with Wire(site.port) as wire:
        wire.send(post(body, key, idempotency_key="once"))
        if "spacing" in body["model"]:
            while b"data: " not in wire.socket.recv(65536):
                pass
        else:
            site.run(site.mock.until(lambda: site.mock.total > asked))
    assert ask(site, key, body).code == "idempotency_in_flight"
    site.eventually(lambda: bool(site.gateway._server._left))
    site.hurry()
    site.eventually(lambda: site.in_flight(row) == 0)
    answer = ask(site, key, body)
    assert (answer.status, answer.headers[REPLAY]) == (200, "true")
    if body.get("stream"):
        assert answer.body.endswith(b"data: [DONE]\n\n")
    else:
        assert answer.json()["usage"]
    assert site.mock.total == asked + 1
    (made,) = requests(site, row.id)
    assert (made["ending"], made["estimated"]) == ("client_left", 0)


def test_whoever_left_for_too_long_is_told(tmp_path: Path) -> None:
    money = Credits(journal=str(tmp_path / "journal"), drain_max_bytes=0)
    with Site(tmp_path, credits=money) as site:
        row, key = site.make_key()
        asked, body = site.mock.total, chat(f"mock,latency={NEVER_S}s")
        with Wire(site.port) as wire:
            wire.send(post(body, key, idempotency_key="once"))
            site.run(site.mock.until(lambda: site.mock.total > asked))
        site.eventually(lambda: bool(site.gateway._server._left))
        site.hurry()
        site.eventually(lambda: site.in_flight(row) == 0)
        assert ask(site, key, body).code == "idempotency_not_kept"
        assert [made["ending"] for made in requests(site, row.id)] == ["client_left"]


@pytest.mark.parametrize("name", ["", " ", "a" * 256, "caf\xe9", "a\tb"])
def test_keys_that_are_none(site: Site, name: str) -> None:
    _, key = site.make_key()
    head, _, body = post(chat(), key).partition(b"\r\n\r\n")
    with Wire(site.port) as wire:
        wire.send(head + b"\r\nidempotency-key: " + name.encode("latin-1") + b"\r\n\r\n" + body)
        answer = wire.answer()
    assert (answer.status, answer.code, answer.json()["error"]["param"]) == (
        400,
        "invalid_idempotency_key",
        "Idempotency-Key",
    )


def test_a_long_key_and_a_long_body(site: Site) -> None:
    _, key = site.make_key()
    body = chat() | {"messages": [{"role": "user", "content": "word " * 50_000}]}
    first = ask(site, key, body, "k" * 255)
    assert first.status == 200
    assert ask(site, key, body, "k" * 255).body == first.body
    assert ask(site, key, body | {"n": 1}, "k" * 255).status == 422


def test_http_1_0(site: Site) -> None:
    """What was streamed without chunks is kept as well."""
    row, key = site.make_key()
    body = chat("mock,events=5", stream=True)
    with Wire(site.port) as wire:
        wire.send(post(body, key, idempotency_key="once").replace(b"HTTP/1.1", b"HTTP/1.0", 1))
        text = wire.rest().partition(b"\r\n\r\n")[2]
    site.eventually(lambda: site.in_flight(row) == 0)
    assert ask(site, key, body).body == text


# What outlives the process.


def written(site: Site) -> None:
    """All answers are in the records."""
    answers = site.gateway._answers
    assert answers is not None
    site.run(answers.flush())


@pytest.mark.parametrize("stream", [False, True])
def test_a_restart_forgets_nothing(tmp_path: Path, stream: bool) -> None:
    with Site(tmp_path) as site:
        row, key = site.make_key(rpm=100)
        body = chat("mock,events=20", stream=stream)
        first = ask(site, key, body)
        site.eventually(lambda: site.in_flight(row) == 0)
        for _ in range(2):
            site.restart()
            again = ask(site, key, body)
            assert (again.status, again.body, again.headers[REPLAY]) == (200, first.body, "true")
            assert again.headers["content-type"] == first.headers["content-type"]
            assert again.headers["x-ratelimit-remaining-requests"] == "99"
            assert ask(site, key, body | {"n": 1}).code == "idempotency_mismatch"
            assert ask(site, site.make_key()[1], body).headers[REPLAY] is None
        assert len(requests(site, row.id)) == 1


def test_what_has_no_answer_is_not_run_again_after_a_restart(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        row, key = site.make_key()
        body = chat("mock,events=20,fault=cut:5", stream=True)
        with Wire(site.port) as wire:
            wire.send(post(body, key, idempotency_key="once"))
            wire.rest()
        site.eventually(lambda: site.in_flight(row) == 0)
        failed = chat("mock,status=500")
        assert ask(site, key, failed, "failed").status == 500
        site.restart()
        assert ask(site, key, body).code == "idempotency_not_kept"
        assert ask(site, key, failed, "failed").headers[REPLAY] is None
        assert len(requests(site, row.id)) == 1


def test_it_can_be_turned_off(tmp_path: Path) -> None:
    with Site(tmp_path, idempotency=Settings(persist=False)) as site:
        row, key = site.make_key()
        for _ in range(2):
            assert ask(site, key, chat()).headers[REPLAY] is None
            assert ask(site, key, chat()).headers[REPLAY] == "true"
            site.restart()
        assert len(requests(site, row.id)) == 2
        assert site.rows("SELECT * FROM idempotency") == []


def test_nothing_in_the_records_can_be_read(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        name = "order-of-jane-doe"
        body = chat("mock", messages=[{"role": "user", "content": "a canary in the prompt"}])
        answer = ask(site, site.key, body, name)
        assert b"a canary in the prompt" in answer.body
        written(site)
        (row,) = site.rows("SELECT * FROM idempotency")
        assert row["size"] < len(answer.body) + 600
    for file in tmp_path.glob("records.db*"):
        data = file.read_bytes()
        assert b"canary" not in data and name.encode() not in data


def test_the_records_are_bounded_and_the_oldest_go_first(tmp_path: Path) -> None:
    with Site(tmp_path, idempotency=Settings(max_answers=5)) as site:
        for number in range(9):
            ask(site, site.key, chat(), f"k{number}")
            written(site)
        assert len(site.rows("SELECT * FROM idempotency")) == 5
        site.restart()
        kept = [ask(site, site.key, chat(), f"k{number}").headers[REPLAY] for number in (4, 8)]
        assert kept == ["true", "true"]
        assert ask(site, site.key, chat(), "k3").headers[REPLAY] is None
    with Site(tmp_path, idempotency=Settings(max_bytes=1 << 20)) as site:
        for number in range(3):
            ask(site, site.key, chat("mock,size=600000"), f"l{number}")
            written(site)
        assert len(site.rows("SELECT * FROM idempotency WHERE size > 600000")) == 1


def test_after_a_day_it_is_forgotten(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        ask(site, site.key, chat())
        written(site)
        with closing(sqlite3.connect(tmp_path / "records.db")) as database:
            database.execute("UPDATE idempotency SET done_at = done_at - 86400000000")
            database.commit()
        site.restart()
        assert ask(site, site.key, chat()).headers[REPLAY] is None
        written(site)
        assert len(site.rows("SELECT * FROM idempotency")) == 1


def test_a_row_that_was_changed_or_moved_is_not_believed(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        asked = site.mock.total
        ask(site, site.key, chat(), "a")
        ask(site, site.key, chat(), "b")
        written(site)
        with closing(sqlite3.connect(tmp_path / "records.db")) as database:
            database.execute("UPDATE idempotency SET answer = (SELECT answer FROM idempotency ORDER BY name LIMIT 1)")
            database.commit()
        site.restart()
        answers = [ask(site, site.key, chat(), name) for name in "ab"]
        assert sorted(answer.status for answer in answers) == [200, 503]
        assert {answer.code for answer in answers if answer.status == 503} == {"credit_check_failed"}
        assert site.mock.total == asked + 2


def test_one_at_a_time_while_it_is_looked_up(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        row, key = site.make_key()
        ask(site, key, chat("mock,latency=50ms"))
        site.restart()
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: ask(site, key, chat("mock,latency=50ms")), range(16)))
        assert {answer.status for answer in answers} <= {200, 409}
        assert all(answer.headers[REPLAY] == "true" for answer in answers if answer.status == 200)
        assert len(requests(site, row.id)) == 1


def test_without_the_header_nothing_is_looked_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("looked up")

    answers = site.gateway._answers
    assert answers is not None
    monkeypatch.setattr(answers._answers, "find", never)
    with Wire(site.port) as wire:
        wire.send(post(chat(), site.key))
        assert wire.answer().status == 200


# Claims: what is being run is known to all before anybody is asked.


def claims(site: Site) -> int:
    return int(site.rows("SELECT count(*) AS n FROM idempotency WHERE owner IS NOT NULL")[0]["n"])


@pytest.mark.parametrize("body", [chat("mock,latency=100ms"), chat("mock,latency=100ms", stream=True)], ids=str)
def test_it_is_claimed_before_the_provider_is_asked_and_never_after(site: Site, body: dict[str, Any]) -> None:
    row, key = site.make_key()
    asked = site.mock.total
    with Wire(site.port) as wire:
        wire.send(post(body, key, idempotency_key="once"))
        site.run(site.mock.until(lambda: site.mock.total > asked))
        assert claims(site) == 1
        assert wire.answer().status == 200
    site.eventually(lambda: site.in_flight(row) == 0)
    written(site)
    assert claims(site) == 0


@pytest.mark.parametrize(
    ("model", "status"), [("mock,status=500", 500), ("mock,status=400", 400), ("mock,fault=reset", 503), ("dead", 503)]
)
def test_what_came_to_nothing_is_claimed_by_nobody(site: Site, model: str, status: int) -> None:
    _, key = site.make_key()
    for _ in range(2):
        assert ask(site, key, chat(model)).status == status
    written(site)
    assert claims(site) == 0
    assert site.rows("SELECT * FROM idempotency WHERE key_id = ?", site.make_key()[0].id) == []


def test_what_is_refused_writes_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """No refusal that comes before the provider may cost more than a look."""
    answers = site.gateway._answers
    assert answers is not None
    monkeypatch.setattr(answers._answers, "claim", lambda _: pytest.fail("claimed"))
    _, key = site.make_key(models=["alias"])
    assert ask(site, key, chat("mock")).status == 403
    assert ask(site, key, {"model": "alias"}).status == 400
    assert ask(site, Purse.make(site, 1).key, chat()).status == 402
    _, key = site.make_key(tpm=1)
    assert ask(site, key, chat()).status == 429


def test_what_cannot_be_claimed_is_not_run(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        row, key = site.make_key()
        asked = site.mock.total
        other = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # it can be read
        answer = ask(site, key, chat())
        other.execute("ROLLBACK")
        other.close()
        assert (answer.status, answer.code) == (503, "credit_check_failed")
        assert site.mock.total == asked
        assert site.in_flight(row) == 0
        site.eventually(site.gateway._books.sound)
        assert ask(site, key, chat()).status == 200


def test_an_answer_that_is_charged_and_blocked_is_not_run_again(tmp_path: Path) -> None:
    block = Guardrail(detector="keyword", action="block", mode="post_call", words=("bluebird",))
    with Site(tmp_path, guardrails={"words": block}) as site:
        row, key = site.make_key()
        body = chat("mock", messages=[{"role": "user", "content": "say bluebird"}])
        first = ask(site, key, body)
        assert (first.status, first.code) == (400, "guardrail_blocked")
        (made,) = requests(site, row.id)
        assert made["cost"] > 0
        assert ask(site, key, body).code == "idempotency_not_kept"
        site.restart()
        assert ask(site, key, body).code == "idempotency_not_kept"
        assert len(requests(site, row.id)) == 1


def test_no_claim_makes_room_for_answers(tmp_path: Path) -> None:
    with Site(tmp_path, idempotency=Settings(max_answers=1)) as site:
        _, key = site.make_key()
        asked, slow = site.mock.total, chat("mock,latency=300ms")
        with Wire(site.port) as wire:
            wire.send(post(slow, key, idempotency_key="slow"))
            site.run(site.mock.until(lambda: site.mock.total > asked))
            for name in "abc":
                assert ask(site, key, chat(), name).status == 200
                written(site)
            assert claims(site) == 1
            assert wire.answer().status == 200
        written(site)
        assert [row["owner"] for row in site.rows("SELECT owner FROM idempotency")] == [None]
