//! The guardrails of a configuration, compiled: which rules are whose, and what is to be done about what they find.

use std::{cmp::Reverse, ops::Range, sync::Arc};

use super::{
    injection, pii,
    rule::Rule,
    ruleset::{Builder, Ruleset},
    secrets,
    view::View,
};

pub use super::ruleset::RuleError;

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
#[derive(Debug)]
pub enum Detector {
    /// What rules find. Each guardrail has its own, so that of findings that overlap none hides another's.
    Rules(Box<Ruleset>),
    /// Texts that score this much, of 1000, or more.
    Injection(u32),
    /// Somebody else is asked.
    Elsewhere,
}

/// One guardrail.
#[derive(Debug)]
pub struct Guardrail {
    /// What it looks for.
    pub detector: Detector,
    /// What is done about it.
    pub action: Action,
    /// Nothing is done but to write it down.
    pub shadow: bool,
}

/// Guardrails by their place in the configuration: bit `n` is the guardrail `n`.
pub type Set = u64;

pub use super::injection::DEFAULT_THRESHOLD;

/// So many guardrails fit into a [`Set`].
pub const MOST_GUARDRAILS: usize = Set::BITS as usize;

/// Guardrails, compiled.
#[derive(Debug)]
pub struct Policy {
    guardrails: Vec<Arc<Guardrail>>,
    /// Those that judge a text as a whole.
    judging: Set,
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
    /// What a rule of the guardrail found.
    Rule(usize),
    /// More of what it found last.
    More(usize),
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
    /// Of guardrails, [`MOST_GUARDRAILS`] at most count.
    pub fn new(guardrails: Vec<Arc<Guardrail>>) -> Self {
        let (mut judging, mut acting) = (0, 0);
        for (bit, guardrail) in bits().zip(&guardrails) {
            if matches!(guardrail.detector, Detector::Injection(_)) {
                judging |= bit;
            }
            if guardrail.action >= Action::Mask && !guardrail.shadow {
                acting |= bit;
            }
        }
        Self { guardrails, judging, acting }
    }

    /// The guardrails, in their order.
    pub fn guardrails(&self) -> &[Arc<Guardrail>] {
        &self.guardrails
    }

    /// Whether some of these may change a text, or stop it.
    pub fn acts(&self, set: Set) -> bool {
        self.acting & set != 0
    }

    /// Whether some of these judge a text as a whole.
    pub fn judges(&self, set: Set) -> bool {
        self.judging & set != 0
    }

    /// Those of a set that have rules, with their places.
    pub(crate) fn rulesets(&self, set: Set) -> impl Iterator<Item = (usize, &Ruleset)> {
        let guardrails = bits().zip(&self.guardrails).enumerate();
        guardrails.filter_map(move |(index, (bit, guardrail))| match &guardrail.detector {
            Detector::Rules(rules) if set & bit != 0 => Some((index, &**rules)),
            _ => None,
        })
    }

    /// The rules of a guardrail, if it has any.
    pub(crate) fn ruleset(&self, guardrail: usize) -> Option<&Ruleset> {
        match &self.guardrails.get(guardrail)?.detector {
            Detector::Rules(rules) => Some(rules),
            _ => None,
        }
    }

    /// What some of the guardrails find in a whole text is appended to `hits`, which are in order then.
    pub(crate) fn scan(&self, text: &str, set: Set, hits: &mut Vec<Hit>) {
        let (mut view, mut findings) = (None, Vec::new());
        for (guardrail, rules) in self.rulesets(set) {
            if Ruleset::reads_by_parts(text) {
                rules.scan(text, &mut findings);
            } else {
                rules.scan_view(view.get_or_insert_with(|| View::of(text)), &mut findings);
            }
            hits.extend(findings.drain(..).map(|one| Hit::new(one.span, guardrail, Label::Rule(one.rule))));
        }
        if self.judges(set) {
            let verdict = injection::judge(text);
            for (index, (bit, guardrail)) in bits().zip(&self.guardrails).enumerate() {
                match guardrail.detector {
                    Detector::Injection(threshold) if set & bit != 0 && verdict.score >= threshold => {
                        let span = if verdict.span.is_empty() { 0..text.len() } else { verdict.span.clone() };
                        hits.push(Hit::new(span, index, Label::Category(verdict.category.name())));
                    }
                    _ => {}
                }
            }
        }
        hits.sort_unstable();
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
        match label {
            Label::Rule(rule) | Label::More(rule) => self.ruleset(guardrail).map_or("", |rules| rules.entity(rule)),
            Label::Category(_) => "PROMPT_INJECTION",
        }
    }

    /// What the rule that found something is called in logs.
    pub(crate) fn rule(&self, guardrail: usize, label: Label) -> &str {
        match label {
            Label::Rule(rule) | Label::More(rule) => self.ruleset(guardrail).map_or("", |rules| rules.id(rule)),
            Label::Category(category) => category,
        }
    }

    /// What takes the place of a finding that is redacted.
    pub(crate) fn placeholder(&self, cover: &Cover) -> String {
        format!("[{}_REDACTED]", self.entity(cover.guardrail, cover.label))
    }
}

/// One bit after the other.
fn bits() -> impl Iterator<Item = Set> {
    (0..Set::BITS).map(|place| 1 << place)
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

    /// Those of a built-in detector's rules that are on, compiled. Names that none of them has are passed over.
    pub fn compile(&self, detector: &str) -> Result<Ruleset, RuleError> {
        let is_named = |rule: &Rule, names: &[String]| names.iter().any(|name| name == rule.id || name == rule.entity);
        let mut builder = Builder::default();
        for rule in Self::known(detector).unwrap_or_default() {
            let chosen = if self.only.is_empty() { rule.core } else { is_named(rule, &self.only) };
            if (chosen || is_named(rule, &self.also)) && !is_named(rule, &self.without) {
                builder.rule(rule)?;
            }
        }
        Ok(builder.build())
    }
}

/// The patterns of an operator, by name, compiled.
pub fn patterns(patterns: &[(String, String)]) -> Result<Ruleset, RuleError> {
    let mut builder = Builder::default();
    for (name, pattern) in patterns {
        let entity: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
        builder.pattern(name, &entity, pattern)?;
    }
    Ok(builder.build())
}

/// The words of an operator, compiled.
pub fn words(words: &[String]) -> Result<Ruleset, RuleError> {
    let mut builder = Builder::default();
    builder.words("keyword", "KEYWORD", words, true)?;
    Ok(builder.build())
}
