//! Rules for secrets.
//!
//! | module | what lives there |
//! | --- | --- |
//! | `cloud`, `llm`, `code`, `payment`, `messaging`, `registry`, `observability`, `infra`, `saas` | vendors' keys, a line each |
//! | `keys`, `web` | private keys and JWTs; credentials in URLs, headers and connection strings |
//! | `assigned` | values without a format, given away by the name that they are assigned to; passwords, on request |
//! | `check`, `drawn`, `encoded`, `password`, `text` | what tells a secret from a placeholder, a name or a digest |
//!
//! The formats are those that the vendors publish. A rule that only a vendor's name gives away needs a value that looks
//! drawn; one with a prefix of its own needs little more than not to be a placeholder.

mod assigned;
mod check;
mod cloud;
mod code;
mod drawn;
mod encoded;
mod infra;
mod keys;
mod llm;
mod messaging;
mod observability;
mod password;
mod payment;
mod registry;
mod saas;
mod shape;
#[cfg(test)]
mod tests;
mod text;
mod web;

use super::rule::{Rule, always};

const FAMILIES: [&[Rule]; 12] = [
    keys::RULES,
    web::RULES,
    llm::RULES,
    cloud::RULES,
    code::RULES,
    payment::RULES,
    messaging::RULES,
    registry::RULES,
    observability::RULES,
    infra::RULES,
    saas::RULES,
    assigned::RULES,
];

/// All of them.
pub static RULES: &[Rule] = &joined::<{ count() }>();

const fn count() -> usize {
    let (mut count, mut family) = (0, 0);
    while family < FAMILIES.len() {
        count += FAMILIES[family].len();
        family += 1;
    }
    count
}

const fn joined<const COUNT: usize>() -> [Rule; COUNT] {
    const NONE: Rule = Rule { id: "", entity: "", keywords: &[], pattern: "", check: always, core: false };
    let mut rules = [NONE; COUNT];
    let (mut at, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let mut rule = 0;
        while rule < FAMILIES[family].len() {
            rules[at] = FAMILIES[family][rule];
            at += 1;
            rule += 1;
        }
        family += 1;
    }
    rules
}
