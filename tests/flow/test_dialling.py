"""Clients that leave while their provider is being dialled: it has heard nothing of them, and they owe nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nemoproxy.config import Credits, Model, Provider, Target
from tests.purse import Purse, hold
from tests.site import Site
from tests.upstream import deaf
from tests.wire import Wire, chat, post


@contextmanager
def mute() -> Iterator[tuple[int, threading.Event]]:
    """A port that accepts, and says nothing: a TLS handshake does not end. The event: somebody has come."""
    came = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def accept() -> None:
            try:
                while True:
                    held.append(listener.accept()[0])
                    held[-1].recv(1)
                    came.set()
            except OSError:
                pass

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield listener.getsockname()[1], came
        finally:
            for one in held:
                one.close()


def made(data: Path, url: str, **overrides: Any) -> Site:
    providers = {"p": Provider(base_url=url)}
    return Site(data, providers=providers, models={"*": Model(targets=(Target(provider="p"),))}, **overrides)


def leave(site: Site, purse: Purse, came: threading.Event | None, *, stream: bool, key: str | None) -> None:
    names = {} if key is None else {"idempotency_key": key}
    with Wire(site.port) as wire:
        wire.send(post(chat("m", stream=stream, max_tokens=50), purse.key, **names))
        site.eventually(lambda: purse.account()[2] == hold(50))
        if came is not None:
            assert came.wait(10)
    purse.idle()
    purse.check()
    assert purse.rows() == []
    assert purse.balance() == purse.available() == hold(50)


@pytest.mark.parametrize("key", [None, "once"])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("leaving", ["abort", "drain"])
def test_nobody_pays_for_a_call_that_was_not_put_through(
    tmp_path: Path, leaving: Any, stream: bool, key: str | None
) -> None:
    money = Credits(journal=str(tmp_path / "journal"), on_client_disconnect=leaving)
    with deaf() as port, made(tmp_path, f"http://127.0.0.1:{port}/v1", credits=money) as site:
        leave(site, Purse.make(site, hold(50)), None, stream=stream, key=key)


@pytest.mark.parametrize("leaving", ["abort", "drain"])
def test_nor_for_one_whose_handshake_did_not_end(tmp_path: Path, leaving: Any) -> None:
    money = Credits(journal=str(tmp_path / "journal"), on_client_disconnect=leaving)
    with mute() as (port, came), made(tmp_path, f"https://127.0.0.1:{port}/v1", credits=money) as site:
        leave(site, Purse.make(site, hold(50)), came, stream=False, key=None)


@pytest.mark.parametrize("hedged", [False, True])
def test_of_two_that_are_asked_one_that_heard_is_paid(tmp_path: Path, hedged: bool) -> None:
    """One provider has the request, the other is being dialled beside it: the prompt is charged. One alone: nothing."""
    with deaf() as port, Site(tmp_path) as plain:
        providers = {**plain.config.providers, "deaf": Provider(base_url=f"http://127.0.0.1:{port}/v1")}
        first, second = Target(provider="mock", model="mock,fault=stall"), Target(provider="deaf", model="m")
        targets = (first, second) if hedged else (second, first)
        models = {"both": Model(targets=targets, hedge_after_s=0.05 if hedged else None)}
        data = tmp_path / "both"
        data.mkdir()
        prices = {**plain.config.prices, "deaf/*": plain.config.prices["mock/*"]}
        with Site(data, providers=providers, models=models, prices=prices) as site:
            purse = Purse.make(site, hold(5000))
            asked = plain.mock.total
            with Wire(site.port) as wire:
                wire.send(post(chat("both", max_tokens=50), purse.key))
                site.eventually(lambda: purse.account()[2] == hold(50))
                if hedged:
                    plain.run(plain.mock.until(lambda: plain.mock.total > asked))
                    while not dialling(site, purse.key):
                        pass
            purse.idle()
            purse.check()
            assert [(row.ending, row.output_tokens) for row in purse.rows()] == ([("client_left", 0)] if hedged else [])


def dialling(site: Site, key: str) -> bool:
    """Whether the one that does not hear is being called."""
    with Wire(site.port) as wire:
        wire.send(f"GET /health/providers HTTP/1.1\r\nhost: g\r\nauthorization: Bearer {key}\r\n\r\n")
        (row,) = (row for row in wire.answer("GET").json()["data"] if row["provider"] == "deaf")
    return bool(row["in_flight"])
