//! How fast tokens are counted, and that no text is slow: `cargo run --release --example token_speed`.
//!
//! Prints megabytes a second on one core for each kind of text and each encoding, and ends with status 1 if a bar
//! is missed. Give files as arguments to measure them too.

#![allow(clippy::cast_precision_loss)]

use std::fmt::Write as _;
use std::fs;
use std::process::ExitCode;
use std::time::Instant;

use nemoproxy_core::tokens::{Encoding, count};

/// Prose, in megabytes a second.
const PROSE_BAR: f64 = 25.0;
/// The slowest any text may be, in megabytes a second.
const FLOOR: f64 = 4.0;
/// How many times the time of prose a text of one letter may take.
const LETTER_BAR: f64 = 3.0;
/// How many times longer a text of four times the length may take than the text four times; 4 would be quadratic.
const LINEAR_BAR: f64 = 2.0;

const MEGABYTE: usize = 1_000_000;

fn main() -> ExitCode {
    let mut texts = texts();
    texts.extend(std::env::args().skip(1).filter_map(|path| {
        let text = String::from_utf8_lossy(&fs::read(&path).ok()?).into_owned();
        Some((path, text))
    }));
    let mut missed = Vec::new();
    println!("{:<24}{:>24}{:>24}", "MB/s (bytes a token)", "o200k_base", "cl100k_base");
    for (name, text) in &texts {
        let mut line = format!("{name:<24}");
        for encoding in [Encoding::O200kBase, Encoding::Cl100kBase] {
            let (speed, tokens) = measure(encoding, text);
            let _ = write!(line, "{:>16.1} ({:>5.1})", speed, text.len() as f64 / tokens as f64);
            // A busy machine fails a bar now and then; slow code fails it each time.
            let fails = |bar: &dyn Fn() -> bool| (0..4).all(|_| !bar());
            let speed = || measure(encoding, text).0;
            let prose = || measure(encoding, &texts[0].1).0;
            let longer = text.repeat(4);
            let growth = || {
                let at_once = best_time(|| count(encoding, &longer)).0;
                at_once / best_time(|| (0..4).map(|_| count(encoding, text)).sum()).0
            };
            let bars: [(&dyn Fn() -> bool, String); 4] = [
                (&|| name != "prose" || speed() >= PROSE_BAR, format!("under {PROSE_BAR} MB/s")),
                (&|| name != "one letter" || LETTER_BAR * speed() >= prose(), format!("over {LETTER_BAR} times prose")),
                (&|| speed() >= FLOOR, format!("under {FLOOR} MB/s")),
                (&|| growth() <= LINEAR_BAR, format!("4 times the text takes {LINEAR_BAR} times as long as it should")),
            ];
            for (_, what) in bars.into_iter().filter(|(bar, _)| fails(bar)) {
                missed.push(format!("{name}, {}: {what}", encoding.name()));
            }
        }
        println!("{line}");
    }
    for miss in &missed {
        println!("MISSED {miss}");
    }
    if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Megabytes a second, and the count.
fn measure(encoding: Encoding, text: &str) -> (f64, usize) {
    let (seconds, tokens) = best_time(|| count(encoding, text));
    (text.len() as f64 / 1e6 / seconds, tokens.max(1))
}

/// The shortest of a few runs, in seconds, and what they return.
fn best_time(run: impl Fn() -> usize) -> (f64, usize) {
    let mut best = f64::INFINITY;
    let mut returned = 0;
    for _ in 0..4 {
        let begin = Instant::now();
        returned = run();
        best = best.min(begin.elapsed().as_secs_f64());
    }
    (best, returned)
}

fn texts() -> Vec<(String, String)> {
    let mut random = Random(0x5EED);
    let source = [include_str!("token_speed.rs"), include_str!("../src/tokens/pieces.rs")].concat();
    let mut texts = vec![
        ("prose".to_owned(), prose(&mut random)),
        ("source code".to_owned(), source.repeat(MEGABYTE / source.len() + 1)),
        ("JSON".to_owned(), json(&mut random)),
        ("Chinese".to_owned(), letters(&mut random, 0x4E00, 0x5000)),
        ("Cyrillic".to_owned(), letters(&mut random, 0x0430, 32)),
        ("any characters".to_owned(), letters(&mut random, 0x80, 0x1_F000)),
        ("base64".to_owned(), base64(&mut random)),
        ("random letters".to_owned(), letters(&mut random, 0x61, 26)),
    ];
    for (name, unit) in [
        ("one letter", "a"),
        ("one capital", "A"),
        ("\"中\"", "中"),
        ("digits", "7"),
        ("spaces", " "),
        ("line feeds", "\n"),
        ("spaces and line feeds", "   \n"),
        ("tabs", "\t"),
        ("\"^\"", "^"),
        ("\"-\"", "-"),
        ("\"/\"", "/"),
        ("\"=-\"", "=-"),
        ("\"'s\"", "'s"),
        ("\"a \"", "a "),
        ("\" a\"", " a"),
        ("\"aA\"", "aA"),
        ("\"中A\"", "中A"),
        ("\"?/\"", "?/"),
        ("ZWJ emoji", "👩\u{200d}👩\u{200d}👧\u{200d}👦"),
        ("marks", "\u{301}"),
        ("\"e\" and marks", "e\u{301}\u{323}"),
        ("zero bytes", "\0"),
        ("special token text", "<|endoftext|>"),
    ] {
        texts.push((name.to_owned(), unit.repeat(MEGABYTE / unit.len())));
    }
    texts
}

/// Sentences out of words as frequent as in English, with names, numbers, quotes, contractions and some rare words.
fn prose(random: &mut Random) -> String {
    let frequent: Vec<&str> = FREQUENT.split_whitespace().collect();
    let usual: Vec<&str> = USUAL.split_whitespace().collect();
    let mut text = String::with_capacity(MEGABYTE + 256);
    while text.len() < MEGABYTE {
        let words = 6 + random.below(18);
        for index in 0..words {
            let word = match random.below(100) {
                0..52 => frequent[random.below(frequent.len())].to_owned(),
                52..88 => usual[random.below(usual.len())].to_owned(),
                88..93 => format!("{}{}", usual[random.below(usual.len())], ["s", "ed", "ing", "ly"][random.below(4)]),
                93..95 => format!("{}{}", capital(usual[random.below(usual.len())]), ["", "'s"][random.below(2)]),
                95 => random.below(2100).to_string(),
                96 => ["don't", "it's", "we'll", "they've", "I'm", "e.g.", "(see below)", "\"yes\""][random.below(8)]
                    .into(),
                _ => (0..2 + random.below(3)).map(|_| SYLLABLES[random.below(SYLLABLES.len())]).collect(),
            };
            text.push_str(&if index == 0 { capital(&word) } else { word });
            text.push_str(if index + 1 == words {
                ""
            } else {
                [" ", " ", " ", " ", " ", " ", " ", ", "][random.below(8)]
            });
        }
        text.push_str([". ", ". ", ". ", "? ", ".\n\n", ": "][random.below(6)]);
    }
    text
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn json(random: &mut Random) -> String {
    let usual: Vec<&str> = USUAL.split_whitespace().collect();
    let mut text = String::with_capacity(MEGABYTE + 256);
    while text.len() < MEGABYTE {
        let [key, word] = [random.below(usual.len()), random.below(usual.len())].map(|at| usual[at]);
        let number = random.below(100_000);
        let _ = write!(
            text,
            "{{\"id\": {number}, \"{key}_name\": \"{word}\", \"{word}Count\": [1, 2.5, null], \"ok\": true}},\n  "
        );
    }
    text
}

fn letters(random: &mut Random, first: u32, count: usize) -> String {
    (0..MEGABYTE / 2).filter_map(|_| char::from_u32(first + random.below(count) as u32)).collect()
}

fn base64(random: &mut Random) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..MEGABYTE).map(|_| char::from(alphabet[random.below(64)])).collect()
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

const FREQUENT: &str = "the of and to a in is it you that he was for on are with as I his they be at one have this from \
    or had by but some what there we can out other were all your when up use word how said an each she which do their \
    time if will way about many then them would like so these her long make thing see him two has look more day could \
    go come did my no most who over know than call first people may down been now any new take get place made where \
    after back only me our under very through just much before too same right used also around another came three";
const USUAL: &str = "absence account agreement already although analysis answer apparent argument attention average \
    beautiful because behaviour between building business careful century certain chapter character children circle \
    claim climate coffee colour common community company computer condition consider contract copy country course \
    culture customer damage decide degree delivery department describe design detail develop difference discover \
    distance document economy education effect election energy engine enough environment evening evidence example \
    exercise experience explain express factor family feature figure finish foreign forest freedom friend function \
    garden general government ground growth happen harbour heavy history hospital however human hundred imagine \
    important improve include increase industry influence information instance interest island journey judge justice \
    kitchen knowledge language leader learn letter library limit liquid listen machine manage market material matter \
    measure medical meeting member memory mention message method middle minister minute modern moment morning mountain \
    movement narrow nation nature necessary network nothing notice number object obvious occasion office operate \
    opinion ordinary original package parent particular passage pattern payment perhaps period permission picture \
    planet pleasure policy popular position possible practice prepare present pressure previous private probable \
    problem process produce product programme promise property protect provide public purpose quality quarter question \
    reader reason receive recent record reduce region relation remain remember report represent require research \
    resource result return river science season second section separate serious service several shoulder silence \
    similar simple situation society software soldier solution special standard statement station strange street \
    strength student subject success suggest summer support surface surprise system teacher technology temperature \
    theory thousand together tomorrow towards traditional training travel treatment trouble understand university \
    usual valley value variety version village violence voice volume weather weight welcome whether window winter \
    without wonder working writing yesterday";
const SYLLABLES: [&str; 16] =
    ["bra", "cto", "dru", "eln", "fex", "gor", "hyl", "ims", "jen", "kva", "lom", "nyr", "ost", "pli", "quu", "rez"];
