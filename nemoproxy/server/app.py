"""The composition root: builds the stages and the server in order, runs them, and takes them down again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from nemoproxy._core import Limiter, Pepper
from nemoproxy.abtests import Arms
from nemoproxy.cache import ResponseCache
from nemoproxy.config import Config, Guardrail
from nemoproxy.egress import Egress
from nemoproxy.errors import GatewayError
from nemoproxy.guardrails import Assignments, Compiled, Webhooks
from nemoproxy.idempotency import IdempotencyStore
from nemoproxy.pipeline import Pipeline
from nemoproxy.pricing import PriceList
from nemoproxy.prompts import Library
from nemoproxy.providers import Provider
from nemoproxy.server import inference
from nemoproxy.server.account import Account
from nemoproxy.server.answers import KeptAnswers
from nemoproxy.server.booked import Booked
from nemoproxy.server.books import Bookkeeping
from nemoproxy.server.connection import Server
from nemoproxy.server.cors import Cors
from nemoproxy.server.exchange import Exchange
from nemoproxy.server.findings import Findings
from nemoproxy.server.following import Follower
from nemoproxy.server.guardrails import GuardrailPages
from nemoproxy.server.messages import Messages
from nemoproxy.server.metrics import Metrics
from nemoproxy.server.openapi import About, preflight
from nemoproxy.server.prompts import PromptPages
from nemoproxy.server.providers import Outages, ProviderHealth, made_router
from nemoproxy.server.routes import Route, Router
from nemoproxy.server.site import Health, Models
from nemoproxy.stages.accounts import Accounts
from nemoproxy.stages.ask import Asking
from nemoproxy.stages.attempt import Tries
from nemoproxy.stages.cache import Cache
from nemoproxy.stages.close import Closing
from nemoproxy.stages.credits import Credits
from nemoproxy.stages.failover import Failover
from nemoproxy.stages.idempotency import Idempotency
from nemoproxy.stages.identity import Directory
from nemoproxy.stages.limits import Limits
from nemoproxy.stages.models import Catalogue
from nemoproxy.stages.parse import Parser
from nemoproxy.stages.patience import Patience
from nemoproxy.stages.relay import Dispatcher
from nemoproxy.stages.render import Prompts
from nemoproxy.stages.screen import Screen
from nemoproxy.storage import Records, utc_now
from nemoproxy.types import ClientGone, Drain
from nemoproxy.upstream import Sweeper
from nemoproxy.webhooks import Sender, Worker

if TYPE_CHECKING:
    from nemoproxy import routing
    from nemoproxy.server.exposition import Exposition

MARGIN_S = 60.0
"""How far the clocks of gateways on one database may be apart."""


class Gateway:
    """A running gateway. `start` it inside a running loop, and `stop` it."""

    def __init__(self, config: Config, records: Records, pepper: Pepper) -> None:
        self._config = config
        self._ready = False
        self._sweeper = Sweeper(asyncio.get_running_loop())
        self._providers = {name: Provider(name, provider, self._sweeper) for name, provider in config.providers.items()}
        money = config.credits
        draining = Drain(money.drain_max_bytes, money.drain_max_s)
        self._limiter = limiter = Limiter()
        booked = Booked()
        self._books = Bookkeeping(records, Path(money.journal), money.low_balance, booked.add)
        self._directory = directory = Directory(config, pepper, limiter)
        self._compiled = Compiled(config.guardrails)
        assignments = Assignments(self._compiled)
        library, arms = Library(), Arms(config.ab_tests)
        accounts = Accounts(limiter)
        self._follower = Follower(
            records,
            self._books.drain,
            directory,
            accounts,
            assignments,
            library,
            arms,
            metered=money.metered,
        )
        self.refresh = self._follower.refresh
        limits = Limits(limiter, config.limits.output_step, self._lacking)
        prices = PriceList(config.prices)
        purse = Credits(
            prices,
            metered=money.metered,
            allow_unpriced=money.unpriced == "allow",
            output_step=config.limits.output_step,
            sound=self._books.sound,
        )
        record = self._books.record if money.metered or money.record_usage else None
        closing = Closing(limits, accounts.now, record, self._books.failed)
        self._parser = Parser()
        self._egress = Egress()
        self._findings = Findings(records)
        self._screen = Screen(
            self._compiled, assignments, Webhooks(self._egress), self._parser, limits.count, self._findings.note
        )
        catalogue = Catalogue(config)
        router = made_router(config.routing, catalogue, prices)
        outages = Outages(self._books.drain)
        tries, patience = Tries(self._providers, self._parser), Patience(router)
        self._sweeper.add(patience)
        failover = Failover(tries, purse, router, patience, outages, config.routing.total_s)
        asking = Asking(tries, failover, router, outages)
        dispatcher = Dispatcher(asking, limits, purse, closing, self._screen)
        remembered = config.idempotency
        self._answers = (
            KeptAnswers(records, remembered, self._books.identity, _longest(config)) if remembered.persist else None
        )
        once = _idempotency(self._answers, limits, draining)
        kept = config.cache
        store = ResponseCache(kept.max_bytes, kept.max_answer_bytes, int(kept.ttl_s * 1e9))
        self._cache = Cache(store, asking.rewrite, limits.count, self._screen.answer, scope=kept.scope)
        prompts = Prompts(library)
        pipeline = Pipeline(
            directory, limits, once, self._parser, arms, catalogue, self._screen, prompts,
            self._cache if kept.enabled else None, purse, dispatcher, closing,
        )  # fmt: skip
        pages = (
            Metrics(lambda: self._exposition(booked, router), config.server.metrics_token, config.server.host),
            Messages(pipeline, catalogue),
            Models(directory, limits, catalogue, self._providers),
            Account(directory, limits, catalogue, prices, self._follower, records, self._books.drain),
            GuardrailPages(directory, limits, lambda: self._compiled, assignments, records, self._findings),
            PromptPages(directory, limits, library),
            Health(lambda: self._ready),
            ProviderHealth(directory, limits, router),
        )
        origins = config.server.cors_origins
        self._router = Router(_routes(pipeline, pages), preflight if origins else None)
        self._server = Server(
            self._answer,
            max_body_bytes=config.server.max_body_bytes,
            body_timeout_s=config.server.body_timeout_s,
            keepalive_timeout_s=config.server.keepalive_timeout_s,
            cors=Cors(origins),
            answer_drain=draining if money.on_client_disconnect == "drain" else None,
        )
        sender = Sender(Egress(), config.webhooks, utc_now)
        self._webhooks = Worker(records.deliveries, sender, now=utc_now) if config.webhooks.deliver else None
        self._following: asyncio.Task[None] | None = None
        self._noting: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._listener: asyncio.Server | None = None
        self.port = 0

    async def guard(self, guardrails: Mapping[str, Guardrail]) -> None:
        """From now on these are the guardrails. Raises ValueError, and then they stay as they were."""
        self._compiled = await asyncio.to_thread(Compiled, guardrails)
        self._screen.configure(self._compiled)

    def _exposition(self, booked: Booked, router: routing.Router) -> Exposition:
        from nemoproxy.server.exposition import Exposition  # a megabyte

        return Exposition(self._books, booked, router, self._server)

    def _lacking(self, org_id: str, needed: int) -> None:
        balance, reserved = self._follower.balance(org_id)
        self._books.lacking(org_id, needed, balance - reserved)

    async def _answer(self, exchange: Exchange) -> None:
        try:
            message = exchange.message
            exchange.check_head()
            handler, rest = self._router.find(message.method, message.path)
            await handler(exchange, rest)
        except ClientGone:
            exchange.keep_alive = False
        except GatewayError as error:
            exchange.refuse(error)

    async def start(self) -> Self:
        """Book what was left, load the records, then listen. Raises OSError, StorageError."""
        await self._books.start()
        if self._answers is not None:
            await self._answers.recover()
        await self.refresh()
        self._following = asyncio.create_task(self._follower.run())
        self._noting = asyncio.create_task(self._findings.run())
        if self._answers is not None:
            self._keeping = asyncio.create_task(self._answers.run())
        if self._webhooks is not None:
            self._webhooks.start()
        loop = asyncio.get_running_loop()
        server = self._config.server
        try:
            self._listener = await loop.create_server(self._server, server.host, server.port, backlog=1024)
        except OSError:
            await self.stop()
            raise
        self._sweeper.add(self._server)
        self.port = self._listener.sockets[0].getsockname()[1]
        self._ready = True
        return self

    async def stop(self) -> None:
        """Accept nothing more, let running answers end within the grace period, then close everything."""
        self._ready = False
        if self._listener is not None:
            self._listener.close()
        await self._server.drain(self._config.server.shutdown_grace_s)
        running = [task for task in (self._following, self._noting, self._keeping) if task is not None]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        if self._webhooks is not None:
            await self._webhooks.stop()
        for provider in self._providers.values():
            await provider.shutdown()
        self._sweeper.stop()
        self._parser.shutdown()
        self._follower.close()
        await self._egress.close()
        await self._findings.close()
        if self._answers is not None:
            await self._answers.close()
        await self._books.stop()


class _Pages(Protocol):
    def routes(self) -> list[Route]: ...


def _routes(pipeline: Pipeline, pages: Iterable[_Pages]) -> list[Route]:
    """All of them, and those that tell about them."""
    about = About(inference.available(pipeline.catalogue.capabilities()))
    routes = [*inference.routes(pipeline), *(route for page in (*pages, about) for route in page.routes())]
    about.describe(routes)
    return routes


def _idempotency(answers: KeptAnswers | None, limits: Limits, draining: Drain) -> Idempotency:
    if answers is None:
        return Idempotency(IdempotencyStore(), limits.count, draining)
    return Idempotency(IdempotencyStore(on_done=answers.keep), limits.count, draining, answers)


def _longest(config: Config) -> float:
    """Seconds: no request runs for longer."""
    totals = [provider.timeouts.total_s for provider in config.providers.values()]
    return max([config.routing.total_s, *totals]) + config.credits.drain_max_s + MARGIN_S
