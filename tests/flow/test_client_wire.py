"""What no decent client sends: old and odd HTTP, pipelines, answers that are never read."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nemoproxy.config import Server
from tests.site import Site
from tests.wire import CHAT, Wire, chat, ended, post

ALIVE = b"GET /health/liveness HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.fixture(autouse=True)
def nothing_is_logged_as_an_error(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR] == []


def chunked(body: bytes, key: str, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    head = post(b"", key).replace(b"content-length: 0", b"transfer-encoding: chunked")
    return head + b"%x%b\r\n%b\r\n0\r\n%b\r\n" % (len(body), extension, body, trailers)


def statuses(site: Site, data: bytes, count: int) -> list[int]:
    """The statuses of `count` answers to what is sent in one piece."""
    with Wire(site.port) as wire:
        wire.send(data)
        got = b""
        while got.count(b"HTTP/1.1 ") < count or not got.endswith(b"}"):
            part = wire.socket.recv(65536)
            if not part:
                break
            got += part
    return [int(part[:3]) for part in got.split(b"HTTP/1.1 ")[1:]]


def test_a_hundred_requests_in_one_packet(site: Site) -> None:
    assert statuses(site, post(chat(), site.key) * 100, 100) == [200] * 100


def test_a_pipeline_that_is_left_ends_with_the_client(site: Site) -> None:
    row, key = site.make_key()
    asked = site.mock.total
    with Wire(site.port) as wire:
        wire.send(post(chat("mock,fault=stall"), key) + post(chat(), key) * 10)
        site.run(site.mock.until(lambda: site.mock.total > asked))
    site.eventually(lambda: site.in_flight(row) == 0)
    assert site.mock.total == asked + 1


@pytest.mark.parametrize("data", [ALIVE, b"GET /v1/nothing HTTP/1.1\r\nhost: x\r\n\r\n"], ids=["success", "error"])
def test_answers_that_nobody_reads_are_not_piled_up(site: Site, data: bytes) -> None:
    """Whoever pipelines and does not read is stopped by TCP itself, before it fills our memory."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", site.port))
        client.settimeout(1)
        with pytest.raises(TimeoutError):
            client.sendall(data * 1_000_000)


def test_a_client_that_never_reads_is_cut_off(tmp_path: Path) -> None:
    """It costs a connection and a buffer only as long as an idle one would."""
    with Site(tmp_path, server=Server(port=0, keepalive_timeout_s=0.4, shutdown_grace_s=1)) as site:
        asked = site.mock.total
        row, key = site.make_key()
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", site.port))
            client.sendall(post(chat("mock,size=1000000,events=50", stream=True), key))
            site.run(site.mock.until(lambda: site.mock.total > asked))
            site.eventually(lambda: not site.gateway._server.connections)
            assert site.in_flight(row) == 0


def test_a_client_that_reads_slowly_is_not_cut_off(tmp_path: Path) -> None:
    """Half a megabyte every 100 ms, so that the whole takes several times as long as nothing may."""
    server = Server(port=0, keepalive_timeout_s=1, shutdown_grace_s=1)
    with Site(tmp_path, server=server) as site, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.connect(("127.0.0.1", site.port))
        client.sendall(post(chat("mock,size=100000,events=200", stream=True), site.key))
        pace, got, end = threading.Event(), 0, b""
        while not ended(end):
            part = client.recv(500_000, socket.MSG_WAITALL)
            assert part
            got, end = got + len(part), (end + part)[-200:]
            pace.wait(0.1)
        assert got > 20_000_000


@pytest.mark.parametrize("form", ["http://gateway{}", "HTTPS://gateway:8443{}"])
def test_absolute_form(site: Site, form: str) -> None:
    assert statuses(site, post(chat(), site.key, path=form.format(CHAT)), 1) == [200]


