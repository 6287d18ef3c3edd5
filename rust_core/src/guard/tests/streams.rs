use super::samples::{long_text, ruleset, text};
use super::whole::scan;
use super::*;
use crate::guard::{pii, secrets};

/// What came out: pieces of clean text, and values with their rule.
#[derive(Debug, Default, PartialEq, Eq)]
struct Out(Vec<(Option<usize>, String)>);

impl Out {
    fn add(&mut self, segment: Segment<'_>) {
        match segment {
            Segment::Clean(text) => match self.0.last_mut() {
                Some((None, last)) => last.push_str(text),
                _ => self.0.push((None, text.to_owned())),
            },
            Segment::Found { rule, text } => self.0.push((Some(rule), text.to_owned())),
            Segment::More { rule, text } => {
                let (last, value) = self.0.last_mut().unwrap();
                assert_eq!(*last, Some(rule));
                value.push_str(text);
            }
        }
    }

    fn of_whole(rules: &Ruleset, text: &str) -> Self {
        let mut out = Self::default();
        let mut at = 0;
        for Finding { rule, span } in scan(rules, text) {
            out.clean(&text[at..span.start]);
            out.add(Segment::Found { rule, text: &text[span.clone()] });
            at = span.end;
        }
        out.clean(&text[at..]);
        out
    }

    fn clean(&mut self, text: &str) {
        if !text.is_empty() {
            self.add(Segment::Clean(text));
        }
    }

    /// The text in parts of so many characters, over and over.
    fn of_parts(rules: &Ruleset, text: &str, cuts: &[usize]) -> Self {
        let mut out = Self::default();
        let mut stream = Stream::new();
        let mut chars = text.chars();
        for cut in cuts.iter().cycle() {
            let part: String = chars.by_ref().take(*cut).collect();
            stream.push(rules, &part, |segment| out.add(segment));
            if chars.as_str().is_empty() {
                break;
            }
        }
        stream.finish(rules, |segment| out.add(segment));
        out
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(3000)))]

    #[test]
    fn any_cut_finds_what_the_whole_has(text in text(), cuts in prop::collection::vec(0..40usize, 1..20)) {
        let mut cuts = cuts;
        cuts.push(1);
        let rules = rules();
        prop_assert_eq!(Out::of_parts(rules, &text, &cuts), Out::of_whole(rules, &text));
    }

    #[test]
    fn one_character_at_a_time_finds_what_the_whole_has(text in text()) {
        let rules = rules();
        prop_assert_eq!(Out::of_parts(rules, &text, &[1]), Out::of_whole(rules, &text));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(400)))]

    #[test]
    fn any_cut_finds_what_the_rules_of_the_gateway_find(
        text in text(),
        cuts in prop::collection::vec(1..40usize, 1..20),
    ) {
        let rules = built_in();
        prop_assert_eq!(Out::of_parts(rules, &text, &cuts), Out::of_whole(rules, &text));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(300)))]

    #[test]
    fn long_values_are_found_in_any_cut(text in long_text(), cuts in prop::collection::vec(1..2000usize, 1..20)) {
        let rules = rules();
        prop_assert_eq!(Out::of_parts(rules, &text, &cuts), Out::of_whole(rules, &text));
    }
}

#[test]
fn cuts_that_once_went_wrong() {
    let rules = rules();
    for text in [
        "zipcode=12345ztoken=",
        "4111 1111 1111 1111",
        "x\u{200b}x\u{200b}x\u{200b}x\u{200b}x\u{200b}x\u{200b}x\u{200b}x\u{200b}x\u{200b}blue falcon",
        "jane.doe+x@mail.example.co.ukjane [at] example [dot] com4111 1111 1111 1111https://u:pa55word@host/",
    ] {
        for cut in 1..=text.chars().count() {
            assert_eq!(Out::of_parts(rules, text, &[cut]), Out::of_whole(rules, text), "{text} {cut}");
        }
    }
}

#[test]
fn a_private_key_of_any_length_is_covered() {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = 7usize;
    let mut letters = |count: usize| -> String {
        let mut letter = || {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            char::from(LETTERS[state >> 40 & 63])
        };
        (0..count).map(|_| letter()).collect()
    };
    let body: String = (0..200).map(|_| letters(64) + "\n").collect();
    let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{body}");
    let encoded = format!("LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ{}", letters(9000));
    let rules = built_in();
    for (key, end) in [(pem, "-----END RSA PRIVATE KEY-----\n"), (encoded, " ")] {
        let text = format!("Here it is:\n{key}{end}Keep it.");
        let out = Out::of_whole(rules, &text);
        let left: String = out.0.iter().filter(|(rule, _)| rule.is_none()).map(|(_, text)| text.as_str()).collect();
        assert!(left.len() < 80, "{left}");
        for cut in [1, 7, 30, 5000] {
            assert_eq!(Out::of_parts(rules, &text, &[cut]), out, "{cut}");
        }
    }
}

/// The rules that come with the gateway, opt-in ones too.
pub(super) fn built_in() -> &'static Ruleset {
    static RULES: std::sync::LazyLock<Ruleset> = std::sync::LazyLock::new(|| {
        let mut builder = Ruleset::builder();
        for rule in secrets::RULES.iter().chain(pii::RULES) {
            builder.rule(rule).unwrap();
        }
        builder.build()
    });
    &RULES
}

fn cases(cases: u32) -> u32 {
    cases.max(ProptestConfig::default().cases)
}

fn rules() -> &'static Ruleset {
    static RULES: std::sync::LazyLock<Ruleset> = std::sync::LazyLock::new(ruleset);
    &RULES
}

#[test]
fn prose_hardly_waits() {
    let rules = rules();
    let prose = "The quick brown fox, a well-known animal, jumps over 2 lazy dogs. It was 1984 when they told us (all of \
        us) that risk-averse people don't ask; they passed the key to somebody else, and nobody had the password. \"Why?\" \
        she asked in 3.5 seconds. ";
    let mut stream = Stream::new();
    let mut held = Vec::new();
    for part in prose.repeat(20).as_bytes().chunks(3) {
        stream.push(rules, std::str::from_utf8(part).unwrap(), |_| {});
        held.push(stream.held());
    }
    held.sort_unstable();
    assert!(held[held.len() * 99 / 100] <= 16, "{}", held[held.len() * 99 / 100]);
}

#[test]
fn what_is_held_has_a_bound() {
    let rules = rules();
    for unit in
        ["a", "7", "eyJ", "sk-", "@", "-----BEGIN ", "token=x", "é", "\u{200b}", "4111 ", "jane@doe.com,", "<<secret"]
    {
        let mut stream = Stream::new();
        // What is not seen is held with what is.
        let bound = if unit == "\u{200b}" { 160_000 } else { 10_000 };
        for _ in 0..600 {
            stream.push(rules, &unit.repeat(100), |_| {});
            assert!(stream.held() <= bound, "{unit}");
        }
    }
}
