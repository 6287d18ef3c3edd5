"""Where a call goes, and where it goes next when that fails.

    for attempt in router.plan(facts, now):
        await asyncio.sleep(attempt.wait_s)
        router.asked(attempt, now)                   # from now on it may be `overdue`
        ...                                          # ask attempt.target with attempt.key, until attempt.deadline
        router.heard(attempt, now, answered=True)
        router.report(attempt, outcome, now)         # always, whatever happened; the loop goes on only if it may

Pure: it reads no clock, and only `report` and `overdue` let its plans see what time it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from nemoproxy.routing.breaker import Pass, State
from nemoproxy.routing.budget import RetryBudget
from nemoproxy.routing.health import Health
from nemoproxy.routing.keys import KeyPool
from nemoproxy.routing.outcome import Kind, Outcome
from nemoproxy.routing.policy import ANY, Credential, Facts, Member, Policy, Route, Strategy
from nemoproxy.routing.silence import waited_too_long
from nemoproxy.routing.strategy import is_fixed, ranked
from nemoproxy.types import Target

TargetId = tuple[str, str]
"""Provider and model there."""
THE_ONLY_KEY = (Credential(""),)


@dataclass(eq=False, slots=True)
class Attempt:
    """One try. `forced`: every target is out, and this one will be back first."""

    target: Target
    key: str
    """The name of the provider's credential; "" if it has no pool of them."""
    number: int
    wait_s: float
    """To be waited before it."""
    deadline: float
    forced: bool
    plan: Plan = field(repr=False)
    entered: Pass = field(repr=False)
    is_move: bool = False
    """To a target that is well: nothing is repeated there, and the retry budget has no part in it."""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """A target was shut, or admits again."""

    target: TargetId
    state: State


class Router:
    """All routes, and the health of all their targets."""

    def __init__(
        self,
        routes: Mapping[str, Route],
        pools: Mapping[str, tuple[Credential, ...]],
        policy: Policy,
        random: Random,
    ) -> None:
        self.policy = policy
        self.random = random
        self.ailing: set[TargetId] = set()
        self._routes = routes
        self._waiting: dict[Attempt, float] = {}
        """Since when attempts wait for a first byte; the oldest come first."""
        self._budgets = {
            name: RetryBudget(policy.retry_percent, policy.retry_reserve, policy.retry_burst) for name in routes
        }
        targets = {member.target for route in routes.values() for member in route.members}
        self._health = {_id(target): Health(policy, random) for target in targets}
        self._pools = {
            provider: KeyPool(pools.get(provider) or THE_ONLY_KEY, policy, random)
            for provider in {target.provider for target in targets}
        }
        self._fixed = {
            name: self._ranked(route.strategy, route.members, 0.0)
            for name, route in routes.items()
            if is_fixed(route.strategy, route.members)
        }

    def plan(self, facts: Facts, now: float) -> Plan:
        """The attempts of a call. At least one, if a member of the route may have the call at all."""
        order = self._fixed.get(facts.route)
        if order is None:
            route = self._routes[facts.route]
            order = self._ranked(route.strategy, route.members, now)
        able = [member for member in order if member.condition is ANY or member.condition.admits(facts)]
        return Plan(self, facts, able, self._budgets[facts.route], now)

    def asked(self, attempt: Attempt, now: float) -> None:
        """An attempt's request is on its way."""
        self._waiting[attempt] = now

    def heard(self, attempt: Attempt, now: float, *, answered: bool) -> None:
        """It does not wait any more: its answer has begun, or there will be none."""
        del self._waiting[attempt]
        if answered:
            self.health(attempt.target).heard_at = now

    def overdue(self, now: float) -> list[Attempt]:
        """Attempts that wait in vain, as far as anybody can know (`silence`), while another target would be there."""
        waiting: dict[TargetId, list[Attempt]] = {}
        for attempt, since in self._waiting.items():
            if now - since < min(self.policy.silence_s, self.policy.first_byte_s):
                break
            waiting.setdefault(_id(attempt.target), []).append(attempt)
        found: list[Attempt] = []
        for id, attempts in waiting.items():
            waited = [now - self._waiting[attempt] for attempt in attempts]
            late = waited_too_long(waited, self._health[id], self.policy, now)
            found += [attempts[at] for at in late if attempts[at].plan.has_other(attempts[at], now)]
        return found

    def report(self, attempt: Attempt, outcome: Outcome, now: float) -> Transition | None:
        """How an attempt ended. Once: what is said again is not heard."""
        if attempt.outcome is not None:
            return None
        attempt.outcome = outcome
        attempt.plan.now = now
        health = self.health(attempt.target)
        health.in_flight -= 1
        health.measured(outcome, now)
        self.pool(attempt.target).report(attempt.key, attempt.target.model, outcome, now)
        if health.breaker.report(attempt.entered, outcome.kind.healthy, now):
            return Transition(_id(attempt.target), health.breaker.state)
        return None

    def note(self, target: Target, outcome: Outcome, now: float) -> Transition | None:
        """How a call ended that had no choice, and so had no plan. While no target is `ailing`, successes need not be
        told."""
        health, id = self.health(target), _id(target)
        health.measured(outcome, now)
        changed = health.breaker.report(health.breaker.force(), outcome.kind.healthy, now)
        if health.breaker.is_ailing(now):
            self.ailing.add(id)
        else:
            self.ailing.discard(id)
        return Transition(id, health.breaker.state) if changed else None

    def _ranked(self, strategy: Strategy, members: Iterable[Member], now: float) -> list[Member]:
        return ranked(strategy, members, lambda member: self.health(member.target), self.random, now)

    def targets(self) -> list[tuple[TargetId, Health]]:
        """All of them, in order."""
        return sorted(self._health.items(), key=lambda each: each[0])

    def look(self, provider: str, model: str, now: float) -> dict[str, object]:
        """One of them, to be shown: its state, calls that are under way, and seconds to the first byte, of late."""
        health = self._health[provider, model]
        able_in = max(health.able_at(now) - now, 0.0)
        return {
            "state": health.breaker.state.value,
            "able_in_s": round(able_in, 3),
            "in_flight": health.in_flight,
            "first_byte_s": round(health.latency(now), 4),
        }

    def health(self, target: Target) -> Health:
        return self._health[_id(target)]

    def pool(self, target: Target) -> KeyPool:
        return self._pools[target.provider]


