"""Keys in other headers, pages of other origins, endpoints that are not offered, and what there is."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from nemoproxy.server.cors import EXPOSED
from nemoproxy.server.unsupported import UNSUPPORTED
from tests.site import Site
from tests.wire import Answer, Wire, chat, post

ORIGIN = "https://app.example.com"


def ask(site: Site, method: str, path: str, **headers: str) -> Answer:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    with Wire(site.port) as wire:
        wire.send(f"{method} {path} HTTP/1.1\r\nhost: gateway\r\n{lines}\r\n")
        return wire.answer(method)


@pytest.mark.parametrize("name", ["x-api-key", "api-key", "X-API-Key"])
def test_the_key_in_other_headers(site: Site, name: str) -> None:
    assert ask(site, "GET", "/v1/models", **{name: site.key}).status == 200
    both = {name: site.key, "authorization": f"Bearer {site.key}"}
    assert ask(site, "GET", "/v1/models", **both).status == 200
    assert ask(site, "GET", "/v1/models", **{name: "sk-nemo-wrong"}).code == "invalid_api_key"
    _, other = site.make_key()
    assert ask(site, "GET", "/v1/models", **{**both, name: other}).code == "invalid_api_key"
    assert ask(site, "GET", "/v1/models", **{"x-api-key": site.key, "api-key": other}).status == 401


def test_a_page_may_call_and_read(site: Site) -> None:
    before = ask(
        site,
        "OPTIONS",
        "/v1/chat/completions",
        origin=ORIGIN,
        access_control_request_method="POST",
        access_control_request_headers="authorization, x-stainless-lang",
    )
    assert before.status == 200
    assert before.headers["access-control-allow-origin"] == "*"
    assert "POST" in before.headers["access-control-allow-methods"]
    assert before.headers["access-control-allow-headers"] == "*, authorization"
    for key, status in ((site.key, 200), ("wrong", 401)):
        with Wire(site.port) as wire:
            wire.send(post(chat(), key, origin=ORIGIN))
            answer = wire.answer()
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == "*"
        exposed = answer.headers["access-control-expose-headers"].split(", ")
        assert exposed == list(EXPOSED)
        assert {name for name in answer.headers if name.startswith(("x-nemo", "x-ratelimit"))} <= set(exposed)
    with Wire(site.port) as wire:
        wire.send(post(chat(stream=True), site.key, origin=ORIGIN))
        assert wire.answer().headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in ask(site, "GET", "/health/liveness").headers


def test_only_the_pages_that_are_named(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        server = msgspec.structs.replace(site.config.server, cors_origins=(ORIGIN,))
        site.config = msgspec.structs.replace(site.config, server=server)
        site.restart()
        good = ask(site, "GET", "/health/liveness", origin=ORIGIN)
        assert (good.headers["access-control-allow-origin"], good.headers["vary"]) == (ORIGIN, "origin")
        for other in ("https://evil.example.com", "null", f"{ORIGIN}.evil.example"):
            assert "access-control-allow-origin" not in ask(site, "OPTIONS", "/v1/models", origin=other).headers
        site.config = msgspec.structs.replace(site.config, server=msgspec.structs.replace(server, cors_origins=()))
        site.restart()
        assert ask(site, "OPTIONS", "/v1/models", origin=ORIGIN).code == "method_not_allowed"


@pytest.mark.parametrize("path", UNSUPPORTED)
def test_what_is_not_offered_says_what_is(site: Site, path: str) -> None:
    for method, rest in (("POST", ""), ("GET", "/some-id"), ("DELETE", "/a/b")):
        answer = ask(site, method, f"/v1{path}{rest}")
        assert (answer.status, answer.code) == (404, "endpoint_not_offered")
        assert UNSUPPORTED[path] in answer.json()["error"]["message"]


def test_the_switches_of_clients_that_want_responses(site: Site) -> None:
    message = ask(site, "POST", "/v1/responses").json()["error"]["message"]
    for switch in ("openai.chat(", "set_default_openai_api('chat_completions')", "openai-chat:"):
        assert switch in message


def test_the_manual_has_the_same_list() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "clients.md").read_text()
    rows = dict(re.findall(r"^\| `/v1(/\S+)` \| (.+) \|$", manual, re.MULTILINE))
    assert rows == UNSUPPORTED


def test_capabilities(site: Site) -> None:
    told = ask(site, "GET", "/public/capabilities").json()
    paths = {row["path"]: row for row in told["endpoints"]}
    assert paths["/v1/audio/speech"] == {
        "method": "POST",
        "path": "/v1/audio/speech",
        "capability": "audio_speech",
        "available": True,
    }
    assert {"path": "/v1/batches", "instead": UNSUPPORTED["/batches"]} in told["unsupported_endpoints"]
