//! The rules of a detector, compiled once, and what they find in a whole text.

use std::fmt;
use std::ops::Range;

use aho_corasick::AhoCorasick;
use regex_automata::nfa::thompson::NFA;
use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::automata::{LARGEST, compile};
use super::pattern::{Pattern, WINDOW};
use super::rule::{BEFORE, Block, Candidate, Rule, always};
use super::search::{Found, Search};
use super::shape::{self, Bytes};
use super::stream::{Segment, Stream};
use super::trigger::{NEAR, PLACES, Progress, Signs, Spot, Triggers, Value};
use super::view::{View, floor};

/// Bytes of a pattern of an operator.
const LONGEST_PATTERN: usize = 4096;
/// Words in a list, and bytes of all of them.
const MOST_WORDS: usize = 10_000;
const MOST_WORD_BYTES: usize = 256 << 10;
/// Bytes of a word by which it is given away in a text.
const WORD_SIGN: usize = 8;

/// Bytes of a text that are read before what they gave away is tried.
const BLOCK: usize = 32 << 10;

/// Bytes of a text of which the view is made by parts.
const LONG: usize = 128 << 10;

/// Something found: which rule, and where in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's place among those of the [`Ruleset`].
    pub rule: usize,
    /// Bytes of the text.
    pub span: Range<usize>,
}

/// A rule that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// The rule's id.
    pub rule: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule `{}`: {}", self.rule, self.reason)
    }
}

impl std::error::Error for RuleError {}

/// Rules, ready to scan any number of texts.
#[derive(Debug)]
pub struct Ruleset {
    rules: Vec<Ready>,
    triggers: Triggers,
}

/// Rules that are being put together. They are numbered in the order in which they are added.
#[derive(Debug, Default)]
pub struct Builder {
    rules: Vec<Ready>,
    signs: Signs,
}

/// A compiled rule.
#[derive(Debug)]
pub(super) struct Ready {
    id: String,
    entity: String,
    pub(super) pattern: Pattern,
    pub(super) check: fn(&Candidate<'_>) -> bool,
    /// If what is covered is behind what gives a match away, how many bytes of the match there can be up to there.
    pub(super) lead: Option<usize>,
    /// What has to occur in a match or before it; none if that is so anyway.
    keywords: Option<AhoCorasick>,
    /// What a block goes on to, behind anything.
    until: Option<NFA>,
}

impl Builder {
    /// A rule that comes with the gateway.
    pub fn rule(&mut self, rule: &Rule) -> Result<usize, RuleError> {
        self.built_in(rule, None).map_err(|reason| RuleError { rule: rule.id.to_owned(), reason })
    }

    /// A block that comes with the gateway.
    pub fn block(&mut self, block: &Block) -> Result<usize, RuleError> {
        let end = Pattern::new(&format!("(?s-u:.*?)(?:{})", block.until));
        end.and_then(|end| self.built_in(&block.begin, Some(end.nfa)))
            .map_err(|reason| RuleError { rule: block.begin.id.to_owned(), reason })
    }

    /// A pattern of an operator's: `regex` syntax, searched for in the [view](super::view) of texts.
    pub fn pattern(&mut self, id: &str, entity: &str, pattern: &str) -> Result<usize, RuleError> {
        let refused = |reason| RuleError { rule: id.to_owned(), reason };
        if pattern.len() > LONGEST_PATTERN {
            return Err(refused(format!("it is longer than {LONGEST_PATTERN} bytes")));
        }
        let pattern = Pattern::checked(pattern).map_err(refused)?;
        Ok(self.add(Ready::new(id, entity, pattern, always), &[]))
    }

    /// Words of an operator's, found in any case; with `whole`, only where no letter, digit or `_` is next to them.
    pub fn words(
        &mut self,
        id: &str,
        entity: &str,
        words: impl IntoIterator<Item = impl AsRef<str>>,
        whole: bool,
    ) -> Result<usize, RuleError> {
        let refused = |reason| RuleError { rule: id.to_owned(), reason };
        let words: Vec<String> =
            words.into_iter().map(|word| View::of(word.as_ref().trim()).as_str().to_owned()).collect();
        if words.is_empty() || words.iter().any(String::is_empty) {
            return Err(refused("it has an empty word, or none".to_owned()));
        }
        if words.len() > MOST_WORDS || words.iter().map(String::len).sum::<usize>() > MOST_WORD_BYTES {
            return Err(refused(format!("it has more than {MOST_WORDS} words or {MOST_WORD_BYTES} bytes")));
        }
        let pattern = Pattern::of_words(&words_pattern(words.clone(), whole)).map_err(refused)?;
        let rule = self.rules.len() as u32;
        for sign in words.iter().flat_map(|word| word_signs(word)) {
            let spot = Spot::within(rule, sign.len(), 0, 0);
            self.signs.literal(&sign, spot, Value::Anywhere);
        }
        self.rules.push(Ready::new(id, entity, pattern, always));
        Ok(rule as usize)
    }

