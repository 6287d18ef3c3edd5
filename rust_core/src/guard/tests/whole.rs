use proptest::test_runner::TestRunner;
use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use super::samples::{RULES, long_text, ruleset, text};
use super::*;
use crate::guard::rule::BEFORE;

pub(super) fn scan(rules: &Ruleset, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    rules.scan(text, &mut findings);
    findings
}

fn found<'a>(rules: &Ruleset, text: &'a str) -> Vec<(String, &'a str)> {
    let named = |finding: Finding| (rules.id(finding.rule).to_owned(), &text[finding.span]);
    scan(rules, text).into_iter().map(named).collect()
}

#[test]
fn finds_values() {
    let rules = ruleset();
    for (text, rule, value) in [
        ("Write to jane.doe@mail.example.com.", "email", "jane.doe@mail.example.com"),
        ("Write to jane.doe [at] example (dot) com now", "email", "jane.doe [at] example (dot) com"),
        ("card 4111 1111 1111 1111, thanks", "card", "4111 1111 1111 1111"),
        ("card ４１１１１１１１１１１１１１１１", "card", "４１１１１１１１１１１１１１１１"),
        ("ip 10.0.0.1.", "ipv4", "10.0.0.1"),
        ("k=ghp_012345678901234567890123456789abcdef;", "github-pat", "ghp_012345678901234567890123456789abcdef"),
        ("id AKIAIOSFODNN7EXAMPLE", "aws-id", "AKIAIOSFODNN7EXAMPLE"),
        ("postgres://u:pa55word@db/x", "url-password", "pa55word"),
        ("db.Password = \"hunter22\"", "password", "hunter22"),
        ("the adobe key:  0123456789abcdef0123456789abcdef", "adobe", "0123456789abcdef0123456789abcdef"),
        ("ticket no. #12345", "context", "#12345"),
        ("a BLUE falcon flies", "words", "BLUE falcon"),
        ("x ÜNÏCODE y", "words", "ÜNÏCODE"),
        ("learn C++ now", "words", "C++"),
        ("xxHUSHxx", "parts", "HUSH"),
        ("a project-X42 b", "project", "project-X42"),
        ("sk\u{200b}-AbCdEfGhIjKlMnOpQrStUvWx", "openai", "sk\u{200b}-AbCdEfGhIjKlMnOpQrStUvWx"),
    ] {
        assert!(found(&rules, text).contains(&(rule.to_owned(), value)), "{text}: {:?}", found(&rules, text));
    }
    for text in ["falconry", "card 4111_1111_1111_1111", "#12345", "task-force", "a@b"] {
        assert_eq!(found(&rules, text), [], "{text}");
    }
}

#[test]
fn long_values_are_covered_to_their_end() {
    let rules = ruleset();
    let token = format!("token={}", "x".repeat(20_000));
    assert_eq!(found(&rules, &format!("a {token} b")), [("endless".to_owned(), token.as_str())]);
    let key =
        format!("-----BEGIN RSA PRIVATE KEY-----\n{}-----END RSA PRIVATE KEY-----", "MIIEabc123/+\n".repeat(2000));
    assert_eq!(found(&rules, &format!("a {key} b")), [("pem".to_owned(), key.as_str())]);
    let cut_off = &key[..key.len() - 10];
    assert_eq!(found(&rules, cut_off), [("pem".to_owned(), cut_off)]);
}

#[test]
fn refuses_bad_rules() {
    for (pattern, reason) in [
        ("a(?=b)", "look-around, including look-ahead and look-behind, is not supported (at character 1)"),
        ("a*", "it matches the empty text"),
        (r"\b", "it matches the empty text"),
        ("(", "unclosed group (at character 0)"),
        ("(?:(?:a{0,1000}){1000}){1000}b", "it is too large when compiled: use fewer or smaller counted repetitions"),
        (r"[\w--\w]", "it can never match"),
        ("a{5000}", "it matches nothing shorter than 4096 bytes"),
    ] {
        let error = Ruleset::builder().pattern("mine", "MINE", pattern).unwrap_err();
        assert_eq!((error.rule.as_str(), error.reason.as_str()), ("mine", reason), "{pattern}");
    }
    assert!(Ruleset::builder().words("mine", "MINE", [""], true).is_err());
    assert!(Ruleset::builder().pattern("mine", "MINE", &"(".repeat(4000)).is_err());
    assert!(Ruleset::builder().pattern("mine", "MINE", &"(?:".repeat(60)).is_err());
}

