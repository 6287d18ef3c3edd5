"""Whatever is wrong with a request: a clear error in the shape, and nothing reaches the provider."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nemoproxy.config import Model, Server, Target
from tests.site import Site
from tests.wire import CHAT, Answer, Wire, chat, post

MAX_BODY = 100_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data: Path = tmp_path_factory.mktemp("bad-input")
    models = {"mock": Model(targets=(Target(provider="mock", model="mock"),))}
    server = Server(port=0, max_body_bytes=MAX_BODY, shutdown_grace_s=1)
    with Site(data, models=models, server=server) as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_reaches_the_provider(site: Site) -> Iterator[None]:
    site.mock.requests.clear()
    yield
    assert not site.mock.requests


def ask(site: Site, data: bytes) -> Answer:
    with Wire(site.port) as wire:
        wire.send(data)
        return wire.answer()


def expired_key(site: Site) -> str:
    _, key = site.make_key(expires_at=datetime.now(UTC) + timedelta(milliseconds=1))
    return key


def test_missing_key(site: Site) -> None:
    answer = ask(site, post(chat(), None))
    assert (answer.status, answer.code) == (401, "missing_api_key")


@pytest.mark.parametrize(
    "key",
    ["", "x", "sk-nemo-", "sk-live-1234", "sk-nemo-" + "a" * 38, "' OR 1=1 --", "ключ", "sk-nemo-" + "é" * 38],
)
def test_malformed_key(site: Site, key: str) -> None:
    data = post(chat(), None).replace(b"\r\n\r\n", b"\r\nauthorization: Bearer " + key.encode() + b"\r\n\r\n", 1)
    answer = ask(site, data)
    assert answer.status == 401
    assert answer.code == "invalid_api_key"


def test_mistyped_key(site: Site) -> None:
    wrong = site.key[:-1] + ("a" if site.key[-1] != "a" else "b")
    answer = ask(site, post(chat(), wrong))
    assert answer.status == 401
    assert "typing" in answer.json()["error"]["message"]


def test_unknown_key(site: Site) -> None:
    from nemoproxy._core import mint_key

    answer = ask(site, post(chat(), mint_key(bytes(range(64)))))
    assert (answer.status, answer.code) == (401, "invalid_api_key")


def test_revoked_key(site: Site) -> None:
    row, key = site.make_key()
    site.records.revoke_key(row.id)
    site.refresh()
    answer = ask(site, post(chat(), key))
    assert (answer.status, answer.code) == (401, "revoked_api_key")


def test_expired_key(site: Site) -> None:
    key = expired_key(site)
    answer = ask(site, post(chat(), key))
    assert (answer.status, answer.code) == (401, "expired_api_key")


def test_model_not_allowed(site: Site) -> None:
    _, key = site.make_key(models=("another",))
    answer = ask(site, post(chat(), key))
    assert (answer.status, answer.code) == (403, "model_not_allowed")


def test_unknown_model(site: Site) -> None:
    answer = ask(site, post(chat("nonesuch"), site.key))
    assert (answer.status, answer.code) == (404, "model_not_found")
    assert answer.json()["error"]["param"] == "model"


BAD_BODIES: dict[str, bytes] = {
    "empty": b"",
    "not json": b"hello",
    "cut off": b'{"model": "mock", "messages": [',
    "trailing bytes": b'{"model":"mock","messages":[{"role":"user","content":"x"}]} x',
    "an array": b"[]",
    "no model": b'{"messages":[{"role":"user","content":"x"}]}',
    "model of wrong type": b'{"model":1,"messages":[{"role":"user","content":"x"}]}',
    "no messages": b'{"model":"mock"}',
    "empty messages": b'{"model":"mock","messages":[]}',
    "messages of wrong type": b'{"model":"mock","messages":"x"}',
    "message of wrong type": b'{"model":"mock","messages":["x"]}',
    "message without role": b'{"model":"mock","messages":[{"content":"x"}]}',
    "stream of wrong type": b'{"model":"mock","stream":"yes","messages":[{"role":"user","content":"x"}]}',
    "max_tokens of wrong type": b'{"model":"mock","max_tokens":"5","messages":[{"role":"user","content":"x"}]}',
    "negative max_tokens": b'{"model":"mock","max_tokens":-5,"messages":[{"role":"user","content":"x"}]}',
    "n of zero": b'{"model":"mock","n":0,"messages":[{"role":"user","content":"x"}]}',
    "duplicate key": b'{"model":"mock","model":"mock","messages":[{"role":"user","content":"x"}]}',
    "disguised duplicate": b'{"model":"mock","mod\\u0065l":"other","messages":[{"role":"user","content":"x"}]}',
    "NaN": b'{"model":"mock","temperature":NaN,"messages":[{"role":"user","content":"x"}]}',
    "infinity": b'{"model":"mock","temperature":-Infinity,"messages":[{"role":"user","content":"x"}]}',
    "bad UTF-8": b'{"model":"mock","messages":[{"role":"user","content":"\xff\xfe"}]}',
    "overlong UTF-8": b'{"model":"mock","messages":[{"role":"user","content":"\xc0\xaf"}]}',
    "byte order mark": b'\xef\xbb\xbf{"model":"mock","messages":[{"role":"user","content":"x"}]}',
    "UTF-16": '{"model":"mock","messages":[{"role":"user","content":"x"}]}'.encode("utf-16"),
    "control character": b'{"model":"mock","messages":[{"role":"user","content":"\x01"}]}',
    "deep": b'{"model":"mock","messages":[{"role":"user","content":"x"}],"x":' + b"[" * 129 + b"]" * 129 + b"}",
    "very deep": b'{"x":' + b"[" * 90_000,
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_bad_body(site: Site, name: str) -> None:
    with Wire(site.port) as wire:
        wire.send(post(BAD_BODIES[name], site.key))
        answer = wire.answer()
        assert answer.status == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"
        assert answer.code
        wire.send("GET /health/liveness HTTP/1.1\r\nhost: x\r\n\r\n")
        assert wire.answer().status == 200, "the connection is kept after an error"


def test_a_refused_body_takes_no_request_from_the_limit(site: Site) -> None:
    _, key = site.make_key(rpm=5)
    for body in list(BAD_BODIES.values())[:4]:
        assert ask(site, post(body, key)).headers["x-ratelimit-remaining-requests"] == "5"


def test_declared_too_large(site: Site) -> None:
    answer = ask(site, post(b"", site.key, content_length=str(MAX_BODY + 1)))
    assert (answer.status, answer.code) == (413, "body_too_large")


def test_chunked_too_large(site: Site) -> None:
    with Wire(site.port) as wire:
        head = post(b"", site.key).replace(b"content-length: 0", b"transfer-encoding: chunked")
        wire.send(head + b"%x\r\n" % (MAX_BODY + 1) + b" " * (MAX_BODY + 1) + b"\r\n0\r\n\r\n")
        answer = wire.answer()
        assert (answer.status, answer.code) == (413, "body_too_large")


def test_compressed_too_large(site: Site) -> None:
    import gzip

    answer = ask(site, post(gzip.compress(b" " * 50_000_000), site.key, content_encoding="gzip"))
    assert (answer.status, answer.code) == (413, "body_too_large")


def test_body_too_slow(tmp_path: Path) -> None:
    server = Server(port=0, body_timeout_s=0.3, shutdown_grace_s=1)
    with Site(tmp_path, server=server) as site, Wire(site.port) as wire:
        wire.send(post(b"", site.key, content_length="100") + b'{"model"')
        answer = wire.answer()
        assert (answer.status, answer.code) == (408, "request_timeout")


@pytest.mark.parametrize("media_type", ["text/plain", "multipart/form-data; boundary=x", "application/xml"])
def test_unsupported_media_type(site: Site, media_type: str) -> None:
    answer = ask(site, post(chat(), site.key, content_type=media_type))
    assert (answer.status, answer.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/", 404),
        ("POST", "/v1/responses", 404),
        ("GET", CHAT, 405),
        ("DELETE", "/v1/models", 405),
        ("PUT", "/health/liveness", 405),
    ],
)
def test_unknown_paths_and_methods(site: Site, method: str, path: str, status: int) -> None:
    with Wire(site.port) as wire:
        wire.send(f"{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {site.key}\r\n\r\n")
        answer = wire.answer(method)
        assert answer.status == status
        assert answer.code


VALID = b'{"model":"mock","messages":[{"role":"user","content":"x"}]}'


def framed(*fields: str, version: str = "1.1") -> bytes:
    lines = ["host: gateway", "content-type: application/json", *fields]
    return f"POST {CHAT} HTTP/{version}\r\n{chr(10).join(line + chr(13) for line in lines)}\n\r\n".encode()


CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(VALID), VALID)
SMUGGLING: dict[str, Any] = {
    "TE and CL": lambda key: framed(key, f"content-length: {len(VALID)}", "transfer-encoding: chunked") + CHUNKED,
    "two lengths": lambda key: framed(key, f"content-length: {len(VALID)}", "content-length: 3") + VALID,
    "two equal lengths": lambda key: framed(key, *[f"content-length: {len(VALID)}"] * 2) + VALID,
    "two authorizations": lambda key: framed(key, key, f"content-length: {len(VALID)}") + VALID,
    "TE in HTTP/1.0": lambda key: framed(key, "transfer-encoding: chunked", version="1.0") + CHUNKED,
    "unknown TE": lambda key: framed(key, "transfer-encoding: xchunked") + CHUNKED,
    "stacked TE": lambda key: framed(key, "transfer-encoding: gzip, chunked, chunked") + CHUNKED,
    "space before colon": lambda key: framed(key, f"content-length : {len(VALID)}") + VALID,
    "folded line": lambda key: framed(key, f"content-length: {len(VALID)}", "x-a: b\r\n c") + VALID,
    "signed length": lambda key: framed(key, f"content-length: +{len(VALID)}") + VALID,
    "NUL in a value": lambda key: framed(key, f"content-length: {len(VALID)}", "x-a: b\0c") + VALID,
    "bad chunk size": lambda key: framed(key, "transfer-encoding: chunked") + b"0x5\r\nhello\r\n0\r\n\r\n",
    "not HTTP": lambda _key: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello \r\n\r\n",
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_ambiguous_framing_is_refused_and_the_connection_closed(site: Site, name: str) -> None:
    with Wire(site.port) as wire:
        wire.send(SMUGGLING[name](f"authorization: Bearer {site.key}"))
        answer = wire.answer()
        assert answer.status in (400, 401)
        assert answer.code
        assert wire.closed()


def test_head_too_large(site: Site) -> None:
    with Wire(site.port) as wire:
        wire.send(post(VALID, site.key, x_big="a" * 20_000))
        answer = wire.answer()
        assert answer.status == 400
        assert wire.closed()
