"""Rows found by name or id, and the count of writes: what every part of the records begins with."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select, update

from nemoproxy.config import Limits
from nemoproxy.config.problems import suggest
from nemoproxy.storage import schema
from nemoproxy.storage.errors import UnknownRecord
from nemoproxy.storage.rows import KeyRow, OrgRow, TeamRow


def org_by_name(connection: Connection, name: str) -> OrgRow:
    orgs = schema.orgs
    row = connection.execute(select(orgs).where(orgs.c.name == name)).mappings().one_or_none()
    if row is None:
        names: Sequence[str] = connection.execute(select(orgs.c.name)).scalars().all()
        raise UnknownRecord(f'There is no organisation "{name}".', _hint(name, names, f'orgs set "{name}"'))
    return org_row(row)


def team_by_name(connection: Connection, name: str, org: OrgRow) -> TeamRow:
    teams = schema.teams
    inside = teams.c.org_id == org.id
    row = connection.execute(select(teams).where(teams.c.name == name, inside)).mappings().one_or_none()
    if row is None:
        names: Sequence[str] = connection.execute(select(teams.c.name).where(inside)).scalars().all()
        making = f'teams set "{name}" --org "{org.name}"'
        raise UnknownRecord(f'There is no team "{name}" in the organisation "{org.name}".', _hint(name, names, making))
    return team_row(row)


def _hint(name: str, names: Sequence[str], making: str) -> str:
    hint = suggest(name, names)
    return (f"{hint}; " if hint else "") + f"`nemoproxy {making}` makes it"


def key_by_id(connection: Connection, id: str) -> KeyRow:
    row = connection.execute(select(schema.keys).where(schema.keys.c.id == id)).mappings().one_or_none()
    if row is None:
        raise UnknownRecord(f'There is no key with the id "{id}".')
    return key_row(row)


def newer(connection: Connection, table: Table, revision: int) -> Any:
    return connection.execute(select(table).where(table.c.revision > revision)).mappings()


def current_revision(connection: Connection, *, lock: bool = False) -> int:
    """`lock` makes every other writer wait. In SQLite they wait anyway."""
    number = select(schema.revision.c.number)
    return int(connection.execute(number.with_for_update() if lock else number).scalar_one())


def next_revision(connection: Connection) -> int:
    connection.execute(update(schema.revision).values(number=schema.revision.c.number + 1))
    return current_revision(connection)


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(10)}"


def _limits(row: RowMapping) -> Limits:
    return Limits(rpm=row["rpm"], tpm=row["tpm"], tps=row["tps"], concurrency=row["concurrency"])


def key_row(row: RowMapping) -> KeyRow:
    return KeyRow(
        id=row["id"],
        digest=row["digest"],
        last4=row["last4"],
        alias=row["alias"],
        team_id=row["team_id"],
        tier=row["tier"],
        limits=_limits(row),
        models=None if row["models"] is None else tuple(row["models"]),
        expires_at=row["expires_at"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        revision=row["revision"],
    )


def team_row(row: RowMapping) -> TeamRow:
    return TeamRow(
        id=row["id"],
        org_id=row["org_id"],
        name=row["name"],
        limits=_limits(row),
        created_at=row["created_at"],
        revision=row["revision"],
    )


def org_row(row: RowMapping) -> OrgRow:
    return OrgRow(
        id=row["id"],
        name=row["name"],
        limits=_limits(row),
        created_at=row["created_at"],
        revision=row["revision"],
    )
