//! Payment cards: the issuer's range, its lengths, and the Luhn sum.

use super::text::{Digits, Stems, begins, continues, ends, grouped_on, luhn, uniform};
use crate::guard::rule::{Candidate, Rule};

const ENTITY: &str = "CREDIT_CARD";

pub const RULES: [Rule; 4] = [
    Rule {
        id: "credit-card",
        entity: ENTITY,
        keywords: &[],
        pattern: r"(?-u)(?P<v>[0-9]{12,19})(?:\.[0-9])?",
        check: plain,
        core: true,
    },
    Rule {
        id: "credit-card-grouped",
        entity: ENTITY,
        keywords: &[],
        pattern: concat!(
            r"(?-u)(?P<v>[0-9]{4}(?:",
            r"(?:[ .\-/_\t]|  | [.\-/] |·|•)[0-9]{4}(?:(?:[ .\-/_\t]|  | [.\-/] |·|•)[0-9]{4}){2}",
            r"|[ .\-/_][0-9]{6}[ .\-/_][0-9]{4,5}",
            r"|(?:[ .\-/_][0-9]{4}){2}(?:[ .\-/_][0-9]{1,3})?",
            r"|[ .\-/_][0-9]{3}[ .\-/_][0-9]{3}[ .\-/_][0-9]{3}",
            r"))(?:[.\-][0-9])?"
        ),
        check: grouped,
        core: true,
    },
    Rule {
        id: "credit-card-long",
        entity: ENTITY,
        keywords: &[],
        pattern: r"(?-u)(?P<v>[0-9]{4}(?:[ .\-/_][0-9]{4}){3}[ .\-/_][0-9]{1,3})",
        check: grouped,
        core: true,
    },
    Rule {
        id: "credit-card-spaced",
        entity: ENTITY,
        keywords: &[],
        pattern: r"(?-u)(?P<v>[0-9](?:[ .\-_][0-9]){12,18})(?:[ .\-_][0-9])?",
        check: grouped,
        core: true,
    },
];

/// Numbers of things, which can have the shape of a card's.
const THINGS: Stems = Stems {
    whole: &[
        "ean",
        "gtin",
        "upc",
        "isbn",
        "issn",
        "imei",
        "imeisv",
        "iccid",
        "imsi",
        "tracking",
        "barcode",
        "timestamp",
        "snowflake",
    ],
    start: &[],
    within: &[],
};

fn plain(found: &Candidate<'_>) -> bool {
    let before = found.before();
    begins(before)
        && !continues(before, b".-")
        && !before.ends_with('+')
        && ends(found.after())
        && found.matched().len() == found.value().len()
        && !THINGS.near(before, 2)
        && issued(found.value())
}

fn grouped(found: &Candidate<'_>) -> bool {
    let before = found.before();
    begins(before)
        && !continues(before, b".-/_")
        && !grouped_on(before)
        && ends(found.after())
        && found.matched().len() == found.value().len()
        && one_separator(found.value())
        && !THINGS.near(before, 2)
        && issued(found.value())
}

/// Whether all separators are alike.
fn one_separator(value: &str) -> bool {
    let mut separators = value.chars().filter(|sign| !sign.is_ascii_digit() && *sign != ' ');
    let first = separators.next();
    separators.all(|separator| Some(separator) == first)
}

fn issued(value: &str) -> bool {
    let Some(digits) = Digits::of(value) else { return false };
    let digits = digits.as_slice();
    issuer(digits) && luhn(digits) && !uniform(digits)
}

/// First digits from and to, both of them as long, and the lengths from and to.
type Range = (&'static str, &'static str, usize, usize);

