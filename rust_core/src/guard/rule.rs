//! A rule: what it looks for, and how what it found is checked.
//!
//! Rules match a *view* of the text, not the text: NFKC, without zero-width characters, soft hyphens and tags, with plain
//! dashes and spaces, `[at]` and `[dot]` undone. The engine keeps the map back to the text.
//!
//! So that the same rule works on a stream that is cut anywhere, whether there is a match is decided by the match itself,
//! at most [`BEFORE`] bytes of the view before it and one character behind it; nothing else.

use std::ops::Range;

/// Bytes of the view in front of a match that a check may look at.
pub const BEFORE: usize = 64;

/// One thing that a detector looks for.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Unique, in kebab case: `github-pat`. It is what logs and findings say.
    pub id: &'static str,
    /// What the value is, as placeholders say it: `EMAIL` gives `[EMAIL_REDACTED]`.
    pub entity: &'static str,
    /// In lower case ASCII, at least three bytes each. The rule is tried where one of them occurs, in any case, in the
    /// match or at most [`BEFORE`] bytes before it. None: the pattern itself must be cheap everywhere, and does
    /// not start within a word, between two ASCII letters or digits.
    pub keywords: &'static [&'static str],
    /// In the syntax of the `regex` crate, over bytes, without look-around and with bounded repeats: the longest match has
    /// at most 4 KiB, or no end: one that fills 4 KiB is covered as far as it can go on, which is read by trying all ways at
    /// once, so there should be few. What is to be covered is the group `v`, or the whole match if there is none.
    pub pattern: &'static str,
    /// Whether what the pattern found is one. Linear in the match, no allocation in the common case.
    pub check: fn(&Candidate<'_>) -> bool,
    /// Whether it is on when its detector is, without being named.
    pub core: bool,
}

/// A value of any length with a beginning and an end, such as a private key. From where its beginning matches, everything is
/// covered up to where the end matches, or up to the end of the text.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// What begins it.
    pub begin: Rule,
    /// What ends it, in the syntax of a rule's pattern.
    pub until: &'static str,
}

/// What a pattern found.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    view: &'a str,
    matched: Range<usize>,
    value: Range<usize>,
}

impl<'a> Candidate<'a> {
    /// A match and the value in it, as places in a view.
    pub fn new(view: &'a str, matched: Range<usize>, value: Range<usize>) -> Self {
        Self { view, matched, value }
    }

    /// What would be covered.
    pub fn value(&self) -> &'a str {
        &self.view[self.value.clone()]
    }

    /// The whole match.
    pub fn matched(&self) -> &'a str {
        &self.view[self.matched.clone()]
    }

    /// What stands before the value: at most [`BEFORE`] bytes before the match, and the match up to the value.
    pub fn before(&self) -> &'a str {
        let start = self.matched.start.saturating_sub(BEFORE);
        let start = (start..=self.matched.start).find(|&at| self.view.is_char_boundary(at)).unwrap_or(start);
        &self.view[start..self.value.start]
    }

    /// The character behind the match.
    pub fn after(&self) -> Option<char> {
        self.view[self.matched.end..].chars().next()
    }
}

/// For rules whose pattern says it all.
pub fn always(_: &Candidate<'_>) -> bool {
    true
}
