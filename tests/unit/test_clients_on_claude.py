"""OpenAI's own client on a Claude target, and Anthropic's: requests and answers translated in between, and behind them
a mock as strict as Anthropic. The transports are in memory; what is on the wire is the business of tests/flow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import msgspec
import pytest
from anthropic import Anthropic
from openai import APIError, BadRequestError, InternalServerError, OpenAI
from pydantic import BaseModel

from nemoproxy.errors import GatewayError, error_body
from nemoproxy.mock import anthropic, script
from nemoproxy.mock.answers import Refused
from nemoproxy.mock.options import Plan
from nemoproxy.providers.anthropic import AnthropicDialect
from nemoproxy.providers.messages import MessageEvents, refused, translate_answer, translate_request
from nemoproxy.providers.translation import DONE, Asked, Outgoing
from nemoproxy.types import Endpoint

DIALECT = AnthropicDialect()
SSE = {"content-type": "text/event-stream"}


def ask_claude(out: Outgoing, plan: Plan) -> tuple[int, bytes | Iterator[bytes]]:
    """What the mock says: an answer, or the data of events."""
    if plan.status != 200:
        return plan.status, anthropic.error(plan.status, "Overloaded")
    try:
        found = anthropic.answer(out.path, json.loads(out.body), plan)
    except Refused as refusal:
        return refusal.status, anthropic.error(refusal.status, str(refusal))
    if isinstance(found, bytes):
        return 200, found
    return 200, iter([*found.events(), found.end])


class Claude:
    """A gateway in small: OpenAI's requests in, Claude behind."""

    def __init__(self, model: str, plan: Plan | None = None) -> None:
        self.model = model
        self.plan = plan or Plan()
        self.sent: list[Any] = []

    def chat(self, body: dict[str, Any]) -> tuple[int, bytes | list[bytes]]:
        out = DIALECT.request(Endpoint.CHAT, body, self.model, stream=body.get("stream") is True)
        self.sent.append(json.loads(out.body))
        usage = (body.get("stream_options") or {}).get("include_usage") is True
        asked = Asked(body["model"], 1, include_usage=usage, memo=out.memo)
        status, found = ask_claude(out, self.plan)
        if isinstance(found, bytes):
            answer = DIALECT.answer(status, found, asked)
            return answer.status, answer.body
        events = DIALECT.events(asked)
        return 200, [chunk for data in found for chunk in events.feed(json.loads(data)["type"], data)]

    def handle(self, request: Any) -> httpx2.Response:
        try:
            status, found = self.chat(msgspec.json.decode(request.content))
        except GatewayError as error:
            return httpx2.Response(error.status, content=error_body(error, "req"))
        if isinstance(found, bytes):
            return httpx2.Response(status, content=found)
        return httpx2.Response(200, headers=SSE, content=b"".join(b"data: %b\n\n" % chunk for chunk in found))

    @property
    def openai(self) -> OpenAI:
        transport = httpx2.MockTransport(self.handle)
        return OpenAI(
            api_key="k", base_url="http://x/v1", max_retries=0, http_client=httpx2.Client(transport=transport)
        )

    def handle_messages(self, request: Any) -> httpx2.Response:
        native = msgspec.json.decode(request.content)
        if request.url.path.endswith("/count_tokens"):
            return httpx2.Response(200, content=b'{"input_tokens":7}')
        try:
            status, found = self.chat(msgspec.json.decode(translate_request(native, extended=True)))
        except GatewayError as error:
            return httpx2.Response(error.status, content=refused(error.status, error_body(error, "r"), "r")[1])
        if isinstance(found, list):
            events = MessageEvents(native["model"], 7)
            return httpx2.Response(200, headers=SSE, content=b"".join(map(events.feed, found)))
        if status != 200:
            status, found = refused(status, found, "r")
            return httpx2.Response(status, content=found)
        return httpx2.Response(200, content=translate_answer(found, native["model"]))

    @property
    def anthropic(self) -> Anthropic:
        transport = httpx2.MockTransport(self.handle_messages)
        return Anthropic(api_key="k", max_retries=0, http_client=httpx2.Client(transport=transport))


WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
TIME: Any = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}}}
USER: Any = {"role": "user", "content": "Say it"}


class Step(BaseModel):
    why: str
    how: int


def test_plain_and_streamed() -> None:
    openai = Claude("claude-sonnet-4-5").openai
    whole = openai.chat.completions.create(model="m", messages=[USER])
    assert whole.choices[0].message.content == "You said: Say it"
    assert (whole.choices[0].finish_reason, whole.service_tier) == ("stop", "default")
    pieces = list(openai.chat.completions.create(model="m", messages=[USER], stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in pieces) == "You said: Say it"
    assert pieces[-1].choices[0].finish_reason == "stop"
    told = list(
        openai.chat.completions.create(model="m", messages=[USER], stream=True, stream_options={"include_usage": True})
    )
    assert [chunk.choices for chunk in told].count([]) == 1
    usage = told[-1].usage
    assert usage is not None and usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


@pytest.mark.parametrize("model", ["claude-tools-sonnet", "claude-parallel"])
@pytest.mark.parametrize("streamed", [False, True])
def test_tools_there_and_back(model: str, streamed: bool) -> None:
    claude = Claude(model)
    messages: list[Any] = [{"role": "system", "content": "Help."}, USER]
    tools = [WEATHER, TIME]
    with claude.openai.chat.completions.stream(model="m", messages=messages, tools=tools) as stream:
        final: Any = stream.get_final_completion()
    if not streamed:
        final = claude.openai.chat.completions.create(model="m", messages=messages, tools=tools)
    message = final.choices[0].message
    assert final.choices[0].finish_reason == "tool_calls"
    called = [(call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls]
    assert called == [("get_weather", {"city": "mock"}), ("get_time", {})][: 2 if model == "claude-parallel" else 1]
    messages.append(message.model_dump(exclude_none=True, exclude={"parsed"}))
    messages += [{"role": "tool", "tool_call_id": call.id, "content": "22 C"} for call in message.tool_calls]
    again = claude.openai.chat.completions.create(model="m", messages=messages, tools=tools)
    assert again.choices[0].message.content == "You said: " + "22 C" * len(called)


def test_a_named_tool_is_called() -> None:
    openai = Claude("claude-opus-4-6").openai
    choice: Any = {"type": "function", "function": {"name": "get_time"}}
    whole = openai.chat.completions.create(model="m", messages=[USER], tools=[WEATHER, TIME], tool_choice=choice)
    calls: Any = whole.choices[0].message.tool_calls
    assert [call.function.name for call in calls] == ["get_time"]


@pytest.mark.parametrize("model", ["claude-opus-4-6", "claude-sonnet-4-0"])
def test_structured_output(model: str) -> None:
    """By the API's own means, or by a tool: the client does not see which."""
    openai = Claude(model).openai
    parsed = openai.chat.completions.parse(model="m", messages=[USER], response_format=Step)
    assert parsed.choices[0].message.parsed == Step(why="mock", how=1)
    with openai.chat.completions.stream(model="m", messages=[USER], response_format=Step) as stream:
        assert stream.get_final_completion().choices[0].message.parsed == Step(why="mock", how=1)


def test_thinking_survives_a_round_of_tools() -> None:
    claude = Claude("claude-tools")  # not listed: like the newest
    messages: list[Any] = [USER]
    for model in ("claude-sonnet-4-5", "claude-opus-4-6"):
        claude.model = model
        whole = claude.openai.chat.completions.create(
            model="m", messages=[USER], tools=[WEATHER], reasoning_effort="high"
        )
        message: Any = whole.choices[0].message
        assert (message.reasoning_content, message.content) == ("Hmm.", "You said: Say it")
        messages = [USER, message.model_dump(exclude_none=True), USER]
        claude.openai.chat.completions.create(model="m", messages=messages, reasoning_effort="high")
        assert claude.sent[-1]["messages"][1]["content"][0] == {
            "type": "thinking",
            "thinking": "Hmm.",
            "signature": "bW9jaw==",
        }


def test_images_and_files() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    paper = {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}}
    content: Any = [{"type": "text", "text": "See"}, picture, paper]
    whole = Claude("claude-haiku-4-5").openai.chat.completions.create(
        model="m", messages=[{"role": "user", "content": content}]
    )
    assert whole.choices[0].message.content == "You said: See"


def test_the_limit_is_kept() -> None:
    whole = Claude("claude-opus-5").openai.chat.completions.create(model="m", messages=[USER], max_completion_tokens=2)
    assert (whole.choices[0].message.content, whole.choices[0].finish_reason) == ("You said:", "length")


def test_errors_reach_the_client_as_its_own() -> None:
    with pytest.raises(BadRequestError) as refused_:
        Claude("claude-opus-5").openai.chat.completions.create(model="m", messages=[USER], n=2)
    assert (refused_.value.param, refused_.value.code) == ("n", "unsupported_parameter")
    with pytest.raises(InternalServerError) as overloaded:
        Claude("claude-opus-5", Plan(status=529)).openai.chat.completions.create(model="m", messages=[USER])
    assert (overloaded.value.status_code, overloaded.value.code) == (503, "overloaded")
    events = DIALECT.events(Asked("m", 1))
    reply = anthropic.answer("/messages", {"model": "m", "max_tokens": 9, "messages": [USER], "stream": True}, Plan())
    assert not isinstance(reply, bytes)
    native = [*list(reply.events())[:5], reply.failure("It broke.")]
    chunks = [chunk for data in native for chunk in events.feed(json.loads(data)["type"], data)]
    content = b"".join(b"data: %b\n\n" % chunk for chunk in chunks)
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=SSE, content=content))
    openai = OpenAI(api_key="k", max_retries=0, http_client=httpx2.Client(transport=transport))
    with pytest.raises(APIError, match=r"It broke\."):
        list(openai.chat.completions.create(model="m", messages=[USER], stream=True))
    assert DONE not in chunks


