"""What the mock says to requests for images, speech, transcripts, moderation and ranking. Pure, as `answers` is.

A transcript says the file's name and size; it lasts a second for each 16,000 bytes of the file. Speech is the text as
bytes, sixteen times. An image is its prompt. Usage is OpenAI's, and agrees with all that.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

import orjson

from nemoproxy.mock.answers import CREATED, Json, Refused
from nemoproxy.mock.options import Plan

JSON = "application/json"
ROUTES = (
    "/images/generations",
    "/images/edits",
    "/audio/speech",
    "/audio/transcriptions",
    "/moderations",
    "/rerank",
)
SOUNDS = {"mp3": "audio/mpeg", "opus": "audio/opus", "aac": "audio/aac", "flac": "audio/flac", "wav": "audio/wav"}
BYTES_PER_SECOND = 16_000
IMAGE_TOKENS = 272
MOST_IMAGES = 128


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Events:
    """An answer as events: what each is called, and its JSON. `stop`: `[DONE]` follows."""

    items: tuple[tuple[str, Json], ...]
    stop: bool = False

    def lines(self) -> Iterator[bytes]:
        for name, event in self.items:
            yield (b"event: %b\n" % name.encode() if name else b"") + b"data: " + orjson.dumps(event) + b"\n\n"
        if self.stop:
            yield b"data: [DONE]\n\n"


def parse_form(body: bytes) -> Json | None:
    """The fields of a form, files as `File`; a field that is repeated is a list."""
    boundary = body.partition(b"\r\n")[0]
    form: Json = {}
    for part in body.split(b"\r\n" + boundary)[:-1]:
        head, _, content = part.removeprefix(boundary).partition(b"\r\n\r\n")
        named = re.search(rb'[; ]name="([^"]*)"', head)
        if named is None:
            return None
        file = re.search(rb'filename="((?:[^"\\]|\\.)*)"', head)
        name = named[1].decode()
        value: Any = content.decode(errors="replace") if file is None else File(file[1].decode(), content)
        form[name] = [*_listed(form[name]), value] if name in form else value
    return form


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def answer(route: str, request: Json, plan: Plan) -> tuple[str, bytes] | Events:
    """Content type and body, or events."""
    if route in ("/images/generations", "/images/edits"):
        return _images(request, plan, edit=route == "/images/edits")
    if route == "/audio/speech":
        return _speech(request, plan)
    if route == "/audio/transcriptions":
        return _transcription(request, plan)
    return JSON, _moderation(request) if route == "/moderations" else _ranking(request)


def _text(request: Json, name: str) -> str:
    text = request.get(name)
    if not isinstance(text, str) or not text:
        raise Refused(400, f"Missing required parameter: '{name}'.", name)
    return text


def _count(request: Json, name: str, most: float = inf) -> int | None:
    """A whole number from 1 on; one so large that JSON's reader made a float of it is one as well."""
    number = request.get(name)
    if number is None:
        return None
    if isinstance(number, str) and number.isdecimal():  # of a form
        number = int(number)
    if not isinstance(number, int | float) or isinstance(number, bool) or not 1 <= number <= most or number % 1:
        raise Refused(400, f"'{name}' must be a whole number from 1 to {most}.", name)
    return int(number)


