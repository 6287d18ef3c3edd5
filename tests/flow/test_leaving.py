"""Clients that leave, with `credits.on_client_disconnect: drain`: the provider's own figure is the bill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nemoproxy.config import Credits
from tests.site import Site
from tests.timing import NEVER_S
from tests.wire import Wire, chat, post

SLOW = f"mock,events=40,spacing={NEVER_S}s"


def draining(data: Path, **bounds: float) -> Site:
    money = Credits(journal=str(data / "journal"), on_client_disconnect="drain", **bounds)  # type: ignore[arg-type]
    return Site(data, credits=money)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with draining(tmp_path_factory.mktemp("draining")) as running:
        yield running


def leave(site: Site, body: dict[str, object], key: str, *, begun: bool) -> None:
    """Ask, and go: when the first of a stream is there, or when the provider has been asked."""
    asked = site.mock.total
    with Wire(site.port) as wire:
        wire.send(post(body, key))
        if begun:
            while b"data: " not in wire.socket.recv(65536):
                pass
        else:
            site.run(site.mock.until(lambda: site.mock.total > asked))
    site.eventually(lambda: bool(site.gateway._server._left))


def bill(site: Site, key_id: str) -> dict[str, object]:
    """The usage row of the only request of a key."""
    (row,) = site.rows("SELECT * FROM usage WHERE key_id = ?", key_id)
    return row


@pytest.mark.parametrize(
    ("body", "begun"),
    [
        (chat(SLOW, stream=True), True),
        (chat(f"mock,events=40,latency={NEVER_S}s", stream=True), False),
        (chat(f"mock,events=40,latency={NEVER_S}s"), False),
    ],
    ids=["in a stream", "before a stream", "before a plain answer"],
)
def test_the_answer_is_read_to_its_end(site: Site, body: dict[str, object], begun: bool) -> None:
    row, key = site.make_key()
    leave(site, body, key, begun=begun)
    site.hurry()
    site.eventually(lambda: site.in_flight(row) == 0)
    assert site.mock.requests[-1].state == "done"
    made = bill(site, row.id)
    assert (made["ending"], made["estimated"], made["output_tokens"]) == ("client_left", False, whole(site, body))
    assert made["cost"] == made["prompt_tokens"] * 10_000 + made["output_tokens"] * 20_000  # type: ignore[operator]


def whole(site: Site, body: dict[str, object]) -> int:
    """Output tokens that the mock says it wrote when somebody listens to the end."""
    with Wire(site.port) as wire:
        asked = site.mock.total
        wire.send(post(body | {"stream": False}, site.key))
        site.run(site.mock.until(lambda: site.mock.total > asked))
        site.hurry()
        tokens: int = wire.answer().json()["usage"]["completion_tokens"]
    return tokens


@pytest.mark.parametrize("bounds", [{"drain_max_bytes": 1500}, {"drain_max_s": 0.3}], ids=["bytes", "time"])
@pytest.mark.parametrize("stream", [True, False])
def test_it_is_given_up_beyond_the_bounds(tmp_path: Path, bounds: dict[str, float], stream: bool) -> None:
    if "drain_max_s" in bounds:
        model = "mock,events=10000,spacing=20ms" if stream else "mock,latency=60s"
    else:
        model = "mock,events=10000,spacing=1ms" if stream else f"mock,size=3000000,latency={NEVER_S}s"
    with draining(tmp_path, **bounds) as site:
        row, key = site.make_key()
        leave(site, chat(model, stream=stream), key, begun=stream)
        if str(NEVER_S) in model:
            site.hurry()
        site.eventually(lambda: site.in_flight(row) == 0)
        site.run(site.mock.until(lambda: site.mock.connections == 0))
        made = bill(site, row.id)
    assert (made["ending"], made["estimated"]) == ("client_left", True)
    assert made["output_tokens"] < 1000  # type: ignore[operator]


def test_a_stop_ends_it_and_books_it(tmp_path: Path) -> None:
    site = draining(tmp_path, drain_max_s=600)
    row, key = site.make_key()
    leave(site, chat("mock,events=10000,spacing=20ms", stream=True), key, begun=True)
    assert site.in_flight(row) == 1
    site.run(site.gateway.stop())
    made = bill(site, row.id)
    site.close()
    assert (made["ending"], made["estimated"]) == ("client_left", True)


def test_its_connection_is_used_again(site: Site) -> None:
    row, key = site.make_key()
    leave(site, chat(SLOW, stream=True), key, begun=True)
    site.hurry()
    site.eventually(lambda: site.in_flight(row) == 0)
    left = site.mock.requests[-1].connection
    with Wire(site.port) as wire:
        wire.send(post(chat(), key))
        assert wire.answer().status == 200
    assert site.mock.requests[-1].connection == left
