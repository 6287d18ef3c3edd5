"""Whose run of a request with an `Idempotency-Key` is under way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("idempotency", sa.Column("run", sa.String(64)))
    op.add_column("idempotency", sa.Column("owner", sa.String(40)))
    op.create_index(
        "ix_idempotency_owner",
        "idempotency",
        ["owner"],
        sqlite_where=sa.text("owner IS NOT NULL"),
        postgresql_where=sa.text("owner IS NOT NULL"),
    )
