#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A key, its team and its organisation, with these ceilings.
fn limiter(ceilings: [Option<u64>; 3]) -> (Limiter, Scopes) {
    let mut limiter = Limiter::new();
    let [key, team, org] = ceilings.map(|ceiling| {
        let slot = limiter.allocate().unwrap();
        limiter.set_account(slot, ceiling, None).unwrap();
        slot
    });
    (limiter, Scopes { key, team, org })
}

fn exactly(money: u64) -> Ask {
    Ask { least: money, fair: money, most: money }
}

/// Something useful at the least, and nothing that is fair beyond that.
fn between(least: u64, most: u64) -> Ask {
    Ask { least, fair: least, most }
}

fn admit(limiter: &mut Limiter, scopes: Scopes, ask: Ask) -> Decision {
    limiter.admit(scopes, 0, ask, 0).unwrap()
}

fn used(limiter: &mut Limiter, slot: u64) -> (u64, u64) {
    limiter.account(slot).unwrap().map(|balance| (balance.settled, balance.held)).unwrap()
}

#[test]
fn the_last_cent_is_for_one() {
    let (mut limiter, scopes) = limiter([None, None, Some(100)]);
    let first = admit(&mut limiter, scopes, exactly(100));
    assert_eq!((first.refusal, first.held_money, first.metered), (None, 100, true));
    let refusal = admit(&mut limiter, scopes, exactly(1)).refusal.unwrap();
    let expected =
        Refusal { scope: Scope::Org, limit: Limit::Credits, value: 100, used: 100, requested: 1, retry_after: None };
    assert_eq!(refusal, expected);
    assert_eq!(limiter.settle(first.hold, 0, 40, 0), Some(Settlement { charged: 40, shortfall: 0 }));
    assert_eq!(limiter.settle(first.hold, 0, 40, 0), None);
    assert_eq!(limiter.extend(first.hold, 0, exactly(1), 0), Ok(0));
    assert_eq!(used(&mut limiter, scopes.org), (40, 0));
    assert_eq!(admit(&mut limiter, scopes, exactly(60)).refusal, None);
}

#[test]
fn an_account_that_refuses_takes_nothing_anywhere() {
    let (mut limiter, scopes) = limiter([Some(100), Some(9), Some(100)]);
    let refusal = admit(&mut limiter, scopes, exactly(10)).refusal.unwrap();
    assert_eq!((refusal.scope, refusal.limit, refusal.value), (Scope::Team, Limit::Budget, 9));
    limiter.configure(scopes.org, [Some(0), None, None, None]).unwrap();
    let decision = admit(&mut limiter, scopes, exactly(5));
    assert_eq!(decision.refusal.map(|refusal| refusal.limit), Some(Limit::RequestsPerMinute));
    assert_eq!(decision.held_money, 0);
    for slot in [scopes.key, scopes.team, scopes.org] {
        assert_eq!(used(&mut limiter, slot), (0, 0));
        assert_eq!(limiter.usage(slot, 0), Ok((0, 0)));
        assert_eq!(limiter.in_flight(slot), Ok(0));
    }
}

#[test]
fn money_is_told_before_a_limit_even_one_that_never_lets_in() {
    let (mut limiter, scopes) = limiter([Some(5), None, None]);
    for limits in [[Some(1), None, None, None], [Some(0), Some(1), None, None]] {
        limiter.configure(scopes.key, [None; 4]).unwrap();
        admit(&mut limiter, scopes, Ask::NOTHING);
        limiter.configure(scopes.key, limits).unwrap();
        let refusal = admit(&mut limiter, scopes, exactly(6)).refusal.unwrap();
        assert_eq!((refusal.limit, refusal.retry_after), (Limit::Budget, None));
        let refusal = admit(&mut limiter, scopes, exactly(5)).refusal.unwrap();
        assert_eq!(refusal.limit, Limit::RequestsPerMinute);
    }
}

