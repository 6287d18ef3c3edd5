"""Requests to addresses that operators name, as webhooks are: to public addresses only, unless they say otherwise.

Whatever way an address is written or looked up, what is connected to is what was checked: names are resolved once for
each connection, and every address of a name has to be public. No redirects, no proxies from the environment, an answer
of bounded length within a deadline.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL


class EgressError(Exception):
    """The request came to nothing: what to tell the operator, and nothing of what was sent."""


NOT_FOR_US = tuple(
    ip_network(text)
    for text in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "5f00::/16", "fec0::/10")
)
"""What some versions of Python take for public: a cloud's own services, relays, documentation, old site-local ones."""
PRIVATE = "its address is not a public one; set allow_private to have it asked nevertheless"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    retry_after: str | None
    """The header, as it was sent."""
    body: bytes
    """As much of it as was wanted."""
    whole: bool


class Egress:
    """One session for each kind of address; use within a running loop, and `close`."""

    def __init__(self) -> None:
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout_s: float,
        max_answer: int,
        allow_private: bool = False,
    ) -> bytes:
        """The body of a 2xx answer to a POST of JSON. Raises EgressError."""
        answer = await self.send(
            url, body, headers, timeout_s=timeout_s, max_answer=max_answer, allow_private=allow_private
        )
        if not 200 <= answer.status < 300:
            raise EgressError(f"answered with status {answer.status}")
        if not answer.whole:
            raise EgressError(f"answered with more than {max_answer} bytes")
        return answer.body

    async def send(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout_s: float,
        max_answer: int,
        allow_private: bool = False,
    ) -> Answer:
        """The answer to a POST of JSON, whatever its status. Raises EgressError when there is none in time."""
        try:
            target = URL(url)
            check_url(target)
            if not allow_private:
                _check_literal(target.raw_host or "")
            async with asyncio.timeout(timeout_s):
                return await self._send(self._session(allow_private), target, body, headers, max_answer)
        except TimeoutError:
            raise EgressError(f"did not answer within {timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise EgressError(f"cannot be asked: {_reason(error)}") from None

    async def _send(
        self, session: aiohttp.ClientSession, url: URL, body: bytes, headers: Mapping[str, str], max_answer: int
    ) -> Answer:
        sent = {"accept-encoding": "identity", "user-agent": "nemoproxy", **headers, "content-type": "application/json"}
        async with session.post(url, data=body, headers=sent, allow_redirects=False) as answer:
            parts, size, whole = [], 0, True
            async for part in answer.content.iter_any():
                parts.append(part)
                size += len(part)
                if size > max_answer:
                    whole = False
                    answer.close()  # what is not read is not waited for, and the connection is not used again
                    break
            return Answer(answer.status, answer.headers.get("retry-after"), b"".join(parts)[:max_answer], whole)

    def _session(self, allow_private: bool) -> aiohttp.ClientSession:
        session = self._sessions.get(allow_private)
        if session is None:
            connector = aiohttp.TCPConnector(
                resolver=_Resolver(allow_private=allow_private),
                socket_factory=None if allow_private else _public_socket,
                use_dns_cache=False,
                limit=100,
                keepalive_timeout=15,
            )
            session = self._sessions[allow_private] = aiohttp.ClientSession(
                connector=connector,
                auto_decompress=False,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return session

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()


class _Refused(OSError):
    """An address that is not public."""


AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]


def _public_socket(info: AddressInfo) -> socket.socket:
    """The socket of a connection that is about to be made. However its address was come by, this is where it goes."""
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise _Refused(PRIVATE)
    return socket.socket(family, kind, protocol)


def _reason(error: Exception) -> str:
    """What went wrong, and nothing of what was sent: messages of the client may have the URL in them."""
    for cause in (error, error.__cause__, getattr(error, "os_error", None)):
        if isinstance(cause, _Refused | _NotAsked):
            return str(cause)
    return type(error).__name__


class _Resolver(AbstractResolver):
    """Resolves as the system does, odd spellings included, and checks what comes of it."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        results: list[ResolveResult] = []
        for kind, _, protocol, _, address in found:
            numeric = str(address[0])
            if not self._allow_private and not is_public(numeric):
                raise _Refused(PRIVATE)
            results.append(
                ResolveResult(
                    hostname=host,
                    host=numeric,
                    port=port,
                    family=kind,
                    proto=protocol,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
            )
        return results

    async def close(self) -> None: ...


class _NotAsked(ValueError):
    """A URL that is not one to send anything to."""


def check_url(url: URL) -> None:
    """Refuses what is ambiguous, or is more than an address. Raises ValueError, with a text that does not quote it."""
    if url.scheme not in ("https", "http") or not url.raw_host:
        raise _NotAsked("expected a URL that starts with https:// or http://")
    if url.raw_user is not None or url.raw_password is not None:
        raise _NotAsked("has a user name or password in it")
    if "%" in url.raw_host:
        raise _NotAsked("has a zone in its address")
    if url.raw_fragment:
        raise _NotAsked("has a fragment")
    if url.explicit_port == 0:
        raise _NotAsked("port 0 is none")


def _check_literal(host: str) -> None:
    """Addresses that stand in the URL are connected to without asking the resolver."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return
    if not is_public(host):
        raise _Refused(PRIVATE)


def is_public(text: str) -> bool:
    """Whether a numeric address is one of the public Internet, and so is every address that it stands for."""
    if "%" in text:
        return False
    try:
        address = ip_address(text)
    except ValueError:
        return False
    inner = _inner(address) if isinstance(address, IPv6Address) else []
    return _is_public(address) and all(map(_is_public, inner))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return _is_public(address.ipv4_mapped)
    if any(address in network for network in NOT_FOR_US if network.version == address.version):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_loopback or address.is_link_local
    )


def _inner(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to. (Those of NAT64 are in `::/8`, and that is reserved.)"""
    inner = [address.sixtofour] if address.sixtofour is not None else []
    return inner + list(address.teredo or ())
