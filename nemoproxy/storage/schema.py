"""The tables as the code sees them. How they came to be is in `migrations`; a test holds the two together.

Nothing is said for PostgreSQL here, not even which rows an index is of: SQLAlchemy would load all it knows of it.

Every row carries the `revision` of its last write, and the one row of `revision` counts writes. It is raised first
thing in the transaction of every write. That is a lock as well: writes commit in the order of their numbers, so
whoever has read up to a number has missed nothing below it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

HISTORY = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
"""Every schema revision that this code knows, oldest first; the last is the one it works with."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. SQLite has no time zones: what is kept there is UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class UtcMicros(TypeDecorator[datetime]):
    """A moment in Unix microseconds: what there are millions of is written, compared and grouped by day as a number."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone")
    return (moment - EPOCH) // timedelta(microseconds=1)


def _limits() -> tuple[Column[int], ...]:
    return tuple(Column(name, BigInteger) for name in ("rpm", "tpm", "tps", "concurrency"))


revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("pepper_check", LargeBinary(32)),
)

orgs = Table(
    "orgs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    *_limits(),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revision", BigInteger, nullable=False, index=True),
)

teams = Table(
    "teams",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("org_id", String(40), ForeignKey("orgs.id"), nullable=False),
    Column("name", String(64), nullable=False),
    *_limits(),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revision", BigInteger, nullable=False, index=True),
    UniqueConstraint("org_id", "name"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("last4", String(4), nullable=False),
    Column("alias", String(100)),
    Column("team_id", String(40), ForeignKey("teams.id"), nullable=False, index=True),
    Column("tier", String(64)),
    *_limits(),
    Column("models", JSON(none_as_null=True)),
    Column("expires_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("revision", BigInteger, nullable=False, index=True),
)

# Money. Amounts are units of `nemoproxy.money`. What requests cost comes here through the journal.

_row_id = BigInteger().with_variant(Integer, "sqlite")

credits_ = Table(
    "credits",
    metadata,
    Column("id", _row_id, primary_key=True, autoincrement=True),
    Column("org_id", String(40), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("note", String(200)),
    Column("created_at", UtcMicros, nullable=False),
    Index("ix_credits_org_id", "org_id", "amount"),
    sqlite_autoincrement=True,
)
"""What operators gave an organisation, and took. Append-only, as `usage` is, and triggers see to it.

With `usage` it is the ledger, which is a view of the two: a settled request has two entries there, `hold` takes what
was held and `settle` gives back what it did not cost (`release` all of it). One that failed has none. The balance of an
organisation is the sum of its entries.
"""

_KIND = (
    ("org_id", String(40)),
    ("team_id", String(40)),
    ("key_id", String(40)),
    ("endpoint", String(40)),
    ("model", String(256)),
    ("provider", String(64)),
    ("target_model", String(256)),
    ("streamed", Boolean),
    ("status", Integer),
    ("estimated", Boolean),
    ("ending", String(16)),
)

usage_kinds = Table(
    "usage_kinds",
    metadata,
    Column("id", _row_id, primary_key=True, autoincrement=True),
    *(Column(name, type_, nullable=False) for name, type_ in _KIND),
    UniqueConstraint(*(name for name, _ in _KIND), name="uq_usage_kinds"),
)
"""What many settled requests have in common, once: whose they were, what was asked, who answered, how it ended."""

_SELDOM = (
    *(f"{kind}_tokens" for kind in ("cached", "cache_write", "reasoning", "audio_input", "audio_output")),
    *("shortfall", "images", "sound_ms", "characters"),
)
PLAIN_COLUMNS = 10
"""Of `usage_rows`: the first ones, which are all that most requests have anything in."""

usage_rows = Table(
    "usage_rows",
    metadata,
    Column("request_id", String(64), primary_key=True),
    Column("org_id", String(40), nullable=False),
    Column("kind_id", _row_id, nullable=False),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("prompt_tokens", "output_tokens", "held", "cost", "latency_us")
    ),
    Column("first_byte_us", BigInteger),
    Column("settled_at", UtcMicros, nullable=False),
    Column("variant", String(130)),
    *(Column(name, BigInteger, nullable=False, server_default="0") for name in _SELDOM),
    Index(
        "ix_usage_rows_org_id",
        "org_id",
        "settled_at",
        sqlite_where=text("held > 0"),
    ),
    Index(
        "ix_usage_rows_variant",
        "variant",
        sqlite_where=text("variant IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)
"""A row for each settled request. Append-only; no content. To be read as `usage`, which has the kind as well."""

usage = Table(
    "usage",
    MetaData(),
    *(Column(name, type_) for name, type_ in _KIND),
    *(Column(column.name, column.type) for column in usage_rows.c if column.name not in ("org_id", "kind_id")),
    Column("started_at", UtcMicros),
)
"""A view: settled requests, each with all there is to say of it."""
CLIENT_LEFT = 499
"""The `status` of a request whose client left before it was answered."""

spending = Table(
    "spending",
    metadata,
    Column("scope", String(4), primary_key=True),
    Column("scope_id", String(40), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("cost", BigInteger, nullable=False),
    Column("requests", BigInteger, nullable=False),
)
"""What a key, team or org was charged on a UTC day (days since 1970), kept in the transaction that books the usage.

