"""Whatever Claude says, in whatever pieces: the stream says what the whole answer says. And nothing that comes from
outside, client or provider, makes a translator do anything but translate or refuse."""

from __future__ import annotations

import json
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk

from nemoproxy.errors import GatewayError, InvalidRequest, UpstreamInvalid
from nemoproxy.providers.anthropic import AnthropicDialect
from nemoproxy.providers.anthropic.models import KNOWN
from nemoproxy.providers.anthropic.schema import is_narrow, narrow
from nemoproxy.providers.messages import MessageEvents, translate_answer, translate_request
from nemoproxy.providers.translation import DONE, Asked
from nemoproxy.types import Endpoint
from tests.timing import LONG

DIALECT = AnthropicDialect()
ASKED = Asked("m", 1, include_usage=True)

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
ids = st.text("abcdef0123456789_", min_size=1, max_size=8)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False), texts
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
citations = st.fixed_dictionaries(
    {"type": st.just("web_search_result_location"), "url": texts, "title": texts, "cited_text": texts}
) | st.fixed_dictionaries({"type": st.just("char_location"), "document_index": st.integers(0, 9), "cited_text": texts})
blocks = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("text"), "text": texts}, optional={"citations": st.lists(citations, max_size=2)}
    ),
    st.fixed_dictionaries({"type": st.just("thinking"), "thinking": texts, "signature": texts}),
    st.fixed_dictionaries({"type": st.just("redacted_thinking"), "data": texts}),
    st.fixed_dictionaries(
        {"type": st.just("tool_use"), "id": ids, "name": ids, "input": st.dictionaries(texts, values, max_size=3)}
    ),
    st.fixed_dictionaries(
        {"type": st.just("server_tool_use"), "id": ids, "name": ids, "input": st.just({"query": "x"})}
    ),
)
usages = st.fixed_dictionaries(
    {"input_tokens": st.integers(0, 9999), "output_tokens": st.integers(0, 9999)},
    optional={
        "cache_read_input_tokens": st.integers(0, 99),
        "cache_creation_input_tokens": st.none() | st.integers(0, 99),
    },
)
messages = st.fixed_dictionaries(
    {
        "id": ids.map("msg_".__add__),
        "type": st.just("message"),
        "role": st.just("assistant"),
        "model": ids,
        "content": st.lists(blocks, max_size=5),
        "stop_reason": st.sampled_from(["end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn"]),
        "stop_sequence": st.none(),
        "usage": usages,
    }
)
PIECES = {"text": ("text_delta", "text", "text"), "thinking": ("thinking_delta", "thinking", "thinking")}


