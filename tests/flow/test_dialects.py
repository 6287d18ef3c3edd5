"""The `openai` package on Claude and on Gemini: in by the front door, and behind it a mock as strict as they are."""

from __future__ import annotations

import json
from typing import Any, Literal

import openai
import pytest
from pydantic import BaseModel

from nemoproxy.config import Secret
from nemoproxy.providers.openai import listed
from tests.purse import Purse
from tests.site import CLAUDE_KEY, GEMINI_KEY, Site
from tests.upstream import Upstream, read_request
from tests.wire import Answer, Wire, post

HELLO: Any = [{"role": "user", "content": "Hello there"}]
BOTH = pytest.mark.parametrize("provider", ["claude", "gemini"])


def ask(site: Site, key: str, model: str) -> Answer:
    """A stream, as it comes on the wire."""
    with Wire(site.port) as wire:
        wire.send(post({"model": model, "messages": HELLO, "stream": True}, key))
        return wire.answer()


def tool(name: str) -> Any:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


@BOTH
def test_plain_streamed_and_charged(site: Site, client: openai.OpenAI, provider: str) -> None:
    purse = Purse.make(site, 10**9)
    mine = client.with_options(api_key=purse.key)
    model = f"{provider}/mock"
    plain = mine.chat.completions.create(model=model, messages=HELLO)
    assert plain.choices[0].message.content == "You said: Hello there"
    assert plain.usage is not None
    chunks = list(mine.chat.completions.create(model=model, messages=HELLO, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "You said: Hello there"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all("usage" not in chunk.model_fields_set for chunk in chunks), "it was not asked for"
    told = list(
        mine.chat.completions.create(model=model, messages=HELLO, stream=True, stream_options={"include_usage": True})
    )
    usage: Any = told[-1].usage
    purse.check()
    rows = purse.rows()
    assert [row.provider for row in rows] == [provider] * 3
    assert not any(row.estimated for row in rows)
    assert [(row.prompt_tokens, row.output_tokens) for row in rows[:1]] == [
        (plain.usage.prompt_tokens, plain.usage.completion_tokens)
    ]
    assert {(row.prompt_tokens, row.output_tokens) for row in rows[1:]} == {
        (usage.prompt_tokens, usage.completion_tokens)
    }
    assert usage.cost == pytest.approx(rows[2].cost / 10**10)


@pytest.mark.parametrize(
    "model", ["claude/claude-tools-parallel", "gemini/mock-parallel", "gemini/mock-parallel-gemini-3"]
)
@pytest.mark.parametrize("streamed", [False, True])
def test_parallel_tools_there_and_back(client: openai.OpenAI, model: str, streamed: bool) -> None:
    tools = [tool("weather"), tool("time")]
    messages: list[Any] = [{"role": "system", "content": "Help."}, *HELLO]
    if streamed:
        with client.chat.completions.stream(model=model, messages=messages, tools=tools) as stream:
            final: Any = stream.get_final_completion()
    else:
        final = client.chat.completions.create(model=model, messages=messages, tools=tools)
    message = final.choices[0].message
    assert final.choices[0].finish_reason == "tool_calls"
    called = [(call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls]
    assert called == [("weather", {"city": "mock"}), ("time", {"city": "mock"})]
    messages.append(message.model_dump(exclude_none=True, exclude={"parsed"}))
    messages += [{"role": "tool", "tool_call_id": call.id, "content": "22 C"} for call in message.tool_calls]
    again = client.chat.completions.create(model=model, messages=messages, tools=tools)
    assert again.choices[0].message.content is not None


class Step(BaseModel):
    why: str
    how: int


@pytest.mark.parametrize("model", ["claude/claude-opus-4-6", "claude/claude-sonnet-4-0", "gemini/mock"])
def test_structured_output(client: openai.OpenAI, model: str) -> None:
    parsed = client.chat.completions.parse(model=model, messages=HELLO, response_format=Step)
    assert parsed.choices[0].message.parsed is not None
    with client.chat.completions.stream(model=model, messages=HELLO, response_format=Step) as stream:
        assert stream.get_final_completion().choices[0].message.parsed == parsed.choices[0].message.parsed


@BOTH
def test_images_of_any_size(client: openai.OpenAI, provider: str) -> None:
    """A long body is translated on a thread, a short one at once."""
    for padding in ("", "A" * 200_000):
        url = "data:image/png;base64,iVBORw0KGgoA" + padding
        content: Any = [{"type": "text", "text": "See"}, {"type": "image_url", "image_url": {"url": url}}]
        whole = client.chat.completions.create(
            model=f"{provider}/mock", messages=[{"role": "user", "content": content}]
        )
        assert whole.choices[0].message.content == "You said: See"


def test_embeddings_on_gemini(client: openai.OpenAI) -> None:
    found = client.embeddings.create(model="gemini/mock", input=["one", "two"])
    assert len(found.data) == 2 and len(found.data[0].embedding) == 768


@pytest.mark.parametrize("many", [1, 200])
@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_embeddings_say_what_they_are_charged_for(
    site: Site, client: openai.OpenAI, many: int, encoding: Literal["float", "base64"]
) -> None:
    """Google does not, and OpenAI's clients read a `usage`."""
    purse = Purse.make(site, 10**9)
    mine = client.with_options(api_key=purse.key)
    texts = ["some words"] * many
    found = mine.embeddings.create(model="gemini/mock", input=texts, encoding_format=encoding)
    assert (len(found.data), found.usage.prompt_tokens) == (many, found.usage.total_tokens)
    purse.check()
    assert [row.prompt_tokens for row in purse.rows()] == [found.usage.prompt_tokens]


def test_models_are_listed(site: Site, client: openai.OpenAI) -> None:
    assert any(model.id.startswith("claude/") for model in client.models.list())
    google = b'{"models":[{"name":"models/gemini-x","displayName":"X"}]}'
    assert listed(google, "gemini")["gemini-x"]["owned_by"] == "gemini"


def test_what_cannot_be_carried_over_is_refused_and_costs_nothing(site: Site, client: openai.OpenAI) -> None:
    purse = Purse.make(site, 10**9)
    mine = client.with_options(api_key=purse.key)
    with pytest.raises(openai.BadRequestError) as refused:
        mine.chat.completions.create(model="claude/mock", messages=HELLO, n=2)
    assert (refused.value.param, refused.value.code) == ("n", "unsupported_parameter")
    with pytest.raises(openai.BadRequestError):
        mine.embeddings.create(model="claude/mock", input="one")
    purse.check()
    assert purse.rows() == [] and purse.balance() == 10**9


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("claude/mock,status=529", 503, "overloaded"),
        ("claude/mock,status=429,retry-after=7", 429, "rate_limit_exceeded"),
        ("gemini/mock,status=429,retry-after=7", 429, "rate_limit_exceeded"),
        ("gemini/mock,status=503", 503, "unavailable"),
        ("claude/mock,body=html,status=500", 500, None),
        ("gemini/mock,body=other,status=500", 500, None),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_errors_are_the_clients_own(client: openai.OpenAI, model: str, status: int, code: str, stream: bool) -> None:
    with pytest.raises(openai.APIStatusError) as failed:
        client.chat.completions.create(model=model, messages=HELLO, stream=stream)
    assert (failed.value.status_code, failed.value.code) == (status, code)
    assert failed.value.response.headers["x-nemo-request-id"]
    if "retry-after" in model:
        assert failed.value.response.headers["retry-after"] == "7"


@BOTH
@pytest.mark.parametrize("fault", ["cut:2", "reset:2", "badchunk:2", "errorevent:3", "badjson:3"])
def test_a_stream_that_breaks_off_ends_with_an_error(client: openai.OpenAI, provider: str, fault: str) -> None:
    model = f"{provider}/mock,events=8,spacing=10ms,fault={fault}".replace(":2", ":4" if provider == "claude" else ":2")
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model=model, messages=HELLO, stream=True))


@BOTH
@pytest.mark.parametrize("split", [1, 7])
def test_however_the_bytes_are_cut(site: Site, provider: str, split: int) -> None:
    def said(options: str) -> str:
        text = ask(site, site.key, f"{provider}/mock,events=6{options}").body.decode()
        pieces = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
        assert text.endswith("data: [DONE]\n\n")
        return "".join(piece["choices"][0]["delta"].get("content") or "" for piece in pieces)

    assert said(f",split={split}") == said(f",split={split},crlf,comment") == said("")


@BOTH
def test_credentials_go_to_the_provider_and_nowhere_else(site: Site, client: openai.OpenAI, provider: str) -> None:
    client.chat.completions.create(model=f"{provider}/mock", messages=HELLO)
    seen = site.mock.requests[-1]
    header, secret = ("x-api-key", CLAUDE_KEY) if provider == "claude" else ("x-goog-api-key", GEMINI_KEY)
    assert seen.header(header) == secret.reveal()
    assert seen.header("authorization") is None


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("anthropic", b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"%b"}}\n\n'),
        ("gemini", b'data: {"error":{"code":503,"status":"UNAVAILABLE","message":"%b"}}\n\n'),
    ],
)
def test_an_error_before_any_output_is_a_plain_error_without_our_keys(tmp_path: Any, kind: Any, event: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"

    def talk(connection: Any, _: int) -> None:
        read_request(connection)
        connection.sendall(head + event % b"no, sk-canary-12345678")

    with Upstream(talk) as upstream, upstream.site(tmp_path, kind=kind, api_key=Secret("sk-canary-12345678")) as site:
        answer = ask(site, site.key, "m")
        assert answer.status == 503
        assert answer.json()["error"]["message"] == "no, [redacted]"
        assert site.rows("SELECT * FROM usage") == []


@BOTH
def test_a_stream_that_outgrows_the_money_is_cut_off_well(site: Site, provider: str) -> None:
    purse = Purse.make(site, 25 * 10_000 + 40 * 20_000)
    answer = ask(site, purse.key, f"{provider}/mock,events=400")
    assert answer.body.endswith(b"data: [DONE]\n\n")
    assert b'"cut_off":"insufficient_credits"' in answer.body
    purse.check()
    assert purse.rows()[0].ending == "cut_off"
