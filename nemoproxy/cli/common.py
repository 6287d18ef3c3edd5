"""Options that commands share, and how failures are shown: on stderr, with what mends them. Exit code 1; 2 is for a
command that was not written right."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nemoproxy.config import Config, ConfigError, load, locate
from nemoproxy.money import parse_usd

if TYPE_CHECKING:
    from nemoproxy.storage import Records

Command = Callable[..., Any]

config_option = click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Settings to use. Otherwise $NEMOPROXY_CONFIG, or ./nemoproxy.yaml if there is one.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs to read.")


class Failure(click.ClickException):
    """An expected failure: what is wrong, and what to do about it."""

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    def show(self, file: Any = None) -> None:
        click.secho(f"Error: {self.message}", fg="red", err=True)
        if self.hint:
            click.echo(f"Hint: {self.hint}", err=True)


@contextmanager
def show_failures() -> Iterator[None]:
    """Turns the package's own errors into `Failure`."""
    try:
        yield
    except ConfigError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        count = "one thing" if len(error.problems) == 1 else f"{len(error.problems)} things"
        raise Failure(f"{count} to mend in the configuration\n{lines}") from None
    except Exception as error:
        # Asked for by name only if there is one: most commands never load the storage.
        storage = sys.modules.get("nemoproxy.storage.errors")
        if storage is not None and isinstance(error, storage.StorageError):
            raise Failure(error.message, error.hint) from None
        raise


@contextmanager
def open_records(config_path: Path | None) -> Iterator[tuple[Config, Records]]:
    """The records that the configuration names, and as much of it as they need: no provider's key has to be at hand."""
    from nemoproxy.storage import Records, read_pepper

    config = load(locate(config_path), only=("storage", "tiers", "limits", "credits", "webhooks"))
    pepper, grant = read_pepper(config.storage), config.credits.signup_grant
    with Records.open(config.storage.url.reveal(), pepper, signup_grant=grant) as records:
        yield config, records


def names(records: Records) -> dict[str, str]:
    """What to call keys, teams and organisations, by id: `ci`, `acme/research`, or `research` in the default one."""
    orgs = {row.id: row.name for row in records.list_orgs()}
    found = {row.id: row.alias or f"sk-nemo-...{row.last4}" for row in records.list_keys(revoked=True)}
    for row in records.list_teams():
        org = orgs[row.org_id]
        found[row.id] = row.name if org == "default" else f"{org}/{row.name}"
    return found | orgs


def read_usd(value: str) -> int:
    """Units of `nemoproxy.money`."""
    try:
        return parse_usd(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r}: {error}") from None


def read_limit(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 13 or int(value) == 0:
        raise click.BadParameter(f"{value!r} is not a whole number above 0")
    return int(value)


def read_limit_or_none(value: str) -> int | str:
    """`none` takes a limit away. It stays a word here: None is an option that was not given."""
    return "none" if value == "none" else read_limit(value)


def limit_options(*, clearable: bool) -> Callable[[Command], Command]:
    kind = read_limit_or_none if clearable else read_limit
    options = [
        click.option("--rpm", type=kind, metavar="N", help="Requests per minute."),
        click.option("--tpm", type=kind, metavar="N", help="Tokens per minute."),
        click.option("--tps", type=kind, metavar="N", help="Requests per second."),
        click.option("--concurrency", type=kind, metavar="N", help="Requests at a time."),
    ]

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
