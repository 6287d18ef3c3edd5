#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{cursor::Quoted, *};

fn scan(body: &[u8], read: usize) -> Option<Usage> {
    let mut scanner = Scanner::default();
    body.chunks(read.max(1)).for_each(|piece| scanner.feed(piece));
    scanner.usage()
}

fn usage(prompt: u64, completion: u64) -> Usage {
    Usage { prompt_tokens: Some(prompt), completion_tokens: Some(completion), ..Usage::default() }
}

#[test]
fn members() {
    let all = br#"{"prompt_tokens": 1, "completion_tokens":2,"total_tokens":3,"x":[{"prompt_tokens":9}],
        "prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":5}}"#;
    let expected = Usage { total_tokens: Some(3), cached_tokens: Some(4), reasoning_tokens: Some(5), ..usage(1, 2) };
    assert_eq!(Usage::parse(all), Some(expected));
    let other_names =
        br#"{"input_tokens":1,"output_tokens":2,"total_tokens":3,"input_tokens_details":{"cached_tokens":4},
        "output_tokens_details":{"reasoning_tokens":5}}"#;
    assert_eq!(Usage::parse(other_names), Some(expected));
    let no_details =
        br#"{"prompt_tokens":1,"completion_tokens":2,"prompt_tokens_details":null,"completion_tokens_details":{}}"#;
    assert_eq!(Usage::parse(no_details), Some(usage(1, 2)));
}

#[test]
fn what_is_not_believed() {
    for count in
        ["-1", "1.0", "1e3", "\"1\"", "null", "true", "[1]", "1000000000000", "1000000001", "99999999999999999999999"]
    {
        let object = format!(
            "{{\"prompt_tokens\":{count},\"completion_tokens\":2,\"prompt_tokens_details\":{{\"cached_tokens\":{count}}}}}"
        );
        let parsed = Usage::parse(object.as_bytes()).unwrap();
        assert_eq!(parsed.prompt_tokens, None, "{count}");
        assert_eq!(parsed.cached_tokens, Some(0).filter(|_| count == "null"), "{count}");
    }
    assert_eq!(Usage::parse(b"{\"prompt_tokens\":1000000000}").unwrap().prompt_tokens, Some(1_000_000_000));
    for object in ["null", "{}", "[]", "3", "", "{\"prompt_tokens\":", "{\"prompt_tokens\":-1}", "{\"seconds\":-3}"] {
        assert_eq!(Usage::parse(object.as_bytes()), None, "{object}");
    }
}

#[test]
fn only_the_top_level_counts() {
    let body = r#" { "a" : {"usage":{"prompt_tokens":7}}, "b":"\"usage\":{\"prompt_tokens\":7}", "c":["usage",{"usage":{}}],
        "\"usage":{"prompt_tokens":7}, "usag":1, "usage2":{"prompt_tokens":7},
        "us\u0061ge" : {"prompt_tokens":1,"completion_tokens":2, "s":"}\\"} , "z":[{}] }"#;
    for read in [1, 2, 3, 7, 1000] {
        assert_eq!(scan(body.as_bytes(), read), Some(usage(1, 2)), "reads of {read}");
    }
    for body in [
        "",
        "[{\"usage\":{\"prompt_tokens\":1}}]",
        "data: {\"usage\":{\"prompt_tokens\":1}}",
        "{\"usage\" {\"prompt_tokens\":1}}",
        "{\"usage\":null}",
        "{\"usage\":\"{}\"}",
        "{\"usage\":{\"prompt_tokens\":1",
    ] {
        assert_eq!((scan(body.as_bytes(), 1), scan(body.as_bytes(), 100)), (None, None), "{body}");
    }
}

#[test]
fn the_last_of_several_counts() {
    let body = br#"{"usage":{"prompt_tokens":8,"completion_tokens":8},"usage":{"prompt_tokens":1,"completion_tokens":2},"usage":null}"#;
    assert_eq!((scan(body, 1), scan(body, 100)), (Some(usage(1, 2)), Some(usage(1, 2))));
}

#[test]
fn a_capture_is_bounded() {
    let body = format!("{{\"usage\":{{\"prompt_tokens\":1,\"x\":\"{}\"}}}}", "x".repeat(17 << 10));
    assert_eq!((scan(body.as_bytes(), 1), scan(body.as_bytes(), 1 << 20)), (None, None));
}

