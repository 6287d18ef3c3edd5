//! Texts drawn from patterns and from shapes.

use std::ops::Range;

use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

/// A source of texts: the same for the same seed.
pub struct Draw {
    state: u64,
    filler: Option<char>,
}

const DIGITS: &str = "0123456789";
const HEX: &str = "0123456789abcdef";
const HEX_CAPITALS: &str = "0123456789ABCDEF";
const SMALL: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
const CAPITALS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, filler: None }
    }

    /// Where a pattern leaves a choice, always `filler`.
    pub fn filled(filler: char) -> Self {
        Self { filler: Some(filler), ..Self::new(7) }
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 16) as usize % limit
    }

    pub fn one_of<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    pub fn characters(&mut self, alphabet: &str, length: usize) -> String {
        (0..length).map(|_| char::from(alphabet.as_bytes()[self.below(alphabet.len())])).collect()
    }

    pub fn hex(&mut self, length: usize) -> String {
        self.characters(HEX, length)
    }

    pub fn base64(&mut self, length: usize) -> String {
        self.characters(BASE64, length)
    }

    pub fn uuid(&mut self) -> String {
        [8, 4, 4, 4, 12].map(|length| self.hex(length)).join("-")
    }

    /// A text that `hir` matches: the shortest repetitions of what is lazy, letters and digits where it has them.
    pub fn text_of(&mut self, hir: &Hir) -> String {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => String::new(),
            HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).into_owned(),
            HirKind::Class(class) => self.character_of(class).to_string(),
            HirKind::Repetition(repetition) => self.repeated(repetition),
            HirKind::Capture(capture) => self.text_of(&capture.sub),
            HirKind::Concat(parts) => parts.iter().map(|part| self.text_of(part)).collect(),
            HirKind::Alternation(parts) => {
                let chosen = self.below(parts.len());
                self.text_of(&parts[chosen])
            }
        }
    }

    fn repeated(&mut self, repetition: &Repetition) -> String {
        let most = repetition.max.unwrap_or(repetition.min + 8);
        let spread = if repetition.greedy { (most - repetition.min).min(8) } else { 0 };
        let times = repetition.min as usize + self.below(spread as usize + 1);
        (0..times).map(|_| self.text_of(&repetition.sub)).collect()
    }

    fn character_of(&mut self, class: &Class) -> char {
        let members: Vec<char> = match class {
            Class::Unicode(class) => class.iter().flat_map(|range| (range.start()..=range.end()).take(128)).collect(),
            Class::Bytes(class) => class.iter().flat_map(|range| range.start()..=range.end()).map(char::from).collect(),
        };
        let filler = self.filler.filter(|filler| members.len() > 4 && members.contains(filler));
        if let Some(filler) = filler {
            return filler;
        }
        if members.len() >= 255 && matches!(class, Class::Bytes(_)) {
            return '.';
        }
        let of_words: Vec<char> = members.iter().copied().filter(char::is_ascii_alphanumeric).collect();
        match () {
            () if !of_words.is_empty() => of_words[if self.filler.is_some() { 0 } else { self.below(of_words.len()) }],
            () if members.contains(&'=') => '=',
            () if members.contains(&' ') => ' ',
            () => members[0],
        }
    }

    /// A shape drawn, at its place in a text, and where in that text the secret is: what stands between « and ».
    pub fn sample(&mut self, shape: &str, place: &str) -> (String, Range<usize>) {
        let drawn = self.shape(shape);
        let text = if shape.contains('«') && shape.starts_with('«') { place.replace("{}", &drawn) } else { drawn };
        let start = text.find('«').unwrap_or_default();
        let end = text.find('»').map_or(start, |end| end - '«'.len_utf8());
        (text.replace(['«', '»'], ""), start..end)
    }

    /// `shape` with `{hex:32}` and its like replaced.
    fn shape(&mut self, shape: &str) -> String {
        let mut drawn = String::new();
        let mut rest = shape;
        while let Some((before, after)) = rest.split_once('{') {
            drawn.push_str(before);
            let close = after.find('}').map(|close| after.split_at(close));
            let Some((name, behind)) = close else { break };
            let (kind, length) = name.split_once(':').unwrap_or((name, "0"));
            match (kind, length.parse()) {
                ("uuid", _) => drawn.push_str(&self.uuid()),
                (kind, Ok(length)) if alphabet(kind).is_some() => {
                    drawn.push_str(&self.characters(alphabet(kind).unwrap(), length));
                }
                _ => {
                    drawn.push('{');
                    rest = after;
                    continue;
                }
            }
            rest = &behind[1..];
        }
        drawn + rest
    }
}

fn alphabet(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "num" => DIGITS,
        "hex" => HEX,
        "HEX" => HEX_CAPITALS,
        "low" => SMALL,
        "up" => CAPITALS,
        "b32" => BASE32,
        "any" => BASE62,
        "abc" => LETTERS,
        "b64" => BASE64,
        "url" => BASE64_URL,
        _ => return None,
    })
}
