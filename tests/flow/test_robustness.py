"""Many at once, leaving at any moment, reading slowly, stopping: nothing is lost, leaked, or said twice."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import random
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nemoproxy.config import Credits, Server, Timeouts
from tests.site import Site
from tests.timing import ENOUGH_S, LONG, NEVER_S, within
from tests.upstream import Upstream, read_request
from tests.wire import Wire, chat, ended, post


@pytest.fixture(autouse=True)
def nothing_is_logged_as_an_error(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Not by the gateway, and not by asyncio: no exception nobody took, no task that was destroyed."""
    yield
    gc.collect()
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR] == []


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


async def drink(port: int, data: bytes) -> bytes:
    """The last bytes of everything the gateway sends until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    end = b""
    while part := await reader.read(65536):
        end = (end + part)[-100:]
    writer.close()
    return end


def test_many_streams_and_one_that_reads_a_kilobyte_a_second(site: Site) -> None:
    """Megabytes wait for the slow one; the gateway may hold only a little of it, and the provider is made to wait."""
    row, key = site.make_key()
    streams = post(chat("mock,events=20,spacing=20ms", stream=True), key, connection="close")

    async def drink_all() -> list[bytes]:
        return await asyncio.gather(*(drink(site.port, streams) for _ in range(1000 if LONG else 250)))

    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        slow.connect(("127.0.0.1", site.port))
        slow.sendall(
            post(chat(f"mock,size=64000,events={1000 if LONG else 500}", stream=True), key, connection="close")
        )
        site.run(site.mock.until(lambda: any(connection.held for connection in site.mock.open)))
        seen = site.mock.requests[-1]
        stop = threading.Event()

        def sip() -> None:
            while not stop.wait(0.25):
                slow.recv(256)

        sipping = threading.Thread(target=sip)
        sipping.start()
        before, written = resident(), seen.written
        ends = asyncio.run(drink_all())
        grown = resident() - before
        stop.set()
        sipping.join()
        assert all(ended(end) for end in ends)
        assert site.in_flight(row) == 1
        assert seen.written - written < 4_000_000, "the provider went on although its reader does not"
        assert seen.written < 20_000_000, "more is under way than the kernel's buffers hold"
        assert grown < 100_000_000, "of the clients, the gateway and the mock together"
        slow.settimeout(ENOUGH_S)
        end = b""
        while part := slow.recv(1 << 20):
            end = (end + part)[-100:]
        assert ended(end)
    site.eventually(lambda: site.in_flight(row) == 0)


MODELS = [
    "mock",
    "mock,latency=30ms",
    "mock,events=40,spacing=2ms",
    "mock,size=2000000",
    "mock,fault=stall:2",
    "mock,fault=cut:2,events=9,spacing=2ms",
    "mock,status=500,latency=5ms",
    "dead",
]


@pytest.mark.parametrize("seed", range(10 if LONG else 1))
def test_three_hundred_clients_leave_at_any_moment(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with Site(tmp_path) as site:
        row, key = site.make_key(concurrency=400)
        with Wire(site.port) as wire:
            wire.send(post(chat(), key))
            assert wire.answer().status == 200
        before, swept = descriptors(), set(site.gateway._sweeper._members)

        async def leave() -> None:
            client = socket.create_connection(("127.0.0.1", site.port))
            content = "x " * chance.choice([1, 1, 1, 100_000])
            members = {"stream": chance.random() < 0.6, "messages": [{"role": "user", "content": content}]}
            data = post(chat(chance.choice(MODELS), **members), key)
            client.setblocking(False)
            sent = chance.choice([len(data), len(data), len(data) - 1, chance.randrange(len(data))])
            try:
                await asyncio.wait_for(asyncio.get_running_loop().sock_sendall(client, data[:sent]), 1)
                await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 1000), chance.random() * 0.1)
            except (TimeoutError, ConnectionError):
                pass
            reset(client) if chance.random() < 0.5 else client.close()

        async def storm() -> None:
            await asyncio.gather(*(leave() for _ in range(300)))

        asyncio.run(storm())
        site.eventually(lambda: not site.gateway._server.connections)
        assert site.in_flight(row) == 0
        pool = site.gateway._providers["mock"]._pool
        site.eventually(lambda: site.mock.connections == sum(not idle.closed for idle in pool._idle))
        site.eventually(lambda: descriptors() <= before + site.mock.connections * 2)
        assert site.gateway._sweeper._members == swept


def test_a_pooled_connection_outlives_a_client_that_left_before_it_was_asked(site: Site) -> None:
    """Requests of clients that are gone take no connection with them."""
    with Wire(site.port) as wire:
        wire.send(post(chat(), site.key))
        assert wire.answer().status == 200
    pool = site.gateway._providers["mock"]._pool
    long = post(chat(messages=[{"role": "user", "content": "word " * 400_000}]), site.key)
    connections = site.mock.connections
    asked = site.mock.total
    for _ in range(3):
        with Wire(site.port) as wire:
            wire.send(long)
    site.eventually(lambda: not site.gateway._server.connections)
    site.eventually(lambda: site.mock.connections == sum(not idle.closed for idle in pool._idle))
    assert site.mock.connections <= connections
    assert site.mock.total <= asked + 3


@pytest.mark.parametrize("moment", ["head", "body", "parsing", "latency", "stream"])
def test_a_client_that_leaves_frees_its_place_at_once(site: Site, moment: str) -> None:
    row, key = site.make_key(concurrency=1)
    content = "word " * 800_000 if moment == "parsing" else "x"
    model = {"latency": f"mock,latency={NEVER_S}s", "stream": "mock,fault=stall:2"}.get(moment, "mock,latency=2s")
    data = post(chat(model, messages=[{"role": "user", "content": content}], stream=moment == "stream"), key)
    asked, left = site.mock.total, len(site.mock.left)
    with Wire(site.port) as wire:
        wire.send(data[:40] if moment == "head" else data[:-1] if moment == "body" else data)
        if moment in ("latency", "stream"):
            site.run(site.mock.until(lambda: site.mock.total > asked))
        if moment == "stream":
            wire.socket.recv(1000)
    if moment in ("latency", "stream"):
        with within(0.1):
            site.run(site.mock.until(lambda: len(site.mock.left) > left))
    site.eventually(lambda: not site.gateway._server.connections)
    assert site.in_flight(row) == 0


def test_long_prompts_are_worked_on_in_a_thread(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = site.gateway._parser._threads
    submitted: list[str] = []
    submit = threads.submit

    def spy(work: object, /, *arguments: object) -> object:
        submitted.append(getattr(work, "__name__", "?"))
        return submit(work, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(threads, "submit", spy)
    for size, expected in ((60_000, []), (4_000_000, ["parse", "prompt_tokens", "upstream_body"])):
        submitted.clear()
        with Wire(site.port) as wire:
            wire.send(post(chat(messages=[{"role": "user", "content": "w " * (size // 2)}]), site.key))
            assert wire.answer().status == 200
        assert submitted == expected


def test_a_sweep_that_fails_does_not_stop_the_others(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def sweep(self, now: float) -> None:
            raise ValueError("on purpose")

    timeouts = Timeouts(first_byte_s=0.5)
    with Site(tmp_path, timeouts=timeouts) as site:
        site.gateway._sweeper.add(Broken())
        for _ in range(2):
            with Wire(site.port) as wire:
                wire.send(post(chat("mock,fault=stall"), site.key))
                assert wire.answer().status == 504
    assert "a sweep failed" in caplog.text
    caplog.clear()


class TestStopping:
    """SIGTERM's work: `Gateway.stop`."""

    GRACE_S = 0.8

    @pytest.fixture
    def site(self, tmp_path: Path) -> Iterator[Site]:
        with Site(tmp_path, server=Server(port=0, shutdown_grace_s=self.GRACE_S)) as running:
            yield running

    @pytest.mark.parametrize("streamed", [True, False])
    def test_what_runs_ends_within_the_grace_period(self, tmp_path: Path, streamed: bool) -> None:
        site = Site(tmp_path, server=Server(port=0, shutdown_grace_s=NEVER_S))
        asked = site.mock.total
        with closing(site), Wire(site.port) as wire, Wire(site.port) as idle:
            wire.send(post(chat("mock,latency=100ms,events=10,spacing=10ms", stream=streamed), site.key))
            site.run(site.mock.until(lambda: site.mock.total > asked))
            site.run(site.gateway.stop())
            data = wire.rest()
            assert ended(data) if streamed else data.endswith(b"}")
            if not streamed:
                assert b"connection: close" in data
            assert idle.closed()
            with pytest.raises(ConnectionRefusedError):
                Wire(site.port)

    def test_what_does_not_is_broken_off(self, site: Site) -> None:
        row, key = site.make_key()
        asked = site.mock.total
        wires = [Wire(site.port) for _ in range(4)]
        wires[0].send(post(chat("mock,events=100000,spacing=5ms", stream=True), key))
        wires[1].send(post(chat("mock,fault=stall"), key))
        wires[2].send(post(chat(), key)[:-1])
        wires[3].send(post(chat("mock,size=100000,events=1000", stream=True), key))
        site.run(site.mock.until(lambda: site.mock.total >= asked + 3))
        began = time.monotonic()
        site.run(site.gateway.stop())
        assert time.monotonic() - began >= self.GRACE_S
        stream, stalled, half, unread = (wire.rest() for wire in wires)
        assert b'"code":"shutting_down"' in stream[-400:]
        assert b"[DONE]" not in stream
        assert not stream.endswith(b"0\r\n\r\n")
        for answer in (stalled, half):
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "shutting_down"
        assert b"[DONE]" not in unread
        assert site.in_flight(row) == 0
        for wire in wires:
            wire.socket.close()

    def test_twice_is_once(self, site: Site) -> None:
        site.run(site.gateway.stop())
        site.run(site.gateway.stop())

    def test_a_port_that_is_taken(self, site: Site, tmp_path: Path) -> None:
        from nemoproxy._core import Pepper
        from nemoproxy.server.app import Gateway
        from tests.site import PEPPER

        threads = threading.active_count()

        async def start() -> None:
            import msgspec

            config = msgspec.structs.replace(
                site.config, server=Server(port=site.port), credits=Credits(journal=str(tmp_path / "another"))
            )
            await Gateway(config, site.records, Pepper(PEPPER)).start()

        with pytest.raises(OSError, match="in use"):
            site.run(start())
        assert threading.active_count() <= threads


