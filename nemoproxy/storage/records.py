"""`Records`: keys, teams and organisations. Synchronous: the command line calls it as it is, the server in a thread."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, Unpack

from sqlalchemy import Connection, Engine, RowMapping, Table, insert, or_, select, update

from nemoproxy.config import Limits
from nemoproxy.config.problems import suggest
from nemoproxy.storage import schema
from nemoproxy.storage.engine import connect, reading, writing
from nemoproxy.storage.errors import AmbiguousRecord, StorageError, UnknownRecord
from nemoproxy.storage.migrations import migrate
from nemoproxy.storage.pepper import fingerprint
from nemoproxy.storage.rows import (
    DEFAULT,
    Changes,
    KeyRow,
    LimitChanges,
    NewKey,
    OrgRow,
    TeamRow,
    check_limits,
    check_name,
    utc_now,
)

KEY_PREFIX = "sk-nemo-"
RANDOM_BYTES = 64
"""What one key is minted from."""

Mint = Callable[[bytes], str]
Digest = Callable[[str], bytes]


class Records:
    """Every write commits before its method returns, and raises the revision that running gateways follow."""

    def __init__(self, engine: Engine, pepper: bytes, mint: Mint, digest: Digest) -> None:
        self._engine = engine
        self._pepper_check = fingerprint(pepper)
        self._mint = mint
        self._digest = digest

    @classmethod
    def open(cls, url: str, pepper: bytes, *, mint: Mint | None = None, digest: Digest | None = None) -> Self:
        """Opens a database, made or brought up to date if need be. Processes may do this at the same time.

        Raises `StorageError`: it cannot be used, is newer than the code, or its keys were made with another pepper.
        """
        if mint is None or digest is None:
            from nemoproxy import _core

            mint, digest = _core.mint_key, _core.Pepper(pepper).digest
        engine = connect(url)
        records = cls(engine, pepper, mint, digest)
        try:
            migrate(engine)
            with reading(engine) as connection:
                records._check_pepper(connection)
        except BaseException:
            engine.dispose()
            raise
        return records

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_pepper(self, connection: Connection) -> None:
        """The pepper of the first key is the pepper of all: with another one, none of them would be recognised."""
        used: bytes | None = connection.execute(select(schema.revision.c.pepper_check)).scalar_one()
        if used not in (None, self._pepper_check):
            raise StorageError(
                "The keys in this database were made with another pepper, and none of them would work.",
                "put back the pepper file that belongs to it, or set storage.pepper or NEMOPROXY_PEPPER to what it was",
            )

    # What running gateways follow.

    def revision(self) -> int:
        """Grows with every write."""
        with reading(self._engine) as connection:
            return _revision(connection)

    def changes_since(self, revision: int) -> Changes:
        """Rows written after a revision. From 0, that is all there are, but for keys that were revoked."""
        keys = schema.keys
        wanted = select(keys).where(keys.c.revision > revision)
        if revision <= 0:
            wanted = wanted.where(keys.c.revoked_at.is_(None))
        with reading(self._engine) as connection:
            # In this order no snapshot is needed: what commits in between is seen twice, never missed, and no key is
            # seen without its team, nor a team without its organisation.
            number = _revision(connection)
            return Changes(
                keys=tuple(map(_key, connection.execute(wanted).mappings())),
                teams=tuple(map(_team, _newer(connection, schema.teams, revision))),
                orgs=tuple(map(_org, _newer(connection, schema.orgs, revision))),
                revision=number,
            )

    # Keys.

    def create_key(self, new: NewKey) -> tuple[KeyRow, str]:
        """Makes a key. The text of it exists only in what this returns."""
        now = utc_now()
        new.check(now)
        key = self._mint(secrets.token_bytes(RANDOM_BYTES))
        with writing(self._engine) as connection:
            number = _next_revision(connection)
            self._check_pepper(connection)
            connection.execute(update(schema.revision).values(pepper_check=self._pepper_check))
            team = _team_by_name(connection, new.team, _org_by_name(connection, new.org))
            id = _new_id("key")
            values = {
                "id": id,
                "digest": self._digest(key),
                "last4": key[-4:],
                "alias": new.alias,
                "team_id": team.id,
                "tier": new.tier,
                **check_limits(new.limits),
                "models": list(new.models) if new.models else None,
                "expires_at": new.expires_at,
                "created_at": now,
                "revoked_at": None,
                "revision": number,
            }
            connection.execute(insert(schema.keys).values(values))
            return _key_by_id(connection, id), key

    def list_keys(self, *, revoked: bool = False) -> list[KeyRow]:
        """Oldest first."""
        keys = schema.keys
        wanted = select(keys).order_by(keys.c.created_at, keys.c.id)
        if not revoked:
            wanted = wanted.where(keys.c.revoked_at.is_(None))
        with reading(self._engine) as connection:
            return [_key(row) for row in connection.execute(wanted).mappings()]

    def find_key(self, name: str) -> KeyRow:
        """By id, alias, last four characters, or the key itself. Of several, the only one that is not revoked."""
        keys = schema.keys
        last4 = name.removeprefix(KEY_PREFIX).lstrip(".…")
        is_key = name.startswith(KEY_PREFIX) and len(last4) > 4
        with reading(self._engine) as connection:
            if is_key:
                matches = connection.execute(select(keys).where(keys.c.digest == self._digest(name))).mappings().all()
            else:
                named = or_(keys.c.id == name, keys.c.alias == name, keys.c.last4 == last4)
                matches = connection.execute(select(keys).where(named).order_by(keys.c.created_at)).mappings().all()
        found = [row for row in matches if row["id"] == name] or matches
        found = [row for row in found if row["revoked_at"] is None] or found
        if len(found) == 1:
            return _key(found[0])
        # What was asked for may be a key, and does not belong on a screen or in a log.
        shown = f"{KEY_PREFIX}...{name[-4:]}" if is_key else name
        if not found:
            raise UnknownRecord(f'There is no key "{shown}".', "`nemoproxy keys list --all` shows them all")
        ids = ", ".join(row["id"] for row in found[:5]) + (", ..." if len(found) > 5 else "")
        raise AmbiguousRecord(f'"{shown}" may be any of {len(found)} keys.', f"say which by its id: {ids}")

    def revoke_key(self, id: str) -> KeyRow:
        """Ends a key for good. To do so again is no error, and changes nothing."""
        with writing(self._engine) as connection:
            _revision(connection, lock=True)
            if _key_by_id(connection, id).revoked_at is None:
                changes = {"revoked_at": utc_now(), "revision": _next_revision(connection)}
                connection.execute(update(schema.keys).where(schema.keys.c.id == id).values(changes))
            return _key_by_id(connection, id)

    # Teams and organisations.

    def list_orgs(self) -> list[OrgRow]:
        with reading(self._engine) as connection:
            return [_org(row) for row in connection.execute(select(schema.orgs).order_by("name")).mappings()]

    def list_teams(self) -> list[TeamRow]:
        with reading(self._engine) as connection:
            return [_team(row) for row in connection.execute(select(schema.teams).order_by("name")).mappings()]

    def set_org(self, name: str, **limits: Unpack[LimitChanges]) -> OrgRow:
        """Makes an organisation, or changes the limits that are given of the one there is."""
        with writing(self._engine) as connection:
            return _org(_upsert(connection, schema.orgs, "org", {"name": check_name("an organisation", name)}, limits))

    def set_team(self, name: str, org: str = DEFAULT, **limits: Unpack[LimitChanges]) -> TeamRow:
        """Makes a team, or changes the limits that are given of the one there is."""
        with writing(self._engine) as connection:
            natural = {"name": check_name("a team", name), "org_id": _org_by_name(connection, org).id}
            return _team(_upsert(connection, schema.teams, "team", natural, limits))


def _upsert(
    connection: Connection, table: Table, prefix: str, natural: dict[str, str], limits: LimitChanges
) -> RowMapping:
    # The revision first: it is the lock, and what is read after it stays so.
    number = _next_revision(connection)
    changes: dict[str, Any] = {**check_limits(limits), "revision": number}
    where = [table.c[column] == value for column, value in natural.items()]
    if connection.execute(update(table).where(*where).values(changes)).rowcount == 0:
        row = {"id": _new_id(prefix), "created_at": utc_now(), **natural, **changes}
        connection.execute(insert(table).values(row))
    return connection.execute(select(table).where(*where)).mappings().one()


def _org_by_name(connection: Connection, name: str) -> OrgRow:
    orgs = schema.orgs
    row = connection.execute(select(orgs).where(orgs.c.name == name)).mappings().one_or_none()
    if row is None:
        names: Sequence[str] = connection.execute(select(orgs.c.name)).scalars().all()
        raise UnknownRecord(f'There is no organisation "{name}".', _hint(name, names, f'orgs set "{name}"'))
    return _org(row)


def _team_by_name(connection: Connection, name: str, org: OrgRow) -> TeamRow:
    teams = schema.teams
    inside = teams.c.org_id == org.id
    row = connection.execute(select(teams).where(teams.c.name == name, inside)).mappings().one_or_none()
    if row is None:
        names: Sequence[str] = connection.execute(select(teams.c.name).where(inside)).scalars().all()
        making = f'teams set "{name}" --org "{org.name}"'
        raise UnknownRecord(f'There is no team "{name}" in the organisation "{org.name}".', _hint(name, names, making))
    return _team(row)


def _hint(name: str, names: Sequence[str], making: str) -> str:
    hint = suggest(name, names)
    return (f"{hint}; " if hint else "") + f"`nemoproxy {making}` makes it"


def _key_by_id(connection: Connection, id: str) -> KeyRow:
    row = connection.execute(select(schema.keys).where(schema.keys.c.id == id)).mappings().one_or_none()
    if row is None:
        raise UnknownRecord(f'There is no key with the id "{id}".')
    return _key(row)


def _newer(connection: Connection, table: Table, revision: int) -> Any:
    return connection.execute(select(table).where(table.c.revision > revision)).mappings()


def _revision(connection: Connection, *, lock: bool = False) -> int:
    """`lock` makes every other writer wait. In SQLite they wait anyway."""
    number = select(schema.revision.c.number)
    return int(connection.execute(number.with_for_update() if lock else number).scalar_one())


def _next_revision(connection: Connection) -> int:
    connection.execute(update(schema.revision).values(number=schema.revision.c.number + 1))
    return _revision(connection)


def _new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(10)}"


def _limits(row: RowMapping) -> Limits:
    return Limits(rpm=row["rpm"], tpm=row["tpm"], tps=row["tps"], concurrency=row["concurrency"])


def _key(row: RowMapping) -> KeyRow:
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


def _team(row: RowMapping) -> TeamRow:
    return TeamRow(
        id=row["id"],
        org_id=row["org_id"],
        name=row["name"],
        limits=_limits(row),
        created_at=row["created_at"],
        revision=row["revision"],
    )


def _org(row: RowMapping) -> OrgRow:
    return OrgRow(
        id=row["id"],
        name=row["name"],
        limits=_limits(row),
        created_at=row["created_at"],
        revision=row["revision"],
    )
