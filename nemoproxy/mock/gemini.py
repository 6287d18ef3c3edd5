"""The mock in Google's own format: `generateContent`, its stream, `batchEmbedContents` and `predict`.

It is as strict as Google where a translator can go wrong: unknown members, a turn of function results that does not
match its calls, ids that old models do not know, and thought signatures that new ones insist on. A model whose name has
`tools` in it calls the first function it is given, one with `parallel` all of them; `gemini-3` in it makes it new.
Pure: no sockets, no framing, no clock.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson

from nemoproxy.mock import answers
from nemoproxy.mock.answers import Json, Refused
from nemoproxy.mock.options import Plan
from nemoproxy.mock.schema import example

_PATH = re.compile(r"(?:/v1beta)?/(?:.+/)?models/([^:?]+):(\w+)(?:\?.*)?")
_NAMES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
_NAMES |= {429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}
_REQUEST = {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings"}
_REQUEST |= {"cachedContent", "serviceTier"}
_CONFIG = set(
    "stopSequences responseMimeType responseSchema responseJsonSchema responseModalities candidateCount "
    "maxOutputTokens temperature topP topK seed presencePenalty frequencyPenalty responseLogprobs logprobs "
    "thinkingConfig imageConfig mediaResolution speechConfig".split()
)
_PARTS = {"text", "inlineData", "fileData", "functionCall", "functionResponse"}
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, to be rendered as a body or as events."""

    model: str
    id: str
    parts: tuple[Json, ...]
    """What is said, a part for each event."""
    finish: str
    prompt_tokens: int
    thoughts: int
    candidates: int
    counted: bool
    """It says what was used."""

    end = b""
    """Nothing marks the end of Google's streams."""
    named = False

    def body(self) -> bytes:
        return self._event(list(self.parts), len(self.parts), self.finish)

    def events(self) -> Iterator[bytes]:
        for number, part in enumerate(self.parts, 1):
            yield self._event([part], number, self.finish if number == len(self.parts) else None)

    def failure(self, message: str) -> bytes:
        return error(500, message)

    def _event(self, parts: list[Json], said: int, finish: str | None) -> bytes:
        ending = {"finishReason": finish} if finish else {}
        content = {"parts": parts, "role": "model"}
        event: Json = {
            "candidates": [{"content": content, **ending, "index": index} for index in range(self.candidates)],
            "modelVersion": self.model,
            "responseId": self.id,
        }
        if self.counted:
            event["usageMetadata"] = self._usage(said)
        return orjson.dumps(event)

    def _usage(self, said: int) -> Json:
        answer = max(said - bool(self.thoughts), 0) * self.candidates
        usage: Json = {"promptTokenCount": self.prompt_tokens, "candidatesTokenCount": answer}
        usage["totalTokenCount"] = self.prompt_tokens + answer + self.thoughts
        usage["promptTokensDetails"] = [{"modality": "TEXT", "tokenCount": self.prompt_tokens}]
        return usage | ({"thoughtsTokenCount": self.thoughts} if self.thoughts else {})


def model_of(path: str) -> str | None:
    """The model of a request in Google's format, which has it in its path; None for any other request."""
    found = _PATH.fullmatch(path)
    return unquote(found[1]) if found else None


def error(status: int, message: str, retry_after: str | None = None) -> bytes:
    """Google's error body."""
    members: Json = {"code": status, "message": message, "status": _NAMES.get(status, "UNKNOWN")}
    if retry_after is not None:
        members["details"] = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{retry_after}s"}]
    return orjson.dumps({"error": members})


def answer(path: str, request: Json | None, plan: Plan) -> bytes | Reply:
    """The answer to a POST. `Refused` if Google would refuse it."""
    found = _PATH.fullmatch(path)
    if found is None or request is None:
        raise Refused(400, "Invalid JSON payload received.")
    model, verb = unquote(found[1]), found[2]
    answers.model(model)
    match verb:
        case "generateContent":
            return _generate(request, model, plan).body()
        case "streamGenerateContent":
            return _generate(request, model, plan)
        case "batchEmbedContents":
            return _embed(request)
        case "predict":
            count = _object(request.get("parameters")).get("sampleCount", 1)
            return orjson.dumps({"predictions": [{"mimeType": "image/png", "bytesBase64Encoded": _PIXEL}] * count})
    raise Refused(404, f"models/{model} is not found for API version v1beta, or is not supported for {verb}.")


