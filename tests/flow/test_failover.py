"""Models with several targets, in by the front door: who is asked next, who is charged, and what the client notices."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nemoproxy.config import Breaker, Credential, Model, Price, Provider, Routing, Secret, Target, Timeouts
from nemoproxy.mock import script
from nemoproxy.mock.options import Plan
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.routing import Policy as RoutingPolicy
from tests.asking import ask
from tests.purse import Ended, Purse, crowd
from tests.site import PRICE, Site
from tests.timing import NEVER_S, within
from tests.upstream import OK, Upstream, answer_all, read_request
from tests.wire import Wire, chat, post

MAX_REST_S = RoutingPolicy().max_rest_s
DEAR = Price(input=10 * UNITS_PER_USD, output=20 * UNITS_PER_USD)


def model(*targets: str, **more: Any) -> Model:
    pairs = (target.partition("/") for target in targets)
    return Model(targets=tuple(Target(provider=provider, model=name) for provider, _, name in pairs), **more)


FAILING = {
    name: f"{provider}/{options}"
    for name, provider, options in [
        ("dead", "dead", "dead"),
        *((f"{status}", "mock", f"mock,status={status}") for status in (408, 429, 500, 502, 503, 529)),
        ("claude-529", "claude", "mock,status=529"),
        ("gemini-429", "gemini", "mock,status=429"),
        ("reset", "mock", "mock,fault=reset"),
        ("garbage", "mock", "mock,fault=garbage"),
        ("gzip", "mock", "mock,gzip"),
        ("cut", "mock", "mock,fault=cut:0"),
        *((body, "mock", f"mock,body={body}") for body in ("html", "text", "empty")),
        ("claude-cut", "claude", "mock,fault=cut:0"),
        ("silent", "mock", "mock,fault=stall"),
    ]
}
REFUSING = {f"no-{status}": f"mock/mock,status={status}" for status in (400, 401, 403, 404, 422)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    models = {f"f-{name}": model(target, "claude/mock") for name, target in FAILING.items()}
    models |= {name: model(target, "mock/mock") for name, target in REFUSING.items()}
    models["all-fail"] = model("mock/mock,status=500", "claude/mock,status=503", "dead/x")
    models["cheap"] = model("mock/mock", "claude/dear")
    models["dear"] = model("mock/mock,status=500", "claude/dear")
    patient = Routing(retry_percent=100, breaker=Breaker(failures=1000, rate_calls=10**6))
    prices = {f"{name}/*": (PRICE,) for name in ("mock", "dead", "claude", "gemini")} | {"claude/dear": (DEAR,)}
    timeouts = Timeouts(first_byte_s=2)
    data = tmp_path_factory.mktemp("failover")
    with Site(data, more_models=models, routing=patient, prices=prices, timeouts=timeouts) as running:
        yield running


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.parametrize("stream", [False, True])
def test_the_next_one_answers_and_is_charged_once(site: Site, name: str, stream: bool) -> None:
    purse = Purse.make(site, 10**9)
    answer = ask(site, purse.key, model=f"f-{name}", stream=stream)
    assert answer.status == 200
    assert (b"[DONE]" in answer.body) is stream and b"error" not in answer.body
    purse.check()
    assert [(row.provider, row.target_model) for row in purse.rows()] == [("claude", "mock")]


@pytest.mark.parametrize("name", REFUSING)
def test_a_refusal_is_the_clients(site: Site, name: str) -> None:
    purse = Purse.make(site, 10**9)
    before = site.mock.total
    answer = ask(site, purse.key, model=name)
    assert answer.status == int(name[3:])
    assert site.mock.total == before + 1
    purse.check()
    assert purse.rows() == []


def test_when_all_fail_the_client_need_not_try_again(site: Site) -> None:
    purse = Purse.make(site, 10**9)
    answer = ask(site, purse.key, model="all-fail")
    assert answer.status in (500, 503)
    assert answer.headers["x-should-retry"] == "false"
    purse.check()
    assert purse.rows() == [] and purse.balance() == 10**9


@pytest.mark.parametrize(("name", "times"), [("cheap", 1), ("dear", 10)])
def test_the_hold_covers_the_dearest_and_the_served_one_is_charged(site: Site, name: str, times: int) -> None:
    """A bounded call that the dear one could cost too much is refused, although the cheap one would be asked first."""
    purse = Purse.make(site, 10**9)
    answer = ask(site, purse.key, model=name, max_tokens=50)
    assert answer.status == 200
    row = purse.rows()[0]
    assert row.cost == times * (row.prompt_tokens * 10_000 + row.output_tokens * 20_000)
    poor = Purse.make(site, 50 * 20_000 * 9)
    assert ask(site, poor.key, model=name, max_tokens=50).status == 402
    poor.check()


def test_a_plain_answer_is_bounded_for_whoever_gives_it(site: Site) -> None:
    purse = Purse.make(site, 10 * 9 * 10_000 + 10 * 40 * 20_000)
    assert ask(site, purse.key, model="dear").status == 200
    assert 0 < site.mock.requests[-1].json()["max_tokens"] <= 40
    purse.check()


def stream_of(path: str, request: dict[str, Any]) -> bytes:
    return b"".join(data for _, data in script.write("POST", path, Plan(), request).steps())


NATIVE = {
    "openai": stream_of("/v1/chat/completions", {**chat(stream=True), "stream_options": {"include_usage": True}}),
    "anthropic": stream_of("/v1/messages", chat(stream=True, max_tokens=99)),
    "gemini": stream_of(
        "/v1beta/models/mock:streamGenerateContent?alt=sse",
        {"contents": [{"role": "user", "parts": [{"text": "Hello!"}]}]},
    ),
}


@pytest.mark.parametrize("kind", NATIVE)
def test_a_fault_at_every_seventh_byte(tmp_path: Path, kind: Any) -> None:
    """Before the first delta another target answers; after it there is an error event. The money is exact."""
    whole, cut = NATIVE[kind], [0]

    def talk(connection: socket.socket, _: int) -> None:
        if read_request(connection):
            connection.sendall(whole[: cut[0]])
            connection.shutdown(socket.SHUT_WR)
            read_request(connection)

    with Upstream(talk) as upstream:
        providers = {"p": Provider(kind=kind, base_url=f"http://127.0.0.1:{upstream.port}/v1")}
        with Upstream(answer_all) as second:
            providers["mock"] = Provider(base_url=f"http://127.0.0.1:{second.port}/v1")
            routing = Routing(retry_percent=100, breaker=Breaker(failures=10**6, rate_calls=10**6))
            models = {"m": model("p/mock", "mock/mock")}
            with Site(tmp_path, providers=providers, models=models, routing=routing) as site:
                purse, endings = Purse.make(site, 10**10), []
                for cut[0] in range(0, len(whole), 7):
                    with Wire(site.port) as wire:
                        wire.send(post(chat("m", stream=True), purse.key))
                        raw = read_answer(wire)
                    endings.append(ending(raw))
                purse.check()
                first = endings.index("error")
                assert set(endings[:first]) == {"other"}
                assert set(endings[first:]) <= {"error", "whole"} and endings[-1] in ("error", "whole")
                rows = purse.rows()
                assert len(rows) == len({row.request_id for row in rows}) <= len(endings)
                assert sum(row.provider == "mock" for row in rows) == first
                assert all(row.ending == "upstream_broke" for row in rows if row.provider == "p" and row.estimated)


def read_answer(wire: Wire) -> bytes:
    """Until it is whole, or the connection ends."""
    data = b""
    while True:
        try:
            part = wire.socket.recv(1 << 16)
        except ConnectionResetError:
            return data
        data += part
        if not part or Ended(data).whole:
            return data


def ending(raw: bytes) -> str:
    if b'"content":"ok"' in raw and b"text/event-stream" not in raw:
        return "other"
    if b"data: [DONE]\n\n" in raw:
        return "whole"
    assert b'data: {"error":' in raw, raw
    assert not Ended(raw).whole or b"[DONE]" not in raw
    return "error"


@pytest.mark.parametrize("failing", ["mock/mock,status=500,every=2", "dead/x", "mock/mock,fault=stall"])
def test_an_outage_under_load_is_not_the_clients(tmp_path: Path, failing: str) -> None:
    """At most one client in 200 notices, and the breaker is shut within 5 s."""
    timeouts = Timeouts(first_byte_s=2)
    models = {"m": model(failing, "claude/mock")}
    with Site(tmp_path, more_models=models, timeouts=timeouts) as site:
        statuses: list[int] = []

        def ask_for(eights: int) -> None:
            for _ in range(eights):
                with within(3.5):
                    found = site.run(crowd(site.port, [post(chat("m"), site.key, connection="close")] * 8))
                statuses.extend(each.status for each in found)

        with within(5):
            while not is_shut(site, *failing.split("/")):
                assert len(statuses) < 600
                ask_for(1)
        ask_for(50)
        failures = sum(status != 200 for status in statuses)
        assert failures <= len(statuses) / 200, (failures, len(statuses))
        told = "SELECT payload FROM outbox WHERE event = 'provider.outage'"
        site.eventually(lambda: bool(site.rows(told)))
        events = site.rows(told)
        assert json.loads(events[0]["payload"])["state"] == "out"


def is_shut(site: Site, provider: str, name: str) -> bool:
    return bool(state_of(site, provider, name)["state"] != "admitting")


def state_of(site: Site, provider: str, name: str) -> Any:
    with Wire(site.port) as wire:
        wire.send(f"GET /health/providers HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {site.key}\r\n\r\n")
        states = wire.answer().json()["data"]
    return next(each for each in states if (each["provider"], each["model"]) == (provider, name))


PICTURE = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
HEARD = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, PICTURE]}]
"""Which Claude has no ears for."""


@pytest.mark.parametrize("hedge_after_s", [None, 0.05])
def test_what_one_cannot_be_asked_goes_to_the_next(tmp_path: Path, hedge_after_s: float | None) -> None:
    models = {
        "second": model("claude/mock", "mock/mock", hedge_after_s=hedge_after_s),
        "third": model("mock/mock,status=500", "claude/mock", "mock/mock", hedge_after_s=hedge_after_s),
        "none": model("claude/mock", "claude/mock-2", hedge_after_s=hedge_after_s),
        "failed": model("mock/mock,status=503", "claude/mock", hedge_after_s=hedge_after_s),
    }
    routing = Routing(retry_percent=100, attempts=2)
    with Site(tmp_path, more_models=models, routing=routing) as site:
        purse = Purse.make(site, 10**9)
        for name in ("second", "third"):
            assert ask(site, purse.key, model=name, messages=HEARD).status == 200
        assert [row.provider for row in purse.rows()] == ["mock", "mock"]
        before = site.mock.total
        refused = ask(site, purse.key, model="none", messages=HEARD)
        assert (refused.status, refused.json()["error"]["code"]) == (400, "unsupported_parameter")
        assert refused.json()["error"]["param"] == "messages[0].content[1]"
        assert site.mock.total == before, "nobody was asked"
        assert ask(site, purse.key, model="failed", messages=HEARD).status == 503, "not what it could not be asked"
        purse.check()
        assert state_of(site, "claude", "mock")["state"] == "admitting"
        assert state_of(site, "claude", "mock")["in_flight"] == 0


def test_a_limited_key_does_not_take_its_provider_down(tmp_path: Path) -> None:
    limited = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 60\r\ncontent-length: 2\r\n\r\n{}"

    def talk(connection: socket.socket, _: int) -> None:
        while request := read_request(connection):
            upstream.requests.append(request)
            connection.sendall(limited if b"Bearer first" in request else OK)

    with Upstream(talk) as upstream:
        keys = (Credential(key=Secret("first"), weight=1000), Credential(key=Secret("second"), weight=1))
        with upstream.site(tmp_path, api_keys=keys) as site:
            assert [ask(site, site.key).status for _ in range(20)] == [200] * 20
        assert sum(b"Bearer first" in request for request in upstream.requests) == 1
        assert sum(b"Bearer second" in request for request in upstream.requests) == 20


@pytest.mark.parametrize(("seconds", "asked"), [("0.01", 3), ("5.1", 2), ("600", 2)])
def test_who_wants_to_be_asked_much_later_is_not_waited_for(tmp_path: Path, seconds: str, asked: int) -> None:
    names = [f"mock/mock,status=503,retry-after={seconds}", f"mock/mock,status=503,retry-after={seconds},events=2"]
    routing = Routing(retry_percent=100, wait_s=0.01)
    with Site(tmp_path, more_models={"m": model(*names)}, routing=routing) as site:
        answer = ask(site, site.key, model="m")
        assert (answer.status, site.mock.total) == (503, asked)
        assert answer.headers["retry-after"] == seconds


@pytest.mark.parametrize(("seconds", "rests"), [("200", 200), ("86400", MAX_REST_S), ("9" * 9, MAX_REST_S)])
def test_who_wants_to_be_spared_for_long_is_not_believed_for_ever(tmp_path: Path, seconds: str, rests: float) -> None:
    resting = f"mock,status=503,retry-after={seconds}"
    with Site(tmp_path, more_models={"m": model(f"mock/{resting}", "claude/mock")}) as site:
        assert [ask(site, site.key, model="m").status for _ in range(3)] == [200] * 3
        assert sum(seen.json()["model"] == resting for seen in site.mock.requests) == 1
        assert rests - 60 < state_of(site, "mock", resting)["able_in_s"] <= rests


def test_a_client_that_leaves_while_another_try_is_waited_for_frees_its_place(tmp_path: Path) -> None:
    routing = Routing(wait_s=NEVER_S, max_wait_s=NEVER_S)
    models = {"m": model("mock/mock,status=500", "mock/mock,status=502")}
    with Site(tmp_path, more_models=models, routing=routing) as site:
        with Wire(site.port) as wire:
            wire.send(post(chat("m"), site.key))
            site.eventually(lambda: site.mock.total == 2)
        site.eventually(lambda: site.in_flight(site.row) == 0)


def test_a_single_target_is_asked_once_and_its_outage_is_told(site: Site) -> None:
    before = site.mock.total
    for _ in range(1200):
        if is_shut(site, "mock", "*"):
            break
        assert ask(site, site.key, model="mock,status=500").status == 500
    else:
        pytest.fail("nobody noticed")
    assert site.mock.total - before >= 1000
    assert ask(site, site.key, model="mock").status == 200
    assert state_of(site, "mock", "*")["state"] == "admitting"
