//! The rules over generated texts: every format is found as a whole, what only looks like one is not.
//!
//! No text here is a secret, or looks like one before it is drawn: the samples are written as shapes.

mod draw;
mod ordinary;
mod samples;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_automata::{Input, PatternID};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;

use self::draw::Draw;
use super::super::rule::{BEFORE, Candidate, Rule};
use super::RULES;

/// A rule, ready to be tried in the plainest way: everywhere, if one of its keywords is near.
struct Compiled {
    rule: &'static Rule,
    regex: Regex,
    value: Option<usize>,
}

static COMPILED: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    let compile = |rule: &'static Rule| {
        let regex = Regex::builder().syntax(syntax::Config::new().utf8(false)).build(rule.pattern);
        let regex = regex.unwrap_or_else(|error| panic!("{}: {error}", rule.id));
        let value = regex.group_info().to_index(PatternID::ZERO, "v");
        Compiled { rule, regex, value }
    };
    RULES.iter().map(compile).collect()
});

impl Compiled {
    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let lower = text.to_ascii_lowercase();
        let occurs = |word: &&str| lower.contains(*word);
        if !self.rule.keywords.is_empty() && !self.rule.keywords.iter().any(occurs) {
            return Vec::new();
        }
        let (mut found, mut at, mut groups) = (Vec::new(), 0, self.regex.create_captures());
        while at <= text.len() {
            self.regex.search_captures(&Input::new(text).range(at..), &mut groups);
            let Some(matched) = groups.get_match() else { break };
            let value = self.value.and_then(|group| groups.get_group(group)).unwrap_or(matched.span()).range();
            let window = &lower.as_bytes()[matched.start().saturating_sub(BEFORE)..matched.end()];
            let is_near = |word: &&str| memchr::memmem::find(window, word.as_bytes()).is_some();
            let is_near = self.rule.keywords.is_empty() || self.rule.keywords.iter().any(is_near);
            if is_near && (self.rule.check)(&Candidate::new(text, matched.range(), value.clone())) {
                found.push(value);
                at = matched.end().max(at + 1);
            } else {
                at = matched.start() + text[matched.start()..].chars().next().map_or(1, char::len_utf8);
            }
        }
        found
    }
}

/// What all core rules find in `text`.
fn scan(text: &str) -> Vec<(&'static str, Range<usize>)> {
    let found =
        |compiled: &Compiled| compiled.find(text).into_iter().map(|span| (compiled.rule.id, span)).collect::<Vec<_>>();
    COMPILED.iter().filter(|compiled| compiled.rule.core).flat_map(found).collect()
}

fn hir(rule: &Rule) -> Hir {
    ParserBuilder::new().utf8(false).build().parse(rule.pattern).unwrap()
}

#[test]
fn rules_are_well_formed() {
    let (mut ids, mut too_long) = (HashSet::new(), Vec::new());
    for rule in RULES {
        let is_kebab =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        assert!(ids.insert(rule.id) && is_kebab(rule.id), "{}", rule.id);
        let longest = hir(rule).properties().maximum_len();
        let is_endless = longest.is_none() && rule.entity == "PRIVATE_KEY";
        if !is_endless && longest.is_none_or(|length| length > 4096) {
            too_long.push(format!("{}: {longest:?}", rule.id));
        }
        assert!(!rule.keywords.is_empty(), "{}", rule.id);
        for keyword in rule.keywords {
            assert!(
                keyword.len() >= 3 && keyword.is_ascii() && !keyword.bytes().any(|byte| byte.is_ascii_uppercase()),
                "{keyword}"
            );
        }
    }
    assert!(too_long.is_empty(), "{}", too_long.join("\n"));
}

/// Values that a pattern alone cannot give: those are written out in `samples`.
fn is_special(rule: &Rule) -> bool {
    samples::SPECIAL.iter().any(|(id, _)| *id == rule.id)
}

