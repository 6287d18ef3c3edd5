//! The vocabulary, compiled, to be looked up where a word begins.
//!
//! Bits for the ways that words of the vocabulary begin turn most words of a text away; a table leads the others into the
//! middle of a trie.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::concept::{self, Concepts};
use super::fold::{View, fold, is_letter};
use super::words::{CORE, Entry, LANGUAGES};

/// Concepts that only matter in front of a signal.
const CONTEXT: Concepts = concept::NOT | concept::REPORTED | concept::QUESTION | concept::SUBJECT | concept::COMMAND;
/// The table is by the first letters of a word, at most so many.
const PREFIX: usize = 4;
/// Longer words are told by so many symbols, whatever these are.
const LONG: usize = 6;
const FILTER_BITS: u32 = 15;
const SLOT_BITS: u32 = 14;

/// A word of the vocabulary, found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) concepts: Concepts,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Whether a word has to begin and to end where words do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    begins_word: bool,
    ends_word: bool,
}

/// A word in symbols, where it may stand, and what it means.
type Word = (Vec<u8>, Place, Concepts);

pub(super) struct Lexicon {
    /// Prefixes of any word, of words shorter than [`LONG`], and of longer ones.
    any: Filter,
    short: Filter,
    long: Filter,
    /// Prefixes and the nodes they lead to, by hash, the next free place taken. A node is never 0 but when the place is free.
    slots: Box<[(u32, u32)]>,
    nodes: Vec<Node>,
    /// The symbols on the edges to a node's children, and the children.
    edges: Vec<u8>,
    children: Vec<u32>,
    meanings: Vec<(Concepts, Place)>,
}

/// A beginning of words: where its edges and the meanings of the words that end with it are.
#[derive(Clone, Copy, Default)]
struct Node {
    edges: u32,
    meanings: u32,
    edge_count: u8,
    meaning_count: u8,
}

/// Words that are evidence.
pub(super) static EVIDENCE: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(!CONTEXT, true));
/// Words that matter in front of evidence.
pub(super) static BEFORE: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(CONTEXT, false));

impl Lexicon {
    fn new(of_interest: Concepts, disguised: bool) -> Self {
        let mut words: BTreeMap<(Vec<u8>, Place), Concepts> = BTreeMap::new();
        let mut add = |word: &str, place: Place, concepts: Concepts| {
            let symbols = symbols(word);
            if of_interest & concepts != 0 && !symbols.is_empty() {
                *words.entry((symbols, place)).or_default() |= of_interest & concepts;
            }
        };
        for language in LANGUAGES {
            for (concepts, word) in language.entries.iter().flat_map(alternatives) {
                let open = word.ends_with('*') || language.runs_on;
                add(word.trim_end_matches('*'), Place { begins_word: !language.runs_on, ends_word: !open }, concepts);
            }
        }
        let whole = Place { begins_word: true, ends_word: true };
        for (concepts, word) in CORE.iter().flat_map(alternatives).filter(|_| disguised) {
            for typo in typos(word) {
                add(&typo, whole, concepts);
            }
            add(&rot13(word), whole, concept::ROT13);
            add(&word.chars().rev().collect::<String>(), whole, concept::REVERSED);
        }
        Self::compile(
            &words.into_iter().map(|((symbols, place), concepts)| (symbols, place, concepts)).collect::<Vec<_>>(),
        )
    }

    /// From words in their order.
    fn compile(words: &[Word]) -> Self {
        let mut lexicon = Self {
            any: Filter::default(),
            short: Filter::default(),
            long: Filter::default(),
            slots: vec![(0, 0); 1 << SLOT_BITS].into(),
            nodes: Vec::new(),
            edges: Vec::new(),
            children: Vec::new(),
            meanings: Vec::new(),
        };
        lexicon.node(words, 0);
        for (symbols, ..) in words {
            let (code, length) = prefix(symbols);
            let mut node = 0;
            for &symbol in &symbols[..length] {
                node = lexicon.child(node, symbol).unwrap_or_default();
            }
            lexicon.any.add(code);
            match long_prefix(symbols) {
                Some(long) => lexicon.long.add(long),
                None => lexicon.short.add(code),
            }
            let mut slot = hash(code, SLOT_BITS);
            while lexicon.slots[slot].1 != 0 && lexicon.slots[slot].0 != code {
                slot = (slot + 1) % lexicon.slots.len();
            }
            lexicon.slots[slot] = (code, node as u32);
        }
        lexicon
    }

    /// Adds the node for what `words`, of which there is one at least, have in common up to `depth`.
    fn node(&mut self, words: &[Word], depth: usize) -> u32 {
        let at = self.nodes.len();
        let ending = words.iter().take_while(|(symbols, ..)| symbols.len() == depth).count();
        let groups: Vec<&[Word]> = words[ending..].chunk_by(|a, b| a.0[depth] == b.0[depth]).collect();
        let edges = self.edges.len();
        self.nodes.push(Node {
            edges: edges as u32,
            meanings: self.meanings.len() as u32,
            edge_count: groups.len() as u8,
            meaning_count: ending as u8,
        });
        self.meanings.extend(words[..ending].iter().map(|&(_, place, concepts)| (concepts, place)));
        self.edges.extend(groups.iter().map(|group| group[0].0[depth]));
        self.children.resize(self.edges.len(), 0);
        for (place, group) in groups.into_iter().enumerate() {
            self.children[edges + place] = self.node(group, depth + 1);
        }
        at as u32
    }

