//! Counting tokens of a text as tiktoken counts them.
//!
//! | module | what lives there |
//! | --- | --- |
//! | [`cache`] | the counts of whole texts seen before |
//! | [`models`] | which encoding a model counts in |
//! | [`pieces`] | cutting a text into pieces, as tiktoken's regular expressions do |
//! | [`classes`] | the classes of characters that the cutting goes by |
//! | [`memo`] | the counts of short pieces seen lately |
//! | [`merges`] | byte-pair encoding of one piece, in linear time |
//! | [`layout`] | the tables of a vocabulary, as the build script lays them out |

mod cache;
mod classes;
mod layout;
mod memo;
mod merges;
mod models;
mod pieces;

use std::cell::Cell;
use std::thread::LocalKey;

pub use cache::CountCache;
use memo::Memo;
use merges::{Search, Vocabulary};

/// A tokenizer's vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// GPT-4o and everything after it.
    O200kBase,
    /// GPT-4, GPT-3.5 and the `text-embedding-3` family.
    Cl100kBase,
}

thread_local! {
    static O200K_SCRATCH: Cell<Scratch> = Cell::default();
    static CL100K_SCRATCH: Cell<Scratch> = Cell::default();
}

/// What counting works in, kept from text to text.
#[derive(Default)]
struct Scratch {
    memo: Memo,
    search: Search,
}

/// How many tokens `text` is, special-token text counted as ordinary text (tiktoken's `encode_ordinary`).
pub fn count(encoding: Encoding, text: &str) -> usize {
    let text = text.as_bytes();
    match encoding {
        Encoding::O200kBase => count_pieces(text, &merges::O200K_BASE, pieces::o200k, &O200K_SCRATCH),
        Encoding::Cl100kBase => count_pieces(text, &merges::CL100K_BASE, pieces::cl100k, &CL100K_SCRATCH),
    }
}

fn count_pieces(
    text: &[u8],
    vocabulary: &Vocabulary,
    piece_end: impl Fn(&[u8], usize) -> usize,
    kept: &'static LocalKey<Cell<Scratch>>,
) -> usize {
    let mut scratch = kept.take();
    let mut tokens = 0;
    let mut start = 0;
    while start < text.len() {
        let end = piece_end(text, start);
        tokens += scratch.memo.get(text, start, end, |piece| vocabulary.count(piece, &mut scratch.search));
        start = end;
    }
    scratch.search.trim();
    kept.set(scratch);
    tokens
}

/// The bytes of every token, in order of rank: what the encoding's published file holds. For tests and tools.
pub fn vocabulary(encoding: Encoding) -> Vec<Vec<u8>> {
    match encoding {
        Encoding::O200kBase => merges::O200K_BASE.spelled(),
        Encoding::Cl100kBase => merges::CL100K_BASE.spelled(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    const ENCODINGS: [Encoding; 2] = [Encoding::O200kBase, Encoding::Cl100kBase];

    /// Byte-pair encoding as it is defined: merges the pair of the lowest rank until none is left.
    fn merged(piece: &[u8], ranks: &HashMap<Vec<u8>, u32>) -> usize {
        let mut parts: Vec<Vec<u8>> = piece.iter().map(|byte| vec![*byte]).collect();
        while let Some((_, at)) =
            parts.windows(2).enumerate().filter_map(|(at, pair)| Some((*ranks.get(&pair.concat())?, at))).min()
        {
            let right = parts.remove(at + 1);
            parts[at].extend(right);
        }
        parts.len()
    }

    fn ranks(encoding: Encoding) -> &'static HashMap<Vec<u8>, u32> {
        static RANKS: LazyLock<[HashMap<Vec<u8>, u32>; 2]> =
            LazyLock::new(|| ENCODINGS.map(|encoding| vocabulary(encoding).into_iter().zip(0..).collect()));
        &RANKS[encoding as usize]
    }

    #[test]
    fn known_counts() {
        for (text, o200k, cl100k) in [
            ("", 0, 0),
            ("hello world", 2, 2),
            ("<|endoftext|>", 7, 7),
            ("It's 12345\n", 5, 6),
            ("antidisestablishmentarianism", 6, 6),
            ("今天天气很好", 4, 8),
        ] {
            assert_eq!([count(ENCODINGS[0], text), count(ENCODINGS[1], text)], [o200k, cl100k], "{text:?}");
        }
    }

    proptest! {
        /// The pieces follow one another, end between characters and count as merging counts them.
        #[test]
        fn pieces_count_as_merging_defines(text in "(\\PC{0,8}|[ab]{0,9}|[ \n\t]{0,5}|[A-Z]?[a-z]{0,12}'?[a-z]{0,2}|[!-~]{0,9}){0,9}") {
            for (encoding, piece_end) in ENCODINGS.into_iter().zip([pieces::o200k, pieces::cl100k]) {
                let mut start = 0;
                let mut expected = 0;
                while start < text.len() {
                    let end = piece_end(text.as_bytes(), start);
                    prop_assert!(end > start && text.is_char_boundary(end));
                    expected += merged(&text.as_bytes()[start..end], ranks(encoding));
                    start = end;
                }
                prop_assert_eq!(count(encoding, &text), expected);
                prop_assert_eq!(count(encoding, &text), expected, "the second time");
            }
        }
    }
}
