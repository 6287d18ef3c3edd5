"""A gateway in front of a mock provider, both real and listening, for tests that come in through the front door."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
import uvloop

from nemoproxy import mock
from nemoproxy._core import Limiter, Pepper
from nemoproxy.config import Config, Credits, Limits, Model, Price, Provider, Secret, Server, Target, Timeouts
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.server.app import Gateway
from nemoproxy.storage import KeyRow, Kind, NewKey, Records
from tests.timing import ENOUGH_S

T = TypeVar("T")
PEPPER = bytes(range(32))
CLAUDE_KEY, GEMINI_KEY = Secret("sk-ant-canary-1234"), Secret("AIzaCanary12345")
PRICE = Price(input=1 * UNITS_PER_USD, output=2 * UNITS_PER_USD)
"""Of every model here: 1 USD for a million tokens in, 2 USD for a million out."""


class Site:
    """Runs a loop on a thread of its own; tests talk to `url` over sockets, and to what runs inside through `run`."""

    def __init__(self, data: Path, **overrides: Any) -> None:
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._data = data
        self.records = Records.open(f"sqlite:///{data}/records.db", PEPPER)
        self.records.ledger.credit("default", Kind.GRANT, 10**6 * UNITS_PER_USD)
        self.mock: mock.MockServer = self.run(mock.start("127.0.0.1", 0))
        self.config = _config(self.mock.port, data / "journal", overrides)
        self.gateway: Gateway = self.run(self._start())
        self.port = self.gateway.port
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.row, self.key = self.make_key()

    async def _start(self) -> Gateway:
        return await Gateway(self.config, self.records, Pepper(PEPPER)).start()

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float = ENOUGH_S) -> T:
        """Run a coroutine in the site's loop and wait for its result."""
        future: Future[T] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return future.result(timeout)

    def make_key(
        self,
        *,
        rpm: int | None = None,
        tpm: int | None = None,
        tps: int | None = None,
        concurrency: int | None = None,
        tier: str = "enterprise",
        **fields: Any,
    ) -> tuple[KeyRow, str]:
        """A key that the gateway knows by the time this returns."""
        limits = Limits(rpm=rpm, tpm=tpm, tps=tps, concurrency=concurrency)
        made = self.records.create_key(NewKey(alias=fields.pop("alias", "test"), tier=tier, limits=limits, **fields))
        self.refresh()
        return made

    def refresh(self) -> None:
        """Have the gateway take in changed records now."""
        self.run(self.gateway.refresh())

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What the records say, once all that was settled is booked."""
        self.gateway._books.drain.flush(ENOUGH_S)
        with closing(sqlite3.connect(self._data / "records.db")) as database:
            cursor = database.execute(query, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def restart(self) -> None:
        """Another gateway over the same records, on another port."""
        self.run(self.gateway.stop())
        self.gateway = self.run(self._start())
        self.port = self.gateway.port
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def hurry(self) -> None:
        """What the mock is answering it answers now."""

        async def hurry() -> None:
            self.mock.hurry()

        self.run(hurry())

    def in_flight(self, row: KeyRow) -> int:
        """Calls of this key that are admitted and not settled."""
        return self._limiter.in_flight(self._slot(row))

    def tokens(self, row: KeyRow) -> int:
        """Tokens in this key's window."""
        return self._limiter.usage(self._slot(row), time.monotonic_ns())[1]

    @property
    def _limiter(self) -> Limiter:
        return self.gateway._directory._limiter

    def _slot(self, row: KeyRow) -> int:
        return self.gateway._directory._key_slots[row.id]

    def eventually(self, condition: Callable[[], bool], seconds: float = ENOUGH_S) -> None:
        """Wait until `condition()`, asked in the site's loop: for what has no event of its own."""

        async def ask() -> None:
            async with asyncio.timeout(seconds):
                while not condition():  # noqa: ASYNC110 - there is no event to wait for
                    await asyncio.sleep(0.002)

        self.run(ask(), seconds + 5)

    def close(self) -> None:
        self.run(self.gateway.stop())
        self.run(self.mock.close())
        self.records.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _config(mock_port: int, journal: Path, overrides: dict[str, Any]) -> Config:
    """Everything goes to the mock, in all of its languages; `dead` to a port that nobody listens on. Sections are
    replaced by keyword."""
    mock_url, timeouts = f"http://127.0.0.1:{mock_port}", overrides.pop("timeouts", Timeouts())
    providers = {
        "mock": Provider(base_url=f"{mock_url}/v1", timeouts=timeouts),
        "dead": Provider(base_url="http://127.0.0.1:9/v1"),
        "claude": Provider(kind="anthropic", base_url=f"{mock_url}/v1", api_key=CLAUDE_KEY, timeouts=timeouts),
        "gemini": Provider(kind="gemini", base_url=f"{mock_url}/v1beta", api_key=GEMINI_KEY, timeouts=timeouts),
    }
    models = {
        "alias": Model(targets=(Target(provider="mock", model="mock"),)),
        "vendor/with/slashes": Model(targets=(Target(provider="mock", model="mock"),)),
        "dead": Model(targets=(Target(provider="dead", model="dead"),)),
        "claude/*": Model(targets=(Target(provider="claude"),)),
        "gemini/*": Model(targets=(Target(provider="gemini"),)),
        **overrides.pop("more_models", {}),
        "*": Model(targets=(Target(provider="mock"),)),
    }
    server = Server(port=0, shutdown_grace_s=1)
    prices: dict[str, tuple[Price, ...]] = {f"{name}/*": (PRICE,) for name in ("mock", "dead", "p", "claude", "gemini")}
    money = Credits(journal=str(journal))
    config = Config(server=server, providers=providers, models=models, prices=prices, credits=money)
    return msgspec.structs.replace(config, **overrides)
