"""Usage reports."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import get_args

import click

from nemoproxy.cli.common import config_option, json_option, names, open_records
from nemoproxy.cli.output import json_usd, print_json, print_table
from nemoproxy.money import format_usd
from nemoproxy.storage import UsageRow
from nemoproxy.storage.usage import By

COLUMNS = (
    *("requests", "prompt_tokens", "cached_tokens", "output_tokens"),
    *("images", "seconds", "characters"),
    *("estimated", "cost", "shortfall"),
)
"""What is summed up, in this order."""


def read_moment(value: str) -> datetime:
    """A date is its beginning, in UTC, as days are in the report."""
    try:
        if len(value) <= 10:
            return datetime.combine(date.fromisoformat(value), time(), UTC)
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{value!r} is neither a date (2027-01-31) nor a time (2027-01-31T18:00)") from None


def read_until(value: str) -> datetime:
    """A date is its end."""
    return read_moment(value) + (timedelta(days=1) if len(value) <= 10 else timedelta())


@click.group()
def usage() -> None:
    """What requests came to.

    \b
    Example:
      nemoproxy usage report --by day
    """


@usage.command()
@click.option("--by", type=click.Choice(get_args(By)), required=True, help="One row for each.")
@click.option("--since", type=read_moment, metavar="WHEN", help="From this date or time on (UTC).")
@click.option("--until", type=read_until, metavar="WHEN", help="Up to the end of this date, or before this time (UTC).")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for spreadsheets.")
@config_option
@json_option
def report(
    by: By, since: datetime | None, until: datetime | None, as_csv: bool, config_path: Path | None, as_json: bool
) -> None:
    """Sum up requests by key, team, model or UTC day; what cost most comes first, days in order.

    \b
    Examples:
      nemoproxy usage report --by team --since 2027-01-01 --until 2027-01-31 --csv > january.csv
      nemoproxy usage report --by model --json
    """
    if as_csv and as_json:
        raise click.UsageError("one of --csv and --json")
    with open_records(config_path) as (_, records):
        rows, called = records.usage.report(by, since=since, until=until), names(records)
    named = ("name",) if by in ("key", "team") else ()
    if as_json:
        print_json(
            [{by: row.group, **{name: called.get(row.group) for name in named}, **_sums(row, json_usd)} for row in rows]
        )
        return
    columns = (by, *named, *COLUMNS)
    lines = [
        (row.group, *(called.get(row.group, "-") for _ in named), *map(str, _sums(row, format_usd).values()))
        for row in rows
    ]
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(map(_inert, line) for line in lines)
    else:
        print_table([column.upper().replace("_", " ") for column in columns], lines, empty="No requests.")


def _sums(row: UsageRow, usd: Callable[[int], object]) -> dict[str, object]:
    """By column."""
    amounts = {"cost": usd(row.cost), "shortfall": usd(row.shortfall), "seconds": row.sound_ms / 1000}
    return {name: amounts[name] if name in amounts else getattr(row, name) for name in COLUMNS}


def _inert(text: str) -> str:
    """Clients choose the names of models: none of them is to be a formula in a spreadsheet. No number is negative."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
