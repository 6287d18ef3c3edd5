"""`/openapi.json`, made from the route table; `/docs`, the same to be read; `/public/capabilities`, in short."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import orjson

from nemoproxy import __version__
from nemoproxy.errors import GatewayError, InternalError, InvalidRequest, Unauthenticated
from nemoproxy.server import routes, spec
from nemoproxy.server.cors import PREFLIGHT
from nemoproxy.server.exchange import JSON, Exchange
from nemoproxy.server.routes import Route
from nemoproxy.server.spec import EXTENSIONS, STRING, members
from nemoproxy.server.unsupported import UNSUPPORTED
from nemoproxy.types import Endpoint

HEADERS = {
    "x-nemo-request-id": "The request's id, also in the log.",
    "x-nemo-latency-ms": "Milliseconds until the head of the answer.",
    "x-nemo-request-cost": "What it cost, in USD: a decimal number. Of a stream it is a trailer.",
    "x-litellm-response-cost": "The same, as LiteLLM calls it.",
    "x-nemo-guardrails-applied": "The guardrails that ran, with commas between.",
    "x-nemo-post-call-guardrails": "Those of them that looked at the answer.",
    "x-nemo-guardrail-warning": "Those of them that found something and let it pass. Of a stream it is a trailer.",
    "x-nemo-stream-buffered": "`true` where a stream was held back until guardrails had seen all of it.",
    "x-nemo-prompt-version": "The version of the prompt template, an integer.",
    "x-nemo-ab-test": "The A/B test and the variant that was chosen: `test/variant`.",
    "x-nemo-cache": "`hit`, `miss` or `bypass`, where there is a response cache.",
    "x-nemo-idempotent-replay": "`true` where this is the answer that the `Idempotency-Key` got before.",
    "x-ratelimit-limit-requests": "Requests per minute, of the key, its team or its organisation: where least is left.",
    "x-ratelimit-remaining-requests": "What is left of them.",
    "x-ratelimit-reset-requests": "In what time all of them are there again: `59.9s`, `1m0.125s`.",
    "x-ratelimit-limit-tokens": "Tokens per minute, in the same way.",
    "x-ratelimit-remaining-tokens": "What is left of them.",
    "x-ratelimit-reset-tokens": "The same of tokens.",
    "retry-after": "Seconds until the same request is let in.",
    "retry-after-ms": "The same in milliseconds.",
    "x-should-retry": "`false`: sending it again will not help; `true`: it will.",
}
ALWAYS = ("x-nemo-request-id", "x-nemo-latency-ms")
ERROR = {
    **members("error code request_id", code={"type": ["string", "null"]}, request_id=STRING),
    "description": "OpenAI's error, with the code and the id of the request beside it.",
}
ERROR["properties"]["error"] = members("message type code param", message=STRING, type=STRING)
ANTHROPIC_ERROR = {
    **members("type error request_id", type={"const": "error"}, request_id=STRING),
    "description": "Anthropic's error; the code that OpenAI's would have is in `details.error_code`.",
}
ANTHROPIC_ERROR["properties"]["error"] = members("type message", type=STRING, message=STRING, details=spec.OBJECT)
CLIENT_CLASSES = {
    "guardrail_blocked": "NemoGuardrailBlockedError",
    "insufficient_credits": "NemoCreditError",
    "rate_limit_exceeded": "NemoRateLimitError",
    "tpm_limit_exceeded": "NemoRateLimitError",
    "credit_check_failed": "NemoServiceError",
}


class About:
    """The routes that tell about the others. `served` are the endpoints that there is a model for."""

    def __init__(self, served: Iterable[Endpoint]) -> None:
        self._served = set(served)
        self._bodies: dict[str, bytes] = {}

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/openapi.json", self.openapi, spec.OPENAPI),
            Route("GET", "/docs", self.docs, spec.DOCS),
            Route("GET", "/public/capabilities", self.capabilities, spec.CAPABILITIES),
        ]

    def describe(self, table: Iterable[Route]) -> None:
        """Make the documents: these are all the routes."""
        whole = document(table)
        self._bodies = {"openapi": orjson.dumps(whole), "docs": page(whole).encode()}

    async def openapi(self, exchange: Exchange, _rest: str) -> None:
        exchange.send(200, JSON, self._bodies["openapi"])

    async def docs(self, exchange: Exchange, _rest: str) -> None:
        policy = b"content-security-policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
        exchange.send(200, b"content-type: text/html; charset=utf-8\r\n" + policy, self._bodies["docs"])

    async def capabilities(self, exchange: Exchange, _rest: str) -> None:
        endpoints = [
            {
                "method": "POST",
                "path": f"/v1{endpoint.path}",
                "capability": endpoint.capability or ("embedding" if endpoint is Endpoint.EMBEDDINGS else "chat"),
                "available": endpoint in self._served,
            }
            for endpoint in Endpoint
        ]
        body = {"object": "capabilities", "endpoints": endpoints, "unsupported_endpoints": _unsupported()}
        exchange.send(200, JSON, orjson.dumps(body))


async def preflight(exchange: Exchange, _rest: str) -> None:
    """What a browser asks before a page of somebody else may call."""
    exchange.send(200, b"allow: GET, HEAD, OPTIONS, POST\r\n" + PREFLIGHT, b"")


def document(table: Iterable[Route]) -> dict[str, Any]:
    """OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for route in table:
        path = ("/v1" if route.about.prefixed else "") + route.path.replace("*", f"{{{route.about.rest}}}")
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "NemoProxy",
            "version": __version__,
            "description": "One key, one base URL, the OpenAI API. What was done is told in `x-nemo-*` headers.",
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"x-api-key": []}, {"api-key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A virtual key: `sk-nemo-...`"},
                "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "api-key": {"type": "apiKey", "in": "header", "name": "api-key"},
            },
            "schemas": {"Error": ERROR, "AnthropicError": ANTHROPIC_ERROR},
            "headers": {
                name: {"description": text, "schema": STRING, **({"required": True} if name in ALWAYS else {})}
                for name, text in HEADERS.items()
            },
        },
        "x-error-classes": [
            {"status": kind.status, "code": kind.code, "type": kind.type, "class": CLIENT_CLASSES.get(kind.code)}
            for kind in _kinds(GatewayError)
        ],
        "x-extension-fields": EXTENSIONS,
        "unsupported_endpoints": _unsupported(),
    }


