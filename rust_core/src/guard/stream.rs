//! A text as it comes: what was found in it, and all of it that no rule can still match across.

use std::ops::Range;

use super::rule::BEFORE;
use super::ruleset::{Ruleset, order};
use super::search::{Certain, Found, Search};
use super::trigger::Progress;
use super::view::{Growing, floor};

/// A value that is longer than this goes on before its end has come.
const HELD: usize = 4096;

/// When so much of the view is undecided, it is only looked at again when an eighth more has come.
const PATIENT: usize = 128;

/// Bytes that are kept of what has gone on, beyond what checks look at, before they are forgotten together.
const SLACK: usize = 192;

/// A part of the text, in order. All parts together are the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// Nothing was found here.
    Clean(&'a str),
    /// A value, or the first of it.
    Found {
        /// The rule's place among those of the [`Ruleset`].
        rule: usize,
        /// The value.
        text: &'a str,
    },
    /// More of the value that came last, which was too long to be held.
    More {
        /// The rule's place among those of the [`Ruleset`].
        rule: usize,
        /// More of the value.
        text: &'a str,
    },
}

impl<'a> Segment<'a> {
    /// The part of the text.
    pub fn text(self) -> &'a str {
        match self {
            Self::Clean(text) | Self::Found { text, .. } | Self::More { text, .. } => text,
        }
    }
}

/// One text, in parts. It finds what [`Ruleset::scan`] finds in the whole, however it is cut.
///
/// Text is held as long as more of it could make a match of it, and that is at most about 4 KiB: a rule looks that far, and
/// a value that is longer is given out in pieces.
#[derive(Debug, Default)]
pub struct Stream {
    /// What has not been given out, and a little that has.
    text: String,
    view: Growing,
    /// How much of the text has been given out.
    out: usize,
    /// How much of the view has been read.
    read: usize,
    progress: Progress,
    search: Search,
    /// Before this place in the view everything is decided.
    decided: usize,
    /// How long the view has to be before it is looked at again.
    again: usize,
    /// Values that have not been given out, as places in the text.
    found: Vec<Found>,
    /// The rule of the value that is being given out in pieces, and how far it reaches for sure.
    long: Option<(u32, usize)>,
}

impl Stream {
    /// A text that begins.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes are held.
    pub fn held(&self) -> usize {
        self.text.len() - self.out
    }

    /// More of the text: gives out what is certain. It must be the same rules each time.
    pub fn push(&mut self, rules: &Ruleset, text: &str, mut out: impl FnMut(Segment<'_>)) {
        self.text.push_str(text);
        self.view.push(text);
        self.scan(rules, &mut out);
        self.forget();
    }

    /// The text is over: gives out the rest.
    pub fn finish(mut self, rules: &Ruleset, mut out: impl FnMut(Segment<'_>)) {
        self.view.finish();
        let view = self.view.settled();
        rules.read(&mut self.progress, view, self.read, &mut self.search);
        let mut found = Vec::new();
        self.search.finish(rules, view, &mut found);
        self.found.extend(found.into_iter().map(|(rule, span)| (rule, self.view.source(span))));
        self.release(self.text.len(), &mut out);
    }

    fn scan(&mut self, rules: &Ruleset, out: &mut impl FnMut(Segment<'_>)) {
        let view = self.view.settled();
        rules.read(&mut self.progress, view, self.read, &mut self.search);
        self.read = view.len();
        if view.len() < self.again {
            return;
        }
        let open = rules.triggers().open(self.progress, view.as_bytes());
        let [decided, value] = [open.matched, open.value].map(|open| view.len().saturating_sub(open));
        let mut certain = Certain { decided, clean: value };
        if !self.search.is_idle() {
            let mut found = Vec::new();
            certain = self.search.advance(rules, view, Some(open), &mut found);
            self.found.extend(found.into_iter().map(|(rule, span)| (rule, self.view.source(span))));
        }
        self.decided = floor(view, certain.decided).max(self.decided);
        self.search.decide(self.decided);
        let clean = floor(view, certain.clean.min(value));
        let held = view.len() - clean;
        self.again = if held < PATIENT { 0 } else { view.len() + held / 8 };
        self.release(self.view.source_start(clean), out);
    }

    /// Gives out what is in front of `certain`, but for values that are not known to have ended.
    fn release(&mut self, certain: usize, out: &mut impl FnMut(Segment<'_>)) {
        if self.found.is_empty() && self.search.running().is_empty() && self.long.is_none() {
            return self.give(certain, None, out);
        }
        let mut values = std::mem::take(&mut self.found);
        let running = self.search.running().iter();
        values.extend(running.map(|value| (value.rule, self.view.source_start(value.start)..usize::MAX)));
        values.sort_by_key(order);
        let mut rest = values.as_slice();
        loop {
            let (value, is_first) = match (self.long.take(), rest) {
                (Some((rule, end)), _) => ((rule, self.out..end.max(self.out)), false),
                (None, [first, ..]) => (first.clone(), true),
                (None, []) => {
                    self.give(certain, None, out);
                    break;
                }
            };
            let (rule, Range { start, mut end }) = value;
            let overlapping = rest.iter().take_while(|(_, other)| {
                let overlaps = other.start < end;
                end = if overlaps { end.max(other.end) } else { end };
                overlaps
            });
            let (overlapping, behind) = rest.split_at(overlapping.count());
            if is_first {
                self.give(start.min(certain), None, out);
                if end > certain && certain.saturating_sub(start) < HELD {
                    break;
                }
            }
            self.give(end.min(certain), Some((rule, is_first)), out);
            rest = behind;
            if end > certain {
                let known = overlapping.iter().map(|(_, other)| other.end).filter(|end| *end < usize::MAX).max();
                self.long = Some((rule, known.unwrap_or(certain).max(certain)));
                break;
            }
        }
        self.found = rest.iter().filter(|(_, value)| value.end < usize::MAX).cloned().collect();
    }

    /// Gives out the text up to `end`: nothing, the first of a value of a rule, or more of it.
    fn give(&mut self, end: usize, value: Option<(u32, bool)>, out: &mut impl FnMut(Segment<'_>)) {
        let Some(text) = self.text.get(self.out..end).filter(|text| !text.is_empty()) else { return };
        out(match value {
            None => Segment::Clean(text),
            Some((rule, true)) => Segment::Found { rule: rule as usize, text },
            Some((rule, false)) => Segment::More { rule: rule as usize, text },
        });
        self.out = end;
    }

    /// Forgets what no rule and no check looks at any more.
    fn forget(&mut self) {
        let cut = floor(self.view.settled(), self.decided.saturating_sub(BEFORE + 4));
        if cut < SLACK || self.out < self.view.source_start(self.decided) {
            return;
        }
        let (view, text) = self.view.forget(cut);
        self.decided -= view;
        self.read -= view;
        self.again = self.again.saturating_sub(view);
        self.search.rebase(view);
        self.text.drain(..text);
        self.out -= text;
        for (_, value) in &mut self.found {
            value.start = value.start.saturating_sub(text);
            value.end = value.end.saturating_sub(text);
        }
        if let Some((_, end)) = &mut self.long {
            *end = end.saturating_sub(text);
        }
    }
}
