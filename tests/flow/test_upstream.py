"""Every way a provider can fail, and what the client sees of it: never a clean end that was none."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nemoproxy.config import Timeouts
from tests.site import Site
from tests.timing import NEVER_S, within
from tests.wire import Answer, Wire, chat, post

SILENCE_S = 0.6


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("upstream")) as running:
        yield running


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """It soon gives up providers that say nothing: only for those that will not."""
    timeouts = Timeouts(first_byte_s=SILENCE_S, idle_s=SILENCE_S)
    with Site(tmp_path_factory.mktemp("hasty"), timeouts=timeouts) as running:
        yield running


def ask(site: Site, model: str, **members: Any) -> Answer:
    with Wire(site.port) as wire:
        wire.send(post(chat(model, **members), site.key))
        return wire.answer()


def stream(site: Site, model: str, **members: Any) -> tuple[list[bytes], bytes]:
    """The events of a stream that the gateway ends by closing, and the raw bytes after its head. Once it has begun the
    mock hurries."""
    with Wire(site.port) as wire:
        wire.send(post(chat(model, stream=True, **members), site.key, connection="close"))
        raw = b""
        while b"data:" not in raw:
            part = wire.socket.recv(65536)
            assert part, raw
            raw += part
        site.hurry()
        head, _, body = (raw + wire.rest()).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        return dechunk(body), body


def dechunk(body: bytes) -> list[bytes]:
    data = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        if not int(size, 16):
            break
        data, body = data + body[: int(size, 16)], body[int(size, 16) + 2 :]
    return [event for event in data.split(b"\n\n") if event]


def test_dead_provider(site: Site) -> None:
    answer = ask(site, "dead")
    assert (answer.status, answer.code) == (503, "upstream_unavailable")


@pytest.mark.parametrize("fault", ["garbage", "badlength", "cut:10", "badchunk:0"])
def test_an_answer_that_is_none_is_502(site: Site, fault: str) -> None:
    answer = ask(site, f"mock,fault={fault}")
    assert (answer.status, answer.code) == (502, "upstream_invalid_response")


@pytest.mark.parametrize("option", ["gzip", "bighead=100000"])
def test_an_answer_that_was_not_asked_for_is_502(site: Site, option: str) -> None:
    answer = ask(site, f"mock,{option}")
    assert (answer.status, answer.code) == (502, "upstream_invalid_response")


def test_redirects_are_not_followed(site: Site) -> None:
    answer = ask(site, "mock,status=302")
    assert (answer.status, answer.code) == (502, "upstream_invalid_response")


def test_a_connection_closed_before_the_answer_is_503(site: Site) -> None:
    answer = ask(site, "mock,fault=reset")
    assert answer.status == 503
    assert answer.code == "upstream_unavailable"


def test_silent_provider_is_504(hasty: Site) -> None:
    began = time.monotonic()
    answer = ask(hasty, "mock,fault=stall")
    assert (answer.status, answer.code) == (504, "upstream_timeout")
    assert time.monotonic() - began >= SILENCE_S


@pytest.mark.parametrize("body", ["openai", "html", "text", "empty", "other"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504, 529])
def test_error_bodies_come_out_in_the_shape(site: Site, status: int, body: str) -> None:
    answer = ask(site, f"mock,status={status},body={body}")
    assert answer.status == status
    error = answer.json()["error"]
    assert error["message"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["request_id"] == answer.headers["x-nemo-request-id"]


def test_retry_headers_of_the_provider_pass(site: Site) -> None:
    answer = ask(site, "mock,status=429,retry-after=7,header=x-should-retry:false,header=x-request-id:theirs")
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["x-request-id"].startswith("nemo-")


@pytest.mark.parametrize(
    "name", ["x-request-id", "x-ratelimit-limit-requests", "set-cookie", "server", "openai-organization", "via"]
)
def test_headers_of_the_provider_stay_behind(site: Site, name: str) -> None:
    answer = ask(site, f"mock,header={name}:theirs")
    assert "theirs" not in str(answer.headers)


@pytest.mark.parametrize("fault", ["cut:3", "reset:3", "stall:3", "badchunk:3", "cut:700b", "reset:700b", "nodone:3"])
def test_a_broken_stream_is_never_a_clean_end(site: Site, hasty: Site, fault: str) -> None:
    events, raw = stream(hasty if "stall" in fault else site, f"mock,events=20,spacing={NEVER_S}s,fault={fault}")
    error = json.loads(events[-1].removeprefix(b"data: "))
    assert error["error"]["code"] in ("upstream_invalid_response", "upstream_timeout")
    assert error["error"]["message"]
    assert b"[DONE]" not in raw
    assert b"\r\n0\r\n" not in raw, "the chunked body must not look complete"
    for event in events[:-1]:
        json.loads(event.removeprefix(b"data: "))


def test_an_error_event_passes_as_it_is(site: Site) -> None:
    events, raw = stream(site, "mock,events=20,fault=errorevent:3")
    assert b'"error"' in events[-1]
    assert b"[DONE]" not in raw


def test_no_done_is_invented(site: Site) -> None:
    _, raw = stream(site, "mock,events=5,fault=nodone")
    assert b"[DONE]" not in raw


@pytest.mark.parametrize("options", ["", ",split=1", ",split=7", ",crlf", ",comment", ",nospace", ",early", ",close"])
def test_streams_arrive_whole_however_they_are_sent(site: Site, options: str) -> None:
    events, raw = stream(site, f"mock,events=12{options}", stream_options={"include_usage": True})
    data = [line for event in events for line in event.splitlines() if line.startswith(b"data:")]
    assert data[-1].removeprefix(b"data:").strip() == b"[DONE]"
    chunks = [json.loads(line.removeprefix(b"data:")) for line in data[:-1]]
    assert sum(1 for chunk in chunks if chunk["choices"] and chunk["choices"][0]["delta"].get("content")) == 12
    assert chunks[-1]["usage"]["completion_tokens"] == 12
    assert re.search(rb"\r\n0\r\n(x-[a-z-]+: [0-9.]+\r\n)+\r\n$", raw), "the end, and what it cost"


def test_plain_json_answered_to_a_stream_request(site: Site) -> None:
    answer = ask(site, "mock,json-for-stream", stream=True)
    assert answer.status == 200
    assert answer.json()["choices"][0]["message"]["content"]


def test_long_plain_answers_pass_whole(site: Site) -> None:
    answer = ask(site, "mock,size=5000000")
    assert answer.status == 200
    assert len(answer.body) == 5_000_000
    assert answer.json()["choices"]


def test_slow_head(site: Site) -> None:
    assert ask(site, "mock,slowhead,spacing=1ms").status == 200


def test_a_pooled_connection_that_died_is_replaced(site: Site) -> None:
    """The provider closes an idle connection; the next request goes out on a fresh one, and the client sees nothing."""
    assert ask(site, "mock").status == 200

    async def drop_idle() -> None:
        for connection in list(site.mock.open):
            connection.abort()

    site.run(drop_idle())
    assert ask(site, "mock").status == 200


def test_connections_to_the_provider_are_reused(site: Site) -> None:
    ask(site, "mock")
    before = site.mock.connections_total
    for _ in range(20):
        assert ask(site, "mock").status == 200
    assert site.mock.connections_total == before


@pytest.mark.parametrize(
    ("model", "streamed"),
    [
        (f"mock,latency={NEVER_S}s", False),
        (f"mock,latency={NEVER_S}s", True),
        ("mock,fault=stall:20", False),
        ("mock,fault=stall:2", True),
        ("mock,events=100000,spacing=10ms", True),
    ],
)
def test_a_client_that_leaves_takes_the_upstream_down_at_once(site: Site, model: str, streamed: bool) -> None:
    left = len(site.mock.left)
    asked = site.mock.total
    with Wire(site.port) as wire:
        wire.send(post(chat(model, stream=streamed), site.key))
        site.run(site.mock.until(lambda: site.mock.total > asked))
    with within(0.5):
        site.run(site.mock.until(lambda: len(site.mock.left) > left))
    _wait_for_no_calls(site)


def _wait_for_no_calls(site: Site) -> None:
    """The concurrency that the call held is given back."""
    row, key = site.make_key(concurrency=1)
    del row
    with Wire(site.port) as wire:
        wire.send(post(chat("mock"), key))
        assert wire.answer().status == 200


def test_no_secret_of_the_provider_is_shown(tmp_path: Path) -> None:
    from nemoproxy.config import Model, Provider, Secret, Target
    from nemoproxy.mock import start

    secret = "sk-provider-canary-0123456789"
    with Site(tmp_path) as probe:
        port = probe.mock.port
        provider = Provider(base_url=f"http://127.0.0.1:{port}/v1", api_key=Secret(secret))
        models = {"*": Model(targets=(Target(provider="p"),))}
        del start
        with Site(tmp_path / "..", providers={"p": provider}, models=models) as site:
            for model in ("mock", "mock,status=401", f"mock,status=401,header=x-echo:{secret}", "mock,fault=garbage"):
                answer = ask(site, model)
                assert secret.encode() not in answer.body
                assert secret not in str(answer.headers)
        seen = probe.mock.requests[-1]
        assert seen.header("authorization") == f"Bearer {secret}"
