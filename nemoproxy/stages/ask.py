"""Stage 9, dispatch: the target of a call is asked. Where there are several, or several credentials, it goes by
`failover`.

A model with one target and one credential is asked once: its failures are noted, and nothing else is done for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns

from nemoproxy.errors import GatewayError
from nemoproxy.routing import Kind, Outcome, Router, Transition
from nemoproxy.stages.attempt import Opened, Tries
from nemoproxy.stages.failover import Failover
from nemoproxy.stages.verdict import of_answer, of_failure
from nemoproxy.types import Call


@dataclass(frozen=True, slots=True)
class Asking:
    """`open` gets an answer, and `close` follows. `changed` hears of targets that fail and of those that are back."""

    tries: Tries
    failover: Failover
    router: Router
    changed: Callable[[Transition, Outcome], None]

    async def open(self, call: Call) -> Opened:
        """The answer to pass on, success or not. Raises GatewayError, and ClientGone."""
        if call.way.route is not None:
            opened = await self.failover.open(call, call.way.route)
        else:
            tries = self.tries
            try:
                opened = await tries.send(call, await tries.prepare(call, call.target, call.output_bound), call.client)
            except GatewayError as error:
                self._note(call, of_failure(error))
                raise
        call.first_byte_us = (perf_counter_ns() - call.client.started_ns) // 1000
        return opened

    def close(self, call: Call, opened: Opened) -> None:
        """The answer has been passed on, as far as that went."""
        attempt = opened.attempt
        if attempt is None:
            well = opened.reply.status < 300 and call.ending != "upstream_broke"
            if not well or self.router.ailing:
                self._note(call, _ended(call, opened))
        elif attempt.outcome is None:
            self.failover.report(attempt, _ended(call, opened))
        opened.provider.done(opened.connection)

    async def rewrite(self, call: Call) -> bytes:
        """The body for the target."""
        return await self.tries.rewrite(call, call.target, call.output_bound)

    def _note(self, call: Call, outcome: Outcome) -> None:
        transition = self.router.note(call.way.members[0], outcome, asyncio.get_running_loop().time())
        if transition is not None:
            self.changed(transition, outcome)


def _ended(call: Call, opened: Opened) -> Outcome:
    """What it says of a target that its answer came to this."""
    if call.client.gone:
        return Outcome(Kind.LEFT, begun=True)
    if call.ending == "upstream_broke":
        return Outcome(Kind.BROKEN, begun=True, first_byte_s=opened.first_byte_s)
    return of_answer(opened.reply, opened.early, opened.first_byte_s)
