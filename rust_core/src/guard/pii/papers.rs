//! What papers and devices are known by, and days of birth. Opt-in: most have no checksum, so that a word must say what
//! they are.

use super::text::{Digits, begins, ends, number};
use crate::guard::rule::{Candidate, Rule};

pub const RULES: [Rule; 5] = [
    Rule {
        id: "passport",
        entity: "PASSPORT",
        keywords: &["passport", "pasaporte", "passeport", "reisepass", "passaporto", "passaporte", "paspoort"],
        pattern: r"(?-u)(?P<v>[A-Z]{0,3}[0-9][A-Z0-9]{4,9})",
        check: numbered,
        core: false,
    },
    Rule {
        id: "driver-license",
        entity: "DRIVER_LICENSE",
        keywords: &[
            "driver",
            "driving lic",
            "dl no",
            "dl#",
            "dl number",
            "rerschein",
            "permis de conduire",
            "licencia de conducir",
            "rijbewijs",
            "patente di guida",
        ],
        pattern: r"(?-u)(?P<v>[A-Z]{0,5}[0-9](?:[ \-]?[A-Z0-9]){4,17})",
        check: numbered,
        core: false,
    },
    Rule {
        id: "swift-bic",
        entity: "SWIFT_BIC",
        keywords: &["swift", "bic"],
        pattern: r"(?-u)(?P<v>[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)",
        check: bank,
        core: false,
    },
    Rule {
        id: "mac-address",
        entity: "MAC_ADDRESS",
        keywords: &[],
        pattern: concat!(
            r"(?-u)(?P<v>[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5})",
            r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?:[:\-][0-9A-Fa-f])?"
        ),
        check: device,
        core: false,
    },
    Rule {
        id: "date-of-birth",
        entity: "DATE_OF_BIRTH",
        keywords: &[
            "birth",
            "born",
            "dob",
            "d.o.b",
            "bday",
            "geboren",
            "geburts",
            "naissance",
            "nacimiento",
            "nascita",
            "nascimento",
            "geboorte",
            "urodz",
        ],
        pattern: concat!(
            r"(?i-u)(?P<v>[0-9]{4}[\-/.][0-9]{1,2}[\-/.][0-9]{1,2}|[0-9]{1,2}[\-/. ] ?[0-9]{1,2}[\-/. ] ?(?:[0-9]{4}|[0-9]{2})",
            r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? [0-9]{1,2}(?:st|nd|rd|th)?,? [0-9]{4}",
            r"|[0-9]{1,2}(?:st|nd|rd|th|\.)? (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?,? [0-9]{4})"
        ),
        check: day,
        core: false,
    },
];

fn free(found: &Candidate<'_>) -> bool {
    begins(found.before()) && ends(found.after())
}

/// Digits enough, and not a day.
fn numbered(found: &Candidate<'_>) -> bool {
    let value = found.value().as_bytes();
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let date = matches!(value, [_, _, _, _, b'-', _, _, b'-', ..]);
    free(found) && digits >= 5 && !date
}

/// The fifth and sixth letter are the country.
fn bank(found: &Candidate<'_>) -> bool {
    #[rustfmt::skip]
    const COUNTRIES: &[u8] = b"ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCL\
        CMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIM\
        INIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNE\
        NFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTK\
        TLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";
    let country = &found.value().as_bytes()[4..6];
    free(found) && COUNTRIES.chunks(2).any(|known| known == country)
}

fn device(found: &Candidate<'_>) -> bool {
    let value = found.value();
    let nobody =
        |sign: char| value.chars().filter(char::is_ascii_alphanumeric).all(|known| known.eq_ignore_ascii_case(&sign));
    free(found)
        && found.matched().len() == value.len()
        && !found.before().ends_with([':', '-', '.'])
        && !nobody('0')
        && !nobody('f')
}

/// A month and a day that there are.
fn day(found: &Candidate<'_>) -> bool {
    let value = found.value();
    if value.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return free(found);
    }
    let mut parts = value.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let mut next = || parts.next().and_then(Digits::of).map_or(0, |digits| number(digits.as_slice()));
    let (first, second, third) = (next(), next(), next());
    let within = |month: u64, day: u64| (1..=12).contains(&month) && (1..=31).contains(&day);
    free(found)
        && match first {
            1850..=2100 => within(second, third),
            _ => (within(first, second) || within(second, first)) && (third < 100 || (1850..=2100).contains(&third)),
        }
}

#[cfg(test)]
mod tests {
    use super::super::harness::expect;

    #[test]
    fn what_is_named_is_found() {
        expect("PASSPORT", &["passport no. «123456789», Passport: «X1234567A»", "A1234567"]);
        expect("DRIVER_LICENSE", &["driver's license «D123-4567-8901»", "D123-4567-8901"]);
        expect("SWIFT_BIC", &["BIC «DEUTDEFF», SWIFT: «CHASUS33XXX», BIC DEUTZZFF", "DEUTDEFF"]);
    }

    #[test]
    fn devices_are_found() {
        expect("MAC_ADDRESS", &["«00:1b:44:11:3a:b7», «00-1B-44-11-3A-B7», «001b.4411.3ab7»"]);
        expect("MAC_ADDRESS", &["00:00:00:00:00:00, ff:ff:ff:ff:ff:ff, 00:1b:44:11:3a:b7:00:01, 12:30:45"]);
    }

    #[test]
    fn days_of_birth_are_found() {
        expect("DATE_OF_BIRTH", &["DOB: «1990-01-31», born «31.01.1990», birth date «January 31st, 1990»"]);
        expect("DATE_OF_BIRTH", &["geboren am «31. 1. 1990», born on «31 Jan 1990»", "1990-01-31", "dob 1990-13-31"]);
    }
}
