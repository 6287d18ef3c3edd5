"""A chat completion's request as `generateContent`'s."""

from __future__ import annotations

from nemoproxy.errors import InvalidRequest
from nemoproxy.providers.gemini.contents import conversation
from nemoproxy.providers.gemini.generation import OPTIONS, extension, thinking
from nemoproxy.providers.gemini.tools import tools
from nemoproxy.providers.openai_shape import expect
from nemoproxy.providers.translation import Json, Untranslatable

READ = {"model", "messages", "stream", "stream_options", "tools", "tool_choice", "functions", "function_call"}
READ |= {"parallel_tool_calls", "reasoning_effort", "google", "extra_body", "safety_settings", "service_tier"}
DROPPED = {"user", "metadata", "store", "safety_identifier", "prediction"}
DROPPED |= {"prompt_cache_key", "prompt_cache_retention"}
"""What says nothing of the answer, and is for OpenAI's books, caches or speed."""
TIERS = {"default": "standard", "flex": "flex", "priority": "priority"}


def generate_content(body: Json, model: str) -> Json:
    """The body of the request."""
    _check(body)
    request = conversation(expect(body.get("messages"), list, "messages"), model)
    request |= tools(body)
    config: Json = {}
    for name, translate in OPTIONS.items():
        if (value := body.get(name)) is not None:
            config |= translate(value, name)
    google = extension(body)
    if thought := _thinking(body, google.pop("thinkingConfig", None), model):
        config["thinkingConfig"] = thought
    for name in ("imageConfig", "mediaResolution"):
        if name in google:
            config[name] = google.pop(name)
    if config:
        request["generationConfig"] = config
    if (tier := body.get("service_tier")) not in (None, "auto"):
        if tier not in TIERS:
            raise Untranslatable("service_tier", f"Gemini has {', '.join(TIERS)}")
        request["serviceTier"] = TIERS[tier]
    return request | google


def _check(body: Json) -> None:
    """Nothing is left out unsaid."""
    for name, value in body.items():
        if value is None or name in READ or name in DROPPED or name in OPTIONS or name.startswith("nemo_"):
            continue
        if name == "logit_bias" and not value:
            continue
        raise Untranslatable(name, "Gemini has nothing like it")
    if not body.get("messages"):
        raise InvalidRequest("'messages' has to have at least one message.", param="messages")


def _thinking(body: Json, own: object, model: str) -> Json:
    """By effort, by Google's own options, or both; but how much to think may be said only once."""
    found: Json = expect(own or {}, dict, "google.thinking_config")
    effort = body.get("reasoning_effort")
    if effort is None:
        return found
    if found.keys() & {"thinkingBudget", "thinkingLevel"}:
        raise InvalidRequest(
            "'reasoning_effort' and 'google.thinking_config' both say how much to think.", param="reasoning_effort"
        )
    return thinking(effort, model) | found
