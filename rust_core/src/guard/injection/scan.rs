//! The pass over a view: words, the signals they make up, and the sum of those that stand close together.

use std::ops::Range;
use std::sync::LazyLock;

use super::concept::{self, Concepts};
use super::fold::{View, is_letter};
use super::lexicon::{BEFORE, EVIDENCE, Hit};
use super::signals::{Kind, SIGNALS, Signal};

/// Signals count together within so many symbols.
const WINDOW: usize = 4_000;
/// So many words are remembered, for signals to be found among.
const MEMORY: usize = 32;
/// No two words of a signal begin further apart.
const REACH: usize = 256;
/// How far back a signal is looked at for what takes its force.
const BEFORE_LENGTH: usize = 80;
/// Symbols that end a sentence.
const ENDS: &[u8] = b".?!\n";

/// Words that suggest a disguise.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hints {
    pub(super) rot13: bool,
    pub(super) reversed: bool,
}

/// The signals of the weightiest window.
#[derive(Clone, Debug, Default)]
pub(super) struct Finding {
    sum: u32,
    parts: Vec<Part>,
}

/// A signal that was found, what it is worth where it stands, and where.
#[derive(Clone, Debug)]
struct Part {
    signal: usize,
    value: u32,
    span: Range<usize>,
}

impl Finding {
    pub(super) fn score(&self) -> u32 {
        self.sum.min(1000)
    }

    pub(super) fn strongest(&self) -> Option<&'static Signal> {
        self.heaviest().map(|part| &SIGNALS[part.signal])
    }

    pub(super) fn span(&self) -> Option<Range<usize>> {
        self.heaviest().map(|part| part.span.clone())
    }

    pub(super) fn evidence(&self) -> Vec<(&'static str, u32)> {
        self.parts.iter().map(|part| (SIGNALS[part.signal].name, part.value)).collect()
    }

    fn heaviest(&self) -> Option<&Part> {
        self.parts.iter().max_by_key(|part| part.value)
    }
}

/// For each signal the first of its name.
static FIRST_OF_NAME: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let first = |signal: &Signal| SIGNALS.iter().position(|other| other.name == signal.name).unwrap_or_default();
    SIGNALS.iter().map(first).collect()
});

/// The signals that each concept can complete.
static COMPLETED_BY: LazyLock<Vec<Vec<usize>>> = LazyLock::new(|| {
    let completes = |signal: &Signal, bit: u32| signal.steps.last().is_some_and(|&(_, last)| last >> bit & 1 == 1);
    (0..Concepts::BITS).map(|bit| (0..SIGNALS.len()).filter(|&at| completes(&SIGNALS[at], bit)).collect()).collect()
});

/// What there is in a view.
pub(super) fn scan(view: &View) -> (Finding, Hints) {
    let mut scan = Scan {
        view,
        recent: Vec::with_capacity(2 * MEMORY),
        near: 0,
        nearer: 0,
        since: 0,
        live: Vec::new(),
        best: Finding::default(),
    };
    let mut hints = Hints::default();
    let lexicon = &*EVIDENCE;
    for &start in &view.starts {
        lexicon.at(view, start as usize, |hit| {
            hints.rot13 |= hit.concepts & concept::ROT13 != 0;
            hints.reversed |= hit.concepts & concept::REVERSED != 0;
            scan.complete(hit);
            scan.remember(hit);
        });
    }
    (scan.best, hints)
}

struct Scan<'a> {
    view: &'a View,
    recent: Vec<Hit>,
    /// The concepts of the last words, of those since `since` and of those before: all that stand near are among them.
    near: Concepts,
    nearer: Concepts,
    since: usize,
    /// The signals of the window, one a name.
    live: Vec<Part>,
    best: Finding,
}

