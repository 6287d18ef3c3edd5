//! What the structure of an expression says about its matches before any text is seen.

use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{
    Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition,
};

use regex_automata::nfa::thompson::{NFA, State};
use regex_automata::util::primitives::StateID;

use super::automata::{LARGEST, compile};
use super::pattern::WINDOW;

/// Repetitions are counted up to here. More than that is as good as any number: an automaton that reads from the end has to
/// count from each place at once.
const COUNTED: u32 = 40;

/// The expression that matches every beginning of every match, the empty one and the whole included, and some more:
/// assertions hold, and long repetitions may be longer.
pub(super) fn prefixes(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Hir::empty(),
        HirKind::Literal(literal) => {
            let bytes: Vec<Hir> = literal.0.iter().map(|byte| Hir::literal([*byte])).collect();
            prefixes_of_sequence(&bytes)
        }
        HirKind::Class(_) => optional(hir.clone()),
        HirKind::Capture(capture) => prefixes(&capture.sub),
        HirKind::Alternation(subs) => Hir::alternation(subs.iter().map(prefixes).collect()),
        HirKind::Concat(subs) => prefixes_of_sequence(subs),
        HirKind::Repetition(repetition) => {
            let whole = Repetition {
                min: 0,
                max: repetition.max.filter(|max| *max <= COUNTED).map(|max| max.saturating_sub(1)),
                greedy: true,
                sub: Box::new(plain(&repetition.sub)),
            };
            Hir::concat(vec![Hir::repetition(whole), prefixes(&repetition.sub)])
        }
    }
}

/// By halves, so that the expression is not as deep as the sequence is long.
fn prefixes_of_sequence(subs: &[Hir]) -> Hir {
    match subs {
        [] => Hir::empty(),
        [sub] if sub.properties().is_literal() && sub.properties().maximum_len() == Some(1) => optional(sub.clone()),
        [sub] => prefixes(sub),
        _ => {
            let (first, second) = subs.split_at(subs.len() / 2);
            let whole = first.iter().map(plain).chain([prefixes_of_sequence(second)]);
            Hir::alternation(vec![Hir::concat(whole.collect()), prefixes_of_sequence(first)])
        }
    }
}

/// What is in front of the group `v`, and it with what is behind it, if it stands for itself in the sequence.
pub(super) fn split_at_value(hir: &Hir) -> Option<(Hir, Hir)> {
    match hir.kind() {
        HirKind::Capture(capture) if capture.name.as_deref() == Some("v") => Some((Hir::empty(), hir.clone())),
        HirKind::Capture(capture) => split_at_value(&capture.sub),
        HirKind::Concat(subs) => {
            let (index, (head, tail)) =
                subs.iter().enumerate().find_map(|(index, sub)| Some((index, split_at_value(sub)?)))?;
            let head = subs[..index].iter().cloned().chain([head]).collect();
            let tail = [tail].into_iter().chain(subs[index + 1..].iter().cloned()).collect();
            Some((Hir::concat(head), Hir::concat(tail)))
        }
        _ => None,
    }
}

/// Bytes of which every match has so many in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    of: Bytes,
    length: usize,
}

impl Row {
    /// The longest that an expression needs, if it is longer than a word.
    pub(super) fn in_matches(hir: &Hir) -> Option<Self> {
        const WORD: usize = 16;
        let longest = match hir.kind() {
            HirKind::Capture(capture) => Self::in_matches(&capture.sub),
            HirKind::Concat(items) => items.iter().filter_map(Self::in_matches).max_by_key(|row| row.length),
            HirKind::Repetition(repetition) => match repetition.sub.kind() {
                HirKind::Class(class) => class_bytes(class).map(|of| Self { of, length: repetition.min as usize }),
                _ if repetition.min > 0 => Self::in_matches(&repetition.sub),
                _ => None,
            },
            _ => None,
        };
        longest.filter(|row| row.length >= WORD)
    }

    /// Whether there is one here. It looks at few of the bytes where there is none.
    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while let Some(row) = rest.get(..self.length) {
            let Some(last) = row.iter().rposition(|byte| !self.of.has(*byte)) else { return true };
            rest = &rest[last + 1..];
        }
        false
    }
}

