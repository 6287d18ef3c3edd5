"""The composition root: builds the stages and the server in order, runs them, and takes them down again."""

from __future__ import annotations

import asyncio
import gc
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from nemoproxy._core import Limiter, Pepper
from nemoproxy.config import Config
from nemoproxy.errors import GatewayError
from nemoproxy.pipeline import Pipeline
from nemoproxy.providers import OpenAIProvider
from nemoproxy.server import inference
from nemoproxy.server.connection import Server
from nemoproxy.server.exchange import Exchange
from nemoproxy.server.routes import Router
from nemoproxy.server.site import Health, Models
from nemoproxy.stages.identity import Directory
from nemoproxy.stages.limits import Limits
from nemoproxy.stages.models import Catalogue
from nemoproxy.stages.parse import Parser
from nemoproxy.stages.relay import Dispatcher
from nemoproxy.storage import Records
from nemoproxy.types import ClientGone
from nemoproxy.upstream import Sweeper

log = logging.getLogger("nemoproxy.server")

REFRESH_S = 0.2
"""How often changed records are looked for: a revocation acts within this and the time of one query."""


class Gateway:
    """A running gateway. `start` it inside a running loop, and `stop` it."""

    def __init__(self, config: Config, records: Records, pepper: Pepper) -> None:
        self._config = config
        self._records = records
        self._records_thread = ThreadPoolExecutor(1, thread_name_prefix="records")
        self._ready = False
        self._revision = 0
        limiter = Limiter()
        limits = Limits(limiter, config.limits.output_step)
        self._sweeper = Sweeper(asyncio.get_running_loop())
        self._providers = {
            name: OpenAIProvider(name, provider, self._sweeper) for name, provider in config.providers.items()
        }
        self._directory = Directory(config, pepper, limiter)
        self._parser = Parser()
        catalogue = Catalogue(config)
        dispatcher = Dispatcher(self._providers, limits, self._parser.rewrite)
        pipeline = Pipeline(self._directory, limits, self._parser, catalogue, dispatcher)
        models = Models(self._directory, limits, catalogue, self._providers)
        health = Health(lambda: self._ready)
        self._router = Router([*inference.routes(pipeline), *models.routes(), *health.routes()])
        self._server = Server(
            self._answer,
            max_body_bytes=config.server.max_body_bytes,
            body_timeout_s=config.server.body_timeout_s,
            keepalive_timeout_s=config.server.keepalive_timeout_s,
        )
        self._refreshing: asyncio.Task[None] | None = None
        self._listener: asyncio.Server | None = None
        self.port = 0

    async def _answer(self, exchange: Exchange) -> Exchange:
        try:
            message = exchange.message
            exchange.check_head()
            handler, rest = self._router.find(message.method, message.path)
            await handler(exchange, rest)
        except ClientGone:
            exchange.keep_alive = False
        except GatewayError as error:
            exchange.refuse(error)
        return exchange

    async def start(self) -> Self:
        """Load the records, then listen. Raises OSError when the address cannot be had."""
        await self.refresh()
        self._refreshing = asyncio.create_task(self._keep_fresh())
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
        gc.collect()
        gc.freeze()
        return self

    async def refresh(self) -> None:
        loop = asyncio.get_running_loop()
        if await loop.run_in_executor(self._records_thread, self._records.revision) == self._revision:
            return
        changes = await loop.run_in_executor(self._records_thread, self._records.changes_since, self._revision)
        self._directory.apply(changes)
        self._revision = changes.revision

    async def _keep_fresh(self) -> None:
        failing = False
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                await self.refresh()
                failing = False
            except Exception as error:  # the database may come back; until then what is known goes on holding
                if not failing:
                    log.error("records cannot be read, going on with what is known: %s", error)
                failing = True

    async def stop(self) -> None:
        """Accept nothing more, let running answers end within the grace period, then close everything."""
        self._ready = False
        if self._listener is not None:
            self._listener.close()
        await self._server.drain(self._config.server.shutdown_grace_s)
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])
        for provider in self._providers.values():
            await provider.shutdown()
        self._sweeper.stop()
        self._parser.shutdown()
        self._records_thread.shutdown()
