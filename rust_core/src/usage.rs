//! The `usage` member of an answer, found while its bytes go by.

pub(crate) mod cursor;
mod scanner;

use self::cursor::Cursor;
pub use self::scanner::Scanner;

/// No answer has so many tokens: a provider that says so is not believed.
const ABSURD: u64 = 1_000_000_000;

/// What the provider says an answer cost, in tokens. `None`: not said, or not a believable count. The details are
/// parts of the two totals, and 0 if not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt (`prompt_tokens`, or `input_tokens`).
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer (`completion_tokens`, or `output_tokens`), reasoning included.
    pub completion_tokens: Option<u64>,
    /// Their sum, as said.
    pub total_tokens: Option<u64>,
    /// Tokens of the prompt read from the provider's cache.
    pub cached_tokens: Option<u64>,
    /// Tokens of the prompt written to the provider's cache.
    pub cache_write_tokens: Option<u64>,
    /// Of those, the ones that it keeps for an hour.
    pub cache_write_1h_tokens: Option<u64>,
    /// Tokens of the prompt that are sound.
    pub input_audio_tokens: Option<u64>,
    /// Tokens of the prompt that are images.
    pub input_image_tokens: Option<u64>,
    /// Tokens of the answer spent on reasoning.
    pub reasoning_tokens: Option<u64>,
    /// Tokens of the answer that are sound.
    pub output_audio_tokens: Option<u64>,
    /// Tokens of the answer that are images.
    pub output_image_tokens: Option<u64>,
    /// Milliseconds of sound that were heard (`seconds`).
    pub sound_ms: Option<u64>,
}

impl Default for Usage {
    /// Nothing is said.
    fn default() -> Self {
        Self {
            prompt_tokens: None,
            completion_tokens: None,
            total_tokens: None,
            cached_tokens: Some(0),
            cache_write_tokens: Some(0),
            cache_write_1h_tokens: Some(0),
            input_audio_tokens: Some(0),
            input_image_tokens: Some(0),
            reasoning_tokens: Some(0),
            output_audio_tokens: Some(0),
            output_image_tokens: Some(0),
            sound_ms: None,
        }
    }
}

/// The prompt's tokens by kind: disjoint, and together all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Read from the cache.
    pub cached: u64,
    /// Written to the cache, to be kept for as long as is usual,
    pub written: u64,
    /// and for an hour.
    pub written_1h: u64,
    /// Sound.
    pub audio: u64,
    /// Images.
    pub image: u64,
    /// What is left.
    pub rest: u64,
}

/// The answer's tokens by kind: disjoint, and together all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Reasoning.
    pub reasoning: u64,
    /// Sound.
    pub audio: u64,
    /// Images.
    pub image: u64,
    /// What is left.
    pub rest: u64,
}

