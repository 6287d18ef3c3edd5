//! The guardrails of a configuration, compiled: which rules are whose, and what is to be done about what they find.

use std::{cmp::Reverse, fmt, ops::Range, sync::Arc};

use super::{
    engine::{Finding, Ruleset},
    injection, pii,
    rule::Rule,
    secrets,
};

/// What is done about a finding, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is written down.
    Log,
    /// The client is told.
    Warn,
    /// A placeholder takes its place, and gives it back in the answer.
    Mask,
    /// A placeholder takes its place.
    Redact,
    /// Nothing passes.
    Block,
}

/// What a guardrail looks for.
#[derive(Clone, Debug)]
pub enum Detector {
    /// Rules; see [`super::rule`].
    Rules(Vec<Rule>),
    /// Texts that score this much, of 1000, or more.
    Injection(u32),
    /// Somebody else is asked.
    Elsewhere,
}

/// One guardrail.
#[derive(Clone, Debug)]
pub struct Guardrail {
    /// What it is known by.
    pub name: String,
    /// What it looks for.
    pub detector: Detector,
    /// What is done about it.
    pub action: Action,
    /// Nothing is done but to write it down.
    pub shadow: bool,
}

/// A rule that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRule {
    /// The guardrail it is of.
    pub guardrail: String,
    /// Which rule.
    pub rule: String,
    /// Why.
    pub reason: String,
}

impl fmt::Display for BadRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.reason)
    }
}

/// Guardrails by their place in the configuration: bit `n` is the guardrail `n`.
pub type Set = u64;

/// So many guardrails fit into a [`Set`].
pub const MOST_GUARDRAILS: usize = Set::BITS as usize;

/// Guardrails, compiled.
#[derive(Debug)]
pub struct Policy {
    guardrails: Vec<Guardrail>,
    ruleset: Option<Arc<Ruleset>>,
    /// By rule of the ruleset: its guardrail, and its place there.
    owners: Vec<(usize, usize)>,
    /// Those that have rules.
    with_rules: Set,
    with_scores: Set,
    /// Those that do something: block, redact, mask.
    acting: Set,
}

/// Something that a guardrail found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    /// Where in the text.
    pub(crate) span: (usize, Reverse<usize>),
    pub(crate) guardrail: usize,
    pub(crate) label: Label,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Label {
    /// A rule of the guardrail.
    Rule(usize),
    /// A kind of injection.
    Category(&'static str),
}

impl Hit {
    pub(crate) fn new(span: Range<usize>, guardrail: usize, label: Label) -> Self {
        Self { span: (span.start, Reverse(span.end)), guardrail, label }
    }

    pub(crate) fn start(&self) -> usize {
        self.span.0
    }

    pub(crate) fn end(&self) -> usize {
        self.span.1.0
    }
}

/// A part of a text about which something is done. Covers of a text do not touch each other's characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cover {
    pub(crate) span: Range<usize>,
    pub(crate) action: Action,
    pub(crate) guardrail: usize,
    pub(crate) label: Label,
}

impl Policy {
    /// Compiles guardrails, [`MOST_GUARDRAILS`] at most.
    pub fn new(guardrails: Vec<Guardrail>) -> Result<Self, BadRule> {
        let (mut rules, mut owners) = (Vec::new(), Vec::new());
        let (mut with_rules, mut with_scores, mut acting) = (0, 0, 0);
        for (index, guardrail) in guardrails.iter().enumerate().take(MOST_GUARDRAILS) {
            let bit = 1 << index;
            match &guardrail.detector {
                Detector::Rules(own) => {
                    rules.extend_from_slice(own);
                    owners.extend((0..own.len()).map(|at| (index, at)));
                    with_rules |= bit;
                }
                Detector::Injection(_) => with_scores |= bit,
                Detector::Elsewhere => {}
            }
            if guardrail.action >= Action::Mask && !guardrail.shadow {
                acting |= bit;
            }
        }
        let compile = || Ruleset::new(&rules).map(Arc::new);
        let ruleset = if rules.is_empty() { None } else { Some(compile()) };
        let ruleset = ruleset.transpose().map_err(|(rule, reason)| {
            let (guardrail, at) = owners.get(rule).copied().unwrap_or_default();
            let guardrail = guardrails.get(guardrail);
            let rule = guardrail.map(|guardrail| guardrail.rule(Label::Rule(at)).to_owned());
            BadRule {
                guardrail: guardrail.map(|guardrail| guardrail.name.clone()).unwrap_or_default(),
                rule: rule.unwrap_or_default(),
                reason,
            }
        })?;
        Ok(Self { guardrails, ruleset, owners, with_rules, with_scores, acting })
    }

    /// The guardrails, in their order.
    pub fn guardrails(&self) -> &[Guardrail] {
        &self.guardrails
    }

    /// Whether some of these may change a text, or stop it.
    pub fn acts(&self, set: Set) -> bool {
        self.acting & set != 0
    }

    /// Whether some of these judge a text as a whole.
    pub fn judges(&self, set: Set) -> bool {
        self.with_scores & set != 0
    }

