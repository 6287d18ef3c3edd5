//! Rules for secrets.

use super::rule::Rule;

/// All of them.
pub static RULES: &[Rule] = &[];
