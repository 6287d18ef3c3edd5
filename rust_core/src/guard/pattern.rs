//! One compiled pattern: where it matches, and where it may yet match.

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::nfa::thompson::{NFA, WhichCaptures};
use regex_automata::util::primitives::{NonMaxUsize, PatternID};
use regex_automata::{Anchored, Input, meta};
use regex_syntax::hir::{Hir, HirKind};

use super::automata::{self, AHEAD, Forward, LARGEST, Prefixes, Run, START, cache_capacity, work};
use super::shape::{self, Bytes, Row};
use super::trigger::is_in_word;
use super::value::Value;

/// A match is looked for within this many bytes of the view. One that fills them is covered until it can go on no longer.
pub(super) const WINDOW: usize = 4096;

/// The largest automaton of one pattern, in bytes: as much as the `regex` crate allows. Built-in rules stay far below.
const SIZE: usize = 10 << 20;
/// The longest match of which it is worthwhile to look first whether it has all that it needs.
const NEARBY: usize = 512;
/// To find groups takes so many times as long as to read.
const GROUPS_COST: usize = 8;
/// What a table for groups may take.
const GROUPS_SIZE: usize = 512 << 10;

/// A pattern, ready to search. What only some texts need is built when one does.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) hir: Hir,
    pub(super) nfa: NFA,
    size: usize,
    /// Bytes of the longest match, [`WINDOW`] at most.
    pub(super) longest: usize,
    /// Whether a match could be longer than [`WINDOW`].
    endless: bool,
    /// What matches begin with.
    opening: Bytes,
    /// What no match is without.
    row: Option<Row>,
    /// Whether a match does not start within a word, that is, between letters and digits.
    pub(super) word_start: bool,
    /// Whether what is to be covered is less than the match.
    has_value: bool,
    /// The group `v` and what is behind it, if something can be in front.
    tail: Option<Hir>,
    forward: OnceLock<Option<Forward>>,
    value: OnceLock<Option<Value>>,
    anywhere: OnceLock<Result<Anywhere, String>>,
    prefixes: OnceLock<Option<Prefixes>>,
    tail_prefixes: OnceLock<Option<Prefixes>>,
}

/// What a place is to a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// No match starts here, whatever comes.
    Nothing,
    /// A match starts here, and will stay as it is.
    Decided,
    /// A match starts here, or may, and what comes may change it.
    Open,
    /// No match starts here yet.
    Begun,
}

/// What trying one start after the other came to.
#[derive(Debug)]
pub(super) enum Nearby {
    Found(Range<usize>),
    Nothing,
    /// It took too long: from here on it is better to try all at once.
    Tired(usize),
}

/// Searches from many places at once, and knows groups.
#[derive(Debug)]
struct Anywhere {
    regex: meta::Regex,
    /// The first slot of the group `v`.
    value: Option<usize>,
}

