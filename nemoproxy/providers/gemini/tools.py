"""Functions the model may call, whether it has to, and the JSON schemas of their arguments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nemoproxy.errors import InvalidRequest
from nemoproxy.providers.openai_shape import expect
from nemoproxy.providers.translation import Json, Untranslatable

_ANNOTATIONS = {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"}
_PLAIN = {"type", "description", "properties", "required", "items", "enum"}
_MAPS = ("properties", "$defs", "patternProperties", "dependentSchemas")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SCHEMAS = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")


def tools(body: Json) -> Json:
    """`tools` and `toolConfig` of the request, from OpenAI's `tools` and `tool_choice` (or their older forms)."""
    declared = _declarations(body)
    mode, names, field = _choice(body)
    if not declared:
        if mode == "ANY":
            raise InvalidRequest(f"'{field}' is only allowed when 'tools' are specified.", param=field)
        return {}
    known = {declaration["name"] for declaration in declared}
    for name in names:
        if name not in known:
            raise InvalidRequest(f"'{field}' names the function {name!r}, which is not among the tools.", param=field)
    config: Json = {"mode": mode or "AUTO"}
    if names and mode == "ANY":
        config["allowedFunctionNames"] = names
    elif names:  # names can only be said beside ANY, so of the others the model is not told
        declared = [declaration for declaration in declared if declaration["name"] in names]
    request: Json = {"tools": [{"functionDeclarations": declared}]}
    return request | {"toolConfig": {"functionCallingConfig": config}} if mode else request


def _declarations(body: Json) -> list[Json]:
    found = [_tool(tool, f"tools[{at}]") for at, tool in enumerate(_listed(body, "tools"))]
    older = [_declaration(function, f"functions[{at}]") for at, function in enumerate(_listed(body, "functions"))]
    return found + older


def _listed(body: Json, field: str) -> list[Any]:
    value = body.get(field)
    return [] if value is None else expect(value, list, field)


def _tool(tool: object, field: str) -> Json:
    tool = expect(tool, dict, field)
    if tool.get("type", "function") != "function":
        raise Untranslatable(f"{field}.type", "only functions can be offered to Gemini")
    return _declaration(tool.get("function"), f"{field}.function")


def _declaration(function: object, field: str) -> Json:
    function = expect(function, dict, field)
    declaration: Json = {"name": expect(function.get("name"), str, f"{field}.name")}
    if (description := function.get("description")) is not None:
        declaration["description"] = expect(description, str, f"{field}.description")
    if (parameters := function.get("parameters")) is not None:
        parameters = schema(expect(parameters, dict, f"{field}.parameters"), f"{field}.parameters")
        if _is_plain(parameters):
            declaration["parameters"] = parameters
        elif not _takes_nothing(parameters):
            declaration["parametersJsonSchema"] = parameters
    return declaration


def _is_plain(value: Any) -> bool:
    """A schema in the few words that mean the same in OpenAPI's dialect: then it is said in the older field, which all
    models and Vertex AI have always taken."""
    match value:
        case {"type": "object", "properties": dict(properties)} if properties:
            plain = all(map(_is_plain, properties.values()))
        case {"type": "array", "items": items}:
            plain = _is_plain(items)
        case {"type": "string" | "number" | "integer" | "boolean" as kind}:
            plain = kind == "string" or "enum" not in value
        case _:
            return False
    return plain and value.keys() <= _PLAIN


def _takes_nothing(parameters: Json) -> bool:
    """An object without members, which Gemini says by giving no schema."""
    rest = {name for name, value in parameters.items() if value not in ({}, [], False)}
    return rest <= {"type", "title", "description"} and parameters.get("additionalProperties") is not True


def _choice(body: Json) -> tuple[str | None, list[str], str]:
    """The mode, the functions it is narrowed to, and the field that said so."""
    field = "tool_choice" if body.get("tool_choice") is not None else "function_call"
    choice = body.get(field)
    match choice:
        case None:
            return None, [], field
        case "auto":
            return "AUTO", [], field
        case "none":
            return "NONE", [], field
        case "required":
            return "ANY", [], field
        case {"type": "function", "function": {"name": str(name)}} | {"name": str(name)}:
            return "ANY", [name], field
        case {"type": "allowed_tools", "allowed_tools": {"mode": "auto" | "required" as mode, "tools": list(allowed)}}:
            names = list(_names(allowed, f"{field}.allowed_tools.tools"))
            return ("ANY" if mode == "required" else "AUTO"), names, field
    raise Untranslatable(field, "Gemini can be told auto, none, required, a function, or allowed functions")


def _names(allowed: list[Any], field: str) -> Iterable[str]:
    for at, tool in enumerate(allowed):
        match tool:
            case {"type": "function", "function": {"name": str(name)}} | {"type": "function", "name": str(name)}:
                yield name
            case _:
                raise Untranslatable(f"{field}[{at}]", "only functions can be offered to Gemini")


# --- JSON schemas ---


def schema(value: Json, field: str) -> Json:
    """A JSON schema as Gemini takes it: the same, but for the spellings it does not know."""
    return {name: member for name, member in _schema(value, field).items() if name != "$schema"}


def _schema(value: Any, field: str) -> Any:
    if not isinstance(value, dict):  # `true` and `false` are schemas too
        return value
    if "$ref" in value:
        return _reference(value, field)
    value = _alone(value)
    if "$ref" in value:
        return _reference(value, field)
    found: Json = {}
    for name, member in value.items():
        if name == "definitions":
            name = "$defs"
        if name in _MAPS and isinstance(member, dict):
            member = {key: _schema(each, f"{field}.{name}.{key}") for key, each in member.items()}
        elif name in _LISTS and isinstance(member, list):
            member = [_schema(each, f"{field}.{name}[{at}]") for at, each in enumerate(member)]
        elif name in _SCHEMAS:
            member = _schema(member, f"{field}.{name}")
        elif name == "const" and isinstance(member, str | int | float) and not isinstance(member, bool):
            name, member = "enum", [member]
        found[name] = member
    return found


def _alone(value: Json) -> Json:
    """`allOf` around a single schema, which older generators put around every reference."""
    match value:
        case {"allOf": [dict(only)]} if value.keys() - {"allOf"} <= _ANNOTATIONS:
            return {**{name: member for name, member in value.items() if name != "allOf"}, **only}
    return value


def _reference(value: Json, field: str) -> Json:
    """Beside a reference Gemini allows nothing. What only explains it is left out; what narrows it is not."""
    narrowing = [name for name in value if not name.startswith("$") and name not in _ANNOTATIONS]
    if narrowing:
        raise Untranslatable(f"{field}.{narrowing[0]}", "Gemini allows nothing beside a '$ref'")
    target = value["$ref"]
    if isinstance(target, str) and target.startswith("#/definitions/"):
        target = "#/$defs/" + target.removeprefix("#/definitions/")
    found = {name: member for name, member in value.items() if name.startswith("$") and name != "$defs"}
    found["$ref"] = target
    for name in ("$defs", "definitions"):
        if isinstance(value.get(name), dict):
            found["$defs"] = {key: _schema(each, f"{field}.{name}.{key}") for key, each in value[name].items()}
    return found
