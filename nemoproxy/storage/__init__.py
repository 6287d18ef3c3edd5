"""The records: virtual keys, teams and organisations, in SQLite by default, in PostgreSQL by URL.

All SQL of the package is in here, and nothing of it is on a request's path: gateways hold the records in memory and
follow `Records.revision()`.

| module | what lives there |
| --- | --- |
| `records` | `Records`: keys, teams, organisations, and the way to all else |
| `ledger`, `budgets`, `usage` | what organisations have, what may be spent, what was spent on |
| `booking`, `events` | `Books`: settled requests into the records, and what that sets off |
| `guardrails` | who has which guardrails, and what they found |
| `idempotency` | what requests with an `Idempotency-Key` were answered with |
| `webhooks`, `deliveries` | where events are sent, and from the outbox to there |
| `sealing` | secrets that have to be read again, under a key from the pepper |
| `prompts` | templates with their versions, and who is assigned which |
| `abtests` | A/B tests, and what their requests came to |
| `verify` | every invariant of the books, checked |
| `rows`, `money_rows`, `webhook_rows` | what comes out of it, and what goes in, checked |
| `lookup` | rows by name and id, and the count of writes |
| `schema` | the tables as the code sees them, and the history of their revisions |
| `migrations` | how the tables came to be; Alembic, imported only when one is due |
| `engine` | connections, transactions, and all that differs between databases |
| `pepper` | the secret that key digests are keyed with |
"""

from __future__ import annotations

from nemoproxy.storage.abtests import AbTestRow, VariantSums
from nemoproxy.storage.booking import Books
from nemoproxy.storage.deliveries import Deliveries, Turn
from nemoproxy.storage.errors import AmbiguousRecord, InvalidRecord, StorageError, UnknownRecord
from nemoproxy.storage.events import EVENTS, Failure
from nemoproxy.storage.guardrails import AssignmentRow, FindingLog, FindingRow
from nemoproxy.storage.idempotency import AnswerRow, Answers, Claim, Known
from nemoproxy.storage.migrations import is_due
from nemoproxy.storage.money_rows import Balance, BudgetRow, EntryRow, Kind, Period, Scope, UsageRow
from nemoproxy.storage.pepper import read_pepper
from nemoproxy.storage.prompts import PromptAssignmentRow, PromptRow, VersionRow
from nemoproxy.storage.records import Records
from nemoproxy.storage.rows import Changes, KeyRow, NewKey, OrgRow, TeamRow, utc_now
from nemoproxy.storage.webhook_rows import (
    Attempt,
    DeliveryRow,
    Event,
    Outcome,
    SigningSecret,
    Status,
    WebhookKind,
    WebhookRow,
    event_number,
)
from nemoproxy.storage.webhooks import Webhooks

__all__ = [
    "EVENTS",
    "AbTestRow",
    "AmbiguousRecord",
    "AnswerRow",
    "Answers",
    "AssignmentRow",
    "Attempt",
    "Balance",
    "Books",
    "BudgetRow",
    "Changes",
    "Claim",
    "Deliveries",
    "DeliveryRow",
    "EntryRow",
    "Event",
    "Failure",
    "FindingLog",
    "FindingRow",
    "InvalidRecord",
    "KeyRow",
    "Kind",
    "Known",
    "NewKey",
    "OrgRow",
    "Outcome",
    "Period",
    "PromptAssignmentRow",
    "PromptRow",
    "Records",
    "Scope",
    "SigningSecret",
    "Status",
    "StorageError",
    "TeamRow",
    "Turn",
    "UnknownRecord",
    "UsageRow",
    "VariantSums",
    "VersionRow",
    "WebhookKind",
    "WebhookRow",
    "Webhooks",
    "event_number",
    "is_due",
    "read_pepper",
    "utc_now",
]
