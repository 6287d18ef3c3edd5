//! Trying rules where they were given away, and only as far as it is certain what comes of it.
//!
//! What a rule finds depends on the view alone, not on how it was cut: from the first place on, the first start is taken at
//! which there is a match (within [`WINDOW`](super::pattern::WINDOW)), with one of the rule's keywords in it or shortly
//! before it, that stands up to the check; then it goes on behind that match. A rule without keywords does not start within a
//! word.

use std::ops::Range;

use regex_automata::nfa::thompson::NFA;

use super::automata::work;
use super::pattern::{Nearby, Outcome};
use super::rule::Candidate;
use super::ruleset::{Ready, Ruleset};
use super::shape::{Closure, step};
use super::trigger::Open;
use super::view::floor;

/// How many matches within one that did not stand up to the check are tried before going on behind it, and how many bytes
/// of them, that one included.
const RETRIES: u32 = 32;
const RETRY_BYTES: usize = 4096;

/// How often, on average, a place may be read by trying one start after the other.
const READINGS: usize = 32;

/// Places that lie so close together are one window.
const NEAR: usize = 8;

/// What each state of a match that goes on takes for each byte, in bytes read.
const RUNNING_COST: usize = 4;

/// For how many rules it is remembered which was their last window.
const RECENT: usize = 32;

/// What is known about a text, and where rules have still to be tried.
#[derive(Debug, Default)]
pub(super) struct Search {
    windows: Vec<Window>,
    resumes: Vec<Resume>,
    running: Vec<Running>,
    /// What starts before here is known for every rule.
    decided: usize,
    /// The last window of the rules with these last digits, perhaps.
    recent: [u16; RECENT],
}

/// Where matches of a rule may start.
#[derive(Clone, Copy, Debug)]
struct Window {
    rule: u32,
    first: usize,
    last: usize,
    /// What was seen of it last: of its only start, or whether the view could end within a match, and from where on.
    outcome: Outcome,
    open: usize,
}

/// How far a view is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Certain {
    /// No match starts before here that has not been found.
    pub(super) decided: usize,
    /// Nothing before here is covered but by what has been found.
    pub(super) clean: usize,
}

/// Where a rule goes on.
#[derive(Clone, Copy, Debug)]
struct Resume {
    rule: u32,
    at: usize,
    /// Until where a failed match reaches, and how many within it may still be tried.
    retry_end: usize,
    retries: u32,
    retry_bytes: usize,
}

/// A match that was longer than its window, or a block, and is covered until it ends.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) rule: u32,
    pub(super) start: usize,
    at: usize,
    states: Closure,
    next: Closure,
}

impl Running {
    pub(super) fn new(rule: u32, start: usize, at: usize, nfa: &NFA) -> Self {
        let mut states = Closure::new(nfa);
        states.add(nfa, nfa.start_anchored());
        Self { rule, start, at, states, next: Closure::new(nfa) }
    }

    /// Goes on to the end of the view. Returns where it ended, if it did.
    fn advance(&mut self, nfa: &NFA, view: &str) -> Option<usize> {
        for byte in view.as_bytes().get(self.at..).unwrap_or_default() {
            self.next.clear();
            for id in &self.states.consuming {
                if let Some(target) = step(nfa, *id, *byte) {
                    self.next.add(nfa, target);
                }
                if self.next.is_decided() {
                    break;
                }
            }
            work::add(RUNNING_COST * self.states.consuming.len());
            std::mem::swap(&mut self.states, &mut self.next);
            self.at += 1;
            if self.states.consuming.is_empty() {
                let end = if self.states.matched { self.at } else { floor(view, self.at - 1) };
                return Some(ceil(view, end));
            }
        }
        None
    }
}

/// What is to be tried.
struct Task<'a> {
    ready: &'a Ready,
    view: &'a str,
    /// Where it is not certain any more what matches start.
    limit: usize,
}

/// A value in the view.
pub(super) type Found = (u32, Range<usize>);

impl Search {
    /// A rule was given away: it may have a match that starts here.
    pub(super) fn add(&mut self, rule: u32, first: usize, last: usize) {
        if first > last {
            return;
        }
        let recent = &mut self.recent[rule as usize % RECENT];
        let near = |window: &&mut Window| {
            window.rule == rule
                && first <= window.last.saturating_add(NEAR)
                && window.first <= last.saturating_add(NEAR)
        };
        if let Some(window) = self.windows.get_mut(usize::from(*recent)).filter(near) {
            window.first = window.first.min(first);
            window.last = window.last.max(last);
        } else {
            *recent = self.windows.len() as u16;
            self.windows.push(Window { rule, first, last, outcome: Outcome::Open, open: first });
        }
    }

    /// Whether nothing is left to try and nothing is running.
    pub(super) fn is_idle(&self) -> bool {
        self.windows.is_empty() && self.running.is_empty()
    }

    /// Nothing that starts before this place was given away, or it has been found.
    pub(super) fn decide(&mut self, decided: usize) {
        self.decided = self.decided.max(decided);
    }

