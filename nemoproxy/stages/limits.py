"""Stages 2 and 8, peek and admit: requests, tokens and concurrency of key, team and org, in one all-or-nothing step."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns

import orjson

from nemoproxy._core import Decision, Limiter, Reply
from nemoproxy.errors import InsufficientCredits, RateLimited, TokensLimited
from nemoproxy.money import json_number
from nemoproxy.types import Call, Client, Principal, Recipient

_NAMES = {
    "requests_per_minute": ("rpm", "requests per minute"),
    "requests_per_second": ("tps", "requests per second"),
    "tokens_per_minute": ("tpm", "tokens per minute"),
    "concurrency": ("concurrency", "requests at the same time"),
}
"""What each limit is called in the settings, and in words."""


class Limits:
    """The limiter's decisions: refusals become errors, and the client learns what is left either way."""

    def __init__(self, limiter: Limiter, output_step: int, lacking: Callable[[str, int], None]) -> None:
        """`lacking` hears of an org and the units that it did not have."""
        self._limiter = limiter
        self._output_step = output_step
        self._lacking = lacking

    def peek(self, who: Principal, client: Client) -> None:
        """Refuse what cannot be admitted anyway, before any work is done on it. Takes nothing. Raises RateLimited."""
        decision = self._limiter.peek(who.key_slot, who.team_slot, who.org_slot, monotonic_ns())
        client.decision = decision
        if not decision.allowed:
            raise refusal(decision, who)

    def admit(self, call: Call, least: int, fair: int, most: int) -> None:
        """Take one request, its tokens, one place among the concurrent, and money from `least` to `most` units: `fair`,
        if there is as much, and of more than that a share.

        `settle` must follow. The tokens are the prompt and the most that the answer may have; where the request does
        not bound that, one step, and `grow` follows the stream. Raises RateLimited, InsufficientCredits.
        """
        who, request = call.who, call.request
        tokens = call.prompt_tokens
        if call.endpoint.streams:
            limit = request.max_output_tokens
            tokens += request.choices * (self._output_step if limit is None else limit)
        decision = self._limiter.admit(
            who.key_slot, who.team_slot, who.org_slot, tokens, monotonic_ns(), least, most, fair
        )
        call.client.decision = decision
        if not decision.allowed:
            if decision.limit == "credits":
                self._lacking(who.org_id, decision.requested)
            raise refusal(decision, who)
        call.hold, call.held_tokens, call.held_money = decision.hold, tokens, decision.held_money

    def count(self, who: Principal, client: Recipient) -> None:
        """Take one request that costs nothing else, and is over. Raises RateLimited."""
        now = monotonic_ns()
        decision = self._limiter.admit(who.key_slot, who.team_slot, who.org_slot, 0, now)
        client.decision = decision
        if not decision.allowed:
            raise refusal(decision, who)
        self._limiter.settle(decision.hold, 0, now)

    def grow(self, call: Call, reply: Reply) -> None:
        """Book what a running stream has produced beyond its hold."""
        if not call.endpoint.streams:
            return
        produced = max(reply.events, reply.output_bytes // 4)  # `settle` has the real figure
        excess = call.prompt_tokens + produced - call.held_tokens
        if excess > 0:
            self._limiter.grow(call.hold, excess, monotonic_ns())
            call.held_tokens += excess

    def extend(self, call: Call, least: int, most: int) -> bool:
        """Hold more money for a running stream: False when not even `least` is left."""
        more = self._limiter.extend(call.hold, 0, monotonic_ns(), least, most)
        call.held_money += more
        return more > 0

    def cover(self, call: Call, cost: int) -> bool:
        """Hold what a running stream costs, now that this is known. False: not all of that is to be had."""
        call.held_money = self._limiter.cover(call.hold, cost)
        return call.held_money >= cost

    def cut_off(self, call: Call, least: int) -> None:
        """A stream ends because `least` more units are not there."""
        call.ending = "cut_off"
        self._lacking(call.who.org_id, least)

    def settle(self, call: Call, tokens: int, cost: int) -> tuple[int, int]:
        """The call is over and was worth `tokens` and `cost`; what is held beyond that goes back.

        What is charged, and what nobody is charged because neither the hold nor what else is left covers it.
        """
        return self._limiter.settle(call.hold, tokens, monotonic_ns(), cost) or (0, 0)


def refusal(decision: Decision, who: Principal) -> RateLimited | InsufficientCredits:
    """The error for a decision that does not allow: which limit, whose, how much of it is used, when to come back."""
    whose = {"key": f"key '{who.alias}'", "team": "the key's team", "org": "the key's organisation"}[decision.scope]
    if decision.limit in ("credits", "budget"):
        return _insufficient(decision, whose)
    setting, name = _NAMES[decision.limit]
    wait = decision.retry_after_ms
    message = f"Limit reached for {whose}: {decision.limit_value} {name}, {decision.remaining} left"
    message += f", {decision.requested} needed. " if decision.requested > 1 else ". "
    if wait is None:
        message += "This request can never fit the limit; make it smaller or have the limit raised."
        headers = {"x-should-retry": "false"}
    else:
        message += f"Retry in {wait / 1000:g} s."
        headers = {"retry-after": str(-(-wait // 1000)), "retry-after-ms": str(wait)}
    kind = TokensLimited if decision.limit == "tokens_per_minute" else RateLimited
    details: dict[str, object] = {"limit_type": setting, "limit_value": decision.limit_value, "scope": decision.scope}
    return kind(message, headers=headers, details=details)


def _insufficient(decision: Decision, whose: str) -> InsufficientCredits:
    needed, available = json_number(decision.requested), json_number(decision.remaining)
    what, verb = ("credits", "do") if decision.limit == "credits" else ("budget", "does")
    return InsufficientCredits(
        f"The {what} of {whose} {verb} not cover this call: it may cost {needed} USD, {available} USD is available. "
        "Add credits, raise the budget, or bound the answer with max_tokens.",
        headers={"x-should-retry": "false"},
        details={
            "reason": "insufficient_credits" if what == "credits" else "budget_exceeded",
            "scope": decision.scope,
            "needed": orjson.Fragment(needed),
            "available": orjson.Fragment(available),
        },
    )
