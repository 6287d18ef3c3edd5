"""Stage 11, close: what a call was really worth, settled and written down exactly once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns

from nemoproxy._core import Bill
from nemoproxy.stages.limits import Limits
from nemoproxy.storage.schema import CLIENT_LEFT
from nemoproxy.types import Call

BROKEN_STREAM = ("stream_broken", 502)
FAULTS = frozenset({401, 403, 408, 429})
"""What a provider answers, beside 5xx, when it is not the request that is wrong."""


@dataclass(frozen=True, slots=True)
class Closing:
    """`settle` ends a call. `record`, if anything is to be recorded, writes it into the journal; the last byte of an
    answer leaves after that. `failed` hears of calls that failed at their provider, with code and status. `now` says
    when what is settled counts, in Unix microseconds: of which day it is."""

    limits: Limits
    now: Callable[[], int]
    record: Callable[[bytes], None] | None
    failed: Callable[[Call, str, int], None] | None = None

    def settle(self, call: Call) -> None:
        """Give back what was not used, charge what was, and write it down. Does nothing the second time."""
        if call.cost is not None:
            return
        bill, now = _bill(call), self.now()
        if (bill is None or call.ending == "upstream_broke") and self.failed is not None:
            fault = _fault(call)
            if fault is not None:
                self.failed(call, *fault)
        if bill is None:
            self.limits.settle(call, 0, 0)
            call.cost = shortfall = 0
            if call.arm is None or not _was_asked(call):
                return
            bill = Bill.unanswered(call.request, 0)  # what failed counts in a test
        else:
            cost, most = bill.cost, call.most_cost
            call.cost, _ = self.limits.settle(call, bill.tokens, cost if most is None else min(cost, most))
            shortfall = cost - call.cost
        if self.record is None:
            return
        who, client, target, reply, held = call.who, call.client, call.target, call.reply, call.held_money
        frame = bill.frame(
            call.request,
            client.request_id,
            who.org_id,
            who.team_id,
            who.key_id,
            target.provider,
            target.model,
            call.failed or (CLIENT_LEFT if reply is None else reply.status),
            (held if held > call.cost else call.cost) if bill.tokens or call.cost else 0,
            call.cost,
            shortfall,
            "client_left" if call.ending == "complete" and client.gone else call.ending,
            (perf_counter_ns() - client.started_ns) // 1000,
            call.first_byte_us,
            now,
            None if call.arm is None else call.arm.label,
        )
        self.record(frame)


def _bill(call: Call) -> Bill | None:
    """What a call is charged for; None if it failed, which costs nothing. So does a stream that broke before it said
    anything. A client that left before the answer began is charged the prompt, which the provider has by then.
    """
    reply, prices = call.reply, None if call.tariff is None else call.tariff.prices
    if reply is None:
        left = call.ending == "client_left" and call.asked
        return Bill.unanswered(call.request, call.prompt_tokens, prices) if left else None
    if call.failed or reply.status >= 300:
        return None
    bill = Bill.of(reply, call.request, call.prompt_tokens, call.target.encoding, prices)
    said_nothing = bill.estimated and not (bill.output_tokens and call.endpoint.streams)
    return None if said_nothing and call.ending == "upstream_broke" else bill


def _was_asked(call: Call) -> bool:
    """Whether the provider has to do with how it ended."""
    return call.reply is not None or call.fault is not None or call.asked


def _fault(call: Call) -> tuple[str, int] | None:
    """Code and status, if it is the provider that failed. That it refused a request for what it is, is no failure."""
    if call.fault is not None:
        return call.fault
    if call.ending == "upstream_broke":
        return BROKEN_STREAM
    status = 0 if call.reply is None or call.failed else call.reply.status
    return ("provider_error", status) if status in FAULTS or status >= 500 else None