impl Usage {
    /// Reads a `usage` object; `None` if it is not one or says none of prompt, completion and total.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut usage = Self::default();
        let mut cursor = Cursor::new(bytes);
        cursor.object(|cursor, name| {
            match name {
                b"prompt_tokens" | b"input_tokens" => usage.prompt_tokens = count(cursor.value()?),
                b"completion_tokens" | b"output_tokens" => usage.completion_tokens = count(cursor.value()?),
                b"total_tokens" => usage.total_tokens = count(cursor.value()?),
                b"seconds" => usage.sound_ms = milliseconds(cursor.value()?),
                b"prompt_cache_hit_tokens" => at_least(cursor.value()?, &mut usage.cached_tokens),
                b"cache_creation_input_tokens" | b"cache_creation_tokens" => {
                    at_least(cursor.value()?, &mut usage.cache_write_tokens);
                }
                b"cache_creation" => lifetimes(cursor, &mut usage.cache_write_1h_tokens)?,
                b"prompt_tokens_details" | b"input_tokens_details" => details(cursor, |name, value| match name {
                    b"cached_tokens" => at_least(value, &mut usage.cached_tokens),
                    b"cache_write_tokens" | b"cache_creation_input_tokens" | b"cache_creation_tokens" => {
                        at_least(value, &mut usage.cache_write_tokens);
                    }
                    b"cache_creation" => drop(lifetimes(&mut Cursor::new(value), &mut usage.cache_write_1h_tokens)),
                    b"audio_tokens" => at_least(value, &mut usage.input_audio_tokens),
                    b"image_tokens" => at_least(value, &mut usage.input_image_tokens),
                    _ => {}
                })?,
                b"completion_tokens_details" | b"output_tokens_details" => details(cursor, |name, value| match name {
                    b"reasoning_tokens" => at_least(value, &mut usage.reasoning_tokens),
                    b"audio_tokens" => at_least(value, &mut usage.output_audio_tokens),
                    b"image_tokens" => at_least(value, &mut usage.output_image_tokens),
                    _ => {}
                })?,
                _ => drop(cursor.value()?),
            }
            Some(())
        })?;
        let (written, hour) = (usage.cache_write_tokens, usage.cache_write_1h_tokens);
        usage.cache_write_tokens = written.zip(hour).map(|(written, hour)| written.max(hour));
        usage.prompt_tokens.or(usage.completion_tokens).or(usage.total_tokens).or(usage.sound_ms).map(|_| usage)
    }

    /// Whether it says how many tokens there were.
    pub fn has_tokens(&self) -> bool {
        self.prompt_tokens.or(self.completion_tokens).or(self.total_tokens).is_some()
    }

    /// The prompt by kind. Parts that exceed the total are cut down to it, the last ones first.
    pub fn prompt(&self) -> Prompt {
        let mut left = self.prompt_total();
        let mut part = |said: Option<u64>| take(&mut left, said);
        let (cached, written) = (part(self.cached_tokens), part(self.cache_write_tokens));
        let (audio, image) = (part(self.input_audio_tokens), part(self.input_image_tokens));
        let written_1h = self.cache_write_1h_tokens.unwrap_or(0).min(written);
        Prompt { cached, written: written - written_1h, written_1h, audio, image, rest: left }
    }

    /// The answer by kind, cut down in the same way.
    pub fn answer(&self) -> Answer {
        let mut left = self.answer_total();
        let mut part = |said: Option<u64>| take(&mut left, said);
        let reasoning = part(self.reasoning_tokens);
        let (audio, image) = (part(self.output_audio_tokens), part(self.output_image_tokens));
        Answer { reasoning, audio, image, rest: left }
    }

    /// Whether the parts exceed their totals, or a detail is not a believable count.
    pub fn is_contradictory(&self) -> bool {
        let sum = |parts: &[Option<u64>]| parts.iter().try_fold(0_u64, |sum, part| Some(sum.saturating_add((*part)?)));
        let prompt =
            sum(&[self.cached_tokens, self.cache_write_tokens, self.input_audio_tokens, self.input_image_tokens]);
        let answer = sum(&[self.reasoning_tokens, self.output_audio_tokens, self.output_image_tokens]);
        let totals = self.prompt_total().saturating_add(self.answer_total());
        prompt.is_none_or(|parts| parts > self.prompt_total())
            || answer.is_none_or(|parts| parts > self.answer_total())
            || self.total_tokens.is_some_and(|total| totals > total)
    }

    fn prompt_total(&self) -> u64 {
        let rest = || Some(self.total_tokens?.saturating_sub(self.completion_tokens?));
        self.prompt_tokens.or_else(rest).unwrap_or(0)
    }

    /// Some providers count the reasoning beside the completion instead of in it. Their total tells.
    fn answer_total(&self) -> u64 {
        let rest = || Some(self.total_tokens?.saturating_sub(self.prompt_tokens?));
        let said = self.completion_tokens.or_else(rest).unwrap_or(0);
        let beside = said.saturating_add(self.reasoning_tokens.unwrap_or(0));
        let with_both = self.prompt_tokens.map(|prompt| prompt.saturating_add(beside));
        if self.completion_tokens.is_some() && self.total_tokens.is_some() && with_both == self.total_tokens {
            beside
        } else {
            said
        }
    }
}

fn take(left: &mut u64, said: Option<u64>) -> u64 {
    let part = said.unwrap_or(0).min(*left);
    *left -= part;
    part
}

/// The members of a details object, if it is one.
fn details(cursor: &mut Cursor<'_>, mut each: impl FnMut(&[u8], &[u8])) -> Option<()> {
    if cursor.peek()? != b'{' {
        return cursor.value().map(drop);
    }
    cursor.object(|cursor, name| {
        each(name, cursor.value()?);
        Some(())
    })
}

/// Claude's, of what its cache wrote.
fn lifetimes(cursor: &mut Cursor<'_>, hour: &mut Option<u64>) -> Option<()> {
    details(cursor, |name, value| {
        if name == b"ephemeral_1h_input_tokens" {
            at_least(value, hour);
        }
    })
}

/// Notes a count that may be said in several places: the largest is meant. One that is not believable spoils it.
fn at_least(value: &[u8], place: &mut Option<u64>) {
    if value != b"null" {
        *place = place.and_then(|before| Some(before.max(count(value)?)));
    }
}

/// A believable count: plain digits, no sign, fraction or exponent.
fn count(value: &[u8]) -> Option<u64> {
    let digits = (1..=10).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    let number = value.iter().filter(|_| digits).fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    (digits && number <= ABSURD).then_some(number)
}

/// Seconds with at most nine digits before the point, a fraction or none: a believable length, rounded up.
pub(crate) fn milliseconds(value: &[u8]) -> Option<u64> {
    let point = value.iter().position(|byte| *byte == b'.').unwrap_or(value.len());
    let (whole, fraction) = (&value[..point], value.get(point + 1..).unwrap_or_default());
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = (0..3).map(|place| u64::from(fraction.get(place).map_or(0, |digit| digit - b'0')));
    let rest = u64::from(fraction.iter().skip(3).any(|digit| *digit != b'0'));
    let ms = count(whole)? * 1000 + digits.fold(0, |sum, digit| sum * 10 + digit) + rest;
    (ms <= crate::sound::LONGEST).then_some(ms)
}

#[cfg(test)]
pub(crate) mod tests;
