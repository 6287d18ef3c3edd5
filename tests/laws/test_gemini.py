"""Laws of the Gemini translator, for all messages, all answers and all ways of cutting them into events."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from nemoproxy.errors import InvalidRequest, UpstreamInvalid
from nemoproxy.providers.gemini import Gemini
from nemoproxy.providers.translation import DONE, Asked
from nemoproxy.types import Endpoint
from tests.google_types import check_request

GEMINI = Gemini()
ASKED = Asked("alias", 1_767_225_600, include_usage=True)
MODELS = st.sampled_from(["gemini-2.0-flash", "gemini-2.5-pro", "gemini-3-flash-preview", "gemini-3.1-pro-preview"])
NAMES = st.sampled_from(["f", "g", "get_weather"])
WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 53), 1 << 53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(WORDS, JSON, max_size=3)

# --- requests ---

IDS = st.integers(0, 1 << 30).map(lambda number: f"id{number}")
TEXTS = st.builds(lambda text: {"type": "text", "text": text}, WORDS)
IMAGES = st.just({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}})
USERS = st.builds(
    lambda content: [{"role": "user", "content": content}], WORDS | st.lists(TEXTS | IMAGES, min_size=1, max_size=3)
)
SYSTEMS = st.builds(lambda text: [{"role": "system", "content": text}], WORDS)
SAYINGS = st.builds(lambda text: [{"role": "assistant", "content": text}], WORDS)


@st.composite
def calls_and_results(draw: st.DrawFn) -> list[dict[str, Any]]:
    ids = draw(st.lists(IDS, min_size=1, max_size=4, unique=True))
    calls = []
    for id in ids:
        arguments = orjson.dumps(draw(ARGUMENTS)).decode()
        call = {"id": id, "type": "function", "function": {"name": draw(NAMES), "arguments": arguments}}
        signature = {"extra_content": {"google": {"thought_signature": "c2ln"}}} if draw(st.booleans()) else {}
        calls.append(call | signature)
    results = [{"role": "tool", "tool_call_id": id, "content": draw(WORDS)} for id in draw(st.permutations(ids))]
    return [{"role": "assistant", "content": draw(st.none() | WORDS), "tool_calls": calls}, *results]


MESSAGES = st.lists(USERS | SYSTEMS | SAYINGS | calls_and_results(), min_size=1, max_size=6).map(
    lambda turns: [message for turn in turns for message in turn]
)


@given(MESSAGES, MODELS)
def test_every_conversation_is_one_for_google(messages: list[dict[str, Any]], model: str) -> None:
    request = {"model": "m", "messages": messages}
    before = orjson.dumps(request)
    outgoing = GEMINI.request(Endpoint.CHAT, request, model, stream=True)
    sent = orjson.loads(outgoing.body)
    assert orjson.dumps(request) == before
    check_request(outgoing.path, sent)
    calls = [
        part["functionCall"] for content in sent["contents"] for part in content["parts"] if "functionCall" in part
    ]
    wanted = [call["function"] for message in messages for call in message.get("tool_calls", ())]
    assert [(call["name"], call["args"]) for call in calls] == [
        (call["name"], orjson.loads(call["arguments"])) for call in wanted
    ]


@given(
    st.dictionaries(
        st.sampled_from("messages tools tool_choice stop n response_format google modalities".split()), JSON
    ),
    MODELS,
)
def test_any_request_is_sent_or_refused(request: dict[str, Any], model: str) -> None:
    for messages in (request.get("messages"), [{"role": "user", "content": request.get("messages")}], [request]):
        try:
            GEMINI.request(Endpoint.CHAT, {"model": "m", **request, "messages": messages}, model, stream=False)
        except InvalidRequest as refusal:
            assert refusal.param


# --- answers ---

SAID = st.builds(lambda text, thought: {"text": text} | ({"thought": True} if thought else {}), WORDS, st.booleans())
CALLS = st.builds(
    lambda name, args, id, signed: {
        "functionCall": {"name": name, "args": args} | ({"id": id} if id else {}),
        **({"thoughtSignature": "c2ln"} if signed else {}),
    },
    NAMES, ARGUMENTS, st.just("") | IDS, st.booleans(),
)  # fmt: skip
EVENTS = st.lists(st.lists(SAID | CALLS, max_size=3), min_size=1, max_size=6)
COUNTS = st.integers(0, 10_000)


@st.composite
def metadata(draw: st.DrawFn) -> dict[str, int]:
    prompt, answer, thoughts = draw(COUNTS), draw(COUNTS), draw(COUNTS)
    total = {"totalTokenCount": prompt + answer + thoughts} if draw(st.booleans()) else {}
    counts = {"promptTokenCount": prompt, "candidatesTokenCount": answer, "thoughtsTokenCount": thoughts}
    return {name: count for name, count in (counts | total).items() if count}


def response(parts: list[Any], **more: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": parts}, "index": 0, **more}], "responseId": "r", "modelVersion": "v"}


@given(EVENTS, metadata())
def test_a_stream_says_what_the_whole_answer_says(events: list[list[Any]], used: dict[str, int]) -> None:
    whole = response([part for parts in events for part in parts], finishReason="STOP")
    expected = orjson.loads(GEMINI.answer(200, orjson.dumps({**whole, "usageMetadata": used}), ASKED).body)
    ChatCompletion.model_validate(expected, strict=True)
    translator = GEMINI.events(ASKED)
    chunks = [chunk for parts in events for chunk in translator.feed("", orjson.dumps(response(parts)))]
    chunks += translator.feed("", orjson.dumps(response([], finishReason="STOP") | {"usageMetadata": used}))
    chunks += translator.finish()
    assert chunks.pop() == DONE
    state = ChatCompletionStreamState()
    for chunk in chunks:
        state.handle_chunk(ChatCompletionChunk.model_validate_json(chunk, strict=True))
    found = state.current_completion_snapshot.to_dict()
    message, other = found["choices"][0]["message"], expected["choices"][0]["message"]
    for name in ("content", "reasoning_content"):
        assert (message.get(name) or "") == (other.get(name) or "")
    named = [(call["id"], call["function"]["name"], call["function"]["arguments"], call.get("extra_content"))
             for call in message.get("tool_calls") or ()]  # fmt: skip
    assert named == [
        (call["id"], call["function"]["name"], call["function"]["arguments"], call.get("extra_content"))
        for call in other.get("tool_calls") or ()
    ]
    assert found["choices"][0]["finish_reason"] == expected["choices"][0]["finish_reason"]
    assert translator.usage == expected.get("usage")
    assert found.get("usage") == expected.get("usage")


@given(st.lists(CALLS, min_size=1, max_size=4), MODELS)
def test_calls_go_back_as_they_came(parts: list[Any], model: str) -> None:
    """The message as it was given, in the history of the next request, is what the model said."""
    whole = response(parts, finishReason="STOP")
    message = orjson.loads(GEMINI.answer(200, orjson.dumps(whole), ASKED).body)["choices"][0]["message"]
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "x"} for call in message["tool_calls"]]
    request = {"model": "m", "messages": [{"role": "user", "content": "?"}, message, *results]}
    sent = orjson.loads(GEMINI.request(Endpoint.CHAT, request, model, stream=False).body)["contents"][1]["parts"]
    new = "gemini-3" in model
    for part, original in zip(sent, parts, strict=True):
        told = {name: value for name, value in original["functionCall"].items() if name != "id" or new}
        assert part["functionCall"] == told
        if "thoughtSignature" in original:
            assert part["thoughtSignature"] == original["thoughtSignature"]


@given(metadata())
def test_usage_adds_up(used: dict[str, int]) -> None:
    body = orjson.dumps(response([{"text": "x"}], finishReason="STOP") | {"usageMetadata": used})
    usage = orjson.loads(GEMINI.answer(200, body, ASKED).body).get("usage")
    if usage is not None:
        assert usage["prompt_tokens"] + usage["completion_tokens"] == usage["total_tokens"]
        assert usage["completion_tokens_details"]["reasoning_tokens"] <= usage["completion_tokens"]


WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                "candidates content parts text functionCall name args index finishReason usageMetadata "
                "promptTokenCount error message code status details promptFeedback blockReason inlineData".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.lists(WILD, max_size=4))
def test_no_answer_breaks_the_translator(values: list[Any]) -> None:
    translator = GEMINI.events(ASKED)
    for value in values:
        try:
            body = orjson.dumps(value)
        except TypeError:  # integers that JSON's writer does not know
            continue
        for chunk in translator.feed("", body):
            assert isinstance(orjson.loads(chunk), dict)
        assert GEMINI.answer(500, body, ASKED).status == 500
        with suppress(UpstreamInvalid):
            GEMINI.answer(200, body, ASKED)
    end = translator.finish()
    assert translator.finished == (end[-1:] == [DONE])
