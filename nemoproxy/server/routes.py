"""The route table: every method and path, who answers it, and what `/openapi.json` says of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from nemoproxy.errors import GatewayError, MethodNotAllowed, NotFound
from nemoproxy.server.exchange import Exchange
from nemoproxy.server.unsupported import instead_of

Handler = Callable[[Exchange, str], Awaitable[None]]
"""Answers an exchange. The text is what stood in place of a route's trailing `*`, decoded."""


@dataclass(frozen=True, slots=True)
class About:
    """What a route does, for people and for `/openapi.json`, in whose terms the dictionaries are."""

    summary: str
    tag: str
    content: dict[str, Any] = field(default_factory=dict)
    """Of a good answer: media types and their schemas."""
    body: dict[str, Any] | None = None
    """Of the request: media types and their schemas."""
    query: tuple[dict[str, Any], ...] = ()
    rest: str = "id"
    """What stands in place of the trailing `*`."""
    errors: tuple[type[GatewayError], ...] = ()
    """Besides those that any route may give."""
    shape: str = "Error"
    """Of the body of an error: a schema of `openapi`."""
    keyless: bool = False
    """Nobody is asked for a key."""
    prefixed: bool = True
    """Clients know it below `/v1`."""


@dataclass(frozen=True, slots=True)
class Route:
    """A path as it stands below `/v1`; a trailing `*` stands for any rest, slashes included."""

    method: str
    path: str
    handler: Handler
    about: About


class Router:
    """Finds the route of a request target: with or without `/v1`, doubled and trailing slashes forgiven.

    `preflight` answers OPTIONS wherever it is asked.
    """

    def __init__(self, routes: Iterable[Route], preflight: Handler | None = None) -> None:
        self._exact: dict[str, dict[str, Handler]] = {}
        self._prefixes: dict[str, dict[str, Handler]] = {}
        self._preflight = preflight
        for route in routes:
            table, path = (self._prefixes, route.path[:-1]) if route.path.endswith("*") else (self._exact, route.path)
            table.setdefault(path, {})[route.method] = route.handler
        self._hot = {f"/v1{path}": methods for path, methods in self._exact.items()}

    def find(self, method: str, target: str) -> tuple[Handler, str]:
        """The handler and the rest of the path. Raises NotFound, MethodNotAllowed."""
        methods, rest = self._hot.get(target), ""
        if methods is None:
            if method == "OPTIONS" and self._preflight is not None:
                return self._preflight, ""
            methods, rest = self._look_up(target)
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            if method == "OPTIONS" and self._preflight is not None:
                return self._preflight, ""
            allowed = ", ".join(sorted({*methods, "HEAD"} if "GET" in methods else methods))
            raise MethodNotAllowed(f"This path answers to {allowed}, not to {method[:20]}.", headers={"allow": allowed})
        return handler, rest

    def _look_up(self, target: str) -> tuple[dict[str, Handler], str]:
        path = target.partition("?")[0].partition("#")[0]
        if not path.startswith("/"):  # the absolute form, as a proxy is asked: http://host/path
            path = "/" + path.partition("://")[2].partition("/")[2]
        while "//" in path:
            path = path.replace("//", "/")
        if path.startswith("/v1/"):
            path = path[3:]
        path = path.rstrip("/")
        if path in self._exact:
            return self._exact[path], ""
        for prefix, methods in self._prefixes.items():
            if path.startswith(prefix) and len(path) > len(prefix):
                return methods, unquote(path[len(prefix) :])
        instead = instead_of(path)
        if instead is not None:
            raise NotFound(f"/v1{path[:100]} is not offered here. {instead}", code="endpoint_not_offered")
        raise NotFound(f"There is nothing at '{target[:200]}'. The API is under /v1: /docs lists what there is.")
