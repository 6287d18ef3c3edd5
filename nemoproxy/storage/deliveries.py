"""`Deliveries`: from the outbox to webhooks, by any number of gateways on one database.

Everything a worker has to write is one transaction, a *turn*: what became of its attempts, the outbox handed out to the
webhooks that want it, and the next attempts claimed. A claim is a lease: nobody else attempts the same delivery before
it is over. Who is killed in between leaves a lease that ends, so each event arrives at least once.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    and_,
    bindparam,
    delete,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from nemoproxy.storage import schema
from nemoproxy.storage.engine import reading, writing
from nemoproxy.storage.errors import StorageError, UnknownRecord
from nemoproxy.storage.events import REMEMBERED
from nemoproxy.storage.lookup import new_id
from nemoproxy.storage.webhook_rows import Attempt, DeliveryRow, Event, Outcome, Status, WebhookRow, message_id
from nemoproxy.storage.webhooks import Webhooks

log = logging.getLogger("nemoproxy.webhooks")

AT_ONCE = 500
"""Rows that one transaction hands out, or prunes."""

_outbox, _deliveries, _webhooks = schema.outbox, schema.deliveries, schema.webhooks
# Spelled out: an index of pending rows is of use only to who asks for them in these words.
_PENDING = _deliveries.c.status == literal_column("'pending'")
_EVENT = (
    _outbox.c.id.label("event_id"),
    _outbox.c.event,
    _outbox.c.payload,
    _outbox.c.created_at.label("happened_at"),
)
_WAITING = select(*_EVENT).where(_outbox.c.handed_out_at.is_(None)).order_by(_outbox.c.id)
_ANY_WAITING = _WAITING.with_only_columns(_outbox.c.id).limit(1)
_now = bindparam("now", type_=schema.UtcMicros)
_DUE = select(_webhooks.c.id).where(
    _webhooks.c.disabled_at.is_(None),
    or_(_webhooks.c.paused_until.is_(None), _webhooks.c.paused_until <= _now),
    select(_deliveries.c.event_id)
    .where(_deliveries.c.webhook_id == _webhooks.c.id, _PENDING, _deliveries.c.next_at <= _now)
    .exists(),
)


@dataclass(frozen=True, slots=True)
class Turn:
    attempts: Sequence[Attempt] = ()
    more: bool = False
    """There is more to hand out."""


class Deliveries:
    """Synchronous, like `Records`, which has it as `deliveries`."""

    def __init__(self, engine: Engine, webhooks: Webhooks) -> None:
        self._engine = engine
        self._rows = webhooks

    def turn(
        self, now: datetime, outcomes: Sequence[Outcome], room: Callable[[str], int], free: int, lease: timedelta
    ) -> Turn:
        """`room` says how many attempts more a webhook may have running, `free` how many there may be more in all.

        Nothing is written while there is nothing to do. When it raises, nothing of it happened: the outcomes are to be
        told again.
        """
        if not outcomes:
            with reading(self._engine) as connection:
                waiting = connection.execute(_ANY_WAITING).first() is not None
                if not waiting and not (free > 0 and any(room(id) > 0 for id in _due(connection, now))):
                    return Turn()
        with writing(self._engine) as connection:
            for outcome in outcomes:
                _settle(connection, outcome, now)
            more = self._hand_out(connection, now)
            attempts: list[Attempt] = []
            due = list(_due(connection, now))
            random.shuffle(due)  # when there is not room for all, none is always the last
            for id in due:
                attempts += self._claim(connection, id, min(room(id), free - len(attempts)), now, now + lease)
        return Turn(attempts, more)

    def _hand_out(self, connection: Connection, now: datetime) -> bool:
        wanted = _WAITING.limit(AT_ONCE).with_for_update(skip_locked=True)
        events = [_event(row) for row in connection.execute(wanted).mappings()]
        if not events:
            return False
        rows = [
            {
                "event_id": event.id,
                "webhook_id": webhook.id,
                "status": str(Status.PENDING),
                "attempts": 0,
                "next_at": now,
                "updated_at": now,
            }
            for webhook in self._live(connection, now)
            for event in events
            if webhook.created_at <= event.created_at and webhook.wants(event)
        ]
        if rows:
            connection.execute(insert(_deliveries), rows)
        ids = [event.id for event in events]
        connection.execute(update(_outbox).where(_outbox.c.id.in_(ids)).values(handed_out_at=now))
        return len(events) == AT_ONCE

    def _live(self, connection: Connection, now: datetime) -> Iterator[WebhookRow]:
        wanted = select(_webhooks).where(_webhooks.c.disabled_at.is_(None)).with_for_update(read=True)
        for row in connection.execute(wanted).mappings().all():
            try:
                yield self._rows.row(row)
            except StorageError as error:
                log.error("webhook %s is disabled: %s", row["id"], error.message)
                _disable(connection, row["id"], now, "its secrets cannot be read")

    def _claim(
        self, connection: Connection, webhook_id: str, room: int, now: datetime, until: datetime
    ) -> Iterator[Attempt]:
        if room <= 0:
            return
        webhook = self._rows.row(
            connection.execute(select(_webhooks).where(_webhooks.c.id == webhook_id)).mappings().one()
        )
        wanted = (
            select(_deliveries.c.attempts, *_EVENT)
            .join(_outbox, _outbox.c.id == _deliveries.c.event_id)
            .where(_deliveries.c.webhook_id == webhook_id, _PENDING, _deliveries.c.next_at <= now)
            .order_by(_deliveries.c.next_at)
            .limit(room)
            .with_for_update(of=_deliveries, skip_locked=True)
        )
        rows = connection.execute(wanted).mappings().all()
        lease = new_id("lease")
        theirs = and_(
            _deliveries.c.webhook_id == webhook_id, _deliveries.c.event_id.in_([row["event_id"] for row in rows])
        )
        connection.execute(update(_deliveries).where(theirs).values(lease=lease, next_at=until, updated_at=now))
        for row in rows:
            yield Attempt(event=_event(row), webhook=webhook, failed=row["attempts"], lease=lease)

    # An operator's.

    def list(
        self, *, webhook_id: str | None = None, status: Status | None = None, limit: int = 50
    ) -> Sequence[DeliveryRow]:
        """Newest events first."""
        wanted = select(_deliveries, _outbox.c.event, _outbox.c.created_at.label("happened_at")).join(
            _outbox, _outbox.c.id == _deliveries.c.event_id
        )
        if webhook_id is not None:
            wanted = wanted.where(_deliveries.c.webhook_id == webhook_id)
        if status is not None:
            wanted = wanted.where(_deliveries.c.status == str(status))
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(_deliveries.c.event_id.desc()).limit(limit)).mappings()
            return [_delivery(row) for row in rows]

    def replay(
        self, webhook_id: str, now: datetime, *, event_id: int | None = None, since: datetime | None = None
    ) -> int:
        """Sends again, on a schedule that begins now: one event; or all since a moment, those that it never got
        included; or else its dead letters. Returns how many. What is on its way already is left alone."""
        webhook = self._rows.find(webhook_id)
        with writing(self._engine) as connection:
            if event_id is None and since is None:
                dead = and_(_deliveries.c.webhook_id == webhook_id, _deliveries.c.status == str(Status.DEAD))
                return _again(connection, dead, now)
            chosen = _outbox.c.created_at >= since if event_id is None else _outbox.c.id == event_id
            handed_out = select(*_EVENT).where(chosen, _outbox.c.handed_out_at.is_not(None))
            events = [_event(row) for row in connection.execute(handed_out).mappings()]
            events = [event for event in events if webhook.may_see(event)]
            if event_id is None:
                events = [event for event in events if webhook.wants(event)]
            elif not events:
                raise UnknownRecord("There is no such event for this webhook, or it is too old to be known still.")
            return sum(_send_again(connection, webhook_id, event.id, now) for event in events)

    def prune(self, before: datetime) -> int:
        """Forgets events of before that moment which are delivered or dead, some at a time. Returns how many."""
        pending = select(_deliveries.c.event_id).where(_deliveries.c.event_id == _outbox.c.id, _PENDING)
        old = (
            select(_outbox.c.id)
            .where(_outbox.c.created_at < before, _outbox.c.handed_out_at.is_not(None))
            .where(_outbox.c.event.not_in(REMEMBERED), ~pending.exists())
            .order_by(_outbox.c.id)
            .limit(AT_ONCE)
        )
        with reading(self._engine) as connection:
            ids: Sequence[int] = connection.execute(old).scalars().all()
        if ids:
            with writing(self._engine) as connection:
                connection.execute(delete(_deliveries).where(_deliveries.c.event_id.in_(ids)))
                connection.execute(delete(_outbox).where(_outbox.c.id.in_(ids)))
        return len(ids)


def _due(connection: Connection, now: datetime) -> Sequence[str]:
    """Webhooks with something to attempt, one look into an index for each."""
    return connection.execute(_DUE, {"now": now}).scalars().all()


def _settle(connection: Connection, outcome: Outcome, now: datetime) -> None:
    attempt = outcome.attempt
    webhook_id = attempt.webhook.id
    # What arrived has arrived, whoever thinks by now that it is theirs to attempt; else only the holder has a say.
    ours = _deliveries.c.lease == attempt.lease
    if outcome.status is Status.DELIVERED:
        ours = or_(ours, _deliveries.c.status != str(Status.DELIVERED))
    values: dict[str, object] = {"lease": None, "next_at": outcome.next_at, "updated_at": now}
    if outcome.made:
        values |= {"status": str(outcome.status), "attempts": attempt.failed + 1}
        values |= {"last_status": outcome.answer, "last_error": outcome.error}
    place = and_(_deliveries.c.event_id == attempt.event.id, _deliveries.c.webhook_id == webhook_id, ours)
    connection.execute(update(_deliveries).where(place).values(values))
    if outcome.disable:
        _disable(connection, webhook_id, now, "the receiver wants no more (410)")
    if outcome.pause_until is not None:
        later = or_(_webhooks.c.paused_until.is_(None), _webhooks.c.paused_until < outcome.pause_until)
        pause = update(_webhooks).where(_webhooks.c.id == webhook_id, later)
        connection.execute(pause.values(paused_until=outcome.pause_until))


def _disable(connection: Connection, webhook_id: str, now: datetime, reason: str) -> None:
    """It gets nothing more. What waits is dead, and can be replayed when it is enabled again."""
    live = and_(_webhooks.c.id == webhook_id, _webhooks.c.disabled_at.is_(None))
    if connection.execute(update(_webhooks).where(live).values(disabled_at=now)).rowcount:
        waiting = and_(_deliveries.c.webhook_id == webhook_id, _PENDING)
        dead = {"status": str(Status.DEAD), "lease": None, "last_error": reason, "updated_at": now}
        connection.execute(update(_deliveries).where(waiting).values(dead))


def _again(connection: Connection, which: ColumnElement[bool], now: datetime) -> int:
    fresh = {"status": str(Status.PENDING), "attempts": 0, "next_at": now, "lease": None, "updated_at": now}
    return connection.execute(update(_deliveries).where(which).values(fresh)).rowcount


def _send_again(connection: Connection, webhook_id: str, event_id: int, now: datetime) -> int:
    place = and_(_deliveries.c.webhook_id == webhook_id, _deliveries.c.event_id == event_id)
    known = connection.execute(select(_deliveries.c.status).where(place)).scalar_one_or_none()
    if known is not None:
        return _again(connection, and_(place, _deliveries.c.status != str(Status.PENDING)), now)
    row = {"status": str(Status.PENDING), "attempts": 0, "next_at": now, "updated_at": now}
    connection.execute(insert(_deliveries).values(event_id=event_id, webhook_id=webhook_id, **row))
    return 1


def _event(row: RowMapping) -> Event:
    return Event(id=row["event_id"], name=row["event"], payload=row["payload"], created_at=row["happened_at"])


def _delivery(row: RowMapping) -> DeliveryRow:
    return DeliveryRow(
        event_id=row["event_id"],
        event=row["event"],
        message_id=message_id(row["event_id"], row["happened_at"]),
        webhook_id=row["webhook_id"],
        status=Status(row["status"]),
        attempts=row["attempts"],
        next_at=row["next_at"],
        leased=row["lease"] is not None,
        last_status=row["last_status"],
        last_error=row["last_error"],
        created_at=row["happened_at"],
        updated_at=row["updated_at"],
    )
