"""The tables as the code sees them. How they came to be is in `migrations`; a test holds the two together.

Every row carries the `revision` of its last write, and the one row of `revision` counts writes. It is raised first
thing in the transaction of every write. That is a lock as well: writes commit in the order of their numbers, so
whoever has read up to a number has missed nothing below it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

HISTORY = ("0001",)
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
