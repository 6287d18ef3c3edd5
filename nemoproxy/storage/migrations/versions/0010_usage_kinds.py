"""What many requests have in common is written once: `usage` is a view of its rows and of the kinds they are of."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KIND: dict[str, sa.types.TypeEngine[Any]] = {
    "org_id": sa.String(40),
    "team_id": sa.String(40),
    "key_id": sa.String(40),
    "endpoint": sa.String(40),
    "model": sa.String(256),
    "provider": sa.String(64),
    "target_model": sa.String(256),
    "streamed": sa.Boolean(),
    "status": sa.Integer(),
    "estimated": sa.Boolean(),
    "ending": sa.String(16),
}
_AMOUNTS = ["prompt_tokens", "output_tokens", "held", "cost", "latency_us"]
_SELDOM = [f"{kind}_tokens" for kind in ("cached", "cache_write", "reasoning", "audio_input", "audio_output")]
_SELDOM += ["shortfall", "images", "sound_ms", "characters"]
_REST = [*_AMOUNTS, "first_byte_us", "settled_at", "variant", *_SELDOM]

_FILL_KINDS = f"""
    INSERT INTO usage_kinds ({", ".join(_KIND)}) SELECT DISTINCT {", ".join(_KIND)} FROM "usage"
"""  # noqa: S608  our own names
_FILL_ROWS = f"""
    INSERT INTO usage_rows (request_id, org_id, kind_id, {", ".join(_REST)})
    SELECT u.request_id, u.org_id, k.id, {", ".join(f"u.{name}" for name in _REST)}
    FROM "usage" u JOIN usage_kinds k ON {" AND ".join(f"k.{name} = u.{name}" for name in _KIND)}
    ORDER BY u.request_id
"""  # noqa: S608  our own names
_USAGE = f"""
    CREATE VIEW "usage" AS
    SELECT r.request_id, r.org_id, {", ".join(f"k.{name}" for name in _KIND if name != "org_id")},
        {", ".join(f"r.{name}" for name in _REST)}, r.settled_at - r.latency_us AS started_at
    FROM usage_rows r JOIN usage_kinds k ON k.id = r.kind_id
"""  # noqa: S608  our own names
_LEDGER = """
    CREATE VIEW ledger AS
    SELECT 'credit-' || id AS id, org_id, kind, amount,
        NULL AS request_id, NULL AS key_id, NULL AS team_id, note, created_at
    FROM credits
    UNION ALL
    SELECT request_id || '-hold', org_id, 'hold', -held, request_id, key_id, team_id, NULL, settled_at
    FROM "usage" WHERE held > 0
    UNION ALL
    SELECT request_id || '-end', org_id, CASE WHEN cost > 0 THEN 'settle' ELSE 'release' END, held - cost,
        request_id, key_id, team_id, NULL, settled_at
    FROM "usage" WHERE held > 0
"""
_SQLITE_TRIGGER = """
    CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
"""
_POSTGRESQL_TRIGGER = """
    CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()
"""


def upgrade() -> None:
    op.execute("DROP VIEW ledger")
    _tables()
    op.execute(_FILL_KINDS)
    op.execute(_FILL_ROWS)
    op.drop_table("usage")
    for column, where in (("org_id", "held > 0"), ("variant", "variant IS NOT NULL")):
        columns = [column, "settled_at"] if column == "org_id" else [column]
        some = sa.text(where)
        op.create_index(f"ix_usage_rows_{column}", "usage_rows", columns, sqlite_where=some, postgresql_where=some)
    op.execute(_USAGE)
    op.execute(_LEDGER)
    for table in ("usage_rows", "usage_kinds"):
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                op.execute(_SQLITE_TRIGGER.format(table=table, verb=verb))
        else:
            op.execute(_POSTGRESQL_TRIGGER.format(table=table))


def _tables() -> None:
    op.create_table(
        "usage_kinds",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        *(sa.Column(name, type_, nullable=False) for name, type_ in _KIND.items()),
        sa.PrimaryKeyConstraint("id", name="pk_usage_kinds"),
        sa.UniqueConstraint(*_KIND, name="uq_usage_kinds"),
    )
    op.create_table(
        "usage_rows",
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("org_id", sa.String(40), nullable=False),
        sa.Column("kind_id", _ROW_ID, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _AMOUNTS),
        sa.Column("first_byte_us", sa.BigInteger()),
        sa.Column("settled_at", sa.BigInteger(), nullable=False),
        sa.Column("variant", sa.String(130)),
        *(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0") for name in _SELDOM),
        sa.PrimaryKeyConstraint("request_id", name="pk_usage_rows"),
        sqlite_with_rowid=False,
    )
