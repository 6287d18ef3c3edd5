"""What `/openapi.json` says of each route: what is sent and what comes back. `openapi` makes the document of it.

Members that the gateway does not read are the provider's business, so no object here is closed.
"""

from __future__ import annotations

from typing import Any

from nemoproxy.errors import (
    BodyTooLarge,
    CreditCheckFailed,
    IdempotencyInFlight,
    IdempotencyMismatch,
    InsufficientCredits,
    InternalError,
    NotFound,
    NotYetAvailable,
    PermissionDenied,
    RateLimited,
    RequestTimeout,
    UnsupportedMediaType,
    UpstreamInvalid,
    UpstreamTimeout,
)
from nemoproxy.server.routes import About
from nemoproxy.types import Endpoint

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
TEXT: Schema = {"type": "string", "minLength": 1}
NUMBER: Schema = {"type": "number"}
INTEGER: Schema = {"type": "integer"}
FLAG: Schema = {"type": ["boolean", "null"]}
COUNT: Schema = {"type": ["integer", "null"], "minimum": 1, "maximum": 128}
TOKENS: Schema = {"type": ["integer", "null"], "minimum": 0, "maximum": 2**31 - 1}
FILE: Schema = {"type": "string", "contentMediaType": "application/octet-stream", "format": "binary"}
OBJECT: Schema = {"type": "object"}


def items(schema: Schema, least: int = 0) -> Schema:
    return {"type": "array", "items": schema, **({"minItems": least} if least else {})}


def members(required: str, **schemas: Schema) -> Schema:
    """An object; `required` are names with a space between."""
    return {"type": "object", "properties": schemas, **({"required": required.split()} if required else {})}


def json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def plain(*types: str) -> dict[str, Any]:
    return {name: {"schema": STRING} for name in types}


EXTENSIONS: dict[str, Schema] = {
    "nemo_cache": {"type": "boolean", "description": "`false` passes the response cache by."},
    "nemo_guardrail_ids": {**items(STRING), "description": "Run these guardrails, and those that are mandatory."},
    "nemo_prompt_template_id": {"type": "string", "description": "A prompt template, by id or slug."},
    "nemo_prompt_variables": {"type": "object", "description": "What the template's variables stand for."},
    "nemo_prompt_version": {"type": "integer", "minimum": 1, "description": "That version of the template."},
}
"""Taken out before a provider sees the request; also in `extra_body` and `metadata`."""

TEXTS: Schema = {
    "anyOf": [
        TEXT,
        items(STRING, 1),
        items({"type": "integer", "minimum": 0}, 1),
        items(items({"type": "integer", "minimum": 0}), 1),
    ]
}
PART = members("type", type=STRING, text={"type": ["string", "null"]})
MESSAGE = members("role", role=STRING, content={"anyOf": [STRING, {"type": "null"}, items(PART)]})
WRITING: dict[str, Schema] = {
    "model": TEXT,
    "stream": FLAG,
    "stream_options": {"anyOf": [{"type": "null"}, members("", include_usage=FLAG)]},
    "max_tokens": TOKENS,
    "max_completion_tokens": TOKENS,
    "n": COUNT,
    "temperature": {"type": ["number", "null"]},
    "top_p": {"type": ["number", "null"]},
    "user": STRING,
}
MODEL_OBJECT = members(
    "id object created owned_by", id=STRING, object={"const": "model"}, created=INTEGER, owned_by=STRING
)
ENTRY = members(
    "id type amount created_at",
    id={},
    type=STRING,
    amount=NUMBER,
    request_id={"type": ["string", "null"]},
    created_at=STRING,
)
SSE = {"text/event-stream": {"schema": {**members("data", data=STRING, event=STRING), "description": "Each event."}}}

COMMON = (BodyTooLarge, RequestTimeout, UnsupportedMediaType, IdempotencyInFlight, IdempotencyMismatch)
SPENDING = (InsufficientCredits, PermissionDenied, NotFound, RateLimited, InternalError)
UPSTREAM = (UpstreamInvalid, CreditCheckFailed, UpstreamTimeout)
ERRORS = (*COMMON, *SPENDING, *UPSTREAM)