    /// Compiles what all of them have in common.
    pub fn build(self) -> Ruleset {
        Ruleset { triggers: Triggers::new(self.signs), rules: self.rules }
    }

    fn built_in(&mut self, rule: &Rule, until: Option<NFA>) -> Result<usize, String> {
        let mut ready = Ready::new(rule.id, rule.entity, Pattern::new(rule.pattern)?, rule.check);
        if !rule.keywords.is_empty() {
            let keywords = AhoCorasick::builder().ascii_case_insensitive(true).build(rule.keywords);
            ready.keywords = Some(keywords.map_err(|error| error.to_string())?);
        }
        ready.pattern.word_start = rule.keywords.is_empty();
        ready.until = until;
        Ok(self.add(ready, rule.keywords))
    }

    /// Adds a rule and works out what gives it away.
    fn add(&mut self, mut ready: Ready, keywords: &[&str]) -> usize {
        let rule = self.rules.len() as u32;
        let longest = ready.pattern.longest;
        let word_start = ready.pattern.word_start;
        if let Some(landmark) = shape::landmark(&ready.pattern.hir) {
            let has_keyword = |literal: &Vec<u8>| ready.has_keyword(literal, &(0..literal.len()));
            if landmark.literals.iter().all(has_keyword) {
                ready.keywords = None;
            }
            let value = if landmark.before_value { Value::Behind } else { Value::Anywhere };
            let mut before = landmark.before;
            for literal in &landmark.literals {
                let spot = Spot::within(rule, literal.len(), landmark.nearest, landmark.farthest);
                let spot = spot.at_word_start(word_start);
                self.signs.literal(literal, spot, value);
                for byte in literal {
                    before.add(*byte, *byte);
                }
            }
            if landmark.before_value {
                ready.lead = landmark.literals.iter().map(|literal| literal.len() + landmark.farthest).max();
            }
            if landmark.farthest > NEAR {
                let longest = landmark.literals.iter().map(Vec::len).max().unwrap_or(0) + landmark.farthest;
                self.signs.run(before.with_capitals(), longest.min(WINDOW), value);
            }
        } else if keywords.is_empty() {
            let places = shape::opening(&ready.pattern.nfa, PLACES);
            self.signs.opening(rule, word_start, places);
        } else {
            let bytes = Bytes::of(&ready.pattern.nfa);
            for keyword in keywords {
                let spot = Spot::nearby(rule, keyword.len(), longest);
                self.signs.literal(keyword.as_bytes(), spot, Value::Anywhere);
            }
            // The keyword may be yet to come, in the match.
            let ends_in_match = |keyword: &str| {
                let last = keyword.bytes().last().unwrap_or_default();
                bytes.has(last.to_ascii_lowercase()) || bytes.has(last.to_ascii_uppercase())
            };
            if keywords.iter().any(|keyword| ends_in_match(keyword)) {
                match ready.pattern.tail().and_then(|tail| Some((tail, compile(tail, LARGEST)?))) {
                    None => self.signs.run(bytes, longest, Value::Anywhere),
                    Some((tail, nfa)) => {
                        let longest_tail = tail.properties().maximum_len().unwrap_or(WINDOW).min(WINDOW);
                        ready.lead = Some(longest);
                        self.signs.run(bytes, longest, Value::Behind);
                        self.signs.run(Bytes::of(&nfa), longest_tail, Value::Anywhere);
                    }
                }
            }
        }
        self.rules.push(ready);
        rule as usize
    }
}

impl Ready {
    fn new(id: &str, entity: &str, pattern: Pattern, check: fn(&Candidate<'_>) -> bool) -> Self {
        Self { id: id.to_owned(), entity: entity.to_owned(), pattern, check, lead: None, keywords: None, until: None }
    }

    /// Whether a keyword is in a match or shortly before it.
    pub(super) fn has_keyword(&self, view: &[u8], matched: &Range<usize>) -> bool {
        let Some(keywords) = &self.keywords else { return true };
        keywords.is_match(view.get(matched.start.saturating_sub(BEFORE)..matched.end).unwrap_or_default())
    }

    /// What is covered behind a match, and from where on that is read.
    pub(super) fn goes_on(&self, matched: &Range<usize>) -> Option<(&NFA, usize)> {
        let at = if self.until.is_some() { matched.end } else { matched.start };
        (self.until.is_some() || self.pattern.fills_window(matched)).then(|| (self.beyond(), at))
    }

    /// What a match goes on with.
    pub(super) fn beyond(&self) -> &NFA {
        self.until.as_ref().unwrap_or(&self.pattern.nfa)
    }
}

impl Ruleset {
    /// To put rules together.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What logs call a rule.
    pub fn id(&self, rule: usize) -> &str {
        self.rules.get(rule).map_or("", |ready| &ready.id)
    }

