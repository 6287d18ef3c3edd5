//! How fast texts are scanned, whole and as they come, that none is slow, and how long text is held:
//! `cargo run --release --example guard_speed`.
//!
//! All core rules are on, on one core. Ends with status 1 if a bar is missed. Give files as arguments to measure them too.

#![allow(clippy::cast_precision_loss)]

use std::fmt::Write as _;
use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use nemoproxy_core::guard::policy::{Action, Choice, DEFAULT_THRESHOLD, Detector, Guardrail, Policy};
use nemoproxy_core::guard::request::screen_text;
use nemoproxy_core::guard::ruleset::{Finding, Ruleset};
use nemoproxy_core::guard::stream::Stream;
use nemoproxy_core::guard::{pii, secrets};

#[path = "../src/guard/tests/hostile.rs"]
mod hostile_texts;

/// Ordinary text, in megabytes a second.
const SPEED_BAR: f64 = 40.0;
/// A prompt of 450 bytes, and one event of a stream, in microseconds.
const PROMPT_BAR: f64 = 4.0;
const EVENT_BAR: f64 = 2.0;
/// Characters held in prose, at the 99th percentile.
const HELD_BAR: usize = 16;
/// Hostile text, in megabytes a second.
const HOSTILE_BAR: f64 = 3.5;
/// How many times longer than ten texts of a megabyte one of ten may take.
const LINEAR_BAR: f64 = 1.3;

const MEGABYTE: usize = 1_000_000;
/// Bytes of an event.
const EVENT: usize = 30;

