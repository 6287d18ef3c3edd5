"""Claude's whole answers in OpenAI's shape: message, usage, reasons to stop, errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from nemoproxy.errors import UpstreamInvalid
from nemoproxy.providers.anthropic import wire
from nemoproxy.providers.openai_shape import Json, completion, error, excerpt
from nemoproxy.providers.translation import Answer, Asked

FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
"""OpenAI's `finish_reason` for each `stop_reason`; Claude's own is in `native_finish_reason`."""
TIERS = {"standard": "default", "priority": "priority", "batch": "default"}

_ERRORS = {
    "invalid_request_error": ("invalid_request_error", None, 400),
    "authentication_error": ("authentication_error", "invalid_api_key", 401),
    "billing_error": ("billing_error", "billing_error", 402),
    "permission_error": ("permission_error", "permission_denied", 403),
    "not_found_error": ("invalid_request_error", "model_not_found", 404),
    "conflict_error": ("invalid_request_error", "conflict", 409),
    "request_too_large": ("invalid_request_error", "request_too_large", 413),
    "rate_limit_error": ("rate_limit_error", "rate_limit_exceeded", 429),
    "api_error": ("server_error", "api_error", 500),
    "timeout_error": ("server_error", "timeout", 504),
    "overloaded_error": ("server_error", "overloaded", 503),
}
"""OpenAI's `type` and `code` for each of Claude's errors, and the status it comes with."""
_UNKNOWN = ("server_error", None, 500)
OVERLOADED = 529
"""Claude's status for `overloaded_error`, which nobody else knows: 503 says the same."""

_PARAM = re.compile(r"([a-z_]+(?:\.[\w]+)*): ")
_TOO_LONG = re.compile(r"prompt is too long|exceeds? (?:the )?context (?:limit|window)|input length and `max_tokens`")
_message = msgspec.json.Decoder(wire.Message)
_error = msgspec.json.Decoder(wire.Error)


def answer(body: bytes, asked: Asked, answer_tool: str) -> bytes:
    """A message as a chat completion."""
    try:
        message = _message.decode(body)
    except msgspec.DecodeError as reason:
        raise UpstreamInvalid("The provider's answer is not a message.") from reason
    members, calls = _members(message.content, answer_tool)
    if message.stop_reason == "refusal":
        members["refusal"] = refusal(message.stop_details)
    choice = {
        "index": 0,
        "message": members,
        "logprobs": None,
        "finish_reason": finish_reason(message.stop_reason, calls=calls),
        "native_finish_reason": message.stop_reason,
    }
    if message.stop_details is not None:
        choice["stop_details"] = message.stop_details
    if message.stop_sequence is not None:
        choice["stop_reason"] = message.stop_sequence
    tier = message.usage.service_tier
    extra = {"service_tier": TIERS.get(tier, tier)} if tier is not None else {}
    return completion(message.id, message.model or asked.model, asked.created, choice, usage(message.usage), **extra)


def _members(blocks: list[wire.Block], answer_tool: str) -> tuple[Json, bool]:
    """The members of OpenAI's message, and whether it calls tools."""
    text = ""
    reasoning: list[str] = []
    thoughts: list[Json] = []
    calls: list[Json] = []
    citations: list[Json] = []
    annotations: list[Json] = []
    answers = [bytes(block.input).decode() for block in blocks if answer_tool and block.name == answer_tool]
    for block in blocks:
        if block.type == "text":
            said = block.text or ""
            for kind, citation in cite(block.citations, len(text), len(text) + len(said)):
                (annotations if kind == "annotations" else citations).append(citation)
            text += said
        elif block.type in ("thinking", "redacted_thinking"):
            reasoning.append(block.thinking or "")
            thoughts.append(thought(block))
        elif block.type == "tool_use" and not (answer_tool and block.name == answer_tool):
            function = {"name": block.name, "arguments": bytes(block.input).decode()}
            calls.append({"id": block.id, "type": "function", "function": function})
    content = "".join(answers) if answers else text if text or not calls else None
    members: Json = {"role": "assistant", "content": content, "refusal": None}
    if annotations:
        members["annotations"] = annotations
    if citations:
        members["citations"] = citations
    if calls:
        members["tool_calls"] = calls
    if thoughts:
        members |= {"reasoning_content": "".join(reasoning), "thinking_blocks": thoughts}
    return members, bool(calls)


