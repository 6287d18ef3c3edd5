"""What clients are told of a provider's errors: its words, without our credentials and without where it is."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from nemoproxy.config import Provider as ProviderConfig
from nemoproxy.config import Secret
from nemoproxy.providers import Provider
from nemoproxy.upstream import Sweeper

KEY = "sk-canary-0123456789abcdef"
ODD = 'pre"fix\\canary'
"""A header's value that JSON writes in another way."""


@pytest.fixture
def provider() -> Provider:
    config = ProviderConfig(
        base_url="http://models.internal:8000/v1",
        api_key=Secret(KEY),
        headers={"X-Auth": Secret(ODD), "X-Retry": Secret("1"), "X-Mode": Secret("code")},
    )

    async def made() -> Provider:
        return Provider("p", config, Sweeper(asyncio.get_running_loop()))

    return asyncio.run(made())


def told(provider: Provider, body: object, status: int = 400) -> dict[str, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = provider.error(status, raw, "nemo-1111")
    found: dict[str, Any] = json.loads(answer.body)
    assert found["request_id"] == "nemo-1111"
    return found


@pytest.mark.parametrize(
    "secret", [KEY, ODD, "models.internal:8000", "AIza" + "SyD-9tSrke72PouQMnMX", "sk-ab12***wxyz"]
)
@pytest.mark.parametrize(
    "shape",
    [
        lambda text: {"error": {"message": f"Bad: {text}.", "type": "x"}},
        lambda text: {"error": {"message": "Bad.", "metadata": {"raw": [{"said": f"{text}"}]}, "code": text}},
        lambda text: {"detail": f"Bad: {text}"},
        lambda text: f"<html>Bad: {text}</html>".encode(),
    ],
)
def test_no_text_has_a_secret_in_it(provider: Provider, secret: str, shape: Any) -> None:
    found = told(provider, shape(secret))
    assert secret not in str(found) and json.dumps(secret)[1:-1] not in json.dumps(found)
    assert "[redacted]" in str(found)


def test_short_values_of_headers_are_no_secrets(provider: Provider) -> None:
    """They would be found in every error, in its numbers and in the names of its members."""
    error = {"message": "code 1 of 1", "type": "x", "code": 1, "param": None}
    assert told(provider, {"error": error})["error"] == error


def test_an_error_in_a_stream(provider: Provider) -> None:
    chunk = json.dumps({"error": {"message": f"no, {KEY} and {ODD}", "code": 1}}).encode()
    assert json.loads(provider.scrub(chunk)) == {"error": {"message": "no, [redacted] and [redacted]", "code": 1}}
    assert provider.scrub(b"[DONE]") == b"[DONE]"
    assert KEY.encode() not in provider.scrub(b"{broken " + KEY.encode())