impl Pattern {
    /// Reads and bounds a pattern, or says what is wrong with it.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        Self::bounded(pattern, SIZE)
    }

    /// The same, with all that could still be wrong.
    pub(super) fn checked(pattern: &str) -> Result<Self, String> {
        let pattern = Self::bounded(pattern, SIZE)?;
        pattern.anywhere().map_err(Clone::clone)?;
        Ok(pattern)
    }

    /// The same, for a list of words.
    pub(super) fn of_words(pattern: &str) -> Result<Self, String> {
        let pattern = Self::bounded(pattern, LARGEST)?;
        pattern.anywhere().map_err(Clone::clone)?;
        Ok(pattern)
    }

    fn bounded(pattern: &str, size: usize) -> Result<Self, String> {
        let hir = regex_syntax::ParserBuilder::new()
            .utf8(false)
            .nest_limit(50)
            .build()
            .parse(pattern)
            .map_err(|error| reason(&error))?;
        match hir.properties().minimum_len() {
            None => return Err("it can never match".to_owned()),
            Some(0) => return Err("it matches the empty text".to_owned()),
            Some(shortest) if shortest > WINDOW => {
                return Err(format!("it matches nothing shorter than {WINDOW} bytes"));
            }
            Some(_) => {}
        }
        let longest = hir.properties().maximum_len().unwrap_or(usize::MAX);
        let is_value = matches!(hir.kind(), HirKind::Capture(capture) if capture.name.as_deref() == Some("v"));
        let nfa = automata::compile(&hir, size).ok_or_else(too_large)?;
        Ok(Self {
            opening: shape::opening(&nfa, 1).first().copied().unwrap_or_default(),
            nfa,
            size,
            longest: longest.min(WINDOW),
            endless: longest > WINDOW,
            row: Row::in_matches(&hir).filter(|_| longest <= NEARBY),
            word_start: false,
            has_value: has_value(&hir) && !is_value,
            tail: shape::split_at_value(&hir)
                .filter(|(head, _)| head.properties().maximum_len() != Some(0))
                .map(|(_, tail)| tail),
            hir,
            forward: OnceLock::new(),
            value: OnceLock::new(),
            anywhere: OnceLock::new(),
            prefixes: OnceLock::new(),
            tail_prefixes: OnceLock::new(),
        })
    }

    /// The match with the first start in `starts`, as it is if nothing more comes.
    pub(super) fn first(&self, bytes: &[u8], starts: Range<usize>) -> Option<Range<usize>> {
        match self.first_nearby(bytes, starts.clone(), &mut self.longest.clone()) {
            Nearby::Found(found) => Some(found),
            Nearby::Nothing => None,
            Nearby::Tired(at) => self.first_anywhere(bytes, at..starts.end),
        }
    }

    /// The same, by trying each start, until those that came to nothing have taken more than `effort` bytes.
    pub(super) fn first_nearby(&self, bytes: &[u8], starts: Range<usize>, effort: &mut usize) -> Nearby {
        for start in starts.start..starts.end.min(bytes.len()) {
            if !self.opening.has(bytes[start]) || self.word_start && is_in_word(bytes, start) {
                continue;
            }
            if *effort == 0 {
                return Nearby::Tired(start);
            }
            let Some(run) = self.run(bytes, start) else { return Nearby::Tired(start) };
            if let Some(end) = run.end {
                return Nearby::Found(start..end);
            }
            *effort = effort.saturating_sub(run.read + START);
        }
        Nearby::Nothing
    }

    /// The same, by trying all at once.
    pub(super) fn first_anywhere(&self, bytes: &[u8], mut starts: Range<usize>) -> Option<Range<usize>> {
        loop {
            let end = starts.end.saturating_add(self.longest).min(bytes.len());
            let input = Input::new(bytes).range(starts.start.min(end)..end);
            let found = self.anywhere().ok()?.regex.search(&input).map(|found| found.range());
            // Forwards to the end, and back to the start.
            work::add(
                found.as_ref().map_or(input.get_range().len(), |found| found.end - starts.start + found.len()) + START,
            );
            let found = found?;
            if found.start >= starts.end {
                return None;
            }
            // The window begins with the match, so it may end differently, or not be one.
            let end = if self.endless { self.end(bytes, found.start) } else { Some(found.end) };
            match end {
                Some(end) if !(self.word_start && is_in_word(bytes, found.start)) => return Some(found.start..end),
                _ => starts.start = found.start + 1,
            }
        }
    }

    /// Where the match that starts here ends.
    fn end(&self, bytes: &[u8], start: usize) -> Option<usize> {
        if let Some(run) = self.run(bytes, start) {
            return run.end;
        }
        let end = (start + WINDOW).min(bytes.len());
        let input = Input::new(bytes).range(start.min(end)..end).anchored(Anchored::Yes);
        Some(self.anywhere().ok()?.regex.search(&input)?.end())
    }

    /// What is known of the match that starts here.
    pub(super) fn outcome(&self, bytes: &[u8], start: usize) -> Outcome {
        match self.run(bytes, start) {
            Some(Run { end, is_open, .. }) => match (end, is_open) {
                (None, false) => Outcome::Nothing,
                (Some(_), false) => Outcome::Decided,
                (None, true) => Outcome::Begun,
                (Some(_), true) => Outcome::Open,
            },
            None if !self.depends_on_more(bytes, start) => Outcome::Decided,
            None => Outcome::Open,
        }
    }

    /// Whether what comes could change a match that starts here.
    pub(super) fn depends_on_more(&self, bytes: &[u8], start: usize) -> bool {
        bytes.len() < start.saturating_add(self.longest + AHEAD)
    }

    fn run(&self, bytes: &[u8], start: usize) -> Option<Run> {
        if !self.depends_on_more(bytes, start)
            && let Some(row) = &self.row
            && !row.is_in(&bytes[start..start + self.longest])
        {
            let read = self.longest / 4;
            work::add(read);
            return Some(Run { end: None, is_open: false, read });
        }
        self.forward.get_or_init(|| Forward::new(&self.nfa)).as_ref()?.run(bytes, start)
    }

    /// What is to be covered of a match.
    pub(super) fn value(&self, bytes: &[u8], found: &Range<usize>) -> Range<usize> {
        if !self.has_value {
            return found.clone();
        }
        let known = self.value.get_or_init(|| Value::new(&self.hir)).as_ref();
        let group = || {
            let anywhere = self.anywhere().ok()?;
            let slot = anywhere.value?;
            work::add(found.len() * GROUPS_COST);
            let mut slots: Vec<Option<NonMaxUsize>> = vec![None; slot + 2];
            anywhere.regex.search_slots(&Input::new(bytes).range(found.clone()).anchored(Anchored::Yes), &mut slots);
            Some(slots.get(slot).copied()??.get()..slots.get(slot + 1).copied()??.get())
        };
        known.and_then(|known| known.of(bytes, found)).or_else(group).unwrap_or_else(|| found.clone())
    }

    /// Whether a match could go on behind the window.
    pub(super) fn fills_window(&self, found: &Range<usize>) -> bool {
        self.endless && found.len() + 4 > WINDOW
    }

    /// The group `v` and what is behind it, if something can be in front.
    pub(super) fn tail(&self) -> Option<&Hir> {
        self.tail.as_ref()
    }

    /// The first start from which the bytes up to the end could be the beginning of a match; the length if there is none.
    pub(super) fn first_open(&self, bytes: &[u8], from: usize) -> usize {
        self.first_open_of(&self.prefixes, &self.hir, bytes, from)
    }

    /// The first place at which what is to be covered could begin, in a match that starts at `from` or later and is not
    /// complete.
    pub(super) fn first_open_value(&self, bytes: &[u8], from: usize) -> usize {
        self.tail.as_ref().map_or(from, |tail| self.first_open_of(&self.tail_prefixes, tail, bytes, from))
    }

    fn first_open_of(&self, prefixes: &OnceLock<Option<Prefixes>>, hir: &Hir, bytes: &[u8], from: usize) -> usize {
        let from = from.max(bytes.len().saturating_sub(self.longest + AHEAD));
        if from >= bytes.len() {
            return bytes.len();
        }
        prefixes.get_or_init(|| Prefixes::new(hir)).as_ref().map_or(from, |prefixes| prefixes.first(bytes, from))
    }

    fn anywhere(&self) -> Result<&Anywhere, &String> {
        self.anywhere.get_or_init(|| Anywhere::new(&self.hir, self.nfa.states().len(), self.size)).as_ref()
    }
}

