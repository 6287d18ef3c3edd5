//! What a call is charged for: what the provider says it used, where that can be true; else our own count.

use crate::{
    price::Prices,
    request::{Endpoint, Request},
    usage::Usage,
};

/// Tokens, hidden reasoning included, of the longest answer a model is sold with.
const LONGEST_ANSWER: u64 = 1 << 17;
/// Tokens of a prompt that the provider may have added by itself: instructions, search results.
const MOST_UNSEEN: u64 = 1 << 15;
/// A plain answer that is longer than a frame and so many bytes for each token that the provider claims is counted.
const FRAME_BYTES: u64 = 4096;
const BYTES_PER_TOKEN: u64 = 64;
/// Few tokens are longer.
const LONG_TOKEN: u64 = 8;

/// What is known of a call before it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The prompt, by our own count.
    pub prompt_tokens: u64,
    /// The most that each choice may have, where the request says so.
    pub max_output_tokens: Option<u64>,
    /// How many answers there will be.
    pub choices: u64,
    /// Whether the answer is text.
    pub writes: bool,
}

/// What came of it, as far as that is known without counting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Bytes of text.
    pub text_bytes: u64,
    /// Bytes of a body that nobody looked into.
    pub body_bytes: u64,
}

/// What a call is charged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The tokens, by kind.
    pub usage: Usage,
    /// What the token limits count: prompt and answer, and what the provider states beyond them.
    pub tokens: u64,
    /// It is our own count, because the provider's was not to be had, or not credible.
    pub estimated: bool,
}

impl Asked {
    /// Of a request whose prompt was counted.
    pub fn new(request: &Request, prompt_tokens: u64) -> Self {
        Self {
            prompt_tokens,
            max_output_tokens: request.max_output_tokens(),
            choices: request.choices(),
            writes: request.endpoint() != Endpoint::Embeddings,
        }
    }

    /// The units to hold for it: at least, and at best. Equal where its cost is bounded by the request. Else a stream
    /// holds `step` output tokens for each choice, and a plain answer `most`.
    pub fn quote(&self, prices: &Prices, stream: bool, step: u64, most: u64) -> (u64, u64) {
        let hold = |output: u64| prices.hold(self.prompt_tokens, output.saturating_mul(self.choices), false);
        match self.max_output_tokens {
            _ if !self.writes => (hold(0), hold(0)),
            Some(bound) => (hold(bound), hold(bound)),
            None => (hold(1), hold(if stream { step } else { most })),
        }
    }

    /// The bill for an answer. `count` is our own count of it, for when that is needed.
    pub fn bill(&self, usage: Option<Usage>, delivered: Delivered, count: impl Fn() -> u64) -> Bill {
        match usage {
            Some(usage) if self.is_credible(&usage, delivered, &count) => {
                Bill { usage, tokens: self.total(&usage), estimated: false }
            }
            _ => self.own(count()),
        }
    }

    /// The bill by our own count.
    pub fn own(&self, output_tokens: u64) -> Bill {
        let usage = Usage {
            prompt_tokens: Some(self.prompt_tokens),
            completion_tokens: Some(output_tokens),
            ..Usage::default()
        };
        Bill { usage, tokens: self.prompt_tokens.saturating_add(output_tokens), estimated: true }
    }

    /// Whether a provider's figures can be true.
    ///
    /// The prompt and the answer's text count at least a quarter of what we count (tokenizers differ by less). The
    /// prompt is at most eight times our count and [`MOST_UNSEEN`]; the answer is at most what the request allowed, or
    /// [`LONGEST_ANSWER`] where it named no limit.
    pub fn is_credible(&self, usage: &Usage, delivered: Delivered, count: impl Fn() -> u64) -> bool {
        let prompt = usage.prompt_tokens.unwrap_or(0);
        if usage.is_contradictory() || prompt == 0 || 4 * prompt < self.prompt_tokens || prompt > self.longest_prompt()
        {
            return false;
        }
        if !self.writes {
            return true;
        }
        let Some(output) = usage.completion_tokens.filter(|&output| output <= self.longest_answer()) else {
            return false;
        };
        if output > 0
            && delivered.text_bytes <= LONG_TOKEN * output
            && delivered.body_bytes <= FRAME_BYTES + BYTES_PER_TOKEN * output
        {
            return true; // Counting takes time.
        }
        4 * output >= count()
    }

