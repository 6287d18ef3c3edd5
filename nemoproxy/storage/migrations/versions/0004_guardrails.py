"""Which guardrails keys, teams and organisations have, and what guardrails found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "guardrail_assignments",
        _text("guardrail", 64),
        _text("scope", 4),
        _text("scope_id", 40),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("guardrail", "scope", "scope_id", name="pk_guardrail_assignments"),
    )
    op.create_index("ix_guardrail_assignments_revision", "guardrail_assignments", ["revision"])
    op.create_table(
        "guardrail_log",
        sa.Column("id", _ROW_ID, autoincrement=True, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _text("request_id", 64),
        *(_text(name, 40) for name in ("org_id", "team_id", "key_id")),
        _text("guardrail", 64),
        _text("detector", 20),
        _text("rule", 64),
        _text("place", 200),
        _text("action", 8),
        _text("result", 12),
        _text("mode", 9),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("matches", sa.Integer(), nullable=False),
        sa.Column("lengths", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guardrail_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_guardrail_log_org_id", "guardrail_log", ["org_id", "id"])


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)
