"""However an upstream's bytes are cut, the client gets the same; and nothing but what the rules name is taken out.

The oracle reads what went in and what came out with `json`, and knows nothing of how the relay works.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nemoproxy._core import Prices, Reply, Request, Usage, count_tokens

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
        assert told.sent == without_ids(body)
    said = [item["usage"] for item in data if isinstance(item.get("usage"), dict)]
    prompts = [count for told_usage in said if is_count(count := told_usage.get("prompt_tokens"))]
    if prompts and set(map(len, said)) == {1}:
        assert told.usage is not None and told.usage.prompt_tokens == prompts[-1]
    if not said:
        assert told.usage is None


def without_ids(body: bytes) -> bytes:
    """What the rules leave of a stream whose `usage` is not taken out."""
    return re.sub(rb"id: 1(\r\n|\n|\r)", b"", body)


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
    assert without_ids(body).startswith(told.sent)
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


ASKED = Request.parse(b'{"model":"m","stream":true,"messages":[{"role":"user","content":"?"}]}', "chat")
words = st.sampled_from(["Hello", " world", " the", ", ", "don't", "\n", " 3", "14", "é", "中文。", "😀", "!", "x", ""])
deltas = st.lists(st.lists(st.tuples(st.integers(0, 2), words), min_size=1, max_size=2), max_size=12)


def saying(delta: list[tuple[int, str]]) -> bytes:
    choices = [{"index": index, "delta": {"content": text}} for index, text in delta]
    return b"data: %b\n\n" % json.dumps({"id": "c-1", "model": "m", "choices": choices}).encode()


def tokens(stream: list[list[tuple[int, str]]]) -> int:
    """Of each choice's whole text."""
    texts = ["", "", ""]
    for index, text in (part for delta in stream for part in delta):
        texts[index] += text
    return sum(count_tokens(text, "cl100k_base") for text in texts)


@given(deltas, st.integers(0, 30), sizes, st.booleans())
@settings(max_examples=300, deadline=None)
def test_allowances(stream: list[list[tuple[int, str]]], allowance: int, cuts: list[int], strip: bool) -> None:
    """What is delivered is the longest beginning of the stream that the allowance covers; cut off, it ends well."""
    body = b"".join(map(saying, stream)) + b"data: [DONE]\n\n"
    reply = Reply()
    reply.start_relay(True, strip, False, "cl100k_base", Prices(input=1_000_000, output=2_000_000), ASKED, 7)
    reply.allow(allowance)
    answer, at, sent = framed(body, "chunked", cuts), 0, b""
    while at < len(answer):
        size = cuts[at % len(cuts)]
        sent += reply.relay(answer[at : at + size])
        at += size
    fits = 0
    while fits < len(stream) and (tokens(stream[: fits + 1]) <= allowance or not any(text for _, text in stream[fits])):
        fits += 1
    delivered = tokens(stream[:fits])
    assert reply.output_tokens("cl100k_base") == delivered <= allowance
    if fits == len(stream):
        assert (sent, reply.needs, reply.state) == (body, 3, 2)
        return
    assert (sent, reply.needs, reply.state) == (b"".join(map(saying, stream[:fits])), 2, 1)
    ended = reply.cut("insufficient_credits", 7)
    assert (reply.needs, reply.state, reply.reusable, reply.relay(b"x")) == (3, 2, False, b"")
    assert ended.endswith(b"data: [DONE]\n\n")
    finishing = objects(ended)
    assert {(item["id"], item["model"]) for item in finishing} == {("c-1", "m")}
    if not strip:
        usage = {"prompt_tokens": 7, "completion_tokens": delivered, "total_tokens": 7 + delivered}
        last = finishing.pop()
        assert (last["choices"], last["usage"].pop("cost")) == ([], pytest.approx((7 + 2 * delivered) / 1e10))
        assert last["usage"] == usage
    seen = {index for delta in stream[: max(fits, 1)] for index, _ in delta}
    assert {item["choices"][0]["index"] for item in finishing} == seen
    assert all(item["choices"][0]["finish_reason"] == "length" for item in finishing)
    assert all(item["nemo"] == {"cut_off": "insufficient_credits"} for item in finishing)


@given(deltas, st.lists(st.integers(1, 9), min_size=1, max_size=4), sizes)
@settings(max_examples=200, deadline=None)
def test_an_allowance_that_grows_in_time(
    stream: list[list[tuple[int, str]]], steps: list[int], cuts: list[int]
) -> None:
    body = b"".join(map(saying, stream)) + b"data: [DONE]\n\n"
    reply = Reply()
    reply.start_relay(True, False, False, "cl100k_base")
    allowed, turn = 0, 0
    reply.allow(0)
    answer, at, sent = framed(body, "length", cuts), 0, b""
    while at < len(answer) or reply.needs == 2:
        size = cuts[at % len(cuts)]
        sent += reply.relay(answer[at : at + size])
        at += size
        if reply.needs in (1, 2):
            allowed, turn = allowed + steps[turn % len(steps)], turn + 1
            reply.allow(allowed)
        assert reply.output_tokens("cl100k_base") <= allowed
    assert (sent, reply.state, reply.output_tokens("cl100k_base")) == (body, 2, tokens(stream))
