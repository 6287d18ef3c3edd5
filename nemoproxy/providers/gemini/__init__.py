"""Google's Gemini: `generateContent`, `batchEmbedContents` and image models, spoken to in OpenAI's language.

    a request    chat -> contents -> parts     the conversation
                      -> tools                 functions and their schemas
                      -> generation            options, thinking, Google's own extension
    an answer    answers (whole), events (streamed), usage, errors
    the others   embeddings, images

Pure, as `providers.translation` says. What is dropped and what is refused is listed in docs/providers.md.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import orjson

from nemoproxy.errors import InvalidRequest, UpstreamInvalid
from nemoproxy.providers.gemini import chat, embeddings, images
from nemoproxy.providers.gemini.answers import Memo, completion
from nemoproxy.providers.gemini.errors import retry_after_s, translated
from nemoproxy.providers.gemini.events import Events
from nemoproxy.providers.gemini.models import is_imagen, path
from nemoproxy.providers.translation import Answer, Asked, EventTranslator, Json, Outgoing
from nemoproxy.types import Endpoint

__all__ = ["Gemini", "retry_after_s"]


class Gemini:
    """The dialect. Paths are below `.../v1beta`, or below `.../publishers/google` on Vertex AI."""

    def request(self, endpoint: Endpoint, body: Json, target_model: str, *, stream: bool) -> Outgoing:
        build = _REQUESTS.get(endpoint.value)
        if build is None:
            raise InvalidRequest(f"This model has no {endpoint.path}.", code="unsupported_endpoint", param="model")
        verb, request, memo = build(body, target_model, stream)
        return Outgoing(path(target_model, verb), (), msgspec.json.encode(request), memo)

    def answer(self, status: int, body: bytes, asked: Asked) -> Answer:
        if not 200 <= status <= 299:
            return translated(status, body)
        memo = asked.memo if isinstance(asked.memo, Memo) else Memo("chat")
        try:
            return _whole(orjson.loads(body), asked, memo)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UpstreamInvalid("The provider's answer is not in its own format.") from None

    def events(self, asked: Asked) -> EventTranslator:
        return Events(asked)


def _whole(response: Json, asked: Asked, memo: Memo) -> Answer:
    if memo.kind in ("images", "predict"):
        return images.answer(response, asked, predicted=memo.kind == "predict")
    if memo.kind == "embeddings":
        return Answer(200, orjson.dumps(embeddings.embeddings(response, asked, as_base64=memo.base64)))
    found = completion(response, asked, memo)
    if found is None:
        raise ValueError("no candidates, and no reason why")
    return Answer(200, orjson.dumps(found))


Built = tuple[str, Json, Memo]


def _chat(body: Json, model: str, stream: bool) -> Built:
    verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
    request = chat.generate_content(body, model)
    return verb, request, Memo("chat", one_call=body.get("parallel_tool_calls") is False)


def _embeddings(body: Json, model: str, _: bool) -> Built:
    request = embeddings.batch_embed(body, model)
    return "batchEmbedContents", request, Memo("embeddings", base64=body.get("encoding_format") == "base64")


def _images(body: Json, model: str, _: bool) -> Built:
    request = images.request(body, model)
    return ("predict", request, Memo("predict")) if is_imagen(model) else ("generateContent", request, Memo("images"))


_REQUESTS: dict[str, Callable[[Json, str, bool], Built]] = {"chat": _chat, "embeddings": _embeddings, "images": _images}