def _tokens(text: str) -> int:
    return 4 + -(-len(text) // 4)


def _images(request: Json, plan: Plan, *, edit: bool) -> tuple[str, bytes] | Events:
    prompt = _text(request, "prompt")
    count = _count(request, "n", MOST_IMAGES) or 1
    image = base64.b64encode(prompt.encode() + b"." * plan.size).decode()
    sources = [file for file in _listed(request.get("image[]", request.get("image", []))) if isinstance(file, File)]
    if edit and not sources:
        raise Refused(400, "Missing required parameter: 'image'.", "image")
    seen = IMAGE_TOKENS * len(sources)
    told, made = _tokens(prompt) + seen, IMAGE_TOKENS * count
    details = {"text_tokens": told - seen, "image_tokens": seen}
    usage = {
        "input_tokens": told,
        "output_tokens": made,
        "total_tokens": told + made,
        "input_tokens_details": details,
    }
    if request.get("stream") in (True, "true"):
        kind = "image_edit" if edit else "image_generation"
        partial: Json = {
            "type": f"{kind}.partial_image",
            "partial_image_index": 0,
            "b64_json": image,
            "created_at": CREATED,
        }
        whole: Json = {"type": f"{kind}.completed", "b64_json": image, "created_at": CREATED, **_usage(usage, plan)}
        return Events(((f"{kind}.partial_image", partial), (f"{kind}.completed", whole)))
    data = [{"b64_json": image} for _ in range(plan.events or count)]
    return JSON, orjson.dumps({"created": CREATED, "data": data, **_usage(usage, plan)})


def _usage(usage: Json, plan: Plan) -> Json:
    return {} if plan.usage == "missing" else {"usage": usage}


def _speech(request: Json, plan: Plan) -> tuple[str, bytes] | Events:
    sound = (_text(request, "input").encode() + b"\0\xff\r\n") * 16 + b"\0" * plan.size
    if not isinstance(request.get("voice"), str | dict):
        raise Refused(400, "Missing required parameter: 'voice'.", "voice")
    if request.get("stream_format") == "sse":
        half = len(sound) // 2
        parts = [base64.b64encode(part).decode() for part in (sound[:half], sound[half:])]
        told = _tokens(request["input"])
        usage = {"input_tokens": told, "output_tokens": 40, "total_tokens": told + 40}
        deltas = tuple(("", {"type": "speech.audio.delta", "audio": part}) for part in parts)
        return Events((*deltas, ("", {"type": "speech.audio.done", **_usage(usage, plan)})))
    return SOUNDS.get(str(request.get("response_format", "mp3")), "application/octet-stream"), sound


def _transcription(request: Json, plan: Plan) -> tuple[str, bytes] | Events:
    file = request.get("file")
    if not isinstance(file, File):
        raise Refused(400, "Missing required parameter: 'file'.", "file")
    text = f"{file.name} has {len(file.content)} bytes"
    seconds = len(file.content) / BYTES_PER_SECOND
    tokens = _token_usage(text, seconds)
    if request.get("stream") == "true":
        words = tuple(("", {"type": "transcript.text.delta", "delta": word}) for word in re.findall(r"\s*\S+", text))
        return Events((*words, ("", {"type": "transcript.text.done", "text": text, **_usage(tokens, plan)})), stop=True)
    kind = str(request.get("response_format", "json"))
    if kind in ("text", "srt", "vtt"):
        return "text/plain; charset=utf-8", _subtitles(kind, text, seconds).encode()
    heard = {"type": "duration", "seconds": -(-len(file.content) // BYTES_PER_SECOND)}
    usage = _usage(heard if kind == "verbose_json" else tokens, plan)
    if kind != "verbose_json":
        return JSON, orjson.dumps({"text": text, **usage})
    segment = {"id": 0, "start": 0.0, "end": seconds, "text": text, "seek": 0, "tokens": [], "temperature": 0.0}
    segment |= {"avg_logprob": 0.0, "compression_ratio": 1.0, "no_speech_prob": 0.0}
    grain = _listed(request.get("timestamp_granularities[]", []))
    words_ = (
        {"words": [{"word": word, "start": 0.0, "end": seconds} for word in text.split()]} if "word" in grain else {}
    )
    whole = {"task": "transcribe", "language": "english", "duration": seconds, "text": text, "segments": [segment]}
    return JSON, orjson.dumps({**whole, **words_, **usage})


def _token_usage(text: str, seconds: float) -> Json:
    heard, written = int(seconds * 10) + 1, len(text.split())
    return {
        "type": "tokens",
        "input_tokens": heard,
        "output_tokens": written,
        "total_tokens": heard + written,
        "input_token_details": {"text_tokens": 0, "audio_tokens": heard},
    }


def _subtitles(kind: str, text: str, seconds: float) -> str:
    if kind == "text":
        return text + "\n"
    end = f"00:00:{int(seconds):02d}.{int(seconds * 1000) % 1000:03d}"
    if kind == "vtt":
        return f"WEBVTT\n\n00:00:00.000 --> {end}\n{text}\n\n"
    return f"1\n00:00:00,000 --> {end.replace('.', ',')}\n{text}\n\n"


CATEGORIES = (
    *("harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm"),
    *("self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic"),
)


def _moderation(request: Json) -> bytes:
    """Whatever speaks of a fight is violence."""
    asked = request.get("input")
    if not asked:
        raise Refused(400, "Missing required parameter: 'input'.", "input")
    parts = isinstance(asked, list) and isinstance(asked[0], dict)
    results = []
    for text in [asked] if parts else _listed(asked):
        flagged = "fight" in str(text)
        categories = {name: flagged and name == "violence" for name in CATEGORIES}
        scores = {name: 0.9 if hit else 0.01 for name, hit in categories.items()}
        applied: dict[str, list[str]] = {name: ["text"] for name in CATEGORIES}
        results.append(
            {
                "flagged": flagged,
                "categories": categories,
                "category_scores": scores,
                "category_applied_input_types": applied,
            }
        )
    model = request.get("model", "omni-moderation-latest")
    return orjson.dumps({"id": "modr-mock", "model": model, "results": results})


def _ranking(request: Json) -> bytes:
    """By how many words of the query a document has."""
    words = set(_text(request, "query").lower().split())
    documents = request.get("documents")
    if not isinstance(documents, list):
        raise Refused(400, "Missing required parameter: 'documents'.", "documents")
    texts = [str(document.get("text", "")) if isinstance(document, dict) else str(document) for document in documents]
    scores = [len(words & set(text.lower().split())) / max(len(words), 1) for text in texts]
    order = sorted(range(len(texts)), key=lambda index: (-scores[index], index))[: _count(request, "top_n")]
    results: list[Json] = [{"index": index, "relevance_score": scores[index]} for index in order]
    if request.get("return_documents"):
        results = [{**row, "document": {"text": texts[row["index"]]}} for row in results]
    told = sum(_tokens(text) for text in [request["query"], *texts])
    return orjson.dumps(
        {
            "id": "rerank-mock",
            "model": request["model"],
            "results": results,
            "usage": {"prompt_tokens": told, "total_tokens": told},
        }
    )
