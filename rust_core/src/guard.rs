//! Guardrails: what must not pass, found in a text, whole or as it comes.
//!
//! | module | what lives there |
//! | --- | --- |
//! | [`rule`] | what a rule is: keywords, a pattern, a check of what the pattern found |
//! | [`pii`], [`secrets`] | the rules that come with the gateway |
//! | [`injection`] | attempts to take a model over, scored rather than matched |
//! | [`policy`] | the guardrails of a configuration: whose rules these are, and what is done about what they find |
//! | [`request`], [`texts`] | the texts of a request: which strings those are, screened and edited |
//! | [`channel`] | a text of an answer as it comes |
//! | [`escapes`] | texts inside JSON strings, inside JSON strings |
//! | [`vault`] | what was masked, so that the answer can have it back |

pub(crate) mod channel;
pub(crate) mod escapes;
pub mod injection;
pub mod pii;
pub mod policy;
pub mod request;
pub mod rule;
pub mod ruleset;
pub mod secrets;
pub mod stream;
pub mod texts;
pub mod vault;

#[cfg(test)]
mod screen_tests;
