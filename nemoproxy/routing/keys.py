"""A provider's credentials: chosen by weight; one that is exhausted rests, and the others go on."""

from __future__ import annotations

from random import Random

from nemoproxy.routing.outcome import Kind, Outcome
from nemoproxy.routing.policy import Credential, Policy

EVERY_MODEL = ""


class KeyPool:
    """Rests are for a model, because limits are; for all models when the account is empty or the key unknown."""

    def __init__(self, credentials: tuple[Credential, ...], policy: Policy, random: Random) -> None:
        self._credentials = credentials
        self._policy = policy
        self._random = random
        self._rests: dict[tuple[str, str], float] = {}
        """Until when, for a key and model."""
        self._tokens: dict[tuple[str, str], tuple[int, float]] = {}
        """Tokens that are left, and until when that is so."""

    def choose(self, model: str, tokens: int, now: float, used: frozenset[str] = frozenset()) -> str | None:
        """A key that may be used now for so many tokens, but none of `used`; None if there is none."""
        able = self._credentials
        if used or self._rests or self._tokens:  # mostly, nobody has to rest
            able = tuple(
                each
                for each in self._credentials
                if each.name not in used and self.able_at(each.name, model, tokens, now) <= now
            )
        if len(able) <= 1:
            return able[0].name if able else None
        weights = [each.weight for each in able]
        return self._random.choices(able, weights if any(weights) else None)[0].name

    def soonest(self, model: str, tokens: int, now: float) -> tuple[float, str]:
        """When the first key may be used, and which; `now`, or later."""
        return min((self.able_at(each.name, model, tokens, now), each.name) for each in self._credentials)

    def able_at(self, name: str, model: str, tokens: int, now: float) -> float:
        at = max(now, self._rests.get((name, model), now), self._rests.get((name, EVERY_MODEL), now))
        left, until = self._tokens.get((name, model), (tokens, now))
        return max(at, until) if tokens > left else at

    def report(self, name: str, model: str, outcome: Outcome, now: float) -> None:
        policy = self._policy
        said = outcome.retry_after_s
        match outcome.kind:
            case Kind.RATE_LIMITED:
                # All gateways of a provider must not come back at the same moment.
                rest = policy.rest_s * self._random.uniform(0.5, 1.0) if said is None else said
                self._rest(name, model, now + min(rest, policy.max_rest_s))
            case Kind.EXHAUSTED:
                self._rest(name, EVERY_MODEL, now + policy.max_rest_s)
            case Kind.DENIED if outcome.status == 401 and len(self._credentials) > 1:
                # But not for a 403, which may be about the request.
                self._rest(name, EVERY_MODEL, now + policy.max_rest_s)
        if (limits := outcome.limits) is None:
            return
        if limits.requests == 0:
            self._rest(name, model, now + min(limits.requests_reset_s, policy.max_rest_s))
        if limits.tokens is not None:
            self._tokens[name, model] = limits.tokens, now + min(limits.tokens_reset_s, policy.max_rest_s)

    def _rest(self, name: str, model: str, until: float) -> None:
        self._rests[name, model] = max(until, self._rests.get((name, model), until))
