"""What a template may do, and what each step of it costs.

A template is walked before it is compiled: what is not listed here is refused, and where work is done that grows with a
value (a loop, a filter, a comparison) that value is led through a filter of ours, which counts it. A step stands for
half a microsecond, at most one; callers choose values, and none of theirs may hold an event loop for longer than all of
the steps do.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, cast

from jinja2 import Undefined, nodes, pass_context
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer

from nemoproxy.prompts.problems import InvalidTemplate, RenderError

STEPS = 50_000
LONGEST_RANGE = 1000
LONGEST_TEXT = 128 * 1024
BUDGET = "the budget"
"""A name with a space in it: no template can say it."""
OPERATORS = ("+", "-", "*", "/", "//", "%")


def _names(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


NODES = _names(
    "Template Output TemplateData If For Assign With Name Const Getattr Getitem Slice Filter Test Compare Operand And",
    "Or Not Neg Pos Add Sub Mul Div FloorDiv Mod CondExpr Concat List Tuple Dict Pair Keyword Call",
)
TESTS = _names(
    "boolean defined divisibleby even false float integer iterable mapping none number odd sequence string true",
    "undefined",
)
CHARACTERS = 64
"""Of a text that is gone through: so many are a step."""
_COSTLY = {"replace": 16, "split": 16, "title": 4, "wordcount": 4}
"""Filters and methods to which it is fewer."""
_TAKES_APART = _names("dictsort join map max min reject rejectattr select selectattr sort sum unique")
"""Filters that have a text's characters for elements."""
_BY_ATTRIBUTE = {"max": 1, "min": 1, "rejectattr": 0, "selectattr": 0, "sort": 2, "unique": 1}
"""Filters that look at attributes of elements, and which argument says at which."""
_BY_HAND = _names("map reject rejectattr select selectattr")
"""Filters that call something for each element."""
_MOST_PARTS = 8
"""Of what an attribute is called: `a.b` has two, and so has `a,b` of a sort."""
METHODS = _names(
    "capitalize cycle endswith get items keys lower lstrip rstrip split splitlines startswith strip title upper values",
)
"""Methods of values, and of `loop`, that give back no more than they are given."""
_AS_THEY_ARE = _names(
    "abs capitalize count d default dictsort first float int items last length list lower map max min reject",
    "rejectattr reverse select selectattr sort string title trim truncate unique upper wordcount",
)


class Budget:
    """Steps that are left of one rendering."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = STEPS

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise RenderError(f"it takes more than {STEPS} steps")


# === filters ===


def filters(known: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Those that are offered, out of Jinja2's own; some are ours, because its own make much out of little."""
    return {name: known[name] for name in _AS_THEY_ARE} | _OURS


