"""Every invariant of the books, checked on a live database, in one snapshot. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, inspect, text

from nemoproxy.money import format_usd
from nemoproxy.storage.engine import reading
from nemoproxy.storage.records import Records

SHOWN = 5
"""Cases that a finding names; how many there are it says in any case."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold."""

    rule: str
    cases: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        more = ", ..." if self.cases > len(self.examples) else ""
        return f"{self.rule}: {self.cases} ({', '.join(self.examples)}{more})"


def verify(records: Records) -> list[Finding]:
    """What does not hold; nothing, when the books are right. Gateways may go on booking meanwhile."""
    with reading(records.engine) as connection:
        if connection.dialect.name != "sqlite":
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        return [finding for check in _CHECKS for finding in check(connection)]


_RULES = {
    "a cost outside of what was held": """
        SELECT request_id FROM usage_rows WHERE cost < 0 OR cost > held OR shortfall < 0
    """,
    "a request of a kind that does not exist, or is another organisation's": """
        SELECT r.request_id FROM usage_rows r LEFT JOIN usage_kinds k ON k.id = r.kind_id
        WHERE k.id IS NULL OR k.org_id <> r.org_id
    """,
    "an entry of the wrong sign or kind": """
        SELECT id FROM credits WHERE NOT (
            (kind IN ('grant', 'top_up', 'refund') AND amount > 0) OR (kind = 'expire' AND amount < 0)
            OR (kind = 'adjust' AND amount <> 0)
        )
    """,
    "an organisation whose balance is below 0": """
        SELECT org_id FROM ledger GROUP BY org_id HAVING sum(amount) < 0
    """,
    "an organisation whose balance is not what it was given less what its requests cost": """
        SELECT l.org_id FROM (SELECT org_id, sum(amount) AS balance FROM ledger GROUP BY org_id) l
        LEFT JOIN (SELECT org_id, sum(amount) AS granted FROM credits GROUP BY org_id) c ON c.org_id = l.org_id
        LEFT JOIN (
            SELECT scope_id AS org_id, sum(cost) AS cost FROM spending WHERE scope = 'org' GROUP BY scope_id
        ) s ON s.org_id = l.org_id
        WHERE l.balance <> COALESCE(c.granted, 0) - COALESCE(s.cost, 0)
    """,
    "an organisation with entries that does not exist": """
        SELECT DISTINCT l.org_id FROM ledger l LEFT JOIN orgs o ON o.id = l.org_id WHERE o.id IS NULL
    """,
    "a budget of what does not exist": """
        SELECT b.id FROM budgets b WHERE NOT EXISTS (
            SELECT 1 FROM keys WHERE b.scope = 'key' AND id = b.scope_id
            UNION ALL SELECT 1 FROM teams WHERE b.scope = 'team' AND id = b.scope_id
            UNION ALL SELECT 1 FROM orgs WHERE b.scope = 'org' AND id = b.scope_id
        )
    """,
    "an event that is there twice": 'SELECT "once" FROM outbox GROUP BY "once" HAVING count(*) > 1',
}
"""What is looked for, and what finds it: ids of whatever should not be."""

_SPENT = " UNION ALL ".join(
    f"SELECT '{scope}' AS scope, {scope}_id AS scope_id, settled_at / 86400000000 AS day, cost FROM usage"  # noqa: S608  ours
    for scope in ("key", "team", "org")
)
_DAYS = f"""
    SELECT scope, scope_id, day, sum(cost) AS cost, count(*) AS requests FROM ({_SPENT}) AS spent
    GROUP BY scope, scope_id, day
"""  # noqa: S608  names of ours


def _rules(connection: Connection) -> Iterator[Finding]:
    for rule, query in _RULES.items():
        yield from _finding(rule, [str(row[0]) for row in connection.execute(text(query))])


def _days(connection: Connection) -> Iterator[Finding]:
    """Spending by day is what usage adds up to."""
    columns = "scope, scope_id, day, cost, requests"
    counted = {(*row[:3],): (int(row[3]), int(row[4])) for row in connection.execute(text(_DAYS))}
    kept = {(*row[:3],): (*row[3:],) for row in connection.execute(text(f"SELECT {columns} FROM spending"))}  # noqa: S608  ours
    wrong = [
        f"{scope} {scope_id} day {day}: {_cost(kept, place)} kept, {_cost(counted, place)} used"
        for place in sorted(counted.keys() | kept.keys())
        for scope, scope_id, day in [place]
        if counted.get(place) != kept.get(place)
    ]
    yield from _finding("a day's spending that is not what its requests cost", wrong)


def _cost(days: dict[tuple[str, str, int], tuple[int, int]], place: tuple[str, str, int]) -> str:
    return format_usd(days[place][0]) if place in days else "nothing"


def _types(connection: Connection) -> Iterator[Finding]:
    """Money is in integers: by the type of its columns, and in SQLite, which takes anything anywhere, by its values."""
    money = [("credits", "amount"), ("budgets", "amount"), ("spending", "cost")]
    money += [("usage_rows", name) for name in ("held", "cost", "shortfall")]
    wrong = []
    for table, column in money:
        found = {one["name"]: one["type"] for one in inspect(connection).get_columns(table)}
        if not isinstance(found.get(column), BigInteger):
            wrong.append(f"{table}.{column} is {found.get(column)}")
        elif connection.dialect.name == "sqlite":
            query = f"SELECT count(*) FROM {table} WHERE typeof({column}) <> 'integer'"  # noqa: S608  names of ours
            count: int = connection.execute(text(query)).scalar_one()
            if count:
                wrong.append(f"{table}.{column} in {count} rows")
    yield from _finding("money that is not an integer", wrong)


def _append_only(connection: Connection) -> Iterator[Finding]:
    """The triggers that keep the ledger as it is are there."""
    tables = ("credits", "usage_rows", "usage_kinds")
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        wanted = {f"{table}_no_{verb}" for table in tables for verb in ("UPDATE", "DELETE")}
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        wanted = {f"{table}_append_only" for table in tables}
    missing = wanted - set(connection.execute(text(query)).scalars())
    yield from _finding("a trigger that keeps the ledger append-only is missing", sorted(missing))


def _finding(rule: str, cases: list[str]) -> Iterator[Finding]:
    if cases:
        yield Finding(rule, len(cases), tuple(cases[:SHOWN]))


_CHECKS: tuple[Callable[[Connection], Iterator[Finding]], ...] = (_rules, _days, _types, _append_only)
