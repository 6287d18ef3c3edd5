"""The reference page: the response headers, and where they are present."""

from __future__ import annotations

import re
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.asking import ask, fresh, get, say
from tests.reference.conftest import ON
from tests.site import Site
from tests.wire import Answer, Wire, post


def every_kind(site: Site) -> list[Answer]:
    """Good and bad, plain and streamed, of an inference endpoint, of a page, and of neither."""
    return [
        ask(site, messages=fresh()),
        ask(site, messages=fresh(), stream=True),
        ask(site, path="/v1/audio/speech", body={"model": "mock", "voice": "a", "input": "Hi"}),
        ask(site, messages=say("My card is 4111 1111 1111 1111.")),
        ask(site, "sk-nemo-wrong"),
        ask(site, model="mock,status=500"),
        ask(site, path="/v1/responses"),
        get(site, "/v1/models"),
        get(site, "/health/liveness", None),
        get(site, "/nowhere", None),
    ]


def test_x_nemo_request_id(site: Site) -> None:
    """Always, fresh each time, and the same in `x-request-id` and in the body of an error."""
    answers = every_kind(site)
    ids = [answer.headers["x-nemo-request-id"] for answer in answers]
    assert all(re.fullmatch(r"nemo-[0-9a-f]{24}", id) for id in ids)
    assert len(set(ids)) == len(ids)
    for answer in answers:
        assert answer.headers["x-request-id"] == answer.headers["x-nemo-request-id"]
        if answer.status >= 400:
            assert answer.json()["request_id"] == answer.headers["x-nemo-request-id"]


def test_x_nemo_latency_ms(site: Site) -> None:
    began = time.perf_counter()
    answers = every_kind(site)
    most = (time.perf_counter() - began) * 1000
    assert all(0 <= float(answer.headers["x-nemo-latency-ms"]) <= most for answer in answers)
    assert float(ask(site, model="mock,latency=50ms").headers["x-nemo-latency-ms"]) >= 50


def test_x_nemo_request_cost(site: Site) -> None:
    """A plain decimal number, to the last unit what is booked; in the trailer of a stream."""
    row, key = site.make_key()
    answer = ask(site, key, messages=fresh())
    with Wire(site.port) as wire:
        wire.send(post({"model": "mock", "messages": fresh(), "stream": True}, key, connection="close"))
        trailer = re.search(rb"\r\n0\r\nx-nemo-request-cost: ([0-9.]+)\r\n", wire.rest())
    assert trailer is not None
    booked = site.rows("SELECT cost FROM usage WHERE key_id = ? ORDER BY request_id", row.id)
    told = [answer.headers["x-nemo-request-cost"], trailer[1].decode()]
    assert [Decimal(text) * 10**10 for text in told] == [one["cost"] for one in booked]
    assert all(re.fullmatch(r"\d+(\.\d+)?", text) for text in told)
    assert ask(site, key, model="mock,status=500").headers["x-nemo-request-cost"] is None


def test_x_nemo_guardrails_applied(site: Site) -> None:
    assert ask(site).headers["x-nemo-guardrails-applied"] == ON
    assert ask(site, stream=True, guardrails=["answers"]).headers["x-nemo-guardrails-applied"].split(",") == [
        *ON.split(",")[:3],
        "answers",
        "always",
    ]
    blocked = ask(site, messages=say("My card is 4111 1111 1111 1111."))
    assert (blocked.status, blocked.headers["x-nemo-guardrails-applied"]) == (400, ON)
    assert ask(site, model="mock,status=500").headers["x-nemo-guardrails-applied"] == ON
    assert get(site, "/v1/models").headers["x-nemo-guardrails-applied"] is None


def test_x_nemo_prompt_version(site: Site) -> None:
    assert ask(site).headers["x-nemo-prompt-version"] is None
    body: dict[str, Any] = {"nemo_prompt_template_id": "support", "nemo_prompt_variables": {"customer": "Joe"}}
    for stream in (False, True):
        assert int(ask(site, stream=stream, **body).headers["x-nemo-prompt-version"]) == 1


def test_x_nemo_ab_test(site: Site) -> None:
    assert ask(site).headers["x-nemo-ab-test"] is None
    told = {ask(site, model="fast", user=f"u{number}").headers["x-nemo-ab-test"] for number in range(12)}
    assert told == {"speed/now", "speed/new"}


def test_x_nemo_cache(tmp_path: Path) -> None:
    """On the models endpoints, as the page has it; those that answer requests say it where there is a cache."""
    with Site(tmp_path) as site:
        for path in ("/v1/models", "/api/models/pricing"):
            assert [get(site, path).headers["x-nemo-cache"] for _ in range(2)] == ["miss", "hit"]
        assert get(site, "/v1/models/alias").headers["x-nemo-cache"] == "hit"
        assert ask(site).headers["x-nemo-cache"] is None
