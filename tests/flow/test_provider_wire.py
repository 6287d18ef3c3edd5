"""Providers that break HTTP's unwritten rules: at the wrong moment, too much, twice, or not to the end."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import orjson
import pytest

from nemoproxy.config import Model, Provider, Secret, Target, Timeouts
from nemoproxy.upstream import Connection
from tests.asking import ask
from tests.site import PRICE, Site
from tests.timing import ENOUGH_S, NEVER_S, within
from tests.upstream import BODY, OK, Upstream, answer_all, deaf, read_request
from tests.wire import Answer, Wire, chat, post


@pytest.fixture(autouse=True)
def nothing_is_logged_as_an_error(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR] == []


def idle(site: Site) -> int:
    """Live connections in the pool."""
    pool = site.gateway._providers["p"]._pool
    return sum(1 for connection in pool._idle if not connection.closed)


def test_a_head_that_comes_byte_by_byte(tmp_path: Path) -> None:
    def talk(connection: socket.socket, _number: int) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        read_request(connection)
        for byte in OK:
            connection.sendall(bytes([byte]))

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site:
        assert ask(site).body == BODY


def test_bytes_before_a_request_are_never_its_answer(tmp_path: Path) -> None:
    spoken = threading.Event()

    def talk(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(OK)
        if number == 1:
            spoken.wait()
            connection.sendall(OK.replace(b'"ok"', b'"no"'))
        read_request(connection)
        connection.sendall(OK)

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site:
        assert ask(site).body == BODY
        site.eventually(lambda: idle(site) == 1)
        spoken.set()
        site.eventually(lambda: idle(site) == 0)
        assert ask(site).body == BODY
        assert upstream.accepted == 2


def test_bytes_behind_an_answer_end_its_connection(tmp_path: Path) -> None:
    def talk(connection: socket.socket, _number: int) -> None:
        while read_request(connection):
            connection.sendall(OK + OK)

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site:
        for _ in range(3):
            assert ask(site).body == BODY
        assert upstream.accepted == 3


def test_an_answer_before_the_request_was_read_ends_its_connection(tmp_path: Path) -> None:
    """The rest of the request still waits in our buffer: it must not be the beginning of the next one."""
    answered = threading.Event()

    def talk(connection: socket.socket, number: int) -> None:
        if number == 1:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.recv(100)
            connection.sendall(OK.replace(b"200 OK", b"413 No"))
            answered.wait(ENOUGH_S)
        else:
            answer_all(connection, number)

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site:
        assert ask(site, messages=[{"role": "user", "content": "x " * 5_000_000}]).status == 413
        assert ask(site).status == 200
        assert upstream.accepted == 2
        answered.set()


def test_a_hundred_connections_die_while_a_hundred_requests_go_out(tmp_path: Path) -> None:
    """Each gets exactly one answer, and none goes out more than twice."""
    count = 100
    go, dead = threading.Barrier(count + 1), threading.Event()
    asked: list[str] = []

    def talk(connection: socket.socket, number: int) -> None:
        while request := read_request(connection):
            asked.append(str(json.loads(request.partition(b"\r\n\r\n")[2])["messages"][0]["content"]))
            if number <= count:
                if not dead.is_set():
                    go.wait(ENOUGH_S)
                    connection.sendall(OK)
                connection.recv(1, socket.MSG_PEEK)  # the next request is there: now the connection goes
                return
            connection.sendall(OK)

    def one(number: int, site: Site) -> Answer:
        return ask(site, messages=[{"role": "user", "content": f"{number}"}])

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site, ThreadPoolExecutor(count) as pool:
        first = [pool.submit(one, number, site) for number in range(count)]
        go.wait(ENOUGH_S)
        assert all(future.result().status == 200 for future in first)
        site.eventually(lambda: idle(site) == count)
        dead.set()
        asked.clear()
        second = list(pool.map(lambda number: one(number, site), range(count)))
        assert [answer.status for answer in second] == [200] * count
        assert sorted(asked, key=int) == [f"{number}" for number in range(count)]


def test_a_request_goes_out_twice_at_most(tmp_path: Path) -> None:
    """A provider that answers once on each connection and then only hangs up: that is one try more, not one each."""
    both = threading.Barrier(3)
    hung_up: list[int] = []

    def talk(connection: socket.socket, number: int) -> None:
        read_request(connection)
        if number <= 3:
            both.wait(ENOUGH_S)
            connection.sendall(OK)
            if read_request(connection):
                hung_up.append(number)
        else:
            hung_up.append(number)

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site, ThreadPoolExecutor(3) as pool:
        assert {answer.status for answer in pool.map(lambda _: ask(site), range(3))} == {200}
        site.eventually(lambda: idle(site) == 3)
        answer = ask(site)
        assert (answer.status, answer.code) == (503, "upstream_unavailable")
        assert len(hung_up) == 2


@pytest.mark.parametrize("close", ["fin", "rst"])
def test_the_provider_closes_just_when_we_send(tmp_path: Path, close: str) -> None:
    def talk(connection: socket.socket, _number: int) -> None:
        read_request(connection)
        if close == "rst":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(OK)

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site, Wire(site.port) as wire:
        for _ in range(200):
            wire.send(post(chat(), site.key))
            assert wire.answer().status in ((200,) if close == "fin" else (200, 503))


def test_a_connection_that_is_not_accepted(tmp_path: Path) -> None:
    """A full backlog: the SYN is not answered. The client leaves, or the deadline comes; neither keeps a slot."""
    (tmp_path / "patient").mkdir()
    with deaf() as port, Upstream(answer_all) as upstream:
        upstream.port = port
        with upstream.site(tmp_path / "patient", timeouts=Timeouts(connect_s=NEVER_S)) as site:
            with Wire(site.port) as wire:
                wire.send(post(chat(), site.key))
                site.eventually(lambda: site.in_flight(site.row) == 1)
            with within(0.1):
                site.eventually(lambda: site.in_flight(site.row) == 0)
        with upstream.site(tmp_path, timeouts=Timeouts(connect_s=0.7)) as site:
            row, key = site.make_key()
            answer = ask(site, key)
            assert (answer.status, answer.code) == (503, "upstream_unavailable")
            assert site.in_flight(row) == 0
            # Leaving at the very moment of the deadline is no error either.
            for delay in range(8):
                with Wire(site.port) as wire:
                    wire.send(post(chat(), key))
                    wire.socket.settimeout(0.66 + delay * 0.01)
                    with suppress(TimeoutError):
                        wire.socket.recv(1)
            site.eventually(lambda: site.in_flight(row) == 0)
            assert site.gateway._books.drain.flush()
            assert site.rows("SELECT * FROM usage") == []  # nobody was asked


def test_total_deadline_ends_a_call_whose_client_is_slow(tmp_path: Path) -> None:
    """While the client does not read, the provider is not to blame for silence; but some time it is enough."""
    timeouts = Timeouts(idle_s=0.5, total_s=2.5)
    with Site(tmp_path, timeouts=timeouts) as site:
        row, key = site.make_key()
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", site.port))
            began = time.monotonic()
            client.sendall(post(chat("mock,size=100000,events=1000", stream=True), key))
            site.eventually(lambda: site.in_flight(row) == 1)
            site.eventually(lambda: site.in_flight(row) == 0)
            assert time.monotonic() - began > 2.4
            rest = b""
            client.settimeout(ENOUGH_S)
            while part := client.recv(1 << 20):
                rest = (rest + part)[-1000:]
            assert b"took longer than 2.5 s" in rest


def test_models_are_not_waited_for_on_behalf_of_one_client(tmp_path: Path) -> None:
    """The list is fetched for all who wait: that one of them leaves is nothing to the others."""
    asked, go = threading.Event(), threading.Event()
    models = b'{"object":"list","data":[{"id":"m","object":"model"}]}'

    def talk(connection: socket.socket, _number: int) -> None:
        read_request(connection)
        asked.set()
        go.wait(ENOUGH_S)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(models), models))

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site:
        get = f"GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {site.key}\r\n\r\n"
        with Wire(site.port) as other:
            with Wire(site.port) as wire:
                wire.send(get)
                assert asked.wait(ENOUGH_S)
                other.send(get)
            go.set()
            assert [model["id"] for model in other.answer().json()["data"]] == ["m"]
        assert upstream.accepted == 1


def test_a_provider_that_does_not_list_its_models_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nemoproxy.server.site.LIST_PATIENCE_S", 0.2)

    def talk(connection: socket.socket, _number: int) -> None:
        read_request(connection)
        connection.recv(1)

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site, Wire(site.port) as wire:
        wire.send(f"GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {site.key}\r\n\r\n")
        assert wire.answer().json()["data"] == []


@pytest.mark.parametrize(
    "error",
    [
        b'{"error":' + b'{"a":' * 300 + b"1" + b"}" * 301,
        b'{"error":{"message":"' + b"x" * 3_000_000 + b'"}}',
        b'{"error":{"message":"m","code":18446744073709551616}}',
        b'{"error":{"message":"\\ud800"}}',
        b"\xff" * 10_000,
        b"[" * 5000,
        b'{"error":[]}',
        b"null",
    ],
)
def test_no_error_body_is_too_strange(tmp_path: Path, error: bytes) -> None:
    def talk(connection: socket.socket, _number: int) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 400 No\r\ncontent-length: %d\r\n\r\n%b" % (len(error), error))

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site:
        answer = ask(site)
        assert answer.status == 400
        assert answer.json()["error"]["message"]
        assert len(answer.body) < 100_000


SECRET = "sk-provider-canary-0123456789abcdef"


@pytest.mark.parametrize("fault", ["quotes", "garbage", "close", "stall", "cut", "refuses"])
def test_no_answer_and_no_log_tells_where_the_provider_is_or_its_key(
    tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    def talk(connection: socket.socket, _number: int) -> None:
        request = read_request(connection)
        quoted = json.dumps({"error": {"message": request.decode(), "where": f"127.0.0.1:{upstream.port}"}}).encode()
        if fault == "quotes":
            connection.sendall(b"HTTP/1.1 500 No\r\ncontent-length: %d\r\n\r\n%b" % (len(quoted), quoted))
        elif fault == "garbage":
            connection.sendall(request)
        elif fault == "stall":
            connection.recv(1)
        elif fault == "cut":
            connection.sendall(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99\r\n\r\n: hm\n\n"
            )

    with Upstream(talk) as upstream:
        timeouts = Timeouts(connect_s=0.5, first_byte_s=0.5)
        with upstream.site(tmp_path, timeouts=timeouts, api_key=Secret(SECRET)) as site:
            if fault == "refuses":
                upstream._listener.close()
            with Wire(site.port) as wire:
                wire.send(post(chat(stream=True), site.key, connection="close"))
                answer = wire.rest()
            key = site.key
        logs = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records).encode()
        for text in (answer, logs):
            assert SECRET.encode() not in text
            assert key.encode() not in text
            assert b"127.0.0.1" not in text or not re.search(rb"127\.0\.0\.1:%d" % upstream.port, text)
        assert not re.search(rb"Traceback|\.py\b|Errno|Exception|/tmp", answer)


@pytest.mark.parametrize("size", [1 << 20, 1], ids=["at once", "byte by byte"])
def test_a_key_that_the_provider_says_is_blotted_out(tmp_path: Path, size: int) -> None:
    """In answers, in streams and in what a stream is broken off with, however it is cut into reads."""
    key = "sk-live-0123456789abcdefghijklmnop"
    events = [
        {"choices": [{"index": 0, "delta": {"content": f"You are {key}."}}]},
        {"error": {"message": f"{key} has no credit left", "type": "insufficient_quota"}},
    ]
    parts = [b"data: %b\n\n" % orjson.dumps(event) for event in events]
    stream = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    body = BODY.replace(b'"ok"', b'"%b"' % key.encode())
    plain = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)

    def talk(connection: socket.socket, _: int) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while request := read_request(connection):
            assert key.encode() in request
            said = head + stream if re.search(rb'"stream": ?true', request) else plain
            for at in range(0, len(said), size):
                connection.sendall(said[at : at + size])

    with Upstream(talk) as upstream, upstream.site(tmp_path, api_key=Secret(key)) as site:
        for streamed in (False, True):
            said = ask(site, stream=streamed).body
            assert key.encode() not in said and b"*" * len(key) in said
        assert b"has no credit left" in said


@pytest.mark.parametrize("last", [b"sk-live-0123456789", b"."], ids=["begun", "ended"])
@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0"])
def test_a_key_that_comes_in_two_reads_of_a_long_body_is_blotted_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, last: bytes
) -> None:
    """Sound passes as it comes. What only looks like the beginning of a key is passed on as well."""
    key = b"sk-live-0123456789abcdefghijklmnop"
    parts = [b"\x00\xffs", b"ksk-", key[:5], key[5:6], key[6:] + key[:20], b"no", key[:9], key[9:] + key[:30], last]
    body = b"".join(parts)
    was_read = threading.Semaphore(0)

    def noted(connection: Connection, data: bytes, read: Callable[..., None] = Connection.data_received) -> None:
        read(connection, data)
        was_read.release()

    def talk(connection: socket.socket, _: int) -> None:
        read_request(connection)
        head = b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n"
        for said in [head, *(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)]:
            connection.sendall(said)
            was_read.acquire(timeout=20)
        connection.sendall(b"0\r\n\r\n")

    monkeypatch.setattr(Connection, "data_received", noted)
    with Upstream(talk) as upstream, upstream.site(tmp_path, api_key=Secret(key.decode())) as site:
        asked = post({"model": "tts-1", "input": "Hello", "voice": "alloy"}, site.key, "/v1/audio/speech")
        with Wire(site.port) as wire:
            wire.send(asked.replace(b"HTTP/1.1", version.encode(), 1))
            answer = wire.answer()
    assert answer.status == 200
    assert answer.body == body.replace(key, b"*" * len(key))


def test_a_pattern_passes_on_what_it_has_after_its_last_slash(tmp_path: Path) -> None:
    names = ("claude-9", "claude-8", "eu/claude-8", "groq/claude-8", "x/claude-8")
    patterns = {"claude-9*": "long", "claude-*": "short", "eu/claude-*": "eu", "groq/*": "groq", "*": "rest"}
    asked: dict[str, list[str]] = {name: [] for name in patterns.values()}
    listed = orjson.dumps({"object": "list", "data": [{"id": name} for name in ("claude-8", "gpt-9")]})

    def talk_as(name: str) -> Callable[[socket.socket, int], None]:
        def talk(connection: socket.socket, _number: int) -> None:
            while request := read_request(connection):
                body = listed
                if request.startswith(b"POST"):
                    asked[name].append(orjson.loads(request.partition(b"\r\n\r\n")[2])["model"])
                    body = BODY
                head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
                connection.sendall(head % len(body) + body)

        return talk

    with ExitStack() as stack:
        upstreams = {name: stack.enter_context(Upstream(talk_as(name))) for name in asked}
        made = {name: Provider(base_url=f"http://127.0.0.1:{up.port}/v1") for name, up in upstreams.items()}
        models = {pattern: Model(targets=(Target(provider=name),)) for pattern, name in patterns.items()}
        prices = {f"{name}/*": (PRICE,) for name in asked}
        with Site(tmp_path, providers=made, models=models, prices=prices) as site, Wire(site.port) as wire:
            for name in names:
                wire.send(post(chat(name), site.key))
                assert wire.answer().status == 200
            wire.send(f"GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {site.key}\r\n\r\n")
            ids = sorted(model["id"] for model in wire.answer("GET").json()["data"])
    assert asked == {
        "long": ["claude-9"],
        "short": ["claude-8"],
        "eu": ["claude-8"],
        "groq": ["claude-8"],
        "rest": ["x/claude-8"],
    }
    assert ids == ["claude-8", "eu/claude-8", "gpt-9", "groq/claude-8", "groq/gpt-9"]


def test_what_comes_in_one_read_goes_out_in_one_write(tmp_path: Path) -> None:
    """The head with the first event, and the last one with the end and its trailers: each write is a packet."""
    event = b'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n'
    go = threading.Event()

    def talk(connection: socket.socket, _number: int) -> None:
        read_request(connection)
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        connection.sendall(head + b"%x\r\n%b\r\n" % (len(event), event))
        go.wait(ENOUGH_S)
        connection.sendall(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site, Wire(site.port) as wire:
        wire.send(post(chat(stream=True), site.key))
        first = wire.socket.recv(1 << 16)
        assert first.startswith(b"HTTP/1.1 200 OK\r\n")
        assert first.endswith(b"%b\r\n" % event)
        go.set()
        last = wire.socket.recv(1 << 16)
        assert last.startswith(b"e\r\ndata: [DONE]\n\n\r\n0\r\nx-nemo-request-cost: ")
        assert last.endswith(b"\r\n\r\n")
