"""Virtual keys: make, list, show, revoke."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click
import msgspec

from nemoproxy.cli.common import config_option, json_option, limit_options, open_records
from nemoproxy.cli.output import json_time, local_time, print_fields, print_json, print_table, show_limits
from nemoproxy.config import Limits
from nemoproxy.config.problems import suggest
from nemoproxy.storage import KeyRow, NewKey, Records

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_expiry(value: str) -> datetime:
    try:
        if span := re.fullmatch(r"([1-9][0-9]{0,5})([mhdw])", value, re.ASCII):
            return datetime.now(UTC) + timedelta(**{_UNITS[span[2]]: int(span[1])})
        moment = datetime.fromisoformat(value)
        if len(value) <= 10:
            moment = datetime.combine(moment.date() + timedelta(days=1), time())
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{value!r} is neither a date (2027-01-31), a time (2027-01-31T18:00), nor a span (12h, 30d)"
        ) from None


@click.group()
def keys() -> None:
    """Make, list and revoke virtual keys: what callers use in place of a provider's key.

    \b
    Examples:
      nemoproxy keys create --alias ci --expires 30d
      nemoproxy keys list
      nemoproxy keys revoke ci
    """


@keys.command()
@click.option("--alias", metavar="NAME", help="What to call it.")
@click.option("--team", default="default", show_default=True, metavar="NAME", help="Whose it is.")
@click.option("--org", default="default", show_default=True, metavar="NAME", help="Where that team is.")
@click.option("--tier", metavar="NAME", help="The limits it has, by name. [default: limits.default_tier]")
@limit_options(clearable=False)
@click.option("--model", "models", multiple=True, metavar="ALIAS", help="May use this model; repeat. [default: all]")
@click.option("--expires", type=read_expiry, metavar="WHEN", help="A date (to its end), a time, or a span (12h, 30d).")
@config_option
@json_option
def create(
    alias: str | None,
    team: str,
    org: str,
    tier: str | None,
    models: tuple[str, ...],
    expires: datetime | None,
    config_path: Path | None,
    as_json: bool,
    **limits: int | None,
) -> None:
    """Make a key, and print it: the only time it is ever shown. It works on running gateways within a second.

    The key alone goes to stdout, all else to stderr.

    \b
    Examples:
      nemoproxy keys create --alias me
      nemoproxy keys create --alias batch --team research --tier annual --concurrency 8 --expires 30d
      nemoproxy keys create --alias bot --model gpt-4o-mini --model 'groq/*' --rpm 60
      export OPENAI_API_KEY=$(nemoproxy keys create --alias shell)
    """
    with open_records(config_path) as (config, records):
        if tier is not None and tier not in config.tiers:
            hint = suggest(tier, config.tiers)
            raise click.BadParameter(f'no tier "{tier}"' + (f"; {hint}" if hint else ""), param_hint="--tier")
        new = NewKey(
            alias=alias,
            team=team,
            org=org,
            tier=tier,
            limits=Limits(**limits),
            models=models or None,
            expires_at=expires,
        )
        row, key = records.create_key(new)
        view = _View(records)
        if as_json:
            print_json({**view.as_json(row), "key": key})
            return
        click.echo(key)
        click.echo("This is the only time the key is shown; only a digest of it is kept.", err=True)
        click.echo(f"Its id is {row.id}, its team {view.team(row)}.", err=True)


@keys.command("list")
@click.option("--all", "show_all", is_flag=True, help="Revoked keys too.")
@config_option
@json_option
def list_(show_all: bool, config_path: Path | None, as_json: bool) -> None:
    """List the keys, oldest first. Of a key itself only the last four characters are known.

    \b
    Examples:
      nemoproxy keys list
      nemoproxy keys list --all --json | jq '.[] | select(.state == "expired") | .id'
    """
    with open_records(config_path) as (config, records):
        rows, view = records.list_keys(revoked=show_all), _View(records)
    if as_json:
        print_json([view.as_json(row) for row in rows])
        return
    print_table(
        ("ID", "KEY", "ALIAS", "TEAM", "TIER", "STATE", "CREATED", "EXPIRES"),
        [
            (
                row.id,
                _masked(row),
                row.alias or "-",
                view.team(row),
                row.tier or f"{config.limits.default_tier} (default)",
                row.state(view.now),
                local_time(row.created_at),
                local_time(row.expires_at, "never"),
            )
            for row in rows
        ],
        empty="No keys yet. `nemoproxy keys create --alias me` makes one.",
    )


@keys.command()
@click.argument("key")
@config_option
@json_option
def show(key: str, config_path: Path | None, as_json: bool) -> None:
    """Show one key. KEY is its id, its alias, or its last four characters.

    \b
    Example:
      nemoproxy keys show ci
    """
    with open_records(config_path) as (config, records):
        row, view = records.find_key(key), _View(records)
    if as_json:
        print_json(view.as_json(row))
        return
    tier = row.tier or config.limits.default_tier
    print_fields(
        {
            "id": row.id,
            "key": _masked(row),
            "alias": row.alias or "-",
            "team": view.team(row),
            "tier": tier
            + ("" if row.tier else " (default)")
            + ("" if tier in config.tiers else ", which is not there"),
            "own limits": show_limits(row.limits, "none; those of the tier"),
            "models": ", ".join(row.models) if row.models is not None else "all",
            "state": row.state(view.now),
            "created": local_time(row.created_at),
            "expires": local_time(row.expires_at, "never"),
            "revoked": local_time(row.revoked_at, "no"),
        }
    )


@keys.command()
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def revoke(key: str, yes: bool, config_path: Path | None) -> None:
    """Revoke a key for good: running gateways refuse it within a second. KEY is as for `keys show`, or the key itself,
    should it have turned up where it does not belong.

    \b
    Examples:
      nemoproxy keys revoke ci
      nemoproxy keys revoke key_0a1b2c3d4e5f60718293 --yes
    """
    with open_records(config_path) as (_, records):
        row = records.find_key(key)
        what = f"{row.id} ({_masked(row)}{', ' + row.alias if row.alias else ''})"
        if row.revoked_at is None and not yes:
            if not sys.stdin.isatty():
                raise click.UsageError(f"revoking {what} needs --yes where nobody can be asked")
            click.confirm(f"Revoke {what}? This cannot be undone", abort=True)
        row = records.revoke_key(row.id)
    click.echo(f"Revoked {what} at {local_time(row.revoked_at)}.")


class _View:
    """Rows with the names that belong to their ids, at one moment."""

    def __init__(self, records: Records) -> None:
        self.now = datetime.now(UTC)
        self._teams = {team.id: team for team in records.list_teams()}
        self._orgs = {org.id: org for org in records.list_orgs()}

    def team(self, row: KeyRow) -> str:
        """`research`, or `acme/research` in an organisation other than the default one."""
        team = self._teams[row.team_id]
        org = self._orgs[team.org_id].name
        return team.name if org == "default" else f"{org}/{team.name}"

    def as_json(self, row: KeyRow) -> dict[str, Any]:
        team = self._teams[row.team_id]
        return {
            "id": row.id,
            "key": _masked(row),
            "alias": row.alias,
            "team": team.name,
            "org": self._orgs[team.org_id].name,
            "tier": row.tier,
            **msgspec.structs.asdict(row.limits),
            "models": None if row.models is None else list(row.models),
            "state": row.state(self.now),
            "created_at": json_time(row.created_at),
            "expires_at": json_time(row.expires_at),
            "revoked_at": json_time(row.revoked_at),
        }


def _masked(row: KeyRow) -> str:
    return f"sk-nemo-...{row.last4}"
