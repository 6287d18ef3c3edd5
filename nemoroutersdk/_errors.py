"""What is raised when the gateway itself refuses: each class is also the `openai` exception of its status.

    NemoError (openai.OpenAIError)
    ├── NemoGuardrailBlockedError   400  also openai.BadRequestError
    ├── NemoCreditError             402  also openai.APIStatusError
    ├── NemoRateLimitError          429  also openai.RateLimitError
    ├── NemoServiceError            503  also openai.InternalServerError
    └── NemoRouterUnsupportedError       also NotImplementedError; nothing was sent

Whatever else goes wrong (a bad key, an unknown model, a provider that failed) is raised as `openai` has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

import openai


class NemoError(openai.OpenAIError):
    """Everything this package raises by itself."""

    code: str | None = None
    request_id: str | None = None
    status_code: int | None = None


NemoRouterError = NemoError
"""Its name in nemoroutersdk 0.1.0."""


class _Refusal(NemoError, openai.APIStatusError):
    """An error that the gateway answered. `body` is the `error` object, `details` the whole JSON around it."""

    status: ClassVar[int]
    status_code: int

    def __init__(self, message: str, *, response: Any, body: object) -> None:
        details = body if isinstance(body, Mapping) else {}
        super().__init__(message, response=response, body=details.get("error", body))
        self.details: Mapping[str, Any] = details
        self.code = code_of(body)
        self.request_id = _text(details, "request_id") or response.headers.get("x-nemo-request-id")
        self.status_code = self.status  # of a stream that was refused midway the response says 200


class NemoGuardrailBlockedError(_Refusal, openai.BadRequestError):
    """A guardrail refused the prompt, or the answer midway."""

    status = 400
    status_code = 400

    def __init__(self, message: str, *, response: Any, body: object) -> None:
        super().__init__(message, response=response, body=body)
        self.guardrail_name: str | None = _text(self.details, "guardrail_name")
        """Which one, where the operator lets callers know."""


class NemoCreditError(_Refusal):
    """The organisation's credits, or a budget, do not cover what the call may cost. It cost nothing."""

    status = 402


class NemoRateLimitError(_Refusal, openai.RateLimitError):
    """A limit of the key, its team or its organisation is reached."""

    status = 429
    status_code = 429

    def __init__(self, message: str, *, response: Any, body: object) -> None:
        super().__init__(message, response=response, body=body)
        tokens = self.code == "tpm_limit_exceeded"
        headers = response.headers
        self.limit_type: str = _text(self.details, "limit_type") or ("tpm" if tokens else "rpm")
        """`rpm`, `tpm`, `tps` (requests per second) or `concurrency`."""
        self.limit_value: int | None = _whole(
            self.details.get("limit_value", headers.get(f"x-ratelimit-limit-{'tokens' if tokens else 'requests'}"))
        )
        milliseconds = _number(headers.get("retry-after-ms"))
        self.retry_after: float | None = (
            _number(headers.get("retry-after")) if milliseconds is None else milliseconds / 1000
        )
        """Seconds until there is room again. None: this request never fits, or nobody said."""


class NemoServiceError(_Refusal, openai.InternalServerError):
    """What the call would cost could not be booked, so it was not made. Try again soon."""

    status = 503


_BY_CODE: dict[str, type[_Refusal]] = {
    "guardrail_blocked": NemoGuardrailBlockedError,
    "insufficient_credits": NemoCreditError,
    "budget_exceeded": NemoCreditError,
    "rate_limit_exceeded": NemoRateLimitError,
    "tpm_limit_exceeded": NemoRateLimitError,
    "credit_check_failed": NemoServiceError,
}


def refusal(response: Any, body: object) -> _Refusal | None:
    """The typed error of an error answer, if it has one."""
    kind = _BY_CODE.get(code_of(body) or "")
    if response.status_code == 429:
        kind = NemoRateLimitError
    if kind is None or kind.status != response.status_code:
        return None
    return kind(_message_of(body), response=response, body=body)


def refusal_midway(response: Any, error: openai.APIError) -> _Refusal | None:
    """The typed error of an error event in a stream, if it has one."""
    kind = _BY_CODE.get(error.code or "")
    return None if kind is None else kind(error.message, response=response, body={"error": error.body})


def code_of(body: object) -> str | None:
    """The code of an error body: beside `error`, or in it."""
    if not isinstance(body, Mapping):
        return None
    inner = body.get("error")
    return _text(body, "code") or (_text(inner, "code") if isinstance(inner, Mapping) else None)


def _message_of(body: object) -> str:
    error = body.get("error") if isinstance(body, Mapping) else body
    message = error.get("message") if isinstance(error, Mapping) else error
    return message if isinstance(message, str) and message else "The gateway refused the request."


def _text(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name)
    return value if isinstance(value, str) and value else None


def _number(value: object) -> float | None:
    with suppress(TypeError, ValueError):
        return float(value)  # type: ignore[arg-type]
    return None


def _whole(value: object) -> int | None:
    with suppress(TypeError, ValueError):
        return int(value)  # type: ignore[call-overload, no-any-return]
    return None