    /// Matches that go on.
    pub(super) fn running(&self) -> &[Running] {
        &self.running
    }

    /// Tries what was given away as far as it is certain what comes of it. `open` is what is yet to be given away; without it
    /// the view is whole.
    pub(super) fn advance(
        &mut self,
        rules: &Ruleset,
        view: &str,
        open: Option<Open>,
        found: &mut Vec<Found>,
    ) -> Certain {
        self.run_on(rules, view, found);
        self.windows.sort_unstable_by_key(|window| (window.rule, window.first));
        let mut windows = std::mem::take(&mut self.windows);
        let behind = |bytes: usize| view.len().saturating_sub(bytes);
        let mut certain = Certain { decided: behind(open.map_or(0, |open| open.matched)), clean: view.len() };
        for same in windows.chunk_by_mut(|one, other| one.rule == other.rule) {
            let rule = same[0].rule;
            let Some(ready) = rules.get(rule) else { continue };
            let mut resume = self.take_resume(rule);
            resume.at = resume.at.max(self.decided);
            let bound = open.map(|open| behind(ready.lead.map_or(open.value, |lead| lead.min(open.matched))));
            let limit = match bound {
                None => usize::MAX,
                Some(_) if self.is_running(rule) => view.len(),
                Some(bound) => {
                    let limits = same.iter_mut().map(|window| window.limit(ready, view.as_bytes(), resume.at));
                    limits.fold(bound, usize::min)
                }
            };
            self.search_all(&Task { ready, view, limit }, same, &mut resume, found);
            resume.at = resume.at.max(if self.is_running(rule) { view.len() } else { limit });
            for window in same {
                window.first = window.first.max(resume.at);
                if window.first <= window.last {
                    certain.decided = certain.decided.min(window.first);
                    certain.clean = certain.clean.min(window.clean(ready, view.as_bytes()));
                }
            }
            self.resumes.push(resume);
        }
        windows.retain(|window| window.first <= window.last);
        self.windows = windows;
        self.decided = self.decided.max(certain.decided);
        self.resumes.retain(|resume| resume.at.max(resume.retry_end) > self.decided);
        certain
    }

    /// Lets the matches that go on go on.
    fn run_on(&mut self, rules: &Ruleset, view: &str, found: &mut Vec<Found>) {
        for mut running in std::mem::take(&mut self.running) {
            let Some(nfa) = rules.get(running.rule).map(Ready::beyond) else { continue };
            match running.advance(nfa, view) {
                None => self.running.push(running),
                Some(end) => {
                    let mut resume = self.take_resume(running.rule);
                    resume.at = resume.at.max(end);
                    self.resumes.push(resume);
                    found.push((running.rule, running.start..end));
                }
            }
        }
    }

    /// The view is over: what runs ends with it.
    pub(super) fn finish(&mut self, rules: &Ruleset, view: &str, found: &mut Vec<Found>) {
        self.advance(rules, view, None, found);
        found.extend(self.running.drain(..).map(|running| (running.rule, running.start..view.len())));
    }

    /// The first `cut` bytes of the view are gone.
    pub(super) fn rebase(&mut self, cut: usize) {
        for window in &mut self.windows {
            window.first = window.first.saturating_sub(cut);
            window.last = window.last.saturating_sub(cut);
        }
        for resume in &mut self.resumes {
            resume.at = resume.at.saturating_sub(cut);
            resume.retry_end = resume.retry_end.saturating_sub(cut);
        }
        for running in &mut self.running {
            running.start = running.start.saturating_sub(cut);
            running.at = running.at.saturating_sub(cut);
        }
        self.decided = self.decided.saturating_sub(cut);
    }

    fn take_resume(&mut self, rule: u32) -> Resume {
        match self.resumes.iter().position(|resume| resume.rule == rule) {
            Some(index) => self.resumes.swap_remove(index),
            None => Resume { rule, at: 0, retry_end: 0, retries: 0, retry_bytes: 0 },
        }
    }

    /// Finds what starts in any of the windows.
    fn search_all(&mut self, task: &Task<'_>, windows: &[Window], resume: &mut Resume, found: &mut Vec<Found>) {
        let longest = task.ready.pattern.longest;
        let mut merged = merged(windows).peekable();
        let (mut effort, mut reached) = (Some(longest), 0);
        while let Some(mut window) = merged.next() {
            let gone = window.first.saturating_sub(reached);
            effort = effort.map(|effort| effort.saturating_add(READINGS.saturating_mul(gone)).min(READINGS * longest));
            reached = window.first;
            let Some(at) = self.search(task, window, &mut effort, resume, found) else { continue };
            // What follows closely is tried with it, or it would be read again and again.
            window.first = at;
            while let Some(next) = merged.next_if(|next| next.first <= window.last.saturating_add(longest)) {
                window.last = window.last.max(next.last);
            }
            self.search(task, window, &mut None, resume, found);
            (effort, reached) = (Some(longest), window.last);
        }
    }

