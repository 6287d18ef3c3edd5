//! For tests: texts with what must be found in them between « and », and all rules run over them, plainly.

use std::{ops::Range, sync::LazyLock};

use regex_automata::{Input, meta::Regex};
use unicode_normalization::UnicodeNormalization;

use super::RULES;
use crate::guard::rule::{BEFORE, Candidate, Rule};

/// What rules see of a text, roughly as the engine shows it.
fn view(text: &str) -> String {
    let plain = |sign| match sign {
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => None,
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        sign => Some(sign),
    };
    let mut view: String = text.chars().filter_map(plain).nfkc().collect();
    for (written, meant) in [("at", "@"), ("dot", "."), (".", ".")] {
        for (open, close) in [('(', ')'), ('[', ']')] {
            let bracketed = format!("{open}{written}{close}");
            view = view.replace(&format!(" {bracketed} "), meant).replace(&bracketed, meant);
        }
    }
    view
}

/// Where the rules of an entity find something, what touches being one.
fn found(rules: &[(&Rule, &Regex)], view: &str) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = rules.iter().flat_map(|(rule, regex)| matches(rule, regex, view)).collect();
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

fn matches(rule: &Rule, regex: &Regex, view: &str) -> Vec<Range<usize>> {
    let lower = view.to_ascii_lowercase();
    let mut captures = regex.create_captures();
    let mut spans = Vec::new();
    let mut at = 0;
    while at <= view.len() {
        regex.search_captures(&Input::new(view).range(at..), &mut captures);
        let Some(matched) = captures.get_match() else { break };
        let value = captures.get_group_by_name("v").map_or(matched.range(), |group| group.range());
        let near = (matched.start().saturating_sub(BEFORE)..=matched.start())
            .find(|&near| view.is_char_boundary(near))
            .unwrap();
        let said = |keyword: &&str| lower[near..matched.end()].contains(keyword);
        let keyword = rule.keywords.is_empty() || rule.keywords.iter().any(said);
        let passed = keyword && (rule.check)(&Candidate::new(view, matched.range(), value.clone()));
        at = if passed {
            matched.end()
        } else {
            matched.start() + view[matched.start()..].chars().next().unwrap().len_utf8()
        };
        if passed {
            spans.push(value);
        }
    }
    spans
}

fn compiled(entity: &str) -> Vec<(&'static Rule, &'static Regex)> {
    static REGEXES: LazyLock<Vec<Regex>> =
        LazyLock::new(|| RULES.iter().map(|rule| Regex::new(rule.pattern).unwrap()).collect());
    RULES.iter().zip(REGEXES.iter()).filter(|(rule, _)| rule.entity == entity).collect()
}

/// In each text the values of this entity are between « and », and nothing else is found.
pub fn expect(entity: &str, texts: &[&str]) {
    let rules = compiled(entity);
    assert!(!rules.is_empty(), "no rule for {entity}");
    let wrong: Vec<String> = texts
        .iter()
        .filter_map(|text| {
            let view = view(&text.replace(['«', '»'], ""));
            let mut shown = String::new();
            let mut end = 0;
            for span in found(&rules, &view) {
                shown.extend([&view[end..span.start], "«", &view[span.clone()], "»"]);
                end = span.end;
            }
            shown += &view[end..];
            let wanted = self::view(text);
            (shown != wanted).then(|| format!("  wanted {wanted}\n  found  {shown}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), texts.len(), wrong.join("\n"));
}

/// Runs the rules for what they do, not for what they find.
pub fn scan(entity: &str, text: &str) {
    found(&compiled(entity), text);
}