/// The bytes of a class, if each of its characters is one.
fn class_bytes(class: &Class) -> Option<Bytes> {
    let mut bytes = Bytes::default();
    match class {
        Class::Bytes(class) => class.ranges().iter().for_each(|range| bytes.add(range.start(), range.end())),
        Class::Unicode(class) if class.is_ascii() => {
            class.ranges().iter().for_each(|range| bytes.add(range.start() as u8, range.end() as u8));
        }
        Class::Unicode(_) => return None,
    }
    Some(bytes)
}

fn optional(sub: Hir) -> Hir {
    Hir::repetition(Repetition { min: 0, max: Some(1), greedy: true, sub: Box::new(sub) })
}

/// The expression without groups and assertions, and without counts that are too large.
fn plain(hir: &Hir) -> Hir {
    rewrite(
        hir,
        &|hir| match hir.kind() {
            HirKind::Look(_) => Hir::empty(),
            _ => hir.clone(),
        },
        &|Repetition { min, max, .. }| {
            if max.is_some_and(|max| max <= COUNTED) || *min <= COUNTED && max.is_none() {
                (*min, *max)
            } else {
                ((*min).min(1), None)
            }
        },
    )
}

/// The same in lower case, as far as ASCII goes.
fn folded(hir: &Hir) -> Hir {
    rewrite(
        hir,
        &|hir| match hir.kind() {
            HirKind::Look(_) => Hir::empty(),
            HirKind::Literal(literal) => Hir::literal(literal.0.to_ascii_lowercase()),
            HirKind::Class(class) => Hir::class(folded_class(class)),
            _ => hir.clone(),
        },
        &|repetition| (repetition.min, repetition.max),
    )
}

/// Takes groups off, and maps what has no parts and how often something is repeated.
fn rewrite(hir: &Hir, leaf: &impl Fn(&Hir) -> Hir, counts: &impl Fn(&Repetition) -> (u32, Option<u32>)) -> Hir {
    let all = |subs: &[Hir]| subs.iter().map(|sub| rewrite(sub, leaf, counts)).collect();
    match hir.kind() {
        HirKind::Capture(capture) => rewrite(&capture.sub, leaf, counts),
        HirKind::Concat(subs) => Hir::concat(all(subs)),
        HirKind::Alternation(subs) => Hir::alternation(all(subs)),
        HirKind::Repetition(repetition) => {
            let (min, max) = counts(repetition);
            let sub = Box::new(rewrite(&repetition.sub, leaf, counts));
            Hir::repetition(Repetition { min, max, greedy: repetition.greedy, sub })
        }
        _ => leaf(hir),
    }
}

fn folded_class(class: &Class) -> Class {
    // 'K' (Kelvin) and 'ſ' are letters of their own only before NFKC.
    const FOLDS: [(char, char); 2] = [('k', '\u{212A}'), ('s', '\u{17F}')];
    match class {
        Class::Bytes(class) => {
            let mut folded = ClassBytes::empty();
            for range in class.ranges() {
                for (start, end) in fold_range(u32::from(range.start()), u32::from(range.end())) {
                    folded.push(ClassBytesRange::new(start as u8, end as u8));
                }
            }
            Class::Bytes(folded)
        }
        Class::Unicode(class) => {
            let mut folded = ClassUnicode::empty();
            for range in class.ranges() {
                for (start, end) in fold_range(u32::from(range.start()), u32::from(range.end())) {
                    if let (Some(start), Some(end)) = (char::from_u32(start), char::from_u32(end)) {
                        folded.push(ClassUnicodeRange::new(start, end));
                    }
                }
            }
            for (letter, double) in FOLDS {
                let has = |char| folded.ranges().iter().any(|range| range.start() <= char && char <= range.end());
                if has(letter) && has(double) {
                    folded.difference(&ClassUnicode::new([ClassUnicodeRange::new(double, double)]));
                }
            }
            Class::Unicode(folded)
        }
    }
}

/// A range of characters without its capitals, and their small letters.
fn fold_range(start: u32, end: u32) -> impl Iterator<Item = (u32, u32)> {
    let (first, last) = (u32::from('A'), u32::from('Z'));
    let below = (start, end.min(first - 1));
    let capitals = (start.max(first) + 32, end.min(last) + 32);
    let above = (start.max(last + 1), end);
    [below, capitals, above].into_iter().filter(|(start, end)| start <= end)
}

