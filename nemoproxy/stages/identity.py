"""Stage 1, identify: a bearer becomes a principal. No database: the directory is in memory and kept up to date."""

from __future__ import annotations

import time

from nemoproxy._core import Limiter, Pepper
from nemoproxy.config import Config, Limits
from nemoproxy.errors import Unauthenticated
from nemoproxy.storage import Changes, KeyRow, OrgRow, TeamRow
from nemoproxy.types import Principal

_HINT = "Send it as 'Authorization: Bearer sk-nemo-...'."


class Directory:
    """All keys by their digest, each with its limits configured in the limiter. `apply` brings in changes."""

    def __init__(self, config: Config, pepper: Pepper, limiter: Limiter) -> None:
        self._config = config
        self._pepper = pepper
        self._limiter = limiter
        self._principals: dict[bytes, Principal] = {}
        self._key_slots: dict[str, int] = {}
        self._teams: dict[str, tuple[int, str]] = {}  # team id -> its slot, its org's id
        self._orgs: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._principals)

    def identify(self, authorization: bytes | None) -> Principal:
        """The principal of an Authorization header. Raises Unauthenticated."""
        if authorization is None:
            raise Unauthenticated(f"No API key was sent. {_HINT}", code="missing_api_key")
        digest = self._pepper.identify(authorization)
        if digest is None:
            raise Unauthenticated(f"This is not a NemoProxy key: check it for typing errors. {_HINT}")
        principal = self._principals.get(digest)
        if principal is None:
            raise Unauthenticated("This API key is not known here.")
        if principal.revoked:
            raise Unauthenticated("This API key has been revoked.", code="revoked_api_key")
        if principal.expires_at is not None and principal.expires_at <= time.time():
            raise Unauthenticated("This API key has expired.", code="expired_api_key")
        return principal

    def slot(self, kind: str, id: str) -> int | None:
        """The limiter's slot of a `key`, `team` or `org`; None when it is not known (any more)."""
        if kind == "team":
            return self._teams[id][0] if id in self._teams else None
        return (self._key_slots if kind == "key" else self._orgs).get(id)

    def apply(self, changes: Changes) -> None:
        """Bring in rows that are new or have changed."""
        for org in changes.orgs:
            self._orgs[org.id] = self._scope(self._orgs.get(org.id), org, self._config.limits.org)
        for team in changes.teams:
            slot = self._teams[team.id][0] if team.id in self._teams else None
            self._teams[team.id] = (self._scope(slot, team, self._config.limits.team), team.org_id)
        for key in changes.keys:
            self._principals[key.digest] = self._principal(key)

    def _scope(self, slot: int | None, row: OrgRow | TeamRow, default: Limits) -> int:
        if slot is None:
            slot = self._limiter.allocate()
        self._limiter.configure(slot, *_limits(row.limits, default))
        return slot

    def _principal(self, key: KeyRow) -> Principal:
        slot = self._key_slots.get(key.id)
        if slot is None:
            slot = self._key_slots[key.id] = self._limiter.allocate()
        default = self._config.limits.default_tier
        tier = key.tier if key.tier in self._config.tiers else default
        self._limiter.configure(slot, *_limits(key.limits, self._config.tiers[tier or default]))
        team_slot, org_id = self._teams[key.team_id]
        return Principal(
            key_id=key.id,
            alias=key.alias or f"...{key.last4}",
            team_id=key.team_id,
            org_id=org_id,
            models=None if key.models is None else frozenset(key.models),
            expires_at=key.expires_at.timestamp() if key.expires_at else None,
            revoked=key.revoked_at is not None,
            key_slot=slot,
            team_slot=team_slot,
            org_slot=self._orgs[org_id],
        )


def _limits(own: Limits, default: Limits) -> tuple[int | None, int | None, int | None, int | None]:
    """rpm, tpm, tps, concurrency: the row's own where it has one, else the default."""
    limits = own.over(default)
    return limits.rpm, limits.tpm, limits.tps, limits.concurrency
