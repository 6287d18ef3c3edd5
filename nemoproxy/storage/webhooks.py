"""`Webhooks`: where events are sent. Synchronous, like `Records`, which has it as `webhooks`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, update

from nemoproxy.config.problems import suggest
from nemoproxy.storage import schema
from nemoproxy.storage.engine import reading, writing
from nemoproxy.storage.errors import InvalidRecord, UnknownRecord
from nemoproxy.storage.events import EVENTS
from nemoproxy.storage.lookup import new_id
from nemoproxy.storage.rows import utc_now
from nemoproxy.storage.sealing import Sealer
from nemoproxy.storage.webhook_rows import SigningSecret, WebhookKind, WebhookRow


class _Sealed(msgspec.Struct):
    """What of a webhook may be a password."""

    url: str
    headers: dict[str, str]
    secrets: list[tuple[str, datetime | None]]


class Webhooks:
    """Addresses are checked by `nemoproxy.webhooks`, when they are added and each time something is sent."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def add(
        self,
        kind: WebhookKind,
        url: str,
        secret: str,
        *,
        org_id: str | None = None,
        events: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> WebhookRow:
        """It gets what happens from now on. Raises `InvalidRecord` for an event that there is not."""
        for event in events:
            if event not in EVENTS:
                raise InvalidRecord(f'There is no event "{event}".', suggest(event, EVENTS))
        row = WebhookRow(
            id=new_id("webhook"),
            kind=WebhookKind(kind),
            url=url,
            headers=dict(headers or {}),
            secrets=(SigningSecret(secret),),
            org_id=org_id,
            events=tuple(events) or None,
            created_at=utc_now(),
            disabled_at=None,
            paused_until=None,
        )
        values = {
            "id": row.id,
            "kind": str(row.kind),
            "org_id": row.org_id,
            "events": None if row.events is None else list(row.events),
            "sealed": self._seal(row),
            "created_at": row.created_at,
        }
        with writing(self._engine) as connection:
            connection.execute(insert(schema.webhooks).values(values))
        return row

    def all(self) -> list[WebhookRow]:
        """Oldest first."""
        webhooks = schema.webhooks
        with reading(self._engine) as connection:
            rows = connection.execute(select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id)).mappings().all()
        return [self.row(row) for row in rows]

    def find(self, id: str) -> WebhookRow:
        with reading(self._engine) as connection:
            return self._find(connection, id)

    def rotate(self, id: str, secret: str, overlap: timedelta) -> WebhookRow:
        """Signs with a new secret. The ones before it sign beside it for as long as `overlap`."""
        now = utc_now()
        with writing(self._engine) as connection:
            row = self._find(connection, id, lock=True)
            ends = now + overlap
            older = [replace(one, until=min(one.until or ends, ends)) for one in row.secrets]
            live = [one for one in older if one.until is not None and one.until > now]
            row = replace(row, secrets=(SigningSecret(secret), *live))
            _change(connection, id, sealed=self._seal(row))
        return row

    def enable(self, id: str) -> WebhookRow:
        """Has it get events again, after it was disabled or paused."""
        with writing(self._engine) as connection:
            _change(connection, id, disabled_at=None, paused_until=None)
            return self._find(connection, id)

    def remove(self, id: str) -> None:
        """Forgets a webhook and all its deliveries, those that wait included."""
        deliveries, webhooks = schema.deliveries, schema.webhooks
        with writing(self._engine) as connection:
            _change(connection, id, disabled_at=utc_now())  # takes its lock: nothing is handed out to it meanwhile
            connection.execute(delete(deliveries).where(deliveries.c.webhook_id == id))
            connection.execute(delete(webhooks).where(webhooks.c.id == id))

    def row(self, row: RowMapping) -> WebhookRow:
        """Raises `StorageError` when its secrets cannot be read."""
        sealed = msgspec.json.decode(self._sealer.open(row["sealed"], row["id"]), type=_Sealed)
        return WebhookRow(
            id=row["id"],
            kind=WebhookKind(row["kind"]),
            url=sealed.url,
            headers=sealed.headers,
            secrets=tuple(SigningSecret(text, until) for text, until in sealed.secrets),
            org_id=row["org_id"],
            events=None if row["events"] is None else tuple(row["events"]),
            created_at=row["created_at"],
            disabled_at=row["disabled_at"],
            paused_until=row["paused_until"],
        )

    def _seal(self, row: WebhookRow) -> bytes:
        sealed = _Sealed(row.url, dict(row.headers), [(one.text, one.until) for one in row.secrets])
        return self._sealer.seal(msgspec.json.encode(sealed), row.id)

    def _find(self, connection: Connection, id: str, *, lock: bool = False) -> WebhookRow:
        wanted = select(schema.webhooks).where(schema.webhooks.c.id == id)
        row = connection.execute(wanted.with_for_update() if lock else wanted).mappings().one_or_none()
        if row is None:
            raise _unknown(id)
        return self.row(row)


def _change(connection: Connection, id: str, **values: object) -> None:
    if connection.execute(update(schema.webhooks).where(schema.webhooks.c.id == id).values(values)).rowcount == 0:
        raise _unknown(id)


def _unknown(id: str) -> UnknownRecord:
    return UnknownRecord(f'There is no webhook "{id}".', "`nemoproxy webhooks list` shows them all")
