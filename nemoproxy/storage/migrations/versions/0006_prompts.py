"""Prompt templates with their versions, A/B tests, and which variant of one a request was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "prompts",
        _text("id", 40),
        _text("org_id", 40),
        _text("slug", 64),
        _text("name", 100),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_prompts"),
        sa.ForeignKeyConstraint(["org_id"], ["orgs.id"], name="fk_prompts_org_id"),
        sa.UniqueConstraint("org_id", "slug", name="uq_prompts_org_id_slug"),
    )
    op.create_index("ix_prompts_revision", "prompts", ["revision"])
    op.create_table(
        "prompt_versions",
        _text("prompt_id", 40),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _text("author", 100),
        _text("note", 200),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("prompt_id", "number", name="pk_prompt_versions"),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompts.id"], name="fk_prompt_versions_prompt_id"),
    )
    op.create_table(
        "prompt_assignments",
        _text("scope", 4),
        _text("scope_id", 40),
        sa.Column("prompt_id", sa.String(40)),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "scope_id", name="pk_prompt_assignments"),
    )
    op.create_index("ix_prompt_assignments_revision", "prompt_assignments", ["revision"])
    op.create_table(
        "ab_tests",
        _text("name", 64),
        _text("org_id", 40),
        _text("model", 256),
        _text("state", 9),
        sa.Column("variants", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "org_id", name="pk_ab_tests"),
        sa.ForeignKeyConstraint(["org_id"], ["orgs.id"], name="fk_ab_tests_org_id"),
    )
    op.create_index("ix_ab_tests_revision", "ab_tests", ["revision"])
    op.add_column("usage", sa.Column("variant", sa.String(130)))
    where = sa.text("variant IS NOT NULL")
    op.create_index("ix_usage_variant", "usage", ["variant"], sqlite_where=where, postgresql_where=where)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)
