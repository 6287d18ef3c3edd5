//! Bank accounts: the country's length and structure, and the remainder by 97.

use super::text::{begins, ends};
use crate::guard::rule::{Candidate, Rule};

pub const RULES: [Rule; 1] = [Rule {
    id: "iban",
    entity: "IBAN",
    keywords: &[],
    // By country, since only its length says where the account ends and the next word begins.
    pattern: concat!(
        r"(?i-u)(?P<v>",
        r"(?:NO)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){11}",
        r"|(?:BE)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){12}",
        r"|(?:DK|F[IKO]|GL|NL|SD)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){14}",
        r"|(?:MK|SI)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){15}",
        r"|(?:AT|BA|EE|KZ|L[TU]|MN|XK)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){16}",
        r"|(?:CH|HR|L[IV])[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){17}",
        r"|(?:B[GH]|CR|DE|G[BE]|IE|ME|RS|VA)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){18}",
        r"|(?:AE|GI|I[LQ]|OM|SO|TL)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){19}",
        r"|(?:AD|CZ|ES|MD|PK|RO|S[AEK]|TN|VG)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){20}",
        r"|(?:AO|CV|GW|LY|MZ|PT|ST)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){21}",
        r"|(?:DZ|I[RS]|TR)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){22}",
        r"|(?:BI|C[FGM]|DJ|FR|G[AQR]|IT|KM|M[CGR]|SM|TD)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){23}",
        r"|(?:A[LZ]|B[FJY]|C[IY]|DO|GT|H[NU]|LB|M[AL]|N[EI]|PL|S[NV]|TG)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){24}",
        r"|(?:BR|EG|PS|QA|UA)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){25}",
        r"|(?:JO|KW|MU|YE)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){26}",
        r"|(?:MT|SC)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){27}",
        r"|(?:LC)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){28}",
        r"|(?:RU)[0-9]{2}(?:[ .\-]{0,2}[A-Z0-9]){29}",
        r")"
    ),
    check: account,
    core: true,
}];