def pieces(draw: st.DrawFn, text: str) -> list[str]:
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@st.composite
def streams(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A message, and the events that say it."""
    message = draw(messages)
    empty = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": empty}]
    for index, block in enumerate(message["content"]):
        opening, deltas = dict(block), []
        if block["type"] in PIECES:
            kind, member, of = PIECES[block["type"]]
            opening[of] = ""
            deltas = [{"type": kind, member: piece} for piece in pieces(draw, block[of])]
            if block["type"] == "thinking":
                opening["signature"] = ""
                deltas.append({"type": "signature_delta", "signature": block["signature"]})
            if block.get("citations"):
                opening["citations"] = []
                deltas[1:1] = [{"type": "citations_delta", "citation": citation} for citation in block["citations"]]
        elif block["type"] in ("tool_use", "server_tool_use"):
            opening["input"] = {}
            given_input = orjson.dumps(block["input"]).decode() if block["input"] else ""
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces(draw, given_input)]
        events.append({"type": "content_block_start", "index": index, "content_block": opening})
        for delta in deltas:
            events.append({"type": "content_block_delta", "index": index, "delta": delta})
            if draw(st.booleans()):
                events.append({"type": "ping"})
        events.append({"type": "content_block_stop", "index": index})
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    events.append(
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": message["usage"]["output_tokens"]}}
    )
    return message, [*events, {"type": "message_stop"}]


def fed(events: list[dict[str, Any]]) -> tuple[Any, list[bytes]]:
    translator = DIALECT.events(ASKED)
    return translator, [chunk for event in events for chunk in translator.feed(event["type"], orjson.dumps(event))]


def without_index(items: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return [{name: value for name, value in item.items() if name != "index"} for item in items or []]


@given(streams())
def test_the_stream_says_what_the_answer_says(said: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    message, events = said
    whole = json.loads(DIALECT.answer(200, orjson.dumps(message), ASKED).body)
    translator, chunks = fed(events)
    assert translator.finished and chunks.pop() == DONE
    state: ChatCompletionStreamState[None] = ChatCompletionStreamState()
    for chunk in chunks:
        state.handle_chunk(ChatCompletionChunk.model_validate_json(chunk))
    streamed = state.current_completion_snapshot.model_dump()
    choice, wanted = streamed["choices"][0], whole["choices"][0]
    assert choice["finish_reason"] == wanted["finish_reason"]
    spoken, meant = choice["message"], wanted["message"]
    assert (spoken["content"] or "") == (meant["content"] or "")
    for call, other in zip(spoken["tool_calls"] or [], meant.get("tool_calls", []), strict=True):
        assert (call["id"], call["function"]["name"]) == (other["id"], other["function"]["name"])
        assert orjson.loads(call["function"]["arguments"]) == orjson.loads(other["function"]["arguments"])
    for member in ("thinking_blocks", "annotations", "citations"):
        assert without_index(spoken.get(member)) == meant.get(member, [])
    assert spoken.get("reasoning_content", "") == meant.get("reasoning_content", "")
    for name in ("prompt_tokens", "completion_tokens", "total_tokens"):
        assert streamed["usage"][name] == whole["usage"][name]


@given(streams(), st.integers(0, 40))
def test_half_a_stream_is_never_a_whole_one(said: tuple[dict[str, Any], list[dict[str, Any]]], cut: int) -> None:
    _, events = said
    _, all_chunks = fed(events)
    translator, chunks = fed(events[: min(cut, len(events) - 1)])
    assert chunks == all_chunks[: len(chunks)]
    assert translator.finish() == [] and not translator.finished and DONE not in chunks
    assert not any(json.loads(chunk)["choices"][0]["finish_reason"] for chunk in chunks)


@given(streams())
def test_messages_events_are_well_formed(said: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    """Begin, blocks one after the other, end: whatever the chunks were."""
    _, chunks = fed(said[1])
    translator = MessageEvents("m", 3)
    frames = b"".join(map(translator.feed, chunks)).decode().split("\n\n")[:-1]
    kinds = [json.loads(frame.partition("data: ")[2]) for frame in frames]
    assert translator.finished
    assert [kinds[0]["type"], kinds[-2]["type"], kinds[-1]["type"]] == [
        "message_start",
        "message_delta",
        "message_stop",
    ]
    index, is_open = -1, False
    for event in kinds[1:-2]:
        if event["type"] == "content_block_start":
            assert not is_open and event["index"] == index + 1
            index, is_open = index + 1, True
        else:
            assert is_open and event["index"] == index
            is_open = event["type"] != "content_block_stop"
    assert not is_open


members = st.sampled_from(
    "tools tool_choice response_format stop reasoning_effort max_tokens temperature user thinking output_config system "
    "n service_tier web_search_options parallel_tool_calls metadata top_p stop_sequences context_management".split()
)
names = st.sampled_from(
    "type role content text image_url url file file_data tool_calls id function name arguments tool_call_id strict "
    "json_schema schema input source data media_type thinking_blocks signature input_schema properties items $ref "
    "tool_use_id allowed_tools tools mode title format anyOf required".split()
)
known = st.sampled_from(
    "user assistant system tool text image_url file function json_schema json_object object tool_use tool_result "
    "thinking document base64 image search_result content url auto allowed_tools any {} #/$defs/a "
    "data:image/png;base64,AA".split()
)
odd = st.recursive(
    scalars | known,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=20,
)
parts = st.lists(
    st.fixed_dictionaries(
        {"type": known | odd},
        optional=dict.fromkeys(("text", "image_url", "file", "source", "content", "tool_use_id", "id", "input"), odd),
    ),
    max_size=3,
)
turns = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant", "system", "tool"]) | odd},
        optional={
            "content": parts | odd,
            "tool_calls": parts | odd,
            "thinking_blocks": parts | odd,
            "tool_call_id": odd,
        },
    ),
    max_size=4,
)
bodies = st.builds(
    lambda rest, said: {**rest, **({} if said is None else {"messages": said})},
    st.dictionaries(members, odd | parts, max_size=5),
    st.none() | turns | odd,
)


@settings(max_examples=400 if LONG else 120)
@given(bodies, st.sampled_from([f"claude-{name}" for name in KNOWN] + ["other"]))
def test_a_request_is_translated_or_refused(body: dict[str, Any], model: str) -> None:
    for asked in (body, {"model": "m", "messages": [{"role": "user", "content": "x"}], **body}):
        try:
            sent = DIALECT.request(Endpoint.CHAT, asked, model, stream=False)
        except InvalidRequest as refused:
            assert refused.param
        else:
            assert json.loads(sent.body)["model"] == model


@settings(max_examples=400 if LONG else 120)
@given(bodies, st.booleans())
def test_a_messages_request_is_translated_or_refused(body: dict[str, Any], extended: bool) -> None:
    for asked in (body, {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}], **body}):
        try:
            assert json.loads(translate_request(asked, extended=extended))["model"]
        except InvalidRequest as refused:
            assert refused.param


events = st.sampled_from(
    "message_start content_block_start content_block_delta content_block_stop message_delta message_stop error".split()
)
junk = (
    st.binary(max_size=30)
    | odd.map(orjson.dumps)
    | st.dictionaries(
        st.sampled_from("type index message content_block delta usage error choices id finish_reason".split()),
        odd,
        max_size=5,
    ).map(orjson.dumps)
)


@settings(max_examples=400 if LONG else 120)
@given(st.lists(st.tuples(events | st.just(""), junk), max_size=6))
def test_no_event_is_too_odd(stream: list[tuple[str, bytes]]) -> None:
    out, back = DIALECT.events(ASKED), MessageEvents("m", 1)
    for name, data in stream:
        for chunk in out.feed(name, data):
            assert chunk == DONE or isinstance(json.loads(chunk), dict)
            back.feed(chunk)
    fresh = MessageEvents("m", 1)
    for _, data in stream:
        fresh.feed(data)


@given(junk, st.sampled_from([200, 400, 500, 529]))
def test_no_answer_is_too_odd(body: bytes, status: int) -> None:
    for translate in (lambda: DIALECT.answer(status, body, ASKED).body, lambda: translate_answer(body, "m")):
        try:
            assert isinstance(json.loads(translate()), dict)
        except UpstreamInvalid as refused:
            assert isinstance(refused, GatewayError)


@given(odd)
def test_narrowing_ends_and_is_stable(schema: Any) -> None:
    is_narrow(schema)
    once = narrow(schema)
    assert narrow(once) == once
