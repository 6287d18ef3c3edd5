//! Phone numbers. With a country's code the table decides; without, the shape and what is said before the number.

mod checks;
mod countries;
mod words;
mod written;

use crate::guard::rule::{Candidate, Rule};

const ENTITY: &str = "PHONE";

const fn rule(id: &'static str, pattern: &'static str, check: fn(&Candidate<'_>) -> bool) -> Rule {
    Rule { id, entity: ENTITY, keywords: &[], pattern, check, core: true }
}

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

/// Three digits or four behind others, however they are set off.
macro_rules! set_off {
    ($digits:literal) => {
        concat!(r"(?:[ .\-]| - |·| · )?[0-9]{", $digits, "}")
    };
}

/// Patterns begin with as few kinds of characters as they can, since that is how the engine finds where to try them: what
/// could be one pattern with much that is optional is several.
pub const RULES: [Rule; 12] = [
    rule(
        "phone-international",
        // By how many digits follow the country's code at most, so that the next number in the text is left alone.
        concat!(
            r"(?-u)(?P<v>\+[0-9]{8,15}|(?:\+|00|011[ .\-]) ?\(?",
            r"(?:(?:2(?:16|2[23678]|3[025689]|4[1678]|5[37]|6[6789]|9[01789])|3(?:5[067]|7[012346]|8[69])|4[57]",
            r"|5(?:0[012345679]|3|9[2789])|6(?:5|7[023456789]|8[023678]|9[012])|8(?:00|5[23])|9(?:6[015]|7[3456]|93))",
            r"(?:[ ().\-/]{0,3}0)?(?:[ ().\-/]{0,3}[0-9]){5,8}",
            r"|(?:2(?:1[1238]|2[014]|3[137]|4[023459]|5[0124568]|6[01245]|7)|3(?:[12346]|5[13459]|77|8[012357])",
            r"|4(?:[0168]|2[013])|5(?:08|[16]|9[013456])|6(?:1|8[19])|8(?:55|70|86)|9(?:[34]|6[2378]|7[012]|9[24568]))",
            r"(?:[ ().\-/]{0,3}0)?(?:[ ().\-/]{0,3}[0-9]){6,9}",
            r"|(?:[17]|2(?:0|2[59]|34|63)|3(?:0|7[58])|44|5[278]|6(?:[0346]|85)|8(?:[124]|5[06]|8[01])|9(?:[01258]|6[46]|77))",
            r"(?:[ ().\-/]{0,3}0)?(?:[ ().\-/]{0,3}[0-9]){7,10}",
            r"|(?:3(?:5[28]|9)|4[39]|5[45]|62|8(?:6|78|8[23]))",
            r"(?:[ ().\-/]{0,3}0)?(?:[ ().\-/]{0,3}[0-9]){6,12})",
            extension!(),
            r")"
        ),
        checks::international,
    ),
    rule(
        "phone-international-groups",
        concat!(
            r"(?-u)(?P<v>(?:\+|00) ?[0-9]{1,4}\)?(?:[ ().\-/]{1,3}[0-9]{1,7}){1,6}",
            extension!(),
            r")(?:[.\-/:][0-9])?"
        ),
        checks::groups,
    ),
    rule(
        "phone-nanp",
        concat!(r"(?-u)(?P<v>[0-9]{3}(?:[ .\-/]| - |·| · )?[0-9]{3}", set_off!(4), extension!(), r")", behind!()),
        checks::american,
    ),
    rule(
        "phone-nanp-area",
        concat!(r"(?-u)(?P<v>\([0-9]{3}\)[ .\-]{0,2}[0-9]{3}", set_off!(4), extension!(), r")", behind!()),
        checks::american,
    ),
    rule(
        // With the 1 of North America, or the 8 of Russia.
        "phone-long-distance",
        concat!(
            r"(?-u)(?P<v>[178](?:[ .\-]\(?|\()[0-9]{3}\)?",
            set_off!(3),
            r"(?:",
            set_off!(4),
            r"|[ \-][0-9]{2}[ \-][0-9]{2})",
            extension!(),
            r")",
            behind!()
        ),
        checks::american,
    ),
    rule(
        "phone-trunk",
        concat!(
            r"(?-u)(?P<v>(?:\(0[1-9][0-9]{0,4}\)[ .\-/]{0,2}|0[1-9][0-9]{0,4}(?:[ .\-]|-? ?/ ?| - ))",
            r"[0-9]{2,9}(?:[ .\-/][0-9]{3,6})?",
            extension!(),
            r")",
            behind!()
        ),
        checks::trunk,
    ),
    rule(
        "phone-trunk-groups",
        concat!(
            r"(?-u)(?P<v>(?:\(0[0-9]{1,4}\)[ .\-/]{0,2}|0[0-9]{0,4}(?:[ .\-/]| - ))",
            r"[0-9]{1,4}(?:(?:[ .\-/]| - )[0-9]{2,4}){1,4}",
            extension!(),
            r")",
            behind!()
        ),
        checks::trunk,
    ),
    rule(
        "phone-national-area",
        concat!(
            r"(?-u)(?P<v>\([0-9]{2,5}\)[ .\-/]{0,2}[0-9]{2,5}(?:[ .\-][0-9]{2,5}){1,3}",
            extension!(),
            r")",
            behind!()
        ),
        checks::national,
    ),
    rule(
        // China, India, Brazil.
        "phone-national",
        concat!(
            r"(?-u)(?P<v>(?:1[3-9][0-9][ .\-][0-9]{4}[ .\-][0-9]{4}|[6-9][0-9]{4}[ \-][0-9]{5}|[1-9][0-9] 9?[0-9]{4}-[0-9]{4})",
            extension!(),
            r")",
            behind!()
        ),
        checks::national,
    ),
    rule(
        "phone-bare",
        concat!(
            r"(?-u)(?P<v>[0-9]{8,13}",
            extension!(),
            r")(?:[.\-:][0-9]",
            r"| ?[\-(]? ?(?i-u:office|fax|mobile|cell|home|work|phone|tel|mob|whatsapp|bytes|rows|items|records|ms))?"
        ),
        checks::bare,
    ),
    rule(
        "phone-named",
        concat!(
            r"(?-u)(?P<v>(?:\([0-9]{1,5}\)|[0-9]{2,8})(?:(?:[ .\-/]{1,2}| - )\(?[0-9]{2,9}\)?){1,5}",
            extension!(),
            r")",
            behind!()
        ),
        checks::named,
    ),
    rule("phone-spelled", r"(?-u)(?P<v>[0-9](?: [0-9]){8,12})(?: [0-9])?", checks::named),
];

#[cfg(test)]
mod tests;
