//! Guardrails: what must not pass, found in a text, whole or as it comes.
//!
//! | module | what lives there |
//! | --- | --- |
//! | [`rule`] | what a rule is: keywords, a pattern, a check of what the pattern found |
//! | [`pii`], [`secrets`] | the rules that come with the gateway |
//! | [`injection`] | attempts to take a model over, scored rather than matched |

pub mod injection;
pub mod pii;
pub mod rule;
pub mod secrets;
