//! A request in flight: the scopes it was counted in, in which buckets its tokens lie, and what money it took.
//!
//! ```text
//! words:  generation | link | key | team | org | entries | 8 x (bucket, tokens) | money
//! ```
//! The generation goes up when the hold opens and when it closes, so it is odd while the hold is open, and a
//! hold's id, which contains it, is good for one settlement.
//!
//! The money was taken from each of the scopes, whether it had a ceiling or not: one that gets it while the request
//! runs counts it.

use super::region::{HOLD_WORDS, Region};
use super::slot::TokensPerMinute;

const GENERATION: usize = 0;
const SLOTS: usize = 2;
const COUNT: usize = 5;
const ENTRIES: usize = 6;
const MAX_ENTRIES: usize = 8;
const MONEY: usize = ENTRIES + 2 * MAX_ENTRIES;
const _: () = assert!(MONEY < HOLD_WORDS);

/// An id is 36 bits of generation over 28 bits of address.
const ADDRESS_BITS: u32 = 28;
const GENERATIONS: u64 = 1 << (64 - ADDRESS_BITS);

/// What a request takes when it is let in.
pub(super) struct Taken {
    pub slots: [u64; 3],
    pub bucket: u64,
    pub tokens: u64,
    pub money: u64,
}

/// A copy of an open hold.
pub(super) struct Hold {
    address: u64,
    words: [u64; HOLD_WORDS],
}

impl Hold {
    /// Opens the hold at `address`, fresh from [`Region::take_hold`]. Returns its id.
    pub(super) fn open(region: &mut Region, address: u64, taken: &Taken) -> u64 {
        let Some(words) = region.hold_mut(address) else { return 0 };
        words[GENERATION] = (words[GENERATION] + 1) % GENERATIONS;
        words[SLOTS..COUNT].copy_from_slice(&taken.slots);
        words[COUNT] = 1;
        words[ENTRIES..ENTRIES + 2].copy_from_slice(&[taken.bucket, taken.tokens]);
        words[MONEY] = taken.money;
        words[GENERATION] << ADDRESS_BITS | address
    }

    /// The hold that `id` names, if it is still open.
    pub(super) fn find(region: &Region, id: u64) -> Option<Self> {
        let (generation, address) = (id >> ADDRESS_BITS, id & ((1 << ADDRESS_BITS) - 1));
        let words = region.hold(address)?;
        let is_open = generation % 2 == 1 && words[GENERATION] == generation;
        is_open.then_some(())?;
        Some(Self { address, words: words.try_into().ok()? })
    }

    /// The scopes the request was counted in, and its money was taken from.
    pub(super) fn slots(&self) -> impl Iterator<Item = u64> + use<> {
        let [key, team, org] = [self.words[SLOTS], self.words[SLOTS + 1], self.words[SLOTS + 2]];
        [key, team, org].into_iter().filter(|&slot| slot != 0)
    }

    /// How much was taken from each of them.
    pub(super) fn money(&self) -> u64 {
        self.words[MONEY]
    }

    /// Remembers `money` more, taken from each scope.
    pub(super) fn record_money(&mut self, region: &mut Region, money: u64) {
        self.words[MONEY] = self.words[MONEY].saturating_add(money);
        if let Some(words) = region.hold_mut(self.address) {
            words[MONEY] = self.words[MONEY];
        }
    }

    /// Remembers `tokens` more, counted in `bucket`, which is the newest.
    ///
    /// When all entries are in use, the two oldest become one, in the older bucket. That errs to refusing: tokens
    /// are given back newest first and never more than a bucket has, and what is given back too early a bucket stays
    /// counted in a later one, so at no time is less counted than is true. And it is rarely felt: what a stream gives
    /// back at its end is the unused rest of its last step.
    pub(super) fn record(&mut self, region: &mut Region, bucket: u64, tokens: u64) {
        let newest = ENTRIES + 2 * (self.words[COUNT] as usize - 1);
        if self.words[newest] == bucket {
            self.words[newest + 1] = self.words[newest + 1].saturating_add(tokens);
        } else {
            if self.words[COUNT] as usize == MAX_ENTRIES {
                self.merge_oldest();
            }
            let next = ENTRIES + 2 * self.words[COUNT] as usize;
            self.words[next..next + 2].copy_from_slice(&[bucket, tokens]);
            self.words[COUNT] += 1;
        }
        if let Some(words) = region.hold_mut(self.address) {
            words.copy_from_slice(&self.words);
        }
    }

    /// Makes the tokens counted for this hold `actual`. Less than was held goes back where it was taken, newest
    /// first, as far as that is still counted; more is counted where the newest lie, or now if they no longer count.
    pub(super) fn true_up(&self, window: &mut TokensPerMinute, actual: u64) {
        let held = self.entries().fold(0, |sum: u64, (_, tokens)| sum.saturating_add(tokens));
        let mut unused = held.saturating_sub(actual);
        let mut excess = actual.saturating_sub(held);
        for (bucket, tokens) in self.entries().rev() {
            if excess > 0 {
                window.add_at(bucket, excess);
                excess = 0;
            }
            let back = tokens.min(unused);
            window.give_back(bucket, back);
            unused -= back;
        }
    }

    /// Ends the hold: its id is void from now on.
    pub(super) fn close(self, region: &mut Region) {
        if let Some(words) = region.hold_mut(self.address) {
            words[GENERATION] = (words[GENERATION] + 1) % GENERATIONS;
        }
        region.give_hold(self.address);
    }

    /// Bucket and tokens of each entry, oldest first.
    fn entries(&self) -> impl DoubleEndedIterator<Item = (u64, u64)> {
        let words = &self.words[ENTRIES..ENTRIES + 2 * self.words[COUNT] as usize];
        words.chunks_exact(2).map(|entry| (entry[0], entry[1]))
    }

    fn merge_oldest(&mut self) {
        self.words[ENTRIES + 1] = self.words[ENTRIES + 1].saturating_add(self.words[ENTRIES + 3]);
        self.words.copy_within(ENTRIES + 4..ENTRIES + 2 * MAX_ENTRIES, ENTRIES + 2);
        self.words[COUNT] -= 1;
    }
}
