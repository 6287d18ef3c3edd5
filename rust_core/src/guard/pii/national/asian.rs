//! Asia and Australia.

use super::{free, optional};
use crate::guard::pii::text::{Digits, uniform, weighted};
use crate::guard::rule::{Candidate, Rule};

pub const RULES: [Rule; 4] = [
    optional(
        "in-aadhaar",
        "IN_AADHAAR",
        &["aadhaar", "aadhar", "uidai", "uid"],
        r"(?-u)(?P<v>[2-9][0-9]{3}[ \-]?[0-9]{4}[ \-]?[0-9]{4})",
        indian_aadhaar,
    ),
    optional("in-pan", "IN_PAN", &[], r"(?-u)(?P<v>[A-Z]{3}[ABCFGHJLPT][A-Z][0-9]{4}[A-Z])", free),
    optional(
        "au-tfn",
        "AU_TFN",
        &["tfn", "tax file"],
        r"(?-u)(?P<v>[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{3})",
        australian_tfn,
    ),
    optional(
        "au-medicare",
        "AU_MEDICARE",
        &["medicare"],
        r"(?-u)(?P<v>[2-6][0-9]{3}[ \-]?[0-9]{5}[ \-]?[0-9](?:[ \-/]?[0-9])?)",
        australian_medicare,
    ),
];

/// Verhoeff's checksum: the group of a pentagon's turns and flips, permuted by place.
fn verhoeff(digits: &[u8]) -> bool {
    const PERMUTED: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = |a: u8, b: u8| match (a / 5, b / 5) {
        (0, 0) => (a + b) % 5,
        (0, _) => 5 + (a + b) % 5,
        (_, 0) => 5 + (a + 5 - b) % 5,
        _ => (a + 5 - b) % 5,
    };
    let permute = |digit: u8, times: usize| (0..times).fold(digit, |digit, _| PERMUTED[usize::from(digit)]);
    let sum = digits.iter().rev().enumerate().fold(0, |sum, (at, &digit)| product(sum, permute(digit, at % 8)));
    sum == 0
}

fn indian_aadhaar(found: &Candidate<'_>) -> bool {
    free(found) && Digits::of(found.value()).is_some_and(|digits| verhoeff(digits.as_slice()))
}

fn australian_tfn(found: &Candidate<'_>) -> bool {
    let Some(digits) = Digits::of(found.value()) else { return false };
    let digits = digits.as_slice();
    free(found) && !uniform(digits) && weighted(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}

fn australian_medicare(found: &Candidate<'_>) -> bool {
    let Some(digits) = Digits::of(found.value()) else { return false };
    let digits = digits.as_slice();
    free(found) && weighted(&digits[..8], &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == u32::from(digits[8])
}

#[cfg(test)]
mod tests {
    use crate::guard::pii::harness::expect;

    #[test]
    fn numbers_with_the_right_sum_are_found() {
        expect("IN_AADHAAR", &["Aadhaar «2341 2341 2346», aadhaar 2341 2341 2347", "2341 2341 2346"]);
        expect("IN_PAN", &["«ABCPE1234F», ABCXE1234F, «AFZPK7190K», XABCPE1234F"]);
        expect("AU_TFN", &["TFN «123 456 782», tfn 123 456 783", "123 456 782"]);
        expect("AU_MEDICARE", &["Medicare «2123 45670 1», medicare 2123 45671 1", "2123 45670 1"]);
    }
}
