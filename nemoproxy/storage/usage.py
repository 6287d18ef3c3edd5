"""`UsageReports`: what requests came to, by key, team, model or day."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, Engine, Integer, cast, func, literal_column, select, type_coerce

from nemoproxy.storage import schema
from nemoproxy.storage.engine import reading
from nemoproxy.storage.money_rows import DAY, UsageRow
from nemoproxy.storage.schema import EPOCH, to_micros

By = Literal["key", "team", "model", "day"]
DAY_US = 86_400_000_000
LONGEST = 3 * DAY
"""No request takes longer: each of its deadlines is at most a day."""


class UsageReports:
    """Synchronous, like `Records`, which has it as `usage`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def report(self, by: By, *, since: datetime | None = None, until: datetime | None = None) -> list[UsageRow]:
        """Requests settled from `since` on and before `until`. Days are UTC, in order; else what cost most leads."""
        usage = schema.usage
        group = {
            "key": usage.c.key_id,
            "team": usage.c.team_id,
            "model": usage.c.model,
            # As a number, and with the divisor spelled out: PostgreSQL takes two parameters for two expressions.
            "day": type_coerce(usage.c.settled_at, BigInteger) // literal_column(str(DAY_US), BigInteger),
        }[by]
        names = ("prompt_tokens", "cached_tokens", "output_tokens", "cost", "shortfall")
        wanted = select(
            group,
            func.count(),
            func.sum(cast(usage.c.estimated, Integer)),
            *(func.sum(usage.c[name]) for name in names),
        )
        if since is not None:
            # Ids begin with the time at which their requests did, and are what the table is ordered by.
            first = f"nemo-{max(0, to_micros(since - LONGEST)):013x}"
            wanted = wanted.where(usage.c.settled_at >= since, usage.c.request_id >= first)
        if until is not None:
            wanted = wanted.where(usage.c.settled_at < until)
        with reading(self._engine) as connection:
            found = connection.execute(wanted.group_by(group)).all()
        rows = [
            UsageRow(
                group=(EPOCH + row[0] * DAY).date().isoformat() if by == "day" else row[0],
                requests=row[1],
                estimated=int(row[2]),
                **{name: int(value) for name, value in zip(names, row[3:], strict=True)},
            )
            for row in found
        ]
        return sorted(rows, key=lambda row: row.group if by == "day" else (-row.cost, row.group))
