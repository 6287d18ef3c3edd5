"""Stage 5, screen: guardrails on all text of a request, and, for stage 10, on the answer to it.

What is redacted or masked takes the place of the original before anything else is done with the request: tokens, price
and what the provider gets are those of the redacted text. Where a guardrail that blocks, redacts or masks does not
work, the call fails; without one that warns or logs it goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

import orjson

from nemoproxy._core import Finding, Policy, Reply, Request, Screening, Vault, answer_texts, with_answer_texts
from nemoproxy.egress import EgressError
from nemoproxy.errors import GuardrailBlocked, GuardrailFailed, InvalidRequest
from nemoproxy.guardrails import Assignments, Compiled, Webhooks, members
from nemoproxy.guardrails.compiled import CLOSED, RESULTS
from nemoproxy.storage import FindingRow
from nemoproxy.types import Call, Endpoint, Guards, Principal, Recipient

log = logging.getLogger("nemoproxy.guardrails")

MOST_NAMES = 64
"""In one request."""
REQUEST, ANSWER = "pre_call", "post_call"
DETECTOR_FAILED = "the detector failed"
MISCOUNTED = "its redacted_text has not as many texts as it was given"


@dataclass(frozen=True, slots=True)
class _Case:
    """Whose text is looked at, and with what."""

    guards: Guards
    who: Principal
    request_id: str
    mode: str


class Detector(Protocol):
    """What `stages.parse` does: the core's work, on the loop's thread or off it."""

    async def screen(self, request: Request, policy: Policy, guardrails: int) -> Screening: ...

    async def screen_answer(
        self, body: bytes, policy: Policy, guardrails: int, vault: Vault | None, *, events: bool
    ) -> Screening: ...


class Screen:
    """`count` takes one request from the caller's limits, `note` hears of what was found."""

    def __init__(
        self,
        compiled: Compiled,
        assignments: Assignments,
        webhooks: Webhooks,
        parser: Detector,
        count: Callable[[Principal, Recipient], None],
        note: Callable[[Iterable[FindingRow]], None],
    ) -> None:
        self._assignments = assignments
        self._webhooks = webhooks
        self._parser = parser
        self._count = count
        self._note = note
        self.configure(compiled)

    def configure(self, compiled: Compiled) -> None:
        """From now on these are the guardrails; calls under way keep theirs."""
        self._compiled = compiled
        self._assignments.configure(compiled)
        self._chosen = lru_cache(256)(self._choose)

    # Requests.

    def choose(self, endpoint: Endpoint, client: Recipient, who: Principal, request: Request) -> Guards | None:
        """The guardrails that a request has: those of its key, as far as it names them, and those that it adds.

        None: it has none. Raises InvalidRequest.
        """
        guardrails = self._assignments.of(who)
        if request.extended:
            named = self._named(request, "nemo_guardrail_ids")
            if named:
                guardrails = named | guardrails & self._compiled.mandatory
            guardrails |= self._named(request, "guardrails")
        if not guardrails:
            return None
        guards = replace(self._chosen(guardrails, endpoint.streams))
        client.told += guards.lines
        return guards

    async def request(self, guards: Guards, client: Recipient, who: Principal, request: Request) -> Request:
        """The request as it may go on. Raises GuardrailBlocked (which has counted as one request), GuardrailFailed."""
        if not guards.requests:
            return request
        try:
            return await self._look(request, _Case(guards, who, client.request_id, REQUEST))
        except (GuardrailBlocked, GuardrailFailed) as refusal:
            client.told = client.told.replace(guards.lines, _lines(guards.compiled, guards.requests, 0))
            if isinstance(refusal, GuardrailBlocked):
                self._count(who, client)
            raise

    def _named(self, request: Request, field: str) -> int:
        given = request.extension(field)
        if given is None:
            return 0
        names: Any = orjson.loads(given)
        if names is None:
            return 0
        if not isinstance(names, list) or len(names) > MOST_NAMES or not all(isinstance(name, str) for name in names):
            raise InvalidRequest(f"'{field}' must be a list of at most {MOST_NAMES} guardrails.", param=field)
        found = 0
        for name in names:
            place = self._compiled.place(name)
            if place is None:
                raise InvalidRequest(
                    f"There is no guardrail '{name[:100]}' here. GET /nemo/guardrail/list lists those that there are.",
                    code="guardrail_not_found",
                    param=field,
                )
            found |= 1 << place
        return found

    def _choose(self, guardrails: int, has_text: bool) -> Guards:
        compiled = self._compiled
        requests = guardrails & compiled.requests
        answers = guardrails & compiled.answers if has_text else 0
        whole = bool(answers & compiled.hooks) or compiled.policy.judges(answers)
        return Guards(compiled, requests, answers, whole, _lines(compiled, requests, answers))

    async def _look(self, request: Request, case: _Case) -> Request:
        guards, compiled = case.guards, case.guards.compiled
        here = guards.requests & ~compiled.hooks
        if here:
            screening = await self._sound(self._parser.screen(request, compiled.policy, here), here, case)
            if screening is not None and not screening.clean:
                self._heed(screening, case)
                request = screening.request or request
                guards.vault = screening.vault
        for place in members(guards.requests & compiled.hooks):
            told = await self._ask(place, request.texts(), case)
            if told is not None:
                changed = request.with_texts(told)
                if changed is None:
                    self._fail(1 << place, case, MISCOUNTED)
                request = changed or request
        return request

    # Answers.

    async def answer(self, call: Call, body: bytes, *, events: bool) -> bytes:
        """A whole answer as it may go to the client. Raises GuardrailBlocked, GuardrailFailed."""
        guards = call.guards
        if guards is None or not guards.watching:
            return body
        case, compiled = _of_answer(call, guards), guards.compiled
        here = guards.answers & ~compiled.hooks
        if here or guards.vault is not None:
            work = self._parser.screen_answer(body, compiled.policy, here, guards.vault, events=events)
            screening = await self._sound(work, here, case)
            if screening is not None and not screening.clean:
                self._heed(screening, case)
                body = screening.body or body
        for place in members(guards.answers & compiled.hooks):
            texts = answer_texts(body, events)
            if texts is None:
                self._fail(1 << place, case, "the answer could not be read")
                continue
            told = await self._ask(place, texts, case)
            if told is not None:
                changed = with_answer_texts(body, events, told)
                if changed is None:
                    self._fail(1 << place, case, MISCOUNTED)
                body = changed or body
        return body

    def watch(self, call: Call, reply: Reply) -> None:
        """Have a stream screened as it passes."""
        guards = call.guards
        if guards is not None and guards.watching and not guards.whole:
            reply.guard(guards.compiled.policy, guards.answers, guards.vault)
            if call.most_raw:
                reply.keep_copy(call.most_raw)

    def stopped(self, call: Call, reply: Reply) -> GuardrailBlocked | GuardrailFailed | None:
        """A stream that was watched is over: what was found is noted. The error to end it with, if guardrails did."""
        guards = call.guards
        if guards is None or not guards.watching or guards.whole:
            return None
        case = _of_answer(call, guards)
        self._note_findings(reply.found(), case)
        if reply.blocked_by is not None:
            return _blocked(reply.blocked_by, guards.compiled)
        if reply.guard_failed:
            try:
                self._fail(guards.answers, case, DETECTOR_FAILED)
            except GuardrailFailed as failure:
                return failure
        return None

    # Both.

    async def _sound(self, work: Awaitable[Screening], guardrails: int, case: _Case) -> Screening | None:
        """What a detector says. A mistake of its own is never the caller's: see the module."""
        try:
            screening = await work
            if not screening.failed:
                return screening
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic of the core is no Exception
            log.error("%s: a detector failed: %s", case.request_id, type(error).__name__)
        self._fail(guardrails, case, DETECTOR_FAILED)
        return None

    def _heed(self, screening: Screening, case: _Case) -> None:
        self._note_findings(screening.findings, case)
        if screening.unread:
            self._note([_row(case, "unread", None, result="unread", matches=screening.unread)])
        if screening.blocked_by is not None:
            raise _blocked(screening.blocked_by, case.guards.compiled)

    def _note_findings(self, findings: Iterable[Finding], case: _Case) -> None:
        rows = []
        for found in findings:
            guardrail = case.guards.compiled.guardrails[found.guardrail]
            if guardrail.action == "warn" and not guardrail.shadow:
                case.guards.warnings |= 1 << found.guardrail
            row = _row(case, found.rule, found.guardrail, result=RESULTS[guardrail.action], matches=found.count)
            rows.append(replace(row, place=found.place[:200], lengths=found.lengths))
        self._note(rows)

    async def _ask(self, place: int, text: str, case: _Case) -> str | None:
        """The text that a webhook wants in place of this one; None: it stays. Raises as `request` does."""
        compiled = case.guards.compiled
        id, hook = compiled.ids[place], compiled.guardrails[place]
        try:
            answer = await self._webhooks.ask(id, hook, text, case.mode, case.request_id, case.who)
        except EgressError as error:
            self._fail(1 << place, case, str(error))
            return None
        new = answer.redacted_text if answer.redacted_text != text else None
        if answer.allowed and new is None:
            return None
        blocks = not answer.allowed and (hook.action == "block" or new is None)
        acts = hook.action in CLOSED and not hook.shadow
        result = RESULTS[hook.action] if hook.action not in CLOSED else "blocked" if blocks else "redacted"
        self._note([_row(case, "webhook", place, result=result, matches=1)])
        if hook.action == "warn" and not hook.shadow:
            case.guards.warnings |= 1 << place
        if acts and blocks:
            raise _blocked(place, compiled)
        return new if acts else None

    def _fail(self, guardrails: int, case: _Case, reason: str) -> None:
        """A detector did not work. Raises GuardrailFailed where nothing passes without it."""
        compiled = case.guards.compiled
        log.error("%s: guardrails %s: %s", case.request_id, compiled.names(guardrails), reason)
        for place in members(guardrails):
            self._note([_row(case, "failed", place, result="failed", matches=0)])
        if guardrails & compiled.closed or case.guards.vault is not None:
            raise GuardrailFailed("A guardrail that this request has to pass does not work. Try again soon.")


