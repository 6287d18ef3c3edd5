"""Taking over what another gateway was configured with."""

from __future__ import annotations

import re
from pathlib import Path

import click
import yaml

from nemoproxy.cli.common import Failure
from nemoproxy.config.litellm import Imported, NotLiteLLM, convert


@click.group(name="import")
def import_() -> None:
    """Turn another gateway's configuration into one for this gateway.

    \b
    Example:
      nemoproxy import litellm config.yaml --out nemoproxy.yaml
    """


@import_.command()
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write there; a new file.")
def litellm(source: Path, out: Path | None) -> None:
    """Turn a LiteLLM proxy's config.yaml into one for this gateway.

    The configuration goes to stdout, or to --out; what could not be carried over, and why, to stderr. Secrets are not
    copied: they become references to environment variables, and stderr says which to set.

    \b
    Examples:
      nemoproxy import litellm config.yaml
      nemoproxy import litellm config.yaml --out nemoproxy.yaml && nemoproxy check
    """
    made = _converted(source)
    text = _written(made, source.name)
    if out is None:
        click.echo(text, nl=False)
    else:
        try:
            with out.open("x") as file:
                file.write(text)
        except FileExistsError:
            raise Failure(f"{out} is there already", "say another file, or move it away") from None
        except OSError as error:
            raise Failure(f"{out} cannot be written: {error.strerror}") from None
    _report(made)


def _converted(source: Path) -> Imported:
    try:
        return convert(yaml.safe_load(source.read_bytes()))
    except OSError as error:
        raise Failure(f"{source} cannot be read: {error.strerror}") from None
    except NotLiteLLM as error:
        raise Failure(f"{source} is no configuration of LiteLLM's: {error}") from None
    except (yaml.YAMLError, UnicodeError, RecursionError):
        # What the parser says quotes the file, secrets and all.
        raise Failure(f"{source} is not valid YAML") from None


class _Writer(yaml.SafeDumper):
    """Short texts plain, also those that look like numbers: settings are read by their types."""


def _plain(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    kind = "str"
    if re.fullmatch(r"0|[1-9][0-9]*", text):
        kind = "int"
    elif re.fullmatch(r"[0-9]+\.[0-9]+", text):
        kind = "float"
    return writer.represent_scalar(f"tag:yaml.org,2002:{kind}", text)


_Writer.add_representer(str, _plain)


def _written(made: Imported, name: str) -> str:
    head = [f"# Made of LiteLLM's {name} by `nemoproxy import litellm`; `nemoproxy check` shows what it comes to."]
    if made.variables:
        head += ["# Needs these variables in the environment:", *(f"#   {variable}" for variable in made.variables)]
    body: str = yaml.dump(made.config, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=120)
    return "\n".join(head) + "\n\n" + body


def _report(made: Imported) -> None:
    models, providers = len(made.config["models"]), len(made.config["providers"])
    click.echo(f"Carried over: models: {models}, providers: {providers}.", err=True)
    _section("Set in the environment:", [f"{name}: {what}" for name, what in made.variables.items()])
    _section("Not carried over:", [f"{place}: {reason}" for place, reason in made.left])
    _section("To know:", made.remarks)


def _section(title: str, lines: list[str]) -> None:
    if lines:
        click.echo("\n".join(["", title, *(f"  {line}" for line in lines)]), err=True)