/// A country, and what its accounts are made of behind the check digits: `n` digits, `a` letters, `c` either, and how many.
type Structure = ([u8; 2], &'static [(u8, u8)]);

#[rustfmt::skip]
const COUNTRIES: &[Structure] = &[
    (*b"AD", &[(b'n', 8), (b'c', 12)]), (*b"AE", &[(b'n', 19)]), (*b"AL", &[(b'n', 8), (b'c', 16)]),
    (*b"AO", &[(b'n', 21)]), (*b"AT", &[(b'n', 16)]), (*b"AZ", &[(b'a', 4), (b'c', 20)]), (*b"BA", &[(b'n', 16)]),
    (*b"BE", &[(b'n', 12)]), (*b"BF", &[(b'c', 2), (b'n', 22)]), (*b"BG", &[(b'a', 4), (b'n', 6), (b'c', 8)]),
    (*b"BH", &[(b'a', 4), (b'c', 14)]), (*b"BI", &[(b'n', 23)]), (*b"BJ", &[(b'c', 2), (b'n', 22)]),
    (*b"BR", &[(b'n', 23), (b'a', 1), (b'c', 1)]), (*b"BY", &[(b'c', 4), (b'n', 4), (b'c', 16)]),
    (*b"CF", &[(b'n', 23)]), (*b"CG", &[(b'n', 23)]), (*b"CH", &[(b'n', 5), (b'c', 12)]),
    (*b"CI", &[(b'a', 1), (b'c', 1), (b'n', 22)]), (*b"CM", &[(b'n', 23)]), (*b"CR", &[(b'n', 18)]),
    (*b"CV", &[(b'n', 21)]), (*b"CY", &[(b'n', 8), (b'c', 16)]), (*b"CZ", &[(b'n', 20)]), (*b"DE", &[(b'n', 18)]),
    (*b"DJ", &[(b'n', 23)]), (*b"DK", &[(b'n', 14)]), (*b"DO", &[(b'c', 4), (b'n', 20)]), (*b"DZ", &[(b'n', 22)]),
    (*b"EE", &[(b'n', 16)]), (*b"EG", &[(b'n', 25)]), (*b"ES", &[(b'n', 20)]), (*b"FI", &[(b'n', 14)]),
    (*b"FK", &[(b'a', 2), (b'n', 12)]), (*b"FO", &[(b'n', 14)]), (*b"FR", &[(b'n', 10), (b'c', 11), (b'n', 2)]),
    (*b"GA", &[(b'n', 23)]), (*b"GB", &[(b'a', 4), (b'n', 14)]), (*b"GE", &[(b'a', 2), (b'n', 16)]),
    (*b"GI", &[(b'a', 4), (b'c', 15)]), (*b"GL", &[(b'n', 14)]), (*b"GQ", &[(b'n', 23)]),
    (*b"GR", &[(b'n', 7), (b'c', 16)]), (*b"GT", &[(b'c', 24)]), (*b"GW", &[(b'c', 2), (b'n', 19)]),
    (*b"HN", &[(b'a', 4), (b'n', 20)]), (*b"HR", &[(b'n', 17)]), (*b"HU", &[(b'n', 24)]),
    (*b"IE", &[(b'a', 4), (b'n', 14)]), (*b"IL", &[(b'n', 19)]), (*b"IQ", &[(b'a', 4), (b'n', 15)]),
    (*b"IR", &[(b'n', 22)]), (*b"IS", &[(b'n', 22)]), (*b"IT", &[(b'a', 1), (b'n', 10), (b'c', 12)]),
    (*b"JO", &[(b'a', 4), (b'n', 4), (b'c', 18)]), (*b"KM", &[(b'n', 23)]), (*b"KW", &[(b'a', 4), (b'c', 22)]),
    (*b"KZ", &[(b'n', 3), (b'c', 13)]), (*b"LB", &[(b'n', 4), (b'c', 20)]), (*b"LC", &[(b'a', 4), (b'c', 24)]),
    (*b"LI", &[(b'n', 5), (b'c', 12)]), (*b"LT", &[(b'n', 16)]), (*b"LU", &[(b'n', 3), (b'c', 13)]),
    (*b"LV", &[(b'a', 4), (b'c', 13)]), (*b"LY", &[(b'n', 21)]), (*b"MA", &[(b'n', 24)]),
    (*b"MC", &[(b'n', 10), (b'c', 11), (b'n', 2)]), (*b"MD", &[(b'c', 20)]), (*b"ME", &[(b'n', 18)]),
    (*b"MG", &[(b'n', 23)]), (*b"MK", &[(b'n', 3), (b'c', 10), (b'n', 2)]), (*b"ML", &[(b'c', 2), (b'n', 22)]),
    (*b"MN", &[(b'n', 16)]), (*b"MR", &[(b'n', 23)]), (*b"MT", &[(b'a', 4), (b'n', 5), (b'c', 18)]),
    (*b"MU", &[(b'a', 4), (b'n', 19), (b'a', 3)]), (*b"MZ", &[(b'n', 21)]), (*b"NE", &[(b'a', 2), (b'n', 22)]),
    (*b"NI", &[(b'a', 4), (b'n', 20)]), (*b"NL", &[(b'a', 4), (b'n', 10)]), (*b"NO", &[(b'n', 11)]),
    (*b"OM", &[(b'n', 3), (b'c', 16)]), (*b"PK", &[(b'a', 4), (b'c', 16)]), (*b"PL", &[(b'n', 24)]),
    (*b"PS", &[(b'a', 4), (b'c', 21)]), (*b"PT", &[(b'n', 21)]), (*b"QA", &[(b'a', 4), (b'c', 21)]),
    (*b"RO", &[(b'a', 4), (b'c', 16)]), (*b"RS", &[(b'n', 18)]), (*b"RU", &[(b'n', 14), (b'c', 15)]),
    (*b"SA", &[(b'n', 2), (b'c', 18)]), (*b"SC", &[(b'a', 4), (b'n', 20), (b'a', 3)]), (*b"SD", &[(b'n', 14)]),
    (*b"SE", &[(b'n', 20)]), (*b"SI", &[(b'n', 15)]), (*b"SK", &[(b'n', 20)]),
    (*b"SM", &[(b'a', 1), (b'n', 10), (b'c', 12)]), (*b"SN", &[(b'a', 2), (b'n', 22)]), (*b"SO", &[(b'n', 19)]),
    (*b"ST", &[(b'n', 21)]), (*b"SV", &[(b'a', 4), (b'n', 20)]), (*b"TD", &[(b'n', 23)]),
    (*b"TG", &[(b'a', 2), (b'n', 22)]), (*b"TL", &[(b'n', 19)]), (*b"TN", &[(b'n', 20)]),
    (*b"TR", &[(b'n', 6), (b'c', 16)]), (*b"UA", &[(b'n', 6), (b'c', 19)]), (*b"VA", &[(b'n', 18)]),
    (*b"VG", &[(b'a', 4), (b'n', 16)]), (*b"XK", &[(b'n', 16)]), (*b"YE", &[(b'a', 4), (b'n', 4), (b'c', 18)]),
];

fn account(found: &Candidate<'_>) -> bool {
    begins(found.before()) && ends(found.after()) && structure(found.value()) && remainder(found.value()) == 1
}

fn signs(value: &str) -> impl Iterator<Item = u8> {
    value.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_uppercase())
}

