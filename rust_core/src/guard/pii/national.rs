//! Numbers that states give to people. Opt-in: each has its checksum, and a word that must stand before it where the
//! shape alone says too little.

mod american;
mod asian;
mod european;

use super::text::{begins, ends};
use crate::guard::rule::{Candidate, Rule};

pub const AMERICAN: &[Rule] = &american::RULES;
pub const ASIAN: &[Rule] = &asian::RULES;
pub const EUROPEAN: &[Rule] = &european::RULES;

/// A rule that is on only where it is named.
const fn optional(
    id: &'static str,
    entity: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
    check: fn(&Candidate<'_>) -> bool,
) -> Rule {
    Rule { id, entity, keywords, pattern, check, core: false }
}

/// Whether the value stands for itself, neither a word's nor a number's part.
fn free(found: &Candidate<'_>) -> bool {
    begins(found.before()) && ends(found.after())
}
