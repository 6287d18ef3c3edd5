"""The well-known services, and what the environment says about them.

The variables are those of each service's own client, so a machine that runs such a client needs no file at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from nemoproxy.config.model import Model, Provider, Target
from nemoproxy.config.problems import Problem
from nemoproxy.config.values import ApiKey, BaseUrl, parse


class Service(NamedTuple):
    variable: str
    base_url: str
    kind: Literal["openai", "anthropic", "gemini"] = "openai"
    also: str = ""
    """Another variable that will do."""


OPENAI = "openai"
SERVICES = {
    OPENAI: Service("OPENAI_API_KEY", "https://api.openai.com/v1"),
    "anthropic": Service("ANTHROPIC_API_KEY", "https://api.anthropic.com/v1", "anthropic"),
    "gemini": Service(
        "GEMINI_API_KEY", "https://generativelanguage.googleapis.com/v1beta", "gemini", also="GOOGLE_API_KEY"
    ),
    "cerebras": Service("CEREBRAS_API_KEY", "https://api.cerebras.ai/v1"),
    "deepinfra": Service("DEEPINFRA_API_KEY", "https://api.deepinfra.com/v1/openai"),
    "deepseek": Service("DEEPSEEK_API_KEY", "https://api.deepseek.com/v1"),
    "fireworks": Service("FIREWORKS_API_KEY", "https://api.fireworks.ai/inference/v1"),
    "groq": Service("GROQ_API_KEY", "https://api.groq.com/openai/v1"),
    "mistral": Service("MISTRAL_API_KEY", "https://api.mistral.ai/v1"),
    "moonshot": Service("MOONSHOT_API_KEY", "https://api.moonshot.ai/v1"),
    "nvidia": Service("NVIDIA_API_KEY", "https://integrate.api.nvidia.com/v1"),
    "openrouter": Service("OPENROUTER_API_KEY", "https://openrouter.ai/api/v1"),
    "together": Service("TOGETHER_API_KEY", "https://api.together.xyz/v1"),
    "xai": Service("XAI_API_KEY", "https://api.x.ai/v1"),
}
KNOWN_PROVIDERS = {name: Provider(kind=service.kind, base_url=service.base_url) for name, service in SERVICES.items()}
"""What an entry under `providers` of such a name starts from, so that it needs no `base_url`."""
BASE_URLS = {service.kind: service.base_url for service in SERVICES.values() if service.kind != "openai"}
"""Of kinds that mostly one service speaks."""


def discover(environ: Mapping[str, str]) -> tuple[dict[str, Provider], list[Problem]]:
    """The providers whose variables are set. An empty variable is one that is not set."""
    providers: dict[str, Provider] = {}
    problems: list[Problem] = []

    def read(kind: Any, variable: str, default: Any) -> Any:
        try:
            return parse(kind, environ[variable]) if environ.get(variable) else default
        except ValueError as error:
            problems.append(Problem(file="environment", line=None, path=variable, message=str(error)))
            return default

    for name, service in SERVICES.items():
        api_key = read(ApiKey, service.variable, None) or (read(ApiKey, service.also, None) if service.also else None)
        base_url = read(BaseUrl, "OPENAI_BASE_URL", None) if name == OPENAI else None
        if api_key is not None or base_url is not None:
            base_url = base_url or service.base_url
            providers[name] = Provider(kind=service.kind, base_url=base_url, api_key=api_key)
    return providers, problems


def default_models(providers: Iterable[str]) -> dict[str, Model]:
    """How models are reached when no file says so: `groq/<model>` at groq, and any other name at openai, or at the
    only provider there is."""
    names = list(providers)
    models = {f"{name}/*": Model(targets=(Target(provider=name),)) for name in names if name != OPENAI}
    fallback = OPENAI if OPENAI in names else names[0] if len(names) == 1 else None
    if fallback is not None:
        models["*"] = Model(targets=(Target(provider=fallback),))
    return models
