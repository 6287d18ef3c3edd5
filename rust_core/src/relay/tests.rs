#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{tokens::count, usage::tests::values};

mod allowance;

const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";

const SECRET: &str = "sk-live-0123456789";

/// How a stream is relayed in a test.
#[derive(Clone, Copy, Debug)]
struct How {
    events: bool,
    strip: bool,
    chunked: bool,
}

const PASS: How = How { events: true, strip: false, chunked: false };
const STRIP: How = How { events: true, strip: true, chunked: false };

/// Everything a reply tells when its upstream has said `bytes`, cut at `cuts`, and closed the connection.
#[derive(Clone, Debug, PartialEq)]
struct Told {
    sent: String,
    state: State,
    fault: Option<Fault>,
    usage: Option<Usage>,
    done: bool,
    error: bool,
    events: u64,
    output: (u64, u64),
    reusable: bool,
}

fn run(bytes: &[u8], how: How, cuts: &[usize]) -> Told {
    let mut reply = Reply::new(1000);
    reply.conceal(Arc::new(Secrets::new([SECRET])));
    let mut sent = Vec::new();
    let mut from = 0;
    let mut started = false;
    for to in cuts.iter().copied().chain([bytes.len()]) {
        let data = &bytes[from..to];
        from = to;
        if started {
            sent.extend_from_slice(&dechunk(&reply.relay(data), how.chunked));
        } else {
            let _ = reply.feed(data);
            started = reply.head().is_some();
            if started {
                reply.start_relay(how.events.then(|| terms(how.strip)), how.chunked);
            }
        }
    }
    reply.end();
    sent.extend_from_slice(&dechunk(&reply.relay(&[]), how.chunked));
    Told {
        sent: String::from_utf8_lossy(&sent).into_owned(),
        state: reply.state(),
        fault: reply.fault(),
        usage: reply.usage(),
        done: reply.done_seen(),
        error: reply.error_seen(),
        events: reply.passed_events(),
        output: (reply.output_bytes(), reply.output_tokens(Encoding::O200kBase)),
        reusable: reply.is_reusable(),
    }
}

/// The content of one chunk, which has to be one.
fn dechunk(frame: &[u8], chunked: bool) -> Vec<u8> {
    if !chunked || frame.is_empty() {
        return frame.to_vec();
    }
    let line = memchr::memmem::find(frame, b"\r\n").unwrap();
    let size = usize::from_str_radix(std::str::from_utf8(&frame[..line]).unwrap(), 16).unwrap();
    assert!(size > 0 && frame[0] != b'0', "not a last chunk, no idle zeros");
    assert_eq!(&frame[line + 2 + size..], b"\r\n");
    frame[line + 2..line + 2 + size].to_vec()
}

/// Runs a stream uncut, and checks that cuts make no difference.
fn told(bytes: &str, how: How) -> Told {
    let bytes = bytes.as_bytes();
    let whole = run(bytes, how, &[]);
    for cut in 0..bytes.len() {
        assert_eq!(run(bytes, how, &[cut]), whole, "cut at {cut}");
    }
    assert_eq!(run(bytes, how, &(0..bytes.len()).collect::<Vec<_>>()), whole, "byte by byte");
    assert_eq!(run(bytes, How { chunked: true, ..how }, &[bytes.len() / 2]), whole, "chunked");
    whole
}

/// A stream whose framing says where it ends.
fn framed(events: &str, how: How) -> Told {
    told(&format!("{STREAM}content-length: {}\r\n\r\n{events}", events.len()), how)
}

fn usage(prompt: u64, completion: u64) -> Usage {
    Usage { prompt_tokens: Some(prompt), completion_tokens: Some(completion), ..Usage::default() }
}

fn terms(strip_usage: bool) -> Terms {
    Terms { strip_usage, encoding: Encoding::O200kBase, cost: None }
}

#[test]
fn events_pass_byte_for_byte() {
    let events = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":null}\n\ndata:{\"x\":9007199254740993}\r\n\r\n\
        : ping\n\nevent: thread.run\nretry: 5\ndata: {\"unknown\": [1.0]}\n\nfoo: bar\n\ndata: not json\n\n\n\n\
        data: {\"multi\":\r\ndata: 1}\r\n\r\ndata: [DONE]\n\n";
    let told = framed(events, PASS);
    assert_eq!(told.sent, events);
    assert_eq!((told.state, told.events, told.done, told.reusable), (State::Complete, 5, true, true));
}

