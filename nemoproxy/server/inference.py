"""The inference endpoints: an exchange goes through the pipeline, if there is a model for what it asks for."""

from __future__ import annotations

from collections.abc import Awaitable

from nemoproxy.errors import NotYetAvailable
from nemoproxy.pipeline import Pipeline
from nemoproxy.server.exchange import Exchange
from nemoproxy.server.routes import Handler, Route
from nemoproxy.server.spec import INFERENCE
from nemoproxy.types import Endpoint


def available(capabilities: set[str] | None) -> list[Endpoint]:
    """The endpoints that there is a model for."""
    return [
        endpoint
        for endpoint in Endpoint
        if endpoint.capability is None or capabilities is None or endpoint.capability in capabilities
    ]


def routes(pipeline: Pipeline) -> list[Route]:
    """A POST route for each inference endpoint."""
    served = available(pipeline.catalogue.capabilities())

    def serve(endpoint: Endpoint) -> Handler:
        def handler(exchange: Exchange, _rest: str) -> Awaitable[None]:
            return pipeline.handle(endpoint, exchange)

        return handler

    def lack(endpoint: Endpoint) -> Handler:
        async def handler(exchange: Exchange, _rest: str) -> None:
            pipeline.limits.peek(pipeline.directory.identify(exchange.authorization), exchange)
            raise _not_yet(endpoint, served)

        return handler

    return [
        Route("POST", endpoint.path, serve(endpoint) if endpoint in served else lack(endpoint), INFERENCE[endpoint])
        for endpoint in Endpoint
    ]


def _not_yet(endpoint: Endpoint, served: list[Endpoint]) -> NotYetAvailable:
    message = (
        f"No model here is configured for {endpoint.capability}, so /v1{endpoint.path} is not available yet. "
        f"An operator adds one under `models`, with `mode: {endpoint.capability}` where its name does not tell."
    )
    detail = {
        "error": NotYetAvailable.code,
        "endpoint": f"/v1{endpoint.path}",
        "capability": endpoint.capability,
        "message": message,
        "available_endpoints": [f"/v1{other.path}" for other in served],
    }
    return NotYetAvailable(message, headers={"x-should-retry": "false"}, details={"detail": detail})
