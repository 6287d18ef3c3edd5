//! Where the texts are in a JSON object of an answer: an event of a stream, or a plain body.

use std::ops::Range;

use super::chunk::{elements, members};
use crate::{guard::escapes::Kind, usage::cursor::Cursor};

/// Which text of a choice a string is a piece of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Content,
    Refusal,
    Reasoning,
    ReasoningContent,
    ReasoningDetail(u64),
    Transcript,
    /// Of a legacy completion.
    Text,
    FunctionCall,
    Tool(u64),
    CustomTool(u64),
}

impl Part {
    pub(super) fn kind(self) -> Kind {
        if matches!(self, Self::FunctionCall | Self::Tool(_)) { Kind::Json } else { Kind::Text }
    }

    /// The members of a choice that add a string, which is given as JSON, to the text.
    pub(super) fn delta(self, string: &str) -> String {
        match self {
            Self::Content => format!(r#""delta":{{"content":{string}}}"#),
            Self::Refusal => format!(r#""delta":{{"refusal":{string}}}"#),
            Self::Reasoning => format!(r#""delta":{{"reasoning":{string}}}"#),
            Self::ReasoningContent => format!(r#""delta":{{"reasoning_content":{string}}}"#),
            Self::ReasoningDetail(index) => {
                format!(
                    r#""delta":{{"reasoning_details":[{{"index":{index},"type":"reasoning.text","text":{string}}}]}}"#
                )
            }
            Self::Transcript => format!(r#""delta":{{"audio":{{"transcript":{string}}}}}"#),
            Self::Text => format!(r#""text":{string},"logprobs":null"#),
            Self::FunctionCall => format!(r#""delta":{{"function_call":{{"arguments":{string}}}}}"#),
            Self::Tool(index) => {
                format!(r#""delta":{{"tool_calls":[{{"index":{index},"function":{{"arguments":{string}}}}}]}}"#)
            }
            Self::CustomTool(index) => {
                format!(r#""delta":{{"tool_calls":[{{"index":{index},"custom":{{"input":{string}}}}}]}}"#)
            }
        }
    }
}

/// A string, quotes included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) choice: u64,
    pub(super) part: Part,
    pub(super) at: Range<usize>,
}

/// The texts of an object. Kept from object to object, for its memory.
#[derive(Debug, Default)]
pub(super) struct Strings {
    pub(super) pieces: Vec<Piece>,
    /// The choices that end in it.
    pub(super) finished: Vec<u64>,
    /// What repeats the text, token by token.
    pub(super) logprobs: Vec<Range<usize>>,
}

impl Strings {
    /// Reads an object; `None` if it is none.
    pub(super) fn read(&mut self, object: &[u8]) -> Option<()> {
        self.pieces.clear();
        self.finished.clear();
        self.logprobs.clear();
        Cursor::new(object).object(|cursor, name| match name {
            b"choices" if cursor.peek()? == b'[' => {
                let mut position = 0;
                cursor.array(|cursor| {
                    position += 1;
                    self.choice(cursor, position - 1)
                })
            }
            _ => cursor.value().map(drop),
        })
    }

    fn choice(&mut self, cursor: &mut Cursor<'_>, position: u64) -> Option<()> {
        let first = self.pieces.len();
        let (mut choice, mut is_finished) = (position, false);
        members(cursor, |cursor, name| {
            match name {
                b"delta" | b"message" => self.message(cursor)?,
                b"text" => self.string(cursor, Part::Text)?,
                b"index" => choice = number(cursor.value()?).unwrap_or(position),
                b"finish_reason" => is_finished = !matches!(cursor.value()?, b"null" | b"\"\""),
                b"logprobs" => {
                    let value = cursor.value()?;
                    if value != b"null" {
                        self.logprobs.push(cursor.position() - value.len()..cursor.position());
                    }
                }
                _ => drop(cursor.value()?),
            }
            Some(())
        })?;
        for piece in &mut self.pieces[first..] {
            piece.choice = choice;
        }
        self.finished.extend(is_finished.then_some(choice));
        Some(())
    }

    fn message(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        members(cursor, |cursor, name| match name {
            b"content" => self.string(cursor, Part::Content),
            b"refusal" => self.string(cursor, Part::Refusal),
            b"reasoning" => self.string(cursor, Part::Reasoning),
            b"reasoning_content" => self.string(cursor, Part::ReasoningContent),
            b"reasoning_details" => self.listed(cursor, |strings, cursor, name| match name {
                b"text" | b"summary" => strings.string(cursor, Part::ReasoningDetail(0)),
                _ => cursor.value().map(drop),
            }),
            b"audio" => members(cursor, |cursor, name| match name {
                b"transcript" => self.string(cursor, Part::Transcript),
                _ => cursor.value().map(drop),
            }),
            b"function_call" => self.member(cursor, b"arguments", Part::FunctionCall),
            b"tool_calls" => self.listed(cursor, |strings, cursor, name| match name {
                b"function" => strings.member(cursor, b"arguments", Part::Tool(0)),
                b"custom" => strings.member(cursor, b"input", Part::CustomTool(0)),
                _ => cursor.value().map(drop),
            }),
            _ => cursor.value().map(drop),
        })
    }

    /// The objects of a list, each with an `index`, or at its place.
    fn listed<'a>(
        &mut self,
        cursor: &mut Cursor<'a>,
        mut each: impl FnMut(&mut Self, &mut Cursor<'a>, &[u8]) -> Option<()>,
    ) -> Option<()> {
        let mut position = 0;
        elements(cursor, |cursor| {
            let first = self.pieces.len();
            let mut index = position;
            members(cursor, |cursor, name| {
                if name == b"index" {
                    index = number(cursor.value()?).unwrap_or(position);
                    return Some(());
                }
                each(self, cursor, name)
            })?;
            for piece in &mut self.pieces[first..] {
                match &mut piece.part {
                    Part::Tool(at) | Part::CustomTool(at) | Part::ReasoningDetail(at) => *at = index,
                    _ => {}
                }
            }
            position += 1;
            Some(())
        })
    }

    fn member(&mut self, cursor: &mut Cursor<'_>, wanted: &[u8], part: Part) -> Option<()> {
        members(
            cursor,
            |cursor, name| {
                if name == wanted { self.string(cursor, part) } else { cursor.value().map(drop) }
            },
        )
    }

    /// A string, or a list of content parts.
    fn string(&mut self, cursor: &mut Cursor<'_>, part: Part) -> Option<()> {
        match cursor.peek()? {
            b'"' => {
                let start = cursor.position();
                cursor.string()?;
                self.pieces.push(Piece { choice: 0, part, at: start..cursor.position() });
            }
            b'[' => cursor.array(|cursor| {
                members(cursor, |cursor, name| match name {
                    b"text" if cursor.peek()? == b'"' => self.string(cursor, part),
                    _ => cursor.value().map(drop),
                })
            })?,
            _ => drop(cursor.value()?),
        }
        Some(())
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
