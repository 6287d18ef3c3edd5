"""What the mock says: OpenAI's JSON for a request and a plan. Pure: no sockets, no framing, no clock."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from nemoproxy.mock.options import Plan
from nemoproxy.mock.schema import example

Json = dict[str, Any]

CREATED = 1_750_000_000
FILLER = ("The", " quick", " brown", " fox", " jumps", " over", " the", " lazy", " dog", ".", " Then", " it", " rests")
LONGEST_ECHO = 4096
LARGEST_VECTOR = 8192
MODELS = ("mock", "mock-tools", "mock-embedding", "mock/with/slashes")
TYPES = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
}


class Refused(Exception):
    """A request that OpenAI would refuse."""

    def __init__(self, status: int, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.param = param


def error(status: int, message: str, param: str | None = None) -> bytes:
    """OpenAI's error body."""
    kind, code = TYPES.get(status, ("server_error" if status >= 500 else "invalid_request_error", None))
    return orjson.dumps({"error": {"message": message, "type": kind, "param": param, "code": code}})


def prompt_tokens(request: Json) -> int:
    """The prompt's tokens: 4 for each message or input, and one for each 4 characters (or each given token) of it."""
    texts = request.get("messages", request.get("prompt", request.get("input")))
    return sum(4 + _length(text) for text in _listed(texts))


def _listed(texts: object) -> list[Any]:
    """One prompt or several: a list of integers is a single prompt made of tokens."""
    if isinstance(texts, list) and not (texts and isinstance(texts[0], int)):
        return texts
    return [texts]