def test_anthropic_client_on_claude() -> None:
    """Translated there and back: plain, streamed, tools, thinking, errors, counts."""
    claude = Claude("claude-tools-parallel")
    tools: Any = [{"name": "f", "input_schema": {"type": "object", "properties": {"n": {"type": "integer"}}}}]
    asked: Any = {"model": "m", "max_tokens": 3000, "messages": [USER]}
    plain = claude.anthropic.messages.create(**asked, thinking={"type": "adaptive"})
    assert [block.type for block in plain.content] == ["thinking", "text"]
    with claude.anthropic.messages.stream(**asked, tools=tools) as stream:
        final = stream.get_final_message()
    assert final.stop_reason == "tool_use"
    assert [(block.name, block.input) for block in final.content if block.type == "tool_use"] == [("f", {"n": 1})]
    results = [{"type": "tool_result", "tool_use_id": "toolu_0", "content": "5", "is_error": True}]
    messages = [USER, {"role": "assistant", "content": final.content}, {"role": "user", "content": results}]
    again = claude.anthropic.messages.create(model="m", max_tokens=99, messages=messages, tools=tools)  # type: ignore[arg-type]
    assert claude.sent[-1]["messages"][2]["content"] == results
    assert again.content[0].type == "text" and again.content[0].text == "You said: 5"
    assert claude.anthropic.messages.count_tokens(model="m", messages=[USER]).input_tokens == 7


def test_the_mock_frames_its_events() -> None:
    asked = {"model": "m", "max_tokens": 9, "messages": [USER], "stream": True}
    whole = b"".join(data for _, data in script.write("POST", "/v1/messages", Plan(), asked).steps())
    assert whole.count(b"event: ") == whole.count(b"data: ") and b"event: message_stop\n" in whole
    assert b"[DONE]" not in whole
    counted = script.write("POST", "/v1/messages/count_tokens", Plan(), {"model": "m", "messages": [USER]})
    assert b'{"input_tokens":' in b"".join(data for _, data in counted.steps())
