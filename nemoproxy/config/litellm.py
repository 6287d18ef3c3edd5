"""A LiteLLM proxy's configuration as one of ours, as far as it goes, with a list of what did not go.

No secret is carried along: one that stands in the file becomes a reference to a variable of the environment. What the
result holds is plain data that `yaml` can write, and it is for people to read on: names are short, defaults left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, get_args
from urllib.parse import urlsplit

from nemoproxy.config.discovery import BASE_URLS, KNOWN_PROVIDERS
from nemoproxy.config.litellm_services import EXTRA_PARAMETERS, EXTRAS, MUTE, REACHED, REASONS, Reached, service_of
from nemoproxy.config.litellm_targets import Deployed, has_choice, literal, model_of
from nemoproxy.config.litellm_values import (
    Json,
    is_count,
    is_span,
    listed,
    mapping,
    member,
    per_million,
    refused,
    share_of,
)
from nemoproxy.config.model import Mode
from nemoproxy.config.values import Alias, BaseUrl, HeaderName, SecretHeaderValue, TargetModel

_PERIODS = {"24h": "daily", "1d": "daily", "7d": "weekly", "30d": "monthly", "1mo": "monthly"}
PORT = 4000
"""Where LiteLLM listens, and its clients look for it."""
_STRATEGIES = {
    "simple-shuffle": "weighted",
    "least-busy": "least_busy",
    "latency-based-routing": "latency",
    "cost-based-routing": "cost",
}
_MODES = get_args(Mode)
_REFERENCE = re.compile(r"os\.environ/([A-Za-z_][A-Za-z0-9_]*)")
_PRICES = {
    "input_cost_per_token": "input",
    "cache_read_input_token_cost": "cached_input",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "output_cost_per_token": "output",
    "output_cost_per_reasoning_token": "reasoning_output",
}


class Left(NamedTuple):
    """Something that was not carried over, and why."""

    place: str
    reason: str


@dataclass
class Imported:
    """What became of a configuration."""

    config: Json = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    """The variables that `config` refers to, and what each is to hold."""
    left: list[Left] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What is carried over, and is not the same all the same."""


class NotLiteLLM(ValueError):
    """The document is nothing that LiteLLM would read."""


def convert(document: object) -> Imported:
    """What `yaml.safe_load` made of LiteLLM's file, as a configuration of ours. Raises NotLiteLLM."""
    if not isinstance(document, dict) or not isinstance(document.get("model_list", []), list):
        raise NotLiteLLM("expected LiteLLM's sections, such as model_list, a list")
    if not document.get("model_list"):
        raise NotLiteLLM("there is no model in model_list")
    return _Conversion(document).run()


