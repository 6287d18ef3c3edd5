"""A chat completion as a message, and an OpenAI error as Anthropic's."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson

from nemoproxy.errors import UpstreamInvalid
from nemoproxy.providers.messages import wire
from nemoproxy.providers.openai_shape import Json

_STOP = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
_NATIVE = {"pause_turn": "stop", "model_context_window_exceeded": "length"}
"""Claude's reasons that OpenAI has no word for, and the word they came under."""
_TIERS = {"default": "standard", "priority": "priority"}
OVERLOADED, OVERLOADED_CODE = 529, "overloaded"
"""The status that only Claude has, and the code with which `providers.anthropic` makes a 503 of it."""
_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    OVERLOADED: "overloaded_error",
}
_CODES = {
    OVERLOADED_CODE: "overloaded_error",
    "rate_limit_exceeded": "rate_limit_error",
    "timeout": "timeout_error",
    "upstream_timeout": "timeout_error",
}
"""What errors are in a stream, where no status says so."""
_completion = msgspec.json.Decoder(wire.Completion)
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def translate_answer(body: bytes, model: str) -> bytes:
    """A chat completion as a message; `model` is what the client called it."""
    try:
        completion = _completion.decode(body)
        choice = completion.choices[0]
        said = choice.message or wire.Message()
        refusal = "" if is_claudes_refusal(choice) else said.refusal or ""
        texts = [{"type": "text", "text": msgspec.Raw(text), "citations": None} for text in _texts(said, refusal)]
    except (msgspec.DecodeError, IndexError, RecursionError) as reason:
        raise UpstreamInvalid("The provider's answer is not a chat completion.") from reason
    calls = said.tool_calls or []
    message: Json = {
        "id": message_id(completion.id),
        "type": "message",
        "role": "assistant",
        "model": completion.model or model,
        "content": [*_thinking(said), *texts, *(_call(call) for call in calls)],
        **stopped(choice, calls=bool(calls), refusal=said.refusal or ""),
        "usage": usage(completion.usage),
    }
    if completion.service_tier in _TIERS:
        message["usage"]["service_tier"] = _TIERS[completion.service_tier]
    return msgspec.json.encode(message)


def message_id(id: str) -> str:
    return id if id.startswith("msg_") else "msg_" + id.removeprefix("chatcmpl-")


def _thinking(said: wire.Said) -> list[Json]:
    if said.thinking_blocks:
        return [{name: value for name, value in block.items() if name != "index"} for block in said.thinking_blocks]
    if said.reasoning_content:
        return [{"type": "thinking", "thinking": said.reasoning_content, "signature": ""}]
    return []


def _texts(said: wire.Message, refusal: str) -> list[bytes]:
    return [text for text in (said.text, msgspec.json.encode(refusal) if refusal else b"") if text]


def _call(call: wire.ToolCall) -> Json:
    function = call.function or wire.Function()
    given = (function.arguments or "").strip() or "{}"
    try:
        _object.decode(given)
        is_object = True
    except (msgspec.DecodeError, RecursionError):
        is_object = False
    # a call that was cut off is not lost, in the form that Anthropic recommends
    arguments: object = msgspec.Raw(given.encode()) if is_object else {"INVALID_JSON": given}
    return {"type": "tool_use", "id": call.id or "", "name": function.name or "", "input": arguments}


def stopped(choice: wire.Choice, *, calls: bool, refusal: str) -> Json:
    """Why the answer ended."""
    sequence = choice.stop_reason if isinstance(choice.stop_reason, str) else None
    reason, native = _STOP.get(choice.finish_reason or "", "end_turn"), choice.native_finish_reason
    if is_claudes_refusal(choice):
        return {"stop_reason": "refusal", "stop_sequence": sequence, "stop_details": choice.stop_details}
    if refusal:
        reason = "refusal"
    elif isinstance(native, str) and _NATIVE.get(native) == choice.finish_reason:
        reason = native
    elif reason == "end_turn":
        reason = "tool_use" if calls else "stop_sequence" if sequence is not None else reason
    details = {"type": "refusal", "category": None, "explanation": refusal or None} if reason == "refusal" else None
    return {"stop_reason": reason, "stop_sequence": sequence, "stop_details": details}


def is_claudes_refusal(choice: wire.Choice) -> bool:
    """Then `refusal` is no text of the answer's, but what `stop_details` say of it."""
    return choice.finish_reason == "content_filter" and choice.native_finish_reason == "refusal"


def usage(said: wire.Usage | None) -> Json:
    """Anthropic's `usage`: its input is what the cache neither read nor wrote."""
    said = said or wire.Usage()
    details = said.prompt_tokens_details or {}
    read, written = _count(details, "cached_tokens"), _count(details, "cache_write_tokens")
    counts: Json = {
        "input_tokens": max((said.prompt_tokens or 0) - read - written, 0),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "output_tokens": said.completion_tokens or 0,
    }
    if isinstance(details.get("cache_creation"), dict):
        counts["cache_creation"] = details["cache_creation"]
    if said.server_tool_use is not None:
        counts["server_tool_use"] = said.server_tool_use
    thinking = _count(said.completion_tokens_details or {}, "reasoning_tokens")
    if thinking:
        counts["output_tokens_details"] = {"thinking_tokens": thinking}
    return {**counts, "cost": said.cost} if bytes(said.cost) else counts


def _count(details: dict[str, Any], name: str) -> int:
    value = details.get(name)
    return value if isinstance(value, int) else 0


def refused(status: int, body: bytes, request_id: str) -> tuple[int, bytes]:
    """An error answer, of the gateway or of a provider by way of it. The status stays, but Claude gets its own back."""
    try:
        members = orjson.loads(body).get("error")
    except (orjson.JSONDecodeError, AttributeError):
        members = None
    if isinstance(members, dict) and members.get("code") == OVERLOADED_CODE:
        status = OVERLOADED
    return status, orjson.dumps({**error_members(status, members), "request_id": request_id})


def error_members(status: int | None, members: Any) -> Json:
    """An error, answer or (where no status is known) event."""
    members = members if isinstance(members, dict) else {"message": members if isinstance(members, str) else ""}
    message, code = members.get("message"), members.get("code")
    kind = _CODES.get(str(code), members.get("type")) if status is None else _ERRORS.get(status)
    if kind not in _ERRORS.values():
        kind = "invalid_request_error" if 400 <= (status or 500) < 500 else "api_error"
    error: Json = {"type": kind, "message": str(message or "The request failed.")}
    if isinstance(code, str) and code:
        error["details"] = {"error_code": code}
    return {"type": "error", "error": error}


def counted(tokens: int) -> bytes:
    """The answer to /v1/messages/count_tokens."""
    return b'{"input_tokens":%d}' % tokens
