"""OpenAI's side of a translation: the pieces that every translator writes and reads in the same way. Pure."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import orjson

from nemoproxy.errors import InvalidRequest

Json = dict[str, Any]
T = TypeVar("T")

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w-]+=[^;,]*)*)(;base64)?,", re.IGNORECASE)


class Chunks:
    """The chunks of one choice of a streamed chat completion; all but what changes is rendered once.

    The first delta gets the `role`, as OpenAI's does, and `content`, if only to say that there is none.
    """

    __slots__ = ("_head", "_opening", "started")

    def __init__(self, id: str, model: str, created: int, index: int = 0) -> None:
        envelope = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model}
        self._head = orjson.dumps(envelope)[:-1]
        self._opening = self._head + b',"choices":[{"index":%d,"delta":{' % index
        self.started = False

    def delta(self, members: bytes, logprobs: bytes = b"null") -> bytes:
        """A chunk with these members of `delta`, rendered and without braces: `b'"content":"Hi"'`."""
        if self.started:
            role = b""
        else:
            self.started = True
            said = members.startswith(b'"content"')
            role = b'"role":"assistant",' if said else b'"role":"assistant","content":null,'
        return b'%b%b%b},"logprobs":%b,"finish_reason":null}]}' % (self._opening, role, members, logprobs)

    def finish(self, reason: str, **extra: object) -> bytes:
        """The chunk that ends the choice. `extra` are further members of the choice."""
        role = b"" if self.started else b'"role":"assistant","content":""'
        self.started = True
        ending = orjson.dumps({"logprobs": None, "finish_reason": reason, **extra})
        return b"%b%b},%b]}" % (self._opening, role, ending[1:])

    def usage(self, usage: Json) -> bytes:
        """The last chunk: no choices, and what was used."""
        return b'%b,"choices":[],"usage":%b}' % (self._head, orjson.dumps(usage))


def completion(id: str, model: str, created: int, choice: Json, usage: Json | None, **extra: object) -> bytes:
    """A whole chat completion of one choice."""
    answer: Json = {"id": id, "object": "chat.completion", "created": created, "model": model, "choices": [choice]}
    if usage is not None:
        answer["usage"] = usage
    return orjson.dumps({**answer, **extra})


def with_usage(embeddings: bytes, prompt_tokens: int) -> bytes:
    """An answer to /embeddings with the gateway's count, where its provider said nothing: OpenAI's clients read one."""
    if b'"usage":' in embeddings[-100:]:
        return embeddings
    usage = orjson.dumps({"prompt_tokens": prompt_tokens, "total_tokens": prompt_tokens})
    return b'%b,"usage":%b}' % (embeddings[:-1], usage)


def error(message: str, kind: str, code: str | None = None, param: str | None = None, **extra: object) -> bytes:
    """OpenAI's error body, which is its error event's data as well."""
    return orjson.dumps({"error": {"message": message, "type": kind, "param": param, "code": code, **extra}})


def excerpt(status: int, body: bytes) -> str:
    """What can be said of an error answer that is not JSON."""
    text = re.sub(r"<[^>]*>", " ", body[:2000].decode("utf-8", "replace"))
    text = " ".join(text.split())[:200]
    return f"The provider answered with status {status}" + (f": {text}" if text else ".")


def data_url(url: str) -> tuple[str, str] | None:
    """Media type (lower case, without parameters) and base64 text of a data URL; None for any other URL.

    Raises ValueError for one that is not base64.
    """
    if url[:5].lower() != "data:":
        return None
    match = _DATA_URL.match(url)
    if match is None or match[3] is None:
        raise ValueError("a data URL has to say a media type and be base64")
    return (match[1] or "text/plain").lower(), url[match.end() :]


def expect(value: object, kind: type[T], field: str) -> T:
    """`value`, which has to be a `kind`."""
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        name = {str: "a string", list: "an array", dict: "an object", int: "an integer", bool: "a boolean"}[kind]
        raise InvalidRequest(f"'{field}' has to be {name}.", param=field)
    return value
