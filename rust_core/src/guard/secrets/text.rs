//! Measures of a short text, each in one pass and without allocation.

/// Shannon's entropy of the bytes of `text`, in bits for each.
pub fn entropy(text: &str) -> f32 {
    let mut counts = [0u16; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] = counts[usize::from(byte)].saturating_add(1);
    }
    let length = text.len() as f32;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f32::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

/// The share of neighbours in `text` that count up or down by one, or repeat: 1 for `abcd4321`.
pub fn sequence(text: &str) -> f32 {
    share_of_pairs(text, |a, b| a.abs_diff(b) <= 1 || (a == b'9' && b == b'0'))
}

/// The share of neighbours in `text` that are the same.
pub fn sameness(text: &str) -> f32 {
    share_of_pairs(text, |a, b| a == b)
}

fn share_of_pairs(text: &str, counts: impl Fn(u8, u8) -> bool) -> f32 {
    let bytes = text.as_bytes();
    let found = bytes.windows(2).filter(|pair| counts(pair[0], pair[1])).count();
    found as f32 / bytes.len().saturating_sub(1).max(1) as f32
}

/// The 150 pairs of letters that English words and the names in programs are made of: for each first letter, a bit for
/// each second one. They are four of five pairs there, and one of five in what is drawn at random.
const PAIRS: [u32; 26] = [
    0x00E_B94E, 0x010_0801, 0x00A_4C91, 0x000_4111, 0x08E_B83D, 0x000_4120, 0x002_0010, 0x000_4111, 0x02E_F87F,
    0x000_0000, 0x000_0010, 0x10C_4911, 0x000_C111, 0x00C_417D, 0x05E_B80C, 0x00A_4911, 0x010_0000, 0x00E_5115,
    0x01C_C195, 0x11E_4195, 0x00E_B800, 0x000_0011, 0x000_0000, 0x008_0010, 0x000_8000, 0x000_0000,
];

/// Whether the letters of `text` are those of words.
pub fn is_wordy(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic().then(|| byte.to_ascii_lowercase() - b'a');
    let (mut pairs, mut common) = (0u32, 0u32);
    for pair in text.as_bytes().windows(2) {
        if let (Some(first), Some(second)) = (letter(pair[0]), letter(pair[1])) {
            pairs += 1;
            common += PAIRS[usize::from(first)] >> second & 1;
        }
    }
    pairs >= 6 && common * 20 >= pairs * 11
}

/// Whether one of `words`, which are in lower case, occurs in `text`, in any case.
pub fn contains_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| contains(text, word))
}

/// Whether `word`, in lower case, occurs in `text`, in any case.
pub fn contains(text: &str, word: &str) -> bool {
    text.len() >= word.len()
        && text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}
