"""The `anthropic` package as a user has it, in front of models of every provider."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import pytest

from nemoproxy.config import Cache, Timeouts
from nemoproxy.providers.messages import translate_request
from nemoproxy.server import messages as server_messages
from tests.purse import Purse
from tests.site import Site
from tests.upstream import Upstream, read_request
from tests.wire import Answer, Wire, post

ASKED: Any = {"max_tokens": 100, "messages": [{"role": "user", "content": "Hello there"}]}
MODELS = pytest.mark.parametrize("model", ["mock", "claude/mock", "gemini/mock"])
TOOLS: Any = [
    {
        "name": "weather",
        "description": "It tells.",
        "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    }
]


@pytest.fixture
def client(site: Site) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=f"http://127.0.0.1:{site.port}", api_key=site.key, max_retries=0) as made:
        yield made


@MODELS
def test_plain_streamed_and_charged(site: Site, client: anthropic.Anthropic, model: str) -> None:
    purse = Purse.make(site, 10**9)
    mine = client.with_options(api_key=purse.key)
    plain = mine.messages.create(model=model, **ASKED)
    assert [block.type for block in plain.content] == ["text"]
    assert (plain.stop_reason, plain._request_id) == ("end_turn", purse.rows()[0].request_id)
    with mine.messages.stream(model=model, **ASKED) as stream:
        said = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert [said] == [block.text for block in plain.content if block.type == "text"]
    assert final.stop_reason == "end_turn"
    purse.check()
    rows = purse.rows()
    assert [(row.prompt_tokens, row.output_tokens) for row in rows] == [
        (each.usage.input_tokens, each.usage.output_tokens) for each in (plain, final)
    ]
    assert not any(row.estimated for row in rows)


def begun(answer: Answer) -> Any:
    """The usage that a stream begins with."""
    (line,) = [line for line in answer.body.splitlines() if line.startswith(b'data: {"type":"message_start"')]
    return json.loads(line[6:])["message"]["usage"]


def test_what_is_streamed_again_begins_as_it_did(tmp_path: Path) -> None:
    """From the cache, and for a retry, after a restart too: with the tokens of the prompt, not counted again."""
    with Site(tmp_path, cache=Cache(enabled=True)) as site:

        def ask(**headers: str) -> Answer:
            with Wire(site.port) as wire:
                wire.send(post({"model": "mock", "stream": True, **ASKED}, site.key, "/v1/messages", **headers))
                return wire.answer()

        first, hit, once, retry = ask(), ask(), ask(idempotency_key="k"), ask(idempotency_key="k")
        assert (hit.headers["x-nemo-cache"], retry.headers["x-nemo-idempotent-replay"]) == ("hit", "true")
        assert begun(first)["input_tokens"] > 0
        assert begun(first) == begun(hit) == begun(once) == begun(retry)
        site.restart()
        after = ask(idempotency_key="k")
        assert (after.headers["x-nemo-idempotent-replay"], after.body) == ("true", retry.body)


def test_a_long_request_is_translated_on_another_thread(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []

    def noted(*arguments: Any, **options: Any) -> bytes:
        threads.append(threading.current_thread().name)
        return translate_request(*arguments, **options)

    monkeypatch.setattr(server_messages, "translate_request", noted)
    for words in (10, 100_000):
        with Wire(site.port) as wire:
            asked = {"model": "mock", "max_tokens": 5, "messages": [{"role": "user", "content": "word " * words}]}
            wire.send(post(asked, site.key, "/v1/messages"))
            assert wire.answer().status == 200
    assert threads[0] == site._thread.name != threads[1]


@pytest.mark.parametrize("model", ["mock-tools", "claude/claude-tools", "gemini/mock-tools"])
@pytest.mark.parametrize("streamed", [False, True])
def test_tools_there_and_back(client: anthropic.Anthropic, model: str, streamed: bool) -> None:
    if streamed:
        with client.messages.stream(model=model, tools=TOOLS, **ASKED) as stream:
            asked = stream.get_final_message()
    else:
        asked = client.messages.create(model=model, tools=TOOLS, **ASKED)
    assert asked.stop_reason == "tool_use"
    call = next(block for block in asked.content if block.type == "tool_use")
    assert call.name == "weather" and set(call.input) == {"city"}
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "22 C"}
    messages: Any = [*ASKED["messages"], {"role": "assistant", "content": asked.content}]
    messages.append({"role": "user", "content": [result]})
    told: Any = client.messages.create(model=model, max_tokens=100, tools=TOOLS, messages=messages)
    assert told.stop_reason == "end_turn" and told.content[0].type == "text"


def test_a_claude_gets_what_only_claude_understands(site: Site, client: anthropic.Anthropic) -> None:
    cached: Any = [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]
    thought = client.messages.create(
        model="claude/claude-sonnet-4-5",
        max_tokens=3000,
        system=cached,
        thinking={"type": "enabled", "budget_tokens": 1024},
        messages=ASKED["messages"],
    )
    assert [block.type for block in thought.content] == ["thinking", "text"]
    sent = site.mock.requests[-1].json()
    assert sent["system"] == cached and sent["thinking"]["budget_tokens"] == 1024


@MODELS
def test_tokens_are_counted_without_asking_anybody(site: Site, client: anthropic.Anthropic, model: str) -> None:
    before = site.mock.total
    assert client.messages.count_tokens(model=model, messages=ASKED["messages"]).input_tokens > 2
    assert site.mock.total == before


def raw(site: Site, body: dict[str, Any], key: str | None = None, **headers: str) -> Answer:
    with Wire(site.port) as wire:
        wire.send(post(body, key, "/v1/messages", **headers))
        return wire.answer()


def test_keys_by_either_header(site: Site, client: anthropic.Anthropic) -> None:
    bearer = anthropic.Anthropic(base_url=f"http://127.0.0.1:{site.port}", auth_token=site.key, max_retries=0)
    assert bearer.messages.create(model="mock", **ASKED).type == "message"
    with pytest.raises(anthropic.AuthenticationError):
        client.with_options(api_key="sk-nemo-wrong").messages.create(model="mock", **ASKED)
    answer = raw(site, {"model": "mock", **ASKED})
    assert answer.status == 401 and answer.json()["error"]["details"] == {"error_code": "missing_api_key"}
    assert answer.headers["request-id"] == answer.json()["request_id"]


def test_limits_credits_and_mistakes_in_anthropics_words(site: Site, client: anthropic.Anthropic) -> None:
    _, slow = site.make_key(rpm=1)
    limited = client.with_options(api_key=slow)
    limited.messages.create(model="mock", **ASKED)
    with pytest.raises(anthropic.RateLimitError) as refused:
        limited.messages.create(model="mock", **ASKED)
    assert int(refused.value.response.headers["retry-after"]) > 0
    poor = Purse.make(site, 5)
    assert raw(site, {"model": "mock", **ASKED}, poor.key).json()["error"]["type"] == "billing_error"
    poor.check()
    with pytest.raises(anthropic.BadRequestError, match="top_k"):
        client.messages.create(model="mock", **ASKED, extra_body={"top_k": 3})
    with pytest.raises(anthropic.BadRequestError, match="max_tokens"):
        client.post("/v1/messages", body={"model": "mock", "messages": []}, cast_to=object)
    assert raw(site, {"model": "mock", **ASKED}, site.key, content_type="text/plain").status == 415


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["claude/mock,status=529", "mock,status=529"])
def test_an_overloaded_claude_says_so_as_it_does(client: anthropic.Anthropic, model: str, stream: bool) -> None:
    with pytest.raises(anthropic.OverloadedError) as failed:
        client.messages.create(model=model, stream=stream, **ASKED)
    assert failed.value.body["error"]["type"] == "overloaded_error"  # type: ignore[index]


def wrong(**members: Any) -> dict[str, Any]:
    return {"model": "mock", **ASKED, **members}


FAILURES: list[tuple[dict[str, Any], dict[str, Any], int, str]] = [
    (wrong(messages=7), {}, 400, "invalid_request_error"),
    (wrong(model="nobody"), {"models": ["mock"]}, 403, "permission_error"),
    (wrong(model="dead"), {}, 503, "overloaded_error"),
    (wrong(model="mock,fault=garbage"), {}, 502, "api_error"),
    (wrong(model="mock,fault=stall"), {}, 504, "timeout_error"),
    (wrong(), {"tps": 1, "rpm": 1}, 429, "rate_limit_error"),
    *(
        (wrong(model=f"{model},status={status}"), {}, status, kind)
        for model in ("mock", "claude/mock", "gemini/mock")
        for status, kind in [
            (400, "invalid_request_error"),
            (404, "not_found_error"),
            (413, "request_too_large"),
            (429, "rate_limit_error"),
            (500, "api_error"),
            (503, "overloaded_error"),
        ]
    ),
]


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("hasty"), timeouts=Timeouts(first_byte_s=0.3, idle_s=0.3)) as running:
        yield running


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("body", "key", "status", "kind"), FAILURES)
def test_every_error_is_anthropics(
    site: Site, hasty: Site, body: dict[str, Any], key: dict[str, Any], status: int, kind: str, stream: bool
) -> None:
    site = hasty if kind == "timeout_error" else site
    limits = {name: frozenset(value) if name == "models" else value for name, value in key.items()}
    _, text = site.make_key(**limits)
    if "rpm" in key:
        assert raw(site, body, text).status == 200
    check_shape(raw(site, {**body, "stream": stream}, text), status, kind)


def check_shape(answer: Answer, status: int, kind: str) -> None:
    said = answer.json()
    assert (answer.status, said["type"], said["error"]["type"]) == (status, "error", kind)
    assert said["error"]["message"] and said["request_id"] == answer.headers["request-id"]
    assert set(said) == {"type", "error", "request_id"}


@pytest.mark.parametrize(
    ("request_", "status", "kind"),
    [
        ("GET /v1/messages HTTP/1.1\r\nhost: x\r\n\r\n", 405, "invalid_request_error"),
        ("GET //v1//messages/?beta=true HTTP/1.1\r\nhost: x\r\n\r\n", 405, "invalid_request_error"),
        ("POST /v1/messages HTTP/1.1\r\nhost: x\r\nexpect: tea\r\ncontent-length: 2\r\n\r\n{}", 417, None),
        ("POST /messages HTTP/1.1\r\nhost: x\r\nx-api-key: a\r\napi-key: b\r\ncontent-length: 0\r\n\r\n", 401, None),
        ("POST /v1/messages/count_tokens HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}", 401, None),
    ],
)
def test_what_is_wrong_before_anybody_looked_at_it(site: Site, request_: str, status: int, kind: str | None) -> None:
    with Wire(site.port) as wire:
        wire.send(request_)
        check_shape(wire.answer(), status, kind or {401: "authentication_error", 417: "invalid_request_error"}[status])


def test_a_bug_of_ours_is_said_in_anthropics_words(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(site.gateway._parser), "parse", fail)
    check_shape(raw(site, wrong(), site.key), 500, "api_error")


@pytest.mark.parametrize("fault", ["cut:5", "reset:5", "errorevent:5", "badjson:5", "stall:5"])
@pytest.mark.parametrize("model", ["mock", "claude/mock", "gemini/mock"])
def test_the_last_event_of_a_stream_that_breaks_off(hasty: Site, model: str, fault: str) -> None:
    if fault == "badjson:5" and model == "mock":
        pytest.skip("what passes through is not read")
    body = wrong(model=f"{model},events=12,spacing=10ms,fault={fault}", stream=True)
    with Wire(hasty.port) as wire:
        wire.send(post(body, hasty.key, "/v1/messages", connection="close"))
        said = wire.rest()
    head, _, events = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ") and b"event: message_start" in events
    _, error, last = events.partition(b"event: error\ndata: ")
    assert error and b"event:" not in last
    found = json.loads(last.partition(b"\n\n")[0])
    assert found["type"] == "error" and found["error"]["message"]
    assert found["error"]["type"] in ("api_error", "overloaded_error", "timeout_error")


@MODELS
@pytest.mark.parametrize("fault", ["cut:5", "errorevent:5"])
def test_a_stream_that_breaks_off_says_so(client: anthropic.Anthropic, model: str, fault: str) -> None:
    name = f"{model},events=12,spacing=10ms,fault={fault}"
    with pytest.raises(anthropic.APIError), client.messages.stream(model=name, **ASKED) as stream:
        stream.get_final_message()


LONG = 3_000_000


def long_answer(site: Site, go_on: threading.Event) -> Answer:
    """Of a provider that sends half of a long answer, and goes on when the gateway has begun to pass that on."""
    with Wire(site.port) as wire:
        wire.send(post({"model": "m", **ASKED}, site.key, "/v1/messages"))
        site.eventually(lambda: any(getattr(call, "_sink", None) for call in site.gateway._sweeper._members))
        go_on.set()
        return wire.answer()


@pytest.mark.parametrize("whole", [True, False])
def test_an_answer_that_comes_in_pieces_is_translated_as_a_whole(tmp_path: Path, whole: bool) -> None:
    message = {"role": "assistant", "content": '"a" é ' * (LONG // 8)}
    body = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()
    go_on = threading.Event()

    def talk(connection: socket.socket, _number: int) -> None:
        read_request(connection)
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        connection.sendall(head + body[: LONG // 2])
        go_on.wait(20)
        if whole:
            connection.sendall(body[LONG // 2 :])

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site:
        answer = long_answer(site, go_on)
    if whole:
        assert answer.json()["content"] == [{"type": "text", "text": message["content"], "citations": None}]
        assert float(answer.headers["x-nemo-request-cost"]) > 0
    else:
        check_shape(answer, 502, "api_error")


@pytest.mark.parametrize("most", [LONG, 2 * LONG - 1])
def test_an_answer_that_is_too_long_to_be_translated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(server_messages, "LONGEST_EVENT", most)
    go_on = threading.Event()

    def talk(connection: socket.socket, _number: int) -> None:
        read_request(connection)
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (2 * LONG)
        connection.sendall(head + b" " * LONG)
        go_on.wait(20)
        connection.sendall(b" " * LONG)

    with Upstream(talk) as upstream, upstream.site(tmp_path) as site:
        answer = long_answer(site, go_on)
    check_shape(answer, 502, "api_error")


@pytest.mark.parametrize("stream", [False, True])
def test_a_retry_gets_the_first_answer(site: Site, stream: bool) -> None:
    purse = Purse.make(site, 10**9)
    body = {"model": "mock", "stream": stream, **ASKED}
    first, again = (raw(site, body, purse.key, idempotency_key="k") for _ in range(2))
    assert again.headers["x-nemo-idempotent-replay"] == "true"
    assert stream or again.body == first.body
    assert (b"event: message_stop" in again.body) is stream
    purse.check()
    assert len(purse.rows()) == 1


def test_our_own_members_are_not_refused(site: Site) -> None:
    assert raw(site, {"model": "mock", "nemo_anything": {"a": 1}, **ASKED}, site.key).status == 200
    assert "nemo_anything" not in site.mock.requests[-1].json()