/// Literals of which each match has one, in lower case, and how many bytes of the match are in front of it.
#[derive(Debug)]
pub(super) struct Landmark {
    pub(super) literals: Vec<Vec<u8>>,
    pub(super) nearest: usize,
    pub(super) farthest: usize,
    /// Every byte that can be in front of the literal.
    pub(super) before: Bytes,
    /// Whether what is to be covered is behind the literal.
    pub(super) before_value: bool,
}

/// The best literals to look for, if there are any that are rare enough.
pub(super) fn landmark(hir: &Hir) -> Option<Landmark> {
    let head = split_at_value(hir).and_then(|(head, _)| landmark_in(&head));
    match head {
        Some(landmark) => Some(Landmark { before_value: true, ..landmark }),
        None => landmark_in(hir),
    }
}

fn landmark_in(hir: &Hir) -> Option<Landmark> {
    let folded = folded(hir);
    let items = match folded.kind() {
        HirKind::Concat(items) => items.clone(),
        _ => vec![folded],
    };
    let (mut nearest, mut farthest) = (0usize, 0usize);
    let mut best: Option<(usize, usize, Landmark)> = None;
    for index in 0..items.len() {
        let tail = Hir::concat(items[index..].to_vec());
        if let Some((value, literals)) = literals(&tail) {
            let width = farthest - nearest;
            let score = value.min(TELLING) * 4 - (usize::BITS - width.leading_zeros()) as usize / 2;
            if best.as_ref().is_none_or(|(best, ..)| score > *best) {
                let landmark = Landmark { literals, nearest, farthest, before: Bytes::default(), before_value: false };
                best = Some((score, index, landmark));
            }
        }
        let properties = items[index].properties();
        nearest += properties.minimum_len().unwrap_or(0);
        farthest = (farthest + properties.maximum_len().unwrap_or(WINDOW)).min(WINDOW);
        if nearest > WINDOW {
            break;
        }
    }
    let (_, index, mut landmark) = best?;
    // The items are folded: so are their bytes.
    landmark.before = Bytes::of(&compile(&Hir::concat(items[..index].to_vec()), LARGEST)?).with_capitals();
    Some(landmark)
}

/// How telling the literals are that an expression begins with, and they.
fn literals(hir: &Hir) -> Option<(usize, Vec<Vec<u8>>)> {
    // Each character of a larger class in turn only where it cannot be told otherwise.
    [FEW, 40].into_iter().find_map(|class| {
        let mut sequence =
            Extractor::new().limit_class(class).limit_repeat(4).limit_literal_len(24).limit_total(1000).extract(hir);
        sequence.sort();
        sequence.dedup();
        let literals: Vec<Vec<u8>> = sequence.literals()?.iter().map(|literal| literal.as_bytes().to_vec()).collect();
        let digits = |literal: &[u8]| literal.iter().filter(|byte| byte.is_ascii_digit()).count();
        let value = literals
            .iter()
            .map(|literal| telling(literal).saturating_sub(if class == FEW { 0 } else { digits(literal) }));
        let value = value.min()?;
        (value >= 3).then_some((value, literals))
    })
}

/// A class of so few characters is read as one of several literals.
const FEW: usize = 6;

/// So rare a literal is rare enough: where it stands matters more.
const TELLING: usize = 5;

/// How rare a literal is, about as its length in letters.
fn telling(literal: &[u8]) -> usize {
    let rest = [&b"https://"[..], b"http", b"www."].iter().find_map(|common| literal.strip_prefix(*common));
    match rest.unwrap_or(literal) {
        b"@" => 3,
        b"" if literal.starts_with(b"http") => 3,
        rest => rest.len(),
    }
}

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bytes([u64; 4]);

impl Bytes {
    /// Every byte in any match.
    pub(super) fn of(nfa: &NFA) -> Self {
        let mut bytes = Self::default();
        let mut reached = Closure::new(nfa);
        reached.all = true;
        reached.add(nfa, nfa.start_anchored());
        while let Some(id) = reached.consuming.pop() {
            for (start, end, target) in transitions(nfa, id) {
                bytes.add(start, end);
                reached.add(nfa, target);
            }
        }
        bytes
    }

