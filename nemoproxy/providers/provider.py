"""One configured provider, whatever it speaks: its connections, its credentials, and the heads of its requests."""

from __future__ import annotations

import re
import ssl
from collections.abc import Coroutine
from math import inf
from typing import Any
from urllib.parse import urlsplit

import orjson

from nemoproxy.config import Provider as ProviderConfig
from nemoproxy.providers.anthropic import VERSION, AnthropicDialect
from nemoproxy.providers.gemini import Gemini
from nemoproxy.providers.openai import error_members, listed
from nemoproxy.providers.openai_shape import excerpt
from nemoproxy.providers.translated import Translation, Translator
from nemoproxy.providers.translation import Answer, Dialect
from nemoproxy.types import Endpoint, Steering
from nemoproxy.upstream import PASS, Connection, Manner, Origin, Pool, Sweeper, Timeouts

DIALECTS: dict[str, Dialect] = {"anthropic": AnthropicDialect(), "gemini": Gemini()}
"""OpenAI's own language needs none: bodies and answers pass through."""
_CREDENTIALS = {"openai": "authorization: Bearer {}", "anthropic": "x-api-key: {}", "gemini": "x-goog-api-key: {}"}
_LISTS = {"openai": "/models", "anthropic": "/models?limit=1000", "gemini": "/models?pageSize=1000"}
_LIST_HEADERS = {"anthropic": b"anthropic-version: %b\r\n" % VERSION.encode()}

# Providers quote the key they refused, shortened; what is left of it is not the client's to see.
_CREDENTIAL = re.compile(
    r"\b(?:(?:sk|key|gsk|xai)-[A-Za-z0-9_*.-]{6,}|AIza[A-Za-z0-9_*-]{10,}|(?:AQ|ya29)\.[A-Za-z0-9_*.-]{10,})"
)
SHORTEST_SECRET = 6
"""A header's value, or an address, of fewer characters is a word or a number, which errors are full of."""
UNMISTAKABLE = 20
"""A key of as many characters is in no text by chance, and is blotted out of whatever the provider says."""
THE_ONLY_KEY = ""


