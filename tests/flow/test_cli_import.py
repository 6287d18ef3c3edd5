"""`nemoproxy import litellm`: what it makes of real-looking configurations, and what it says of the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nemoproxy.cli import cli
from nemoproxy.config import Config, load
from nemoproxy.config.litellm import NotLiteLLM, convert

CANARY = "sk-canary-0123456789abcdef"
SMALL = """
model_list:
  - model_name: gpt-4o-mini
    litellm_params:
      model: openai/gpt-4o-mini
      api_key: os.environ/OPENAI_API_KEY
general_settings:
  master_key: sk-1234
"""
BALANCED = f"""
model_list:
  - model_name: gpt-4o
    litellm_params:
      model: azure/gpt-4o-eu
      api_base: https://eu.openai.azure.com/
      api_key: {CANARY}-eu
      api_version: "2024-10-21"
      rpm: 300
      tpm: 90000
      order: 2
    model_info: {{base_model: azure/gpt-4o, mode: chat, supports_vision: true}}
  - model_name: gpt-4o
    litellm_params:
      model: gpt-4o
      api_key: {CANARY}-1
      order: 1
    rpm: 60
  - model_name: gpt-4o
    litellm_params: {{model: openai/gpt-4o, api_key: {CANARY}-2, order: 1, weight: 3}}
  - model_name: claude
    litellm_params:
      model: anthropic/claude-sonnet-4-5
      api_key: os.environ/ANTHROPIC_API_KEY
      input_cost_per_token: 0.000003
      output_cost_per_token: 1.5e-05
      cache_read_input_token_cost: "3e-07"
      temperature: 0.2
    model_info: {{max_output_tokens: 64000}}
  - model_name: on-aws
    litellm_params: {{model: bedrock/anthropic.claude-v2, aws_secret_access_key: {CANARY}-aws}}
litellm_settings:
  num_retries: 3
  request_timeout: 45
  fallbacks: [{{"gpt-4o": ["claude"]}}, {{"nobody": ["claude"]}}]
  success_callback: ["langfuse"]
  max_budget: 100
  budget_duration: 30d
router_settings:
  routing_strategy: usage-based-routing
  model_group_alias: {{"gpt-4": "gpt-4o", "sonnet": {{"model": "claude", "hidden": true}}}}
  redis_password: {CANARY}-redis
general_settings:
  master_key: {CANARY}-master
  database_url: postgresql://llm:{CANARY}-db@db/litellm
  global_max_parallel_requests: 200
environment_variables:
  LANGFUSE_SECRET_KEY: {CANARY}-langfuse
"""
WILD = f"""
model_list:
  - model_name: "*"
    litellm_params: {{model: "openai/*"}}
  - model_name: "groq/*"
    litellm_params: {{model: "groq/*", api_key: os.environ/GROQ_KEY}}
  - model_name: "gpt-*"
    litellm_params: {{model: "openai/gpt-*"}}
  - model_name: "eu/gpt-*"
    litellm_params: {{model: "openai/gpt-*"}}
  - model_name: "mine-*"
    litellm_params: {{model: "openai/gpt-*"}}
  - model_name: "claude/*"
    litellm_params: {{model: "openrouter/anthropic/*"}}
  - model_name: llama
    litellm_params: {{model: ollama/llama3.1:8b, api_base: os.environ/OLLAMA_HOST_URL}}
  - model_name: opt
    litellm_params:
      model: openai/facebook/opt-125m
      api_base: http://localhost:8000/v1
      litellm_credential_name: mine
      extra_headers: {{X-Team: research, X-Api-Key: {CANARY}-header}}
  - model_name: has spaces
    litellm_params: {{model: openai/gpt-4o}}
credential_list:
  - credential_name: mine
    credential_values: {{api_key: {CANARY}-cred}}
litellm_settings:
  default_key_generate_params: {{rpm_limit: 20, tpm_limit: 5000, max_budget: 5}}
  default_fallbacks: [llama]
