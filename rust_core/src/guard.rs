//! Guardrails: what must not pass, found in a text, whole or as it comes.
//!
//! | module | what lives there |
//! | --- | --- |
//! | [`rule`] | what a rule is: keywords, a pattern, a check of what the pattern found |
//! | [`view`] | what rules match: the text without disguises |
//! | [`ruleset`] | rules compiled together, and what they find in a whole text |
//! | [`stream`] | what they find in a text as it comes, and what of it can go on |
//! | `pattern`, `automata`, `shape`, `value` | one pattern: its matches, what may become one, what its structure says of them |
//! | `trigger`, `search` | the pass over a text that says which rules to try where, and trying them |
//! | [`pii`], [`secrets`] | the rules that come with the gateway |
//! | [`injection`] | attempts to take a model over, scored rather than matched |
//! | [`policy`] | the guardrails of a configuration: whose rules these are, and what is done about what they find |
//! | [`request`], [`texts`] | the texts of a request: which strings those are, screened and edited |
//! | [`channel`] | a text of an answer as it comes |
//! | [`escapes`] | texts inside JSON strings, inside JSON strings |
//! | [`vault`] | what was masked, so that the answer can have it back |

mod automata;
pub(crate) mod channel;
pub(crate) mod escapes;
pub mod injection;
mod pattern;
pub mod pii;
pub mod policy;
pub mod request;
pub mod rule;
pub mod ruleset;
mod search;
pub mod secrets;
mod shape;
pub mod stream;
pub mod texts;
mod trigger;
mod value;
pub mod vault;
pub mod view;

#[cfg(test)]
mod screen_tests;
#[cfg(test)]
mod tests;
