"""`_core.Request` as Python sees it. What it accepts and counts is tested beside the Rust code."""

from __future__ import annotations

import json
import sys
import threading

import pytest

from nemoproxy._core import Request
from nemoproxy.errors import InvalidRequest

CHAT = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}


def chat(**members: object) -> bytes:
    return json.dumps({**CHAT, **members}).encode()


def test_what_was_asked_for() -> None:
    body = chat(stream=True, stream_options={"include_usage": True}, max_completion_tokens=5, n=2, nemo_cache=False)
    request = Request.parse(body, "chat")
    assert (request.model, request.stream, request.include_usage) == ("gpt-4o", True, True)
    assert (request.max_output_tokens, request.choices) == (5, 2)
    assert request.extension("nemo_cache") == b"false"
    assert request.extension("nemo_other") is None


def test_what_was_not() -> None:
    request = Request.parse(chat(), "chat")
    assert (request.stream, request.include_usage, request.max_output_tokens, request.choices) == (
        False,
        False,
        None,
        1,
    )


@pytest.mark.parametrize(
    ("endpoint", "member", "tokens", "choices"),
    [
        ("completions", {"prompt": ["Hello", "Hello"]}, 2, 2),
        ("completions", {"prompt": [1, 2, 3]}, 3, 1),
        ("embeddings", {"input": "Hello"}, 1, 1),
        ("embeddings", {"input": [[1, 2], [3]]}, 3, 1),
    ],
)
def test_other_endpoints(endpoint: str, member: dict[str, object], tokens: int, choices: int) -> None:
    request = Request.parse(json.dumps({"model": "m", **member}).encode(), endpoint)  # type: ignore[arg-type]
    assert (request.prompt_tokens("o200k_base"), request.choices) == (tokens, choices)


def test_tokens_depend_on_the_encoding() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
    request = Request.parse(chat(tools=[tool]), "chat")
    assert request.prompt_tokens("cl100k_base") == request.prompt_tokens("o200k_base") + 3


def test_a_refusal_is_an_invalid_request() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        Request.parse(chat(messages=[{"content": "Hello"}]), "chat")
    error = refusal.value
    assert (error.status, error.code, error.param) == (400, "missing_required_parameter", "messages[0].role")
    assert error.message == (
        'Missing required parameter: \'messages[0].role\'. Send a string, for example "role": "user".'
    )
    with pytest.raises(InvalidRequest) as refusal:
        Request.parse(b"", "chat")
    assert (refusal.value.code, refusal.value.param) == ("invalid_json", None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" * 100_000, "invalid_json"),
        (b'{"a":' * 100_000, "invalid_json"),
        (b"{" + b",".join(b'"%d":0' % i for i in range(1_000_000)) + b"}", "too_many_members"),
        (b'{"model":"m","x":"%s","model":"m"}' % (b"x" * 1_000_000), "duplicate_key"),
        (b'{"model":"m","n":%s}' % (b"9" * 5000), "missing_required_parameter"),
        (b'{"model":"m","n":NaN}', "invalid_json"),
        (b'\xef\xbb\xbf{"model":"m"}', "invalid_json"),
        ('{"model":"m"}'.encode("utf-16"), "invalid_json"),
        (b'{"model":"\xc0\xaf"}', "invalid_json"),
        (b'{"model":"\x00"}', "invalid_json"),
        (b'{"model":"\\ud800"}', "missing_required_parameter"),
    ],
    ids=["arrays", "objects", "keys", "twins", "digits", "nan", "bom", "utf-16", "overlong", "nul", "surrogate"],
)
def test_hostile_bodies_are_refused(body: bytes, code: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        Request.parse(body, "chat")
    assert refusal.value.code == code


def test_lone_surrogates_pass_and_are_counted() -> None:
    body = b'{"model":"\\udfff","messages":[{"role":"user","content":"\\ud83d"}]}'
    request = Request.parse(body, "chat")
    assert request.model == "\ufffd"
    assert request.prompt_tokens("o200k_base") > 7
    assert request.upstream_body(request.model, False) == body


def test_the_body_for_the_provider() -> None:
    body = b'{"nemo_a": 1, "model": "m", "big": 9007199254740993, "f": 1.0e2, "messages": [{"role":"user"}]}'
    request = Request.parse(body, "chat")
    assert request.upstream_body("x", True) == (
        b'{"model": "x","stream_options":{"include_usage":true}, "big": 9007199254740993, "f": 1.0e2, '
        b'"messages": [{"role":"user"}]}'
    )


def test_names_out_of_the_code_are_checked() -> None:
    with pytest.raises(ValueError, match="endpoint"):
        Request.parse(chat(), "videos")
    with pytest.raises(ValueError, match="encoding"):
        Request.parse(chat(), "chat").prompt_tokens("p50k_base")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Request.parse(bytearray(chat()), "chat")  # type: ignore[arg-type]


def test_a_request_is_immutable_and_says_nothing_of_its_body() -> None:
    request = Request.parse(chat(), "chat")
    with pytest.raises(AttributeError):
        request.model = "other"  # type: ignore[misc]
    assert "Hello" not in repr(request)


def test_long_bodies_let_other_threads_run() -> None:
    """Nothing is switched by force here: the main thread runs during the count only if the count lets go of the GIL."""
    request = Request.parse(chat(messages=[{"role": "user", "content": "Some words, and more. " * 50_000}]), "chat")
    counting, counted = threading.Event(), threading.Event()

    def count() -> None:
        counting.set()
        request.prompt_tokens("o200k_base")
        counted.set()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        thread = threading.Thread(target=count)
        thread.start()
        counting.wait()
        ran_meanwhile = not counted.is_set()
        thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert ran_meanwhile
