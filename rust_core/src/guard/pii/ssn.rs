//! Social security numbers of the United States: never those that were not or cannot be issued.

use super::text::{Digits, Stems, begins, continues, ends, uniform};
use crate::guard::rule::{Candidate, Rule};

const fn rule(id: &'static str, pattern: &'static str) -> Rule {
    Rule { id, entity: "SSN", keywords: &[], pattern, check: issued, core: true }
}

pub const RULES: [Rule; 3] = [
    rule(
        "us-ssn",
        r"(?-u)(?P<v>[0-9]{3}(?: ?[\-/_.] ?| {1,2})[0-9]{2}(?: ?[\-/_.] ?| {1,2})[0-9]{4})(?:[.\-/_][0-9])?",
    ),
    rule("us-ssn-bare", r"(?-u)(?P<v>[0-9]{9})(?:[.\-/_][0-9])?"),
    rule("us-ssn-spelled", r"(?-u)(?P<v>[0-9](?: [0-9]){2}(?: -)?(?: [0-9]){2}(?: -)?(?: [0-9]){4})(?: [0-9])?"),
];

/// Words that say what it is.
const NAMED: Stems = Stems {
    whole: &[
        "ssn",
        "ssns",
        "ss",
        "sss",
        "soc",
        "social",
        "socialsecurity",
        "ssnumber",
        "seguro",
        "taxpayer",
        "itin",
        "tin",
    ],
    start: &["socialsec"],
    within: &["ssn"],
};

/// Words for other numbers of this shape.
const OTHERS: Stems = Stems {
    whole: &[
        "phone", "tel", "fax", "order", "invoice", "tracking", "part", "sku", "serial", "isbn", "model", "ticket",
        "case",
    ],
    start: &["telef"],
    within: &[],
};

/// Printed in wallets and advertisements, so that nobody has them.
const ADVERTISED: &[u32] = &[78_051_120, 219_099_999, 457_555_462, 123_456_789, 987_654_320, 987_654_321];

fn issued(found: &Candidate<'_>) -> bool {
    let before = found.before();
    let Some(digits) = Digits::of(found.value()) else { return false };
    begins(before)
        && !continues(before, b"-./_+ ")
        && !before.ends_with(['+', '$', '€', '£'])
        && ends(found.after())
        && found.matched().len() == found.value().len()
        && in_use(digits.as_slice())
        && said(found.value(), before)
}

fn in_use(digits: &[u8]) -> bool {
    let number = super::text::number(digits) as u32;
    let (area, group, serial) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0 && !uniform(digits) && !ADVERTISED.contains(&number)
}

/// Dashes and dots are enough where nothing is said against it, spaces too if it is no phone's trunk; single digits, or
/// nothing between them, need a word.
fn said(value: &str, before: &str) -> bool {
    let mut separators = value.bytes().filter(|byte| !byte.is_ascii_digit());
    let dashes = || value.bytes().filter(|byte| b"-/_.".contains(byte));
    let alike = dashes().all(|dash| Some(dash) == dashes().next());
    let split = match (dashes().count(), separators.next()) {
        (2, _) => !value.contains('/'),
        (0, Some(_)) => value.len() == 11 && !value.starts_with('0') && !before.ends_with(|c: char| c.is_ascii_digit()),
        _ => false,
    };
    alike && (NAMED.near(before, 8) || split && !OTHERS.near(before, 2))
}

#[cfg(test)]
mod tests {
    use super::super::harness::expect;

    #[test]
    fn issued_numbers_are_found() {
        expect(
            "SSN",
            &[
                "My SSN is «536-90-4399».",
                "«536-90-4399», «536.90.4399», «536 90 4399»",
                "ssn: «536904399», social security number «536904399»",
                "{\"ssn\": \"«536904399»\"}",
                "«５３６-９０-４３９９», «536\u{2013}90\u{2013}4399», «536\u{200b}-90-4399», «536\u{a0}90\u{a0}4399»",
                "SSN «5 3 6 9 0 4 3 9 9»",
                "SSN «5 3 6 - 9 0 - 4 3 9 9»",
            ],
        );
    }

    #[test]
    fn numbers_never_issued_are_not_found() {
        expect(
            "SSN",
            &[
                "SSN 000-12-3456, 666-12-3456, 900-12-3456, 987-65-4321",
                "SSN 123-00-4567, 123-45-0000, 078-05-1120, 219-09-9999, 123-45-6789, 111-11-1111",
                "536904399, call +1 536-90-4399, 1-536-90-4399, 536-90-43991, 536-90-4399-1",
                "zip 53690-4399, order 536-90-4399, 2024-01-15, 536-90.4399",
            ],
        );
    }
}