def thought(block: wire.Block) -> Json:
    """A block of thinking as the client has to send it back."""
    if block.type == "redacted_thinking":
        return {"type": block.type, "data": block.data}
    return {"type": block.type, "thinking": block.thinking or "", "signature": block.signature or ""}


def cite(citations: list[dict[str, Any]] | None, start: int, end: int) -> Iterator[tuple[str, Json]]:
    """The sources of the text between two places: web pages as OpenAI's annotations, others as Claude names them."""
    for citation in citations or ():
        place = {"start_index": start, "end_index": end}
        url = citation.get("url")
        if isinstance(url, str):
            cited = {**place, "url": url, "title": citation.get("title") or ""}
            yield "annotations", {"type": "url_citation", "url_citation": cited}
        else:
            yield "citations", {**citation, **place}


def refusal(details: dict[str, Any] | None) -> str:
    explanation = (details or {}).get("explanation")
    return explanation if isinstance(explanation, str) and explanation else "The model declined to answer."


def finish_reason(stop_reason: str | None, *, calls: bool) -> str:
    """A call of the answer's own tool is no call."""
    reason = FINISH.get(stop_reason or "", "stop")
    return "stop" if reason == "tool_calls" and not calls else reason


def usage(said: wire.Usage) -> Json:
    """OpenAI's `usage`. Its prompt includes what the cache read and wrote, Claude's input does not."""
    read, written = said.cache_read_input_tokens or 0, said.cache_creation_input_tokens or 0
    prompt, completion = (said.input_tokens or 0) + read + written, said.output_tokens or 0
    prompt_details: Json = {"cached_tokens": read, "cache_write_tokens": written}
    if said.cache_creation is not None:
        prompt_details["cache_creation"] = said.cache_creation
    found: Json = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": prompt_details,
    }
    thinking = (said.output_tokens_details or {}).get("thinking_tokens")
    if isinstance(thinking, int):
        found["completion_tokens_details"] = {"reasoning_tokens": min(thinking, completion)}
    if said.server_tool_use is not None:
        found["server_tool_use"] = said.server_tool_use
    return found


def failure(status: int, body: bytes) -> Answer:
    """An error answer in OpenAI's shape."""
    try:
        said = _error.decode(body)
    except msgspec.DecodeError:
        kind = "server_error" if status >= 500 else "invalid_request_error"
        return Answer(status, error(excerpt(status, body), kind))
    return Answer(503 if status == OVERLOADED else status, _error_body(said))


def event_failure(data: bytes) -> Answer:
    """An error event, and the status that it would have had as an answer."""
    try:
        said = _error.decode(data)
    except msgspec.DecodeError:
        return Answer(502, error("The provider broke off with an error it did not explain.", "server_error"))
    return Answer(_ERRORS.get(said.error.type, _UNKNOWN)[2], _error_body(said))


def _error_body(said: wire.Error) -> bytes:
    members = said.error
    kind, code, _ = _ERRORS.get(members.type, _UNKNOWN)
    named = (members.details or {}).get("error_code")
    param = None
    if members.type == "invalid_request_error":
        found = _PARAM.match(members.message)
        param = found and found[1]
        code = "context_length_exceeded" if _TOO_LONG.search(members.message) else code
    extra = {"provider_request_id": said.request_id} if said.request_id else {}
    return error(members.message or members.type, kind, named if isinstance(named, str) else code, param, **extra)
