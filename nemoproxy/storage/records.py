"""`Records`: keys, teams and organisations. Synchronous: the command line calls it as it is, the server in a thread."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, Unpack

from sqlalchemy import Connection, Engine, RowMapping, Table, insert, or_, select, update

from nemoproxy.config import Credits
from nemoproxy.storage import schema
from nemoproxy.storage.abtests import AbTests, changed_ab_tests
from nemoproxy.storage.booking import Books
from nemoproxy.storage.budgets import Budgets, changed_budgets
from nemoproxy.storage.deliveries import Deliveries
from nemoproxy.storage.engine import connect, reading, writing
from nemoproxy.storage.errors import AmbiguousRecord, StorageError, UnknownRecord
from nemoproxy.storage.events import on_key
from nemoproxy.storage.guardrails import Guardrails, changed_assignments
from nemoproxy.storage.idempotency import Answers
from nemoproxy.storage.ledger import Ledger, add_credit, granted_totals
from nemoproxy.storage.lookup import (
    current_revision,
    key_by_id,
    key_row,
    new_id,
    newer,
    next_revision,
    org_by_name,
    org_row,
    team_by_name,
    team_row,
)
from nemoproxy.storage.migrations import migrate
from nemoproxy.storage.money_rows import Kind, Scope
from nemoproxy.storage.pepper import fingerprint
from nemoproxy.storage.prompts import Prompts, changed_prompt_assignments, changed_prompts
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
from nemoproxy.storage.sealing import Sealer
from nemoproxy.storage.usage import UsageReports
from nemoproxy.storage.webhooks import Webhooks

KEY_PREFIX = "sk-nemo-"
BOOKS_BUSY_S = 1.0
RANDOM_BYTES = 64
"""What one key is minted from."""

SIGNUP_GRANT = Credits().signup_grant

Mint = Callable[[bytes], str]
Digest = Callable[[str], bytes]


class Records:
    """Every write commits before its method returns, and raises the revision that running gateways follow."""

    def __init__(self, engine: Engine, pepper: bytes, mint: Mint, digest: Digest, signup_grant: int) -> None:
        self.engine = engine
        self.ledger = Ledger(engine)
        self.budgets = Budgets(engine)
        self.usage = UsageReports(engine)
        self.guardrails = Guardrails(engine)
        self.webhooks = Webhooks(engine, Sealer(pepper))
        self.deliveries = Deliveries(engine, self.webhooks)
        self.prompts = Prompts(engine)
        self.ab_tests = AbTests(engine)
        self._answers = Sealer(pepper, "answers")
        self._pepper_check = fingerprint(pepper)
        self._mint = mint
        self._digest = digest
        self._signup_grant = signup_grant

    @classmethod
    def open(
        cls,
        url: str,
        pepper: bytes,
        *,
        mint: Mint | None = None,
        digest: Digest | None = None,
        signup_grant: int = SIGNUP_GRANT,
    ) -> Self:
        """Opens a database, made or brought up to date if need be. Processes may do this at the same time.

        `signup_grant` is what organisations that are made through it, the default one included, begin with.

        Raises `StorageError`: it cannot be used, is newer than the code, or its keys were made with another pepper.
        """
        if mint is None or digest is None:
            from nemoproxy import _core

            mint, digest = _core.mint_key, _core.Pepper(pepper).digest
        engine = connect(url)
        records = cls(engine, pepper, mint, digest, signup_grant)
        try:
            migrate(engine, signup_grant=signup_grant)
            with reading(engine) as connection:
                records._check_pepper(connection)
        except BaseException:
            engine.dispose()
            raise
        return records

    def close(self) -> None:
        self.engine.dispose()

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

    def books(self, *, low_balance: int = 0) -> Books:
        """For a drain: connections of its own, which give up soon when somebody else holds the database.

        `low_balance` is where an organisation that falls below it is said to be low. To be closed by the caller.
        """
        url = self.engine.url.render_as_string(hide_password=False)
        return Books(connect(url, busy_timeout_s=BOOKS_BUSY_S), low_balance=low_balance)

    def answers(self, *, owner: str, ttl: timedelta, max_bytes: int, max_rows: int) -> Answers:
        """Of requests with an `Idempotency-Key`. To be closed by the caller."""
        url = self.engine.url.render_as_string(hide_password=False)
        bounds = {"max_bytes": max_bytes, "max_rows": max_rows}
        return Answers.open(url, self._answers, owner=owner, busy_timeout_s=BOOKS_BUSY_S, ttl=ttl, **bounds)

    # What running gateways follow.

    def revision(self) -> int:
        """Grows with every write."""
        with reading(self.engine) as connection:
            return current_revision(connection)

    def changes_since(self, revision: int) -> Changes:
        """Rows written after a revision. From 0, that is all there are, but for keys that were revoked."""
        keys = schema.keys
        wanted = select(keys).where(keys.c.revision > revision)
        if revision <= 0:
            wanted = wanted.where(keys.c.revoked_at.is_(None))
        with reading(self.engine) as connection:
            # In this order no snapshot is needed: what commits in between is seen twice, never missed, and no key is
            # seen without its team, nor a team without its organisation.
            number = current_revision(connection)
            changed_keys = tuple(map(key_row, connection.execute(wanted).mappings()))
            changed_teams = tuple(map(team_row, newer(connection, schema.teams, revision)))
            orgs = tuple(map(org_row, newer(connection, schema.orgs, revision)))
            return Changes(
                keys=changed_keys,
                teams=changed_teams,
                orgs=orgs,
                budgets=changed_budgets(connection, revision),
                assignments=changed_assignments(connection, revision),
                granted=granted_totals(connection, [row.id for row in orgs]),
                prompts=changed_prompts(connection, revision),
                prompt_assignments=changed_prompt_assignments(connection, revision),
                ab_tests=changed_ab_tests(connection, revision),
                revision=number,
            )

    # Keys.

    def create_key(self, new: NewKey) -> tuple[KeyRow, str]:
        """Makes a key. The text of it exists only in what this returns."""
        now = utc_now()
        new.check(now)
        key = self._mint(secrets.token_bytes(RANDOM_BYTES))
        with writing(self.engine) as connection:
            number = next_revision(connection)
            self._check_pepper(connection)
            connection.execute(update(schema.revision).values(pepper_check=self._pepper_check))
            team = team_by_name(connection, new.team, org_by_name(connection, new.org))
            id = new_id("key")
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
            row = key_by_id(connection, id)
            _tell(connection, "key.created", row)
            return row, key

    def list_keys(self, *, revoked: bool = False) -> list[KeyRow]:
        """Oldest first."""
        keys = schema.keys
        wanted = select(keys).order_by(keys.c.created_at, keys.c.id)
        if not revoked:
            wanted = wanted.where(keys.c.revoked_at.is_(None))
        with reading(self.engine) as connection:
            return [key_row(row) for row in connection.execute(wanted).mappings()]

    def find_key(self, name: str) -> KeyRow:
        """By id, alias, last four characters, or the key itself. Of several, the only one that is not revoked."""
        keys = schema.keys
        last4 = name.removeprefix(KEY_PREFIX).lstrip(".…")
        is_key = name.startswith(KEY_PREFIX) and len(last4) > 4
        with reading(self.engine) as connection:
            if is_key:
                matches = connection.execute(select(keys).where(keys.c.digest == self._digest(name))).mappings().all()
            else:
                named = or_(keys.c.id == name, keys.c.alias == name, keys.c.last4 == last4)
                matches = connection.execute(select(keys).where(named).order_by(keys.c.created_at)).mappings().all()
        found = [row for row in matches if row["id"] == name] or matches
        found = [row for row in found if row["revoked_at"] is None] or found
        if len(found) == 1:
            return key_row(found[0])
        # What was asked for may be a key, and does not belong on a screen or in a log.
        shown = f"{KEY_PREFIX}...{name[-4:]}" if is_key else name
        if not found:
            raise UnknownRecord(f'There is no key "{shown}".', "`nemoproxy keys list --all` shows them all")
        ids = ", ".join(row["id"] for row in found[:5]) + (", ..." if len(found) > 5 else "")
        raise AmbiguousRecord(f'"{shown}" may be any of {len(found)} keys.', f"say which by its id: {ids}")

    def revoke_key(self, id: str) -> KeyRow:
        """Ends a key for good. To do so again is no error, and changes nothing."""
        with writing(self.engine) as connection:
            current_revision(connection, lock=True)
            if key_by_id(connection, id).revoked_at is None:
                changes = {"revoked_at": utc_now(), "revision": next_revision(connection)}
                connection.execute(update(schema.keys).where(schema.keys.c.id == id).values(changes))
                _tell(connection, "key.revoked", key_by_id(connection, id))
            return key_by_id(connection, id)

    # Teams and organisations.

    def list_orgs(self) -> list[OrgRow]:
        with reading(self.engine) as connection:
            return [org_row(row) for row in connection.execute(select(schema.orgs).order_by("name")).mappings()]

    def list_teams(self) -> list[TeamRow]:
        with reading(self.engine) as connection:
            return [team_row(row) for row in connection.execute(select(schema.teams).order_by("name")).mappings()]

    def find_org(self, name: str) -> OrgRow:
        with reading(self.engine) as connection:
            return org_by_name(connection, name)

    def find_team(self, name: str, org: str = DEFAULT) -> TeamRow:
        with reading(self.engine) as connection:
            return team_by_name(connection, name, org_by_name(connection, org))

    def org_of(self, scope: Scope, id: str) -> str:
        """The id of the organisation of a key, a team or an organisation."""
        with reading(self.engine) as connection:
            if scope is Scope.KEY:
                scope, id = Scope.TEAM, key_by_id(connection, id).team_id
            if scope is Scope.TEAM:
                wanted = select(schema.teams.c.org_id).where(schema.teams.c.id == id)
                return str(connection.execute(wanted).scalar_one())
            return id

    def set_org(self, name: str, **limits: Unpack[LimitChanges]) -> OrgRow:
        """Makes an organisation, with its sign-up grant, or changes the limits that are given of the one there is."""
        with writing(self.engine) as connection:
            natural = {"name": check_name("an organisation", name)}
            row, is_new = _upsert(connection, schema.orgs, "org", natural, limits)
            if is_new and self._signup_grant:
                add_credit(connection, row["id"], Kind.GRANT, self._signup_grant, "sign-up")
            return org_row(row)

    def set_team(self, name: str, org: str = DEFAULT, **limits: Unpack[LimitChanges]) -> TeamRow:
        """Makes a team, or changes the limits that are given of the one there is."""
        with writing(self.engine) as connection:
            natural = {"name": check_name("a team", name), "org_id": org_by_name(connection, org).id}
            return team_row(_upsert(connection, schema.teams, "team", natural, limits)[0])


def _tell(connection: Connection, event: str, key: KeyRow) -> None:
    team = team_row(connection.execute(select(schema.teams).where(schema.teams.c.id == key.team_id)).mappings().one())
    org = org_row(connection.execute(select(schema.orgs).where(schema.orgs.c.id == team.org_id)).mappings().one())
    on_key(connection, event, key, team, org)


def _upsert(
    connection: Connection, table: Table, prefix: str, natural: dict[str, str], limits: LimitChanges
) -> tuple[RowMapping, bool]:
    """The row as it is now, and whether it is new."""
    # The revision first: it is the lock, and what is read after it stays so.
    number = next_revision(connection)
    changes: dict[str, Any] = {**check_limits(limits), "revision": number}
    where = [table.c[column] == value for column, value in natural.items()]
    is_new = connection.execute(update(table).where(*where).values(changes)).rowcount == 0
    if is_new:
        row = {"id": new_id(prefix), "created_at": utc_now(), **natural, **changes}
        connection.execute(insert(table).values(row))
    return connection.execute(select(table).where(*where)).mappings().one(), is_new
