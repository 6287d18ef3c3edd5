"""`Guardrails`: who has which, and what they found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import Engine, RowMapping, func, insert, select, update

from nemoproxy.storage import events, schema
from nemoproxy.storage.budgets import check_exists
from nemoproxy.storage.engine import connect, reading, writing
from nemoproxy.storage.lookup import next_revision
from nemoproxy.storage.money_rows import Scope
from nemoproxy.storage.rows import utc_now

TELLING = {"blocked", "redacted", "masked"}
"""Results that are an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRow:
    """A guardrail of a key, a team or an organisation."""

    guardrail: str
    scope: Scope
    scope_id: str
    created_at: datetime
    removed_at: datetime | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """What one rule of a guardrail found in a request or its answer, and what became of it. Never what it was."""

    created_at: datetime
    request_id: str
    org_id: str
    team_id: str
    key_id: str
    guardrail: str
    detector: str
    rule: str
    place: str
    """Where the first of them is."""
    action: str
    result: str
    """blocked, redacted, masked, warned or logged; unread: could not be looked at; failed: nobody looked."""
    mode: str
    shadow: bool
    matches: int
    lengths: tuple[int, ...]
    """Bytes of each, of the first hundred."""


class Guardrails:
    """Synchronous, like `Records`, which has it as `guardrails`. Running gateways follow assignments."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def assign(self, guardrail: str, scope: Scope, scope_id: str) -> None:
        """Gives a key, a team or an organisation a guardrail. To do so again is no error."""
        self._set(guardrail, scope, scope_id, removed=False)

    def unassign(self, guardrail: str, scope: Scope, scope_id: str) -> None:
        """Takes it away. That there is none is no error."""
        self._set(guardrail, scope, scope_id, removed=True)

    def _set(self, guardrail: str, scope: Scope, scope_id: str, *, removed: bool) -> None:
        table = schema.guardrail_assignments
        natural = {"guardrail": guardrail, "scope": str(scope), "scope_id": scope_id}
        with writing(self._engine) as connection:
            now, number = utc_now(), next_revision(connection)
            check_exists(connection, scope, scope_id)
            changes = {"removed_at": now if removed else None, "revision": number}
            where = [table.c[name] == value for name, value in natural.items()]
            if connection.execute(update(table).where(*where).values(changes)).rowcount == 0 and not removed:
                connection.execute(insert(table).values({**natural, **changes, "created_at": now}))

    def assignments(self) -> list[AssignmentRow]:
        table = schema.guardrail_assignments
        wanted = select(table).where(table.c.removed_at.is_(None)).order_by(table.c.guardrail, table.c.created_at)
        with reading(self._engine) as connection:
            return [_assignment(row) for row in connection.execute(wanted).mappings()]

    def findings_of(self, org_id: str, limit: int, offset: int) -> tuple[list[FindingRow], int]:
        """Of an organisation, the newest first; and how many there are."""
        table = schema.guardrail_log
        mine = table.c.org_id == org_id
        columns = [column for column in table.columns if column.name != "id"]
        wanted = select(*columns).where(mine).order_by(table.c.id.desc()).limit(limit).offset(offset)
        with reading(self._engine) as connection:
            total = int(connection.execute(select(func.count()).select_from(table).where(mine)).scalar_one())
            return [_finding(row) for row in connection.execute(wanted).mappings()], total

    def log(self, *, busy_timeout_s: float) -> FindingLog:
        """For a writer in the background: connections of its own. To be closed by the caller."""
        url = self._engine.url.render_as_string(hide_password=False)
        return FindingLog(connect(url, busy_timeout_s=busy_timeout_s))


class FindingLog:
    """Findings into the records, and what they tell into the outbox. For one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, rows: Sequence[FindingRow]) -> None:
        """All of them or none. Raises `StorageError`."""
        with writing(self._engine) as connection:
            connection.execute(insert(schema.guardrail_log), [asdict(row) for row in rows])
            for row in rows:
                if row.result in TELLING and not row.shadow:
                    events.on_finding(connection, row)

    def close(self) -> None:
        self._engine.dispose()


def changed_assignments(connection: SqlConnection, revision: int) -> tuple[AssignmentRow, ...]:
    """Written after a revision, those that were removed included."""
    table = schema.guardrail_assignments
    rows = connection.execute(select(table).where(table.c.revision > revision)).mappings()
    return tuple(map(_assignment, rows))


def _assignment(row: RowMapping) -> AssignmentRow:
    return AssignmentRow(**{**row, "scope": Scope(row["scope"])})


def _finding(row: RowMapping) -> FindingRow:
    return FindingRow(**{**row, "lengths": tuple(row["lengths"])})
