"""JSON schemas as Claude's structured outputs take them: a subset, in which every object is closed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_FORMATS = {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
_KEPT = {"$ref", "type", "enum", "const", "required", "default", "title"}
_MAPS = {"properties", "$defs", "definitions"}
_DROPPED = {"$schema", "$id", "$comment", "additionalProperties", "description"}


def narrow(schema: Any) -> Any:
    """The schema in that subset. What it has no words for (`minimum`, `pattern`) goes into the description."""
    if not isinstance(schema, dict):
        return schema
    narrowed: Json = {}
    notes = []
    for name, value in schema.items():
        if name in _MAPS and isinstance(value, dict):
            narrowed[name] = {key: narrow(part) for key, part in value.items()}
        elif name in ("anyOf", "oneOf", "allOf") and isinstance(value, list):
            narrowed["allOf" if name == "allOf" else "anyOf"] = [narrow(part) for part in value]
        elif name == "items" and isinstance(value, dict):
            narrowed[name] = narrow(value)
        elif name in _KEPT or (name == "format" and str(value) in _FORMATS) or (name == "minItems" and value in (0, 1)):
            narrowed[name] = value
        elif name not in _DROPPED:
            notes.append(f"{name}: {value}")
    if "$ref" in narrowed:
        return {name: value for name, value in narrowed.items() if name in ("$ref", "$defs", "definitions")}
    if is_object(schema):
        narrowed.setdefault("properties", {})
        narrowed["additionalProperties"] = False
    described = str(schema.get("description") or "")
    description = "\n\n".join(filter(None, [described, "{" + ", ".join(notes) + "}" if notes else ""]))
    return {**narrowed, "description": description} if description else narrowed


def is_narrow(schema: Any) -> bool:
    """Whether `narrow` keeps its meaning: no object is open on purpose, and nothing contains itself."""
    return not any(map(_is_open, _schemas(schema))) and not _is_recursive(schema)


def is_object(schema: Any) -> bool:
    """Whether a schema describes objects."""
    kind = schema.get("type") if isinstance(schema, dict) else None
    return (
        kind == "object" or (isinstance(kind, list) and "object" in kind) or (kind is None and "properties" in schema)
    )


def _is_open(schema: Json) -> bool:
    more = schema.get("additionalProperties")
    free = is_object(schema) and not schema.get("properties") and more is None
    return free or more is True or isinstance(more, dict) or "patternProperties" in schema


def _schemas(value: Any) -> Iterator[Json]:
    """The schema and all within it. `enum` and the like may hold anything, but no schemas."""
    waiting = [value]
    while waiting:
        schema = waiting.pop()
        if not isinstance(schema, dict):
            continue
        yield schema
        for name, part in schema.items():
            if name in _MAPS and isinstance(part, dict):
                waiting.extend(part.values())
            elif isinstance(part, list) and name in ("anyOf", "oneOf", "allOf"):
                waiting.extend(part)
            elif name in ("items", "additionalProperties"):
                waiting.append(part)


def _is_recursive(schema: Any) -> bool:
    definitions = {f"#/{place}/{name}": part for place in ("$defs", "definitions") for name, part in _at(schema, place)}
    leads_to = {
        name: {str(part["$ref"]) for part in _schemas(value) if "$ref" in part} for name, value in definitions.items()
    }
    if any(part.get("$ref") == "#" for part in _schemas(schema)):
        return True
    while leaves := [name for name, others in leads_to.items() if not others & leads_to.keys()]:
        for name in leaves:
            del leads_to[name]
    return bool(leads_to)


def _at(schema: Any, place: str) -> list[tuple[str, Any]]:
    found = schema.get(place) if isinstance(schema, dict) else None
    return list(found.items()) if isinstance(found, dict) else []
