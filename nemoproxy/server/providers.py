"""Where calls go, as configured, and what the gateway knows of how its providers are."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from random import Random

import orjson

from nemoproxy.config import Routing
from nemoproxy.journal import Drain
from nemoproxy.pricing import PriceList
from nemoproxy.routing import BreakerPolicy, Outcome, Policy, Router, State, TargetId, Transition
from nemoproxy.server import spec
from nemoproxy.server.exchange import JSON, Exchange
from nemoproxy.server.routes import Route
from nemoproxy.stages.identity import Directory
from nemoproxy.stages.limits import Limits
from nemoproxy.stages.models import Catalogue
from nemoproxy.types import Target

log = logging.getLogger("nemoproxy.providers")

TYPICAL = (3000, 1000)
"""Tokens of a prompt and of its answer, by which targets are compared in what they cost."""


def made_router(routing: Routing, catalogue: Catalogue, prices: PriceList) -> Router:
    """The router of a configuration."""

    def cost(target: Target) -> int:
        tariff = prices.paid(target.provider, target.model, None)
        return 0 if tariff is None else tariff.prices.hold(*TYPICAL)

    breaker = routing.breaker
    policy = Policy(
        attempts=routing.attempts,
        retry_percent=routing.retry_percent,
        wait_s=routing.wait_s,
        max_wait_s=routing.max_wait_s,
        silence_s=routing.silence_s,
        first_byte_s=routing.first_byte_s,
        breaker=BreakerPolicy(
            failures=breaker.failures,
            rate_percent=breaker.rate_percent,
            rate_calls=breaker.rate_calls,
            window_s=breaker.window_s,
            shut_s=breaker.shut_s,
            max_shut_s=breaker.max_shut_s,
        ),
    )
    return Router(catalogue.routes(cost), catalogue.pools(), policy, Random())  # noqa: S311  it shares out, no more


class Outages:
    """Says that a target fails or is back: in the log, and as an event."""

    def __init__(self, drain: Drain) -> None:
        self._drain = drain
        self._since: dict[TargetId, str] = {}

    def __call__(self, transition: Transition, outcome: Outcome) -> None:
        target = "/".join(transition.target)
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        is_back = transition.state is State.ADMITTING
        if is_back:
            log.warning("%s answers again", target)
            since = self._since.pop(transition.target, now)
        else:
            why = outcome.kind.word if not outcome.status else f"{outcome.kind.word}, status {outcome.status}"
            log.warning("%s fails and is left alone for a while (%s)", target, why)
            if transition.target in self._since:
                return  # a probe that failed: it has been told
            since = self._since[transition.target] = now
        provider, model = transition.target
        state = "back" if is_back else "out"
        payload: dict[str, object] = {"provider": provider, "model": model, "state": state, "since": since}
        payload |= {"until": now} if is_back else {"reason": outcome.kind.word, "status": outcome.status or None}
        self._drain.outage(f"{target}:{state}", since, payload)


class ProviderHealth:
    """`GET /health/providers`: the targets of calls, and how each is."""

    def __init__(self, directory: Directory, limits: Limits, router: Router) -> None:
        self._directory = directory
        self._limits = limits
        self._router = router

    def routes(self) -> list[Route]:
        return [Route("GET", "/health/providers", self.providers, spec.PROVIDERS)]

    async def providers(self, exchange: Exchange, _rest: str) -> None:
        who = self._directory.identify(exchange.authorization)
        self._limits.peek(who, exchange)
        now = asyncio.get_running_loop().time()
        found = [
            {"provider": provider, "model": model, **self._router.look(provider, model, now)}
            for (provider, model), _ in self._router.targets()
        ]
        exchange.send(200, JSON, orjson.dumps({"object": "list", "data": found}))
