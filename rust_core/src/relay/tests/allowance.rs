//! What may be delivered, what is kept back, and how a stream ends for which nobody pays.

use super::*;
use crate::{
    bill::Asked,
    price::{Measure, Prices},
    request::Endpoint,
    tokens,
};

const ASKED: Asked = Asked {
    prompt_tokens: 12,
    max_output_tokens: None,
    choices: 4,
    endpoint: Endpoint::Chat,
    measure: Measure { images: 0, sound_ms: 0, characters: 0 },
    image_tokens: 0,
};

/// An event of a stream of chat completions: what its choices say.
#[derive(Clone, Debug)]
struct Saying(Vec<(u64, String)>);

impl Saying {
    fn wire(&self) -> String {
        if self.0.is_empty() {
            return ": ping\n\n".to_owned();
        }
        let choices: Vec<Value> =
            self.0.iter().map(|(index, text)| json!({"delta": {"content": text}, "index": index})).collect();
        format!("data: {}\n\n", json!({"id": "c-1", "created": 7, "choices": choices}))
    }
}

/// The tokens of each choice's whole text, summed, by the tokenizer itself.
fn truth(sayings: &[Saying]) -> u64 {
    let mut texts = std::collections::BTreeMap::<u64, String>::new();
    for (index, text) in sayings.iter().flat_map(|saying| &saying.0) {
        texts.entry(*index).or_default().push_str(text);
    }
    texts.values().map(|text| count(Encoding::O200kBase, text) as u64).sum()
}

/// How many of the sayings may be delivered.
fn affordable(sayings: &[Saying], allowance: u64) -> usize {
    let fits = |said: &usize| {
        let silent = sayings[said - 1].0.iter().all(|(_, text)| text.is_empty());
        silent || truth(&sayings[..*said]) <= allowance
    };
    (1..=sayings.len()).take_while(fits).count()
}

fn started(terms: Terms, chunked: bool) -> Reply {
    let mut reply = Reply::default();
    assert_eq!(reply.feed(format!("{STREAM}transfer-encoding: chunked\r\n\r\n").as_bytes()), Ok(State::Body));
    reply.start_relay(Some(terms), chunked);
    reply
}

/// Relays `body` in such reads.
fn relay(reply: &mut Reply, body: &[u8], sizes: &[usize]) -> Vec<u8> {
    let coded = encode(body, &[11, 90, 1]);
    let mut sent = Vec::new();
    let mut rest = &coded[..];
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (read, more) = rest.split_at(rest.len().min(*size));
        sent.extend_from_slice(&reply.relay(read));
        rest = more;
    }
    sent
}

fn wire(sayings: &[Saying]) -> String {
    sayings.iter().map(Saying::wire).collect()
}

fn says(text: &str) -> Saying {
    Saying(vec![(0, text.to_owned())])
}

#[test]
fn an_event_that_does_not_fit_is_kept_with_all_that_follow() {
    let sayings = [says("one"), says(" two"), says(" three"), Saying(vec![]), says(" four")];
    let body = wire(&sayings) + "data: [DONE]\n\n";
    let mut reply = started(terms(false), false);
    reply.allow(Some(2));
    assert_eq!(relay(&mut reply, body.as_bytes(), &[1000]), wire(&sayings[..2]).as_bytes());
    let told = |reply: &Reply| (reply.state(), reply.needs(), reply.output_tokens(Encoding::O200kBase));
    assert_eq!(told(&reply), (State::Body, Needs::More, 2));
    assert_eq!((&*reply.relay(&[]), reply.done_seen(), reply.is_reusable()), (&[][..], false, false));
    reply.allow(Some(3));
    assert_eq!(&*reply.relay(&[]), wire(&sayings[2..4]).as_bytes());
    assert_eq!(told(&reply), (State::Body, Needs::More, 3));
    reply.allow(None);
    assert_eq!(&*reply.relay(&[]), format!("{}data: [DONE]\n\n", wire(&sayings[4..])).as_bytes());
    assert_eq!(told(&reply), (State::Complete, Needs::End, 4));
    assert!(reply.done_seen() && reply.is_reusable() && reply.passed_events() == 4);
}

