//! What a call is charged for: what the provider says it used, where that can be true; else our own count.

use crate::{
    price::{Kinds, Measure, Prices},
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

/// Tokens of an image by its quality, at `OpenAI`'s largest size; of any quality where none is named.
const IMAGE: [(&str, u64); 2] = [("low", 408), ("medium", 1584)];
const BEST_IMAGE: u64 = 6240;
/// Tokens of speech for a token of text; those of a second that is heard, and of the text that is heard in it.
const SPOKEN: u64 = 6;
const HEARD: u64 = 32;
const WRITTEN: u64 = 5;

/// What is known of a call before it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The prompt, by our own count.
    pub prompt_tokens: u64,
    /// The most that each choice may have, where the request says so.
    pub max_output_tokens: Option<u64>,
    /// How many answers there will be.
    pub choices: u64,
    /// What was asked for.
    pub endpoint: Endpoint,
    /// What is paid for where it is not tokens.
    pub measure: Measure,
    /// Tokens of one image.
    pub image_tokens: u64,
}

/// What came of it, as far as that is known without counting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Bytes of text.
    pub text_bytes: u64,
    /// Bytes of a body that nobody looked into.
    pub body_bytes: u64,
    /// Images in a plain answer.
    pub images: Option<u64>,
    /// How long a transcript says that the sound was.
    pub sound_ms: Option<u64>,
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
    /// What there is besides tokens.
    pub measure: Measure,
    /// The provider said how many tokens there were.
    told: bool,
}

impl Bill {
    /// What it comes to. A model with a price for what is not tokens costs that, unless the provider counted tokens and
    /// those have prices too. Where tokens are all that is paid for and nobody counted them, the bill is for as many as
    /// such an answer has, and says so from now on.
    pub fn charge(&mut self, asked: &Asked, prices: &Prices) -> u64 {
        match prices.measured(&self.measure) {
            Some(units) if !(self.told && prices.by_token()) => units,
            _ => {
                if !self.told && !asked.writes() && prices.by_token() {
                    self.usage = Asked { measure: self.measure, ..*asked }.expected();
                    self.estimated = true;
                }
                prices.cost(&self.usage)
            }
        }
    }
}

impl Asked {
    /// Of a request whose prompt was counted.
    pub fn new(request: &Request, prompt_tokens: u64) -> Self {
        let endpoint = request.endpoint();
        let mut asked = Self {
            prompt_tokens,
            max_output_tokens: request.max_output_tokens(),
            choices: request.choices(),
            endpoint,
            measure: Measure::default(),
            image_tokens: 0,
        };
        match endpoint {
            Endpoint::Images | Endpoint::ImageEdits => {
                let named = request.quality();
                let known = IMAGE.iter().find(|(name, _)| Some(*name) == named.as_deref());
                asked.image_tokens = known.map_or(BEST_IMAGE, |(_, tokens)| *tokens);
                asked.measure.images = request.choices();
            }
            Endpoint::Speech => asked.measure.characters = request.characters(),
            Endpoint::Transcriptions => asked.measure.sound_ms = request.sound_ms(),
            _ => {}
        }
        asked
    }

    fn writes(&self) -> bool {
        self.endpoint.writes()
    }

    /// The units to hold for it: at least, fairly, and at best. Equal where its cost is bounded by the request. Else a
    /// stream holds `step` output tokens for each choice, or less and more later; a plain answer fairly as many, and
    /// at best `most`.
    pub fn quote(&self, prices: &Prices, kinds: Kinds, stream: bool, step: u64, most: u64) -> (u64, u64, u64) {
        let hold = |output: u64| prices.hold(self.prompt_tokens, output.saturating_mul(self.choices), kinds);
        match self.max_output_tokens {
            _ if !self.writes() => {
                let tokens = hold(0).max(prices.cost(&self.expected()));
                let units = prices.measured(&self.measure).map_or(tokens, |units| units.max(tokens));
                (units, units, units)
            }
            Some(bound) => (hold(bound), hold(bound), hold(bound)),
            None if stream => (hold(1), hold(1), hold(step)),
            None => (hold(1), hold(step.clamp(1, most)), hold(most)),
        }
    }

    /// The bill for an answer. `count` is our own count of it, for when that is needed.
    pub fn bill(&self, usage: Option<Usage>, delivered: Delivered, count: impl Fn() -> u64) -> Bill {
        match usage.map(|usage| self.told(usage)) {
            Some(usage) if usage.has_tokens() && self.is_credible(&usage, delivered, &count) => Bill {
                usage,
                tokens: self.total(&usage),
                estimated: false,
                measure: self.measured(Some(&usage), delivered),
                told: true,
            },
            usage => {
                let heard = usage.and_then(|usage| usage.sound_ms).or(delivered.sound_ms);
                let mut bill = self.own(if self.writes() { count() } else { 0 });
                bill.measure = self.measured(usage.as_ref(), delivered);
                bill.estimated = match self.endpoint {
                    Endpoint::Images | Endpoint::ImageEdits => delivered.images.is_none(),
                    Endpoint::Transcriptions => heard.is_none(),
                    Endpoint::Speech => false,
                    _ => true,
                };
                bill
            }
        }
    }

