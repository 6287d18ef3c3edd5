#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

const MS: u64 = 1_000_000;
const SECOND: u64 = 1000 * MS;

/// A limiter with one slot of these limits: rpm, tpm, tps, concurrency.
fn limiter(limits: [Option<u64>; 4]) -> (Limiter, Scopes) {
    let mut limiter = Limiter::new();
    let key = limiter.allocate().unwrap();
    limiter.configure(key, limits).unwrap();
    (limiter, Scopes { key, team: 0, org: 0 })
}

fn refused(limiter: &mut Limiter, scopes: Scopes, tokens: u64, now: u64) -> Refusal {
    limiter.admit(scopes, tokens, Ask::NOTHING, now).unwrap().refusal.expect("refused")
}

fn admitted(limiter: &mut Limiter, scopes: Scopes, tokens: u64, now: u64) -> u64 {
    let decision = limiter.admit(scopes, tokens, Ask::NOTHING, now).unwrap();
    assert_eq!(decision.refusal, None);
    decision.hold
}

#[test]
fn a_refusal_is_true_to_the_nanosecond() {
    let (mut limiter, scopes) = limiter([Some(2), None, None, None]);
    let now = 1000 * SECOND + 17;
    admitted(&mut limiter, scopes, 0, now);
    admitted(&mut limiter, scopes, 0, now + 5 * SECOND);
    let at = now + 10 * SECOND;
    let refusal = refused(&mut limiter, scopes, 0, at);
    assert_eq!((refusal.scope, refusal.limit), (Scope::Key, Limit::RequestsPerMinute));
    assert_eq!((refusal.value, refusal.used, refusal.requested), (2, 2, 1));
    let free = at + refusal.retry_after.unwrap();
    assert_eq!(free, 1000 * SECOND + 60 * SECOND + 250 * MS);
    assert_eq!(refused(&mut limiter, scopes, 0, free - 1).retry_after, Some(1));
    admitted(&mut limiter, scopes, 0, free);
}

#[test]
fn of_several_limits_the_last_to_go_is_told() {
    let (mut limiter, scopes) = limiter([Some(1), None, Some(1), Some(1)]);
    admitted(&mut limiter, scopes, 0, 0);
    assert_eq!(refused(&mut limiter, scopes, 0, 0).limit, Limit::RequestsPerMinute);
    limiter.configure(scopes.key, [None, None, Some(1), Some(1)]).unwrap();
    let refusal = refused(&mut limiter, scopes, 0, 0);
    assert_eq!((refusal.limit, refusal.retry_after), (Limit::RequestsPerSecond, Some(1062 * MS + MS / 2)));
    let refusal = refused(&mut limiter, scopes, 0, 2 * SECOND);
    assert_eq!((refusal.limit, refusal.retry_after), (Limit::Concurrency, Some(SECOND)));
    limiter.configure(scopes.key, [None, Some(10), Some(1), Some(1)]).unwrap();
    let refusal = refused(&mut limiter, scopes, 11, 2 * SECOND);
    assert_eq!((refusal.limit, refusal.retry_after), (Limit::TokensPerMinute, None));
}

#[test]
fn a_refusal_in_one_scope_takes_nothing_in_another() {
    let mut limiter = Limiter::new();
    let [key, team, org] = [(); 3].map(|()| limiter.allocate().unwrap());
    let scopes = Scopes { key, team, org };
    limiter.configure(org, [None, Some(5), None, None]).unwrap();
    assert_eq!(refused(&mut limiter, scopes, 6, 0).scope, Scope::Org);
    for slot in [key, team, org] {
        assert_eq!(limiter.usage(slot, 0), Ok((0, 0)));
        assert_eq!(limiter.in_flight(slot), Ok(0));
    }
    admitted(&mut limiter, scopes, 5, 0);
    for slot in [key, team, org] {
        assert_eq!(limiter.usage(slot, 0), Ok((1, 5)));
        assert_eq!(limiter.in_flight(slot), Ok(1));
    }
}

#[test]
fn a_hold_is_settled_once() {
    let (mut limiter, scopes) = limiter([None, Some(100), None, None]);
    let hold = admitted(&mut limiter, scopes, 100, 0);
    assert!(limiter.settle(hold, 30, 0, SECOND).is_some());
    assert!(limiter.settle(hold, 0, 0, SECOND).is_none());
    assert!(!limiter.grow(hold, 50, SECOND));
    assert_eq!(limiter.usage(scopes.key, SECOND), Ok((1, 30)));
    let next = admitted(&mut limiter, scopes, 70, SECOND);
    assert_ne!(next, hold, "the record is used again under another id");
    assert!(limiter.settle(hold, 0, 0, SECOND).is_none());
    for never_given in [0, 1, next + 1, next ^ 1 << 28, u64::MAX] {
        assert!(limiter.settle(never_given, 0, 0, SECOND).is_none());
    }
    assert!(limiter.settle(next, 70, 0, SECOND).is_some());
}