#[test]
fn depth_is_no_matter() {
    let body = format!(
        "{{\"a\":{}{},\"usage\":{{\"prompt_tokens\":1,\"completion_tokens\":2}}}}",
        "[".repeat(1 << 20),
        "]".repeat(1 << 20)
    );
    assert_eq!(scan(body.as_bytes(), 1000), Some(usage(1, 2)));
}

#[test]
fn text_of_strings() {
    let cases = [
        (r"plain é", "plain é"),
        (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r"\u00e9\u4E2D", "é中"),
        (r"\ud83d\ude00!", "😀!"),
        (r"\ud83d", "\u{fffd}"),
        (r"\ude00\ud83d\ud83d\ude00", "\u{fffd}\u{fffd}😀"),
        (r"\ud83dx\u00", "\u{fffd}x\u{fffd}00"),
    ];
    for (raw, text) in cases {
        assert_eq!(Quoted::new(raw.as_bytes()).text(), text, "{raw}");
    }
    assert_eq!(Quoted::new(b"a\xffb").text(), "a\u{fffd}b");
}

/// Any JSON value of a few levels, rich in what could be taken for a usage.
pub(crate) fn values() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just("\"usage\":{\"prompt_tokens\":3}".to_owned()),
        Just("\\".to_owned()),
        Just("}],\"".to_owned()),
        ".{0,12}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let name = prop_oneof![Just("usage".to_owned()), Just("prompt_tokens".to_owned()), ".{0,6}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// What `Usage::parse` has to find, by way of a full parser.
fn expected(usage: &Value) -> Option<Usage> {
    let believable = |value: &Value| value.as_u64().filter(|&count| count <= ABSURD);
    let detail = |object: &str, member: &str| match usage.get(object).and_then(|details| details.get(member)) {
        None | Some(Value::Null) => Some(0),
        Some(value) => believable(value),
    };
    let member = |name: &str| usage.get(name).and_then(believable);
    let found = Usage {
        prompt_tokens: member("prompt_tokens"),
        completion_tokens: member("completion_tokens"),
        total_tokens: member("total_tokens"),
        cached_tokens: detail("prompt_tokens_details", "cached_tokens"),
        reasoning_tokens: detail("completion_tokens_details", "reasoning_tokens"),
        ..Usage::default()
    };
    found.prompt_tokens.or(found.completion_tokens).or(found.total_tokens).map(|_| found)
}

proptest! {
    #[test]
    fn any_cut_of_any_body(
        members in prop::collection::vec((".{0,8}", values()), 0..6),
        counts in prop::collection::vec(prop_oneof![any::<u32>().prop_map(Value::from), values()], 4),
        at in any::<prop::sample::Index>(),
        read in 1..40_usize,
        pretty in any::<bool>(),
    ) {
        let mut body: Vec<(String, Value)> = members;
        let told = json!({
            "prompt_tokens": counts[0], "total_tokens": counts[1], "completion_tokens": counts[2],
            "prompt_tokens_details": {"cached_tokens": counts[3]},
        });
        body.retain(|(name, _)| name != "usage");
        body.insert(at.index(body.len() + 1), ("usage".to_owned(), told.clone()));
        let body = Value::Object(body.into_iter().collect());
        let bytes = if pretty { serde_json::to_vec_pretty(&body).unwrap() } else { serde_json::to_vec(&body).unwrap() };
        prop_assert_eq!(scan(&bytes, read), expected(&told));
        prop_assert_eq!(scan(&bytes, bytes.len()), expected(&told));
        prop_assert_eq!(Usage::parse(&serde_json::to_vec(&told).unwrap()), expected(&told));
    }
}

