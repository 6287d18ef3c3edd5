"""The measurements: each runs the target and, where there is a pair, nginx or the mock itself in turn, block by block.

Absolute figures drift on a shared machine; what two neighbouring blocks say about each other does not. So a pair is
reported as the median of the ratios (or differences) of neighbours.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from operator import mul
from statistics import mean, median, quantiles
from typing import Any, Self, TypeVar

import uvloop

from loadtest import client
from loadtest.client import Target
from loadtest.rig import HERE, RigError, Service
from nemoproxy.journal.drain import INTERVAL_S

T = TypeVar("T")
CONNECTIONS, STREAMS, SPACING_MS, RATE = 32, 128, 10, 300
REQUEST_BYTES = 450
PLAIN = client.chat("mock,size=776", REQUEST_BYTES)


@dataclass(frozen=True)
class Effort:
    """How long each measurement takes: rounds, and seconds (or streams a connection) for each block."""

    plain: tuple[int, int]
    money: tuple[int, int, int]
    """Pairs of processes; rounds of each pair; seconds."""
    cached: tuple[int, int]
    refuse: tuple[int, int]
    latency: tuple[int, float]
    paced: tuple[int, float]
    streams: tuple[int, tuple[tuple[int, int], ...]]
    held: tuple[int, int]


FULL = Effort(
    plain=(5, 3),
    money=(8, 2, 3),
    cached=(4, 2),
    refuse=(3, 2),
    latency=(8, 0.6),
    paced=(5, 2.0),
    streams=(4, ((4, 32), (16, 12), (64, 4), (256, 1))),
    held=(500, 1000),
)
QUICK = Effort(
    plain=(2, 2),
    money=(2, 2, 2),
    cached=(2, 2),
    refuse=(1, 2),
    latency=(4, 0.4),
    paced=(2, 1.0),
    streams=(1, ((4, 16), (16, 6), (64, 2), (192, 1))),
    held=(300, 600),
)


@dataclass(frozen=True)
class Block:
    """One system for one block: what it answered, and what each answer cost."""

    requests: int
    cpu_us: float
    per_second: float


@dataclass(frozen=True)
class Line:
    """What streams cost, in us of CPU: each of them, and each of its events."""

    stream_us: float
    event_us: float

    @classmethod
    def through(cls, found: Sequence[tuple[int, float]]) -> Self:
        """The line nearest to costs by length, by least squares of what it is off in proportion: blocks of long streams
        are as many per cent off as those of short ones, and have ten times as much to be off."""
        lengths, costs = zip(*found, strict=True)
        weights = [1 / cost**2 for cost in costs]

        def mean(values: Iterable[float]) -> float:
            return float(sum(map(mul, weights, values)) / sum(weights))

        length, cost = mean(lengths), mean(costs)
        slope = (mean(map(mul, lengths, costs)) - length * cost) / (mean(n * n for n in lengths) - length**2)
        return cls(cost - slope * length, slope)


@dataclass(frozen=True)
class Bench:
    """The systems under measurement."""

    gateway: Service
    nginx: Service
    mock: Service
    pair: Callable[[], AbstractContextManager[tuple[Service, Service]]] | None = None
    """Two new gateways, one with money off, one with it on."""
    caching: Service | None = None
    """The gateway with its cache on."""

    # --- CPU of plain requests, by wrk

    def plain(self, rounds: int, seconds: int) -> tuple[list[Block], list[Block]]:
        """nginx and the gateway in turn: A B B A A B B A ..."""
        return self._in_turn(self.nginx, self.gateway, rounds, seconds)

    def money(self, pairs: int, rounds: int, seconds: int) -> list[float]:
        """What money adds to the CPU of a request, in us, booking included: for each of some pairs of gateways, without
        it and with it.

        Two processes of the same gateway are up to 3 us apart, all the time that they run, by where in memory things
        came to lie: so each pair is of new ones."""
        if self.pair is None:
            return []
        found = []
        for _ in range(pairs):
            with self.pair() as (free, metered):
                for service in (free, metered):
                    drive(service, service.key, 1)
                without, with_it = self._in_turn(free, metered, rounds, seconds, booked=True)
            found.append(mean(one.cpu_us for one in with_it) - mean(one.cpu_us for one in without))
        return found

    def cached(self, rounds: int, seconds: int) -> list[float]:
        """What an answer from the cache costs, over one from upstream."""
        if self.caching is None:
            return []
        drive(self.caching, self.caching.key, 1)
        asked, hits = self._in_turn(self.gateway, self.caching, rounds, seconds)
        return [hit.cpu_us / one.cpu_us for hit, one in zip(hits, asked, strict=True)]

    @staticmethod
    def _in_turn(
        one: Service, other: Service, rounds: int, seconds: int, *, booked: bool = False
    ) -> tuple[list[Block], list[Block]]:
        ones: list[Block] = []
        others: list[Block] = []
        for number in range(rounds):
            order = [(one, ones), (other, others)]
            for service, blocks in order if number % 2 == 0 else reversed(order):
                blocks.append(drive(service, service.key, seconds, booked=booked))
        return ones, others

    def refuse(self, rounds: int, seconds: int, unknown: str) -> tuple[float, float]:
        """What a refused key costs, over what a served request costs: one that was never made, one that is no key."""
        unknowns, malformed = [], []
        for _ in range(rounds):
            served = drive(self.gateway, self.gateway.key, seconds)
            unknowns.append(drive(self.gateway, unknown, seconds, refused=True).cpu_us / served.cpu_us)
            malformed.append(drive(self.gateway, "sk-wrong", seconds, refused=True).cpu_us / served.cpu_us)
        return median(unknowns), median(malformed)

    # --- streams, by our own generator

    def streams(self, rounds: int, sizes: tuple[tuple[int, int], ...]) -> list[tuple[Line, Line]]:
        """Per round, what a stream costs nginx, and the gateway."""
        ways = [(self.nginx, "mock"), (self.gateway, "mock")]
        return [(nginx, gateway) for nginx, gateway in self._fits(ways, rounds, sizes)]

    def translated(self, rounds: int, sizes: tuple[tuple[int, int], ...]) -> list[tuple[Line, Line, Line]]:
        """Per round, what a stream costs the gateway: one that passes through, one of Claude's, one of Gemini's."""
        ways = [(self.gateway, model) for model in ("mock", "claude/mock", "gemini/mock")]
        return [(mock, claude, gemini) for mock, claude, gemini in self._fits(ways, rounds, sizes)]

    def _fits(
        self, ways: list[tuple[Service, str]], rounds: int, sizes: tuple[tuple[int, int], ...]
    ) -> Iterator[list[Line]]:
        """Each way (a service, and a model there) in turn for each length of a stream, and every other round backwards:
        a line through what was measured."""
        for number in range(rounds):
            points: list[list[tuple[int, float]]] = [[] for _ in ways]
            turns = list(zip(ways, points, strict=True))
            for events, each in sizes:
                for (service, model), found in turns if number % 2 == 0 else reversed(turns):
                    found.append((events, self._stream_cost(service, model, events, each)))
            yield [Line.through(found) for found in points]

    def _stream_cost(self, service: Service, model: str, events: int, each: int) -> float:
        target = Target(service.port, service.key)
        before = service.cpu()
        run = client.run_streams(target, at_once=STREAMS, each=each, events=events, spacing_ms=SPACING_MS, model=model)
        done = in_loop(lambda: run)
        return (service.cpu() - before) * 1e6 / done

    # --- added latency: through the gateway, and straight to the mock

    def latency(self, rounds: int, seconds: float) -> float:
        """Added p50 in us with one connection: the median of the differences of neighbours."""
        direct, through = [], []
        for _ in range(rounds):
            direct.append(median(self._timed(self.mock, seconds)))
            through.append(median(self._timed(self.gateway, seconds)))
        differences = [there - straight for straight, there in zip(direct, through, strict=True)]
        differences += [through[number] - direct[number + 1] for number in range(rounds - 1)]
        return median(differences) * 1e6

    def paced(self, rounds: int, seconds: float) -> tuple[float, float]:
        """Added p50 and p99 in us at a fixed rate."""
        direct: list[float] = []
        through: list[float] = []
        for _ in range(rounds):
            direct += self._timed(self.mock, seconds, RATE)
            through += self._timed(self.gateway, seconds, RATE)
        cuts = quantiles(direct, n=100), quantiles(through, n=100)
        return (cuts[1][49] - cuts[0][49]) * 1e6, (cuts[1][98] - cuts[0][98]) * 1e6

    def _timed(self, service: Service, seconds: float, rate: int = 0) -> list[float]:
        target = Target(service.port, service.key)
        if rate:
            return in_loop(lambda: client.time_open(target, PLAIN, seconds, rate))
        return in_loop(lambda: client.time_closed(target, PLAIN, seconds))

    # --- memory

    def held(self, few: int, many: int) -> float:
        """Resident bytes for each open stream on which nothing comes: the slope between two counts."""
        return in_loop(lambda: self._held(few, many))

    async def _held(self, few: int, many: int) -> float:
        target = Target(self.gateway.port, self.gateway.key)
        streams = await client.hold(target, few)
        before = self.gateway.rss()
        streams += await client.hold(target, many - few)
        grown = self.gateway.rss() - before
        for stream in streams:
            stream.transport.close()
        return grown / (many - few)


def in_loop(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work())


def drive(service: Service, key: str, seconds: int, *, refused: bool = False, booked: bool = False) -> Block:
    """wrk against a service; every answer must be a success, or every answer a refusal. `booked` waits for the gateway
    to book what it served, and counts that as well."""
    environment = {**os.environ, "BENCH_KEY": key, "BENCH_BODY": PLAIN.decode()}
    url = f"http://127.0.0.1:{service.port}/v1/chat/completions"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(HERE / "post.lua"), url]
    before = service.cpu()
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if booked:
        time.sleep(INTERVAL_S + 0.5)
    spent = service.cpu() - before
    summary = re.search(r"^BENCH (\d+) (\d+) (\d+)$", done.stdout, re.MULTILINE)
    if summary is None:
        raise RigError(f"wrk failed: {done.stdout}{done.stderr}")
    requests, statuses, broken = map(int, summary.groups())
    if not requests or broken or statuses != (requests if refused else 0):
        what = f"of {requests} answers {statuses} were no success, {broken} connections broke"
        raise RigError(f"{service.name}: {what}. {_refusals(service)}")
    return Block(requests, spent * 1e6 / requests, requests / seconds)


def _refusals(service: Service) -> str:
    """What a gateway says that it refused, and why."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/metrics", timeout=5) as answer:
            lines: list[str] = answer.read().decode().splitlines()
    except OSError:
        return ""
    return "; ".join(line for line in lines if line.startswith("nemoproxy_refusals_total"))
