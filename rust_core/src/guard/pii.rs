//! Personal data: what identifies somebody, checked by the sums and tables that its issuers publish.

mod card;
mod email;
mod iban;
mod ip;
mod phone;
mod ssn;
mod text;

use super::rule::Rule;

const PARTS: &[&[Rule]] = &[&email::RULES, &phone::RULES, &card::RULES, &iban::RULES, &ssn::RULES, &ip::RULES];

/// All of them.
pub static RULES: &[Rule] = &join::<{ count(PARTS) }>(PARTS);

const fn count(parts: &[&[Rule]]) -> usize {
    let (mut sum, mut part) = (0, 0);
    while part < parts.len() {
        sum += parts[part].len();
        part += 1;
    }
    sum
}

const fn join<const N: usize>(parts: &[&[Rule]]) -> [Rule; N] {
    let mut rules = [parts[0][0]; N];
    let (mut to, mut part) = (0, 0);
    while part < parts.len() {
        let mut at = 0;
        while at < parts[part].len() {
            rules[to] = parts[part][at];
            to += 1;
            at += 1;
        }
        part += 1;
    }
    rules
}
