"""File and environment into one checked `Config`."""

from __future__ import annotations

import difflib
import os
import ssl
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, get_type_hints

from msgspec.structs import replace
from yaml.nodes import MappingNode

from nemoproxy.config.discovery import BASE_URLS, KNOWN_PROVIDERS, SERVICES, default_models, discover
from nemoproxy.config.document import Document
from nemoproxy.config.guardrails import check_guardrails
from nemoproxy.config.model import BUILT_IN_TIERS, Config, Model, Provider
from nemoproxy.config.problems import ConfigError, Problem, suggest
from nemoproxy.config.reading import MISSING, Reader
from nemoproxy.config.values import Pepper, parse

DEFAULT_FILE = Path("nemoproxy.yaml")
FILE_VARIABLE = "NEMOPROXY_CONFIG"
PEPPER_VARIABLE = "NEMOPROXY_PEPPER"


def locate(option: Path | None, environ: Mapping[str, str] | None = None) -> Path | None:
    """The file to read: what the caller was told, else $NEMOPROXY_CONFIG, else ./nemoproxy.yaml if there is one."""
    environ = os.environ if environ is None else environ
    if option is not None:
        return option
    if environ.get(FILE_VARIABLE):
        return Path(environ[FILE_VARIABLE])
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def load(path: Path | None, environ: Mapping[str, str] | None = None, *, only: Collection[str] | None = None) -> Config:
    """Reads a file (or none) over the defaults, in the light of the environment. Raises `ConfigError`.

    `only` names the sections to read, for a command that needs no more: that a provider's key is not at hand must not
    keep anybody from revoking a virtual key.
    """
    environ = os.environ if environ is None else environ
    wanted = Config.__struct_fields__ if only is None else only
    document = Document.parse(path, environ) if path else Document("defaults", MappingNode("", []), environ)
    given = _read_sections(document, wanted)
    from_file = bool(given.get("providers"))
    _discover_into(given, environ, wanted, document.problems)

    given["tiers"] = {**BUILT_IN_TIERS, **given.get("tiers", {})}
    if "limits" in wanted:
        _check_tier(document, given)
    if "models" in wanted:
        _check_targets(document, given, from_file)
        given["models"] = {alias: _named(alias, model) for alias, model in given["models"].items()}
    _check_ab_tests(document, given)
    for name, provider in given.get("providers", {}).items():
        if provider is not MISSING:
            given["providers"][name] = _checked_provider(document, name, provider)
    check_guardrails(document, given.get("guardrails", {}))
    if document.problems:
        raise ConfigError(document.problems)
    return Config(**given)


def _read_sections(document: Document, wanted: Collection[str]) -> dict[str, Any]:
    """The sections of the file by name; one that is wrong is left out, or has MISSING among its entries."""
    for key, node in document.root.value:
        if key.value in wanted:
            document.fill_in(node, (str(key.value),))
    reader = Reader(document, bases={"providers": KNOWN_PROVIDERS, "tiers": BUILT_IN_TIERS})
    kinds = get_type_hints(Config, include_extras=True)
    given = {}
    for name, node in reader.entries(document.root, ()):
        if name not in kinds:
            document.fail((name,), "no such section", suggest(name, kinds), node=node)
        elif name in wanted:
            given[name] = reader.read(node, kinds[name], (name,))
    return {name: value for name, value in given.items() if value is not MISSING}


def _discover_into(
    given: dict[str, Any], environ: Mapping[str, str], wanted: Collection[str], problems: list[Problem]
) -> None:
    """What the file leaves to the environment: the pepper, and the providers if it names none."""
    if "providers" in wanted and not given.get("providers"):
        given["providers"], found = discover(environ)
        problems += found
    if "models" in wanted and not given.get("models"):
        given["models"] = default_models(given.get("providers", {}))
    storage = given.get("storage", Config().storage)
    if "storage" in wanted and storage.pepper is None and environ.get(PEPPER_VARIABLE):
        try:
            given["storage"] = replace(storage, pepper=parse(Pepper, environ[PEPPER_VARIABLE]))
        except ValueError as error:
            problems.append(Problem(file="environment", line=None, path=PEPPER_VARIABLE, message=str(error)))


