"""Prompt templates: save, list, show, activate, compare, assign, remove."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TextIO

import click

from nemoproxy.cli.common import Failure, config_option, json_option, names, open_records
from nemoproxy.cli.money import read_scope, scope_options
from nemoproxy.cli.output import json_time, local_time, print_json, print_table
from nemoproxy.storage import PromptRow, VersionRow

org_option = click.option("--org", default="default", show_default=True, metavar="NAME", help="Whose it is.")


@click.group()
def prompts() -> None:
    """Prompt templates: texts in Jinja2 that become the system message of chat requests, kept with all their versions.
    What is done here works on running gateways within a second.

    \b
    Examples:
      nemoproxy prompts add support support.j2
      nemoproxy prompts activate support 2
      nemoproxy prompts assign support --team research
    """


@prompts.command()
@click.argument("slug")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@org_option
@click.option("--name", metavar="TEXT", help="What to call it besides. [default: the slug]")
@click.option("--author", metavar="NAME", help="Who wrote this version. [default: you]")
@click.option("--note", default="", metavar="TEXT", help="What is new in it.")
@click.option("--activate", "at_once", is_flag=True, help="Use this version from now on. The first one always is.")
@config_option
def add(
    slug: str,
    file: TextIO,
    org: str,
    name: str | None,
    author: str | None,
    note: str,
    at_once: bool,
    config_path: Path | None,
) -> None:
    """Save FILE (- is stdin) as a template, or as the next version of the one there is.

    \b
    Examples:
      nemoproxy prompts add support support.j2 --note 'shorter'
      echo 'Answer in {{ language }}.' | nemoproxy prompts add translator - --activate
    """
    from nemoproxy.prompts import InvalidTemplate
    from nemoproxy.prompts.language import compile_template

    try:
        text = file.read()
    except UnicodeDecodeError:
        raise Failure("The template is not UTF-8.") from None
    try:
        variables = compile_template(text).variables
    except InvalidTemplate as error:
        raise Failure(f"The template cannot be used: {error}.") from None
    with open_records(config_path) as (_, records):
        row, number = records.prompts.save(
            slug, text, org=org, name=name, author=_user() if author is None else author, note=note, activate=at_once
        )
    state = "active" if row.active == number else f"saved; version {row.active} is active"
    click.echo(f"Version {number} of {slug} is {state}.")
    click.echo(f"Its variables: {', '.join(variables) or 'none'}.", err=True)


@prompts.command("list")
@click.option("--org", metavar="NAME", help="Only of this organisation.")
@config_option
@json_option
def list_(org: str | None, config_path: Path | None, as_json: bool) -> None:
    """List the templates, and who is assigned which.

    \b
    Example:
      nemoproxy prompts list
    """
    with open_records(config_path) as (_, records):
        rows, called = records.prompts.all(org), names(records)
        given = records.prompts.assignments()
    who = {row.id: [f"{one.scope} {called[one.scope_id]}" for one in given if one.prompt_id == row.id] for row in rows}
    if as_json:
        print_json([{**_as_json(row), "org": called[row.org_id], "assigned_to": who[row.id]} for row in rows])
        return
    print_table(
        ("ID", "SLUG", "ORG", "ACTIVE", "VERSIONS", "ASSIGNED TO", "CREATED"),
        [
            (
                row.id,
                row.slug,
                called[row.org_id],
                str(row.active),
                str(len(row.versions)),
                ", ".join(who[row.id]) or "-",
                local_time(row.created_at),
            )
            for row in rows
        ],
        empty="No templates yet. `nemoproxy prompts add` saves one.",
    )


@prompts.command()
@click.argument("slug")
@click.option("--version", "number", type=int, metavar="N", help="This one's text. [default: the active one]")
@org_option
@config_option
@json_option
def show(slug: str, number: int | None, org: str, config_path: Path | None, as_json: bool) -> None:
    """Show a template: the text to stdout, its versions to stderr. SLUG may be an id.

    \b
    Examples:
      nemoproxy prompts show support
      nemoproxy prompts show support --version 1 > support.j2
    """
    with open_records(config_path) as (_, records):
        row = records.prompts.find(slug, org)
    if as_json:
        print_json({**_as_json(row), "versions": [_version_as_json(row, one) for one in row.versions]})
        return
    wanted = _version(row, row.active if number is None else number)
    for one in row.versions:
        mark = "*" if one.number == row.active else " "
        click.echo(f"{mark} {one.number:>3}  {local_time(one.created_at)}  {one.author}  {one.note}", err=True)
    click.echo(wanted.text, nl=not wanted.text.endswith("\n"))


@prompts.command()
@click.argument("slug")
@click.argument("number", type=int)
@org_option
@config_option
def activate(slug: str, number: int, org: str, config_path: Path | None) -> None:
    """Use a version from now on: a new one, or an old one again.

    \b
    Example:
      nemoproxy prompts activate support 1
    """
    with open_records(config_path) as (_, records):
        before = records.prompts.find(slug, org)
        row = records.prompts.activate(slug, number, org)
    click.echo(f"Version {row.active} of {row.slug} is active.")
    asked = [_variables(_version(one, one.active).text) for one in (row, before)]
    if more := sorted(asked[0].difference(asked[1])):
        click.echo(f"It has variables that version {before.active} had not: {', '.join(more)}.", err=True)


@prompts.command()
@click.argument("slug")
@click.argument("first", type=int)
@click.argument("second", type=int)
@org_option
@config_option
def diff(slug: str, first: int, second: int, org: str, config_path: Path | None) -> None:
    """Show what changed between two versions. Exits with 1 if anything did, as diff does.

    \b
    Example:
      nemoproxy prompts diff support 1 2
    """
    import difflib

    with open_records(config_path) as (_, records):
        row = records.prompts.find(slug, org)
    before, after = (_version(row, number).text.splitlines() for number in (first, second))
    lines = list(difflib.unified_diff(before, after, f"{row.slug}:{first}", f"{row.slug}:{second}", lineterm=""))
    for line in lines:
        click.secho(line, fg={"+": "green", "-": "red", "@": "cyan"}.get(line[:1]))
    sys.exit(1 if lines else 0)


@prompts.command()
@click.argument("slug", required=False)
@scope_options
@click.option("--none", "nothing", is_flag=True, help="Take back what is assigned.")
@config_option
def assign(
    slug: str | None, key: str | None, team: str | None, org: str | None, nothing: bool, config_path: Path | None
) -> None:
    """Give a key, a team or an organisation a template, for requests that name none. The key's comes before the
    team's, and that before the organisation's.

    \b
    Examples:
      nemoproxy prompts assign support --team acme/research
      nemoproxy prompts assign --none --key ci
    """
    if nothing == (slug is not None):
        raise click.UsageError("give a template, or --none")
    with open_records(config_path) as (_, records):
        scope, id = read_scope(records, key, team, org)
        called = names(records)
        records.prompts.assign(scope, id, slug, called[records.org_of(scope, id)])
    what = "no template of its own any more" if slug is None else f"the template {slug}"
    click.echo(f"The {scope} {called[id]} has {what}.")


@prompts.command()
@click.argument("slug")
@org_option
@config_option
def remove(slug: str, org: str, config_path: Path | None) -> None:
    """Take a template out of use. Its versions stay in the records; `prompts add` brings it back.

    \b
    Example:
      nemoproxy prompts remove support
    """
    with open_records(config_path) as (_, records):
        row = records.prompts.remove(slug, org)
    click.echo(f"{row.slug} is not used any more.")


def _variables(text: str) -> set[str]:
    from nemoproxy.prompts import InvalidTemplate
    from nemoproxy.prompts.language import compile_template

    try:
        return set(compile_template(text).variables)
    except InvalidTemplate:  # saved by another version of the gateway
        return set()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in many containers
        return ""


def _version(row: PromptRow, number: int) -> VersionRow:
    for one in row.versions:
        if one.number == number:
            return one
    raise Failure(f'"{row.slug}" has no version {number}.', f"it has 1 to {len(row.versions)}")


def _as_json(row: PromptRow) -> dict[str, object]:
    return {
        "id": row.id,
        "slug": row.slug,
        "name": row.name,
        "active_version_number": row.active,
        "version_count": len(row.versions),
        "created_at": json_time(row.created_at),
    }


def _version_as_json(row: PromptRow, one: VersionRow) -> dict[str, object]:
    return {
        "version_number": one.number,
        "active": one.number == row.active,
        "template": one.text,
        "author": one.author,
        "note": one.note,
        "created_at": json_time(one.created_at),
    }
