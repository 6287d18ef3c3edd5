use serde_json::{Value as Tree, json};

use super::*;
use Encoding::{Cl100kBase, O200kBase};

fn count(body: &Tree, endpoint: Endpoint, encoding: Encoding) -> u64 {
    Request::parse(body.to_string().into_bytes(), endpoint).unwrap().prompt_tokens(encoding, None)
}

fn chat(messages: &Tree, encoding: Encoding) -> u64 {
    count(&json!({"model": "m", "messages": messages}), Endpoint::Chat, encoding)
}

fn text(text: &str) -> u64 {
    tokens::count(O200kBase, text) as u64
}

/// What a user message of these parts weighs, over an empty one.
fn parts(parts: &Tree) -> u64 {
    chat(&json!([{"role": "user", "content": parts}]), O200kBase) - chat(&json!([{"role": "user"}]), O200kBase)
}

// === The cookbook's own cases ===

#[test]
fn the_cookbooks_messages() {
    let messages = json!([
        {"role": "system", "content": "You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
        {"role": "system", "name": "example_user", "content": "New synergies will help drive top-line growth."},
        {"role": "system", "name": "example_assistant", "content": "Things working well together will increase revenue."},
        {"role": "system", "name": "example_user", "content": "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
        {"role": "system", "name": "example_assistant", "content": "Let's talk later when we're less busy about how to do better."},
        {"role": "user", "content": "This late pivot means we don't have time to boil the ocean for the client deliverable."},
    ]);
    assert_eq!(chat(&messages, Cl100kBase), 129);
    assert_eq!(chat(&messages, O200kBase), 124);
}

fn weather() -> Tree {
    json!({
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "You are a helpful assistant that can answer to questions about the weather."},
            {"role": "user", "content": "What's the weather like in San Francisco?"},
        ],
        "tools": [{
            "type": "function",
            "function": {
                "name": "get_current_weather",
                "description": "Get the current weather in a given location",
                "parameters": {
                    "type": "object",
                    "properties": {
                        "location": {"type": "string", "description": "The city and state, e.g. San Francisco, CA"},
                        "unit": {"type": "string", "description": "The unit of temperature to return", "enum": ["celsius", "fahrenheit"]},
                    },
                    "required": ["location"],
                },
            },
        }],
    })
}

#[test]
fn the_cookbooks_tools() {
    assert_eq!(count(&weather(), Endpoint::Chat, Cl100kBase), 105);
    assert_eq!(count(&weather(), Endpoint::Chat, O200kBase), 101);
}

#[test]
fn the_last_full_stop_of_a_description_is_free() {
    let mut body = weather();
    let function = &mut body["tools"][0]["function"];
    function["description"] = json!("Get the current weather in a given location.");
    function["parameters"]["properties"]["unit"]["description"] = json!("The unit of temperature to return.");
    function["strict"] = json!(true);
    function["parameters"]["additionalProperties"] = json!(false);
    assert_eq!(count(&body, Endpoint::Chat, O200kBase), 101);
}

// === Tools beyond the published rule ===

#[test]
fn functions_and_schemas_for_the_answer_weigh_as_tools_do() {
    let body = weather();
    let function = body["tools"][0]["function"].clone();
    let messages = &body["messages"];
    let functions = json!({"model": "m", "messages": messages, "functions": [function]});
    assert_eq!(count(&functions, Endpoint::Chat, O200kBase), 101);
    let schema =
        json!({"name": function["name"], "description": function["description"], "schema": function["parameters"]});
    let format =
        json!({"model": "m", "messages": messages, "response_format": {"type": "json_schema", "json_schema": schema}});
    assert_eq!(count(&format, Endpoint::Chat, O200kBase), 101);
    let plain = json!({"model": "m", "messages": messages, "response_format": {"type": "json_object"}, "tools": []});
    assert_eq!(count(&plain, Endpoint::Chat, O200kBase), chat(messages, O200kBase));
}

/// What tools weigh.
fn tools(tools: &Tree) -> u64 {
    let messages = json!([{"role": "user"}]);
    let with = json!({"model": "m", "messages": messages, "tools": tools});
    count(&with, Endpoint::Chat, O200kBase) - chat(&messages, O200kBase)
}

#[test]
fn nested_properties_weigh_by_the_same_rule() {
    let leaf = json!({"type": "string", "description": "Some words"});
    let function =
        |parameters: &Tree| tools(&json!([{"type": "function", "function": {"name": "f", "parameters": parameters}}]));
    let empty = function(&json!({"type": "object", "properties": {}}));
    let line = 3 + text("leaf:string:Some words");
    let object = json!({"type": "object", "properties": {"leaf": leaf}});
    assert_eq!(empty, 7 + text("f:") + 12);
    assert_eq!(function(&object), empty + 3 + line);
    let nested = json!({"type": "object", "properties": {"in": object}});
    assert_eq!(function(&nested), empty + 3 + 3 + text("in:object:") + 3 + line);
    let array = json!({"type": "object", "properties": {"in": {"type": "array", "items": object}}});
    assert_eq!(function(&array), empty + 3 + 3 + text("in:array:") + text(":object:") + 3 + line);
    let any = json!({"type": "object", "properties": {"in": {"anyOf": [object, {"type": "null"}]}}});
    assert_eq!(function(&any), empty + 3 + 3 + text("in::") + text(":object:") + 3 + line + text(":null:"));
}

