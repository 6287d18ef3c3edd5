//! Europe.

use super::{free, optional};
use crate::guard::pii::text::{Digits, luhn, number, uniform, weighted};
use crate::guard::rule::{Candidate, Rule};

pub const RULES: [Rule; 11] = [
    optional(
        "uk-nino",
        "UK_NINO",
        &[],
        r"(?-u)(?P<v>[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: ?[0-9]{2}){3} ?[A-D])",
        nino,
    ),
    optional(
        "uk-nhs-number",
        "UK_NHS_NUMBER",
        &["nhs", "national health"],
        r"(?-u)(?P<v>[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{4})",
        nhs_number,
    ),
    optional(
        "de-tax-id",
        "DE_TAX_ID",
        &["steuer", "idnr", "tax id", "tin"],
        r"(?-u)(?P<v>[1-9][0-9](?: ?[0-9]{3}){3})",
        german_tax_id,
    ),
    optional(
        "fr-nir",
        "FR_NIR",
        &[],
        r"(?-u)(?P<v>[12] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2})",
        french_nir,
    ),
    optional(
        "es-nif",
        "ES_NIF",
        &["dni", "nie", "nif", "documento", "identidad"],
        r"(?-u)(?P<v>(?:[XYZxyz][ \-]?[0-9]{7}|[0-9]{8}|[0-9]{2}\.[0-9]{3}\.[0-9]{3})[ \-]?[A-Za-z])",
        spanish_nif,
    ),
    optional(
        "it-fiscal-code",
        "IT_FISCAL_CODE",
        &[],
        r"(?i-u)(?P<v>[A-Z]{6}[0-9L-NP-V]{2}[A-EHLMPRST][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z])",
        italian_fiscal_code,
    ),
    optional(
        "nl-bsn",
        "NL_BSN",
        &["bsn", "burgerservice", "sofi"],
        r"(?-u)(?P<v>[0-9]{9}|[0-9]{4}[. ][0-9]{2}[. ][0-9]{3}|[0-9]{3}[. ][0-9]{3}[. ][0-9]{3})",
        dutch_bsn,
    ),
    optional("pl-pesel", "PL_PESEL", &["pesel"], r"(?-u)(?P<v>[0-9]{11})", polish_pesel),
    optional(
        "se-personnummer",
        "SE_PERSONNUMMER",
        &["personnummer", "person-nr", "personnr", "swedish"],
        r"(?-u)(?P<v>(?:19|20)?[0-9]{6}[\-+]?[0-9]{4})",
        swedish_personnummer,
    ),
    optional("ch-ahv", "CH_AHV", &[], r"(?-u)(?P<v>756[. ]?[0-9]{4}[. ]?[0-9]{4}[. ]?[0-9]{2})", swiss_ahv),
    optional(
        "be-national-number",
        "BE_NATIONAL_NUMBER",
        &[],
        r"(?-u)(?P<v>[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2})",
        belgian_national_number,
    ),
];

fn nino(found: &Candidate<'_>) -> bool {
    let never = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"];
    free(found) && !never.iter().any(|prefix| found.value().starts_with(prefix))
}

/// Whether the last digit is eleven less the weighted sum of the others, by eleven.
fn by_eleven(digits: &[u8], weights: &[u32]) -> bool {
    let Some((last, head)) = digits.split_last() else { return false };
    head.len() == weights.len() && (11 - weighted(head, weights) % 11) % 11 == u32::from(*last)
}

fn nhs_number(found: &Candidate<'_>) -> bool {
    free(found)
        && Digits::of(found.value()).is_some_and(|digits| {
            !uniform(digits.as_slice()) && by_eleven(digits.as_slice(), &[10, 9, 8, 7, 6, 5, 4, 3, 2])
        })
}

/// ISO 7064, mod 11,10.
fn german_tax_id(found: &Candidate<'_>) -> bool {
    let Some(digits) = Digits::of(found.value()) else { return false };
    let Some((last, head)) = digits.as_slice().split_last() else { return false };
    let product = head.iter().fold(10, |product, &digit| {
        let sum = (u32::from(digit) + product) % 10;
        if sum == 0 { 10 * 2 % 11 } else { sum * 2 % 11 }
    });
    free(found) && (11 - product) % 10 == u32::from(*last) && !uniform(head)
}

fn french_nir(found: &Candidate<'_>) -> bool {
    // Corsica's departments count as 19 and 18.
    let corsica = found.value().bytes().find(|byte| matches!(byte, b'A' | b'B'));
    let Some(digits) = Digits::of(found.value()) else { return false };
    let digits = digits.as_slice();
    let (head, key) = digits.split_at(digits.len() - 2);
    let head = match corsica {
        Some(letter) => {
            let (front, back) = (number(&head[..5]), number(&head[6..]));
            front * 100_000_000 + if letter == b'A' { 19 } else { 18 } * 1_000_000 + back
        }
        None => number(head),
    };
    let month = number(&digits[3..5]);
    free(found) && matches!(month, 1..=12 | 20..=42 | 50..) && 97 - head % 97 == number(key)
}

