//! What tokens cost, in integers: units of 10^-10 USD, rounded up once, at the end.

use std::fmt;

use crate::usage::Usage;

/// How many units one US dollar is.
pub const UNITS_PER_USD: u64 = 10_000_000_000;
const FRACTION_DIGITS: u32 = 10;
/// Bytes of the longest amount: -922337203.6854775808.
pub const LONGEST_USD: usize = 21;

/// No cost is more, so that every cost fits a signed 64-bit column.
const MAX_UNITS: u64 = i64::MAX as u64;
/// What [`Prices::affordable`] says when nothing bounds the answer.
pub const UNBOUNDED: u64 = 1 << 40;

/// A model's prices, in units: for a million tokens, or for one of what is not counted in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Tokens of the prompt that no other price is for.
    pub input: u64,
    /// Tokens of the prompt read from the provider's cache.
    pub cached_input: u64,
    /// Tokens of the prompt written to it.
    pub cache_write: u64,
    /// Of those, the ones that it keeps for an hour.
    pub cache_write_1h: u64,
    /// Tokens of the prompt that are sound.
    pub input_audio: u64,
    /// Tokens of the prompt that are images.
    pub input_image: u64,
    /// Tokens of the answer that no other price is for.
    pub output: u64,
    /// Tokens of the answer spent on reasoning.
    pub reasoning: u64,
    /// Tokens of the answer that are sound.
    pub output_audio: u64,
    /// Tokens of the answer that are images.
    pub output_image: u64,
    /// One image of an answer.
    pub image: u64,
    /// One second of sound that is heard.
    pub second: u64,
    /// One character that is spoken.
    pub character: u64,
}

/// What is paid for where it is not tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Images made.
    pub images: u64,
    /// Milliseconds of sound heard.
    pub sound_ms: u64,
    /// Characters spoken.
    pub characters: u64,
}

/// Kinds of tokens with prices of their own that a call may have besides text that is cached for minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    /// Tokens that the provider's cache keeps for an hour.
    pub hour: bool,
    /// Sound and images, asked or answered.
    pub media: bool,
}

impl Prices {
    /// What an answer cost. Every token has one price; what a contradictory usage says too much of some kind is not
    /// charged, and its totals are.
    pub fn cost(&self, usage: &Usage) -> u64 {
        let (prompt, answer) = (usage.prompt(), usage.answer());
        to_units([
            (prompt.cached, self.cached_input),
            (prompt.written, self.cache_write),
            (prompt.written_1h, self.cache_write_1h),
            (prompt.audio, self.input_audio),
            (prompt.image, self.input_image),
            (prompt.rest, self.input),
            (answer.reasoning, self.reasoning),
            (answer.audio, self.output_audio),
            (answer.image, self.output_image),
            (answer.rest, self.output),
        ])
    }

    /// Whether any token costs something.
    pub fn by_token(&self) -> bool {
        let Self { input, cached_input, cache_write, cache_write_1h, input_audio, input_image, .. } = *self;
        let Self { output, reasoning, output_audio, output_image, .. } = *self;
        let inputs = [input, cached_input, cache_write, cache_write_1h, input_audio, input_image];
        inputs.into_iter().chain([output, reasoning, output_audio, output_image]).any(|price| price > 0)
    }

    /// Whether it matters of which kinds a call's tokens may be.
    pub fn vary(&self) -> bool {
        let all = Kinds { hour: true, media: true };
        let dearest = |kinds| (self.dearest_input(kinds), self.dearest_output(kinds));
        dearest(all) != dearest(Kinds::default())
    }

