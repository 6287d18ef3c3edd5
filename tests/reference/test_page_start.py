"""The reference page: the contract at a glance, the quickstart, authentication."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from decimal import Decimal
from pathlib import Path

import openai
import pytest
from click.testing import CliRunner
from openai import OpenAI

import nemoroutersdk
from nemoproxy.cli import cli
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.storage import Period, Scope
from nemoroutersdk import NemoError, NemoRouter
from tests.asking import HELLO, SAID, ask, fresh, get
from tests.purse import Purse
from tests.quickstarts import EXAMPLES, QUICKSTARTS
from tests.reference.conftest import ON
from tests.sdk.test_calls import QUICKSTART
from tests.site import Site
from tests.timing import until, within

ROOT = Path(__file__).parents[2]


# The contract at a glance


def test_base_url_v1(site: Site) -> None:
    assert site.url.endswith("/v1")
    assert get(site, "/v1/models").status == 200


def test_auth_scheme_bearer_sk_nemo(site: Site) -> None:
    assert site.key.startswith("sk-nemo-")
    assert get(site, "/v1/models", site.key).status == 200
    assert get(site, "/v1/models", None).code == "missing_api_key"


def test_api_format_openai_compatible(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="mock", messages=HELLO)
    assert (answer.object, answer.choices[0].message.content) == ("chat.completion", SAID)


def test_cost_header_x_nemo_request_cost(client: OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model="mock", messages=fresh())
    usage = raw.parse().usage
    assert usage is not None
    millionths = usage.prompt_tokens + 2 * usage.completion_tokens  # 1 USD for a million tokens in, 2 USD out
    assert Decimal(raw.headers["x-nemo-request-cost"]) == Decimal(millionths) / 10**6


def test_error_classes_nemoerror_family() -> None:
    for name in ("GuardrailBlocked", "Credit", "RateLimit", "Service"):
        kind = getattr(nemoroutersdk, f"Nemo{name}Error")
        assert issubclass(kind, NemoError)
        assert issubclass(kind, openai.OpenAIError)


def test_openapi_spec_downloadable(site: Site) -> None:
    assert get(site, "/openapi.json", None).json()["openapi"] == "3.1.0"


def test_drop_in_v1_chat_completions_embeddings_models(client: OpenAI) -> None:
    assert client.chat.completions.create(model="mock", messages=HELLO).choices[0].message.content == SAID
    assert len(client.embeddings.create(model="mock", input="Hello!").data[0].embedding) == 1536
    assert "alias" in {model.id for model in client.models.list()}


def test_cost_latency_guardrails_on_every_response(site: Site) -> None:
    answer = ask(site, messages=fresh())
    assert float(answer.headers["x-nemo-request-cost"]) > 0
    assert float(answer.headers["x-nemo-latency-ms"]) > 0
    assert answer.headers["x-nemo-guardrails-applied"] == ON


# Quickstart


def test_your_first_request_in_seven_languages() -> None:
    """`tests/flow/test_examples.py` runs them, where their toolchains are."""
    languages = {Path(example.file).parts[0] for example in QUICKSTARTS}
    assert languages == {"python", "typescript", "go", "java", "ruby", "php", "curl"}
    assert all((EXAMPLES / example.file).is_file() for example in QUICKSTARTS)


def test_pip_install_nemoroutersdk(site: Site) -> None:
    """It is in the gateway's own wheel, and what it needs is an extra; the snippet runs as it stands on the page."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert settings["project"]["optional-dependencies"]["sdk"][0].startswith("openai")
    assert "nemoroutersdk" in settings["tool"]["maturin"]["python-packages"]
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    environ = {"NEMOROUTER_API_KEY": site.key, "NEMOROUTER_BASE_URL": site.url, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", QUICKSTART], env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "You said: Hello! What models do you support?")
    assert re.search(r"^Cost: \$[0-9.e-]+$", done.stdout, re.MULTILINE)


def test_auto_captured_metadata(site: Site) -> None:
    with NemoRouter(site.key, site.url) as client:
        client.chat.completions.create(model="mock", messages=HELLO)
        meta = client.last_response
    assert meta is not None
    assert meta.cost is not None
    assert meta.guardrails_applied == ON.split(",")


def test_point_any_openai_sdk_at_the_endpoint(client: OpenAI) -> None:
    """`tests/clients` does so with those of others."""
    with client.chat.completions.stream(model="mock", messages=HELLO) as stream:
        assert stream.get_final_completion().choices[0].message.content == SAID


# Authentication


def test_the_full_key_is_shown_once_at_creation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(cli, ["keys", "create", "--alias", "ci"])
    (key,) = [word for word in made.output.split() if word.startswith("sk-nemo-")]
    for words in (["keys", "list"], ["keys", "list", "--json"]):
        listed = CliRunner().invoke(cli, words).output
        assert "ci" in listed
        assert key not in listed
        assert key[-4:] in listed


def test_each_key_carries_its_own_rpm_tpm_caps_budget_and_spend_tracking(site: Site) -> None:
    row, key = site.make_key(rpm=7, tpm=9000)
    site.records.budgets.set(Scope.KEY, row.id, UNITS_PER_USD, Period.MONTHLY)
    answer = ask(site, key, messages=fresh())
    assert answer.headers["x-ratelimit-limit-requests"] == "7"
    assert answer.headers["x-ratelimit-limit-tokens"] == "9000"
    (budget,) = [one for one in site.records.budgets.all() if one.scope_id == row.id]
    assert budget.amount == UNITS_PER_USD
    (spent,) = site.rows("SELECT cost, requests FROM spending WHERE scope = 'key' AND scope_id = ?", row.id)
    assert Decimal(spent["cost"]) / UNITS_PER_USD == Decimal(answer.headers["x-nemo-request-cost"])


def test_revoke_a_key_instantly(site: Site) -> None:
    row, key = site.make_key()
    assert get(site, "/v1/models", key).status == 200
    site.records.revoke_key(row.id)  # as the command does: nobody tells the gateway
    with within(1):
        until(lambda: get(site, "/v1/models", key).status != 200)
    answer = get(site, "/v1/models", key)
    assert (answer.status, answer.code) == (401, "revoked_api_key")


def test_one_key_reaches_every_model(site: Site) -> None:
    for model in ("alias", "fast", "gpt-4o-mini", "claude/claude-sonnet-4-5", "gemini/gemini-2.5-flash"):
        assert ask(site, model=model, messages=HELLO).json()["choices"][0]["message"]["content"]


def test_per_key_budgets_and_rate_limits_are_enforced_at_the_gateway(site: Site) -> None:
    asked = site.mock.total
    row, poor = site.make_key()
    site.records.budgets.set(Scope.KEY, row.id, 1, Period.TOTAL)
    site.refresh()
    refused = ask(site, poor, messages=fresh())
    assert (refused.status, refused.code) == (402, "insufficient_credits")
    assert (refused.json()["reason"], refused.json()["scope"]) == ("budget_exceeded", "key")
    _, slow = site.make_key(rpm=1)
    statuses = [ask(site, slow, messages=fresh()).status for _ in range(2)]
    assert statuses == [200, 429]
    assert site.mock.total == asked + 1


def test_keys_are_hashed_at_rest(site: Site) -> None:
    _, key = site.make_key()
    assert ask(site, key).status == 200
    site.rows("SELECT 1")
    for file in site._data.rglob("*"):
        if file.is_file():
            assert key[len("sk-nemo-") :].encode() not in file.read_bytes(), file


def test_observability_scopes_by_key_team_and_org(site: Site) -> None:
    purse = Purse.make(site, UNITS_PER_USD)
    ask(site, purse.key, messages=fresh())
    (row,) = purse.rows()
    assert (row.key_id, row.team_id, row.org_id) == (purse.row.id, purse.team_id, purse.org_id)
    for by, id in (("key", purse.row.id), ("team", purse.team_id)):
        (mine,) = (one for one in site.records.usage.report(by) if one.group == id)  # type: ignore[arg-type]
        assert mine.requests == 1