#[test]
fn details_by_every_name() {
    let all = br#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,
        "prompt_tokens_details":{"cached_tokens":1,"cache_write_tokens":2,"audio_tokens":3,"image_tokens":4,"text_tokens":5},
        "completion_tokens_details":{"reasoning_tokens":6,"audio_tokens":7,"image_tokens":8,"text_tokens":9}}"#;
    let expected = Usage {
        total_tokens: Some(150),
        cached_tokens: Some(1),
        cache_write_tokens: Some(2),
        input_audio_tokens: Some(3),
        input_image_tokens: Some(4),
        reasoning_tokens: Some(6),
        output_audio_tokens: Some(7),
        output_image_tokens: Some(8),
        ..usage(100, 50)
    };
    assert_eq!(Usage::parse(all), Some(expected));
    assert_eq!(expected.prompt(), Prompt { cached: 1, written: 2, written_1h: 0, audio: 3, image: 4, rest: 90 });
    assert_eq!(expected.answer(), Answer { reasoning: 6, audio: 7, image: 8, rest: 29 });
    for (said, cached, written) in [
        (r#""prompt_cache_hit_tokens":9,"prompt_cache_miss_tokens":1"#, Some(9), Some(0)),
        (r#""prompt_cache_hit_tokens":9,"prompt_tokens_details":{"cached_tokens":9}"#, Some(9), Some(0)),
        (r#""prompt_tokens_details":{"cached_tokens":0},"prompt_cache_hit_tokens":9"#, Some(9), Some(0)),
        (r#""prompt_cache_hit_tokens":-1"#, None, Some(0)),
        (r#""prompt_cache_hit_tokens":null"#, Some(0), Some(0)),
        (r#""cache_creation_input_tokens":8"#, Some(0), Some(8)),
        (r#""cache_creation_tokens":8"#, Some(0), Some(8)),
        (r#""prompt_tokens_details":{"cache_creation_tokens":8}"#, Some(0), Some(8)),
    ] {
        let usage = Usage::parse(format!("{{\"prompt_tokens\":10,{said}}}").as_bytes()).unwrap();
        assert_eq!((usage.cached_tokens, usage.cache_write_tokens), (cached, written), "{said}");
    }
}

#[test]
fn lifetimes_in_the_cache() {
    let kept = r#""cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":6}"#;
    for (said, written, hour) in [
        (format!(r#""cache_creation_input_tokens":8,{kept}"#), Some(8), Some(6)),
        (format!(r#""prompt_tokens_details":{{"cache_write_tokens":8,{kept}}}"#), Some(8), Some(6)),
        (kept.to_owned(), Some(6), Some(6)),
        (r#""cache_creation_input_tokens":8,"cache_creation":null"#.to_owned(), Some(8), Some(0)),
        (r#""cache_creation":{"ephemeral_1h_input_tokens":null}"#.to_owned(), Some(0), Some(0)),
        (r#""cache_creation":{"ephemeral_1h_input_tokens":-1}"#.to_owned(), None, None),
    ] {
        let usage = Usage::parse(format!("{{\"prompt_tokens\":10,{said}}}").as_bytes()).unwrap();
        assert_eq!((usage.cache_write_tokens, usage.cache_write_1h_tokens), (written, hour), "{said}");
        assert_eq!(usage.is_contradictory(), hour.is_none(), "{said}");
    }
    let cut = Usage { cache_write_tokens: Some(8), cache_write_1h_tokens: Some(6), ..usage(4, 0) };
    assert_eq!(cut.prompt(), Prompt { cached: 0, written: 0, written_1h: 4, audio: 0, image: 0, rest: 0 });
}

#[test]
fn contradictions() {
    let said = |said: &str| Usage::parse(format!("{{{said}}}").as_bytes()).unwrap();
    for (object, is_one) in [
        (r#""prompt_tokens":10,"completion_tokens":5,"total_tokens":15"#, false),
        (r#""prompt_tokens":10,"completion_tokens":5"#, false),
        (r#""prompt_tokens":10,"completion_tokens":5,"total_tokens":20"#, false),
        (r#""prompt_tokens":10,"completion_tokens":5,"total_tokens":14"#, true),
        (r#""prompt_tokens":10,"total_tokens":9"#, true),
        (r#""prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":10}"#, false),
        (r#""prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":11}"#, true),
        (r#""prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":6,"audio_tokens":5}"#, true),
        (r#""prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":-1}"#, true),
        (r#""completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":6}"#, true),
        (r#""completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":4,"image_tokens":2}"#, true),
    ] {
        assert_eq!(said(object).is_contradictory(), is_one, "{object}");
    }
    let cut = said(
        r#""prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":6,"cache_write_tokens":5,"audio_tokens":5}"#,
    );
    assert_eq!(cut.prompt(), Prompt { cached: 6, written: 4, written_1h: 0, audio: 0, image: 0, rest: 0 });
    let beside = said(
        r#""prompt_tokens":10,"completion_tokens":5,"total_tokens":22,"completion_tokens_details":{"reasoning_tokens":7}"#,
    );
    assert_eq!(beside.answer(), Answer { reasoning: 7, audio: 0, image: 0, rest: 5 });
    assert!(!beside.is_contradictory());
    let by_total = said(r#""prompt_tokens":10,"total_tokens":22"#);
    assert_eq!((by_total.prompt().rest, by_total.answer().rest), (10, 12));
}
