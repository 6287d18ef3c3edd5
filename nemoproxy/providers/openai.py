"""What OpenAI's API, and everything that speaks it, has to be read for: its errors, and its list of models."""

from __future__ import annotations

import orjson

_LONGEST_ERROR = 64 * 1024
"""Bytes of an error body that is still looked into."""


def error_members(body: bytes) -> dict[str, object] | None:
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


def listed(body: bytes, owner: str) -> dict[str, dict[str, object]]:
    """The models of a list, by name: of OpenAI's, or of Anthropic's or Google's in its shape."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    found: dict[str, dict[str, object]] = {}
    members = value if isinstance(value, dict) else {}
    models = members.get("data") or members.get("models")
    for model in models if isinstance(models, list) else ():
        if not isinstance(model, dict):
            continue
        name = model.get("id") or str(model.get("name", "")).removeprefix("models/")
        if isinstance(name, str) and name:
            ours = {"id": name, "object": "model", "created": 0, "owned_by": owner}
            found[name] = ours if {"display_name", "displayName"} & model.keys() else model
    return found
