"""Requests through the front door in a line, and what the provider got of them."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.site import Site
from tests.wire import CHAT, Answer, Wire, chat, post

HELLO: Any = [{"role": "user", "content": "Hello!"}]
SAID = "You said: Hello!"

_numbers = count()


def ask(site: Site, key: str = "", body: dict[str, Any] | None = None, path: str = CHAT, **members: Any) -> Answer:
    """A POST; a chat of one word where there is no body."""
    with Wire(site.port) as wire:
        wire.send(post(chat(**members) if body is None else body, key or site.key, path))
        return wire.answer()


def get(site: Site, path: str, key: str | None = "", method: str = "GET") -> Answer:
    """`key=None`: without one."""
    line = "" if key is None else f"authorization: Bearer {key or site.key}\r\n"
    with Wire(site.port) as wire:
        wire.send(f"{method} {path} HTTP/1.1\r\nhost: gateway\r\n{line}\r\n")
        return wire.answer(method)


def say(text: str) -> Any:
    return [{"role": "user", "content": text}]


def fresh() -> Any:
    """Messages that nobody has sent."""
    return say(f"Hello number {next(_numbers)}!")


def sent(site: Site) -> Any:
    """The body that the provider got last."""
    return site.mock.requests[-1].json()
