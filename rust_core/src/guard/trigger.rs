//! One pass over a text that says which rules to try where.
//!
//! An Aho-Corasick automaton finds the literals that rules cannot match without. Rules that have none, such as telephone
//! numbers, are found by the kinds of their first characters, by shifting bits: a bit for each place that fits so far.

use super::rule::BEFORE;
use super::shape::Bytes;

/// How many groups there are of rules that are known by their first characters, and characters of each.
const GROUPS: usize = 16;
pub(super) const PLACES: usize = 8;

/// Where to try a rule, seen from the end of what gave it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) rule: u32,
    /// How far back a match can start.
    back: u32,
    /// How far back from [`BEFORE`] behind it the last one can.
    back_from_before: u32,
    /// Whether its matches do not start within a word.
    word_start: bool,
}

impl Spot {
    /// `length` bytes that stand in a match, behind at least `nearest` and at most `farthest` bytes of it.
    pub(super) fn within(rule: u32, length: usize, nearest: usize, farthest: usize) -> Self {
        let [back, back_from_before] = [length + farthest, BEFORE + length + nearest].map(|bytes| bytes as u32);
        Self { rule, back, back_from_before, word_start: false }
    }

    /// `length` bytes that stand in a match of at most `longest` bytes, or shortly before it.
    pub(super) fn nearby(rule: u32, length: usize, longest: usize) -> Self {
        Self { rule, back: longest as u32, back_from_before: length as u32, word_start: false }
    }

    pub(super) fn at_word_start(self, word_start: bool) -> Self {
        Self { word_start, ..self }
    }

    /// The first and the last start, if what gave it away ends here.
    fn starts(self, end: usize) -> Option<(usize, usize)> {
        let last = (end + BEFORE).checked_sub(self.back_from_before as usize)?;
        Some((end.saturating_sub(self.back as usize), last))
    }
}

/// Whether a letter or digit stands before this place and another behind. An escaped line break or tab is no letter.
pub(super) fn is_in_word(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_alphanumeric)
        && match &bytes[..at] {
            [] | [.., b'\\', b'n' | b'r' | b't'] => false,
            [.., last] => last.is_ascii_alphanumeric(),
        }
}

/// What gives rules away, being collected.
#[derive(Debug, Default)]
pub(super) struct Signs {
    literals: Vec<(Vec<u8>, Spot, Value)>,
    openings: Vec<(u32, bool, Vec<Bytes>)>,
    runs: Vec<(Bytes, usize, Value)>,
}

/// Where what is to be covered is, seen from what gives it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// It may begin before.
    Anywhere,
    Behind,
}

/// How many of the last bytes could be in a match that nothing has given away yet, and in what would be covered of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Open {
    pub(super) matched: usize,
    pub(super) value: usize,
}

impl Open {
    fn of(bytes: usize, value: Value) -> Self {
        Self { matched: bytes, value: if value == Value::Anywhere { bytes } else { 0 } }
    }

    fn max(self, other: Self) -> Self {
        Self { matched: self.matched.max(other.matched), value: self.value.max(other.value) }
    }
}

impl Signs {
    /// A literal in lower case that is found in any case.
    pub(super) fn literal(&mut self, literal: &[u8], spot: Spot, value: Value) {
        self.literals.push((literal.to_ascii_lowercase(), spot, value));
    }

    /// Matches of this rule begin with these kinds of characters.
    pub(super) fn opening(&mut self, rule: u32, word_start: bool, mut places: Vec<Bytes>) {
        places.truncate(PLACES);
        self.openings.push((rule, word_start, places));
    }

    /// Before it is given away, a match can consist of up to `longest` of these bytes.
    pub(super) fn run(&mut self, bytes: Bytes, longest: usize, value: Value) {
        match self.runs.iter_mut().find(|(known, _, of)| *known == bytes && *of == value) {
            Some((_, known, _)) => *known = longest.max(*known),
            None => self.runs.push((bytes, longest, value)),
        }
    }
}

