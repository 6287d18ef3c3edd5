"""A conversation in OpenAI's shape as Claude's `system` and `messages`.

Claude knows two parties that take turns. So messages of one party in a row become one turn; results of tools belong to
the user, before anything else the user says; and what the system says stands apart.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

from nemoproxy.errors import InvalidRequest, Untranslatable
from nemoproxy.providers.anthropic.media import file, image
from nemoproxy.providers.anthropic.models import Claude
from nemoproxy.providers.openai_shape import Json, expect

Role = Literal["user", "assistant", "system"]
Blocks = list[Json]

_NATIVE = {"image", "document", "search_result"}
_FOREIGN_ID = re.compile(r"[^a-zA-Z0-9_-]")


class Conversation:
    """Turns as they are put together."""

    def __init__(self, claude: Claude) -> None:
        self._claude = claude
        self._system: Blocks = []
        self._turns: list[tuple[Role, Blocks]] = []
        self._later: Blocks = []  # what the system says in the middle, until the user's turn is over

    def add(self, index: int, message: Json) -> None:
        """The next message."""
        where = f"messages[{index}]"
        role = message.get("role")
        if role in ("system", "developer"):
            blocks = _content(message, where, text_only=True)
            (self._later if self._turns and self._claude.system_turns else self._system).extend(blocks)
        elif role == "user":
            self._turn("user", _content(message, where))
        elif role == "assistant":
            self._place_system()
            self._turn("assistant", _said(message, where))
        elif role == "tool":
            self._turn("user", [_result(message, where)])
        elif role == "function":
            raise Untranslatable(f"{where}.role", "functions are called by `tools` there")
        else:
            raise InvalidRequest(f"'{where}.role' is not a known role.", param=f"{where}.role")

    def instruct(self, text: str) -> None:
        """Another sentence of the system's."""
        self._system.append({"type": "text", "text": text})

    def close(self) -> Json:
        """The members of the request."""
        self._place_system()
        if not self._turns and self._system:  # OpenAI answers to these alone
            self._turns, self._system = [("user", self._system)], []
        for role, blocks in self._turns:
            if role == "user":
                blocks.sort(key=lambda block: block["type"] != "tool_result")
        if self._turns and self._turns[-1][0] == "assistant":
            _trim(self._turns[-1][1])
        members: Json = {"messages": [{"role": role, "content": _plain(blocks)} for role, blocks in self._turns]}
        return {"system": _plain(self._system), **members} if self._system else members

    @property
    def called(self) -> list[str]:
        """The names of the tools that have been called, each once."""
        calls = (block for _, blocks in self._turns for block in blocks if block["type"] == "tool_use")
        return list(dict.fromkeys(call["name"] for call in calls))

    @property
    def unexplained_calls(self) -> bool:
        """Whether results have just come for calls whose thinking has not come back with them."""
        if len(self._turns) < 2 or not any(block["type"] == "tool_result" for block in self._turns[-1][1]):
            return False
        said = self._turns[-2][1]
        return not said or said[0]["type"] not in ("thinking", "redacted_thinking")

    def _turn(self, role: Role, blocks: Blocks) -> None:
        if self._turns and self._turns[-1][0] == role:
            self._turns[-1][1].extend(blocks)
        elif blocks:
            self._turns.append((role, blocks))

    def _place_system(self) -> None:
        """A system's turn has to stand after a user's; where there is none it goes to the front."""
        if self._later:
            if self._turns and self._turns[-1][0] == "user":
                self._turns.append(("system", self._later))
            else:
                self._system.extend(self._later)
            self._later = []


def _plain(blocks: Blocks) -> str | Blocks:
    """A single plain text needs no block."""
    if len(blocks) == 1 and blocks[0].keys() == {"type", "text"}:
        return str(blocks[0]["text"])
    return blocks


def _trim(blocks: Blocks) -> None:
    """Words put into Claude's mouth may not end in white space."""
    if blocks[-1]["type"] == "text":
        text = blocks[-1]["text"].rstrip()
        if text:
            blocks[-1] = {**blocks[-1], "text": text}
        elif len(blocks) > 1:
            blocks.pop()