#[test]
fn of_accounts_that_refuse_the_tightest_is_told_and_of_equals_the_widest() {
    let (mut limiter, scopes) = limiter([Some(5), Some(4), Some(6)]);
    assert_eq!(admit(&mut limiter, scopes, exactly(7)).refusal.unwrap().scope, Scope::Team);
    limiter.set_account(scopes.org, Some(4), None).unwrap();
    assert_eq!(admit(&mut limiter, scopes, exactly(7)).refusal.unwrap().scope, Scope::Org);
    limiter.set_account(scopes.key, Some(5), Some(6)).unwrap();
    let refusal = admit(&mut limiter, scopes, exactly(1)).refusal.unwrap();
    assert_eq!((refusal.scope, refusal.value, refusal.used), (Scope::Key, 5, 6));
}

#[test]
fn a_request_without_bound_gets_a_share_but_what_is_fair_first() {
    let (mut limiter, scopes) = limiter([None, Some(1000), Some(100)]);
    let taken = |limiter: &mut Limiter, ask| {
        let decision = admit(limiter, scopes, ask);
        assert_eq!(decision.refusal, None);
        let held = used(limiter, scopes.org).1;
        assert_eq!(used(limiter, scopes.team).1, held);
        (decision.hold, decision.held_money)
    };
    // Alone: a half.
    for (asked, expected) in [(between(1, 1000), 50), (between(1, 10), 10), (between(60, 1000), 60)] {
        let (hold, money) = taken(&mut limiter, asked);
        assert_eq!(money, expected);
        limiter.settle(hold, 0, 0, 0).unwrap();
    }
    // Beside another: a quarter, or what is fair, or what there is of that.
    let (first, _) = taken(&mut limiter, exactly(20));
    for (asked, expected) in [
        (between(1, 1000), 20),
        (Ask { least: 1, fair: 30, most: 1000 }, 30),
        (Ask { least: 1, fair: 500, most: 1000 }, 80),
        (exactly(80), 80),
    ] {
        let (hold, money) = taken(&mut limiter, asked);
        assert_eq!(money, expected);
        limiter.settle(hold, 0, 0, 0).unwrap();
    }
    assert_eq!(limiter.extend(first, 7, between(10, 1000), 0), Ok(20));
    assert_eq!(limiter.extend(first, 0, between(61, 1000), 0), Ok(0));
    assert_eq!(limiter.extend(first, 0, exactly(60), 0), Ok(60));
    assert_eq!((used(&mut limiter, scopes.team), used(&mut limiter, scopes.org)), ((0, 100), (0, 100)));
    assert_eq!(limiter.usage(scopes.key, 0), Ok((8, 7)));
}

#[test]
fn a_cost_that_is_known_is_covered_as_far_as_there_is_room() {
    let (mut limiter, scopes) = limiter([Some(50), None, Some(100)]);
    let holds = [10, 15].map(|money| admit(&mut limiter, scopes, exactly(money)).hold);
    assert_eq!(limiter.cover(holds[0], 5), 10, "it takes nothing back");
    assert_eq!(limiter.cover(holds[0], 30), 30);
    assert_eq!(limiter.cover(holds[0], 1000), 35);
    assert_eq!((used(&mut limiter, scopes.key), used(&mut limiter, scopes.org)), ((0, 50), (0, 50)));
    limiter.set_account(scopes.key, Some(20), None).unwrap();
    assert_eq!(limiter.cover(holds[1], 16), 15, "a ceiling that was lowered has no room");
    assert_eq!(limiter.settle(holds[0], 0, 35, 0), Some(Settlement { charged: 35, shortfall: 0 }));
    assert_eq!(limiter.cover(holds[0], 1), 0, "it has ended");
}

#[test]
fn a_cost_beyond_the_hold_is_charged_where_there_is_room_and_else_told() {
    let (mut limiter, scopes) = limiter([Some(100), None, Some(1000)]);
    let holds = [10, 70].map(|money| admit(&mut limiter, scopes, exactly(money)).hold);
    assert_eq!(limiter.settle(holds[0], 0, 50, 0), Some(Settlement { charged: 30, shortfall: 20 }));
    assert_eq!(used(&mut limiter, scopes.key), (30, 70));
    assert_eq!(used(&mut limiter, scopes.org), (30, 70));
    limiter.set_account(scopes.key, Some(50), None).unwrap();
    assert_eq!(limiter.settle(holds[1], 0, 80, 0), Some(Settlement { charged: 70, shortfall: 10 }));
    assert_eq!(used(&mut limiter, scopes.key), (100, 0));
    assert_eq!(used(&mut limiter, scopes.org), (100, 0));
}