/// How far a text has been read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    row: u32,
    fits: u128,
}

/// The tables of the pass.
#[derive(Debug)]
pub(super) struct Triggers {
    /// The column of each byte. Capitals have that of their small letters.
    columns: [u8; 256],
    /// For each row and column the row that follows, as the place where it begins.
    next: Vec<u32>,
    width: usize,
    /// The first row at which literals end, and what they give away, by row from there on.
    first_spot: u32,
    spots: Vec<Vec<Spot>>,
    /// By row, what is open because of literals that may be coming to their end.
    open: Vec<Open>,
    /// For each byte, the places that it fits.
    fitting: [u128; 256],
    first_places: u128,
    last_places: u128,
    groups: Vec<Vec<Spot>>,
    /// For each byte, the runs that it can be in; the length of each, longest first; and those that a value can be in.
    running: [u64; 256],
    run_lengths: Vec<usize>,
    value_runs: u64,
}

impl Triggers {
    pub(super) fn new(signs: Signs) -> Self {
        let automaton = Automaton::new(&signs.literals);
        let mut triggers = Self {
            columns: automaton.columns,
            next: automaton.next,
            width: automaton.width,
            first_spot: automaton.first_spot,
            spots: automaton.spots,
            open: automaton.open,
            fitting: [0; 256],
            first_places: 0,
            last_places: 0,
            groups: Vec::new(),
            running: [0; 256],
            run_lengths: Vec::new(),
            value_runs: 0,
        };
        triggers.group(signs.openings);
        triggers.line_up(signs.runs);
        triggers
    }

    /// Puts rules that begin alike into one group.
    fn group(&mut self, openings: Vec<(u32, bool, Vec<Bytes>)>) {
        let mut groups: Vec<Group> = Vec::new();
        for (rule, word_start, places) in openings {
            match groups.iter_mut().find(|(known, _)| *known == places) {
                Some((_, rules)) => rules.push((rule, word_start)),
                None => groups.push((places, vec![(rule, word_start)])),
            }
        }
        while groups.len() > GROUPS {
            merge_closest(&mut groups);
        }
        for (index, (places, rules)) in groups.into_iter().enumerate() {
            for (place, bytes) in places.iter().enumerate() {
                let bit = 1u128 << (index * PLACES + place);
                (0..=255u8).filter(|byte| bytes.has(*byte)).for_each(|byte| self.fitting[usize::from(byte)] |= bit);
            }
            self.first_places |= 1 << (index * PLACES);
            self.last_places |= 1 << (index * PLACES + places.len() - 1);
            let length = places.len();
            let spot = |(rule, word_start)| Spot::within(rule, length, 0, 0).at_word_start(word_start);
            self.groups.push(rules.into_iter().map(spot).collect());
        }
    }

    fn line_up(&mut self, mut runs: Vec<(Bytes, usize, Value)>) {
        runs.sort_by_key(|(_, longest, _)| std::cmp::Reverse(*longest));
        while runs.len() > 64 {
            let Some((bytes, ..)) = runs.pop() else { break };
            if let Some((last, _, value)) = runs.last_mut() {
                *last = last.union(&bytes);
                *value = Value::Anywhere;
            }
        }
        for (index, (bytes, longest, value)) in runs.iter().enumerate() {
            (0..=255u8).filter(|byte| bytes.has(*byte)).for_each(|byte| self.running[usize::from(byte)] |= 1 << index);
            self.run_lengths.push(*longest);
            self.value_runs |= u64::from(*value == Value::Anywhere) << index;
        }
    }