def _unsupported() -> list[dict[str, str]]:
    return [{"path": f"/v1{path}", "instead": instead} for path, instead in UNSUPPORTED.items()]


def _kinds(kind: type[GatewayError]) -> list[type[GatewayError]]:
    found = [each for sub in kind.__subclasses__() for each in (sub, *_kinds(sub))]
    return sorted(found, key=lambda each: (each.status, each.code))


def _operation(route: Route) -> dict[str, Any]:
    about = route.about
    name = f"{route.method}{route.path}".lower().replace("*", about.rest)
    operation: dict[str, Any] = {
        "operationId": "_".join(part for part in name.replace(".", "/").replace("-", "_").split("/") if part),
        "summary": about.summary,
        "tags": [about.tag],
        "responses": _responses(about),
    }
    parameters = list(about.query)
    if route.path.endswith("*"):
        parameters.append(
            {"name": about.rest, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        )
    if parameters:
        operation["parameters"] = parameters
    if about.body is not None:
        operation["requestBody"] = {"required": True, "content": about.body}
    if about.keyless:
        operation["security"] = []
    return operation


def _responses(about: routes.About) -> dict[str, Any]:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS}
    always = {name: headers[name] for name in ALWAYS}
    errors: set[type[GatewayError]] = {InvalidRequest, InternalError, *about.errors}
    if not about.keyless:
        errors.add(Unauthenticated)
    responses: dict[str, Any] = {
        "200": {
            "description": "It went well.",
            "headers": always if about.keyless else headers,
            "content": about.content,
        }
    }
    error = _error(about.shape)
    for kind in sorted(errors, key=lambda kind: kind.status):
        described = responses.setdefault(
            str(kind.status),
            {
                "description": "",
                "headers": always if about.keyless else headers,
                # A bug of ours knows no route.
                "content": _error(about.shape, "Error") if kind is InternalError else error,
            },
        )
        described["description"] += f"{', ' if described['description'] else ''}`{kind.code}`"
    if about is spec.READY:
        responses["503"] = {"description": "Not ready.", "headers": always, "content": about.content}
    if about.body is not None:
        responses["4XX"] = {
            "description": "What the provider refuses, in the same shape.",
            "headers": headers,
            "content": error,
        }
        responses["5XX"] = {"description": "What goes wrong at the provider.", "headers": headers, "content": error}
    return responses


