"""`GET /metrics`: what Prometheus is told. All names of metrics are here, in `Metrics.collect`.

A request pays for none of it but one addition, of its status: what was used and what it cost is added up a batch at a
time by the thread that books it, about a second later, and all else is looked at when somebody asks.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import accumulate
from threading import Lock

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from nemoproxy._core import Batch, Totals
from nemoproxy.config import Secret
from nemoproxy.errors import PermissionDenied
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.routing import Router, State
from nemoproxy.server import spec
from nemoproxy.server.books import Bookkeeping
from nemoproxy.server.connection import Server
from nemoproxy.server.exchange import Exchange
from nemoproxy.server.routes import Route

MOST_TARGETS = 500
"""Targets that are told apart. The models of those that come later are called `other`: callers may choose names."""
OTHER = "other"
FOR_ANOTHER = ("forwarded", "x-forwarded-for", "x-real-ip", "origin")
"""What proxies say of whom they ask for, and browsers of the page that asks: neither is this machine."""
_PORT = re.compile(r":\d{0,5}$", re.ASCII)
TOKENS = {
    "prompt": "prompt_tokens",
    "cached": "cached_tokens",
    "output": "output_tokens",
    "reasoning": "reasoning_tokens",
}
"""Kinds of tokens. Cached ones are part of the prompt, and those of reasoning are part of the output."""


@dataclass(slots=True)
class _Times:
    """How long something took, in the classes of `Batch.BOUNDS_MS`."""

    sum_us: int = 0
    classes: list[int] = field(default_factory=lambda: [0] * (len(Batch.BOUNDS_MS) + 1))

    def add(self, sum_us: int, classes: Sequence[int]) -> None:
        self.sum_us += sum_us
        self.classes = [one + more for one, more in zip(self.classes, classes, strict=True)]

    def buckets(self) -> list[tuple[str, float]]:
        bounds = [*(str(bound / 1000) for bound in Batch.BOUNDS_MS), "+Inf"]
        return list(zip(bounds, accumulate(self.classes), strict=True))


class Booked:
    """What settled requests came to since the start. `add` is the drain's."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: dict[tuple[str, str, str, int], int] = {}
        self._sums: dict[tuple[str, str], dict[str, int]] = {}
        self._latency: dict[str, _Times] = {}
        self._first_byte: dict[str, _Times] = {}

    def add(self, batch: Batch) -> None:
        with self._lock:
            for totals in batch.totals():
                self._add(totals)

    def _add(self, totals: Totals) -> None:
        target = totals.provider, totals.model
        if target not in self._sums and len(self._sums) >= MOST_TARGETS:
            target = totals.provider, OTHER
        sums = self._sums.setdefault(target, dict.fromkeys((*TOKENS, "estimated", "cost", "shortfall"), 0))
        for name in sums:
            sums[name] += getattr(totals, TOKENS.get(name, name))
        kind = totals.endpoint, *target, totals.status
        self._requests[kind] = self._requests.get(kind, 0) + totals.requests
        self._latency.setdefault(totals.endpoint, _Times()).add(totals.latency_us, totals.latencies)
        self._first_byte.setdefault(totals.endpoint, _Times()).add(totals.first_byte_us, totals.first_bytes)

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            yield _counter(
                "requests",
                "Answers of providers that are settled.",
                ("endpoint", "provider", "model", "status"),
                ((map(str, kind), count) for kind, count in self._requests.items()),
            )
            yield _counter(
                "tokens",
                "Tokens used; cached ones are among those of prompts, and those of reasoning among the output.",
                ("provider", "model", "kind"),
                (((*target, kind), sums[kind]) for target, sums in self._sums.items() for kind in TOKENS),
            )
            for name, unit, what in (
                ("estimated", 1, "Requests whose provider did not say, or not credibly, what was used."),
                ("cost", UNITS_PER_USD, "What was charged, in USD."),
                ("shortfall", UNITS_PER_USD, "What requests cost beyond what was held. Nobody was charged for it."),
            ):
                named = name if unit == 1 else f"{name}_usd"
                found = ((target, sums[name] / unit) for target, sums in self._sums.items())
                yield _counter(named, what, ("provider", "model"), found)
            yield _histogram("request_seconds", "From a request's head to the end of its answer.", self._latency)
            yield _histogram("first_byte_seconds", "From a request's head to its answer's begin.", self._first_byte)


