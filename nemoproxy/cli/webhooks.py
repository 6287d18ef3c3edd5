"""Webhooks: who is to hear of what happens, and what became of it."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from yarl import URL

from nemoproxy.cli.common import Failure, config_option, json_option, open_records
from nemoproxy.cli.output import json_time, local_time, print_json, print_table
from nemoproxy.cli.usage import read_moment
from nemoproxy.config import WebhookSettings
from nemoproxy.config.values import HeaderName, HeaderValue, parse
from nemoproxy.egress import Answer, Egress, EgressError
from nemoproxy.storage import EVENTS, Event, Records, Status, WebhookKind, WebhookRow, event_number, utc_now
from nemoproxy.webhooks import Sender, check_address, new_secret
from nemoproxy.webhooks.payload import TEST
from nemoproxy.webhooks.signing import is_secret

SLACK_HOST = "hooks.slack.com"
KINDS, STATUSES = [str(kind) for kind in WebhookKind], [str(status) for status in Status]


def read_header(value: str) -> tuple[str, str]:
    name, colon, text = value.partition(":")
    try:
        if not colon or name.lower().startswith("webhook-"):
            raise ValueError("expected a header that is not the gateway's own, as in 'Authorization: Bearer x'")
        return parse(HeaderName, name.strip()), parse(HeaderValue, text.strip())
    except ValueError as error:
        raise click.BadParameter(str(error)) from None  # not quoted: it may be a secret


def read_secret(value: str) -> str:
    if not is_secret(value):
        raise click.BadParameter("expected whsec_ and 24 to 64 bytes in base64")
    return value


def read_event(value: str) -> int:
    number = event_number(value)
    if number is None:
        raise click.BadParameter(f"{value!r} is not the id of an event, as `webhooks deliveries` shows them")
    return number


@click.group()
def webhooks() -> None:
    """Webhooks: send what happens to an address of yours, signed as Standard Webhooks says, or to Slack.

    \b
    Examples:
      nemoproxy webhooks add https://example.com/hooks/nemo --event budget.threshold --event credits.low
      nemoproxy webhooks test webhook_0a1b2c3d4e5f60718293
      nemoproxy webhooks deliveries --status dead
    """


@webhooks.command()
@click.argument("url")
@click.option("--kind", type=click.Choice(KINDS), help=f"[default: slack for {SLACK_HOST}, else webhook]")
@click.option("--event", "events", multiple=True, metavar="NAME", help="Only this event; repeat. [default: all]")
@click.option(
    "--org", metavar="NAME", help="Only events of this organisation. [default: of all, and the gateway's own]"
)
@click.option(
    "--header", "headers", multiple=True, type=read_header, metavar="'NAME: VALUE'", help="Sent along; repeat."
)
@click.option("--secret", type=read_secret, metavar="whsec_...", help="Sign with this one. [default: a new one]")
@config_option
@json_option
def add(
    url: str,
    kind: str | None,
    events: tuple[str, ...],
    org: str | None,
    headers: tuple[tuple[str, str], ...],
    secret: str | None,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """Add a webhook, and print the secret that its signatures are made with. It gets what happens from now on.

    The secret alone goes to stdout, all else to stderr. It is shown this once.

    \b
    Events:
      llm.error  budget.threshold  provider.outage  guardrail.triggered
      key.created  key.revoked  credits.low  credits.exhausted

    \b
    Examples:
      nemoproxy webhooks add https://example.com/hooks/nemo
      nemoproxy webhooks add https://hooks.slack.com/services/T0/B0/x --event provider.outage
      nemoproxy webhooks add https://acme.example/nemo --org acme --header 'Authorization: Bearer x'
    """
    with open_records(config_path) as (config, records):
        target = _checked(url, config.webhooks)
        row = records.webhooks.add(
            WebhookKind(kind or ("slack" if target.raw_host == SLACK_HOST else "webhook")),
            url,
            secret or new_secret(),
            org_id=None if org is None else records.find_org(org).id,
            events=events,
            headers=dict(headers),
        )
        signed = row.kind is WebhookKind.WEBHOOK
        if as_json:
            print_json({**_as_json(row), **({"secret": row.secrets[0].text} if signed else {})})
            return
    if signed:
        click.echo(row.secrets[0].text)
        click.echo("The secret is shown this once; `nemoproxy webhooks rotate` makes another.", err=True)
    click.echo(f"Its id is {row.id}. Try it: nemoproxy webhooks test {row.id}", err=True)


@webhooks.command("list")
@config_option
@json_option
def list_(config_path: Path | None, as_json: bool) -> None:
    """List the webhooks, oldest first. Of a Slack address only the host is shown: it is a password.

    \b
    Example:
      nemoproxy webhooks list
    """
    with open_records(config_path) as (_, records):
        rows, orgs = records.webhooks.all(), {org.id: org.name for org in records.list_orgs()}
    if as_json:
        print_json([_as_json(row) for row in rows])
        return
    print_table(
        ("ID", "KIND", "URL", "EVENTS", "ORG", "STATE", "CREATED"),
        [
            (
                row.id,
                row.kind,
                _shown(row),
                ", ".join(row.events or ("all",)),
                "all" if row.org_id is None else orgs.get(row.org_id, row.org_id),
                _state(row),
                local_time(row.created_at),
            )
            for row in rows
        ],
        empty="No webhooks yet. `nemoproxy webhooks add URL` adds one.",
    )


@webhooks.command()
@click.argument("webhook")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def remove(webhook: str, yes: bool, config_path: Path | None) -> None:
    """Remove a webhook, with what waits to be sent there.

    \b
    Example:
      nemoproxy webhooks remove webhook_0a1b2c3d4e5f60718293 --yes
    """
    with open_records(config_path) as (_, records):
        if not yes:
            if not sys.stdin.isatty():
                raise click.UsageError(f"removing {webhook} needs --yes where nobody can be asked")
            click.confirm(f"Remove {webhook}, and all that waits to be sent there?", abort=True)
        records.webhooks.remove(webhook)
    click.echo(f"Removed {webhook}.")


@webhooks.command()
@click.argument("webhook")
@click.option("--overlap", type=click.IntRange(0, 720), default=24, show_default=True, metavar="HOURS")
@config_option
def rotate(webhook: str, overlap: int, config_path: Path | None) -> None:
    """Sign with a new secret, and print it. For the hours of --overlap the old one signs as well: receivers that know
    either take what is sent.

    \b
    Examples:
      nemoproxy webhooks rotate webhook_0a1b2c3d4e5f60718293
      nemoproxy webhooks rotate webhook_0a1b2c3d4e5f60718293 --overlap 0    # the old one has leaked
    """
    with open_records(config_path) as (_, records):
        if records.webhooks.find(webhook).kind is WebhookKind.SLACK:
            raise Failure(
                "Messages to Slack are not signed.", "its address is the secret: add the new one, remove this"
            )
        row = records.webhooks.rotate(webhook, new_secret(), timedelta(hours=overlap))
    click.echo(row.secrets[0].text)
    click.echo("The secret is shown this once.", err=True)


@webhooks.command()
@click.argument("webhook")
@config_option
def enable(webhook: str, config_path: Path | None) -> None:
    """Send to a webhook again that was disabled, because its receiver had answered with 410.

    What it missed is not sent by itself: `nemoproxy webhooks replay WEBHOOK --since WHEN` does that.
    """
    with open_records(config_path) as (_, records):
        records.webhooks.enable(webhook)
    click.echo(f"{webhook} gets events again.")


@webhooks.command()
@click.argument("webhook")
@config_option
def test(webhook: str, config_path: Path | None) -> None:
    """Send a test event from here and now, once, and say what was answered. Exit code 1 if it was not a 2xx.

    \b
    Example:
      nemoproxy webhooks test webhook_0a1b2c3d4e5f60718293
    """
    with open_records(config_path) as (config, records):
        row = records.webhooks.find(webhook)
    event = Event(id=0, name=TEST, payload={"webhook_id": row.id, "org_id": row.org_id}, created_at=utc_now())
    try:
        answer = asyncio.run(_send(row, event, config.webhooks))
    except EgressError as error:
        raise Failure(f"{_shown(row)}: {error}.") from None
    if not 200 <= answer.status < 300:
        raise Failure(f"{_shown(row)} answered with status {answer.status}; 2xx would be well.")
    click.echo(f"{_shown(row)} answered with status {answer.status} to {event.message_id}.")


@webhooks.command()
@click.argument("webhook")
@click.option("--event", "event_id", type=read_event, metavar="ID", help="This event alone.")
@click.option("--since", type=read_moment, metavar="WHEN", help="All events since then, those it never got included.")
@config_option
def replay(webhook: str, event_id: int | None, since: datetime | None, config_path: Path | None) -> None:
    """Send again, under the same ids: the dead letters of a webhook, or what the options say.

    \b
    Examples:
      nemoproxy webhooks replay webhook_0a1b2c3d4e5f60718293
      nemoproxy webhooks replay webhook_0a1b2c3d4e5f60718293 --event evt_641d2a8b3c4d5_42
      nemoproxy webhooks replay webhook_0a1b2c3d4e5f60718293 --since 2027-01-31T18:00
    """
    if event_id is not None and since is not None:
        raise click.UsageError("--event or --since, not both")
    with open_records(config_path) as (_, records):
        count = records.deliveries.replay(webhook, utc_now(), event_id=event_id, since=since)
        disabled = records.webhooks.find(webhook).disabled_at is not None
    click.echo(f"{count} to be sent again.")
    if disabled:
        click.echo(f"The webhook is disabled; `nemoproxy webhooks enable {webhook}` lets them go.", err=True)


@webhooks.command()
@click.argument("webhook", required=False)
@click.option("--status", type=click.Choice(STATUSES), help="Only those.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), metavar="N")
@config_option
@json_option
def deliveries(webhook: str | None, status: str | None, limit: int, config_path: Path | None, as_json: bool) -> None:
    """Show what became of events, newest first.

    \b
    Example:
      nemoproxy webhooks deliveries --status dead
    """
    with open_records(config_path) as (_, records):
        rows = _deliveries(records, webhook, status, limit)
    if as_json:
        print_json(rows)
        return
    print_table(
        ("EVENT", "TYPE", "WEBHOOK", "STATUS", "ATTEMPTS", "NEXT", "LAST ANSWER"),
        [
            (
                row["id"],
                row["type"],
                row["webhook_id"],
                row["status"],
                str(row["attempts"]),
                row["next_at"] or "-",
                str(row["last_error"] or row["last_status"] or "-"),
            )
            for row in rows
        ],
        empty="Nothing was sent yet.",
    )


def _deliveries(records: Records, webhook: str | None, status: str | None, limit: int) -> list[dict[str, Any]]:
    if webhook is not None:
        records.webhooks.find(webhook)
    wanted = None if status is None else Status(status)
    return [
        {
            "id": row.message_id,
            "type": row.event,
            "webhook_id": row.webhook_id,
            "status": row.status,
            "attempts": row.attempts,
            "next_at": json_time(row.next_at) if row.status is Status.PENDING else None,
            "last_status": row.last_status,
            "last_error": row.last_error,
            "created_at": json_time(row.created_at),
        }
        for row in records.deliveries.list(webhook_id=webhook, status=wanted, limit=limit)
    ]


async def _send(row: WebhookRow, event: Event, settings: WebhookSettings) -> Answer:
    sender = Sender(Egress(), settings, utc_now)
    try:
        return await sender.post(row, event)
    finally:
        await sender.egress.close()


def _checked(url: str, settings: WebhookSettings) -> URL:
    try:
        return check_address(url, settings)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="URL") from None


def _shown(row: WebhookRow) -> str:
    """Without what may be a password in it."""
    url = URL(row.url)
    if row.kind is WebhookKind.SLACK:
        return f"{url.origin()}/..."
    return str(url.with_query(None)) + ("?..." if url.raw_query_string else "")


def _state(row: WebhookRow) -> str:
    if row.disabled_at is not None:
        return "disabled"
    return "paused" if row.paused_until is not None and row.paused_until > utc_now() else "live"


def _as_json(row: WebhookRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "url": _shown(row),
        "events": list(row.events or EVENTS),
        "org_id": row.org_id,
        "headers": sorted(row.headers),
        "state": _state(row),
        "created_at": json_time(row.created_at),
        "disabled_at": json_time(row.disabled_at),
    }
