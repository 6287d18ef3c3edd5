//! The Americas.

use super::{free, optional};
use crate::guard::pii::text::{Digits, Stems, luhn, number, uniform, weighted};
use crate::guard::rule::{Candidate, Rule};

pub const RULES: [Rule; 6] = [
    optional("us-itin", "US_ITIN", &[], r"(?-u)(?P<v>9[0-9]{2}(?:-[0-9]{2}-| [0-9]{2} |[0-9]{2})[0-9]{4})", us_itin),
    optional(
        "us-ein",
        "US_EIN",
        &["ein", "employer id", "tax id", "taxpayer"],
        r"(?-u)(?P<v>[0-9]{2}-[0-9]{7})",
        us_ein,
    ),
    optional(
        "us-bank-routing",
        "US_BANK_ROUTING",
        &["routing", "aba", "rtn"],
        r"(?-u)(?P<v>[0-9]{4}-?[0-9]{4}-?[0-9])",
        us_bank_routing,
    ),
    optional(
        "ca-sin",
        "CA_SIN",
        &["sin", "social insurance", "assurance sociale"],
        r"(?-u)(?P<v>[1-79][0-9]{2}[ \-]?[0-9]{3}[ \-]?[0-9]{3})",
        canadian_sin,
    ),
    optional(
        "br-cpf",
        "BR_CPF",
        &[],
        r"(?-u)(?P<v>[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}|[0-9]{9}-?[0-9]{2})",
        brazilian_cpf,
    ),
    optional(
        "br-cnpj",
        "BR_CNPJ",
        &[],
        r"(?-u)(?P<v>[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-[0-9]{2}|[0-9]{14})",
        brazilian_cnpj,
    ),
];

/// Words for a tax number.
const TAX: Stems = Stems { whole: &["itin", "cpf", "cnpj", "taxpayer"], start: &[], within: &[] };

fn us_itin(found: &Candidate<'_>) -> bool {
    let Some(digits) = Digits::of(found.value()) else { return false };
    let group = number(&digits.as_slice()[3..5]);
    let named = found.value().contains('-') || TAX.near(found.before(), 4);
    free(found) && named && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

fn us_ein(found: &Candidate<'_>) -> bool {
    /// Prefixes that no office gives out.
    const NEVER: [u64; 17] = [0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97];
    let Some(digits) = Digits::of(found.value()) else { return false };
    free(found) && !NEVER.contains(&number(&digits.as_slice()[..2]))
}

fn us_bank_routing(found: &Candidate<'_>) -> bool {
    let Some(digits) = Digits::of(found.value()) else { return false };
    let digits = digits.as_slice();
    let district = number(&digits[..2]);
    free(found)
        && !uniform(digits)
        && matches!(district, 1..=12 | 21..=32 | 61..=72 | 80)
        && weighted(digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}

fn canadian_sin(found: &Candidate<'_>) -> bool {
    free(found) && Digits::of(found.value()).is_some_and(|digits| luhn(digits.as_slice()))
}

/// A digit by eleven, where ten counts as none.
fn check_digit(sum: u32) -> u32 {
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

fn brazilian_cpf(found: &Candidate<'_>) -> bool {
    let Some(digits) = Digits::of(found.value()) else { return false };
    let digits = digits.as_slice();
    let named = found.value().contains('.') || TAX.near(found.before(), 4);
    free(found)
        && named
        && !uniform(digits)
        && check_digit(weighted(&digits[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2])) == u32::from(digits[9])
        && check_digit(weighted(&digits[..10], &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])) == u32::from(digits[10])
}

/// Its letters, since 2026, count by their place in ASCII.
fn brazilian_cnpj(found: &Candidate<'_>) -> bool {
    let signs = || found.value().bytes().filter(u8::is_ascii_alphanumeric).map(|sign| u32::from(sign - b'0'));
    let sum = |weights: &[u32]| signs().zip(weights).map(|(sign, weight)| sign * weight).sum::<u32>();
    let named = found.value().contains('.') || TAX.near(found.before(), 4);
    let (first, second) = (signs().nth(12), signs().nth(13));
    free(found)
        && named
        && signs().any(|sign| sign != first.unwrap_or_default())
        && first == Some(check_digit(sum(&[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])))
        && second == Some(check_digit(sum(&[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])))
}

#[cfg(test)]
mod tests {
    use crate::guard::pii::harness::expect;

    #[test]
    fn numbers_with_the_right_sum_are_found() {
        expect("US_ITIN", &["«912-90-3456», ITIN «912903456», 912903456x, 912-93-3456, 812-90-3456"]);
        expect("US_EIN", &["EIN «12-3456789», EIN 07-3456789", "12-3456789"]);
        expect("US_BANK_ROUTING", &["routing number «111000025», routing 111000026", "111000025"]);
        expect("CA_SIN", &["SIN «130 692 544», SIN 130 692 545, SIN 846 454 286", "130 692 544"]);
        expect("BR_CPF", &["«390.533.447-05», 390.533.447-06, CPF «39053344705»", "39053344705"]);
        expect("BR_CNPJ", &["«16.727.230/0001-97», 16.727.230/0001-98, CNPJ «16727230000197»", "«12.ABC.345/01DE-35»"]);
    }
}