#[test]
fn low_is_less_than_a_quarter_of_the_last_step() {
    let event = wire(&[says(" word")]);
    let mut reply = Reply::default();
    reply.start_relay(Some(terms(false)), false);
    reply.relay(format!("{STREAM}\r\n").as_bytes());
    let read = |reply: &mut Reply| {
        reply.relay(event.as_bytes());
        reply.needs()
    };
    reply.allow(Some(8));
    let needs: Vec<Needs> = (0..7).map(|_| read(&mut reply)).collect();
    assert_eq!(needs, [[Needs::Nothing; 6].as_slice(), &[Needs::MoreSoon]].concat());
    reply.allow(Some(11));
    assert_eq!(reply.needs(), Needs::Nothing);
    let needs: Vec<Needs> = (0..5).map(|_| read(&mut reply)).collect();
    assert_eq!(needs, [Needs::Nothing, Needs::Nothing, Needs::Nothing, Needs::MoreSoon, Needs::More]);
    reply.allow(None);
    assert_eq!(read(&mut reply), Needs::Nothing);
    assert_eq!(reply.output_tokens(Encoding::O200kBase), 13);
}

#[test]
fn a_stream_that_is_cut_off_ends_well() {
    let first = r#"{"id":"c-1","object":"chat.completion.chunk","created":7,"model":"m\u006f","system_fingerprint":null,"choices":[{"index":0,"delta":{"content":"one"}},{"index":1,"delta":{"content":"x"}},{"index":2,"delta":{"role":"assistant"},"finish_reason":"stop"}],"usage":null}"#;
    let body = format!("data: {first}\n\ndata: {}\n\n", first.replace("one", " two three"));
    let prices = Prices { input: 1_500_000_000, output: 6_000_000_000, ..Prices::default() };
    let same = r#""id":"c-1","object":"chat.completion.chunk","created":7,"model":"m\u006f","system_fingerprint":null"#;
    let end = |index| {
        format!(
            "data: {{{same},\"choices\":[{{\"index\":{index},\"delta\":{{}},\"finish_reason\":\"length\"}}],\"nemo\":{{\"cut_off\":\"insufficient_credits\"}}}}\n\n"
        )
    };
    for (strip, chunked) in [(false, false), (false, true), (true, true)] {
        let mut reply =
            started(Terms { strip_usage: strip, cost: Some(Cost { asked: ASKED, prices }), ..terms(strip) }, chunked);
        reply.allow(Some(2));
        relay(&mut reply, body.as_bytes(), &[1000]);
        assert_eq!((reply.needs(), reply.output_tokens(Encoding::O200kBase)), (Needs::More, 2));
        let cut = dechunk(&reply.cut("insufficient_credits", ASKED.prompt_tokens), chunked);
        let usage = format!(
            "data: {{{same},\"choices\":[],\"usage\":{{\"prompt_tokens\":12,\"completion_tokens\":2,\"total_tokens\":14,\"cost\":0.000003}}}}\n\n"
        );
        let usage = if strip { "" } else { &usage };
        assert_eq!(String::from_utf8(cut).unwrap(), format!("{}{}{usage}data: [DONE]\n\n", end(0), end(1)));
        assert_eq!((reply.state(), reply.needs(), reply.is_reusable()), (State::Complete, Needs::End, false));
        assert_eq!((reply.relay(b"x").len(), reply.cut("y", 1).len(), reply.end()), (0, 0, State::Complete));
        assert!(reply.done_seen() && reply.fault().is_none() && reply.usage().is_none());
    }
}

