"""Providers that fail under load, with the settings of an installation that has none: no client notices. They accept
requests and do not answer, or hang up, or fail every other time."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from nemoproxy.config import Model, Provider, Routing, Target
from tests.flow.test_failover import is_shut, model, state_of
from tests.purse import Purse
from tests.site import Site
from tests.timing import LONG, until, within
from tests.upstream import OK, Upstream, answer_all, read_request
from tests.wire import Wire, chat, post

CALLS = 2000 if LONG else 500
CONNECT_S = 5.0
"""The default: only one call in a hundred may take longer than that because a provider is silent."""


BEGUN = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: wait\n\n"
ILL = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\n{}"


class Failing(Upstream):
    """Answers until `stop`, and from then on every request, or every other one, is answered with `said` or, if that is
    None, hung up on."""

    def __init__(self, said: bytes | None, *, half: bool = False) -> None:
        self.stopped = threading.Event()
        self._taken = itertools.count()
        self.failed = 0
        self._said = said
        self._half = half
        super().__init__(self._answer)

    def _answer(self, connection: socket.socket, _: int) -> None:
        while read_request(connection):
            if not self.stopped.is_set() or (self._half and next(self._taken) % 2):
                connection.sendall(OK)
            else:
                self.failed += 1
                if self._said is None:
                    return
                connection.sendall(self._said)


class Load:
    """So many clients that ask again as soon as they are answered; `took` and `statuses` of all their calls."""

    def __init__(self, site: Site, key: str, clients: int, **members: Any) -> None:
        self.statuses: list[int] = []
        self.took: list[float] = []
        self._over = threading.Event()
        self._request = post(chat("m", **members), key)
        self._site = site
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def _ask(self) -> None:
        with Wire(self._site.port) as wire:
            while not self._over.is_set():
                start = time.monotonic()
                wire.send(self._request)
                self.statuses.append(wire.answer().status)
                self.took.append(time.monotonic() - start)
                self._over.wait(0.02)  # a client does something with what it was told

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


WAYS = {
    "silent": {"said": b""},
    "begun": {"said": BEGUN},
    "dead": {"said": None},
    "half": {"said": ILL, "half": True},
}


@pytest.mark.parametrize("was_well", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_a_provider_that_fails_under_load_is_not_the_clients(tmp_path: Path, way: str, was_well: bool) -> None:
    with Failing(**WAYS[way]) as failing:
        providers = {"p": Provider(base_url=f"http://127.0.0.1:{failing.port}/v1")}
        with Upstream(answer_all) as second:
            providers["mock"] = Provider(base_url=f"http://127.0.0.1:{second.port}/v1")
            with Site(tmp_path, providers=providers, models={"m": model("p/x", "mock/x")}) as site:
                purse = Purse.make(site, 10**12)
                if not was_well:
                    failing.stopped.set()
                with Load(site, purse.key, 24, stream=way == "begun") as load:
                    if was_well:
                        until(lambda: len(load.took) > CALLS // 2)
                        failing.stopped.set()
                    with within(5):
                        until(lambda: is_shut(site, "p", "x"))
                    at, failed = len(load.took), failing.failed
                    until(lambda: len(load.took) > at + CALLS)
                assert set(load.statuses) == {200}
                if way != "half":  # which is well every other time that it is tried
                    assert failing.failed - failed < CALLS / 4, "hardly anybody is sent there any more"
                assert not LONG or sorted(load.took)[len(load.took) * 99 // 100] < CONNECT_S
                purse.check()
                assert len(purse.rows()) == len(load.took), "each was charged once"


def test_a_model_that_thinks_for_long_is_not_silent(tmp_path: Path) -> None:
    """Its calls are long, and some always wait for longer than `silence_s`; but some are always answered, too."""
    targets = (Target(provider="mock", model="mock,latency=1500ms"), Target(provider="claude", model="mock"))
    routing = Routing(silence_s=0.6)
    with Site(tmp_path, more_models={"m": Model(targets=targets)}, routing=routing) as site:
        with Load(site, site.key, 1) as load:  # so it is known how long it takes
            until(lambda: len(load.took) >= 1)
        with Load(site, site.key, 12) as load:
            until(lambda: len(load.took) >= 36)
        assert not is_shut(site, "mock", "mock,latency=1500ms")
        assert {seen.path for seen in site.mock.requests} == {"/v1/chat/completions"}


def test_one_request_is_waited_for_until_first_byte_s(tmp_path: Path) -> None:
    targets = (Target(provider="mock", model="mock,fault=stall"), Target(provider="claude", model="mock"))
    routing = Routing(silence_s=0.2, first_byte_s=1.0)
    with Site(tmp_path, more_models={"m": Model(targets=targets)}, routing=routing) as site:
        start = time.monotonic()
        with Wire(site.port) as wire:
            wire.send(post(chat("m"), site.key))
            assert wire.answer().status == 200
        assert time.monotonic() - start >= 1.0
        assert state_of(site, "mock", "mock,fault=stall")["state"] == "admitting"