    /// What is measured costs, where it has a price; a begun thousandth of a second is one, and sums are rounded up.
    pub fn measured(&self, measure: &Measure) -> Option<u64> {
        let Measure { images, sound_ms, characters } = *measure;
        let parts = [(images, self.image, 1000), (sound_ms, self.second, 1), (characters, self.character, 1000)];
        let of = |(count, price, factor): (u64, u64, u128)| u128::from(count) * u128::from(price) * factor;
        let is_priced = [self.image, self.second, self.character].iter().any(|price| *price > 0);
        let sum = parts.into_iter().map(of).fold(0_u128, u128::saturating_add).div_ceil(1000);
        is_priced.then(|| u64::try_from(sum).map_or(MAX_UNITS, |units| units.min(MAX_UNITS)))
    }

    /// The most that a prompt and an answer of so many tokens can cost, if they are of these kinds.
    pub fn hold(&self, prompt_tokens: u64, output_tokens: u64, kinds: Kinds) -> u64 {
        to_units([(prompt_tokens, self.dearest_input(kinds)), (output_tokens, self.dearest_output(kinds))])
    }

    /// The most output tokens whose [`Prices::hold`] is within `units`, at most [`UNBOUNDED`]. 0 also when the prompt
    /// alone is not.
    pub fn affordable(&self, units: u64, prompt_tokens: u64, kinds: Kinds) -> u64 {
        let prompt = u128::from(prompt_tokens) * u128::from(self.dearest_input(kinds));
        let Some(left) = (u128::from(units) * PER_PRICE).checked_sub(prompt) else { return 0 };
        let most = left.checked_div(u128::from(self.dearest_output(kinds)));
        most.and_then(|most| u64::try_from(most).ok()).map_or(UNBOUNDED, |most| most.min(UNBOUNDED))
    }

    fn dearest_input(&self, kinds: Kinds) -> u64 {
        let text = self.input.max(self.cached_input).max(self.cache_write);
        let kept = if kinds.hour { text.max(self.cache_write_1h) } else { text };
        if kinds.media { kept.max(self.input_audio).max(self.input_image) } else { kept }
    }

    fn dearest_output(&self, kinds: Kinds) -> u64 {
        let text = self.output.max(self.reasoning);
        if kinds.media { text.max(self.output_audio).max(self.output_image) } else { text }
    }
}

/// Tokens that a price is for.
const PER_PRICE: u128 = 1_000_000;

fn to_units<const N: usize>(parts: [(u64, u64); N]) -> u64 {
    let sum =
        parts.iter().fold(0_u128, |sum, (tokens, price)| sum.saturating_add(u128::from(*tokens) * u128::from(*price)));
    u64::try_from(sum.div_ceil(PER_PRICE)).map_or(MAX_UNITS, |units| units.min(MAX_UNITS))
}

/// An amount as people and programs read it: a plain decimal number of US dollars, as short as it can be.
#[derive(Clone, Copy, Debug)]
pub struct Usd(
    /// In units.
    pub i64,
);

impl From<u64> for Usd {
    fn from(units: u64) -> Self {
        Self(i64::try_from(units).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits(&mut [0; LONGEST_USD]))
    }
}

impl Usd {
    /// As text in a room for it. By hand: each answer asks for it, and what `fmt` does takes six times as long.
    pub fn digits(self, room: &mut [u8; LONGEST_USD]) -> &str {
        let units = self.0.unsigned_abs();
        let (mut whole, mut fraction) = (units / UNITS_PER_USD, units % UNITS_PER_USD);
        let mut at = room.len();
        let mut put = |byte: u8| {
            at -= 1;
            room[at] = byte;
        };
        if fraction > 0 {
            let mut is_shown = false; // from the last digit on that is none of the zeros at the end
            for _ in 0..FRACTION_DIGITS {
                let digit = (fraction % 10) as u8;
                is_shown |= digit > 0;
                if is_shown {
                    put(b'0' + digit);
                }
                fraction /= 10;
            }
            put(b'.');
        }
        loop {
            put(b'0' + (whole % 10) as u8);
            whole /= 10;
            if whole == 0 {
                break;
            }
        }
        if self.0 < 0 {
            put(b'-');
        }
        std::str::from_utf8(&room[at..]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
