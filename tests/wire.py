"""HTTP as bytes on a socket, for what no client library would send."""

from __future__ import annotations

import http.client
import json
import re
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from tests.timing import ENOUGH_S

CHAT = "/v1/chat/completions"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The error's code, after a check that the body has the gateway's shape and the headers that go with it."""
        body = self.json()
        error = body["error"]
        assert isinstance(error["message"], str)
        assert error["message"]
        assert {"type", "code", "param"} <= error.keys()
        assert body["code"] == error["code"]
        assert self.headers["content-type"] == "application/json"
        assert self.headers["x-request-id"] == self.headers["x-nemo-request-id"] == body["request_id"]
        assert float(self.headers["x-nemo-latency-ms"]) >= 0
        return str(error["code"])


def ended(raw: bytes) -> bool:
    """Whether the bytes of a chunked stream end whole: `[DONE]`, the last chunk, trailers that tell the cost."""
    return re.search(rb"data: \[DONE\]\n\n\r\n0\r\n(x-[a-z-]+: [0-9.]+\r\n)*\r\n$", raw) is not None


class Wire:
    """One connection to the gateway."""

    def __init__(self, port: int, timeout: float = ENOUGH_S) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)

    def send(self, data: bytes | str) -> None:
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def answer(self, method: str = "POST") -> Answer:
        """The next answer, whole."""
        response = http.client.HTTPResponse(self.socket, method=method)
        response.begin()
        body = response.read()
        return Answer(response.status, response.headers, body)

    def rest(self) -> bytes:
        """Everything until the gateway closes the connection; a reset counts as closing."""
        parts = []
        try:
            while part := self.socket.recv(65536):
                parts.append(part)
        except ConnectionResetError:
            pass
        return b"".join(parts)

    def closed(self) -> bool:
        return self.rest() == b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()


def post(body: bytes | str | dict[str, Any], key: str | None, path: str = CHAT, **headers: str) -> bytes:
    """The bytes of a POST; a header's underscores become dashes."""
    if isinstance(body, dict):
        body = json.dumps(body)
    data = body.encode() if isinstance(body, str) else body
    fields = {"host": "gateway", "content-type": "application/json", "content-length": str(len(data))}
    if key is not None:
        fields["authorization"] = f"Bearer {key}"
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return head.encode() + b"\r\n" + data


def chat(model: str = "mock", **members: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "Hello!"}], **members}
