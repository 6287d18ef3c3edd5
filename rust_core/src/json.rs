//! A validating pull scanner over JSON text (RFC 8259 to the letter): values come out as spans, nothing is built.
//!
//! One pass, no allocation, no recursion: an open container is one bit of a word, so neither time nor stack depends on
//! anything but the number of bytes. A [`Scanner`] reads what nobody has checked yet; a [`Value`] that it returned is
//! known to be valid and can be walked again without errors.
//!
//! Two things are decided here that the grammar leaves open: nesting stops at [`MAX_DEPTH`], and an escaped surrogate
//! without its partner is let through and decodes to U+FFFD.

use std::borrow::Cow;
use std::fmt;

/// How many containers may be open at once.
pub const MAX_DEPTH: u32 = 128;

/// Where something lies in the text: bytes `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first byte of it.
    pub start: usize,
    /// The first byte after it.
    pub end: usize,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{...}`
    Object,
    /// `[...]`
    Array,
    /// `"..."`
    String,
    /// Of any length and precision.
    Number,
    /// `true` or `false`
    Bool,
    /// `null`
    Null,
}

/// Why a text is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// The offset of the first byte that cannot be right.
    pub at: usize,
    /// What would have been right there.
    pub expected: &'static str,
    /// The byte found there; `None` at the end of the text.
    pub found: Option<u8>,
}

impl Error {
    /// The error of bytes that are not UTF-8.
    pub fn utf8(bytes: &[u8], error: std::str::Utf8Error) -> Self {
        let at = error.valid_up_to();
        Self { at, expected: "valid UTF-8", found: bytes.get(at).copied() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, expected, found } = self;
        match found {
            None => write!(f, "expected {expected} at byte {at}, found the end"),
            Some(byte @ b'!'..=b'~') => write!(f, "expected {expected} at byte {at}, found `{}`", char::from(*byte)),
            Some(byte) => write!(f, "expected {expected} at byte {at}, found byte 0x{byte:02X}"),
        }
    }
}

impl std::error::Error for Error {}

// === Scanner ===

/// Reads one JSON text from front to back. Each container that is opened is pulled to its end: `next_key` (then one
/// value) until `None`, `next_item` (then one value) until `false`.
#[derive(Clone, Debug)]
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    /// One bit for each open container, innermost lowest: set if it is an object.
    objects: u128,
    /// The innermost container was opened and nothing has been read from it.
    fresh: bool,
}

impl<'a> Scanner<'a> {
    /// A scanner at the beginning of `text`.
    pub fn new(text: &'a str) -> Self {
        Self::starting(text, 0)
    }

    fn starting(text: &'a str, at: usize) -> Self {
        Self { text, at, depth: 0, objects: 0, fresh: false }
    }

    /// The kind of the value that comes next, which is not consumed.
    pub fn peek(&mut self) -> Result<Kind, Error> {
        match self.next_byte() {
            Some(b'"') => Ok(Kind::String),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            Some(0xEF) if self.at == 0 && self.text.starts_with('\u{FEFF}') => {
                Err(self.error("JSON without a byte order mark"))
            }
            _ => Err(self.error("a value")),
        }
    }

    /// Consumes a whole value, checking all of it.
    pub fn value(&mut self) -> Result<Value<'a>, Error> {
        let kind = self.peek()?;
        let start = self.at;
        match kind {
            Kind::Object | Kind::Array => self.container(kind)?,
            scalar => self.scalar(scalar)?,
        }
        Ok(Value { source: self.text, kind, span: Span { start, end: self.at } })
    }

    /// Consumes a whole value by `pull`, which must consume just that.
    pub fn pulled<E: From<Error>>(&mut self, pull: impl FnOnce(&mut Self) -> Result<(), E>) -> Result<Value<'a>, E> {
        let kind = self.peek()?;
        let start = self.at;
        pull(self)?;
        Ok(Value { source: self.text, kind, span: Span { start, end: self.at } })
    }

    /// Enters the object that comes next.
    pub fn open_object(&mut self) -> Result<(), Error> {
        match self.peek()? {
            Kind::Object => self.open(Kind::Object),
            _ => Err(self.error("an object")),
        }
    }

    /// Enters the array that comes next.
    pub fn open_array(&mut self) -> Result<(), Error> {
        match self.peek()? {
            Kind::Array => self.open(Kind::Array),
            _ => Err(self.error("an array")),
        }
    }

    /// The next key of the innermost object, its colon consumed; `None` when the object has ended.
    pub fn next_key(&mut self) -> Result<Option<Str<'a>>, Error> {
        if !self.more(b'}', "`,` or `}`")? {
            return Ok(None);
        }
        if self.next_byte() != Some(b'"') {
            return Err(self.error("a key in double quotes"));
        }
        let key = self.string()?;
        if self.next_byte() != Some(b':') {
            return Err(self.error("`:`"));
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// Whether the innermost array has another item.
    pub fn next_item(&mut self) -> Result<bool, Error> {
        self.more(b']', "`,` or `]`")
    }

    /// Nothing but white space is left.
    pub fn end(&mut self) -> Result<(), Error> {
        match self.next_byte() {
            None => Ok(()),
            Some(_) => Err(self.error("the end")),
        }
    }

    fn container(&mut self, kind: Kind) -> Result<(), Error> {
        let outside = self.depth;
        self.open(kind)?;
        while self.depth > outside {
            let more = if self.objects & 1 == 1 { self.next_key()?.is_some() } else { self.next_item()? };
            if more {
                match self.peek()? {
                    kind @ (Kind::Object | Kind::Array) => self.open(kind)?,
                    kind => self.scalar(kind)?,
                }
            }
        }
        Ok(())
    }

    fn open(&mut self, kind: Kind) -> Result<(), Error> {
        if self.depth == MAX_DEPTH {
            return Err(self.error("at most 128 levels of nesting"));
        }
        self.at += 1;
        self.depth += 1;
        self.objects = (self.objects << 1) | u128::from(kind == Kind::Object);
        self.fresh = true;
        Ok(())
    }

    /// Between two members: whether another one follows, its comma consumed, or the container has ended.
    fn more(&mut self, close: u8, expected: &'static str) -> Result<bool, Error> {
        let fresh = std::mem::take(&mut self.fresh);
        match self.next_byte() {
            Some(byte) if byte == close && self.depth > 0 => {
                self.at += 1;
                self.depth -= 1;
                self.objects >>= 1;
                Ok(false)
            }
            Some(_) if fresh => Ok(true),
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.error(expected)),
        }
    }

    fn scalar(&mut self, kind: Kind) -> Result<(), Error> {
        match kind {
            Kind::String => self.string().map(drop),
            Kind::Number => self.number(),
            Kind::Null => self.literal("null"),
            _ if self.byte() == Some(b't') => self.literal("true"),
            _ => self.literal("false"),
        }
    }

    /// The string whose opening quote is the current byte.
    fn string(&mut self) -> Result<Str<'a>, Error> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            self.at += plain(self.rest());
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.error("no control character in a string")),
                None => return Err(self.error("the closing quote of a string")),
            }
        }
        let raw = self.text.get(start + 1..self.at).unwrap_or_default();
        self.at += 1;
        Ok(Str { raw, start, escaped })
    }

    fn escape(&mut self) -> Result<(), Error> {
        self.at += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.byte().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.error("four hexadecimal digits after `\\u`"));
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.error("one of the characters `\"\\/bfnrtu` after `\\`")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Error> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
            if self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
                return Err(self.error("no digit after a leading zero"));
            }
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Error> {
        match self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count() {
            0 => Err(self.error("a digit")),
            count => {
                self.at += count;
                Ok(())
            }
        }
    }

    fn literal(&mut self, word: &'static str) -> Result<(), Error> {
        if self.rest().starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        Err(self.error(word))
    }

    /// The next byte that is not white space, not consumed.
    fn next_byte(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    #[cold]
    fn error(&self, expected: &'static str) -> Error {
        Error { at: self.at, expected, found: self.byte() }
    }
}

