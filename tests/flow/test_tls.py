"""Providers behind TLS: whom the gateway trusts, and that back-pressure reaches through it."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
import trustme

from tests.timing import ENOUGH_S
from tests.upstream import BODY, Upstream, answer_all, read_request
from tests.wire import Wire, chat, ended, post

EVENT = b'data: {"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n' % (b"x" * 60_000)
EVENTS = 1000
DONE = b"data: [DONE]\n\n"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    file: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


def certified(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_a_trusted_provider(tmp_path: Path, authority: trustme.CA, ca_file: str) -> None:
    tls = certified(authority, "127.0.0.1")
    with (
        Upstream(answer_all, tls) as upstream,
        upstream.site(tmp_path, scheme="https", ca_file=ca_file) as site,
        Wire(site.port) as wire,
    ):
        for size in (1, 1, 4_000_000):
            wire.send(post(chat(messages=[{"role": "user", "content": "x" * size}]), site.key))
            assert wire.answer().body == BODY
        assert upstream.accepted == 1


@pytest.mark.parametrize("wrong", ["authority", "name", "no TLS"])
def test_a_provider_that_is_not_who_it_should_be(
    tmp_path: Path, authority: trustme.CA, ca_file: str, wrong: str
) -> None:
    seen: list[bytes] = []

    def talk(connection: socket.socket, _number: int) -> None:
        seen.append(connection.recv(10_000) if wrong == "no TLS" else read_request(connection))

    issuer = trustme.CA() if wrong == "authority" else authority
    tls = None if wrong == "no TLS" else certified(issuer, "other.test" if wrong == "name" else "127.0.0.1")
    with (
        Upstream(talk, tls) as upstream,
        upstream.site(tmp_path, scheme="https", ca_file=ca_file) as site,
        Wire(site.port) as wire,
    ):
        wire.send(post(chat(), site.key))
        answer = wire.answer()
        assert (answer.status, answer.code) == (503, "upstream_unavailable")
        message = answer.json()["error"]["message"]
        assert "127.0.0.1" not in message
        if wrong != "no TLS":
            assert "certificate is not trusted" in message
        assert not any(b"authorization" in request for request in seen)


@pytest.mark.parametrize("framed", [True, False])
def test_back_pressure_through_tls(tmp_path: Path, authority: trustme.CA, ca_file: str, framed: bool) -> None:
    """A reader that stops stops the provider; when it goes on, everything arrives.

    Where the provider closes while the client is slow, uvloop's TLS may lose the last of it: then the stream is broken,
    not ended.
    """
    sent: list[int] = []

    def talk(connection: socket.socket, _number: int) -> None:
        read_request(connection)
        length = EVENTS * len(EVENT) + len(DONE)
        connection.sendall(HEAD + (b"content-length: %d\r\n\r\n" % length if framed else b"connection: close\r\n\r\n"))
        for _ in range(EVENTS):
            connection.sendall(EVENT)
            sent.append(1)
        connection.sendall(DONE)
        if framed:
            connection.recv(1)

    tls = certified(authority, "127.0.0.1")
    with (
        Upstream(talk, tls) as upstream,
        upstream.site(tmp_path, scheme="https", ca_file=ca_file) as site,
        socket.socket() as client,
    ):
        row, key = site.make_key()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", site.port))
        client.sendall(post(chat(stream=True), key, connection="close"))
        site.eventually(lambda: any(connection.writing_paused for connection in site.gateway._server.connections))
        so_far = [0]

        def stands_still() -> bool:
            before, so_far[0] = so_far[0], len(sent)
            return before == so_far[0] > 0

        for _ in range(50):
            site.eventually(stands_still)
        assert len(sent) < EVENTS / 2
        client.settimeout(ENOUGH_S)
        got, end = 0, b""
        while part := client.recv(1 << 20):
            got, end = got + len(part), (end + part)[-300:]
        assert ended(end) or b"upstream_invalid_response" in end
        assert not framed or (ended(end) and got > EVENTS * 60_000)
        site.eventually(lambda: site.in_flight(row) == 0)
