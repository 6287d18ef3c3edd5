"""A gateway that is killed, and clients that send their requests again to the one that comes after it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
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
        (count,) = database.execute("SELECT count(*) FROM idempotency").fetchone()
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
