//! The cell of one scope: its limits, its account, and what is counted against them.
//!
//! ```text
//! words:  kind | link | in flight | four limits | account | requests in 1 s | requests in 60 s | tokens in 60 s | room
//! ```

use super::account::Account;
use super::decision::{Gauge, Limit, NEVER};
use super::region::CELL_WORDS;
use super::window::Window;

const MILLISECOND: u64 = 1_000_000;

/// 60 s and one bucket of 250 ms; a count of requests is 32 bits.
type RequestsPerMinute<'a> = Window<'a, { 250 * MILLISECOND }, 241, 2>;
/// 60 s and one bucket of 250 ms.
pub(super) type TokensPerMinute<'a> = Window<'a, { 250 * MILLISECOND }, 241, 1>;
/// 1 s and one bucket of 1/16 s.
type RequestsPerSecond<'a> = Window<'a, { 1000 * MILLISECOND / 16 }, 17, 2>;

/// The value of a limit that is not set. It is checked as any other, so no sum can overflow.
pub(super) const UNLIMITED: u64 = u64::MAX;
/// When one of the requests in flight ends is not ours to know; this is a guess.
const CONCURRENCY_RETRY: u64 = 1000 * MILLISECOND;

const IN_FLIGHT: usize = 2;
const LIMITS: usize = 3;
const ACCOUNT: usize = LIMITS + Limit::PASSING.len();
const SECOND: usize = ACCOUNT + Account::WORDS;
const REQUESTS: usize = SECOND + RequestsPerSecond::WORDS;
const TOKENS: usize = REQUESTS + RequestsPerMinute::WORDS;
const END: usize = TOKENS + TokensPerMinute::WORDS;
const _: () = assert!(END <= CELL_WORDS);

/// A limit that refuses a request, and the first instant at which it no longer would.
pub(super) struct Obstacle {
    pub limit: Limit,
    pub value: u64,
    pub used: u64,
    pub requested: u64,
    pub until: u64,
}

/// A view of a scope's cell.
pub(super) struct Slot<'a> {
    words: &'a mut [u64],
}

impl<'a> Slot<'a> {
    pub(super) fn over(words: &'a mut [u64]) -> Self {
        Self { words }
    }

    pub(super) fn limit(&mut self, limit: Limit) -> u64 {
        match limit {
            Limit::Credits | Limit::Budget => self.account().balance().ceiling,
            passing => self.words[LIMITS + passing as usize],
        }
    }

    pub(super) fn set_limits(&mut self, limits: [Option<u64>; 4]) {
        for (word, limit) in self.words[LIMITS..].iter_mut().zip(limits) {
            *word = limit.unwrap_or(UNLIMITED);
        }
    }

    /// How many holds refer to this scope: the requests in flight.
    pub(super) fn in_flight(&self) -> u64 {
        self.words[IN_FLIGHT]
    }

    pub(super) fn account(&mut self) -> Account<'_> {
        Account::over(&mut self.words[ACCOUNT..SECOND])
    }

    pub(super) fn requests(&mut self) -> RequestsPerMinute<'_> {
        Window::over(&mut self.words[REQUESTS..TOKENS])
    }

    pub(super) fn tokens(&mut self) -> TokensPerMinute<'_> {
        Window::over(&mut self.words[TOKENS..END])
    }

    fn burst(&mut self) -> RequestsPerSecond<'_> {
        Window::over(&mut self.words[SECOND..REQUESTS])
    }

    pub(super) fn roll(&mut self, now: u64) {
        self.burst().roll(now);
        self.requests().roll(now);
        self.tokens().roll(now);
    }

    /// How much of a limit is in use. The windows have been rolled.
    pub(super) fn used(&mut self, limit: Limit) -> u64 {
        match limit {
            Limit::RequestsPerMinute => self.requests().used(),
            Limit::TokensPerMinute => self.tokens().used(),
            Limit::RequestsPerSecond => self.burst().used(),
            Limit::Concurrency => self.in_flight(),
            Limit::Credits | Limit::Budget => self.account().balance().used(),
        }
    }

    /// The first instant at which `need` of what is in use now no longer is. `now` is the caller's clock.
    fn drained_at(&mut self, limit: Limit, need: u64, now: u64) -> u64 {
        match limit {
            Limit::RequestsPerMinute => self.requests().drained_at(need),
            Limit::TokensPerMinute => self.tokens().drained_at(need),
            Limit::RequestsPerSecond => self.burst().drained_at(need),
            Limit::Concurrency => now.saturating_add(CONCURRENCY_RETRY),
            Limit::Credits | Limit::Budget => NEVER,
        }
    }

    /// Of the limits that pass and refuse a request of `tokens`, the one that is the last to let it in.
    pub(super) fn obstacle(&mut self, tokens: u64, now: u64) -> Option<Obstacle> {
        let mut last: Option<Obstacle> = None;
        for limit in Limit::PASSING {
            let (value, used) = (self.limit(limit), self.used(limit));
            let requested = if limit == Limit::TokensPerMinute { tokens } else { 1 };
            if fits(value, used, requested) {
                continue;
            }
            let until = if value == 0 || requested > value {
                NEVER
            } else {
                self.drained_at(limit, used - (value - requested), now)
            };
            if last.as_ref().is_none_or(|last| until > last.until) {
                last = Some(Obstacle { limit, value, used, requested, until });
            }
        }
        last
    }

    /// How much of a limit is left; `None` if it is not set.
    pub(super) fn remaining(&mut self, limit: Limit) -> Option<u64> {
        let value = self.limit(limit);
        (value != UNLIMITED).then(|| value.saturating_sub(self.used(limit)))
    }

    /// How a limit stands that is all there again in `reset` nanoseconds.
    pub(super) fn gauge(&mut self, limit: Limit, reset: u64) -> Gauge {
        Gauge { limit: self.limit(limit), remaining: self.remaining(limit).unwrap_or(UNLIMITED), reset }
    }

    /// Counts a request that is let in.
    pub(super) fn take(&mut self, tokens: u64) {
        self.burst().add(1);
        self.requests().add(1);
        self.tokens().add(tokens);
        self.words[IN_FLIGHT] += 1;
    }

    /// Counts a request as no longer in flight.
    pub(super) fn leave(&mut self) {
        self.words[IN_FLIGHT] = self.words[IN_FLIGHT].saturating_sub(1);
    }
}

/// A limit of 0 lets nothing through, not even a request that would take nothing of it.
fn fits(limit: u64, used: u64, requested: u64) -> bool {
    limit > 0 && limit.checked_sub(used).is_some_and(|room| requested <= room)
}
