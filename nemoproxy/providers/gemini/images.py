"""Images from a prompt: Imagen's `predict`, or `generateContent` of the Gemini models that draw."""

from __future__ import annotations

import re
from math import gcd

import orjson

from nemoproxy.errors import InvalidRequest
from nemoproxy.providers.gemini.models import is_imagen
from nemoproxy.providers.gemini.usage import usage
from nemoproxy.providers.openai_shape import error, expect
from nemoproxy.providers.translation import Answer, Asked, Json, Untranslatable

READ = {"model", "prompt", "n", "size", "response_format", "output_format"}
DROPPED = {"user"}
DEFAULTS = {
    "quality": ("auto", "standard"),
    "background": ("auto", "opaque"),
    "moderation": ("auto",),
    "stream": (False,),
}
"""Options that Gemini does not have, with the values that ask for nothing."""
GEMINI_RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
IMAGEN_RATIOS = ("1:1", "3:4", "4:3", "9:16", "16:9")
_NEAR = {"1792x1024": "16:9", "1024x1792": "9:16"}
"""DALL-E 3's sizes, which are not quite what they stand for."""


def request(body: Json, model: str) -> Json:
    """The body of the request, of `predict` or `generateContent`."""
    for name, value in body.items():
        known = name in READ or name in DROPPED or name.startswith("nemo_") or value in DEFAULTS.get(name, (None,))
        if value is not None and not known:
            raise Untranslatable(name, "Gemini has nothing like it")
    if body.get("response_format") == "url":
        raise Untranslatable("response_format", "Gemini gives images as b64_json")
    prompt = expect(body.get("prompt"), str, "prompt")
    count = expect(body.get("n") or 1, int, "n")
    return _predict(body, prompt, count) if is_imagen(model) else _generate(body, prompt, count)


def answer(response: Json, asked: Asked, *, predicted: bool) -> Answer:
    """The images; if there are none, why."""
    images, why = _predictions(response) if predicted else _drawn(response)
    if not images:
        text = f"The provider gave no image: {why}"
        return Answer(400, error(text, "image_generation_user_error", "moderation_blocked"))
    found: Json = {"created": asked.created, "data": [{"b64_json": each} for each in images]}
    if metadata := response.get("usageMetadata"):
        found["usage"] = _usage(metadata)
    return Answer(200, orjson.dumps(found))


def _predict(body: Json, prompt: str, count: int) -> Json:
    parameters: Json = {"sampleCount": count}
    if ratio := _ratio(body, IMAGEN_RATIOS):
        parameters["aspectRatio"] = ratio
    if (size := _resolution(body)) is not None:
        parameters["sampleImageSize"] = size
    if (form := body.get("output_format")) is not None:
        if form not in ("png", "jpeg"):
            raise Untranslatable("output_format", "Imagen draws png and jpeg")
        parameters["outputOptions"] = {"mimeType": f"image/{form}"}
    return {"instances": [{"prompt": prompt}], "parameters": parameters}


def _generate(body: Json, prompt: str, count: int) -> Json:
    if count != 1:
        raise Untranslatable("n", "Gemini draws one image at a time")
    if body.get("output_format") not in (None, "png"):
        raise Untranslatable("output_format", "Gemini draws png")
    config: Json = {"responseModalities": ["TEXT", "IMAGE"]}
    image: Json = {}
    if ratio := _ratio(body, GEMINI_RATIOS):
        image["aspectRatio"] = ratio
    if (size := _resolution(body)) is not None:
        image["imageSize"] = size
    if image:
        config["imageConfig"] = image
    return {"contents": [{"role": "user", "parts": [{"text": prompt}]}], "generationConfig": config}


def _size(body: Json) -> tuple[int, int] | None:
    size = body.get("size")
    if size in (None, "auto"):
        return None
    found = re.fullmatch(r"([1-9]\d{1,4})x([1-9]\d{1,4})", expect(size, str, "size"))
    if not found:
        raise InvalidRequest("'size' has to be a width and a height, as in 1024x1024.", param="size")
    return int(found[1]), int(found[2])


def _ratio(body: Json, known: tuple[str, ...]) -> str | None:
    if (size := _size(body)) is None:
        return None
    width, height = size
    divisor = gcd(width, height)
    ratio = _NEAR.get(f"{width}x{height}", f"{width // divisor}:{height // divisor}")
    if ratio not in known:
        raise Untranslatable("size", f"this model draws in the ratios {', '.join(known)}")
    return ratio


def _resolution(body: Json) -> str | None:
    """Above 1K, which is what models that know nothing else draw."""
    size = _size(body)
    return None if size is None or max(size) < 2048 else "4K" if max(size) >= 4096 else "2K"


def _predictions(response: Json) -> tuple[list[str], str]:
    found = response.get("predictions") or []
    why = next((each["raiFilteredReason"] for each in found if "raiFilteredReason" in each), "it was filtered out.")
    return [each["bytesBase64Encoded"] for each in found if "bytesBase64Encoded" in each], why


def _drawn(response: Json) -> tuple[list[str], str]:
    candidates = response.get("candidates") or []
    parts = [part for each in candidates for part in (each.get("content") or {}).get("parts") or []]
    images = [part["inlineData"]["data"] for part in parts if "inlineData" in part and not part.get("thought")]
    said = "".join(part.get("text", "") for part in parts if not part.get("thought"))
    reason = next((each["finishReason"] for each in candidates if "finishReason" in each), "no reason given")
    feedback = response.get("promptFeedback") or {}
    return images, said or feedback.get("blockReason") or reason


def _usage(metadata: Json) -> Json:
    """The images API has names of its own for tokens."""
    counted = usage(metadata)
    read, drawn = counted["prompt_tokens"], counted["completion_tokens"]
    asked = counted["prompt_tokens_details"].get("image_tokens", 0)
    pictures = counted["completion_tokens_details"].get("image_tokens", 0)
    return {
        "input_tokens": read,
        "output_tokens": drawn,
        "total_tokens": counted["total_tokens"],
        "input_tokens_details": {"text_tokens": read - asked, "image_tokens": asked},
        "output_tokens_details": {"text_tokens": drawn - pictures, "image_tokens": pictures},
    }
