//! A sliding window that never under-counts, over words that belong to someone else.
//!
//! Time is cut into buckets of `BUCKET_NS`, numbered from the clock's zero. The window keeps the amounts of the
//! current bucket and of the `BUCKETS - 1` before it, which together span the window's length and one bucket
//! more. So whatever lies less than, or exactly, the window's length back is always counted: in no real interval
//! of that length is more admitted than the limit. The price is that an amount may be counted for up to one bucket
//! too long.
//!
//! ```text
//! words:  newest bucket | sum | ring of BUCKETS amounts, LANES to a word; bucket b is at b % BUCKETS
//! ```

const NEWEST: usize = 0;
const SUM: usize = 1;
const RING: usize = 2;

/// A view of one window: `BUCKETS` amounts of `64 / LANES` bits each, and their sum.
///
/// `sum` is the sum of the amounts, with two exceptions that no real traffic meets and that err to refusing:
/// an amount that fills its lane stays there while the sum goes on, and the sum itself ends at `u64::MAX`.
pub(super) struct Window<'a, const BUCKET_NS: u64, const BUCKETS: usize, const LANES: usize> {
    words: &'a mut [u64],
}

impl<'a, const BUCKET_NS: u64, const BUCKETS: usize, const LANES: usize> Window<'a, BUCKET_NS, BUCKETS, LANES> {
    /// How many words such a window takes.
    pub(super) const WORDS: usize = RING + BUCKETS.div_ceil(LANES);
    const LANE_BITS: usize = 64 / LANES;
    const LANE_MAX: u64 = u64::MAX >> (64 - Self::LANE_BITS);
    const SPAN: u64 = BUCKETS as u64;

    /// A view of `words`, which are `WORDS` long. Zeroes are an empty window.
    pub(super) fn over(words: &'a mut [u64]) -> Self {
        Self { words }
    }

    /// The bucket in which `now` lies.
    pub(super) fn bucket(now: u64) -> u64 {
        now / BUCKET_NS
    }

    /// Moves the window up to `now`: what has left it is no longer counted. An earlier `now` changes nothing.
    pub(super) fn roll(&mut self, now: u64) {
        let (from, to) = (self.words[NEWEST], Self::bucket(now));
        if to <= from {
            return;
        }
        if to - from >= Self::SPAN {
            self.words[SUM..].fill(0);
        } else {
            let mut gone = 0;
            for index in Self::indexes(from + 1, to) {
                // A new bucket takes the place of the one that is just leaving the window.
                gone += self.amount(index);
                self.set(index, 0);
            }
            self.words[SUM] -= gone;
        }
        self.words[NEWEST] = to;
    }

    /// The total of all that is in the window.
    pub(super) fn used(&self) -> u64 {
        self.words[SUM]
    }

    /// Counts `n` in the newest bucket.
    pub(super) fn add(&mut self, n: u64) {
        self.add_at(self.words[NEWEST], n);
    }

    /// Counts `n` in `bucket` if that is still in the window, else in the newest: it is never dropped.
    pub(super) fn add_at(&mut self, bucket: u64, n: u64) {
        let index = Self::index(if self.is_live(bucket) { bucket } else { self.words[NEWEST] });
        let n = n.min(u64::MAX - self.words[SUM]);
        self.set(index, self.amount(index).saturating_add(n).min(Self::LANE_MAX));
        self.words[SUM] += n;
    }

    /// Takes `n` out of `bucket`, as far as it is there. A bucket that has left the window is left alone.
    pub(super) fn give_back(&mut self, bucket: u64, n: u64) {
        if self.is_live(bucket) {
            let index = Self::index(bucket);
            let amount = self.amount(index);
            let n = n.min(amount);
            self.set(index, amount - n);
            self.words[SUM] -= n;
        }
    }

    /// The first instant at which `need` of what is counted now has left the window. Linear in the buckets, so only
    /// for a refusal.
    pub(super) fn drained_at(&self, need: u64) -> u64 {
        let (oldest, newest) = self.live();
        let mut gone = 0;
        for (bucket, index) in (oldest..newest).zip(Self::indexes(oldest, newest)) {
            gone += self.amount(index);
            if gone >= need {
                return Self::leaves_at(bucket);
            }
        }
        Self::leaves_at(newest)
    }

    /// The first instant at which nothing of what is counted now is in the window; 0 if nothing is.
    pub(super) fn empty_at(&self) -> u64 {
        if self.used() == 0 {
            return 0;
        }
        let (oldest, newest) = self.live();
        let empty = Self::indexes(oldest, newest).rev().take_while(|&index| self.amount(index) == 0).count();
        Self::leaves_at(newest.saturating_sub(empty as u64))
    }

    /// The oldest and the newest bucket in the window.
    fn live(&self) -> (u64, u64) {
        let newest = self.words[NEWEST];
        (newest.saturating_sub(Self::SPAN - 1), newest)
    }

    fn is_live(&self, bucket: u64) -> bool {
        self.words[NEWEST].checked_sub(bucket).is_some_and(|age| age < Self::SPAN)
    }

    fn leaves_at(bucket: u64) -> u64 {
        (bucket + Self::SPAN).saturating_mul(BUCKET_NS)
    }

    /// Where in the ring a bucket is.
    fn index(bucket: u64) -> usize {
        (bucket % Self::SPAN) as usize
    }

    /// Where in the ring the buckets `from..=to` are, at most once around.
    fn indexes(from: u64, to: u64) -> impl DoubleEndedIterator<Item = usize> {
        let start = Self::index(from);
        let end = start + (to - from) as usize + 1;
        (start..end.min(BUCKETS)).chain(0..end.saturating_sub(BUCKETS))
    }

