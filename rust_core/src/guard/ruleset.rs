//! Stand-in until the engine comes: every rule is tried everywhere.
#![allow(missing_docs, clippy::all, clippy::pedantic)]

use std::{fmt, ops::Range};

use regex_automata::{meta::Regex, util::captures::Captures};

use super::rule::{Candidate, Rule, always};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    pub rule: String,
    pub reason: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule `{}`: {}", self.rule, self.reason)
    }
}

#[derive(Debug, Default)]
pub struct Ruleset {
    rules: Vec<(String, String, Regex, fn(&Candidate<'_>) -> bool)>,
}

#[derive(Debug, Default)]
pub struct Builder(Ruleset);

#[derive(Clone, Debug)]
pub struct Finding {
    pub rule: usize,
    pub span: Range<usize>,
}

impl Builder {
    fn add(&mut self, id: &str, entity: &str, pattern: &str, check: fn(&Candidate<'_>) -> bool) -> Result<usize, RuleError> {
        let regex = Regex::builder().configure(regex_automata::meta::Config::new().utf8_empty(false)).syntax(regex_automata::util::syntax::Config::new().utf8(false)).build(pattern).map_err(|error| RuleError { rule: id.to_owned(), reason: error.to_string() })?;
        self.0.rules.push((id.to_owned(), entity.to_owned(), regex, check));
        Ok(self.0.rules.len() - 1)
    }
    pub fn rule(&mut self, rule: &Rule) -> Result<usize, RuleError> {
        self.add(rule.id, rule.entity, rule.pattern, rule.check)
    }
    pub fn pattern(&mut self, id: &str, entity: &str, pattern: &str) -> Result<usize, RuleError> {
        if pattern.contains("(?=") { return Err(RuleError { rule: id.to_owned(), reason: "look-around is not supported".into() }) }
        self.add(id, entity, pattern, always)
    }
    pub fn words(&mut self, id: &str, entity: &str, words: impl IntoIterator<Item = impl AsRef<str>>, _: bool) -> Result<usize, RuleError> {
        let words: Vec<String> = words.into_iter().map(|word| regex_syntax::escape(word.as_ref())).collect();
        self.add(id, entity, &format!("(?i){}", words.join("|")), always)
    }
    pub fn build(self) -> Ruleset { self.0 }
}

impl Ruleset {
    pub fn builder() -> Builder { Builder::default() }
    pub fn id(&self, rule: usize) -> &str { &self.rules[rule].0 }
    pub fn entity(&self, rule: usize) -> &str { &self.rules[rule].1 }
    pub fn scan(&self, text: &str, findings: &mut Vec<Finding>) {
        let mut all = Vec::new();
        for (index, (_, _, regex, check)) in self.rules.iter().enumerate() {
            let mut captures: Captures = regex.create_captures();
            let mut at = 0;
            while at <= text.len() {
                regex.search_captures(&regex_automata::Input::new(text).range(at..), &mut captures);
                let Some(found) = captures.get_match() else { break };
                let value = captures.get_group_by_name("v").map_or(found.range(), |span| span.range());
                if check(&Candidate::new(text, found.range(), value.clone())) {
                    all.push(Finding { rule: index, span: value });
                }
                at = found.end().max(at + 1);
            }
        }
        all.sort_by_key(|finding| (finding.span.start, std::cmp::Reverse(finding.span.end), finding.rule));
        let mut last = 0;
        for finding in all {
            if finding.span.start < last { let end = finding.span.end; if let Some(f) = findings.last_mut() { f.span.end = f.span.end.max(end); last = f.span.end } }
            else { last = finding.span.end; findings.push(finding) }
        }
    }
}
