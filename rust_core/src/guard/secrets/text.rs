//! Measures of a short text, each in one pass and without allocation.

/// How long `text` is, as a number to reckon with.
pub fn length(text: &str) -> f32 {
    number(text.len())
}

fn number(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

/// Shannon's entropy of the bytes of `text`, in bits for each.
pub fn entropy(text: &str) -> f32 {
    let mut counts = [0u16; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] = counts[usize::from(byte)].saturating_add(1);
    }
    let length = length(text);
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
    number(found) / number(bytes.len().saturating_sub(1).max(1))
}

/// The 150 pairs of letters that English words and the names in programs are made of: for each first letter, a bit for
/// each second one. They are four of five pairs there, and one of five in what is drawn at random.
const PAIRS: [u32; 26] = [
    0x00E_B94E, 0x010_0801, 0x00A_4C91, 0x000_4111, 0x08E_B83D, 0x000_4120, 0x002_0010, 0x000_4111, 0x02E_F87F,
    0x000_0000, 0x000_0010, 0x10C_4911, 0x000_C111, 0x00C_417D, 0x05E_B80C, 0x00A_4911, 0x010_0000, 0x00E_5115,
    0x01C_C195, 0x11E_4195, 0x00E_B800, 0x000_0011, 0x000_0000, 0x008_0010, 0x000_8000, 0x000_0000,
];

/// Whether half of `text` or more is words: runs of four letters or more, of pairs that words are made of. A capital
/// behind a small letter starts another.
pub fn is_wordy(text: &str) -> bool {
    let words: usize = text
        .as_bytes()
        .chunk_by(|a, b| {
            a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && !(a.is_ascii_lowercase() && b.is_ascii_uppercase())
        })
        .filter(|run| run.len() >= 4 && is_word(run))
        .map(<[u8]>::len)
        .sum();
    words * 2 >= text.len()
}

fn is_word(letters: &[u8]) -> bool {
    let place = |letter: u8| letter.to_ascii_lowercase() - b'a';
    let common = |pair: &&[u8]| PAIRS[usize::from(place(pair[0]))] >> place(pair[1]) & 1 == 1;
    let common = letters.windows(2).filter(common).count();
    common * 20 >= (letters.len() - 1) * 11
}

/// The longest part of `text` between dots, dashes and underscores.
pub fn longest_part(text: &str) -> usize {
    text.split(['.', '-', '_']).map(str::len).max().unwrap_or_default()
}

/// The most times that one character follows itself in `text`, letters and digits only, but `A`, which is
/// zeros in base64.
pub fn longest_run(text: &str) -> usize {
    let same = |a: &u8, b: &u8| a == b && a.is_ascii_alphanumeric() && *a != b'A';
    text.as_bytes().chunk_by(same).map(<[u8]>::len).max().unwrap_or_default()
}

/// Whether one of `words`, which are in lower case, occurs in `text`, in any case.
pub fn contains_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| contains(text, word))
}

/// Where `word`, in lower case, occurs last in `text`, in any case.
pub fn find_last(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).rposition(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether `word`, in lower case, occurs in `text`, in any case.
pub fn contains(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let Some(last) = text.len().checked_sub(word.len()) else { return false };
    memchr::memchr2_iter(word[0], word[0].to_ascii_uppercase(), &text[..=last])
        .any(|at| text[at..at + word.len()].eq_ignore_ascii_case(word))
}