#[test]
fn what_is_used_beyond_the_hold_is_debt_where_the_newest_tokens_lie() {
    let (mut limiter, scopes) = limiter([None, Some(100), None, None]);
    let hold = admitted(&mut limiter, scopes, 10, 0);
    assert!(limiter.grow(hold, 200, 10 * SECOND));
    assert_eq!(limiter.usage(scopes.key, 10 * SECOND), Ok((1, 210)));
    assert!(limiter.settle(hold, 300, 0, 20 * SECOND).is_some());
    let refusal = refused(&mut limiter, scopes, 0, 20 * SECOND);
    assert_eq!((refusal.used, refusal.requested), (300, 0));
    assert_eq!(refusal.retry_after, Some(50 * SECOND + 250 * MS));
}

#[test]
fn what_is_used_beyond_a_hold_that_no_longer_counts_is_counted_now() {
    let (mut limiter, scopes) = limiter([None, Some(100), None, None]);
    let hold = admitted(&mut limiter, scopes, 10, 0);
    assert!(limiter.settle(hold, 110, 0, 90 * SECOND).is_some());
    assert_eq!(limiter.usage(scopes.key, 90 * SECOND), Ok((0, 100)));
}

#[test]
fn unused_tokens_come_back_from_the_newest_bucket_first() {
    let (mut limiter, scopes) = limiter([None, Some(100), None, None]);
    let hold = admitted(&mut limiter, scopes, 50, 0);
    limiter.grow(hold, 50, 30 * SECOND);
    assert!(limiter.settle(hold, 50, 0, 31 * SECOND).is_some());
    assert_eq!(limiter.usage(scopes.key, 60 * SECOND), Ok((1, 50)));
    assert_eq!(limiter.usage(scopes.key, 60 * SECOND + 250 * MS), Ok((0, 0)));
}

#[test]
fn a_hold_of_many_steps_errs_to_counting_longer_never_shorter() {
    let (mut limiter, scopes) = limiter([None; 4]);
    let hold = admitted(&mut limiter, scopes, 1, 0);
    let other = admitted(&mut limiter, scopes, 1000, 0);
    for step in 1..=20 {
        assert!(limiter.grow(hold, 1 << step, step * SECOND));
    }
    let total = (1 << 21) - 1;
    assert_eq!(limiter.usage(scopes.key, 20 * SECOND), Ok((2, total + 1000)));
    // The last steps are exact: the rest of the newest comes back from where it lies.
    assert!(limiter.settle(hold, total - (1 << 20), 0, 20 * SECOND).is_some());
    assert_eq!(limiter.usage(scopes.key, 20 * SECOND), Ok((2, (1 << 20) - 1 + 1000)));
    for second in 0..20 {
        let still = (1 << 20) - (1 << second);
        let (_, counted) = limiter.usage(scopes.key, (60 + second) * SECOND + 249 * MS).unwrap();
        assert_eq!(counted, still + if second == 0 { 1000 } else { 0 });
    }
    assert!(limiter.settle(other, 0, 0, 60 * SECOND).is_some());
}

#[test]
fn a_long_hold_that_gives_all_back_leaves_only_what_is_too_old_to_find() {
    let (mut limiter, scopes) = limiter([None; 4]);
    let hold = admitted(&mut limiter, scopes, 1, 0);
    for step in 1..=20 {
        limiter.grow(hold, 1, step * SECOND);
    }
    assert!(limiter.settle(hold, 0, 0, 20 * SECOND).is_some());
    let (_, left) = limiter.usage(scopes.key, 20 * SECOND).unwrap();
    assert_eq!(left, 13, "thirteen steps were merged into the first, which had one token");
    assert_eq!(limiter.usage(scopes.key, 73 * SECOND + 250 * MS), Ok((0, 0)));
}

#[test]
fn lowering_a_limit_keeps_what_is_counted() {
    let (mut limiter, scopes) = limiter([Some(10), None, None, Some(10)]);
    let holds: Vec<u64> = (0..5).map(|_| admitted(&mut limiter, scopes, 0, 0)).collect();
    limiter.configure(scopes.key, [Some(3), None, None, Some(10)]).unwrap();
    let refusal = refused(&mut limiter, scopes, 0, SECOND);
    assert_eq!((refusal.value, refusal.used), (3, 5));
    assert_eq!(refusal.retry_after, Some(59 * SECOND + 250 * MS));
    limiter.configure(scopes.key, [None, None, None, Some(2)]).unwrap();
    for hold in holds {
        assert_eq!(refused(&mut limiter, scopes, 0, 2 * SECOND).limit, Limit::Concurrency);
        assert!(limiter.settle(hold, 0, 0, 2 * SECOND).is_some());
        if limiter.in_flight(scopes.key) == Ok(1) {
            break;
        }
    }
    admitted(&mut limiter, scopes, 0, 2 * SECOND);
}

