//! What the relay costs: `cargo run --release --example relay_speed`. Best of several rounds, in one thread.

#![allow(clippy::cast_precision_loss, reason = "figures to read")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use nemoproxy_core::relay::{Reply, State, Terms};
use nemoproxy_core::tokens::{Encoding, count};

const STREAM_HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\
    transfer-encoding: chunked\r\ndate: Sun, 22 Nov 2026 10:00:00 GMT\r\nserver: up\r\n\r\n";
const ROUNDS: usize = 15;

/// The best time of one pass.
fn best(mut pass: impl FnMut() -> Duration) -> Duration {
    (0..ROUNDS).map(|_| pass()).min().unwrap_or_default()
}

fn event(content: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-9xYzAbCdEf\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\
         \"model\":\"gpt-4o-mini\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{content}\"}},\
         \"finish_reason\":null}}],\"usage\":null}}\n\n"
    )
}

fn chunk(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n", body.len())
}

fn events() {
    const EVENTS: u32 = 1000;
    let words = ["The", " quick", " brown", " fox", " jumps", " over", " it", ".", "\\n", " Then"];
    let reads: Vec<String> = words.iter().map(|word| chunk(&event(word))).collect();
    println!("one event: {} bytes, {} with its chunk framing", event("The").len(), reads[0].len());
    for (name, strip_usage, allowance) in [
        ("strip", true, None),
        ("no strip", false, None),
        ("strip, allowance", true, Some(2000)),
        ("strip, at the edge", true, Some(u64::from(EVENTS))),
    ] {
        let time = best(|| {
            let mut reply = Reply::default();
            reply.feed(STREAM_HEAD.as_bytes()).ok();
            reply.start_relay(Some(Terms { strip_usage, encoding: Encoding::O200kBase, cost: None }), true);
            reply.allow(allowance);
            let start = Instant::now();
            for read in reads.iter().cycle().take(EVENTS as usize) {
                black_box(reply.relay(black_box(read.as_bytes())));
                black_box(reply.needs());
            }
            start.elapsed()
        });
        println!("events, chunked in and out, {name}: {} ns each", time.as_nanos() / u128::from(EVENTS));
    }
}

fn plain() {
    const TIMES: u32 = 2000;
    let content = "word ".repeat(70);
    let body = format!(
        "{{\"id\":\"chatcmpl-9xYzAbCdEf\",\"object\":\"chat.completion\",\"created\":1790000000,\"model\":\"gpt-4o-mini\",\
         \"choices\":[{{\"index\":0,\"message\":{{\"role\":\"assistant\",\"content\":\"{content}\",\"refusal\":null}},\
         \"logprobs\":null,\"finish_reason\":\"stop\"}}],\"usage\":{{\"prompt_tokens\":19,\"completion_tokens\":70,\
         \"total_tokens\":89,\"prompt_tokens_details\":{{\"cached_tokens\":0}},\"completion_tokens_details\":\
         {{\"reasoning_tokens\":0}}}}}}"
    );
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n\
         Server: up\r\nx-request-id: req_1\r\nopenai-processing-ms: 321\r\nopenai-version: 2020-10-01\r\n\
         x-ratelimit-limit-requests: 500\r\nx-ratelimit-remaining-requests: 499\r\n\r\n{body}",
        body.len()
    );
    let time = best(|| {
        let start = Instant::now();
        for _ in 0..TIMES {
            let mut reply = Reply::default();
            let state = reply.feed(black_box(answer.as_bytes()));
            assert_eq!(state, Ok(State::Complete));
            black_box((reply.take(), reply.usage(), reply.head().map(|head| head.passed.len())));
        }
        start.elapsed()
    });
    println!("plain answer, {} bytes, body {}: {} ns", answer.len(), body.len(), time.as_nanos() / u128::from(TIMES));
}

fn throughput(name: &str, body: &str, relay: bool) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    let time = best(|| {
        let mut reply = Reply::default();
        reply.feed(head.as_bytes()).ok();
        if relay {
            reply.start_relay(None, true);
        }
        let start = Instant::now();
        for read in body.as_bytes().chunks(256 << 10) {
            if relay {
                black_box(reply.relay(read));
            } else {
                reply.feed(read).ok();
            }
        }
        let time = start.elapsed();
        assert!(reply.usage().is_some() && reply.state() == State::Complete);
        time
    });
    let speed = body.len() as f64 / time.as_secs_f64() / 1e6;
    println!("{name}, {} MB, {}: {speed:.0} MB/s", body.len() / 1_000_000, if relay { "relayed" } else { "buffered" });
}

fn main() {
    let prose = "The quick brown fox jumps over the lazy dog, and then it sleeps. ";
    for part in [prose, "a", " ", "中", "^", "7", "\u{1f468}\u{200d}", "_x", " \n"] {
        let text = part.repeat((4 << 10) / part.len());
        let time = best(|| {
            let start = Instant::now();
            black_box(count(Encoding::O200kBase, black_box(&text)));
            start.elapsed()
        });
        println!("counting 4 KiB of {part:?}: {:.1} ns a byte", time.as_nanos() as f64 / text.len() as f64);
    }
    events();
    plain();
    let tail = "],\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}";
    let floats = "-0.0123456789,0.98765432,".repeat(1_200_000);
    let floats = format!("{{\"data\":[{{\"embedding\":[{floats}0]}}{tail}");
    let base64 = format!("{{\"data\":[{{\"embedding\":\"{}\"}}{tail}", "AbC/".repeat(7_500_000));
    for relay in [false, true] {
        throughput("embeddings as numbers", &floats, relay);
        throughput("embeddings as base64", &base64, relay);
    }
}
