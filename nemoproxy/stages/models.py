"""Stage 4, resolve: a model name becomes the way to its targets, if there is one and the key may use it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from nemoproxy._core import encoding_for_model
from nemoproxy.config import Config, Model
from nemoproxy.errors import InvalidRequest, NotFound, PermissionDenied
from nemoproxy.pricing import known_modes
from nemoproxy.routing import ANY, Condition, Credential, Member, Route
from nemoproxy.types import Arm, Endpoint, Principal, Target, Way

CHAT = "chat"
_HAS = {
    "anthropic": frozenset({Endpoint.CHAT}),
    "gemini": frozenset({Endpoint.CHAT, Endpoint.EMBEDDINGS, Endpoint.IMAGES}),
}
"""What providers of a kind can be asked for at all."""


class Catalogue:
    """The configured models: exact aliases first, then patterns, the longest first.

    What a pattern has after its last slash belongs to the provider's name of a model: `groq/*` passes on what `*`
    stands for, `claude-*` the whole name, and `eu/claude-*` all but `eu/`. After a slash `*` is something.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._exact: dict[str, Way] = {}
        self._patterns: list[tuple[str, Model]] = []
        for alias, model in config.models.items():
            if alias.endswith("*"):
                self._patterns.append((alias[:-1], model))
            else:
                self._exact[alias] = self._way(model, alias, alias, CHAT)
        self._patterns.sort(key=lambda entry: -len(entry[0]))
        self._match = lru_cache(1024)(self._match_pattern)

    def resolve(self, who: Principal, name: str, endpoint: Endpoint = Endpoint.CHAT, arm: Arm | None = None) -> Way:
        """The way of a model name, or of what an A/B test puts in its place: who may use the one may use the other.

        Raises NotFound, PermissionDenied, InvalidRequest.
        """
        way = self.way(name if arm is None or arm.model is None else arm.model)
        if way is None:
            raise NotFound(
                f"The model '{name[:200]}' does not exist here. GET /v1/models lists those that do.",
                code="model_not_found",
                param="model",
            )
        if who.models is not None and name not in who.models:
            raise PermissionDenied(f"The key '{who.alias}' may not use the model '{name[:200]}'.", param="model")
        if endpoint.capability is not None and not any(_can(target, endpoint) for target in way.targets):
            raise InvalidRequest(
                f"The model '{name[:200]}' is for {way.targets[0].mode}, and /v1{endpoint.path} needs one for "
                f"{endpoint.capability}. An operator may set its `mode`.",
                code="model_not_capable",
                param="model",
            )
        return way

    def capabilities(self) -> set[str] | None:
        """What the models are for, in the catalogue's words; None: anything, as far as anybody knows."""
        modes = {target.mode for way in self._exact.values() for target in way.targets}
        modes |= {model.mode for _, model in self._patterns}
        return None if None in modes else {mode for mode in modes if mode is not None}

    def way(self, name: str) -> Way | None:
        """Where requests for a name go, whoever asks; None: it is no model here."""
        return self._exact.get(name) or self._match(name)

    def _match_pattern(self, name: str) -> Way | None:
        for prefix, model in self._patterns:
            if name.startswith(prefix) and not (name == prefix and prefix.endswith("/")):
                return self._way(model, name.removeprefix(_namespace(prefix)), f"{prefix}*")
        return None

    def names(self) -> list[str]:
        """The exact aliases."""
        return list(self._exact)

    def passed_through(self) -> list[tuple[str, str, str]]:
        """The patterns, as (namespace, beginning, provider): their models are those of the provider's whose names begin
        so, called by the namespace and that name."""
        return [
            (_namespace(prefix), prefix.removeprefix(_namespace(prefix)), model.targets[0].provider)
            for prefix, model in self._patterns
        ]

    def speaks(self, name: str, kind: str) -> bool:
        """Whether all targets of a name are providers of this kind."""
        way = self.way(name)
        providers = self._config.providers
        return way is not None and all(providers[target.provider].kind == kind for target in way.targets)

    def routes(self, cost: Callable[[Target], int]) -> dict[str, Route]:
        """What the router has to know. `cost` compares targets by what they cost."""
        return {alias: self._route(alias, model, cost) for alias, model in self._config.models.items()}

    def pools(self) -> dict[str, tuple[Credential, ...]]:
        """The credentials of providers that have several, by name."""
        return {
            name: tuple(Credential(str(number), each.weight) for number, each in enumerate(provider.api_keys, 1))
            for name, provider in self._config.providers.items()
            if len(provider.api_keys) > 1
        }

    def _route(self, alias: str, model: Model, cost: Callable[[Target], int]) -> Route:
        members = self._members(model, alias)
        kinds = [self._config.providers[target.provider].kind for target in model.targets]
        return Route(
            tuple(
                Member(target, set_.order, set_.weight, cost(target), _condition(kind, target))
                for target, set_, kind in zip(members, model.targets, kinds, strict=True)
            ),
            model.strategy,
        )

    def _way(self, model: Model, name: str, alias: str, mode: str | None = None) -> Way:
        targets = _targets(model, name, mode)
        members = self._members(model, alias)
        has_keys = any(len(self._config.providers[target.provider].api_keys) > 1 for target in model.targets)
        route = alias if len(targets) > 1 or has_keys else None
        return Way(targets, members, route, model.hedge_after_s if len(targets) > 1 else None)

    def _members(self, model: Model, alias: str) -> tuple[Target, ...]:
        return _targets(model, alias, None if alias.endswith("*") else CHAT)


def _namespace(prefix: str) -> str:
    """What a pattern has that the provider does not see."""
    return prefix[: prefix.rfind("/") + 1]


def _targets(model: Model, name: str, mode: str | None) -> tuple[Target, ...]:
    """All count in one encoding: what is admitted for one of them holds for the others.

    `mode` is what a model is for whose configuration and name do not tell.
    """
    encoding = model.encoding or encoding_for_model(model.targets[0].model or name)
    names = [(target.provider, target.model or name) for target in model.targets]
    return tuple(
        Target(provider, real, encoding, model.mode or known_modes().get(real.rpartition("/")[2], mode))
        for provider, real in names
    )


def _can(target: Target, endpoint: Endpoint) -> bool:
    """Whether a model is for what this endpoint does, as far as anybody knows."""
    return endpoint.capability is None or target.mode in (None, endpoint.capability)


def _condition(kind: str, target: Target) -> Condition:
    able = frozenset(each for each in _HAS.get(kind, Endpoint) if _can(target, each))
    return ANY if len(able) == len(Endpoint) else Condition(able)
