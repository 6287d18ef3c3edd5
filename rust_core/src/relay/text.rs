//! How much a model has said: what is billed, and limited, when the upstream does not say.

use crate::tokens::{self, Encoding};

/// Text that waits to be counted; more is folded into a number.
const HELD: usize = 4 << 10;
/// Of one event so much is counted exactly: no single event may stop the loop for long. The rest is estimated.
const EXACT: usize = 64 << 10;
const BYTES_PER_TOKEN: u64 = 4;

/// The text of an answer as it grows: its length, and how many tokens it is, in bounded memory.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    held: String,
    o200k: u64,
    cl100k: u64,
    bytes: u64,
}

impl Delivered {
    /// The bytes of text so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The tokens of the text so far; counts up to 4 KiB of text anew.
    pub(super) fn tokens(&self, encoding: Encoding) -> u64 {
        let folded = match encoding {
            Encoding::O200kBase => self.o200k,
            Encoding::Cl100kBase => self.cl100k,
        };
        folded + tokens::count(encoding, &self.held) as u64
    }

    /// The text that waits to be counted.
    #[cfg(test)]
    pub(super) fn held(&self) -> &str {
        &self.held
    }

    /// Adds what `write` appends, unless it returns `None`.
    pub(super) fn append<T>(&mut self, write: impl FnOnce(&mut String) -> Option<T>) -> Option<T> {
        let before = self.held.len();
        let written = write(&mut self.held);
        if written.is_none() {
            self.held.truncate(before);
        }
        let added = self.held.len() - before;
        self.bytes += added as u64;
        if self.held.len() > HELD {
            self.fold(before + EXACT.min(added));
        }
        written
    }

    /// Counts all but the last of the text, up to `exact` bytes of it exactly.
    fn fold(&mut self, exact: usize) {
        let exact = floor(&self.held, exact);
        let estimated = ((self.held.len() - exact) as u64).div_ceil(BYTES_PER_TOKEN);
        self.o200k += estimated;
        self.cl100k += estimated;
        let mut rest = &self.held[..exact];
        while rest.len() > HELD {
            let (piece, more) = rest.split_at(seam(rest));
            self.o200k += tokens::count(Encoding::O200kBase, piece) as u64;
            self.cl100k += tokens::count(Encoding::Cl100kBase, piece) as u64;
            rest = more;
        }
        self.held = rest.to_owned();
    }
}

/// Where to cut off a first piece so that the pieces' tokens are those of the whole: before the space before a word,
/// where both encodings always begin a new piece. Text without one is cut anywhere, which is off by a token or two.
fn seam(text: &str) -> usize {
    let end = floor(text, HELD);
    let is_seam = |around: &[u8]| around[0].is_ascii_graphic() && around[1] == b' ' && around[2].is_ascii_alphabetic();
    text.as_bytes()[..end].windows(3).rposition(is_seam).map_or(end, |before| before + 1)
}

/// The last character boundary not beyond `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}
