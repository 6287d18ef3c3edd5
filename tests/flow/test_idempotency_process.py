"""A gateway that is killed, and clients that send their requests again to the one that comes after it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.flow.test_idempotency import REPLAY
from tests.flow.test_money_faults import CONFIG, Gateway, balance, costs, provider
from tests.timing import ENOUGH_S, NEVER_S, until
from tests.wire import Answer, Wire, chat, post


def ask(port: int, key: str, body: dict[str, Any]) -> Answer:
    with Wire(port) as wire:
        wire.send(post(body, key, idempotency_key="once"))
        return wire.answer()


def kept(directory: Path) -> int:
    with closing(sqlite3.connect(directory / "var" / "nemoproxy.db")) as database:
        (count,) = database.execute("SELECT count(*) FROM idempotency WHERE answer IS NOT NULL").fetchone()
        return int(count)


@pytest.mark.parametrize("stream", [False, True])
def test_what_was_answered_is_answered_again_after_a_kill(tmp_path: Path, stream: bool) -> None:
    body = chat("mock,events=20", stream=stream)
    with provider() as upstream:
        (tmp_path / "nemoproxy.yaml").write_text(CONFIG.format(port=upstream.port))
        first = Gateway(tmp_path)
        key = first.key
        answer = ask(first.port, key, body)
        while not kept(tmp_path):
            assert first.popen.poll() is None
        first.kill()
        second = Gateway(tmp_path)
        again = ask(second.port, key, body)
        assert (again.status, again.body, again.headers[REPLAY]) == (200, answer.body, "true")
        second.stop()
        assert upstream.total == 1
    assert list(costs(tmp_path)) == [answer.headers["x-request-id"]]


@pytest.mark.parametrize("stream", [False, True])
def test_what_was_in_flight_at_a_kill_is_run_again_and_charged_once(tmp_path: Path, stream: bool) -> None:
    """Nothing of it was settled, so nothing was charged; its hold is gone with the process."""
    body = chat(f"mock,latency={0 if stream else NEVER_S}s,events=30,spacing={NEVER_S}s", stream=stream)
    with provider() as upstream:
        (tmp_path / "nemoproxy.yaml").write_text(CONFIG.format(port=upstream.port))
        first = Gateway(tmp_path)
        key = first.key
        with Wire(first.port) as wire:
            wire.send(post(body, key, idempotency_key="once"))
            if stream:
                while b"data: " not in wire.socket.recv(65536):
                    pass
            else:
                while not upstream.total:
                    assert first.popen.poll() is None
            first.kill()
            assert b"[DONE]" not in wire.rest()
        second = Gateway(tmp_path)
        assert balance(second.port, key)["reserved"] == 0
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(ask, second.port, key, body)
            until(lambda: upstream.total == 2)
            upstream.loop.call_soon_threadsafe(upstream.hurry)
            answer = asking.result(ENOUGH_S)
        assert (answer.status, answer.headers[REPLAY]) == (200, None)
        assert ask(second.port, key, body).headers[REPLAY] == "true"
        second.stop()
        assert upstream.total == 2
    assert list(costs(tmp_path)) == [answer.headers["x-request-id"]]


@pytest.mark.parametrize("stream", [False, True])
def test_what_was_charged_and_not_kept_is_not_run_again_after_a_kill(tmp_path: Path, stream: bool) -> None:
    """Killed between the two: settled, in the journal, and the client has the answer; but no row says so."""
    body = chat("mock,latency=300ms,events=20", stream=stream)
    with provider() as upstream, ExitStack() as locked:
        (tmp_path / "nemoproxy.yaml").write_text(CONFIG.format(port=upstream.port))
        first = Gateway(tmp_path)
        key = first.key
        with Wire(first.port) as wire:
            wire.send(post(body, key, idempotency_key="once"))
            while not upstream.total:
                assert first.popen.poll() is None
            database = sqlite3.connect(tmp_path / "var" / "nemoproxy.db", isolation_level=None)
            locked.callback(database.close)
            database.execute("BEGIN EXCLUSIVE")  # nothing is booked, and no answer is kept, from now on
            answer = wire.answer()
        assert answer.status == 200
        first.kill()
        locked.close()
        assert kept(tmp_path) == 0
        second = Gateway(tmp_path)
        for _ in range(2):
            again = ask(second.port, key, body)
            assert (again.status, again.code) == (409, "idempotency_not_kept")
        assert ask(second.port, key, body | {"n": 1}).code == "idempotency_mismatch"
        second.stop()
        third = Gateway(tmp_path)
        assert ask(third.port, key, body).code == "idempotency_not_kept"
        third.stop()
        assert upstream.total == 1
    assert list(costs(tmp_path)) == [answer.headers["x-request-id"]]


def two(directory: Path, port: int) -> list[Gateway]:
    """Gateways on one database, each with a journal of its own. The first has made the key."""
    for name in ("a", "b"):
        config = CONFIG.format(port=port) + f"credits: {{journal: var/journal-{name}}}\n"
        (directory / f"{name}.yaml").write_text(config)
    return [Gateway(directory, "a.yaml"), Gateway(directory, "b.yaml")]


def test_what_another_gateway_runs_is_not_run_here(tmp_path: Path) -> None:
    """The second one waits for the first, also when that was killed, until it is back."""
    stalled = chat("mock,fault=stall")
    with provider() as upstream:
        first, second = two(tmp_path, upstream.port)
        key = first.key
        with Wire(first.port) as wire:
            wire.send(post(stalled, key, idempotency_key="once"))
            while not upstream.total:
                assert first.popen.poll() is None
            answer = ask(second.port, key, stalled)
            assert (answer.status, answer.code) == (409, "idempotency_in_flight")
            first.kill()
        assert ask(second.port, key, stalled).code == "idempotency_in_flight", "nobody knows yet what came of it"
        assert ask(second.port, key, chat()).code == "idempotency_mismatch"
        assert upstream.total == 1
        first = Gateway(tmp_path, "a.yaml")
        answer = ask(second.port, key, chat())
        assert (answer.status, answer.headers[REPLAY]) == (200, None), "it came to nothing"
        while not kept(tmp_path):
            assert second.popen.poll() is None
        again = ask(first.port, key, chat())
        assert (again.status, again.body, again.headers[REPLAY]) == (200, answer.body, "true")
        first.stop()
        second.stop()
        assert upstream.total == 2
    assert list(costs(tmp_path)) == [answer.headers["x-request-id"]]


def test_two_gateways_run_it_once(tmp_path: Path) -> None:
    with provider() as upstream:
        gateways = two(tmp_path, upstream.port)
        body = post(chat("mock,events=4,latency=50ms"), gateways[0].key, idempotency_key="once-0")

        def send(number: int) -> Answer:
            with Wire(gateways[number % 2].port) as wire:
                wire.send(body.replace(b"once-0", b"once-%d" % (number // 16)))
                return wire.answer()

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(send, range(144)))
        assert {answer.status for answer in answers} <= {200, 409}
        served = [answer for answer in answers if answer.status == 200]
        ran = [answer.headers["x-request-id"] for answer in served if answer.headers[REPLAY] is None]
        for gateway in gateways:
            gateway.stop()
        assert upstream.total == len(ran) == 9
    assert sorted(costs(tmp_path)) == sorted(ran)
