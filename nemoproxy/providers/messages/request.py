"""A Messages request as a chat completion request.

Left out are marks that only Claude has a use for: cache control, context management, diagnostics, thinking of earlier
turns (signed by and for Claude), `is_error` of a tool's result. What asks for something that chat completions do not
have is refused by name. An `extended` request, for a target that is Claude, keeps both.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from nemoproxy.errors import InvalidRequest, Untranslatable
from nemoproxy.providers.messages.turns import UNSAID, Turns
from nemoproxy.providers.openai_shape import Json, expect

_LONGEST_USER = 64
"""OpenAI takes no longer `user`."""
_MOST_TOKENS = 2**31 - 1
_TIERS = {"auto": "auto", "standard_only": "default"}
_CHOICES = {"auto": "auto", "any": "required", "none": "none"}
_EFFORTS = {"low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "xhigh"}
_BUDGETS = ((24_576, "high"), (8_192, "medium"), (2_048, "low"), (0, "minimal"))
"""The levels that thinking budgets amount to: from that many tokens on."""
_TRANSLATED = {
    *("model", "max_tokens", "messages", "system", "stream", "temperature", "top_p", "stop_sequences", "metadata"),
    *("tools", "tool_choice", "thinking", "output_config", "output_format", "service_tier"),
}
_LEFT_OUT = {"cache_control", "context_management", "diagnostics"}
_EXTENSIONS = {"cache_control", "context_management", "top_k"}
MARKS = {"cache_control", "eager_input_streaming", "defer_loading", "allowed_callers", "input_examples"}
"""Members of a tool that only Claude has."""
_NOTHING = {"speed": "standard", "container": {}, "mcp_servers": [], "betas": []}
"""Values that ask for nothing, of members that are refused otherwise."""


def translate_request(asked: Json, *, extended: bool = False, counting: bool = False) -> bytes:
    """The OpenAI request. `counting`: it is for /count_tokens, and needs no `max_tokens`."""
    sent: Json = {"model": expect(asked.get("model"), str, "model")}
    for name, value in asked.items():
        if name in _TRANSLATED or value is None or value == _NOTHING.get(name):
            continue
        if extended and name in _EXTENSIONS:
            sent[name] = value
        elif name not in _LEFT_OUT:
            raise Untranslatable(name, UNSAID)
    sent["messages"] = Turns(extended).messages(asked)
    if asked.get("max_tokens") is not None:
        sent["max_completion_tokens"] = _max_tokens(asked["max_tokens"])
    elif not counting:
        raise InvalidRequest("max_tokens: Field required", param="max_tokens")
    for name in ("temperature", "top_p"):
        if asked.get(name) is not None:
            sent[name] = asked[name]
    if asked.get("stop_sequences"):
        sent["stop"] = expect(asked["stop_sequences"], list, "stop_sequences")
    _add_tools(asked, sent, extended=extended)
    if extended:
        sent |= {name: asked[name] for name in ("thinking", "output_config") if asked.get(name) is not None}
    else:
        _add_thinking(asked, sent)
        _add_format(asked, sent)
    _add_rest(asked, sent, longest_user=None if extended else _LONGEST_USER)
    return msgspec.json.encode(sent)


def _max_tokens(value: object) -> int:
    """By the name that the client knows it by, if there is something wrong with it."""
    number = expect(value, int, "max_tokens")
    if not 0 <= number <= _MOST_TOKENS:
        code = "integer_below_min_value" if number < 0 else "integer_above_max_value"
        raise InvalidRequest(f"max_tokens: has to be from 0 to {_MOST_TOKENS}", param="max_tokens", code=code)
    return number


def _add_tools(asked: Json, sent: Json, *, extended: bool) -> None:
    tools = expect(asked.get("tools") or [], list, "tools")
    if tools:
        sent["tools"] = [_tool(tool, f"tools[{index}]", extended=extended) for index, tool in enumerate(tools)]
    choice = asked.get("tool_choice")
    if choice is None or not tools:
        return
    kind = expect(expect(choice, dict, "tool_choice").get("type"), str, "tool_choice.type")
    if kind == "tool":
        sent["tool_choice"] = {
            "type": "function",
            "function": {"name": expect(choice.get("name"), str, "tool_choice.name")},
        }
    elif kind in _CHOICES:
        sent["tool_choice"] = _CHOICES[kind]
    else:
        raise InvalidRequest(f"tool_choice.type: {kind!r} is not known", param="tool_choice.type")
    if choice.get("disable_parallel_tool_use") is True:
        sent["parallel_tool_calls"] = False


def _tool(tool: Any, where: str, *, extended: bool) -> Json:
    if expect(tool, dict, where).get("type") not in (None, "custom"):
        if extended:
            return dict(tool)
        raise Untranslatable(f"{where}.type", f"{tool['type']!r} is a tool of Claude's own")
    function: Json = {"name": expect(tool.get("name"), str, f"{where}.name")}
    if tool.get("description"):
        function["description"] = tool["description"]
    function["parameters"] = expect(tool.get("input_schema"), dict, f"{where}.input_schema")
    if tool.get("strict") is True:
        function["strict"] = True
    more = {name: value for name, value in tool.items() if name in MARKS} if extended else {}
    return {"type": "function", "function": function, **more}


def _add_thinking(asked: Json, sent: Json) -> None:
    """A level of reasoning, if the client names one or a budget. Otherwise the model does as it does."""
    thinking = asked.get("thinking")
    effort = _config(asked).get("effort")
    if effort is not None:
        if expect(effort, str, "output_config.effort") not in _EFFORTS:
            raise InvalidRequest(f"output_config.effort: {effort!r} is not known", param="output_config.effort")
        sent["reasoning_effort"] = _EFFORTS[effort]
    elif thinking is not None and expect(thinking, dict, "thinking").get("type") == "enabled":
        budget = expect(thinking.get("budget_tokens"), int, "thinking.budget_tokens")
        sent["reasoning_effort"] = next(level for least, level in _BUDGETS if budget >= least or least == 0)


def _add_format(asked: Json, sent: Json) -> None:
    form = _config(asked).get("format") or asked.get("output_format")
    if form is None:
        return
    if expect(form, dict, "output_config.format").get("type") != "json_schema":
        raise InvalidRequest("output_config.format.type: only json_schema is known", param="output_config.format.type")
    schema = expect(form.get("schema"), dict, "output_config.format.schema")
    sent["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


def _config(asked: Json) -> Json:
    return expect(asked.get("output_config") or {}, dict, "output_config")


def _add_rest(asked: Json, sent: Json, *, longest_user: int | None) -> None:
    user = expect(asked.get("metadata") or {}, dict, "metadata").get("user_id")
    if user is not None:
        user = expect(user, str, "metadata.user_id")
        fits = longest_user is None or len(user) <= longest_user
        sent["user"] = user if fits else hashlib.sha256(user.encode()).hexdigest()
    tier = asked.get("service_tier")
    if tier is not None:
        if expect(tier, str, "service_tier") not in _TIERS:
            raise InvalidRequest(f"service_tier: {tier!r} is not known", param="service_tier")
        sent["service_tier"] = _TIERS[tier]
    if expect(asked.get("stream") or False, bool, "stream"):
        sent["stream"] = True
        sent["stream_options"] = {"include_usage": True}
