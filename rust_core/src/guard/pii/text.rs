//! What the checks share: digits without their separators, checksums, and the words that stand before a value.

/// How many digits the longest value has.
const MOST: usize = 40;

/// The decimal digits of a value, as numbers, without what stands between them.
pub struct Digits {
    digits: [u8; MOST],
    len: usize,
}

impl Digits {
    /// None if there are more than any rule asks for.
    pub fn of(value: &str) -> Option<Self> {
        let mut all = Self { digits: [0; MOST], len: 0 };
        for byte in value.bytes().filter(u8::is_ascii_digit) {
            *all.digits.get_mut(all.len)? = byte - b'0';
            all.len += 1;
        }
        Some(all)
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.digits[..self.len]
    }
}

/// The decimal number that these digits spell; of 19 digits at most.
pub fn number(digits: &[u8]) -> u64 {
    digits.iter().take(19).fold(0, |sum, &digit| sum * 10 + u64::from(digit))
}

pub fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| match (at % 2, digit) {
            (0, digit) => u32::from(digit),
            (_, 9) => 9,
            (_, digit) => u32::from(digit) * 2 % 9,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The sum of each digit times its weight.
pub fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(&digit, weight)| u32::from(digit) * weight).sum()
}

/// Whether there is but one digit, over and over.
pub fn uniform(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair[0] == pair[1])
}

/// Whether a value may begin here: not in the middle of a word or a number, but behind an escaped line break or tab.
pub fn begins(before: &str) -> bool {
    match before.as_bytes() {
        [] | [.., b'\\', b'n' | b'r' | b't'] => true,
        [.., last] => !(last.is_ascii_alphanumeric() || *last == b'_'),
    }
}

/// Whether a value may end here.
pub fn ends(after: Option<char>) -> bool {
    !after.is_some_and(|next| next.is_ascii_alphanumeric() || next == '_')
}

/// Whether the text before a number ends within a longer number: `12.` or `7-`.
pub fn continues(before: &str, separators: &[u8]) -> bool {
    matches!(before.as_bytes(), [.., digit, separator] if digit.is_ascii_digit() && separators.contains(separator))
}

/// Whether a group of four stands before, as in a card's number or an account, so that the value goes on from there:
/// `4893 `, `DE89 `, `GB33 BUKB `.
pub fn grouped_on(before: &str) -> bool {
    let before = before.as_bytes();
    let group = |end: usize| {
        let start = end - before[..end].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        (start, &before[start..end])
    };
    let [.., b' ' | b'-'] = before else { return false };
    let (start, last) = group(before.len() - 1);
    let numbered = |group: &[u8]| group.len() == 4 && group.iter().any(u8::is_ascii_digit);
    numbered(last) || last.len() == 4 && start > 0 && numbered(group(start - 1).1)
}

/// The words before a value, the nearest first.
pub fn words(before: &str) -> impl Iterator<Item = &str> {
    before.rsplit(|c: char| !(c.is_ascii_alphabetic() || c >= '\u{80}')).filter(|word| !word.is_empty())
}

/// Words to compare with, in lower case. Those with a capital or a sign of another script are in `within`.
pub struct Stems {
    /// The whole word.
    pub whole: &'static [&'static str],
    /// How the word begins.
    pub start: &'static [&'static str],
    /// Anywhere in it: for scripts without spaces, and for `workPhone`.
    pub within: &'static [&'static str],
}

impl Stems {
    pub fn has(&self, word: &str) -> bool {
        let word = word.as_bytes();
        let begins =
            |stem: &&str| word.get(..stem.len()).is_some_and(|head| head.eq_ignore_ascii_case(stem.as_bytes()));
        let within = |stem: &&str| word.windows(stem.len()).any(|part| part.eq_ignore_ascii_case(stem.as_bytes()));
        self.whole.iter().any(|stem| word.eq_ignore_ascii_case(stem.as_bytes()))
            || self.start.iter().any(begins)
            || self.within.iter().any(within)
    }

    /// Whether one of the nearest `reach` words is one of these.
    pub fn near(&self, before: &str, reach: usize) -> bool {
        words(before).take(reach).any(|word| self.has(word))
    }
}