impl Anywhere {
    fn new(hir: &Hir, states: usize, size: usize) -> Result<Self, String> {
        let captures = if has_value(hir) { WhichCaptures::All } else { WhichCaptures::Implicit };
        let config = meta::Config::new()
            .utf8_empty(false)
            .nfa_size_limit(Some(size))
            .onepass_size_limit(Some(GROUPS_SIZE))
            .hybrid_cache_capacity(cache_capacity(states))
            .which_captures(captures)
            .auto_prefilter(false);
        let regex = meta::Builder::new()
            .configure(config)
            .build_from_hir(hir)
            .map_err(|error| error.size_limit().map_or_else(|| error.to_string(), |_| too_large()))?;
        let value = regex.group_info().to_index(PatternID::ZERO, "v").map(|group| group * 2);
        Ok(Self { regex, value })
    }
}

fn has_value(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Capture(capture) => capture.name.as_deref() == Some("v") || has_value(&capture.sub),
        HirKind::Repetition(repetition) => has_value(&repetition.sub),
        HirKind::Concat(subs) | HirKind::Alternation(subs) => subs.iter().any(has_value),
        _ => false,
    }
}

fn too_large() -> String {
    "it is too large when compiled: use fewer or smaller counted repetitions".to_owned()
}

fn reason(error: &regex_syntax::Error) -> String {
    let (what, span) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span()),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span()),
        _ => return error.to_string(),
    };
    format!("{what} (at character {})", span.start.offset)
}
