"""`Ledger`: what organisations have, and what they were given. Requests book through `Books`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from nemoproxy.money import MAX_UNITS, format_usd
from nemoproxy.storage import schema
from nemoproxy.storage.engine import hold_still, reading, writing
from nemoproxy.storage.errors import InvalidRecord
from nemoproxy.storage.lookup import next_revision, org_by_name
from nemoproxy.storage.money_rows import Balance, EntryRow, Kind
from nemoproxy.storage.rows import utc_now

_GIVING = {Kind.GRANT, Kind.TOP_UP, Kind.REFUND}
_OPERATORS = _GIVING | {Kind.EXPIRE, Kind.ADJUST}


class Ledger:
    """Synchronous, like `Records`, which has it as `ledger`. Amounts are units of `nemoproxy.money`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def credit(self, org: str, kind: Kind, units: int, note: str | None = None) -> EntryRow:
        """Gives to an organisation, by name: an amount above 0. `expire` takes it; `adjust` does what its sign says.

        Nothing may take a balance below 0. Running gateways know within a second.
        """
        kind = Kind(kind)
        if kind not in _OPERATORS:
            raise InvalidRecord(f"Only requests make entries of the kind {kind}.")
        if units == 0 or (units < 0 and kind is not Kind.ADJUST):
            raise InvalidRecord("The amount has to be more than 0.")
        if abs(units) > MAX_UNITS:
            raise InvalidRecord(f"An amount is at most {format_usd(MAX_UNITS)} USD.")
        if note is not None and (not note.isprintable() or len(note) > 200):
            raise InvalidRecord("A note is at most 200 printable characters.")
        amount = -units if kind is Kind.EXPIRE else units
        with writing(self._engine) as connection:
            if amount < 0:  # requests that are booked at the same time either count here, or see it
                hold_still(connection, schema.spending)
            number = next_revision(connection)
            org_id = org_by_name(connection, org).id
            before = balances(connection, [org_id])[org_id]
            if before.granted + amount > MAX_UNITS:
                raise InvalidRecord(f'"{org}" would have been given more than {format_usd(MAX_UNITS)} USD.')
            if amount < 0 and before.balance + amount < 0:
                raise InvalidRecord(f'"{org}" has {format_usd(before.balance)} USD, and a balance is never below 0.')
            entry = add_credit(connection, org_id, kind, amount, note)
            connection.execute(update(schema.orgs).where(schema.orgs.c.id == org_id).values(revision=number))
            return _credit(connection.execute(select(schema.credits_).where(schema.credits_.c.id == entry)).one())

    def balances(self) -> dict[str, Balance]:
        """Of every organisation, by id."""
        with reading(self._engine) as connection:
            org_ids: list[str] = list(connection.execute(select(schema.orgs.c.id)).scalars())
            return _balances_of(org_ids, granted_totals(connection), settled_totals(connection))

    def history(self, org: str, *, limit: int = 50, offset: int = 0) -> tuple[list[EntryRow], int]:
        """An organisation's entries, newest first, and how many there are. The organisation is a name."""
        with reading(self._engine) as connection:
            org_id = org_by_name(connection, org).id
        return self.history_of(org_id, limit, offset)

    def history_of(self, org_id: str, limit: int, offset: int) -> tuple[list[EntryRow], int]:
        """`history` of an organisation by its id."""
        usage, rows, given, most = schema.usage, schema.usage_rows, schema.credits_, offset + limit
        held = (usage.c.org_id == org_id) & (usage.c.held > 0)
        mine, booked = given.c.org_id == org_id, (rows.c.org_id == org_id) & (rows.c.held > 0)
        # The newest of both, by their indexes: the view would have to be sorted as a whole.
        requests = select(usage).where(held).order_by(usage.c.settled_at.desc(), usage.c.request_id.desc())
        credited = select(given).where(mine).order_by(given.c.id.desc())
        with reading(self._engine) as connection:
            counts = [connection.execute(select(func.count()).where(one)).scalar_one() for one in (booked, mine)]
            entries = [one for row in connection.execute(requests.limit(most // 2 + 1)) for one in _ends(row)]
            entries += [_credit(row) for row in connection.execute(credited.limit(most))]
        entries.sort(key=lambda entry: entry.created_at, reverse=True)
        return entries[offset:most], 2 * counts[0] + counts[1]


def balances(connection: Connection, org_ids: list[str]) -> dict[str, Balance]:
    return _balances_of(org_ids, granted_totals(connection, org_ids), settled_totals(connection, org_ids))


def _balances_of(org_ids: list[str], granted: dict[str, int], settled: dict[str, int]) -> dict[str, Balance]:
    return {one: Balance(granted=granted.get(one, 0), settled=settled.get(one, 0)) for one in org_ids}


def granted_totals(connection: Connection, org_ids: list[str] | None = None) -> dict[str, int]:
    """What operators gave and took, by organisation."""
    given = schema.credits_
    sums = select(given.c.org_id, func.sum(given.c.amount))
    if org_ids is not None:
        sums = sums.where(given.c.org_id.in_(org_ids))
    return {row[0]: int(row[1]) for row in connection.execute(sums.group_by(given.c.org_id))}


def settled_totals(connection: Connection, org_ids: list[str] | None = None) -> dict[str, int]:
    """What requests cost, by organisation."""
    spending = schema.spending
    sums = select(spending.c.scope_id, func.sum(spending.c.cost)).where(spending.c.scope == "org")
    if org_ids is not None:
        sums = sums.where(spending.c.scope_id.in_(org_ids))
    return {row[0]: int(row[1]) for row in connection.execute(sums.group_by(spending.c.scope_id))}


def give_back(connection: Connection, org_id: str, units: int) -> None:
    """Within the caller's transaction: an operator took what requests under way were spending. They had it first."""
    number = next_revision(connection)
    add_credit(connection, org_id, Kind.ADJUST, units, "taken while requests under way spent it")
    connection.execute(update(schema.orgs).where(schema.orgs.c.id == org_id).values(revision=number))


def add_credit(connection: Connection, org_id: str, kind: Kind, amount: int, note: str | None) -> int:
    """Within the caller's transaction, which has checked it."""
    entry = {"org_id": org_id, "kind": str(kind), "amount": amount, "note": note, "created_at": utc_now()}
    key = connection.execute(insert(schema.credits_).values(entry)).inserted_primary_key
    return int(key[0]) if key is not None else 0


def _credit(row: Row[Any]) -> EntryRow:
    return EntryRow(
        id=f"credit-{row.id}",
        org_id=row.org_id,
        kind=row.kind,
        amount=row.amount,
        note=row.note,
        created_at=row.created_at,
    )


def _ends(row: Row[Any]) -> tuple[EntryRow, EntryRow]:
    """The entries of a request, newest first, as the view has them."""
    hold = EntryRow(
        id=f"{row.request_id}-hold",
        org_id=row.org_id,
        kind=Kind.HOLD,
        amount=-row.held,
        request_id=row.request_id,
        key_id=row.key_id,
        team_id=row.team_id,
        created_at=row.settled_at,
    )
    kind = Kind.SETTLE if row.cost else Kind.RELEASE
    return replace(hold, id=f"{row.request_id}-end", kind=kind, amount=row.held - row.cost), hold
