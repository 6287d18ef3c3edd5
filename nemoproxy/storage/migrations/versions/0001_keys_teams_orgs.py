"""Keys, teams and organisations, the count of writes, and a default team to put keys in."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    counter = op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("pepper_check", sa.LargeBinary(32)),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
    )
    orgs = op.create_table(
        "orgs",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        *_limits(),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_orgs"),
        sa.UniqueConstraint("name", name="uq_orgs_name"),
    )
    teams = op.create_table(
        "teams",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("org_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        *_limits(),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
        sa.ForeignKeyConstraint(["org_id"], ["orgs.id"], name="fk_teams_org_id"),
        sa.UniqueConstraint("org_id", "name", name="uq_teams_org_id_name"),
    )
    op.create_table(
        "keys",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("last4", sa.String(4), nullable=False),
        sa.Column("alias", sa.String(100)),
        sa.Column("team_id", sa.String(40), nullable=False),
        sa.Column("tier", sa.String(64)),
        *_limits(),
        sa.Column("models", sa.JSON()),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_keys_team_id"),
        sa.UniqueConstraint("digest", name="uq_keys_digest"),
    )
    op.create_index("ix_keys_team_id", "keys", ["team_id"])
    for table in ("orgs", "teams", "keys"):
        op.create_index(f"ix_{table}_revision", table, ["revision"])

    now = datetime.now(UTC)
    org, team = f"org_{secrets.token_hex(10)}", f"team_{secrets.token_hex(10)}"
    op.bulk_insert(counter, [{"id": 1, "number": 1}])
    op.bulk_insert(orgs, [{"id": org, "name": "default", "created_at": now, "revision": 1}])
    op.bulk_insert(teams, [{"id": team, "org_id": org, "name": "default", "created_at": now, "revision": 1}])


def _limits() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger()) for name in ("rpm", "tpm", "tps", "concurrency")]
