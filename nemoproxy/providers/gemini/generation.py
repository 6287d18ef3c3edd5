"""How the answer is to be generated: OpenAI's options as `generationConfig`, and Google's own as an extension."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from nemoproxy.errors import InvalidRequest
from nemoproxy.providers.gemini.models import is_third_generation
from nemoproxy.providers.gemini.tools import schema
from nemoproxy.providers.openai_shape import expect
from nemoproxy.providers.translation import Json, Untranslatable

MOST_STOPS = 5
SEEDS = range(-(1 << 31), 1 << 31)
BUDGETS = {"none": 0, "minimal": 1024, "low": 1024, "medium": 8192, "high": 24576, "xhigh": 24576}
"""Tokens to think with, as Google's own OpenAI endpoint has them. Of the efforts that Gemini has not, the nearest."""
LEVELS = {"none": "MINIMAL", "minimal": "MINIMAL", "low": "LOW", "medium": "MEDIUM", "high": "HIGH", "xhigh": "HIGH"}
EXTENSIONS = ("thinking_config", "safety_settings", "cached_content", "image_config", "media_resolution")
"""Members of `google` that are handed on, in snake case or in Gemini's own spelling."""
MODALITIES = {"text": "TEXT", "image": "IMAGE"}

_UPPER = re.compile(r"[A-Z]")
_LOWER = re.compile(r"_([a-z])")


def number(value: object, field: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequest(f"'{field}' has to be a number.", param=field)
    return value


def _plain(name: str) -> Callable[[Any, str], Json]:
    return lambda value, field: {name: number(value, field)}


def _whole(name: str) -> Callable[[Any, str], Json]:
    return lambda value, field: {name: expect(value, int, field)}


def _penalty(name: str) -> Callable[[Any, str], Json]:
    # Models without penalties refuse even the one that changes nothing, which many clients send.
    return lambda value, field: {name: value} if number(value, field) else {}


def _stops(value: object, field: str) -> Json:
    stops = [value] if isinstance(value, str) else expect(value, list, field)
    if len(stops) > MOST_STOPS:
        raise Untranslatable(field, f"Gemini takes at most {MOST_STOPS} stop sequences")
    return {"stopSequences": [expect(stop, str, field) for stop in stops]} if stops else {}


def _seed(value: object, field: str) -> Json:
    if expect(value, int, field) not in SEEDS:
        raise Untranslatable(field, "Gemini's seeds are 32-bit integers")
    return {"seed": value}


def _choices(value: object, field: str) -> Json:
    return {"candidateCount": value} if expect(value, int, field) != 1 else {}


def _logprobs(value: object, field: str) -> Json:
    return {"responseLogprobs": True} if expect(value, bool, field) else {}


def _top_logprobs(value: object, field: str) -> Json:
    return {"logprobs": value} if expect(value, int, field) else {}


def _modalities(value: object, field: str) -> Json:
    for modality in expect(value, list, field):
        if modality not in MODALITIES:
            raise Untranslatable(field, f"of Gemini's answers, {' and '.join(MODALITIES)} can be had here")
    return {"responseModalities": [MODALITIES[modality] for modality in value]} if value != ["text"] else {}  # type: ignore[attr-defined]


def _format(value: object, field: str) -> Json:
    form = expect(value, dict, field)
    match form.get("type"):
        case "text":
            return {}
        case "json_object":
            return {"responseMimeType": "application/json"}
        case "json_schema":
            field = f"{field}.json_schema"
            wanted = expect(form.get("json_schema"), dict, field).get("schema")
            if wanted is None:
                return {"responseMimeType": "application/json"}
            wanted = schema(expect(wanted, dict, f"{field}.schema"), f"{field}.schema")
            return {"responseMimeType": "application/json", "responseJsonSchema": wanted}
    raise Untranslatable(f"{field}.type", "Gemini answers as text, json_object or json_schema")


OPTIONS: dict[str, Callable[[Any, str], Json]] = {
    "temperature": _plain("temperature"),
    "top_p": _plain("topP"),
    "top_k": _plain("topK"),
    "max_tokens": _whole("maxOutputTokens"),
    "max_completion_tokens": _whole("maxOutputTokens"),
    "presence_penalty": _penalty("presencePenalty"),
    "frequency_penalty": _penalty("frequencyPenalty"),
    "stop": _stops,
    "seed": _seed,
    "n": _choices,
    "logprobs": _logprobs,
    "top_logprobs": _top_logprobs,
    "modalities": _modalities,
    "response_format": _format,
}
"""OpenAI's options, and what each becomes of `generationConfig`."""


def thinking(effort: object, model: str) -> Json:
    """`thinkingConfig` for a `reasoning_effort`."""
    if not isinstance(effort, str) or effort not in BUDGETS:
        raise Untranslatable("reasoning_effort", f"Gemini can be told {', '.join(BUDGETS)}")
    third = is_third_generation(model)
    if effort == "none" and "pro" in model and (third or "2.5" in model):
        raise Untranslatable("reasoning_effort", f"{model} always thinks")
    if not third:
        return {"thinkingBudget": BUDGETS[effort]}
    level = LEVELS[effort]
    if "flash" not in model:  # the others begin at LOW, and the first of them had nothing between LOW and HIGH
        level = {"MINIMAL": "LOW", "MEDIUM": "HIGH" if "gemini-3-pro" in model else "MEDIUM"}.get(level, level)
    return {"thinkingLevel": level}


def extension(body: Json) -> Json:
    """Google's own options, in camel case: from `google`, or `extra_body.google` as Google's endpoint has it."""
    wrapped: Json = expect(body.get("extra_body") or {}, dict, "extra_body")
    for name in wrapped.keys() - {"google"}:
        raise Untranslatable(f"extra_body.{name}", "of extra_body, 'google' is handed on")
    found: Json = {}
    for field, options in (("extra_body.google", wrapped.get("google")), ("google", body.get("google"))):
        for name, value in expect(options or {}, dict, field).items():
            if _snake(name) not in EXTENSIONS:
                raise Untranslatable(f"{field}.{name}", f"of Google's options, {', '.join(EXTENSIONS)} are handed on")
            found[_camel(name)] = _camelled(value)
    if (settings := body.get("safety_settings")) is not None:
        found["safetySettings"] = _camelled(settings)
    return found


def _camelled(value: Any) -> Any:
    if isinstance(value, dict):
        return {_camel(name): _camelled(member) for name, member in value.items()}
    return [_camelled(member) for member in value] if isinstance(value, list) else value


def _camel(name: str) -> str:
    return _LOWER.sub(lambda found: found[1].upper(), name)


def _snake(name: str) -> str:
    return _UPPER.sub(lambda found: "_" + found[0].lower(), name)
