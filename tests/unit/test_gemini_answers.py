"""What Gemini's answers become: endings, broken streams, errors, images."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from nemoproxy.errors import InvalidRequest, UpstreamInvalid
from nemoproxy.providers.gemini import Gemini, images, retry_after_s
from nemoproxy.providers.gemini.answers import Memo
from nemoproxy.providers.translation import DONE, Asked

Json = dict[str, Any]
GEMINI = Gemini()
ASKED = Asked("alias", 1_767_225_600)
USAGE = {"promptTokenCount": 1, "candidatesTokenCount": 2, "totalTokenCount": 3}


def answered(response: Any, asked: Asked = ASKED) -> Json:
    found: Json = orjson.loads(GEMINI.answer(200, orjson.dumps(response), asked).body)
    return found


def saying(*parts: Json, finish: str | None = "STOP", **more: Any) -> Json:
    candidate = {"content": {"parts": list(parts), "role": "model"}, "index": 0, **more}
    return {"candidates": [candidate | ({"finishReason": finish} if finish else {})]}


CALL = {"functionCall": {"name": "f", "args": {}}}


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("STOP", "stop"), ("MAX_TOKENS", "length"), ("SAFETY", "content_filter"), ("RECITATION", "content_filter"),
        ("BLOCKLIST", "content_filter"), ("PROHIBITED_CONTENT", "content_filter"), ("SPII", "content_filter"),
        ("LANGUAGE", "content_filter"), ("IMAGE_SAFETY", "content_filter"), ("OTHER", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "stop"), ("UNEXPECTED_TOOL_CALL", "stop"), (None, "stop"),
    ],
)  # fmt: skip
def test_endings(reason: str | None, expected: str) -> None:
    choice = answered(saying({"text": "x"}, finish=reason))["choices"][0]
    assert choice["finish_reason"] == expected
    plain = reason in (None, "STOP", "MAX_TOKENS")
    assert choice.get("native_finish_reason") == (None if plain else reason)
    called = answered(saying(CALL, finish=reason))["choices"][0]["finish_reason"]
    assert called == ("tool_calls" if expected == "stop" else expected)


def test_an_answer_without_a_word() -> None:
    assert answered(saying(finish="STOP"))["choices"][0]["message"]["content"] == ""
    filtered = answered({"candidates": [{"finishReason": "SAFETY", "finishMessage": "unsafe"}]})["choices"][0]
    assert filtered["message"] == {"role": "assistant", "content": None, "refusal": "unsafe"}
    assert answered(saying(CALL))["choices"][0]["message"]["content"] is None


def test_one_call_at_a_time() -> None:
    response = saying(CALL, {"functionCall": {"name": "g"}})
    assert len(answered(response)["choices"][0]["message"]["tool_calls"]) == 2
    one = Asked("alias", 0, memo=Memo("chat", one_call=True))
    assert [call["function"]["name"] for call in answered(response, one)["choices"][0]["message"]["tool_calls"]] == [
        "f"
    ]
    events = GEMINI.events(one)
    assert len(events.feed("", orjson.dumps(response))) == 1


def test_code_that_gemini_ran_is_shown() -> None:
    code = {"executableCode": {"language": "PYTHON", "code": "print(1)"}}
    result = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}
    content = answered(saying({"text": "So:"}, code, result))["choices"][0]["message"]["content"]
    assert content == "So:\n```python\nprint(1)\n```\n\n```\n1\n```\n"


def test_ids_are_the_same_each_time_and_differ() -> None:
    response = {**saying(CALL, CALL), "responseId": "r"}
    first, second = (call["id"] for call in answered(response)["choices"][0]["message"]["tool_calls"])
    assert first != second
    assert [call["id"] for call in answered(response)["choices"][0]["message"]["tool_calls"]] == [first, second]
    streamed = [orjson.loads(chunk) for chunk in GEMINI.events(ASKED).feed("", orjson.dumps(response))]
    assert [chunk["choices"][0]["delta"]["tool_calls"][0]["id"] for chunk in streamed] == [first, second]


@pytest.mark.parametrize(
    ("metadata", "prompt", "completion", "total"),
    [
        (
            {"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 7, "totalTokenCount": 22},
            10,
            12,
            22,
        ),
        # Thoughts among the candidates' tokens.
        (
            {"promptTokenCount": 10, "candidatesTokenCount": 12, "thoughtsTokenCount": 7, "totalTokenCount": 22},
            10,
            12,
            22,
        ),
        # A total that forgets the thoughts.
        (
            {"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 7, "totalTokenCount": 15},
            10,
            12,
            22,
        ),
        (
            {"promptTokenCount": 10, "toolUsePromptTokenCount": 4, "candidatesTokenCount": 5, "totalTokenCount": 19},
            14,
            5,
            19,
        ),
        ({"promptTokenCount": 10}, 10, 0, 10),
        ({"promptTokenCount": 10, "thoughtsTokenCount": 3}, 10, 3, 13),
    ],
)
def test_usage(metadata: Json, prompt: int, completion: int, total: int) -> None:
    usage = answered({**saying({"text": "x"}), "usageMetadata": metadata})["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (prompt, completion, total)
    assert usage["completion_tokens_details"]["reasoning_tokens"] == metadata.get("thoughtsTokenCount", 0)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"1", b'{"usageMetadata": {}}', b'{"candidates": [1]}', b'{"candidates": {"a": 1}}']
)
def test_a_success_that_is_none(body: bytes) -> None:
    with pytest.raises(UpstreamInvalid):
        GEMINI.answer(200, body, ASKED)


# --- streams ---


def streamed(*events: Json, asked: Asked = ASKED) -> tuple[list[Any], Any]:
    translator = GEMINI.events(asked)
    chunks = [chunk for event in events for chunk in translator.feed("", orjson.dumps(event))] + translator.finish()
    return [chunk if chunk == DONE else orjson.loads(chunk) for chunk in chunks], translator


def test_a_stream_that_is_cut_has_no_end() -> None:
    chunks, translator = streamed({**saying({"text": "He"}, finish=None), "usageMetadata": USAGE})
    assert [chunk["choices"][0]["delta"] for chunk in chunks] == [{"role": "assistant", "content": "He"}]
    assert not translator.finished
    assert translator.error is None
    assert translator.usage["total_tokens"] == 3


def test_nothing_at_all_is_no_answer() -> None:
    assert streamed()[0] == []
    chunks, translator = streamed({"usageMetadata": USAGE, "modelVersion": "x"})
    assert chunks == []
    assert not translator.finished


def test_one_of_two_candidates_is_cut() -> None:
    second = {"content": {"parts": [{"text": "b"}]}, "index": 1}
    chunks, translator = streamed({"candidates": [*saying({"text": "a"})["candidates"], second]})
    assert DONE not in chunks
    assert not translator.finished


def test_what_comes_after_the_reason_is_still_said() -> None:
    chunks, translator = streamed(saying({"text": "a"}), saying({"text": "b"}, finish=None), {"usageMetadata": USAGE})
    assert [chunk["choices"][0]["delta"].get("content") for chunk in chunks[:-1]] == ["a", "b", None]
    assert translator.finished
    assert translator.usage["total_tokens"] == 3


def test_usage_comes_only_when_asked_for() -> None:
    event = {**saying({"text": "a"}), "usageMetadata": USAGE}
    assert all(chunk == DONE or "usage" not in chunk for chunk in streamed(event)[0])
    with_usage = streamed(event, asked=Asked("alias", 0, include_usage=True))[0]
    assert with_usage[-2]["choices"] == []
    assert with_usage[-2]["usage"]["completion_tokens"] == 2
    assert with_usage[-1] == DONE


def test_a_blocked_prompt_in_a_stream() -> None:
    chunks, translator = streamed({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": USAGE})
    assert chunks[0]["choices"][0]["delta"]["refusal"] == "The provider blocked the prompt (SAFETY)."
    assert chunks[1]["choices"][0]["finish_reason"] == "content_filter"
    assert translator.finished


def test_a_prompt_that_is_blocked_while_the_answer_streams() -> None:
    blocked = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
    chunks, translator = streamed(saying({"text": "Once"}, finish=None), blocked, {"promptFeedback": {}})
    assert chunks[1]["choices"][0]["finish_reason"] == "content_filter"
    assert translator.finished


def test_probabilities_in_a_stream() -> None:
    result = {"chosenCandidates": [{"token": "a", "logProbability": -1.0}]}
    chunks = streamed(saying({"text": "a"}, logprobsResult=result))[0]
    assert chunks[1]["choices"][0]["logprobs"]["content"][0]["logprob"] == -1.0


@pytest.mark.parametrize(
    "data", [b"", b"{", b"1", b"[]", b'"x"', b'{"candidates": 1}', b'{"candidates": [{"content": {"parts": [1]}}]}']
)
def test_an_event_that_cannot_be_read(data: bytes) -> None:
    translator = GEMINI.events(ASKED)
    chunks = translator.feed("", data)
    assert orjson.loads(chunks[-1])["error"]["type"] == "upstream_error"
    assert translator.error is not None
    assert translator.error.status == 502
    assert translator.feed("", orjson.dumps(saying({"text": "a"}))) == []
    assert translator.finish() == []


def test_an_error_before_anything_else() -> None:
    translator = GEMINI.events(ASKED)
    members = {"code": 429, "message": "Resource exhausted", "status": "RESOURCE_EXHAUSTED"}
    chunks = translator.feed("", orjson.dumps({"error": members}))
    assert translator.error is not None
    assert translator.error.status == 429
    assert chunks == [translator.error.body]
    assert not translator.finished


# --- errors ---


def refused(status: int, body: Any) -> tuple[int, Json]:
    answer = GEMINI.answer(status, body if isinstance(body, bytes) else orjson.dumps(body), ASKED)
    members: Json = orjson.loads(answer.body)["error"]
    return answer.status, members


@pytest.mark.parametrize(
    ("status", "name", "kind", "code"),
    [
        (400, "FAILED_PRECONDITION", "invalid_request_error", "failed_precondition"),
        (403, "PERMISSION_DENIED", "permission_error", "permission_denied"),
        (404, "NOT_FOUND", "invalid_request_error", "model_not_found"),
        (429, "RESOURCE_EXHAUSTED", "rate_limit_error", "rate_limit_exceeded"),
        (500, "INTERNAL", "upstream_error", "internal"),
        (503, "UNAVAILABLE", "upstream_error", "unavailable"),
        (504, "DEADLINE_EXCEEDED", "upstream_error", "deadline_exceeded"),
    ],
)
def test_errors(status: int, name: str, kind: str, code: str) -> None:
    body = {"error": {"code": status, "message": "No.", "status": name}}
    expected = {"message": "No.", "type": kind, "param": None, "code": code}
    assert refused(status, body) == (status, expected)
    assert refused(status, [body]) == (status, expected)
    translator = GEMINI.events(ASKED)
    translator.feed("", orjson.dumps({"error": {"message": "No.", "status": name}}))
    assert translator.error is not None
    assert translator.error.status == status


def test_a_prompt_that_is_too_long() -> None:
    text = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."
    error = refused(400, {"error": {"code": 400, "message": text, "status": "INVALID_ARGUMENT"}})[1]
    assert error["code"] == "context_length_exceeded"


@pytest.mark.parametrize("body", [b"", b"<html><h1>502</h1></html>", b"[]", b'{"error": "no"}', b"{" * 70_000])
def test_errors_of_another_shape(body: bytes) -> None:
    status, error = refused(502, body)
    assert status == 502
    assert error["message"].startswith("The provider answered with status 502")


@pytest.mark.parametrize(("delay", "expected"), [("39.472s", 39.472), ("7s", 7.0), ("soon", None), (3, None)])
def test_when_to_come_back(delay: Any, expected: float | None) -> None:
    details = [{"@type": "x"}, {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}]
    assert retry_after_s(orjson.dumps({"error": {"details": details}})) == expected
    assert retry_after_s(b"not JSON") is None


# --- images ---

ASKED_FOR = {"model": "m", "prompt": "A cat"}


def test_images_of_gemini() -> None:
    config = {"responseModalities": ["TEXT", "IMAGE"], "imageConfig": {"aspectRatio": "16:9"}}
    request = images.request({**ASKED_FOR, "size": "1792x1024", "quality": "auto"}, "gemini-2.5-flash-image")
    assert request == {"contents": [{"role": "user", "parts": [{"text": "A cat"}]}], "generationConfig": config}
    details = [{"modality": "IMAGE", "tokenCount": 1290}]
    usage = {
        "promptTokenCount": 5,
        "candidatesTokenCount": 1290,
        "totalTokenCount": 1295,
        "candidatesTokensDetails": details,
    }
    draft = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}, "thought": True}
    response = saying({"text": "Here:"}, draft, {"inlineData": {"mimeType": "image/png", "data": "BBBB"}})
    found = answered({**response, "usageMetadata": usage}, Asked("m", 7, memo=Memo("images")))
    assert found["created"] == 7
    assert found["data"] == [{"b64_json": "BBBB"}]
    assert found["usage"]["output_tokens_details"] == {"text_tokens": 0, "image_tokens": 1290}
    assert (found["usage"]["input_tokens"], found["usage"]["total_tokens"]) == (5, 1295)


def test_images_of_imagen() -> None:
    request = images.request(
        {**ASKED_FOR, "n": 2, "size": "2048x2048", "output_format": "jpeg"}, "imagen-4.0-generate-001"
    )
    parameters = {
        "sampleCount": 2,
        "aspectRatio": "1:1",
        "sampleImageSize": "2K",
        "outputOptions": {"mimeType": "image/jpeg"},
    }
    assert request == {"instances": [{"prompt": "A cat"}], "parameters": parameters}
    predictions = [{"mimeType": "image/png", "bytesBase64Encoded": "AAAA"}, {"raiFilteredReason": "no"}]
    found = answered({"predictions": predictions}, Asked("m", 7, memo=Memo("predict")))
    assert found == {"created": 7, "data": [{"b64_json": "AAAA"}]}


@pytest.mark.parametrize(
    ("kind", "response", "why"),
    [
        ("predict", {"predictions": [{"raiFilteredReason": "unsafe"}]}, "unsafe"),
        ("predict", {}, "filtered"),
        ("images", saying(finish="IMAGE_SAFETY"), "IMAGE_SAFETY"),
        ("images", saying({"text": "I would rather not."}), "I would rather not."),
        ("images", {"promptFeedback": {"blockReason": "SAFETY"}}, "SAFETY"),
    ],
)
def test_no_image(kind: str, response: Json, why: str) -> None:
    answer = GEMINI.answer(200, orjson.dumps(response), Asked("m", 7, memo=Memo(kind)))
    assert answer.status == 400
    assert why in orjson.loads(answer.body)["error"]["message"]


@pytest.mark.parametrize(
    ("field", "request_", "model"),
    [
        ("n", {"n": 2}, "gemini-2.5-flash-image"),
        ("response_format", {"response_format": "url"}, "imagen-4"),
        ("size", {"size": "1536x1024"}, "imagen-4"),
        ("size", {"size": "1000x7"}, "gemini-2.5-flash-image"),
        ("size", {"size": "large"}, "gemini-2.5-flash-image"),
        ("quality", {"quality": "hd"}, "imagen-4"),
        ("style", {"style": "vivid"}, "imagen-4"),
        ("output_format", {"output_format": "webp"}, "imagen-4"),
    ],
)
def test_images_that_cannot_be_had(field: str, request_: Json, model: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        images.request({**ASKED_FOR, **request_}, model)
    assert refusal.value.param == field
