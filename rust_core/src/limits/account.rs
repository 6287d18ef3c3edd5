//! The account of one scope: what may be spent there, what has been, and what open holds may yet spend.
//!
//! ```text
//! words:  ceiling | settled | held
//! ```
//! `held` is always the sum of what the open holds took here, `settled` of what ended ones were charged here since it
//! was last set. Both are counted without a ceiling as well, so one that is set counts what runs already.

/// The ceiling of an account that has none. It is checked as any other, so no sum can overflow.
const UNMETERED: u64 = u64::MAX;

const CEILING: usize = 0;
const SETTLED: usize = 1;
const HELD: usize = 2;

/// What a request asks to hold: something useful at the least, all it could cost at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// With less than this available the request is refused.
    pub least: u64,
    /// So much it gets, if there is as much, before the rest is shared with others.
    pub fair: u64,
    /// More than this is not held. 0 asks for nothing, and is never refused.
    pub most: u64,
}

impl Ask {
    /// Asks for no money.
    pub const NOTHING: Self = Self { least: 0, fair: 0, most: 0 };
}

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// What was granted, or budgeted for the period.
    pub ceiling: u64,
    /// What has been spent of it.
    pub settled: u64,
    /// What open holds may yet spend of it.
    pub held: u64,
}

impl Balance {
    pub(super) fn used(self) -> u64 {
        self.settled.saturating_add(self.held)
    }
}

/// What the end of a hold was charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// What was added to what is settled, in each scope that the hold took from.
    pub charged: u64,
    /// The cost that was beyond what could be charged.
    pub shortfall: u64,
}

/// A view of one account.
pub(super) struct Account<'a> {
    words: &'a mut [u64],
}

impl<'a> Account<'a> {
    pub(super) const WORDS: usize = 3;

    pub(super) fn over(words: &'a mut [u64]) -> Self {
        Self { words }
    }

    pub(super) fn is_metered(&self) -> bool {
        self.words[CEILING] != UNMETERED
    }

    pub(super) fn balance(&self) -> Balance {
        Balance { ceiling: self.words[CEILING], settled: self.words[SETTLED], held: self.words[HELD] }
    }

    /// Sets the ceiling, `None` for no account, and, if given, what is settled.
    pub(super) fn set(&mut self, ceiling: Option<u64>, settled: Option<u64>) {
        self.words[CEILING] = ceiling.map_or(UNMETERED, |ceiling| ceiling.min(UNMETERED - 1));
        self.words[SETTLED] = settled.unwrap_or(self.words[SETTLED]);
    }

    /// What is neither spent nor held; `None` if more than the ceiling is, for it was lowered.
    pub(super) fn available(&self) -> Option<u64> {
        self.words[CEILING].checked_sub(self.words[SETTLED])?.checked_sub(self.words[HELD])
    }

    /// How much of what a request asks for it may take here; `None`: not the least of it.
    ///
    /// A request that does not know what it will cost gets a quarter of what is left, or a half if nothing else holds
    /// any: one call must not lock up a balance while others wait. But it gets what is `fair` first, as far as there is
    /// as much: a small balance is not cut into pieces that are good for nothing. The share grows with what is left: of
    /// several scopes the tightest decides.
    pub(super) fn share(&self, Ask { least, fair, most }: Ask) -> Option<u64> {
        if most == 0 {
            return Some(0);
        }
        let available = self.available().filter(|&available| least <= available)?;
        if !self.is_metered() {
            return Some(most.min(available));
        }
        let part = if self.words[HELD] == 0 { available / 2 } else { available / 4 };
        Some(most.min(least.max(part).max(fair.min(available))))
    }

    /// Holds `money`, at most a `share`.
    pub(super) fn take(&mut self, money: u64) {
        self.words[HELD] += money;
    }

    /// The most that a hold of `held` can be charged: what it holds and, where there is no room for more, no more.
    pub(super) fn chargeable(&self, held: u64) -> u64 {
        held.saturating_add(self.available().unwrap_or(0))
    }

    /// Ends a hold of `held`, at most `chargeable` of which was spent.
    pub(super) fn settle(&mut self, held: u64, charged: u64) {
        self.words[HELD] -= held;
        self.words[SETTLED] = self.words[SETTLED].saturating_add(charged);
    }
}
