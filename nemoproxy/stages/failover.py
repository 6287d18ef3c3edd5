"""Stage 9 where a call has several targets, or several credentials: the router says which, and which next when that
fails, as long as nothing has gone to the client. Two may run side by side (hedging).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from nemoproxy.errors import GatewayError, Untranslatable, UpstreamInvalid
from nemoproxy.routing import Attempt, Facts, Kind, Outcome, Plan, Router, Transition
from nemoproxy.stages.attempt import Opened, Ready, Tries
from nemoproxy.stages.credits import Credits
from nemoproxy.stages.patience import Patience
from nemoproxy.stages.verdict import of_answer, of_failure
from nemoproxy.types import Call, ClientGone, Steering
from nemoproxy.upstream import Lanes, pause

ENOUGH = {"x-should-retry": "false"}
"""What a client is told when the gateway itself has tried again."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of an attempt: an answer, or a failure, and what that says of the target."""

    attempt: Attempt
    opened: Opened | None
    failure: GatewayError | None
    outcome: Outcome

    @property
    def is_success(self) -> bool:
        return self.opened is not None and self.outcome.kind is Kind.ANSWERED and self.outcome.status < 300


class _Next:
    """The attempts of a plan whose targets can be asked such a thing at all, each with its request."""

    def __init__(self, failover: Failover, call: Call, plan: Plan) -> None:
        self._failover = failover
        self._call = call
        self._plan = plan
        self.refusal: Untranslatable | None = None
        """Why the first that cannot be asked cannot."""

    async def take(self) -> tuple[Attempt, Ready] | None:
        while (attempt := next(self._plan, None)) is not None:
            if (ready := await self._ready(attempt)) is not None:
                return attempt, ready
        return None

    async def hedge(self) -> tuple[Attempt, Ready] | None:
        attempt = self._plan.hedge()
        ready = None if attempt is None else await self._ready(attempt)
        return None if attempt is None or ready is None else (attempt, ready)

    async def _ready(self, attempt: Attempt) -> Ready | None:
        call, failover = self._call, self._failover
        target = call.way.real(attempt.target)
        try:
            return await failover.tries.prepare(call, target, failover.credits.bound_at(call, target))
        except Untranslatable as refusal:
            self.refusal = self.refusal or refusal
            failover.report(attempt, Outcome(Kind.UNSUITED))
            return None
        except BaseException:
            failover.report(attempt, Outcome(Kind.LEFT))
            raise


@dataclass(frozen=True, slots=True)
class Failover:
    """`changed` hears of targets that fail and of those that are back."""

    tries: Tries
    credits: Credits
    router: Router
    patience: Patience
    changed: Callable[[Transition, Outcome], None]
    total_s: float

    async def open(self, call: Call, route: str) -> Opened:
        """The answer to pass on, success or not. Raises GatewayError, and ClientGone."""
        now = asyncio.get_running_loop().time()
        plan = self.router.plan(Facts(route, call.endpoint, now + self.total_s, call.held_tokens), now)
        coming = _Next(self, call, plan)
        following = await coming.take()
        if following is None:  # none of them can do it: the first one says why
            if coming.refusal is not None:
                raise coming.refusal
            ready = await self.tries.prepare(call, call.target, call.output_bound)
            return await self.tries.send(call, ready, call.client, self.tries.any_key(call))
        while True:
            attempt, ready = following
            if call.way.hedge_after_s is None:
                tried = await self._try(call, attempt, ready, call.client)
            else:
                tried = await self._race(call, attempt, ready, coming, call.way.hedge_after_s)
            if not tried.outcome.fails_over:
                return self._serve(call, tried)
            self.report(tried.attempt, tried.outcome)
            following = await coming.take()
            if following is None:
                return self._serve(call, tried)
            self._drop(tried)

    def report(self, attempt: Attempt, outcome: Outcome) -> None:
        """How an attempt ended."""
        transition = self.router.report(attempt, outcome, asyncio.get_running_loop().time())
        if transition is not None:
            self.changed(transition, outcome)

    def _serve(self, call: Call, tried: Tried) -> Opened:
        """What is passed on, for better or worse."""
        opened, failure = tried.opened, tried.failure
        gave_up = tried.outcome.fails_over and tried.attempt.number > 1
        if opened is None:
            failure = failure or UpstreamInvalid("The provider did not answer.")
            if gave_up:
                failure.headers = {**failure.headers, **ENOUGH}
            raise failure
        opened.is_last = gave_up
        self.credits.serve(call, call.way.real(tried.attempt.target))
        return opened

    def _drop(self, tried: Tried) -> None:
        if tried.opened is not None:
            tried.opened.provider.done(tried.opened.connection)

    async def _try(self, call: Call, attempt: Attempt, ready: Ready, client: Steering) -> Tried:
        """What came of one attempt. Reported is what no other follows: a refusal, and that the client left."""
        try:
            if attempt.wait_s:
                await pause(client, attempt.wait_s)
            with self.patience.watch(attempt, client) as watched:
                opened = await self.tries.send(call, ready, watched, attempt.key, patient=True, until=attempt.deadline)
                watched.answered = True
        except GatewayError as error:
            tried = Tried(attempt, None, error, of_failure(error))
        except BaseException:  # the client has left, or another answered first
            self.report(attempt, Outcome(Kind.LEFT))
            raise
        else:
            opened.attempt = attempt
            outcome = of_answer(opened.reply, opened.early, opened.first_byte_s)
            tried = Tried(attempt, opened, None, outcome)
        if not tried.is_success and not tried.outcome.fails_over:
            self.report(attempt, tried.outcome)
        return tried

    # --- two side by side

    async def _race(self, call: Call, first: Attempt, ready: Ready, coming: _Next, hedge_after_s: float) -> Tried:
        """The same, with a second target beside it when it takes long. The first success wins; an error does not, as
        long as another is under way."""
        lanes = Lanes()
        try:
            call.client.attach(lanes)
        except BaseException:  # the client has left
            self.report(first, Outcome(Kind.LEFT))
            raise
        running = {asyncio.ensure_future(self._try(call, first, ready, lanes.lane()))}
        best: Tried | None = None
        gone: BaseException | None = None
        try:
            done, _ = await asyncio.wait(running, timeout=first.wait_s + hedge_after_s)
            if not done and (second := await coming.hedge()) is not None:
                running.add(asyncio.ensure_future(self._try(call, *second, lanes.lane())))
            while running and gone is None and (best is None or not best.is_success):
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    if (failed := one.exception()) is not None:
                        gone = failed if gone is None or getattr(failed, "asked", False) else gone
                    else:
                        best = self._better(best, one.result())
            if best is not None and best.opened is not None and gone is None and not lanes.is_draining:
                call.client.attach(best.opened.connection)
        except BaseException as failed:  # noqa: BLE001  raised again below
            gone = failed
        for loser in running:
            loser.cancel()
        for ended in await asyncio.gather(*running, return_exceptions=True):
            if isinstance(ended, Tried):
                self._lose(ended)
        if gone is not None or best is None:
            if best is not None:
                self._lose(best)
            raise gone or ClientGone
        return best

    def _better(self, one: Tried | None, other: Tried) -> Tried:
        """Of two that were asked at once; the other one is given up."""
        if one is None:
            return other
        wins = other.is_success or (other.outcome.fails_over < one.outcome.fails_over and not one.is_success)
        winner, loser = (other, one) if wins else (one, other)
        self._lose(loser)
        return winner

    def _lose(self, loser: Tried) -> None:
        self.report(loser.attempt, Outcome(Kind.LEFT) if loser.is_success else loser.outcome)
        self._drop(loser)
