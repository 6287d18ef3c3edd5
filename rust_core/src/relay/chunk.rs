//! One JSON object of an answer: an event of a stream, or a plain body. What the gateway has to know of it.

use std::ops::Range;

use crate::usage::{Usage, cursor::Cursor};

/// What the top level of an object says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) usage: Option<Usage>,
    /// Where the object of its `usage` is, the last one's, whatever it says.
    pub(super) usage_at: Option<Range<usize>>,
    /// It is there to carry the usage and nothing else: `choices` is empty, `usage` an object, and there is no error.
    pub(super) is_usage_only: bool,
    /// It has an `error` that a client takes for one.
    pub(super) is_error: bool,
}

/// What the model says in an object, choice by choice. Kept from object to object, for its memory.
#[derive(Debug, Default)]
pub(super) struct Said {
    text: String,
    parts: Vec<Part>,
}

/// One choice in an object.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Part {
    pub(super) index: u64,
    /// It has a `finish_reason`.
    pub(super) finished: bool,
    /// It has a `text`, as legacy completions do.
    pub(super) legacy: bool,
    /// Where its text ends in [`Said::text`].
    end: usize,
}

impl Said {
    /// Room that is kept.
    const KEPT: usize = 256;

    /// The texts of all choices.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The choices, each with its text.
    pub(super) fn choices(&self) -> impl Iterator<Item = (Part, &str)> {
        let mut start = 0;
        self.parts.iter().map(move |part| (*part, &self.text[std::mem::replace(&mut start, part.end)..part.end]))
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.parts.clear();
        self.text.shrink_to(Self::KEPT);
        self.parts.shrink_to(4);
    }
}

impl Chunk {
    /// Reads an object. What a model says in it is added to `said`, and what to take out so that no `usage` is left,
    /// to `cuts`: ascending places in `object`. `None` if it is not an object; then neither means anything.
    pub(super) fn read(object: &[u8], said: &mut Said, cuts: &mut Vec<Range<usize>>) -> Option<Self> {
        let mut chunk = Self::default();
        let mut has_choices = false;
        let mut splice = Splice::default();
        let mut cursor = Cursor::new(object);
        cursor.placed_members(|cursor, name, start| {
            match name {
                b"usage" => {
                    let value = cursor.value()?;
                    let end = cursor.position();
                    if value.starts_with(b"{") {
                        chunk.usage_at = Some(end - value.len()..end);
                    }
                    chunk.usage = Usage::parse(value).or(chunk.usage);
                    splice.cut(start, end, cuts);
                    return Some(());
                }
                b"choices" if cursor.peek()? == b'[' => {
                    has_choices = true;
                    cursor.array(|cursor| choice(cursor, said))?;
                }
                b"error" => chunk.is_error |= is_truthy(cursor.value()?),
                _ => drop(cursor.value()?),
            }
            splice.keep(start, cursor.position(), cuts);
            Some(())
        })?;
        splice.finish(cuts);
        chunk.is_usage_only = chunk.usage_at.is_some() && has_choices && said.parts.is_empty() && !chunk.is_error;
        cursor.is_at_end().then_some(chunk)
    }
}

/// What to take out of an object so that it has no member `unwanted`: ascending places in it.
pub(super) fn without(object: &[u8], unwanted: &[u8]) -> Option<Vec<Range<usize>>> {
    let (mut splice, mut cuts) = (Splice::default(), Vec::new());
    Cursor::new(object).placed_members(|cursor, name, start| {
        cursor.value()?;
        let place = if name == unwanted { Splice::cut } else { Splice::keep };
        place(&mut splice, start, cursor.position(), &mut cuts);
        Some(())
    })?;
    splice.finish(&mut cuts);
    Some(cuts)
}

/// The members by which the chunks of one answer belong together, as they are written, each with a comma behind it.
pub(super) fn identity(object: &[u8]) -> Vec<u8> {
    let mut members = Vec::new();
    Cursor::new(object).placed_members(|cursor, name, start| {
        cursor.value()?;
        if matches!(name, b"id" | b"object" | b"created" | b"model" | b"system_fingerprint") {
            members.extend_from_slice(&object[start..cursor.position()]);
            members.push(b',');
        }
        Some(())
    });
    members
}

