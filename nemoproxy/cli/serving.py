"""Running the gateway, and looking at what it would run with."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from nemoproxy.cli.common import Failure, config_option
from nemoproxy.cli.output import print_fields, show_limits
from nemoproxy.config import Config, Provider, load, locate


@click.command()
@config_option
@click.option("--host", metavar="ADDRESS", help="Listen there instead of server.host; 0.0.0.0 is every interface.")
@click.option("--port", type=click.IntRange(0, 65_535), metavar="N", help="Listen there instead of server.port.")
def serve(config_path: Path | None, host: str | None, port: int | None) -> None:
    """Run the gateway until it is told to stop (Ctrl-C, or SIGTERM); requests under way may finish first.

    Without a file, the providers are those whose keys are in the environment (OPENAI_API_KEY, GROQ_API_KEY, ...). With
    none at all a mock answers, so that everything can be tried.

    \b
    Examples:
      nemoproxy serve
      nemoproxy serve --config /etc/nemoproxy.yaml --host 0.0.0.0
    """
    path = locate(config_path)
    config = load(path)
    given: dict[str, Any] = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    config = replace(config, server=replace(config.server, **given))
    from nemoproxy.server import launch

    try:
        launch.serve(config, lambda: load(path, only=("guardrails",)))
    except launch.StartError as error:
        raise Failure(str(error), error.hint) from None


@click.command()
@config_option
def check(config_path: Path | None) -> None:
    """Check the configuration, show what it comes to, and say all that is wrong with it. No secret is shown.

    Exits with 0 if the gateway would start with it, else with 1.

    \b
    Examples:
      nemoproxy check
      nemoproxy check --config staging.yaml && nemoproxy serve --config staging.yaml
    """
    path = locate(config_path)
    config = load(path)
    print_fields({"configuration": str(path) if path else "none; defaults and the environment"} | _summary(config))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Listen there.")
@click.option("--port", default=9090, show_default=True, type=click.IntRange(0, 65_535), metavar="N")
def mock(host: str, port: int) -> None:
    """Run a provider that answers without a model: streams, usage and all. For trying things out and for load tests.

    \b
    Example, in two terminals:
      nemoproxy mock
      OPENAI_BASE_URL=http://127.0.0.1:9090/v1 nemoproxy serve
    """
    import nemoproxy.mock

    nemoproxy.mock.run(host, port)


@click.command()
def version() -> None:
    """Show the versions of the package, its compiled core and Python: what a bug report needs."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        package = installed("nemoproxy")
    except PackageNotFoundError:
        package = "not installed"
    try:
        from nemoproxy import _core

        core = _core.__version__
    except ImportError:
        core = "not built"
    python = (
        f"{platform.python_version()} ({platform.python_implementation()}, {platform.system()} {platform.machine()})"
    )
    print_fields({"nemoproxy": package, "core": core, "python": python})


def _summary(config: Config) -> dict[str, str]:
    """The settings that decide what happens, in words."""
    storage, server, limits = config.storage, config.server, config.limits
    return {
        "listens on": f"{server.host}:{server.port}",
        "records": str(storage.url),
        "pepper": "as configured" if storage.pepper else f"in {storage.pepper_file}",
        **{f"provider {name}": _provider(provider) for name, provider in config.providers.items()},
        **({} if config.providers else {"providers": "none; `nemoproxy serve` starts a mock"}),
        **{
            f"model {alias}": ", then ".join(f"{target.provider}/{target.model or '*'}" for target in model.targets)
            + (f", by {model.strategy}" if model.strategy != "priority" else "")
            + (f", counted as {model.encoding}" if model.encoding else "")
            for alias, model in config.models.items()
        },
        **{f"tier {name}": show_limits(tier, "no limits") for name, tier in config.tiers.items()},
        "default tier": limits.default_tier,
        "default team": show_limits(limits.team, "no limits"),
        "default org": show_limits(limits.org, "no limits"),
        **{f"guardrail {id}": f"{one.detector}, {one.action}, {one.mode}" for id, one in config.guardrails.items()},
    }


def _provider(provider: Provider) -> str:
    keys = f"with {len(provider.api_keys)} keys" if provider.api_keys else "without a key"
    parts = [provider.base_url or "", "with a key" if provider.api_key else keys]
    if provider.kind != "openai":
        parts.append(f"spoken to as {provider.kind}")
    if provider.headers:
        parts.append(f"headers {', '.join(provider.headers)}")
    return ", ".join(parts)
