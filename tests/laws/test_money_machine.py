"""Whatever happens in whatever order: a dictionary, the ledger, the usage rows and the gateway's memory agree.

`NEMO_TEST_LONG=1` takes 20 seeds through more than 1,000 steps each.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from nemoproxy._core import count_tokens
from nemoproxy.storage import Kind, Period, Scope
from nemoproxy.storage.verify import verify
from tests.purse import COUNTED, Ended, Purse, cost, hold
from tests.site import Site
from tests.timing import LONG
from tests.wire import Answer, Wire, chat, post

SEEDS = range(20) if LONG else range(2)
STEPS = 80
EXAMPLES = 25 if LONG else 4

outputs = st.integers(1, 60)
enough = st.integers(hold(100), hold(1000))
little = st.integers(0, 30).map(hold)
amounts = st.one_of(little, enough, enough)
shapes = st.fixed_dictionaries({}, optional={"max_tokens": st.integers(1, 80)})


class Money(RuleBasedStateMachine):
    """One organisation with a budgeted key, and what it should have."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.site = Site(Path(self.directory.name))
        self.balance = 0
        self.budget: int | None = None
        self.charged: dict[str, int] = {}
        self.endings: dict[str, str] = {}

    @initialize(units=amounts)
    def begin(self, units: int) -> None:
        self.purse = Purse.make(self.site, units)
        self.balance = units

    # What operators do.

    @rule(kind=st.sampled_from([Kind.GRANT, Kind.TOP_UP, Kind.REFUND]), units=amounts)
    def grant(self, kind: Kind, units: int) -> None:
        self.site.records.ledger.credit(self.purse.org, kind, units)
        self.balance += units
        self.site.refresh()

    @rule(percent=st.integers(1, 30))
    def expire(self, percent: int) -> None:
        self.purse.balance()  # booked: what the ledger does not know of yet, it lets an operator take
        if units := self.balance * percent // 100:
            self.site.records.ledger.credit(self.purse.org, Kind.EXPIRE, units)
            self.balance -= units
            self.site.refresh()

    @rule(units=st.one_of(little, enough))
    def limit(self, units: int) -> None:
        self.site.records.budgets.set(Scope.KEY, self.purse.row.id, self.spent + units, Period.TOTAL)
        self.budget = self.spent + units
        self.site.refresh()

    @rule()
    def unlimit(self) -> None:
        if self.budget is not None:
            self.site.records.budgets.remove(Scope.KEY, self.purse.row.id)
            self.budget = None
            self.site.refresh()

    @rule()
    def restart(self) -> None:
        self.site.restart()

    # What clients do.

    @rule(output=outputs, shape=shapes)
    def plain(self, output: int, shape: dict[str, Any]) -> None:
        answer = self.ask(f"mock,events={output}", **shape)
        if self.must_refuse(answer.status, shape):
            return
        delivered = answer.json()["usage"]["completion_tokens"]
        assert delivered <= min(output, shape.get("max_tokens", output))
        self.charge(answer.headers["x-request-id"], cost(delivered), "complete")

    @rule(output=outputs, shape=shapes | st.just({}))
    def stream(self, output: int, shape: dict[str, Any]) -> None:
        """To its end, or to that of the money."""
        answer = self.stream_of(f"mock,events={output}", **shape)
        if self.must_refuse(answer.status, shape):
            return
        assert answer.whole
        cut = b"insufficient_credits" in answer.raw
        delivered = self.tokens_in(answer.raw)
        if cut:
            assert COUNTED * 10_000 + delivered * 20_000 <= self.available
            self.charge(answer.request_id, cost(delivered, COUNTED), "cut_off")
        else:
            assert delivered == min(output, shape.get("max_tokens", output))
            self.charge(answer.request_id, cost(delivered), "complete")

    @rule(tokens=st.integers(1, 40))
    def is_cut(self, tokens: int) -> None:
        """A budget that pays for no more than so many tokens, and a provider with many more."""
        self.limit(hold(tokens))
        self.stream(4 * tokens + 20, {})

    @rule(status=st.sampled_from([400, 404, 429, 500, 503]), streamed=st.booleans())
    def fails(self, status: int, streamed: bool) -> None:
        members = {"stream": True} if streamed else {}
        answer = self.ask(f"mock,status={status}", max_tokens=1, **members)
        assert answer.status == (402 if hold(1) > self.available else status)

    @rule(fault=st.sampled_from(["reset", "garbage"]))
    def breaks_before(self, fault: str) -> None:
        answer = self.ask(f"mock,fault={fault}", max_tokens=1)
        assert answer.status == 402 if hold(1) > self.available else answer.status in (502, 503)

    @rule(events=st.integers(0, 20))
    def breaks_within(self, events: int) -> None:
        """Delivered is delivered, whoever broke it off."""
        answer = self.stream_of(f"mock,events=40,fault=cut:{events}", max_tokens=40)
        if self.must_refuse(answer.status, {"max_tokens": 40}):
            return
        if delivered := self.tokens_in(answer.raw):
            self.charge(answer.request_id, cost(delivered, COUNTED), "upstream_broke")

    @rule(events=st.integers(2, 20))
    def leaves(self, events: int) -> None:
        with Wire(self.site.port) as wire:
            wire.send(post(chat(f"mock,events=40,fault=stall:{events}", stream=True, max_tokens=40), self.purse.key))
            raw = wire.socket.recv(65536)
            if self.must_refuse(int(raw[9:12]), {"max_tokens": 40}):
                return
            while raw.count(b'"content":') < events:
                raw += wire.socket.recv(65536)
        self.purse.idle()
        self.charge(Ended(raw).request_id, cost(events - 1, COUNTED), "client_left")

    @rule()
    def is_refused(self) -> None:
        self.ask("mock", max_tokens=-1)
        self.ask("mock", max_tokens=10**7)
        with Wire(self.site.port) as wire:
            wire.send(post(chat(), "sk-nemo-unknown"))
            assert wire.answer().status == 401

    # What has to be so.

    @invariant()
    def all_agree(self) -> None:
        if not hasattr(self, "purse"):
            return
        self.purse.check()
        assert self.purse.balance() == self.balance
        rows = self.purse.rows()
        assert {row.request_id: row.cost for row in rows} == self.charged
        assert {row.request_id: row.ending for row in rows} == self.endings
        if self.budget is not None:
            ceiling, settled, held = self.purse.account(Scope.KEY)
            assert (ceiling - settled, held) == (max(0, self.budget - self.spent), 0)

    def teardown(self) -> None:
        try:
            assert verify(self.site.records) == []
        finally:
            self.site.close()
            self.directory.cleanup()

    # ---

    @property
    def spent(self) -> int:
        return sum(self.charged.values())

    @property
    def available(self) -> int:
        return self.balance if self.budget is None else min(self.balance, self.budget - self.spent)

    def must_refuse(self, status: int, shape: dict[str, Any]) -> bool:
        """Whether it was refused, after a check that it was if and only if the money is not there."""
        least = hold(shape.get("max_tokens", 1))
        assert status == (402 if least > self.available else 200)
        return status == 402

    def charge(self, request_id: str, units: int, ending: str) -> None:
        assert request_id not in self.charged
        assert units <= self.available
        self.charged[request_id], self.endings[request_id] = units, ending
        self.balance -= units

    def ask(self, model: str, **members: Any) -> Answer:
        with Wire(self.site.port) as wire:
            wire.send(post(chat(model, **members), self.purse.key))
            return wire.answer()

    def stream_of(self, model: str, **members: Any) -> Ended:
        with Wire(self.site.port) as wire:
            wire.send(post(chat(model, stream=True, **members), self.purse.key, connection="close"))
            return Ended(wire.rest())

    def tokens_in(self, raw: bytes) -> int:
        events = [json.loads(line) for line in re.findall(rb"^data: (\{.*\})$", raw, re.MULTILINE)]
        text = (choice["delta"].get("content") or "" for event in events for choice in event.get("choices", ()))
        return count_tokens("".join(text), "o200k_base")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", SEEDS)
def test_all_books_agree(number: int) -> None:
    run_state_machine_as_test(
        seed(number)(Money),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
