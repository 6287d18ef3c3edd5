//! Whether a value was drawn at random, or typed to stand for one that was.

use super::text::{contains_any, entropy, is_wordy, length, longest_part, longest_run, sameness, sequence};

/// Whether `value` looks drawn at random: varied for its length, with digits, not in words, not counting up.
pub fn is_random(value: &str) -> bool {
    let drawn = if Alphabet::of(value).is_hex { value } else { drawn(value) };
    let alphabet = Alphabet::of(drawn);
    let most = length(drawn).log2().min(alphabet.bits());
    (alphabet.digits > 0 || changes_case(drawn))
        && (alphabet.letters() > 0 || drawn.len() >= 24)
        && entropy(drawn) >= 0.7 * most
        && sequence(drawn) < 0.5
        && (alphabet.is_hex || (longest_part(value) >= 10 && !is_wordy(value)))
        && !contains_any(value, STAND_INS)
}

/// Whether small letters and capitals alternate more than in words: what is drawn from both has hardly ever no digit.
fn changes_case(value: &str) -> bool {
    let changes =
        value.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    value.len() >= 18 && changes.count() * 6 >= value.len()
}

/// `value` without the prefix that says whose it is.
fn drawn(value: &str) -> &str {
    let bytes = value.as_bytes();
    let last = bytes.len().saturating_sub(16).min(24);
    let start = bytes[..last].iter().rposition(|byte| matches!(byte, b'-' | b'_' | b'.' | b':')).map_or(0, |at| at + 1);
    &value[start..]
}

/// Words that stand where a value should.
#[rustfmt::skip]
const STAND_INS: &[&str] = &[
    "example", "xxxx", "your-", "your_", "yourapi", "yourkey", "yoursecret", "yourtoken", "your.", "placeholder",
    "changeme", "change-me", "change_me", "redacted", "replace", "insert-", "insert_", "goes-here", "goes_here",
    "goeshere", "-here", "_here", "..", "dummy", "notreal", "not-real", "not_real", "1234567890", "0123456789",
    "abcdefgh",
];

/// Whether somebody typed `value` to stand for a real one.
pub fn is_placeholder(value: &str) -> bool {
    let enough = 0.45 * length(value).log2();
    entropy(value) < enough.min(2.6)
        || sameness(value) >= 0.5
        || longest_run(value) >= 8
        || value.contains("********")
        || sequence(value) >= 0.75
        || contains_any(value, PLAIN_STAND_INS)
}

/// Those that no vendor's token has in it.
#[rustfmt::skip]
pub const PLAIN_STAND_INS: &[&str] = &[
    "example", "xxxx", "your-", "your_", "yourapi", "yourkey", "yoursecret", "yourtoken", "placeholder", "changeme",
    "change-me", "change_me", "redacted", "replace_", "replace-", "insert-", "insert_", "goes-here", "goes_here",
    "goeshere", "abcdefghijklmnopqrstuvwxyz",
];

/// What a value is written in.
#[derive(Default)]
pub struct Alphabet {
    pub digits: usize,
    pub lower: usize,
    pub upper: usize,
    pub is_hex: bool,
}

impl Alphabet {
    pub fn of(value: &str) -> Self {
        let mut found = Self { is_hex: true, ..Self::default() };
        for byte in value.bytes() {
            match byte {
                b'0'..=b'9' => found.digits += 1,
                b'a'..=b'z' => found.lower += 1,
                b'A'..=b'Z' => found.upper += 1,
                _ => {}
            }
            found.is_hex &= byte.is_ascii_hexdigit() || matches!(byte, b'-' | b':');
        }
        found
    }

    fn letters(&self) -> usize {
        self.lower + self.upper
    }

    /// What one character of it can tell.
    fn bits(&self) -> f32 {
        match () {
            () if self.letters() == 0 => 3.32,
            () if self.is_hex => 4.0,
            () if self.lower == 0 || self.upper == 0 => 5.17,
            () => 6.0,
        }
    }
}

/// How many kinds of characters are in `value`: small, capital, digits, others.
pub fn mixed(value: &str) -> usize {
    let alphabet = Alphabet::of(value);
    let others = value.len() - alphabet.letters() - alphabet.digits;
    [alphabet.lower, alphabet.upper, alphabet.digits, others].iter().filter(|count| **count > 0).count()
}