#[test]
fn every_pattern_is_found_where_it_is_drawn() {
    let mut draw = Draw::new(1);
    let mut missed = Vec::new();
    for compiled in COMPILED.iter().filter(|compiled| !is_special(compiled.rule)) {
        let hir = hir(compiled.rule);
        let mut texts: Vec<_> = (0..20).map(|_| format!("  {}  ", draw.text_of(&hir))).collect();
        texts.retain(|text| compiled.find(text).is_empty());
        if texts.len() > 5 {
            missed.push(format!("{}: {} of 20, {:?}", compiled.rule.id, texts.len(), texts[0]));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_format_filled_in_by_hand_is_not_a_secret() {
    for compiled in COMPILED.iter().filter(|compiled| !is_special(compiled.rule)) {
        let hir = hir(compiled.rule);
        for filler in ['x', 'X', '0', '*'] {
            let text = format!("  {}  ", Draw::filled(filler).text_of(&hir));
            assert!(compiled.find(&text).is_empty(), "{}: {text:?}", compiled.rule.id);
        }
    }
}

#[test]
fn published_formats_are_covered_as_a_whole() {
    let mut draw = Draw::new(2);
    let (mut characters, mut covered, mut missed) = (0, 0, Vec::new());
    let is_core = |id: &str| RULES.iter().any(|rule| rule.core && rule.id == id);
    let shapes = || samples::FORMATS.iter().chain(samples::SPECIAL).filter(|(id, _)| is_core(id));
    for (at, (id, shape)) in shapes().enumerate() {
        for place in (0..5).map(|turn| samples::PLACES[(at + 3 * turn) % samples::PLACES.len()]) {
            let (text, secret) = draw.sample(shape, place);
            let found = scan(&text);
            let covers = |at: &usize| found.iter().any(|(_, span)| span.contains(at));
            characters += secret.len();
            covered += secret.clone().filter(covers).count();
            if !secret.clone().all(|at| covers(&at)) {
                missed.push(format!("{id}: {text:?}, found {found:?}"));
            }
        }
    }
    let few = missed.len() * 100 <= shapes().count() * 5;
    assert!(few && covered * 1000 >= characters * 995, "{covered} of {characters}\n{}", missed.join("\n"));
}

#[test]
fn special_samples_are_found_by_their_rule() {
    let mut draw = Draw::new(3);
    for (id, shape) in samples::SPECIAL {
        let compiled =
            COMPILED.iter().find(|compiled| compiled.rule.id == *id).unwrap_or_else(|| panic!("no rule {id}"));
        for _ in 0..2 {
            let (text, secret) = draw.sample(shape, "{}");
            let whole = |span: &Range<usize>| span.start <= secret.start && span.end >= secret.end;
            assert!(compiled.find(&text).iter().any(whole), "{id}: {text:?}, found {:?}", compiled.find(&text));
        }
    }
}

#[test]
fn what_is_no_secret_is_left() {
    let mut draw = Draw::new(4);
    for text in samples::NOT_SECRETS {
        let (text, _) = draw.sample(text, "{}");
        assert_eq!(scan(&text), [], "{text}");
    }
}

#[test]
fn ordinary_texts_pass() {
    let mut draw = Draw::new(5);
    let (mut texts, mut flagged) = (0, Vec::new());
    for (kind, text) in ordinary::KINDS {
        for _ in 0..25 {
            let text = text(&mut draw);
            texts += 1;
            flagged.extend(scan(&text).first().map(|(id, span)| format!("{kind}: {id} {:?}", &text[span.clone()])));
        }
    }
    assert!(flagged.len() * 1000 <= texts * 3, "{} of {texts}:\n{}", flagged.len(), flagged.join("\n"));
}

#[test]
fn a_secret_is_not_part_of_a_longer_word() {
    let mut draw = Draw::new(6);
    for shape in
        ["«gsk_{any:52}»", "«AKIA{b32:16}»", "«hf_{any:34}»", "«r8_{any:37}»", "«xai-{any:80}»", "«sk-or-v1-{hex:64}»"]
    {
        let (text, _) = draw.sample(shape, "{}");
        assert!(!scan(&text).is_empty(), "{text}");
        assert_eq!(scan(&format!("aB3{text}")), [], "{text}");
    }
}
