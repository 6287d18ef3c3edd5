"""Stage 4, resolve: a model name becomes a target, if there is one and the key may use it."""

from __future__ import annotations

from functools import lru_cache

from nemoproxy._core import encoding_for_model
from nemoproxy.config import Config, Model
from nemoproxy.errors import InvalidRequest, NotFound, PermissionDenied
from nemoproxy.pricing import known_modes
from nemoproxy.types import Arm, Endpoint, Principal, Target

CHAT = "chat"


class Catalogue:
    """The configured models: exact aliases first, then `prefix/*` patterns, then `*`."""

    def __init__(self, config: Config) -> None:
        self._exact: dict[str, Target] = {}
        self._patterns: list[tuple[str, Model]] = []
        for alias, model in config.models.items():
            if alias.endswith("*"):
                self._patterns.append((alias[:-1], model))
            else:
                self._exact[alias] = _target(model, alias, CHAT)
        self._patterns.sort(key=lambda entry: -len(entry[0]))
        self._match = lru_cache(1024)(self._match_pattern)

    def resolve(self, who: Principal, name: str, endpoint: Endpoint = Endpoint.CHAT, arm: Arm | None = None) -> Target:
        """The target of a model name, or of what an A/B test puts in its place: who may use the one may use the other.

        Raises NotFound, PermissionDenied, InvalidRequest.
        """
        target = self.target(name if arm is None or arm.model is None else arm.model)
        if target is None:
            raise NotFound(
                f"The model '{name[:200]}' does not exist here. GET /v1/models lists those that do.",
                code="model_not_found",
                param="model",
            )
        if who.models is not None and name not in who.models:
            raise PermissionDenied(f"The key '{who.alias}' may not use the model '{name[:200]}'.", param="model")
        if endpoint.capability is not None and target.mode not in (None, endpoint.capability):
            raise InvalidRequest(
                f"The model '{name[:200]}' is for {target.mode}, and /v1{endpoint.path} needs one for "
                f"{endpoint.capability}. An operator may set its `mode`.",
                code="model_not_capable",
                param="model",
            )
        return target

    def capabilities(self) -> set[str] | None:
        """What the models are for, in the catalogue's words; None: anything, as far as anybody knows."""
        modes = {target.mode for target in self._exact.values()}
        modes |= {model.mode for _, model in self._patterns}
        return None if None in modes else {mode for mode in modes if mode is not None}

    def target(self, name: str) -> Target | None:
        """Where requests for a name go, whoever asks; None: it is no model here."""
        return self._exact.get(name) or self._match(name)

    def _match_pattern(self, name: str) -> Target | None:
        for prefix, model in self._patterns:
            if name.startswith(prefix) and len(name) > len(prefix):
                return _target(model, name.removeprefix(prefix))
        return None

    def names(self) -> list[str]:
        """The exact aliases."""
        return list(self._exact)

    def passed_through(self) -> list[tuple[str, str]]:
        """The patterns, as (prefix, provider): their models are whatever the provider lists."""
        return [(prefix, model.targets[0].provider) for prefix, model in self._patterns]


def _target(model: Model, name: str, mode: str | None = None) -> Target:
    """`mode` is what a model is for whose configuration and name do not tell."""
    first = model.targets[0]
    real = first.model or name
    known = model.mode or known_modes().get(real.rpartition("/")[2], mode)
    return Target(first.provider, real, model.encoding or encoding_for_model(real), known)