def _lines(compiled: Compiled, requests: int, answers: int) -> bytes:
    """The headers that name them, but for those of which nothing is to be seen."""
    lines = b""
    for name, those in (("guardrails-applied", requests | answers), ("post-call-guardrails", answers)):
        if those & ~compiled.shadows:
            lines += f"x-nemo-{name}: {compiled.names(those & ~compiled.shadows)}\r\n".encode()
    return lines


def _blocked(place: int, compiled: Compiled) -> GuardrailBlocked:
    id = compiled.ids[place]
    name = compiled.guardrails[place].name or id
    return GuardrailBlocked(
        f"Blocked by the guardrail '{name}'.",
        headers={"x-should-retry": "false"},
        details={"guardrail_id": id, "guardrail_name": name},
    )


def _of_answer(call: Call, guards: Guards) -> _Case:
    return _Case(guards, call.who, call.client.request_id, ANSWER)


def _row(case: _Case, rule: str, place: int | None, *, result: str, matches: int) -> FindingRow:
    compiled = case.guards.compiled
    guardrail = None if place is None else compiled.guardrails[place]
    return FindingRow(
        created_at=datetime.now(UTC),
        request_id=case.request_id,
        org_id=case.who.org_id,
        team_id=case.who.team_id,
        key_id=case.who.key_id,
        guardrail="" if place is None else compiled.ids[place],
        detector="" if guardrail is None else guardrail.detector,
        rule=rule[:64],
        place="",
        action="" if guardrail is None else guardrail.action,
        result=result,
        mode=case.mode,
        shadow=guardrail is not None and guardrail.shadow,
        matches=matches,
        lengths=(),
    )
