"""The `nemoroutersdk` that was published, 0.1.0, as it is on PyPI: every method, on both majors of openai in use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import environments
from tests.sdk.published import METHODS
from tests.site import Site

pytestmark = pytest.mark.timeout(900)
NO_SUCH_PATH = "There is nothing at"
STREAMS = {name for name in METHODS if "streamed" in name}
PLAIN_HTTP = ("credits.", "guardrails.", "prompts.", "nemo_models.")
"""These do not go through `openai`: they return dicts, also of the async client, and leave `last_response` alone."""


@pytest.fixture(scope="module", params=["openai==2.54.0", "openai==3.54.0"])
def python(request: pytest.FixtureRequest) -> Path:
    return environments.python_with("nemoroutersdk==0.1.0", request.param)


@pytest.fixture(scope="module", params=["sync", "async"])
def outcomes(request: pytest.FixtureRequest, python: Path, site: Site) -> dict[str, Any]:
    script = Path(__file__).with_name("published.py")
    done = environments.run(python, "-I", script, site.url, site.key, request.param)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["version"] == "0.1.0"
    found: dict[str, Any] = said["outcomes"]
    return found


@pytest.mark.parametrize("method", METHODS)
def test_method(outcomes: dict[str, Any], method: str) -> None:
    outcome = outcomes[method]
    if NO_SUCH_PATH in outcome.get("body", ""):
        pytest.skip("endpoint answers 404")
    if outcome.get("error") == "LookupError('nothing is listed')":
        pytest.skip("nothing is listed to ask for")
    assert "error" not in outcome, outcome
    if method.startswith(PLAIN_HTTP):
        assert outcome["type"] == "dict"
        assert outcome["keys"]
        return
    assert outcome["meta"]["request_id"].startswith("nemo-")
    assert bool(outcome["chunks"]) == (method in STREAMS)
    if not method.startswith("models."):
        assert (outcome["meta"]["cost"] is None) == (method in STREAMS)