def _said(message: Json, where: str) -> Blocks:
    """What Claude is to have said: its thinking, its words, its calls."""
    if message.get("audio") is not None:
        raise Untranslatable(f"{where}.audio", "it has no sound")
    if message.get("function_call") is not None:
        raise Untranslatable(f"{where}.function_call", "functions are called by `tools` there")
    blocks: Blocks = []
    for block in expect(message.get("thinking_blocks") or [], list, f"{where}.thinking_blocks"):
        if isinstance(block, dict) and (block.get("signature") or block.get("type") == "redacted_thinking"):
            blocks.append({name: value for name, value in block.items() if name != "index"})
    blocks += _content(message, where)
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal.strip() and not message.get("content"):
        blocks.append({"type": "text", "text": refusal})
    calls = expect(message.get("tool_calls") or [], list, f"{where}.tool_calls")
    return blocks + [_call(call, f"{where}.tool_calls[{index}]") for index, call in enumerate(calls)]


def _call(call: Any, where: str) -> Json:
    function = expect(call, dict, where).get("function")
    if call.get("type", "function") != "function" or not isinstance(function, dict):
        raise Untranslatable(f"{where}.type", "its tools are functions")
    field = f"{where}.function.arguments"
    arguments = expect(function.get("arguments") or "", str, field).strip() or "{}"
    try:
        known = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        known = None
    if not isinstance(known, dict):
        raise Untranslatable(field, "it takes a JSON object")
    return {
        "type": "tool_use",
        "id": _id(call.get("id"), f"{where}.id"),
        "name": expect(function.get("name"), str, f"{where}.function.name"),
        "input": msgspec.Raw(arguments.encode()),
        **_cache(call),
    }


def _result(message: Json, where: str) -> Json:
    result: Json = {"type": "tool_result", "tool_use_id": _id(message.get("tool_call_id"), f"{where}.tool_call_id")}
    content = _content({**message, "cache_control": None}, where)
    if content:
        result["content"] = _plain(content)
    if message.get("is_error") is True:
        result["is_error"] = True
    return {**result, **_cache(message)}


def _id(value: object, field: str) -> str:
    """Ids of other makers' calls may have characters that Claude's do not."""
    return _FOREIGN_ID.sub("_", expect(value, str, field))


def _cache(part: Json) -> Json:
    mark = part.get("cache_control")
    return {"cache_control": mark} if isinstance(mark, dict) else {}


def _content(message: Json, where: str, *, text_only: bool = False) -> Blocks:
    """The blocks of a message's content. Texts without a letter are left out: Claude refuses them."""
    content = message.get("content")
    field = f"{where}.content"
    if content is None:
        return []
    if isinstance(content, str):
        blocks = [{"type": "text", "text": content}] if content.strip() else []
    else:
        parts = expect(content, list, field)
        found = (_part(part, f"{field}[{index}]", text_only=text_only) for index, part in enumerate(parts))
        blocks = [block for block in found if block is not None]
    if blocks and (mark := _cache(message)):
        blocks[-1] = {**blocks[-1], **mark}
    return blocks


def _part(part: Any, where: str, *, text_only: bool) -> Json | None:
    kind = expect(expect(part, dict, where).get("type"), str, f"{where}.type")
    if kind in ("text", "refusal"):
        text = expect(part.get(kind), str, f"{where}.{kind}")
        return {"type": "text", "text": text, **_cache(part)} if text.strip() else None
    if text_only:
        raise Untranslatable(f"{where}.type", "there, what the system says is text")
    if kind == "image_url":
        given = part.get("image_url")
        url = given.get("url") if isinstance(given, dict) else given
        return {**image(expect(url, str, f"{where}.image_url.url"), f"{where}.image_url.url"), **_cache(part)}
    if kind == "file":
        return {**file(expect(part.get("file"), dict, f"{where}.file"), f"{where}.file"), **_cache(part)}
    if kind in _NATIVE:
        return dict(part)
    if kind == "input_audio":
        raise Untranslatable(where, "it does not listen")
    raise Untranslatable(f"{where}.type", f"it knows no content of type {kind!r}")
