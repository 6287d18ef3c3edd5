//! Counting tokens of a text as tiktoken counts them.

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
        Encoding::O200kBase => bpe_openai::o200k_base().count(text),
        Encoding::Cl100kBase => bpe_openai::cl100k_base().count(text),
    }
}
