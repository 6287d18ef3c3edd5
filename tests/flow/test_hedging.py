"""A second target that is asked because the first takes long: who wins, who pays, and who is hung up on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nemoproxy.config import Breaker, Model, Routing, Target
from tests.asking import ask
from tests.purse import Purse
from tests.site import Site
from tests.timing import NEVER_S
from tests.wire import Wire, chat, post

SLOW, NEVER = "mock,latency=800ms", f"mock,latency={NEVER_S}s"


def model(*names: str) -> Model:
    """Of a few targets of the mock's; `claude/` in front is its other language."""
    pairs = [name.split("/") if "/" in name else ["mock", name] for name in names]
    return Model(targets=tuple(Target(provider=one, model=name) for one, name in pairs), hedge_after_s=0.1)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    models = {
        "second": model(NEVER, "claude/mock"),
        "first": model("claude/mock,latency=800ms", NEVER),
        "error": model("claude/mock,latency=800ms", "mock,status=500"),
        "refusal": model("claude/mock,latency=800ms", "mock,status=400"),
        "neither": model("mock,status=500,latency=300ms", "mock,status=503,latency=300ms"),
        "leave": model(NEVER, NEVER + ",events=3"),
    }
    routing = Routing(retry_percent=100)
    with Site(tmp_path_factory.mktemp("hedging"), more_models=models, routing=routing) as running:
        yield running


def nobody_is_asked(site: Site) -> bool:
    with Wire(site.port) as wire:
        wire.send(f"GET /health/providers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {site.key}\r\n\r\n")
        return all(each["in_flight"] == 0 for each in wire.answer().json()["data"])


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", ["second", "first", "error", "refusal"])
def test_the_first_success_wins_and_is_charged(site: Site, name: str, stream: bool) -> None:
    site.mock.forget()
    purse = Purse.make(site, 10**9)
    assert ask(site, purse.key, model=name, stream=stream).status == 200
    purse.check()
    assert [row.provider for row in purse.rows()] == ["claude"]
    assert len(site.mock.requests) == 2
    site.eventually(lambda: all(seen.state in ("done", "left", "broken") for seen in site.mock.requests))
    assert len(site.mock.left) == (name in ("first", "second")), "the loser is hung up on"
    assert nobody_is_asked(site)


def test_when_both_fail_others_are_tried_and_then_it_is_over(site: Site) -> None:
    purse = Purse.make(site, 10**9)
    answer = ask(site, purse.key, model="neither")
    assert answer.status in (500, 503) and answer.headers["x-should-retry"] == "false"
    purse.check()
    assert purse.rows() == [] and nobody_is_asked(site)


def test_a_target_that_was_shut_is_not_probed_by_the_second(tmp_path: Path) -> None:
    """Which would be hung up on when the first answers: the target's only probe, and nobody would know more."""
    shut = "mock,status=500,first=1"
    models = {"beside": model(SLOW, f"claude/{shut}"), "alone": model(f"claude/{shut}")}
    routing = Routing(breaker=Breaker(failures=1, shut_s=0.001, max_shut_s=0.001))
    with Site(tmp_path, more_models=models, routing=routing) as site:

        def state() -> Any:
            with Wire(site.port) as wire:
                wire.send(f"GET /health/providers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {site.key}\r\n\r\n")
                return next(each for each in wire.answer().json()["data"] if each["model"] == shut)

        assert ask(site, model="alone").status == 500
        while state()["able_in_s"]:
            pass
        assert state()["state"] == "shut"
        assert ask(site, model="beside").status == 200
        assert [seen.json()["model"] for seen in list(site.mock.requests)[1:]] == [SLOW]
        assert ask(site, model="alone").status == 200
        assert (state()["state"], site.mock.total) == ("admitting", 3)


def test_a_client_that_leaves_before_anybody_is_asked(site: Site) -> None:
    for _ in range(5):
        with Wire(site.port) as wire:
            wire.send(post(chat("leave", x="x" * 3_000_000), site.key))
    site.eventually(lambda: site.in_flight(site.row) == 0)
    site.eventually(lambda: not site.gateway._server.in_flight())
    assert nobody_is_asked(site)


def test_a_client_that_leaves_takes_both_down(site: Site) -> None:
    site.mock.forget()
    purse = Purse.make(site, 10**9)
    with Wire(site.port) as wire:
        wire.send(post(chat("leave"), purse.key))
        site.eventually(lambda: len(site.mock.requests) == 2)
    site.eventually(lambda: len(site.mock.left) == 2)
    purse.check()
    assert [row.ending for row in purse.rows()] == ["client_left"]
    assert nobody_is_asked(site)