It can be had from `usage` as well, and `verify` holds the two together; but budgets and balances are read at every
start, and must not take longer with every request ever made.
"""

budgets = Table(
    "budgets",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("scope", String(4), nullable=False),
    Column("scope_id", String(40), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("period", String(8), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
    Column("revision", BigInteger, nullable=False, index=True),
    UniqueConstraint("scope", "scope_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _row_id, primary_key=True, autoincrement=True),
    Column("once", String(120), nullable=False, unique=True),
    Column("event", String(40), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("created_at", UtcMicros, nullable=False),
    Column("handed_out_at", UtcMicros),
    Index(
        "ix_outbox_waiting",
        "id",
        sqlite_where=text("handed_out_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)
"""What happened, written in the transaction that causes it. `once` is what makes an event happen once.

It is handed out once as well: that is when it gets a row in `deliveries` for each webhook that wants it.
"""

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("org_id", String(40), ForeignKey("orgs.id")),
    Column("events", JSON(none_as_null=True)),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", UtcMicros, nullable=False),
    Column("disabled_at", UtcMicros),
    Column("paused_until", UtcMicros),
)
"""Where events are sent. Address, headers and secrets are in `sealed` (`storage.sealing`): each may be a password."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("event_id", _row_id, ForeignKey("outbox.id"), primary_key=True, autoincrement=False),
    Column("webhook_id", String(40), ForeignKey("webhooks.id"), primary_key=True),
    Column("status", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcMicros, nullable=False),
    Column("lease", String(40)),
    Column("last_status", Integer),
    Column("last_error", String(200)),
    Column("updated_at", UtcMicros, nullable=False),
    Index(
        "ix_deliveries_due",
        "webhook_id",
        "next_at",
        sqlite_where=text("status = 'pending'"),
    ),
    sqlite_with_rowid=False,
)
"""An event on its way to a webhook: `pending`, `delivered`, or `dead`.

Who attempts it puts a `lease` of its own there and moves `next_at` to when that ends: nobody else touches it until
then, and should its holder be killed, anybody does after that.
"""

journal_positions = Table(
    "journal_positions",
    metadata,
    Column("worker", String(64), primary_key=True),
    Column("segment", String(64), nullable=False),
    Column("offset", BigInteger, nullable=False),
)
"""Up to where a worker's journal is booked. Without it a start would take longer, and nothing would be booked twice."""

guardrail_assignments = Table(
    "guardrail_assignments",
    metadata,
    Column("guardrail", String(64), primary_key=True),
    Column("scope", String(4), primary_key=True),
    Column("scope_id", String(40), primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
    Column("revision", BigInteger, nullable=False, index=True),
)
"""Which guardrails keys, teams and organisations have, beside those that the configuration gives them."""

guardrail_log = Table(
    "guardrail_log",
    metadata,
    Column("id", _row_id, primary_key=True, autoincrement=True),
    Column("created_at", UtcMicros, nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("org_id", String(40), nullable=False),
    Column("team_id", String(40), nullable=False),
    Column("key_id", String(40), nullable=False),
    Column("guardrail", String(64), nullable=False),
    Column("detector", String(20), nullable=False),
    Column("rule", String(64), nullable=False),
    Column("place", String(200), nullable=False),
    Column("action", String(8), nullable=False),
    Column("result", String(12), nullable=False),
    Column("mode", String(9), nullable=False),
    Column("shadow", Boolean, nullable=False),
    Column("matches", Integer, nullable=False),
    Column("lengths", JSON, nullable=False),
    Index("ix_guardrail_log_org_id", "org_id", "id"),
    sqlite_autoincrement=True,
)
"""What guardrails found: a row for each rule, request and direction. Never what it was."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("key_id", String(40), primary_key=True),
    Column("name", LargeBinary, primary_key=True),
    Column("request", LargeBinary, nullable=False),
    Column("done_at", UtcMicros, nullable=False),
    Column("size", Integer, nullable=False),
    Column("answer", LargeBinary),
    Column("run", String(64)),
    Column("owner", String(40)),
    Index("ix_idempotency_done_at", "done_at", "size"),
    Index(
        "ix_idempotency_owner",
        "owner",
        sqlite_where=text("owner IS NOT NULL"),
    ),
)
"""Answers to requests with an `Idempotency-Key`, sealed (`storage.sealing`). Names and requests are keyed digests.

A row begins as a claim: `owner` is the gateway that asks the provider, `run` the id of its request, and `done_at` when
that began. It is there before the provider is asked, and what becomes of it takes its place.
"""

prompts = Table(
    "prompts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("org_id", String(40), ForeignKey("orgs.id"), nullable=False),
    Column("slug", String(64), nullable=False),
    Column("name", String(100), nullable=False),
    Column("active", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime),
    Column("revision", BigInteger, nullable=False, index=True),
    UniqueConstraint("org_id", "slug"),
)
"""Templates. Every write to one, or to its versions, raises its revision."""

prompt_versions = Table(
    "prompt_versions",
    metadata,
    Column("prompt_id", String(40), ForeignKey("prompts.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("author", String(100), nullable=False),
    Column("note", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
"""Append-only: what a request was answered with can be looked up for good."""

prompt_assignments = Table(
    "prompt_assignments",
    metadata,
    Column("scope", String(4), primary_key=True),
    Column("scope_id", String(40), primary_key=True),
    Column("prompt_id", String(40)),
    Column("revision", BigInteger, nullable=False, index=True),
)

ab_tests = Table(
    "ab_tests",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("org_id", String(40), ForeignKey("orgs.id"), primary_key=True),
    Column("model", String(256), nullable=False),
    Column("state", String(9), nullable=False),
    Column("variants", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revision", BigInteger, nullable=False, index=True),
)