    fn longest_prompt(&self) -> u64 {
        self.prompt_tokens.saturating_mul(8).saturating_add(MOST_UNSEEN)
    }

    fn longest_answer(&self) -> u64 {
        self.choices.saturating_mul(self.max_output_tokens.unwrap_or(LONGEST_ANSWER))
    }

    /// The total a provider states may include what it counts elsewhere, such as hidden reasoning.
    fn total(&self, usage: &Usage) -> u64 {
        let total = usage.prompt_tokens.unwrap_or(0) + usage.completion_tokens.unwrap_or(0);
        let most = self.longest_prompt().saturating_add(self.longest_answer());
        usage.total_tokens.filter(|&stated| stated > total && stated <= most).unwrap_or(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Asked = Asked { prompt_tokens: 100, max_output_tokens: Some(50), choices: 2, writes: true };

    fn usage(prompt: u64, completion: u64) -> Usage {
        Usage { prompt_tokens: Some(prompt), completion_tokens: Some(completion), ..Usage::default() }
    }

    fn text(bytes: u64) -> Delivered {
        Delivered { text_bytes: bytes, body_bytes: 0 }
    }

    #[test]
    fn the_provider_is_believed_within_reason() {
        for (said, delivered, counted, credible) in [
            (usage(100, 50), text(200), 50, true),
            (usage(25, 50), text(200), 50, true),
            (usage(24, 50), text(200), 50, false),
            (usage(0, 50), text(200), 50, false),
            (usage(100 * 8 + MOST_UNSEEN, 50), text(200), 50, true),
            (usage(100 * 8 + MOST_UNSEEN + 1, 50), text(200), 50, false),
            (usage(100, 100), text(200), 50, true),
            (usage(100, 101), text(200), 50, false),
            (usage(100, 13), text(1000), 50, true),
            (usage(100, 12), text(1000), 50, false),
            (usage(100, 0), text(0), 0, true),
            (usage(100, 0), text(4), 1, false),
        ] {
            assert_eq!(ASKED.is_credible(&said, delivered, || counted), credible, "{said:?} {delivered:?}");
        }
    }

    #[test]
    fn a_long_body_for_few_tokens_is_looked_into() {
        let counted = || 400;
        assert!(!ASKED.is_credible(&usage(100, 1), Delivered { text_bytes: 0, body_bytes: 4161 }, counted));
        assert!(ASKED.is_credible(&usage(100, 1), Delivered { text_bytes: 0, body_bytes: 4160 }, counted));
    }

    #[test]
    fn what_is_stated_beyond_both_totals_counts_for_the_limits() {
        let said = Usage { total_tokens: Some(190), ..usage(100, 50) };
        assert_eq!(ASKED.bill(Some(said), text(10), || 50).tokens, 190);
        let absurd = Usage { total_tokens: Some(1 << 29), ..usage(100, 50) };
        assert_eq!(ASKED.bill(Some(absurd), text(10), || 50).tokens, 150);
    }

    #[test]
    fn else_our_own_count_is_the_bill() {
        for said in [None, Some(usage(0, 0)), Some(usage(1 << 29, 7))] {
            let bill = ASKED.bill(said, text(10), || 7);
            assert!(bill.estimated);
            assert_eq!((bill.usage.prompt_tokens, bill.usage.completion_tokens), (Some(100), Some(7)));
            assert_eq!(bill.tokens, 107);
        }
    }

    #[test]
    fn an_embedding_has_no_answer() {
        let asked = Asked { writes: false, ..ASKED };
        let said = Usage { prompt_tokens: Some(90), ..Usage::default() };
        assert!(!asked.bill(Some(said), Delivered { text_bytes: 0, body_bytes: 1 << 30 }, || 1).estimated);
    }
}