    fn child(&self, node: usize, symbol: u8) -> Option<usize> {
        let Node { edges, edge_count, .. } = self.nodes[node];
        let edges = edges as usize..edges as usize + usize::from(edge_count);
        let place = self.edges[edges.clone()].iter().position(|&edge| edge == symbol)?;
        Some(self.children[edges.start + place] as usize)
    }

    /// The words that begin at `start`, to `found`.
    pub(super) fn at(&self, view: &View, start: usize, mut found: impl FnMut(Hit)) {
        let rest = &view.symbols[start..];
        let (code, length) = prefix(rest);
        if !self.any.has(code) || !self.short.has(code) && long_prefix(rest).is_none_or(|long| !self.long.has(long)) {
            return;
        }
        let mut slot = hash(code, SLOT_BITS);
        while self.slots[slot].1 != 0 && self.slots[slot].0 != code {
            slot = (slot + 1) % self.slots.len();
        }
        let mut node = self.slots[slot].1 as usize;
        let mut end = start + length;
        while node != 0 {
            let Node { meanings, meaning_count, .. } = self.nodes[node];
            for &(concepts, place) in &self.meanings[meanings as usize..meanings as usize + usize::from(meaning_count)]
            {
                if (!place.begins_word || view.is_edge(start)) && (!place.ends_word || view.is_edge(end)) {
                    found(Hit { concepts, start, end });
                }
            }
            // Every text ends a line.
            let symbol = view.symbols.get(end).copied().or_else(|| (end == view.symbols.len()).then_some(b'\n'));
            let Some(symbol) = symbol else { return };
            let Some(child) = self.child(node, symbol) else { return };
            node = child;
            end += 1;
        }
    }
}

/// The first symbols of a word, those that are letters, and how many: what stands first counts whatever it is.
fn prefix(symbols: &[u8]) -> (u32, usize) {
    let mut code = u32::from(symbols.first().copied().unwrap_or_default());
    for length in 1..PREFIX {
        match symbols.get(length) {
            Some(&symbol) if is_letter(symbol) => code = code << 8 | u32::from(symbol),
            _ => return (code, length.min(symbols.len())),
        }
    }
    (code, PREFIX)
}

/// The first symbols of a long word, in one number.
fn long_prefix(symbols: &[u8]) -> Option<u32> {
    let first = symbols.first_chunk::<LONG>()?;
    let (four, two) = ([first[0], first[1], first[2], first[3]], [first[4], first[5], 0, 0]);
    Some(u32::from_le_bytes(four) ^ u32::from_le_bytes(two).wrapping_mul(0x85EB_CA77))
}

/// One bit for each hash: says for sure only what is not there.
struct Filter(Box<[u64; 1 << (FILTER_BITS - 6)]>);

impl Default for Filter {
    fn default() -> Self {
        Self(Box::new([0; 1 << (FILTER_BITS - 6)]))
    }
}

impl Filter {
    fn add(&mut self, code: u32) {
        let bit = hash(code, FILTER_BITS);
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    fn has(&self, code: u32) -> bool {
        let bit = hash(code, FILTER_BITS);
        self.0[bit / 64] >> (bit % 64) & 1 == 1
    }
}

fn hash(code: u32, bits: u32) -> usize {
    (code.wrapping_mul(0x9E37_79B1) >> (32 - bits)) as usize
}

fn alternatives(entry: &Entry) -> impl Iterator<Item = (Concepts, &'static str)> + use<> {
    let &(concepts, words) = entry;
    words.split('|').map(move |word| (concepts, word))
}

/// A word as it stands in a view.
fn symbols(word: &str) -> Vec<u8> {
    let mut symbols = fold(word).symbols;
    // Every view begins with a line's end, which is a word's own only if it asks for it.
    if !word.starts_with('\n') {
        symbols.remove(0);
    }
    symbols
}

pub(super) fn rot13(text: &str) -> String {
    let turn = |char: char| match char {
        'a'..='m' | 'A'..='M' => char::from(char as u8 + 13),
        'n'..='z' | 'N'..='Z' => char::from(char as u8 - 13),
        _ => char,
    };
    text.chars().map(turn).collect()
}

/// A word with two letters swapped, one left out, one doubled or one hit beside its key, the first kept.
fn typos(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut typos = Vec::new();
    for at in 1..letters.len() {
        let mut swapped = letters.clone();
        if at + 1 < letters.len() {
            swapped.swap(at, at + 1);
        }
        typos.push(swapped);
        let mut short = letters.clone();
        if at + 1 < letters.len() {
            short.remove(at);
        }
        typos.push(short);
        let mut long = letters.clone();
        long.insert(at, letters[at]);
        typos.push(long);
        for near in neighbours(letters[at]).chars() {
            let mut hit = letters.clone();
            hit[at] = near;
            typos.push(hit);
        }
    }
    typos.iter().filter(|typo| **typo != letters).map(|typo| typo.iter().collect()).collect()
}

/// The keys around a key.
fn neighbours(key: char) -> &'static str {
    match key {
        'a' => "qwsz",
        'b' => "vghn",
        'c' => "xdfv",
        'd' => "serfcx",
        'e' => "wrds",
        'f' => "drtgvc",
        'g' => "ftyhbv",
        'i' => "uokj",
        'l' => "kop",
        'm' => "njk",
        'n' => "bhjm",
        'o' => "ipkl",
        'p' => "ol",
        'r' => "etfd",
        's' => "awedxz",
        't' => "rygf",
        'u' => "yijh",
        'v' => "cfgb",
        'y' => "tuhg",
        _ => "",
    }
}
