"""Whatever LiteLLM's file holds: it is converted or refused, what comes out loads, and no secret is in it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from nemoproxy.cli.importing import _written
from nemoproxy.config import load
from nemoproxy.config.litellm import NotLiteLLM, convert

SECRET = "sk-secret-in-the-file"
NAMES = ["a", "b/c", "*", "x/*", "y*", "no", "12", "with space", "", "${X}", "ü", "é" * 300]
MODELS = [
    *("openai/gpt-4o", "gpt-4o", "claude-3", "openai/*", "*", "groq/*", "bedrock/x", "ollama/llama3:8b", "azure/d"),
    *("o1", "", "/", "openai/", "hosted_vllm/org/name", "openrouter/a/b", "openai/${A}", "openai/a b", "gemini/g"),
]
URLS = [
    *("http://localhost:8000", "https://u:p@h/v1", "os.environ/THE_URL", "not a url", "https://api.openai.com/v1/", ""),
    *("https://eu.openai.azure.com", "https://h/v1?x=y", "https://${H}/v1"),
]
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["os.environ/KEY", "x", "${Y}"])
scalars = plain | st.just(SECRET)
nested = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)
params = st.fixed_dictionaries(
    {"model": st.sampled_from(MODELS)},
    optional={
        "api_key": st.sampled_from([SECRET, "os.environ/KEY", "os.environ/1bad", ""]),
        "api_base": st.sampled_from(URLS),
        "organization": plain,
        "timeout": scalars,
        "order": scalars,
        "weight": scalars,
        "rpm": scalars,
        "extra_headers": st.dictionaries(st.sampled_from(["X-A", "Authorization", "Host", "bad name"]), scalars),
        "input_cost_per_token": scalars | st.sampled_from(["3e-06", 1e-9, 1e-12, -1]),
        "output_cost_per_token": scalars,
        "custom_llm_provider": st.sampled_from(["openai", "azure", "nobody"]),
        "litellm_credential_name": scalars,
    },
)
deployments = st.fixed_dictionaries(
    {"model_name": st.sampled_from(NAMES), "litellm_params": params}, optional={"model_info": anything, "rpm": scalars}
)
fallbacks = st.lists(st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=2), max_size=2))
settings = st.fixed_dictionaries(
    {},
    optional={
        "fallbacks": fallbacks | nested,
        "default_fallbacks": st.lists(st.sampled_from(NAMES), max_size=2) | nested,
        "model_group_alias": st.dictionaries(st.sampled_from(NAMES), st.sampled_from(NAMES)) | nested,
        "request_timeout": scalars,
        "max_budget": scalars,
        "default_key_generate_params": st.dictionaries(st.sampled_from(["rpm_limit", "tpm_limit", "models"]), scalars),
        "global_max_parallel_requests": scalars,
        "routing_strategy": st.sampled_from(["simple-shuffle", "least-busy", "nothing known"]) | scalars,
        "cache": scalars,
        "cache_params": st.dictionaries(st.sampled_from(["ttl", "type"]), scalars) | nested,
    },
)
documents = st.fixed_dictionaries(
    {"model_list": st.lists(deployments, min_size=1, max_size=5)},
    optional={
        "litellm_settings": settings | anything,
        "router_settings": settings | anything,
        "general_settings": settings | anything,
        "credential_list": anything,
        "environment_variables": anything,
    },
)


@run_with(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(document=documents)
def test_what_comes_out_loads_and_has_no_secret(document: dict[str, Any]) -> None:
    made = convert(document)
    text = _written(made, "config.yaml")
    assert SECRET not in text + repr(made.left) + repr(made.remarks)
    environ = {name: "https://set.example/v1" if name == "THE_URL" else "set" for name in made.variables}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nemoproxy.yaml"
        path.write_text(text)
        config = load(path, environ)
    assert set(config.models) == set(made.config["models"]) or not made.config["models"]


@run_with(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(document=anything | st.fixed_dictionaries({"model_list": st.lists(anything, min_size=1)}))
def test_what_is_no_configuration_is_refused_or_left(document: object) -> None:
    try:
        made = convert(document)
    except NotLiteLLM:
        return
    assert made.left
    yaml.safe_load(_written(made, "x"))
