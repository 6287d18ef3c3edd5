"""What a stream says that it costs is what it is charged: in its usage chunk, in the trailer, and in the books."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from nemoproxy._core import count_tokens
from nemoproxy.storage import Period, Scope
from tests.flow.test_money import USAGE, chunks, stream, text_of, usd
from tests.purse import COUNTED, IN, OUT, Ended, Purse, hold
from tests.upstream import Upstream, read_request

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Scripted:
    """A provider whose streams are `events`, each in a write of its own, then `[DONE]`."""

    def __init__(self, data: Path) -> None:
        self.events: list[Any] = []
        self.upstream = Upstream(self._talk)
        self.site = self.upstream.site(data)

    def _talk(self, connection: socket.socket, _number: int) -> None:
        while read_request(connection):
            connection.sendall(HEAD)
            for event in [*self.events, None]:
                data = b"data: %b\n\n" % (b"[DONE]" if event is None else json.dumps(event).encode())
                connection.sendall(b"%x\r\n%b\r\n" % (len(data), data))
            connection.sendall(b"0\r\n\r\n")

    def ask(self, purse: Purse, *events: Any, **members: Any) -> Ended:
        self.events = list(events)
        return stream(self.site, purse.key, "p/model", **{**USAGE, **members})


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    made = Scripted(tmp_path_factory.mktemp("scripted"))
    with made.upstream, made.site:
        yield made


def say(text: str, usage: Any = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return {"id": "c", "object": "chat.completion.chunk", "choices": [choice], "usage": usage}


def use(prompt: Any, output: Any, **more: Any) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output, **more}


def told(usage: Any) -> dict[str, Any]:
    return {"id": "c", "object": "chat.completion.chunk", "choices": [], "usage": usage}


def costs(events: list[Any]) -> list[Decimal | None]:
    return [event["usage"].get("cost") for event in events if event.get("usage")]


def agrees(purse: Purse, answer: Ended) -> Any:
    """The last cost in the stream is the trailer's, and the one in the books. The row in the books."""
    assert answer.status == 200
    assert answer.whole
    purse.check()
    (row,) = purse.rows()
    assert Decimal(answer.header("x-nemo-request-cost") or "-1") == usd(row.cost)
    assert costs(chunks(answer.raw))[-1] == usd(row.cost)
    return row


@pytest.mark.parametrize("room", [0, 1, 7 * IN, 11 * IN, 10**6 * IN])
@pytest.mark.parametrize("scope", list(Scope))
def test_more_than_was_held(scripted: Scripted, room: int, scope: Scope) -> None:
    """A provider counts more of the prompt than we do: what is left pays for as much of that as it can."""
    purse = Purse.make(scripted.site, hold(10) + room if scope is Scope.ORG else 10**9 * IN)
    if scope is not Scope.ORG:
        id = purse.team_id if scope is Scope.TEAM else purse.row.id
        scripted.site.records.budgets.set(scope, id, hold(10) + room, Period.TOTAL)
        scripted.site.refresh()
    answer = scripted.ask(purse, say("Hello"), told(use(COUNTED + 20, 1)), max_tokens=10)
    row = agrees(purse, answer)
    due = (COUNTED + 20) * IN + OUT
    assert row.cost == min(due, hold(10) + room)
    assert (row.shortfall, row.estimated) == (due - row.cost, False)


def test_more_than_was_held_in_every_chunk(scripted: Scripted) -> None:
    purse = Purse.make(scripted.site, hold(4) + 2 * IN)
    usages = [use(COUNTED + 10 + number, number) for number in range(4)]
    answer = scripted.ask(purse, *(say(" word", usage) for usage in usages), told(usages[-1]), max_tokens=4)
    row = agrees(purse, answer)
    assert row.cost == hold(4) + 2 * IN
    assert row.shortfall == (COUNTED + 13) * IN + 3 * OUT - row.cost
    assert text_of(chunks(answer.raw)) == 4 * " word"