/// How many bytes from the front of a string need no look: neither quote, backslash nor control character.
///
/// Eight bytes at a time. A subtraction borrows from the bytes above only after a byte that matches, so the lowest
/// match is always a true one.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk() {
        let word = u64::from_le_bytes(*chunk);
        let quotes = zeros(word ^ (ONES * u64::from(b'"')));
        let backslashes = zeros(word ^ (ONES * u64::from(b'\\')));
        let controls = word.wrapping_sub(ONES * 0x20) & !word;
        let special = (quotes | backslashes | controls) & TOPS;
        if special != 0 {
            return bytes.len() - rest.len() + (special.trailing_zeros() / 8) as usize;
        }
        rest = after;
    }
    let tail = rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1F)).count();
    bytes.len() - rest.len() + tail
}

// === Value ===

/// A value that has been checked: a span of the text it came from.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    pub(crate) source: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Where in the whole text.
    pub span: Span,
}

impl<'a> Value<'a> {
    /// As it is written.
    pub fn raw(&self) -> &'a str {
        self.source.get(self.span.start..self.span.end).unwrap_or_default()
    }

    /// `Some` if it is a string.
    pub fn string(&self) -> Option<Str<'a>> {
        let raw = self.raw().strip_prefix('"')?.strip_suffix('"')?;
        Some(Str { raw, start: self.span.start, escaped: memchr::memchr(b'\\', raw.as_bytes()).is_some() })
    }

    /// `Some` if it is `true` or `false`.
    pub fn bool(&self) -> Option<bool> {
        (self.kind == Kind::Bool).then(|| self.raw() == "true")
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        self.kind == Kind::Null
    }

    /// The items of an array; none if it is something else.
    pub fn items(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let mut scan = Scanner::starting(self.source, self.span.start);
        let mut inside = self.kind == Kind::Array && scan.open_array().is_ok();
        std::iter::from_fn(move || {
            inside = inside && scan.next_item().unwrap_or(false);
            if inside { scan.value().ok() } else { None }
        })
    }

    /// The members of an object, in order, duplicates included; none if it is something else.
    pub fn members(&self) -> impl Iterator<Item = (Str<'a>, Value<'a>)> + use<'a> {
        let mut scan = Scanner::starting(self.source, self.span.start);
        let mut inside = self.kind == Kind::Object && scan.open_object().is_ok();
        std::iter::from_fn(move || {
            let key = if inside { scan.next_key().ok().flatten() } else { None };
            inside = key.is_some();
            Some((key?, scan.value().ok()?))
        })
    }

    /// The first member of that name.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        self.members().find(|(key, _)| key.decode() == name).map(|(_, value)| value)
    }
}

