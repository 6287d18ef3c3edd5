"""OpenAI, and everything that speaks its REST API: bodies and answers pass through, only the head is ours."""

from __future__ import annotations

import re
import ssl
from urllib.parse import urlsplit

import orjson

from nemoproxy.config import Provider as ProviderConfig
from nemoproxy.types import Endpoint, Steering
from nemoproxy.upstream import Connection, Origin, Pool, Sweeper, Timeouts

# Providers quote the key they refused, shortened; what is left of it is not the client's to see.
_CREDENTIAL = re.compile(rb"\b(?:sk|key|gsk|xai)-[A-Za-z0-9_*.-]{6,}")
_LONGEST_ERROR = 64 * 1024
"""Bytes of an error body that is still looked into."""


class OpenAIProvider:
    """One configured provider: its pool of connections and the heads of the requests it is sent."""

    def __init__(self, name: str, config: ProviderConfig, sweeper: Sweeper) -> None:
        self.name = name
        url = urlsplit(config.base_url)
        tls = ssl.create_default_context(cafile=config.ca_file) if url.scheme == "https" else None
        origin = Origin(url.hostname or "", url.port or (443 if tls else 80), tls)
        limits = config.timeouts
        timeouts = Timeouts(limits.connect_s, limits.first_byte_s, limits.idle_s, limits.total_s)
        self._pool = Pool(origin, timeouts, sweeper, max_idle=config.pool.max_idle, idle_s=config.pool.idle_s)
        headers = {
            "host": url.netloc,
            "user-agent": "nemoproxy",
            "accept": "application/json, text/event-stream",
            "accept-encoding": "identity",
            "openai-organization": config.organization,
            "openai-project": config.project,
        }
        headers |= {name.lower(): value.reveal() for name, value in config.headers.items()}
        self._secrets = [value.reveal().encode() for value in config.headers.values()] + [url.netloc.encode()]
        if config.api_key is not None:
            headers["authorization"] = f"Bearer {config.api_key.reveal()}"
            self._secrets.append(config.api_key.reveal().encode())
        self._path = url.path
        self._fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
        self._posts = {
            endpoint: self._head("POST", endpoint.path)
            + (b"" if endpoint.multipart else b"content-type: application/json\r\n")
            for endpoint in Endpoint
        }

    def _head(self, method: str, path: str) -> bytes:
        return f"{method} {self._path}{path} HTTP/1.1\r\n{self._fields}".encode("latin-1")

    async def post(
        self, endpoint: Endpoint, body: bytes, client: Steering, *, boundary: str | None = None
    ) -> Connection:
        """Send an inference request. The answer is whole, or its head is known: see `upstream.Connection.ask`.

        `boundary` is that of a form."""
        head = b"%bcontent-length: %d\r\n\r\n" % (self._posts[endpoint], len(body))
        if boundary is not None:
            head = b'%bcontent-type: multipart/form-data; boundary="%b"\r\n\r\n' % (head[:-2], boundary.encode())
        return await self._pool.open(head, body, client)

    async def get(self, path: str, client: Steering) -> Connection:
        return await self._pool.open(self._head("GET", path) + b"\r\n", b"", client)

    def done(self, connection: Connection) -> None:
        """The call on `connection` is over."""
        self._pool.close(connection)

    def error(self, status: int, body: bytes, request_id: str) -> bytes:
        """An error answer of this provider in the gateway's shape, whatever its own was; without our credentials, and
        without saying where it is."""
        error = _error_members(body) or {"message": _excerpt(status, body)}
        message = error.get("message")
        error["message"] = message if isinstance(message, str) and message else _excerpt(status, b"")
        error.setdefault("type", "upstream_error" if status >= 500 else "invalid_request_error")
        error.setdefault("code", None)
        error.setdefault("param", None)
        text = orjson.dumps({"error": error, "code": error["code"], "request_id": request_id})
        for secret in self._secrets:
            text = text.replace(secret, b"[redacted]")
        return _CREDENTIAL.sub(b"[redacted]", text)

    async def shutdown(self) -> None:
        await self._pool.shutdown()


def _error_members(body: bytes) -> dict[str, object] | None:
    """The members of an OpenAI-shaped error; those of the common variants (`detail`, a plain string) as well."""
    try:
        value = orjson.loads(body) if len(body) <= _LONGEST_ERROR else None
        orjson.dumps(value)  # refuses what is nested more deeply than it can write
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    if isinstance(value, list) and len(value) == 1:  # Gemini's compatible endpoint wraps it so
        value = value[0]
    if not isinstance(value, dict):
        return None
    error = value.get("error")
    if isinstance(error, dict):
        return dict(error)
    for name in ("error", "message", "detail"):
        text = value.get(name)
        if isinstance(text, str):
            return {"message": text}
    return None


def _excerpt(status: int, body: bytes) -> str:
    text = re.sub(r"<[^>]*>", " ", body[:2000].decode("utf-8", "replace"))
    text = " ".join(text.split())[:200]
    return f"The provider answered with status {status}" + (f": {text}" if text else ".")
