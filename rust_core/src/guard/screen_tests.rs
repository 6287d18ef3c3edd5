use std::sync::Arc;

use super::{
    policy::{Action, Detector, Guardrail, Policy, Set},
    rule::{Candidate, Rule, always},
    ruleset::Ruleset,
};
use crate::{
    relay::{Guard, Reply, Stop, Terms, screen_whole},
    request::{Endpoint, Request},
    tokens::Encoding,
};
use proptest::prelude::*;

const EMAIL: Rule = Rule {
    id: "email",
    entity: "EMAIL",
    keywords: &[],
    pattern: r"[a-z]{1,20}@[a-z]{1,20}\.(?:com|org)",
    check: always,
    core: true,
};
const NUMBER: Rule = Rule { id: "number", entity: "NUMBER", pattern: "[0-9]{6,16}", ..EMAIL };
const BROKEN: Rule = Rule { id: "broken", entity: "BROKEN", pattern: "panic!", check: broken, ..EMAIL };

fn broken(_: &Candidate<'_>) -> bool {
    panic!("on purpose")
}

const ALL: Set = Set::MAX;

fn policy(rules: &[(Rule, Action)]) -> Arc<Policy> {
    let guardrail = |(rule, action): &(Rule, Action)| {
        let mut builder = Ruleset::builder();
        builder.rule(rule).unwrap();
        Arc::new(Guardrail { detector: Detector::Rules(Box::new(builder.build())), action: *action, shadow: false })
    };
    Arc::new(Policy::new(rules.iter().map(guardrail).collect()))
}

fn chat(body: &str) -> Request {
    Request::parse(body.as_bytes().to_vec(), Endpoint::Chat).unwrap()
}

