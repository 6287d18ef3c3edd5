"""What an attempt says of the target it was made at: the router's `Outcome` of answers and of failures. Pure."""

from __future__ import annotations

import time

from nemoproxy._core import Reply
from nemoproxy.errors import GatewayError, ShuttingDown, UpstreamInvalid, UpstreamTimeout, UpstreamUnavailable
from nemoproxy.providers.translation import Answer
from nemoproxy.routing import Kind, Outcome, limits, of_status, retry_after_s

OPENS_WITH_ERROR = 2  # a Reply's `opening`


def of_failure(error: GatewayError) -> Outcome:
    """There was no answer."""
    if isinstance(error, UpstreamUnavailable):
        return Outcome(Kind.UNREACHABLE)
    if isinstance(error, UpstreamTimeout):
        return Outcome(Kind.TIMED_OUT)
    if isinstance(error, UpstreamInvalid):
        return Outcome(Kind.BROKEN)
    return Outcome(Kind.LEFT if isinstance(error, ShuttingDown) else Kind.ANSWERED)


def of_answer(reply: Reply, early: Answer | None, first_byte_s: float) -> Outcome:
    """It answered so. `early`: the error that a stream was broken off with before anybody got any of it."""
    headers, wall = _headers(reply), time.time()
    status = reply.status if early is None else early.status
    if early is None and status < 300 and reply.opening == OPENS_WITH_ERROR:
        status = 500
    return Outcome(
        of_status(status),
        status=status,
        first_byte_s=first_byte_s,
        retry_after_s=retry_after_s(headers, wall),
        limits=limits(headers, wall) if reply.limit_headers else None,
    )


def _headers(reply: Reply) -> dict[str, str]:
    lines = (reply.headers() + reply.limit_headers).decode("latin-1").splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line)
