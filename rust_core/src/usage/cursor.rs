//! A cursor over JSON bytes that are all there: enough to find a few members and to step over the rest.
//!
//! It checks only what it needs to find its way, keeps no stack and never goes back, so it is linear in time and
//! bounded in memory for every input.

use std::borrow::Cow;

/// Where the next quote or bracket is: everything else can be stepped over inside an object or array.
pub(super) fn find_structure(bytes: &[u8]) -> Option<usize> {
    // `[` and `]` differ from `{` and `}` in one bit. Whole blocks without a hit go by in a few vector instructions.
    #[expect(clippy::needless_bitwise_bool, reason = "without branches it becomes vector code")]
    fn is_structure(byte: u8) -> bool {
        (byte == b'"') | (byte | 0x20 == b'{') | (byte | 0x20 == b'}')
    }
    const BLOCK: usize = 32;
    let near = bytes.len().min(BLOCK / 2);
    if let Some(at) = bytes[..near].iter().position(|&byte| is_structure(byte)) {
        return Some(at);
    }
    let mut at = near;
    for block in bytes[near..].chunks_exact(BLOCK) {
        if block.iter().fold(false, |hit, &byte| hit | is_structure(byte)) {
            break;
        }
        at += BLOCK;
    }
    bytes[at..].iter().position(|&byte| is_structure(byte)).map(|more| at + more)
}

/// A string's bytes between its quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted<'a> {
    pub(crate) raw: &'a [u8],
    escaped: bool,
}

impl<'a> Quoted<'a> {
    /// A string from its bytes between the quotes.
    pub(crate) fn new(raw: &'a [u8]) -> Self {
        Self { raw, escaped: raw.contains(&b'\\') }
    }

    /// The text that the string stands for. What is not text (bad UTF-8, half a surrogate pair) becomes U+FFFD.
    pub(crate) fn text(self) -> Cow<'a, str> {
        if !self.escaped {
            return String::from_utf8_lossy(self.raw);
        }
        let mut text = String::with_capacity(self.raw.len());
        let mut rest = self.raw;
        while let Some(backslash) = memchr::memchr(b'\\', rest) {
            text.push_str(&String::from_utf8_lossy(&rest[..backslash]));
            let (character, used) = unescape(&rest[backslash + 1..]);
            text.push(character);
            rest = &rest[backslash + 1 + used..];
        }
        text.push_str(&String::from_utf8_lossy(rest));
        Cow::Owned(text)
    }
}

/// The character after a backslash, and how many bytes it takes.
fn unescape(rest: &[u8]) -> (char, usize) {
    let unknown = char::REPLACEMENT_CHARACTER;
    match rest.first() {
        Some(b'n') => ('\n', 1),
        Some(b't') => ('\t', 1),
        Some(b'r') => ('\r', 1),
        Some(b'b') => ('\u{8}', 1),
        Some(b'f') => ('\u{c}', 1),
        Some(b'u') => match (hex(rest.get(1..5)), rest.get(5..7) == Some(b"\\u"), hex(rest.get(7..11))) {
            (Some(high @ 0xd800..0xdc00), true, Some(low @ 0xdc00..0xe000)) => {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                (char::from_u32(code).unwrap_or(unknown), 11)
            }
            (Some(code), ..) => (char::from_u32(code).unwrap_or(unknown), 5),
            (None, ..) => (unknown, 1),
        },
        Some(&byte @ (b'"' | b'\\' | b'/')) => (char::from(byte), 1),
        _ => (unknown, 0),
    }
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    digits?.iter().try_fold(0, |code, &digit| Some(code * 16 + char::from(digit).to_digit(16)?))
}

/// A place in JSON bytes. Every method returns `None` when the bytes are not what it expects.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes are behind.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The next byte that is not white space; it stays.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// A string.
    pub(crate) fn string(&mut self) -> Option<Quoted<'a>> {
        self.take(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += memchr::memchr2(b'"', b'\\', self.bytes.get(self.at..)?)?;
            if self.bytes[self.at] == b'"' {
                self.at += 1;
                return Some(Quoted { raw: &self.bytes[start..self.at - 1], escaped });
            }
            escaped = true;
            self.at += 2;
        }
    }

    /// Any value: its bytes.
    pub(crate) fn value(&mut self) -> Option<&'a [u8]> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => {
                self.string()?;
            }
            b'{' | b'[' => self.nested()?,
            _ => {
                let rest = &self.bytes[start..];
                let is_end =
                    |byte: &u8| matches!(byte, b',' | b']' | b'}' | b':' | b'"' | b' ' | b'\t' | b'\n' | b'\r');
                self.at += rest.iter().position(is_end).unwrap_or(rest.len());
            }
        }
        (self.at > start).then(|| &self.bytes[start..self.at])
    }

    fn nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            self.at += find_structure(&self.bytes[self.at..])?;
            match self.bytes[self.at] {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                _ => depth -= 1,
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// The members of an object. `each` gets the name and has to step over the value.
    pub(crate) fn object(&mut self, mut each: impl FnMut(&mut Self, &[u8]) -> Option<()>) -> Option<()> {
        self.placed_members(|cursor, name, _| each(cursor, name))
    }

    /// The same, with the position where the member begins.
    pub(crate) fn placed_members(&mut self, mut each: impl FnMut(&mut Self, &[u8], usize) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.peek()? == b'}' {
            return self.take(b'}');
        }
        loop {
            self.peek()?;
            let start = self.at;
            let name = self.string()?;
            self.take(b':')?;
            if name.escaped {
                each(self, name.text().as_bytes(), start)?;
            } else {
                each(self, name.raw, start)?;
            }
            if self.peek()? == b'}' {
                return self.take(b'}');
            }
            self.take(b',')?;
        }
    }

    /// The elements of an array. `each` has to step over the element.
    pub(crate) fn array(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.peek()? == b']' {
            return self.take(b']');
        }
        loop {
            each(self)?;
            if self.peek()? == b']' {
                return self.take(b']');
            }
            self.take(b',')?;
        }
    }

    /// Whether nothing but white space is left.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }
}
