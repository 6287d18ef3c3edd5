//! Server-sent events out of any cut of a byte stream.
//!
//! A [`Splitter`] hands on whole events, byte for byte with the blank line that ends them, and holds back nothing but
//! the beginning of an event whose end has not come. Every byte is looked at once, whatever the reads. Lines may end
//! in LF, CR LF or CR; a byte order mark at the very start is taken off, as every reader has to.

use std::ops::Range;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// What the buffer of a held event may keep when the event has gone.
const KEPT: usize = 512;

/// An event is longer than the splitter may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// What a splitter hands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A whole event, blank line included.
    Event(&'a [u8]),
    /// The LF of the CR LF that ended the event before, come late: it goes where that event went.
    LineFeed,
}

/// Cuts a stream into events. See the module's documentation.
#[derive(Debug)]
pub struct Splitter {
    held: Vec<u8>,
    max: usize,
    /// Bytes of the byte order mark seen; its length when the stream's start is behind us.
    mark: u8,
    /// The line that is being read has no bytes yet.
    line_is_empty: bool,
    /// The last byte was a CR: an LF that follows belongs to it.
    after_return: bool,
}

impl Splitter {
    /// A splitter that refuses events of more than `max` bytes.
    pub fn new(max: usize) -> Self {
        Self { held: Vec::new(), max, mark: 0, line_is_empty: true, after_return: false }
    }

    /// The beginning of an event whose end has not come.
    pub fn held(&self) -> &[u8] {
        &self.held
    }

    /// Gives up what is held, and its memory.
    pub fn take_held(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    /// Takes what was read and hands on the events that it completes.
    pub fn feed(&mut self, data: &[u8], mut each: impl FnMut(Piece<'_>)) -> Result<(), TooLong> {
        let mut at = self.skip_mark(data);
        let mut start = at;
        if self.after_return && data.get(at) == Some(&b'\n') {
            self.after_return = false;
            at += 1;
            if self.held.is_empty() {
                each(Piece::LineFeed);
                start = at;
            }
        }
        while at < data.len() {
            self.after_return = false;
            if !matches!(data[at], b'\n' | b'\r') {
                self.line_is_empty = false;
                match memchr::memchr2(b'\n', b'\r', &data[at..]) {
                    Some(length) => at += length,
                    None => break,
                }
            }
            let is_return = data[at] == b'\r';
            at += 1;
            if is_return && data.get(at) == Some(&b'\n') {
                at += 1;
            } else {
                self.after_return = is_return;
            }
            if std::mem::replace(&mut self.line_is_empty, true) {
                self.emit(&data[start..at], &mut each)?;
                start = at;
            }
        }
        self.hold(&data[start..])
    }

    fn emit(&mut self, end: &[u8], each: &mut impl FnMut(Piece<'_>)) -> Result<(), TooLong> {
        if self.held.is_empty() {
            if end.len() > self.max {
                return Err(TooLong);
            }
            each(Piece::Event(end));
        } else {
            self.hold(end)?;
            each(Piece::Event(&self.held));
            self.held.clear();
            self.held.shrink_to(KEPT);
        }
        Ok(())
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.held.len() + bytes.len() > self.max {
            self.held = Vec::new();
            return Err(TooLong);
        }
        self.held.extend_from_slice(bytes);
        Ok(())
    }

    /// Takes the byte order mark off the start of the stream; how many bytes of `data` it used.
    fn skip_mark(&mut self, data: &[u8]) -> usize {
        let seen = usize::from(self.mark);
        let missing = &BYTE_ORDER_MARK[seen..];
        if missing.is_empty() {
            return 0;
        }
        let matching = missing.iter().zip(data).take_while(|(mark, byte)| mark == byte).count();
        if matching == missing.len() {
            self.held.clear();
            self.mark = 3;
        } else if matching == data.len() {
            // Not known yet whether it is the mark: held like any other beginning.
            self.held.extend_from_slice(data);
            self.mark += matching as u8;
        } else {
            // It is not; what was held of it is the beginning of a line.
            self.line_is_empty = seen == 0;
            self.mark = 3;
            return 0;
        }
        matching
    }
}

/// What a line of an event is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A `data` field.
    Data,
    /// An `id` field.
    Id,
    /// An `event` or `retry` field.
    Control,
    /// A comment.
    Comment,
    /// A field that readers ignore.
    Unknown,
    /// The end of the event.
    Blank,
}

/// A line of an event, as places in the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is for.
    pub kind: Kind,
    /// The line with its ending.
    pub whole: Range<usize>,
    /// The field's value: what follows the colon and one space.
    pub value: Range<usize>,
}

/// The lines of an event.
pub fn lines(event: &[u8]) -> impl Iterator<Item = Line> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        let rest = event.get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let ending = match &rest[length..] {
            [b'\r', b'\n', ..] => 2,
            [] => 0,
            _ => 1,
        };
        at = start + length + ending;
        let (kind, value) = classify(&rest[..length]);
        Some(Line { kind, whole: start..at, value: start + value..start + length })
    })
}

/// What a line is for, and where its value begins.
fn classify(line: &[u8]) -> (Kind, usize) {
    let name_end = if line.starts_with(b"data:") { 4 } else { memchr::memchr(b':', line).unwrap_or(line.len()) };
    let kind = match &line[..name_end] {
        b"data" => Kind::Data,
        b"id" => Kind::Id,
        b"event" | b"retry" => Kind::Control,
        b"" if line.is_empty() => Kind::Blank,
        b"" => Kind::Comment,
        _ => Kind::Unknown,
    };
    let value = match &line[name_end..] {
        [b':', b' ', ..] => name_end + 2,
        [b':', ..] => name_end + 1,
        _ => name_end,
    };
    (kind, value)
}

#[cfg(test)]
mod tests;
