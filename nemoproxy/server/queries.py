"""The parameters of a request: what stands behind the `?`."""

from __future__ import annotations

from urllib.parse import parse_qs

from nemoproxy.errors import InvalidRequest


class Query:
    """Of a request target. Where a name stands more than once, the last one counts."""

    def __init__(self, target: str) -> None:
        self._values = parse_qs(target.partition("?")[2])

    def text(self, name: str, what: str) -> str:
        """One that has to be there; `what` it is, for who forgot it. Raises InvalidRequest."""
        value = self._values.get(name, [""])[-1]
        if not value:
            raise InvalidRequest(f"Say which: ?{name}=..., {what}.", param=name)
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Raises InvalidRequest."""
        text = self._values.get(name, [str(default)])[-1]
        if not (text.isascii() and text.isdigit() and len(text) <= 20 and least <= int(text) <= most):
            raise InvalidRequest(f"'{name}' must be a whole number from {least} to {most}.", param=name)
        return int(text)
