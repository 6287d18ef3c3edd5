"""How the targets of a running gateway are: it alone knows, so it is asked, with a key as any client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import click

from nemoproxy.cli.common import Failure, config_option, json_option
from nemoproxy.cli.output import print_json, print_table
from nemoproxy.config import load, locate

TIMEOUT_S = 10
COLUMNS = ("TARGET", "STATE", "BACK IN", "UNDER WAY", "FIRST BYTE")
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


@click.command()
@config_option
@click.option(
    "--url",
    envvar="NEMOROUTER_BASE_URL",
    show_envvar=True,
    metavar="URL",
    help="Of the gateway; otherwise as configured.",
)
@click.option(
    "--key",
    envvar="NEMOROUTER_API_KEY",
    show_envvar=True,
    required=True,
    metavar="KEY",
    help="Any key of that gateway.",
)
@json_option
def providers(config_path: Path | None, url: str | None, key: str, as_json: bool) -> None:
    """Show how the targets of a running gateway are: whether calls go there, and how soon they answer.

    A target is "admitting" when calls go there, "shut" when it is left alone for a while because it failed, and
    "probing" when one call is finding out whether it is well again.

    \b
    Examples:
      NEMOROUTER_API_KEY=sk-nemo-... nemoproxy providers
      nemoproxy providers --url http://10.0.0.5:8080/v1 --json
    """
    targets = _ask(url or _configured(config_path), key)
    if as_json:
        print_json(targets)
    else:
        print_table(COLUMNS, map(_row, targets), empty="It has no targets.")


def _row(target: dict[str, Any]) -> tuple[str, ...]:
    back, first_byte = target["able_in_s"], target["first_byte_s"]
    return (
        f"{target['provider']}/{target['model']}",
        target["state"],
        f"{back:.1f} s" if back else "-",
        str(target["in_flight"]),
        f"{first_byte * 1000:.0f} ms" if first_byte else "-",
    )


def _configured(config_path: Path | None) -> str:
    server = load(locate(config_path), only=("server",)).server
    return f"http://{_ANYWHERE.get(server.host, server.host)}:{server.port}/v1"


class _NoRedirects(HTTPRedirectHandler):
    """The key is for who was asked, and not for whom that names."""

    def redirect_request(self, *_: object) -> None:
        return None


def _ask(url: str, key: str) -> list[dict[str, Any]]:
    where = f"{url.rstrip('/')}/health/providers"
    if not where.startswith(("http://", "https://")):
        raise Failure(f'"{url}" is not a URL of a gateway', "write http://127.0.0.1:8080/v1")
    request = Request(where, headers={"authorization": f"Bearer {key}"})  # noqa: S310  checked above
    try:
        with build_opener(ProxyHandler({}), _NoRedirects).open(request, timeout=TIMEOUT_S) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]
    except HTTPError as error:
        hint = "give a key of that gateway with --key" if error.code == 401 else None
        raise Failure(f"the gateway at {url} answered with status {error.code}", hint) from None
    except (URLError, OSError) as error:
        raise Failure(
            f"no gateway answers at {url} ({getattr(error, 'reason', error)})", "say where with --url"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise Failure(f"what answers at {url} is not a gateway", "say where it is with --url") from None
    return found