#[test]
fn cutting_off_at_the_very_start_or_without_being_asked() {
    let legacy = "data: {\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"choices\":[{\"text\":\"hello world\",\"index\":0}]}\n\n";
    let mut reply = started(terms(true), false);
    reply.allow(Some(1));
    assert!(relay(&mut reply, legacy.as_bytes(), &[1000]).is_empty());
    assert_eq!(
        String::from_utf8_lossy(&reply.cut("a \"b\"", 0)),
        "data: {\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"\",\"logprobs\":null,\"finish_reason\":\"length\"}],\
         \"nemo\":{\"cut_off\":\"a \\\"b\\\"\"}}\n\ndata: [DONE]\n\n"
    );
    // Between two reads, with an event half read, and a long chunk as the last.
    let mut reply = Reply::default();
    reply.start_relay(Some(terms(false)), false);
    let long =
        format!("{{\"id\":\"c\",\"choices\":[{{\"index\":3,\"delta\":{{\"content\":\"{}\"}}}}]}}", "word ".repeat(900));
    reply.relay(format!("{STREAM}\r\ndata: {long}\n\ndata: {{").as_bytes());
    let cut = String::from_utf8(reply.cut("budget", 1).to_vec()).unwrap();
    assert!(cut.starts_with("data: {\"id\":\"c\",\"choices\":[{\"index\":3,\"delta\":{}"), "{cut}");
    assert!(cut.contains("\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":901,\"total_tokens\":902}"), "{cut}");
    // What is over is left alone, and so is what is not a stream of events.
    let mut bytes = Reply::default();
    bytes.start_relay(None, true);
    bytes.relay(format!("{STREAM}\r\nabc").as_bytes());
    assert_eq!((bytes.cut("x", 1).len(), bytes.state()), (0, State::Body));
    let mut broken = Reply::default();
    broken.start_relay(Some(terms(false)), false);
    broken.relay(format!("{STREAM}\r\ndata: 1\n\n").as_bytes());
    assert_eq!((broken.end(), broken.cut("x", 1).len(), broken.state()), (State::Cut, 0, State::Cut));
}

#[test]
fn an_upstream_that_ends_while_events_are_kept() {
    let events = wire(&[says("one"), says(" two")]);
    for (done, state) in [("data: [DONE]\n\n", State::Complete), ("data: [DONE]", State::Complete), ("", State::Cut)] {
        let mut reply = Reply::default();
        reply.start_relay(Some(terms(false)), false);
        reply.allow(Some(1));
        let mut sent = reply.relay(format!("{STREAM}\r\n{events}{done}").as_bytes()).to_vec();
        assert_eq!((reply.end(), reply.needs()), (State::Body, Needs::More));
        reply.allow(Some(2));
        sent.extend_from_slice(&reply.relay(&[]));
        assert_eq!(String::from_utf8(sent).unwrap(), format!("{events}{done}"));
        assert_eq!((reply.state(), reply.needs()), (state, Needs::End), "{done}");
    }
    let mut reply = started(terms(false), false);
    reply.allow(Some(1));
    relay(&mut reply, events.as_bytes(), &[1000]);
    assert_eq!(reply.end(), State::Body);
    assert!(reply.cut("x", 1).ends_with(b"data: [DONE]\n\n"));
    assert_eq!((reply.state(), reply.fault(), reply.is_reusable()), (State::Complete, None, false));
}

