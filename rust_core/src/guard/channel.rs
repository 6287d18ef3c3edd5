//! One text of an answer as it comes, in pieces of JSON strings: what may go on, written as it came but for what is
//! redacted, and what was masked put back.

use super::{
    escapes::{self, Kind, Reader, View},
    policy::{Action, Cover, Hit, Label, Policy, Set},
    request::Tally,
    ruleset::Ruleset,
    stream::{Segment, Stream},
    vault::{Found, Vault},
};

/// What goes with all texts of an answer.
#[derive(Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) set: Set,
    pub(crate) vault: &'a Vault,
}

/// A text as it comes. Places in `hits` are from the beginning of it, in `view` from what is held back.
#[derive(Debug)]
pub(crate) struct Channel {
    kind: Kind,
    reader: Reader,
    streams: Vec<Scan>,
    view: View,
    /// The written form of what is held back.
    raw: Vec<u8>,
    /// How much of the text is gone.
    gone: usize,
    /// What was found in what is held back.
    hits: Vec<Hit>,
}

/// The text as one guardrail reads it.
#[derive(Debug)]
struct Scan {
    guardrail: usize,
    stream: Option<Stream>,
    /// How much of the text it is done with.
    done: usize,
}

/// A part of a text that something else takes the place of.
struct Change<'a> {
    start: usize,
    end: usize,
    by: By<'a>,
}

enum By<'a> {
    Placeholder(&'a Cover),
    Value(&'a str),
}

impl Scan {
    fn new(guardrail: usize) -> Self {
        Self { guardrail, stream: Some(Stream::new()), done: 0 }
    }

    fn read(&mut self, rules: &Ruleset, new: &str, is_end: bool, hits: &mut Vec<Hit>) {
        let Self { guardrail, stream, done } = self;
        let mut note = |segment: Segment<'_>| {
            let (text, label) = match segment {
                Segment::Clean(text) => (text, None),
                Segment::Found { rule, text } => (text, Some(Label::Rule(rule))),
                Segment::More { rule, text } => (text, Some(Label::More(rule))),
            };
            hits.extend(label.map(|label| Hit::new(*done..*done + text.len(), *guardrail, label)));
            *done += text.len();
        };
        if let Some(stream) = stream {
            stream.push(rules, new, &mut note);
        }
        if let Some(stream) = stream.take_if(|_| is_end) {
            stream.finish(rules, &mut note);
        }
    }
}

impl Channel {
    pub(crate) fn new(kind: Kind, terms: &Terms<'_>) -> Self {
        Self {
            kind,
            reader: Reader::new(kind),
            streams: terms.policy.rulesets(terms.set).map(|(guardrail, _)| Scan::new(guardrail)).collect(),
            view: View::default(),
            raw: Vec::new(),
            gone: 0,
            hits: Vec::new(),
        }
    }

    /// A text that is all there, judged as a whole; [`Channel::finish`] gives it.
    pub(crate) fn whole(kind: Kind, raw: &[u8], terms: &Terms<'_>, tally: &mut Tally) -> Self {
        let mut hits = Vec::new();
        let view = View::of(raw, kind);
        terms.policy.scan(&view.text, terms.set, &mut hits);
        for hit in &hits {
            tally.add(terms.policy, hit, String::new);
        }
        Self { kind, reader: Reader::new(kind), streams: Vec::new(), view, raw: raw.to_vec(), gone: 0, hits }
    }

    /// Takes what comes next, as it is written; what may go on is appended to `out`. A guardrail that blocks is `Err`.
    pub(crate) fn push(
        &mut self,
        raw: &[u8],
        terms: &Terms<'_>,
        tally: &mut Tally,
        out: &mut Vec<u8>,
    ) -> Result<(), usize> {
        self.raw.extend_from_slice(raw);
        let known = self.view.text.len();
        self.reader.read(raw, &mut self.view);
        self.scan(known, false, terms, tally, out)
    }

    /// No more comes: the rest is appended to `out`.
    pub(crate) fn finish(&mut self, terms: &Terms<'_>, tally: &mut Tally, out: &mut Vec<u8>) -> Result<(), usize> {
        let known = self.view.text.len();
        self.reader.finish(&mut self.view);
        self.scan(known, true, terms, tally, out)
    }