#[test]
fn events_without_data_lose_what_breaks_clients() {
    let told = framed("retry: 3000\n\nid: 1\n\nevent: ping\r\n\r\nid\n\n: c\nid: 2\nfoo: 1\n\ndata: 1\n\n", PASS);
    assert_eq!(told.sent, ": c\nfoo: 1\n\ndata: 1\n\n");
    let late_line_feed = framed("id: 1\r\r\ndata: 1\r\r\ndata: [DONE]\r\r\nid: 1\r\r\n", PASS);
    assert_eq!(late_line_feed.sent, "data: 1\r\r\ndata: [DONE]\r\r\n");
}

#[test]
fn events_with_data_lose_their_ids() {
    let told = framed("id: 1\ndata: 1\n\ndata: 2\r\nid\r\nevent: x\r\n\r\nid: 3\rdata: 3\rid:4\rretry: 1\r\r", PASS);
    assert_eq!(told.sent, "data: 1\n\ndata: 2\r\nevent: x\r\n\r\ndata: 3\rretry: 1\r\r");
    let both = framed("id: 1\ndata: {\"usage\":null,\nid: 2\ndata: \"a\":1}\nid: 3\n\n", STRIP);
    assert_eq!(both.sent, "data: \ndata: {\"a\":1}\n\n".replace("data: \ndata: {", "data: {\ndata: "));
}

#[test]
fn nothing_passes_after_done() {
    let told = framed("data: 1\n\ndata:[DONE]\n\ndata: 2\n\n: x\n\n", STRIP);
    assert_eq!((told.sent.as_str(), told.events, told.done), ("data: 1\n\ndata:[DONE]\n\n", 1, true));
}

