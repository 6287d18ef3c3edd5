"""`/openapi.json` against the server that hands it out: every route is in it, and every answer is as it says."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from nemoproxy.config import Credits
from nemoproxy.server.cors import EXPOSED
from nemoproxy.types import Endpoint
from tests import environments
from tests.site import Site
from tests.timing import LONG
from tests.wire import Wire

EXAMPLES = 400 if LONG else 8
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("spec")
    with Site(data, credits=Credits(journal=str(data / "journal"), unpriced="allow")) as running:
        yield running


def fetch(site: Site, path: str) -> tuple[str, bytes]:
    with Wire(site.port) as wire:
        wire.send(f"GET {path} HTTP/1.1\r\nhost: gateway\r\n\r\n")
        answer = wire.answer()
    assert answer.status == 200
    return answer.headers["content-type"], answer.body


def document(site: Site) -> Any:
    return json.loads(fetch(site, "/openapi.json")[1])


def test_it_has_every_route_and_what_is_not_there(site: Site) -> None:
    whole = document(site)
    paths = {(method.upper(), path) for path, operations in whole["paths"].items() for method in operations}
    assert {("POST", f"/v1{endpoint.path}") for endpoint in Endpoint} <= paths
    assert {("GET", "/v1/models/{model}"), ("GET", "/api/credits/balance"), ("GET", "/openapi.json")} <= paths
    assert "/v1/responses" in {row["path"] for row in whole["unsupported_endpoints"]}
    ids = [operation["operationId"] for operations in whole["paths"].values() for operation in operations.values()]
    assert len(set(ids)) == len(ids)
    codes = {(row["status"], row["code"], row["class"]) for row in whole["x-error-classes"]}
    assert {(402, "insufficient_credits", "NemoCreditError"), (501, "endpoint_not_yet_available", None)} <= codes
    assert "nemo_cache" in whole["x-extension-fields"]
    assert {*whole["components"]["headers"], "x-request-id"} == set(EXPOSED)


def test_a_page_of_it_needs_nothing_from_elsewhere(site: Site) -> None:
    kind, page = fetch(site, "/docs")
    assert kind == "text/html; charset=utf-8"
    for path in document(site)["paths"]:
        assert path.encode() in page
    for outside in (b"<script", b"<link", b"<img", b"src=", b"http://", b"https://"):
        assert outside not in page


POSTS = [f"POST /v1{endpoint.path}" for endpoint in Endpoint] + ["POST /v1/messages", "POST /v1/messages/count_tokens"]
GETS = [
    *(f"GET /v1/{path}" for path in ("models", "models/{model}")),
    *(f"GET /api/{path}" for path in ("credits/balance", "credits/history", "models/pricing")),
    *(f"GET /nemo/guardrail/{path}" for path in ("list", "info", "logs")),
    *(f"GET /nemo/prompt/{path}" for path in ("list", "info", "version/diff")),
    *(f"GET /health/{path}" for path in ("liveness", "liveliness", "readiness", "providers")),
    *("GET /public/capabilities", "GET /openapi.json", "GET /docs", "GET /metrics"),
]
ASKS_FOR_WHAT_IS_NOT_THERE = ("{model}", "/info", "/diff")
GOOD, BAD = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
CASES = [(name, GOOD) for name in POSTS + GETS] + [(name, BAD) for name in POSTS]


def test_every_route_is_among_the_cases(site: Site) -> None:
    paths = document(site)["paths"].items()
    assert sorted(POSTS + GETS) == sorted(f"{verb.upper()} {path}" for path, verbs in paths for verb in verbs)


@pytest.mark.timeout(3600 if LONG else 600)
@pytest.mark.parametrize(("name", "mode"), CASES, ids=lambda value: getattr(value, "value", value))
def test_every_answer_is_as_it_says(site: Site, name: str, mode: Any) -> None:
    method, _, path = name.partition(" ")
    described = document(site)
    del described["security"]  # else it tries its own keys, and every answer may be a 401
    schema = schemathesis.openapi.from_dict(described)
    schema.config.update(base_url=f"http://127.0.0.1:{site.port}")
    statuses: set[int] = set()

    @seed(20)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        answer = case.call_and_validate(headers={"Authorization": f"Bearer {site.key}"}, checks=CHECKS)
        statuses.add(answer.status_code)

    check()
    absent = any(part in path for part in ASKS_FOR_WHAT_IS_NOT_THERE)
    assert (400 if mode is BAD else 404 if absent else 200) in statuses


@pytest.mark.timeout(3600 if LONG else 600)
def test_all_phases_of_schemathesis(site: Site, tmp_path: Path) -> None:
    """Examples, coverage, fuzzing and stateful, as its command runs them."""
    described = document(site)
    del described["security"]
    (tmp_path / "openapi.json").write_text(json.dumps(described))
    command = [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json"]
    options = {
        "--url": f"http://127.0.0.1:{site.port}",
        "--header": f"Authorization: Bearer {site.key}",
        "--phases": "examples,coverage,fuzzing,stateful",
        "--checks": "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        "--max-examples": str(EXAMPLES),
        "--seed": "20",
        "--suppress-health-check": "all",
        "--warnings": "off",
    }
    done = environments.run(*command, *(word for pair in options.items() for word in pair), cwd=tmp_path, timeout=3600)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert phase in done.stdout
