//! Whether what was found is a phone's number.

use super::countries::country;
use super::words::{Said, said};
use super::written::Written;
use crate::guard::pii::text::{begins, continues, ends, grouped_on, number, uniform, weighted};
use crate::guard::rule::Candidate;

/// Of what there can be so many.
const UNITS: &[&str] = &["bytes", "rows", "items", "records", "ms"];

/// What is read of every candidate first: whether it stands free, how it is written and what is said of it.
fn read(found: &Candidate<'_>) -> Option<(Written, Said)> {
    let before = found.before();
    let behind = found.matched().get(found.value().len()..)?;
    let cut = behind.ends_with(|last: char| last.is_ascii_digit()) || behind.is_empty() && !ends(found.after());
    if cut || !begins(before) || continues(before, b".-:_+") || before.ends_with(['+', '$', '€', '£', '#']) {
        return None;
    }
    let written = Written::of(found.value())?;
    // `#comment-2682252991`, `AppleWebKit/531.25.6`
    let joined = matches!(before.as_bytes(), [.., last, b'-' | b'/'] if last.is_ascii_alphabetic());
    let other = uniform(written.digits.as_slice())
        || written.date()
        || written.address() && !found.value().contains('+')
        || joined && (written.count == 1 || written.separator == b'.');
    if other {
        return None;
    }
    let named_behind = !behind.is_empty() && ends(found.after());
    if named_behind && UNITS.iter().any(|unit| behind.trim_start().eq_ignore_ascii_case(unit)) {
        return None;
    }
    let said = if named_behind { Said::Phone } else { said(before) };
    let part = grouped_on(before) || written.groups() == [3, 2, 4] || written.post_code();
    (said == Said::Phone || !part).then_some((written, said))
}

/// What follows the prefix that calls abroad: `+`, `00` or `011`.
fn abroad<'a>(value: &str, digits: &'a [u8]) -> &'a [u8] {
    match digits {
        _ if value.trim_start_matches('(').starts_with('+') => digits,
        [0, 0, rest @ ..] | [0, 1, 1, rest @ ..] => rest,
        _ => digits,
    }
}

/// Whether the country has numbers of this length, with or without a zero too many.
fn in_country(digits: &[u8]) -> bool {
    country(digits).is_some_and(|(width, lengths)| {
        let number = &digits[width..];
        lengths.contains(&number.len()) || number.first() == Some(&0) && lengths.contains(&(number.len() - 1))
    })
}

pub fn international(found: &Candidate<'_>) -> bool {
    let Some((written, said)) = read(found) else { return false };
    let all = written.digits.as_slice();
    let digits = abroad(found.value(), all);
    let plus = digits.len() == all.len();
    let named = matches!(said, Said::Phone | Said::Call);
    if written.decimal() && written.groups()[1] < 3 {
        return named;
    }
    let grouped = written.count > 1;
    if in_country(digits) {
        plus || named || said != Said::Other && (grouped || prose(found))
    } else {
        plus && (named || !grouped && found.before().ends_with(' ') && country(digits).is_some())
    }
}

/// Numbers that no country has in this length, in groups as only a phone's are: invented ones.
pub fn groups(found: &Candidate<'_>) -> bool {
    let Some((written, said)) = read(found) else { return false };
    let all = written.digits.as_slice();
    let digits = abroad(found.value(), all);
    let named = matches!(said, Said::Phone | Said::Call);
    // Where the country's longest number ends with a group, what follows is the next thing.
    let prefix = all.len() - digits.len();
    let mut sum = 0;
    let whole = written.groups()[..written.count - 1].iter().any(|group| {
        sum += group;
        sum > prefix + 6 && in_country(&all[prefix..sum]) && !in_country(&all[prefix..=sum])
    });
    !whole
        && (8..=15).contains(&digits.len())
        && (named || written.count > 2 && !written.thousands())
        && said != Said::Other
        && (prefix == 0 || country(digits).is_some())
}

