//! Personal data: what identifies somebody, checked by the sums and tables that its issuers publish.

mod card;
mod crypto;
mod email;
#[cfg(test)]
mod harness;
mod iban;
mod ip;
mod national;
mod papers;
mod phone;
mod ssn;
mod text;

use super::rule::Rule;

#[rustfmt::skip]
const PARTS: &[&[Rule]] = &[
    &email::RULES, &phone::RULES, &card::RULES, &iban::RULES, &ssn::RULES, &ip::RULES,
    // From here on opt-in.
    national::EUROPEAN, national::AMERICAN, national::ASIAN, &papers::RULES, &crypto::RULES,
];

/// All of them.
pub static RULES: &[Rule] = &join::<{ count(PARTS) }>(PARTS);

const fn count(parts: &[&[Rule]]) -> usize {
    let (mut sum, mut part) = (0, 0);
    while part < parts.len() {
        sum += parts[part].len();
        part += 1;
    }
    sum
}

const fn join<const N: usize>(parts: &[&[Rule]]) -> [Rule; N] {
    let mut rules = [parts[0][0]; N];
    let (mut to, mut part) = (0, 0);
    while part < parts.len() {
        let mut at = 0;
        while at < parts[part].len() {
            rules[to] = parts[part][at];
            to += 1;
            at += 1;
        }
        part += 1;
    }
    rules
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rules_are_well_made() {
        let ids: HashSet<&str> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
        for rule in RULES {
            let parsed = regex_syntax::parse(rule.pattern).unwrap();
            let (shortest, longest) = (parsed.properties().minimum_len(), parsed.properties().maximum_len());
            assert!(shortest > Some(2) && longest.is_some_and(|longest| longest <= 4096), "{}: {longest:?}", rule.id);
            assert!(parsed.properties().look_set().is_empty(), "{}", rule.id);
            assert!(rule.keywords.iter().all(|keyword| keyword.len() > 2 && *keyword == keyword.to_ascii_lowercase()));
        }
    }

    proptest! {
        /// Checks take what they are given.
        #[test]
        fn no_text_is_too_strange(text in "[0-9a-fA-F+()@.:/ _é电\u{1F600}-]{0,80}") {
            let entities: HashSet<&str> = RULES.iter().map(|rule| rule.entity).collect();
            for entity in entities {
                harness::scan(entity, &text);
            }
        }
    }
}
