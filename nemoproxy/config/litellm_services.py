"""What LiteLLM calls services, how each is reached, and why some of its settings have no place here."""

from __future__ import annotations

import re
from typing import NamedTuple

from nemoproxy.config.discovery import SERVICES


class Reached(NamedTuple):
    """A service as a provider: `base_url` is its own, None if it has to be given; `path` follows one that is given."""

    name: str
    base_url: str | None = None
    variable: str | None = None
    """Where LiteLLM looks for its key when a deployment has none."""
    path: str = ""
    remark: str | None = None
    kind: str = "openai"


_PATHS = {"anthropic": "/v1", "gemini": "/v1beta"}
REACHED = {
    **{
        name: Reached(name, service.base_url, service.variable, _PATHS.get(name, ""), kind=service.kind)
        for name, service in SERVICES.items()
    },
    "azure": Reached(
        "azure", None, "AZURE_API_KEY", "/openai/v1", "is reached by Azure's v1 API, which has no api_version"
    ),
    "fireworks_ai": Reached("fireworks", SERVICES["fireworks"].base_url, "FIREWORKS_AI_API_KEY"),
    "hosted_vllm": Reached("vllm"),
    "litellm_proxy": Reached("litellm-proxy"),
    "llamafile": Reached("llamafile"),
    "lm_studio": Reached("lm-studio"),
    "nvidia_nim": Reached("nvidia", SERVICES["nvidia"].base_url, "NVIDIA_NIM_API_KEY"),
    "ollama": Reached("ollama", "http://localhost:11434/v1", None, "/v1"),
    "ollama_chat": Reached("ollama", "http://localhost:11434/v1", None, "/v1"),
    "openai_like": Reached("openai-like"),
    "perplexity": Reached("perplexity", "https://api.perplexity.ai", "PERPLEXITYAI_API_KEY"),
    "sambanova": Reached("sambanova", "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY"),
    "text-completion-openai": Reached("openai", SERVICES["openai"].base_url, "OPENAI_API_KEY"),
    "together_ai": Reached("together", SERVICES["together"].base_url, "TOGETHERAI_API_KEY"),
}
"""By what stands before the slash in `litellm_params.model`."""

_BARE = (
    (r"gpt-|chatgpt-|o\d|text-embedding-|dall-e|whisper|tts-|ft:|omni-moderation|davinci|babbage", "openai"),
    (r"claude", "anthropic"),
)


def service_of(model: str) -> tuple[str, str]:
    """LiteLLM's name of the service, and the model's name there: `groq/llama3` or, for the well-known, `gpt-4o`."""
    prefix, slash, name = model.partition("/")
    if slash:
        return prefix, name
    return next((service for pattern, service in _BARE if re.match(pattern, model)), ""), model


WITH_KEYS = "limits are those of keys, teams and organisations: see `tiers`, and `nemoproxy keys create --help`"
RETRIES = "failures are retried by rules of our own: `routing`"
DROPPED = "what a provider does not know it refuses; for Claude and Gemini docs/providers.md says what is dropped"
CALLBACKS = "events and metrics are set up anew"
REASONS = {
    "model_list[].rpm": WITH_KEYS,
    "model_list[].tpm": WITH_KEYS,
    "model_list[].max_parallel_requests": WITH_KEYS,
    "model_list[].model_info.base_model": "what it costs is said under `prices`, by provider/model or the name there",
    "model_list[].tags": "there is no routing by tag",
    "model_list[].max_retries": RETRIES,
    "model_list[].num_retries": RETRIES,
    "model_list[].stream_timeout": "there is one for the answer to begin, and one for silence: providers.NAME.timeouts",
    "model_list[].api_version": "the v1 API has none",
    "model_list[].max_budget": "budgets are those of keys, teams and organisations: `nemoproxy budgets set`",
    "model_list[].budget_duration": "budgets are those of keys, teams and organisations: `nemoproxy budgets set`",
    "model_list[].drop_params": DROPPED,
    "litellm_settings.drop_params": DROPPED,
    "litellm_settings.num_retries": RETRIES,
    "litellm_settings.allowed_fails": RETRIES,
    "litellm_settings.callbacks": CALLBACKS,
    "litellm_settings.success_callback": CALLBACKS,
    "litellm_settings.failure_callback": CALLBACKS,
    "litellm_settings.context_window_fallbacks": "failover does not depend on why the first target refused",
    "litellm_settings.content_policy_fallbacks": "failover does not depend on why the first target refused",
    "router_settings.num_retries": RETRIES,
    "router_settings.allowed_fails": RETRIES,
    "router_settings.cooldown_time": RETRIES,
    "router_settings.retry_after": RETRIES,
    "general_settings.alerting": "add a webhook for the events: `nemoproxy webhooks add --help`",
    "general_settings.master_key": "there is no master key; make keys for callers with `nemoproxy keys create`",
    "general_settings.database_url": "its tables are LiteLLM's; give the gateway a database of its own: `storage.url`",
    "general_settings.max_parallel_requests": WITH_KEYS,
    "guardrails": "guardrails are set up anew",
    "include": "the other files were not read; put all into one first",
    "environment_variables": "they are secrets, as a rule; set those that are still needed where the gateway runs",
    "credential_list": "only what deployments refer to is carried over",
}
"""By place, without indices. Whatever is not here has nothing that corresponds to it."""
EXTRAS = "parameters are not added to requests: callers say them themselves"
EXTRA_PARAMETERS = frozenset(
    {"temperature", "max_tokens", "top_p", "seed", "stop", "frequency_penalty", "presence_penalty", "extra_body"}
    | {"reasoning_effort", "thinking", "max_completion_tokens", "n", "response_format"}
)
MUTE = frozenset({"id", "db_model", "description", "metadata", "supported_environments"})
"""In `model_info`: said of a model for people or for LiteLLM's pages. As are all that begin with `supports_`."""
