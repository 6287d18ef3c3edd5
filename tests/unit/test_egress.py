"""Which addresses are asked at all."""

from __future__ import annotations

import asyncio
import socket

import pytest
from aiohttp.abc import ResolveResult

from nemoproxy import egress
from nemoproxy.egress import PRIVATE, Egress, EgressError, is_public


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2001:4860:4860::8888", "::ffff:8.8.8.8", "2002:808:808::"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
        *("192.0.2.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "2001:db8::1"),
        *("2002:7f00:1::", "2001:0:7f00:1::", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "ff02::1"),
        *("168.63.129.16", "192.0.0.192", "192.88.99.1", "fec0::1", "64:ff9b:1::a9fe:a9fe", "::ffff:0:7f00:1"),
        *("::ffff:168.63.129.16", "2002:a83f:8110::", "localhost", "", "0x7f.1"),
    ],
)
def test_addresses_that_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:0001]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[::1%25lo]",
        "127.0.0.1.",
        "localhost.",
        "LOCALHOST",
        "0",
        "0.0.0.0",
        "017700000001",
        "0x7f.1",
        "127.0.0.01",
        "\uff11\uff12\uff17.0.0.\uff11",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "user@127.0.0.1",
        "user:password@localhost",
        "example.com@127.0.0.1",
        "example.com\\@127.0.0.1",
    ],
)
def test_no_spelling_of_a_private_address_is_connected_to(host: str) -> None:
    async def main() -> None:
        connected = asyncio.Event()

        def accept(*_: object) -> None:
            connected.set()

        listener = await asyncio.start_server(accept, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        egress = Egress()
        with pytest.raises(EgressError):
            await egress.post(f"http://{host}:{port}/", b"{}", {}, timeout_s=5, max_answer=100)
        await egress.close()
        listener.close()
        assert not connected.is_set()

    asyncio.run(main())


def test_a_name_with_one_private_address_among_public_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _resolved_to(monkeypatch, ["93.184.216.34", "10.0.0.1"]) == (0, "cannot be asked: " + PRIVATE)


def test_a_name_whose_address_changes_between_check_and_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a resolver of ours would say: it is the socket's address that counts."""

    async def lie(*_: object, **__: object) -> list[ResolveResult]:
        return [
            ResolveResult(hostname="h", host="127.0.0.1", port=0, family=socket.AF_INET, proto=0, flags=0),
        ]

    monkeypatch.setattr(egress._Resolver, "resolve", lie)
    connections, said = _asked("hook.example")
    assert (connections, said) == (0, "cannot be asked: " + PRIVATE)


def _resolved_to(monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> tuple[int, str]:
    async def resolved(_self: object, _host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolved)
    return _asked("hook.example")


def _asked(host: str) -> tuple[int, str]:
    """How many connections a listener on the loopback saw, and what the asker was told."""
    connections = 0

    async def main() -> str:
        def accept(*_: object) -> None:
            nonlocal connections
            connections += 1

        server = await asyncio.start_server(accept, sock=socket.create_server(("127.0.0.1", 0)))
        port = server.sockets[0].getsockname()[1]
        outward = Egress()
        with pytest.raises(EgressError) as failure:
            await outward.post(f"http://{host}:{port}/", b"{}", {}, timeout_s=5, max_answer=100)
        await outward.close()
        server.close()
        return str(failure.value)

    said = asyncio.run(main())
    return connections, said
