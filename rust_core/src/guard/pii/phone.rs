//! Phone numbers. With a country's code the table decides; without, the shape and what is said before the number.

mod countries;
mod words;

use super::text::{Digits, begins, continues, ends, grouped_on, uniform};
use crate::guard::rule::{Candidate, Rule};
use countries::country;
use words::{Said, said};

const ENTITY: &str = "PHONE";

/// An extension: `x123`, `ext. 45`, ` #6`.
macro_rules! extension {
    () => {
        r"(?:[ ,;]{0,2}(?i-u:x|ext\.?|extn\.?|extension|poste|durchwahl|#)[ .:]{0,2}[0-9]{1,6})?"
    };
}

/// What tells a number from a part of a longer one, or says behind it what it is.
macro_rules! behind {
    () => {
        r"(?:[.\-][0-9]| ?[\-(]? ?(?i-u:office|fax|mobile|cell|home|work|phone|tel|mob|whatsapp|landline))?"
    };
}

pub const RULES: [Rule; 8] = [
    Rule {
        id: "phone-international",
        entity: ENTITY,
        keywords: &[],
        // By how many digits follow the country's code at most, so that the next number in the text is left alone.
        pattern: concat!(
            r"(?-u)(?P<v>\+[0-9]{8,15}|\(?(?:\+|00|011[ .\-]) ?\(?",
            r"(?:(?:2(?:16|2[23678]|3[025689]|4[1678]|5[37]|6[6789]|9[01789])|3(?:5[067]|7[012346]|8[69])|4[57]",
            r"|5(?:0[012345679]|3|9[2789])|6(?:5|7[023456789]|8[023678]|9[012])|8(?:00|5[23])|9(?:6[015]|7[3456]|93))",
            r"(?:[ ().\-/]{0,3}0)?(?:[ ().\-/]{0,3}[0-9]){5,8}",
            r"|(?:2(?:1[1238]|2[014]|3[137]|4[023459]|5[0124568]|6[01245]|7)|3(?:[12346]|5[13459]|77|8[012357])|4(?:[0168]|2[013])",
            r"|5(?:08|[16]|9[013456])|6(?:1|8[19])|8(?:55|70|86)|9(?:[34]|6[2378]|7[012]|9[24568]))",
            r"(?:[ ().\-/]{0,3}0)?(?:[ ().\-/]{0,3}[0-9]){6,9}",
            r"|(?:[17]|2(?:0|2[59]|34|63)|3(?:0|7[58])|44|5[278]|6(?:[0346]|85)|8(?:[124]|5[06]|8[01])|9(?:[01258]|6[46]|77))",
            r"(?:[ ().\-/]{0,3}0)?(?:[ ().\-/]{0,3}[0-9]){7,10}",
            r"|(?:3(?:5[28]|9)|4[39]|5[45]|62|8(?:6|78|8[23]))",
            r"(?:[ ().\-/]{0,3}0)?(?:[ ().\-/]{0,3}[0-9]){6,12})",
            extension!(),
            r")"
        ),
        check: international,
        core: true,
    },
    Rule {
        id: "phone-international-groups",
        entity: ENTITY,
        keywords: &[],
        pattern: concat!(
            r"(?-u)(?P<v>\(?(?:\+|00) ?[0-9]{1,4}\)?(?:[ ().\-/]{1,3}[0-9]{1,7}){1,6}",
            extension!(),
            r")(?:[.\-/:][0-9])?"
        ),
        check: groups,
        core: true,
    },
    Rule {
        id: "phone-nanp",
        entity: ENTITY,
        keywords: &[],
        pattern: concat!(
            r"(?-u)(?P<v>(?:1[ .\-]?|8[ \-])?(?:\([0-9]{3}\)[ .\-]{0,2}|[0-9]{3}(?:[ .\-/]| - |·| · )?)[0-9]{3}(?:[ .\-]| - |·| · )?[0-9]{4}",
            extension!(),
            r")",
            behind!()
        ),
        check: american,
        core: true,
    },
    Rule {
        id: "phone-trunk",
        entity: ENTITY,
        keywords: &[],
        pattern: concat!(
            r"(?-u)(?P<v>(?:\(0[1-9][0-9]{0,4}\)[ .\-/]{0,2}|0[1-9][0-9]{0,4}(?:[ .\-]|-? ?/ ?| - ))",
            r"[0-9]{2,9}(?:[ .\-/][0-9]{3,6})?",
            extension!(),
            r")",
            behind!()
        ),
        check: trunk,
        core: true,
    },
    Rule {
        id: "phone-trunk-groups",
        entity: ENTITY,
        keywords: &[],
        pattern: concat!(
            r"(?-u)(?P<v>(?:\(0[0-9]{1,4}\)[ .\-/]{0,2}|0[0-9]{0,4}(?:[ .\-/]| - ))[0-9]{1,4}(?:(?:[ .\-/]| - )[0-9]{2,4}){1,4}",
            extension!(),
            r")",
            behind!()
        ),
        check: trunk,
        core: true,
    },
    Rule {
        id: "phone-national",
        entity: ENTITY,
        keywords: &[],
        pattern: concat!(
            r"(?-u)(?P<v>\([0-9]{2,5}\)[ .\-/]{0,2}[0-9]{2,5}(?:[ .\-][0-9]{2,5}){1,3}",
            r"|1[3-9][0-9][ .\-][0-9]{4}[ .\-][0-9]{4}",
            r"|[6-9][0-9]{4}[ \-][0-9]{5}",
            r"|[1-9][0-9] 9?[0-9]{4}-[0-9]{4}",
            r"|[78][ \-]?(?:\([0-9]{3}\)|[0-9]{3})[ \-]?[0-9]{3}[ \-][0-9]{2}[ \-][0-9]{2}",
            extension!(),
            r")",
            behind!()
        ),
        check: national,
        core: true,
    },
    Rule {
        id: "phone-bare",
        entity: ENTITY,
        keywords: &[],
        pattern: concat!(
            r"(?-u)(?P<v>[0-9]{8,13}",
            extension!(),
            r")(?:[.\-:][0-9]| ?[\-(]? ?(?i-u:office|fax|mobile|cell|home|work|phone|tel|mob|whatsapp|bytes|rows|items|records|ms))?"
        ),
        check: bare,
        core: true,
    },
    Rule {
        id: "phone-named",
        entity: ENTITY,
        keywords: &[],
        pattern: concat!(
            r"(?-u)(?P<v>[0-9](?: [0-9]){8,12}|(?:\([0-9]{1,5}\)|[0-9]{2,8})(?:(?:[ .\-/]{1,2}| - )\(?[0-9]{1,9}\)?){1,5}",
            extension!(),
            r")",
            behind!()
        ),
        check: named,
        core: true,
    },
];