#[test]
fn zero_is_nothing_and_none_is_no_limit() {
    for limit in 0..4 {
        let mut limits = [None; 4];
        limits[limit] = Some(0);
        let (mut limiter, scopes) = limiter(limits);
        let refusal = limiter.peek(scopes, 0).unwrap().refusal.expect("refused");
        assert_eq!((refusal.value, refusal.retry_after), (0, None));
        limiter.configure(scopes.key, [None; 4]).unwrap();
        admitted(&mut limiter, scopes, u64::MAX, 0);
    }
}

#[test]
fn an_absurd_request_is_counted_as_a_large_one() {
    let (mut limiter, scopes) = limiter([None, Some(MOST - 1), None, None]);
    assert_eq!(refused(&mut limiter, scopes, u64::MAX, 0).retry_after, None);
    limiter.configure(scopes.key, [Some(MOST), Some(u64::MAX), None, None]).unwrap();
    let hold = admitted(&mut limiter, scopes, u64::MAX, 0);
    let decision = limiter.peek(scopes, 0).unwrap();
    assert_eq!((decision.refusal, decision.requests, decision.tokens), (None, None, None));
    assert_eq!(limiter.usage(scopes.key, 0), Ok((1, MOST)));
    assert!(limiter.settle(hold, u64::MAX, 0, 0).is_some());
    assert_eq!(limiter.usage(scopes.key, 0), Ok((1, MOST)));
}

#[test]
fn sums_do_not_overflow() {
    let (mut limiter, scopes) = limiter([None; 4]);
    let hold = admitted(&mut limiter, scopes, 0, 0);
    limiter.slot(scopes.key).tokens().add(u64::MAX - 1);
    assert_eq!(refused(&mut limiter, scopes, 2, 0).limit, Limit::TokensPerMinute);
    let second = admitted(&mut limiter, scopes, 1, 0);
    assert!(limiter.grow(hold, u64::MAX, 0));
    assert!(limiter.grow(second, u64::MAX, SECOND));
    assert_eq!(limiter.usage(scopes.key, SECOND), Ok((2, u64::MAX)));
    assert!(limiter.settle(second, u64::MAX, 0, u64::MAX).is_some());
    assert!(limiter.settle(hold, 0, 0, 0).is_some());
}

#[test]
fn a_slot_is_used_again_only_when_no_hold_refers_to_it() {
    let (mut limiter, scopes) = limiter([None; 4]);
    let hold = admitted(&mut limiter, scopes, 10, 0);
    limiter.free(scopes.key).unwrap();
    assert_eq!(limiter.admit(scopes, 0, Ask::NOTHING, 0), Err(Error::UnknownSlot(scopes.key)));
    assert_eq!(limiter.free(scopes.key), Err(Error::UnknownSlot(scopes.key)));
    assert_ne!(limiter.allocate(), Ok(scopes.key));
    assert!(limiter.grow(hold, 1, 0));
    assert!(limiter.settle(hold, 10, 0, 0).is_some());
    assert_eq!(limiter.allocate(), Ok(scopes.key));
    assert_eq!(limiter.usage(scopes.key, 0), Ok((0, 0)));
}

#[test]
fn slots_that_make_no_sense_are_errors() {
    let (mut limiter, scopes) = limiter([None; 4]);
    let key = scopes.key;
    for slot in [0, key + 1000, u64::MAX] {
        assert_eq!(limiter.configure(slot, [None; 4]), Err(Error::UnknownSlot(slot)));
    }
    assert_eq!(limiter.admit(Scopes { key, team: key, org: 0 }, 0, Ask::NOTHING, 0), Err(Error::SameSlot(key)));
    assert_eq!(limiter.admit(Scopes { key, team: 0, org: key }, 0, Ask::NOTHING, 0), Err(Error::SameSlot(key)));
    assert_eq!(limiter.peek(Scopes { key: 0, team: key, org: key }, 0), Err(Error::SameSlot(key)));
    let nobody = Scopes { key: 0, team: 0, org: 0 };
    let hold = admitted(&mut limiter, nobody, 5, 0);
    assert!(limiter.settle(hold, 9, 0, 0).is_some());
    assert!(limiter.settle(hold, 9, 0, 0).is_none());
}

#[test]
fn gauges_are_of_the_tightest_scope_for_each_kind() {
    let mut limiter = Limiter::new();
    let [key, team, org] = [(); 3].map(|()| limiter.allocate().unwrap());
    limiter.configure(key, [Some(500), None, None, None]).unwrap();
    limiter.configure(team, [Some(20), Some(1000), None, None]).unwrap();
    limiter.configure(org, [None, Some(900), None, None]).unwrap();
    let decision = limiter.admit(Scopes { key, team, org }, 100, Ask::NOTHING, 125 * MS).unwrap();
    assert_eq!(decision.requests, Some(Gauge { limit: 20, remaining: 19, reset: 60_125 * MS }));
    assert_eq!(decision.tokens, Some(Gauge { limit: 900, remaining: 800, reset: 60_125 * MS }));
    let text = String::from_utf8(decision.headers().as_bytes().to_vec()).unwrap();
    assert!(text.contains("x-ratelimit-reset-tokens: 1m0.125s\r\n"));
}
