"""Rows of webhooks: where events go, what is to be sent, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from nemoproxy.storage.schema import EPOCH, to_micros


class WebhookKind(StrEnum):
    WEBHOOK = "webhook"
    """JSON, signed as Standard Webhooks says."""
    SLACK = "slack"
    """A message for an incoming webhook of Slack."""


class Status(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up on: the last attempt of its schedule failed, or the webhook was disabled."""


@dataclass(frozen=True, slots=True)
class SigningSecret:
    text: str = field(repr=False)
    until: datetime | None = None
    """When it ends, once another has taken its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRow:
    id: str
    kind: WebhookKind
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    secrets: tuple[SigningSecret, ...] = field(repr=False)
    """The newest first."""
    org_id: str | None
    """Whose events it gets; None: everybody's, and those of the gateway itself."""
    events: tuple[str, ...] | None
    """Which of them; None: all."""
    created_at: datetime
    disabled_at: datetime | None
    paused_until: datetime | None

    def may_see(self, event: Event) -> bool:
        return self.org_id is None or event.payload.get("org_id") == self.org_id

    def wants(self, event: Event) -> bool:
        return self.may_see(event) and (self.events is None or event.name in self.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A row of the outbox."""

    id: int
    name: str
    payload: Mapping[str, Any]
    created_at: datetime

    @property
    def message_id(self) -> str:
        return message_id(self.id, self.created_at)


def message_id(id: int, created_at: datetime) -> str:
    """What receivers know an event by, the same in every attempt. With its time: a database that was put back to an
    older state gives out the same numbers again."""
    return f"evt_{to_micros(created_at):x}_{id}"


def event_number(message_id: str) -> int | None:
    """The row of the outbox that a message id names."""
    number = message_id.rpartition("_")[2]
    return int(number) if message_id.startswith("evt_") and number.isascii() and number.isdigit() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A delivery that is ours to attempt until its lease is over."""

    event: Event
    webhook: WebhookRow
    failed: int
    """Attempts before this one."""
    lease: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an attempt."""

    attempt: Attempt
    status: Status
    next_at: datetime = EPOCH
    """When it is to be attempted again, if it is pending."""
    answer: int | None = None
    """The status that the receiver answered with."""
    error: str | None = None
    made: bool = True
    """False: there was no attempt after all, and somebody else is to make it."""
    disable: bool = False
    """The receiver wants no more of this webhook."""
    pause_until: datetime | None = None
    """The receiver wants nothing before that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    event_id: int
    event: str
    message_id: str
    webhook_id: str
    status: Status
    attempts: int
    next_at: datetime
    leased: bool
    last_status: int | None
    last_error: str | None
    created_at: datetime
    """Of the event."""
    updated_at: datetime
