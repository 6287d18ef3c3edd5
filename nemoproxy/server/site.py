"""What is not inference: health, and the list of models."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import orjson

from nemoproxy.errors import GatewayError, NotFound
from nemoproxy.providers import Provider
from nemoproxy.server import spec
from nemoproxy.server.exchange import JSON, Exchange
from nemoproxy.server.routes import Route
from nemoproxy.stages.identity import Directory
from nemoproxy.stages.limits import Limits
from nemoproxy.stages.models import Catalogue
from nemoproxy.types import Steered

LIST_TTL_S = 60
"""How long a provider's own list of models is remembered."""
LIST_PATIENCE_S = 5
"""How long it may take to get it."""


class Health:
    """Liveness: the process answers. Readiness: it has its records and is not shutting down."""

    def __init__(self, ready: Callable[[], bool]) -> None:
        self._ready = ready

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/health/liveness", self.liveness, spec.ALIVE),
            Route("GET", "/health/liveliness", self.liveness, spec.ALIVE),
            Route("GET", "/health/readiness", self.readiness, spec.READY),
        ]

    async def liveness(self, exchange: Exchange, _rest: str) -> None:
        exchange.send(200, JSON, b'{"status":"alive"}')

    async def readiness(self, exchange: Exchange, _rest: str) -> None:
        if self._ready():
            exchange.send(200, JSON, b'{"status":"ready"}')
        else:
            exchange.send(503, JSON + b"retry-after: 1\r\n", b'{"status":"not ready"}')


class Models:
    """`GET /v1/models` and `/v1/models/{id}`: the aliases, and what providers behind a `*` alias list themselves."""

    def __init__(
        self, directory: Directory, limits: Limits, catalogue: Catalogue, providers: Mapping[str, Provider]
    ) -> None:
        self._directory = directory
        self._limits = limits
        self._catalogue = catalogue
        self._providers = providers
        self._created = int(time.time())
        self._lists: dict[str, tuple[float, dict[str, dict[str, object]]]] = {}
        self._fetching = asyncio.Lock()

    def routes(self) -> list[Route]:
        return [Route("GET", "/models", self.list, spec.MODELS), Route("GET", "/models/*", self.retrieve, spec.MODEL)]

    async def list(self, exchange: Exchange, _rest: str) -> None:
        models = await self._visible(exchange)
        exchange.send(200, JSON, orjson.dumps({"object": "list", "data": list(models.values())}))

    async def retrieve(self, exchange: Exchange, name: str) -> None:
        model = (await self._visible(exchange)).get(name)
        if model is None:
            raise NotFound(
                f"The model '{name[:200]}' does not exist here. GET /v1/models lists those that do.",
                code="model_not_found",
                param="model",
            )
        exchange.send(200, JSON, orjson.dumps(model))

    async def _visible(self, exchange: Exchange) -> dict[str, dict[str, object]]:
        who = self._directory.identify(exchange.authorization)
        self._limits.peek(who, exchange)
        models: dict[str, dict[str, object]] = {}
        state = b"hit"
        for namespace, beginning, provider in self._catalogue.passed_through():
            listed, is_new = await self._listed(provider)
            state = b"miss" if is_new else state
            for name, model in listed.items():
                if name.startswith(beginning):
                    models[namespace + name] = {**model, "id": namespace + name}
        exchange.told += b"x-nemo-cache: %b\r\n" % state
        for name in self._catalogue.names():
            models[name] = {"id": name, "object": "model", "created": self._created, "owned_by": "nemoproxy"}
        return {name: model for name, model in models.items() if who.models is None or name in who.models}

    async def _listed(self, provider: str) -> tuple[dict[str, dict[str, object]], bool]:
        """The provider's own list, at most a minute old, and whether that was asked for just now. What was known before
        does where it cannot be had."""
        async with self._fetching:
            fetched, known = self._lists.get(provider, (-LIST_TTL_S, {}))
            if time.monotonic() - fetched < LIST_TTL_S:
                return known, False
            with suppress(GatewayError, TimeoutError):
                async with asyncio.timeout(LIST_PATIENCE_S):
                    known = await self._providers[provider].models(_Everybody()) or known
            self._lists[provider] = (time.monotonic(), known)
            return known, True


class _Everybody:
    """Who waits for a list (types.Steering): nobody's leaving or slowness may disturb it."""

    def attach(self, upstream: Steered) -> None: ...