def _named(alias: str, model: Model) -> Model:
    """With each target's model filled in, but where a `*` is to stand for it."""
    if model is MISSING or alias.endswith("*"):
        return model
    return replace(model, targets=tuple(replace(target, model=target.model or alias) for target in model.targets))


def _check_targets(document: Document, given: dict[str, Any], from_file: bool) -> None:
    providers = given.get("providers", {})
    if any(problem.path == "providers" for problem in document.problems):
        return
    for alias, model in given["models"].items():
        for index, target in enumerate(() if model is MISSING else model.targets):
            if target.provider in providers:
                continue
            if target.provider in SERVICES and not from_file:
                hint = f"set {SERVICES[target.provider].variable}, or add it under providers"
            else:
                hint = suggest(target.provider, providers) or "add it under providers"
            document.fail(("models", alias, "targets", index, "provider"), f'no provider "{target.provider}"', hint)


def _check_ab_tests(document: Document, given: dict[str, Any]) -> None:
    running: dict[tuple[str, str], str] = {}
    for name, test in given.get("ab_tests", {}).items():
        if test is MISSING or MISSING in test.variants.values():
            continue
        if len(test.variants) < 2:
            document.fail(("ab_tests", name, "variants"), "a test has two variants or more")
        if test.state == "running":
            other = running.setdefault((test.org, test.model), name)
            if other != name:
                document.fail(("ab_tests", name, "state"), f'"{other}" runs for {test.model} already', "pause one")
        for variant, one in test.variants.items():
            models = given.get("models")
            if one.model is not None and models is not None and not _is_known(one.model, models):
                place = ("ab_tests", name, "variants", variant, "model")
                document.fail(place, f'no model "{one.model}"', suggest(one.model, models))


def _is_known(name: str, models: Collection[str]) -> bool:
    return name in models or any(alias.endswith("*") and name.startswith(alias[:-1]) for alias in models)


def _check_tier(document: Document, given: dict[str, Any]) -> None:
    tier = (given.get("limits", Config().limits)).default_tier
    if tier not in given["tiers"]:
        document.fail(("limits", "default_tier"), f'no tier "{tier}"', suggest(tier, given["tiers"]))


_CREDENTIALS = {"openai": "authorization", "anthropic": "x-api-key", "gemini": "x-goog-api-key"}
"""The headers that keys are sent in."""


def _checked_provider(document: Document, name: str, provider: Provider) -> Provider:
    if provider.base_url is None and provider.kind in BASE_URLS:
        provider = replace(provider, base_url=BASE_URLS[provider.kind])
    if provider.base_url is None:
        close = difflib.get_close_matches(name, KNOWN_PROVIDERS, n=1)
        hint = f'did you mean "{close[0]}"?' if close else f"only these need none: {', '.join(KNOWN_PROVIDERS)}"
        document.fail(("providers", name, "base_url"), "is missing", hint)
    if provider.ca_file is not None:
        try:
            ssl.create_default_context(cafile=provider.ca_file)
        except ssl.SSLError:
            document.fail(("providers", name, "ca_file"), f'no certificate in "{provider.ca_file}"', "it is to be PEM")
        except OSError:
            document.fail(("providers", name, "ca_file"), f'no file that can be read at "{provider.ca_file}"')
    header = _CREDENTIALS[provider.kind]
    has_key = provider.api_key is not None or bool(provider.api_keys)
    if has_key and any(each.lower() == header for each in provider.headers):
        document.fail(
            ("providers", name, "headers"), f"sets {header.title()}, and so does api_key", "leave one of the two out"
        )
    if provider.api_key is not None and provider.api_keys:
        document.fail(("providers", name, "api_keys"), "stands beside api_key", "leave one of the two out")
    return provider
