//! Windows, accounts, slots and the all-or-nothing admission over them.
//!
//! A request is counted in up to three scopes (its key, its team, its organisation), against four limits in each:
//! requests per minute, tokens per minute, requests per second, requests in flight; and against the account of each
//! scope that has one: an organisation's credits, a team's or key's budget. [`Limiter::admit`] takes from all of them
//! or from none, and opens a hold; [`Limiter::settle`] ends it, once, when it is known what the request took.
//!
//! What always holds:
//!
//! * In every real interval of a window's length no more is admitted than the limit. Capacity comes back at most one
//!   bucket late: 250 ms for the 60 s windows, 1/16 s for the 1 s window.
//! * A refusal takes nothing, and says truly when the same request would be let in.
//! * What did happen is never counted short: tokens beyond a hold are counted even where no room is left.
//! * No admission, extension or settlement makes what is settled and held in an account more than its ceiling. A cost
//!   for which there is no room is not charged, but returned as a shortfall.
//!
//! When money and a limit both refuse, money is told: a limit lets the request in again by itself, money does not. Of
//! several accounts that refuse it is the one with least available, and of equals the wider scope's.
//!
//! Time is an argument, in nanoseconds of a monotonic clock. Everything that is counted lies in one flat region of
//! words, 3,328 bytes a scope and 256 bytes a hold, with no pointers in it.
//!
//! | module | what lives there |
//! | --- | --- |
//! | [`window`] | a sliding window over a few words |
//! | [`account`] | what may be spent in a scope, what has been, and what is held |
//! | [`slot`] | a scope: four limits, what is counted against them, and an account |
//! | [`hold`] | a request in flight, where its tokens lie, and its money |
//! | [`region`] | the words themselves: cells, blocks, free lists, the newest time |
//! | [`decision`] | what is answered, and its header lines |

mod account;
mod decision;
mod hold;
mod region;
mod slot;
mod window;

#[cfg(test)]
mod money_tests;
#[cfg(test)]
mod tests;

use std::fmt;

pub use account::{Ask, Balance, Settlement};
use decision::NEVER;
pub use decision::{Decision, Gauge, Limit, Lines, Refusal, Scope};
use hold::{Hold, Taken};
use region::{Kind, Region};
use slot::{Obstacle, Slot, TokensPerMinute};

/// More tokens than any request takes: more than this counts as this, and a limit of this or more is no limit. So one
/// absurd request cannot fill a sum that others share.
pub const MOST: u64 = 1 << 40;

/// A call that makes no sense: a bug of the caller, never a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is no such slot, or it has been freed.
    UnknownSlot(u64),
    /// Two scopes of a request are the same slot.
    SameSlot(u64),
    /// More money is asked for at the least than is fair, or more than that is at the most.
    Ask(Ask),
    /// There is no room for another slot or hold.
    Full,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSlot(slot) => write!(f, "no slot {slot}"),
            Self::SameSlot(slot) => write!(f, "slot {slot} is two scopes of one request"),
            Self::Ask(Ask { least, fair, most }) => {
                write!(f, "asks for at least {least}, fairly {fair} and at most {most}")
            }
            Self::Full => f.write_str("no room for another slot or hold"),
        }
    }
}

impl std::error::Error for Error {}

/// The scopes of a request, as slots. Slot 0 is a scope that does not exist: it has no limits and counts nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scopes {
    /// The slot of the key.
    pub key: u64,
    /// The slot of the key's team, or 0.
    pub team: u64,
    /// The slot of the organisation, or 0.
    pub org: u64,
}

impl Scopes {
    fn slots(self) -> [u64; 3] {
        [self.key, self.team, self.org]
    }

    fn each(self) -> impl DoubleEndedIterator<Item = (Scope, u64)> {
        Scope::ALL.into_iter().zip(self.slots()).filter(|&(_, slot)| slot != 0)
    }
}

/// All limits of a gateway, and everything counted against them.
pub struct Limiter {
    region: Region,
}

