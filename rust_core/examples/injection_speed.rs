//! What the injection detector costs: `cargo run --release --example injection_speed [FILE...]`.
//!
//! Megabytes a second of CPU time: on the given files or, without any, on prose of its own; then on hostile inputs of 1 and
//! of 10 MB, whose times should be ten to one.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, missing_docs)]

use std::hint::black_box;

use nemoproxy_core::guard::injection::score;

const PROSE: &str = "The committee met on Tuesday to talk over the budget for the coming year. Several members asked how the \
    previous plan had worked out, and whether the system of small grants should be kept. In the end they agreed to wait \
    for the report of the auditors, which is due in March, before any of the instructions to the districts are changed.\n";

const HOSTILE: &[&str] = &[
    "a",
    "1",
    "@",
    "a ",
    "eyJ",
    "sk-",
    "-----BEGIN ",
    "aGVsbG8gd29ybGQh",
    "ignore ",
    "ignore previous ",
    "ignore previous rules ",
    "prompt ",
    "you are now dan ",
    "\u{200b}",
    "\u{430}",
    "\u{fdfa}",
    "vtaber ",
    "erongi ",
    "\n",
    "\"",
    "(",
    "\u{4e2d}",
    "\u{5ffd}\u{7565}",
];

fn main() {
    score("the tables are made at the first use");
    let files: Vec<String> = std::env::args().skip(1).collect();
    let read = |file: &String| (file.clone(), String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned());
    let mut texts: Vec<(String, String)> = files.iter().map(read).collect();
    if texts.is_empty() {
        texts.push(("prose".to_owned(), PROSE.repeat(10_000_000 / PROSE.len())));
        texts.push(("450 bytes of prose, many times".to_owned(), PROSE.repeat(2)[..450].to_owned()));
    }
    for (name, text) in &texts {
        let rounds = (10_000_000 / text.len()).clamp(1, 100_000);
        let ns = (0..5).map(|_| time(text, rounds)).min().unwrap() as f64 / rounds as f64;
        println!("{name:<40} {:>8.1} MB/s {:>12.2} us", text.len() as f64 * 1000.0 / ns, ns / 1000.0);
    }
    println!("hostile: 1 MB, 10 MB, the second over ten times the first");
    for piece in HOSTILE {
        let of = |size: usize| piece.repeat(size / piece.len());
        let (one, ten) = (of(1_000_000), of(10_000_000));
        let one = (0..3).map(|_| time(&one, 20)).min().unwrap() as f64 / 20.0;
        let ten = (0..3).map(|_| time(&ten, 2)).min().unwrap() as f64 / 2.0;
        println!(
            "{piece:<40?} {:>8.1} ms {:>8.1} ms {:>6.2} {:>8.1} MB/s",
            one / 1e6,
            ten / 1e6,
            ten / one / 10.0,
            1e10 / ten
        );
    }
}

/// CPU time of this thread in nanoseconds, which a busy machine disturbs less than the time of day. Linux only.
fn time(text: &str, rounds: usize) -> u64 {
    let now = || -> u64 {
        let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        line.split(' ').next().unwrap().parse().unwrap()
    };
    let start = now();
    for _ in 0..rounds {
        black_box(score(black_box(text)));
    }
    now() - start
}
