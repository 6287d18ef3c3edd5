//! The hot path of `NemoProxy`, with no I/O, no clock and no threads: bytes and facts come in, bytes and
//! decisions go out. Everything but [`python`] compiles and tests without an interpreter.
//!
//! | module | what lives there |
//! | --- | --- |
//! | [`json`] | a validating pull scanner over JSON bytes: values come out as spans, nothing is built |
//! | [`request`] | an inference request: its fields, its validity, edits spliced into its bytes |
//! | [`prompt`] | what a request's prompt weighs in tokens, by the published rules |
//! | [`sound`] | how long a sound is, by its file |
//! | [`tokens`] | counting tokens of a text as tiktoken counts them |
//! | [`limits`] | windows, slots and the all-or-nothing admission over them |
//! | [`keys`] | virtual keys: shape, checksum, keyed digest |
//! | [`guard`] | guardrails: personal data, secrets and prompt injection in texts and streams |
//! | [`http`] | the upstream's HTTP/1.1 response, parsed however its bytes are cut |
//! | [`blot`] | credentials taken out of what a provider says, however its bytes are cut |
//! | [`sse`] | server-sent events out of any cut of a byte stream |
//! | [`usage`] | the `usage` member of an answer, found while its bytes go by |
//! | [`price`] | what those tokens cost |
//! | [`bill`] | what a call is charged for: the usage, or our own count where that cannot be true |
//! | [`journal`] | a settled request as bytes, and what can be found in a file of them |
//! | [`relay`] | the above put together: an upstream's bytes in, the client's bytes out |

pub mod bill;
pub mod blot;
pub mod guard;
pub mod http;
pub mod journal;
pub mod json;
pub mod keys;
pub mod limits;
pub mod price;
pub mod prompt;
#[cfg(feature = "python")]
mod python;
pub mod relay;
pub mod request;
pub mod sound;
pub mod sse;
pub mod tokens;
pub mod usage;
