"""Parsing the spliced body equals editing the parsed body, for whatever JSON a client may write; and what no edit
touches keeps its bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemoproxy._core import Request
from nemoproxy.errors import InvalidRequest

# === Bodies as a client could write them ===

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
TREES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4))
)
KEYS = st.one_of(st.text(max_size=8), st.text(max_size=4).map("nemo_".__add__))
OBJECTS = st.dictionaries(KEYS, TREES, max_size=4)
ASKED = st.fixed_dictionaries({}, optional={"include_usage": st.sampled_from([None, True, False])})
KNOWN: dict[str, st.SearchStrategy[Any]] = {
    "stream": st.sampled_from([None, True, False]),
    "stream_options": st.none()
    | st.builds(dict.__or__, st.dictionaries(st.text(max_size=3), TREES, max_size=2), ASKED),
    "extra_body": TREES | OBJECTS,
    "metadata": TREES | OBJECTS,
}
READ = {
    "model",
    "max_tokens",
    "max_completion_tokens",
    "n",
    "best_of",
    "messages",
    "tools",
    "functions",
    "response_format",
}


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    others = draw(st.dictionaries(KEYS.filter(lambda key: key not in READ | set(KNOWN)), TREES, max_size=4))
    known = draw(st.fixed_dictionaries({}, optional=KNOWN))
    members = {"model": draw(st.text(min_size=1)), "messages": [{"role": "user", "content": draw(st.text())}]}
    return dict(draw(st.permutations(list({**others, **known, **members}.items()))))


@st.composite
def writers(draw: st.DrawFn) -> Callable[[Any], bytes]:
    """Ways to write one tree: white space, escapes, each decided by a draw and the same throughout the text."""
    space = draw(st.text(" \n\r\t", max_size=3))
    ascii_only = draw(st.booleans())
    escape_all = draw(st.booleans())

    def string(text: str) -> str:
        if not escape_all:
            return json.dumps(text, ensure_ascii=ascii_only)
        units = text.encode("utf-16-be")
        return '"' + "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2)) + '"'

    def write(tree: Any) -> str:
        match tree:
            case str():
                return string(tree)
            case dict():
                members = (f"{space}{string(key)}{space}:{space}{write(value)}{space}" for key, value in tree.items())
                return f"{{{','.join(members) or space}}}"
            case list():
                return f"[{','.join(space + write(item) + space for item in tree) or space}]"
            case _:
                return json.dumps(tree)

    return lambda tree: f"{space}{write(tree)}{space}".encode()


# === The edit, on the tree ===


def edited(tree: dict[str, Any], model: str, ask_usage: bool) -> dict[str, Any]:
    tree = strip(tree)
    for place in ("extra_body", "metadata"):
        if isinstance(inner := tree.get(place), dict) and (left := strip(inner)) != inner:
            tree[place] = left
            if not left:
                del tree[place]
    tree["model"] = model
    if ask_usage:
        tree["stream_options"] = {**(tree.get("stream_options") or {}), "include_usage": True}
    return tree


def strip(tree: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in tree.items() if not key.startswith("nemo_")}


# === Laws ===


@given(bodies(), writers(), st.text(min_size=1), st.booleans())
def test_parsing_the_splice_is_editing_the_parse(
    tree: dict[str, Any], write: Callable[[Any], bytes], model: str, ask_usage: bool
) -> None:
    spliced = Request.parse(write(tree), "chat").upstream_body(model, ask_usage)
    assert json.loads(spliced) == edited(tree, model, ask_usage)


@given(bodies(), writers(), st.text(min_size=1), st.booleans())
def test_a_second_splice_changes_nothing(
    tree: dict[str, Any], write: Callable[[Any], bytes], model: str, ask_usage: bool
) -> None:
    spliced = Request.parse(write(tree), "chat").upstream_body(model, ask_usage)
    assert Request.parse(spliced, "chat").upstream_body(model, ask_usage) == spliced


@given(bodies(), writers(), st.booleans())
def test_members_that_are_not_edited_keep_their_bytes(
    tree: dict[str, Any], write: Callable[[Any], bytes], ask_usage: bool
) -> None:
    request = Request.parse(write(tree), "chat")
    spliced = request.upstream_body(request.model, ask_usage)
    for key, value in strip(tree).items():
        if key not in KNOWN:
            member = write({key: value}).strip()[1:-1].strip()
            assert member in spliced
    if edited(tree, request.model, ask_usage) == tree:
        assert spliced == write(tree)


@given(bodies(), writers())
def test_extensions_come_from_the_strongest_place(tree: dict[str, Any], write: Callable[[Any], bytes]) -> None:
    request = Request.parse(write(tree), "chat")
    places = [place for place in (tree.get("metadata"), tree.get("extra_body"), tree) if isinstance(place, dict)]
    strongest = {key: value for place in places for key, value in place.items() if key.startswith("nemo_")}
    for key, value in strongest.items():
        assert json.loads(request.extension(key) or b"") == value


@given(bodies(), writers(), st.data())
def test_the_gateway_takes_what_orjson_takes(
    tree: dict[str, Any], write: Callable[[Any], bytes], data: st.DataObject
) -> None:
    """Bytes changed at random: the syntax is refused exactly when an independent strict parser refuses it."""
    body = bytearray(write(tree))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 1))] = data.draw(
            st.sampled_from([b"", b'"', b"\\", b",", b"}", b"0", b"\x00", b"\xff"])
        )
    try:
        orjson.loads(bytes(body))
    except orjson.JSONDecodeError as error:
        if "surrogate" in str(error):
            return
        with pytest.raises(InvalidRequest):
            Request.parse(bytes(body), "chat")
    else:
        try:
            Request.parse(bytes(body), "chat")
        except InvalidRequest as error:
            assert error.code != "invalid_json"
