//! The vocabulary, compiled: one automaton for what is evidence, a small one for what speaks against it.

use std::collections::HashMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::concept::{self, Concepts};
use super::fold::{View, fold};
use super::words::{CORE, Entry, LANGUAGES};

/// Concepts that only matter in front of a signal.
const CONTEXT: Concepts = concept::NOT | concept::REPORTED | concept::QUESTION | concept::SUBJECT | concept::COMMAND;

/// A word of the vocabulary, found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) concepts: Concepts,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a word means, and where it may stand.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    begins_word: bool,
    ends_word: bool,
}

pub(super) struct Lexicon {
    automaton: Option<AhoCorasick>,
    meanings: Vec<(Concepts, Place)>,
}

/// Words that are evidence.
pub(super) static EVIDENCE: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(|concepts| concepts & !CONTEXT, true));
/// Words that matter in front of evidence.
pub(super) static BEFORE: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(|concepts| concepts & CONTEXT, false));

impl Lexicon {
    fn new(of_interest: impl Fn(Concepts) -> Concepts, disguised: bool) -> Self {
        let mut words: HashMap<(Vec<u8>, Place), Concepts> = HashMap::new();
        let mut add = |word: &str, place: Place, concepts: Concepts| {
            let symbols = symbols(word);
            if of_interest(concepts) != 0 && !symbols.is_empty() {
                *words.entry((symbols, place)).or_default() |= of_interest(concepts);
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
        let (words, meanings): (Vec<_>, Vec<_>) =
            words.into_iter().map(|((symbols, place), concepts)| (symbols, (concepts, place))).unzip();
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(words);
        Self { automaton: automaton.ok(), meanings }
    }

    /// The words in a part of the view, by where they end.
    pub(super) fn find<'a>(&'a self, view: &'a View, from: usize, to: usize) -> impl Iterator<Item = Hit> + 'a {
        self.automaton
            .iter()
            .flat_map(move |automaton| automaton.find_overlapping_iter(&view.symbols[from..to]))
            .filter_map(move |found| {
                let (concepts, place) = self.meanings[found.pattern().as_usize()];
                let (start, end) = (from + found.start(), from + found.end());
                let fits = (!place.begins_word || view.is_edge(start)) && (!place.ends_word || view.is_edge(end));
                fits.then_some(Hit { concepts, start, end })
            })
    }
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