def is_ours(host: str, configured: str) -> bool:
    """Whether a `Host` is one that nobody else can have: an address, this machine, the name in the configuration.

    Who owns another one may let it mean this machine, and then browsers take what answers there for that owner's.
    """
    name = _PORT.sub("", host.lower()).removesuffix(".")
    if name in ("localhost", configured.lower()) or name.endswith(".localhost"):
        return True
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


class Metrics(Collector):
    """Collects, and answers. `token`: who has it may ask from anywhere; without it only this machine may."""

    def __init__(
        self,
        books: Bookkeeping,
        booked: Booked,
        router: Router,
        server: Callable[[], Server],
        token: Secret | None,
        host: str,
    ) -> None:
        """`host`: the name, or address, that the gateway is configured to listen on."""
        self._books = books
        self._booked = booked
        self._router = router
        self._server = server
        self._token = token
        self._name = host
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def routes(self) -> list[Route]:
        return [Route("GET", "/metrics", self.metrics, spec.METRICS)]

    async def metrics(self, exchange: Exchange, _rest: str) -> None:
        self._check(exchange)
        encode, media_type = choose_encoder(exchange.message.headers.get("accept", ""))
        # Collected here, where all of it lives but what is booked, and that has a lock.
        exchange.send(200, b"content-type: %b\r\n" % media_type.encode(), encode(self._registry))

    def _check(self, exchange: Exchange) -> None:
        if self._token is not None:
            wanted = b"Bearer " + self._token.reveal().encode()
            if not hmac.compare_digest(exchange.authorization or b"", wanted):
                raise PermissionDenied("The metrics are for who has `server.metrics_token`.", code="metrics_forbidden")
        elif not exchange.is_local or any(name in exchange.message.headers for name in FOR_ANOTHER):
            raise PermissionDenied(
                "Without `server.metrics_token` the metrics are for this machine only.", code="metrics_forbidden"
            )
        elif not all(is_ours(host, self._name) for host in exchange.message.headers.getall("host", ())):
            raise PermissionDenied(
                "Without `server.metrics_token` the metrics are at `localhost`, an address, or `server.host` only.",
                code="metrics_forbidden",
            )

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        server = self._server()
        yield _counter(
            "responses",
            "Answers of the gateway, to whatever was asked.",
            ("status",),
            (((str(status),), count) for status, count in server.answered.items()),
        )
        yield _counter(
            "refusals",
            "Errors of the gateway's own, by their code.",
            ("code",),
            (((code,), count) for code, count in server.refused.items()),
        )
        yield _gauge("in_flight", "Requests that are being answered.", server.in_flight())
        yield _gauge("connections", "Connections of clients.", len(server.connections))
        yield _gauge("journal_unbooked_bytes", "What is settled and not in the records yet.", self._books.unbooked())
        yield _gauge("books_sound", "1 while what is spent can be booked.", int(self._books.sound()))
        yield from self._targets()
        yield from self._booked.collect()

    def _targets(self) -> Iterator[Metric]:
        """Of each target: 1 for the state that its breaker is in, and 0 for the others."""
        state = GaugeMetricFamily(
            "nemoproxy_target_state", "The breaker of a target.", labels=("provider", "model", "state")
        )
        running = GaugeMetricFamily(
            "nemoproxy_target_in_flight", "Calls that a target is being asked.", labels=("provider", "model")
        )
        for (provider, model), health in self._router.targets():
            for each in State:
                state.add_metric((provider, model, each.value), int(each is health.breaker.state))
            running.add_metric((provider, model), health.in_flight)
        yield state
        yield running


def _counter(
    name: str, what: str, labels: Sequence[str], samples: Iterable[tuple[Iterable[str], float]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(f"nemoproxy_{name}", what, labels=labels)
    for values, count in samples:
        family.add_metric(tuple(values), count)
    return family


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"nemoproxy_{name}", what, value=value)


def _histogram(name: str, what: str, times: dict[str, _Times]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(f"nemoproxy_{name}", what, labels=("endpoint",))
    for endpoint, each in times.items():
        family.add_metric((endpoint,), each.buckets(), each.sum_us / 1e6)
    return family
