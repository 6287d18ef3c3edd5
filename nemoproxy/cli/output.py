"""What commands print: a table on a terminal, aligned text into a pipe, JSON when asked."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from nemoproxy.config import Limits
from nemoproxy.money import json_number


def print_json(value: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def json_usd(units: int) -> msgspec.Raw:
    """Money as a JSON number, exactly."""
    return msgspec.Raw(json_number(units).encode())


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    rows = list(rows)
    if not rows:
        click.echo(empty, err=True)
    elif sys.stdout.isatty():
        _print_rich(columns, rows)
    else:
        _print_plain([columns, *rows])


def print_fields(fields: Mapping[str, str]) -> None:
    width = max(map(len, fields))
    for name, value in fields.items():
        click.echo(f"{name:<{width}}  {value}")


def _print_rich(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        # What is copied out of a table is in one piece, however narrow the terminal.
        table.add_column(column, overflow="fold", no_wrap=column in ("ID", "KEY"))
    for row in rows:
        # As text: a name may look like markup.
        table.add_row(*map(Text, row))
    Console().print(table)


def _print_plain(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def local_time(moment: datetime | None, none: str = "-") -> str:
    return none if moment is None else moment.astimezone().isoformat(timespec="seconds")


def json_time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def show_limits(limits: Limits, none: str) -> str:
    """`rpm 500, tpm 500000`"""
    given = [f"{name} {value}" for name, value in msgspec.structs.asdict(limits).items() if value is not None]
    return ", ".join(given) or none
