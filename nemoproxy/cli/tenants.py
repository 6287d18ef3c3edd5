"""Teams and organisations, and what they may use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import click
import msgspec

from nemoproxy.cli.common import config_option, json_option, limit_options, open_records
from nemoproxy.cli.output import json_time, local_time, print_json, print_table, show_limits
from nemoproxy.config import Limits
from nemoproxy.storage import OrgRow, TeamRow
from nemoproxy.storage.rows import LimitChanges


@click.group()
def teams() -> None:
    """Teams. Every key is in one, and all keys of a team share its limits.

    \b
    Examples:
      nemoproxy teams set research --rpm 5000 --tpm 2000000
      nemoproxy teams list
    """


@teams.command("set")
@click.argument("name")
@click.option("--org", default="default", show_default=True, metavar="NAME", help="Where the team is.")
@limit_options(clearable=True)
@config_option
def set_team(name: str, org: str, config_path: Path | None, **limits: int | str | None) -> None:
    """Make a team, or change the limits of the one there is. What is not given stays; `none` takes a limit away.

    \b
    Examples:
      nemoproxy teams set research --rpm 5000
      nemoproxy teams set research --rpm none --concurrency 50
    """
    with open_records(config_path) as (config, records):
        row = records.set_team(name, org, **_changes(limits))
        click.echo(f"Team {row.name} ({row.id}) in {org}: {_in_effect(row, config.limits.team)}.")


@teams.command("list")
@config_option
@json_option
def list_teams(config_path: Path | None, as_json: bool) -> None:
    """List the teams.

    \b
    Example:
      nemoproxy teams list --json
    """
    with open_records(config_path) as (config, records):
        rows, orgs = records.list_teams(), {org.id: org.name for org in records.list_orgs()}
    if as_json:
        print_json([{**_as_json(row), "org": orgs[row.org_id]} for row in rows])
        return
    print_table(
        ("ID", "NAME", "ORG", "LIMITS", "CREATED"),
        [
            (row.id, row.name, orgs[row.org_id], _in_effect(row, config.limits.team), local_time(row.created_at))
            for row in rows
        ],
        empty="No teams.",
    )


@click.group()
def orgs() -> None:
    """Organisations. Every team is in one, and all its teams share its limits.

    \b
    Examples:
      nemoproxy orgs set acme --tpm 10000000
      nemoproxy orgs list
    """


@orgs.command("set")
@click.argument("name")
@limit_options(clearable=True)
@config_option
def set_org(name: str, config_path: Path | None, **limits: int | str | None) -> None:
    """Make an organisation, or change the limits of the one there is. What is not given stays; `none` takes a limit
    away.

    \b
    Example:
      nemoproxy orgs set acme --tpm 10000000 && nemoproxy teams set research --org acme
    """
    with open_records(config_path) as (config, records):
        row = records.set_org(name, **_changes(limits))
        click.echo(f"Organisation {row.name} ({row.id}): {_in_effect(row, config.limits.org)}.")


@orgs.command("list")
@config_option
@json_option
def list_orgs(config_path: Path | None, as_json: bool) -> None:
    """List the organisations.

    \b
    Example:
      nemoproxy orgs list --json
    """
    with open_records(config_path) as (config, records):
        rows = records.list_orgs()
    if as_json:
        print_json([_as_json(row) for row in rows])
        return
    print_table(
        ("ID", "NAME", "LIMITS", "CREATED"),
        [(row.id, row.name, _in_effect(row, config.limits.org), local_time(row.created_at)) for row in rows],
        empty="No organisations.",
    )


def _changes(limits: Mapping[str, int | str | None]) -> LimitChanges:
    given = {name: None if value == "none" else value for name, value in limits.items() if value is not None}
    return cast(LimitChanges, given)


def _in_effect(row: TeamRow | OrgRow, default: Limits) -> str:
    return show_limits(row.limits.over(default), "no limits")


def _as_json(row: TeamRow | OrgRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        **msgspec.structs.asdict(row.limits),
        "created_at": json_time(row.created_at),
    }
