//! Automata that are built as they are used: what matches from a place on, where, and from where on something may yet match.

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
/// What the tables of one automaton may take, in each thread that scans, and for each state that is too few. A few rules
/// need as much as that, on texts that are full of their keywords; most need some kilobytes of it.
const CACHE: usize = 4 << 20;
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

/// How many bytes were read again after the first pass, for tests that time must not decide.
#[cfg(test)]
pub(super) mod work {
    use std::cell::Cell;

    thread_local!(static BYTES: Cell<usize> = const { Cell::new(0) });

    pub(in super::super) fn add(bytes: usize) {
        BYTES.set(BYTES.get() + bytes);
    }

    pub(in super::super) fn take() -> usize {
        BYTES.take()
    }
}

#[cfg(not(test))]
pub(super) mod work {
    pub(in super::super) fn add(_: usize) {}
}

#[derive(Debug)]
struct Lazy {
    dfa: DFA,
    caches: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>>,
}

impl Lazy {
    fn new(nfa: NFA, config: Config) -> Option<Self> {
        let config = config.cache_capacity(cache_capacity(nfa.states().len())).skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
        let template = dfa.clone();
        Some(Self { dfa, caches: Pool::new(Box::new(move || template.create_cache())) })
    }
}

/// What matches from a place on.
#[derive(Debug)]
pub(super) struct Forward(Lazy);

/// What it takes to start, in bytes.
pub(super) const START: usize = 16;

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
                    work::add(at + START);
                    return Some(Run { end, is_open: false, read: at });
                } else if state.is_quit() {
                    return None;
                }
            }
        }
        work::add(window.len() + START);
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

/// All places where matches end that start at one place.
#[derive(Debug)]
pub(super) struct Ends(Lazy);

impl Ends {
    pub(super) fn new(hir: &Hir) -> Option<Self> {
        Lazy::new(compile(hir, LARGEST)?, DFA::config().match_kind(MatchKind::All)).map(Self)
    }

    /// Shows each end until that is enough. None if this automaton cannot tell.
    pub(super) fn each(&self, bytes: &[u8], start: usize, mut each: impl FnMut(usize) -> bool) -> Option<()> {
        let Self(Lazy { dfa, caches }) = self;
        let mut cache = caches.get();
        let input = Input::new(bytes).range(start..).anchored(Anchored::Yes);
        let mut state = dfa.start_state_forward(&mut cache, &input).ok()?;
        work::add(bytes.len() - start + START);
        for (at, byte) in bytes.iter().enumerate().skip(start) {
            state = dfa.next_state(&mut cache, state, *byte).ok()?;
            if state.is_dead() || state.is_match() && !each(at) {
                return Some(());
            }
        }
        if dfa.next_eoi_state(&mut cache, state).ok()?.is_match() {
            each(bytes.len());
        }
        Some(())
    }
}

/// Bytes behind a match that can matter: a character.
pub(super) const AHEAD: usize = 4;

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
        let first = match dfa.try_search_rev(&mut caches.get(), &input) {
            Ok(found) => found.map_or(bytes.len(), |found| found.offset()),
            Err(_) => from,
        };
        work::add(bytes.len() - first + START);
        first
    }
}