/// The pattern of a rule and nothing else of it.
fn plain(rule: &Rule) -> Regex {
    let syntax = regex_automata::util::syntax::Config::new().utf8(false);
    Regex::builder().configure(Regex::config().utf8_empty(false)).syntax(syntax).build(rule.pattern).unwrap()
}

/// What a rule finds, by trying each place in turn.
fn slowly(rule: &Rule, regex: &Regex, text: &str) -> Vec<std::ops::Range<usize>> {
    let value = regex.group_info().to_index(regex_automata::PatternID::ZERO, "v");
    let view = View::of(text);
    let shown = view.as_str();
    let boundary = |at: usize| shown.is_char_boundary(at);
    let (mut found, mut at) = (Vec::new(), 0);
    let mut captures = regex.create_captures();
    let (mut retry_end, mut retries, mut retry_bytes) = (0, 0, 0usize);
    while at < shown.len() {
        let input = Input::new(shown).range(at..(at + 4096).min(shown.len())).anchored(Anchored::Yes);
        regex.search_captures(&input, &mut captures);
        let Some(whole) = captures.get_match().map(|whole| whole.range()).filter(|whole| !whole.is_empty()) else {
            at += 1;
            continue;
        };
        assert!(boundary(whole.start) && boundary(whole.end), "samples match whole characters");
        let near = shown.as_bytes()[at.saturating_sub(BEFORE)..whole.end].to_ascii_lowercase();
        let has = |keyword: &&str| {
            near.windows(keyword.len()).any(|window| window == keyword.to_ascii_lowercase().as_bytes())
        };
        let value = value.and_then(|group| captures.get_group(group)).map_or(whole.clone(), |value| value.range());
        let in_word = |at: usize| shown.as_bytes()[at - 1..=at].iter().all(u8::is_ascii_alphanumeric);
        let starts = !rule.keywords.is_empty() || at == 0 || !in_word(at);
        if !starts || !rule.keywords.is_empty() && !rule.keywords.iter().any(has) {
            at += 1;
        } else if (rule.check)(&Candidate::new(shown, whole.clone(), value.clone())) {
            found.push(view.source(value));
            at = whole.end;
        } else {
            if whole.start >= retry_end {
                (retry_end, retries, retry_bytes) = (whole.end, 32, 4096);
            }
            retry_bytes = retry_bytes.saturating_sub(whole.len());
            at = if retries == 0 || retry_bytes == 0 { retry_end } else { at + 1 };
            retries -= i32::from(retries > 0);
        }
    }
    found
}

#[test]
fn a_long_text_is_as_its_view() {
    let rules = ruleset();
    // One of them takes as long as a hundred short ones. (`proptest!` would have `PROPTEST_CASES` of them all the same.)
    let asked = ProptestConfig::default();
    let mut runner = TestRunner::new(ProptestConfig { cases: (asked.cases / 100).max(24), ..asked });
    let check = |text: String| {
        let unit = format!("ﬁ {text} ");
        let long = unit.repeat((200 << 10) / unit.len() + 1);
        let mut by_view = Vec::new();
        rules.scan_view(&View::of(&long), &mut by_view);
        prop_assert_eq!(scan(&rules, &long), by_view);
        Ok(())
    };
    runner.run(&long_text(), check).unwrap();
}

#[test]
fn finds_all_that_is_there() {
    let single: Vec<(&Rule, Regex, Ruleset)> = RULES
        .iter()
        .map(|rule| {
            let mut builder = Ruleset::builder();
            builder.rule(rule).unwrap();
            (rule, plain(rule), builder.build())
        })
        .collect();
    let all = ruleset();
    let check = |text: String| {
        let mut union = Vec::new();
        for (rule, regex, rules) in &single {
            let slow = slowly(rule, regex, &text);
            let fast: Vec<_> = scan(rules, &text).into_iter().map(|finding| finding.span).collect();
            prop_assert_eq!(&fast, &slow, "{} in {:?}", rule.id, &text);
            union.extend(slow);
        }
        let findings = scan(&all, &text);
        for pair in findings.windows(2) {
            prop_assert!(pair[0].span.end <= pair[1].span.start);
        }
        for span in union {
            prop_assert!(
                findings.iter().any(|finding| finding.span.start <= span.start && span.end <= finding.span.end)
            );
        }
        Ok(())
    };
    TestRunner::default().run(&text(), check).unwrap();
}
