"""The conversation: OpenAI's messages as Gemini's `systemInstruction` and `contents`."""

from __future__ import annotations

from typing import Any

import msgspec

from nemoproxy.errors import InvalidRequest
from nemoproxy.providers.gemini.models import is_third_generation
from nemoproxy.providers.gemini.parts import media, part, spoken
from nemoproxy.providers.openai_shape import expect
from nemoproxy.providers.translation import Json, Untranslatable

SYNTHETIC = "call_gemini_"
"""How the ids begin that we give to calls which Gemini gave none: it is not told them."""
NO_SIGNATURE = "skip_thought_signature_validator"
"""What Google documents for function calls that were not made by the model that is asked, and so have no signature."""
_SYSTEM = ("system", "developer")


def conversation(messages: list[Any], model: str) -> Json:
    """`contents`, and `systemInstruction` if something is said by the system."""
    builder = _Builder(is_third_generation(model))
    for at, message in enumerate(messages):
        builder.add(expect(message, dict, f"messages[{at}]"), f"messages[{at}]")
    return builder.built()


class _Builder:
    def __init__(self, third_generation: bool) -> None:
        self._third_generation = third_generation
        self._system: list[Json] = []
        self._contents: list[Json] = []
        self._called_so_far = 0
        self._calls: dict[str, tuple[int, str]] = {}
        """The function calls so far: their place among all, and the function's name."""
        self._results: list[tuple[int, Json]] = []
        """The results of the last turn's calls, so far, by the place of the call."""

    def add(self, message: Json, field: str) -> None:
        role = message.get("role")
        if role not in ("tool", "function"):
            self._end_results()
        match role:
            case "system" | "developer":
                self._system += [{"text": text} for text in _texts(message.get("content"), f"{field}.content")]
            case "user":
                self._say("user", _user(message.get("content"), f"{field}.content"))
            case "assistant":
                self._say("model", self._model(message, field))
            case "tool":
                self._tool(message, field)
            case "function":
                name = expect(message.get("name"), str, f"{field}.name")
                self._result(len(self._results), name, message, field)
            case _:
                raise InvalidRequest(f"'{field}.role' is none of Gemini's or OpenAI's roles.", param=f"{field}.role")

    def built(self) -> Json:
        self._end_results()
        if not self._contents:  # Gemini wants something to answer to
            return {"contents": [{"role": "user", "parts": self._system or [{"text": ""}]}]}
        system: Json = {"systemInstruction": {"parts": self._system}} if self._system else {}
        return {**system, "contents": self._contents}

    def _say(self, role: str, parts: list[Json]) -> None:
        """What one side says in a row is one turn; but the results of functions are a turn of their own."""
        last = self._contents[-1] if self._contents else None
        if last is not None and last["role"] == role and "functionResponse" not in last["parts"][0]:
            last["parts"] += parts
        elif parts:
            self._contents.append({"role": role, "parts": parts})

    # --- what the model said ---

    def _model(self, message: Json, field: str) -> list[Json]:
        if message.get("audio") is not None:
            raise Untranslatable(f"{field}.audio", "Gemini does not have what was said before as sound")
        texts = _texts(message.get("content") or [], f"{field}.content")
        parts: list[Json] = [{"text": text} for text in texts if text]
        if not parts and isinstance(refusal := message.get("refusal"), str):
            parts = [{"text": refusal}]
        if parts and (signature := _signature(message)):
            parts[-1]["thoughtSignature"] = signature
        for at, image in enumerate(message.get("images") or ()):
            parts.append(_drawn(image, f"{field}.images[{at}]"))
        return parts + self._function_calls(message, field)

    def _function_calls(self, message: Json, field: str) -> list[Json]:
        calls = expect(message.get("tool_calls") or [], list, f"{field}.tool_calls")
        parts = [self._function_call(call, f"{field}.tool_calls[{at}]") for at, call in enumerate(calls)]
        if (older := message.get("function_call")) is not None:
            parts.append(self._called("", expect(older, dict, f"{field}.function_call"), f"{field}.function_call"))
        if self._third_generation and parts and not any("thoughtSignature" in part for part in parts):
            parts[0]["thoughtSignature"] = NO_SIGNATURE
        return parts

    def _function_call(self, call: object, field: str) -> Json:
        call = expect(call, dict, field)
        if call.get("type", "function") != "function":
            raise Untranslatable(f"{field}.type", "Gemini knows calls of functions only")
        id = expect(call.get("id"), str, f"{field}.id")
        part = self._called(id, expect(call.get("function"), dict, f"{field}.function"), f"{field}.function")
        if signature := _signature(call):
            part["thoughtSignature"] = signature
        return part

    def _called(self, id: str, function: Json, field: str) -> Json:
        name = expect(function.get("name"), str, f"{field}.name")
        self._called_so_far += 1
        self._calls[id] = self._called_so_far, name
        return {"functionCall": {**self._told(id), "name": name, "args": _arguments(function, f"{field}.arguments")}}

    def _told(self, id: str) -> Json:
        """The id, if Gemini is to hear it: the models before the third generation refuse ids."""
        return {"id": id} if self._third_generation and id and not id.startswith(SYNTHETIC) else {}

    # --- what the functions said ---

    def _tool(self, message: Json, field: str) -> None:
        id = expect(message.get("tool_call_id"), str, f"{field}.tool_call_id")
        if id not in self._calls:
            raise InvalidRequest(
                f"'{field}.tool_call_id' is no call of a message before it.", param=f"{field}.tool_call_id"
            )
        place, name = self._calls[id]
        self._result(place, name, message, field, self._told(id))

    def _result(self, place: int, name: str, message: Json, field: str, told: Json | None = None) -> None:
        response: Json = {**(told or {}), "name": name}
        content = message.get("content")
        if isinstance(content, list):
            response |= self._parted(content, f"{field}.content")
        else:
            response["response"] = _response(expect(content, str, f"{field}.content"))
        self._results.append((place, {"functionResponse": response}))

    def _parted(self, content: list[Any], field: str) -> Json:
        texts: list[str] = []
        files: list[Json] = []
        for at, block in enumerate(content):
            if isinstance(block, dict) and block.get("type") not in ("text", "refusal") and self._third_generation:
                files.append(part(block, f"{field}[{at}]"))
            else:
                texts.append(spoken(block, f"{field}[{at}]"))
        return {"response": _response("".join(texts)), **({"parts": files} if files else {})}

    def _end_results(self) -> None:
        """All results of a turn go together, in the order of the calls: without ids, the order is what pairs them."""
        if self._results:
            self._results.sort(key=lambda result: result[0])
            self._contents.append({"role": "user", "parts": [part for _, part in self._results]})
            self._results = []


