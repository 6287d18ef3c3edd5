//! What an admission says: let in or refused, why, until when, and how much is left.

/// An instant that does not come.
pub(super) const NEVER: u64 = u64::MAX;

/// Whose limit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The virtual key's own.
    Key,
    /// Shared by the keys of a team.
    Team,
    /// Shared by all keys of an organisation.
    Org,
}

impl Scope {
    pub(super) const ALL: [Self; 3] = [Self::Key, Self::Team, Self::Org];

    /// As it is written in an error.
    pub fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Team => "team",
            Self::Org => "org",
        }
    }
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Requests let in during 60 s.
    RequestsPerMinute,
    /// Tokens held or spent during 60 s.
    TokensPerMinute,
    /// Requests let in during 1 s.
    RequestsPerSecond,
    /// Requests in flight.
    Concurrency,
    /// Money that an organisation was granted.
    Credits,
    /// Money that a key or a team may spend.
    Budget,
}

impl Limit {
    /// Those that let a request in again as time passes.
    pub(super) const PASSING: [Self; 4] =
        [Self::RequestsPerMinute, Self::TokensPerMinute, Self::RequestsPerSecond, Self::Concurrency];

    /// As it is written in an error.
    pub fn name(self) -> &'static str {
        match self {
            Self::RequestsPerMinute => "requests_per_minute",
            Self::TokensPerMinute => "tokens_per_minute",
            Self::RequestsPerSecond => "requests_per_second",
            Self::Concurrency => "concurrency",
            Self::Credits => "credits",
            Self::Budget => "budget",
        }
    }
}

/// Why a request was refused: of the limits in its way, money, or else the one that goes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Whose limit.
    pub scope: Scope,
    /// Which limit.
    pub limit: Limit,
    /// The limit's value.
    pub value: u64,
    /// How much of it is in use. May be more than `value`: a limit was lowered, or a stream outgrew its hold.
    pub used: u64,
    /// How much of it the request asked for.
    pub requested: u64,
    /// In how many nanoseconds the same request would be let in if nothing else happened, and not before; for
    /// concurrency a guess. `None`: never, it asks for more than the limit, or for money, which time does not bring.
    pub retry_after: Option<u64>,
}

/// How a 60 s window stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gauge {
    /// The limit's value.
    pub limit: u64,
    /// How much of it is left.
    pub remaining: u64,
    /// In how many nanoseconds all of it is left, if nothing else happens.
    pub reset: u64,
}

/// The answer to a request that asks to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The hold to settle; 0 if the request was refused, or was only a peek.
    pub hold: u64,
    /// Why not; `None` if the request is let in.
    pub refusal: Option<Refusal>,
    /// What the hold took of each account, or all that was asked for if there is none.
    pub held_money: u64,
    /// Does any of the scopes have an account?
    pub metered: bool,
    /// Requests per minute, where least of them are left.
    pub requests: Option<Gauge>,
    /// Tokens per minute, where least of them are left.
    pub tokens: Option<Gauge>,
}

impl Decision {
    /// The `x-ratelimit-*` header lines of this decision, each ending in CRLF.
    pub fn headers(&self) -> Lines {
        let mut lines = Lines { bytes: [0; Lines::CAPACITY], len: 0 };
        for (kind, gauge) in [("requests", self.requests), ("tokens", self.tokens)] {
            if let Some(gauge) = gauge {
                lines.line("limit", kind, |lines| lines.number(gauge.limit));
                lines.line("remaining", kind, |lines| lines.number(gauge.remaining));
                lines.line("reset", kind, |lines| lines.duration(gauge.reset));
            }
        }
        lines
    }
}

/// Header lines, written in place.
pub struct Lines {
    bytes: [u8; Self::CAPACITY],
    len: usize,
}

impl Lines {
    /// Six lines, the longest name among them, and the longest number in each.
    const CAPACITY: usize = 6 * ("x-ratelimit-remaining-requests: \r\n".len() + 20);

    /// What was written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn line(&mut self, what: &str, kind: &str, value: impl FnOnce(&mut Self)) {
        self.text("x-ratelimit-");
        self.text(what);
        self.text("-");
        self.text(kind);
        self.text(": ");
        value(self);
        self.text("\r\n");
    }

    fn text(&mut self, text: &str) {
        self.bytes[self.len..self.len + text.len()].copy_from_slice(text.as_bytes());
        self.len += text.len();
    }

    fn number(&mut self, mut number: u64) {
        let start = self.len;
        loop {
            self.bytes[self.len] = b'0' + (number % 10) as u8;
            self.len += 1;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.bytes[start..self.len].reverse();
    }

    /// As `OpenAI` writes them: `0s`, `120ms`, `59.9s`, `1m0s`. Rounded up to a millisecond.
    fn duration(&mut self, ns: u64) {
        let ms = ns.div_ceil(1_000_000);
        if 0 < ms && ms < 1000 {
            self.number(ms);
            return self.text("ms");
        }
        let (minutes, seconds, ms) = (ms / 60_000, ms / 1000 % 60, ms % 1000);
        if minutes > 0 {
            self.number(minutes);
            self.text("m");
        }
        self.number(seconds);
        if ms > 0 {
            self.text(".");
            for (unit, rest) in [(100, ms), (10, ms % 100), (1, ms % 10)] {
                if rest > 0 {
                    self.number(rest / unit);
                }
            }
        }
        self.text("s");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOTHING: Decision =
        Decision { hold: 0, refusal: None, held_money: 0, metered: false, requests: None, tokens: None };

    fn duration(ns: u64) -> String {
        let mut lines = Lines { bytes: [0; Lines::CAPACITY], len: 0 };
        lines.duration(ns);
        String::from_utf8(lines.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn durations_are_written_as_openai_writes_them() {
        let cases = [
            (0, "0s"),
            (1, "1ms"),
            (120_000_000, "120ms"),
            (999_000_001, "1s"),
            (1_005_000_000, "1.005s"),
            (1_050_000_000, "1.05s"),
            (59_900_000_000, "59.9s"),
            (60_000_000_000, "1m0s"),
            (60_250_000_000, "1m0.25s"),
            (u64::MAX, "307445734m33.71s"),
        ];
        for (ns, text) in cases {
            assert_eq!(duration(ns), text);
        }
    }

    #[test]
    fn the_longest_headers_fit() {
        let gauge = Some(Gauge { limit: u64::MAX, remaining: u64::MAX, reset: u64::MAX });
        let decision = Decision { requests: gauge, tokens: gauge, ..NOTHING };
        let lines = decision.headers();
        assert!(lines.as_bytes().ends_with(b"x-ratelimit-reset-tokens: 307445734m33.71s\r\n"));
        assert_eq!(lines.as_bytes().split(|&byte| byte == b'\n').count(), 7);
    }

    #[test]
    fn a_kind_without_a_limit_has_no_lines() {
        let requests = Some(Gauge { limit: 500, remaining: 499, reset: 59_900_000_000 });
        let decision = Decision { requests, ..NOTHING };
        let expected = "x-ratelimit-limit-requests: 500\r\n\
                        x-ratelimit-remaining-requests: 499\r\n\
                        x-ratelimit-reset-requests: 59.9s\r\n";
        assert_eq!(decision.headers().as_bytes(), expected.as_bytes());
    }
}
