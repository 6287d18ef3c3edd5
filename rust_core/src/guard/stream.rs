//! Stand-in until the engine comes: all is held.
#![allow(missing_docs, clippy::all, clippy::pedantic)]

use super::ruleset::Ruleset;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    Clean(&'a str),
    Found { rule: usize, text: &'a str },
    More { rule: usize, text: &'a str },
}

#[derive(Debug, Default)]
pub struct Stream(String);

impl Stream {
    pub fn new() -> Self { Self::default() }
    pub fn push(&mut self, _: &Ruleset, text: &str, _: impl FnMut(Segment<'_>)) { self.0.push_str(text) }
    pub fn finish(self, rules: &Ruleset, mut out: impl FnMut(Segment<'_>)) {
        let (mut findings, mut at) = (Vec::new(), 0);
        rules.scan(&self.0, &mut findings);
        for finding in findings {
            out(Segment::Clean(&self.0[at..finding.span.start]));
            let middle = if finding.span.len() < 4096 { finding.span.end } else { (finding.span.start + finding.span.end) / 2 };
            let middle = (middle..).find(|&at| self.0.is_char_boundary(at)).unwrap_or(middle);
            out(Segment::Found { rule: finding.rule, text: &self.0[finding.span.start..middle] });
            out(Segment::More { rule: finding.rule, text: &self.0[middle..finding.span.end] });
            at = finding.span.end;
        }
        out(Segment::Clean(&self.0[at..]));
    }
}