def _posts(summary: str, body: dict[str, Any], content: dict[str, Any], *, media: bool = True) -> About:
    more = (NotYetAvailable,) if media else ()
    return About(summary, "Inference", content, body=body, errors=(*ERRORS, *more))


def _as_anthropic(summary: str, body: dict[str, Any], content: dict[str, Any]) -> About:
    return About(summary, "Inference", content, body=body, errors=ERRORS, shape="AnthropicError")


def _body(required: str, **schemas: Schema) -> dict[str, Any]:
    return json(members(required, **schemas, **EXTENSIONS))


def _form(required: str, **schemas: Schema) -> dict[str, Any]:
    return {"multipart/form-data": {"schema": members(required, **schemas, **EXTENSIONS)}}


_MODERATED = {"anyOf": [STRING, items({"anyOf": [STRING, OBJECT]}, 1)]}
INFERENCE: dict[Endpoint, About] = {
    Endpoint.CHAT: _posts(
        "A chat completion, whole or as events",
        _body(
            "model messages", messages=items(MESSAGE, 1), tools={"type": ["array", "null"], "items": OBJECT}, **WRITING
        ),
        {**json(OBJECT), **SSE},
        media=False,
    ),
    Endpoint.COMPLETIONS: _posts(
        "A completion of a prompt, whole or as events",
        _body("model prompt", prompt=TEXTS, best_of=COUNT, **WRITING),
        {**json(OBJECT), **SSE},
        media=False,
    ),
    Endpoint.EMBEDDINGS: _posts(
        "Vectors of texts",
        _body(
            "model input", model=TEXT, input=TEXTS, dimensions=INTEGER, encoding_format={"enum": ["float", "base64"]}
        ),
        json(OBJECT),
        media=False,
    ),
    Endpoint.IMAGES: _posts(
        "Images of a description, whole or as events",
        _body("model prompt", model=TEXT, prompt=TEXT, n=COUNT, size=STRING, quality=STRING, stream=FLAG),
        {**json(OBJECT), **SSE},
    ),
    Endpoint.IMAGE_EDITS: _posts(
        "Images made of other images",
        _form(
            "model prompt image",
            model=TEXT,
            prompt=TEXT,
            image=FILE,
            mask=FILE,
            n={"type": "integer", "minimum": 1, "maximum": 128},
        ),
        {**json(OBJECT), **SSE},
    ),
    Endpoint.SPEECH: _posts(
        "A text spoken, as it comes",
        _body(
            "model input voice",
            model=TEXT,
            input=TEXT,
            voice=STRING,
            response_format=STRING,
            stream_format={"enum": ["audio", "sse"]},
        ),
        {
            **plain("audio/mpeg", "audio/opus", "audio/aac", "audio/flac", "audio/wav", "application/octet-stream"),
            **SSE,
        },
    ),
    Endpoint.TRANSCRIPTIONS: _posts(
        "What is said in a sound",
        _form(
            "model file",
            model=TEXT,
            file=FILE,
            language=STRING,
            prompt=STRING,
            response_format={"enum": ["json", "text", "srt", "verbose_json", "vtt"]},
            stream={"type": "boolean"},
        ),
        {**json(OBJECT), **plain("text/plain", "text/vtt", "application/x-subrip"), **SSE},
    ),
    Endpoint.MODERATIONS: _posts(
        "Whether texts and images are harmful", _body("input", model=TEXT, input=_MODERATED), json(OBJECT)
    ),
    Endpoint.RERANK: _posts(
        "Documents by how well they answer a query",
        _body(
            "model query documents",
            model=TEXT,
            query=TEXT,
            documents=items({"anyOf": [STRING, OBJECT]}, 1),
            top_n=INTEGER,
        ),
        json(OBJECT),
    ),
}

