//! One compiled pattern: where it matches, where it may yet match, and what gives it away.

use std::ops::Range;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::OnceLock;

use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_automata::util::primitives::{NonMaxUsize, PatternID};
use regex_automata::{Anchored, Input, MatchKind, meta};
use regex_syntax::hir::Hir;

use super::shape;

/// A match is looked for within this many bytes of the view. One that fills them is covered until it can go on no longer.
pub(super) const WINDOW: usize = 4096;

/// The largest automaton of one pattern, in bytes: as much as the `regex` crate allows. Built-in rules stay far below.
const SIZE: usize = 10 << 20;
/// The same for a list of words.
const WORDS_SIZE: usize = 32 << 20;
/// What the lazily built tables of one pattern may take, in each thread that scans, and for each state that is too few.
const CACHE: usize = 512 << 10;
const CACHE_OF_STATE: usize = 128;

/// A pattern, ready to search.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: meta::Regex,
    /// The first slot of the group `v`.
    value: Option<usize>,
    /// Bytes of the longest match, [`WINDOW`] at most.
    pub(super) longest: usize,
    /// Whether a match could be longer than [`WINDOW`].
    endless: bool,
    pub(super) hir: Hir,
    prefix: OnceLock<Option<Prefix>>,
    /// The group `v` and what is behind it, if it does not begin with the match.
    tail: Option<Hir>,
    tail_prefix: OnceLock<Option<Prefix>>,
    forward: OnceLock<Option<Forward>>,
    nfa: OnceLock<Option<NFA>>,
}

impl Pattern {
    /// Compiles, or says why not.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        Self::bounded(pattern, SIZE)
    }

    /// Compiles a list of words.
    pub(super) fn of_words(pattern: &str) -> Result<Self, String> {
        Self::bounded(pattern, WORDS_SIZE)
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
        let too_large = || "it is too large when compiled: use fewer or smaller counted repetitions".to_owned();
        let states = compile(&hir, false, size).ok_or_else(too_large)?.states().len();
        let captures = if has_value(&hir) { WhichCaptures::All } else { WhichCaptures::Implicit };
        let regex = meta::Builder::new()
            .configure(
                meta::Config::new()
                    .utf8_empty(false)
                    .nfa_size_limit(Some(size))
                    .onepass_size_limit(Some(CACHE))
                    .hybrid_cache_capacity(cache_capacity(states))
                    .which_captures(captures)
                    .auto_prefilter(false),
            )
            .build_from_hir(&hir)
            .map_err(|error| error.size_limit().map_or_else(|| error.to_string(), |_| too_large()))?;
        let longest = hir.properties().maximum_len().unwrap_or(usize::MAX);
        let value = regex.group_info().to_index(PatternID::ZERO, "v").map(|group| group * 2);
        Ok(Self {
            regex,
            value,
            longest: longest.min(WINDOW),
            endless: longest > WINDOW,
            tail: shape::split_at_value(&hir)
                .filter(|(head, _)| head.properties().maximum_len() != Some(0))
                .map(|(_, tail)| tail),
            hir,
            prefix: OnceLock::new(),
            tail_prefix: OnceLock::new(),
            forward: OnceLock::new(),
            nfa: OnceLock::new(),
        })
    }

    /// The match with the first start in `starts`, as it is when no more of `bytes` comes or none that matters to it.
    pub(super) fn first(&self, bytes: &[u8], mut starts: Range<usize>) -> Option<Range<usize>> {
        while starts.start + 1 < starts.end {
            let end = (starts.end.saturating_add(self.longest)).min(bytes.len());
            let found = self.regex.search(&Input::new(bytes).range(starts.start.min(end)..end))?.range();
            if found.start >= starts.end {
                return None;
            }
            if !self.endless {
                return Some(found);
            }
            // The window begins with the match, so it may end differently, or not be one.
            if let Some(found) = self.at(bytes, found.start) {
                return Some(found);
            }
            starts.start = found.start + 1;
        }
        (starts.start < starts.end).then(|| self.at(bytes, starts.start))?
    }

    /// The match that starts here.
    fn at(&self, bytes: &[u8], start: usize) -> Option<Range<usize>> {
        self.regex.search(&anchored(bytes, start)).map(|found| found.range())
    }

    /// What is to be covered of a match.
    pub(super) fn value(&self, bytes: &[u8], found: &Range<usize>) -> Range<usize> {
        let Some(slot) = self.value else { return found.clone() };
        let mut slots: Vec<Option<NonMaxUsize>> = vec![None; slot + 2];
        self.regex.search_slots(&anchored(bytes, found.start), &mut slots);
        match slots[slot..] {
            [Some(start), Some(end)] => start.get()..end.get(),
            _ => found.clone(),
        }
    }

    /// Whether a match could go on behind the window.
    pub(super) fn fills_window(&self, found: &Range<usize>) -> bool {
        self.endless && found.len() + 4 > WINDOW
    }

    /// What a match goes on with behind the window.
    pub(super) fn nfa(&self) -> Option<&NFA> {
        self.nfa.get_or_init(|| forward_nfa(&self.hir)).as_ref()
    }

    /// The group `v` and what is behind it, if something can be in front.
    pub(super) fn tail(&self) -> Option<&Hir> {
        self.tail.as_ref()
    }

    /// The first start from which the bytes up to the end could be the beginning of a match; the length if there is none.
    pub(super) fn first_open(&self, bytes: &[u8], from: usize) -> usize {
        first_open(&self.prefix, &self.hir, bytes, from)
    }

    /// The first place at which what is to be covered could begin, in a match that starts at `from` and of which none is
    /// complete.
    pub(super) fn first_open_value(&self, bytes: &[u8], from: usize) -> usize {
        self.tail.as_ref().map_or(from, |tail| first_open(&self.tail_prefix, tail, bytes, from))
    }

    /// What is known of the match that starts here.
    pub(super) fn outcome(&self, bytes: &[u8], start: usize) -> Outcome {
        if bytes.len() >= start + WINDOW + 4 {
            return Outcome::Decided;
        }
        self.forward
            .get_or_init(|| Forward::new(&self.hir))
            .as_ref()
            .map_or(Outcome::Open, |forward| forward.outcome(bytes, start).unwrap_or(Outcome::Open))
    }
}

