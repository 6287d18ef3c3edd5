"""`Prompts`: templates with all their versions, and who is assigned which."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select, update

from nemoproxy.config.problems import suggest
from nemoproxy.storage import schema
from nemoproxy.storage.engine import reading, writing
from nemoproxy.storage.errors import InvalidRecord, UnknownRecord
from nemoproxy.storage.lookup import current_revision, new_id, next_revision, org_by_name
from nemoproxy.storage.money_rows import Scope
from nemoproxy.storage.rows import DEFAULT, utc_now


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """What was saved once is never changed."""

    number: int
    text: str
    author: str
    note: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRow:
    """A template of an organisation, with its versions in order."""

    id: str
    org_id: str
    slug: str
    name: str
    active: int
    """The number of the version that is used unless another is asked for."""
    created_at: datetime
    deleted_at: datetime | None
    revision: int
    versions: tuple[VersionRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptAssignmentRow:
    """Which template a key, a team or an organisation has; None: not any more."""

    scope: Scope
    scope_id: str
    prompt_id: str | None
    revision: int


class Prompts:
    """Synchronous, like `Records`, which has it as `prompts`. Running gateways follow changes within a second."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(
        self,
        slug: str,
        text: str,
        *,
        org: str = DEFAULT,
        name: str | None = None,
        author: str = "",
        note: str = "",
        activate: bool = False,
    ) -> tuple[PromptRow, int]:
        """Makes a template, or a version more of the one there is, and says which number that has.

        The first version is active, and any that is saved with `activate`. One that was removed is back by this.
        """
        if not re.fullmatch(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", slug):
            raise InvalidRecord(
                f"{slug!r} cannot be what a template is called.",
                "1 to 64 small letters, digits, dots, dashes or underscores, with a letter or digit at both ends",
            )
        prompts, versions = schema.prompts, schema.prompt_versions
        with writing(self._engine) as connection:
            revision, now = next_revision(connection), utc_now()
            org_id = org_by_name(connection, org).id
            where = (prompts.c.org_id == org_id, prompts.c.slug == slug)
            known = connection.execute(select(prompts.c.id).where(*where)).scalar_one_or_none()
            changes: dict[str, Any] = {"deleted_at": None, "revision": revision}
            if name is not None:
                changes["name"] = name[:100]
            if known is None:
                id, number = new_id("prompt"), 1
                fresh = {"id": id, "org_id": org_id, "slug": slug, "name": slug, "active": 1, "created_at": now}
                connection.execute(insert(prompts).values(fresh | changes))
            else:
                id = known
                last = select(func.max(versions.c.number)).where(versions.c.prompt_id == id)
                number = int(connection.execute(last).scalar_one()) + 1
                changes |= {"active": number} if activate else {}
                connection.execute(update(prompts).where(prompts.c.id == id).values(changes))
            saved = {"prompt_id": id, "number": number, "text": text, "created_at": now}
            connection.execute(insert(versions).values(saved | {"author": author[:100], "note": note[:200]}))
            return _read(connection, prompts.c.id == id)[0], number

    def activate(self, slug: str, number: int, org: str = DEFAULT) -> PromptRow:
        """Has a version be the one that is used: a later one, or an earlier one again."""
        with writing(self._engine) as connection:
            revision = next_revision(connection)
            prompt = find_prompt(connection, slug, org)
            if all(row.number != number for row in prompt.versions):
                raise UnknownRecord(f'"{slug}" has no version {number}.', f"it has 1 to {len(prompt.versions)}")
            return _change(connection, prompt.id, active=number, revision=revision)

    def remove(self, slug: str, org: str = DEFAULT) -> PromptRow:
        """Takes a template out of use. Its versions stay in the records, and `save` brings it back."""
        with writing(self._engine) as connection:
            revision = next_revision(connection)
            return _change(connection, find_prompt(connection, slug, org).id, deleted_at=utc_now(), revision=revision)

    def find(self, slug: str, org: str = DEFAULT) -> PromptRow:
        """By slug or id."""
        with reading(self._engine) as connection:
            return find_prompt(connection, slug, org)

    def all(self, org: str | None = None) -> list[PromptRow]:
        """Those in use, of one organisation or of all."""
        prompts = schema.prompts
        with reading(self._engine) as connection:
            where: ColumnElement[bool] = prompts.c.deleted_at.is_(None)
            if org is not None:
                where = where & (prompts.c.org_id == org_by_name(connection, org).id)
            return _read(connection, where)

    def assign(self, scope: Scope, scope_id: str, slug: str | None, org: str = DEFAULT) -> None:
        """Gives a key, a team or an organisation a template; None takes it away."""
        table = schema.prompt_assignments
        where = (table.c.scope == str(scope), table.c.scope_id == scope_id)
        with writing(self._engine) as connection:
            revision = next_revision(connection)
            prompt_id = None if slug is None else find_prompt(connection, slug, org).id
            changes = {"prompt_id": prompt_id, "revision": revision}
            if connection.execute(update(table).where(*where).values(changes)).rowcount == 0:
                connection.execute(insert(table).values(scope=str(scope), scope_id=scope_id, **changes))

    def assignments(self) -> list[PromptAssignmentRow]:
        """Those that are."""
        with reading(self._engine) as connection:
            return [row for row in changed_prompt_assignments(connection, 0) if row.prompt_id is not None]


def changed_prompts(connection: Connection, revision: int) -> tuple[PromptRow, ...]:
    """Written after a revision, those that were removed included."""
    return tuple(_read(connection, schema.prompts.c.revision > revision))


def changed_prompt_assignments(connection: Connection, revision: int) -> tuple[PromptAssignmentRow, ...]:
    table = schema.prompt_assignments
    rows = connection.execute(select(table).where(table.c.revision > revision)).mappings()
    return tuple(PromptAssignmentRow(**{**row, "scope": Scope(row["scope"])}) for row in rows)


def find_prompt(connection: Connection, name: str, org: str) -> PromptRow:
    """By slug or id. Raises UnknownRecord."""
    prompts = schema.prompts
    current_revision(connection)
    inside = (prompts.c.org_id == org_by_name(connection, org).id) & prompts.c.deleted_at.is_(None)
    found = _read(connection, inside & ((prompts.c.slug == name) | (prompts.c.id == name)))
    if not found:
        slugs: Sequence[str] = connection.execute(select(prompts.c.slug).where(inside)).scalars().all()
        hint = suggest(name, slugs) or f"`nemoproxy prompts add {name} FILE --org {org}` makes it"
        raise UnknownRecord(f'There is no template "{name}" in the organisation "{org}".', hint)
    return found[0]


def _change(connection: Connection, id: str, **changes: Any) -> PromptRow:
    prompts = schema.prompts
    connection.execute(update(prompts).where(prompts.c.id == id).values(changes))
    return _read(connection, prompts.c.id == id)[0]


def _read(connection: Connection, where: ColumnElement[bool]) -> list[PromptRow]:
    prompts, versions = schema.prompts, schema.prompt_versions
    rows = connection.execute(select(prompts).where(where).order_by(prompts.c.slug, prompts.c.id)).mappings().all()
    found: defaultdict[str, list[VersionRow]] = defaultdict(list)
    if rows:
        wanted = select(versions).join(prompts, prompts.c.id == versions.c.prompt_id).where(where)
        for row in connection.execute(wanted.order_by(versions.c.number)).mappings():
            values = {name: value for name, value in row.items() if name != "prompt_id"}
            found[row["prompt_id"]].append(VersionRow(**values))
    return [PromptRow(**row, versions=tuple(found[row["id"]])) for row in rows]
