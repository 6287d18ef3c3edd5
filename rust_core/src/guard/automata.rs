//! Automata that are built as they are used: what matches from a place on, and from where on something may yet match.

use std::panic::{RefUnwindSafe, UnwindSafe};

use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::Hir;

use super::pattern::WINDOW;
use super::shape;

/// The largest automaton for a list of words, in bytes, and so for anything.
pub(super) const LARGEST: usize = 32 << 20;
/// What the tables of one automaton may take, in each thread that scans, and for each state that is too few.
const CACHE: usize = 512 << 10;
const CACHE_OF_STATE: usize = 128;

/// Compiles an expression, if it is not too large.
pub(super) fn compile(hir: &Hir, size: usize) -> Option<NFA> {
    compile_with(hir, thompson::Config::new().nfa_size_limit(Some(size)))
}

fn compile_with(hir: &Hir, config: thompson::Config) -> Option<NFA> {
    let config = config.utf8(false).which_captures(WhichCaptures::None);
    thompson::Compiler::new().configure(config).build_from_hir(hir).ok()
}

/// Enough for a few of the largest states, or no tables are built at all.
pub(super) fn cache_capacity(states: usize) -> usize {
    CACHE.max(states * CACHE_OF_STATE)
}

#[derive(Debug)]
struct Lazy {
    dfa: DFA,
    caches: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>>,
}

impl Lazy {
    fn new(nfa: NFA, config: Config) -> Option<Self> {
        let config = config
            .cache_capacity(cache_capacity(nfa.states().len()))
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(3))
            .minimum_bytes_per_state(Some(10));
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
        let template = dfa.clone();
        Some(Self { dfa, caches: Pool::new(Box::new(move || template.create_cache())) })
    }
}

/// What matches from a place on.
#[derive(Debug)]
pub(super) struct Forward(Lazy);

/// What is known of the match that starts at a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Where it ends if nothing more comes.
    pub(super) end: Option<usize>,
    /// Whether it depends on what comes.
    pub(super) is_open: bool,
    /// How many bytes it took to know.
    pub(super) read: usize,
}

impl Forward {
    pub(super) fn new(nfa: &NFA) -> Option<Self> {
        Lazy::new(nfa.clone(), DFA::config().unicode_word_boundary(true)).map(Self)
    }

    /// The match that starts here. None if this automaton cannot tell.
    pub(super) fn run(&self, bytes: &[u8], start: usize) -> Option<Run> {
        let Self(Lazy { dfa, caches }) = self;
        let mut cache = caches.get();
        let window = bytes.get(start..(start + WINDOW).min(bytes.len()))?;
        let input = Input::new(bytes).range(start..).anchored(Anchored::Yes);
        let mut state = dfa.start_state_forward(&mut cache, &input).ok()?;
        let mut end = None;
        // That it ended shows with the byte behind it.
        for (at, byte) in window.iter().enumerate() {
            state = dfa.next_state(&mut cache, state, *byte).ok()?;
            if state.is_tagged() {
                if state.is_match() {
                    end = Some(start + at);
                } else if state.is_dead() {
                    return Some(Run { end, is_open: false, read: at });
                } else if state.is_quit() {
                    return None;
                }
            }
        }
        let last = match bytes.get(start + window.len()) {
            Some(byte) => dfa.next_state(&mut cache, state, *byte),
            None => dfa.next_eoi_state(&mut cache, state),
        };
        if last.ok()?.is_match() {
            end = Some(start + window.len());
        }
        Some(Run { end, is_open: bytes.len() < start + WINDOW + AHEAD, read: window.len() })
    }
}

/// Bytes behind the window that can matter: a character.
const AHEAD: usize = 4;

/// All beginnings of all matches of an expression, read backwards.
#[derive(Debug)]
pub(super) struct Prefixes(Lazy);

impl Prefixes {
    pub(super) fn new(hir: &Hir) -> Option<Self> {
        let config = thompson::Config::new().reverse(true).nfa_size_limit(Some(LARGEST));
        let nfa = compile_with(&shape::prefixes(hir), config)?;
        Lazy::new(nfa, DFA::config().match_kind(MatchKind::All)).map(Self)
    }

    /// The first start at or behind `from` from which the bytes up to the end could be the beginning of a match; the
    /// length if there is none.
    pub(super) fn first(&self, bytes: &[u8], from: usize) -> usize {
        let Self(Lazy { dfa, caches }) = self;
        let input = Input::new(bytes).range(from..bytes.len()).anchored(Anchored::Yes);
        match dfa.try_search_rev(&mut caches.get(), &input) {
            Ok(found) => found.map_or(bytes.len(), |found| found.offset()),
            Err(_) => from,
        }
    }
}

/// The first place that is not farther from the end than any match is looked for.
pub(super) fn within_reach(bytes: &[u8], from: usize) -> usize {
    from.max(bytes.len().saturating_sub(WINDOW + AHEAD))
}
