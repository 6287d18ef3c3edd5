"""What the gateway itself refuses and knows, as `nemoroutersdk` tells of it: nothing here is made up."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from nemoroutersdk import NemoCreditError, NemoError, NemoRateLimitError
from tests.purse import Purse
from tests.sdk.driving import HELLO, now, run
from tests.site import Site
from tests.timing import one_moment


def refused(kind: type[Any], site: Site, key: str, error: type[Any], calls: int = 1, **params: Any) -> Any:
    """What the last of so many calls raises; those before it go well."""

    async def body(client: Any) -> Any:
        ask = {"model": "mock", "messages": HELLO, **params}
        for _ in range(calls - 1):
            await now(client.chat.completions.create(**ask))
        with pytest.raises(error) as caught:
            await now(client.chat.completions.create(**ask))
        assert caught.value.request_id == client.last_response.request_id
        return caught.value

    return run(kind, body, site.url, key, max_retries=0)


@pytest.mark.parametrize(
    ("limit", "value", "code"), [("rpm", 2, "rate_limit_exceeded"), ("tps", 1, "rate_limit_exceeded")]
)
def test_a_limit_of_requests(kind: type[Any], site: Site, limit: str, value: int, code: str) -> None:
    _, key = site.make_key(**{limit: value})
    with one_moment():
        error = refused(kind, site, key, NemoRateLimitError, calls=value + 1)
    assert isinstance(error, openai.RateLimitError)
    assert (error.limit_type, error.limit_value, error.code) == (limit, value, code)
    assert 0 < error.retry_after < 61
    assert error.details["scope"] == "key"


def test_a_limit_of_tokens_that_never_fits(kind: type[Any], site: Site) -> None:
    _, key = site.make_key(tpm=5)
    error = refused(kind, site, key, NemoRateLimitError, max_tokens=100)
    assert (error.limit_type, error.limit_value, error.code) == ("tpm", 5, "tpm_limit_exceeded")
    assert error.retry_after is None


def test_credits_that_do_not_do(kind: type[Any], site: Site) -> None:
    purse = Purse.make(site, 1)
    error = refused(kind, site, purse.key, NemoCreditError)
    assert isinstance(error, openai.APIStatusError)
    assert (error.status_code, error.code) == (402, "insufficient_credits")
    assert error.details["available"] == 1e-10


def test_a_bad_key_is_openais_error(kind: type[Any], site: Site) -> None:
    error = refused(kind, site, "sk-nemo-wrong", openai.AuthenticationError)
    assert not isinstance(error, NemoError)
    assert error.code == "invalid_api_key"


def of_the_first(resource: str, ask: str, id: str = "id") -> Any:
    """Asks for what is listed first."""

    async def call(client: Any) -> Any:
        (row,) = (await now(getattr(client, resource).list()))["data"]
        return await now(getattr(getattr(client, resource), ask)(row[id]))

    return call


@pytest.mark.parametrize(
    ("call", "member"),
    [
        pytest.param(lambda client: client.credits.balance(), "available", id="credits.balance"),
        pytest.param(lambda client: client.credits.history(limit=3), "data", id="credits.history"),
        pytest.param(lambda client: client.nemo_models.list(), "data", id="nemo_models.list"),
        pytest.param(lambda client: client.nemo_models.pricing(), "data", id="nemo_models.pricing"),
        pytest.param(lambda client: client.guardrails.list(), "data", id="guardrails.list"),
        pytest.param(lambda client: client.guardrails.logs(limit=3), "data", id="guardrails.logs"),
        pytest.param(of_the_first("guardrails", "get", "guardrail_id"), "guardrail_name", id="guardrails.get"),
        pytest.param(lambda client: client.prompts.list(), "data", id="prompts.list"),
        pytest.param(of_the_first("prompts", "get"), "versions", id="prompts.get"),
        pytest.param(of_the_first("prompts", "versions"), "versions", id="prompts.versions"),
    ],
)
def test_account(kind: type[Any], site: Site, call: Any, member: str) -> None:
    async def body(client: Any) -> None:
        answer = await now(call(client))
        assert member in answer
        assert client.last_response.request_id.startswith("nemo-")

    run(kind, body, site.url, site.key)
