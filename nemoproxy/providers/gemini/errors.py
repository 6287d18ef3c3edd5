"""Google's errors in OpenAI's shape, and when to come back."""

from __future__ import annotations

import re
from typing import Any

import orjson

from nemoproxy.providers.openai_shape import error, excerpt
from nemoproxy.providers.translation import Answer, Json

_LONGEST = 64 * 1024
"""Bytes of an error body that is still looked into."""
_TOO_LONG = re.compile(r"(?:input )?token count .*exceeds the maximum", re.IGNORECASE)
_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_STATUSES = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}


def translated(status: int, body: bytes) -> Answer:
    """The answer to a request that failed."""
    members = _members(body)
    if members is None:
        return Answer(status, error(excerpt(status, body), _type(status), _CODES.get(status)))
    return from_members(members, status)


def from_members(members: Json, status: int = 0) -> Answer:
    """The same, from the members of `error`. Without a status, which a stream has not, they say it themselves."""
    name = members.get("status")
    if not status:
        code = members.get("code")
        known = _STATUSES.get(name, 502) if isinstance(name, str) else 502
        status = code if isinstance(code, int) and 400 <= code <= 599 else known
    if status == 400 and _reason(members) == "API_KEY_INVALID":
        status = 401
    said = members.get("message")
    text = said if isinstance(said, str) and said else excerpt(status, b"")
    code = _CODES.get(status) or (name.lower() if isinstance(name, str) else None)
    if status == 400 and _TOO_LONG.search(text):
        code = "context_length_exceeded"
    return Answer(status, error(text, _type(status), code, _field(members)), _delay(members))


def retry_after_s(body: bytes) -> float | None:
    """The seconds after which Google says to come back (`RetryInfo`); it says so in the body, not in a header."""
    members = _members(body)
    return _delay(members) if members else None


def _delay(members: Json) -> float | None:
    for detail in _details(members):
        delay = detail.get("retryDelay")
        if isinstance(delay, str) and (found := re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)s", delay)):
            return float(found[1])
    return None


def _type(status: int) -> str:
    return "upstream_error" if status >= 500 else _TYPES.get(status, "invalid_request_error")


def _members(body: bytes) -> Json | None:
    try:
        value = orjson.loads(body) if len(body) <= _LONGEST else None
    except orjson.JSONDecodeError:
        return None
    if isinstance(value, list) and value:  # streams answer so, when they fail before they begin
        value = value[0]
    found = value.get("error") if isinstance(value, dict) else None
    return found if isinstance(found, dict) else None


def _details(members: Json) -> list[dict[str, Any]]:
    details = members.get("details")
    return [detail for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []


def _reason(members: Json) -> object:
    return next((detail["reason"] for detail in _details(members) if "reason" in detail), None)


def _field(members: Json) -> str | None:
    for detail in _details(members):
        match detail.get("fieldViolations"):
            case [{"field": str(field)}, *_]:
                return field
    return None
