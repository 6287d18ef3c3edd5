"""What Prometheus is told. All names of metrics are here, in `Exposition.collect`.

Loaded when somebody asks first: many gateways are never asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from nemoproxy.money import UNITS_PER_USD
from nemoproxy.routing import Router, State
from nemoproxy.server.booked import TOKENS, Booked, Times
from nemoproxy.server.books import Bookkeeping
from nemoproxy.server.connection import Server


class Exposition(Collector):
    """Collects when it is asked to render."""

    def __init__(self, books: Bookkeeping, booked: Booked, router: Router, server: Server) -> None:
        self._books = books
        self._booked = booked
        self._router = router
        self._server = server
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def render(self, accept: str) -> tuple[str, bytes]:
        """Media type and text, in the form that is asked for.

        For the thread of the event loop, where all of it lives but what is booked, and that has a lock."""
        encode, media_type = choose_encoder(accept)
        return media_type, encode(self._registry)

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        server = self._server
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
        yield from self._of_booked()

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

    def _of_booked(self) -> Iterator[Metric]:
        booked = self._booked
        with booked.lock:
            yield _counter(
                "requests",
                "Answers of providers that are settled.",
                ("endpoint", "provider", "model", "status"),
                ((map(str, kind), count) for kind, count in booked.requests.items()),
            )
            yield _counter(
                "tokens",
                "Tokens used; cached ones are among those of prompts, and those of reasoning among the output.",
                ("provider", "model", "kind"),
                (((*target, kind), sums[kind]) for target, sums in booked.sums.items() for kind in TOKENS),
            )
            for name, unit, what in (
                ("estimated", 1, "Requests whose provider did not say, or not credibly, what was used."),
                ("cost", UNITS_PER_USD, "What was charged, in USD."),
                ("shortfall", UNITS_PER_USD, "What requests cost beyond what was held. Nobody was charged for it."),
            ):
                named = name if unit == 1 else f"{name}_usd"
                found = ((target, sums[name] / unit) for target, sums in booked.sums.items())
                yield _counter(named, what, ("provider", "model"), found)
            yield _histogram("request_seconds", "From a request's head to the end of its answer.", booked.latency)
            yield _histogram("first_byte_seconds", "From a request's head to its answer's begin.", booked.first_byte)


def _counter(
    name: str, what: str, labels: Sequence[str], samples: Iterable[tuple[Iterable[str], float]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(f"nemoproxy_{name}", what, labels=labels)
    for values, count in samples:
        family.add_metric(tuple(values), count)
    return family


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"nemoproxy_{name}", what, value=value)


def _histogram(name: str, what: str, times: dict[str, Times]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(f"nemoproxy_{name}", what, labels=("endpoint",))
    for endpoint, each in times.items():
        family.add_metric((endpoint,), each.buckets(), each.sum_us / 1e6)
    return family
