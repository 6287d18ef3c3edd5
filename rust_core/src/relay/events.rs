//! What happens to the events of a stream on their way to the client.
//!
//! Every event passes byte for byte, but for three rules:
//! 1. an event without `data` loses its `event`, `id` and `retry` lines, and goes altogether if nothing else is in it:
//!    the `OpenAI` clients take such an event for a broken one;
//! 2. after `[DONE]` nothing passes;
//! 3. where the gateway asked for the usage and the client did not, the chunk that brings it is swallowed, and the
//!    `usage` member of every other chunk is cut out.

use std::ops::Range;

use super::{chunk::Chunk, text::Delivered};
use crate::{
    sse::{self, Kind, Piece, Splitter, TooLong},
    usage::Usage,
};

#[derive(Debug)]
pub(super) struct Events {
    splitter: Splitter,
    pub(super) rules: Rules,
}

/// The rules, and what the events told on their way.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with its name")]
pub(super) struct Rules {
    strip_usage: bool,
    pub(super) done: bool,
    pub(super) error: bool,
    /// Events with data that went to the client, `[DONE]` not among them.
    pub(super) passed: u64,
    pub(super) usage: Option<Usage>,
    pub(super) text: Delivered,
    /// Whether the last event went to the client: then the rest of its line ending does.
    last_passed: bool,
    /// What to take out of the event at hand.
    cuts: Vec<Range<usize>>,
}

impl Events {
    pub(super) fn new(max_event: usize, strip_usage: bool) -> Self {
        Self { splitter: Splitter::new(max_event), rules: Rules { strip_usage, ..Rules::default() } }
    }

    /// Takes what was decoded; what the client is to get is appended to `out`.
    pub(super) fn feed(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), TooLong> {
        let Self { splitter, rules } = self;
        splitter.feed(data, |piece| match piece {
            Piece::Event(event) => rules.event(event, out),
            Piece::LineFeed if rules.last_passed => out.push(b'\n'),
            Piece::LineFeed => {}
        })
    }

    /// The stream has ended well: a last event without its blank line passes like any other.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        let last = self.splitter.take_held();
        if !last.is_empty() {
            self.rules.event(&last, out);
        }
    }

    /// The stream has ended and nothing says whether well: it has if `[DONE]` came, if only without its blank line.
    pub(super) fn finish_unframed(&mut self, out: &mut Vec<u8>) -> bool {
        let last = self.splitter.take_held();
        if sse::lines(&last).any(|line| line.kind == Kind::Data && is_done(&last[line.value])) {
            self.rules.event(&last, out);
        }
        self.rules.done
    }
}

fn is_done(payload: &[u8]) -> bool {
    payload.starts_with(b"[DONE]")
}

impl Rules {
    fn event(&mut self, event: &[u8], out: &mut Vec<u8>) {
        self.cuts.clear();
        self.last_passed = !self.done && self.is_wanted(event);
        if !self.last_passed {
            return;
        }
        let mut kept = 0;
        for cut in &self.cuts {
            out.extend_from_slice(&event[kept..cut.start]);
            kept = cut.end;
        }
        out.extend_from_slice(&event[kept..]);
        self.cuts.shrink_to(4);
    }

    /// Whether the event passes, without the places in `cuts`.
    fn is_wanted(&mut self, event: &[u8]) -> bool {
        let mut lines = sse::lines(event).filter(|line| line.kind == Kind::Data);
        match (lines.next(), lines.next()) {
            (None, _) => self.without_data(event),
            (Some(line), None) => {
                let wanted = self.data(&event[line.value.clone()]);
                for cut in &mut self.cuts {
                    *cut = line.value.start + cut.start..line.value.start + cut.end;
                }
                wanted
            }
            _ => self.joined_data(event),
        }
    }

    fn without_data(&mut self, event: &[u8]) -> bool {
        let mut has_more = false;
        for line in sse::lines(event) {
            match line.kind {
                Kind::Control => self.cuts.push(line.whole),
                Kind::Blank => {}
                _ => has_more = true,
            }
        }
        has_more || self.cuts.is_empty()
    }

    /// An event with several `data` lines: its data is their values, joined by LF.
    fn joined_data(&mut self, event: &[u8]) -> bool {
        let (mut joined, mut values) = (Vec::with_capacity(event.len()), Vec::new());
        for line in sse::lines(event).filter(|line| line.kind == Kind::Data) {
            if !values.is_empty() {
                joined.push(b'\n');
            }
            values.push((joined.len(), line.value.clone()));
            joined.extend_from_slice(&event[line.value]);
        }
        let wanted = self.data(&joined);
        self.cuts = place(&self.cuts, &values);
        wanted
    }

    fn data(&mut self, data: &[u8]) -> bool {
        if is_done(data) {
            self.done = true;
            return true;
        }
        let Self { text, cuts, .. } = self;
        let chunk = text.append(|text| Chunk::read(data, text, cuts)).unwrap_or_else(|| {
            cuts.clear();
            Chunk::default()
        });
        self.usage = chunk.usage.or(self.usage);
        self.error |= chunk.is_error;
        if !self.strip_usage {
            self.cuts.clear();
        }
        let wanted = !(self.strip_usage && chunk.is_usage_only);
        self.passed += u64::from(wanted);
        wanted
    }
}

/// Where `cuts` of joined data are in the event. `values` are its parts: where each begins in the joined data, and
/// its place in the event. Both ascend, so both are gone through once.
fn place(cuts: &[Range<usize>], values: &[(usize, Range<usize>)]) -> Vec<Range<usize>> {
    let mut placed = Vec::new();
    let mut values = values.iter().peekable();
    for cut in cuts {
        while let Some((begin, value)) = values.peek() {
            let (from, to) = (cut.start.max(*begin), cut.end.min(begin + value.len()));
            if from < to {
                placed.push(value.start + (from - begin)..value.start + (to - begin));
            }
            if cut.end <= begin + value.len() {
                break;
            }
            values.next();
        }
    }
    placed
}
