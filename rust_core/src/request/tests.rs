use proptest::prelude::*;
use serde_json::{Value as Tree, json};

use super::*;

fn parse(body: impl AsRef<[u8]>, endpoint: Endpoint) -> Result<Request, Invalid> {
    Request::parse(body.as_ref().to_vec(), endpoint)
}

fn chat(members: &str) -> Request {
    let body = format!(r#"{{"model": "m", "messages": [{{"role": "user", "content": "hi"}}]{members}}}"#);
    parse(&body, Endpoint::Chat).unwrap_or_else(|invalid| panic!("{invalid}: {body}"))
}

/// The refusal's code and parameter.
fn refused(body: impl AsRef<[u8]>, endpoint: Endpoint) -> (&'static str, String) {
    let invalid = parse(&body, endpoint).expect_err(&String::from_utf8_lossy(body.as_ref()));
    assert!(invalid.to_string().len() < 400, "{invalid}");
    (invalid.code(), invalid.param)
}

fn chat_refused(members: &str) -> (&'static str, String) {
    let body = format!(r#"{{"model": "m", "messages": [{{"role": "user", "content": "hi"}}]{members}}}"#);
    refused(body, Endpoint::Chat)
}

fn spliced(request: &Request, model: &str, ask_usage: bool) -> String {
    String::from_utf8(request.upstream_body(&Edits { model, ask_usage, max_output: None })).unwrap()
}

// === Fields ===

#[test]
fn fields_are_read() {
    let request = chat(r#", "stream": true, "stream_options": {"include_usage": true}, "max_tokens": 7, "n": 3"#);
    assert_eq!(request.model(), "m");
    assert!(request.stream() && request.include_usage());
    assert_eq!((request.max_output_tokens(), request.choices()), (Some(7), 3));

    let bare = chat("");
    assert!(!bare.stream() && !bare.include_usage());
    assert_eq!((bare.max_output_tokens(), bare.choices()), (None, 1));
}

#[test]
fn nulls_are_as_good_as_nothing() {
    let request = chat(
        r#", "stream": null, "stream_options": null, "max_tokens": null, "max_completion_tokens": null, "n": null,
        "tools": null, "functions": null, "response_format": null, "metadata": null"#,
    );
    assert!(!request.stream());
    assert_eq!((request.max_output_tokens(), request.choices()), (None, 1));
}

#[test]
fn the_newer_bound_wins() {
    assert_eq!(chat(r#", "max_tokens": 5, "max_completion_tokens": 9"#).max_output_tokens(), Some(9));
    assert_eq!(chat(r#", "max_tokens": 5, "max_completion_tokens": null"#).max_output_tokens(), Some(5));
    assert_eq!(chat(r#", "max_tokens": 0"#).max_output_tokens(), Some(0));
}

#[test]
fn an_escaped_model_is_decoded() {
    let request = parse(r#"{"mod\u0065l":"a\/b\u00e9","input":"x"}"#, Endpoint::Embeddings).unwrap();
    assert_eq!(request.model(), "a/bé");
}

#[test]
fn choices_multiply_over_prompts() {
    let choices = |prompt: &str| {
        let body = format!(r#"{{"model":"m","n":2,"best_of":3,"prompt":{prompt}}}"#);
        parse(body, Endpoint::Completions).unwrap().choices()
    };
    assert_eq!(choices(r#""a""#), 3);
    assert_eq!(choices("null"), 3);
    assert_eq!(choices("[1,2,3]"), 3);
    assert_eq!(choices(r#"["a","b"]"#), 6);
    assert_eq!(choices("[[1,2],[3],[]]"), 9);
}

#[test]
fn an_embedding_has_no_output() {
    let request = parse(r#"{"model":"m","input":["a","b"],"max_tokens":5}"#, Endpoint::Embeddings).unwrap();
    assert_eq!((request.max_output_tokens(), request.choices()), (Some(0), 1));
}

#[test]
fn extensions_are_found_in_order_of_precedence() {
    let request = chat(
        r#", "metadata": {"nemo_a": 1, "nemo_b": 1, "nemo_c": [1]}, "extra_body": {"nemo_a": 2, "nemo_b": 2}, "nemo_\u0061": 3"#,
    );
    let values = ["nemo_a", "nemo_b", "nemo_c", "nemo_d", "metadata"].map(|name| request.extension(name));
    assert_eq!(values, [Some("3"), Some("2"), Some("[1]"), None, None]);
}

// === Refusals ===

#[test]
fn wrong_types_name_the_member() {
    let cases = [
        (r#", "stream": 1"#, "invalid_type", "stream"),
        (r#", "stream": "true""#, "invalid_type", "stream"),
        (r#", "stream_options": true"#, "invalid_type", "stream_options"),
        (r#", "stream_options": {"include_usage": 1}"#, "invalid_type", "stream_options.include_usage"),
        (r#", "max_tokens": "5""#, "invalid_type", "max_tokens"),
        (r#", "max_tokens": 5.0"#, "invalid_type", "max_tokens"),
        (r#", "max_tokens": 5e0"#, "invalid_type", "max_tokens"),
        (r#", "max_tokens": -1"#, "integer_below_min_value", "max_tokens"),
        (r#", "max_completion_tokens": 2147483648"#, "integer_above_max_value", "max_completion_tokens"),
        (r#", "n": 0"#, "integer_below_min_value", "n"),
        (r#", "n": 129"#, "integer_above_max_value", "n"),
        (r#", "n": true"#, "invalid_type", "n"),
        (r#", "best_of": []"#, "invalid_type", "best_of"),
        (r#", "tools": {}"#, "invalid_type", "tools"),
        (r#", "functions": ""#, "invalid_json", ""),
        (r#", "functions": 1"#, "invalid_type", "functions"),
        (r#", "response_format": "json""#, "invalid_type", "response_format"),
    ];
    for (members, code, param) in cases {
        assert_eq!(chat_refused(members), (code, param.to_owned()), "{members}");
    }
}

#[test]
fn five_thousand_digits_are_an_integer_too_large() {
    let digits = "9".repeat(5000);
    assert_eq!(chat_refused(&format!(r#", "max_tokens": {digits}"#)).0, "integer_above_max_value");
    assert_eq!(chat_refused(&format!(r#", "n": -{digits}"#)).0, "integer_below_min_value");
    let body = chat(&format!(r#", "seed": {digits}"#));
    assert!(spliced(&body, "m", false).contains(&digits));
}

#[test]
fn messages_are_checked() {
    let cases = [
        (r"{}", "missing_required_parameter", "model"),
        (r#"{"model": null, "messages": [{"role": "u"}]}"#, "invalid_type", "model"),
        (r#"{"model": "", "messages": [{"role": "u"}]}"#, "empty_string", "model"),
        (r#"{"model": "m"}"#, "missing_required_parameter", "messages"),
        (r#"{"model": "m", "messages": "hi"}"#, "invalid_type", "messages"),
        (r#"{"model": "m", "messages": null}"#, "invalid_type", "messages"),
        (r#"{"model": "m", "messages": [ ]}"#, "empty_array", "messages"),
        (r#"{"model": "m", "messages": ["hi"]}"#, "invalid_type", "messages[0]"),
        (r#"{"model": "m", "messages": [{"role": "user"}, {}]}"#, "missing_required_parameter", "messages[1].role"),
        (r#"{"model": "m", "messages": [{"role": 1}]}"#, "invalid_type", "messages[0].role"),
        (r#"{"model": "m", "messages": [{"role": "u", "content": {}}]}"#, "invalid_type", "messages[0].content"),
        (r#"{"model": "m", "messages": [{"role": "u", "content": ["x"]}]}"#, "invalid_type", "messages[0].content[0]"),
        (
            r#"{"model": "m", "messages": [{"role": "u", "content": [{"text": "x"}]}]}"#,
            "missing_required_parameter",
            "messages[0].content[0].type",
        ),
        (
            r#"{"model": "m", "messages": [{"role": "u", "content": [{"type": "text", "text": 1}]}]}"#,
            "invalid_type",
            "messages[0].content[0].text",
        ),
        (
            r#"{"model": "m", "messages": [{"role": "u", "content": "a", "cont\u0065nt": "b"}]}"#,
            "duplicate_key",
            "messages[0].content",
        ),
        ("[]", "invalid_type", ""),
        ("\"x\"", "invalid_type", ""),
        ("", "invalid_json", ""),
        ("{}{}", "invalid_json", ""),
    ];
    for (body, code, param) in cases {
        assert_eq!(refused(body, Endpoint::Chat), (code, param.to_owned()), "{body}");
    }
}

#[test]
fn prompts_and_inputs_are_checked() {
    let cases = [
        ("", "missing_required_parameter", ""),
        (r#","X": []"#, "empty_array", ""),
        (r#","X": {}"#, "invalid_type", ""),
        (r#","X": true"#, "invalid_type", ""),
        (r#","X": 5"#, "invalid_type", ""),
        (r#","X": ["a", 1]"#, "invalid_type", "[1]"),
        (r#","X": [1, "a"]"#, "invalid_type", "[1]"),
        (r#","X": [1.5]"#, "invalid_type", "[0]"),
        (r#","X": [-1]"#, "invalid_type", "[0]"),
        (r#","X": [null]"#, "invalid_type", "[0]"),
        (r#","X": [[1], ["a"]]"#, "invalid_type", "[1][0]"),
        (r#","X": [[1], [[1]]]"#, "invalid_type", "[1][0]"),
    ];
    for (name, endpoint) in [("prompt", Endpoint::Completions), ("input", Endpoint::Embeddings)] {
        for (members, code, param) in cases {
            let body = format!(r#"{{"model":"m"{}}}"#, members.replace('X', name));
            assert_eq!(refused(&body, endpoint), (code, format!("{name}{param}")), "{body}");
        }
    }
    assert_eq!(refused(r#"{"model":"m","input":""}"#, Endpoint::Embeddings).0, "empty_string");
    assert_eq!(refused(r#"{"model":"m","input":null}"#, Endpoint::Embeddings).0, "invalid_type");
    assert!(parse(r#"{"model":"m","prompt":""}"#, Endpoint::Completions).is_ok());
}

#[test]
fn a_refusal_says_what_came_and_how_to_mend_it() {
    let message = |body: &str| parse(body, Endpoint::Chat).unwrap_err().to_string();
    assert_eq!(
        message(r#"{"model": "m", "messages": [{"role": 5}]}"#),
        "Invalid type for 'messages[0].role': expected a string, but got an integer instead. \
         Send for example \"role\": \"user\"."
    );
    assert_eq!(
        message(r#"{"model": "m"}"#),
        "Missing required parameter: 'messages'. Send a non-empty array of objects, for example \
         \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]."
    );
    assert_eq!(
        message("{\"model\": \"m\",}"),
        "The body is not valid JSON: expected a key in double quotes at byte 14, found `}`. \
         Send one JSON object, encoded as UTF-8."
    );
    assert_eq!(
        message(r#"{"model": "m", "mod\u0065l": "n"}"#),
        "Duplicate key: 'model' is there more than once. Send it once."
    );
}

#[test]
fn duplicates_are_refused_wherever_they_decide() {
    let cases = [
        (r#", "mod\u0065l": "n""#, "model"),
        (r#", "top_p": 1, "seed": 1, "top\u005fp": 1"#, "top_p"),
        (r#", "nemo_cache": true, "nemo\u005fcache": false"#, "nemo_cache"),
        (r#", "metadata": {"nemo_cache": true, "nemo_cache": true}"#, "nemo_cache"),
        (r#", "stream_options": {"include_usage": false, "include_usage": true}"#, "stream_options.include_usage"),
    ];
    for (members, param) in cases {
        assert_eq!(chat_refused(members), ("duplicate_key", param.to_owned()), "{members}");
    }
    assert_eq!(chat_refused(r#", "logit_bias": {"1": 1}, "logit_bias": {}"#).0, "duplicate_key");
    // Elsewhere the last one counts, for everyone.
    let request = chat(r#", "logit_bias": {"1": 1, "1": 2}, "nemo_a": 1, "metadata": {"nemo_a": 1, "x": 1, "x": 2}"#);
    assert!(spliced(&request, "m", false).contains(r#""metadata": {"x": 1, "x": 2}"#));
}

#[test]
fn a_name_in_a_refusal_is_cut_short() {
    let name = "é".repeat(100_000);
    let (code, param) = chat_refused(&format!(r#", "{name}": 1, "{name}": 2"#));
    assert_eq!((code, param.chars().count()), ("duplicate_key", 64));
}

#[test]
fn hostile_bodies_are_refused_at_once() {
    let many =
        |place: &str| format!("{place}{}", (0..1_000_000).map(|i| format!("\"nemo_{i}\":0,")).collect::<String>());
    let twin = format!(r#", "a": "{0}", "b": 1, "a": "{0}""#, "x".repeat(500_000));
    assert_eq!(chat_refused(&twin).0, "duplicate_key");
    for (body, code) in [
        (format!("{}\"x\":0}}", many("{")), "too_many_members"),
        (format!("{{\"metadata\":{}\"x\":0}}}}", many("{")), "too_many_members"),
        ("[".repeat(100_000), "invalid_json"),
        (format!("{{\"a\":{}", "{\"a\":".repeat(100_000)), "invalid_json"),
        ("{\"a\":1,".repeat(100_000), "invalid_json"),
    ] {
        assert_eq!(refused(body, Endpoint::Chat).0, code);
    }
    for body in [
        b"\xEF\xBB\xBF{\"model\":\"m\"}".to_vec(),
        "{\"model\":\"m\"}".encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "\u{FEFF}{\"model\":\"m\"}".encode_utf16().flat_map(u16::to_be_bytes).collect(),
        b"{\"model\":\"\xC0\xAF\"}".to_vec(),
        b"{\"model\":\"\xED\xA0\x80\"}".to_vec(),
        b"{\"model\":\"a\0b\"}".to_vec(),
        b"{\"model\":\"m\",\"n\":NaN}".to_vec(),
        b"{\"model\":\"m\",\"n\":Infinity}".to_vec(),
        b"{\"model\":\"m\"}\0".to_vec(),
    ] {
        assert_eq!(refused(&body, Endpoint::Chat).0, "invalid_json");
    }
}

#[test]
fn many_keys_inside_pass() {
    let keys: String = (0..100_000).map(|i| format!("\"k{i}\":{i},")).collect();
    let request = chat(&format!(r#", "logit_bias": {{{keys}"z":0}}, "metadata": {{{keys}"nemo_x":0}}"#));
    assert!(spliced(&request, "m", false).ends_with("\"k99999\":99999}}"));
}

// === Splice ===

#[test]
fn without_edits_the_bytes_are_the_same() {
    let body = "\t{ \"model\" :\"m\\u0061\",\r\n\"seed\": 9007199254740993, \"t\": 1.0e+2, \"u\": \"\\u00e9\\ud800\", \
                \"metadata\": {}, \"extra_body\": { }, \"messages\":[ {\"role\":\"user\"} ] }\n";
    let request = parse(body, Endpoint::Chat).unwrap();
    assert_eq!(spliced(&request, "ma", false), body);
}

#[test]
fn the_model_is_replaced() {
    assert!(spliced(&chat(""), "gpt\"4\\o\n€", false).starts_with(r#"{"model": "gpt\"4\\o\u000a€", "messages""#));
}

#[test]
fn usage_is_asked_for_with_the_least_change() {
    let cases = [
        ("", r#"{"model": "m","stream_options":{"include_usage":true}, "messages": M}"#),
        (r#", "stream_options": null"#, r#"{"model": "m", "messages": M, "stream_options": {"include_usage":true}}"#),
        (r#", "stream_options": { }"#, r#"{"model": "m", "messages": M, "stream_options": {"include_usage":true }}"#),
        (
            r#", "stream_options": { "x": 1 }"#,
            r#"{"model": "m", "messages": M, "stream_options": {"include_usage":true, "x": 1 }}"#,
        ),
        (
            r#", "stream_options": {"include_us\u0061ge": false, "x": 1}"#,
            r#"{"model": "m", "messages": M, "stream_options": {"include_us\u0061ge": true, "x": 1}}"#,
        ),
        (
            r#", "stream_options": {"include_usage": null}"#,
            r#"{"model": "m", "messages": M, "stream_options": {"include_usage": true}}"#,
        ),
        (
            r#", "stream_options": {"include_usage" :true}"#,
            r#"{"model": "m", "messages": M, "stream_options": {"include_usage" :true}}"#,
        ),
    ];
    for (members, after) in cases {
        let after = after.replace('M', r#"[{"role": "user", "content": "hi"}]"#);
        assert_eq!(spliced(&chat(members), "m", true), after);
    }
}

#[test]
fn extensions_go_with_their_commas() {
    let cases = [
        (r#"{"nemo_a": 1, "model": "m", "input": "x"}"#, r#"{"model": "m", "input": "x"}"#),
        (r#"{"nemo_a":1,"nemo_b":{"c":2},"model":"m","input":"x"}"#, r#"{"model":"m","input":"x"}"#),
        (r#"{"model":"m", "nemo_a":1, "input":"x"}"#, r#"{"model":"m", "input":"x"}"#),
        ("{\"model\":\"m\", \"input\":\"x\" ,\n \"nemo_a\": [1]\n}", "{\"model\":\"m\", \"input\":\"x\"\n}"),
        (r#"{"\u006eemo_a":1,"model":"m","nemo_":2,"input":"x","nemo_c":3}"#, r#"{"model":"m","input":"x"}"#),
        (r#"{"model":"m","input":"x","extra_body":{"nemo_a":1}}"#, r#"{"model":"m","input":"x"}"#),
        (r#"{"extra_body":{"nemo_a":1,"nemo_b":1},"model":"m","input":"x"}"#, r#"{"model":"m","input":"x"}"#),
        (
            r#"{"extra_body":{"nemo_a":1,"b":1},"model":"m","input":"x"}"#,
            r#"{"extra_body":{"b":1},"model":"m","input":"x"}"#,
        ),
        (
            r#"{"nemo_x":0,"metadata":{"a":1, "nemo_b":2},"model":"m","input":"x"}"#,
            r#"{"metadata":{"a":1},"model":"m","input":"x"}"#,
        ),
        (r#"{"model":"m","input":"x","metadata":"nemo_a"}"#, r#"{"model":"m","input":"x","metadata":"nemo_a"}"#),
        (r#"{"model":"m","input":"x","y":{"nemo_a":1}}"#, r#"{"model":"m","input":"x","y":{"nemo_a":1}}"#),
    ];
    for (before, after) in cases {
        assert_eq!(spliced(&parse(before, Endpoint::Embeddings).unwrap(), "m", false), after);
    }
}

// === The law of the splice, against serde_json ===

fn edit(tree: &Tree, model: &str, ask_usage: bool) -> Tree {
    let own = |name: &str| name.starts_with("nemo_");
    let mut tree = tree.as_object().unwrap().clone();
    tree.retain(|name, _| !own(name));
    for place in ["extra_body", "metadata"] {
        let Some(Tree::Object(inner)) = tree.get_mut(place) else { continue };
        let before = inner.len();
        inner.retain(|name, _| !own(name));
        if inner.is_empty() && before > 0 {
            tree.remove(place);
        }
    }
    tree.insert("model".to_owned(), json!(model));
    if ask_usage {
        let options = tree.entry("stream_options").or_insert(Tree::Null);
        if options.is_null() {
            *options = json!({});
        }
        options["include_usage"] = json!(true);
    }
    Tree::Object(tree)
}

/// A body as a client could send it: members in any order, keys escaped or not, any white space.
fn bodies() -> impl Strategy<Value = String> {
    let noise = prop_oneof![
        Just("1e3"),
        Just("9007199254740993"),
        Just("\"\\u00e9\\\"]}\""),
        Just("[ ]"),
        Just("{\"nemo_k\" : [ { } ]}"),
        Just("null"),
    ];
    let inner = prop::collection::btree_map("nemo_[ab]|[xyz]", noise.clone(), 0..4);
    let object = inner.prop_map(|members| {
        let members: Vec<String> = members.iter().map(|(key, value)| format!(" {} : {value}", quoted(key))).collect();
        format!("{{{}}}", members.join("\t,"))
    });
    let options = prop_oneof![
        Just("null"),
        Just("{}"),
        Just("{ }"),
        Just("{\"include_usage\": false}"),
        Just("{\"a\":[],\"include_usage\":null , \"b\":1}"),
        Just("{\"include_usage\":true}"),
        Just("{ \"z\" : { } }"),
    ]
    .prop_map(str::to_owned);
    let others = prop::collection::btree_map("nemo_[a-c]|t[a-c\n\"]{1,2}", noise.prop_map(str::to_owned), 0..5);
    let space = prop::sample::select(vec!["", " ", "\n  ", "\r\n\t"]);
    let maybe = |value: BoxedStrategy<String>| prop::option::of(value);
    (others, maybe(options.boxed()), maybe(object.clone().boxed()), maybe(object.boxed()), any::<u64>(), space)
        .prop_map(|(others, options, extra_body, metadata, seed, space)| {
            let mut members: Vec<(String, String)> = others.into_iter().collect();
            members.push(("model".to_owned(), "\"m\\u0031\"".to_owned()));
            members.push(("messages".to_owned(), "[ {\"role\":\"user\",\"content\":null} ]".to_owned()));
            for (name, value) in [("stream_options", options), ("extra_body", extra_body), ("metadata", metadata)] {
                members.extend(value.map(|value| (name.to_owned(), value)));
            }
            members.sort_by_key(|(name, _)| {
                name.bytes().fold(seed, |hash, byte| hash.wrapping_mul(31) ^ u64::from(byte)).wrapping_mul(seed | 1)
            });
            let members: Vec<String> = members
                .iter()
                .map(|(key, value)| {
                    let key = if seed % 3 == 0 { escaped(key) } else { quoted(key) };
                    format!("{space}{key}{space}:{space}{value}{space}")
                })
                .collect();
            format!("{space}{{{}}}{space}", members.join(","))
        })
}

fn quoted(key: &str) -> String {
    json!(key).to_string()
}

fn escaped(key: &str) -> String {
    let units: String = key.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    format!("\"{units}\"")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn parsing_the_splice_is_editing_the_parse(body in bodies(), model in "m1|gpt|\\PC{0,8}", ask_usage: bool) {
        let request = parse(&body, Endpoint::Chat).unwrap();
        let after = spliced(&request, &model, ask_usage);
        let tree: Tree = serde_json::from_str(&body).unwrap();
        prop_assert_eq!(serde_json::from_str::<Tree>(&after).unwrap(), edit(&tree, &model, ask_usage), "{}", after);
        // An edited body needs no edit, and is itself a request.
        let again = if model.is_empty() { None } else { Some(parse(&after, Endpoint::Chat).unwrap()) };
        if let Some(again) = again {
            prop_assert_eq!(spliced(&again, &model, ask_usage), after);
        }
    }

    #[test]
    fn what_is_left_is_what_was_written(body in bodies(), ask_usage: bool) {
        let request = parse(&body, Endpoint::Chat).unwrap();
        let after = spliced(&request, "m1", ask_usage);
        // Cutting and inserting only: what is left after taking out the insertion is a subsequence of the body.
        let mut rest = body.bytes();
        let left = after.replace(r#","stream_options":{"include_usage":true}"#, "").replace(r#""include_usage":true,"#, "");
        let left = left.replace(r#"{"include_usage":true}"#, "").replace(r#"{"include_usage":true }"#, "{ }");
        let kept = left.bytes().all(|byte| rest.any(|other| other == byte)) || ask_usage;
        prop_assert!(kept, "{} is not left of {}", after, body);
        if request.cuts.is_empty() && !ask_usage {
            prop_assert_eq!(after, body);
        }
    }
}

#[test]
fn an_answer_is_bounded_only_where_the_client_did_not() {
    let bounded = |body: &str| {
        let request = Request::parse(body.as_bytes().to_vec(), Endpoint::Chat).unwrap();
        let edits = Edits { model: request.model(), ask_usage: false, max_output: Some(7) };
        String::from_utf8(request.upstream_body(&edits)).unwrap()
    };
    let messages = r#""messages":[{"role":"user","content":"x"}]"#;
    assert_eq!(
        bounded(&format!(r#"{{"model":"m",{messages}}}"#)),
        format!(r#"{{"model":"m","max_tokens":7,{messages}}}"#)
    );
    assert_eq!(
        bounded(&format!(r#"{{{messages}, "model": "o3-mini"}}"#)),
        format!(r#"{{{messages}, "model": "o3-mini","max_completion_tokens":7}}"#)
    );
    assert_eq!(
        bounded(&format!(r#"{{"model":"m","max_tokens": null ,{messages}}}"#)),
        format!(r#"{{"model":"m","max_tokens": 7 ,{messages}}}"#)
    );
    let own = format!(r#"{{"model":"m","max_tokens":3,{messages}}}"#);
    assert_eq!(bounded(&own), own);
}

// === The system message ===

proptest! {
    #[test]
    fn a_system_message_is_put_in_front_and_nothing_else_changes(text in any::<String>()) {
        let body = r#"{ "messages" : [ {"role":"user","content":"\u00e9"} ] , "nemo_x": 1, "model":"m","big":9007199254740993 }"#;
        let request = parse(body, Endpoint::Chat).unwrap().with_system(&text).unwrap();
        let sent = spliced(&request, "m", false);
        let rest = r#" {"role":"user","content":"\u00e9"} ], "model":"m","big":9007199254740993 }"#;
        prop_assert!(sent.starts_with(r#"{ "messages" : [{"role":"system","content":"#) && sent.ends_with(rest), "{sent}");
        let tree: Tree = serde_json::from_str(&sent).unwrap();
        prop_assert_eq!(&tree["messages"][0], &json!({"role": "system", "content": text}));
        prop_assert_eq!(tree["messages"].as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn elsewhere_there_is_no_system_message() {
    let body = r#"{"model":"m","prompt":"p"}"#;
    let request = parse(body, Endpoint::Completions).unwrap().with_system("s").unwrap();
    assert_eq!(spliced(&request, "m", false), body);
}

#[test]
fn a_pinned_version_is_an_extension_but_in_metadata() {
    let request =
        chat(r#", "prompt_version": 1, "extra_body": {"prompt_version": 2}, "metadata": {"prompt_version": "3"}"#);
    assert_eq!(request.extension("prompt_version"), Some("1"));
    let tree: Tree = serde_json::from_str(&spliced(&request, "m", false)).unwrap();
    assert_eq!(tree["metadata"], json!({"prompt_version": "3"}));
    assert!(tree.get("prompt_version").is_none() && tree.get("extra_body").is_none());
    assert_eq!(chat(r#", "user": "u\u0031""#).user().as_deref(), Some("u1"));
    assert_eq!(chat(r#", "user": 7"#).user(), None);
}
