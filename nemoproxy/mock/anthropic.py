"""The mock in Anthropic's own format: `/v1/messages`, plain and streamed, and `/v1/messages/count_tokens`.

It is as strict as Anthropic where a translator can go wrong: unknown members, blank texts, results of tools that do not
follow their calls, tools that are forced on a model that thinks. A model whose name has `tools` in it calls the first
tool it is given, one with `parallel` all of them; a forced tool is called by any. Pure: no sockets, no clock.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from nemoproxy.mock import answers
from nemoproxy.mock.answers import Json, Refused
from nemoproxy.mock.options import Plan
from nemoproxy.mock.schema import example

_TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_MEMBERS = set(
    "model max_tokens messages system stream temperature top_p top_k stop_sequences metadata tools tool_choice "
    "thinking output_config service_tier cache_control context_management".split()
)
_BLOCKS = set("text image document search_result thinking redacted_thinking tool_use tool_result".split())
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, to be rendered as a body or as events."""

    id: str
    model: str
    blocks: tuple[Json, ...]
    chunk: int
    stop: str
    prompt_tokens: int
    counted: bool
    """It says what was used."""

    end = b'{"type":"message_stop"}'
    named = True
    """Its events have names: their types."""

    def body(self) -> bytes:
        stop = {"stop_reason": self.stop, "stop_sequence": None}
        return orjson.dumps(self._message(list(self.blocks), len(list(self.events()))) | stop)

    def events(self) -> Iterator[bytes]:
        yield orjson.dumps({"type": "message_start", "message": self._message([], 1)})
        yield b'{"type": "ping"}'
        said = 0
        for index, block in enumerate(self.blocks):
            opening, deltas = self._pieces(block)
            yield orjson.dumps({"type": "content_block_start", "index": index, "content_block": opening})
            for delta in deltas:
                said += 1
                yield orjson.dumps({"type": "content_block_delta", "index": index, "delta": delta})
            yield b'{"type":"content_block_stop","index":%d}' % index
        delta = {"stop_reason": self.stop, "stop_sequence": None}
        usage = {"output_tokens": said + 4} if self.counted else {}
        yield orjson.dumps({"type": "message_delta", "delta": delta, "usage": usage})

    def failure(self, message: str) -> bytes:
        return error(500, message)

    def _message(self, blocks: list[Json], said: int) -> Json:
        usage = {"input_tokens": self.prompt_tokens, "output_tokens": said, "service_tier": "standard"}
        message: Json = {"id": self.id, "type": "message", "role": "assistant", "model": self.model, "content": blocks}
        return message | {"stop_reason": None, "stop_sequence": None, "usage": usage if self.counted else {}}

    def _pieces(self, block: Json) -> tuple[Json, list[Json]]:
        if block["type"] == "text":
            return {"type": "text", "text": ""}, [
                {"type": "text_delta", "text": word} for word in self._cut(block["text"])
            ]
        if block["type"] == "thinking":
            deltas = [{"type": "thinking_delta", "thinking": block["thinking"]}]
            return {**block, "thinking": "", "signature": ""}, [
                *deltas,
                {"type": "signature_delta", "signature": block["signature"]},
            ]
        text = orjson.dumps(block["input"]).decode() if block["input"] else ""
        fragments = ["", *(text[at : at + 8] for at in range(0, len(text), 8))]
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in fragments]

    def _cut(self, text: str) -> list[str]:
        if self.chunk:
            return [text[at : at + self.chunk] for at in range(0, len(text), self.chunk)]
        return re.findall(r"\s*\S+|\s+$", text)


