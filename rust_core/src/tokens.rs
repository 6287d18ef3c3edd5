//! Counting tokens of a text as tiktoken counts them.
//!
//! | module | what lives there |
//! | --- | --- |
//! | [`models`] | which encoding a model counts in |
//! | [`pieces`] | cutting a text into pieces, as tiktoken's regular expressions do |
//! | [`classes`] | the classes of characters that the cutting goes by |
//! | [`merges`] | byte-pair encoding of one piece, in linear time |
//! | [`layout`] | the tables of a vocabulary, as the build script lays them out |

mod classes;
mod layout;
mod merges;
mod models;
mod pieces;

use merges::{Scratch, Vocabulary};
pub(crate) use pieces::seam;

/// A tokenizer's vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// GPT-4o and everything after it.
    O200kBase,
    /// GPT-4, GPT-3.5 and the `text-embedding-3` family.
    Cl100kBase,
}

/// How many tokens `text` is, special-token text counted as ordinary text (tiktoken's `encode_ordinary`).
pub fn count(encoding: Encoding, text: &str) -> usize {
    match encoding {
        Encoding::O200kBase => count_pieces(text.as_bytes(), &merges::O200K_BASE, pieces::o200k),
        Encoding::Cl100kBase => count_pieces(text.as_bytes(), &merges::CL100K_BASE, pieces::cl100k),
    }
}

fn count_pieces(text: &[u8], vocabulary: &Vocabulary, piece_end: impl Fn(&[u8], usize) -> usize) -> usize {
    let mut scratch = Scratch::default();
    let mut tokens = 0;
    let mut start = 0;
    while start < text.len() {
        let end = piece_end(text, start);
        tokens += vocabulary.count(&text[start..end], &mut scratch);
        start = end;
    }
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_cut_at_a_seam_counts_as_much_in_parts(
            text in prop_oneof!["[aA1 '\n\r./!\u{301}\u{4e2d}\u{b2}\u{2028}\u{17f}sltdrevm]{0,40}", ".{0,40}", "(.|\n|[a-z']{1,5}|[0-9]| ){0,20}"],
        ) {
            for limit in 0..=text.len() {
                let Some(at) = seam(&text, limit) else { continue };
                prop_assert!(0 < at && at <= limit && at < text.len());
                for encoding in [Encoding::O200kBase, Encoding::Cl100kBase] {
                    let parts = count(encoding, &text[..at]) + count(encoding, &text[at..]);
                    prop_assert_eq!(count(encoding, &text), parts, "{:?} at {}", encoding, at);
                }
            }
        }
    }
}