def _error(*shapes: str) -> dict[str, Any]:
    either = [{"$ref": f"#/components/schemas/{shape}"} for shape in dict.fromkeys(shapes)]
    return spec.json(either[0] if len(either) == 1 else {"anyOf": either})


STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "code{background:#f2f2f2;padding:.1em .3em;border-radius:3px}table{border-collapse:collapse;width:100%}"
    "td{border-top:1px solid #ddd;padding:.3rem .6rem;vertical-align:top}summary{cursor:pointer;padding:.3rem 0}"
    "@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}code{background:#333}td{border-color:#444}}"
)


def page(whole: dict[str, Any]) -> str:
    """The document to be read, with nothing from elsewhere in it."""
    sections: dict[str, list[str]] = {}
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            sections.setdefault(operation["tags"][0], []).append(_described(f"{method.upper()} {path}", operation))
    inner = "".join(f"<h2>{escape(tag)}</h2>{''.join(parts)}" for tag, parts in sections.items())
    extensions = _table((name, field.get("description", "")) for name, field in EXTENSIONS.items())
    errors = _table(
        (f"{kind['status']} {kind['code']}", kind["class"] or kind["type"]) for kind in whole["x-error-classes"]
    )
    unsupported = _table((row["path"], row["instead"]) for row in whole["unsupported_endpoints"])
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>NemoProxy</title><style>{STYLE}</style><h1>NemoProxy {escape(whole['info']['version'])}</h1>"
        f"<p>{_code(whole['info']['description'])} For machines: <a href='/openapi.json'>/openapi.json</a>.</p>{inner}"
        f"<h2>Extension fields</h2>{extensions}<h2>Response headers</h2>{_table(HEADERS.items())}"
        f"<h2>Errors</h2>{errors}<h2>What is not here</h2>{unsupported}</html>"
    )


def _described(title: str, operation: dict[str, Any]) -> str:
    fields: list[tuple[str, str]] = []
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        required = content["schema"].get("required", [])
        known = (name for name in content["schema"]["properties"] if name not in EXTENSIONS)
        fields += [(name, f"required, {media_type}" if name in required else media_type) for name in known]
    fields += [(row["name"], f"in the {row['in']}") for row in operation.get("parameters", [])]
    answers = ((status, answer["description"]) for status, answer in operation["responses"].items())
    return (
        f"<details><summary><code>{escape(title)}</code> {_code(operation['summary'])}</summary>"
        f"{_table(fields)}<h4>Answers</h4>{_table(answers)}</details>"
    )


def _table(rows: Iterable[tuple[str, str]]) -> str:
    return "<table>" + "".join(f"<tr><td><code>{escape(a)}</code><td>{_code(b)}" for a, b in rows) + "</table>"


def _code(text: str) -> str:
    """Escaped, with what stands between backticks as code."""
    parts = escape(text, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
