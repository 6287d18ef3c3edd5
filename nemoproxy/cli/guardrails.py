"""Guardrails: trying them, listing them, and saying who has which."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nemoproxy.cli.common import Failure, config_option, json_option, names, open_records
from nemoproxy.cli.money import read_scope, scope_options
from nemoproxy.cli.output import print_json, print_table
from nemoproxy.config import Config, Guardrail, load, locate
from nemoproxy.config.problems import suggest

if TYPE_CHECKING:
    from nemoproxy._core import Finding
    from nemoproxy.guardrails import Compiled

FOUND = 3
"""The exit code when something was found."""
BUILT_IN = {
    "pii": Guardrail(detector="pii", action="redact"),
    "secrets": Guardrail(detector="secrets", action="redact"),
    "prompt-injection": Guardrail(detector="prompt_injection", action="log"),
}
"""What texts are tried with where nothing is configured."""


@click.group()
def guardrails() -> None:
    """Guardrails: what must not pass, in prompts and answers. They are set in the configuration.

    \b
    Examples:
      nemoproxy guardrails list
      nemoproxy guardrails test "my card is 4111 1111 1111 1111"
      nemoproxy guardrails assign pii --team research
    """


@guardrails.command("list")
@config_option
@json_option
def list_guardrails(config_path: Path | None, as_json: bool) -> None:
    """List the guardrails, and who has those that not everybody has.

    \b
    Example:
      nemoproxy guardrails list --json
    """
    configured = _configured(config_path)
    with open_records(config_path) as (_, records):
        assigned, called = records.guardrails.assignments(), names(records)
    who: dict[str, list[str]] = {id: [] for id in configured}
    for id, guardrail in configured.items():
        if guardrail.default_on:
            who[id].append("everybody")
        for scope, named in (("org", guardrail.orgs), ("team", guardrail.teams), ("key", guardrail.keys)):
            who[id] += [f"{scope} {name}" for name in named]
    for row in assigned:
        who.setdefault(row.guardrail, []).append(f"{row.scope} {called[row.scope_id]}")
    if as_json:
        print_json([_as_json(id, one, who[id]) for id, one in configured.items()])
        return
    print_table(
        ("ID", "DETECTOR", "MODE", "ACTION", "STATE", "WHO"),
        [
            (id, one.detector, one.mode, one.action, _state(one), ", ".join(who[id]) or "nobody")
            for id, one in configured.items()
        ],
        empty="No guardrails.",
    )


@guardrails.command("rules")
@click.argument("detector", type=click.Choice(["pii", "secrets"]))
@json_option
def list_rules(detector: str, as_json: bool) -> None:
    """List the rules of a detector: for `only`, `also` and `without`.

    \b
    Example:
      nemoproxy guardrails rules pii
    """
    from nemoproxy._core import guard_rules

    rules = guard_rules(detector)
    if as_json:
        print_json([{"rule": rule, "entity": entity, "on": on} for rule, entity, on in rules])
        return
    rows = [(rule, entity, "on" if on else "on request") for rule, entity, on in rules]
    print_table(("RULE", "ENTITY", "STATE"), rows, empty="No rules.")


@guardrails.command("test")
@click.argument("text", required=False)
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Read the text from a file.")
@click.option("--guardrail", "wanted", multiple=True, metavar="ID", help="Try only this one; may be given again.")
@click.option("--redacted", is_flag=True, help="Print the text as it would go on, and nothing else.")
@config_option
@json_option
def try_text(
    text: str | None,
    file: Path | None,
    wanted: tuple[str, ...],
    redacted: bool,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """Show what the guardrails find in a text: an argument, a file, or what comes in on stdin.

    Where no guardrails are configured, the built-in detectors are tried. Webhooks are not asked. Exits with 0 if
    nothing was found, with 3 if something was. Bytes are counted from 0; what was found is not shown.

    \b
    Examples:
      nemoproxy guardrails test "write to jane@example.com"
      git diff | nemoproxy guardrails test --guardrail secrets
    """
    from nemoproxy.guardrails import Compiled

    configured = _configured(config_path) or BUILT_IN
    for id in wanted:
        if id not in configured:
            raise Failure(f'There is no guardrail "{id}".', suggest(id, configured))
    chosen = {id: one for id, one in configured.items() if (id in wanted if wanted else one.enabled)}
    compiled = Compiled({id: one for id, one in chosen.items() if one.detector != "webhook"})
    content = _read(text, file)
    screening = compiled.policy.screen_text(content, (1 << len(compiled.ids)) - 1)
    if screening.failed:
        raise Failure("A detector failed.")
    rows = [_finding(found, compiled) for found in screening.findings]
    if redacted:
        click.echo(content if screening.body is None else screening.body.decode(), nl=False)
    elif as_json:
        print_json(rows)
    else:
        columns = ("GUARDRAIL", "RULE", "ENTITY", "ACTION", "BYTES")
        print_table(columns, [tuple(row.values()) for row in rows], empty="Nothing found.")
    sys.exit(FOUND if rows else 0)


@guardrails.command("assign")
@click.argument("guardrail")
@scope_options
@config_option
def assign(guardrail: str, key: str | None, team: str | None, org: str | None, config_path: Path | None) -> None:
    """Give a key, a team or an organisation a guardrail, on top of those it has.

    \b
    Example:
      nemoproxy guardrails assign pii --team acme/research
    """
    configured = _configured(config_path)
    if guardrail not in configured:
        raise Failure(
            f'There is no guardrail "{guardrail}".', suggest(guardrail, configured) or "add it to the configuration"
        )
    with open_records(config_path) as (_, records):
        scope, id = read_scope(records, key, team, org)
        records.guardrails.assign(guardrail, scope, id)
        click.echo(f"The {scope} {names(records)[id]} has the guardrail {guardrail}.")


@guardrails.command("unassign")
@click.argument("guardrail")
@scope_options
@config_option
def unassign(guardrail: str, key: str | None, team: str | None, org: str | None, config_path: Path | None) -> None:
    """Take back what `assign` gave.

    \b
    Example:
      nemoproxy guardrails unassign pii --team acme/research
    """
    with open_records(config_path) as (_, records):
        scope, id = read_scope(records, key, team, org)
        records.guardrails.unassign(guardrail, scope, id)
        click.echo(f"The {scope} {names(records)[id]} is not assigned the guardrail {guardrail} any more.")


def _configured(config_path: Path | None) -> dict[str, Guardrail]:
    config: Config = load(locate(config_path), only=("guardrails",))
    return config.guardrails


def _read(text: str | None, file: Path | None) -> str:
    if text is not None and file is not None:
        raise click.UsageError("give a text or --file, not both")
    if text is not None:
        return text
    raw = file.read_bytes() if file is not None else sys.stdin.buffer.read()
    return raw.decode("utf-8", "replace")


def _finding(found: Finding, compiled: Compiled) -> dict[str, str]:
    id, guardrail = compiled.ids[found.guardrail], compiled.guardrails[found.guardrail]
    action = f"{guardrail.action} (shadow)" if guardrail.shadow else guardrail.action
    return {"guardrail": id, "rule": found.rule, "entity": found.entity, "action": action, "bytes": found.place}


def _state(guardrail: Guardrail) -> str:
    if not guardrail.enabled:
        return "off"
    return ", ".join(word for word in ("shadow", "mandatory") if getattr(guardrail, word)) or "on"


def _as_json(id: str, guardrail: Guardrail, who: list[str]) -> dict[str, Any]:
    return {
        "id": id,
        "name": guardrail.name or id,
        "detector": guardrail.detector,
        "mode": guardrail.mode,
        "action": guardrail.action,
        "enabled": guardrail.enabled,
        "mandatory": guardrail.mandatory,
        "shadow": guardrail.shadow,
        "who": who,
    }