impl Default for Limiter {
    fn default() -> Self {
        Self::new()
    }
}

impl Limiter {
    /// A limiter with no slots.
    pub fn new() -> Self {
        Self { region: Region::new() }
    }

    /// A slot for a new scope, without limits or an account.
    pub fn allocate(&mut self) -> Result<u64, Error> {
        let slot = self.region.take_cell(Kind::Scope)?;
        self.slot(slot).set_limits([None; 4]);
        self.slot(slot).account().set(None, Some(0));
        Ok(slot)
    }

    /// Gives a slot up. It is used again once no hold refers to it.
    pub fn free(&mut self, slot: u64) -> Result<(), Error> {
        self.check(slot)?;
        if self.slot(slot).in_flight() == 0 {
            self.region.give_cell(slot);
        } else {
            self.region.cell_mut(slot)[region::KIND] = Kind::Leaving as u64;
        }
        Ok(())
    }

    /// Sets the limits of a slot, in the order of [`Limit`]; `None` is no limit, 0 lets nothing through. What is
    /// counted stays: a limit below what is in use refuses until that has drained. [`MOST`] or more is no limit.
    pub fn configure(&mut self, slot: u64, limits: [Option<u64>; 4]) -> Result<(), Error> {
        self.check(slot)?;
        self.slot(slot).set_limits(limits.map(|limit| limit.filter(|&limit| limit < MOST)));
        Ok(())
    }

    /// Sets the ceiling of a slot's account; `None` takes it away. What is settled stays if `settled` is `None`. What is
    /// held stays, and is charged to the account, as it is then, when the holds end: with or without a ceiling, money is
    /// counted.
    pub fn set_account(&mut self, slot: u64, ceiling: Option<u64>, settled: Option<u64>) -> Result<(), Error> {
        self.check(slot)?;
        self.slot(slot).account().set(ceiling, settled);
        Ok(())
    }

    /// How a slot's account stands, if it has a ceiling.
    pub fn account(&mut self, slot: u64) -> Result<Option<Balance>, Error> {
        self.check(slot)?;
        let mut slot = self.slot(slot);
        let account = slot.account();
        Ok(account.is_metered().then(|| account.balance()))
    }

    /// What has been charged in a slot since that was last set, with a ceiling or without one.
    pub fn settled(&mut self, slot: u64) -> Result<u64, Error> {
        self.check(slot)?;
        Ok(self.slot(slot).account().balance().settled)
    }

    /// Would a request of no tokens and no money be let in? Takes nothing.
    pub fn peek(&mut self, scopes: Scopes, now: u64) -> Result<Decision, Error> {
        self.check_all(scopes)?;
        let refusal = self.refusal(scopes, 0, now);
        Ok(self.decision(refusal, scopes, now))
    }

    /// Lets a request of `tokens` and of money in, or refuses it: one step over all limits and accounts of its scopes.
    pub fn admit(&mut self, scopes: Scopes, tokens: u64, ask: Ask, now: u64) -> Result<Decision, Error> {
        self.check_all(scopes)?;
        check_ask(ask)?;
        let tokens = tokens.min(MOST);
        let passing = self.refusal(scopes, tokens, now);
        let share = self.share(scopes.each().map(|(_, slot)| slot), ask);
        let (Some(money), None) = (share, passing) else {
            let refusal = if share.is_none() { self.short_of_money(scopes, ask) } else { passing };
            return Ok(self.decision(refusal, scopes, now));
        };
        let address = self.region.take_hold()?;
        for (_, slot) in scopes.each() {
            self.slot(slot).take(tokens);
            self.slot(slot).account().take(money);
        }
        let bucket = TokensPerMinute::bucket(self.region.observe(now));
        let taken = Taken { slots: scopes.slots(), bucket, tokens, money };
        let hold = Hold::open(&mut self.region, address, &taken);
        Ok(Decision { hold, held_money: money, ..self.decision(None, scopes, now) })
    }

