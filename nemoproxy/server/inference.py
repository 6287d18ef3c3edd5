"""The inference endpoints: an exchange goes through the pipeline."""

from __future__ import annotations

from nemoproxy.pipeline import Pipeline
from nemoproxy.server.exchange import Exchange
from nemoproxy.server.routes import Route
from nemoproxy.types import Endpoint


def routes(pipeline: Pipeline) -> list[Route]:
    """A POST route for each inference endpoint."""

    def route(endpoint: Endpoint) -> Route:
        async def handler(exchange: Exchange, _rest: str) -> None:
            await pipeline.handle(endpoint, exchange)

        return Route("POST", endpoint.path, handler)

    return [route(endpoint) for endpoint in Endpoint]
