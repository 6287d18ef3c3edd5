"""The response cache through the front door: what is shared, what never is, and what it costs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from nemoproxy.config import Cache
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.storage import Kind
from nemoproxy.types import Call
from tests.purse import Purse
from tests.site import Site
from tests.wire import Answer, Wire, chat, post

GRANT = (Kind.GRANT, 100 * UNITS_PER_USD)
SLOW = "mock,events=12,spacing=20ms,latency=20ms"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("cache"), cache=Cache(enabled=True)) as running:
        yield running


def ask(site: Site, key: str, body: dict[str, Any], path: str = "/v1/chat/completions", **headers: str) -> Answer:
    with Wire(site.port) as wire:
        wire.send(post(body, key, path, **headers))
        return wire.answer()


def text(name: str) -> list[dict[str, str]]:
    """Messages that no other test sends."""
    return [{"role": "user", "content": f"{name} {time.monotonic_ns()}"}]


def kept(site: Site) -> int:
    store = site.gateway._cache._store
    assert store is not None
    return len(store)


@pytest.mark.parametrize("usage", [False, True])
@pytest.mark.parametrize("stream", [False, True])
def test_the_second_time_it_is_answered_from_the_cache_for_nothing(site: Site, stream: bool, usage: bool) -> None:
    row, key = site.make_key(rpm=100)
    members = {"stream_options": {"include_usage": True}} if usage and stream else {}
    body = chat("mock,events=20", messages=text("twice"), stream=stream, **members)
    asked = site.mock.total
    first, second = ask(site, key, body), ask(site, key, body)
    assert site.mock.total == asked + 1
    assert [one.headers["x-nemo-cache"] for one in (first, second)] == ["miss", "hit"]
    assert second.headers["content-type"] == first.headers["content-type"]
    assert int(second.headers["age"]) >= 0
    assert second.headers["x-ratelimit-remaining-requests"] == "98"
    if usage and stream:
        cost = json.loads(first.body.split(b"data: ")[-2])["usage"]["cost"]
        assert cost > 0
        assert json.loads(second.body.split(b"data: ")[-2])["usage"]["cost"] == 0
        assert second.body.count(b"data: ") == first.body.count(b"data: ")
    else:
        assert second.body == first.body
    if not stream:
        assert float(first.headers["x-nemo-request-cost"]) > 0
        assert float(second.headers["x-nemo-request-cost"]) == 0
    assert len(site.rows("SELECT * FROM usage WHERE key_id = ?", row.id)) == 1
    assert site.in_flight(row) == 0


def test_embeddings_and_completions_too(site: Site) -> None:
    for path, member in (("/v1/embeddings", "input"), ("/v1/completions", "prompt")):
        body = {"model": "mock", member: f"x {time.monotonic_ns()}"}
        answers = [ask(site, site.key, body, path) for _ in range(2)]
        assert [one.headers["x-nemo-cache"] for one in answers] == ["miss", "hit"]
        assert answers[0].body == answers[1].body


def test_nothing_is_shared_by_what_differs(site: Site) -> None:
    body = chat(messages=text("differs"))
    assert ask(site, site.key, body).headers["x-nemo-cache"] == "miss"
    for other in (
        {**body, "temperature": 0.5},
        {**body, "stream": True},
        {**body, "stream": True, "stream_options": {"include_usage": True}},
        {**body, "model": "alias-of-its-own"},
        {**body, "user": "u"},
        {**body, "messages": [*body["messages"], {"role": "user", "content": ""}]},
    ):
        assert ask(site, site.key, other).headers["x-nemo-cache"] == "miss", other
    assert ask(site, site.key, {**body, "nemo_prompt_variables": {}}).headers["x-nemo-cache"] == "hit"
    assert ask(site, site.key, {**body, "model": "alias"}).headers["x-nemo-cache"] == "hit"  # the same model there


def test_usage_in_a_stream_is_for_those_who_ask(site: Site) -> None:
    """The provider is sent the same bytes for both: the gateway asks for usage by itself."""
    messages = text("usage")
    silent = {"stream": True, "messages": messages, "model": "mock"}
    asking = '{"stream": true, "messages": %s, "model": "mock","stream_options":{"include_usage":true}}'
    for _ in range(2):
        assert b'"usage"' not in ask(site, site.key, silent).body
        with Wire(site.port) as wire:
            wire.send(post(asking % json.dumps(messages), site.key))
            assert b'"usage"' in wire.answer().body


def test_tenants_share_nothing(site: Site) -> None:
    site.records.set_org("tenant")
    site.records.set_team("t", "tenant")
    site.records.ledger.credit("tenant", *GRANT)
    _, other = site.make_key(team="t", org="tenant")
    _, colleague = site.make_key()
    body = chat(messages=text("tenants"))
    asked = site.mock.total
    assert ask(site, site.key, body).headers["x-nemo-cache"] == "miss"
    assert ask(site, other, body).headers["x-nemo-cache"] == "miss"
    assert ask(site, colleague, body).headers["x-nemo-cache"] == "hit"
    assert site.mock.total == asked + 2


@pytest.mark.parametrize(("scope", "colleague", "other_team"), [("team", "hit", "miss"), ("key", "miss", "miss")])
def test_the_scope_can_be_narrower(tmp_path: Path, scope: Any, colleague: str, other_team: str) -> None:
    with Site(tmp_path, cache=Cache(enabled=True, scope=scope)) as site:
        site.records.set_team("others")
        body = chat(messages=text("scope"))
        assert ask(site, site.key, body).headers["x-nemo-cache"] == "miss"
        assert ask(site, site.key, body).headers["x-nemo-cache"] == "hit"
        assert ask(site, site.make_key()[1], body).headers["x-nemo-cache"] == colleague
        assert ask(site, site.make_key(team="others")[1], body).headers["x-nemo-cache"] == other_team


def test_bypassed_when_asked_to(site: Site) -> None:
    body = chat(messages=text("bypass"))
    for members in ({"nemo_cache": False}, {"extra_body": {"nemo_cache": False}}, {"metadata": {"nemo_cache": False}}):
        assert ask(site, site.key, body | members).headers["x-nemo-cache"] == "bypass"
    assert ask(site, site.key, body).headers["x-nemo-cache"] == "miss"
    assert ask(site, site.key, body | {"nemo_cache": False}).headers["x-nemo-cache"] == "bypass"
    assert ask(site, site.key, body | {"nemo_cache": True}).headers["x-nemo-cache"] == "hit"
    answer = ask(site, site.key, body | {"nemo_cache": "no"})
    assert (answer.status, answer.json()["error"]["param"]) == (400, "nemo_cache")


def test_off_unless_it_is_switched_on(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        for _ in range(2):
            assert ask(site, site.key, chat(nemo_cache=True)).headers["x-nemo-cache"] is None
        assert site.mock.total == 2


def test_who_may_not_ask_may_not_hit(site: Site) -> None:
    body = chat(messages=text("may not"))
    ask(site, site.key, body)
    _, narrow = site.make_key(models=["alias"])
    assert ask(site, narrow, body).status == 403
    _, slow = site.make_key(rpm=2)
    assert [ask(site, slow, body).status for _ in range(3)] == [200, 200, 429]


FAULTS = ("mock,fault=cut", "mock,fault=reset", "mock,fault=badchunk", "mock,fault=garbage", "dead")
STATUSES = ("mock,status=500", "mock,status=429", "mock,status=400")


@pytest.mark.parametrize(
    ("model", "stream"),
    [
        *((model, False) for model in (*STATUSES, "mock,size=4000,fault=cut:100b", "mock,fault=garbage", "dead")),
        *((model, True) for model in (*STATUSES, *FAULTS)),
        *((f"mock,events=8,fault={kind}:3", True) for kind in ("cut", "reset", "badchunk", "errorevent")),
        ("mock,events=8,fault=nodone", True),
    ],
)
def test_what_went_wrong_is_not_kept(site: Site, model: str, stream: bool) -> None:
    body = chat(model, messages=text("wrong"), stream=stream)
    before = kept(site)
    ask_badly(site, body)
    assert kept(site) == before
    assert not site.gateway._cache._flights


def ask_badly(site: Site, body: dict[str, Any]) -> bytes:
    with Wire(site.port) as wire:
        wire.send(post(body, site.key, connection="close"))
        return wire.rest()


@pytest.mark.parametrize("chunks", range(12))
def test_a_client_that_leaves_at_any_chunk_leaves_nothing_behind(site: Site, chunks: int) -> None:
    row, key = site.make_key()
    body = chat("mock,events=12,spacing=10ms", messages=text("leaves"), stream=True)
    before = kept(site)
    with Wire(site.port) as wire:
        wire.send(post(body, key))
        seen = b""
        while seen.count(b"data: ") < chunks:
            seen += wire.socket.recv(65536)
    site.eventually(lambda: site.in_flight(row) == 0 and not site.gateway._cache._flights)
    assert kept(site) == before
    assert ask(site, key, body).headers["x-nemo-cache"] == "miss"


@pytest.mark.parametrize("stream", [False, True])
def test_a_stampede_asks_once(site: Site, stream: bool) -> None:
    row, key = site.make_key()
    body = chat(SLOW, messages=text("stampede"), stream=stream)
    asked, many = site.mock.total, 500
    wires = [Wire(site.port, timeout=60) for _ in range(many)]
    for wire in wires:
        wire.send(post(body, key))
    answers = [wire.answer() for wire in wires]
    for wire in wires:
        wire.socket.close()
    assert site.mock.total == asked + 1
    assert len({(one.status, one.body) for one in answers}) == 1
    assert sorted(one.headers["x-nemo-cache"] for one in answers) == ["hit"] * (many - 1) + ["miss"]
    assert len(site.rows("SELECT * FROM usage WHERE key_id = ?", row.id)) == 1


def test_a_leader_that_fails_lets_another_try(site: Site) -> None:
    body = chat("mock,latency=150ms,status=500,first=1", messages=text("fails"))
    asked = site.mock.total
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(site, site.key, body), range(8)))
    assert sorted(one.status for one in answers) == [200] * 7 + [500]
    assert site.mock.total == asked + 2
    assert sorted(str(one.headers["x-nemo-cache"]) for one in answers) == ["hit"] * 6 + ["miss"] * 2


def test_a_leader_that_leaves_lets_another_try(site: Site) -> None:
    body = chat(SLOW, messages=text("leaves"), stream=True)
    asked = site.mock.total
    with Wire(site.port) as leader, Wire(site.port) as follower:
        leader.send(post(body, site.key))
        site.run(site.mock.until(lambda: site.mock.total > asked))
        follower.send(post(body, site.key))
        site.eventually(lambda: any(flight._waiting for flight in site.gateway._cache._flights.values()))
        leader.socket.close()
        answer = follower.answer()
    assert answer.headers["x-nemo-cache"] == "miss"
    assert answer.body.endswith(b"data: [DONE]\n\n")
    assert site.mock.total == asked + 2


def test_a_follower_that_leaves_disturbs_nobody(site: Site) -> None:
    row, key = site.make_key()
    body = chat(SLOW, messages=text("follower"), stream=True)
    asked = site.mock.total
    with Wire(site.port) as leader:
        leader.send(post(body, site.key))
        site.run(site.mock.until(lambda: site.mock.total > asked))
        with Wire(site.port) as follower:
            follower.send(post(body, key))
            site.eventually(lambda: any(flight._waiting for flight in site.gateway._cache._flights.values()))
        assert leader.answer().body.endswith(b"data: [DONE]\n\n")
    assert ask(site, key, body).headers["x-nemo-cache"] == "hit"
    assert site.rows("SELECT * FROM usage WHERE key_id = ?", row.id) == []


def test_what_is_too_long_is_passed_on_to_everybody(tmp_path: Path) -> None:
    with Site(tmp_path, cache=Cache(enabled=True, max_answer_bytes=2048)) as site:
        body = chat("mock,size=20000,latency=100ms", messages=text("long"))
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: ask(site, site.key, body), range(4)))
        assert {(one.status, one.headers["x-nemo-cache"]) for one in answers} == {(200, "miss")}
        assert (site.mock.total, kept(site)) == (4, 0)


def test_an_answer_that_credits_cut_short_is_not_kept(tmp_path: Path) -> None:
    with Site(tmp_path, cache=Cache(enabled=True)) as site:
        purse = Purse.make(site, 2_000_000)
        key, body = purse.key, chat("mock", messages=text("poor"))
        assert ask(site, key, body).status == 200
        assert b"max_tokens" in site.mock.requests[-1].body
        assert kept(site) == 0


def test_idempotency_keys_go_on_working(site: Site) -> None:
    body = chat(messages=text("idempotent"))
    asked = site.mock.total
    first = ask(site, site.key, body, idempotency_key="a")
    hit = ask(site, site.key, body, idempotency_key="b")
    again = ask(site, site.key, body, idempotency_key="b")
    assert site.mock.total == asked + 1
    assert (hit.headers["x-nemo-cache"], again.headers["x-nemo-idempotent-replay"]) == ("hit", "true")
    assert first.body == hit.body == again.body


def test_the_openai_client_gets_a_replayed_stream(site: Site) -> None:
    with OpenAI(base_url=site.url, api_key=site.key, max_retries=0) as client:
        messages: Any = text("openai")

        def said() -> str:
            events = client.chat.completions.create(model="mock,events=20", messages=messages, stream=True)
            return "".join(event.choices[0].delta.content or "" for event in events if event.choices)

        asked = site.mock.total
        assert said() == said() != ""
        assert site.mock.total == asked + 1


class Censor:
    """A reader with a say (stages.cache.Reader): tells keys apart, and takes a word out of what is replayed."""

    def __init__(self) -> None:
        self.seen: list[bool] = []

    def salt(self, call: Call) -> bytes:
        return call.who.alias.encode()

    async def answer(self, call: Call, body: bytes, *, events: bool) -> bytes:
        self.seen.append(events)
        return body.replace(b"assistant", b"censored!")


@pytest.mark.parametrize("stream", [False, True])
def test_a_reader_has_the_last_word_about_a_hit(tmp_path: Path, stream: bool) -> None:
    with Site(tmp_path, cache=Cache(enabled=True)) as site:
        censor = Censor()
        site.gateway._cache._reader = censor
        _, other = site.make_key(alias="other")
        body = chat(messages=text("reader"), stream=stream)
        first, second = ask(site, site.key, body), ask(site, site.key, body)
        assert b"assistant" in first.body
        assert second.body == first.body.replace(b"assistant", b"censored!")
        assert censor.seen == [stream]
        assert ask(site, other, body).headers["x-nemo-cache"] == "miss"
