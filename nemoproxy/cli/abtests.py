"""A/B tests: make, start, pause, complete, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from nemoproxy.abtests.arms import labels
from nemoproxy.abtests.verdict import Difference, Outcome, Sample, Verdict, judge
from nemoproxy.cli.common import config_option, json_option, open_records
from nemoproxy.cli.output import json_usd, local_time, print_json, print_table
from nemoproxy.config import AbTest, Variant, load, locate
from nemoproxy.config.values import Name, parse
from nemoproxy.money import format_usd
from nemoproxy.storage import Records, UnknownRecord, VariantSums

org_option = click.option("--org", default="default", show_default=True, metavar="NAME", help="Whose it is.")


def read_variant(value: str) -> tuple[str, Variant]:
    """`candidate=50,model=careful,template=support-v2`"""
    first, *rest = value.split(",")
    name, _, weight = first.partition("=")
    settings = dict(part.partition("=")[::2] for part in rest)
    try:
        parse(Name, name)
        variant = msgspec.convert({"weight": int(weight or "1"), **settings}, Variant)
    except (ValueError, msgspec.ValidationError):
        raise click.BadParameter(f"{value!r} is not NAME=WEIGHT[,model=ALIAS][,template=SLUG]") from None
    return name, variant


@click.group()
def abtests() -> None:
    """A/B tests: deal the requests for a model out to variants of model or prompt template, and compare what comes of
    them. Tests can be in the configuration as well (`ab_tests`); those are started and stopped there.

    \b
    Examples:
      nemoproxy abtests add shorter --model fast --variant now=50 --variant new=50,template=support-v2
      nemoproxy abtests start shorter
      nemoproxy abtests report shorter
    """


@abtests.command()
@click.argument("name")
@click.option("--model", required=True, metavar="ALIAS", help="Requests for this model take part.")
@click.option(
    "--variant",
    "variants",
    type=read_variant,
    multiple=True,
    required=True,
    metavar="NAME=WEIGHT,...",
    help="With model=ALIAS, template=SLUG, or neither. The first is what the others are compared to.",
)
@click.option(
    "--sticky",
    type=click.Choice(["user", "key", "request"]),
    default="user",
    show_default=True,
    help="What stays with its variant: the request's user, else its key; the key; nothing.",
)
@org_option
@config_option
def add(
    name: str, model: str, variants: tuple[tuple[str, Variant], ...], sticky: Any, org: str, config_path: Path | None
) -> None:
    """Make a test, as a draft. What it compares cannot be changed later; make another one.

    \b
    Example:
      nemoproxy abtests add cheaper --model fast --variant now=90 --variant new=10,model=careful
    """
    test = AbTest(model=model, org=org, sticky=sticky, variants=dict(variants))
    with open_records(config_path) as (_, records):
        records.ab_tests.add(name, test)
    click.echo(f"The test {name} is a draft; `nemoproxy abtests start {name}` starts it.")


@abtests.command("list")
@config_option
@json_option
def list_(config_path: Path | None, as_json: bool) -> None:
    """List the tests, those of the configuration first.

    \b
    Example:
      nemoproxy abtests list
    """
    with open_records(config_path) as (_, records):
        rows = records.ab_tests.all()
    tests = [(name, test, "configuration") for name, test in _configured(config_path).items()]
    tests += [(row.name, row.test, local_time(row.created_at)) for row in rows]
    if as_json:
        print_json([{"name": name, **msgspec.to_builtins(test)} for name, test, _ in tests])
        return
    print_table(
        ("NAME", "ORG", "MODEL", "STATE", "VARIANTS", "MADE"),
        [
            (name, test.org, test.model, test.state, ", ".join(_shown(test.variants)), made)
            for name, test, made in tests
        ],
        empty="No A/B tests.",
    )


def _set_state(name: str, state: Any, org: str, config_path: Path | None) -> None:
    with open_records(config_path) as (_, records):
        records.ab_tests.set_state(name, state, org)
    click.echo(f"The test {name} is {state}.")


@abtests.command()
@click.argument("name")
@org_option
@config_option
def start(name: str, org: str, config_path: Path | None) -> None:
    """Start a test, or go on with one that is paused. For a model one runs at a time.

    \b
    Example:
      nemoproxy abtests start shorter
    """
    _set_state(name, "running", org, config_path)


@abtests.command()
@click.argument("name")
@org_option
@config_option
def pause(name: str, org: str, config_path: Path | None) -> None:
    """Pause a test: requests are what they would be without it. Started again, everybody has the variant of before.

    \b
    Example:
      nemoproxy abtests pause shorter
    """
    _set_state(name, "paused", org, config_path)


@abtests.command()
@click.argument("name")
@org_option
@config_option
def complete(name: str, org: str, config_path: Path | None) -> None:
    """End a test for good. Its report stays.

    \b
    Example:
      nemoproxy abtests complete shorter
    """
    _set_state(name, "completed", org, config_path)


@abtests.command()
@click.argument("name")
@org_option
@config_option
@json_option
def report(name: str, org: str, config_path: Path | None, as_json: bool) -> None:
    """What came of each variant, and what that proves. You may look as often as you like: that does not make a
    difference appear where there is none.

    \b
    Example:
      nemoproxy abtests report shorter
    """
    with open_records(config_path) as (_, records):
        verdict = _judged(records, name, org, config_path)
    if as_json:
        print_json(_as_json(verdict))
        return
    print_table(
        ("VARIANT", "REQUESTS", "ERRORS", "ERROR RATE", "MEAN LATENCY", "MEAN COST", "COST"),
        [
            (
                one.variant,
                str(one.requests),
                str(one.errors),
                f"{one.figure('error rate').mean:.2%}",
                f"{one.latency.mean / 1000:.0f} ms",
                f"{format_usd(round(one.cost.mean))} USD",
                f"{format_usd(round(one.cost.total))} USD",
            )
            for one in verdict.outcomes
        ],
        empty="No variants.",
    )
    click.echo()
    for found in verdict.differences:
        change, low, high = (_figure(found.figure, value) for value in (found.change, found.low, found.high))
        against = verdict.outcomes[0].variant
        click.echo(f"{found.variant} against {against}, {found.figure}: {change} (between {low} and {high})")
    click.echo(f"Shares: {'as the weights say' if verdict.shares >= 0.001 else 'NOT as the weights say'} "
               f"(p = {verdict.shares:.3g})")  # fmt: skip
    click.echo(verdict.answer)


def _judged(records: Records, name: str, org: str, config_path: Path | None) -> Verdict:
    test = _configured(config_path).get(name)
    if test is None or test.org != org:
        try:
            test = records.ab_tests.find(name, org).test
        except UnknownRecord as error:
            raise UnknownRecord(error.message, error.hint or "`nemoproxy abtests list` shows them all") from None
    by_label = labels(name, test.variants)
    sums = records.ab_tests.sums(records.find_org(org).id, list(by_label))
    outcomes = [_outcome(variant, sums.get(label)) for label, variant in by_label.items()]
    return judge(outcomes, {variant: one.weight for variant, one in test.variants.items()})


def _configured(config_path: Path | None) -> Mapping[str, AbTest]:
    return load(locate(config_path), only=("ab_tests",)).ab_tests


def _outcome(variant: str, sums: VariantSums | None) -> Outcome:
    if sums is None:
        return Outcome(variant, 0, 0, Sample(), Sample())
    latency = Sample(sums.answered, sums.latency, sums.latency_squares)
    return Outcome(variant, sums.requests, sums.errors, latency, Sample(sums.requests, sums.cost, sums.cost_squares))


def _shown(variants: Mapping[str, Variant]) -> list[str]:
    whole = sum(one.weight for one in variants.values())
    return [f"{name} {one.weight / whole:.0%}" for name, one in variants.items()]


def _figure(name: str, value: float) -> str:
    if name == "error rate":
        return f"{value:+.2%}"
    return f"{value / 1000:+.1f} ms" if name == "latency" else f"{value / 10**10:+.8f} USD"


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "variants": [
            {
                "variant": one.variant,
                "requests": one.requests,
                "errors": one.errors,
                "mean_latency_ms": one.latency.mean / 1000,
                "cost": json_usd(round(one.cost.total)),
            }
            for one in verdict.outcomes
        ],
        "share_p": verdict.shares,
        "differences": [_difference(one) for one in verdict.differences],
        "answer": verdict.answer,
    }


def _difference(one: Difference) -> dict[str, Any]:
    scale = {"error rate": 1.0, "latency": 1000.0, "cost": 1e10}[one.figure]
    numbers = {name: getattr(one, name) / scale for name in ("change", "low", "high")}
    return {"variant": one.variant, "figure": one.figure, **numbers, "shown": one.shown}