/// How a number is written.
struct Written {
    digits: Digits,
    /// Digits in each group.
    groups: [usize; 16],
    count: usize,
    /// The sign between the groups if there is one only, `*` if there are several, `\0` if there is none.
    separator: u8,
}

impl Written {
    /// None if it has more groups than any number.
    fn of(value: &str) -> Option<Self> {
        let number = value.bytes().position(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'#' | b',' | b';'));
        let number = &value[..number.unwrap_or(value.len())];
        let mut groups = [0; 16];
        let mut count = 0;
        for group in number.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()) {
            *groups.get_mut(count)? = group.len();
            count += 1;
        }
        let mut separators = number.trim_end().bytes().filter(|byte| b" .-/".contains(byte));
        let separator = match separators.next() {
            Some(first) if separators.all(|separator| separator == first) => first,
            Some(_) => b'*',
            None => 0,
        };
        Some(Self { digits: Digits::of(number)?, groups, count, separator })
    }

    fn groups(&self) -> &[usize] {
        &self.groups[..self.count]
    }

    /// `1 234 567`: an amount rather than a number.
    fn thousands(&self) -> bool {
        self.count > 1
            && self.separator != b'-'
            && self.groups()[0] < 4
            && self.groups()[1..].iter().all(|&group| group == 3)
    }

    /// A day, with or without the time, or years: `2024-01-31`, `31.01.2024 12`, `1939-1945`.
    fn date(&self) -> bool {
        let digits = self.digits.as_slice();
        let at = |from: usize, len: usize| super::text::number(&digits[from..from + len]);
        let month = |from| (1..=12).contains(&at(from, 2));
        let day = |from| (1..=31).contains(&at(from, 2));
        let year = |from| (1900..2100).contains(&at(from, 4));
        let mut from = 0;
        for at in 0..self.count {
            let date = match self.groups()[at..] {
                [4, 2, 2, ..] => year(from) && month(from + 4) && day(from + 6),
                [2, 2, 4, ..] => year(from + 4) && (month(from) && day(from + 2) || day(from) && month(from + 2)),
                [4, 4] => at == 0 && self.separator == b'-' && year(0) && year(4),
                _ => false,
            };
            if date {
                return true;
            }
            from += self.groups()[at];
        }
        false
    }

    /// `12345.67`, `3.14159`: not with a zero in front, as in `0718.564017`.
    fn decimal(&self) -> bool {
        self.count == 2 && self.separator == b'.' && (self.groups()[0] == 1 || self.digits.as_slice()[0] != 0)
    }

    /// `192.168.10.20`
    fn address(&self) -> bool {
        let dotted = self.count == 4 && self.separator == b'.' && self.digits.as_slice()[0] != 0;
        dotted && self.groups().iter().all(|&group| group < 4)
    }

    /// `5 5 5 1 2 3`: digit by digit.
    fn spelled(&self) -> bool {
        self.count > 8 && self.groups().iter().all(|&group| group == 1)
    }

    /// `0.1.0 - 12`: a number that is not spelled has at most one group of one digit behind the first.
    fn crumbs(&self) -> bool {
        !self.spelled() && self.groups().iter().skip(1).filter(|&&group| group == 1).count() > 1
    }

    /// `02110-1301`: a post code of the United States.
    fn post_code(&self) -> bool {
        self.groups() == [5, 4] && self.separator == b'-'
    }
}

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

