"""A receiver of webhooks on a real socket, and a worker with a clock of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

from nemoproxy.config import WebhookSettings
from nemoproxy.egress import Egress
from nemoproxy.storage import DeliveryRow, NewKey, Records, WebhookKind, WebhookRow, utc_now
from nemoproxy.storage.engine import writing
from nemoproxy.storage.events import emit
from nemoproxy.webhooks import Sender, Worker, new_secret
from tests.site import PEPPER
from tests.timing import ENOUGH_S
from tests.upstream import Upstream, read_request


@dataclass(frozen=True)
class Hook:
    """One POST that came."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def json(self) -> Any:
        return json.loads(self.body)


Reply = Callable[[Hook], bytes]


def answer(status: int, *lines: str) -> bytes:
    head = [f"HTTP/1.1 {status} X", "content-length: 0", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n"


class Receiver(Upstream):
    """Keeps what comes, and answers as `reply` says; and hangs up where that is not a whole head."""

    def __init__(self, reply: Reply = lambda _: answer(204), tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._take, tls)
        self.reply = reply
        self.hooks: list[Hook] = []
        self._news = threading.Condition()
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def _take(self, connection: socket.socket, _: int) -> None:
        while raw := read_request(connection):
            head, _, body = raw.partition(b"\r\n\r\n")
            lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
            headers = {name.decode().lower(): value.strip().decode() for name, _, value in lines}
            hook = Hook(headers, body)
            with self._news:
                self.hooks.append(hook)
                self._news.notify_all()
            said = self.reply(hook)
            connection.sendall(said)
            if b"\r\n\r\n" not in said:
                return

    def wait(self, count: int, seconds: float = ENOUGH_S) -> list[Hook]:
        """Once so many have come."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.hooks) >= count, seconds), f"{len(self.hooks)} of {count} came"
            return list(self.hooks)

    async def came(self, count: int) -> list[Hook]:
        """The same, inside a loop."""
        return await asyncio.to_thread(self.wait, count)

    @property
    def ids(self) -> list[str]:
        return [hook.id for hook in self.hooks]


def verified(hook: Hook, secret: str) -> Any:
    """The body, by the library that receivers use. It looks at the time as well."""
    return Webhook(secret).verify(hook.body, hook.headers)


class Clock:
    """It is as late as it is told to be."""

    def __init__(self) -> None:
        self.now = utc_now()

    def __call__(self) -> datetime:
        return self.now

    def tick(self, **span: float) -> None:
        self.now += timedelta(**span)


class Rig:
    """Records and a worker on them, inside a running loop."""

    def __init__(self, data: Path, **settings: Any) -> None:
        self.url = f"sqlite:///{data}/records.db"
        self.records = Records.open(self.url, PEPPER)
        self.settings = WebhookSettings(**{"allow_private": True, "timeout_s": ENOUGH_S} | settings)
        self.clock = Clock()
        self.workers: list[Worker] = []

    def work(self) -> Worker:
        """Another worker, as another gateway would have it."""
        sender = Sender(Egress(), self.settings, self.clock, chance=lambda: 0.5)
        worker = Worker(self.records.deliveries, sender, now=self.clock, idle_s=0.01)
        worker.start()
        self.workers.append(worker)
        return worker

    def hook(self, url: str, kind: WebhookKind = WebhookKind.WEBHOOK, **fields: Any) -> WebhookRow:
        return self.records.webhooks.add(kind, url, new_secret(), **fields)

    def happen(self, alias: str = "a") -> str:
        """An event: a key is made. Its id."""
        row = self.records.create_key(NewKey(alias=alias))[0]
        self.clock.now = max(self.clock.now, utc_now())
        return row.id

    def flood(self, count: int) -> None:
        """So many events, in one transaction."""
        with writing(self.records.engine) as connection:
            for number in range(count):
                emit(connection, f"test:{number}", "provider.outage", {"provider": f"p{number}"})
        self.clock.now = max(self.clock.now, utc_now())

    async def settled(self, wanted: Callable[[list[DeliveryRow]], bool]) -> list[DeliveryRow]:
        """The deliveries, once they are as wanted."""
        async with asyncio.timeout(ENOUGH_S):
            while True:
                rows = list(await asyncio.to_thread(self.records.deliveries.list, limit=10_000))
                if wanted(rows):
                    return rows
                await asyncio.sleep(0.005)

    async def close(self) -> None:
        for worker in self.workers:
            await worker.stop()
        self.records.close()


def all_are(status: str, count: int, attempts: int | None = None) -> Callable[[list[DeliveryRow]], bool]:
    def check(rows: list[DeliveryRow]) -> bool:
        right = [
            row
            for row in rows
            if row.status == status and (attempts is None or row.attempts == attempts) and not row.leased
        ]
        return len(right) == len(rows) == count

    return check