    /// The rules, if some of these have any.
    pub(crate) fn ruleset(&self, set: Set) -> Option<&Arc<Ruleset>> {
        self.ruleset.as_ref().filter(|_| self.with_rules & set != 0)
    }

    /// What some of the guardrails find in a whole text is appended to `hits`, in order.
    pub(crate) fn scan(&self, text: &str, set: Set, hits: &mut Vec<Hit>) {
        let before = hits.len();
        if let Some(ruleset) = self.ruleset(set) {
            let mut findings = Vec::new();
            ruleset.scan(text, &mut findings);
            self.sort_in(findings, set, hits);
        }
        if self.judges(set) {
            let verdict = injection::judge(text);
            for (index, guardrail) in self.guardrails.iter().enumerate() {
                match guardrail.detector {
                    Detector::Injection(threshold) if set & (1 << index) != 0 && verdict.score >= threshold => {
                        let span = if verdict.span.is_empty() { 0..text.len() } else { verdict.span.clone() };
                        hits.push(Hit::new(span, index, Label::Category(verdict.category)));
                    }
                    _ => {}
                }
            }
            hits[before..].sort_unstable();
        }
    }

    /// Findings of the rules of some guardrails, as hits, in order.
    pub(crate) fn sort_in(&self, findings: impl IntoIterator<Item = Finding>, set: Set, hits: &mut Vec<Hit>) {
        let before = hits.len();
        for finding in findings {
            if let Some(&(guardrail, rule)) = self.owners.get(finding.rule) {
                if set & (1 << guardrail) != 0 {
                    hits.push(Hit::new(finding.span, guardrail, Label::Rule(rule)));
                }
            }
        }
        hits[before..].sort_unstable();
    }

    /// What is to be done about hits, which are in order. Of several that overlap, what is strongest is done to all.
    pub(crate) fn covers(&self, hits: &[Hit]) -> Vec<Cover> {
        let mut covers: Vec<Cover> = Vec::new();
        for hit in hits {
            if self.acting & (1 << hit.guardrail) == 0 || hit.start() == hit.end() {
                continue;
            }
            let action = self.guardrails[hit.guardrail].action;
            match covers.last_mut() {
                Some(last) if hit.start() < last.span.end => {
                    last.span.end = last.span.end.max(hit.end());
                    if action > last.action {
                        (last.action, last.guardrail, last.label) = (action, hit.guardrail, hit.label);
                    }
                }
                _ => covers.push(Cover {
                    span: hit.start()..hit.end(),
                    action,
                    guardrail: hit.guardrail,
                    label: hit.label,
                }),
            }
        }
        covers
    }

    /// What a finding is called: `EMAIL`.
    pub(crate) fn entity(&self, guardrail: usize, label: Label) -> &str {
        match (self.guardrails.get(guardrail).map(|guardrail| &guardrail.detector), label) {
            (Some(Detector::Rules(rules)), Label::Rule(at)) => rules.get(at).map_or("", |rule| rule.entity),
            _ => "PROMPT_INJECTION",
        }
    }

    /// What takes the place of a finding that is redacted.
    pub(crate) fn placeholder(&self, cover: &Cover) -> String {
        format!("[{}_REDACTED]", self.entity(cover.guardrail, cover.label))
    }
}

impl Guardrail {
    /// What a rule is called in logs.
    pub(crate) fn rule(&self, label: Label) -> &str {
        match (&self.detector, label) {
            (Detector::Rules(rules), Label::Rule(at)) => rules.get(at).map_or("", |rule| rule.id),
            (_, Label::Category(category)) => category,
            _ => "",
        }
    }
}

/// Which of a detector's rules are on. Names are of rules (`github-pat`) or of what they find (`EMAIL`).
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Only these; none: those that are on by themselves.
    pub only: Vec<String>,
    /// These as well.
    pub also: Vec<String>,
    /// Not these.
    pub without: Vec<String>,
}

impl Choice {
    /// The rules of a built-in detector, `pii` or `secrets`.
    pub fn known(detector: &str) -> Option<&'static [Rule]> {
        match detector {
            "pii" => Some(pii::RULES),
            "secrets" => Some(secrets::RULES),
            _ => None,
        }
    }

    /// Those of a built-in detector's rules that are on. `Err` is a name that none of them has.
    pub fn rules(&self, detector: &str) -> Result<Vec<Rule>, String> {
        let all = Self::known(detector).ok_or(detector)?;
        let is_named = |rule: &Rule, names: &[String]| names.iter().any(|name| name == rule.id || name == rule.entity);
        for name in self.only.iter().chain(&self.also).chain(&self.without) {
            if !all.iter().any(|rule| is_named(rule, std::slice::from_ref(name))) {
                return Err(name.clone());
            }
        }
        let is_on = |rule: &&Rule| {
            let chosen = if self.only.is_empty() { rule.core } else { is_named(rule, &self.only) };
            (chosen || is_named(rule, &self.also)) && !is_named(rule, &self.without)
        };
        Ok(all.iter().filter(is_on).copied().collect())
    }
}
