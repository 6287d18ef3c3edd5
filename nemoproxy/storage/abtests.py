"""`AbTests`: tests with their variants and states, and what their requests came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import (
    Connection,
    Engine,
    Float,
    RowMapping,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from nemoproxy.config import AbTest
from nemoproxy.config.problems import suggest
from nemoproxy.storage import schema
from nemoproxy.storage.engine import reading, writing
from nemoproxy.storage.errors import InvalidRecord, UnknownRecord
from nemoproxy.storage.lookup import next_revision, org_by_name
from nemoproxy.storage.prompts import find_prompt
from nemoproxy.storage.rows import check_name, utc_now

State = Literal["draft", "running", "paused", "completed"]
_AFTER: dict[str, tuple[State, ...]] = {
    "draft": ("running",),
    "running": ("paused", "completed"),
    "paused": ("running", "completed"),
    "completed": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AbTestRow:
    """A test of an organisation. What it compares is fixed from the start."""

    name: str
    org_id: str
    test: AbTest
    created_at: datetime
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSums:
    """What the requests of a variant came to; latencies, in microseconds, of those that were no error."""

    label: str
    requests: int
    errors: int
    answered: int
    latency: float
    latency_squares: float
    cost: float
    cost_squares: float


class AbTests:
    """Synchronous, like `Records`, which has it as `ab_tests`. Running gateways follow changes within a second."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, name: str, test: AbTest) -> AbTestRow:
        """Makes a draft."""
        check_name("an A/B test", name)
        if "/" in name or len(test.variants) < 2:
            raise InvalidRecord("An A/B test has two variants or more.")
        table = schema.ab_tests
        with writing(self._engine) as connection:
            revision = next_revision(connection)
            org_id = org_by_name(connection, test.org).id
            if _rows(connection, org_id, name):
                raise InvalidRecord(f'There is a test "{name}" already.', "call it something else")
            values = {"name": name, "org_id": org_id, "model": test.model, "state": "draft", "revision": revision}
            written = {"variants": msgspec.to_builtins(test), "created_at": utc_now()}
            connection.execute(insert(table).values(values | written))
            return _find(connection, name, test.org)

    def set_state(self, name: str, state: State, org: str = "default") -> AbTestRow:
        """From draft to running, to paused and back, from both to completed; for a model one runs at a time."""
        table = schema.ab_tests
        with writing(self._engine) as connection:
            revision = next_revision(connection)
            row = _find(connection, name, org)
            if state not in _AFTER[row.test.state]:
                raise InvalidRecord(f"A test that is {row.test.state} cannot become {state}.")
            if state == "running":
                for variant in row.test.variants.values():
                    if variant.template is not None:  # without it, the variant's requests would all be refused
                        find_prompt(connection, variant.template, org)
            others = [one for one in _rows(connection, row.org_id) if one.name != name]
            for other in others:
                if state == "running" and (other.test.state, other.test.model) == ("running", row.test.model):
                    raise InvalidRecord(
                        f'The test "{other.name}" runs for {row.test.model}.', "pause or complete it first"
                    )
            where = (table.c.org_id == row.org_id, table.c.name == name)
            connection.execute(update(table).where(*where).values(state=state, revision=revision))
            return _find(connection, name, org)

    def find(self, name: str, org: str = "default") -> AbTestRow:
        with reading(self._engine) as connection:
            return _find(connection, name, org)

    def all(self) -> list[AbTestRow]:
        with reading(self._engine) as connection:
            return _rows(connection)

    def sums(self, org_id: str, labels: Sequence[str]) -> dict[str, VariantSums]:
        """What is booked of each variant, by its label."""
        usage = schema.usage
        left = usage.c.status == schema.CLIENT_LEFT
        wrong = or_(and_(usage.c.status >= 400, ~left), usage.c.ending == "upstream_broke")
        fine = and_(~wrong, ~left)
        latency, cost = cast(usage.c.latency_us, Float), cast(usage.c.cost, Float)
        none = literal(0.0, Float)
        wanted = select(
            usage.c.variant.label("label"),
            func.count().label("requests"),
            func.sum(case((wrong, 1), else_=0)).label("errors"),
            func.sum(case((fine, 1), else_=0)).label("answered"),
            func.sum(case((fine, latency), else_=none)).label("latency"),
            func.sum(case((fine, latency * latency), else_=none)).label("latency_squares"),
            func.sum(cost).label("cost"),
            func.sum(cost * cost).label("cost_squares"),
        ).where(usage.c.variant.in_(labels), usage.c.org_id == org_id)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.group_by(usage.c.variant)).mappings()
            return {row["label"]: VariantSums(**{**row, "errors": int(row["errors"])}) for row in rows}


def changed_ab_tests(connection: Connection, revision: int) -> tuple[AbTestRow, ...]:
    """Written after a revision."""
    table = schema.ab_tests
    return tuple(map(_row, connection.execute(select(table).where(table.c.revision > revision)).mappings()))


def _rows(connection: Connection, org_id: str | None = None, name: str | None = None) -> list[AbTestRow]:
    table = schema.ab_tests
    wanted = select(table).order_by(table.c.created_at, table.c.name)
    if org_id is not None:
        wanted = wanted.where(table.c.org_id == org_id)
    if name is not None:
        wanted = wanted.where(table.c.name == name)
    return [_row(row) for row in connection.execute(wanted).mappings()]


def _find(connection: Connection, name: str, org: str) -> AbTestRow:
    org_id = org_by_name(connection, org).id
    found = _rows(connection, org_id, name)
    if not found:
        names = [row.name for row in _rows(connection, org_id)]
        raise UnknownRecord(f'There is no A/B test "{name}" in the organisation "{org}".', suggest(name, names))
    return found[0]


def _row(row: RowMapping) -> AbTestRow:
    test = msgspec.convert({**row["variants"], "state": row["state"]}, AbTest)
    return AbTestRow(
        name=row["name"], org_id=row["org_id"], test=test, created_at=row["created_at"], revision=row["revision"]
    )
