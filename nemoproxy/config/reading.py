"""Nodes into typed settings. The type of a setting decides how its text is read, not YAML's guesses: `model: 3.5` is
a name, and an alias called `no` stays one.

A setting that is wrong is recorded as a problem and left out, and reading goes on. What comes back is whole only when
no problems were recorded, and nobody looks at it otherwise.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from nemoproxy.config.document import Document, Place, is_null
from nemoproxy.config.model import Credential, Model, Section, Target
from nemoproxy.config.problems import suggest
from nemoproxy.config.values import Check

MISSING: Any = object()
"""Stands for a setting that is wrong; the problem is recorded."""

_hints = cache(lambda cls: get_type_hints(cls, include_extras=True))


class Reader:
    """Reads the nodes of one document. `bases` has, by section, entries that a file changes field by field."""

    def __init__(self, document: Document, bases: Mapping[str, Mapping[str, Section]]) -> None:
        self._document = document
        self._bases = bases

    def read(self, node: Node, kind: Any, place: Place, base: Any = None) -> Any:
        """The value of a node, as a kind; MISSING when it is not one."""
        self._document.remember(place, node)
        if self._document.unfilled(node):
            return MISSING
        origin, arguments = get_origin(kind), get_args(kind)
        if origin in (Union, types.UnionType):
            if isinstance(node, ScalarNode) and is_null(node):
                return None
            return self.read(node, next(argument for argument in arguments if argument is not types.NoneType), place)
        bare = arguments[0] if origin is Annotated else kind
        if isinstance(bare, type) and issubclass(bare, Section):
            return self._section(node, bare, place, base)
        if get_origin(bare) is dict:
            key, value = get_args(bare)
            return self._mapping(node, key, value, place)
        if get_origin(bare) is tuple:
            return self._sequence(node, kind, get_args(bare)[0], place)
        return self._scalar(node, kind, place)

    def _section(self, node: Node, cls: type[Section], place: Place, base: Section | None) -> Any:
        node = _long_form(node, cls)
        if isinstance(node, ScalarNode) and is_null(node):
            node = MappingNode(node.tag, [], node.start_mark, node.end_mark)
        if not isinstance(node, MappingNode):
            return self._wrong(node, place, f"expected settings by name: {', '.join(cls.__struct_fields__)}")
        fields = _hints(cls)
        given: dict[str, Any] = {}
        whole = True
        for name, value in self.entries(node, place):
            here = (*place, name)
            if name not in fields:
                self._document.fail(here, "no such setting", suggest(name, fields), node=value)
                continue
            default = getattr(base, name, None) if base is not None else _default(cls, name)
            given[name] = self.read(value, fields[name], here, default)
            if given[name] is MISSING:
                whole = False
        for field in msgspec.structs.fields(cls):
            if base is None and field.required and field.name not in given:
                wanted = _describe(fields[field.name])
                self._document.fail((*place, field.name), "is missing", f"expected {wanted}", node=node)
                whole = False
        if not whole:
            return MISSING
        return cls(**given) if base is None else msgspec.structs.replace(base, **given)

    def _mapping(self, node: Node, key: Any, kind: Any, place: Place) -> Any:
        if isinstance(node, ScalarNode) and is_null(node):
            return {}
        if not isinstance(node, MappingNode):
            return self._wrong(node, place, "expected entries by name")
        bases = self._bases.get(place[0], {}) if len(place) == 1 and isinstance(place[0], str) else {}
        entries = {}
        for name, value in self.entries(node, place):
            here = (*place, name)
            try:
                name = _checked(key, name)
            except ValueError as error:
                self._document.fail(here, str(error), node=value)
            entries[name] = self.read(value, kind, here, bases.get(name))
        return entries

    def _sequence(self, node: Node, kind: Any, item: Any, place: Place) -> Any:
        if isinstance(node, MappingNode):  # a list of one may do without its dash
            node = SequenceNode("", [node], node.start_mark, node.end_mark)
        if not isinstance(node, SequenceNode):
            return self._wrong(node, place, "expected a list")
        items = tuple(self.read(value, item, (*place, index)) for index, value in enumerate(node.value))
        if not items and any(getattr(mark, "min_length", None) for mark in getattr(kind, "__metadata__", ())):
            return self._wrong(node, place, "expected at least one entry")
        return MISSING if MISSING in items else items

    def _scalar(self, node: Node, kind: Any, place: Place) -> Any:
        if not isinstance(node, ScalarNode) or is_null(node):
            return self._wrong(node, place, f"expected {_describe(kind)}")
        try:
            return _checked(kind, node.value)
        except msgspec.ValidationError:
            return self._wrong(node, place, f"expected {_describe(kind)}, not {self._document.written(node)}")
        except ValueError as error:
            # Not quoted: it may be a secret, or a URL with a password in it.
            return self._wrong(node, place, str(error))

    def entries(self, node: MappingNode, place: Place) -> Iterator[tuple[str, Node]]:
        """The entries of a mapping, with `<<` merged in; what stands there itself wins, and stands there once."""
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._document.fail(place, "expected a name here", node=key)
            elif key.tag == "tag:yaml.org,2002:merge":
                sources = value.value if isinstance(value, SequenceNode) else [value]
                for source in sources:
                    if not isinstance(source, MappingNode) or source is node:
                        self._document.fail(place, "expected an alias of a mapping after <<", node=key)
                        continue
                    for name, inner in source.value:
                        if isinstance(name, ScalarNode):
                            merged.setdefault(name.value, inner)
            elif key.value in own:
                first = own[key.value].start_mark
                said = f"stands here twice, first at line {first.line + 1}" if first else "stands here twice"
                self._document.fail((*place, key.value), said, node=key)
            else:
                own[key.value] = value
        yield from {**merged, **own}.items()

    def _wrong(self, node: Node, place: Place, message: str) -> Any:
        self._document.fail(place, message, node=node)
        return MISSING


def _long_form(node: Node, cls: type[Section]) -> Node:
    """`fast: openai/gpt-4o-mini` as what it is short for."""
    if not isinstance(node, ScalarNode) or is_null(node):
        return node
    if cls is Model:
        return _as_mapping(node, {"targets": SequenceNode("", [node], node.start_mark, node.end_mark)})
    if cls is Credential:
        return _as_mapping(node, {"key": node})
    if cls is Target:
        parts = Target.from_text(node.value)
        return _as_mapping(node, {name: _scalar_at(node, text) for name, text in parts.items()})
    return node


def _as_mapping(node: Node, entries: Mapping[str, Node]) -> MappingNode:
    return MappingNode(
        "", [(_scalar_at(node, name), value) for name, value in entries.items()], node.start_mark, node.end_mark
    )


def _scalar_at(node: Node, text: str) -> ScalarNode:
    return ScalarNode("tag:yaml.org,2002:str", text, node.start_mark, node.end_mark, style='"')


def _default(cls: type[Section], name: str) -> Any:
    """The section that a nested one starts from; None for a setting of any other kind."""
    default = next(field.default for field in msgspec.structs.fields(cls) if field.name == name)
    return default if isinstance(default, Section) else None


def _checked(kind: Any, text: str) -> Any:
    for mark in getattr(kind, "__metadata__", ()):
        if isinstance(mark, Check):
            return mark.parse(text)
    return msgspec.convert(text, kind, strict=False)


def _describe(kind: Any) -> str:
    """What a setting takes, in words: "a whole number from 0 to 65535"."""
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(bare) is Literal:
        return " or ".join(map(str, get_args(bare)))
    noun = {int: "a whole number", float: "a number", bool: "true or false", tuple: "a list", dict: "entries by name"}
    said = noun.get(get_origin(bare) or bare, "text")
    for mark in getattr(kind, "__metadata__", ()):
        if isinstance(mark, msgspec.Meta) and mark.ge is not None and mark.le is not None:
            return f"{said} from {mark.ge} to {mark.le}"
        if isinstance(mark, msgspec.Meta) and mark.max_length is not None and said == "text":
            return f"{said} of {mark.min_length or 0} to {mark.max_length} characters"
    return said
