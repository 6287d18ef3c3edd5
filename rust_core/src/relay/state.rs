//! How far an answer has come, why no further, and what that asks of the caller.

use std::fmt;

use crate::http;

/// How far an answer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The head is not all there.
    Head = 0,
    /// The head is, the body is not.
    Body = 1,
    /// All of it is there.
    Complete = 2,
    /// It ended too soon, or is not HTTP; see [`super::Reply::fault`].
    Cut = 3,
}

/// Why an answer is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not HTTP/1.1 as we understand it.
    Http(http::Fault),
    /// An event is longer than `max_event`.
    EventTooLong,
    /// The connection ended before the answer did.
    ConnectionEnded,
    /// The answer ended without `[DONE]`, and nothing else tells that it is whole: neither framing nor a
    /// `finish_reason` of each choice.
    DoneMissing,
    /// Guardrails stopped it; see [`super::Reply::stop`].
    Stopped,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(fault) => fault.fmt(f),
            Self::EventTooLong => f.write_str("event too long"),
            Self::ConnectionEnded => f.write_str("connection ended before the response did"),
            Self::DoneMissing => f.write_str("stream ended before the answer did"),
            Self::Stopped => f.write_str("stopped by a guardrail"),
        }
    }
}

/// What the caller has to see to, after a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing = 0,
    /// Less than a quarter of the last allowance is left: [`super::Reply::allow`] more, so that nothing has to wait.
    MoreSoon = 1,
    /// Events are kept back: [`super::Reply::allow`] more, or [`super::Reply::cut`].
    More = 2,
    /// The answer is over: [`State::Complete`] or [`State::Cut`].
    End = 3,
    /// `[DONE]` is among what was passed on; only the end of the framing has not come.
    Done = 4,
}

/// What a stream of events begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// No whole event with data is there.
    Nothing = 0,
    /// There is one.
    Data = 1,
    /// There is one, and it tells of an error.
    Error = 2,
}
