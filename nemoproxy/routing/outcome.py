"""How an attempt ended, and what that means: whether another target may be tried, and whose fault it was."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """`fails_over`: another target may be tried, if nothing has gone to the client. `healthy`: what it says of the
    target; None is nothing."""

    ANSWERED = ("answered", False, True)
    """A success, or a refusal that is the caller's own: 400, 404, 413, 422."""
    DENIED = ("denied", False, True)
    """401, 403: our credential may not. Elsewhere it would only hide that."""
    RATE_LIMITED = ("rate_limited", True, True)
    """429: the credential has to rest, the target is well."""
    EXHAUSTED = ("exhausted", True, True)
    """402, or a 429 that waiting does not help: the credential's account is empty."""
    FAILED = ("failed", True, False)
    """408, 5xx, 529."""
    UNREACHABLE = ("unreachable", True, False)
    """No connection: refused, no such name, TLS."""
    TIMED_OUT = ("timed_out", True, False)
    """No connection, no first byte or no further byte in time."""
    BROKEN = ("broken", True, False)
    """The answer ended before it was whole, or was none."""
    UNSUITED = ("unsuited", True, None)
    """The target's provider cannot be asked such a thing: nothing was sent."""
    LEFT = ("left", False, None)
    """The client left, or the gateway gave the attempt up."""

    def __init__(self, word: str, fails_over: bool, healthy: bool | None) -> None:
        self.word = word
        self.fails_over = fails_over
        self.healthy = healthy


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider's headers say is left of its limits, and in how many seconds there is more."""

    requests: int | None = None
    requests_reset_s: float = 0.0
    tokens: int | None = None
    tokens_reset_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    kind: Kind
    begun: bool = False
    """Something of the answer has gone to the client: nothing else can be tried."""
    status: int = 0
    first_byte_s: float | None = None
    """From the attempt's start, if there was one."""
    retry_after_s: float | None = None
    limits: Limits | None = None

    @property
    def fails_over(self) -> bool:
        return self.kind.fails_over and not self.begun


def of_status(status: int, code: str | None = None) -> Kind:
    """What an answer's status means. `code` is the provider's, if it is known."""
    if status == 402 or (status == 429 and code == "insufficient_quota"):
        return Kind.EXHAUSTED
    if status == 429:
        return Kind.RATE_LIMITED
    if status in (401, 403):
        return Kind.DENIED
    if status == 408 or status >= 500:
        return Kind.FAILED
    return Kind.ANSWERED