    /// Reads on, from `from` to the end, and says for each rule that is given away in which range its matches start.
    pub(super) fn read(
        &self,
        progress: &mut Progress,
        bytes: &[u8],
        from: usize,
        mut found: impl FnMut(u32, usize, usize),
    ) {
        let Progress { mut row, mut fits } = *progress;
        for (at, byte) in bytes.iter().enumerate().skip(from) {
            let byte = usize::from(*byte);
            row = self.next.get(row as usize + usize::from(self.columns[byte])).copied().unwrap_or_default();
            fits = (fits << 1 | self.first_places) & self.fitting[byte];
            if row >= self.first_spot || fits & self.last_places != 0 {
                for spot in self.spots_of(row).iter().chain(self.spots_of_groups(fits)) {
                    let Some((first, last)) = spot.starts(at + 1) else { continue };
                    if !(spot.word_start && first == last && is_in_word(bytes, first)) {
                        found(spot.rule, first, last);
                    }
                }
            }
        }
        *progress = Progress { row, fits };
    }

    fn spots_of(&self, row: u32) -> &[Spot] {
        let index = row.checked_sub(self.first_spot).map(|behind| behind as usize / self.width);
        index.and_then(|index| self.spots.get(index)).map_or(&[], Vec::as_slice)
    }

    fn spots_of_groups(&self, fits: u128) -> impl Iterator<Item = &Spot> {
        let hits = fits & self.last_places;
        self.groups
            .iter()
            .enumerate()
            .filter(move |(group, _)| (hits >> (group * PLACES)) as u8 != 0)
            .flat_map(|(_, spots)| spots)
    }

    /// What of the end is open although nothing has given it away yet.
    pub(super) fn open(&self, progress: Progress, bytes: &[u8]) -> Open {
        let literal = self.open.get(progress.row as usize / self.width).copied().unwrap_or_default();
        let partial = progress.fits & !self.last_places;
        let places = (0..GROUPS).map(|group| (partial >> (group * PLACES)) as u8);
        let places = places.map(|places| 8 - places.leading_zeros() as usize).max().unwrap_or_default();
        literal.max(Open::of(places, Value::Anywhere)).max(self.run(bytes))
    }

    /// The longest run at the end.
    fn run(&self, bytes: &[u8]) -> Open {
        let mut runs = u64::MAX;
        let mut possible = self.run_lengths.len();
        let mut open = Open::default();
        for (length, byte) in bytes.iter().rev().enumerate() {
            while possible > 0 && self.run_lengths[possible - 1] <= length {
                possible -= 1;
                runs &= !(1 << possible);
            }
            runs &= self.running[usize::from(*byte)];
            if runs == 0 {
                break;
            }
            open.matched = length + 1;
            if runs & self.value_runs != 0 {
                open.value = length + 1;
            }
        }
        open
    }
}

/// Rules that begin with the same kinds of characters.
type Group = (Vec<Bytes>, Vec<(u32, bool)>);

/// Merges the two groups that together are least general.
fn merge_closest(groups: &mut Vec<Group>) {
    let merged = |one: &[Bytes], other: &[Bytes]| -> Vec<Bytes> {
        one.iter().zip(other).map(|(one, other)| one.union(other)).collect()
    };
    // How many texts of as many characters as there are places fit.
    let generality = |places: &[Bytes]| {
        let of = |place: usize| places.get(place).map_or(256, Bytes::len) as u128;
        (0..PLACES).map(of).product::<u128>()
    };
    let mut best = (u128::MAX, 0, 1);
    for first in 0..groups.len() {
        for second in first + 1..groups.len() {
            let cost = generality(&merged(&groups[first].0, &groups[second].0));
            if cost < best.0 {
                best = (cost, first, second);
            }
        }
    }
    let (_, first, second) = best;
    let (places, rules) = groups.remove(second);
    groups[first].0 = merged(&groups[first].0, &places);
    groups[first].1.extend(rules);
}

/// Aho-Corasick as one table.
struct Automaton {
    columns: [u8; 256],
    next: Vec<u32>,
    width: usize,
    first_spot: u32,
    spots: Vec<Vec<Spot>>,
    open: Vec<Open>,
}