#[rustfmt::skip]
const ISSUERS: &[Range] = &[
    ("4", "4", 16, 16), ("4", "4", 13, 13), ("4", "4", 19, 19),                                      // Visa
    ("51", "55", 16, 16), ("2221", "2720", 16, 16),                                                  // Mastercard
    ("34", "34", 15, 15), ("37", "37", 15, 15),                                                      // American Express
    ("6011", "6011", 16, 19), ("644", "649", 16, 19), ("65", "65", 16, 19),                          // Discover, RuPay, Troy
    ("300", "305", 14, 19), ("3095", "3095", 14, 19), ("36", "36", 14, 19), ("38", "39", 14, 19),    // Diners Club
    ("35", "35", 16, 16), ("2131", "2131", 15, 15), ("1800", "1800", 15, 15),                        // JCB
    ("62", "62", 16, 19), ("81", "82", 16, 19),                                                      // UnionPay, RuPay
    ("5018", "5018", 12, 19), ("5020", "5020", 12, 19), ("5038", "5038", 12, 19), ("56", "58", 12, 19), // Maestro
    ("6304", "6304", 12, 19), ("6390", "6390", 12, 19), ("67", "67", 12, 19), ("0604", "0604", 12, 12),
    ("2200", "2205", 16, 19),                                                                        // Mir, Borica
    ("9792", "9792", 16, 16),                                                                        // Troy
    ("5060", "5061", 16, 19), ("5078", "5079", 16, 19),                                              // Verve
    ("508", "508", 16, 16), ("353", "353", 16, 16), ("60", "60", 16, 16),                            // RuPay
    ("5041", "5041", 16, 16), ("5066", "5067", 16, 16), ("509", "509", 16, 16),                      // Elo
    ("627780", "627780", 16, 16), ("636297", "636297", 16, 16), ("636368", "636368", 16, 16),
    ("606282", "606282", 13, 19), ("637", "639", 16, 16),                                            // Hipercard, InstaPayment
    ("5019", "5019", 16, 16),                                                                        // Dankort
    ("633110", "633110", 16, 19), ("6333", "6334", 16, 19),                                          // Switch, Solo
    ("8600", "8600", 16, 16), ("9860", "9860", 16, 16),                                              // Uzcard, Humo
];

fn issuer(digits: &[u8]) -> bool {
    let number = |digits: &'static str| digits.bytes().map(|digit| digit - b'0');
    ISSUERS.iter().any(|&(from, to, shortest, longest)| {
        let head = || digits.iter().copied().take(from.len());
        (shortest..=longest).contains(&digits.len()) && head().ge(number(from)) && head().le(number(to))
    })
}

#[cfg(test)]
mod tests {
    use super::super::harness::expect;
    use super::*;

    #[test]
    fn cards_are_found() {
        expect(
            ENTITY,
            &[
                "Visa «4111111111111111», «4222222222222», «4917 6100 0000 0000 003»",
                "Mastercard «5555-5555-5555-4444» and «2223003122003222»",
                "Amex «378282246310005» or «3782 822463 10005» or 3782-822463-10006",
                "Discover «6011 0009 9013 9424», Diners «30569309025904» «3056 930902 5904»",
                "JCB «3530111333300000», UnionPay «6200000000000005», Maestro «6759649826438453» «501800000009»",
                "Mir «2200000000000004», Troy «9792000000000003»",
                "«4111 1111 1111 1111» 12/29 123",
                "{\"pan\":\"«4111111111111111»\"}",
                "1,«4111111111111111»,2",
            ],
        );
    }

    #[test]
    fn disguised_cards_are_found() {
        expect(
            ENTITY,
            &[
                "«４１１１ １１１１ １１１１ １１１１»",
                "«4111\u{200b}1111\u{200b}1111\u{200b}1111»",
                "«4111\u{a0}1111\u{2009}1111\u{202f}1111»",
                "«4111\u{2013}1111\u{2013}1111\u{2013}1111»",
                "«4111.1111.1111.1111», «4111_1111_1111_1111», «4111/1111/1111/1111»",
                "«4111 - 1111 - 1111 - 1111», «4111  1111  1111  1111»",
                "«4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1»",
                "«4111·1111·1111·1111»",
            ],
        );
    }

    #[test]
    fn what_no_issuer_issued_is_not_found() {
        expect(
            ENTITY,
            &[
                "4111111111111112 and 4111 1111 1111 1112",
                "0000000000000000, 1234567812345670, 9999999999999995",
                "41111111111111110000, 0.4111111111111111, a4111111111111111, 4111111111111111.5",
                "51111111111111, 411111111111116",
                "ISBN 9784111111111, EAN 4006381333931, IMEI 490154203237518",
                "ts 1700000000000, id 1700000000000000000",
                "DE89 3704 0044 0532 0130 00",
                "5f4111111111111111e0",
            ],
        );
    }
}
