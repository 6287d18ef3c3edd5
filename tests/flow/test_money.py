"""Money through the front door: nobody spends more than there is, and everybody pays exactly what was delivered."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nemoproxy._core import count_tokens
from nemoproxy.config import Config, Credits
from nemoproxy.money import UNITS_PER_USD
from nemoproxy.storage import Kind, Period, Scope
from tests.purse import COUNTED, IN, OUT, Ended, Purse, cost, crowd, hold
from tests.site import PRICE, Site
from tests.timing import LONG, within
from tests.wire import Answer, Wire, chat, ended, post

ROUNDS = 200 if LONG else 20
UPSTREAM_ERRORS = (400, 401, 402, 404, 429, 500, 503)
USAGE = {"stream": True, "stream_options": {"include_usage": True}}


def ask(site: Site, key: str, model: str = "mock,events=4", **members: Any) -> Answer:
    with Wire(site.port) as wire:
        wire.send(post(chat(model, **members), key))
        return wire.answer()


def stream(site: Site, key: str, model: str, **members: Any) -> Ended:
    with Wire(site.port) as wire:
        wire.send(post(chat(model, **{"stream": True, **members}), key, connection="close"))
        return Ended(wire.rest())


def chunks(raw: bytes) -> list[Any]:
    """The JSON of the events of a stream."""
    return [json.loads(line, parse_float=Decimal) for line in re.findall(rb"^data: (\{.*\})$", raw, re.MULTILINE)]


def text_of(events: list[Any]) -> str:
    return "".join(choice["delta"].get("content") or "" for event in events for choice in event["choices"])


def usd(units: int) -> Decimal:
    return Decimal(units).scaleb(-10)


# --- who is let in


def test_the_last_cent(site: Site) -> None:
    purse = Purse.make(site, hold(5))
    request = post(chat("mock,events=4", max_tokens=5), purse.key, connection="close")
    for _ in range(ROUNDS):
        purse.fill(hold(5))
        answers = asyncio.run(crowd(site.port, [request] * 64, lambda: _in_order(purse)))
        assert Counter(answer.status for answer in answers) == {200: 1, 402: 63}
        _in_order(purse)
        purse.check()
        assert purse.balance() == hold(5) - cost(4)
    refused = next(answer for answer in answers if answer.status == 402)
    assert refused.header("x-should-retry") == "false"
    assert refused.header("retry-after") is None
    body = json.loads(refused.raw.partition(b"\r\n\r\n")[2], parse_float=Decimal)
    assert (body["code"], body["error"]["type"]) == ("insufficient_credits", "insufficient_quota")
    assert (body["scope"], body["reason"]) == ("org", "insufficient_credits")
    assert body["needed"] == usd(hold(5))
    assert 0 <= body["available"] < body["needed"]


def _in_order(*purses: Purse, scopes: tuple[Scope, ...] = (Scope.ORG,)) -> None:
    """Nobody has more out than there is."""
    for purse in purses:
        for scope in scopes:
            ceiling, settled, held = purse.account(scope)
            assert settled + held <= ceiling, f"{scope} overshoots: {settled} + {held} > {ceiling}"


SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "plain, bounded": {"max_tokens": 40},
    "stream": USAGE,
    "stream, bounded": {**USAGE, "max_tokens": 40},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bound", ["org", "team", "key"])
def test_a_thousand_at_the_edge(site: Site, bound: str, shape: str) -> None:
    edge = 200 * cost(30) + 7
    purse = Purse.make(site, edge if bound == "org" else 10 * UNITS_PER_USD)
    scopes: tuple[Scope, ...] = (Scope.ORG,)
    if bound != "org":
        scopes = (Scope.ORG, Scope(bound))
        id = purse.team_id if bound == "team" else purse.row.id
        site.records.budgets.set(Scope(bound), id, edge, Period.TOTAL)
        site.refresh()
    before = purse.balance()
    request = post(chat("mock,events=30,latency=30ms,spacing=1ms", **SHAPES[shape]), purse.key, connection="close")
    answers = asyncio.run(crowd(site.port, [request] * 1000, lambda: _in_order(purse, scopes=scopes)))

    assert {answer.status for answer in answers} == {200, 402}
    purse.idle()
    _in_order(purse, scopes=scopes)
    purse.check()
    spent = before - purse.balance()
    assert 0 < spent <= edge
    told = {answer.request_id: answer.header("x-nemo-request-cost") for answer in answers if answer.status == 200}
    rows = purse.rows()
    assert {row.request_id: str(usd(row.cost)) for row in rows}.keys() == told.keys()
    for row in rows:
        assert Decimal(told[row.request_id] or "-1") == usd(row.cost)
        assert row.shortfall == 0
    # What is left does not pay for one more bounded request; and nothing that is left was refused for ever.
    if "bounded" in shape:
        assert len(rows) >= edge // hold(40)
    refused = [answer for answer in answers if answer.status == 402]
    for answer in refused:
        body = json.loads(answer.raw.partition(b"\r\n\r\n")[2])
        assert body["scope"] == bound
        assert body["reason"] == ("insufficient_credits" if bound == "org" else "budget_exceeded")
        begin, verb = ("The credits of ", "do") if bound == "org" else ("The budget of ", "does")
        assert body["error"]["message"].startswith(begin) and f" {verb} not cover this call" in body["error"]["message"]


def test_a_small_balance_is_not_refused(site: Site) -> None:
    """Enough for the prompt and one token: far less than a step, or than the longest answer."""
    plain, streamed = Purse.make(site, hold(1)), Purse.make(site, hold(1))
    assert ask(site, plain.key).status == 200
    assert stream(site, streamed.key, "mock,events=4").status == 200
    plain.check()
    streamed.check()
    assert plain.balance() == hold(1) - cost(1)
    assert streamed.balance() == 0
    purse = Purse.make(site, hold(1) - 1)
    assert ask(site, purse.key).status == 402
    assert stream(site, purse.key, "mock").status == 402
    assert purse.balance() == hold(1) - 1


def bound(site: Site) -> int:
    """What the gateway has told the provider to write at most."""
    most: int = site.mock.requests[-1].json()["max_tokens"]
    return most


@pytest.mark.parametrize("tokens", [1, 2, 30, 500, 1024])
def test_a_small_balance_is_there_as_a_whole_for_a_plain_answer(site: Site, tokens: int) -> None:
    """Up to `output_step` tokens are not shared: the answer is as long as the money lasts, and no longer."""
    purse = Purse.make(site, hold(tokens))
    answer = ask(site, purse.key, f"mock,events={tokens + 400}")
    assert answer.status == 200
    assert bound(site) == tokens
    assert answer.json()["usage"]["completion_tokens"] == tokens
    assert answer.json()["choices"][0]["finish_reason"] == "length"
    purse.check()
    assert purse.balance() == hold(tokens) - cost(tokens)


def test_a_plain_answer_leaves_some_of_a_larger_balance_to_others(site: Site) -> None:
    """Half of it for one that is alone, a quarter of what is left for another, but `output_step` tokens at least."""
    step = site.config.limits.output_step
    purse = Purse.make(site, 10 * hold(step))
    with ExitStack() as running:
        bounds = []
        while True:
            asked = site.mock.total
            wire = running.enter_context(Wire(site.port))
            wire.send(post(chat("mock,fault=stall"), purse.key))
            site.eventually(lambda asked=asked: site.mock.total > asked or purse.available() < hold(1))  # type: ignore[misc]
            if site.mock.total == asked:
                break
            bounds.append(bound(site))
            _in_order(purse)
        assert wire.answer().status == 402, "nothing is left of it"
    half, *others, last = bounds
    assert half == (5 * hold(step) - COUNTED * IN) // OUT
    assert others[0] == (5 * hold(step) // 4 - COUNTED * IN) // OUT
    assert set(others[1:]) == {step}
    assert last <= step
    purse.idle()
    purse.check()


def test_a_stream_outgrows_its_step(site: Site) -> None:
    step = site.config.limits.output_step
    purse = Purse.make(site, hold(5 * step))
    answer = stream(site, purse.key, f"mock,events={3 * step + 5}")
    assert answer.status == 200
    assert answer.whole
    purse.check()
    assert purse.balance() == hold(5 * step) - cost(3 * step + 5)


# --- money gone in the middle


@pytest.mark.parametrize("usage", [False, True])
@pytest.mark.parametrize("tokens", [1, 2, 17, 200, 1500])
def test_cut_off(site: Site, tokens: int, usage: bool) -> None:
    purse = Purse.make(site, hold(tokens))
    left = len(site.mock.left)
    answer = stream(site, purse.key, f"mock,events={10 * tokens + 200},spacing=1us", **(USAGE if usage else {}))
    assert answer.status == 200
    assert ended(answer.raw)
    events = chunks(answer.raw)
    delivered = count_tokens(text_of(events), "o200k_base")
    assert 0 < delivered <= tokens
    assert delivered >= tokens - 2, "almost all that was paid for is delivered"
    finish = [choice["finish_reason"] for event in events for choice in event["choices"] if choice["finish_reason"]]
    assert finish == ["length"]
    last = events[-2] if usage else events[-1]
    assert "insufficient_credits" in json.dumps(last["nemo"], default=str)
    bill = COUNTED * IN + delivered * OUT
    if usage:
        assert events[-1]["usage"]["completion_tokens"] == delivered
        assert events[-1]["usage"]["cost"] == usd(bill)
    assert Decimal(answer.header("x-nemo-request-cost") or "-1") == usd(bill)
    site.run(site.mock.until(lambda: len(site.mock.left) == left + 1))
    purse.check()
    (row,) = purse.rows()
    assert (row.ending, row.estimated, row.output_tokens, row.cost) == ("cut_off", True, delivered, bill)
    assert purse.balance() == hold(tokens) - bill


def test_a_thousand_streams_that_grow_at_the_edge(tmp_path: Path) -> None:
    """All of them hold a few tokens at a time; when the money is gone, each ends with what it has paid for."""
    limits = msgspec.structs.replace(Config().limits, output_step=8)
    with Site(tmp_path, limits=limits) as site:
        edge = 300 * cost(60)
        purse = Purse.make(site, edge)
        model = "mock,events=60,latency=30ms,spacing=1ms"
        request = post(chat(model, **USAGE), purse.key, connection="close")
        answers = asyncio.run(crowd(site.port, [request] * 1000, lambda: _in_order(purse)))
        purse.check()
        rows = {row.request_id: row for row in purse.rows()}
        assert {row.ending for row in rows.values()} >= {"cut_off"}
        assert all(row.shortfall == 0 for row in rows.values())
        for answer in answers:
            assert answer.status in (200, 402)
            if answer.status == 200:
                assert ended(answer.raw)
                row, events = rows.pop(answer.request_id), chunks(answer.raw)
                assert row.output_tokens == count_tokens(text_of(events), "o200k_base")
                assert events[-1]["usage"]["cost"] == Decimal(answer.header("x-nemo-request-cost") or "-1")
                assert usd(row.cost) == events[-1]["usage"]["cost"]
        assert rows == {}
        assert purse.balance() < hold(1), "nothing is left that could have been spent"


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"n": 3}, "/v1/chat/completions"),
        ({"messages": None, "prompt": "Hello!"}, "/v1/completions"),
    ],
)
def test_cut_off_of_every_choice(site: Site, members: dict[str, Any], path: str) -> None:
    purse = Purse.make(site, hold(30))
    body = {name: value for name, value in chat("mock,events=400", stream=True, **members).items() if value is not None}
    with Wire(site.port) as wire:
        wire.send(post(body, purse.key, path, connection="close"))
        answer = Ended(wire.rest())
    assert ended(answer.raw)
    finish = [choice["finish_reason"] for event in chunks(answer.raw) for choice in event["choices"]]
    assert [reason for reason in finish if reason] == ["length"] * members.get("n", 1)
    purse.check()
    (row,) = purse.rows()
    assert (row.ending, row.shortfall) == ("cut_off", 0)
    assert row.output_tokens >= 27


# --- providers that break


@pytest.mark.parametrize("fault", ["cut", "errorevent", "reset", "badchunk"])
@pytest.mark.parametrize("events", [0, 1, 2, 5])
def test_a_stream_that_breaks_costs_what_it_brought(site: Site, fault: str, events: int) -> None:
    """The first event has no text: a stream that broke there, or before, is free."""
    purse = Purse.make(site, hold(5000))
    answer = stream(site, purse.key, f"mock,events=9,fault={fault}:{events},spacing=20ms")
    purse.check()
    begun = answer.status == 200  # and not if all of it came in one read, so that it could be refused as a whole
    assert begun or fault == "badchunk"
    brought = max(0, events - 1) if begun else 0
    assert [(row.ending, row.estimated, row.output_tokens) for row in purse.rows()] == (
        [("upstream_broke", True, brought)] if brought else []
    )
    assert purse.balance() == hold(5000) - (cost(brought, COUNTED) if brought else 0)


# --- clients that leave


@pytest.mark.parametrize("events", [0, 1, 2, 5, 13, 31, 63])
def test_a_client_that_leaves_pays_for_what_it_got(site: Site, events: int) -> None:
    purse = Purse.make(site, hold(5000))
    left = len(site.mock.left)
    with Wire(site.port) as wire:
        wire.send(post(chat(f"mock,events=64,spacing=1ms,fault=stall:{events + 1}", stream=True), purse.key))
        raw = b""
        while raw.count(b'"content":') < events + 1:  # the first one opens the message, and has no text
            raw += wire.socket.recv(4096)
    with within(0.1):
        site.run(site.mock.until(lambda: len(site.mock.left) == left + 1))
    delivered = count_tokens(text_of(chunks(raw)), "o200k_base")
    purse.check()
    (row,) = purse.rows()
    assert (row.ending, row.estimated) == ("client_left", True)
    assert row.output_tokens == delivered
    assert row.prompt_tokens == COUNTED
    assert purse.balance() == hold(5000) - cost(row.output_tokens, COUNTED)


def test_a_client_that_leaves_before_the_answer_pays_the_prompt(site: Site) -> None:
    purse = Purse.make(site, hold(5000))
    asked, left = site.mock.total, len(site.mock.left)
    with Wire(site.port) as wire:
        wire.send(post(chat("mock,fault=stall", max_tokens=5), purse.key))
        site.run(site.mock.until(lambda: site.mock.total == asked + 1))
    with within(0.1):
        site.run(site.mock.until(lambda: len(site.mock.left) == left + 1))
    purse.check()
    (row,) = purse.rows()
    assert (row.ending, row.estimated, row.output_tokens) == ("client_left", True, 0)
    assert purse.balance() == hold(5000) - cost(0, COUNTED)


# --- what is told


@pytest.mark.parametrize("events", [1, 4, 100])
def test_everybody_names_the_same_cost(site: Site, events: int) -> None:
    purse = Purse.make(site, UNITS_PER_USD)
    model = f"mock,events={events}"
    plain = ask(site, purse.key, model)
    used = plain.json()["usage"]
    exact = used["prompt_tokens"] * Decimal("1e-6") + used["completion_tokens"] * Decimal("2e-6")
    assert Decimal(plain.headers["x-nemo-request-cost"]) == exact == usd(cost(events))
    assert plain.headers["x-litellm-response-cost"] == plain.headers["x-nemo-request-cost"]
    asked = stream(site, purse.key, model, **USAGE)
    told = chunks(asked.raw)[-1]["usage"]
    assert told["cost"] == exact
    assert Decimal(asked.header("x-nemo-request-cost") or "-1") == exact
    silent = stream(site, purse.key, model)
    assert b'"usage"' not in silent.raw
    assert Decimal(silent.header("x-nemo-request-cost") or "-1") == exact
    purse.check()
    assert {row.request_id: row.cost for row in purse.rows()} == {
        plain.headers["x-request-id"]: cost(events),
        asked.request_id: cost(events),
        silent.request_id: cost(events),
    }


@pytest.mark.parametrize("usage", ["missing", "zero", "negative", "huge", "string"])
@pytest.mark.parametrize("streamed", [False, True])
def test_usage_that_cannot_be_true(site: Site, usage: str, streamed: bool) -> None:
    purse = Purse.make(site, UNITS_PER_USD)
    model = f"mock,events=50,usage={usage}"
    answer = stream(site, purse.key, model, **USAGE) if streamed else None
    told = ask(site, purse.key, model).headers["x-nemo-request-cost"] if answer is None else None
    if answer is not None:
        assert answer.whole
        told = answer.header("x-nemo-request-cost")
    purse.check()
    (row,) = purse.rows()
    assert (row.estimated, row.prompt_tokens, row.output_tokens) == (True, COUNTED, 50)
    assert row.cost == cost(50, COUNTED)
    assert Decimal(told or "-1") == usd(row.cost)


def test_what_may_be_sound_is_held_at_its_price(site: Site) -> None:
    """A million tokens of gpt-audio's cost 2.50 USD in and 10 USD out as text, 32 and 64 USD as sound."""
    purse = Purse.make(site, UNITS_PER_USD // 1000)
    prompt = [{"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}]
    for members, status in (
        ({}, 200),
        ({"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}, 402),
        ({"messages": [{"role": "user", "content": prompt}]}, 402),
        ({"stop": "\u0007"}, 402),
    ):
        assert ask(site, purse.key, "gpt-audio", max_tokens=90, **members).status == status, members
    purse.check()


def test_balance_and_history(site: Site) -> None:
    purse = Purse.make(site, UNITS_PER_USD)
    ask(site, purse.key)
    with Wire(site.port) as wire:
        wire.send(f"GET /api/credits/balance HTTP/1.1\r\nhost: g\r\nauthorization: Bearer {purse.key}\r\n\r\n")
        told = json.loads(wire.answer("GET").body, parse_float=Decimal)
        left = usd(UNITS_PER_USD - cost(4))
        assert told == {"balance": left, "reserved": 0, "available": left}
        wire.send(f"GET /api/credits/history?limit=2 HTTP/1.1\r\nhost: g\r\nauthorization: Bearer {purse.key}\r\n\r\n")
        page = json.loads(wire.answer("GET").body, parse_float=Decimal)
    assert page["total"] == 4
    assert [entry["type"] for entry in page["data"]] == ["settle", "hold"]
    assert sum(entry["amount"] for entry in page["data"]) == -usd(cost(4))


# --- what is refused costs nothing


def test_a_refused_request_leaves_no_entry(site: Site) -> None:
    purse = Purse.make(site, UNITS_PER_USD, rpm=1000, models=None)
    narrow = site.make_key(team=purse.org, org=purse.org, models=("alias",))[1]
    slow = site.make_key(team=purse.org, org=purse.org, tpm=5)[1]
    revoked_row, revoked = site.make_key(team=purse.org, org=purse.org)
    site.records.revoke_key(revoked_row.id)
    site.refresh()
    statuses = {
        "no such key": ask(site, "sk-nemo-nope").status,
        "revoked": ask(site, revoked).status,
        "too dear": ask(site, purse.key, max_tokens=10**6).status,
        "not its model": ask(site, narrow).status,
        "invalid": ask(site, purse.key, max_tokens=-1).status,
        "limited": ask(site, slow).status,
        "dead": ask(site, purse.key, "dead").status,
        **{f"upstream {code}": ask(site, purse.key, f"mock,status={code}").status for code in UPSTREAM_ERRORS},
        "streamed 500": stream(site, purse.key, "mock,status=500").status,
        "garbage": ask(site, purse.key, "mock,fault=garbage").status,
        "reset": ask(site, purse.key, "mock,fault=reset").status,
        "no such model there": ask(site, purse.key, "missing").status,
    }
    with Wire(site.port) as wire:
        wire.send(post(b"{}", purse.key, content_length=str(1 << 30)))
        statuses["too large"] = wire.answer().status
    assert statuses == {
        "no such key": 401,
        "revoked": 401,
        "too dear": 402,
        "not its model": 403,
        "invalid": 400,
        "limited": 429,
        "dead": 503,
        **{f"upstream {code}": code for code in UPSTREAM_ERRORS},
        "streamed 500": 500,
        "garbage": 502,
        "reset": 503,
        "no such model there": 404,
        "too large": 413,
    }
    purse.check()
    assert purse.entries() == 0
    assert purse.rows() == []
    assert purse.balance() == purse.available() == UNITS_PER_USD


# --- operators


def test_what_has_no_price(tmp_path: Path) -> None:
    with Site(tmp_path, prices={}) as site:
        purse = Purse.make(site, UNITS_PER_USD)
        asked = site.mock.total
        for answer in (ask(site, purse.key), stream(site, purse.key, "mock")):
            assert answer.status == 403
        assert ask(site, purse.key).code == "model_unpriced"
        assert site.mock.total == asked
        assert purse.entries() == 0


def test_what_has_no_price_is_allowed(tmp_path: Path) -> None:
    with Site(tmp_path, prices={}, credits=Credits(unpriced="allow", journal=str(tmp_path / "journal"))) as site:
        purse = Purse.make(site, 1)
        answer = ask(site, purse.key)
        assert answer.status == 200
        assert "x-nemo-request-cost" not in answer.headers
        assert stream(site, purse.key, "mock,events=4").whole
        purse.check()
        assert [(row.cost, row.output_tokens) for row in purse.rows()] == [(0, 4), (0, 4)]
        assert purse.entries() == 0


def test_not_metered(tmp_path: Path) -> None:
    with Site(tmp_path, credits=Credits(metered=False, journal=str(tmp_path / "journal"))) as site:
        org = site.records.set_org("poor")
        site.records.set_team("poor", "poor")
        _, key = site.make_key(team="poor", org="poor")
        assert ask(site, key, max_tokens=10**9).status == 200
        assert stream(site, key, "mock,events=4000").whole
        assert site.gateway._books.drain.flush()
        assert site.records.ledger.balances()[org.id].settled == 0
        assert PRICE.output == 2 * UNITS_PER_USD


# --- changes while money is spent


def test_top_ups_under_load_add_up(site: Site) -> None:
    """Granted again and again while requests settle: in the end the gateway says what the ledger says."""
    purse = Purse.make(site, UNITS_PER_USD)
    request = post(chat("mock,events=4", max_tokens=5), purse.key, connection="close")

    async def both() -> None:
        def top_up() -> None:
            for _ in range(30):
                site.records.ledger.credit(purse.org, Kind.TOP_UP, 12_345)
                site.refresh()

        granting = asyncio.create_task(asyncio.to_thread(top_up))
        while not granting.done():
            for answer in await crowd(site.port, [request] * 8):
                assert answer.status == 200
        await granting

    asyncio.run(both())
    purse.check()
