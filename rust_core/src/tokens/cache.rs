//! Counts of whole texts seen before: a conversation sends all its earlier messages again with every turn.

use std::hash::Hasher;
use std::sync::{Mutex, PoisonError};

use siphasher::sip128::{Hasher128, SipHasher13};

use super::{Encoding, count};

/// Remembers the counts of long texts, by digest: the texts are not kept.
///
/// A collision would be a wrong count, so the digest is a keyed one of 128 bits: without the key, nobody can make two
/// texts collide but by luck, of one in 2^128 for each pair tried.
pub struct CountCache {
    key: [u8; 16],
    /// Digest and count, one to a slot; a new text takes the place of the old. A count of 0 is an empty slot.
    slots: Mutex<Vec<(u128, usize)>>,
}

impl CountCache {
    /// Shorter texts are counted each time: that takes about as long as the look-up.
    pub const SHORTEST: usize = 256;

    const SLOTS: usize = 4096;

    /// An empty cache of 128 KiB, keyed with 16 bytes that no client can know.
    pub fn new(key: [u8; 16]) -> Self {
        Self { key, slots: Mutex::new(vec![(0, 0); Self::SLOTS]) }
    }

    /// The same as [`count`]. Nobody waits for a text that somebody else is counting.
    pub fn count(&self, encoding: Encoding, text: &str) -> usize {
        if text.len() < Self::SHORTEST {
            return count(encoding, text);
        }
        let digest = self.digest(encoding, text);
        let slot = digest as usize % Self::SLOTS;
        let (known, counted) = self.slots()[slot];
        if known == digest && counted > 0 {
            return counted;
        }
        let counted = count(encoding, text);
        self.slots()[slot] = (digest, counted);
        counted
    }

    /// A slot is written in one go, so that even after a panic elsewhere each is whole.
    fn slots(&self) -> std::sync::MutexGuard<'_, Vec<(u128, usize)>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn digest(&self, encoding: Encoding, text: &str) -> u128 {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write(text.as_bytes());
        hasher.write_u8(encoding as u8);
        hasher.finish128().as_u128()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENCODINGS: [Encoding; 2] = [Encoding::O200kBase, Encoding::Cl100kBase];

    #[test]
    fn counts_are_those_without_a_cache() {
        let cache = CountCache::new([7; 16]);
        // More texts than slots, twice, so that some are found, some displaced; and both encodings.
        for round in 0..2 {
            for number in 0..6000 {
                let text = format!("{number} ").repeat(60 + number % 7);
                for encoding in ENCODINGS {
                    assert_eq!(cache.count(encoding, &text), count(encoding, &text), "{round} {number} {encoding:?}");
                }
            }
        }
    }

    #[test]
    fn a_text_seen_before_is_not_counted_again() {
        let cache = CountCache::new([7; 16]);
        let text = "a long text ".repeat(100);
        let counted = cache.count(Encoding::O200kBase, &text);
        let slot = cache.slots().iter().position(|slot| slot.1 == counted).expect("it is kept");
        cache.slots()[slot].1 = 12_345;
        assert_eq!(cache.count(Encoding::O200kBase, &text), 12_345);
        assert_eq!(cache.count(Encoding::Cl100kBase, &text), count(Encoding::Cl100kBase, &text));
    }

    #[test]
    fn short_texts_are_not_kept() {
        let cache = CountCache::new([7; 16]);
        cache.count(Encoding::O200kBase, &"a".repeat(CountCache::SHORTEST - 1));
        assert!(cache.slots().iter().all(|slot| slot.1 == 0));
    }
}
