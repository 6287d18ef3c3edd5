"""Embeddings: `batchEmbedContents`, for one text as for many."""

from __future__ import annotations

import base64
import struct

from nemoproxy.errors import InvalidRequest
from nemoproxy.providers.gemini.models import resource
from nemoproxy.providers.openai_shape import expect
from nemoproxy.providers.translation import Asked, Json, Untranslatable

READ = {"model", "input", "dimensions", "encoding_format", "task_type"}
DROPPED = {"user"}
FORMATS = ("float", "base64")


def batch_embed(body: Json, model: str) -> Json:
    """The body of the request."""
    for name, value in body.items():
        if value is not None and name not in READ and name not in DROPPED and not name.startswith("nemo_"):
            raise Untranslatable(name, "Gemini has nothing like it")
    if body.get("encoding_format") not in (None, *FORMATS):
        raise Untranslatable("encoding_format", f"embeddings can be had as {' and '.join(FORMATS)}")
    options: Json = {"model": resource(model)}
    if (dimensions := body.get("dimensions")) is not None:
        options["outputDimensionality"] = expect(dimensions, int, "dimensions")
    if (task := body.get("task_type")) is not None:
        options["taskType"] = expect(task, str, "task_type")
    return {"requests": [{**options, "content": {"parts": [{"text": text}]}} for text in _texts(body.get("input"))]}


def embeddings(response: Json, asked: Asked, *, as_base64: bool) -> Json:
    """The answer. Of most of its models Google does not say what was used; then `usage` is for the gateway to add."""
    found = response["embeddings"] if "embeddings" in response else [response["embedding"]]
    data = [
        {"object": "embedding", "index": at, "embedding": _packed(each["values"]) if as_base64 else each["values"]}
        for at, each in enumerate(found)
    ]
    answer: Json = {"object": "list", "data": data, "model": asked.model}
    if count := (response.get("usageMetadata") or {}).get("promptTokenCount"):
        answer["usage"] = {"prompt_tokens": count, "total_tokens": count}
    return answer


def _packed(values: list[float]) -> str:
    """Little-endian 32-bit floats, as OpenAI's clients read them."""
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


def _texts(value: object) -> list[str]:
    texts = [value] if isinstance(value, str) else expect(value, list, "input")
    if not texts:
        raise InvalidRequest("'input' has to have at least one text.", param="input")
    if any(not isinstance(text, str) for text in texts):
        raise Untranslatable("input", "Gemini embeds texts, not tokens")
    return texts
