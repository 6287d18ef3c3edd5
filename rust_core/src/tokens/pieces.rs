//! Cutting a text into the pieces that are encoded one by one: what tiktoken's regular expressions match, written out.
//!
//! Each function takes a text and a place in it and returns where the piece that starts there ends, so that the pieces
//! follow one another without a gap. No byte is looked at more than a few times, whatever the text.

use super::classes::{BLOCK, CASELESS, LOWER, MARK, NEWLINE, NUMBER, OTHER, SPACE, UPPER};

const LETTER: u8 = LOWER | UPPER | CASELESS;
const UPPERISH: u8 = UPPER | CASELESS | MARK;
const LOWERISH: u8 = LOWER | CASELESS | MARK;

static BLOCKS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/unicode.blocks"));
static CLASSES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/unicode.classes"));

/// The piece of `o200k_base` that starts at `start`:
///
/// ```text
/// [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
/// [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
/// \p{N}{1,3}
///  ?[^\s\p{L}\p{N}]+[\r\n/]*
/// \s*[\r\n]+
/// \s+(?!\S)
/// \s+
/// ```
pub fn o200k(text: &[u8], start: usize) -> usize {
    let (first, length) = class_at(text, start);
    let next = start + length;
    let word = match first {
        LOWER | UPPER | CASELESS => cased_word(text, start),
        // A mark may stand before a word like any sign, but is also a letter of one.
        MARK => match cased_word(text, next) {
            word @ Word::Lower(_) => word,
            _ => cased_word(text, start),
        },
        SPACE | OTHER => cased_word(text, next),
        _ => Word::None,
    };
    match word {
        Word::Lower(end) | Word::Upper(end) => end + contraction(text, end),
        Word::None if first == NUMBER => number(text, next),
        Word::None => match signs(text, start, first, next) {
            Some(end) => end + text[end..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n' | b'/')).count(),
            None => White::at(text, start).o200k(text.len()),
        },
    }
}

/// The piece of `cl100k_base` that starts at `start`:
///
/// ```text
/// '(?i:[sdmt]|ll|ve|re)
/// [^\r\n\p{L}\p{N}]?+\p{L}++
/// \p{N}{1,3}+
///  ?[^\s\p{L}\p{N}]++[\r\n]*+
/// \s++$
/// \s*[\r\n]
/// \s+(?!\S)
/// \s
/// ```
pub fn cl100k(text: &[u8], start: usize) -> usize {
    let (first, length) = class_at(text, start);
    let next = start + length;
    if first == OTHER {
        let contraction = contraction(text, start);
        if contraction > 0 {
            return start + contraction;
        }
    }
    match first {
        LOWER | UPPER | CASELESS => return run(text, next, LETTER),
        NUMBER => return number(text, next),
        NEWLINE => {}
        _ => {
            let end = run(text, next, LETTER);
            if end > next {
                return end;
            }
        }
    }
    match signs(text, start, first, next) {
        Some(end) => end + text[end..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count(),
        None => White::at(text, start).cl100k(text.len()),
    }
}

/// A word by the rule that capitals start a new one.
enum Word {
    /// It matches the first alternative, which wants a letter that is not a capital at its end.
    Lower(usize),
    /// It matches the second alternative only: nothing but capitals.
    Upper(usize),
    None,
}

fn cased_word(text: &[u8], start: usize) -> Word {
    let mut end = start;
    let mut last_caseless = None;
    loop {
        let (class, length) = class_at(text, end);
        if class & UPPERISH == 0 {
            return match last_caseless {
                _ if class == LOWER => Word::Lower(run(text, end + length, LOWERISH)),
                Some(end) => Word::Lower(end),
                None if end > start => Word::Upper(end),
                None => Word::None,
            };
        }
        end += length;
        if class != UPPER {
            last_caseless = Some(end);
        }
    }
}

/// The length of `(?i:'s|'t|'re|'ve|'m|'ll|'d)` at `at`, or 0. Case folds by Unicode's rules: a long s is an s.
#[inline]
fn contraction(text: &[u8], at: usize) -> usize {
    if text.get(at) != Some(&b'\'') {
        return 0;
    }
    let second = text.get(at + 2).map_or(0, u8::to_ascii_lowercase);
    match (text.get(at + 1).map_or(0, u8::to_ascii_lowercase), second) {
        (b's' | b't' | b'm' | b'd', _) => 2,
        (b'r' | b'v', b'e') | (b'l', b'l') | (0xC5, 0xBF) => 3,
        _ => 0,
    }
}

/// The end of `\p{N}{1,3}` whose first character ends at `next`.
fn number(text: &[u8], next: usize) -> usize {
    let mut end = next;
    for _ in 0..2 {
        let (class, length) = class_at(text, end);
        if class != NUMBER {
            break;
        }
        end += length;
    }
    end
}

/// The end of ` ?[^\s\p{L}\p{N}]+`, if it matches.
fn signs(text: &[u8], start: usize, first: u8, next: usize) -> Option<usize> {
    if first & (OTHER | MARK) != 0 {
        return Some(run(text, next, OTHER | MARK));
    }
    let end = if text[start] == b' ' { run(text, next, OTHER | MARK) } else { next };
    (end > next).then_some(end)
}

/// A run of white space.
struct White {
    /// Where the run ends.
    end: usize,
    /// Where its last line break ends.
    line_end: Option<usize>,
    /// Where it ends if its last character goes with what follows. A single character does not.
    but_one: usize,
}

impl White {
    fn at(text: &[u8], start: usize) -> Self {
        let (mut end, mut last, mut line_end) = (start, start, None);
        loop {
            let (class, length) = class_at(text, end);
            if class & (SPACE | NEWLINE) == 0 {
                return Self { end, line_end, but_one: if last > start { last } else { end } };
            }
            last = end;
            end += length;
            if class == NEWLINE {
                line_end = Some(end);
            }
        }
    }

    fn o200k(&self, text_end: usize) -> usize {
        self.line_end.unwrap_or(if self.end == text_end { self.end } else { self.but_one })
    }

    fn cl100k(&self, text_end: usize) -> usize {
        if self.end == text_end { self.end } else { self.line_end.unwrap_or(self.but_one) }
    }
}

/// The end of the run of characters in `classes` that starts at `start`.
#[inline]
fn run(text: &[u8], start: usize, classes: u8) -> usize {
    let mut end = start;
    loop {
        let (class, length) = class_at(text, end);
        if class & classes == 0 {
            return end;
        }
        end += length;
    }
}

/// The class of the character at `at` and its length in bytes; no class at the end of the text.
#[inline]
fn class_at(text: &[u8], at: usize) -> (u8, usize) {
    match text.get(at) {
        None => (0, 0),
        Some(&byte) if byte < 0x80 => (CLASSES[usize::from(byte)], 1),
        Some(&byte) => wide_class_at(text, at, byte),
    }
}

fn wide_class_at(text: &[u8], at: usize, lead: u8) -> (u8, usize) {
    let continued = |offset: usize| text.get(at + offset).map_or(0, |byte| usize::from(byte & 0x3F));
    let lead = usize::from(lead);
    let (code_point, length) = match lead {
        0x80..0xE0 => ((lead & 0x1F) << 6 | continued(1), 2),
        0xE0..0xF0 => ((lead & 0x0F) << 12 | continued(1) << 6 | continued(2), 3),
        _ => ((lead & 0x07) << 18 | continued(1) << 12 | continued(2) << 6 | continued(3), 4),
    };
    let block = usize::from(BLOCKS[code_point / BLOCK]);
    (CLASSES[block * BLOCK + code_point % BLOCK], length)
}