class _Conversion:
    def __init__(self, document: Json) -> None:
        self._document = document
        self._made = Imported()
        self._providers: dict[str, Json] = {}
        self._models: dict[str, list[Deployed]] = {}
        self._prices: dict[str, Json] = {}
        self._secrets: dict[str, str] = {}
        self._taken = set(_REFERENCE.findall(repr(document)))

    def run(self) -> Imported:
        document, made = self._document, self._made
        for number, entry in enumerate(document["model_list"]):
            self._deployment(f"model_list[{number}]", entry)
        made.config["server"] = {"port": PORT}
        made.config["providers"] = {name: _short(name, settings) for name, settings in self._providers.items()}
        made.config["models"] = dict(self._made_models())
        self._limits()
        self._cache()
        if self._prices:
            made.config["prices"] = self._prices
        made.config["credits"] = {"unpriced": "allow"}
        self._rest()
        made.remarks += [
            "Organisations begin with 5 USD of credit: `nemoproxy credits grant default 1000` gives more.",
            f"It listens on 127.0.0.1:{PORT}; LiteLLM listens on all interfaces: `server.host: 0.0.0.0`.",
        ]
        return made

    # --- model_list

    def _deployment(self, place: str, entry: object) -> None:
        params = mapping(entry, "litellm_params")
        alias, model = member(entry, "model_name"), params.get("model")
        if not isinstance(alias, str) or not isinstance(model, str):
            return self._leave(place, "a deployment has model_name and litellm_params.model")
        params |= self._credential(place, params.pop("litellm_credential_name", None))
        service, name = service_of(model)
        service = str(params.pop("custom_llm_provider", service) or service)
        reached = REACHED.get(service)
        if reached is None:
            what = f'"{service}"' if service else f'what serves "{model}"'
            return self._leave(f"{place}.litellm_params.model", f"{what} has no OpenAI-compatible API that we know of")
        wrong = refused(Alias, alias)
        tail = alias.rpartition("/")[2]
        if wrong is None and alias.endswith("*") and name != tail:
            wrong = f'what such a name has after its last slash is passed on as it is: that would be "{tail}"'
        if wrong is None and not alias.endswith("*"):
            wrong = refused(TargetModel, name)
        if wrong is not None:
            return self._leave(f"{place}.model_name", wrong)
        provider = self._provider(place, reached, params)
        if provider is None:
            return None
        info = mapping(entry, "model_info")
        target = provider if name == alias or alias.endswith("*") else f"{provider}/{literal(name)}"
        order = params.pop("order", 0)
        shares = {kind: share for kind in ("weight", "rpm", "tpm") if (share := share_of(params.get(kind))) is not None}
        if "weight" in shares:
            del params["weight"]
        mode = info.pop("mode", None)
        deployed = Deployed(target, order if isinstance(order, int) else 0, shares, mode if mode in _MODES else None)
        self._models.setdefault(alias, []).append(deployed)
        if "*" not in name:
            self._price(f"{place}", f"{provider}/{name}", params, info)
        self._leftovers(place, entry, params, info)
        return None

    def _credential(self, place: str, name: object) -> Json:
        if name is None:
            return {}
        for credential in listed(self._document.get("credential_list")):
            if member(credential, "credential_name") == name:
                return mapping(credential, "credential_values")
        self._leave(f"{place}.litellm_params.litellm_credential_name", "there is no such credential")
        return {}

    def _provider(self, place: str, reached: Reached, params: Json) -> str | None:
        """The name of the provider of a deployment, made if there is none like it."""
        settings: Json = {}
        base_url, key = params.pop("api_base", None) or params.pop("base_url", None), params.pop("api_key", None)
        own = self._base_url(reached, base_url)
        if own is None:
            self._leave(f"{place}.litellm_params.api_base", "is needed for this service, and to be a URL")
            return None
        settings |= {"kind": reached.kind, "base_url": own}
        headers = self._headers(place, params.pop("extra_headers", None), reached.name)
        if any(name.lower() == "authorization" for name in headers):
            pass  # it is sent instead of the key
        elif key is not None:
            settings["api_key"] = self._secret(f"{place}.litellm_params.api_key", key, reached.name)
        elif reached.variable is not None:
            settings["api_key"] = self._refer(reached.variable)
        if organization := params.pop("organization", None):
            settings["organization"] = self._filled(organization)
        if headers:
            settings["headers"] = headers
        if timeout := self._timeout(params.pop("timeout", None)):
            settings["timeouts"] = {"total_s": timeout}
        if reached.remark is not None and (remark := f"{reached.name} {reached.remark}.") not in self._made.remarks:
            self._made.remarks.append(remark)
        elsewhere = reached.name == "openai" and own != reached.base_url
        return self._named(_host_name(own) if elsewhere else reached.name, settings)

    def _named(self, name: str, settings: Json) -> str:
        number = 1
        while (candidate := name if number == 1 else f"{name}-{number}") in self._providers:
            if self._providers[candidate] == settings:
                return candidate
            number += 1
        self._providers[candidate] = settings
        return candidate

    def _base_url(self, reached: Reached, given: object) -> str | None:
        if not given:
            return reached.base_url
        url = self._filled(given).rstrip("/")
        url = url if url.endswith(reached.path) else url + reached.path
        return url if "${" in url or refused(BaseUrl, url) is None else None

    def _headers(self, place: str, headers: object, service: str) -> Json:
        made: Json = {}
        for name, value in (headers if isinstance(headers, dict) else {}).items():
            here = f"{place}.litellm_params.extra_headers.{name}"
            wrong = refused(HeaderName, str(name))
            if wrong is None and not _REFERENCE.fullmatch(str(value)):
                wrong = refused(SecretHeaderValue, str(value))
            if wrong is not None:
                self._leave(here, wrong)
            else:
                made[name] = self._secret(here, value, service)
        return made

    def _timeout(self, given: object) -> float | None:
        for section in ("router_settings", "litellm_settings"):
            settings = mapping(self._document, section)
            given = given or settings.get("timeout") or settings.get("request_timeout")
        return given if is_span(given) else None

    def _price(self, place: str, model: str, params: Json, info: Json) -> None:
        price: Json = {}
        for theirs, ours in _PRICES.items():
            cost = params.pop(theirs, None)
            cost = info.pop(theirs, None) if cost is None else cost
            if cost is None:
                continue
            amount = per_million(cost)
            if amount is None:
                self._leave(
                    f"{place}.{theirs}", "is no amount of money, or finer than 10 decimals for a million tokens"
                )
            else:
                price[ours] = amount
        longest = info.pop("max_output_tokens", None)
        if price:
            self._prices[model] = price | ({"max_output": longest} if is_count(longest) else {})

    def _leftovers(self, place: str, entry: object, params: Json, info: Json) -> None:
        for name in params:
            if name != "model":
                reason = EXTRAS if name in EXTRA_PARAMETERS else None
                self._leave(f"{place}.litellm_params.{name}", reason, f"model_list[].{name}")
        for name in info:
            if name not in MUTE and not name.startswith(("supports_", "max_")):
                self._leave(f"{place}.model_info.{name}", None, f"model_list[].model_info.{name}")
        for name in entry if isinstance(entry, dict) else ():
            if name not in ("model_name", "litellm_params", "model_info"):
                self._leave(f"{place}.{name}", None, f"model_list[].{name}")

    # --- aliases and fallbacks

    def _made_models(self) -> Iterator[tuple[str, object]]:
        """Each alias as a model of ours: its own targets, then those of its fallbacks."""
        strategy = self._strategy()
        fallbacks, default = self._fallbacks(self._models)
        for alias, found in self._models.items():
            names = () if alias.endswith("*") else fallbacks.get(alias, default)
            yield alias, model_of(alias, [(alias, found), *((name, self._models[name]) for name in names)], strategy)
        for alias, name in self._aliases(self._models):
            yield alias, model_of(alias, [(name, self._models[name])], strategy)

    def _strategy(self) -> str:
        """LiteLLM's own, where none is said, is the shuffle by weight."""
        said = mapping(self._document, "router_settings").get("routing_strategy") or "simple-shuffle"
        if isinstance(said, str) and said in _STRATEGIES:
            return _STRATEGIES[said]
        if any(has_choice(found) for found in self._models.values()):
            self._leave("router_settings.routing_strategy", "there is none like it; `weighted` stands in its place")
        return _STRATEGIES["simple-shuffle"]

    def _fallbacks(self, known: Mapping[str, object]) -> tuple[dict[str, list[str]], list[str]]:
        found: dict[str, list[str]] = {}
        default: list[str] = []
        for section in ("litellm_settings", "router_settings"):
            settings = mapping(self._document, section)
            default += self._known(f"{section}.default_fallbacks", settings.get("default_fallbacks"), known)
            for number, entry in enumerate(listed(settings.get("fallbacks"))):
                for alias, names in entry.items() if isinstance(entry, dict) else ():
                    place = f"{section}.fallbacks[{number}].{alias}"
                    targets = self._known(place, names, known)
                    if alias == "*":
                        default += targets
                    elif alias not in known or str(alias).endswith("*"):
                        self._leave(place, "there is no such model, or it is one with a *")
                    else:
                        found.setdefault(str(alias), []).extend(targets)
        return found, default

    def _known(self, place: str, names: object, known: Mapping[str, object]) -> list[str]:
        found = []
        for name in listed(names):
            if not isinstance(name, str) or name not in known or name.endswith("*"):
                self._leave(place, f'"{name}" is no model here, or one with a *')
            else:
                found.append(name)
        return found

    def _aliases(self, known: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        for section in ("router_settings", "litellm_settings"):
            for name in ("model_group_alias", "model_alias_map"):
                for alias, value in mapping(mapping(self._document, section), name).items():
                    model = member(value, "model") if isinstance(value, dict) else value
                    place = f"{section}.{name}.{alias}"
                    wrong = refused(Alias, str(alias))
                    if not isinstance(model, str) or model not in known or model.endswith("*"):
                        self._leave(place, f'"{model}" is no model here, or one with a *')
                    elif wrong is not None or alias in known:
                        self._leave(place, wrong or "there is a model of that name as well")
                    else:
                        yield str(alias), model

    # --- the other sections

    def _limits(self) -> None:
        """LiteLLM has no limits but those it is told of."""
        given = mapping(mapping(self._document, "litellm_settings"), "default_key_generate_params")
        names = {"rpm_limit": "rpm", "tpm_limit": "tpm", "max_parallel_requests": "concurrency"}
        tier = {ours: given[theirs] for theirs, ours in names.items() if is_count(given.get(theirs))}
        for name in given:
            if names.get(name) not in tier:
                place = f"litellm_settings.default_key_generate_params.{name}"
                self._leave(place, "is said of each key: `nemoproxy keys create`")
        limits: Json = {"default_tier": "imported" if tier else "enterprise"}
        most = mapping(self._document, "general_settings").get("global_max_parallel_requests")
        if is_count(most):
            limits["org"] = {"concurrency": most}
        if tier:
            self._made.config["tiers"] = {"imported": tier}
        self._made.config["limits"] = limits

    def _cache(self) -> None:
        settings = mapping(self._document, "litellm_settings")
        if settings.get("cache") is not True:
            return
        parameters = mapping(settings, "cache_params")
        ttl = parameters.pop("ttl", None)
        self._made.config["cache"] = {"enabled": True} | ({"ttl_s": ttl} if is_span(ttl) else {})
        for name in parameters:
            self._leave(f"litellm_settings.cache_params.{name}", "answers are kept in the gateway's memory: `cache`")

    def _rest(self) -> None:
        carried = {
            "litellm_settings": {"fallbacks", "default_fallbacks", "model_alias_map", "request_timeout", "timeout"}
            | {"default_key_generate_params", "max_budget", "budget_duration", "set_verbose", "telemetry", "json_logs"}
            | ({"cache", "cache_params"} if "cache" in self._made.config else set()),
            "router_settings": {"fallbacks", "default_fallbacks", "model_group_alias", "timeout", "routing_strategy"},
            "general_settings": {"global_max_parallel_requests"},
        }
        for section, value in self._document.items():
            if section == "model_list":
                continue
            if section in carried and isinstance(value, dict):
                for name in value:
                    if name not in carried[section]:
                        self._leave(f"{section}.{name}", None)
            else:
                self._leave(str(section), None)
        settings = mapping(self._document, "litellm_settings")
        if (budget := settings.get("max_budget")) is not None:
            amount = budget if isinstance(budget, int | float) else "USD"
            period = _PERIODS.get(str(settings.get("budget_duration")), "total")
            command = f"`nemoproxy budgets set --org default {amount} --period {period}`"
            self._leave("litellm_settings.max_budget", f"budgets are kept with the records: {command}")

    # --- texts

    def _leave(self, place: str, reason: str | None, kind: str | None = None) -> None:
        said = reason or REASONS.get(kind or place) or "nothing here corresponds to it"
        if Left(place, said) not in self._made.left:
            self._made.left.append(Left(place, said))

    def _refer(self, variable: str) -> str:
        self._made.variables.setdefault(variable, "as before")
        return f"${{{variable}}}"

    def _filled(self, value: object) -> str:
        """A text that is no secret, with LiteLLM's references as ours."""
        text = str(value)
        found = _REFERENCE.fullmatch(text)
        return self._refer(found[1]) if found else literal(text)

    def _secret(self, place: str, value: object, service: str) -> str:
        """A reference to a secret: to the variable it was in, or to one that is yet to be set."""
        text = str(value)
        if found := _REFERENCE.fullmatch(text):
            return self._refer(found[1])
        if text not in self._secrets:
            stem = f"NEMO_{re.sub(r'[^A-Z0-9]+', '_', service.upper())}_KEY"
            number = 1
            while (name := stem if number == 1 else f"{stem}_{number}") in self._taken:
                number += 1
            self._taken.add(name)
            self._secrets[text] = name
            self._made.variables[name] = f"what stands at {place}"
        return f"${{{self._secrets[text]}}}"


def _short(name: str, settings: Json) -> Json:
    """Without what a well-known provider, or one of its kind, needs not be told."""
    known = KNOWN_PROVIDERS.get(name)
    kind = known.kind if known else "openai"
    usual = known.base_url if known else BASE_URLS.get(settings["kind"])
    needless = {"kind": kind, "base_url": usual}
    return {field: value for field, value in settings.items() if field not in needless or needless[field] != value}


def _host_name(url: str) -> str:
    """A provider's name by where it is: `localhost-8000`; by the variable, if it is in one."""
    if url.startswith("${"):
        name = re.sub(r"_(API_)?(BASE|URL|BASE_URL)$", "", url[2 : url.index("}")]).lower()
    else:
        parts = urlsplit(url)
        name = (parts.hostname or "") + (f"-{parts.port}" if parts.port else "")
    return re.sub(r"[^a-z0-9.]+", "-", name).strip("-.")[:60] or "provider"
