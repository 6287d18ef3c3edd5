//! One JSON object of an answer: an event of a stream, or a plain body. What the gateway has to know of it.

use std::ops::Range;

use crate::usage::{Usage, cursor::Cursor};

/// What the top level of an object says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) usage: Option<Usage>,
    /// It is there to carry the usage and nothing else: `choices` is empty, `usage` an object, and there is no error.
    pub(super) is_usage_only: bool,
    /// It has an `error` that a client takes for one.
    pub(super) is_error: bool,
}

impl Chunk {
    /// Reads an object. The text that a model wrote is appended to `text`, and what to take out so that no `usage` is
    /// left, to `cuts`: ascending places in `object`. `None` if it is not an object; then neither means anything.
    pub(super) fn read(object: &[u8], text: &mut String, cuts: &mut Vec<Range<usize>>) -> Option<Self> {
        let mut chunk = Self::default();
        let (mut has_usage, mut has_empty_choices, mut has_choices) = (false, false, false);
        let mut splice = Splice::default();
        let mut cursor = Cursor::new(object);
        cursor.placed_members(|cursor, name, start| {
            match name {
                b"usage" => {
                    let value = cursor.value()?;
                    has_usage |= value.starts_with(b"{");
                    chunk.usage = Usage::parse(value).or(chunk.usage);
                    splice.cut(start, cursor.position(), cuts);
                    return Some(());
                }
                b"choices" if cursor.peek()? == b'[' => {
                    has_empty_choices = true;
                    cursor.array(|cursor| {
                        has_choices = true;
                        choice(cursor, text)
                    })?;
                }
                b"error" => chunk.is_error |= is_truthy(cursor.value()?),
                _ => drop(cursor.value()?),
            }
            splice.keep(start, cursor.position(), cuts);
            Some(())
        })?;
        splice.finish(cuts);
        chunk.is_usage_only = has_usage && has_empty_choices && !has_choices && !chunk.is_error;
        cursor.is_at_end().then_some(chunk)
    }
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
fn members<'a>(cursor: &mut Cursor<'a>, each: impl FnMut(&mut Cursor<'a>, &[u8]) -> Option<()>) -> Option<()> {
    if cursor.peek()? == b'{' { cursor.object(each) } else { cursor.value().map(drop) }
}

/// The elements of an array; anything else is stepped over.
fn elements<'a>(cursor: &mut Cursor<'a>, each: impl FnMut(&mut Cursor<'a>) -> Option<()>) -> Option<()> {
    if cursor.peek()? == b'[' { cursor.array(each) } else { cursor.value().map(drop) }
}

fn choice(cursor: &mut Cursor<'_>, text: &mut String) -> Option<()> {
    members(cursor, |cursor, name| match name {
        b"delta" | b"message" => message(cursor, text),
        b"text" => said(cursor, text),
        _ => cursor.value().map(drop),
    })
}

fn message(cursor: &mut Cursor<'_>, text: &mut String) -> Option<()> {
    members(cursor, |cursor, name| match name {
        b"content" | b"refusal" | b"reasoning_content" | b"reasoning" => said(cursor, text),
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
        b"name" | b"arguments" => said(cursor, text),
        _ => cursor.value().map(drop),
    })
}

/// A string, or a list of content parts.
fn said(cursor: &mut Cursor<'_>, text: &mut String) -> Option<()> {
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