#[test]
fn the_cost_is_told_with_the_usage() {
    let prices = Prices { input: 1_500_000_000, output: 6_000_000_000, cached_input: 750_000_000, ..Prices::default() };
    let relayed = |body: &str, strip_usage| {
        let mut reply = started(Terms { cost: Some(Cost { asked: ASKED, prices }), ..terms(strip_usage) }, false);
        String::from_utf8(relay(&mut reply, body.as_bytes(), &[13])).unwrap()
    };
    for (usage, told) in [
        (
            r#"{"prompt_tokens":19,"completion_tokens":0}"#,
            r#"{"prompt_tokens":19,"completion_tokens":0,"cost":0.00000285}"#,
        ),
        (
            r#"{"prompt_tokens":10,"completion_tokens":10, "total_tokens" : 20 }"#,
            r#"{"prompt_tokens":10,"completion_tokens":10, "total_tokens" : 20 ,"cost":0.0000075}"#,
        ),
        (
            r#"{"cost":1,"prompt_tokens":10,"completion_tokens":10,"x":{"cost":1}}"#,
            r#"{"prompt_tokens":10,"completion_tokens":10,"x":{"cost":1},"cost":0.0000075}"#,
        ),
        (
            r#"{"prompt_tokens":10,"cost":{"a":1},"completion_tokens":10,"cost":2}"#,
            r#"{"prompt_tokens":10,"completion_tokens":10,"cost":0.0000075}"#,
        ),
        (
            r#"{"prompt_tokens":10,"completion_tokens":0,"prompt_tokens_details":{"cached_tokens":4}}"#,
            r#"{"prompt_tokens":10,"completion_tokens":0,"prompt_tokens_details":{"cached_tokens":4},"cost":0.0000012}"#,
        ),
    ] {
        let body = |usage: &str| format!("data: {{\"choices\":[],\"usage\":{usage},\"z\":1}}\n\ndata: [DONE]\n\n");
        assert_eq!(relayed(&body(usage), false), body(told));
        assert_eq!(relayed(&body(usage), true), "data: [DONE]\n\n");
        let lines =
            |usage: &str| format!("data: {{\"choices\":[],\ndata:\"usage\":{}}}\n\n", usage.replace(", ", ",\ndata:"));
        assert_eq!(relayed(&lines(usage), false), lines(told));
    }
    for (unclear, told) in [
        ("null", "null"),
        ("3", "3"),
        ("{}", r#"{"cost":0.0000018}"#),
        (r#"{ "cost": "free" , "cost":1}"#, r#"{"cost":0.0000018}"#),
        (r#"{"prompt_tokens":10}"#, r#"{"prompt_tokens":10,"cost":0.0000018}"#),
        (r#"{"prompt_tokens":"10","cost":7,"x":1}"#, r#"{"prompt_tokens":"10","x":1,"cost":0.0000018}"#),
        (
            r#"{"prompt_tokens":0,"completion_tokens":1}"#,
            r#"{"prompt_tokens":0,"completion_tokens":1,"cost":0.0000018}"#,
        ),
    ] {
        let body = |usage: &str| format!("data: {{\"choices\":[],\"usage\":{usage}}}\n\n");
        let (out, expected) = (relayed(&body(unclear), false), body(told));
        assert_eq!(out.replace(' ', ""), expected.replace(' ', ""), "our own count of the prompt");
    }
    let said = |usage| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"a\"}}}}],\"usage\":{usage}}}\n\n");
    let told = r#"{"prompt_tokens":1,"completion_tokens":0,"cost":0.0000024}"#;
    assert_eq!(relayed(&said(r#"{"prompt_tokens":1,"completion_tokens":0}"#), false), said(told), "text for nothing");
}

#[test]
fn a_cost_that_nobody_can_pay_waits_for_money() {
    let prices = Prices { input: 1_000_000, output: 1_000_000, ..Prices::default() };
    let started = || started(Terms { cost: Some(Cost { asked: ASKED, prices }), ..terms(false) }, false);
    let event = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":1}}\n\n";
    let body = format!("{event}data: [DONE]\n\n");
    let told = |cost| body.replace("1}}\n", &format!("1,\"cost\":{cost}}}}}\n"));
    let text = |frame: Frame| String::from_utf8(frame.to_vec()).unwrap();
    for (units, is_all, cost) in [(31, false, "0.0000000031"), (40, true, "0.0000000031"), (30, true, "0.000000003")] {
        let mut reply = started();
        reply.fund(13, false);
        assert!(relay(&mut reply, body.as_bytes(), &[1000]).is_empty());
        assert_eq!((reply.needs(), reply.owed(), reply.output_tokens(Encoding::O200kBase)), (Needs::More, Some(31), 1));
        assert!(reply.usage().is_none(), "it has not passed");
        reply.fund(30, false);
        assert!(reply.relay(b"").is_empty());
        assert_eq!((reply.needs(), reply.owed()), (Needs::More, Some(31)));
        reply.fund(units, is_all);
        assert_eq!(text(reply.relay(b"")), told(cost));
        assert_eq!((reply.owed(), reply.output_tokens(Encoding::O200kBase)), (None, 1), "its text is counted once");
        assert!(reply.done_seen());
    }
    let mut reply = started();
    reply.fund(31, false);
    assert_eq!(String::from_utf8(relay(&mut reply, body.as_bytes(), &[7])).unwrap(), told("0.0000000031"));
}

#[test]
fn a_text_in_single_bytes_takes_linear_time() {
    for text in ["a ", "a", " ", "\u{e9}", "!"] {
        let event = wire(&[says(text)]);
        let mut reply = Reply::default();
        reply.start_relay(Some(terms(false)), false);
        reply.relay(format!("{STREAM}\r\n").as_bytes());
        for _ in 0..5_000 {
            // Always at the edge, where only counting tells.
            reply.allow(Some(reply.output_tokens(Encoding::O200kBase) + 3));
            reply.relay(event.as_bytes());
            assert_ne!(reply.needs(), Needs::More);
        }
    }
}

/// Words, signs and what has no place to be cut at.
fn sayings() -> impl Strategy<Value = Vec<Saying>> {
    let text = prop_oneof![
        8 => "[ a-zA-Z'.0-9\n]{0,6}",
        2 => ".{0,5}",
        1 => ("[a!\u{4e2d} ]", 1..900_usize).prop_map(|(part, times)| part.repeat(times)),
        1 => prop::sample::select(vec![" the", "'", "ll", "  ", "\r\n", "don", "\u{301}", "ab1", "/"]).prop_map(str::to_owned),
    ];
    let choice = (prop_oneof![4 => Just(0_u64), 1 => 0..4_u64], text);
    let saying = prop::collection::vec(choice, 0..4).prop_map(Saying);
    prop::collection::vec(saying, 0..30)
}

/// The longest run in any choice's text that cannot be counted in parts.
fn has_long_run(sayings: &[Saying]) -> bool {
    (0..4).any(|index| {
        let parts = sayings.iter().flat_map(|saying| &saying.0).filter(|(of, _)| *of == index);
        let text: String = parts.map(|(_, text)| text.as_str()).collect();
        let mut last = 0;
        for at in (1..text.len()).filter(|at| text.is_char_boundary(*at)) {
            if tokens::seam(&text[..=next(&text, at)], at) == Some(at) {
                last = at;
            } else if at - last > 900 {
                return true;
            }
        }
        false
    })
}

/// The last byte of the character at `at`.
fn next(text: &str, at: usize) -> usize {
    (at + 1..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len()) - 1
}

proptest! {
    #[test]
    fn never_more_is_delivered_than_is_allowed(
        sayings in sayings().prop_filter("it is counted in parts", |sayings| !has_long_run(sayings)),
        allowance in prop_oneof![0..40_u64, 0..400_u64],
        step in 1..50_u64,
        sizes in prop::collection::vec(1..400_usize, 1..5),
    ) {
        let body = wire(&sayings);
        let fits = affordable(&sayings, allowance);
        let mut reply = started(terms(false), false);
        reply.allow(Some(allowance));
        let mut sent = relay(&mut reply, body.as_bytes(), &sizes);
        prop_assert_eq!(String::from_utf8_lossy(&sent), wire(&sayings[..fits]));
        let delivered = reply.output_tokens(Encoding::O200kBase);
        prop_assert_eq!(delivered, truth(&sayings[..fits]));
        prop_assert_eq!(reply.needs() == Needs::More, fits < sayings.len());
        // With more allowed step by step, it is the whole stream in the end.
        let mut allowed = allowance;
        while reply.needs() == Needs::More {
            allowed += step;
            reply.allow(Some(allowed));
            sent.extend_from_slice(&reply.relay(&[]));
            let now = affordable(&sayings, allowed);
            prop_assert!(reply.needs() == Needs::End || String::from_utf8_lossy(&sent) == wire(&sayings[..now]));
        }
        prop_assert_eq!(String::from_utf8_lossy(&sent), &body[..]);
        prop_assert_eq!(reply.output_tokens(Encoding::O200kBase), truth(&sayings));
    }

    #[test]
    fn the_count_depends_on_the_events_alone(
        sayings in sayings(), step in 1..600_u64, sizes in prop::collection::vec(1..400_usize, 1..5),
    ) {
        let body = wire(&sayings);
        let mut free = started(terms(false), false);
        relay(&mut free, body.as_bytes(), &[1 << 20]);
        let mut held = started(terms(false), false);
        let mut allowed = 0;
        held.allow(Some(0));
        relay(&mut held, body.as_bytes(), &sizes);
        while held.needs() == Needs::More {
            prop_assert!(held.output_tokens(Encoding::O200kBase) <= allowed);
            allowed += step;
            held.allow(Some(allowed));
            held.relay(&[]);
        }
        let told = |reply: &Reply| (reply.output_tokens(Encoding::O200kBase), reply.output_bytes(), reply.passed_events());
        prop_assert_eq!(told(&free), told(&held));
        // Off by no more than two tokens for each KiB without a place to cut at.
        let bytes = free.output_bytes();
        prop_assert!(told(&free).0.abs_diff(truth(&sayings)) <= 2 * bytes.div_ceil(1 << 10));
    }
}