_TEXT_BLOCK = members("type text", type={"const": "text"}, text=TEXT)
_BLOCK = members(
    "type",
    type={
        "enum": [
            "text",
            "image",
            "document",
            "search_result",
            "tool_use",
            "tool_result",
            "thinking",
            "redacted_thinking",
        ]
    },
)
_TURN = members("role content", role={"enum": ["user", "assistant"]}, content={"anyOf": [TEXT, items(_BLOCK, 1)]})
_ASKED: dict[str, Schema] = {
    "model": TEXT,
    "messages": items(_TURN, 1),
    "system": {"anyOf": [STRING, items(_TEXT_BLOCK)]},
    "tools": items(members("name input_schema", name=TEXT, input_schema=OBJECT)),
}
MESSAGES = _as_anthropic(
    "A message of Anthropic's API from any model, whole or as events; its errors are Anthropic's as well",
    _body(
        "model messages max_tokens", max_tokens={"type": "integer", "minimum": 1}, stream={"type": "boolean"}, **_ASKED
    ),
    {**json(OBJECT), **SSE},
)
COUNT_TOKENS = _as_anthropic(
    "How many tokens such a prompt has, by the gateway's own count",
    json(members("model messages", **_ASKED)),
    json(members("input_tokens", input_tokens=INTEGER)),
)

PAGE = (
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50}},
    {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 2**40, "default": 0}},
)


def asked(*names: str) -> tuple[dict[str, Any], ...]:
    """Parameters that have to be there."""
    return tuple({"name": name, "in": "query", "required": True, "schema": TEXT} for name in names)


def read(summary: str, tag: str, content: Schema, *, query: tuple[dict[str, Any], ...] = ()) -> About:
    """A page of what the gateway has for the caller's organisation."""
    return About(summary, tag, json(content), query=query, errors=(RateLimited, NotFound), prefixed=False)


LISTED = members("data", data=items(OBJECT))
GUARDRAILS = read("The guardrails there are", "Guardrails", LISTED)
GUARDRAIL = read("One of them", "Guardrails", OBJECT, query=asked("guardrail_id"))
GUARDRAIL_LOGS = read(
    "What they found, newest first; never what it was",
    "Guardrails",
    members("data limit offset total", data=items(OBJECT), limit=INTEGER, offset=INTEGER, total=INTEGER),
    query=PAGE,
)
PROMPTS = read("The prompt templates there are", "Prompts", LISTED)
PROMPT = read("One of them, with its versions", "Prompts", OBJECT, query=asked("prompt_id"))
PROMPT_DIFF = read("What is different in two versions", "Prompts", OBJECT, query=asked("v1", "v2"))
MODELS = About(
    "The models that the key may use",
    "Models",
    json(members("object data", object={"const": "list"}, data=items(MODEL_OBJECT))),
    errors=(RateLimited,),
)
MODEL = About("One of them", "Models", json(MODEL_OBJECT), rest="model", errors=(RateLimited, NotFound))
PRICING = About(
    "What models cost, in USD",
    "Models",
    json(members("object data", object={"const": "list"}, data=items(OBJECT))),
    errors=(RateLimited,),
    prefixed=False,
)
BALANCE = About(
    "What is left of the organisation's credits, in USD",
    "Credits",
    json(members("balance reserved available", balance=NUMBER, reserved=NUMBER, available=NUMBER)),
    errors=(RateLimited,),
    prefixed=False,
)
HISTORY = About(
    "What became of them, newest first",
    "Credits",
    json(members("data limit offset total", data=items(ENTRY), limit=INTEGER, offset=INTEGER, total=INTEGER)),
    query=PAGE,
    errors=(RateLimited,),
    prefixed=False,
)
ALIVE = About(
    "Whether the process answers", "Health", json(members("status", status=STRING)), keyless=True, prefixed=False
)
READY = About(
    "Whether it takes requests; 503 if not",
    "Health",
    json(members("status", status=STRING)),
    keyless=True,
    prefixed=False,
)
METRICS = About(
    "Metrics for Prometheus: with `server.metrics_token` as the key, or from the gateway's own machine",
    "Health",
    plain("text/plain"),
    errors=(PermissionDenied,),
    keyless=True,
    prefixed=False,
)
PROVIDERS = About(
    "Where calls go, and how each target is",
    "Health",
    json(members("object data", object={"const": "list"}, data=items(OBJECT))),
    errors=(RateLimited,),
    prefixed=False,
)
CAPABILITIES = About("Which endpoints there are", "About", json(OBJECT), keyless=True, prefixed=False)
OPENAPI = About("This document", "About", json(OBJECT), keyless=True, prefixed=False)
DOCS = About("This document, to be read", "About", plain("text/html"), keyless=True, prefixed=False)