    /// The bill by our own count.
    pub fn own(&self, output_tokens: u64) -> Bill {
        let usage = Usage {
            prompt_tokens: Some(self.prompt_tokens),
            completion_tokens: Some(output_tokens),
            ..Usage::default()
        };
        let tokens = self.prompt_tokens.saturating_add(output_tokens);
        Bill { usage, tokens, estimated: true, measure: self.measure, told: false }
    }

    /// The tokens of an answer that is no text, by what such answers have.
    fn expected(&self) -> Usage {
        let Measure { images, sound_ms, .. } = self.measure;
        let mut usage = Usage { prompt_tokens: Some(self.prompt_tokens), ..Usage::default() };
        let seconds = sound_ms.div_ceil(1000);
        match self.endpoint {
            Endpoint::Images | Endpoint::ImageEdits => usage.completion_tokens = Some(images * self.image_tokens),
            Endpoint::Speech => usage.completion_tokens = Some(self.prompt_tokens.saturating_mul(SPOKEN)),
            Endpoint::Transcriptions => {
                usage.prompt_tokens = Some(self.prompt_tokens.saturating_add(seconds * HEARD));
                usage.input_audio_tokens = Some(seconds * HEARD);
                usage.completion_tokens = Some(seconds * WRITTEN);
            }
            _ => usage.completion_tokens = Some(0),
        }
        self.told(usage)
    }

    /// A usage whose answer is of the one kind that its endpoint makes, where that is not said.
    pub fn told(&self, mut usage: Usage) -> Usage {
        let kind = match self.endpoint {
            Endpoint::Images | Endpoint::ImageEdits => &mut usage.output_image_tokens,
            Endpoint::Speech => &mut usage.output_audio_tokens,
            _ => return usage,
        };
        if *kind == Some(0) {
            *kind = usage.completion_tokens.or(Some(0));
        }
        usage
    }

    /// What was made or heard, as far as the answer tells; else what was asked for.
    fn measured(&self, usage: Option<&Usage>, delivered: Delivered) -> Measure {
        let Measure { images, sound_ms, characters } = self.measure;
        let heard = usage.and_then(|usage| usage.sound_ms).or(delivered.sound_ms).unwrap_or(sound_ms);
        Measure { images: delivered.images.map_or(images, |made| made.min(images)), sound_ms: heard, characters }
    }

    /// Whether a provider's figures can be true.
    ///
    /// The prompt and the answer's text count at least a quarter of what we count (tokenizers differ by less). The
    /// prompt is at most eight times our count and [`MOST_UNSEEN`]; the answer is at most what the request allowed, or
    /// [`LONGEST_ANSWER`] where it named no limit.
    pub fn is_credible(&self, usage: &Usage, delivered: Delivered, count: impl Fn() -> u64) -> bool {
        let prompt = usage.prompt_tokens.unwrap_or(0);
        let none = prompt == 0 && self.prompt_tokens > 0;
        if usage.is_contradictory() || none || 4 * prompt < self.prompt_tokens || prompt > self.longest_prompt() {
            return false;
        }
        if !self.writes() {
            let expected = self.expected().completion_tokens.unwrap_or(0);
            return usage.completion_tokens.unwrap_or(0) <= expected.saturating_mul(8).saturating_add(LONGEST_ANSWER);
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
        let heard = self.measure.sound_ms.div_ceil(1000) * HEARD;
        self.prompt_tokens.saturating_add(heard).saturating_mul(8).saturating_add(MOST_UNSEEN)
    }

    fn longest_answer(&self) -> u64 {
        let bound = self.max_output_tokens.filter(|_| self.writes());
        self.choices.saturating_mul(bound.unwrap_or(LONGEST_ANSWER))
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

    const NOTHING: Measure = Measure { images: 0, sound_ms: 0, characters: 0 };
    const ASKED: Asked = Asked {
        prompt_tokens: 100,
        max_output_tokens: Some(50),
        choices: 2,
        endpoint: Endpoint::Chat,
        measure: NOTHING,
        image_tokens: 0,
    };

    fn usage(prompt: u64, completion: u64) -> Usage {
        Usage { prompt_tokens: Some(prompt), completion_tokens: Some(completion), ..Usage::default() }
    }

    fn text(bytes: u64) -> Delivered {
        Delivered { text_bytes: bytes, ..Delivered::default() }
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
        assert!(!ASKED.is_credible(&usage(100, 1), Delivered { body_bytes: 4161, ..Delivered::default() }, counted));
        assert!(ASKED.is_credible(&usage(100, 1), Delivered { body_bytes: 4160, ..Delivered::default() }, counted));
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
        let asked = Asked { endpoint: Endpoint::Embeddings, ..ASKED };
        let said = Usage { prompt_tokens: Some(90), ..Usage::default() };
        assert!(!asked.bill(Some(said), Delivered { body_bytes: 1 << 30, ..Delivered::default() }, || 1).estimated);
    }
}
