//! How much a model has said, and how much more it may: what is billed when the upstream does not say, and what a
//! stream may deliver before somebody has to pay for more.
//!
//! The figure is the tokens of each choice's whole text, summed. A choice's text is counted where pieces of it can be
//! counted apart, so that it need not be kept; where a KiB has no such place it is cut anywhere, and the figure
//! may be off by two tokens for each such cut. It depends on the events alone, not on when it is asked for.

use super::chunk::Said;
use crate::tokens::{self, Encoding};

/// Text of a choice that waits to be counted.
const HELD: usize = 1 << 10;
/// Of one choice in one event so much is counted; the rest is taken to be of the same kind. No event may stop the loop.
const EXACT: usize = 128 << 10;
/// Choices that are told apart. `OpenAI` has no more; any beyond are counted with the last.
const CHOICES: usize = 128;

/// The text of an answer as it grows. Memory: 1 KiB for each choice.
#[derive(Debug)]
pub(super) struct Delivered {
    encoding: Encoding,
    choices: Vec<Choice>,
    bytes: u64,
    /// Tokens of all text but the choices' tails.
    counted: u64,
    /// Bytes of the tails, each of them a token at most.
    pending: u64,
    /// No more tokens than this.
    allowance: u64,
    /// More than this, and the allowance is running low.
    low_mark: u64,
    low: bool,
}

/// One choice of an answer.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) index: u64,
    /// Whether it had a `finish_reason`.
    pub(super) finished: bool,
    /// Whether it is of a legacy completion.
    pub(super) legacy: bool,
    /// The end of its text, not counted yet.
    tail: String,
    /// The tail's tokens, if known.
    tokens: Option<u64>,
}

impl Delivered {
    pub(super) fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            choices: Vec::new(),
            bytes: 0,
            counted: 0,
            pending: 0,
            allowance: u64::MAX,
            low_mark: u64::MAX,
            low: false,
        }
    }

    /// The bytes of text so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The tokens of the text so far.
    pub(super) fn tokens(&self) -> u64 {
        let tails = self.choices.iter().map(|choice| choice.tokens.unwrap_or_else(|| self.count(&choice.tail)));
        self.counted + tails.sum::<u64>()
    }

    pub(super) fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// The bytes that wait to be counted.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> u64 {
        self.pending
    }

    /// Whether less than a quarter is left of what the last [`Delivered::allow`] added.
    pub(super) fn is_low(&self) -> bool {
        self.low
    }

    /// From now on the text may be so many tokens in all; `None`: any number.
    pub(super) fn allow(&mut self, tokens: Option<u64>) {
        self.low = false;
        self.allowance = tokens.unwrap_or(u64::MAX);
        let step = self.allowance.saturating_sub(self.tokens());
        self.low_mark = if tokens.is_some() { self.allowance - step / 4 } else { u64::MAX };
    }

    /// Adds what an event says, if the allowance has room for all of it.
    pub(super) fn take(&mut self, said: &Said) -> bool {
        let mark = if self.low { self.allowance } else { self.low_mark.min(self.allowance) };
        let most = self.counted + self.pending + said.text().len() as u64;
        if most > mark && !said.text().is_empty() {
            return self.take_counting(said);
        }
        self.append(said);
        self.fold();
        true
    }

    /// The same, where only the exact figure tells.
    fn take_counting(&mut self, said: &Said) -> bool {
        self.settle();
        let before = (self.bytes, self.counted, self.pending, self.choices.clone());
        self.append(said);
        self.fold(); // First, as cutting a text anywhere may make it a token more.
        let tokens = self.tokens_noted();
        if tokens > self.allowance {
            (self.bytes, self.counted, self.pending, self.choices) = before;
            return false;
        }
        self.low |= tokens > self.low_mark;
        true
    }

    /// Opens the choices of an event, whatever they say.
    pub(super) fn open(&mut self, said: &Said) {
        for (told, _) in said.choices() {
            let at = self.find(told.index);
            self.choices[at].legacy |= told.legacy;
        }
    }

    fn append(&mut self, said: &Said) {
        self.open(said);
        for (told, text) in said.choices() {
            let at = self.find(told.index);
            let choice = &mut self.choices[at];
            choice.finished |= told.finished;
            if text.is_empty() {
                continue;
            }
            let (exact, rest) = text.split_at(floor(text, EXACT));
            choice.tail.push_str(exact);
            choice.tokens = None;
            self.bytes += text.len() as u64;
            self.pending += exact.len() as u64;
            if !rest.is_empty() {
                self.counted += (rest.len() as u64 * self.count(exact)).div_ceil(exact.len() as u64);
            }
        }
    }

    /// The place of a choice, which is opened if it is new.
    fn find(&mut self, index: u64) -> usize {
        if let Some(at) = self.choices.iter().position(|choice| choice.index == index) {
            return at;
        }
        if self.choices.len() < CHOICES {
            self.choices.push(Choice { index, finished: false, legacy: false, tail: String::new(), tokens: None });
        }
        self.choices.len() - 1
    }

    /// Counts what is too long to be kept.
    fn fold(&mut self) {
        if self.pending <= HELD as u64 {
            return;
        }
        for at in 0..self.choices.len() {
            let mut start = 0;
            while self.choices[at].tail.len() - start > HELD {
                let rest = &self.choices[at].tail[start..];
                let end = tokens::seam(rest, HELD).unwrap_or_else(|| floor(rest, HELD));
                self.counted += self.count(&rest[..end]);
                start += end;
            }
            self.drop_front(at, start);
        }
    }

    /// Counts as much of each tail as can be counted apart from what is to come.
    fn settle(&mut self) {
        for at in 0..self.choices.len() {
            let Choice { tail, tokens, .. } = &self.choices[at];
            if tokens.is_some() {
                continue; // Nothing came since.
            }
            if let Some(end) = tokens::seam(tail, tail.len()) {
                self.counted += self.count(&tail[..end]);
                self.drop_front(at, end);
            }
        }
    }

    fn drop_front(&mut self, at: usize, length: usize) {
        if length > 0 {
            let choice = &mut self.choices[at];
            choice.tail.drain(..length);
            choice.tail.shrink_to(HELD);
            choice.tokens = None;
            self.pending -= length as u64;
        }
    }

    /// The tokens so far; what is counted for it is noted, so that the choices that say nothing are not counted again.
    fn tokens_noted(&mut self) -> u64 {
        for at in 0..self.choices.len() {
            if self.choices[at].tokens.is_none() {
                self.choices[at].tokens = Some(self.count(&self.choices[at].tail));
            }
        }
        self.tokens()
    }

    fn count(&self, text: &str) -> u64 {
        tokens::count(self.encoding, text) as u64
    }
}

/// The last character boundary not beyond `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}
