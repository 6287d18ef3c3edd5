"""Credits and budgets: what there is to spend, and what may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from nemoproxy.cli.common import Command, config_option, json_option, names, open_records, read_usd
from nemoproxy.cli.output import json_time, json_usd, local_time, print_json, print_table
from nemoproxy.money import format_usd
from nemoproxy.storage import BudgetRow, Kind, Period, Records, Scope
from nemoproxy.storage.verify import verify as find


@click.group("credits")
def credits_() -> None:
    """Prepaid credits, in US dollars, with up to ten decimals. Every organisation has an account of its own.

    \b
    Examples:
      nemoproxy credits grant acme 250 --note "invoice 17"
      nemoproxy credits balance
    """


@credits_.command()
@click.argument("org")
@click.argument("usd", type=read_usd)
@click.option("--note", metavar="TEXT", help="What it is for; kept with the entry.")
@config_option
def grant(org: str, usd: int, note: str | None, config_path: Path | None) -> None:
    """Give an organisation credit. Running gateways know within a second.

    \b
    Example:
      nemoproxy credits grant default 100 --note "October"
    """
    with open_records(config_path) as (_, records):
        entry = records.ledger.credit(org, Kind.GRANT, usd, note)
        balance = records.ledger.balances()[entry.org_id].balance
    click.echo(f"Granted {format_usd(entry.amount)} USD to {org}, which now has {format_usd(balance)} USD.")


@credits_.command()
@click.argument("org", required=False)
@config_option
@json_option
def balance(org: str | None, config_path: Path | None, as_json: bool) -> None:
    """Show what organisations have: what they were given, and what their requests have cost so far.

    What running requests hold is not in it; what gateways settled within the last second may not be.

    \b
    Examples:
      nemoproxy credits balance
      nemoproxy credits balance acme --json
    """
    with open_records(config_path) as (_, records):
        ids = {row.id: row.name for row in records.list_orgs()}
        if org is not None:
            found = records.find_org(org)
            ids = {found.id: found.name}
        rows = [(ids[id], row) for id, row in records.ledger.balances().items() if id in ids]
    if as_json:
        print_json(
            [
                {
                    "org": name,
                    "balance": json_usd(row.balance),
                    "granted": json_usd(row.granted),
                    "spent": json_usd(row.settled),
                }
                for name, row in rows
            ]
        )
        return
    print_table(
        ("ORG", "BALANCE", "GRANTED", "SPENT"),
        [(name, *map(format_usd, (row.balance, row.granted, row.settled))) for name, row in rows],
        empty="No organisations.",
    )


@credits_.command()
@click.argument("org")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), metavar="N")
@click.option("--offset", default=0, show_default=True, type=click.IntRange(0, 2**62), metavar="N")
@config_option
@json_option
def history(org: str, limit: int, offset: int, config_path: Path | None, as_json: bool) -> None:
    """Show an organisation's entries, newest first. A request has two: what was held, and what of it was given back.

    \b
    Example:
      nemoproxy credits history acme --limit 20
    """
    with open_records(config_path) as (_, records):
        entries, total = records.ledger.history(org, limit=limit, offset=offset)
    if as_json:
        data = [
            {
                "id": entry.id,
                "kind": entry.kind,
                "amount": json_usd(entry.amount),
                "request_id": entry.request_id,
                "key_id": entry.key_id,
                "team_id": entry.team_id,
                "note": entry.note,
                "created_at": json_time(entry.created_at),
            }
            for entry in entries
        ]
        print_json({"data": data, "limit": limit, "offset": offset, "total": total})
        return
    print_table(
        ("ID", "WHEN", "KIND", "AMOUNT", "REQUEST OR NOTE"),
        [
            (
                str(entry.id),
                local_time(entry.created_at),
                entry.kind,
                f"{format_usd(entry.amount):>15}",
                entry.request_id or entry.note or "-",
            )
            for entry in entries
        ],
        empty="No entries." if not total else f"Only {total} entries.",
    )


@credits_.command()
@config_option
@json_option
@click.pass_context
def verify(context: click.Context, config_path: Path | None, as_json: bool) -> None:
    """Check every invariant of the books, with gateways running or not. Exits with 1 when one does not hold.

    \b
    Example:
      nemoproxy credits verify || alert "the books are wrong"
    """
    with open_records(config_path) as (_, records):
        findings = find(records)
    if as_json:
        print_json([{"rule": one.rule, "cases": one.cases, "examples": one.examples} for one in findings])
    else:
        for one in findings:
            click.echo(str(one))
        click.echo("The books do not balance." if findings else "Every invariant holds.", err=bool(findings))
    context.exit(1 if findings else 0)


@click.group()
def budgets() -> None:
    """Budgets: what a key, a team or an organisation may spend in a period, within the credit that there is. Days are
    UTC and begin at midnight, weeks on Monday, months on the 1st.

    \b
    Examples:
      nemoproxy budgets set --team research 50 --period monthly
      nemoproxy budgets list
    """


def scope_options(command: Command) -> Command:
    options: list[Callable[[Command], Command]] = [
        click.option("--key", metavar="KEY", help="A key, as for `keys show`."),
        click.option(
            "--team", metavar="NAME", help="A team; `acme/research` in an organisation other than the default."
        ),
        click.option("--org", metavar="NAME", help="An organisation."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def read_scope(records: Records, key: str | None, team: str | None, org: str | None) -> tuple[Scope, str]:
    if [key, team, org].count(None) != 2:
        raise click.UsageError("say whose budget: one of --key, --team and --org")
    if key is not None:
        return Scope.KEY, records.find_key(key).id
    if team is not None:
        inside, slash, name = team.rpartition("/")
        return Scope.TEAM, records.find_team(name, inside if slash else "default").id
    return Scope.ORG, records.find_org(org or "").id


@budgets.command("set")
@click.argument("usd", type=read_usd)
@scope_options
@click.option(
    "--period", type=click.Choice([str(period) for period in Period]), required=True, help="How often it begins anew."
)
@config_option
def set_budget(
    usd: int, key: str | None, team: str | None, org: str | None, period: str, config_path: Path | None
) -> None:
    """Set a budget, or change the one there is. What was spent in the period already counts.

    \b
    Examples:
      nemoproxy budgets set --key ci 2.50 --period daily
      nemoproxy budgets set --team acme/research 500 --period monthly
    """
    with open_records(config_path) as (_, records):
        row = records.budgets.set(*read_scope(records, key, team, org), usd, Period(period))
        spent, called = records.budgets.spent([row])[row.id], names(records)
    click.echo(f"The {_whose(row, called)} may spend {_amount(row)}; so far {format_usd(spent)} USD.")


@budgets.command("remove")
@scope_options
@config_option
def remove_budget(key: str | None, team: str | None, org: str | None, config_path: Path | None) -> None:
    """Take a budget away.

    \b
    Example:
      nemoproxy budgets remove --key ci
    """
    with open_records(config_path) as (_, records):
        row, called = records.budgets.remove(*read_scope(records, key, team, org)), names(records)
    click.echo(f"The {_whose(row, called)} has no budget any more; it was {_amount(row)}.")


@budgets.command("list")
@config_option
@json_option
def list_budgets(config_path: Path | None, as_json: bool) -> None:
    """List the budgets, and what is spent of each in its period.

    \b
    Example:
      nemoproxy budgets list --json
    """
    with open_records(config_path) as (_, records):
        rows = records.budgets.all()
        spent, called = records.budgets.spent(rows), names(records)
    if as_json:
        print_json([_as_json(row, spent[row.id], called) for row in rows])
        return
    print_table(
        ("ID", "OF", "PERIOD", "BUDGET", "SPENT"),
        [
            (row.id, _whose(row, called), str(row.period), format_usd(row.amount), format_usd(spent[row.id]))
            for row in rows
        ],
        empty="No budgets.",
    )


def _whose(row: BudgetRow, called: Mapping[str, str]) -> str:
    return f"{row.scope} {called[row.scope_id]}"


def _amount(row: BudgetRow) -> str:
    return f"{format_usd(row.amount)} USD {'in all' if row.period is Period.TOTAL else str(row.period)}"


def _as_json(row: BudgetRow, spent: int, called: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "scope": str(row.scope),
        "scope_id": row.scope_id,
        "name": called[row.scope_id],
        "period": str(row.period),
        "amount": json_usd(row.amount),
        "spent": json_usd(spent),
        "created_at": json_time(row.created_at),
    }
