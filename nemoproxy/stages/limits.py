"""Stages 2 and 8, peek and admit: requests, tokens and concurrency of key, team and org, in one all-or-nothing step."""

from __future__ import annotations

from time import monotonic_ns

from nemoproxy._core import Decision, Limiter, Reply
from nemoproxy.errors import RateLimited, TokensLimited
from nemoproxy.types import Call, Client, Principal

_NAMES = {
    "requests_per_minute": "requests per minute",
    "requests_per_second": "requests per second",
    "tokens_per_minute": "tokens per minute",
    "concurrency": "requests at the same time",
}

LONGEST_ANSWER = 1 << 17
"""Tokens, hidden reasoning included, of the longest answer a model is sold with."""
MOST_UNSEEN = 1 << 15
"""Tokens of a prompt that the provider may have added by itself: instructions, search results."""


class Limits:
    """The limiter's decisions: refusals become errors, and the client learns what is left either way."""

    def __init__(self, limiter: Limiter, output_step: int) -> None:
        self._limiter = limiter
        self._output_step = output_step

    def peek(self, who: Principal, client: Client) -> None:
        """Refuse what cannot be admitted anyway, before any work is done on it. Takes nothing. Raises RateLimited."""
        decision = self._limiter.peek(who.key_slot, who.team_slot, who.org_slot, monotonic_ns())
        client.rate_limits = decision.headers
        if not decision.allowed:
            raise refusal(decision, who)

    def admit(self, who: Principal, call: Call) -> None:
        """Take one request, its tokens and one place among the concurrent; `settle` must follow. Raises RateLimited.

        Its tokens are the prompt and the most it may produce. Where the request does not bound that, one step is held,
        and `grow` follows the stream.
        """
        request = call.request
        tokens = call.prompt_tokens
        if call.endpoint.streams:
            limit = request.max_output_tokens
            tokens += request.choices * (self._output_step if limit is None else limit)
        decision = self._limiter.admit(who.key_slot, who.team_slot, who.org_slot, tokens, monotonic_ns())
        call.client.rate_limits = decision.headers
        if not decision.allowed:
            raise refusal(decision, who)
        call.hold, call.held_tokens = decision.hold, tokens

    def grow(self, call: Call, reply: Reply) -> None:
        """Book what a running stream has produced beyond its hold."""
        produced = max(reply.events, reply.output_bytes // 4)  # `settle` has the real figure
        excess = call.prompt_tokens + produced - call.held_tokens
        if excess > 0:
            self._limiter.grow(call.hold, excess, monotonic_ns())
            call.held_tokens += excess

    def settle(self, call: Call, tokens: int) -> None:
        """The call is over and was worth `tokens`: what is held beyond that goes back."""
        self._limiter.settle(call.hold, tokens, monotonic_ns())


def refusal(decision: Decision, who: Principal) -> RateLimited:
    """The error for a decision that does not allow: which limit, whose, how much of it is used, when to come back."""
    name = _NAMES[decision.limit]
    whose = {"key": f"key '{who.alias}'", "team": "the key's team", "org": "the key's organization"}[decision.scope]
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
    return kind(message, headers=headers)


def plausible_claim(call: Call, reply: Reply) -> int:
    """The provider's figure for prompt and output, the larger one if it contradicts itself; 0 if it gave none, or one
    above eight times the prompt as we count it, with `MOST_UNSEEN`, plus the longest answer the request allowed."""
    usage = reply.usage
    if usage is None or (call.endpoint.streams and not usage.completion_tokens):
        return 0
    claimed = usage.total_tokens or 0
    if usage.prompt_tokens and usage.completion_tokens:
        claimed = max(claimed, usage.prompt_tokens + usage.completion_tokens)
    allowed = call.request.max_output_tokens
    longest = call.request.choices * (LONGEST_ANSWER if allowed is None else allowed)
    return claimed if claimed <= 8 * call.prompt_tokens + MOST_UNSEEN + longest else 0