def test_tokens_beyond_the_hold_show_while_the_stream_runs(site: Site) -> None:
    row, key = site.make_key(tpm=100_000)
    with Wire(site.port) as wire:
        wire.send(post(chat("mock,events=3000,spacing=1ms,size=40", stream=True), key))
        site.eventually(lambda: site.in_flight(row) == 1)
        held = site.tokens(row)
        site.eventually(lambda: site.tokens(row) > held + 1000)
        assert site.in_flight(row) == 1


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("usage", ["exact", "missing", "zero", "negative", "huge", "string", "twice"])
def test_whatever_usage_says_the_window_holds_something_plausible(site: Site, usage: str, streamed: bool) -> None:
    row, key = site.make_key(tpm=10_000_000)
    with Wire(site.port) as wire:
        wire.send(post(chat(f"mock,events=50,usage={usage}", stream=streamed), key))
        assert wire.answer().status == 200
    site.eventually(lambda: site.in_flight(row) == 0)
    assert 50 <= site.tokens(row) <= 120


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize(
    ("prompt", "completion", "total", "least", "most"),
    [
        (10, 2000, 2010, 2010, 2010),  # tokenizers differ
        (10, 2000, 2500, 2500, 2500),  # hidden reasoning
        (10, 40_000, 40_010, 40_010, 40_010),
        (10, 2000, 3, 2000, 2200),  # contradicts itself
        (1, 1, 2, 2000, 2200),  # contradicts the text
        (1, 1, 999_999_999, 2000, 2200),
        (999_999_999, 1, 1, 2000, 2200),
        (0, 999_999_999, 999_999_999, 2000, 2200),
    ],
)
def test_usage_that_contradicts(
    tmp_path: Path, streamed: bool, prompt: int, completion: int, total: int, least: int, most: int
) -> None:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
    message = {"role": "assistant", "content": "word " * 2000}
    choice = {"index": 0, "delta" if streamed else "message": message}
    body = json.dumps({"choices": [choice], "usage": usage}).encode()
    kind = b"text/event-stream" if streamed else b"application/json"
    if streamed:
        body = b"data: " + body + b"\n\ndata: [DONE]\n\n"
    head = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n" % (kind, len(body))

    def talk(connection: socket.socket, _number: int) -> None:
        while read_request(connection):
            connection.sendall(head + body)

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site, Wire(site.port) as wire:
        row, key = site.make_key(tpm=10_000_000)
        wire.send(post(chat(stream=streamed, stream_options={"include_usage": True}), key))
        assert wire.answer().status == 200
        site.eventually(lambda: site.in_flight(row) == 0)
        assert least <= site.tokens(row) <= most


@pytest.mark.skipif(not LONG, reason="two minutes; NEMO_TEST_LONG=1")
def test_memory_does_not_grow_with_requests(site: Site) -> None:
    """20,000 requests of several kinds, after a warm-up, leave nothing behind."""
    requests = [post(chat(), site.key), post(chat(stream=True), site.key), post(chat("mock,status=500"), site.key)]
    requests += [post(chat(), "sk-nemo-wrong"), post(b"{", site.key)]

    async def worker(count: int) -> None:
        for number in range(count // 50):
            data = b"".join(requests[(number + each) % len(requests)] for each in range(50))
            end = post(chat(), site.key, connection="close")
            await drink(site.port, data + end)

    async def work(count: int) -> None:
        await asyncio.gather(*(worker(count // 10) for _ in range(10)))

    asyncio.run(work(5_000))
    gc.collect()
    before, files = resident(), descriptors()
    asyncio.run(work(20_000))
    gc.collect()
    assert resident() - before < 4_000_000
    assert descriptors() <= files + 4
