//! The texts of a request, screened.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::{
    escapes::{self, Kind, View},
    policy::{Action, Cover, Hit, Label, Policy, Set},
    texts::{self, Text, Unread},
    vault::{self, Vault},
};
use crate::{json::Span, request::Request};

/// So many lengths of one rule's findings are told.
const LENGTHS: usize = 100;

/// What one rule found in a request or an answer. Never what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The place of its guardrail.
    pub guardrail: usize,
    /// The rule, or the category.
    pub rule: String,
    /// What was found: `EMAIL`.
    pub entity: String,
    /// Where the first of them is; empty in an answer.
    pub place: String,
    /// How many.
    pub count: usize,
    /// How many bytes each has, of the first hundred.
    pub lengths: Vec<usize>,
}

/// Findings, added up.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<(usize, Label), Finding>);

impl Tally {
    pub(crate) fn add(&mut self, policy: &Policy, hit: &Hit, place: impl FnOnce() -> String) {
        let length = hit.end() - hit.start();
        if let Label::More(rule) = hit.label {
            // Of what was found last.
            let last = self.0.get_mut(&(hit.guardrail, Label::Rule(rule))).filter(|entry| entry.count <= LENGTHS);
            if let Some(last) = last.and_then(|entry| entry.lengths.last_mut()) {
                *last += length;
            }
            return;
        }
        let entry = self.0.entry((hit.guardrail, hit.label)).or_insert_with(|| Finding {
            guardrail: hit.guardrail,
            rule: policy.rule(hit.guardrail, hit.label).to_owned(),
            entity: policy.entity(hit.guardrail, hit.label).to_owned(),
            place: place(),
            count: 0,
            lengths: Vec::new(),
        });
        entry.count += 1;
        if entry.lengths.len() < LENGTHS {
            entry.lengths.push(length);
        }
    }

    pub(crate) fn findings(&self) -> Vec<Finding> {
        self.0.values().cloned().collect()
    }
}

/// What came of screening a request.
#[derive(Debug, Default)]
pub struct Screening {
    /// The guardrail that blocks it.
    pub blocked: Option<usize>,
    /// What was found, up to what blocks.
    pub findings: Vec<Finding>,
    /// What was not read.
    pub unread: Unread,
    /// The body, where something was redacted or masked.
    pub edited: Option<String>,
    /// What was masked.
    pub vault: Vault,
    /// The guardrails could not do their work.
    pub failed: bool,
}

impl Screening {
    fn failure() -> Self {
        Self { failed: true, ..Self::default() }
    }

    /// Of a form, in which nothing is put in the place of what was found: it is blocked instead.
    fn without_edits(mut self) -> Self {
        if self.edited.take().is_some() && self.blocked.is_none() {
            self.blocked = self.findings.first().map(|finding| finding.guardrail);
        }
        self
    }
}

impl Request {
    /// Shows every text to some of the guardrails. A mistake of theirs is a verdict, never a panic.
    pub fn screen(&self, policy: &Policy, set: Set) -> Screening {
        let work = || {
            let screening = screen(&self.readable(), policy, set);
            if self.boundary().is_some() { screening.without_edits() } else { screening }
        };
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Screening::failure())
    }

    /// Every text, one after the other, with `between` between them. The arguments of tools are the JSON they are.
    pub fn texts(&self, between: &str) -> String {
        let (mut all, mut first) = (String::new(), true);
        texts::walk(&self.readable(), |text, _| {
            all.push_str(if std::mem::take(&mut first) { "" } else { between });
            all.push_str(&View::of(text.raw.as_bytes(), Kind::Text).text);
            Some(())
        });
        all
    }

    /// The body with other texts, given as [`Request::texts`] gives them. `None`: they are not as many.
    pub fn with_texts(&self, all: &str, between: &str) -> Option<String> {
        let (mut given, mut splices, mut is_short) = (all.split(between), Vec::new(), false);
        let body = self.readable();
        texts::walk(&body, |text, _| {
            let Some(new) = given.next() else {
                is_short = true;
                return None;
            };
            if View::of(text.raw.as_bytes(), Kind::Text).text != new {
                let mut written = Vec::new();
                escapes::write(&mut written, new, Kind::Text, true);
                splices.push((Span { start: text.start, end: text.start + text.raw.len() }, written));
            }
            Some(())
        });
        (!is_short && given.next().is_none()).then(|| splice(&body, &splices)).filter(|_| self.boundary().is_none())
    }
}

