//! Texts in disguise: parts that look encoded, and what they say.

use std::ops::Range;

use super::lexicon::rot13;
use super::scan::Hints;

/// A run of the letters of base64 or hex shorter than this says too little.
const LEAST_RUN: usize = 24;
/// As much of a run is decoded.
const MOST_RUN: usize = 16 * 1024;

/// The parts of a text that look encoded, and what they decode to.
pub(super) fn reveal(text: &str, hints: Hints) -> impl Iterator<Item = (Range<usize>, String)> + '_ {
    let whole = 0..text.len();
    let rotated = hints.rot13.then(|| (whole.clone(), rot13(text)));
    let reversed = hints.reversed.then(|| (whole.clone(), text.chars().rev().collect()));
    let words = hints.reversed.then(|| (whole, text.split(' ').map(backwards).collect::<Vec<_>>().join(" ")));
    let runs = Runs { text: text.as_bytes(), at: 0 };
    rotated.into_iter().chain(reversed).chain(words).chain(runs.filter_map(|run| {
        let letters = &text.as_bytes()[run.start..run.end.min(run.start + MOST_RUN)];
        hex(letters).or_else(|| base64(letters)).map(|plain| (run, plain))
    }))
}

fn backwards(word: &str) -> String {
    word.chars().rev().collect()
}

/// Long runs of the letters of base64, which hex's are among.
struct Runs<'a> {
    text: &'a [u8],
    at: usize,
}

impl Iterator for Runs<'_> {
    type Item = Range<usize>;

    /// Looks at every [`LEAST_RUN`]th byte, and around it only where it may be part of a run.
    fn next(&mut self) -> Option<Range<usize>> {
        while self.at + LEAST_RUN <= self.text.len() {
            let window = &self.text[self.at..self.at + LEAST_RUN];
            if let Some(other) = window.iter().rposition(|&byte| value(byte).is_none()) {
                self.at += other + 1;
                continue;
            }
            let start = self.at;
            let length = self.text[start..].iter().take_while(|&&byte| value(byte).is_some()).count();
            self.at = start + length;
            return Some(start..start + length);
        }
        None
    }
}

/// The six bits that a letter of base64 stands for, in either alphabet.
fn value(letter: u8) -> Option<u32> {
    Some(u32::from(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

fn base64(letters: &[u8]) -> Option<String> {
    // The first bytes tell binary data from text.
    let mut plain = Vec::new();
    for (at, four) in letters.chunks(4).enumerate() {
        let bits = four.iter().try_fold(0, |bits, &letter| Some(bits << 6 | value(letter)?))?;
        let bits = bits << (6 * (4 - four.len()));
        plain.extend_from_slice(&bits.to_be_bytes()[1..four.len()]);
        if at == 8 && !looks_like_text(&plain) {
            return None;
        }
    }
    text(&plain)
}

fn hex(letters: &[u8]) -> Option<String> {
    let digit = |letter: u8| char::from(letter).to_digit(16);
    let pairs = letters.chunks_exact(2);
    let plain: Option<Vec<u8>> = pairs.map(|pair| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8)).collect();
    text(&plain?)
}

fn text(plain: &[u8]) -> Option<String> {
    looks_like_text(plain).then(|| String::from_utf8_lossy(plain).into_owned())
}

/// Whether nearly all bytes are printable, and there are words.
fn looks_like_text(bytes: &[u8]) -> bool {
    let odd = bytes.iter().filter(|&&byte| byte < 0x20 && !byte.is_ascii_whitespace() || byte == 0x7f).count();
    let letters = bytes.iter().filter(|&&byte| byte.is_ascii_alphabetic() || byte == b' ').count();
    let foreign = bytes.iter().filter(|&&byte| byte >= 0x80).count();
    let utf8 = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    utf8 && odd == 0 && (letters + foreign) * 10 >= bytes.len() * 7
}
