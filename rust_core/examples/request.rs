//! How long parsing, counting and splicing take: `cargo run --release --example request`.

use std::hint::black_box;
use std::time::Instant;

use nemoproxy_core::json::Scanner;
use nemoproxy_core::request::{Edits, Endpoint, Request};
use nemoproxy_core::tokens::Encoding;

/// The best of many short rounds: the others were disturbed.
fn time<T>(name: &str, bytes: usize, mut work: impl FnMut() -> T) {
    let runs = u32::try_from(2_000_000 / (bytes + 2000)).unwrap_or(0).max(1);
    let seconds = (0..40 + 10 * runs)
        .map(|_| {
            let start = Instant::now();
            (0..runs).for_each(|_| drop(black_box(work())));
            start.elapsed().as_secs_f64() / f64::from(runs)
        })
        .fold(f64::INFINITY, f64::min);
    #[expect(clippy::cast_precision_loss, reason = "a figure to read")]
    let rate = bytes as f64 / seconds / 1e6;
    println!("{name:<44} {:>12.0} ns {rate:>8.0} MB/s", seconds * 1e9);
}

fn measure(name: &str, body: &str) {
    println!("{name}: {} bytes", body.len());
    let parse = || Request::parse(body.as_bytes().to_vec(), Endpoint::Chat).ok();
    let Some(request) = parse() else { return println!("not a request") };
    let edits = Edits { model: "gpt-4o-2024-11-20", ask_usage: true, max_output: None };
    time("  scan", body.len(), || Scanner::new(body).value().is_ok());
    time("  copy, check UTF-8, parse", body.len(), parse);
    time("  splice (model, usage)", body.len(), || request.upstream_body(&edits));
    time("  parse and splice", body.len(), || parse().map(|request| request.upstream_body(&edits)));
    time("  count, tokenizer included", body.len(), || request.prompt_tokens(Encoding::O200kBase, None));
}

fn chat(messages: &[(&str, &str)]) -> String {
    let messages: Vec<String> =
        messages.iter().map(|(role, content)| format!(r#"{{"role": "{role}", "content": "{content}"}}"#)).collect();
    format!(
        r#"{{"model": "gpt-4o", "messages": [{}], "temperature": 0.7, "max_tokens": 256, "stream": true}}"#,
        messages.join(", ")
    )
}

fn main() {
    let system =
        "You are a helpful assistant that answers questions about the company's products. Be brief, be polite.";
    let user = "What is the difference between the standard and the professional plan, and can I change between them \
                at any time?\\n\\nI have 12 users and need single sign-on; say \\\"yes\\\" or \\\"no\\\" first.";
    measure("a small chat", &chat(&[("system", system), ("user", user)]));
    let turns: Vec<_> = (0..7000).flat_map(|_| [("user", user), ("assistant", system)]).collect();
    measure("a long chat", &chat(&turns));
    let text = "Prose, as it stands in a book: long lines, and few of them.\\n".repeat(65_000);
    measure("a long text", &chat(&[("user", &text)]));
    let cjk = "日本語のテキストはバイト数が多い。".repeat(80_000);
    measure("a long text of three-byte characters", &chat(&[("user", &cjk)]));
    let numbers =
        format!(r#"{{"model":"m","messages":[{{"role":"u"}}],"x":[{}0]}}"#, "[1.5e3,-20,null],".repeat(240_000));
    measure("numbers and brackets", &numbers);
}
