"""Gateways that are killed between an event and its delivery: every event arrives, under one id."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path

import pytest

from tests.flow.test_launch import Process, key_in, port_in, serving, status_of
from tests.hooks import Receiver, answer, verified
from tests.timing import ENOUGH_S, LONG

SETTINGS = """\
webhooks: {allow_private: true, timeout_s: 1}
providers: {dead: {base_url: "http://127.0.0.1:9/v1"}}
models: {"*": dead}
credits: {unpriced: allow}
tiers: {payg: {rpm: null, tps: null}}
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "nemoproxy.yaml").write_text(SETTINGS)
    return tmp_path


def ready(process: Process) -> str:
    return process.read_greeting()


def add(process: Process, receiver: Receiver, *words: str) -> str:
    """The secret."""
    added = process.command("webhooks", "add", receiver.url, *words)
    assert added.returncode == 0, added.stderr
    return added.stdout.strip()


def make_key(process: Process) -> str:
    made = process.command("keys", "create", "--json")
    assert made.returncode == 0, made.stderr
    return str(json.loads(made.stdout)["id"])


def test_killed_while_the_receiver_has_it_and_has_not_answered(data: Path) -> None:
    release = threading.Event()
    with Receiver(lambda _: answer(204) if release.wait(ENOUGH_S) else b"") as receiver:
        with serving(data) as first:
            ready(first)
            secret = add(first, receiver)
            key_id = make_key(first)
            receiver.wait(1)
            first.stop(signal.SIGKILL)
        release.set()
        with serving(data) as second:
            ready(second)
            receiver.wait(2)
        before, after = receiver.hooks
        assert before.id == after.id
        for hook in (before, after):
            assert verified(hook, secret)["data"]["key_id"] == key_id


def test_killed_at_any_moment_after_the_event(data: Path) -> None:
    keys: set[str] = set()
    with Receiver() as receiver:
        for life in range(4 if LONG else 2):
            with serving(data) as process:
                ready(process)
                if life == 0:
                    add(process, receiver, "--event", "key.created")
                keys.add(make_key(process))
                process.stop(signal.SIGKILL)
        keys.add(make_key(process))  # nobody is running
        with serving(data) as process:
            ready(process)
            keys.add(make_key(process))
            receiver.wait(len(keys))
            while {hook.json()["data"]["key_id"] for hook in receiver.hooks} != keys:
                receiver.wait(len(receiver.hooks) + 1)
            assert process.stop() == 0
        ids = {hook.json()["data"]["key_id"]: hook.id for hook in receiver.hooks}
        assert {(hook.json()["data"]["key_id"], hook.id) for hook in receiver.hooks} == set(ids.items())


def test_calls_that_fail_are_told_of_and_an_outage_is_not_a_flood(data: Path) -> None:
    with Receiver() as receiver, serving(data) as process:
        greeting = ready(process)
        port, key = port_in(greeting), key_in(greeting)
        add(process, receiver, "--event", "llm.error")
        assert status_of(port, key) == 503
        receiver.wait(1)
        assert {status_of(port, key) for _ in range(29)} == {503}
        assert process.stop() == 0  # what was not told of yet is told of now
        with serving(data) as second:
            ready(second)
            receiver.wait(2)
        told = [hook.json() for hook in receiver.hooks]
        assert [body["type"] for body in told] == ["llm.error"] * 2
        assert [body["data"]["count"] for body in told] == [1, 29]
        assert {(body["data"]["provider"], body["data"]["code"], body["data"]["status"]) for body in told} == {
            ("dead", "upstream_unavailable", 503)
        }
        assert len({hook.id for hook in receiver.hooks}) == 2
