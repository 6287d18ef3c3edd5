"""Which guardrails a key has: those that are on for everybody, its organisation's, its team's and its own, together."""

from __future__ import annotations

from nemoproxy.config import Guardrail
from nemoproxy.guardrails.compiled import Compiled
from nemoproxy.storage import Changes
from nemoproxy.storage.rows import DEFAULT
from nemoproxy.types import Principal

Place = tuple[str, str]
"""A scope, and an id in it."""


class Assignments:
    """From the configuration, by name, and from the records, by id. What is worked out for a key is remembered."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._recorded: dict[Place, set[str]] = {}
        self._names: dict[Place, str] = {}
        self._known: dict[str, int] = {}

    def of(self, who: Principal) -> int:
        """The guardrails of a key, as a set."""
        known = self._known.get(who.key_id)
        if known is None:
            known = self._known[who.key_id] = self._work_out(who)
        return known

    def apply(self, changes: Changes) -> None:
        """Bring in what has changed in the records."""
        for org in changes.orgs:
            self._names["org", org.id] = org.name
        for team in changes.teams:
            inside = self._names.get(("org", team.org_id), "")
            self._names["team", team.id] = team.name if inside == DEFAULT else f"{inside}/{team.name}"
        for row in changes.assignments:
            given = self._recorded.setdefault((str(row.scope), row.scope_id), set())
            (given.discard if row.removed_at is not None else given.add)(row.guardrail)
        self._known.clear()

    def configure(self, compiled: Compiled) -> None:
        """From now on these are the guardrails that there are."""
        self._compiled = compiled
        self._known.clear()

    def _work_out(self, who: Principal) -> int:
        places = (("org", who.org_id), ("team", who.team_id), ("key", who.key_id))
        recorded = set().union(*(self._recorded.get(place, ()) for place in places))
        org, team = self._names.get(places[0], ""), self._names.get(places[1], "")
        found = 0
        for place, (id, one) in enumerate(zip(self._compiled.ids, self._compiled.guardrails, strict=True)):
            if one.default_on or id in recorded or _is_named(one, who, org, team):
                found |= 1 << place
        return found


def _is_named(guardrail: Guardrail, who: Principal, org: str, team: str) -> bool:
    is_key = who.alias in guardrail.keys or who.key_id in guardrail.keys
    return org in guardrail.orgs or team in guardrail.teams or is_key