def test_options_of_the_server(site: Site) -> None:
    with Wire(site.port) as wire:
        wire.send(b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n")
        answer = wire.answer()
        assert (answer.status, answer.headers["allow"]) == (200, "GET, HEAD, OPTIONS, POST")


@pytest.mark.parametrize("head", [b"GET http:// HTTP/1.1", b"GET //// HTTP/1.1"])
def test_targets_that_are_no_path(site: Site, head: bytes) -> None:
    assert statuses(site, head + b"\r\nhost: x\r\n\r\n", 1)[0] in (400, 404)


def test_connect_is_declined_and_nothing_behind_it_is_answered(site: Site) -> None:
    with Wire(site.port) as wire:
        wire.send(b"CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n" + ALIVE)
        assert wire.answer().status in (404, 405)
        assert wire.closed()


def test_an_upgrade_is_not_made(site: Site) -> None:
    upgrade = post(chat(), site.key, connection="upgrade", upgrade="websocket", sec_websocket_version="13")
    assert statuses(site, upgrade + post(chat(), site.key), 2) == [200, 200]


@pytest.mark.parametrize(
    "data", [b"GET /v1/models\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/3.7\r\nhost: x\r\n\r\n"]
)
def test_other_versions(site: Site, data: bytes) -> None:
    with Wire(site.port) as wire:
        wire.send(data)
        answer = wire.answer()
        assert (answer.status, answer.code) == (400, "invalid_http")
        assert wire.closed()


@pytest.mark.parametrize("method", ["post", "Post", "P\xf6ST", "POST\t"])
def test_methods_are_case_sensitive(site: Site, method: str) -> None:
    assert statuses(site, post(chat(), site.key).replace(b"POST", method.encode("latin-1"), 1), 1) == [400]


def test_unknown_expectation(site: Site) -> None:
    with Wire(site.port) as wire:
        wire.send(post(chat(), site.key, expect="the-unexpected"))
        answer = wire.answer()
        assert (answer.status, answer.code) == (417, "expectation_failed")
        assert wire.closed()


def test_http_1_0_expects_nothing(site: Site) -> None:
    data = post(chat(), site.key, expect="100-continue").replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    with Wire(site.port) as wire:
        wire.send(data[:-5])
        wire.send(data[-5:])
        assert wire.rest().startswith(b"HTTP/1.1 200 ")


def test_a_refusal_instead_of_100_continue_ends_the_connection(site: Site) -> None:
    """The client may send the body or not: what comes next cannot be told apart."""
    head = post(chat(), "sk-nemo-wrong", expect="100-continue").partition(b"\r\n\r\n")[0]
    with Wire(site.port) as wire:
        wire.send(head + b"\r\n\r\n")
        answer = wire.answer()
        assert answer.status == 401
        assert answer.headers["connection"] == "close"


BODY = json.dumps(chat()).encode()


@pytest.mark.parametrize("extension", [b"", b";a", b";a=b", b';a="b c"', b";" + b"a" * 100_000])
def test_chunk_extensions_are_ignored(site: Site, extension: bytes) -> None:
    assert statuses(site, chunked(BODY, site.key, extension) + ALIVE, 2) == [200, 200]


@pytest.mark.parametrize("extension", [b";a=b\n", b';a="\r\n', b";a\r", b"\n", b" 5", b";a\0"])
def test_chunk_extensions_that_break_lines_are_refused(site: Site, extension: bytes) -> None:
    """One hop reads a line end where another reads an extension: no request may hide there."""
    with Wire(site.port) as wire:
        wire.send(chunked(BODY, site.key, extension) + ALIVE)
        assert wire.answer().status == 400
        assert wire.closed()


def test_chunks_of_no_length_end_the_body(site: Site) -> None:
    head = post(b"", site.key).replace(b"content-length: 0", b"transfer-encoding: chunked")
    assert statuses(site, head + b"0\r\n\r\n" + ALIVE, 2) == [400, 200]
    assert statuses(site, chunked(BODY, site.key).replace(b"\r\n0\r\n", b"\r\n000000\r\n") + ALIVE, 2) == [200, 200]


def test_trailers_change_nothing(site: Site) -> None:
    wrong = chunked(BODY, "sk-nemo-wrong", trailers=b"authorization: Bearer " + site.key.encode() + b"\r\n")
    assert statuses(site, wrong + ALIVE, 2) == [401, 200]
    assert statuses(site, chunked(BODY, site.key, trailers=b"content-length: 3\r\n") + ALIVE, 2)[0] in (200, 400)


def test_names_with_underscores_are_other_names(site: Site) -> None:
    odd = b"Content_Length: 3\r\nTransfer_Encoding: chunked\r\nAuthorization_: x\r\ncontent-type"
    assert statuses(site, post(chat(), site.key).replace(b"content-type", odd, 1) + ALIVE, 2) == [200, 200]


@pytest.mark.parametrize("value", [b"\xff\xfe\x80", b"Bearer \xff" * 500, b"Bearer sk-nemo-\xe9\xe9"])
def test_authorization_that_is_not_text(site: Site, value: bytes) -> None:
    data = post(chat(), None).replace(b"\r\n\r\n", b"\r\nauthorization: " + value + b"\r\n\r\n", 1)
    assert statuses(site, data, 1) == [401]


def test_a_head_that_is_refused_is_not_quoted(site: Site) -> None:
    """The line that is too long may be the one with the key."""
    with Wire(site.port) as wire:
        wire.send(post(chat(), "canary" * 2000))
        answer = wire.answer()
        assert answer.status == 400
        assert b"canary" not in answer.body


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
@pytest.mark.parametrize("key", [True, False], ids=["good key", "bad key"])
def test_a_body_that_does_not_unpack(site: Site, coding: str, key: bool) -> None:
    sent = post(b"this is not compressed", site.key if key else "sk-nemo-x", content_encoding=coding)
    assert statuses(site, sent + ALIVE, 1)[0] == (400 if key else 401)


def test_a_packed_body(site: Site) -> None:
    assert statuses(site, post(gzip.compress(BODY), site.key, content_encoding="gzip"), 1) == [200]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_long_answer_that_is_cut_is_a_broken_connection(site: Site, version: str) -> None:
    with Wire(site.port) as wire:
        data = post(chat("mock,size=5000000,fault=cut:3000000"), site.key)
        wire.send(data.replace(b"HTTP/1.1", b"HTTP/" + version.encode(), 1))
        broken = False
        got = b""
        try:
            while part := wire.socket.recv(65536):
                got += part
        except ConnectionResetError:
            broken = True
    assert got.startswith(b"HTTP/1.1 200 ")
    assert broken if version == "1.0" else not got.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_long_answer_is_framed(site: Site, version: str) -> None:
    with Wire(site.port) as wire:
        data = post(chat("mock,size=3000000"), site.key, connection="close")
        wire.send(data.replace(b"HTTP/1.1", b"HTTP/" + version.encode(), 1))
        answer = wire.answer()
    framing = answer.headers["content-length"], answer.headers["transfer-encoding"]
    assert framing in (
        [("3000000", None), (None, "chunked")] if version == "1.1" else [("3000000", None), (None, None)]
    )
    assert len(answer.body) == 3_000_000
