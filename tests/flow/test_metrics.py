"""`GET /metrics`, read by Prometheus' own parser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from nemoproxy._core import Batch
from nemoproxy.config import Model, Secret, Server, Target
from nemoproxy.server.booked import MOST_TARGETS, Booked
from nemoproxy.server.exchange import is_loopback
from nemoproxy.server.metrics import is_ours
from tests.money import pack, settled
from tests.site import Site
from tests.wire import Answer, Wire, chat, post


def ask(site: Site, *headers: str, host: str = "localhost") -> Answer:
    with Wire(site.port) as wire:
        wire.send("\r\n".join(("GET /metrics HTTP/1.1", f"host: {host}", *headers, "", "")))
        return wire.answer()


def samples(text: str) -> dict[tuple[str, ...], float]:
    """By name and the values of labels, in the order of their names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(site: Site) -> dict[tuple[str, ...], float]:
    assert site.gateway._books.drain.flush()
    answer = ask(site)
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/plain; version=")
    return samples(answer.body.decode())


def say(site: Site, key: str, **members: Any) -> Answer:
    with Wire(site.port) as wire:
        wire.send(post(chat(members.pop("model", "mock"), **members), key))
        return wire.answer()


def test_what_was_asked_used_and_refused_is_counted(site: Site) -> None:
    before = scrape(site)
    answers = [say(site, site.key).json()["usage"] for _ in range(3)]
    assert say(site, "sk-nemo-wrong").status == 401
    assert say(site, site.key, stream=True).status == 200
    after = scrape(site)

    def more(*place: str) -> float:
        return after[place] - before.get(place, 0)

    assert more("nemoproxy_requests_total", "chat", "mock", "mock", "200") == 4
    assert more("nemoproxy_responses_total", "200") == 5  # one of them is the scrape before
    assert more("nemoproxy_responses_total", "401") == 1
    assert more("nemoproxy_refusals_total", "invalid_api_key") == 1
    for kind, name in (("prompt", "prompt_tokens"), ("output", "completion_tokens")):
        assert more("nemoproxy_tokens_total", kind, "mock", "mock") >= sum(usage[name] for usage in answers) > 0
    assert more("nemoproxy_request_seconds_count", "chat") == more("nemoproxy_first_byte_seconds_count", "chat") == 4
    assert more("nemoproxy_request_seconds_bucket", "chat", "+Inf") == 4
    assert 0 < more("nemoproxy_first_byte_seconds_sum", "chat") <= more("nemoproxy_request_seconds_sum", "chat")
    assert after["nemoproxy_journal_unbooked_bytes",] == 0 and after["nemoproxy_books_sound",] == 1
    assert after["nemoproxy_in_flight",] == 1 and after["nemoproxy_connections",] >= 1
    assert after["process_resident_memory_bytes",] > 1e6


def test_what_it_cost(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        answer = say(site, site.key, model="gpt-4o-mini")
        cost = scrape(site)["nemoproxy_cost_usd_total", "gpt-4o-mini", "mock"]
        assert cost == pytest.approx(float(answer.headers["x-nemo-request-cost"])) and cost > 0


def test_usage_that_is_not_believed(site: Site) -> None:
    before = scrape(site).get(("nemoproxy_estimated_total", "mock,usage=missing", "mock"), 0)
    assert say(site, site.key, model="mock,usage=missing").status == 200
    assert scrape(site)["nemoproxy_estimated_total", "mock,usage=missing", "mock"] == before + 1


def test_the_state_of_targets(tmp_path: Path) -> None:
    models = {"m": Model(targets=(Target(provider="dead", model="x"), Target(provider="mock", model="mock")))}
    with Site(tmp_path, more_models=models) as site:
        assert scrape(site)["nemoproxy_target_state", "x", "dead", "admitting"] == 1
        for _ in range(10):
            assert say(site, site.key, model="m").status == 200
        found = scrape(site)
        assert found["nemoproxy_target_state", "x", "dead", "shut"] == 1
        assert found["nemoproxy_target_state", "x", "dead", "admitting"] == 0
        assert found["nemoproxy_target_state", "mock", "mock", "admitting"] == 1
        assert found["nemoproxy_target_in_flight", "mock", "mock"] == 0


@pytest.mark.parametrize(
    "line",
    [
        "x-forwarded-for: 203.0.113.9",
        "Forwarded: for=203.0.113.9",
        "x-real-ip: 10.0.0.1",
        "origin: https://elsewhere.example",
    ],
)
def test_not_for_those_behind_a_proxy_nor_for_pages_in_a_browser(site: Site, line: str) -> None:
    answer = ask(site, line)
    assert (answer.status, answer.json()["error"]["code"]) == (403, "metrics_forbidden")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *((host, 200) for host in ("127.0.0.1:8080", "LOCALHOST:8080", "[::1]:8080", "192.0.2.7", "a.localhost.")),
        *((host, 403) for host in ("evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "x", "")),
    ],
)
def test_not_by_a_name_that_somebody_else_may_have(site: Site, host: str, status: int) -> None:
    """A page may have its own name mean 127.0.0.1, and then read what answers to it."""
    assert ask(site, host=host).status == status


def test_the_name_in_the_configuration_is_ours() -> None:
    assert is_ours("Gateway.internal:8080", "gateway.internal")
    assert not is_ours("gateway.internal.evil.example:8080", "gateway.internal")


def test_with_a_token_it_is_for_who_has_it(tmp_path: Path) -> None:
    with Site(tmp_path, server=Server(port=0, metrics_token=Secret("scraper"))) as site:
        assert (
            ask(site, "authorization: Bearer scraper", "x-forwarded-for: 203.0.113.9", host="nemo.example").status
            == 200
        )
        for line in ("accept: */*", "authorization: Bearer other", f"authorization: Bearer {site.key}"):
            assert ask(site, line).status == 403


def test_who_is_on_this_machine() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1")))
    assert not any(map(is_loopback, ("10.0.0.1", "203.0.113.9", "::ffff:10.0.0.1", "fe80::1%eth0", "0.0.0.0")))


def test_models_that_callers_make_up_are_not_told_apart_for_ever() -> None:
    booked = Booked()
    records = [settled(number, target_model=f"model-{number}") for number in range(MOST_TARGETS + 50)]
    booked.add(Batch.read(b"".join(map(pack, records))))
    booked.add(Batch.read(b"".join(map(pack, records))))
    assert len(booked.requests) == MOST_TARGETS + 1
    assert sum(booked.requests.values()) == 2 * len(records)
    assert [count for (_, _, model, _), count in booked.requests.items() if model == "other"] == [100]