class Plan(Iterator[Attempt]):
    """The attempts of one call, each decided when it is asked for."""

    def __init__(self, router: Router, facts: Facts, order: list[Member], budget: RetryBudget, now: float) -> None:
        self.now = now
        self._router = router
        self._facts = facts
        self._order = order
        self._budget = budget
        self._made: list[Attempt] = []

    def __next__(self) -> Attempt:
        attempt = self._again(self._made[-1]) if self._made else self._first()
        if attempt is None:
            raise StopIteration
        self._made.append(attempt)
        self._router.health(attempt.target).in_flight += 1
        return attempt

    def hedge(self) -> Attempt | None:
        """One more while the last is still under way: another target, which admits. No probe: it would be hung up on
        when the other answers first, having told nothing of its target, which nobody else might ask meanwhile."""
        if self._sent >= self._router.policy.attempts or not self._budget.left:
            return None
        attempt = self._fresh(probe=False)
        if attempt is not None:
            self._budget.take()
            self._made.append(attempt)
            self._router.health(attempt.target).in_flight += 1
        return attempt

    def has_other(self, than: Attempt, now: float) -> bool:
        """Whether another target, which is well, could be asked at once in place of an attempt that is under way."""
        if than.forced or self._sent >= self._router.policy.attempts or now >= self._facts.deadline:
            return False
        used = {attempt.target for attempt in self._made}
        return any(self._is_free(member, now) for member in self._order if member.target not in used)

    def _is_free(self, member: Member, now: float) -> bool:
        health, target = self._router.health(member.target), member.target
        at, _ = self._router.pool(target).soonest(target.model, self._facts.tokens, now)
        return health.breaker.is_well(now) and max(health.able_at(now), at) <= now

    @property
    def _sent(self) -> int:
        return sum(made.outcome is None or made.outcome.kind is not Kind.UNSUITED for made in self._made)

    def _first(self) -> Attempt | None:
        if not self._order or self.now >= self._facts.deadline:
            return None
        self._budget.call()
        return self._fresh() or self._forced()

    def _again(self, last: Attempt) -> Attempt | None:
        if last.outcome is None or not last.outcome.fails_over or last.forced:
            return None
        if self._sent >= self._router.policy.attempts or self.now >= self._facts.deadline:
            return None
        if not self._sent:  # nobody was asked yet
            return self._fresh() or self._forced()
        attempt = self._fresh() if self._budget.left else self._fresh(well=True)
        if attempt is None and self._budget.left:
            attempt = self._repeated()
        if attempt is not None and not attempt.is_move:
            self._budget.take()
        return attempt

    def _fresh(self, *, well: bool = False, probe: bool = True) -> Attempt | None:
        """A target that was not tried yet, or a key of it. `well`: only one that is. `probe`: it may be one."""
        for member in self._order:
            tried = [attempt for attempt in self._made if attempt.target == member.target] if self._made else ()
            if any(attempt.outcome is None or not attempt.outcome.kind.healthy for attempt in tried):
                continue
            is_well = bool(self._made) and self._router.health(member.target).breaker.is_well(self.now)
            if well and not is_well:
                continue
            if not probe and self._router.health(member.target).breaker.state is not State.ADMITTING:
                continue
            if attempt := self._enter(member, frozenset(attempt.key for attempt in tried), 0.0):
                attempt.is_move = is_well
                return attempt
        return None

    def _repeated(self) -> Attempt | None:
        """A target that failed, or a key that was limited, and may be well again: the least tried, after a while."""
        tries = {member: sum(made.target == member.target for made in self._made) for member in self._order}
        for member in sorted(self._order, key=lambda member: tries[member]):
            last = next((made.outcome for made in reversed(self._made) if made.target == member.target), None)
            if last is None or not last.fails_over or last.kind is Kind.UNSUITED:
                continue
            wait = self._wait(tries[member], last.retry_after_s)
            if wait is None or self.now + wait >= self._facts.deadline:
                continue
            if attempt := self._enter(member, frozenset(), wait):
                return attempt
        return None

    def _wait(self, tries: int, retry_after_s: float | None) -> float | None:
        """Back-off with full jitter, and not before the provider says; None if that is too long."""
        policy = self._router.policy
        if (asked := retry_after_s or 0.0) > policy.max_wait_s:
            return None
        longest = min(policy.wait_s * 2.0 ** min(tries - 1, 30), policy.max_wait_s)
        return asked + self._router.random.uniform(0.0, min(longest, policy.max_wait_s - asked))

    def _enter(self, member: Member, used: frozenset[str], wait: float) -> Attempt | None:
        target, then = member.target, self.now + wait
        health = self._router.health(target)
        if health.able_at(then) > then:
            return None
        key = self._router.pool(target).choose(target.model, self._facts.tokens, then, used)
        entered = health.breaker.enter(then) if key is not None else None
        if key is None or entered is None:
            return None
        return self._attempt(target, key, entered, wait=wait)

    def _forced(self) -> Attempt | None:
        """All are out; but a gateway that asks nobody would not notice when one is back."""
        facts, now = self._facts, self.now

        def back(member: Member) -> float:
            at, _ = self._router.pool(member.target).soonest(member.target.model, facts.tokens, now)
            return max(self._router.health(member.target).able_at(now), at)

        unsuited = {made.target for made in self._made}
        able = [member for member in self._order if member.target not in unsuited]
        if not able:
            return None
        target = min(able, key=back).target
        _, key = self._router.pool(target).soonest(target.model, facts.tokens, now)
        return self._attempt(target, key, self._router.health(target).breaker.force(), forced=True)

    def _attempt(self, target: Target, key: str, entered: Pass, *, wait: float = 0.0, forced: bool = False) -> Attempt:
        return Attempt(target, key, self._sent + 1, wait, self._facts.deadline, forced, self, entered)


def _id(target: Target) -> TargetId:
    return target.provider, target.model
