"""`GenerateContentResponse`, whole, as a chat completion; and what its stream reads in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import orjson

from nemoproxy.providers.gemini.contents import SYNTHETIC
from nemoproxy.providers.gemini.usage import usage
from nemoproxy.providers.translation import Asked, Json

_FINISHES = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    # It could not go on, and nothing was held back: the reason itself is in `native_finish_reason`.
    "FINISH_REASON_UNSPECIFIED": "stop",
    "MALFORMED_FUNCTION_CALL": "stop",
    "MALFORMED_RESPONSE": "stop",
    "UNEXPECTED_TOOL_CALL": "stop",
    "TOO_MANY_TOOL_CALLS": "stop",
    "MISSING_THOUGHT_SIGNATURE": "stop",
}
_FILTERED = "content_filter"
"""SAFETY, RECITATION, BLOCKLIST, PROHIBITED_CONTENT, SPII, LANGUAGE, IMAGE_*, OTHER, and what will be added to them."""


@dataclass(frozen=True, slots=True)
class Memo:
    """What an answer's translation has to know of the request."""

    kind: str
    """chat, embeddings, images or predict."""
    one_call: bool = False
    """The client wants one function call at a time, which Gemini cannot be told."""
    base64: bool = False
    """Embeddings are wanted as base64."""


def completion(response: Json, asked: Asked, memo: Memo) -> Json | None:
    """The chat completion; None if there is none in the response."""
    id = response.get("responseId") or ""
    choices = [_choice(candidate, at, asked, id, memo) for at, candidate in enumerate(response.get("candidates") or ())]
    if not choices and (refused := blocked(response)):
        message = {"role": "assistant", "content": None, "refusal": refused}
        choices = [{"index": 0, "message": message, "logprobs": None, "finish_reason": _FILTERED}]
    if not choices:
        return None
    answer: Json = {"id": completion_id(id, asked), "object": "chat.completion", "created": asked.created}
    answer |= {"model": response.get("modelVersion") or asked.model, "choices": choices}
    if metadata := response.get("usageMetadata"):
        answer["usage"] = usage(metadata)
    return answer


def completion_id(response_id: str, asked: Asked) -> str:
    return f"chatcmpl-{response_id or asked.created}"


def blocked(response: Json) -> str | None:
    """Why there is no answer, if the prompt was not let through."""
    feedback = response.get("promptFeedback") or {}
    reason = feedback.get("blockReason")
    if not reason:
        return None
    return feedback.get("blockReasonMessage") or f"The provider blocked the prompt ({reason})."


def ending(reason: str | None, message: str | None, *, calls: bool) -> Json:
    """The members of a choice that say how it ended."""
    found = _FINISHES.get(reason or "STOP", _FILTERED)
    if found == "stop" and calls:
        found = "tool_calls"
    if reason in (None, "STOP", "MAX_TOKENS"):
        return {"finish_reason": found}
    said = {"native_finish_message": message} if message else {}
    return {"finish_reason": found, "native_finish_reason": reason, **said}


def function_call(part: Json, response_id: str, candidate: int, at: int) -> Json:
    """A `tool_calls` element. A call without an id gets one that is the same whenever this response is translated."""
    call = part["functionCall"]
    id = call.get("id")
    if not id:
        seed = f"{response_id}/{candidate}/{at}"
        id = SYNTHETIC + blake2b(seed.encode(), digest_size=12).hexdigest()
    arguments = orjson.dumps(call.get("args") or {}).decode()
    found: Json = {"id": id, "type": "function", "function": {"name": call["name"], "arguments": arguments}}
    return found | signed(part)


def signed(part: Json) -> Json:
    """The thought signature, where Google's own OpenAI endpoint puts it. The client gives it back with the message."""
    signature = part.get("thoughtSignature")
    return {"extra_content": {"google": {"thought_signature": signature}}} if signature else {}


def text_of(part: Json) -> str | None:
    """The text of a part that is to be read: the text itself, or code that Gemini ran, and what came of it."""
    if (text := part.get("text")) is not None:
        return str(text)
    if (code := part.get("executableCode")) is not None:
        return f"\n```{code.get('language', '').lower()}\n{code.get('code', '')}\n```\n"
    if (result := part.get("codeExecutionResult")) is not None:
        return f"\n```\n{result.get('output', '')}\n```\n"
    return None


def image(part: Json, at: int) -> Json:
    """An element of `images`, the member that other gateways have for what chat models draw."""
    data = part["inlineData"]
    url = f"data:{data.get('mimeType', 'image/png')};base64,{data['data']}"
    return {"index": at, "type": "image_url", "image_url": {"url": url}} | signed(part)


def logprobs(result: Json) -> Json:
    """`logprobsResult` as `logprobs`."""
    tops = result.get("topCandidates") or ()
    content = []
    for at, chosen in enumerate(result.get("chosenCandidates") or ()):
        among = tops[at].get("candidates") or () if at < len(tops) else ()
        content.append({**_token(chosen), "top_logprobs": [_token(each) for each in among]})
    return {"content": content, "refusal": None}


def _token(token: Json) -> Json:
    text = token.get("token", "")
    return {"token": text, "bytes": list(text.encode()), "logprob": token.get("logProbability", 0.0)}


def _choice(candidate: Json, at: int, asked: Asked, response_id: str, memo: Memo) -> Json:
    index = candidate.get("index", at)
    seed = response_id or str(asked.created)
    texts: list[str] = []
    thoughts: list[str] = []
    calls: list[Json] = []
    images: list[Json] = []
    signature: Json = {}
    for part in (candidate.get("content") or {}).get("parts") or ():
        if "functionCall" in part:
            calls.append(function_call(part, seed, index, len(calls)))
        elif "inlineData" in part:
            # Thinking models draw drafts, too.
            images += [] if part.get("thought") else [image(part, len(images))]
        elif (text := text_of(part)) is not None:
            (thoughts if part.get("thought") else texts).append(text)
            signature = signature if part.get("thought") else signed(part) or signature
    if memo.one_call:
        del calls[1:]
    ended = ending(candidate.get("finishReason"), candidate.get("finishMessage"), calls=bool(calls))
    said = "".join(texts) if texts else None
    if said is None and not (calls or images) and ended["finish_reason"] != _FILTERED:
        said = ""
    message: Json = {"role": "assistant", "content": said or None if calls else said, "refusal": None}
    if said is None and ended["finish_reason"] == _FILTERED:
        message["refusal"] = candidate.get("finishMessage")
    if thoughts:
        message["reasoning_content"] = "".join(thoughts)
    if calls:
        message["tool_calls"] = calls
    if images:
        message["images"] = images
    probabilities = logprobs(result) if (result := candidate.get("logprobsResult")) else None
    return {"index": index, "message": message | signature, "logprobs": probabilities, **ended}