def _generate(request: Json, model: str, plan: Plan) -> Reply:
    _only(request, _REQUEST, "")
    config = _object(request.get("generationConfig"))
    _only(config, _CONFIG, " at 'generation_config'")
    contents = request.get("contents")
    if not isinstance(contents, list) or not contents:
        raise Refused(400, "* GenerateContentRequest.contents: contents is not specified")
    _check_turns(contents, new="gemini-3" in model)
    asked = "".join(part.get("text", "") for part in contents[-1]["parts"])
    prompt = sum(4 + -(-len(orjson.dumps(content)) // 4) for content in contents)
    parts = _calls(request, model) or _said(asked, config, plan)
    thinking = _object(config.get("thinkingConfig"))
    if thinking.get("includeThoughts"):
        parts = [{"text": "Hmm.", "thought": True}, *parts]
    limit = config.get("maxOutputTokens")
    short = isinstance(limit, int) and limit < len(parts) and "functionCall" not in parts[0]
    return Reply(
        model=model,
        id=hashlib.blake2b(orjson.dumps(request), digest_size=12).hexdigest(),
        parts=tuple(parts[:limit] if short else parts),
        finish="MAX_TOKENS" if short else "STOP",
        prompt_tokens=prompt,
        thoughts=5 if thinking else 0,
        candidates=config.get("candidateCount", 1),
        counted=plan.usage != "missing",
    )


def _said(asked: str, config: Json, plan: Plan) -> list[Json]:
    if "IMAGE" in config.get("responseModalities", ()):
        return [{"text": "Here: "}, {"inlineData": {"mimeType": "image/png", "data": _PIXEL}}]
    if config.get("responseMimeType") == "application/json":
        return [{"text": orjson.dumps(example(config.get("responseJsonSchema", {}))).decode()}]
    if plan.events is not None:
        return [{"text": answers.FILLER[at % len(answers.FILLER)]} for at in range(max(plan.events, 1))]
    words = re.findall(r"\s*\S+|\s+$", f"You said: {asked[: answers.LONGEST_ECHO]}")
    return [{"text": word} for word in words]


def _calls(request: Json, model: str) -> list[Json]:
    """Function calls, unless their results are there already."""
    config = _object(_object(request.get("toolConfig")).get("functionCallingConfig"))
    declared = [each for tool in request.get("tools") or () for each in tool.get("functionDeclarations", ())]
    if names := config.get("allowedFunctionNames"):
        declared = [each for each in declared if each["name"] in names]
    answered = "functionResponse" in request["contents"][-1]["parts"][-1]
    wanted = len(declared) if "parallel" in model else 1 if "tools" in model or config.get("mode") == "ANY" else 0
    if answered or config.get("mode") == "NONE":
        return []
    parts: list[Json] = []
    for at, function in enumerate(declared[:wanted]):
        spelled = ("parameters", "parametersJsonSchema", "parameters_json_schema")
        schema: Json = next((function[name] for name in spelled if name in function), {})
        call: Json = {"name": function["name"], "args": example(schema)}
        part: Json = {"functionCall": {"id": f"fc{at}", **call} if "gemini-3" in model else call}
        parts.append(part | ({"thoughtSignature": "bW9jaw=="} if at == 0 else {}))
    return parts


def _check_turns(contents: list[Any], *, new: bool) -> None:
    calls: list[Json] = []
    for at, content in enumerate(contents):
        parts = content.get("parts") or [{}]
        if content.get("role") not in ("user", "model"):
            raise Refused(400, "Please use a valid role: user, model.")
        for number, part in enumerate(parts):
            if len(_PARTS & part.keys()) != 1:
                where = f"contents[{at}].parts[{number}].data"
                raise Refused(400, f"* GenerateContentRequest.{where}: required oneof field 'data' must be set")
        results = [part["functionResponse"] for part in parts if "functionResponse" in part]
        if results or calls:
            _check_results(calls, results, new=new)
        calls = [part["functionCall"] for part in parts if "functionCall" in part]
        if new and calls and not any("thoughtSignature" in part for part in parts):
            raise Refused(
                400, f"Function call is missing a thought_signature in functionCall parts: {calls[0]['name']}"
            )


def _check_results(calls: list[Json], results: list[Json], *, new: bool) -> None:
    if [call["name"] for call in calls] != [result["name"] for result in results]:
        raise Refused(
            400,
            "Please ensure that the number of function response parts is equal to the number of function call parts.",
        )
    if not new and any("id" in each for each in calls + results):
        raise Refused(400, "Invalid JSON payload received. Unknown name \"id\" at 'function_call': Cannot find field.")


def _embed(request: Json) -> bytes:
    found = []
    for each in request.get("requests") or ():
        text = each["content"]["parts"][0]["text"]
        found.append({"values": answers.vector(text, each.get("outputDimensionality", 768))})
    return orjson.dumps({"embeddings": found})


def _only(value: Json, known: set[str], where: str) -> None:
    for name in value.keys() - known:
        raise Refused(400, f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.')


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}