    /// Counts `tokens` that a request produced beyond its hold, whether there is room or not: they happened. Later
    /// requests are refused until they have drained. False if the hold has ended.
    pub fn grow(&mut self, hold: u64, tokens: u64, now: u64) -> bool {
        let Some(mut hold) = Hold::find(&self.region, hold) else { return false };
        self.book(&mut hold, tokens, now);
        true
    }

    /// Takes more money for a request, from all the accounts that its hold took from or from none, and counts `tokens`
    /// as [`Limiter::grow`] does. Returns the money: 0 if not the least of it is there, or the hold has ended.
    pub fn extend(&mut self, hold: u64, tokens: u64, ask: Ask, now: u64) -> Result<u64, Error> {
        check_ask(ask)?;
        let Some(mut hold) = Hold::find(&self.region, hold) else { return Ok(0) };
        if tokens > 0 {
            self.book(&mut hold, tokens, now);
        }
        let Some(money) = self.share(hold.slots(), ask) else { return Ok(0) };
        self.take_more(&mut hold, money);
        Ok(money)
    }

    /// Takes as much more for a request as makes it `money` in all, as far as every account of its hold has room: for a
    /// cost that is known. What is held by then; 0 if the hold has ended.
    pub fn cover(&mut self, hold: u64, money: u64) -> u64 {
        let Some(mut hold) = Hold::find(&self.region, hold) else { return 0 };
        let room = hold.slots().map(|slot| self.slot(slot).account().available().unwrap_or(0));
        let more = room.fold(money.saturating_sub(hold.money()), u64::min);
        self.take_more(&mut hold, more);
        hold.money()
    }

    /// Ends a request that took `actual` tokens and cost `money`: gives back what it held and did not use, counts what
    /// it used and did not hold, and frees its place among those in flight. Of the cost it is charged what it held and
    /// there is room for; the rest is the shortfall. `None` if the hold has ended already.
    pub fn settle(&mut self, hold: u64, actual: u64, money: u64, now: u64) -> Option<Settlement> {
        let hold = Hold::find(&self.region, hold)?;
        let now = self.region.observe(now);
        let charged = hold.slots().map(|slot| self.slot(slot).account().chargeable(hold.money())).fold(money, u64::min);
        for number in hold.slots() {
            let mut slot = self.slot(number);
            slot.account().settle(hold.money(), charged);
            slot.roll(now);
            hold.true_up(&mut slot.tokens(), actual.min(MOST));
            slot.leave();
            if slot.in_flight() == 0 && self.region.is(number, Kind::Leaving) {
                self.region.give_cell(number);
            }
        }
        hold.close(&mut self.region);
        Some(Settlement { charged, shortfall: money - charged })
    }

    /// How many requests of a slot are in flight.
    pub fn in_flight(&mut self, slot: u64) -> Result<u64, Error> {
        self.check(slot)?;
        Ok(self.slot(slot).in_flight())
    }

    /// Requests and tokens in the 60 s windows of a slot.
    pub fn usage(&mut self, slot: u64, now: u64) -> Result<(u64, u64), Error> {
        self.check(slot)?;
        let now = self.region.observe(now);
        let mut slot = self.slot(slot);
        slot.roll(now);
        Ok((slot.requests().used(), slot.tokens().used()))
    }

    fn book(&mut self, hold: &mut Hold, tokens: u64, now: u64) {
        let (tokens, now) = (tokens.min(MOST), self.region.observe(now));
        for slot in hold.slots() {
            let mut slot = self.slot(slot);
            slot.roll(now);
            slot.tokens().add(tokens);
        }
        hold.record(&mut self.region, TokensPerMinute::bucket(now), tokens);
    }

    fn take_more(&mut self, hold: &mut Hold, money: u64) {
        for slot in hold.slots() {
            self.slot(slot).account().take(money);
        }
        hold.record_money(&mut self.region, money);
    }

