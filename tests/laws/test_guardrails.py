"""For every text and every way of cutting it, the redacted stream is the redaction of the whole text."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nemoproxy._core import Guardrail, Policy, Reply

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
POLICY = Policy(
    [
        Guardrail.built_in("redact", False, "pii", [], [], []),
        Guardrail.patterns("redact", False, [("badge", "EMP-[0-9]{6}"), ("long", "<<[a-z]{0,60}>>")]),
    ]
)
BOTH = 3
CHANNELS = ("content", "refusal", "reasoning", "reasoning_content", "arguments")

VALUES = [
    *("jane.doe@example.com", "4111 1111 1111 1111", "EMP-123456", "<<abcdefghijklmnopqrstuvwxyz>>"),
    *(
        "+44 20 7946 0958",
        "192.168.17.4",
        "EMP-12345",
        "jane.doe@",
        "4111",
        '"',
        "\\",
        "\\u0041",
        "é",
        "\N{GRINNING FACE}",
        " ",
    ),
    *("\u200b", "\n", "\uff4aane", "[at]", "4111-1111-1111-1111", "a" * 40),
]
texts = st.lists(st.sampled_from(VALUES) | st.text(max_size=8), max_size=6).map("".join)


def delta(choice: int, channel: str, piece: str, *, escaped: bool) -> bytes:
    if channel == "arguments":
        inner: dict[str, Any] = {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
    else:
        inner = {channel: piece}
    event = {"id": "x", "choices": [{"index": choice, "delta": inner, "finish_reason": None}]}
    return b"data: " + json.dumps(event, ensure_ascii=escaped).encode("utf-8", "surrogatepass") + b"\n\n"


def joined(stream: bytes) -> dict[tuple[int, str], str]:
    """The texts of a stream, as a client adds them up."""
    found: dict[tuple[int, str], str] = {}
    for line in stream.split(b"\n"):
        if not line.startswith(b"data: {"):
            continue
        for choice in json.loads(line[6:])["choices"]:
            inner = dict(choice["delta"])
            for call in inner.pop("tool_calls", ()):
                inner["arguments"] = call["function"]["arguments"]
            for channel, piece in inner.items():
                found[choice["index"], channel] = found.get((choice["index"], channel), "") + piece
    return found


def relayed(reads: list[bytes]) -> bytes:
    reply = Reply()
    reply.feed(HEAD)
    reply.start_relay(True, False, False)
    reply.guard(POLICY, BOTH)
    out = b"".join(map(reply.relay, reads))
    reply.end()
    assert reply.blocked_by is None
    assert not reply.guard_failed
    return out + reply.relay(b"")


def whole(channel: str, text: str) -> str:
    answer = delta(0, channel, text, escaped=False)
    screening = POLICY.screen_answer(answer, True, BOTH)
    return joined(screening.body or answer)[0, channel]


@given(st.data())
def test_cuts_do_not_matter(data: st.DataObject) -> None:
    said = {
        (choice, channel): data.draw(texts)
        for choice in range(data.draw(st.integers(1, 3)))
        for channel in data.draw(st.sets(st.sampled_from(CHANNELS), min_size=1))
    }
    rest = dict(said)
    stream = b""
    while any(rest.values()):
        place = data.draw(st.sampled_from([place for place, text in rest.items() if text]))
        length = data.draw(st.integers(1, 12) | st.just(1000))
        piece, rest[place] = rest[place][:length], rest[place][length:]
        stream += delta(*place, piece, escaped=data.draw(st.booleans()))
    if data.draw(st.booleans()):
        stream += b'data: {"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    stream += b"data: [DONE]\n\n"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    reads = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    got = joined(relayed(reads))
    for (choice, channel), text in said.items():
        assert got.get((choice, channel), "") == whole(channel, text)


LINES = [b"", b"id: 1\r\n", b"event: x\n", b": c\n"]
"""Before the data of an event."""


@given(st.lists(st.tuples(texts, st.booleans(), st.sampled_from(LINES)), max_size=5), st.data())
def test_the_copy_is_the_stream_without_guardrails(said: list[tuple[str, bool, bytes]], data: st.DataObject) -> None:
    """However it is cut, and with all other edits: no ids, no usage that nobody asked for."""
    stream = b"".join(line + delta(0, "content", text, escaped=escaped) for text, escaped, line in said)
    usage = b'{"id":"x","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}'
    stream += data.draw(st.sampled_from([b"", b"data: " + usage + b"\n\n", b"data: {\ndata: }\r\n\r\n"]))
    stream += b"data: [DONE]\n\n"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reads = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    strip = data.draw(st.booleans())

    def relay(*, guarded: bool) -> tuple[bytes, bytes | None]:
        reply = Reply()
        reply.feed(HEAD)
        reply.start_relay(True, strip, data.draw(st.booleans()) if guarded else False)
        if guarded:
            reply.guard(POLICY, BOTH)
            reply.keep_copy(1 << 20)
        out = b"".join(map(reply.relay, reads))
        reply.end()
        return out + reply.relay(b""), reply.take_copy()

    assert relay(guarded=True)[1] == relay(guarded=False)[0]


@given(texts, st.booleans())
def test_arguments_that_were_json_are_json(text: str, escaped: bool) -> None:
    arguments = json.dumps({"a": text, "n": [4111111111111111, 1.5], "b": {text: None}}, ensure_ascii=escaped)
    redacted = json.loads(whole("arguments", arguments))
    assert redacted["n"] == ["[CREDIT_CARD_REDACTED]", 1.5]