#[test]
fn nothing_asked_is_never_refused_and_still_charged() {
    let (mut limiter, scopes) = limiter([Some(10), None, None]);
    limiter.set_account(scopes.key, Some(10), Some(11)).unwrap();
    let decision = admit(&mut limiter, scopes, Ask::NOTHING);
    assert_eq!((decision.refusal, decision.metered, decision.held_money), (None, true, 0));
    assert_eq!(limiter.settle(decision.hold, 0, 5, 0), Some(Settlement { charged: 0, shortfall: 5 }));
    for wrong in [between(2, 1), Ask { least: 1, fair: 3, most: 2 }, Ask { least: 2, fair: 1, most: 3 }] {
        assert_eq!(limiter.admit(scopes, 0, wrong, 0), Err(Error::Ask(wrong)));
    }
}

#[test]
fn without_a_ceiling_all_is_let_in_and_counted() {
    let (mut limiter, scopes) = limiter([None; 3]);
    let decision = admit(&mut limiter, scopes, exactly(u64::MAX));
    assert_eq!((decision.refusal, decision.metered, decision.held_money), (None, false, u64::MAX));
    assert_eq!(limiter.extend(decision.hold, 0, exactly(1), 0), Ok(0), "no sum overflows");
    assert_eq!(limiter.settle(decision.hold, 0, 7, 0), Some(Settlement { charged: 7, shortfall: 0 }));
    assert_eq!((limiter.settled(scopes.key), limiter.account(scopes.key)), (Ok(7), Ok(None)));
    limiter.set_account(scopes.key, Some(100), None).unwrap();
    assert_eq!(used(&mut limiter, scopes.key), (7, 0));
}

#[test]
fn a_ceiling_that_is_set_counts_what_runs() {
    let (mut limiter, scopes) = limiter([None, None, Some(100)]);
    let holds = [30, 20].map(|money| admit(&mut limiter, scopes, exactly(money)).hold);
    limiter.settle(holds[0], 0, 25, 0).unwrap();
    limiter.set_account(scopes.key, Some(50), None).unwrap();
    assert_eq!(used(&mut limiter, scopes.key), (25, 20));
    assert_eq!(admit(&mut limiter, scopes, exactly(6)).refusal.unwrap().scope, Scope::Key);
    assert_eq!(limiter.extend(holds[1], 0, exactly(6), 0), Ok(0));
    assert_eq!(limiter.settle(holds[1], 0, 40, 0), Some(Settlement { charged: 25, shortfall: 15 }));
    assert_eq!(used(&mut limiter, scopes.key), (50, 0));
}

#[test]
fn a_ceiling_that_was_away_has_lost_nothing() {
    let (mut limiter, scopes) = limiter([Some(100), None, None]);
    let holds = [30, 20].map(|money| admit(&mut limiter, scopes, exactly(money)).hold);
    limiter.set_account(scopes.key, None, None).unwrap();
    assert_eq!(limiter.account(scopes.key), Ok(None));
    let unmetered = admit(&mut limiter, scopes, exactly(1000)).hold;
    limiter.settle(holds[0], 0, 25, 0).unwrap();
    assert_eq!(limiter.extend(holds[1], 0, exactly(5), 0), Ok(5));
    limiter.set_account(scopes.key, Some(60), None).unwrap();
    assert_eq!(used(&mut limiter, scopes.key), (25, 1025));
    limiter.settle(unmetered, 0, 1000, 0).unwrap();
    assert_eq!(used(&mut limiter, scopes.key), (1025, 25));
    limiter.set_account(scopes.key, Some(60), Some(0)).unwrap();
    limiter.settle(holds[1], 0, 25, 0).unwrap();
    assert_eq!(used(&mut limiter, scopes.key), (25, 0));
}