def _length(text: object) -> int:
    if isinstance(text, dict):
        text = _text_of(text)
    if isinstance(text, str):
        return -(-len(text) // 4)
    return len(text) if isinstance(text, list) else 0


def _text_of(message: Json) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, to be rendered as a body or as events. Delta `i` is `words[i % len(words)]`."""

    chat: bool
    model: str
    id: str
    words: tuple[str, ...]
    count: int
    choices: int
    finish: str
    tool: str
    usage: Json | None
    usage_twice: bool
    stream_usage: bool
    size: int

    def body(self) -> bytes:
        """The plain answer, padded to `size` bytes if it can hold as many."""
        answer = self._rendered(self._whole())
        missing = self.size - len(answer)
        return answer if missing <= 0 else self._rendered(self._whole() + "." * missing)

    def _whole(self) -> str:
        rounds, rest = divmod(self.count, len(self.words))
        return "".join(self.words) * rounds + "".join(self.words[:rest])

    def _rendered(self, text: str) -> bytes:
        answer = self._envelope("chat.completion" if self.chat else "text_completion")
        answer["choices"] = [self._choice(index, text) for index in range(self.choices)]
        if self.usage is not None:
            answer["usage"] = self.usage
        return orjson.dumps(answer)

    def _choice(self, index: int, text: str) -> Json:
        if not self.chat:
            return {"text": text, "index": index, "logprobs": None, "finish_reason": self.finish}
        message: Json = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
        if self.tool:
            function = {"name": self.tool, "arguments": text}
            message |= {"content": None, "tool_calls": [{**self._call(), "function": function}]}
        return {"index": index, "message": message, "logprobs": None, "finish_reason": self.finish}

    def events(self) -> Iterator[bytes]:
        """The JSON of each event: role, `count` deltas, finish, and the usage if it was asked for."""
        if self.chat:
            yield from (self._chunk(index, delta=self._opening()) for index in range(self.choices))
        for number in range(self.count):
            word = self.words[number % len(self.words)]
            yield from (self._chunk(index, **self._delta(word)) for index in range(self.choices))
        last: Json = {"delta": {}} if self.chat else {"text": ""}
        yield from (self._chunk(index, **last, finish_reason=self.finish) for index in range(self.choices))
        if self.stream_usage and self.usage is not None:
            usage = orjson.dumps({**self._envelope(self._chunk_object), "choices": [], "usage": self.usage})
            yield from [usage] * (2 if self.usage_twice else 1)

    def _opening(self) -> Json:
        if self.tool:
            call = {"index": 0, **self._call(), "function": {"name": self.tool, "arguments": ""}}
            return {"role": "assistant", "content": None, "tool_calls": [call]}
        return {"role": "assistant", "content": "", "refusal": None}

    def _delta(self, word: str) -> Json:
        if self.tool:
            return {"delta": {"tool_calls": [{"index": 0, "function": {"arguments": word}}]}}
        return {"delta": {"content": word}} if self.chat else {"text": word}

    def _chunk(self, index: int, finish_reason: str | None = None, **said: Any) -> bytes:
        choice = {"index": index, **said, "logprobs": None, "finish_reason": finish_reason}
        chunk = {**self._envelope(self._chunk_object), "choices": [choice]}
        return orjson.dumps({**chunk, "usage": None} if self.stream_usage else chunk)

    @property
    def _chunk_object(self) -> str:
        return "chat.completion.chunk" if self.chat else "text_completion"

    def _envelope(self, kind: str) -> Json:
        envelope = {"id": self.id, "object": kind, "created": CREATED, "model": self.model}
        return {**envelope, "service_tier": "default", "system_fingerprint": "fp_mock"} if self.chat else envelope

    def _call(self) -> Json:
        return {"id": self.id.replace("chatcmpl-", "call_"), "type": "function"}


def compose(request: Json, plan: Plan, *, chat: bool) -> Reply:
    """The reply to a chat completion or completion request. `Refused` if it lacks its messages or prompt."""
    streamed = request.get("stream") is True
    said, prompts = _asked(request, chat=chat)
    tool, arguments = _tool_call(request) if chat else ("", "")
    text = arguments or _structured(request) or f"You said: {said[:LONGEST_ECHO]}"
    words = tuple(_words(text, plan, fragments=bool(tool)))
    count = len(words)
    if plan.events is not None and not tool:
        words, count = FILLER, plan.events
    if plan.size and streamed and not tool:
        words = (("x" * plan.size),)
    limit = request.get("max_completion_tokens", request.get("max_tokens"))
    finish = "tool_calls" if tool else "stop"
    if isinstance(limit, int) and limit < count:
        count, finish = max(limit, 0), "length"
    choices = prompts * _wanted(request)
    digest = hashlib.blake2b(said.encode(errors="replace"), digest_size=12).hexdigest()
    return Reply(
        chat=chat,
        model=str(request["model"]),
        id=("chatcmpl-" if chat else "cmpl-") + digest,
        words=words,
        count=count,
        choices=choices,
        finish=finish,
        tool=tool,
        usage=_usage(prompt_tokens(request), count * choices, plan.usage),
        usage_twice=plan.usage == "twice",
        stream_usage=streamed and _member(request, "stream_options").get("include_usage") is True,
        size=0 if streamed or tool else plan.size,
    )


def _asked(request: Json, *, chat: bool) -> tuple[str, int]:
    """What the caller said last, and the number of prompts."""
    if chat:
        messages = request.get("messages")
        if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
            raise Refused(400, "'messages' must be an array of objects.", "messages")
        users = [message for message in messages if message.get("role") == "user"]
        return (_text_of(users[-1]) if users else ""), 1
    if "prompt" not in request:
        raise Refused(400, "you must provide a prompt parameter", "prompt")
    prompts = _listed(request["prompt"])
    return str(prompts[-1]) if prompts else "", max(len(prompts), 1)


def _wanted(request: Json) -> int:
    wanted = request.get("n")
    return wanted if isinstance(wanted, int) and 1 <= wanted <= 128 else 1


def _words(text: str, plan: Plan, *, fragments: bool) -> list[str]:
    """The text in deltas that join to it: words with the space before them, or pieces of `chunk` characters."""
    step = plan.chunk or (8 if fragments else 0)
    if step:
        return [text[start : start + step] for start in range(0, len(text), step)]
    return re.findall(r"\s*\S+|\s+$", text)


def _usage(prompt: int, completion: int, kind: str) -> Json | None:
    lies: Json = {"zero": 0, "negative": -completion - 1, "huge": 10**12, "string": str(completion)}
    told = lies.get(kind, completion)
    if kind == "missing":
        return None
    return {
        "prompt_tokens": prompt,
        "completion_tokens": told,
        "total_tokens": prompt + (told if isinstance(told, int) else completion),
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def _tool_call(request: Json) -> tuple[str, str]:
    """The tool to call and its arguments, or nothing: only `mock-tools` calls, and not after a tool has answered."""
    tools, messages = request.get("tools"), request.get("messages")
    name = str(request["model"]).rpartition("/")[2]
    if (
        not name.startswith("mock-tools")
        or not isinstance(tools, list)
        or not messages
        or messages[-1].get("role") == "tool"
    ):
        return "", ""
    functions = [function for tool in tools if (function := _member(tool, "function"))]
    choice = request.get("tool_choice")
    if wanted := _member(choice, "function"):
        functions = [function for function in functions if function.get("name") == wanted.get("name")]
    if not functions or choice == "none":
        return "", ""
    return str(functions[0].get("name")), orjson.dumps(example(_member(functions[0], "parameters"))).decode()


def _member(value: object, name: str) -> Json:
    """That member if it is an object, of a value that should be one."""
    member = value.get(name) if isinstance(value, dict) else None
    return member if isinstance(member, dict) else {}


def _structured(request: Json) -> str:
    """JSON as `response_format` asks for, or nothing if it does not."""
    wanted = _member(request, "response_format")
    if wanted.get("type") == "json_schema":
        return orjson.dumps(example(_member(wanted, "json_schema").get("schema"))).decode()
    return '{"mock": true}' if wanted.get("type") == "json_object" else ""


def embeddings(request: Json) -> bytes:
    """Unit vectors of little-endian 32-bit floats, from a hash of the input; both encodings carry the same bits."""
    inputs = request.get("input")
    if not inputs:
        raise Refused(400, "'input' must be a string, an array of strings or an array of tokens.", "input")
    dimensions = request.get("dimensions", 1536)
    if not isinstance(dimensions, int) or not 1 <= dimensions <= LARGEST_VECTOR:
        raise Refused(400, f"'dimensions' must be between 1 and {LARGEST_VECTOR}.", "dimensions")
    encoded = request.get("encoding_format") == "base64"
    data = []
    for index, text in enumerate(_listed(inputs)):
        packed = _vector(text, dimensions)
        value = base64.b64encode(packed).decode() if encoded else struct.unpack(f"<{dimensions}f", packed)
        data.append({"object": "embedding", "index": index, "embedding": value})
    tokens = prompt_tokens(request)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return orjson.dumps({"object": "list", "data": data, "model": request["model"], "usage": usage})


def _vector(text: object, dimensions: int) -> bytes:
    noise = hashlib.shake_128(orjson.dumps(text)).digest(2 * dimensions)
    values = [sample + 0.5 for sample in struct.unpack(f"<{dimensions}h", noise)]
    norm = math.sqrt(sum(value * value for value in values))
    return struct.pack(f"<{dimensions}f", *(value / norm for value in values))


def model(name: str) -> Json:
    """One entry of the list of models."""
    if name.startswith("missing"):
        raise Refused(404, f"The model '{name}' does not exist", "model")
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "mock"}


def models() -> bytes:
    return orjson.dumps({"object": "list", "data": [model(name) for name in MODELS]})
