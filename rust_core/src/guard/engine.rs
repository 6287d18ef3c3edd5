//! Stand-in until the engine comes: every rule is tried everywhere.

use std::{ops::Range, sync::Arc};

use regex_automata::{meta::Regex, util::captures::Captures};

use super::rule::{Candidate, Rule};

#[derive(Debug)]
pub struct Ruleset {
    rules: Vec<(Rule, Regex)>,
}

#[derive(Clone, Debug)]
pub struct Finding {
    pub rule: usize,
    pub span: Range<usize>,
}

impl Ruleset {
    pub fn new(rules: &[Rule]) -> Result<Self, (usize, String)> {
        let compile = |(at, rule): (usize, &Rule)| {
            Regex::new(rule.pattern).map(|regex| (*rule, regex)).map_err(|error| (at, error.to_string()))
        };
        Ok(Self { rules: rules.iter().enumerate().map(compile).collect::<Result<_, _>>()? })
    }

    pub fn scan(&self, text: &str, findings: &mut Vec<Finding>) {
        for (index, (rule, regex)) in self.rules.iter().enumerate() {
            let mut captures: Captures = regex.create_captures();
            let mut at = 0;
            loop {
                regex.search_captures(&regex_automata::Input::new(text).range(at..), &mut captures);
                let Some(found) = captures.get_match() else { break };
                let value = captures.get_group_by_name("v").map_or(found.range(), |span| span.range());
                if (rule.check)(&Candidate::new(text, found.range(), value.clone())) {
                    findings.push(Finding { rule: index, span: value });
                }
                at = found.end().max(at + 1);
                if at > text.len() {
                    break;
                }
            }
        }
    }
}

#[derive(Debug)]
pub struct Stream {
    ruleset: Arc<Ruleset>,
    text: String,
}

impl Stream {
    pub fn new(ruleset: Arc<Ruleset>) -> Self {
        Self { ruleset, text: String::new() }
    }

    /// Takes more text; what was found is appended; how far (from the beginning of the stream) nothing can change.
    pub fn push(&mut self, text: &str, _: &mut Vec<Finding>) -> usize {
        self.text.push_str(text);
        0
    }

    pub fn finish(&mut self, findings: &mut Vec<Finding>) -> usize {
        self.ruleset.scan(&self.text, findings);
        self.text.len()
    }
}