pub fn american(found: &Candidate<'_>) -> bool {
    let Some((written, said)) = read(found) else { return false };
    let digits = written.digits.as_slice();
    let digits = if digits.len() == 11 { &digits[1..] } else { digits };
    let exchange = digits[0] > 1 && digits[3] > 1;
    let parens = found.value().contains('(');
    let extended = found.value().bytes().any(|byte| byte.is_ascii_alphabetic());
    match said {
        Said::Phone => true,
        Said::Call => written.count > 1 || exchange,
        Said::Other => parens && exchange || extended,
        Said::Nothing if parens || extended => true,
        Said::Nothing => match (written.groups(), written.separator) {
            ([.., 3, 3, 4], b'-' | b'.' | b'/') | ([1, 3, 3, 2, 2], _) => true,
            ([.., 3, 3, 4], b' ') | ([.., 3, 7] | [.., 6, 4], b'-') => exchange,
            ([.., 3, 3, 4], b'*') => exchange && !found.value().contains(['.', '/']) && !found.value().contains(" - "),
            _ => false,
        },
    }
}

pub fn trunk(found: &Candidate<'_>) -> bool {
    let Some((written, said)) = read(found) else { return false };
    let length = written.digits.as_slice().len();
    let parens = found.value().starts_with('(');
    match said {
        Said::Phone | Said::Call => (7..=12).contains(&length) && !written.decimal(),
        Said::Other => parens && (9..=12).contains(&length),
        Said::Nothing if parens => (8..=12).contains(&length),
        Said::Nothing if written.count == 2 => (9..=12).contains(&length) && written.separator != b'.',
        Said::Nothing => (9..=12).contains(&length) && !written.crumbs(),
    }
}

pub fn national(found: &Candidate<'_>) -> bool {
    let Some((written, said)) = read(found) else { return false };
    (8..=12).contains(&written.digits.as_slice().len()) && said != Said::Other
}

/// Digits without a sign between: a phone's if it is said, or in prose if they make a plausible one.
pub fn bare(found: &Candidate<'_>) -> bool {
    let Some((written, said)) = read(found) else { return false };
    let before = found.before();
    let digits = written.digits.as_slice();
    let quoted =
        matches!((before.as_bytes().last(), found.after()), (Some(b'"'), Some('"')) | (Some(b'\''), Some('\'')));
    match said {
        Said::Phone => true,
        Said::Call if digits.len() < 12 => {
            let shaped = plausible(digits) || matches!(digits, [0, 1..=9, ..]) && digits.len() > 8;
            let told = before.ends_with([':', '：', '是']) || before.ends_with(": ") && shaped;
            told || prose(found) && digits.len() > 7
        }
        Said::Call | Said::Other => false,
        Said::Nothing => prose(found) && plausible(digits) || quoted && trunk_zero(digits),
    }
}

/// Whether words stand around, rather than data: `reach 5551234567 (home)`, but not `reach: [5551234567]`.
fn prose(found: &Candidate<'_>) -> bool {
    let before = found.before();
    let data = |next: char| matches!(next, '_' | '"' | '\'' | ']' | '}' | ':' | ';' | '=' | '/' | '%' | '\\' | '|');
    let spoken = |before: &str| before.ends_with(|c: char| c.is_alphabetic() || c == ',' || c == '.');
    match before.strip_suffix('(') {
        Some(before) => spoken(before.trim_end()) && before.ends_with(' ') && found.after() == Some(')'),
        None => {
            spoken(before.trim_end())
                && before.ends_with(' ')
                && !found.after().is_some_and(|next| next == ')' || data(next))
        }
    }
}

/// Without a word: ten digits of North America, or a mobile's with a trunk zero.
fn plausible(digits: &[u8]) -> bool {
    /// 2^31 and 2^32, and one less.
    const POWERS: [u64; 4] = [2_147_483_647, 2_147_483_648, 4_294_967_295, 4_294_967_296];
    match digits {
        [2..=9, _, _, 2..=9, ..] if digits.len() == 10 => !POWERS.contains(&number(digits)),
        [1, 3..=9, ..] => digits.len() == 11,
        _ => trunk_zero(digits),
    }
}

/// Ten or eleven digits from a zero on, but for books of the old numbering.
fn trunk_zero(digits: &[u8]) -> bool {
    let book = || weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11);
    matches!(digits, [0, 1..=9, ..]) && (digits.len() == 11 || digits.len() == 10 && !book())
}

pub fn named(found: &Candidate<'_>) -> bool {
    let Some((written, said)) = read(found) else { return false };
    let length = written.digits.as_slice().len();
    if written.crumbs() {
        return false;
    }
    match said {
        Said::Phone => (6..=13).contains(&length) && !written.decimal(),
        Said::Call => {
            (7..=13).contains(&length) && !written.decimal() && (!written.thousands() || written.groups() == [3, 3, 3])
        }
        _ => false,
    }
}