fn main() -> ExitCode {
    let begin = Instant::now();
    let mut builder = Ruleset::builder();
    for rule in secrets::RULES.iter().chain(pii::RULES).filter(|rule| rule.core) {
        if let Err(error) = builder.rule(rule) {
            println!("{error}");
        }
    }
    let rules = builder.build();
    println!("{} rules, compiled in {:.0} ms\n", rules.len(), begin.elapsed().as_secs_f64() * 1e3);
    let mut missed = Vec::new();
    let mut bar = |met: bool, what: String| {
        if !met {
            missed.push(what);
        }
    };

    println!(
        "{:<16}{:>10}{:>10}{:>12}{:>10}{:>10}{:>10}{:>10}",
        "", "MB/s", "findings", "us/event", "held p50", "p90", "p99", "max"
    );
    let ordinary = [
        ("prose", prose()),
        ("code", code()),
        ("JSON", json()),
        ("Chinese", chinese()),
        ("typographic", typographic()),
    ];
    let files = std::env::args().skip(1).filter_map(|path| {
        let text = String::from_utf8_lossy(&fs::read(&path).ok()?).into_owned();
        Some((path, text.repeat(MEGABYTE / text.len().max(1) + 1)))
    });
    for (name, text) in ordinary.map(|(name, text)| (name.to_owned(), text)).into_iter().chain(files) {
        let (seconds, findings) = best_time(|| scan(&rules, &text));
        let speed = text.len() as f64 / 1e6 / seconds;
        let (event, held) = stream(&rules, &text);
        let at = |percent: usize| held[(held.len() - 1) * percent / 100];
        println!(
            "{name:<16}{speed:>10.1}{findings:>10}{event:>12.2}{:>10}{:>10}{:>10}{:>10}",
            at(50),
            at(90),
            at(99),
            at(100)
        );
        if ["prose", "code"].contains(&name.as_str()) {
            bar(speed >= SPEED_BAR, format!("{name}: under {SPEED_BAR} MB/s"));
            bar(event <= EVENT_BAR, format!("{name}: over {EVENT_BAR} us an event"));
        }
        bar(name != "prose" || at(99) <= HELD_BAR, format!("{name}: holds over {HELD_BAR} characters"));
    }

    let prompt = prose()[..450].to_owned();
    let (seconds, _) = best_time(|| (0..1000).map(|_| scan(&rules, &prompt)).sum());
    println!("\na prompt of 450 bytes: {:.2} us", seconds * 1e3);
    bar(seconds * 1e3 <= PROMPT_BAR, format!("a prompt takes over {PROMPT_BAR} us"));

    hostile(&rules, &mut bar);
    for miss in &missed {
        println!("MISSED {miss}");
    }
    if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// As the gateway screens a text, with all detectors on: time per byte must not depend on how long it is.
fn hostile(rules: &Ruleset, bar: &mut impl FnMut(bool, String)) {
    let policy = policy();
    let words = keywords();
    println!(
        "\n{:<24}{:>10}{:>10}{:>10}{:>10}{:>10}{:>14}",
        "hostile, MB/s", "10 KB", "100 KB", "1 MB", "10 MB", "ratio", "stream, MB/s"
    );
    for (name, unit) in hostile_texts::units(&words) {
        let text = unit.repeat(10 * MEGABYTE / unit.len() + 1);
        let speeds =
            [(MEGABYTE / 100, 20), (MEGABYTE / 10, 5), (MEGABYTE, 2), (10 * MEGABYTE, 2)].map(|(length, runs)| {
                let part = &text[..floor(&text, length)];
                let screen = || screen_text(part, &policy, u64::MAX).findings.len();
                part.len() as f64 / 1e6 / best_of(runs, screen).0
            });
        let events = MEGABYTE as f64 / 1e6 / stream_time(rules, &text[..floor(&text, MEGABYTE)]);
        let ratio = speeds[2] / speeds[3];
        let [a, b, c, d] = speeds;
        println!("{name:<24}{a:>10.1}{b:>10.1}{c:>10.1}{d:>10.1}{ratio:>10.2}{events:>14.1}");
        bar(ratio <= LINEAR_BAR, format!("{name}: not linear"));
        bar(d >= HOSTILE_BAR, format!("{name}: under {HOSTILE_BAR} MB/s"));
    }
}

fn policy() -> Policy {
    let rules = |detector| Choice::default().compile(detector).map(|rules| Detector::Rules(Box::new(rules)));
    let detectors = [rules("pii"), rules("secrets"), Ok(Detector::Injection(DEFAULT_THRESHOLD))];
    let guardrail = |detector| Arc::new(Guardrail { detector, action: Action::Log, shadow: false });
    Policy::new(detectors.into_iter().flatten().map(guardrail).collect())
}

/// Every keyword of every rule, in no order, one behind the other.
fn keywords() -> String {
    let mut words: Vec<&str> =
        secrets::RULES.iter().chain(pii::RULES).flat_map(|rule| rule.keywords).copied().collect();
    let mut random = Random(23);
    (1..words.len()).for_each(|at| words.swap(at, random.below(at + 1)));
    words.join(" ")
}

fn scan(rules: &Ruleset, text: &str) -> usize {
    let mut findings: Vec<Finding> = Vec::new();
    rules.scan(text, &mut findings);
    findings.len()
}

/// Microseconds an event, and the characters held after each, in order.
fn stream(rules: &Ruleset, text: &str) -> (f64, Vec<usize>) {
    let seconds = stream_time(rules, text);
    let mut held = Vec::new();
    let mut stream = Stream::new();
    for event in events(text) {
        stream.push(rules, event, |_| {});
        held.push(stream.held());
    }
    held.sort_unstable();
    (seconds * 1e6 / held.len() as f64, held)
}

fn stream_time(rules: &Ruleset, text: &str) -> f64 {
    best_of(2, || {
        let mut stream = Stream::new();
        let mut segments = 0;
        for event in events(text) {
            stream.push(rules, event, |_| segments += 1);
        }
        stream.finish(rules, |_| segments += 1);
        segments
    })
    .0
}

fn events(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (event, rest) = text.split_at(floor(text, EVENT));
        text = rest;
        (!event.is_empty()).then_some(event)
    })
}

/// The last place up to here where a character begins.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn best_time(run: impl Fn() -> usize) -> (f64, usize) {
    best_of(4, run)
}

/// The shortest of a few runs, in seconds, and what they return.
fn best_of(runs: usize, run: impl Fn() -> usize) -> (f64, usize) {
    let mut best = f64::INFINITY;
    let mut returned = 0;
    for _ in 0..runs {
        let begin = Instant::now();
        returned = run();
        best = best.min(begin.elapsed().as_secs_f64());
    }
    (best, returned)
}