/// Takes members out of an object, each with one comma.
#[derive(Default)]
struct Splice {
    /// The end of the last member that stays.
    kept: Option<usize>,
    /// The members to take out before any that stays: they go with the comma behind them.
    leading: Option<Range<usize>>,
}

impl Splice {
    fn keep(&mut self, start: usize, end: usize, cuts: &mut Vec<Range<usize>>) {
        if let Some(leading) = self.leading.take() {
            cuts.push(leading.start..start);
        }
        self.kept = Some(end);
    }

    fn cut(&mut self, start: usize, end: usize, cuts: &mut Vec<Range<usize>>) {
        match (self.kept, cuts.last_mut()) {
            (Some(kept), Some(last)) if last.start == kept => last.end = end,
            (Some(kept), _) => cuts.push(kept..end),
            (None, _) => self.leading.get_or_insert(start..end).end = end,
        }
    }

    fn finish(self, cuts: &mut Vec<Range<usize>>) {
        cuts.extend(self.leading);
    }
}

fn is_truthy(value: &[u8]) -> bool {
    match value {
        b"null" | b"false" | b"\"\"" => false,
        _ => !value.iter().all(|byte| matches!(byte, b'0' | b'.' | b'-')),
    }
}

/// The members of an object; anything else is stepped over.
pub(super) fn members<'a>(
    cursor: &mut Cursor<'a>,
    each: impl FnMut(&mut Cursor<'a>, &[u8]) -> Option<()>,
) -> Option<()> {
    if cursor.peek()? == b'{' { cursor.object(each) } else { cursor.value().map(drop) }
}

/// The elements of an array; anything else is stepped over.
pub(super) fn elements<'a>(cursor: &mut Cursor<'a>, each: impl FnMut(&mut Cursor<'a>) -> Option<()>) -> Option<()> {
    if cursor.peek()? == b'[' { cursor.array(each) } else { cursor.value().map(drop) }
}

fn choice(cursor: &mut Cursor<'_>, said: &mut Said) -> Option<()> {
    let mut part = Part::default();
    let text = &mut said.text;
    members(cursor, |cursor, name| {
        match name {
            b"delta" | b"message" => message(cursor, text)?,
            b"text" => {
                part.legacy = true;
                self::text(cursor, text)?;
            }
            b"index" => part.index = index(cursor.value()?),
            b"finish_reason" => part.finished = !matches!(cursor.value()?, b"null" | b"\"\""),
            _ => drop(cursor.value()?),
        }
        Some(())
    })?;
    part.end = said.text.len();
    said.parts.push(part);
    Some(())
}

fn index(digits: &[u8]) -> u64 {
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn message(cursor: &mut Cursor<'_>, text: &mut String) -> Option<()> {
    members(cursor, |cursor, name| match name {
        b"content" | b"refusal" | b"reasoning_content" | b"reasoning" => self::text(cursor, text),
        b"function_call" => function(cursor, text),
        b"tool_calls" => elements(cursor, |cursor| {
            members(cursor, |cursor, name| match name {
                b"function" => function(cursor, text),
                _ => cursor.value().map(drop),
            })
        }),
        _ => cursor.value().map(drop),
    })
}

fn function(cursor: &mut Cursor<'_>, text: &mut String) -> Option<()> {
    members(cursor, |cursor, name| match name {
        b"name" | b"arguments" => self::text(cursor, text),
        _ => cursor.value().map(drop),
    })
}

/// A string, or a list of content parts.
fn text(cursor: &mut Cursor<'_>, text: &mut String) -> Option<()> {
    match cursor.peek()? {
        b'"' => text.push_str(&cursor.string()?.text()),
        b'[' => cursor.array(|cursor| {
            members(cursor, |cursor, name| match name {
                b"text" if cursor.peek()? == b'"' => cursor.string().map(|part| text.push_str(&part.text())),
                _ => cursor.value().map(drop),
            })
        })?,
        _ => drop(cursor.value()?),
    }
    Some(())
}