fn international(found: &Candidate<'_>) -> bool {
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
fn groups(found: &Candidate<'_>) -> bool {
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

fn american(found: &Candidate<'_>) -> bool {
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
            ([.., 3, 3, 4], b'-' | b'.' | b'/') => true,
            ([.., 3, 3, 4], b' ') | ([.., 3, 7] | [.., 6, 4], b'-') => exchange,
            ([.., 3, 3, 4], b'*') => exchange && !found.value().contains(['.', '/']) && !found.value().contains(" - "),
            _ => false,
        },
    }
}

fn trunk(found: &Candidate<'_>) -> bool {
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

fn national(found: &Candidate<'_>) -> bool {
    let Some((written, said)) = read(found) else { return false };
    (8..=12).contains(&written.digits.as_slice().len()) && said != Said::Other
}

/// Digits without a sign between: a phone's if it is said, or in prose if they make a plausible one.
fn bare(found: &Candidate<'_>) -> bool {
    let Some((written, said)) = read(found) else { return false };
    let before = found.before();
    let digits = written.digits.as_slice();
    let quoted =
        matches!((before.as_bytes().last(), found.after()), (Some(b'"'), Some('"')) | (Some(b'\''), Some('\'')));
    match said {
        Said::Phone => true,
        Said::Call if digits.len() < 12 => prose(found) && digits.len() > 7 || before.ends_with([':', '：', '是']),
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
        [2..=9, _, _, 2..=9, ..] if digits.len() == 10 => !POWERS.contains(&super::text::number(digits)),
        [1, 3..=9, ..] => digits.len() == 11,
        _ => trunk_zero(digits),
    }
}

/// Ten or eleven digits from a zero on, but for books of the old numbering.
fn trunk_zero(digits: &[u8]) -> bool {
    let book = || super::text::weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0;
    matches!(digits, [0, 1..=9, ..]) && (digits.len() == 11 || digits.len() == 10 && !book())
}

fn named(found: &Candidate<'_>) -> bool {
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

#[cfg(test)]
mod tests;