class Provider:
    """`keys`: the names of its credentials, which the router knows them by; none if there is no choice."""

    def __init__(self, name: str, config: ProviderConfig, sweeper: Sweeper) -> None:
        self.name = name
        self.kind = config.kind
        self.dialect = DIALECTS.get(config.kind)
        url = urlsplit(config.base_url or "")
        tls = ssl.create_default_context(cafile=config.ca_file) if url.scheme == "https" else None
        origin = Origin(url.hostname or "", url.port or (443 if tls else 80), tls)
        limits = config.timeouts
        timeouts = Timeouts(limits.connect_s, limits.first_byte_s, limits.idle_s, limits.total_s)
        given = _keys(config)
        self._pool = Pool(
            origin,
            timeouts,
            sweeper,
            max_idle=config.pool.max_idle,
            idle_s=config.pool.idle_s,
            secrets=[key.encode() for key in given.values() if len(key) >= UNMISTAKABLE],
        )
        headers = {
            "host": url.netloc,
            "user-agent": "nemoproxy",
            "accept": "application/json, text/event-stream",
            "accept-encoding": "identity",
            "openai-organization": config.organization,
            "openai-project": config.project,
        }
        headers |= {name.lower(): value.reveal() for name, value in config.headers.items()}
        self.keys = [name for name in given if name != THE_ONLY_KEY]
        hidden = [*(value.reveal() for value in config.headers.values()), url.netloc]
        self._secrets = [*given.values(), *(text for text in hidden if len(text) >= SHORTEST_SECRET)]
        self._path = url.path
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
        keys = {name: _CREDENTIALS[config.kind].format(key) + "\r\n" for name, key in given.items()}
        self._fields = {name: fields + keys.get(name, "") for name in given or {THE_ONLY_KEY: ""}}
        self._posts = {
            key: {
                each: self._head("POST", each.path, key)
                + (b"" if each.multipart else b"content-type: application/json\r\n")
                for each in Endpoint
            }
            for key in self._fields
        }

    def _head(self, method: str, path: str, key: str) -> bytes:
        return f"{method} {self._path}{path} HTTP/1.1\r\n{self._fields[key]}".encode("latin-1")

    def post(
        self,
        endpoint: Endpoint,
        body: bytes,
        client: Steering,
        key: str = THE_ONLY_KEY,
        manner: Manner = PASS,
        *,
        boundary: str | None = None,
    ) -> Coroutine[Any, Any, Connection]:
        """Send a request as it is. The answer is whole, or it has begun: see `upstream.Connection.ask`.

        `boundary` is that of a form."""
        head = b"%bcontent-length: %d\r\n\r\n" % (self._posts[key][endpoint], len(body))
        if boundary is not None:
            head = b'%bcontent-type: multipart/form-data; boundary="%b"\r\n\r\n' % (head[:-2], boundary.encode())
        return self._pool.open(head, body, client, manner)

    async def send(
        self, asked: Translation, client: Steering, key: str = THE_ONLY_KEY, until: float = inf
    ) -> Connection:
        """Send a translated request. A streamed answer comes back translated; another is whole, and as it came."""
        sent = asked.outgoing
        more = "".join(f"{name}: {value}\r\n" for name, value in sent.headers).encode("latin-1")
        head = b"%bcontent-type: application/json\r\n%bcontent-length: %d\r\n\r\n" % (
            self._head("POST", sent.path, key),
            more,
            len(sent.body),
        )
        manner = Manner(Translator(asked.events(), self.scrub), True, until)
        return await self._pool.open(head, sent.body, client, manner)

    async def models(self, client: Steering) -> dict[str, dict[str, object]]:
        """What it says it has, by name, as OpenAI lists models; nothing if it does not say."""
        head = self._head("GET", _LISTS[self.kind], next(iter(self._fields))) + _LIST_HEADERS.get(self.kind, b"")
        connection = await self._pool.open(head + b"\r\n", b"", client)
        try:
            reply = connection.answer
            return listed(reply.take(), self.name) if reply.status == 200 else {}
        finally:
            self.done(connection)

    def done(self, connection: Connection) -> None:
        """The call on `connection` is over."""
        self._pool.close(connection)

    def error(self, status: int, body: bytes, request_id: str, asked: Translation | None = None) -> Answer:
        """An error answer of this provider in the gateway's shape, whatever its own was; without our credentials, and
        without saying where it is."""
        said = Answer(status, body) if asked is None else asked.answer(status, body)
        error = error_members(said.body) or {"message": excerpt(said.status, said.body)}
        message = error.get("message")
        error["message"] = message if isinstance(message, str) and message else excerpt(said.status, b"")
        error.setdefault("type", "upstream_error" if said.status >= 500 else "invalid_request_error")
        error.setdefault("code", None)
        error.setdefault("param", None)
        error = self._without_secrets(error)
        text = orjson.dumps({"error": error, "code": error["code"], "request_id": request_id})
        return Answer(said.status, text, said.retry_after_s)

    def scrub(self, document: bytes) -> bytes:
        """An error in JSON, without our credentials in any of its texts."""
        try:
            return orjson.dumps(self._without_secrets(orjson.loads(document)))
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            return self._blotted(document.decode("utf-8", "replace")).encode()

    def _without_secrets(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._without_secrets(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._without_secrets(inner) for inner in value]
        return self._blotted(value) if isinstance(value, str) else value

    def _blotted(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return _CREDENTIAL.sub("[redacted]", text)

    async def shutdown(self) -> None:
        await self._pool.shutdown()


def _keys(config: ProviderConfig) -> dict[str, str]:
    if config.api_key is not None:
        return {THE_ONLY_KEY: config.api_key.reveal()}
    if len(config.api_keys) == 1:
        return {THE_ONLY_KEY: config.api_keys[0].key.reveal()}
    return {str(number): each.key.reveal() for number, each in enumerate(config.api_keys, 1)}