    fn scan(
        &mut self,
        known: usize,
        is_end: bool,
        terms: &Terms<'_>,
        tally: &mut Tally,
        out: &mut Vec<u8>,
    ) -> Result<(), usize> {
        let mut settled = self.gone + self.view.text.len();
        let new = &self.view.text[known..];
        let before = self.hits.len();
        for scan in &mut self.streams {
            if let Some(rules) = terms.policy.ruleset(scan.guardrail) {
                scan.read(rules, new, is_end, &mut self.hits);
                settled = settled.min(scan.done);
            }
        }
        if self.hits.len() > before {
            for hit in &self.hits[before..] {
                tally.add(terms.policy, hit, String::new);
            }
            self.hits.sort_unstable();
        }
        self.release(settled.saturating_sub(self.gone), is_end, terms, out)
    }

    /// Lets go of the first `ready` bytes of what is held back, as far as nothing that is to be replaced is cut.
    fn release(&mut self, ready: usize, is_end: bool, terms: &Terms<'_>, out: &mut Vec<u8>) -> Result<(), usize> {
        let mut ready = ready.min(self.view.text.len());
        let covers: Vec<Cover> = if self.hits.is_empty() {
            Vec::new()
        } else {
            let mut covers = terms.policy.covers(&self.hits);
            for cover in &mut covers {
                cover.span = cover.span.start.saturating_sub(self.gone)..cover.span.end.saturating_sub(self.gone);
            }
            covers
        };
        let mut changes = Vec::new();
        for cover in &covers {
            if cover.span.end > ready {
                ready = ready.min(cover.span.start);
                break;
            }
            if cover.action == Action::Block {
                return Err(cover.guardrail);
            }
            self.view.parts(cover.span.clone(), self.kind, |part, inside| {
                changes.push((inside, Change { start: part.start, end: part.end, by: By::Placeholder(cover) }));
            });
        }
        if !terms.vault.is_empty() {
            ready = self.restore(ready, is_end, terms.vault, &mut changes);
        }
        self.write(ready, &changes, terms, out);
        Ok(())
    }

    /// Finds placeholders of the vault; returns how much is ready then.
    fn restore<'a>(
        &self,
        mut ready: usize,
        is_end: bool,
        vault: &'a Vault,
        changes: &mut Vec<(bool, Change<'a>)>,
    ) -> usize {
        let mut from = 0;
        let mut found = Vec::new();
        while from < ready {
            match vault.find(&self.view.text, from) {
                Found::At(start, end, value) if start < ready => {
                    from = end;
                    let next = changes.partition_point(|(_, change)| change.end <= start);
                    if changes.get(next).is_some_and(|(_, change)| change.start < end) {
                        continue;
                    }
                    if end > ready {
                        ready = start;
                        break;
                    }
                    let mut inside = true;
                    self.view.parts(start..end, self.kind, |_, is_inside| inside = is_inside);
                    found.push((inside, Change { start, end, by: By::Value(value) }));
                }
                Found::Begins(start) if !is_end => {
                    ready = ready.min(start);
                    break;
                }
                _ => break,
            }
        }
        changes.extend(found);
        changes.sort_unstable_by_key(|(_, change)| change.start);
        ready
    }

    fn write(&mut self, ready: usize, changes: &[(bool, Change<'_>)], terms: &Terms<'_>, out: &mut Vec<u8>) {
        let mut done = 0;
        for (inside, change) in changes.iter().filter(|(_, change)| change.end <= ready) {
            out.extend_from_slice(&self.raw[done..self.view.written_at(change.start)]);
            match change.by {
                By::Placeholder(Cover { label: Label::More(_), .. }) => {}
                By::Placeholder(cover) => {
                    escapes::write(out, &terms.policy.placeholder(cover), self.kind, *inside);
                }
                By::Value(value) => escapes::write(out, value, self.kind, *inside),
            }
            done = self.view.written_at(change.end);
        }
        let end = self.view.written_at(ready);
        out.extend_from_slice(&self.raw[done..end]);
        self.raw.drain(..end);
        self.view.forget(ready);
        self.gone += ready;
        let gone = self.gone;
        self.hits.retain(|hit| hit.end() > gone);
    }
}