fn spanish_nif(found: &Candidate<'_>) -> bool {
    let value = found.value().as_bytes();
    let Some(digits) = Digits::of(found.value()) else { return false };
    let series = match value[0].to_ascii_uppercase() {
        b'Y' => 10_000_000,
        b'Z' => 20_000_000,
        _ => 0,
    };
    let letter = b"TRWAGMYFPDXBNJZSQVHLCKE"[((number(digits.as_slice()) + series) % 23) as usize];
    free(found) && value[value.len() - 1].to_ascii_uppercase() == letter
}

fn italian_fiscal_code(found: &Candidate<'_>) -> bool {
    /// What a sign in an odd place counts; in an even one its place in the alphabet.
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let place = |sign: u8| match sign.to_ascii_uppercase() {
        digit @ b'0'..=b'9' => usize::from(digit - b'0'),
        letter => usize::from(letter.wrapping_sub(b'A')) % 26,
    };
    let Some((last, head)) = found.value().as_bytes().split_last() else { return false };
    let count = |(at, &sign): (usize, &u8)| if at % 2 == 0 { ODD[place(sign)] } else { place(sign) as u32 };
    free(found) && head.iter().enumerate().map(count).sum::<u32>() % 26 == place(*last) as u32
}

fn dutch_bsn(found: &Candidate<'_>) -> bool {
    let Some(digits) = Digits::of(found.value()) else { return false };
    let digits = digits.as_slice();
    // The last digit counts less one, that is ten by eleven.
    free(found) && !uniform(digits) && weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2, 10]).is_multiple_of(11)
}

fn polish_pesel(found: &Candidate<'_>) -> bool {
    let Some(digits) = Digits::of(found.value()) else { return false };
    free(found)
        && !uniform(digits.as_slice())
        && weighted(digits.as_slice(), &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

fn swedish_personnummer(found: &Candidate<'_>) -> bool {
    let Some(digits) = Digits::of(found.value()) else { return false };
    let digits = digits.as_slice();
    let short = &digits[digits.len() - 10..];
    let (month, day) = (number(&short[2..4]), number(&short[4..6]));
    // Coordination numbers add 60 to the day.
    free(found) && (1..=12).contains(&month) && matches!(day, 1..=31 | 61..=91) && luhn(short)
}

fn swiss_ahv(found: &Candidate<'_>) -> bool {
    let Some(digits) = Digits::of(found.value()) else { return false };
    free(found) && weighted(digits.as_slice(), &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

fn belgian_national_number(found: &Candidate<'_>) -> bool {
    let Some(digits) = Digits::of(found.value()) else { return false };
    let (birth, key) = digits.as_slice().split_at(9);
    let (birth, key) = (number(birth), number(key));
    // Who was born since 2000 has a two in front.
    free(found) && (97 - birth % 97 == key || 97 - (2_000_000_000 + birth) % 97 == key)
}

#[cfg(test)]
mod tests {
    use crate::guard::pii::harness::expect;

    #[test]
    fn numbers_with_the_right_sum_are_found() {
        expect("UK_NINO", &["«AB 12 34 56 C», «JG103759A», BG123456C, AB123456E, XAB123456C"]);
        expect("UK_NHS_NUMBER", &["NHS no. «943 476 5919», NHS 943 476 5918", "943 476 5919"]);
        expect("DE_TAX_ID", &["Steuer-ID: «36 574 261 809», Steuer-ID 36 574 261 808", "36574261809"]);
        expect("FR_NIR", &["«2 55 08 14 168 025 38» 2 55 08 14 168 025 39, «255081416802538»"]);
        expect("ES_NIF", &["DNI «12345678Z», 12345678A, NIE «X-1234567-L», nif «12.345.678-Z»", "12345678Z"]);
        expect("IT_FISCAL_CODE", &["«RSSMRA85T10A562S», RSSMRA85T10A562T, «rssmra85t10a562s»"]);
        expect("NL_BSN", &["BSN «111222333», BSN 111222334", "111222333"]);
        expect("PL_PESEL", &["PESEL: «44051401359», PESEL 44051401358", "44051401359"]);
        expect("SE_PERSONNUMMER", &["personnummer «811228-9874», 811228-9875, «19811228-9874»", "811228-9874"]);
        expect("CH_AHV", &["«756.9217.0769.85», 756.9217.0769.84, «7569217076985»"]);
        expect("BE_NATIONAL_NUMBER", &["«85.07.30-033.28», 85.07.30-033.29"]);
    }
}
