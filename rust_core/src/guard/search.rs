//! Trying rules where they were given away, and only as far as it is certain what comes of it.
//!
//! What a rule finds depends on the view alone, not on how it was cut: from the first place on, the first start is taken at
//! which there is a match (within [`WINDOW`](super::pattern::WINDOW)), with one of the rule's keywords in it or shortly
//! before it, that stands up to the check; then it goes on behind that match.

use std::ops::Range;

use regex_automata::nfa::thompson::NFA;

use super::rule::Candidate;
use super::ruleset::{Ready, Ruleset};
use super::shape::{Closure, step};

/// How many matches within one that did not stand up to the check are tried before going on behind it.
const RETRIES: u32 = 32;

/// Rules with longer matches are searched for at once in places that lie as close together.
const SHORT: usize = 256;

/// What is known about a text, and where rules have still to be tried.
#[derive(Debug, Default)]
pub(super) struct Search {
    windows: Vec<Window>,
    resumes: Vec<Resume>,
    running: Vec<Running>,
}

/// Where matches of a rule may start.
#[derive(Clone, Copy, Debug)]
struct Window {
    rule: u32,
    first: usize,
    last: usize,
}

/// Where a rule goes on.
#[derive(Clone, Copy, Debug)]
struct Resume {
    rule: u32,
    at: usize,
    /// Until where a failed match reaches, and how many within it may still be tried.
    retry_end: usize,
    retries: u32,
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
        for byte in &view.as_bytes()[self.at..] {
            self.next.clear();
            for id in &self.states.consuming {
                if let Some(target) = step(nfa.state(*id), *byte) {
                    self.next.add(nfa, target);
                }
                if self.next.is_decided() {
                    break;
                }
            }
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

/// A value in the view.
pub(super) type Found = (u32, Range<usize>);

impl Search {
    /// A rule was given away: it may have a match that starts here.
    pub(super) fn add(&mut self, rule: u32, first: usize, last: usize) {
        if first > last {
            return;
        }
        let adjacent = |window: &&mut Window| {
            window.rule == rule && first <= window.last.saturating_add(1) && window.first <= last.saturating_add(1)
        };
        match self.windows.iter_mut().rev().take(8).find(adjacent) {
            Some(window) => {
                window.first = window.first.min(first);
                window.last = window.last.max(last);
            }
            None => self.windows.push(Window { rule, first, last }),
        }
    }

    /// Whether nothing is left to try and nothing is running.
    pub(super) fn is_idle(&self) -> bool {
        self.windows.is_empty() && self.running.is_empty()
    }

    /// Matches that go on.
    pub(super) fn running(&self) -> &[Running] {
        &self.running
    }

    /// The first place from which the view up to its end could become part of a match of a rule that was given away.
    pub(super) fn open(&mut self, rules: &Ruleset, view: &str) -> usize {
        self.sort();
        let end = view.len();
        let mut open = end;
        for window in &self.windows {
            if window.first >= open || self.is_running(window.rule) {
                continue;
            }
            let resume = self.resumes.iter().find(|resume| resume.rule == window.rule).map_or(0, |resume| resume.at);
            let Some(ready) = rules.get(window.rule) else { continue };
            let first = ready.pattern.first_open(view.as_bytes(), window.first.max(resume));
            if first <= window.last {
                open = open.min(first);
            }
        }
        open
    }

    /// Tries what starts before `limit`, up to which it is certain what matches, and forgets what was in front of it.
    pub(super) fn settle(&mut self, rules: &Ruleset, view: &str, limit: usize, found: &mut Vec<Found>) {
        self.run_on(rules, view, found);
        self.sort();
        let mut windows = std::mem::take(&mut self.windows);
        for same in windows.chunk_by(|one, other| one.rule == other.rule) {
            let Some((first, ready)) = same.first().and_then(|first| Some((first, rules.get(first.rule)?))) else {
                continue;
            };
            let mut resume = self.take_resume(first.rule);
            let gap = if ready.pattern.longest > SHORT { ready.pattern.longest } else { 1 };
            for window in merged(same, gap) {
                self.search(ready, view, window, limit, &mut resume, found);
            }
            self.resumes.push(resume);
        }
        windows.retain_mut(|window| {
            window.first = window.first.max(limit);
            window.first <= window.last
        });
        self.windows = windows;
        self.resumes.retain(|resume| resume.at > limit || resume.retry_end > limit);
    }

    /// Lets the matches that go on go on.
    fn run_on(&mut self, rules: &Ruleset, view: &str, found: &mut Vec<Found>) {
        for mut running in std::mem::take(&mut self.running) {
            let Some(nfa) = rules.get(running.rule).and_then(Ready::beyond) else { continue };
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
        self.settle(rules, view, usize::MAX, found);
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
    }

    fn sort(&mut self) {
        self.windows.sort_unstable_by_key(|window| (window.rule, window.first));
    }

    fn take_resume(&mut self, rule: u32) -> Resume {
        match self.resumes.iter().position(|resume| resume.rule == rule) {
            Some(index) => self.resumes.swap_remove(index),
            None => Resume { rule, at: 0, retry_end: 0, retries: 0 },
        }
    }

    /// Finds what starts in a window and before the limit.
    fn search(
        &mut self,
        ready: &Ready,
        view: &str,
        window: Window,
        limit: usize,
        resume: &mut Resume,
        found: &mut Vec<Found>,
    ) {
        let end = window.last.saturating_add(1).min(limit).min(view.len());
        let mut at = window.first;
        while at.max(resume.at) < end && !self.is_running(window.rule) {
            let Some(matched) = ready.pattern.first(view.as_bytes(), at.max(resume.at)..end) else { break };
            let value = outward(view, ready.pattern.value(view.as_bytes(), &matched));
            let whole = outward(view, matched.clone());
            if !ready.has_keyword(view.as_bytes(), &matched) {
                at = matched.start + 1;
            } else if !(ready.check)(&Candidate::new(view, whole.clone(), value.clone())) {
                resume.fail(&matched);
            } else {
                resume.at = whole.end;
                let Some((nfa, at)) = ready.goes_on(&matched) else {
                    found.push((window.rule, value));
                    continue;
                };
                let mut running = Running::new(window.rule, value.start, at, nfa);
                match running.advance(nfa, view) {
                    None => self.running.push(running),
                    Some(end) => {
                        resume.at = resume.at.max(end);
                        found.push((window.rule, value.start..end.max(value.end)));
                    }
                }
            }
        }
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
            self.retries = RETRIES;
        }
        self.at = if self.retries == 0 { self.retry_end } else { matched.start + 1 };
        self.retries = self.retries.saturating_sub(1);
    }
}

/// Windows of one rule in order, those together that are less than `gap` apart.
fn merged(windows: &[Window], gap: usize) -> impl Iterator<Item = Window> {
    let mut rest = windows.iter().copied().peekable();
    std::iter::from_fn(move || {
        let mut window = rest.next()?;
        while let Some(next) = rest.next_if(|next| next.first <= window.last.saturating_add(gap)) {
            window.last = window.last.max(next.last);
        }
        Some(window)
    })
}

/// The span with all of the characters that it has a part of.
fn outward(view: &str, span: Range<usize>) -> Range<usize> {
    floor(view, span.start)..ceil(view, span.end)
}

pub(super) fn floor(view: &str, at: usize) -> usize {
    (0..=at.min(view.len())).rev().find(|at| view.is_char_boundary(*at)).unwrap_or(0)
}

fn ceil(view: &str, at: usize) -> usize {
    (at..=view.len()).find(|at| view.is_char_boundary(*at)).unwrap_or(view.len())
}