    /// Finds what starts in a window and before the limit. Returns from where on it is better to try all places at once.
    fn search(
        &mut self,
        task: &Task<'_>,
        window: Window,
        effort: &mut Option<usize>,
        resume: &mut Resume,
        found: &mut Vec<Found>,
    ) -> Option<usize> {
        let Task { ready, view, limit } = *task;
        let bytes = view.as_bytes();
        let end = window.last.saturating_add(1).min(limit).min(bytes.len());
        let mut at = window.first;
        while at.max(resume.at) < end && !self.is_running(window.rule) {
            let starts = at.max(resume.at)..end;
            let nearby = match effort {
                Some(effort) => ready.pattern.first_nearby(bytes, starts, effort),
                None => ready.pattern.first_anywhere(bytes, starts).map_or(Nearby::Nothing, Nearby::Found),
            };
            let matched = match nearby {
                Nearby::Found(matched) => matched,
                Nearby::Nothing => break,
                Nearby::Tired(at) => return Some(at),
            };
            at = matched.start + 1;
            if !ready.has_keyword(bytes, &matched) {
                continue;
            }
            let value = outward(view, ready.pattern.value(bytes, &matched));
            let whole = outward(view, matched.clone());
            if !(ready.check)(&Candidate::new(view, whole.clone(), value.clone())) {
                resume.fail(&matched);
                continue;
            }
            resume.at = whole.end;
            let Some((nfa, from)) = ready.goes_on(&matched) else {
                found.push((window.rule, value));
                continue;
            };
            let mut running = Running::new(window.rule, value.start, from, nfa);
            match running.advance(nfa, view) {
                None => self.running.push(running),
                Some(end) => {
                    resume.at = resume.at.max(end);
                    found.push((window.rule, value.start..end.max(value.end)));
                }
            }
        }
        None
    }

    fn is_running(&self, rule: u32) -> bool {
        self.running.iter().any(|running| running.rule == rule)
    }
}

impl Resume {
    /// A match did not stand up to the check.
    fn fail(&mut self, matched: &Range<usize>) {
        if matched.start >= self.retry_end {
            self.retry_end = matched.end;
            (self.retries, self.retry_bytes) = (RETRIES, RETRY_BYTES);
        }
        self.retry_bytes = self.retry_bytes.saturating_sub(matched.len());
        let is_over = self.retries == 0 || self.retry_bytes == 0;
        self.at = if is_over { self.retry_end } else { matched.start + 1 };
        self.retries = self.retries.saturating_sub(1);
    }
}

impl Window {
    /// Up to where it is certain which matches start here.
    fn limit(&mut self, ready: &Ready, bytes: &[u8], from: usize) -> usize {
        self.first = self.first.max(from);
        if self.first > self.last || self.first >= bytes.len() {
            return usize::MAX;
        }
        if !ready.pattern.depends_on_more(bytes, self.last) {
            self.outcome = Outcome::Decided;
            return usize::MAX;
        }
        if self.first == self.last {
            self.outcome = ready.pattern.outcome(bytes, self.first);
            return if matches!(self.outcome, Outcome::Nothing | Outcome::Decided) { usize::MAX } else { self.first };
        }
        self.open = ready.pattern.first_open(bytes, self.first);
        self.outcome = if self.open > self.last { Outcome::Decided } else { Outcome::Open };
        if self.open > self.last { usize::MAX } else { self.open }
    }

    /// Up to where nothing is covered by a match that starts here.
    fn clean(&self, ready: &Ready, bytes: &[u8]) -> usize {
        let starts = self.first..self.last.saturating_add(1).min(bytes.len());
        match self.outcome {
            _ if starts.is_empty() => bytes.len(),
            Outcome::Nothing => bytes.len(),
            Outcome::Begun => ready.pattern.first_open_value(bytes, self.first),
            Outcome::Decided | Outcome::Open if starts.len() == 1 => self.first,
            Outcome::Decided | Outcome::Open => match ready.pattern.first(bytes, starts) {
                Some(matched) => matched.start,
                None if self.outcome == Outcome::Decided => bytes.len(),
                None => ready.pattern.first_open_value(bytes, self.open.max(self.first)),
            },
        }
    }
}

/// Windows of one rule in order, those together that are close.
fn merged(windows: &[Window]) -> impl Iterator<Item = Window> {
    let mut rest = windows.iter().copied().filter(|window| window.first <= window.last).peekable();
    std::iter::from_fn(move || {
        let mut window = rest.next()?;
        while let Some(next) = rest.next_if(|next| next.first <= window.last.saturating_add(NEAR)) {
            window.last = window.last.max(next.last);
        }
        Some(window)
    })
}

/// The span with all of the characters that it has a part of.
fn outward(view: &str, span: Range<usize>) -> Range<usize> {
    floor(view, span.start)..ceil(view, span.end)
}

fn ceil(view: &str, at: usize) -> usize {
    (at..=view.len()).find(|at| view.is_char_boundary(*at)).unwrap_or(view.len())
}