"""

NATIVE = """
model_list:
  - model_name: flash
    litellm_params: {model: gemini/gemini-2.5-flash, api_key: os.environ/GEMINI_API_KEY}
  - model_name: pro
    litellm_params: {model: gemini/gemini-2.5-pro, api_key: os.environ/OTHER_GEMINI_KEY}
  - model_name: sonnet
    litellm_params: {model: claude-sonnet-4-5, api_base: https://claude.example, api_key: os.environ/A}
  - model_name: haiku
    litellm_params: {model: anthropic/claude-haiku-4-5, api_key: os.environ/B}
"""
SHARED = """
model_list:
  - model_name: gpt-4o
    litellm_params: {model: openai/gpt-4o, api_key: os.environ/A, rpm: 900}
  - model_name: gpt-4o
    litellm_params: {model: openai/gpt-4o, api_key: os.environ/B, rpm: 300}
  - model_name: drawings
    litellm_params: {model: azure/my-drawings, api_base: https://eu.openai.azure.com, api_key: os.environ/C}
    model_info: {mode: image_generation}
litellm_settings:
  cache: true
  cache_params: {type: redis, host: cache.example, ttl: 60}
"""


def run(folder: Path, text: str, *more: str) -> Result:
    (folder / "config.yaml").write_text(text)
    return CliRunner().invoke(cli, ["import", "litellm", str(folder / "config.yaml"), *more])


def imported(folder: Path, text: str) -> tuple[Config, Result]:
    """What the gateway reads out of what the command wrote."""
    result = run(folder, text)
    assert result.exit_code == 0, result.stderr
    made = folder / "nemoproxy.yaml"
    made.write_text(result.stdout)
    names = [line[4:] for line in result.stdout.splitlines() if line.startswith("#   ")]
    return load(made, {name: "https://set.example" if name.endswith("URL") else "set" for name in names}), result


def targets(config: Config, alias: str) -> list[str]:
    return [f"{target.provider}/{target.model or '*'}" for target in config.models[alias].targets]


def test_a_small_one(tmp_path: Path) -> None:
    config, result = imported(tmp_path, SMALL)
    assert targets(config, "gpt-4o-mini") == ["openai/gpt-4o-mini"]
    assert config.server.port == 4000
    assert config.limits.default_tier == "enterprise"
    assert "general_settings.master_key: there is no master key" in result.stderr
    assert "OPENAI_API_KEY: as before" in result.stderr
    assert "sk-1234" not in result.output


def test_balanced_with_fallbacks_aliases_and_prices(tmp_path: Path) -> None:
    config, result = imported(tmp_path, BALANCED)
    own = ["openai/gpt-4o", "openai-2/gpt-4o", "azure/gpt-4o-eu"]
    assert targets(config, "gpt-4o") == [*own, "anthropic/claude-sonnet-4-5"]
    assert targets(config, "gpt-4") == own
    assert targets(config, "sonnet") == targets(config, "claude") == ["anthropic/claude-sonnet-4-5"]
    assert config.providers["azure"].base_url == "https://eu.openai.azure.com/openai/v1"
    assert config.providers["openai-2"].base_url == config.providers["openai"].base_url
    assert {provider.timeouts.total_s for provider in config.providers.values()} == {45.0}
    (price,) = config.prices["anthropic/claude-sonnet-4-5"]
    assert (price.input, price.output, price.cached_input) == (3 * 10**10, 15 * 10**10, 3 * 10**9)
    assert price.max_output == 64_000
    assert config.limits.org.concurrency == 200
    left = result.stderr.partition("Not carried over:")[2]
    for place in [
        *("model_list[0].litellm_params.rpm", "model_list[0].litellm_params.api_version", "model_list[1].rpm"),
        *("model_list[0].model_info.base_model", "model_list[3].litellm_params.temperature"),
        *("model_list[4].litellm_params.model", "litellm_settings.fallbacks[1].nobody"),
        *("litellm_settings.num_retries", "litellm_settings.success_callback", "router_settings.routing_strategy"),
        *("router_settings.redis_password", "general_settings.database_url", "environment_variables"),
    ]:
        assert f"  {place}: " in left, place
    assert "`nemoproxy budgets set --org default 100 --period monthly`" in left
    for carried in (
        "litellm_params.weight",
        "supports_vision",
        "global_max_parallel_requests",
        "model_group_alias",
        "[3].litellm_params.model",
    ):
        assert carried not in left


def test_claude_and_gemini_are_spoken_to_in_their_own_apis(tmp_path: Path) -> None:
    config, result = imported(tmp_path, NATIVE)
    assert {name: (provider.kind, provider.base_url) for name, provider in config.providers.items()} == {
        "gemini": ("gemini", "https://generativelanguage.googleapis.com/v1beta"),
        "gemini-2": ("gemini", "https://generativelanguage.googleapis.com/v1beta"),
        "anthropic": ("anthropic", "https://claude.example/v1"),
        "anthropic-2": ("anthropic", "https://api.anthropic.com/v1"),
    }
    assert "OpenAI-compatible" not in result.stderr


def dealt(config: Config, alias: str) -> list[tuple[str, int, int]]:
    return [
        (f"{target.provider}/{target.model}", target.weight, target.order) for target in config.models[alias].targets
    ]


def test_deployments_of_one_name_share_its_calls_and_fallbacks_do_not(tmp_path: Path) -> None:
    config, _ = imported(tmp_path, BALANCED)
    assert config.models["gpt-4o"].strategy == config.models["gpt-4"].strategy == "weighted"
    own = [("openai/gpt-4o", 1, 0), ("openai-2/gpt-4o", 3, 0), ("azure/gpt-4o-eu", 1, 1)]
    assert dealt(config, "gpt-4") == own
    assert dealt(config, "gpt-4o") == [*own, ("anthropic/claude-sonnet-4-5", 1, 2)]
    assert config.models["claude"].strategy == "priority"


@pytest.mark.parametrize(
    ("said", "strategy"),
    [
        (None, "weighted"),
        ("simple-shuffle", "weighted"),
        ("least-busy", "least_busy"),
        ("latency-based-routing", "latency"),
        ("cost-based-routing", "cost"),
        ("usage-based-routing-v2", "weighted"),
    ],
)
def test_strategies(tmp_path: Path, said: str | None, strategy: str) -> None:
    text = SHARED + (f"router_settings: {{routing_strategy: {said}}}" if said else "")
    config, result = imported(tmp_path, text)
    assert config.models["gpt-4o"].strategy == strategy
    weights = [weight for _, weight, _ in dealt(config, "gpt-4o")]
    assert weights == ([3, 1] if strategy == "weighted" else [1, 1]), "by rpm, where no weights are said"
    assert ("router_settings.routing_strategy" in result.stderr) == (said == "usage-based-routing-v2")


def test_what_a_model_is_for_and_the_cache_are_carried_over(tmp_path: Path) -> None:
    config, result = imported(tmp_path, SHARED)
    assert config.models["drawings"].mode == "image_generation"
    assert (config.cache.enabled, config.cache.ttl_s) == (True, 60)
    assert "cache_params.host" in result.stderr
    assert "settings.cache:" not in result.stderr


def test_wildcards_local_models_and_credentials(tmp_path: Path) -> None:
    config, result = imported(tmp_path, WILD)
    assert set(config.models) == {"*", "groq/*", "gpt-*", "eu/gpt-*", "llama", "opt"}
    assert targets(config, "*") == ["openai/*"]
    assert targets(config, "groq/*") == ["groq/*"]
    assert targets(config, "gpt-*") == targets(config, "eu/gpt-*") == ["openai/*"]
    assert targets(config, "llama") == ["ollama/llama3.1:8b"]
    assert targets(config, "opt") == ["localhost-8000/facebook/opt-125m", "ollama/llama3.1:8b"]
    assert config.providers["ollama"].base_url == "https://set.example/v1"
    assert config.providers["ollama"].api_key is None
    own = config.providers["localhost-8000"]
    assert {name: value.reveal() for name, value in own.headers.items()} == {"X-Team": "set", "X-Api-Key": "set"}
    assert (config.tiers["imported"].rpm, config.tiers["imported"].tpm) == (20, 5000)
    assert config.limits.default_tier == "imported"
    for place in ("model_list[4].model_name", "model_list[5].model_name", "model_list[8].model_name"):
        assert place in result.stderr
    assert "default_key_generate_params.max_budget" in result.stderr


@pytest.mark.parametrize("text", [SMALL, BALANCED, WILD])
def test_no_secret_is_carried_or_shown(tmp_path: Path, text: str) -> None:
    result = run(tmp_path, text)
    assert CANARY not in result.output
    for line in result.stdout.splitlines():
        if "api_key:" in line:
            assert line.strip().removeprefix("api_key: ").startswith("${"), line


def test_each_secret_has_one_variable(tmp_path: Path) -> None:
    _, result = imported(tmp_path, BALANCED)
    assert "NEMO_AZURE_KEY: what stands at model_list[0].litellm_params.api_key" in result.stderr
    assert "NEMO_OPENAI_KEY: what stands at model_list[1].litellm_params.api_key" in result.stderr
    assert "NEMO_OPENAI_KEY_2: what stands at model_list[2].litellm_params.api_key" in result.stderr


def test_out_is_a_new_file_that_check_accepts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "nemoproxy.yaml"
    assert run(tmp_path, SMALL, "--out", str(out)).stdout == ""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-set")
    checked = CliRunner().invoke(cli, ["check", "--config", str(out)])
    assert checked.exit_code == 0, checked.output
    assert "model gpt-4o-mini" in checked.stdout
    again = run(tmp_path, SMALL, "--out", str(out))
    assert again.exit_code == 1
    assert "is there already" in again.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a list", "no configuration of LiteLLM's"),
        ("model_list: []", "there is no model in model_list"),
        ("model_list: {a: b}", "expected LiteLLM's sections"),
        (f"key: {CANARY}: x: [", "not valid YAML"),
        ("", "no configuration of LiteLLM's"),
    ],
)
def test_what_is_not_litellms(tmp_path: Path, text: str, says: str) -> None:
    result = run(tmp_path, text)
    assert result.exit_code == 1
    assert says in result.stderr
    assert CANARY not in result.output


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["import", "litellm", str(tmp_path / "none.yaml")])
    assert result.exit_code == 1
    assert "cannot be read" in result.stderr


def test_a_dollar_brace_is_no_reference_of_ours(tmp_path: Path) -> None:
    deployment: Any = {"model": "openai/gpt-4o", "organization": "org-${HOME}", "api_key": "os.environ/K"}
    made = convert({"model_list": [{"model_name": "m", "litellm_params": deployment}]})
    assert made.config["providers"]["openai"]["organization"] == "org-$${HOME}"
    with pytest.raises(NotLiteLLM):
        convert(None)