fn screened(content: &str, action: Action) -> String {
    let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":{content}}}]}}"#);
    let done = chat(&body).screen(&policy(&[(EMAIL, action), (NUMBER, action)]), ALL);
    let edited = done.edited.unwrap_or(body);
    chat(&edited);
    edited[r#"{"model":"m","messages":[{"role":"user","content":"#.len()..edited.len() - 3].to_owned()
}

#[test]
fn only_what_was_found_is_edited() {
    let redacted = |content: &str| screened(content, Action::Redact);
    assert_eq!(redacted(r#""write to a@b.com \u00e9""#), r#""write to [EMAIL_REDACTED] \u00e9""#);
    assert_eq!(redacted(r#""\u0061@b\u002ecom\n""#), r#""[EMAIL_REDACTED]\n""#);
    assert_eq!(redacted(r#"[{"type":"text","text":"x 123456"}]"#), r#"[{"type":"text","text":"x [NUMBER_REDACTED]"}]"#);
    assert_eq!(redacted(r#""nothing \/ here""#), r#""nothing \/ here""#);
}

#[test]
fn arguments_are_read_through_both_escapes_and_stay_json() {
    let call = |arguments: &str| {
        let body = format!(
            r#"{{"model":"m","messages":[{{"role":"assistant","tool_calls":[{{"id":"1","type":"function","function":{{"name":"f","arguments":{arguments}}}}}]}}]}}"#
        );
        let edited =
            chat(&body).screen(&policy(&[(EMAIL, Action::Redact), (NUMBER, Action::Redact)]), ALL).edited.unwrap();
        let value: serde_json::Value = serde_json::from_str(&edited).unwrap();
        let inner = value["messages"][0]["tool_calls"][0]["function"]["arguments"].as_str().unwrap().to_owned();
        serde_json::from_str::<serde_json::Value>(&inner).unwrap();
        inner
    };
    assert_eq!(call(r#""{\"to\":\"\\u0061@b.com\",\"q\":\"\\\"\"}""#), r#"{"to":"[EMAIL_REDACTED]","q":"\""}"#);
    assert_eq!(call(r#""{\"n\": 12345678 }""#), r#"{"n": "[NUMBER_REDACTED]" }"#);
}

#[test]
fn what_is_masked_is_numbered_and_kept() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"[EMAIL_1] a@b.com c@d.com a@b.com"}]}"#;
    let done = chat(body).screen(&policy(&[(EMAIL, Action::Mask)]), ALL);
    let expected = "[EMAIL_1] [EMAIL_2] [EMAIL_3] [EMAIL_2]";
    assert_eq!(done.edited.unwrap(), body.replace("[EMAIL_1] a@b.com c@d.com a@b.com", expected));
    assert_eq!(done.findings[0].count, 3);
    assert_eq!(done.findings[0].lengths, [7, 7, 7]);
    assert_eq!(done.findings[0].place, "messages[0].content");
}

#[test]
fn what_blocks_is_said_and_nothing_is_edited() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"123456 a@b.com"}]}"#;
    let done = chat(body).screen(&policy(&[(NUMBER, Action::Redact), (EMAIL, Action::Block)]), ALL);
    assert_eq!((done.blocked, done.edited), (Some(1), None));
    let done = chat(body).screen(&policy(&[(NUMBER, Action::Redact), (EMAIL, Action::Block)]), 1);
    assert_eq!(done.blocked, None);
    assert!(done.edited.unwrap().contains("[NUMBER_REDACTED] a@b.com"));
}

#[test]
fn a_mistake_in_a_rule_is_a_verdict() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"panic!"}]}"#;
    let done = chat(body).screen(&policy(&[(BROKEN, Action::Redact)]), ALL);
    assert!(done.failed && done.edited.is_none());
}

#[test]
fn texts_can_be_taken_out_and_put_back() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"a\n"},{"role":"user","content":"b"}]}"#;
    let request = chat(body);
    assert_eq!(request.texts("|"), "a\n|b");
    assert_eq!(request.with_texts("a\n|c\"", "|").unwrap(), body.replace("\"b\"", r#""c\"""#));
    assert_eq!(request.with_texts("a", "|"), None);
    assert_eq!(request.with_texts("a|b|c", "|"), None);
}

// === Answers ===

fn guard(rules: &[(Rule, Action)]) -> Guard {
    Guard { policy: policy(rules), set: ALL, vault: Arc::default() }
}

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";

/// What the client gets of a stream, and the reply at its end.
fn relayed(events: &str, guard: Guard) -> (String, Reply) {
    let mut reply = Reply::default();
    reply.feed(HEAD.as_bytes()).unwrap();
    reply.start_relay(Some(Terms { strip_usage: false, encoding: Encoding::O200kBase, cost: None }), false);
    reply.guard(guard);
    let mut out = reply.relay(events.as_bytes()).to_vec();
    reply.end();
    out.extend_from_slice(&reply.relay(b""));
    (String::from_utf8(out).unwrap(), reply)
}

fn event(members: &str) -> String {
    format!("data: {{\"id\":\"x\",\"choices\":[{members}]}}\n\n")
}

/// The text of a part of a choice, as a client adds it up.
fn text(stream: &str, choice: u64, pointer: &str) -> String {
    let objects =
        stream.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line.strip_prefix("data: ")?).ok());
    let choices = objects.flat_map(|object| object["choices"].as_array().cloned().unwrap_or_default());
    let mine = choices.filter(|one| one["index"].as_u64() == Some(choice));
    mine.filter_map(|one| one.pointer(pointer).and_then(|text| text.as_str().map(str::to_owned))).collect()
}