def _user(content: object, field: str) -> list[Json]:
    if isinstance(content, str):
        return [{"text": content}]
    return [part(block, f"{field}[{at}]") for at, block in enumerate(expect(content, list, field))]


def _texts(content: object, field: str) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [spoken(block, f"{field}[{at}]") for at, block in enumerate(expect(content, list, field))]


def _drawn(image: object, field: str) -> Json:
    """An image of the model's own, as `answers` gives them."""
    match image:
        case {"image_url": {"url": str(url)}}:
            found = media(url, None, f"{field}.image_url.url", "image/png")
            signature = _signature(expect(image, dict, field))
            return {**found, "thoughtSignature": signature} if signature else found
    raise InvalidRequest(f"'{field}' has to have an 'image_url'.", param=field)


def _signature(of: Json) -> str | None:
    """The thought signature that we gave with a call or a text: where Google's own OpenAI endpoint has it."""
    match of.get("extra_content"):
        case {"google": {"thought_signature": str(signature)}} if signature:
            return signature
    return None


def _arguments(function: Json, field: str) -> Json:
    text = expect(function.get("arguments"), str, field)
    try:
        return expect(msgspec.json.decode(text) if text.strip() else {}, dict, field)
    except msgspec.DecodeError:
        raise InvalidRequest(f"'{field}' has to be an object in JSON.", param=field) from None


def _response(text: str) -> Json:
    """What a function said, as the object that Gemini wants: an object as it is, all else as its `output`."""
    start = text.lstrip()[:1]
    if start in ("{", "[") and '"$ref"' not in text:  # in Gemini's eyes that would be a reference to a part
        try:
            value = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return {"output": text}
        return value if isinstance(value, dict) else {"output": value}
    return {"output": text}
