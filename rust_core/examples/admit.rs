//! What a decision costs: `cargo run --release --example admit [keys]`. Prints nanoseconds of CPU an operation.

#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use nemoproxy_core::limits::{Ask, Decision, Limiter, Scopes};

const ROUNDS: u64 = 1_000_000;
/// Between two requests of the trace: 20,000 in a second.
const STEP_NS: u64 = 50_000;
const ASK: Ask = Ask { least: 50, fair: 50, most: 100 };

fn main() {
    let keys = std::env::args().nth(1).map_or(10_000, |keys| keys.parse().unwrap());
    for keys in [1, keys] {
        println!("{keys} keys in 20 teams of one organisation, all four limits and an account on each");
        run(keys);
    }
}

fn run(keys: u64) {
    let mut limiter = Limiter::new();
    let org = slot(&mut limiter);
    let teams: Vec<u64> = (0..20).map(|_| slot(&mut limiter)).collect();
    let keys: Vec<u64> = (0..keys).map(|_| slot(&mut limiter)).collect();
    // A stride that visits the keys in no order that a prefetcher knows.
    let scopes = |i: u64| {
        let i = (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize;
        Scopes { key: keys[i % keys.len()], team: teams[i % teams.len()], org }
    };
    let mut now = 0;
    let mut measure = |what: &str, operation: &mut dyn FnMut(Scopes, u64) -> Decision| {
        let start = cpu_ns();
        for i in 0..ROUNDS {
            now += STEP_NS;
            black_box(operation(scopes(i), now));
        }
        println!("  {what:<34} {:>5} ns", (cpu_ns() - start) / ROUNDS);
    };

    measure("first touch of the memory", &mut |scopes, now| limiter.peek(scopes, now).unwrap());
    measure("peek, allowed", &mut |scopes, now| limiter.peek(scopes, now).unwrap());
    measure("admit + settle", &mut |scopes, now| {
        let decision = limiter.admit(scopes, 500, ASK, now).unwrap();
        assert!(limiter.settle(decision.hold, 300, 60, now).is_some());
        decision
    });
    measure("admit + extend + settle", &mut |scopes, now| {
        let decision = limiter.admit(scopes, 500, ASK, now).unwrap();
        assert!(limiter.extend(decision.hold, 200, ASK, now).unwrap() == 100);
        assert!(limiter.settle(decision.hold, 650, 130, now).is_some());
        decision
    });
    measure("admit + headers + grow + settle", &mut |scopes, now| {
        let decision = limiter.admit(scopes, 500, ASK, now).unwrap();
        black_box(decision.headers().as_bytes());
        assert!(limiter.grow(decision.hold, 200, now));
        assert!(limiter.settle(decision.hold, 650, 130, now).is_some());
        decision
    });
    limiter.configure(org, [Some(1000); 4]).unwrap();
    measure("peek, refused", &mut |scopes, now| limiter.peek(scopes, now).unwrap());
    measure("admit, refused", &mut |scopes, now| limiter.admit(scopes, 500, ASK, now).unwrap());
}

/// The CPU time of this thread, which a busy machine disturbs less than the time of day. Linux only.
fn cpu_ns() -> u64 {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    line.split(' ').next().unwrap().parse().unwrap()
}

/// A slot with all four limits and an account, none of which is ever reached.
fn slot(limiter: &mut Limiter) -> u64 {
    let slot = limiter.allocate().unwrap();
    limiter.configure(slot, [Some(1 << 39); 4]).unwrap();
    limiter.set_account(slot, Some(1 << 62), None).unwrap();
    slot
}
