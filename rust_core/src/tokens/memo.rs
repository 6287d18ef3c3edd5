//! Counts of the short pieces seen lately. Words repeat: most pieces of a text are found here, in one look at a table
//! that stays in the cache, without a walk through the vocabulary.

/// The longest piece kept, in bytes.
const LONGEST: usize = 15;

const SLOTS: usize = 8192;

/// A table of piece and count, one to a slot; a new one takes the place of the old.
///
/// An entry is the piece in the low 15 bytes, then its length and its count, of 4 bits each. 0 is empty.
#[derive(Default)]
pub struct Memo {
    slots: Vec<u128>,
}

impl Memo {
    /// The count of the piece of `text` from `start` to `end`: the one kept, or else what `count` says.
    #[inline]
    pub fn get(&mut self, text: &[u8], start: usize, end: usize, count: impl FnOnce(&[u8]) -> usize) -> usize {
        let piece = &text[start..end];
        let (1..=LONGEST, Some(window)) = (piece.len(), text[start..].first_chunk()) else {
            return count(piece);
        };
        let bytes = u128::from_le_bytes(*window) & (u128::MAX >> (8 * (16 - piece.len())));
        let key = bytes | (piece.len() as u128) << 120;
        let Some(slot) = self.slots.get_mut(Self::slot(key)) else {
            self.slots = vec![0; SLOTS];
            return count(piece);
        };
        if (*slot ^ key) << 4 == 0 {
            return (*slot >> 124) as usize;
        }
        let counted = count(piece); // At most one for each byte, so it fits.
        *slot = key | (counted as u128) << 124;
        counted
    }

    fn slot(key: u128) -> usize {
        let folded = (key as u64) ^ ((key >> 64) as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - SLOTS.ilog2())) as usize
    }
}