fn structure(value: &str) -> bool {
    let mut signs = signs(value);
    let (Some(first), Some(second)) = (signs.next(), signs.next()) else { return false };
    let Ok(at) = COUNTRIES.binary_search_by_key(&[first, second], |country| country.0) else { return false };
    let check = signs.by_ref().take(2).fold(0, |sum, digit| sum * 10 + u32::from(digit.wrapping_sub(b'0')));
    let parts = COUNTRIES[at].1.iter().flat_map(|&(class, count)| std::iter::repeat_n(class, usize::from(count)));
    // The remainder leaves 02 to 98 only.
    (2..=98).contains(&check)
        && parts.zip(signs).all(|(class, sign)| match class {
            b'n' => sign.is_ascii_digit(),
            b'a' => sign.is_ascii_uppercase(),
            _ => true,
        })
}

/// Of the account as a number, letters counting from ten, with country and check digits moved behind it.
fn remainder(value: &str) -> u32 {
    let digits = signs(value).skip(4).chain(signs(value).take(4)).map(|sign| match sign {
        b'0'..=b'9' => u32::from(sign - b'0'),
        _ => u32::from(sign - b'A') + 10,
    });
    digits.fold(0, |rest, digit| (rest * if digit < 10 { 10 } else { 100 } + digit) % 97)
}

#[cfg(test)]
mod tests {
    use super::super::harness::expect;
    use super::*;

    #[test]
    fn accounts_are_found() {
        expect(
            "IBAN",
            &[
                "«DE89370400440532013000»",
                "Pay to «DE89 3704 0044 0532 0130 00» and then call",
                "«GB82 WEST 1234 5698 7654 32», «gb82west12345698765432»",
                "«ES91 2100 0418 4502 0005 1332» then more",
                "«NO93 8601 1117 947», «FR14 2004 1010 0505 0001 3M02 606»",
                "«MT84MALT011000012345MTLCAST001S» IBAN:«CH9300762011623852957»",
                "«BE68 5390 0754 7034» «NL91ABNA0417164300» «SE4550000000058398257466»",
                "«DE89-3704-0044-0532-0130-00» «DE89.3704.0044.0532.0130.00»",
                "«ＤＥ８９ 3704 0044 0532 0130 00», «DE89\u{a0}3704\u{200b}0044\u{a0}0532\u{a0}0130\u{a0}00»",
            ],
        );
    }

    #[test]
    fn wrong_sums_lengths_and_countries_are_not_found() {
        expect(
            "IBAN",
            &[
                "DE88370400440532013000, DE89 3704 0044 0532 0130 01",
                "DE8937040044053201300, DE893704004405320130000, XDE89370400440532013000",
                "ZZ89370400440532013000, US89370400440532013000",
                "GB82123412345698765432",
                "DE00370400440532013000",
                "SHA1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
            ],
        );
    }

    #[test]
    fn the_pattern_has_the_countries_of_the_table() {
        assert!(COUNTRIES.is_sorted_by_key(|country| country.0));
        let regex = regex_automata::meta::Regex::new(RULES[0].pattern).unwrap();
        for (country, parts) in COUNTRIES {
            let sample = |class| if class == b'a' { "Q" } else { "7" };
            let account: String =
                parts.iter().map(|&(class, count)| sample(class).repeat(usize::from(count))).collect();
            let number = format!("{}11{account}", std::str::from_utf8(country).unwrap());
            let found = regex.find(number.as_str()).map(|found| found.range());
            assert_eq!(found, Some(0..number.len()), "{number}");
        }
    }
}
