"""Requests to addresses that operators name, as webhooks are: to public addresses only, unless they say otherwise.

Whatever way an address is written or looked up, what is connected to is what was checked: names are resolved once for
each connection, and every address of a name has to be public. No redirects, no proxies from the environment, an answer
of bounded length within a deadline.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL


class EgressError(Exception):
    """The request came to nothing: what to tell the operator, and nothing of what was sent."""


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
        target = URL(url)
        try:
            if not allow_private:
                _check_literal(target.host or "")
            async with asyncio.timeout(timeout_s):
                return await self._post(self._session(allow_private), target, body, headers, max_answer)
        except TimeoutError:
            raise EgressError(f"did not answer within {timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            cause = error.__cause__ if isinstance(error.__cause__, _Refused) else error
            reason = str(cause) if isinstance(cause, _Refused) else type(error).__name__
            raise EgressError(f"cannot be asked: {reason}") from None

    async def _post(
        self, session: aiohttp.ClientSession, url: URL, body: bytes, headers: Mapping[str, str], max_answer: int
    ) -> bytes:
        sent = {"accept-encoding": "identity", "user-agent": "nemoproxy", **headers, "content-type": "application/json"}
        async with session.post(url, data=body, headers=sent, allow_redirects=False) as answer:
            if not 200 <= answer.status < 300:
                raise EgressError(f"answered with status {answer.status}")
            parts, size = [], 0
            async for part in answer.content.iter_any():
                parts.append(part)
                size += len(part)
                if size > max_answer:
                    raise EgressError(f"answered with more than {max_answer} bytes")
            return b"".join(parts)

    def _session(self, allow_private: bool) -> aiohttp.ClientSession:
        session = self._sessions.get(allow_private)
        if session is None:
            connector = aiohttp.TCPConnector(
                resolver=_Resolver(allow_private=allow_private), use_dns_cache=False, limit=100, keepalive_timeout=15
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
                raise _Refused("its address is not a public one; set allow_private to have it asked nevertheless")
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


def _check_literal(host: str) -> None:
    """Addresses that stand in the URL are connected to without asking the resolver."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return
    if not is_public(host):
        raise _Refused("its address is not a public one; set allow_private to have it asked nevertheless")


def is_public(text: str) -> bool:
    """Whether a numeric address is one of the public Internet, and so is every address that it stands for."""
    if "%" in text:
        return False
    address = ip_address(text)
    inner = _inner(address) if isinstance(address, IPv6Address) else []
    return _is_public(address) and all(map(_is_public, inner))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return _is_public(address.ipv4_mapped)
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_loopback or address.is_link_local
    )


def _inner(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to. (Those of NAT64 are in `::/8`, and that is reserved.)"""
    inner = [address.sixtofour] if address.sixtofour is not None else []
    return inner + list(address.teredo or ())