#[test]
fn a_slot_freed_in_flight_is_new_when_it_is_used_again() {
    let (mut limiter, scopes) = limiter([Some(100), None, Some(100)]);
    let hold = admit(&mut limiter, scopes, exactly(40)).hold;
    limiter.free(scopes.key).unwrap();
    assert_eq!(limiter.account(scopes.key), Err(Error::UnknownSlot(scopes.key)));
    assert_eq!(limiter.set_account(scopes.key, None, None), Err(Error::UnknownSlot(scopes.key)));
    assert_eq!(limiter.extend(hold, 0, exactly(61), 0), Ok(0), "its account goes on bounding its holds");
    assert_eq!(limiter.settle(hold, 0, 50, 0), Some(Settlement { charged: 50, shortfall: 0 }));
    assert_eq!(used(&mut limiter, scopes.org), (50, 0));
    assert_eq!(limiter.allocate(), Ok(scopes.key));
    assert_eq!(limiter.account(scopes.key), Ok(None));
    limiter.set_account(scopes.key, Some(1), None).unwrap();
    assert_eq!(used(&mut limiter, scopes.key), (0, 0));
}

// === against a model ===

#[derive(Clone, Debug)]
enum Step {
    Admit(Ask),
    Extend(usize, Ask),
    Cover(usize, u64),
    Settle(usize, u64),
    Account(usize, Option<u64>, Option<u64>),
    Replace(usize),
}

/// Small sums that meet often, and ones at the edges of the words.
fn money() -> impl Strategy<Value = u64> {
    let edge = prop::sample::select(vec![1 << 61, 1 << 62, (1 << 62) + 1, 1 << 63, u64::MAX]);
    prop_oneof![8 => 0..200u64, 1 => edge.clone(), 1 => edge.prop_map(|edge| edge - 1)]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ask = || {
        [money(), money(), money()].prop_map(|mut sums| {
            sums.sort_unstable();
            let [least, fair, most] = sums;
            Ask { least, fair, most }
        })
    };
    let maybe = || prop::option::of(money());
    let any = any::<usize>;
    let step = prop_oneof![
        6 => ask().prop_map(Step::Admit),
        3 => (any(), ask()).prop_map(|(i, ask)| Step::Extend(i, ask)),
        2 => (any(), money()).prop_map(|(i, money)| Step::Cover(i, money)),
        4 => (any(), money()).prop_map(|(i, money)| Step::Settle(i, money)),
        2 => (any(), maybe(), maybe()).prop_map(|(i, ceiling, settled)| Step::Account(i, ceiling, settled)),
        1 => any().prop_map(Step::Replace),
    ];
    prop::collection::vec(step, 1..60)
}

/// What a scope should be, in numbers that cannot overflow. Nothing is held here: it is summed over the holds.
#[derive(Clone, Copy, Default)]
struct Purse {
    ceiling: Option<u64>,
    settled: i128,
}

struct Open {
    id: u64,
    /// How much was taken of each slot.
    took: BTreeMap<u64, i128>,
}

#[derive(Default)]
struct Model {
    purses: BTreeMap<u64, Purse>,
    open: Vec<Open>,
}

impl Model {
    fn held(&self, slot: u64) -> i128 {
        self.open.iter().filter_map(|open| open.took.get(&slot)).sum()
    }

    fn available(&self, slot: u64) -> i128 {
        let purse = self.purses[&slot];
        i128::from(purse.ceiling.unwrap_or(u64::MAX)) - purse.settled - self.held(slot)
    }

    /// How much should be taken of `slots`, with ceilings or without.
    fn share(&self, slots: &[u64], Ask { least, fair, most }: Ask) -> Option<i128> {
        let [least, fair, most] = [least, fair, most].map(i128::from);
        let mut share = most;
        for &slot in slots {
            let available = self.available(slot);
            if most > 0 && available < least {
                return None;
            }
            let part = if self.held(slot) == 0 { 2 } else { 4 };
            let shared = least.max(available / part).max(fair.min(available));
            share = share.min(if self.purses[&slot].ceiling.is_some() { shared } else { available });
        }
        Some(if most > 0 { share } else { 0 })
    }
}