#[test]
fn the_usage_that_nobody_asked_for_is_taken_out() {
    let cases = [
        (r#"{"a":1,"usage":null}"#, r#"{"a":1}"#),
        (r#"{"usage":null,"a":1}"#, r#"{"a":1}"#),
        (r#"{"usage":null, "a":1}"#, r#"{"a":1}"#),
        (r#"{ "a" : 1 , "usage" : null , "b" : 2 }"#, r#"{ "a" : 1 , "b" : 2 }"#),
        (r#"{"usage":null}"#, "{}"),
        (r#"{ "usage" : null }"#, "{  }"),
        (r#"{"usage":1,"usage":2}"#, "{}"),
        (r#"{"usage":1,"usage":2,"a":"usage"}"#, r#"{"a":"usage"}"#),
        (r#"{"a":1,"usage":1,"usage":2,"b":3,"usage":4}"#, r#"{"a":1,"b":3}"#),
        (r#"{"us\u0061ge":null,"a":1}"#, r#"{"a":1}"#),
        (r#"{"a":"\"usage\":null,","b":{"usage":null},"usage":{}}"#, r#"{"a":"\"usage\":null,","b":{"usage":null}}"#),
        (r#"{"choices":[{"x":1}],"usage":{"prompt_tokens":3}}"#, r#"{"choices":[{"x":1}]}"#),
        (r#"{"choices":[],"usage":null}"#, r#"{"choices":[]}"#),
        (r#"{"choices":[],"error":"x","usage":{}}"#, r#"{"choices":[],"error":"x"}"#),
        (r#"{"usage":null,"a":1"#, r#"{"usage":null,"a":1"#),
        (r#"{"usage":null} x"#, r#"{"usage":null} x"#),
        (r#"[{"usage":null}]"#, r#"[{"usage":null}]"#),
    ];
    for (object, stripped) in cases {
        assert_eq!(framed(&format!("data: {object}\n\n"), STRIP).sent, format!("data: {stripped}\n\n"));
        assert_eq!(framed(&format!("data: {object}\n\n"), PASS).sent, format!("data: {object}\n\n"));
    }
    let several_lines = framed(": c\r\ndata: {\"a\":1,\r\ndata: \"usage\":\r\nid: 1\r\ndata:null}\r\n\r\n", STRIP);
    assert_eq!(several_lines.sent, ": c\r\ndata: {\"a\":1\r\ndata: \r\ndata:}\r\n\r\n");
}

#[test]
fn the_usage_chunk_is_swallowed_and_read() {
    let chunk = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":6}}\n\n";
    let stream =
        format!("data: {{\"usage\":{{\"prompt_tokens\":9}}}}\n\n{chunk}data: {{\"usage\":null}}\n\ndata: [DONE]\n\n");
    let stripped = framed(&stream, STRIP);
    assert_eq!(stripped.sent, "data: {}\n\ndata: {}\n\ndata: [DONE]\n\n");
    assert_eq!((stripped.usage, stripped.events), (Some(usage(5, 6)), 2));
    let passed = framed(&stream, PASS);
    assert_eq!((passed.sent, passed.usage, passed.events), (stream, Some(usage(5, 6)), 3));
}

#[test]
fn errors_are_noted() {
    for (error, is_one) in [
        ("{\"message\":\"x\"}", true),
        ("\"x\"", true),
        ("1", true),
        ("{}", true),
        ("null", false),
        ("false", false),
        ("\"\"", false),
        ("0", false),
    ] {
        let told = framed(&format!("data: {{\"error\":{error}}}\n\n"), PASS);
        assert_eq!(told.error, is_one, "{error}");
    }
    assert!(!framed("data: {\"a\":{\"error\":1}}\n\n", PASS).error);
}

#[test]
fn delivered_text() {
    let parts = [
        (r#"{"choices":[{"delta":{"role":"assistant","content":"Hel\u006co"}}]}"#, "Hello"),
        (
            r#"{"choices":[{"delta":{"content":" wörld\n","refusal":"no"}},{"delta":{"reasoning":"r","reasoning_content":"c"}}]}"#,
            " wörld\nnorc",
        ),
        (
            r#"{"choices":[{"delta":{"tool_calls":[{"id":"x","function":{"name":"get","arguments":"{\"a\":"}}]}}]}"#,
            "get{\"a\":",
        ),
        (r#"{"choices":[{"delta":{"content":null,"function_call":{"name":"f","arguments":"1"}}}]}"#, "f1"),
        (r#"{"choices":[{"text":"old","logprobs":{"content":"not this"}}],"content":"nor this"}"#, "old"),
        (r#"{"choices":[{"delta":{"content":"broken"}]}"#, ""),
        (r#"{"choices":[{"delta":{"content":[{"type":"text","text":"part"}]}}]}"#, "part"),
        (r#"{"choices":[1,null,{"delta":"x"},{"delta":{"tool_calls":{},"function_call":[]}}]}"#, ""),
    ];
    let stream = parts.map(|(event, _)| format!("data: {event}\n\n")).concat();
    let text: String = parts.iter().map(|(_, text)| *text).collect();
    assert_eq!(framed(&stream, PASS).output, (text.len() as u64, count(Encoding::O200kBase, &text) as u64));
}

#[test]
fn long_texts_are_folded_without_miscounting() {
    let words = "The fox, no. 12, doesn't jump over  the\n\nlazy dogs' 3 kennels; el niño sí. ";
    let mut reply = Reply::default();
    reply.start_relay(Some(terms(false)), false);
    reply.relay(format!("{STREAM}\r\n").as_bytes());
    let mut text = String::new();
    for round in 0..400 {
        let piece: String = words.chars().cycle().skip(round * 7).take(61).collect();
        reply.relay(format!("data: {}\n\n", json!({"choices": [{"delta": {"content": piece}}]})).as_bytes());
        text.push_str(&piece);
        assert!(reply.events().unwrap().text.waiting() <= 1 << 10);
    }
    assert_eq!(reply.output_tokens(Encoding::O200kBase), count(Encoding::O200kBase, &text) as u64);
    assert_eq!(reply.output_bytes(), text.len() as u64);
}

#[test]
fn one_huge_text_is_estimated_beyond_its_bound() {
    let mut reply = Reply::default();
    reply.start_relay(Some(terms(false)), false);
    reply.relay(format!("{STREAM}\r\n").as_bytes());
    reply.relay(format!("data: {}\n\n", json!({"choices": [{"delta": {"content": "中".repeat(1 << 20)}}]})).as_bytes());
    assert_eq!(reply.output_bytes(), 3 << 20);
    assert!(reply.output_tokens(Encoding::O200kBase) > (3 << 20) / 4 - 100_000);
}

#[test]
fn plain_bodies() {
    let body =
        r#"{"choices":[{"message":{"content":"Hello world"}}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    let mut reply = Reply::default();
    assert_eq!(reply.feed(b"HTTP/1.1 200 OK\r\n"), Ok(State::Head));
    assert_eq!(reply.feed(format!("content-length: {}\r\n\r\n{{", body.len()).as_bytes()), Ok(State::Body));
    assert_eq!(reply.feed(&body.as_bytes()[1..]), Ok(State::Complete));
    assert_eq!((reply.usage(), reply.output_tokens(Encoding::O200kBase)), (Some(usage(1, 2)), 2));
    assert_eq!((reply.buffered(), reply.end(), reply.is_reusable()), (body.len(), State::Complete, true));
    assert_eq!((reply.take(), reply.buffered()), (body.as_bytes().to_vec(), 0));
    let how = How { events: false, strip: true, chunked: false };
    let relayed = told(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()), how);
    assert_eq!((relayed.sent.as_str(), relayed.usage), (body, Some(usage(1, 2))));
}

#[test]
fn credentials_do_not_come_out() {
    let said = json!({"choices": [{"index": 0, "delta": {"content": format!("Ask as {SECRET}.")}}]}).to_string();
    let events = format!("data: {said}\n\n: {SECRET}\n\ndata: [DONE]\n\n{SECRET}\n\n");
    let stars = "*".repeat(SECRET.len());
    let expected = format!("data: {}\n\n: {stars}\n\ndata: [DONE]\n\n", said.replace(SECRET, &stars));
    for how in [PASS, STRIP] {
        assert_eq!(framed(&events, how).sent, expected);
        assert_eq!(told(&format!("{STREAM}\r\n{events}"), how).sent, expected);
    }
    let sound = format!("{SECRET}{SECRET}ID3sk-live-");
    let bytes = How { events: false, ..PASS };
    for sent in [framed(&sound, bytes).sent, told(&format!("{STREAM}\r\n{sound}"), bytes).sent] {
        assert_eq!(sent, format!("{stars}{stars}ID3sk-live-"), "only what begins like one is none");
    }
    let cut = told(&format!("{STREAM}content-length: 100\r\n\r\n{sound}"), bytes);
    assert_eq!(cut.sent, format!("{stars}{stars}ID3"), "who knows what would have followed");
    let mut kept = Reply::default();
    kept.conceal(Arc::new(Secrets::new([SECRET])));
    for part in ["HTTP/1.1 200 OK\r\n\r\n", &sound[..40], &sound[40..]] {
        kept.feed(part.as_bytes()).unwrap();
    }
    assert_eq!(kept.end(), State::Complete);
    assert_eq!(String::from_utf8(kept.take()).unwrap(), format!("{stars}{stars}ID3sk-live-"));
}

#[test]
fn how_streams_end() {
    let events = "data: 1\n\ndata: {\"pa";
    // The framing tells that the answer is whole: a partial last event passes.
    let whole = framed(events, STRIP);
    assert_eq!((whole.sent.as_str(), whole.state, whole.fault), (events, State::Complete, None));
    // It may end the connection well and not the answer.
    let choice = |reason: &str| format!("data: {{\"choices\":[{{\"index\":0,\"finish_reason\":{reason}}}]}}\n\n");
    let (open, ended) = (choice("null"), choice("\"stop\""));
    let error = "data: {\"error\":{}}\n\n";
    for (said, fault) in [
        (open.clone(), Some(Fault::DoneMissing)),
        (open.clone() + &ended, None),
        (open.clone() + error, None),
        (open + "data: [DONE]\n\n", None),
        (ended.clone() + &choice("null").replace(":0", ":1"), Some(Fault::DoneMissing)),
        (ended, None),
    ] {
        let told = framed(&said, PASS);
        assert_eq!((told.sent, told.fault), (said, fault));
    }
    // Nothing does: it is cut, and so is the partial event.
    let cut = told(&format!("{STREAM}\r\n{events}"), PASS);
    assert_eq!((cut.sent.as_str(), cut.state, cut.fault), ("data: 1\n\n", State::Cut, Some(Fault::DoneMissing)));
    let short = told(&format!("{STREAM}content-length: 100\r\n\r\n{events}"), PASS);
    assert_eq!(
        (short.sent.as_str(), short.state, short.fault),
        ("data: 1\n\n", State::Cut, Some(Fault::ConnectionEnded))
    );
    // `[DONE]` does, with or without its blank line, and whatever becomes of the framing.
    for (framing, end) in [("", "\n\n"), ("", "\n"), ("", ""), ("content-length: 100\r\n", "\n\n")] {
        let done = told(&format!("{STREAM}{framing}\r\ndata: 1\n\ndata: [DONE]{end}"), PASS);
        assert_eq!(
            (done.sent, done.state, done.done),
            (format!("data: 1\n\ndata: [DONE]{end}"), State::Complete, true)
        );
        assert!(!done.reusable);
    }
    let bytes = How { events: false, ..PASS };
    assert_eq!(told(&format!("{STREAM}\r\n{events}"), bytes).state, State::Complete);
    assert_eq!(told(&format!("{STREAM}content-length: 100\r\n\r\nx"), bytes).state, State::Cut);
    assert_eq!(Reply::default().end(), State::Cut);
}

#[test]
fn what_came_before_a_fault_is_passed() {
    let stream = format!(
        "{STREAM}transfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n5\r\ndata:\r\nzz\r\n9\r\ndata: 2\n\n\r\n"
    );
    let told_of = told(&stream, PASS);
    assert_eq!((told_of.sent.as_str(), told_of.fault), ("data: 1\n\n", Some(Fault::Http(http::Fault::Chunk))));
    let long = format!("{STREAM}\r\ndata: 1\n\ndata: {}\n\ndata: 2\n\n", "x".repeat(1000));
    let told_of = told(&long, PASS);
    assert_eq!(
        (told_of.sent.as_str(), told_of.state, told_of.fault),
        ("data: 1\n\n", State::Cut, Some(Fault::EventTooLong))
    );
    let mut reply = Reply::default();
    assert_eq!(reply.feed(b"SSH-2.0"), Err(Fault::Http(http::Fault::StatusLine)));
}

#[test]
fn hostile_streams_take_linear_time() {
    const SIZE: usize = 1 << 20;
    let long =
        format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}],\"usage\":null}}\n\n", "x".repeat(SIZE));
    for stream in [long, "\n".repeat(SIZE), "data:\n".repeat(SIZE / 6), "\r".repeat(SIZE), "id:\n\n".repeat(SIZE / 5)] {
        for read in [1, SIZE] {
            let mut reply = Reply::default();
            reply.start_relay(Some(terms(true)), true);
            reply.relay(format!("{STREAM}\r\n").as_bytes());
            stream.as_bytes().chunks(read).for_each(|piece| drop(reply.relay(piece)));
            assert_eq!(reply.state(), State::Body);
        }
    }
    let mut reply = Reply::default();
    reply.start_relay(Some(terms(true)), true);
    reply.relay(format!("{STREAM}\r\n").as_bytes());
    "data:".repeat(2 << 20).as_bytes().chunks(1000).for_each(|piece| drop(reply.relay(piece)));
    assert_eq!(reply.fault(), Some(Fault::EventTooLong));
    let nested = format!("data: {{\"a\":{},\"usage\":null}}\n\n", "[{".repeat(SIZE));
    assert_eq!(run(nested.as_bytes(), STRIP, &[]).state, State::Cut);
}

#[test]
fn a_reply_at_rest_is_small() {
    assert!(size_of::<Reply>() + size_of::<Events>() <= 1331, "{} + {}", size_of::<Reply>(), size_of::<Events>());
}

/// A stream of events with whatever may stand in one, and the objects in it.
fn streams() -> impl Strategy<Value = (String, Vec<Value>)> {
    let told = prop_oneof![Just(Value::Null), any::<u32>().prop_map(|count| json!({"prompt_tokens": count})), values()];
    let choices =
        prop_oneof![Just(json!([])), ".{0,9}".prop_map(|text| json!([{"delta": {"content": text}}])), values()];
    let object = (prop::collection::vec((".{0,5}", values()), 0..3), prop::option::of(told), prop::option::of(choices));
    let object = (object, any::<prop::sample::Index>()).prop_map(|((mut members, usage, choices), index)| {
        members.retain(|(name, _)| name != "usage");
        for (name, value) in [("choices", choices), ("usage", usage)] {
            if let Some(value) = value {
                members.insert(index.index(members.len() + 1), (name.to_owned(), value));
            }
        }
        Value::Object(members.into_iter().collect())
    });
    let form = (
        any::<bool>(),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        prop::sample::select(vec!["", ": note", "event: x", "id: 3"]),
    );
    prop::collection::vec((object, form), 0..6).prop_map(|events| {
        let mut stream = String::new();
        for (object, (pretty, ending, before)) in &events {
            let text =
                if *pretty { serde_json::to_string_pretty(object) } else { serde_json::to_string(object) }.unwrap();
            if !before.is_empty() {
                stream.extend([before, *ending]);
            }
            for line in text.split('\n') {
                stream.extend(["data: ", line, ending]);
            }
            stream.push_str(ending);
        }
        stream.push_str("data: [DONE]\n\n");
        (stream, events.into_iter().map(|(object, _)| object).collect())
    })
}

/// The data of the events of a stream, parsed; `[DONE]` left out.
fn parse(stream: &str) -> Vec<Value> {
    let stream = stream.replace("\r\n", "\n").replace('\r', "\n");
    let data = stream
        .split("\n\n")
        .map(|event| event.split('\n').filter_map(|line| line.strip_prefix("data: ")).collect::<Vec<_>>().join("\n"));
    data.filter(|data| !data.is_empty() && data != "[DONE]").map(|data| serde_json::from_str(&data).unwrap()).collect()
}

/// A body in the chunked coding, in chunks of such sizes.
fn encode(body: &[u8], sizes: &[usize]) -> Vec<u8> {
    let mut coded = Vec::new();
    let mut rest = body;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, more) = rest.split_at(rest.len().min(*size));
        coded.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        coded.extend(piece);
        coded.extend(b"\r\n");
        rest = more;
    }
    coded.extend(b"0\r\n\r\n");
    coded
}

proptest! {
    #[test]
    fn nothing_but_the_usage_is_taken_out_however_the_stream_is_cut(
        (stream, objects) in streams(),
        sizes in prop::collection::vec(1..200_usize, 1..5),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..9),
        strip in any::<bool>(),
        chunked in any::<bool>(),
    ) {
        let mut bytes = format!("{STREAM}transfer-encoding: chunked\r\n\r\n").into_bytes();
        bytes.extend(encode(stream.as_bytes(), &sizes));
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        cuts.sort_unstable();
        let how = How { events: true, strip, chunked };
        let told = run(&bytes, how, &cuts);
        prop_assert_eq!(&told, &run(&bytes, How { chunked: false, ..how }, &[]));
        prop_assume!(told.fault != Some(Fault::EventTooLong));
        prop_assert!(told.done && told.reusable && told.state == State::Complete);
        if strip {
            let is_usage_only = |object: &Value| {
                object["choices"] == json!([]) && object["usage"].is_object() && object["error"].is_null()
            };
            let expected: Vec<Value> = objects.into_iter().filter(|object| !is_usage_only(object)).map(|mut object| {
                object.as_object_mut().unwrap().shift_remove("usage");
                object
            }).collect();
            prop_assert_eq!(parse(&told.sent), expected);
        } else {
            prop_assert_eq!(told.sent, stream.replace("id: 3\r\n", "").replace("id: 3\n", "").replace("id: 3\r", ""));
        }
    }

    #[test]
    fn anything_is_told_the_same_however_it_is_cut(
        parts in prop::collection::vec(prop::sample::select(vec![
            "\n", "\r", "data:", "data: {\"usage\":null}", "data: {\"usage\":", "null}", "[DONE]", "id: 1", ":", "\"", "{", "}",
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}", "data: {\"choices\":[{\"text\":\"é\"}]}", "\u{feff}", "\n\n",
        ]), 0..30),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..9),
        strip in any::<bool>(),
        framing in prop_oneof![Just(""), Just("content-length: 60\r\n"), Just("transfer-encoding: chunked\r\n")],
    ) {
        let mut bytes = format!("{STREAM}{framing}\r\n").into_bytes();
        let body = parts.concat().into_bytes();
        bytes.extend(if framing.starts_with('t') { encode(&body, &[7, 40, 1]) } else { body });
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        cuts.sort_unstable();
        let how = How { events: true, strip, chunked: false };
        prop_assert_eq!(run(&bytes, how, &cuts), run(&bytes, how, &[]));
        let single: Vec<usize> = (0..bytes.len()).collect();
        prop_assert_eq!(run(&bytes, how, &single), run(&bytes, how, &[]));
    }
}
