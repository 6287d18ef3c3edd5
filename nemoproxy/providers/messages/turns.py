"""`system` and `messages` of a Messages request as OpenAI's messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from nemoproxy.errors import InvalidRequest, Untranslatable
from nemoproxy.providers.openai_shape import Json, expect

_THOUGHTS = ("thinking", "redacted_thinking")
_CLAUDES = ("image", "document", "search_result")
UNSAID = "a chat completion has nothing like it"
"""Why something is refused, whoever the provider is: every request becomes a chat completion."""


@dataclass(frozen=True, slots=True)
class Turns:
    """How turns are translated. `extended`: what only Claude understands is kept: its thoughts, sources and marks."""

    extended: bool

    def messages(self, asked: Json) -> list[Json]:
        """All messages, the system's first."""
        messages: list[Json] = []
        if asked.get("system"):
            messages.append({"role": "system", "content": self._text(asked["system"], "system")})
        for index, message in enumerate(expect(asked.get("messages"), list, "messages")):
            where = f"messages.{index}"
            role = expect(message, dict, where).get("role")
            if role == "user":
                messages += self._user(_blocks(message, where), where)
            elif role == "assistant":
                messages.append(self._assistant(_blocks(message, where), where))
            elif role == "system":
                content = self._text(message.get("content"), f"{where}.content")
                messages.append({"role": "system", "content": content})
            else:
                raise InvalidRequest(f"{where}.role: it has to be user, assistant or system", param=f"{where}.role")
        return messages

    def _marked(self, part: Json, block: Json) -> Json:
        mark = block.get("cache_control")
        return {**part, "cache_control": mark} if self.extended and mark is not None else part

    def _text(self, content: Any, field: str) -> str | list[Json]:
        """What the system says: text, or several."""
        if isinstance(content, str):
            return content
        texts = []
        for block in expect(content, list, field):
            if expect(block, dict, field).get("type") != "text":
                raise InvalidRequest(f"{field}: it may have text only", param=field)
            texts.append(self._marked({"type": "text", "text": _string(block, "text", field)}, block))
        return _plain(texts)

    def _user(self, blocks: list[Json], where: str) -> list[Json]:
        """Results of tools as messages of their own, then what the user says."""
        results: list[Json] = []
        parts: list[Json] = []
        for index, block in enumerate(blocks):
            field = f"{where}.content.{index}"
            if block.get("type") == "tool_result":
                result, shown = self._result(block, field)
                results.append(result)
                parts += shown
            else:
                parts += self._part(block, field)
        return [*results, {"role": "user", "content": _plain(parts)}] if parts else results

    def _result(self, block: Json, field: str) -> tuple[Json, list[Json]]:
        """The message of a result. Pictures in it have to be said by the user, unless Claude reads it."""
        result: Json = {"role": "tool", "tool_call_id": _string(block, "tool_use_id", field)}
        if self.extended and block.get("is_error") is True:
            result["is_error"] = True
        content = block.get("content")
        if content is None or isinstance(content, str):
            return self._marked({**result, "content": content or ""}, block), []
        inner = [
            part
            for index, item in enumerate(expect(content, list, f"{field}.content"))
            for part in self._part(item, f"{field}.content.{index}")
        ]
        said = [part for part in inner if self.extended or part["type"] == "text"]
        shown = [part for part in inner if not self.extended and part["type"] != "text"]
        return self._marked({**result, "content": _plain(said) if said else ""}, block), shown

    def _assistant(self, blocks: list[Json], where: str) -> Json:
        message: Json = {"role": "assistant"}
        texts: list[Json] = []
        calls: list[Json] = []
        thoughts: list[Json] = []
        for index, block in enumerate(blocks):
            field = f"{where}.content.{index}"
            kind = block.get("type")
            if kind == "text":
                texts.append(self._marked({"type": "text", "text": _string(block, "text", field)}, block))
            elif kind == "tool_use":
                calls.append(self._marked(_call(block, field), block))
            elif kind in _THOUGHTS:
                thoughts.append(block)
            else:
                raise Untranslatable(f"{field}.type", f"it is {kind!r}, and {UNSAID}")
        if self.extended and thoughts:
            message["thinking_blocks"] = thoughts
        message["content"] = _plain(texts) if texts else None if calls else ""
        return {**message, "tool_calls": calls} if calls else message

    def _part(self, block: Any, field: str) -> list[Json]:
        kind = expect(block, dict, field).get("type")
        if kind == "text":
            return [self._marked({"type": "text", "text": _string(block, "text", field)}, block)]
        if self.extended and kind in _CLAUDES:
            return [dict(block)]
        if kind == "image":
            return [_image(expect(block.get("source"), dict, f"{field}.source"), f"{field}.source")]
        if kind == "document":
            source = expect(block.get("source"), dict, f"{field}.source")
            return self._document(source, block.get("title"), f"{field}.source")
        if kind == "search_result":
            heading = "\n".join(str(block[name]) for name in ("title", "source") if block.get(name))
            items = expect(block.get("content") or [], list, f"{field}.content")
            found = [part for item in items for part in self._part(item, f"{field}.content")]
            return [{"type": "text", "text": heading}, *found]
        raise Untranslatable(f"{field}.type", f"it is {kind!r}, and {UNSAID}")

    def _document(self, source: Json, title: Any, field: str) -> list[Json]:
        kind = source.get("type")
        if kind == "text":
            return [{"type": "text", "text": _string(source, "data", field)}]
        if kind == "base64":
            name = title if isinstance(title, str) and title else "document.pdf"
            return [{"type": "file", "file": {"filename": name, "file_data": _data(source, field)}}]
        if kind == "content":
            content = source.get("content")
            if isinstance(content, str):
                return [{"type": "text", "text": content}]
            listed = expect(content, list, f"{field}.content")
            return [part for item in listed for part in self._part(item, f"{field}.content")]
        raise Untranslatable(f"{field}.type", f"a document cannot be given by {kind!r}")


def _blocks(message: Json, where: str) -> list[Json]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [expect(block, dict, f"{where}.content") for block in expect(content, list, f"{where}.content")]


def _plain(parts: list[Json]) -> str | list[Json]:
    """A single plain text needs no part."""
    return str(parts[0]["text"]) if len(parts) == 1 and parts[0].keys() == {"type", "text"} else parts


def _call(block: Json, field: str) -> Json:
    arguments = msgspec.json.encode(expect(block.get("input"), dict, f"{field}.input")).decode()
    function = {"name": _string(block, "name", field), "arguments": arguments}
    return {"id": _string(block, "id", field), "type": "function", "function": function}


def _image(source: Json, field: str) -> Json:
    if source.get("type") == "base64":
        return {"type": "image_url", "image_url": {"url": _data(source, field)}}
    if source.get("type") == "url":
        return {"type": "image_url", "image_url": {"url": _string(source, "url", field)}}
    raise Untranslatable(f"{field}.type", "its files are at Anthropic")


def _data(source: Json, field: str) -> str:
    return f"data:{_string(source, 'media_type', field)};base64,{_string(source, 'data', field)}"


def _string(block: Json, name: str, field: str) -> str:
    return expect(block.get(name), str, f"{field}.{name}")