    fn slot(&mut self, slot: u64) -> Slot<'_> {
        Slot::over(self.region.cell_mut(slot))
    }

    fn check(&self, slot: u64) -> Result<(), Error> {
        if self.region.is(slot, Kind::Scope) { Ok(()) } else { Err(Error::UnknownSlot(slot)) }
    }

    fn check_all(&self, scopes: Scopes) -> Result<(), Error> {
        let Scopes { key, team, org } = scopes;
        scopes.each().try_for_each(|(_, slot)| self.check(slot))?;
        // A slot that is counted twice but checked once would let one too many in.
        if key != 0 && (key == team || key == org) {
            return Err(Error::SameSlot(key));
        }
        if team != 0 && team == org { Err(Error::SameSlot(team)) } else { Ok(()) }
    }

    /// Moves all windows of the scopes up to `now` and finds the limit that refuses the request for longest.
    fn refusal(&mut self, scopes: Scopes, tokens: u64, now: u64) -> Option<Refusal> {
        let newest = self.region.observe(now);
        let mut last: Option<(Scope, Obstacle)> = None;
        for (scope, number) in scopes.each() {
            let mut slot = self.slot(number);
            slot.roll(newest);
            if let Some(obstacle) = slot.obstacle(tokens, now)
                && last.as_ref().is_none_or(|(_, last)| obstacle.until > last.until)
            {
                last = Some((scope, obstacle));
            }
        }
        last.map(|(scope, Obstacle { limit, value, used, requested, until })| {
            let retry_after = (until != NEVER).then(|| until.saturating_sub(now));
            Refusal { scope, limit, value, used, requested, retry_after }
        })
    }

    /// The money that the accounts of `slots` all have for a request; `None`: one of them has too little.
    fn share(&mut self, slots: impl Iterator<Item = u64>, ask: Ask) -> Option<u64> {
        slots.map(|slot| self.slot(slot).account().share(ask)).fold(Some(ask.most), Option::min)
    }

    /// The refusal for want of money, of the account with least available; of equals the widest scope's.
    fn short_of_money(&mut self, scopes: Scopes, ask: Ask) -> Option<Refusal> {
        let (scope, slot) = scopes.each().rev().min_by_key(|&(_, slot)| self.slot(slot).account().available())?;
        let limit = if scope == Scope::Org { Limit::Credits } else { Limit::Budget };
        let balance = self.slot(slot).account().balance();
        let (value, used, requested) = (balance.ceiling, balance.used(), ask.least);
        Some(Refusal { scope, limit, value, used, requested, retry_after: None })
    }

    fn decision(&mut self, refusal: Option<Refusal>, scopes: Scopes, now: u64) -> Decision {
        let requests = self.tightest(scopes, Limit::RequestsPerMinute).map(|slot| {
            let mut slot = self.slot(slot);
            let full = slot.requests().empty_at();
            slot.gauge(Limit::RequestsPerMinute, full.saturating_sub(now))
        });
        let tokens = self.tightest(scopes, Limit::TokensPerMinute).map(|slot| {
            let mut slot = self.slot(slot);
            let full = slot.tokens().empty_at();
            slot.gauge(Limit::TokensPerMinute, full.saturating_sub(now))
        });
        let metered = scopes.each().any(|(_, slot)| self.slot(slot).account().is_metered());
        Decision { hold: 0, refusal, held_money: 0, metered, requests, tokens }
    }

    /// The slot that has least left of a limit; `None` if no scope has the limit.
    fn tightest(&mut self, scopes: Scopes, limit: Limit) -> Option<u64> {
        let limited = scopes.each().filter_map(|(_, slot)| Some((self.slot(slot).remaining(limit)?, slot)));
        limited.min_by_key(|&(remaining, _)| remaining).map(|(_, slot)| slot)
    }
}

fn check_ask(ask: Ask) -> Result<(), Error> {
    if ask.least <= ask.fair && ask.fair <= ask.most { Ok(()) } else { Err(Error::Ask(ask)) }
}
