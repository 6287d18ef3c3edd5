"""The kinds of text that have rules of their own, each as a type that carries its check.

A check takes the text and returns the value, or raises `ValueError` saying what is wrong. It never quotes the text:
what it was given may be, or contain, a secret.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlsplit

from nemoproxy.money import parse_usd, to_usd


@dataclass(frozen=True, slots=True)
class Check:
    """Marks a type in `Annotated` as read by `parse`."""

    parse: Callable[[str], Any]


class Secret:
    """Text that shows itself only to `reveal()`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not to be serialised")


class SecretUrl(Secret):
    """A URL that may hold a password: shown without it."""

    __slots__ = ()

    def __repr__(self) -> str:
        # Up to the last `@`, whatever the password has in it; and what follows a `?` may hold one too.
        return re.sub(r"//([^:/@]*):.*@", r"//\1:***@", self._text, flags=re.DOTALL).partition("?")[0]


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text):
        raise ValueError(
            "a name is 1 to 64 letters, digits, dots, dashes or underscores, and starts with a letter or digit"
        )
    return text


def _model_name(text: str) -> str:
    if not text.isprintable() or any(map(str.isspace, text)) or not 1 <= len(text) <= 256:
        raise ValueError("a model's name is 1 to 256 printable characters without spaces")
    return text


def _alias(text: str) -> str:
    if "*" in text[:-1]:
        raise ValueError('a "*" stands at the end, as in "groq/*" or "claude-*"')
    return _model_name(text)


def _target_model(text: str) -> str:
    if "*" in text:
        raise ValueError('has no "*": leave the model out, and what the "*" of the alias stands for is passed on')
    return _model_name(text)


def _header_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}", text):
        raise ValueError("not the name of an HTTP header")
    if text.lower() in _OWN_HEADERS:
        raise ValueError("the gateway sets this header itself")
    return text


_OWN_HEADERS = {
    *("accept-encoding", "connection", "content-length", "content-type", "expect", "host", "keep-alive", "te"),
    *("trailer", "transfer-encoding", "upgrade"),
}


def _header_value(text: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?", text):
        raise ValueError("expected one line of printable ASCII that neither starts nor ends with a space")
    return text


def _api_key(text: str) -> Secret:
    if not text:
        raise ValueError("is empty; leave it out for a provider that takes no key")
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError("expected printable ASCII without spaces or line breaks; was a line break copied along?")
    return Secret(text)


def _pepper(text: str) -> Secret:
    if len(text.strip()) < 32:
        raise ValueError("expected at least 32 random characters, such as `openssl rand -hex 32` prints")
    return Secret(text.strip())


def _base_url(text: str) -> str:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise ValueError("not a URL") from None
    if url.scheme not in ("http", "https"):
        raise ValueError("expected a URL that starts with https:// or http://")
    if not url.hostname or port == 0 or not re.fullmatch(r"[\x21-\x7e]+", text) or "\\" in text:
        raise ValueError("not a URL; expected something like https://api.example.com/v1")
    if "@" in url.netloc:
        raise ValueError("has a user name or password in it; the key belongs in api_key")
    if "?" in text or "#" in text:
        raise ValueError("has a query or a fragment; extra parameters cannot be sent this way")
    return text.rstrip("/")


def _cors_origin(text: str) -> str:
    if text != "*" and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[A-Za-z0-9.:\[\]_-]+", text):
        raise ValueError('expected "*" or an origin, as in https://app.example.com')
    return text.lower()


def _database_url(text: str) -> SecretUrl:
    scheme, found, rest = text.partition("://")
    if scheme == "sqlite" and found:
        if not rest.startswith("/") or rest == "/" or ":memory:" in rest:
            raise ValueError("expected a file, as in sqlite:///var/nemoproxy.db (four slashes for an absolute path)")
        return SecretUrl(text)
    if scheme in ("postgresql", "postgresql+psycopg") and rest:
        return SecretUrl(text)
    raise ValueError("expected sqlite:///path/to/file.db or postgresql://user:password@host/name")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("expected a day, as in 2026-01-31") from None


Name = Annotated[str, Check(_name)]
ModelName = Annotated[str, Check(_model_name)]
Alias = Annotated[str, Check(_alias)]
TargetModel = Annotated[str, Check(_target_model)]
HeaderName = Annotated[str, Check(_header_name)]
HeaderValue = Annotated[str, Check(_header_value)]
SecretHeaderValue = Annotated[Secret, Check(lambda text: Secret(_header_value(text)))]
ApiKey = Annotated[Secret, Check(_api_key)]
Pepper = Annotated[Secret, Check(_pepper)]
CorsOrigin = Annotated[str, Check(_cors_origin)]
BaseUrl = Annotated[str, Check(_base_url)]
Usd = Annotated[Decimal, Check(lambda text: to_usd(parse_usd(text)))]
"""US dollars, exactly; the code counts in units of `nemoproxy.money`."""
DatabaseUrl = Annotated[SecretUrl, Check(_database_url)]
Day = Annotated[date, Check(_day)]
UnitPrice = Annotated[int, Check(parse_usd)]
"""An amount of USD, as an integer of 10^-10 USD."""


def parse(kind: Any, text: str) -> Any:
    """Reads a text as one of the types above."""
    return next(check for check in kind.__metadata__ if isinstance(check, Check)).parse(text)