impl Scan<'_> {
    fn remember(&mut self, hit: Hit) {
        if self.recent.len() == 2 * MEMORY {
            self.recent.drain(..MEMORY);
        }
        self.recent.push(hit);
        if hit.start > self.since + REACH {
            (self.near, self.nearer, self.since) = (self.nearer, 0, hit.start);
        }
        self.nearer |= hit.concepts;
    }

    /// The signals that end with this word.
    fn complete(&mut self, hit: Hit) {
        let mut bits = hit.concepts;
        while bits != 0 {
            for &at in &COMPLETED_BY[bits.trailing_zeros() as usize] {
                let near = self.near | self.nearer;
                if SIGNALS[at].steps.len() > 1 && !SIGNALS[at].steps.iter().rev().skip(1).all(|step| step.1 & near != 0)
                {
                    continue;
                }
                if let Some(start) = self.start_of(&SIGNALS[at], hit) {
                    self.count(at, start..hit.end);
                }
            }
            bits &= bits - 1;
        }
    }

    /// Where a signal starts that this word completes.
    fn start_of(&self, signal: &Signal, last: Hit) -> Option<usize> {
        let mut start = last.start;
        for pair in signal.steps.windows(2).rev() {
            let (wanted, gap) = (pair[0].1, pair[1].0);
            let near = self.recent.iter().rev().take_while(|hit| hit.start + REACH >= start);
            let fits = |hit: &&Hit| hit.concepts & wanted != 0 && hit.end <= start && self.apart(hit.end, start) <= gap;
            start = near.into_iter().find(fits)?.start;
        }
        let text = &self.view.symbols[start..last.start];
        let parts: &[u8] = match signal.kind {
            Kind::Orders => b"",
            Kind::Request | Kind::Demand => b".?!\n:",
            Kind::Order | Kind::Trait => ENDS,
        };
        (!text.iter().any(|symbol| parts.contains(symbol))).then_some(start)
    }

    /// How far two places are apart, in letters of the Latin sort: those of other scripts count two each.
    fn apart(&self, from: usize, to: usize) -> usize {
        let between = &self.view.symbols[from..to];
        between.len() - between.iter().filter(|symbol| !symbol.is_ascii()).count() / 2
    }

    fn count(&mut self, at: usize, span: Range<usize>) {
        let signal = &SIGNALS[at];
        self.live.retain(|part| part.span.start + WINDOW >= span.end);
        let known = self.live.iter().position(|part| FIRST_OF_NAME[part.signal] == FIRST_OF_NAME[at]);
        if known.is_some_and(|known| {
            self.live[known].value >= signal.weight && self.live[known].span.end + WINDOW / 2 > span.end
        }) {
            return;
        }
        let value = signal.weight * self.force(signal.kind, &span) / 100;
        match known {
            Some(known) if self.live[known].value > value => return,
            Some(known) => self.live[known] = Part { signal: at, value, span },
            None if value == 0 => return,
            None => self.live.push(Part { signal: at, value, span }),
        }
        let sum = self.live.iter().map(|part| part.value).sum();
        if sum > self.best.sum {
            self.best = Finding { sum, parts: self.live.clone() };
        }
    }

    /// What is left of a signal's weight, in percent, after what stands before it in the sentence.
    fn force(&self, kind: Kind, span: &Range<usize>) -> u32 {
        if kind == Kind::Trait {
            return 100;
        }
        let (symbols, start) = (&self.view.symbols, span.start);
        let from = start.saturating_sub(BEFORE_LENGTH);
        let from = (from..start).rev().find(|&at| ENDS.contains(&symbols[at])).map_or(from, |end| end + 1);
        let reach = if matches!(kind, Kind::Request | Kind::Demand) { 40 } else { 10 };
        let mut force = 100;
        let mut adjacent = (0, 0);
        let mut seen = 0;
        let mut denied = false;
        let first = self.view.starts.partition_point(|&at| (at as usize) < from);
        for &at in self.view.starts[first..].iter().take_while(|&&at| (at as usize) < start) {
            BEFORE.at(self.view, at as usize, |hit| {
                if hit.end > start {
                    return;
                }
                denied |= hit.concepts & concept::NOT != 0 && hit.end + reach >= start;
                if hit.end + 2 >= start && hit.end - hit.start > adjacent.1 {
                    adjacent = (hit.concepts, hit.end - hit.start);
                }
                seen |= hit.concepts;
            });
        }
        if denied {
            return 0;
        }
        let begins = from == start || symbols[from..start].iter().all(|&symbol| !is_letter(symbol));
        if kind == Kind::Demand && !begins && adjacent.0 & concept::COMMAND == 0 {
            force = force * 70 / 100;
        }
        if symbols[start - 1] == b'"' && symbols.get(span.end) == Some(&b'"') {
            force = force * 40 / 100;
        }
        if seen & (concept::REPORTED | concept::QUESTION) != 0 {
            force = force * 40 / 100;
        }
        force
    }
}
