"""`GET /metrics`: who may ask Prometheus' questions. The answers are in `exposition`."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from nemoproxy.config import Secret
from nemoproxy.errors import PermissionDenied
from nemoproxy.server import spec
from nemoproxy.server.exchange import Exchange
from nemoproxy.server.routes import Route

if TYPE_CHECKING:
    from nemoproxy.server.exposition import Exposition

FOR_ANOTHER = ("forwarded", "x-forwarded-for", "x-real-ip", "origin")
"""What proxies say of whom they ask for, and browsers of the page that asks: neither is this machine."""
_PORT = re.compile(r":\d{0,5}$", re.ASCII)


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


class Metrics:
    """The route. `token`: who has it may ask from anywhere; without it only this machine may."""

    def __init__(self, exposition: Callable[[], Exposition], token: Secret | None, host: str) -> None:
        """`exposition` is made when somebody asks first.

        `host`: the name, or address, that the gateway is configured to listen on."""
        self._make = exposition
        self._made: Exposition | None = None
        self._token = token
        self._name = host

    def routes(self) -> list[Route]:
        return [Route("GET", "/metrics", self.metrics, spec.METRICS)]

    async def metrics(self, exchange: Exchange, _rest: str) -> None:
        self._check(exchange)
        if self._made is None:
            self._made = self._make()
        media_type, text = self._made.render(exchange.message.headers.get("accept", ""))
        exchange.send(200, b"content-type: %b\r\n" % media_type.encode(), text)

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