// === Str ===

/// A string that has been checked.
#[derive(Clone, Copy, Debug)]
pub struct Str<'a> {
    /// What stands between the quotes, escapes as they are written.
    pub raw: &'a str,
    /// Where its opening quote is.
    pub start: usize,
    escaped: bool,
}

impl<'a> Str<'a> {
    /// The string it stands for; copied only if it has escapes.
    pub fn decode(&self) -> Cow<'a, str> {
        if self.escaped { Cow::Owned(unescape(self.raw)) } else { Cow::Borrowed(self.raw) }
    }
}

fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, escape)) = rest.split_once('\\') {
        out.push_str(before);
        let (decoded, len) = match escape.as_bytes().first() {
            Some(b'b') => ('\u{8}', 1),
            Some(b'f') => ('\u{C}', 1),
            Some(b'n') => ('\n', 1),
            Some(b'r') => ('\r', 1),
            Some(b't') => ('\t', 1),
            Some(b'u') => unescape_unicode(escape),
            Some(&other) => (char::from(other), 1),
            None => break,
        };
        out.push(decoded);
        rest = escape.get(len..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The character of `uXXXX` or `uXXXX\uXXXX`, and how long that is.
fn unescape_unicode(escape: &str) -> (char, usize) {
    let unit = |at: usize| escape.get(at..at + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let first = unit(1).unwrap_or(0xFFFD);
    if (0xD800..0xDC00).contains(&first)
        && escape.get(5..7) == Some("\\u")
        && let Some(second @ 0xDC00..0xE000) = unit(7)
    {
        let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 11);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 5)
}

/// Appends `text` as a JSON string, quotes included.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0'..='\x1F' => {
                let code = character as usize;
                out.push_str("\\u00");
                out.extend(char::from_digit((code / 16) as u32, 16));
                out.extend(char::from_digit((code % 16) as u32, 16));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;