#[test]
fn text_in_unknown_keywords_is_not_free() {
    let long = "words and words ".repeat(1000);
    for function in [
        json!({"name": "f", "x": [long]}),
        json!({"name": "f", "parameters": {"properties": {"p": {"examples": [long]}}}}),
        json!({"name": "f", "parameters": {"$defs": {"p": {"description": long}}}}),
        json!({"name": "f", "parameters": {"properties": {"p": {"enum": [{"x": long}]}}}}),
        json!({"name": "f", "parameters": long}),
        json!(long),
    ] {
        assert!(tools(&json!([{"type": "function", "function": function}])) > 2000);
    }
    assert!(tools(&json!([{"type": "custom", "custom": {"name": "c", "format": {"grammar": long}}}])) > 2000);
    assert!(tools(&json!([long])) > 2000);
}

#[test]
fn a_schema_may_nest_as_deep_as_json() {
    let levels = 120;
    let schema = format!("{}{}{}", r#"{"items":"#.repeat(levels), r#"{"title":"Some words"}"#, "}".repeat(levels));
    let schema: Tree = serde_json::from_str(&schema).unwrap();
    let weight = tools(&json!([{"function": {"parameters": schema}}]));
    assert_eq!(weight, 7 + text(":") + levels as u64 * text("::") + text("Some words") + 12);
}

// === Messages ===

#[test]
fn every_text_of_a_message_counts() {
    let bare = chat(&json!([{"role": "assistant", "content": null}]), O200kBase);
    assert_eq!(bare, 3 + 3 + text("assistant"));
    let with = |name: &str, value: Tree| {
        let mut message = json!({"role": "assistant", "content": null});
        message[name] = value;
        chat(&json!([message]), O200kBase) - bare
    };
    assert_eq!(with("name", json!("Ada")), 1 + text("Ada"));
    assert_eq!(with("tool_call_id", json!("call_1")), text("call_1"));
    assert_eq!(with("reasoning_content", json!("hmm, hmm")), text("hmm, hmm"));
    assert_eq!(with("refusal", json!(null)), 0);
    assert_eq!(with("unknown", json!({"a": ["b"]})), text(r#"{"a":["b"]}"#));
    let function = json!({"name": "f", "arguments": "{\"a\": \"b\"}"});
    let call = 8 + text("f") + text("{\"a\": \"b\"}");
    assert_eq!(with("function_call", function.clone()), call);
    let one = json!({"id": "call_1", "type": "function", "function": function});
    assert_eq!(with("tool_calls", json!([one])), call);
    assert_eq!(with("tool_calls", json!([one, one])), 2 * call);
    let custom = json!({"id": "call_1", "type": "custom", "custom": {"name": "f", "input": "some input"}});
    assert_eq!(with("tool_calls", json!([custom])), 8 + text("f") + text("some input"));
}

#[test]
fn escapes_are_counted_as_what_they_stand_for() {
    let body = br#"{"model":"m","messages":[{"r\u006fle":"\u0075ser","content":"\u0048ello\ud83d\ude00\ud800"}]}"#;
    let request = Request::parse(body.to_vec(), Endpoint::Chat).unwrap();
    assert_eq!(request.prompt_tokens(O200kBase, None), 3 + 3 + text("user") + text("Hello😀\u{fffd}"));
}

// === Parts ===

#[test]
fn parts_add_up() {
    assert_eq!(
        parts(&json!([{"type": "text", "text": "Hello there"}, {"type": "refusal", "refusal": "No"}])),
        text("Hello there") + text("No")
    );
    assert_eq!(parts(&json!([{"type": "new", "new": {"a": 1}}])), text(r#"{"a":1}"#));
    assert_eq!(parts(&json!([])), 0);
}

#[test]
fn images_by_the_tile_rule() {
    let image = |value: Tree| parts(&json!([{"type": "image_url", "image_url": value}]));
    assert_eq!(image(json!({"url": "https://example.com/a.png"})), 765);
    assert_eq!(image(json!({"url": "https://example.com/a.png", "detail": "low"})), 85);
    assert_eq!(image(json!("https://example.com/a.png")), 765);
    assert_eq!(image(json!({"url": "data:image/png;base64,%%%%"})), 765);
    assert_eq!(image(json!({"url": "data:image/png;base64,"})), 765);
    assert_eq!(image(json!({})), 765);
    assert_eq!(image(json!(null)), 765);
    // A GIF of 1 x 1, whole.
    let gif = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
    assert_eq!(image(json!({"url": gif})), 85 + 170);
}

#[test]
fn audio_and_files_by_their_length() {
    let data = |length: usize| "A".repeat(length / 3 * 4);
    let audio = |format: &str| {
        parts(&json!([{"type": "input_audio", "input_audio": {"data": data(48_000), "format": format}}]))
    };
    assert_eq!((audio("wav"), audio("mp3")), (30, 120));
    let file = |value: Tree| parts(&json!([{"type": "file", "file": value}]));
    assert_eq!(file(json!({"file_id": "file-1"})), 1000);
    assert_eq!(file(json!({"file_data": format!("data:application/pdf;base64,{}", data(48_000))})), 1200);
    assert_eq!(file(json!({"file_data": format!("data:text/plain;base64,{}", data(48_000))})), 12_000);
    assert_eq!(file(json!({"file_data": data(48_000)})), 12_000);
}

// === Completions and embeddings ===

#[test]
fn prompts_and_inputs() {
    for (name, endpoint) in [("prompt", Endpoint::Completions), ("input", Endpoint::Embeddings)] {
        let count = |value: Tree| {
            let mut body = json!({"model": "m"});
            body[name] = value;
            count(&body, endpoint, O200kBase)
        };
        assert_eq!(count(json!("Hello there")), text("Hello there"));
        assert_eq!(count(json!(["Hello", "there"])), text("Hello") + text("there"));
        assert_eq!(count(json!([1, 2, 3])), 3);
        assert_eq!(count(json!([[1, 2], [3]])), 3);
    }
    assert_eq!(count(&json!({"model": "m", "prompt": null}), Endpoint::Completions, O200kBase), 1);
}
