"""A chat completion request as a request for a message.

What is left out, because it says nothing about the answer or is a wish that its maker may ignore, is listed here and in
docs/providers.md; anything else that Claude does not have is refused by name.
"""

from __future__ import annotations

from typing import Any

from nemoproxy.errors import InvalidRequest, Untranslatable
from nemoproxy.providers.anthropic.models import Claude, claude
from nemoproxy.providers.anthropic.tools import add_format, add_tools, is_forced
from nemoproxy.providers.anthropic.turns import Conversation
from nemoproxy.providers.openai_shape import Json, expect

BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 24576, "xhigh": 32768, "max": 32768}
"""What the levels of `reasoning_effort` are in tokens, for the models that are given a budget."""
LEAST_BUDGET = 1024
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_TIERS = {"auto": "auto", "default": "standard_only", "priority": "auto", "standard_only": "standard_only"}
_OWN = ("thinking", "output_config", "cache_control", "context_management")
"""Claude's own members, which go through."""
_TRANSLATED = {
    *("messages", "model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature", "top_p"),
    *("top_k", "stop", "tools", "tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort", "user"),
    *("safety_identifier", "service_tier", "web_search_options"),
    *_OWN,
}
_LEFT_OUT = {"seed", "store", "metadata", "prediction", "verbosity", "prompt_cache_key", "prompt_cache_retention"}
_REFUSED = {
    "n": (1, "it gives one answer"),
    "logprobs": (False, "it does not tell them"),
    "top_logprobs": (0, "it does not tell them"),
    "logit_bias": ({}, "it takes none"),
    "presence_penalty": (0, "it knows none"),
    "frequency_penalty": (0, "it knows none"),
    "modalities": (["text"], "it writes text only"),
    "audio": (None, "it has no sound"),
    "functions": ([], "its functions are `tools`"),
    "function_call": ("none", "its functions are `tools`"),
}
"""What cannot be had, the value that asks for nothing, and why."""


def translate(asked: Json, model: str, *, stream: bool) -> tuple[Json, str]:
    """The request, and the name of the tool whose input is the answer ("" if there is none)."""
    _refuse(asked)
    facts = claude(model)
    sent: Json = {"model": model, "max_tokens": _max_tokens(asked, facts)}
    conversation = Conversation(facts)
    for index, message in enumerate(expect(asked.get("messages"), list, "messages")):
        conversation.add(index, expect(message, dict, f"messages[{index}]"))
    for name in _OWN:
        if asked.get(name) is not None:
            sent[name] = expect(asked[name], dict, name)
    add_tools(asked, sent, facts, conversation.called)
    answer_tool, told = add_format(asked, sent, facts)
    if told:
        conversation.instruct(told)
    sent |= conversation.close()
    _add_thinking(asked, sent, facts, unexplained=conversation.unexplained_calls)
    _add_sampling(asked, sent, facts)
    _add_rest(asked, sent)
    if stream:
        sent["stream"] = True
    return sent, answer_tool


def _refuse(asked: Json) -> None:
    for name, value in asked.items():
        if value is None or name in _TRANSLATED or name in _LEFT_OUT:
            continue
        if name not in _REFUSED:
            raise Untranslatable(name, "it knows no such parameter")
        nothing, why = _REFUSED[name]
        if value != nothing:
            raise Untranslatable(name, why)


def _max_tokens(asked: Json, facts: Claude) -> int:
    """Claude wants a limit always, and none beyond the model's."""
    for name in ("max_completion_tokens", "max_tokens"):
        if asked.get(name) is not None:
            return min(expect(asked[name], int, name), facts.max_output)
    return facts.max_output


def _add_thinking(asked: Json, sent: Json, facts: Claude, *, unexplained: bool) -> None:
    """`reasoning_effort`. Claude does not think when a tool is forced, or on results whose calls it did not explain."""
    effort = asked.get("reasoning_effort")
    if effort is None:
        return
    if expect(effort, str, "reasoning_effort") not in BUDGETS and effort != "none":
        raise InvalidRequest(f"'reasoning_effort' is not one of none, {', '.join(BUDGETS)}.", param="reasoning_effort")
    if effort == "none":
        _stop_thinking(sent, facts)
        return
    if facts.efforts:
        sent["output_config"] = {"effort": _nearest(effort, facts.efforts), **sent.get("output_config", {})}
    if "thinking" in sent or is_forced(sent):
        return
    if facts.thinking == "adaptive":
        sent["thinking"] = {"type": "adaptive", "display": "summarized"}
    elif facts.thinking == "budget" and not unexplained:
        budget = min(BUDGETS[effort], sent["max_tokens"] // 2)
        if budget >= LEAST_BUDGET:
            sent["thinking"] = {"type": "enabled", "budget_tokens": budget}


def _stop_thinking(sent: Json, facts: Claude) -> None:
    if facts.off == "never":
        raise Untranslatable("reasoning_effort", "this model always thinks")
    if facts.off != "omit" and "thinking" not in sent:
        sent["thinking"] = {"type": facts.off}


def _nearest(effort: str, efforts: tuple[str, ...]) -> str:
    """That level, or the next lower one there is."""
    wanted = _EFFORTS.index("low" if effort == "minimal" else effort)
    return next(level for level in reversed(_EFFORTS[: wanted + 1]) if level in efforts)


def _add_sampling(asked: Json, sent: Json, facts: Claude) -> None:
    """`temperature`, `top_p` and `top_k`, as far as the model has them."""
    temperature, top_p, top_k = (_number(asked, name) for name in ("temperature", "top_p", "top_k"))
    if not facts.sampling:
        return
    if sent.get("thinking", {}).get("type") in ("enabled", "adaptive"):
        temperature = top_k = None
        top_p = top_p if top_p is not None and top_p >= 0.95 else None
    if temperature is not None:
        temperature = min(temperature, 1)
    if facts.one_sampler and temperature is not None and top_p is not None:
        temperature, top_p = (temperature, None) if top_p == 1 or temperature != 1 else (None, top_p)
    values = {"temperature": temperature, "top_p": top_p, "top_k": top_k}
    sent |= {name: value for name, value in values.items() if value is not None}


def _number(asked: Json, name: str) -> int | float | None:
    value = asked.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise InvalidRequest(f"'{name}' has to be a number.", param=name)
    return value


def _add_rest(asked: Json, sent: Json) -> None:
    stop = asked.get("stop")
    if stop is not None:
        texts = [stop] if isinstance(stop, str) else expect(stop, list, "stop")
        sequences = [_stop(text, index) for index, text in enumerate(texts)]
        if sequences:
            sent["stop_sequences"] = sequences
    user = asked.get("user") or asked.get("safety_identifier")
    if user:
        sent["metadata"] = {"user_id": expect(user, str, "user")}
    tier = asked.get("service_tier")
    if tier is not None:
        if expect(tier, str, "service_tier") not in _TIERS:
            raise Untranslatable("service_tier", f"it has no {tier!r}")
        sent["service_tier"] = _TIERS[tier]


def _stop(text: Any, index: int) -> str:
    if not expect(text, str, f"stop[{index}]").strip():
        raise Untranslatable(f"stop[{index}]", "it does not stop at white space")
    return str(text)
