"""Rows as they come out of the records, and what goes in, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

import msgspec

from nemoproxy.config import Limits
from nemoproxy.storage.errors import InvalidRecord
from nemoproxy.storage.money_rows import BudgetRow

if TYPE_CHECKING:
    from nemoproxy.storage.abtests import AbTestRow
    from nemoproxy.storage.guardrails import AssignmentRow
    from nemoproxy.storage.prompts import PromptAssignmentRow, PromptRow

DEFAULT = "default"
"""The name of the organisation, and of its team, that are always there."""

NO_LIMITS = Limits()


class LimitChanges(TypedDict, total=False):
    """Limits to set; None takes a limit away, and what is absent stays as it is."""

    rpm: int | None
    tpm: int | None
    tps: int | None
    concurrency: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgRow:
    id: str
    name: str
    limits: Limits
    created_at: datetime
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    id: str
    org_id: str
    name: str
    limits: Limits
    created_at: datetime
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A virtual key, without the key. Times are UTC."""

    id: str
    digest: bytes = field(repr=False)
    last4: str
    alias: str | None
    team_id: str
    tier: str | None
    """None is the tier that the configuration calls the default one."""
    limits: Limits
    """Each that is not None takes the place of the tier's."""
    models: tuple[str, ...] | None
    """The aliases it may use; None is all."""
    expires_at: datetime | None
    created_at: datetime
    revoked_at: datetime | None
    revision: int

    def state(self, now: datetime) -> str:
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Rows written since a revision, revoked keys included, and the revision that they bring one up to."""

    keys: tuple[KeyRow, ...]
    teams: tuple[TeamRow, ...]
    orgs: tuple[OrgRow, ...]
    budgets: tuple[BudgetRow, ...]
    """Removed ones included."""
    assignments: tuple[AssignmentRow, ...] = ()
    """Of guardrails, removed ones included."""
    granted: Mapping[str, int]
    """What operators gave the organisations above, in all, in units of `nemoproxy.money`."""
    prompts: tuple[PromptRow, ...] = ()
    """Removed ones included."""
    prompt_assignments: tuple[PromptAssignmentRow, ...] = ()
    ab_tests: tuple[AbTestRow, ...] = ()
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What a key is made from. Team and organisation are names."""

    alias: str | None = None
    team: str = DEFAULT
    org: str = DEFAULT
    tier: str | None = None
    limits: Limits = NO_LIMITS
    models: tuple[str, ...] | None = None
    expires_at: datetime | None = None

    def check(self, now: datetime) -> None:
        """Refuses what is absurd. Raises `InvalidRecord`."""
        if self.alias is not None and (not self.alias.isprintable() or not 1 <= len(self.alias.strip()) <= 100):
            raise InvalidRecord("An alias is 1 to 100 printable characters.")
        check_limits(self.limits)
        for model in self.models or ():
            if not model.isprintable() or not 1 <= len(model) <= 256 or " " in model:
                raise InvalidRecord(f"No model can be called {model!r}.")
        if self.expires_at is not None:
            if self.expires_at.tzinfo is None:
                raise InvalidRecord("An expiry needs a time zone.")
            if self.expires_at <= now:
                raise InvalidRecord(f"The expiry {self.expires_at.isoformat(timespec='seconds')} is in the past.")


def check_name(kind: str, name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9._-])?", name):
        raise InvalidRecord(
            f"{name!r} cannot be the name of {kind}.",
            "a name is 1 to 64 letters, digits, spaces, dots, dashes or underscores, and starts with a letter or digit",
        )
    return name


def check_limits(limits: Limits | LimitChanges) -> dict[str, int | None]:
    """Limits by column. Whoever built them may not have come through a checked file."""
    values: Mapping[str, object] = msgspec.structs.asdict(limits) if isinstance(limits, Limits) else limits
    try:
        checked = msgspec.convert(values, Limits)
    except msgspec.ValidationError as error:
        name = re.search(r"\$\.(\w+)", str(error))
        bounds = "from 1 to 1000000000000" if name and name[1] == "tpm" else "from 1 to 1000000000"
        if name is None or name[1] not in Limits.__struct_fields__:
            raise InvalidRecord(f"No such limit; there are {', '.join(Limits.__struct_fields__)}.") from None
        raise InvalidRecord(f"The limit {name[1]} is a whole number {bounds}, not {values.get(name[1])!r}.") from None
    return {name: getattr(checked, name) for name in values}


def utc_now() -> datetime:
    return datetime.now(UTC)
