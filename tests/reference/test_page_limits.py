"""The reference page: rate limits by tier."""

from __future__ import annotations

from collections import Counter

import pytest

from nemoproxy.config import Limits
from nemoproxy.config.model import BUILT_IN_TIERS
from nemoroutersdk import NemoRateLimitError, NemoRouter
from tests.asking import HELLO, ask
from tests.purse import Ended, crowd
from tests.site import Site
from tests.timing import one_moment
from tests.wire import chat, post


def burst(site: Site, key: str, count: int) -> list[Ended]:
    """So many requests in the same second."""
    with one_moment():
        return site.run(crowd(site.port, [post(chat(), key, connection="close")] * count))


def check_tier(site: Site, tier: str, rpm: int, tpm: int, tps: int) -> None:
    """A key of the tier says its limits per minute, and is let in so many times in a second."""
    _, key = site.make_key(tier=tier)
    answer = ask(site, key)
    assert answer.headers["x-ratelimit-limit-requests"] == str(rpm)
    assert answer.headers["x-ratelimit-limit-tokens"] == str(tpm)
    assert BUILT_IN_TIERS[tier] == Limits(rpm=rpm, tpm=tpm, tps=tps)
    _, other = site.make_key(tier=tier)
    refused = [one for one in burst(site, other, tps + 20) if one.status == 429]
    assert len(refused) == 20
    assert b'"limit_type":"tps","limit_value":%d' % tps in refused[0].raw


def test_tier_1_pay_as_you_go_500_500k_10(site: Site) -> None:
    check_tier(site, "payg", 500, 500_000, 10)


def test_tier_2_monthly_500_500k_50(site: Site) -> None:
    check_tier(site, "monthly", 500, 500_000, 50)


def test_tier_3_annual_1k_1m_200(site: Site) -> None:
    check_tier(site, "annual", 1000, 1_000_000, 200)


def test_enterprise_custom_custom_custom(site: Site) -> None:
    _, key = site.make_key(tier="enterprise", rpm=4321, tpm=12_345_678, tps=2)
    answer = ask(site, key)
    assert answer.headers["x-ratelimit-limit-requests"] == "4321"
    assert answer.headers["x-ratelimit-limit-tokens"] == "12345678"
    assert Counter(one.status for one in burst(site, key, 20)) == {200: 1, 429: 19}, "and one before"
    _, free = site.make_key(tier="enterprise")
    assert {one.status for one in burst(site, free, 60)} == {200}


def test_limits_apply_per_key(site: Site) -> None:
    """The load can be spread over keys; those of one team need not share a limit."""
    (_, one), (_, other) = site.make_key(rpm=1), site.make_key(rpm=1)
    assert [ask(site, key).status for key in (one, other, one, other)] == [200, 200, 429, 429]


def test_hitting_a_ceiling_returns_429(site: Site) -> None:
    for limit, code in (("rpm", "rate_limit_exceeded"), ("tpm", "tpm_limit_exceeded"), ("tps", "rate_limit_exceeded")):
        _, key = site.make_key(**{limit: 1})  # type: ignore[arg-type]
        with one_moment():
            if limit != "tpm":
                assert ask(site, key).status == 200
            with NemoRouter(key, site.url, max_retries=0) as client, pytest.raises(NemoRateLimitError) as caught:
                client.chat.completions.create(model="mock", messages=HELLO, nemo_cache=False)
        assert (caught.value.code, caught.value.limit_type, caught.value.limit_value) == (code, limit, 1)
