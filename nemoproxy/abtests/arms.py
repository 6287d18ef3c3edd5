"""The A/B tests that run, in memory, and which variant of one a request is.

A request's unit (its end user, its key, or itself) is hashed with the test, and the hash is a point on a line on which
each variant has a stretch as long as its weight, in the order in which they are declared:

    hash = SHA-256("nemoproxy/ab/1" 0 org id 0 test 0 unit), with zero bytes between
    point = its first 8 bytes as a big-endian number * the sum of all weights >> 64

with `unit` being `u:` and the end user, `k:` and the key's id, or `r:` and the request's id. So it is the same in every
process and after every restart, and tests are independent of each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate

from nemoproxy._core import Request
from nemoproxy.config import AbTest
from nemoproxy.storage import Changes
from nemoproxy.types import Arm, Endpoint, Principal, Recipient


@dataclass(frozen=True, slots=True)
class _Running:
    name: str
    org_id: str
    sticky: str
    arms: tuple[Arm, ...]
    ends: tuple[int, ...]
    """Where the stretch of each arm ends."""
    chat_only: bool

    def arm_of(self, unit: str) -> Arm:
        text = f"nemoproxy/ab/1\0{self.org_id}\0{self.name}\0{unit}".encode("utf-8", "surrogatepass")
        point = int.from_bytes(sha256(text).digest()[:8], "big") * self.ends[-1] >> 64
        return next(arm for arm, end in zip(self.arms, self.ends, strict=True) if point < end)


class Arms:
    """`apply` brings in changes of the records. Tests in the configuration go before those of the same model."""

    def __init__(self, configured: Mapping[str, AbTest]) -> None:
        self._configured = [(name, test) for name, test in configured.items() if test.state == "running"]
        self._orgs: dict[str, str] = {}
        self._recorded: dict[tuple[str, str], tuple[str, _Running]] = {}
        self._running: dict[tuple[str, str], _Running] = {}

    def apply(self, changes: Changes) -> None:
        if not (changes.orgs or changes.ab_tests):
            return
        self._orgs.update((org.name, org.id) for org in changes.orgs)
        for row in changes.ab_tests:
            self._recorded.pop((row.org_id, row.name), None)
            if row.test.state == "running":
                self._recorded[row.org_id, row.name] = (row.test.model, _running(row.name, row.org_id, row.test))
        running = {(org_id, model): one for (org_id, _), (model, one) in self._recorded.items()}
        for name, test in self._configured:
            org_id = self._orgs.get(test.org)
            if org_id is not None:
                running[org_id, test.model] = _running(name, org_id, test)
        self._running = running

    def choose(self, endpoint: Endpoint, client: Recipient, who: Principal, request: Request) -> Arm | None:
        """The variant that a request is, of the test that runs for its model; None: it is in no test."""
        if not self._running or endpoint is Endpoint.EMBEDDINGS:
            return None
        test = self._running.get((who.org_id, request.model))
        if test is None or (test.chat_only and endpoint is not Endpoint.CHAT):
            return None
        user = request.user if test.sticky == "user" else None
        other = f"r:{client.request_id}" if test.sticky == "request" else f"k:{who.key_id}"
        arm = test.arm_of(f"u:{user}" if user else other)
        client.told += arm.told
        return arm


def _running(name: str, org_id: str, test: AbTest) -> _Running:
    arms = tuple(Arm(label(name, one), variant.model, variant.template) for one, variant in test.variants.items())
    ends = tuple(accumulate(variant.weight for variant in test.variants.values()))
    chat_only = any(arm.template is not None for arm in arms)
    return _Running(name, org_id, test.sticky, arms, ends, chat_only)


def label(test: str, variant: str) -> str:
    """What the records and the client are told."""
    return f"{test}/{variant}"


def labels(name: str, variants: Iterable[str]) -> dict[str, str]:
    """The labels of a test's variants, and whose each is."""
    return {label(name, variant): variant for variant in variants}
