"""Every error the gateway answers with, each with its HTTP status, OpenAI `type` and `code`.

    GatewayError
    ├── InvalidRequest        400  the body is not a valid request
    │   └── Untranslatable    400  it asks for something that the model's provider does not have
    ├── GuardrailBlocked      400  a guardrail found what may not pass
    ├── Unauthenticated       401  no key, or one that is malformed, unknown, revoked or expired
    ├── InsufficientCredits   402  the org's credits or a budget do not cover what the call may cost
    ├── PermissionDenied      403  the key may not use this model, or it has no price
    ├── NotFound              404  unknown model or path
    ├── MethodNotAllowed      405
    ├── RequestTimeout        408  the request body came too slowly
    ├── IdempotencyInFlight   409  the first request with this Idempotency-Key is still running
    ├── IdempotencyNotKept    409  it was run, and its answer is not there to be sent again
    ├── BodyTooLarge          413
    ├── UnsupportedMediaType  415
    ├── ExpectationFailed     417  an Expect header we do not know
    ├── IdempotencyMismatch   422  it was another request
    ├── RateLimited           429  requests per minute or second, or concurrency
    │   └── TokensLimited     429  tokens per minute
    ├── HeadTooLarge          431  the request line, or a header, is too long
    ├── InternalError         500  a bug of ours
    ├── NotYetAvailable       501  no model is configured for what this endpoint does
    ├── UpstreamInvalid       502  the provider's answer is not HTTP, or was cut off
    ├── CreditCheckFailed     503  what would be spent could not be booked
    ├── GuardrailFailed       503  a guardrail that may not be missing did not work
    ├── UpstreamUnavailable   503  the provider cannot be reached
    ├── ShuttingDown          503  the gateway ends before the answer does
    └── UpstreamTimeout       504  the provider did not answer in time

The Rust core raises `InvalidRequest` and `UpstreamInvalid` itself; nothing else crosses from there as an exception.
"""

from __future__ import annotations

import orjson


class GatewayError(Exception):
    """An answer to the client that is not a success.

    `headers` are sent with it (lower-case names); `details` are further members of the body, beside `error`.
    """

    status = 500
    type = "api_error"
    code = "internal_error"
    charged = False
    """The provider has answered, and is paid for that."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
        details: dict[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.headers = headers or {}
        self.details = details or {}
        if code is not None:
            self.code = code


class InvalidRequest(GatewayError):
    status, type, code = 400, "invalid_request_error", "invalid_request"


class Untranslatable(InvalidRequest):
    """`field` is the place in the request, as in `messages[2].content`."""

    code = "unsupported_parameter"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"'{field}' cannot be carried over to this model's provider: {why}.", param=field)
        self.field = field


class GuardrailBlocked(GatewayError):
    status, type, code = 400, "invalid_request_error", "guardrail_blocked"


class Unauthenticated(GatewayError):
    status, type, code = 401, "authentication_error", "invalid_api_key"


class InsufficientCredits(GatewayError):
    status, type, code = 402, "insufficient_quota", "insufficient_credits"


class PermissionDenied(GatewayError):
    status, type, code = 403, "permission_error", "model_not_allowed"


class NotFound(GatewayError):
    status, type, code = 404, "invalid_request_error", "not_found"


class MethodNotAllowed(GatewayError):
    status, type, code = 405, "invalid_request_error", "method_not_allowed"


class RequestTimeout(GatewayError):
    status, type, code = 408, "invalid_request_error", "request_timeout"


class IdempotencyInFlight(GatewayError):
    status, type, code = 409, "idempotency_error", "idempotency_in_flight"


class IdempotencyNotKept(GatewayError):
    status, type, code = 409, "idempotency_error", "idempotency_not_kept"


class BodyTooLarge(GatewayError):
    status, type, code = 413, "invalid_request_error", "body_too_large"


class UnsupportedMediaType(GatewayError):
    status, type, code = 415, "invalid_request_error", "unsupported_media_type"


class ExpectationFailed(GatewayError):
    status, type, code = 417, "invalid_request_error", "expectation_failed"


class IdempotencyMismatch(GatewayError):
    status, type, code = 422, "idempotency_error", "idempotency_mismatch"


class RateLimited(GatewayError):
    status, type, code = 429, "rate_limit_error", "rate_limit_exceeded"


class TokensLimited(RateLimited):
    code = "tpm_limit_exceeded"


class HeadTooLarge(GatewayError):
    status, type, code = 431, "invalid_request_error", "head_too_large"


class InternalError(GatewayError):
    status, type, code = 500, "api_error", "internal_error"


class NotYetAvailable(GatewayError):
    status, type, code = 501, "invalid_request_error", "endpoint_not_yet_available"


class UpstreamInvalid(GatewayError):
    status, type, code = 502, "upstream_error", "upstream_invalid_response"


class CreditCheckFailed(GatewayError):
    status, type, code = 503, "api_error", "credit_check_failed"


class GuardrailFailed(GatewayError):
    status, type, code = 503, "api_error", "guardrail_failed"


class UpstreamUnavailable(GatewayError):
    status, type, code = 503, "upstream_error", "upstream_unavailable"


class ShuttingDown(GatewayError):
    status, type, code = 503, "api_error", "shutting_down"


class UpstreamTimeout(GatewayError):
    status, type, code = 504, "upstream_error", "upstream_timeout"


def error_body(error: GatewayError, request_id: str) -> bytes:
    """The JSON of an error: OpenAI's nested object, with `code` and `request_id` on top for NemoRouter's own client."""
    members = {"message": error.message, "type": error.type, "code": error.code, "param": error.param}
    return orjson.dumps({"error": members, "code": error.code, "request_id": request_id, **error.details})
