"""A request's entries of the ledger are its row in `usage`: the ledger is a view of that and of what operators gave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
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
    CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON "{table}"
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
"""
_POSTGRESQL_TRIGGER = """
    CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}"
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()
"""


def upgrade() -> None:
    op.create_table(
        "credits",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("org_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(200)),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_credits"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_credits_org_id", "credits", ["org_id", "amount"])
    op.execute(
        "INSERT INTO credits (org_id, kind, amount, note, created_at)"
        " SELECT org_id, kind, amount, note, created_at FROM ledger WHERE request_id IS NULL ORDER BY id"
    )
    op.drop_table("ledger")
    op.drop_index("ix_usage_settled_at", "usage")
    where = sa.text("held > 0")
    op.create_index("ix_usage_org_id", "usage", ["org_id", "settled_at"], sqlite_where=where, postgresql_where=where)
    op.execute(_LEDGER)
    for table in ("credits", "usage"):
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                op.execute(_SQLITE_TRIGGER.format(table=table, verb=verb))
        else:
            op.execute(_POSTGRESQL_TRIGGER.format(table=table))