/// What the bytes up to the end say about the match that starts at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There is none, whatever comes.
    Nothing,
    /// There is one, and it will stay as it is.
    Decided,
    /// There is one, or may be, and it may change.
    Open,
    /// There is none yet.
    Begun,
}

/// Matches from a place on, byte by byte.
#[derive(Debug)]
struct Forward {
    dfa: DFA,
    caches: Pool<Cache, NewCache>,
}

impl Forward {
    fn new(hir: &Hir) -> Option<Self> {
        let nfa = compile(hir, false, WORDS_SIZE)?;
        let (dfa, caches) = lazy(nfa, DFA::config().unicode_word_boundary(true))?;
        Some(Self { dfa, caches })
    }

    fn outcome(&self, bytes: &[u8], start: usize) -> Option<Outcome> {
        let mut cache = self.caches.get();
        let input = Input::new(bytes).range(start..).anchored(Anchored::Yes);
        let mut state = self.dfa.start_state_forward(&mut cache, &input).ok()?;
        let mut matched = false;
        for byte in &bytes[start..] {
            state = self.dfa.next_state(&mut cache, state, *byte).ok()?;
            if state.is_tagged() {
                if state.is_dead() {
                    return Some(if matched { Outcome::Decided } else { Outcome::Nothing });
                }
                if state.is_quit() {
                    return None;
                }
                matched |= state.is_match();
            }
        }
        // A match that ends here shows with the next byte.
        let ends_here = self.dfa.next_eoi_state(&mut cache, state).ok()?.is_match();
        Some(if matched || ends_here { Outcome::Open } else { Outcome::Begun })
    }
}

/// An automaton that is built as it is used.
fn lazy(nfa: NFA, config: Config) -> Option<(DFA, Pool<Cache, NewCache>)> {
    let config = config
        .cache_capacity(cache_capacity(nfa.states().len()))
        .skip_cache_capacity_check(true)
        .minimum_cache_clear_count(Some(3))
        .minimum_bytes_per_state(Some(10));
    let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
    let template = dfa.clone();
    Some((dfa, Pool::new(Box::new(move || template.create_cache()))))
}

fn first_open(prefix: &OnceLock<Option<Prefix>>, hir: &Hir, bytes: &[u8], from: usize) -> usize {
    let from = from.max(bytes.len().saturating_sub(WINDOW + 4));
    if from >= bytes.len() {
        return bytes.len();
    }
    prefix.get_or_init(|| Prefix::new(hir)).as_ref().map_or(from, |prefix| prefix.first(bytes, from))
}

fn anchored(bytes: &[u8], start: usize) -> Input<'_> {
    let end = (start + WINDOW).min(bytes.len());
    Input::new(bytes).range(start.min(end)..end).anchored(Anchored::Yes)
}

fn has_value(hir: &Hir) -> bool {
    use regex_syntax::hir::HirKind;
    match hir.kind() {
        HirKind::Capture(capture) => capture.name.as_deref() == Some("v") || has_value(&capture.sub),
        HirKind::Repetition(repetition) => has_value(&repetition.sub),
        HirKind::Concat(subs) | HirKind::Alternation(subs) => subs.iter().any(has_value),
        _ => false,
    }
}

fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => format!("{} (at character {})", error.kind(), error.span().start.offset),
        regex_syntax::Error::Translate(error) => {
            format!("{} (at character {})", error.kind(), error.span().start.offset)
        }
        _ => error.to_string(),
    }
}

/// The automaton of an expression, for those that walk it state by state.
pub(super) fn forward_nfa(hir: &Hir) -> Option<NFA> {
    compile(hir, false, WORDS_SIZE)
}

fn compile(hir: &Hir, reverse: bool, size: usize) -> Option<NFA> {
    let config = thompson::Config::new().utf8(false).which_captures(WhichCaptures::None).nfa_size_limit(Some(size));
    thompson::Compiler::new().configure(config.reverse(reverse)).build_from_hir(hir).ok()
}

/// Enough for a few of the largest states, or no tables are built at all.
fn cache_capacity(states: usize) -> usize {
    CACHE.max(states * CACHE_OF_STATE)
}

/// All beginnings of all matches, read backwards.
#[derive(Debug)]
struct Prefix {
    dfa: DFA,
    caches: Pool<Cache, NewCache>,
}

type NewCache = Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>;

impl Prefix {
    fn new(hir: &Hir) -> Option<Self> {
        let nfa = compile(&shape::prefixes(hir), true, WORDS_SIZE)?;
        let (dfa, caches) = lazy(nfa, DFA::config().match_kind(MatchKind::All))?;
        Some(Self { dfa, caches })
    }

    fn first(&self, bytes: &[u8], from: usize) -> usize {
        let input = Input::new(bytes).range(from..bytes.len()).anchored(Anchored::Yes);
        match self.dfa.try_search_rev(&mut self.caches.get(), &input) {
            Ok(found) => found.map_or(bytes.len(), |found| found.offset()),
            Err(_) => from,
        }
    }
}
