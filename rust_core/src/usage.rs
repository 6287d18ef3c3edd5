//! The `usage` member of an answer, found while its bytes go by.

pub(crate) mod cursor;
mod scanner;

use self::cursor::Cursor;
pub use self::scanner::Scanner;

/// No answer has so many tokens: a provider that says so is not believed.
const ABSURD: u64 = 1_000_000_000;

/// What the provider says an answer cost, in tokens. `None`: not said, or not a believable count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt (`prompt_tokens`, or `input_tokens`).
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer (`completion_tokens`, or `output_tokens`), reasoning included.
    pub completion_tokens: Option<u64>,
    /// Their sum, as said.
    pub total_tokens: Option<u64>,
    /// Tokens of the prompt read from the provider's cache; 0 if not said.
    pub cached_tokens: Option<u64>,
    /// Tokens of the answer spent on reasoning; 0 if not said.
    pub reasoning_tokens: Option<u64>,
}

impl Usage {
    /// Reads a `usage` object; `None` if it is not one or says none of prompt, completion and total.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut usage = Self { cached_tokens: Some(0), reasoning_tokens: Some(0), ..Self::default() };
        let mut cursor = Cursor::new(bytes);
        cursor.object(|cursor, name| {
            match name {
                b"prompt_tokens" | b"input_tokens" => usage.prompt_tokens = count(cursor.value()?),
                b"completion_tokens" | b"output_tokens" => usage.completion_tokens = count(cursor.value()?),
                b"total_tokens" => usage.total_tokens = count(cursor.value()?),
                b"prompt_tokens_details" | b"input_tokens_details" => {
                    detail(cursor, b"cached_tokens", &mut usage.cached_tokens)?;
                }
                b"completion_tokens_details" | b"output_tokens_details" => {
                    detail(cursor, b"reasoning_tokens", &mut usage.reasoning_tokens)?;
                }
                _ => drop(cursor.value()?),
            }
            Some(())
        })?;
        usage.prompt_tokens.or(usage.completion_tokens).or(usage.total_tokens).map(|_| usage)
    }
}

/// Reads one member of a details object into `found`, which stays as it is if the member is absent or null.
fn detail(cursor: &mut Cursor<'_>, wanted: &[u8], found: &mut Option<u64>) -> Option<()> {
    if cursor.peek()? != b'{' {
        return cursor.value().map(drop);
    }
    cursor.object(|cursor, name| {
        let value = cursor.value()?;
        if name == wanted && value != b"null" {
            *found = count(value);
        }
        Some(())
    })
}

/// A believable count: plain digits, no sign, fraction or exponent.
fn count(value: &[u8]) -> Option<u64> {
    let digits = (1..=10).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    let number = value.iter().filter(|_| digits).fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    (digits && number <= ABSURD).then_some(number)
}

#[cfg(test)]
pub(crate) mod tests;
