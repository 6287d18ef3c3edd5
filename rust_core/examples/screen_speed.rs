//! What guardrails cost: `cargo run --release --example screen_speed`. All built-in detectors on.

#![allow(clippy::cast_precision_loss, clippy::expect_used, reason = "figures to read")]

use std::{hint::black_box, sync::Arc, time::Instant};

use nemoproxy_core::{
    guard::policy::{Action, Choice, Detector, Guardrail, Policy},
    relay::{Guard, Reply, Terms},
    request::{Endpoint, Request},
    tokens::Encoding,
};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
const WORDS: &str = "The quick brown fox jumps over the lazy dog while seventeen curious onlookers take notes about the \
                     weather, the price of tea in Lisbon, and whether a deployment on a Friday afternoon is ever wise. ";

fn main() {
    let rules = |detector: &str| {
        Detector::Rules(Box::new(Choice::default().compile(detector).expect("built-in rules compile")))
    };
    let guardrail = |detector| Arc::new(Guardrail { detector, action: Action::Redact, shadow: false });
    let started = Instant::now();
    let rule_based = vec![guardrail(rules("pii")), guardrail(rules("secrets"))];
    println!("compile               {:8.1} ms", started.elapsed().as_secs_f64() * 1e3);
    let all = [rule_based, vec![guardrail(Detector::Injection(500))]].concat();
    let policy = Arc::new(Policy::new(all));

    for size in [450, 4_000, 60_000, 1_000_000] {
        let text: String = WORDS.chars().cycle().take(size).collect();
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{text}"}}]}}"#);
        let request = Request::parse(body.into_bytes(), Endpoint::Chat).expect("a request");
        for (name, set) in [("rules", 3), ("rules and injection", 7)] {
            let took = time((20_000_000 / size).clamp(3, 5000), || {
                black_box(request.screen(&policy, set));
            });
            println!("prompt of {size:>7} bytes  {took:9.2} us  {:7.1} MB/s  {name}", size as f64 / took);
        }
    }

    let events = 20_000;
    let mut words = WORDS.split_inclusive(' ').cycle();
    let stream: String = (0..events)
        .map(|_| {
            let word = words.next().unwrap_or_default();
            format!(
                "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{word}\"}},\"finish_reason\":null}}]}}\n\n"
            )
        })
        .collect();
    let size = stream.len() / events;
    let mut plain = 0.0;
    for (name, set) in [("off", None), ("log", Some(0)), ("redact", Some(3))] {
        let took = time(5, || {
            let mut reply = Reply::default();
            let _ = reply.feed(HEAD);
            reply.start_relay(Some(Terms { strip_usage: true, encoding: Encoding::O200kBase, cost: None }), true);
            if let Some(set) = set {
                reply.guard(Guard { policy: policy.clone(), set, vault: Arc::default() });
            }
            for event in stream.as_bytes().chunks(size) {
                black_box(reply.relay(event));
            }
        }) / events as f64;
        plain = if set.is_none() { took } else { plain };
        println!("event                 {took:9.3} us  (+{:.3})  {name}", took - plain);
    }
}

/// Microseconds of the fastest of some runs.
fn time(runs: usize, mut work: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..runs {
        let started = Instant::now();
        work();
        best = best.min(started.elapsed().as_secs_f64() * 1e6);
    }
    best
}
