"""What a request for Gemini becomes, and what cannot become one."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from nemoproxy.errors import InvalidRequest
from nemoproxy.providers.gemini import Gemini
from nemoproxy.providers.translation import Untranslatable
from nemoproxy.types import Endpoint
from tests.google_types import check_request

Json = dict[str, Any]
GEMINI = Gemini()
HELLO = {"role": "user", "content": "Hello"}
NEW, OLD = "gemini-3-flash-preview", "gemini-2.5-flash"


def sent(request: Json, model: str = OLD) -> Json:
    outgoing = GEMINI.request(Endpoint.CHAT, {"model": "m", "messages": [HELLO], **request}, model, stream=False)
    body: Json = orjson.loads(outgoing.body)
    check_request(outgoing.path, body)
    return body


def config(request: Json, model: str = OLD) -> Json:
    found: Json = sent(request, model).get("generationConfig", {})
    return found


def tool(name: str = "f", **parameters: Any) -> Json:
    return {"type": "function", "function": {"name": name, **({"parameters": parameters} if parameters else {})}}


@pytest.mark.parametrize(
    ("field", "request_", "model"),
    [
        ("logit_bias", {"logit_bias": {"50256": -100}}, OLD),
        ("verbosity", {"verbosity": "low"}, OLD),
        ("web_search_options", {"web_search_options": {}}, OLD),
        ("audio", {"audio": {"voice": "alloy"}}, OLD),
        ("something_new", {"something_new": 1}, OLD),
        ("stop", {"stop": ["a", "b", "c", "d", "e", "f"]}, OLD),
        ("seed", {"seed": 1 << 31}, OLD),
        ("modalities", {"modalities": ["text", "audio"]}, OLD),
        ("response_format.type", {"response_format": {"type": "grammar"}}, OLD),
        ("reasoning_effort", {"reasoning_effort": "extreme"}, OLD),
        ("reasoning_effort", {"reasoning_effort": "none"}, "gemini-2.5-pro"),
        ("reasoning_effort", {"reasoning_effort": "none"}, "gemini-3.1-pro-preview"),
        ("service_tier", {"service_tier": "scale"}, OLD),
        ("tools[0].type", {"tools": [{"type": "custom", "custom": {"name": "x"}}]}, OLD),
        ("tool_choice", {"tools": [tool()], "tool_choice": {"type": "custom", "custom": {"name": "x"}}}, OLD),
        ("google.tools", {"google": {"tools": []}}, OLD),
        ("extra_body.openai", {"extra_body": {"openai": {}}}, OLD),
        ("tools[0].function.parameters.properties.a.minimum",
         {"tools": [tool(type="object", properties={"a": {"$ref": "#/$defs/a", "minimum": 1}})]}, OLD),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_over_is_refused_by_name(field: str, request_: Json, model: str) -> None:
    with pytest.raises(Untranslatable) as refusal:
        sent(request_, model)
    assert refusal.value.param == field
    assert refusal.value.status == 400
    assert f"'{field}'" in refusal.value.message


@pytest.mark.parametrize(
    ("field", "content"),
    [
        ("[0].type", [{"type": "input_video", "input_video": {}}]),
        (
            "[1].image_url.url",
            [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": "ftp://x/y"}}],
        ),
        ("[0].image_url.url", [{"type": "image_url", "image_url": {"url": "data:image/png,plain"}}]),
        ("[0].input_audio.format", [{"type": "input_audio", "input_audio": {"data": "", "format": "pcm16"}}]),
        ("[0].file.file_id", [{"type": "file", "file": {"file_id": "file-abc"}}]),
        ("[0].file.file_data", [{"type": "file", "file": {"file_data": "JVBERi0="}}]),
    ],
)
def test_parts_that_cannot_be_carried_over(field: str, content: list[Json]) -> None:
    with pytest.raises(Untranslatable) as refusal:
        sent({"messages": [{"role": "user", "content": content}]})
    assert refusal.value.param == "messages[0].content" + field


@pytest.mark.parametrize(
    ("field", "messages"),
    [
        ("messages", []),
        ("messages", "Hello"),
        ("messages[0]", ["Hello"]),
        ("messages[0].role", [{"role": "critic", "content": "x"}]),
        ("messages[0].content", [{"role": "user"}]),
        ("messages[0].content[0].text", [{"role": "user", "content": [{"type": "text", "text": 1}]}]),
        ("messages[0].content[0].type", [{"role": "system", "content": [{"type": "image_url"}]}]),
        ("messages[1].tool_call_id", [HELLO, {"role": "tool", "tool_call_id": "call_1", "content": "x"}]),
        ("messages[0].tool_calls[0].function.arguments", [
            {"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{"}}]}]),
        ("messages[0].tool_calls[0].function.arguments", [
            {"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "[]"}}]}]),
        ("messages[0].tool_calls[0].type", [{"role": "assistant", "tool_calls": [{"id": "a", "type": "custom"}]}]),
        ("messages[0].audio", [{"role": "assistant", "audio": {"id": "audio_1"}}]),
    ],
)  # fmt: skip
def test_messages_that_are_none(field: str, messages: Any) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        sent({"messages": messages})
    assert refusal.value.param == field


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        ("temperature", {"temperature": "hot"}),
        ("temperature", {"temperature": True}),
        ("max_tokens", {"max_tokens": 1.5}),
        ("tools", {"tools": {}}),
        ("tool_choice", {"tool_choice": "required"}),
        ("tool_choice", {"tools": [tool("f")], "tool_choice": {"type": "function", "function": {"name": "g"}}}),
        ("reasoning_effort", {"reasoning_effort": "low", "google": {"thinking_config": {"thinking_budget": 1}}}),
    ],
)
def test_what_is_wrong_in_itself(field: str, request_: Json) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        sent(request_)
    assert not isinstance(refusal.value, Untranslatable)
    assert refusal.value.param == field


def test_what_says_nothing_of_the_answer_is_dropped() -> None:
    plain = sent({})
    dropped = {"user": "u", "metadata": {"a": "b"}, "store": True, "safety_identifier": "s", "prompt_cache_key": "k"}
    nothing = {"logit_bias": {}, "temperature": None, "n": 1, "stop": [], "presence_penalty": 0, "top_logprobs": 0}
    ours = {"nemo_prompt_template_id": "p", "stream": False, "stream_options": {"include_usage": True}}
    assert sent({**dropped, **nothing, **ours, "response_format": {"type": "text"}, "modalities": ["text"]}) == plain


def test_options() -> None:
    found = config(
        {"max_completion_tokens": 5, "frequency_penalty": 0.5, "logprobs": True, "top_logprobs": 3, "stop": "x"}
    )
    assert found == {
        "maxOutputTokens": 5,
        "frequencyPenalty": 0.5,
        "responseLogprobs": True,
        "logprobs": 3,
        "stopSequences": ["x"],
    }


@pytest.mark.parametrize(
    ("model", "effort", "expected"),
    [
        ("gemini-2.5-flash", "none", {"thinkingBudget": 0}),
        ("gemini-2.5-pro", "minimal", {"thinkingBudget": 1024}),
        ("gemini-2.5-flash-lite", "low", {"thinkingBudget": 1024}),
        ("gemini-2.5-pro", "medium", {"thinkingBudget": 8192}),
        ("gemini-2.5-pro", "high", {"thinkingBudget": 24576}),
        ("gemini-3-flash-preview", "none", {"thinkingLevel": "MINIMAL"}),
        ("gemini-3.1-flash-lite", "minimal", {"thinkingLevel": "MINIMAL"}),
        ("gemini-flash-latest", "medium", {"thinkingLevel": "MEDIUM"}),
        ("gemini-3.1-pro-preview", "minimal", {"thinkingLevel": "LOW"}),
        ("gemini-3.1-pro-preview", "medium", {"thinkingLevel": "MEDIUM"}),
        ("gemini-3-pro-preview", "medium", {"thinkingLevel": "HIGH"}),
        ("gemini-4-pro", "xhigh", {"thinkingLevel": "HIGH"}),
    ],
)
def test_effort(model: str, effort: str, expected: Json) -> None:
    assert config({"reasoning_effort": effort}, model)["thinkingConfig"] == expected


def test_googles_own_options_in_either_spelling() -> None:
    snake = {"thinking_config": {"thinking_budget": 7, "include_thoughts": True}, "cached_content": "cachedContents/1"}
    camel = {"thinkingConfig": {"thinkingBudget": 7, "includeThoughts": True}, "cachedContent": "cachedContents/1"}
    found = sent({"google": snake})
    assert found == sent({"extra_body": {"google": camel}})
    assert found["generationConfig"] == {"thinkingConfig": camel["thinkingConfig"]}
    assert found["cachedContent"] == "cachedContents/1"
    settings = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}]
    assert sent({"safety_settings": settings})["safetySettings"] == settings


@pytest.mark.parametrize(
    ("choice", "mode", "declared"),
    [
        ("auto", {"mode": "AUTO"}, ["f", "g"]),
        ("none", {"mode": "NONE"}, ["f", "g"]),
        ("required", {"mode": "ANY"}, ["f", "g"]),
        ({"type": "function", "function": {"name": "g"}}, {"mode": "ANY", "allowedFunctionNames": ["g"]}, ["f", "g"]),
        ({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [{"type": "function", "name": "g"}]}},
         {"mode": "ANY", "allowedFunctionNames": ["g"]}, ["f", "g"]),
        ({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [tool("g")]}}, {"mode": "AUTO"}, ["g"]),
    ],
)  # fmt: skip
def test_tool_choice(choice: Any, mode: Json, declared: list[str]) -> None:
    found = sent({"tools": [tool("f"), tool("g")], "tool_choice": choice})
    assert found["toolConfig"] == {"functionCallingConfig": mode}
    assert [function["name"] for function in found["tools"][0]["functionDeclarations"]] == declared


def test_the_older_names_of_tools() -> None:
    older = sent({"functions": [{"name": "f", "description": "d"}], "function_call": {"name": "f"}})
    choice = {"type": "function", "function": {"name": "f"}}
    newer = sent(
        {"tools": [{"type": "function", "function": {"name": "f", "description": "d"}}], "tool_choice": choice}
    )
    assert older == newer
    assert "toolConfig" not in sent({"tools": [tool()]})


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "object", "properties": {"a": {"type": "string", "enum": ["x"]}}}, "parameters"),
        ({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "integer"}}}}, "parameters"),
        ({"type": "object", "properties": {"a": {"type": "integer", "enum": [1]}}}, "parametersJsonSchema"),
        ({"type": "object", "properties": {"a": {"type": ["string", "null"]}}}, "parametersJsonSchema"),
        ({"type": "object", "properties": {"a": {"type": "object", "properties": {}}}}, "parametersJsonSchema"),
        ({"type": "object", "properties": {}, "additionalProperties": True}, "parametersJsonSchema"),
        ({"type": "object", "properties": {}, "required": [], "additionalProperties": False}, None),
        ({"type": "object"}, None),
    ],
)
def test_where_a_schema_is_said(schema: Json, expected: str | None) -> None:
    declaration = sent({"tools": [tool(**schema)]})["tools"][0]["functionDeclarations"][0]
    assert declaration == {"name": "f"} | ({expected: schema} if expected else {})


def test_schemas_are_respelled() -> None:
    schema = {
        "$schema": "x",
        "type": "object",
        "properties": {"a": {"allOf": [{"$ref": "#/definitions/A"}], "description": "d"}, "b": {"const": 1}, "c": True},
        "definitions": {"A": {"anyOf": [{"const": "k"}, {"const": True}], "exclusiveMinimum": 0}},
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "n", "strict": True, "schema": schema}}
    assert config({"response_format": wanted}) == {
        "responseMimeType": "application/json",
        "responseJsonSchema": {
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/A"}, "b": {"enum": [1]}, "c": True},
            "$defs": {"A": {"anyOf": [{"enum": ["k"]}, {"const": True}], "exclusiveMinimum": 0}},
        },
    }


def test_turns() -> None:
    """What one side says in a row is one turn; the system speaks before all."""
    found = sent({
        "messages": [
            {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
            {"role": "user", "content": "a", "name": "Ann"},
            {"role": "user", "content": "b"},
            {"role": "assistant", "content": [{"type": "text", "text": "c"}, {"type": "refusal", "refusal": "d"}]},
            {"role": "assistant", "content": None, "refusal": "No."},
            {"role": "assistant", "content": "", "reasoning_content": "hm"},
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "e"},
        ]
    })  # fmt: skip
    assert found["systemInstruction"] == {"parts": [{"text": "Be kind."}, {"text": "Be brief."}]}
    said = [(content["role"], [part["text"] for part in content["parts"]]) for content in found["contents"]]
    assert said == [("user", ["a", "b"]), ("model", ["c", "d", "No."]), ("user", ["e"])]


def test_the_system_alone_is_asked_as_the_user() -> None:
    assert sent({"messages": [{"role": "system", "content": "Sing."}]}) == {
        "contents": [{"role": "user", "parts": [{"text": "Sing."}]}]
    }


def call(id: str, name: str = "f", arguments: str = "{}", signature: str = "") -> Json:
    extra = {"extra_content": {"google": {"thought_signature": signature}}} if signature else {}
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}} | extra


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        (" [1]", {"output": [1]}),
        ("12", {"output": "12"}),
        ("{broken", {"output": "{broken"}),
        ("", {"output": ""}),
        ('{"$ref": "x"}', {"output": '{"$ref": "x"}'}),
        ([{"type": "text", "text": '{"a"'}, {"type": "text", "text": ": 1}"}], {"a": 1}),
    ],
)
def test_results_are_objects(content: Any, expected: Json) -> None:
    messages = [HELLO, {"role": "assistant", "tool_calls": [call("x")]}]
    found = sent({"messages": [*messages, {"role": "tool", "tool_call_id": "x", "content": content}]})
    assert found["contents"][2]["parts"] == [{"functionResponse": {"name": "f", "response": expected}}]


def test_an_image_as_a_result() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    result = {"role": "tool", "tool_call_id": "x", "content": [{"type": "text", "text": "seen"}, image]}
    request = {"messages": [HELLO, {"role": "assistant", "tool_calls": [call("x")]}, result]}
    response = sent(request, NEW)["contents"][2]["parts"][0]["functionResponse"]
    assert response["parts"] == [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]
    assert response["response"] == {"output": "seen"}
    with pytest.raises(Untranslatable):
        sent(request, OLD)


def test_ids_are_told_to_new_models_only_and_ours_to_none() -> None:
    ours = "call_gemini_00"
    messages = [HELLO, {"role": "assistant", "tool_calls": [call("x"), call(ours)]}]
    messages += [{"role": "tool", "tool_call_id": id, "content": "1"} for id in ("x", ours)]
    new = sent({"messages": messages}, NEW)["contents"]
    assert [part["functionCall"].get("id") for part in new[1]["parts"]] == ["x", None]
    assert [part["functionResponse"].get("id") for part in new[2]["parts"]] == ["x", None]
    old = sent({"messages": messages}, OLD)["contents"]
    assert all("id" not in part["functionCall"] for part in old[1]["parts"])


def test_a_signature_stands_where_it_stood() -> None:
    signed = {"google": {"thought_signature": "dGV4dA=="}}
    message = {
        "role": "assistant",
        "content": "Hm.",
        "extra_content": signed,
        "tool_calls": [call("a"), call("b", signature="Y2FsbA==")],
    }
    parts = sent({"messages": [HELLO, message]}, NEW)["contents"][1]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == ["dGV4dA==", None, "Y2FsbA=="]


def test_what_the_model_drew_goes_back() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}, "index": 0}
    image["extra_content"] = {"google": {"thought_signature": "c2ln"}}
    parts = sent({"messages": [HELLO, {"role": "assistant", "content": "Here.", "images": [image]}]})["contents"][1][
        "parts"
    ]
    drawn = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}, "thoughtSignature": "c2ln"}
    assert parts == [{"text": "Here."}, drawn]


def test_paths() -> None:
    def path(model: str, *, stream: bool = False) -> str:
        return GEMINI.request(Endpoint.CHAT, {"model": "m", "messages": [HELLO]}, model, stream=stream).path

    assert path("gemini-2.5-flash") == "/models/gemini-2.5-flash:generateContent"
    assert path("gemini-2.5-flash", stream=True) == "/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    assert path("tunedModels/mine") == "/tunedModels/mine:generateContent"
    assert path("a b?key=c") == "/models/a%20b%3Fkey%3Dc:generateContent"


@pytest.mark.parametrize("model", ["..", "models/../../x", "./x", "a/.", "/x", "a//b", "a/"])
def test_a_model_that_leads_elsewhere(model: str) -> None:
    with pytest.raises(Untranslatable) as caught:
        GEMINI.request(Endpoint.CHAT, {"model": "m", "messages": [HELLO]}, model, stream=False)
    assert caught.value.param == "model"


def test_what_gemini_does_not_have() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        GEMINI.request(Endpoint.COMPLETIONS, {"model": "m", "prompt": "x"}, OLD, stream=False)
    assert refusal.value.param == "model"


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        ("input", {"input": [1, 2]}),
        ("input", {"input": [[1], [2]]}),
        ("input", {"input": []}),
        ("input", {"input": None}),
        ("dimensions", {"input": "x", "dimensions": "3"}),
        ("encoding_format", {"input": "x", "encoding_format": "hex"}),
        ("other", {"input": "x", "other": 1}),
    ],
)
def test_embeddings_that_cannot_be_had(field: str, request_: Json) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        GEMINI.request(Endpoint.EMBEDDINGS, {"model": "m", **request_}, "gemini-embedding-001", stream=False)
    assert refusal.value.param == field


def test_integers_have_no_upper_limit() -> None:
    """Those of the caller go as they were written, in schemas, arguments and results."""
    big = 1 << 80
    messages = [HELLO, {"role": "assistant", "tool_calls": [call("x", arguments=f'{{"a": {big}}}')]}]
    messages.append({"role": "tool", "tool_call_id": "x", "content": f"[{big}]"})
    request = {"model": "m", "messages": messages, "tools": [tool(type="object", maximum=big)]}
    body = GEMINI.request(Endpoint.CHAT, request, OLD, stream=False).body
    assert body.count(str(big).encode()) == 3