def error(status: int, message: str) -> bytes:
    """Anthropic's error body, which is its error event as well."""
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")
    return orjson.dumps({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_mock"})


def is_native(path: str) -> bool:
    """Whether a path is Anthropic's."""
    return path.partition("?")[0].removeprefix("/v1") in ("/messages", "/messages/count_tokens")


def answer(path: str, request: Json | None, plan: Plan) -> bytes | Reply:
    """The answer to a POST. `Refused` if Anthropic would refuse it."""
    if request is None:
        raise Refused(400, "The request body is not valid JSON.")
    counting = path.partition("?")[0].endswith("/count_tokens")
    _check(request, counting=counting)
    answers.model(request["model"])
    prompt = sum(4 + -(-len(orjson.dumps(message)) // 4) for message in request["messages"])
    if counting:
        return orjson.dumps({"input_tokens": prompt})
    blocks, stop = _compose(request, plan)
    digest = hashlib.blake2b(orjson.dumps(request), digest_size=12).hexdigest()
    counted = plan.usage != "missing"
    reply = Reply("msg_" + digest, request["model"], tuple(blocks), plan.chunk, stop, prompt, counted)
    return reply if request.get("stream") is True else reply.body()


def _compose(request: Json, plan: Plan) -> tuple[list[Json], str]:
    """What is said, and why it ends."""
    thinks = (request.get("thinking") or {}).get("type") in ("enabled", "adaptive")
    blocks: list[Json] = [{"type": "thinking", "thinking": "Hmm.", "signature": "bW9jaw=="}] if thinks else []
    if calls := _calls(request):
        return blocks + calls, "tool_use"
    said = _said(request["messages"][-1]["content"])
    text = f"You said: {said[: answers.LONGEST_ECHO]}"
    if form := (request.get("output_config") or {}).get("format"):
        text = orjson.dumps(example(form["schema"])).decode()
    elif plan.events is not None:
        filler = answers.FILLER  # each a word of its own, and so an event
        text = " ".join(filler[at % len(filler)].strip() for at in range(max(plan.events, 1)))
    words = re.findall(r"\s*\S+|\s+$", text)
    short = request["max_tokens"] < len(words)
    text = "".join(words[: request["max_tokens"]]) if short else text
    return [*blocks, {"type": "text", "text": text}], "max_tokens" if short else "end_turn"


def _calls(request: Json) -> list[Json]:
    tools, choice = request.get("tools") or [], request.get("tool_choice") or {"type": "auto"}
    forced = choice["type"] in ("any", "tool")
    content = request["messages"][-1]["content"]
    answered = isinstance(content, list) and content[0]["type"] == "tool_result"
    if choice["type"] == "none" or (answered and not forced):
        return []
    if choice["type"] == "tool":
        tools = [tool for tool in tools if tool["name"] == choice["name"]]
    model = request["model"]
    several = "parallel" in model and not choice.get("disable_parallel_tool_use")
    wanted = len(tools) if several else 1 if forced or "tools" in model else 0
    return [
        {"type": "tool_use", "id": f"toolu_{at}", "name": tool["name"], "input": example(tool["input_schema"])}
        for at, tool in enumerate(tools[:wanted])
    ]


def _said(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(block.get("text") or _said(block.get("content") or []) for block in content)


# --- what it refuses


def _check(request: Json, *, counting: bool) -> None:
    for name in request.keys() - _MEMBERS:
        raise Refused(400, f"{name}: Extra inputs are not permitted")
    for name in ("model", "messages") if counting else ("model", "max_tokens", "messages"):
        _require(name in request, f"{name}: Field required")
    _require(bool(request["messages"]), "messages: at least one message is required")
    temperature = request.get("temperature", 1)
    _require(0 <= temperature <= 1, "temperature: range: 0..1")
    for sequence in request.get("stop_sequences", ()):
        _require(bool(sequence.strip()), "stop_sequences: each stop sequence must contain non-whitespace")
    _check_tools(request, temperature)
    for index, message in enumerate(request["messages"]):
        _check_message(message, index)
    _check_order(request["messages"])


def _check_tools(request: Json, temperature: float) -> None:
    tools: list[Json] = request.get("tools") or []
    choice = request.get("tool_choice")
    thinking = request.get("thinking") or {"type": "disabled"}
    _require(choice is None or bool(tools), "tool_choice may only be specified while providing tools.")
    for at, tool in enumerate(tools):
        _require(_NAME.fullmatch(tool["name"]) is not None, f"tools.{at}.name: String should match pattern")
        is_own = tool.get("type", "custom") != "custom"
        schema = tool.get("input_schema", {})
        _require(is_own or schema.get("type") == "object", f"tools.{at}.custom.input_schema.type: Field required")
    if thinking["type"] == "enabled":
        budget = thinking["budget_tokens"]
        _require(budget >= 1024, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        _require(
            budget < request.get("max_tokens", 1 << 30), "`max_tokens` must be greater than `thinking.budget_tokens`."
        )
    if thinking["type"] in ("enabled", "adaptive"):
        _require(temperature == 1, "`temperature` may only be set to 1 when thinking is enabled.")
        forced = choice is not None and choice["type"] in ("any", "tool")
        _require(not forced, "Thinking may not be enabled when tool_choice forces tool use.")


def _check_message(message: Json, index: int) -> None:
    role, content = message.get("role"), message.get("content")
    _require(message.keys() == {"role", "content"}, f"messages.{index}: Extra inputs are not permitted")
    _require(role in ("user", "assistant", "system"), f"messages: Unexpected role {role!r}.")
    blocks: list[Json] = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
    _require(bool(blocks), f"messages.{index}: all messages must have non-empty content")
    for at, block in enumerate(blocks):
        where = f"messages.{index}.content.{at}"
        _require(block["type"] in _BLOCKS, f"{where}: Input tag '{block['type']}' is not one of the expected tags")
        if block["type"] == "text":
            _require(bool(block["text"].strip()), f"{where}: text content blocks must contain non-whitespace text")
        if block["type"] == "tool_use":
            _require(isinstance(block["input"], dict), f"{where}.tool_use.input: Input should be an object")
        if block["type"] == "image" and block["source"]["type"] == "base64":
            _require(block["source"]["media_type"] in _IMAGES, f"{where}.image.source.base64.media_type: not supported")


def _check_order(messages: list[Json]) -> None:
    """Results answer the calls of the turn before, all of them and first of all."""
    calls: list[str] = []
    for index, message in enumerate(messages):
        blocks = message["content"] if isinstance(message["content"], list) else []
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        first = [block.get("tool_use_id") for block in blocks[: len(results)]]
        missing = f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after"
        _require(not calls or (sorted(results) == sorted(calls) and first == results), missing)
        _require(
            bool(calls) or not results, f"messages.{index}: unexpected `tool_use_id` found in `tool_result` blocks"
        )
        calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
    last = messages[-1]
    if last["role"] == "assistant" and isinstance(last["content"], str):
        _require(
            last["content"] == last["content"].rstrip(), "messages: final assistant content cannot end with white space"
        )


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise Refused(400, message)