/// Sentences with numbers, names and the words that rules look for, as seldom as people write them.
fn prose() -> String {
    let mut random = Random(0x5EED);
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut text = String::with_capacity(MEGABYTE + 256);
    while text.len() < MEGABYTE {
        let count = 6 + random.below(18);
        for index in 0..count {
            let word = match random.below(400) {
                0..4 => random.below(2100).to_string(),
                4 => format!("{}.{}", random.below(100), random.below(10)),
                5 => format!("{}-{}", words[random.below(words.len())], words[random.below(words.len())]),
                6..9 => TECHNICAL[random.below(TECHNICAL.len())].to_owned(),
                _ => words[random.below(words.len())].to_owned(),
            };
            text.push_str(&if index == 0 { capital(&word) } else { word });
            text.push_str(if index + 1 == count {
                [".", ".", "?", ":", "!"][random.below(5)]
            } else {
                ["", "", "", "", "", "", ","][random.below(7)]
            });
            text.push_str(if index + 1 == count && random.below(5) == 0 { "\n\n" } else { " " });
        }
    }
    text
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn code() -> String {
    let source = [
        include_str!("guard_speed.rs"),
        include_str!("../src/tokens/pieces.rs"),
        include_str!("../src/guard/search.rs"),
        include_str!("../src/limits/window.rs"),
    ]
    .concat();
    source.repeat(MEGABYTE / source.len() + 1)
}

fn json() -> String {
    let mut random = Random(7);
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut text = String::with_capacity(MEGABYTE + 256);
    while text.len() < MEGABYTE {
        let [key, word] = [random.below(words.len()), random.below(words.len())].map(|at| words[at]);
        let (number, time) = (random.below(100_000), 1_763_800_000_000 + random.below(1_000_000_000));
        let _ = write!(
            text,
            "{{\"id\": {number}, \"{key}_name\": \"{word}\", \"created_at\": {time}, \"{word}Count\": [1, 2.5, null], \"ok\": true}},\n  "
        );
    }
    text
}

fn chinese() -> String {
    let mut random = Random(11);
    (0..MEGABYTE / 3).filter_map(|_| char::from_u32(0x4E00 + random.below(0x5000) as u32)).collect()
}

/// Prose as word processors and models set it.
fn typographic() -> String {
    prose().replace(", ", " \u{2014} ").replace('-', "\u{2011}").replace("? ", "?\u{201d} \u{201c}")
}

/// xorshift: the texts are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 32) as usize) % bound
    }
}

/// Words that give rules away.
const TECHNICAL: [&str; 12] = [
    "token",
    "password",
    "secret",
    "key",
    "API key",
    "OpenAI",
    "together",
    "AWS",
    "account",
    "GitHub",
    "the number is",
    "e-mail",
];
const WORDS: &str = "the of and to a in is it you that he was for on are with as I his they be at one have this from \
    or had by but some what there we can out other were all your when up use word how said an each she which do their \
    time if will way about many then them would like so these her long make thing see him two has look more day could \
    go come did my no most who over know than call first people may down been now any new take get place made where \
    after back only me our under very through just much before too same right used also around another came three \
    absence account agreement already although analysis answer apparent argument attention average beautiful because \
    behaviour between building business careful century certain chapter character children circle claim climate coffee \
    colour common community company computer condition consider contract copy country course culture customer damage \
    decide degree delivery department describe design detail develop difference discover distance document economy \
    education effect election energy engine enough environment evening evidence example exercise experience explain \
    express factor family feature figure finish foreign forest freedom friend function garden general government ground \
    growth happen harbour heavy history hospital however human hundred imagine important improve include increase \
    industry influence information instance interest island journey judge justice kitchen language leader learn letter \
    library limit liquid listen machine manage market material matter measure medical meeting member memory mention \
    message method middle minister minute modern moment morning mountain movement narrow nation nature necessary network \
    nothing notice object obvious occasion office operate opinion ordinary original package parent particular pattern \
    payment perhaps period permission picture planet pleasure policy popular position possible practice prepare present \
    pressure previous private probable problem process produce product programme promise property protect provide public \
    purpose quality quarter question reader reason receive recent record reduce region relation remain remember report \
    require research resource result return river science season second section separate serious service several";
