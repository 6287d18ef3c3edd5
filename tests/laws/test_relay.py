"""However an upstream's bytes are cut, the client gets the same; and nothing but what the rules name is taken out.

The oracle reads what went in and what came out with `json`, and knows nothing of how the relay works.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nemoproxy._core import Reply, Usage

tricky = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ['"usage":null', '\\"usage\\":{}', "\\", '"', "}]", "\u2028", "\x00", "\ud83d", "data: [DONE]", "é中😀"]
    ),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), tricky),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["usage", "a", "error"]) | tricky, inner, max_size=3),
    ),
    max_leaves=8,
)
usages = st.one_of(st.none(), st.fixed_dictionaries({"prompt_tokens": st.integers(-3, 2**40)}), st.just({}), values)
choices: st.SearchStrategy[list[Any]] = st.one_of(
    st.just([]), st.lists(st.fixed_dictionaries({"delta": st.fixed_dictionaries({"content": tricky})}), max_size=2)
)


@st.composite
def chunks(draw: st.DrawFn) -> dict[str, Any]:
    members = list(draw(st.dictionaries(tricky.filter(lambda name: name != "usage"), values, max_size=3)).items())
    for name, some in (("choices", choices), ("usage", usages)):
        if draw(st.booleans()):
            members.insert(draw(st.integers(0, len(members))), (name, draw(some)))
    return dict(members)


@dataclass
class Event:
    """An event as the upstream writes it; `data` is its object, None for those that carry none."""

    data: dict[str, Any] | None
    wire: str


@st.composite
def events(draw: st.DrawFn) -> Event:
    ending = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    before = draw(st.lists(st.sampled_from([": keep-alive", ":", "event: x", "id: 1", "foo: bar"]), max_size=2))
    lines = list(before)
    data = draw(st.none() | chunks())
    if data is None:
        lines.insert(draw(st.integers(0, len(lines))), ": nothing")
        lines = [line for line in lines if not line.startswith(("event", "id"))]
    else:
        text = json.dumps(data, indent=draw(st.sampled_from([None, 1])), ensure_ascii=draw(st.booleans()))
        space = draw(st.sampled_from(["", " "]))
        lines += [f"data:{space}{line}" for line in text.split("\n")]
    return Event(data, "".join(line + ending for line in [*lines, ""]))


@dataclass
class Told:
    sent: bytes
    state: int
    fault: str | None
    usage: Usage | None
    flags: tuple[bool, bool, bool]
    counts: tuple[int, int, int]


def relay(answer: bytes, sizes: list[int], strip: bool, chunked: bool) -> Told:
    reply = Reply()
    reply.start_relay(True, strip, chunked)
    sent, at, turn = b"", 0, 0
    while at < len(answer):
        size = sizes[turn % len(sizes)]
        sent += dechunk(reply.relay(answer[at : at + size]), chunked)
        at, turn = at + size, turn + 1
    reply.end()
    sent += dechunk(reply.relay(b""), chunked)
    return Told(
        sent,
        reply.state,
        reply.fault,
        reply.usage,
        (reply.done_seen, reply.error_seen, reply.reusable),
        (reply.events, reply.output_bytes, reply.output_tokens("o200k_base")),
    )


def dechunk(frame: bytes, chunked: bool) -> bytes:
    if not chunked or not frame:
        return frame
    size, rest = frame.split(b"\r\n", 1)
    assert rest[int(size, 16) :] == b"\r\n" and int(size, 16) > 0
    return rest[:-2]


def framed(body: bytes, framing: str, sizes: list[int]) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    if framing == "length":
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    if framing == "close":
        return head + b"\r\n" + body
    coded, at, turn = b"", 0, 0
    while at < len(body):
        piece = body[at : at + sizes[turn % len(sizes)]]
        coded += b"%x;ext=1\r\n%b\r\n" % (len(piece), piece)
        at, turn = at + len(piece), turn + 1
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + coded + b"0\r\ntrailer: 1\r\n\r\n"


def objects(stream: bytes) -> list[dict[str, Any]]:
    """The data of a stream's events, as a client reads them."""
    found = []
    text = re.sub("\r\n|\r", "\n", stream.decode("utf-8", "surrogatepass"))
    for event in text.split("\n\n"):
        lines = [line[5:].removeprefix(" ") for line in event.split("\n") if line.startswith("data:")]
        data = "\n".join(lines)
        if lines and data != "[DONE]":
            found.append(json.loads(data))
    return found


