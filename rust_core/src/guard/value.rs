//! What of a match is to be covered, told without trying every way in which it could have come about.

use regex_automata::nfa::thompson::NFA;
use regex_syntax::hir::{Hir, HirKind};
use std::ops::Range;

use super::automata::{Ends, Forward, LARGEST, compile};
use super::shape::split_at_value;

/// A pattern of which the group `v` stands for itself, and what may be behind it may as well not be: so the value is what the
/// group would match alone, where it begins.
#[derive(Debug)]
pub(super) struct Value {
    /// What is in front of it, if there is anything.
    head: Option<Ends>,
    group: Forward,
    ends_match: bool,
}

impl Value {
    /// None if the pattern is of another kind.
    pub(super) fn new(hir: &Hir) -> Option<Self> {
        if !hir.properties().look_set().is_empty() {
            return None;
        }
        let (head, tail) = split_at_value(hir)?;
        let (value, behind) = match tail.kind() {
            HirKind::Concat(items) => (items.first()?.clone(), items.get(1..)?),
            _ => (tail.clone(), &[][..]),
        };
        let is_group = matches!(value.kind(), HirKind::Capture(group) if group.name.as_deref() == Some("v"));
        if !is_group || behind.iter().any(|behind| behind.properties().minimum_len() != Some(0)) {
            return None;
        }
        let nfa: NFA = compile(&value, LARGEST)?;
        Some(Self {
            head: if head.properties().maximum_len() == Some(0) { None } else { Some(Ends::new(&head)?) },
            group: Forward::new(&nfa)?,
            ends_match: behind.is_empty(),
        })
    }

    /// The value of a match. None if it could be one of several.
    pub(super) fn of(&self, bytes: &[u8], found: &Range<usize>) -> Option<Range<usize>> {
        let bytes = bytes.get(..found.end)?;
        let end = |start: usize| Some(self.group.run(bytes, start)?.end);
        let Some(head) = &self.head else { return Some(found.start..end(found.start)??) };
        let mut only = None;
        let mut is_certain = true;
        head.each(bytes, found.start, |start| {
            match end(start) {
                Some(None) => {}
                Some(Some(end)) if self.ends_match && end != found.end => {}
                Some(Some(end)) if only.is_none() => only = Some(start..end),
                _ => is_certain = false,
            }
            is_certain
        })?;
        only.filter(|_| is_certain)
    }
}
