"""A value that a JSON schema admits: the mock calls tools with one, and answers with one where JSON is asked for."""

from __future__ import annotations

from typing import Any

DEEPEST = 8
PLAIN = {"string": "mock", "integer": 1, "number": 0.5, "boolean": True, "null": None}


def example(schema: object) -> Any:
    """For what OpenAI takes: types, enums, constants, references to definitions, and the first of alternatives."""
    definitions = schema.get("$defs", {}) if isinstance(schema, dict) else {}
    return _example(schema, definitions if isinstance(definitions, dict) else {}, DEEPEST)


def _example(schema: object, definitions: dict[str, object], depth: int) -> Any:
    if not isinstance(schema, dict) or not depth:
        return None
    if isinstance(reference := schema.get("$ref"), str):
        return _example(definitions.get(reference.rpartition("/")[2]), definitions, depth - 1)
    if "const" in schema:
        return schema["const"]
    for name in ("enum", "anyOf", "allOf"):
        if isinstance(choices := schema.get(name), list) and choices:
            return choices[0] if name == "enum" else _example(choices[0], definitions, depth - 1)
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    if kind == "array":
        item = _example(schema.get("items"), definitions, depth - 1)
        return [] if item is None else [item]
    if kind == "object":
        members = schema.get("properties")
        members = members if isinstance(members, dict) else {}
        return {name: _example(member, definitions, depth - 1) for name, member in members.items()}
    return PLAIN.get(str(kind))