/// Screens a bare text, up to its end whatever is found; each finding has its bytes as its place.
pub fn screen_text(text: &str, policy: &Policy, set: Set) -> Screening {
    let work = || {
        let (mut hits, mut findings, mut vault) = (Vec::new(), Vec::new(), Vault::default());
        policy.scan(text, set, &mut hits);
        for hit in &hits {
            let mut tally = Tally::default();
            tally.add(policy, hit, || format!("{}..{}", hit.start(), hit.end()));
            findings.extend(tally.findings());
        }
        let (mut splices, mut blocked) = (Vec::new(), None);
        for cover in policy.covers(&hits) {
            let written = match cover.action {
                Action::Block => {
                    blocked = blocked.or(Some(cover.guardrail));
                    continue;
                }
                Action::Mask => {
                    let entity = policy.entity(cover.guardrail, cover.label);
                    vault.mask(entity, &text[cover.span.clone()], |_| false).to_owned()
                }
                _ => policy.placeholder(&cover),
            };
            splices.push((Span { start: cover.span.start, end: cover.span.end }, written.into_bytes()));
        }
        let edited = (!splices.is_empty()).then(|| splice(text, &splices));
        Screening { blocked, findings, edited, ..Screening::default() }
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Screening::failure())
}

/// The work of [`Request::screen`], on any body that is valid JSON.
fn screen(body: &str, policy: &Policy, set: Set) -> Screening {
    let mut screener = Screener {
        policy,
        set,
        tally: Tally::default(),
        blocked: None,
        splices: Vec::new(),
        masked: Vec::new(),
        hits: Vec::new(),
    };
    let unread = texts::walk(body, |text, path| screener.text(text, || path.to_string()));
    let Screener { tally, blocked, mut splices, masked, .. } = screener;
    let mut vault = Vault::default();
    if blocked.is_none() && !masked.is_empty() {
        mask(body, masked, &mut vault, &mut splices);
        splices.sort_unstable_by_key(|(span, _)| *span);
    }
    Screening {
        blocked,
        findings: tally.findings(),
        unread,
        edited: (blocked.is_none() && !splices.is_empty()).then(|| splice(body, &splices)),
        vault,
        failed: false,
    }
}

struct Screener<'p> {
    policy: &'p Policy,
    set: Set,
    tally: Tally,
    blocked: Option<usize>,
    splices: Vec<(Span, Vec<u8>)>,
    masked: Vec<Masked>,
    hits: Vec<Hit>,
}

/// A part of a text that gets a placeholder once it is known which are free.
struct Masked {
    entity: String,
    value: String,
    place: Span,
    kind: Kind,
    inside: bool,
}

impl Screener<'_> {
    fn text(&mut self, text: &Text<'_>, place: impl Fn() -> String) -> Option<()> {
        self.hits.clear();
        let is_plain = memchr::memchr(b'\\', text.raw.as_bytes()).is_none();
        if is_plain {
            self.policy.scan(text.raw, self.set, &mut self.hits);
            if self.hits.is_empty() {
                return Some(());
            }
        }
        let view = View::of(text.raw.as_bytes(), text.kind);
        if !is_plain {
            self.policy.scan(&view.text, self.set, &mut self.hits);
        }
        for hit in &self.hits {
            self.tally.add(self.policy, hit, &place);
        }
        for cover in self.policy.covers(&self.hits) {
            self.cover(&cover, &view, text)?;
        }
        Some(())
    }

    /// `None`: the request is blocked.
    fn cover(&mut self, cover: &Cover, view: &View, text: &Text<'_>) -> Option<()> {
        if cover.action == Action::Block {
            self.blocked = Some(cover.guardrail);
            return None;
        }
        view.parts(cover.span.clone(), text.kind, |part, inside| {
            let value = view.text[part.clone()].to_owned();
            let place =
                Span { start: text.start + view.written_at(part.start), end: text.start + view.written_at(part.end) };
            if cover.action == Action::Mask {
                let entity = self.policy.entity(cover.guardrail, cover.label).to_owned();
                self.masked.push(Masked { entity, value, place, kind: text.kind, inside });
            } else {
                let mut written = Vec::new();
                escapes::write(&mut written, &self.policy.placeholder(cover), text.kind, inside);
                self.splices.push((place, written));
            }
        });
        Some(())
    }
}

fn mask(body: &str, masked: Vec<Masked>, vault: &mut Vault, splices: &mut Vec<(Span, Vec<u8>)>) {
    let mut taken = BTreeSet::new();
    texts::walk(body, |text, _| {
        let view = View::of(text.raw.as_bytes(), text.kind);
        vault::lookalikes(&view.text, |name| {
            taken.insert(name.to_owned());
        });
        Some(())
    });
    for Masked { entity, value, place, kind, inside } in masked {
        let mut written = Vec::new();
        escapes::write(&mut written, vault.mask(&entity, &value, |name| taken.contains(name)), kind, inside);
        splices.push((place, written));
    }
}

/// `splices` are in order and do not overlap.
fn splice(body: &str, splices: &[(Span, Vec<u8>)]) -> String {
    let mut out = Vec::with_capacity(body.len());
    let mut done = 0;
    for (span, written) in splices {
        out.extend_from_slice(body.as_bytes().get(done..span.start).unwrap_or_default());
        out.extend_from_slice(written);
        done = span.end;
    }
    out.extend_from_slice(body.as_bytes().get(done..).unwrap_or_default());
    String::from_utf8(out).unwrap_or_default()
}
