"""The configuration: one YAML file and the environment, typed, checked, and frozen before anything else starts.

`load()` is the only reader of configuration files and of the environment in the whole package.

| module | what lives there |
| --- | --- |
| `model` | every setting with its type, bounds and default |
| `values` | the kinds of text that have rules of their own: URLs, names, header values, secrets |
| `document` | a YAML file as a tree that knows its lines, with `${ENV}` references filled in |
| `reading` | that tree into typed settings; every problem is collected, not only the first |
| `discovery` | the well-known services, and what the environment says about them |
| `guardrails` | what has to fit together in a guardrail |
| `loading` | the above put together, and the checks that span sections |
| `litellm`, `litellm_services` | LiteLLM's configuration as one of ours; used by `nemoproxy import` alone |
"""

from __future__ import annotations

from nemoproxy.config.loading import load, locate
from nemoproxy.config.model import (
    AbTest,
    Cache,
    Config,
    Credits,
    Encoding,
    Guardrail,
    Limits,
    LimitSettings,
    Model,
    Pool,
    Price,
    Provider,
    Server,
    Storage,
    Target,
    Timeouts,
    Variant,
    WebhookSettings,
)
from nemoproxy.config.problems import ConfigError, Problem
from nemoproxy.config.values import Secret, SecretUrl

__all__ = [
    "AbTest",
    "Cache",
    "Config",
    "ConfigError",
    "Credits",
    "Encoding",
    "Guardrail",
    "LimitSettings",
    "Limits",
    "Model",
    "Pool",
    "Price",
    "Problem",
    "Provider",
    "Secret",
    "SecretUrl",
    "Server",
    "Storage",
    "Target",
    "Timeouts",
    "Variant",
    "WebhookSettings",
    "load",
    "locate",
]