    /// What placeholders call what a rule finds.
    pub fn entity(&self, rule: usize) -> &str {
        self.rules.get(rule).map_or("", |ready| &ready.entity)
    }

    /// Whether a text is so long, and so different from its view, that the view should never be there as a whole.
    pub(super) fn reads_by_parts(text: &str) -> bool {
        text.len() > LONG && !View::is_text(text)
    }

    /// Everything in a text, in order and apart from each other.
    pub fn scan(&self, text: &str, findings: &mut Vec<Finding>) {
        if !Self::reads_by_parts(text) {
            return self.scan_view(&View::of(text), findings);
        }
        // As it would come.
        let (mut stream, mut rest, mut at) = (Stream::new(), text, 0);
        let mut note = |segment: Segment<'_>| {
            let from = at;
            at += segment.text().len();
            match segment {
                Segment::Clean(_) => {}
                Segment::Found { rule, .. } => findings.push(Finding { rule, span: from..at }),
                Segment::More { .. } => findings.last_mut().into_iter().for_each(|last| last.span.end = at),
            }
        };
        while !rest.is_empty() {
            let (block, behind) = rest.split_at(floor(rest, BLOCK));
            stream.push(self, block, &mut note);
            rest = behind;
        }
        stream.finish(self, note);
    }

    /// [`Ruleset::scan`] for who has the view already. The findings are places in the text.
    pub fn scan_view(&self, view: &View<'_>, findings: &mut Vec<Finding>) {
        let (mut search, mut progress, mut found) = (Search::default(), Progress::default(), Vec::new());
        let view_text = view.as_str();
        let mut read = 0;
        // By blocks, so that what is to be tried does not pile up.
        while view_text.len() - read > BLOCK {
            let seen = &view_text[..floor(view_text, read + BLOCK)];
            self.read(&mut progress, seen, read, &mut search);
            if !search.is_idle() {
                let open = self.triggers.open(progress, seen.as_bytes());
                search.advance(self, seen, Some(open), &mut found);
            }
            read = seen.len();
        }
        self.read(&mut progress, view_text, read, &mut search);
        if !search.is_idle() {
            search.finish(self, view_text, &mut found);
        }
        let found = found.into_iter().map(|(rule, span)| (rule, view.source(span))).collect();
        findings.extend(merge(found));
    }

    /// Takes note of every rule that the view gives away from `from` on.
    pub(super) fn read(&self, progress: &mut Progress, view: &str, from: usize, search: &mut Search) {
        self.triggers.read(progress, view.as_bytes(), from, |rule, first, last| search.add(rule, first, last));
    }

    pub(super) fn triggers(&self) -> &Triggers {
        &self.triggers
    }

    pub(super) fn get(&self, rule: u32) -> Option<&Ready> {
        self.rules.get(rule as usize)
    }
}

/// Puts what overlaps together. It goes by the rule of the first of them, then the longest, then the first rule.
pub(super) fn merge(mut found: Vec<Found>) -> Vec<Finding> {
    found.sort_by_key(order);
    let mut merged: Vec<Finding> = Vec::with_capacity(found.len());
    for (rule, span) in found {
        match merged.last_mut().filter(|last| span.start < last.span.end) {
            Some(last) => last.span.end = last.span.end.max(span.end),
            None => merged.push(Finding { rule: rule as usize, span }),
        }
    }
    merged
}

/// What comes first. All that is longer than a window is equally long.
pub(super) fn order((rule, span): &Found) -> (usize, std::cmp::Reverse<usize>, u32) {
    (span.start, std::cmp::Reverse(span.len().min(WINDOW)), *rule)
}

/// Longer words first, since the first that fits is taken.
fn words_pattern(mut words: Vec<String>, whole: bool) -> String {
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.dedup();
    let is_word = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
    let bounded = |word: &String| {
        let [before, after] =
            [word.chars().next(), word.chars().next_back()].map(|char| if whole && is_word(char) { r"\b" } else { "" });
        format!("{before}{}{after}", regex_syntax::escape(word))
    };
    format!("(?i:{})", words.iter().map(bounded).collect::<Vec<_>>().join("|"))
}

/// The beginnings by which a word is found, whatever its case.
fn word_signs(word: &str) -> Vec<Vec<u8>> {
    if word.is_ascii() {
        return vec![word.as_bytes()[..word.len().min(WORD_SIGN)].to_vec()];
    }
    let ascii = word.bytes().take_while(u8::is_ascii).count();
    if ascii >= 3 {
        return vec![word.as_bytes()[..ascii].to_vec()];
    }
    let mut signs = vec![String::new()];
    for char in word.chars().take(3) {
        let mut class = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
        class.case_fold_simple();
        let forms: Vec<char> = class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect();
        signs = signs.iter().flat_map(|sign| forms.iter().map(move |form| format!("{sign}{form}"))).collect();
    }
    signs.into_iter().map(String::into_bytes).collect()
}