#[test]
fn the_rest_of_a_text_comes_before_its_end() {
    let stream = [
        event(r#"{"index":0,"delta":{"content":"to a@b"},"finish_reason":null}"#),
        event(r#"{"index":0,"delta":{"content":".com"}}"#),
        event(r#"{"index":0,"delta":{},"finish_reason":"stop"}"#),
        "data: [DONE]\n\n".to_owned(),
    ]
    .concat();
    let (out, reply) = relayed(&stream, guard(&[(EMAIL, Action::Redact)]));
    assert_eq!(text(&out, 0, "/delta/content"), "to [EMAIL_REDACTED]");
    let last = out.find("[EMAIL_REDACTED]").unwrap();
    assert!(last < out.find("\"stop\"").unwrap());
    assert!(out.ends_with("data: [DONE]\n\n"));
    assert_eq!(reply.found().0[0].lengths, [7]);
}

#[test]
fn a_value_up_to_done_or_up_to_the_end_of_the_connection() {
    let stream = event(r#"{"index":1,"delta":{"reasoning":"a@b.com"}}"#);
    let (out, _) = relayed(&format!("{stream}data: [DONE]\n\n"), guard(&[(EMAIL, Action::Redact)]));
    assert_eq!(text(&out, 1, "/delta/reasoning"), "[EMAIL_REDACTED]");
    let (out, reply) = relayed(&stream, guard(&[(EMAIL, Action::Redact)]));
    assert_eq!(text(&out, 1, "/delta/reasoning"), "[EMAIL_REDACTED]");
    assert!(!out.contains("[DONE]"));
    assert_eq!(reply.stop(), None);
}

#[test]
fn a_block_stops_the_stream_and_nothing_follows() {
    let stream = [
        event(r#"{"index":0,"delta":{"content":"to a@b.com"}}"#),
        event(r#"{"index":0,"delta":{"content":" and more"},"finish_reason":"stop"}"#),
        "data: [DONE]\n\n".to_owned(),
    ]
    .concat();
    let (out, reply) = relayed(&stream, guard(&[(EMAIL, Action::Block)]));
    assert_eq!(reply.stop(), Some(Stop::Blocked(0)));
    assert!(!out.contains("a@b.com") && !out.contains("more") && !out.contains("[DONE]"));
    assert!(!reply.is_reusable());
}

#[test]
fn mistakes_stop_a_stream_only_if_somebody_depends_on_it() {
    let stream = event(r#"{"index":0,"delta":{"content":"panic!"},"finish_reason":"stop"}"#) + "data: [DONE]\n\n";
    let (_, reply) = relayed(&stream, guard(&[(BROKEN, Action::Redact)]));
    assert_eq!(reply.stop(), Some(Stop::Failed));
    let (out, reply) = relayed(&stream, guard(&[(BROKEN, Action::Log)]));
    assert_eq!((out, reply.stop(), reply.found().1), (stream, None, true));
}

#[test]
fn who_only_looks_changes_nothing() {
    let stream =
        event(r#"{"index":0,"delta":{"content":"a\u0040b.com"},"logprobs":{"content":[]},"finish_reason":"stop"}"#)
            + "data: [DONE]\n\n";
    let (out, reply) = relayed(&stream, guard(&[(EMAIL, Action::Warn)]));
    assert_eq!(out, stream);
    assert_eq!(reply.found().0[0].count, 1);
}

#[test]
fn logprobs_would_say_what_was_redacted() {
    let stream =
        event(r#"{"index":0,"delta":{"content":"x"},"logprobs":{"content":[{"token":"x"}]},"finish_reason":"stop"}"#);
    let (out, _) = relayed(&stream, guard(&[(EMAIL, Action::Redact)]));
    assert!(out.contains(r#""logprobs":null"#) && !out.contains("token"));
}

fn masked() -> Guard {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"a@b.com 123456 x"}]}"#;
    let policy = policy(&[(EMAIL, Action::Mask), (NUMBER, Action::Mask)]);
    let vault = Arc::new(chat(body).screen(&policy, ALL).vault);
    Guard { policy, set: 0, vault }
}

#[test]
fn what_was_masked_comes_back() {
    let stream = [
        event(r#"{"index":0,"delta":{"content":"Dear [EMA"}}"#),
        event(r#"{"index":0,"delta":{"content":"IL_1], [EMAIL_2] [EM"}}"#),
        event(r#"{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"to\":\"[EMAIL"}}]}}"#),
        event(r#"{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"_1]\"}"}}]}}"#),
        event(r#"{"index":0,"delta":{},"finish_reason":"tool_calls"}"#),
        "data: [DONE]\n\n".to_owned(),
    ]
    .concat();
    let (out, _) = relayed(&stream, masked());
    assert_eq!(text(&out, 0, "/delta/content"), "Dear a@b.com, [EMAIL_2] [EM");
    assert_eq!(text(&out, 0, "/delta/tool_calls/0/function/arguments"), r#"{"to":"a@b.com"}"#);
}

#[test]
fn whole_answers_are_screened_too() {
    let body = br#"{"choices":[{"index":0,"message":{"content":"a@b.com","tool_calls":[{"function":{"arguments":"{\"n\":123456}"}}]}}]}"#;
    let done = screen_whole(body, false, &guard(&[(EMAIL, Action::Redact), (NUMBER, Action::Redact)]));
    let edited = String::from_utf8(done.edited.unwrap()).unwrap();
    assert!(edited.contains(r#""content":"[EMAIL_REDACTED]""#) && edited.contains(r#"{\"n\":\"[NUMBER_REDACTED]\"}"#));
    let events =
        event(r#"{"index":0,"delta":{"content":"a@b"}}"#) + &event(r#"{"index":0,"delta":{"content":".com x"}}"#);
    let done = screen_whole(events.as_bytes(), true, &guard(&[(EMAIL, Action::Redact)]));
    assert_eq!(text(&String::from_utf8(done.edited.unwrap()).unwrap(), 0, "/delta/content"), "[EMAIL_REDACTED] x");
    let done = screen_whole(body, false, &guard(&[(EMAIL, Action::Block)]));
    assert_eq!((done.stop, done.edited), (Some(Stop::Blocked(0)), None));
}

// === The law ===

/// Texts with values in them, and characters that are written in several ways.
fn prose() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("a@b.com".to_owned()),
        Just("joe@example.org ".to_owned()),
        Just("123456".to_owned()),
        Just("[EMAIL_1]".to_owned()),
        Just("\"\\".to_owned()),
        "[a-z@. é😀\n]{0,6}",
    ];
    prop::collection::vec(word, 0..6).prop_map(|words| words.concat())
}

/// One piece of a JSON string, escaped in one way or another.
fn written(piece: &str, escaped: bool) -> String {
    if !escaped {
        return serde_json::to_string(piece).unwrap();
    }
    let units: String = piece.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    format!("\"{units}\"")
}

#[derive(Clone, Debug)]
struct Delta {
    choice: u64,
    part: usize,
    length: usize,
    escaped: bool,
}

const PARTS: [(&str, &str, &str); 4] = [
    ("{\"content\":", "}", "/delta/content"),
    ("{\"reasoning_content\":", "}", "/delta/reasoning_content"),
    ("{\"refusal\":", "}", "/delta/refusal"),
    ("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":", "}}]}", "/delta/tool_calls/0/function/arguments"),
];

proptest! {
    #[test]
    fn a_stream_is_redacted_as_its_whole_text_is(
        texts in prop::collection::vec(prose(), 8),
        deltas in prop::collection::vec((0..2u64, 0..4usize, 0..9usize, any::<bool>()).prop_map(|(choice, part, length, escaped)| Delta { choice, part, length, escaped }), 0..40),
        finished: bool,
        restored: bool,
    ) {
        let mut guard = guard(&[(EMAIL, Action::Redact), (NUMBER, Action::Redact)]);
        if restored {
            guard.vault = masked().vault;
        }
        let whole = |text: &str, part: usize| {
            let (front, back, pointer) = PARTS[part];
            let one = event(&format!(r#"{{"index":0,"delta":{front}{}{back}}}"#, written(text, false)));
            let done = screen_whole(one.as_bytes(), true, &guard);
            let edited = done.edited.map_or(one, |edited| String::from_utf8(edited).unwrap());
            self::text(&edited, 0, pointer)
        };
        let mut rest: Vec<Vec<char>> = texts.iter().map(|text| text.chars().collect()).collect();
        let mut stream = String::new();
        let drain = (0..8).map(|at| Delta { choice: at / 4, part: at as usize % 4, length: usize::MAX, escaped: false });
        for delta in deltas.into_iter().chain(drain) {
            let mine = &mut rest[delta.choice as usize * 4 + delta.part];
            let piece: String = mine.drain(..delta.length.min(mine.len())).collect();
            let (front, back, _) = PARTS[delta.part];
            stream += &event(&format!(r#"{{"index":{},"delta":{front}{}{back}}}"#, delta.choice, written(&piece, delta.escaped)));
        }
        if finished {
            stream += &event(r#"{"index":1,"delta":{},"finish_reason":"stop"},{"index":0,"delta":{},"finish_reason":"stop"}"#);
        }
        stream += "data: [DONE]\n\n";
        let (out, reply) = relayed(&stream, guard.clone());
        prop_assert_eq!(reply.stop(), None);
        for (at, given) in texts.iter().enumerate() {
            prop_assert_eq!(text(&out, at as u64 / 4, PARTS[at % 4].2), whole(given, at % 4));
        }
    }
}
