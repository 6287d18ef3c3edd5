"""The command line. Each command is imported when it is called: `serve` loads nothing that it does not use.

| module | commands |
| --- | --- |
| `serving` | serve, check, mock, version |
| `keys` | keys create, list, show, revoke |
| `tenants` | teams set, list; orgs set, list |
| `money` | credits grant, balance, history, verify; budgets set, list, remove |
| `usage` | usage report |
| `guardrails` | guardrails test, list, rules, assign, unassign |
| `webhooks` | webhooks add, list, remove, rotate, enable, test, replay, deliveries |
| `importing` | import litellm |
| `common` | options that commands share, and how failures are shown |
| `prompts` | prompts add, list, show, activate, diff, assign, remove |
| `abtests` | abtests add, list, start, pause, complete, report |
| `output` | tables, JSON and times |
"""

from __future__ import annotations

import importlib
from typing import Any

import click

from nemoproxy.cli.common import show_failures
from nemoproxy.config.problems import suggest

_COMMANDS = {
    "Run the gateway": {
        "serve": ("nemoproxy.cli.serving:serve", "Run the gateway."),
        "check": ("nemoproxy.cli.serving:check", "Check the configuration and show what it comes to."),
        "import": ("nemoproxy.cli.importing:import_", "Take over another gateway's configuration."),
        "mock": ("nemoproxy.cli.serving:mock", "Run a provider that answers without a model, to try things out."),
        "version": ("nemoproxy.cli.serving:version", "Show the versions of the package, its core and Python."),
    },
    "Say who may use it": {
        "keys": ("nemoproxy.cli.keys:keys", "Make, list and revoke virtual keys."),
        "teams": ("nemoproxy.cli.tenants:teams", "Teams: what their keys may use together."),
        "orgs": ("nemoproxy.cli.tenants:orgs", "Organisations: what their teams may use together."),
    },
    "Say what may pass": {
        "guardrails": (
            "nemoproxy.cli.guardrails:guardrails",
            "What prompts and answers are searched for: try, list, assign.",
        ),
    },
    "Say what is asked": {
        "prompts": ("nemoproxy.cli.prompts:prompts", "Prompt templates and their versions."),
        "abtests": ("nemoproxy.cli.abtests:abtests", "A/B tests of models and prompts, and what came of them."),
    },
    "Say what it may cost": {
        "credits": ("nemoproxy.cli.money:credits_", "What organisations have: give, show, check."),
        "budgets": ("nemoproxy.cli.money:budgets", "What a key, a team or an organisation may spend in a period."),
        "usage": ("nemoproxy.cli.usage:usage", "What requests came to, by key, team, model or day."),
    },
    "Hear of what happens": {
        "webhooks": ("nemoproxy.cli.webhooks:webhooks", "Where events are sent, and what became of them."),
    },
}
_PLACES = {name: command for section in _COMMANDS.values() for name, command in section.items()}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _PLACES:
            return None
        module, _, name = _PLACES[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _PLACES and not args[0].startswith("-"):
            ctx.fail(f'There is no command "{args[0]}"; {suggest(args[0], _PLACES)}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in _COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, text) for name, (_, text) in commands.items()])

    def invoke(self, ctx: click.Context) -> Any:
        with show_failures():
            return super().invoke(ctx)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """NemoProxy: a self-hosted gateway that speaks the OpenAI API. One key, one base URL, every model.

    \b
    Start:
      export OPENAI_API_KEY=sk-...       the provider's key stays here
      nemoproxy keys create --alias me   prints a key for the caller, once
      nemoproxy serve                    http://127.0.0.1:8080/v1

    Settings are in nemoproxy.yaml, if there is one; `nemoproxy check` shows what they come to.
    """


def main() -> None:
    cli(prog_name="nemoproxy")