#[derive(Default)]
struct Node {
    children: Vec<(u8, usize)>,
    fail: usize,
    spots: Vec<Spot>,
    /// What is open because of the literals that go through here, or through a suffix.
    open: Open,
}

impl Automaton {
    fn new(literals: &[(Vec<u8>, Spot, Value)]) -> Self {
        let mut columns = [0; 256];
        let mut width = 1;
        for byte in literals.iter().flat_map(|(literal, ..)| literal) {
            if columns[usize::from(*byte)] == 0 {
                columns[usize::from(*byte)] = width as u8;
                width += 1;
            }
        }
        for small in b'a'..=b'z' {
            columns[usize::from(small.to_ascii_uppercase())] = columns[usize::from(small)];
        }
        let mut nodes = trie(literals);
        let order = link(&mut nodes);
        // Rows at which a literal ends come last, so that one comparison tells them.
        let (ending, others): (Vec<usize>, Vec<usize>) = order.iter().partition(|node| !nodes[**node].spots.is_empty());
        let mut rows = vec![0; nodes.len()];
        for (row, node) in others.iter().chain(&ending).enumerate() {
            rows[*node] = row;
        }
        let mut next = vec![0; nodes.len() * width];
        for node in &order {
            let row = rows[*node] * width;
            if *node != 0 {
                let fail = rows[nodes[*node].fail] * width;
                next.copy_within(fail..fail + width, row);
            }
            for (byte, child) in &nodes[*node].children {
                next[row + usize::from(columns[usize::from(*byte)])] = (rows[*child] * width) as u32;
            }
        }
        Self {
            columns,
            next,
            width,
            first_spot: (others.len() * width) as u32,
            spots: ending.iter().map(|node| std::mem::take(&mut nodes[*node].spots)).collect(),
            open: others.iter().chain(&ending).map(|node| nodes[*node].open).collect(),
        }
    }
}

fn trie(literals: &[(Vec<u8>, Spot, Value)]) -> Vec<Node> {
    let mut nodes = vec![Node::default()];
    for (literal, spot, value) in literals {
        let mut at = 0;
        // Far before the literal only runs are looked for.
        let before = (spot.back as usize).saturating_sub(literal.len());
        let near = before <= NEAR;
        for (depth, byte) in literal.iter().enumerate() {
            if near {
                nodes[at].open = nodes[at].open.max(Open::of(depth + before, *value));
            }
            let known = nodes[at].children.iter().find(|(known, _)| known == byte).map(|(_, child)| *child);
            at = known.unwrap_or_else(|| {
                nodes.push(Node::default());
                let child = nodes.len() - 1;
                nodes[at].children.push((*byte, child));
                child
            });
        }
        if !nodes[at].spots.contains(spot) {
            nodes[at].spots.push(*spot);
        }
    }
    nodes
}

/// So few bytes in front of a literal are kept back whatever they are.
pub(super) const NEAR: usize = 4;

/// Links each node to that of its longest proper suffix. Returns the nodes, shortest first.
fn link(nodes: &mut [Node]) -> Vec<usize> {
    let mut order = vec![0];
    let mut done = 0;
    while let Some(node) = order.get(done).copied() {
        done += 1;
        for (byte, child) in nodes[node].children.clone() {
            let mut suffix = nodes[node].fail;
            let fail = loop {
                let step = nodes[suffix].children.iter().find(|(known, _)| *known == byte).map(|(_, child)| *child);
                match step {
                    Some(found) if found != child => break found,
                    _ if suffix == 0 => break 0,
                    _ => suffix = nodes[suffix].fail,
                }
            };
            nodes[child].fail = fail;
            let spots: Vec<Spot> =
                nodes[fail].spots.iter().filter(|spot| !nodes[child].spots.contains(spot)).copied().collect();
            nodes[child].spots.extend(spots);
            nodes[child].open = nodes[child].open.max(nodes[fail].open);
            order.push(child);
        }
    }
    order
}
