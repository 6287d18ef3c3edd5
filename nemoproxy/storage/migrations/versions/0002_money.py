"""The ledger, usage, budgets and the outbox. Organisations that were there get their sign-up grant."""

from __future__ import annotations

import time
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SQLITE_TRIGGER = """
    CREATE TRIGGER ledger_no_{verb} BEFORE {verb} ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
"""
_POSTGRESQL_TRIGGER = (
    """
    CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$
    """,
    """
    CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()
    """,
)


def upgrade() -> None:
    _ledger()
    _usage()
    op.create_table(
        "spending",
        sa.Column("scope", sa.String(4), nullable=False),
        sa.Column("scope_id", sa.String(40), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        _amount("cost"),
        _amount("requests"),
        sa.PrimaryKeyConstraint("scope", "scope_id", "day", name="pk_spending"),
    )
    op.create_table(
        "budgets",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("scope", sa.String(4), nullable=False),
        sa.Column("scope_id", sa.String(40), nullable=False),
        _amount("amount"),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_budgets"),
        sa.UniqueConstraint("scope", "scope_id", name="uq_budgets_scope_scope_id"),
    )
    op.create_index("ix_budgets_revision", "budgets", ["revision"])
    op.create_table(
        "outbox",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("once", sa.String(120), nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        _amount("created_at"),
        sa.Column("delivered_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("once", name="uq_outbox_once"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "journal_positions",
        sa.Column("worker", sa.String(64), nullable=False),
        sa.Column("segment", sa.String(64), nullable=False),
        _amount("offset"),
        sa.PrimaryKeyConstraint("worker", name="pk_journal_positions"),
    )


def _ledger() -> None:
    ledger = op.create_table(
        "ledger",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("org_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        _amount("amount"),
        sa.Column("request_id", sa.String(64)),
        sa.Column("key_id", sa.String(40)),
        sa.Column("team_id", sa.String(40)),
        sa.Column("note", sa.String(200)),
        _amount("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ledger_org_id", "ledger", ["org_id", "id"])
    where = sa.text("request_id IS NULL")
    op.create_index("ix_ledger_credits", "ledger", ["org_id", "amount"], sqlite_where=where, postgresql_where=where)
    grant = op.get_context().opts["signup_grant"]
    if grant:
        entry = {"kind": "grant", "amount": grant, "note": "sign-up", "created_at": time.time_ns() // 1000}
        orgs: Sequence[str] = op.get_bind().execute(sa.text("SELECT id FROM orgs")).scalars().all()
        op.bulk_insert(ledger, [{"org_id": org, **entry} for org in orgs])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(_SQLITE_TRIGGER.format(verb=verb))
    else:
        for statement in _POSTGRESQL_TRIGGER:
            op.execute(statement)


def _usage() -> None:
    names = ("prompt", "cached", "cache_write", "output", "reasoning", "audio_input", "audio_output")
    op.create_table(
        "usage",
        sa.Column("request_id", sa.String(64), nullable=False),
        *(sa.Column(name, sa.String(40), nullable=False) for name in ("org_id", "team_id", "key_id", "endpoint")),
        sa.Column("model", sa.String(256), nullable=False),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("target_model", sa.String(256), nullable=False),
        sa.Column("streamed", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        *(_amount(f"{name}_tokens") for name in names),
        *(_amount(name) for name in ("held", "cost", "shortfall")),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("ending", sa.String(16), nullable=False),
        _amount("latency_us"),
        sa.Column("first_byte_us", sa.BigInteger()),
        *(_amount(name) for name in ("started_at", "settled_at")),
        sa.PrimaryKeyConstraint("request_id", name="pk_usage"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_usage_settled_at", "usage", ["settled_at"])


def _amount(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