def test_money_that_comes_after_the_cost_was_told_is_not_taken(scripted: Scripted) -> None:
    """Another call of the same purse ends between the usage and the end of the stream."""
    purse = Purse.make(scripted.site, hold(4))
    site = scripted.site
    limiter = site._limiter
    slots = [
        site.gateway._directory.slot(scope, id) or 0 for scope, id in (("key", purse.row.id), ("org", purse.org_id))
    ]
    purse.fill(hold(4) + 5 * IN)
    other = limiter.admit(slots[0], 0, slots[1], 0, 0, 5 * IN, 5 * IN)
    assert other.allowed
    released = False

    def talk(connection: socket.socket, _number: int) -> None:
        nonlocal released
        while read_request(connection):
            for event in (say("Hello"), told(use(COUNTED + 20, 1))):
                data = b"data: %b\n\n" % json.dumps(event).encode()
                connection.sendall(
                    (b"" if "usage" not in event or event["usage"] else HEAD) + b"%x\r\n%b\r\n" % (len(data), data)
                )
            site.eventually(lambda: purse.account()[2] == hold(4) + 5 * IN)
            limiter.settle(other.hold, 0, 0, 0)
            released = True
            connection.sendall(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")

    scripted.upstream._talk, before = talk, scripted.upstream._talk
    site.run(site.gateway._providers["p"].shutdown())
    try:
        answer = stream(site, purse.key, "p/model", **USAGE, max_tokens=4)
    finally:
        scripted.upstream._talk = before
        site.run(site.gateway._providers["p"].shutdown())
    assert released
    row = agrees(purse, answer)
    assert row.cost == hold(4)
    assert purse.balance() == 5 * IN


@pytest.mark.parametrize(
    "usage",
    [
        use(COUNTED, 10**9),
        use(10**9, 2),
        use(0, 0),
        use(COUNTED, 2, cost=77),
        use(COUNTED, 10**9, cost=77),
        use(COUNTED, -3, cost=0),
        {"prompt_tokens": "9", "completion_tokens": "2", "cost": "free"},
        {"cost": 1e-9},
        {},
    ],
    ids=str,
)
def test_usage_that_is_not_believed(scripted: Scripted, usage: Any) -> None:
    """Then it is our own count that is charged, and told; what the provider says of the cost never is."""
    purse = Purse.make(scripted.site, hold(5000))
    answer = scripted.ask(purse, say("Hello"), say(" world"), told(usage))
    row = agrees(purse, answer)
    assert row.output_tokens == count_tokens("Hello world", "o200k_base") == 2
    assert row.cost == hold(2)


def test_usage_along_the_way_tells_what_it_costs_so_far(scripted: Scripted) -> None:
    purse = Purse.make(scripted.site, hold(5000))
    answer = scripted.ask(purse, say("Hello", use(COUNTED, 1)), say(" world", use(COUNTED, 2)), told(use(COUNTED, 2)))
    agrees(purse, answer)
    assert costs(chunks(answer.raw)) == [usd(hold(1)), usd(hold(2)), usd(hold(2))]


def test_text_after_the_usage(scripted: Scripted) -> None:
    """Only a provider that goes on can make a cost wrong that was told. The trailer has the last word."""
    purse = Purse.make(scripted.site, hold(5000))
    answer = scripted.ask(purse, told(use(COUNTED, 1)), say(" word" * 50))
    assert costs(chunks(answer.raw)) == [usd(hold(1))]
    purse.check()
    (row,) = purse.rows()
    assert (row.estimated, row.output_tokens) == (True, 50)
    assert Decimal(answer.header("x-nemo-request-cost") or "-1") == usd(row.cost) == usd(hold(50))


@pytest.mark.parametrize("more", [0, 3, 8])
def test_cut_off_after_a_usage(scripted: Scripted, more: int) -> None:
    """A provider that counts as it goes, and money that is gone: the last usage is ours, and has the same figure."""
    purse = Purse.make(scripted.site, hold(5))
    words = [say(" word", use(COUNTED + more, number)) for number in range(1, 30)]
    answer = scripted.ask(purse, *words)
    row = agrees(purse, answer)
    assert row.ending == "cut_off"
    assert row.cost <= hold(5)
    last = chunks(answer.raw)[-1]["usage"]
    assert (last["prompt_tokens"], last["completion_tokens"]) == (row.prompt_tokens, row.output_tokens)