def _bounded(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise RenderError(f"a text in it is longer than {LONGEST_TEXT} characters")
    return text


def _join(values: list[Any], between: str = "", attribute: str | None = None) -> str:
    if attribute is not None:
        values = [value[attribute] for value in values]
    texts = [str(value) for value in values]
    if sum(map(len, texts)) + len(between) * len(texts) > LONGEST_TEXT:
        raise RenderError(f"a text in it is longer than {LONGEST_TEXT} characters")
    return between.join(texts)


def _replace(text: object, old: str, new: str) -> str:
    text = str(text)
    if len(text) + text.count(old) * max(0, len(new) - len(old)) > LONGEST_TEXT:
        raise RenderError(f"a text in it is longer than {LONGEST_TEXT} characters")
    return text.replace(old, new)


def _indent(text: object, width: int = 4, first: bool = False) -> str:
    pad = " " * min(int(width), 100)
    lines = _replace(text, "\n", "\n" + pad)
    return pad + lines if first else lines


def _round(value: float, digits: int = 0) -> float:
    return round(value, max(-15, min(int(digits), 15)))


def _sum(values: list[Any], attribute: str | None = None) -> Any:
    numbers = values if attribute is None else [value[attribute] for value in values]
    if not all(isinstance(number, int | float) for number in numbers):
        raise RenderError("sum takes numbers")
    return sum(numbers)


def _to_json(value: object, indent: int | None = None) -> str:
    return _bounded(json.dumps(value, ensure_ascii=False, indent=None if indent is None else min(int(indent), 16)))


_OURS: dict[str, Callable[..., Any]] = {
    "indent": _indent,
    "join": _join,
    "replace": _replace,
    "round": _round,
    "sum": _sum,
    "tojson": _to_json,
}
_OFFERED = _AS_THEY_ARE | _OURS.keys()


# === filters that no template can name, but by what `put_up` makes of it ===


@pass_context
def _counted(context: Context, values: Any, weight: int) -> Iterator[Any]:
    """What a loop goes over; each turn costs what stands in the loop."""
    spend = context.parent[BUDGET].spend
    for value in values:
        spend(weight)
        yield value


@pass_context
def _weighed(context: Context, value: Any, characters: int = CHARACTERS, each: int = 1, apart: bool = False) -> Any:
    """A value that is about to be worked on: `characters` of a text are a step, and an element costs `each`, as a
    character does where a text is taken `apart`. What comes bit by bit is there at once afterwards."""
    spend = context.parent[BUDGET].spend
    if isinstance(value, Undefined):
        return value
    if isinstance(value, Iterator):
        parts = []
        for part in value:
            _weigh(part, spend, characters, each)
            parts.append(part)
        return parts
    if apart and isinstance(value, str):
        spend(each * len(value))
    _weigh(value, spend, characters, each)
    return value


def _weigh(value: Any, spend: Callable[[int], None], characters: int = CHARACTERS, each: int = 1) -> None:
    if isinstance(value, str):
        spend(each + 1 + len(value) // characters)
        _bounded(value)
        return
    spend(each)
    if value is None or isinstance(value, int | float):
        return  # most are; what follows takes longer to find out
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(name, str):
                spend(len(name) // characters)
            _weigh(inner, spend, characters, each)
    elif isinstance(value, Collection):  # besides lists, what `range` and `items` give
        for inner in value:
            _weigh(inner, spend, characters, each)


@pass_context
def _joined(context: Context, values: list[Any]) -> str:
    for value in values:
        _weigh(value, context.parent[BUDGET].spend)
    return _join([str(value) for value in values])


def _simple(value: Any) -> Any:
    """An element of a list that a template spells out: lists of lists of lists would be large in no time."""
    if isinstance(value, list | tuple | dict):
        raise RenderError("a list or an object that a template spells out can hold texts and numbers only")
    return value


def _short(value: Any) -> Any:
    """Characters that a text is to be rid of: each of the text's is compared with all of them."""
    if isinstance(value, str) and len(value) > 100:
        raise RenderError("more than 100 characters cannot be stripped off")
    return value


def _few_parts(value: Any) -> Any:
    if isinstance(value, str) and value.count(".") + value.count(",") >= _MOST_PARTS:
        raise RenderError(f"the name of an attribute has more than {_MOST_PARTS} parts")
    return value


_ARGUMENTS = {"attribute": "an attribute", "chars": "a few characters"}
INSIDE = {
    "a loop": _counted,
    "a value": _weighed,
    "texts": _joined,
    "an element": _simple,
    "a few characters": _short,
    "an attribute": _few_parts,
}


# === numbers ===


def short_range(*bounds: int) -> range:
    numbers = range(*(int(bound) for bound in bounds))
    if len(numbers) > LONGEST_RANGE:
        raise RenderError(f"a range is longer than {LONGEST_RANGE}")
    return numbers


def calculate(operation: Callable[[Any, Any], Any], name: str, left: Any, right: Any) -> Any:
    """Numbers, within what a number is for; and `+` of two texts."""
    if name == "+" and isinstance(left, str) and isinstance(right, str):
        return _join([left, right])
    for value in (left, right):
        if isinstance(value, Undefined):
            operator.index(value)  # says which it is
        if not isinstance(value, int | float) or abs(value) > 2**63:
            raise RenderError(f"'{name}' takes numbers")
    return operation(left, right)


# === the walk ===


def put_up(tree: nodes.Template) -> None:
    """Refuses what is not offered, and has everything else counted. Raises InvalidTemplate."""
    for node in tree.find_all(nodes.Node):
        kind = type(node).__name__
        if kind not in NODES and not isinstance(node, nodes.Output):
            raise InvalidTemplate(f"{_called(node)} cannot be used in prompts (line {node.lineno})")
        _check(node)
    _Fences().visit(tree)


def _check(node: nodes.Node) -> None:
    if isinstance(node, nodes.For) and node.recursive:
        raise InvalidTemplate(f"a loop cannot be recursive (line {node.lineno})")
    if isinstance(node, nodes.Filter) and node.name not in _OFFERED:
        raise InvalidTemplate(f"there is no filter '{node.name}' here (line {node.lineno})")
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        raise InvalidTemplate(f"there is no test '{node.name}' here (line {node.lineno})")
    if isinstance(node, nodes.Call):
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise InvalidTemplate(f"* and ** cannot be used in calls (line {node.lineno})")
        called = node.node
        named = isinstance(called, nodes.Name) and called.name == "range"
        if not named and not (isinstance(called, nodes.Getattr) and called.attr in METHODS):
            raise InvalidTemplate(f"what is called is no function of prompts (line {node.lineno})")


def _called(node: nodes.Node) -> str:
    return f"'{type(node).__name__.lower()}'"


class _Fences(NodeTransformer):
    def visit_For(self, node: nodes.For) -> nodes.For:
        weight = sum(1 for _ in node.find_all(nodes.Node))
        self.generic_visit(node)
        node.iter = _led("a loop", node.iter, nodes.Const(weight))
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Output:
        self.generic_visit(node)
        node.nodes = [one if isinstance(one, nodes.TemplateData) else _led("a value", one) for one in node.nodes]
        return node

    def visit_Filter(self, node: nodes.Filter) -> nodes.Filter:
        self.generic_visit(node)
        name, first = _applied(node)
        at = first + _BY_ATTRIBUTE.get(name, 0)
        if name in _BY_ATTRIBUTE and node.args[at:]:
            node.args[at] = _led("an attribute", node.args[at])
        elif name == "trim" and node.args[first:]:
            node.args[first] = _led("a few characters", node.args[first])
        for given in _named(node):
            if given.key in _ARGUMENTS:
                given.value = _led(_ARGUMENTS[given.key], given.value)
        if node.node is not None:
            node.node = _led("a value", node.node, *map(nodes.Const, _price(node)))
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Getitem:
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _led("a value", node.node)
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Compare:
        self.generic_visit(node)
        node.expr = _led("a value", node.expr)
        for operand in node.ops:
            operand.expr = _led("a value", operand.expr)
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Call:
        self.generic_visit(node)
        called = node.node
        if isinstance(called, nodes.Getattr) and called.attr != "cycle":
            characters = _COSTLY.get(called.attr, CHARACTERS)
            called.node = _led("a value", called.node, nodes.Const(characters))
            if "strip" in called.attr:
                node.args = [_led("a few characters", argument) for argument in node.args]
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:
        self.generic_visit(node)
        return _led("texts", _at(nodes.List(node.nodes), node))

    def visit_List(self, node: nodes.List) -> nodes.List:
        self.generic_visit(node)
        node.items = [_element(item) for item in node.items]
        return node

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Tuple:
        if node.ctx == "load":
            self.generic_visit(node)
            node.items = [_element(item) for item in node.items]
        return node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Pair:
        self.generic_visit(node)
        node.key, node.value = _element(node.key), _element(node.value)
        return node


def _applied(node: nodes.Filter) -> tuple[str, int]:
    """The filter that does the work, and where its arguments begin: `map` is told it. Raises InvalidTemplate."""
    name, first = node.name, 0
    while name == "map" and node.args[first:]:
        said = node.args[first]
        name, first = said.value if isinstance(said, nodes.Const) else "", first + 1
        if name not in _OFFERED:
            raise InvalidTemplate(f"map takes the name of a filter (line {node.lineno})")
    return name, first


def _named(node: nodes.Filter) -> list[nodes.Keyword]:
    return cast("list[nodes.Keyword]", node.kwargs)  # Jinja2 says pairs, and means these


def _price(node: nodes.Filter) -> tuple[int, int, bool]:
    """What `_weighed` is to reckon with."""
    name, first = _applied(node)
    characters = 1 if first and name in _TAKES_APART else _COSTLY.get(name, CHARACTERS)
    by_hand = bool(first) or node.name in _BY_HAND or any(given.key == "attribute" for given in _named(node))
    return characters, 4 if by_hand or node.args[_BY_ATTRIBUTE.get(name, 99) :] else 1, node.name in _TAKES_APART


def _element(node: nodes.Expr) -> nodes.Expr:
    return node if isinstance(node, nodes.Const | nodes.List | nodes.Tuple | nodes.Dict) else _led("an element", node)


def _led(name: str, node: Any, *arguments: nodes.Expr) -> nodes.Filter:
    """The expression through a filter of ours."""
    led: nodes.Filter = _at(nodes.Filter(node, name, list(arguments), [], None, None), node)
    return led


def _at(node: Any, like: nodes.Node) -> Any:
    return node.set_environment(like.environment).set_lineno(like.lineno)