    fn amount(&self, index: usize) -> u64 {
        self.words[RING + index / LANES] >> (index % LANES * Self::LANE_BITS) & Self::LANE_MAX
    }

    fn set(&mut self, index: usize, amount: u64) {
        let (word, shift) = (&mut self.words[RING + index / LANES], index % LANES * Self::LANE_BITS);
        *word = *word & !(Self::LANE_MAX << shift) | amount << shift;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BUCKET: u64 = 10;
    const LENGTH: u64 = 40;
    type Small<'a, const LANES: usize> = Window<'a, BUCKET, 5, LANES>;

    #[derive(Clone, Debug)]
    enum Step {
        Pass(u64),
        Add(u64),
        GiveBack(usize),
        AddLate(usize, u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let pass = prop_oneof![0..4u64, Just(BUCKET), Just(LENGTH), Just(LENGTH + BUCKET), 0..200u64];
        let step = prop_oneof![
            3 => pass.prop_map(Step::Pass),
            3 => (0..1000u64).prop_map(Step::Add),
            1 => any::<usize>().prop_map(Step::GiveBack),
            1 => (any::<usize>(), 0..1000u64).prop_map(|(i, n)| Step::AddLate(i, n)),
        ];
        prop::collection::vec(step, 1..80)
    }

    /// Runs the steps on a window and on a log of every amount with its exact time; compares after each.
    fn agrees<const LANES: usize>(steps: Vec<Step>) -> Result<(), TestCaseError> {
        let mut words = vec![0; Small::<LANES>::WORDS];
        let mut window = Small::<LANES>::over(&mut words);
        let (mut now, mut log) = (0, Vec::<(u64, u64)>::new());
        for step in steps {
            match step {
                Step::Pass(ns) => now += ns,
                Step::Add(n) => {
                    window.roll(now);
                    window.add(n);
                    log.push((now, n));
                }
                Step::GiveBack(i) if !log.is_empty() => {
                    let (then, n) = log.swap_remove(i % log.len());
                    window.roll(now);
                    window.give_back(then / BUCKET, n);
                }
                Step::AddLate(i, n) if !log.is_empty() => {
                    let then = log[i % log.len()].0;
                    let live = now / BUCKET - then / BUCKET <= LENGTH / BUCKET;
                    window.roll(now);
                    window.add_at(then / BUCKET, n);
                    log.push((if live { then } else { now }, n));
                }
                Step::GiveBack(_) | Step::AddLate(..) => {}
            }
            window.roll(now);
            let within = |back: u64| log.iter().filter(|(t, _)| t + back >= now).map(|(_, n)| n).sum::<u64>();
            prop_assert!(window.used() >= within(LENGTH), "counted less than happened");
            prop_assert!(window.used() <= within(LENGTH + BUCKET), "counted longer than one bucket too long");

            let used_at = |t: u64| {
                let mut later = window.words.to_vec();
                let mut later = Small::<LANES>::over(&mut later);
                later.roll(t);
                later.used()
            };
            let need = window.used() / 2;
            if need > 0 {
                let free = window.drained_at(need);
                prop_assert!(window.used() - used_at(free) >= need, "not drained when it said");
                prop_assert!(window.used() - used_at(free - 1) < need, "drained before it said");
            }
            let empty = window.empty_at();
            prop_assert_eq!(used_at(empty.max(now)), 0);
            prop_assert!(empty == 0 || used_at(empty - 1) > 0);
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn a_window_equals_its_log(steps in steps()) {
            agrees::<1>(steps)?;
        }

        #[test]
        fn a_packed_window_equals_its_log(steps in steps()) {
            agrees::<2>(steps)?;
        }
    }

    #[test]
    fn an_amount_counts_at_exactly_the_windows_length_and_goes_one_bucket_later() {
        let mut words = vec![0; Small::<1>::WORDS];
        let mut window = Small::<1>::over(&mut words);
        window.roll(19);
        window.add(7);
        window.roll(19 + LENGTH);
        assert_eq!(window.used(), 7);
        assert_eq!(window.empty_at(), 60);
        window.roll(60);
        assert_eq!(window.used(), 0);
    }

    #[test]
    fn a_clock_that_goes_back_changes_nothing() {
        let mut words = vec![0; Small::<1>::WORDS];
        let mut window = Small::<1>::over(&mut words);
        window.roll(100);
        window.add(7);
        window.roll(3);
        window.add(1);
        assert_eq!((window.used(), window.empty_at()), (8, 150));
    }

    #[test]
    fn overflow_errs_to_counting_too_much() {
        let mut words = vec![0; Small::<1>::WORDS];
        let mut window = Small::<1>::over(&mut words);
        window.add(u64::MAX - 1);
        window.add(5);
        assert_eq!(window.used(), u64::MAX);
        window.roll(u64::MAX);
        assert_eq!(window.used(), 0);
        window.add(1);
        assert_eq!(window.empty_at(), u64::MAX);

        let mut words = vec![0; Small::<2>::WORDS];
        let mut packed = Small::<2>::over(&mut words);
        packed.add(1 << 33);
        packed.add(1);
        assert_eq!(packed.used(), (1 << 33) + 1);
        packed.roll(BUCKET);
        packed.add(1);
        assert_eq!(packed.used(), (1 << 33) + 2);
        packed.roll(5 * BUCKET);
        assert!(packed.used() > 1, "the sum may only be too large");
        packed.roll(100 * BUCKET);
        assert_eq!(packed.used(), 0);
    }
}