def is_usage_only(data: dict[str, Any]) -> bool:
    return (
        data.get("choices") == [] and isinstance(data.get("usage"), dict) and data.get("error") in (None, False, "", 0)
    )


sizes = st.lists(st.integers(1, 90), min_size=1, max_size=6)
framings = st.sampled_from(["length", "chunked", "close"])


@given(st.lists(events(), max_size=5), sizes, sizes, framings, st.booleans(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_streams(
    stream: list[Event], cuts: list[int], pieces: list[int], framing: str, strip: bool, chunked: bool
) -> None:
    body = "".join([*(event.wire for event in stream), "data: [DONE]\n\n"]).encode("utf-8", "surrogatepass")
    answer = framed(body, framing, pieces)
    told = relay(answer, cuts, strip, chunked)
    assert told == relay(answer, [len(answer)], strip, False) == relay(answer, [1], strip, False)
    assert (told.state, told.fault, told.flags[0], told.flags[2]) == (2, None, True, framing != "close")
    data = [event.data for event in stream if event.data is not None]
    if strip:
        kept = [item for item in data if not is_usage_only(item)]
        expected = [{name: value for name, value in item.items() if name != "usage"} for item in kept]
        assert objects(told.sent) == expected
        assert told.counts[0] == len(expected)
    else:
        assert told.sent == body
    said = [item["usage"] for item in data if isinstance(item.get("usage"), dict)]
    prompts = [count for told_usage in said if is_count(count := told_usage.get("prompt_tokens"))]
    if prompts and set(map(len, said)) == {1}:
        assert told.usage is not None and told.usage.prompt_tokens == prompts[-1]
    if not said:
        assert told.usage is None


def is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= 10**9


@given(st.lists(events(), min_size=1, max_size=4), sizes, framings, st.data())
@settings(max_examples=200, deadline=None)
def test_broken_streams(stream: list[Event], cuts: list[int], framing: str, data: st.DataObject) -> None:
    """What goes out of a stream that breaks off anywhere is whole events, and never a clean end."""
    body = "".join([*(event.wire for event in stream), "data: [DONE]\n\n"]).encode("utf-8", "surrogatepass")
    answer = framed(body, framing, cuts)
    head = answer.index(b"\r\n\r\n") + 4
    broken = answer[: data.draw(st.integers(head, len(answer) - 1))]
    told = relay(broken, cuts, False, False)
    assert told == relay(broken, [len(broken)], False, False) == relay(broken, [1], False, False)
    assert body.startswith(told.sent)
    if b"data: [DONE]" in told.sent and told.flags[0]:
        assert told.state == 2
    else:
        assert told.state == 3 and told.fault is not None
        assert re.fullmatch(rb"|.*(\r\n?|\n)(\r\n?|\n)", told.sent, re.DOTALL)


@given(st.binary(max_size=300), sizes, framings, st.integers(200, 599))
def test_plain_answers(body: bytes, cuts: list[int], framing: str, status: int) -> None:
    answer = framed(body, framing, cuts).replace(b"200 OK", b"%d X" % status, 1)
    if status in (204, 304):
        answer, body = answer[: answer.index(b"\r\n\r\n") + 4], b""
    kept, passed, at = Reply(), Reply(), 0
    passed.start_relay(False, False, False)
    sent = b""
    while at < len(answer):
        size = cuts[at % len(cuts)]
        kept.feed(answer[at : at + size])
        sent += passed.relay(answer[at : at + size])
        at += size
    assert (kept.end(), kept.status, kept.take()) == (2, status, body)
    assert (passed.end(), passed.relay(b""), sent) == (2, b"", body)
