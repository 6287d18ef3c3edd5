"""The reference page: the machine-readable specification. `tests/flow/test_spec.py` holds the gateway to it."""

from __future__ import annotations

from nemoproxy.types import Endpoint
from tests.asking import get
from tests.reference.rows import PAGE
from tests.site import Site


def test_endpoints_response_headers_error_classes_and_the_extra_body_fields(site: Site) -> None:
    whole = get(site, "/openapi.json", None).json()
    paths = {f"{method.upper()} {path}" for path, operations in whole["paths"].items() for method in operations}
    named = {row.replace("model_id", "model") for row in PAGE["Endpoints"] if row.startswith(("GET", "POST"))}
    assert named <= paths
    assert {f"POST /v1{endpoint.path}" for endpoint in Endpoint} <= paths
    assert set(PAGE["Response headers"]) <= whole["components"]["headers"].keys()
    errors = {f"{row['status']} {row['code']}" for row in whole["x-error-classes"] if row["class"]}
    assert errors == set(PAGE["NemoRouter gateway errors"][:-1])
    assert whole["x-extension-fields"].keys() == set(PAGE["Extension fields"])


def test_unsupported_endpoints(site: Site) -> None:
    whole = get(site, "/openapi.json", None).json()
    listed = {row["path"]: row["instead"] for row in whole["unsupported_endpoints"]}
    assert {"/v1/files", "/v1/fine_tuning", "/v1/batches", "/v1/assistants", "/v1/webhooks"} <= listed.keys()
    for path, instead in listed.items():
        assert instead in get(site, path, None).json()["error"]["message"]
        assert path not in whole["paths"]
