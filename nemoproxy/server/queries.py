"""Numbers in query strings."""

from __future__ import annotations

from nemoproxy.errors import InvalidRequest


def number(query: dict[str, list[str]], name: str, default: int, least: int, most: int) -> int:
    """The last one of that name. Raises InvalidRequest."""
    text = query.get(name, [str(default)])[-1]
    if not text.isascii() or not text.isdigit() or not least <= int(text[:20]) <= most:
        raise InvalidRequest(f"'{name}' must be a whole number from {least} to {most}.", param=name)
    return int(text)
