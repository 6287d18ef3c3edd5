"""Stage 9, dispatch: the target of a call is asked. Where there are several, or several credentials, the router says
which, and which next when that fails, as long as nothing has gone to the client.

A model with one target and one credential is asked once: its failures are noted, and nothing else is done for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from time import perf_counter_ns

from nemoproxy._core import Reply
from nemoproxy.errors import GatewayError, ShuttingDown, UpstreamInvalid, UpstreamTimeout, UpstreamUnavailable
from nemoproxy.providers import THE_ONLY_KEY, Provider, Translation
from nemoproxy.providers.translation import Answer
from nemoproxy.routing import Attempt, Facts, Kind, Outcome, Plan, Router, Transition, limits, of_status, retry_after_s
from nemoproxy.stages.credits import Credits
from nemoproxy.stages.parse import Parser
from nemoproxy.types import Call, ClientGone, Steering, Target
from nemoproxy.upstream import PASS, Connection, Lanes, Manner, pause

ENOUGH = {"x-should-retry": "false"}
"""What a client is told when the gateway itself has tried again."""


@dataclass(slots=True)
class Opened:
    """An answer that has begun, or is whole."""

    provider: Provider
    connection: Connection
    translation: Translation | None
    first_byte_s: float
    """Since it was asked."""
    attempt: Attempt | None = None
    is_last: bool = False
    """It is an error, and others were tried before it."""

    @property
    def early(self) -> Answer | None:
        """The error that a translated stream was broken off with before anybody got any of it."""
        found = self.connection.broke_off
        return found if isinstance(found, Answer) else None


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


@dataclass(frozen=True, slots=True)
class Asking:
    """`open` gets an answer, and `close` follows. `changed` hears of targets that fail and of those that are back."""

    providers: Mapping[str, Provider]
    parser: Parser
    credits: Credits
    router: Router
    changed: Callable[[Transition, Outcome], None]
    total_s: float

    async def open(self, call: Call) -> Opened:
        """The answer to pass on, success or not. Raises GatewayError, and ClientGone."""
        if call.way.route is not None:
            opened = await self._routed(call, call.way.route)
        else:
            try:
                opened = await self._ask(call, call.target, call.client, call.output_bound)
            except GatewayError as error:
                self._note(call, _failure(error))
                raise
        call.first_byte_us = (perf_counter_ns() - call.client.started_ns) // 1000
        return opened

    def close(self, call: Call, opened: Opened) -> None:
        """The answer has been passed on, as far as that went."""
        attempt = opened.attempt
        if attempt is None:
            well = opened.connection.answer.status < 300 and call.ending != "upstream_broke"
            if not well or self.router.ailing:
                self._note(call, _ended(call, opened))
        elif attempt.outcome is None:
            self._report(attempt, _ended(call, opened))
        opened.provider.done(opened.connection)

    async def rewrite(self, call: Call) -> bytes:
        """The body for the target."""
        return await self._rewrite(call, call.target, call.output_bound)

    # --- one attempt

    async def _rewrite(self, call: Call, target: Target, max_output: int | None) -> bytes:
        return await self.parser.rewrite(call.request, target.model, ask_usage=call.asks_usage, max_output=max_output)

    async def _ask(
        self,
        call: Call,
        target: Target,
        client: Steering,
        max_output: int | None,
        key: str = THE_ONLY_KEY,
        *,
        patient: bool = False,
        until: float = inf,
    ) -> Opened:
        provider = self.providers[target.provider]
        body = call.body if target == call.way.targets[0] and max_output is None else None
        if body is None:
            body = await self._rewrite(call, target, max_output)
        start = perf_counter_ns()
        translation = None
        if provider.dialect is None:
            manner = Manner(None, patient, until) if patient else PASS
            connection = await provider.post(call.endpoint, body, client, key, manner, boundary=call.request.boundary)
        else:
            translation = await self.parser.apart(
                len(body), Translation.of, provider.dialect, call.endpoint, body, call.request.model, target.model
            )
            connection = await provider.send(translation, client, key, until)
        opened = Opened(provider, connection, translation, (perf_counter_ns() - start) / 1e9)
        try:
            await self._check(connection.answer, translation)
        except BaseException:
            provider.done(connection)
            raise
        return opened

    async def _check(self, reply: Reply, translation: Translation | None) -> None:
        if reply.content_encoding not in ("", "identity"):
            raise UpstreamInvalid("The provider's answer is compressed although that was not asked for.")
        if 300 <= reply.status < 400:
            raise UpstreamInvalid(
                "The provider answered with a redirect, and those are not followed: mend its base_url."
            )
        if translation is not None and reply.status < 300 and not reply.is_event_stream:
            size = reply.buffered
            answer = await self.parser.apart(size, translation.answer, reply.status, reply.take())
            reply.replace(answer.body)

    # --- several

    async def _routed(self, call: Call, route: str) -> Opened:
        now = asyncio.get_running_loop().time()
        plan = self.router.plan(Facts(route, call.endpoint, now + self.total_s, call.held_tokens), now)
        attempt = next(plan, None)
        if attempt is None:  # none of them can do it: the first one says why
            return await self._ask(call, call.target, call.client, call.output_bound, self._any_key(call))
        hedge_after = call.way.hedge_after_s
        while True:
            if hedge_after is None:
                tried = await self._try(call, attempt, call.client)
            else:
                tried = await self._race(call, attempt, plan, hedge_after)
            if not tried.outcome.fails_over:
                return self._serve(call, tried)
            self._report(tried.attempt, tried.outcome)
            following = next(plan, None)
            if following is None:
                return self._serve(call, tried)
            self._drop(tried)
            attempt = following

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

    async def _try(self, call: Call, attempt: Attempt, client: Steering) -> Tried:
        """What came of one attempt. Reported is what no other follows: a refusal, and that the client left."""
        try:
            if attempt.wait_s:
                await pause(client, attempt.wait_s)
            target = call.way.real(attempt.target)
            bound = self.credits.bound_at(call, target)
            opened = await self._ask(call, target, client, bound, attempt.key, patient=True, until=attempt.deadline)
        except GatewayError as error:
            tried = Tried(attempt, None, error, _failure(error))
        except BaseException:  # the client has left, or another answered first
            self._report(attempt, Outcome(Kind.LEFT))
            raise
        else:
            opened.attempt = attempt
            tried = Tried(attempt, opened, None, _judged(opened))
        if not tried.is_success and not tried.outcome.fails_over:
            self._report(attempt, tried.outcome)
        return tried

    async def _race(self, call: Call, first: Attempt, plan: Plan, hedge_after_s: float) -> Tried:
        """The same, with a second target beside it when it takes long. The first success wins; an error does not, as
        long as another is under way."""
        lanes = Lanes()
        call.client.attach(lanes)
        running = {asyncio.ensure_future(self._try(call, first, lanes.lane()))}
        best: Tried | None = None
        gone: BaseException | None = None
        try:
            done, _ = await asyncio.wait(running, timeout=first.wait_s + hedge_after_s)
            if not done and (second := plan.hedge()) is not None:
                running.add(asyncio.ensure_future(self._try(call, second, lanes.lane())))
            while running and gone is None and (best is None or not best.is_success):
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    if (failed := one.exception()) is not None:
                        gone = failed if gone is None else gone
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
        self._report(loser.attempt, Outcome(Kind.LEFT) if loser.is_success else loser.outcome)
        self._drop(loser)

    def _any_key(self, call: Call) -> str:
        return next(iter(self.providers[call.target.provider].keys), THE_ONLY_KEY)

    # --- what the router hears

    def _report(self, attempt: Attempt, outcome: Outcome) -> None:
        transition = self.router.report(attempt, outcome, asyncio.get_running_loop().time())
        if transition is not None:
            self.changed(transition, outcome)

    def _note(self, call: Call, outcome: Outcome) -> None:
        transition = self.router.note(call.way.members[0], outcome, asyncio.get_running_loop().time())
        if transition is not None:
            self.changed(transition, outcome)


def _failure(error: GatewayError) -> Outcome:
    """What it says of a target that there was no answer."""
    if isinstance(error, UpstreamUnavailable):
        return Outcome(Kind.UNREACHABLE)
    if isinstance(error, UpstreamTimeout):
        return Outcome(Kind.TIMED_OUT)
    if isinstance(error, UpstreamInvalid):
        return Outcome(Kind.BROKEN)
    return Outcome(Kind.LEFT if isinstance(error, ShuttingDown) else Kind.ANSWERED)


def _judged(opened: Opened) -> Outcome:
    """What it says of a target that it answered so."""
    reply, early = opened.connection.answer, opened.early
    headers = _headers(reply)
    wall = time.time()
    status = reply.status if early is None else early.status
    if early is None and status < 300 and reply.opening == OPENS_WITH_ERROR:
        status = 500
    return Outcome(
        of_status(status),
        status=status,
        first_byte_s=opened.first_byte_s,
        retry_after_s=retry_after_s(headers, wall),
        limits=limits(headers, wall) if reply.limit_headers else None,
    )


OPENS_WITH_ERROR = 2  # a Reply's `opening`


def _ended(call: Call, opened: Opened) -> Outcome:
    """What it says of a target that its answer came to this."""
    if call.client.gone:
        return Outcome(Kind.LEFT, begun=True)
    if call.ending == "upstream_broke":
        return Outcome(Kind.BROKEN, begun=True, first_byte_s=opened.first_byte_s)
    return _judged(opened)


def _headers(reply: Reply) -> dict[str, str]:
    lines = (reply.passed_headers + reply.limit_headers).decode("latin-1").splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line)