fn replay(ceilings: [Option<u64>; 3], steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (mut limiter, scopes) = limiter(ceilings);
    let mut slots = scopes.slots();
    let purses = slots.into_iter().zip(ceilings.map(|ceiling| Purse { ceiling: clip(ceiling), settled: 0 }));
    let mut model = Model { purses: purses.collect(), open: Vec::new() };
    for step in steps {
        let [key, team, org] = slots;
        match step {
            Step::Admit(ask) => {
                let metered: Vec<u64> = slots.into_iter().filter(|slot| model.purses[slot].ceiling.is_some()).collect();
                let decision = limiter.admit(Scopes { key, team, org }, 0, ask, 0).unwrap();
                let share = model.share(&slots, ask);
                prop_assert_eq!(decision.refusal.is_none(), share.is_some());
                prop_assert_eq!(decision.metered, !metered.is_empty());
                prop_assert_eq!(i128::from(decision.held_money), share.unwrap_or(0));
                if let Some(share) = share {
                    let took = slots.iter().map(|&slot| (slot, share)).collect();
                    model.open.push(Open { id: decision.hold, took });
                    for &slot in &slots {
                        prop_assert!(ask.most == 0 || model.available(slot) >= 0, "held more than there was");
                    }
                }
            }
            Step::Extend(i, ask) if !model.open.is_empty() => {
                let i = i % model.open.len();
                let slots: Vec<u64> = model.open[i].took.keys().copied().collect();
                let share = model.share(&slots, ask).unwrap_or(0);
                prop_assert_eq!(limiter.extend(model.open[i].id, 0, ask, 0).map(i128::from), Ok(share));
                model.open[i].took.values_mut().for_each(|took| *took += share);
            }
            Step::Cover(i, money) if !model.open.is_empty() => {
                let i = i % model.open.len();
                let room = model.open[i].took.keys().map(|&slot| model.available(slot).max(0)).min().unwrap_or(0);
                let covered = i128::from(limiter.cover(model.open[i].id, money));
                for took in model.open[i].took.values_mut() {
                    *took += (i128::from(money) - *took).clamp(0, room);
                    prop_assert_eq!(covered, *took);
                }
            }
            Step::Settle(i, money) if !model.open.is_empty() => {
                let open = model.open.swap_remove(i % model.open.len());
                // With the hold out of the model, what is available includes what it held.
                let room = |(&slot, &held): (&u64, &i128)| held.max(model.available(slot));
                let charged = open.took.iter().map(room).fold(i128::from(money), i128::min);
                let settlement = limiter.settle(open.id, 0, money, 0).expect("it is open");
                prop_assert_eq!(i128::from(settlement.charged), charged);
                prop_assert_eq!(settlement.charged + settlement.shortfall, money);
                prop_assert_eq!(limiter.settle(open.id, 0, money, 0), None);
                for slot in open.took.keys() {
                    let settled = &mut model.purses.get_mut(slot).unwrap().settled;
                    *settled = (*settled + charged).min(i128::from(u64::MAX));
                }
            }
            Step::Account(i, ceiling, settled) => {
                let slot = slots[i % 3];
                limiter.set_account(slot, ceiling, settled).unwrap();
                let purse = model.purses.get_mut(&slot).unwrap();
                purse.ceiling = clip(ceiling);
                purse.settled = settled.map_or(purse.settled, i128::from);
            }
            Step::Replace(i) => {
                limiter.free(slots[i % 3]).unwrap();
                slots[i % 3] = limiter.allocate().unwrap();
                model.purses.insert(slots[i % 3], Purse::default());
            }
            Step::Extend(..) | Step::Cover(..) | Step::Settle(..) => {}
        }
        for slot in slots {
            let purse = model.purses[&slot];
            let expected = purse.ceiling.map(|ceiling| (ceiling, purse.settled, model.held(slot)));
            let balance = limiter.account(slot).unwrap();
            let found = balance.map(|b| (b.ceiling, i128::from(b.settled), i128::from(b.held)));
            prop_assert_eq!(found, expected);
        }
    }
    for open in model.open {
        prop_assert!(limiter.settle(open.id, 0, 0, 0).is_some());
    }
    for slot in slots {
        limiter.set_account(slot, Some(0), None).unwrap();
        prop_assert_eq!(used(&mut limiter, slot).1, 0);
        prop_assert_eq!(limiter.in_flight(slot), Ok(0));
    }
    Ok(())
}

/// The highest ceiling of all is the one of no account.
fn clip(ceiling: Option<u64>) -> Option<u64> {
    ceiling.map(|ceiling| ceiling.min(u64::MAX - 1))
}

proptest! {
    #[test]
    fn accounts_are_as_the_model_says(ceilings in prop::array::uniform3(prop::option::of(money())), steps in steps()) {
        replay(ceilings, steps)?;
    }
}
