"""Limits through the front door: exact, explained, and true about when to come back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from nemoproxy.config import Limits
from tests.asking import ask
from tests.site import Site
from tests.wire import Wire, chat, post


@pytest.mark.parametrize("limit", ["rpm", "tps"])
def test_exactly_the_limit_is_admitted(site: Site, limit: str) -> None:
    _, key = site.make_key(**{limit: 7})
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: ask(site, key), range(40)))
    refused = [answer for answer in answers if answer.status != 200]
    assert len(refused) == 33
    for answer in refused:
        assert (answer.status, answer.code) == (429, "rate_limit_exceeded")
        wait = int(answer.headers["retry-after-ms"])
        assert 0 < wait <= (60_250 if limit == "rpm" else 1_063)
        assert int(answer.headers["retry-after"]) == -(-wait // 1000)
        assert "7 requests per" in answer.json()["error"]["message"]


def test_tokens(site: Site) -> None:
    _, key = site.make_key(tpm=1000)
    first = ask(site, key, max_tokens=900)
    assert first.status == 200
    assert first.headers["x-ratelimit-limit-tokens"] == "1000"
    refused = ask(site, key, max_tokens=999)
    assert (refused.status, refused.code) == (429, "tpm_limit_exceeded")
    again = ask(site, key, max_tokens=900)
    assert again.status == 200, "what the first did not use has come back"


def test_a_request_that_can_never_fit(site: Site) -> None:
    _, key = site.make_key(tpm=1000)
    refused = ask(site, key, max_tokens=5000)
    assert (refused.status, refused.code) == (429, "tpm_limit_exceeded")
    assert refused.headers["x-should-retry"] == "false"
    assert refused.headers["retry-after"] is None
    assert ask(site, key, max_tokens=10).headers["x-ratelimit-remaining-tokens"] != "1000"


def test_concurrency(site: Site) -> None:
    _, key = site.make_key(concurrency=3)
    wires = [Wire(site.port) for _ in range(3)]
    asked = site.mock.total
    for wire in wires:
        wire.send(post(chat("mock,fault=stall"), key))
    site.run(site.mock.until(lambda: site.mock.total == asked + 3))
    refused = ask(site, key)
    assert (refused.status, refused.code) == (429, "rate_limit_exceeded")
    left = len(site.mock.left)
    for wire in wires:
        wire.socket.close()
    site.run(site.mock.until(lambda: len(site.mock.left) == left + 3))
    assert ask(site, key).status == 200


@pytest.mark.parametrize("scope", ["team", "org"])
def test_team_and_org_limits_bind_all_their_keys(site: Site, scope: str) -> None:
    if scope == "team":
        site.records.set_org("acme")
        site.records.set_team("blue", "acme", rpm=5)
        where = {"team": "blue", "org": "acme"}
    else:
        site.records.set_org("tight", rpm=5)
        site.records.set_team("red", "tight")
        where = {"team": "red", "org": "tight"}
    keys = [site.make_key(**where)[1] for _ in range(3)]
    statuses = [ask(site, keys[number % 3]).status for number in range(9)]
    assert statuses == [200] * 5 + [429] * 4
    assert scope[:3] in ask(site, keys[0]).json()["error"]["message"]


def test_a_limit_that_is_changed_acts_on_the_running_gateway(site: Site) -> None:
    site.records.set_org("moving")
    site.records.set_team("moving", "moving", rpm=1)
    _, key = site.make_key(team="moving", org="moving")
    assert [ask(site, key).status for _ in range(2)] == [200, 429]
    site.records.set_team("moving", "moving", rpm=2)
    site.refresh()
    assert [ask(site, key).status for _ in range(2)] == [200, 429]


def test_remaining_counts_down(site: Site) -> None:
    _, key = site.make_key(rpm=3)
    left = [ask(site, key).headers["x-ratelimit-remaining-requests"] for _ in range(4)]
    assert left == ["2", "1", "0", "0"]


def test_a_failed_call_gives_its_tokens_back(site: Site) -> None:
    _, key = site.make_key(tpm=1000)
    assert ask(site, key, model="mock,status=500", max_tokens=900).status == 500
    assert ask(site, key, model="dead", max_tokens=900).status == 503
    assert ask(site, key, max_tokens=900).status == 200


def test_unlimited_keys_have_no_limit_headers(site: Site) -> None:
    _, key = site.make_key(tier="enterprise")
    assert "x-ratelimit-limit-requests" not in ask(site, key).headers


def test_tier_limits_apply(site: Site) -> None:
    _, key = site.make_key(tier="annual")
    answer = ask(site, key)
    assert answer.headers["x-ratelimit-limit-requests"] == "1000"
    assert answer.headers["x-ratelimit-limit-tokens"] == "1000000"
    assert Limits(rpm=1000, tpm=1_000_000, tps=200) == site.config.tiers["annual"]