    pub(super) fn add(&mut self, start: u8, end: u8) {
        for byte in start..=end {
            self.0[usize::from(byte / 64)] |= 1 << (byte % 64);
        }
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte / 64)] >> (byte % 64) & 1 == 1
    }

    pub(super) fn with_capitals(mut self) -> Self {
        for small in (b'a'..=b'z').filter(|byte| self.has(*byte)).collect::<Vec<_>>() {
            self.add(small.to_ascii_uppercase(), small.to_ascii_uppercase());
        }
        self
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|index| self.0[index] | other.0[index]))
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

/// The bytes that the first characters of a match can be, one set for each place, as far as every match goes.
pub(super) fn opening(nfa: &NFA, most: usize) -> Vec<Bytes> {
    let mut places = Vec::new();
    let mut states = Closure::new(nfa);
    states.add(nfa, nfa.start_anchored());
    while places.len() < most && !states.matched {
        let mut place = Bytes::default();
        let mut next = Closure::new(nfa);
        for (start, end, target) in states.consuming.iter().flat_map(|id| transitions(nfa, *id)) {
            place.add(start, end);
            next.add(nfa, target);
        }
        places.push(place);
        states = next;
    }
    places
}

/// States that are reached without a byte, in the order of preference.
#[derive(Debug)]
pub(super) struct Closure {
    pub(super) consuming: Vec<StateID>,
    pub(super) matched: bool,
    /// When each state was added last, by the number of times that all were taken out.
    seen: Vec<u32>,
    round: u32,
    stack: Vec<StateID>,
    /// Whether what is less preferred than a match counts. It must where assertions are taken to hold.
    all: bool,
}

impl Closure {
    pub(super) fn new(nfa: &NFA) -> Self {
        let all = !nfa.look_set_any().is_empty();
        let seen = vec![0; nfa.states().len()];
        Self { consuming: Vec::new(), matched: false, seen, round: 1, stack: Vec::new(), all }
    }

    /// Whether nothing that is added now counts.
    pub(super) fn is_decided(&self) -> bool {
        self.matched && !self.all
    }

    pub(super) fn clear(&mut self) {
        self.consuming.clear();
        self.matched = false;
        if self.round == u32::MAX {
            self.seen.fill(0);
            self.round = 0;
        }
        self.round += 1;
    }

    /// Adds what is reached from `id`. Assertions hold.
    pub(super) fn add(&mut self, nfa: &NFA, id: StateID) {
        let mut stack = std::mem::take(&mut self.stack);
        stack.push(id);
        while let Some(id) = stack.pop().filter(|_| !self.is_decided()) {
            let Some((seen, state)) = self.seen.get_mut(id.as_usize()).zip(nfa.states().get(id.as_usize())) else {
                continue;
            };
            if std::mem::replace(seen, self.round) == self.round {
                continue;
            }
            match state {
                State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) => self.consuming.push(id),
                State::Look { next, .. } | State::Capture { next, .. } => stack.push(*next),
                State::Union { alternates } => stack.extend(alternates.iter().rev()),
                State::BinaryUnion { alt1, alt2 } => stack.extend([*alt2, *alt1]),
                State::Fail => {}
                State::Match { .. } => self.matched = true,
            }
        }
        stack.clear();
        self.stack = stack;
    }
}

/// Where a state goes on which bytes.
fn transitions(nfa: &NFA, id: StateID) -> Vec<(u8, u8, StateID)> {
    match nfa.states().get(id.as_usize()) {
        Some(State::ByteRange { trans }) => vec![(trans.start, trans.end, trans.next)],
        Some(State::Sparse(sparse)) => {
            sparse.transitions.iter().map(|trans| (trans.start, trans.end, trans.next)).collect()
        }
        Some(State::Dense(dense)) => {
            (0..=255).filter_map(|byte| Some((byte, byte, dense.matches_byte(byte)?))).collect()
        }
        _ => Vec::new(),
    }
}

/// Where a state goes on one byte.
pub(super) fn step(nfa: &NFA, id: StateID, byte: u8) -> Option<StateID> {
    match nfa.states().get(id.as_usize())? {
        State::ByteRange { trans } => trans.matches_byte(byte).then_some(trans.next),
        State::Sparse(sparse) => sparse.matches_byte(byte),
        State::Dense(dense) => dense.matches_byte(byte),
        _ => None,
    }
}
