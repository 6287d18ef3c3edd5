"""Tools, the choice between them, and answers in JSON, which some models only give as the call of a tool."""

from __future__ import annotations

from typing import Any

import msgspec

from nemoproxy.errors import InvalidRequest, Untranslatable
from nemoproxy.providers.anthropic.models import Claude
from nemoproxy.providers.anthropic.schema import is_narrow, is_object, narrow
from nemoproxy.providers.openai_shape import Json, expect

ANSWER_TOOL = "json_answer"
"""The tool whose input is the answer."""

_ONLY_JSON = "Answer with a single JSON object and nothing else: no words around it, no code fence."
_FORCED = ("any", "tool")
_MARKS = {"cache_control", "eager_input_streaming", "defer_loading", "allowed_callers", "input_examples"}


def add_tools(asked: Json, sent: Json, claude: Claude, called: list[str]) -> None:
    """`tools`, `tool_choice` and `parallel_tool_calls`. `called`: the tools that the conversation has called."""
    given = expect(asked.get("tools") or [], list, "tools")
    choice, only = _choice(asked.get("tool_choice"))
    tools = [_tool(tool, f"tools[{index}]", claude) for index, tool in enumerate(given)]
    if only is not None:
        tools = [tool for tool in tools if tool.get("name") in only]
    if asked.get("web_search_options") is not None:
        tools.append(_web_search(expect(asked["web_search_options"], dict, "web_search_options")))
    if not tools:
        if called:  # there have to be tools where there are calls
            sent["tools"] = [{"name": name, "input_schema": {"type": "object"}} for name in called]
            sent["tool_choice"] = {"type": "none"}
        return
    sent["tools"] = tools
    if choice["type"] in _FORCED and not claude.forced_tools:
        raise Untranslatable("tool_choice", "this model cannot be made to call a tool")
    if asked.get("parallel_tool_calls") is False and choice["type"] != "none":
        choice["disable_parallel_tool_use"] = True
    if choice != {"type": "auto"}:
        sent["tool_choice"] = choice


def _choice(choice: Any) -> tuple[Json, set[str] | None]:
    """Claude's `tool_choice`, and the names of the tools that are left if not all are."""
    plain = {None: "auto", "auto": "auto", "none": "none", "required": "any"}
    if choice is None or isinstance(choice, str):
        if choice not in plain:
            raise InvalidRequest("'tool_choice' is none of none, auto and required.", param="tool_choice")
        return {"type": plain[choice]}, None
    kind = expect(choice, dict, "tool_choice").get("type")
    if kind == "function":
        function = expect(choice.get("function"), dict, "tool_choice.function")
        return {"type": "tool", "name": expect(function.get("name"), str, "tool_choice.function.name")}, None
    if kind == "allowed_tools":
        allowed = expect(choice.get("allowed_tools"), dict, "tool_choice.allowed_tools")
        listed = expect(allowed.get("tools"), list, "tool_choice.allowed_tools.tools")
        names = {_name_of(tool, f"tool_choice.allowed_tools.tools[{index}]") for index, tool in enumerate(listed)}
        return {"type": "any" if allowed.get("mode") == "required" else "auto"}, names
    raise Untranslatable("tool_choice.type", f"its tools are functions, and no {kind!r}")


def _name_of(tool: Any, where: str) -> str:
    function = expect(expect(tool, dict, where).get("function"), dict, f"{where}.function")
    return expect(function.get("name"), str, f"{where}.function.name")


def _tool(tool: Any, where: str, claude: Claude) -> Json:
    kind = expect(tool, dict, where).get("type")
    if "input_schema" in tool or kind not in (None, "custom", "function"):
        return dict(tool)  # one of its own
    if kind != "function":
        raise Untranslatable(f"{where}.type", "its tools take JSON")
    function = expect(tool.get("function"), dict, f"{where}.function")
    strict = function.get("strict") is True and claude.structured
    parameters = expect(function.get("parameters") or {}, dict, f"{where}.function.parameters")
    schema = parameters if parameters.get("type") == "object" else {"type": "object", "properties": {}, **parameters}
    translated: Json = {"name": expect(function.get("name"), str, f"{where}.function.name")}
    if isinstance(function.get("description"), str):
        translated["description"] = function["description"]
    translated["input_schema"] = narrow(schema) if strict else schema
    if strict:
        translated["strict"] = True
    marks = {name: value for name, value in {**function, **tool}.items() if name in _MARKS and value is not None}
    return translated | marks


def _web_search(options: Json) -> Json:
    tool: Json = {"type": "web_search_20250305", "name": "web_search"}
    location = options.get("user_location")
    near = location.get("approximate") if isinstance(location, dict) else None
    return {**tool, "user_location": {"type": "approximate", **near}} if isinstance(near, dict) else tool


def add_format(asked: Json, sent: Json, claude: Claude) -> tuple[str, str]:
    """`response_format`. Returns the name of the tool whose input will be the answer, and what Claude is to be told;
    each may be empty."""
    wanted = asked.get("response_format")
    if wanted is None:
        return "", ""
    kind = expect(wanted, dict, "response_format").get("type")
    if kind == "text":
        return "", ""
    if kind not in ("json_object", "json_schema"):
        raise Untranslatable("response_format.type", f"it knows no {kind!r}")
    said = wanted.get("json_schema") if kind == "json_schema" else {}
    described = expect(said, dict, "response_format.json_schema")
    schema = expect(described.get("schema") or {}, dict, "response_format.json_schema.schema")
    if schema and claude.structured and (is_narrow(schema) or described.get("strict") is True):
        form = {"type": "json_schema", "schema": narrow(schema)}
        sent["output_config"] = {"format": form, **sent.get("output_config", {})}
        return "", ""
    if schema and not is_object(schema) and "$ref" not in schema:
        raise Untranslatable("response_format.json_schema.schema", "the answer has to be an object")
    if not claude.forced_tools or isinstance(asked.get("thinking"), dict):
        told = f" It has to conform to this JSON schema: {msgspec.json.encode(schema).decode()}" if schema else ""
        return "", _ONLY_JSON + told
    _force_answer(sent, schema, described)
    return ANSWER_TOOL, ""


def _force_answer(sent: Json, schema: Json, described: Json) -> None:
    """A call of the tool is the answer; another tool may be called before it, unless the client says none."""
    description = described.get("description") or "Gives the answer. Its input is the JSON object that was asked for."
    input_schema = {"type": "object", **schema} if schema else {"type": "object", "additionalProperties": True}
    tool = {"name": ANSWER_TOOL, "description": description, "input_schema": input_schema}
    choice = sent.get("tool_choice", {"type": "auto"})
    others = [] if choice["type"] == "none" else sent.get("tools", [])
    sent["tools"] = [*others, tool]
    if others and choice["type"] == "auto":
        sent["tool_choice"] = {**choice, "type": "any"}
    elif not others:
        sent["tool_choice"] = {"type": "tool", "name": ANSWER_TOOL}


def is_forced(sent: Json) -> bool:
    """Whether a tool has to be called."""
    choice = sent.get("tool_choice")
    return choice is not None and choice["type"] in _FORCED
