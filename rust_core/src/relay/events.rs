//! What happens to the events of a stream on their way to the client.
//!
//! Every event passes byte for byte, but for these rules:
//! 1. an event without `data` loses its `event`, `id` and `retry` lines, and goes altogether if nothing else is in it:
//!    the `OpenAI` clients take such an event for a broken one;
//! 2. an event with `data` loses its `id` lines: once they have seen one, the `OpenAI` clients for Python take every
//!    comment for an event, and break on the next keep-alive. Nobody can resume a stream of ours by such an id;
//! 3. after `[DONE]` nothing passes;
//! 4. where the gateway asked for the usage and the client did not, the chunk that brings it is swallowed, and the
//!    `usage` member of every other chunk is cut out;
//! 5. where the client asked for it and the prices are known, a `cost` in USD is the last member of each `usage` object:
//!    what the answer is charged if it ends there, by the same rules ([`Asked::bill`]). One that the upstream put there
//!    goes;
//! 6. an event whose text exceeds the allowance is kept back, and all that follow it, until there is more; so is one that
//!    would tell a higher cost than there is money for;
//! 7. what guardrails redact, or hold back until they know, is edited in its strings; see [`super::guarded`]. A copy of
//!    the stream without those edits can be kept, for other readers of the same answer.

use std::{collections::VecDeque, ops::Range};

use super::{
    chunk::{self, Chunk, Said},
    guarded::Guarded,
    text::Delivered,
};
use crate::{
    bill::{self, Asked},
    price::{Prices, Usd},
    sse::{self, Kind, Piece, Splitter, TooLong},
    tokens::Encoding,
    usage::Usage,
};

/// How the events of a stream are passed on.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The client did not ask for the usage, and does not get it.
    pub strip_usage: bool,
    /// What the text is counted in.
    pub encoding: Encoding,
    /// What the cost is made of, if the client is to be told.
    pub cost: Option<Cost>,
}

/// What the cost of a stream is made of.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// What decides whether the upstream's usage can be the bill.
    pub asked: Asked,
    /// What the tokens cost.
    pub prices: Prices,
}

#[derive(Debug)]
pub(super) struct Events {
    splitter: Splitter,
    pub(super) rules: Rules,
}

/// The rules, and what the events told on their way.
#[derive(Debug)]
pub(super) struct Rules {
    terms: Terms,
    pub(super) done: bool,
    pub(super) error: bool,
    /// Events with data that went to the client, `[DONE]` not among them.
    pub(super) passed: u64,
    pub(super) usage: Option<Usage>,
    pub(super) text: Delivered,
    pub(super) funds: Funds,
    /// What the event that is kept back would tell that the answer costs, if that is why.
    pub(super) owed: Option<u64>,
    /// Whether the last event went to the client: then the rest of its line ending does.
    last_passed: bool,
    /// What to change in the event at hand.
    edits: Vec<Edit>,
    /// What to take out of its data so that no `usage` is left. Kept for its memory, as is what it says.
    cuts: Vec<Range<usize>>,
    said: Said,
    /// The last chunk with choices, or what tells it apart if it is long.
    last: Vec<u8>,
    kept: Kept,
    pub(super) guard: Option<Box<Guarded>>,
    /// What goes before the event at hand.
    before: Vec<u8>,
    pub(super) copy: Option<Box<Copied>>,
}

/// What the answer may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Funds {
    /// So much, in units, is there for it.
    pub(super) units: u64,
    /// And no more will be: whatever it costs beyond that is not charged.
    pub(super) is_all: bool,
}

/// What the client would get if there were no guardrails, as long as that is not too much.
#[derive(Debug)]
pub(super) struct Copied {
    pub(super) bytes: Vec<u8>,
    pub(super) most: usize,
}

/// A place in an event, or in its data, and what it is to be replaced by.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) at: Range<usize>,
    pub(super) by: Vec<u8>,
    /// Guardrails want it.
    pub(super) is_screening: bool,
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Passes,
    IsDropped,
    IsKept,
}

impl Events {
    pub(super) fn new(max_event: usize, terms: Terms) -> Self {
        Self { splitter: Splitter::new(max_event), rules: Rules::new(terms) }
    }

    /// Takes what was decoded; what the client is to get is appended to `out`.
    pub(super) fn feed(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), TooLong> {
        let Self { splitter, rules } = self;
        splitter.feed(data, |piece| match piece {
            Piece::Event(event) => rules.event(event, out),
            Piece::LineFeed => rules.line_feed(out),
        })
    }

    /// The stream has ended well: a last event without its blank line passes like any other.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        let last = self.splitter.take_held();
        if !last.is_empty() {
            self.rules.event(&last, out);
        }
        self.rules.flush(out);
    }

    /// The stream has ended and nothing says whether well: it has if `[DONE]` came, if only without its blank line.
    pub(super) fn finish_unframed(&mut self, out: &mut Vec<u8>) -> bool {
        let last = self.splitter.take_held();
        if sse::lines(&last).any(|line| line.kind == Kind::Data && is_done(&last[line.value])) {
            self.rules.event(&last, out);
        }
        self.rules.done
    }
}

fn is_done(payload: &[u8]) -> bool {
    payload.starts_with(b"[DONE]")
}

impl Rules {
    /// A longer chunk is not remembered as it is.
    const LAST: usize = 1 << 10;

    fn new(terms: Terms) -> Self {
        Self {
            terms,
            done: false,
            error: false,
            passed: 0,
            usage: None,
            text: Delivered::new(terms.encoding),
            funds: Funds { units: u64::MAX, is_all: false },
            owed: None,
            last_passed: false,
            edits: Vec::new(),
            cuts: Vec::new(),
            said: Said::default(),
            last: Vec::new(),
            kept: Kept::default(),
            guard: None,
            before: Vec::new(),
            copy: None,
        }
    }

    /// Whether guardrails have stopped the stream.
    pub(super) fn is_stopped(&self) -> bool {
        self.guard.as_ref().is_some_and(|guard| guard.stop.is_some())
    }

    /// Whether there are choices that nothing says the end of.
    pub(super) fn is_unfinished(&self) -> bool {
        let is_told = self.done || self.error || self.is_stopped();
        !is_told && self.text.choices().iter().any(|choice| !choice.finished)
    }

    /// No more comes: what guardrails hold back is appended to `out`.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) {
        if let Some(guard) = &mut self.guard {
            guard.flush(&self.last, out);
        }
    }

    /// Whether events are kept back.
    pub(super) fn is_starved(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Passes on what was kept back, as far as the allowance now has room for it.
    pub(super) fn release(&mut self, out: &mut Vec<u8>) {
        let mut kept = std::mem::take(&mut self.kept);
        while let Some(event) = kept.first() {
            if !self.pass(event, out) {
                break;
            }
            kept.drop_first();
        }
        self.kept = kept;
    }

    fn event(&mut self, event: &[u8], out: &mut Vec<u8>) {
        if self.is_stopped() {
            self.kept = Kept::default();
        } else if self.is_starved() || !self.pass(event, out) {
            self.kept.push(event);
        }
    }

    /// The rest of the line ending of the event before.
    fn line_feed(&mut self, out: &mut Vec<u8>) {
        if self.is_starved() {
            self.kept.extend_last(b"\n");
        } else if self.last_passed {
            out.push(b'\n');
            self.copy_event(b"\n", &[]);
        }
    }

    /// Deals with an event, unless it is to be kept.
    fn pass(&mut self, event: &[u8], out: &mut Vec<u8>) -> bool {
        self.edits.clear();
        let fate = if self.done || self.is_stopped() { Fate::IsDropped } else { self.fate(event) };
        self.last_passed = fate == Fate::Passes;
        out.append(&mut self.before);
        if self.last_passed {
            write(event, self.edits.iter(), out);
            if self.copy.is_some() {
                let edits = std::mem::take(&mut self.edits);
                self.copy_event(event, &edits);
                self.edits = edits;
            }
        }
        self.edits.shrink_to(4);
        fate != Fate::IsKept
    }

    fn copy_event(&mut self, event: &[u8], edits: &[Edit]) {
        if let Some(copy) = &mut self.copy {
            write(event, edits.iter().filter(|edit| !edit.is_screening), &mut copy.bytes);
            self.copy.take_if(|copy| copy.bytes.len() > copy.most);
        }
    }

    /// What becomes of the event, and how it is to be edited if it passes.
    fn fate(&mut self, event: &[u8]) -> Fate {
        let (mut data, mut has_more_data, mut has_id) = (None, false, false);
        for line in sse::lines(event) {
            match line.kind {
                Kind::Data if data.is_none() => data = Some(line.value),
                Kind::Data => has_more_data = true,
                Kind::Id => has_id = true,
                _ => {}
            }
        }
        let Some(data) = data else { return self.without_data(event) };
        let fate = if has_more_data {
            self.joined_data(event)
        } else {
            let fate = self.data(&event[data.clone()]);
            for Edit { at, .. } in &mut self.edits {
                *at = data.start + at.start..data.start + at.end;
            }
            fate
        };
        if has_id {
            self.cut_lines(event, |kind| kind == Kind::Id);
            self.edits.sort_by_key(|edit| edit.at.start);
        }
        fate
    }

    fn cut_lines(&mut self, event: &[u8], unwanted: impl Fn(Kind) -> bool) {
        let lines = sse::lines(event).filter(|line| unwanted(line.kind));
        self.edits.extend(lines.map(|line| Edit::cut(line.whole)));
    }

    fn without_data(&mut self, event: &[u8]) -> Fate {
        self.cut_lines(event, |kind| matches!(kind, Kind::Id | Kind::Control));
        let left = sse::lines(event).any(|line| !matches!(line.kind, Kind::Id | Kind::Control | Kind::Blank));
        if left || self.edits.is_empty() { Fate::Passes } else { Fate::IsDropped }
    }

    /// An event with several `data` lines: its data is their values, joined by LF.
    fn joined_data(&mut self, event: &[u8]) -> Fate {
        let (mut joined, mut values) = (Vec::with_capacity(event.len()), Vec::new());
        for line in sse::lines(event).filter(|line| line.kind == Kind::Data) {
            if !values.is_empty() {
                joined.push(b'\n');
            }
            values.push((joined.len(), line.value.clone()));
            joined.extend_from_slice(&event[line.value]);
        }
        let fate = self.data(&joined);
        self.edits = place(std::mem::take(&mut self.edits), &values);
        fate
    }

    fn data(&mut self, data: &[u8]) -> Fate {
        if is_done(data) {
            self.flush_before();
            self.done = !self.is_stopped();
            return if self.done { Fate::Passes } else { Fate::IsDropped };
        }
        let Self { said, cuts, .. } = self;
        said.clear();
        cuts.clear();
        cuts.shrink_to(4);
        let chunk = Chunk::read(data, said, cuts).unwrap_or_else(|| {
            said.clear();
            cuts.clear();
            Chunk::default()
        });
        // What is owed for it is asked of an event whose text was taken before.
        if self.owed.take().is_none() && !self.text.take(&self.said) {
            if self.last.is_empty() {
                self.remember(data);
            }
            return Fate::IsKept;
        }
        let usage = chunk.usage.or(self.usage);
        let usage_at = chunk.usage_at.filter(|_| !self.terms.strip_usage);
        let told = usage_at.and_then(|at| Some((at, self.cost(usage)?.1)));
        if let Some((_, cost)) = told.as_ref().filter(|(_, cost)| *cost > self.funds.units && !self.funds.is_all) {
            self.owed = Some(*cost);
            return Fate::IsKept;
        }
        self.usage = usage;
        self.error |= chunk.is_error;
        if self.said.choices().next().is_some() {
            self.remember(data);
        }
        if self.terms.strip_usage {
            if chunk.is_usage_only {
                return Fate::IsDropped;
            }
            self.edits.extend(self.cuts.iter().cloned().map(Edit::cut));
        } else if let Some((at, cost)) = told {
            self.tell_cost(data, at, cost);
        }
        if self.guard.is_some() && !self.guard_passes(data, chunk.is_error) {
            return Fate::IsDropped;
        }
        self.passed += 1;
        Fate::Passes
    }

    /// Shows an event to the guardrails. False: it may not pass.
    fn guard_passes(&mut self, data: &[u8], is_error: bool) -> bool {
        if is_error {
            self.flush_before(); // clients stop reading there
        }
        if let Some(guard) = &mut self.guard {
            let own = self.edits.len();
            guard.event(data, &mut self.edits, &mut self.before);
            for edit in self.edits.iter_mut().skip(own) {
                edit.is_screening = true;
            }
            self.edits.sort_by_key(|edit| edit.at.start);
        }
        !self.is_stopped()
    }

    fn flush_before(&mut self) {
        let mut before = std::mem::take(&mut self.before);
        self.flush(&mut before);
        self.before = before;
    }

    /// What the answer is charged for, and how much, if it ends here and the upstream says this of it.
    fn cost(&self, usage: Option<Usage>) -> Option<(Usage, u64)> {
        let Cost { asked, prices } = self.terms.cost?;
        let delivered = bill::Delivered { text_bytes: self.text.bytes(), ..bill::Delivered::default() };
        let mut bill = asked.bill(usage, delivered, || self.text.tokens());
        let cost = bill.charge(&asked, &prices);
        Some((bill.usage, cost))
    }

    /// Makes the cost the last member of the `usage` object that is there.
    fn tell_cost(&mut self, data: &[u8], Range { start, end }: Range<usize>, cost: u64) {
        let before = chunk::without(&data[start..end], b"cost").unwrap_or_default();
        let (mut from, mut is_empty) = (start + 1, true);
        for cut in
            before.into_iter().map(|cut| start + cut.start..start + cut.end).chain(std::iter::once(end - 1..end - 1))
        {
            is_empty &= data[from..cut.start].trim_ascii().is_empty();
            from = cut.end;
            self.edits.push(Edit::cut(cut));
        }
        let comma = if is_empty { "" } else { "," };
        let told = format!("{comma}\"cost\":{}}}", Usd::from(cost.min(self.funds.units)));
        self.edits.push(Edit::new(end - 1..end, told.into()));
    }

    fn remember(&mut self, chunk: &[u8]) {
        self.last.clear();
        if chunk.len() <= Self::LAST {
            self.last.extend_from_slice(chunk);
        } else {
            let members = chunk::identity(chunk);
            if let Some((_, members)) = members.split_last().filter(|(_, members)| members.len() < Self::LAST) {
                self.last.extend([b"{", members, b"}"].concat());
            }
        }
    }

    /// Ends the stream for the client, who gets no more of it: what is still missing of a well-formed one is appended
    /// to `out`, with the reason.
    pub(super) fn cut(&mut self, reason: &str, prompt_tokens: u64, out: &mut Vec<u8>) {
        self.flush(out);
        if self.is_stopped() {
            return;
        }
        if self.text.choices().is_empty() {
            // Nothing was delivered: the chunk that was kept back tells what there would have been.
            self.said.clear();
            if Chunk::read(&self.last, &mut self.said, &mut Vec::new()).is_some() {
                self.text.open(&self.said);
            }
        }
        let identity = chunk::identity(&self.last);
        let mut why = String::new();
        crate::json::write_string(&mut why, reason);
        for choice in self.text.choices().iter().filter(|choice| !choice.finished) {
            let nothing = if choice.legacy { "\"text\":\"\",\"logprobs\":null" } else { "\"delta\":{}" };
            let rest = format!(
                "\"choices\":[{{\"index\":{},{nothing},\"finish_reason\":\"length\"}}],\"nemo\":{{\"cut_off\":{why}}}}}",
                choice.index
            );
            out.extend([b"data: {", &identity[..], rest.as_bytes(), b"\n\n"].concat());
        }
        if !self.terms.strip_usage {
            let rest = format!("\"choices\":[],\"usage\":{}}}", self.own_usage(prompt_tokens));
            out.extend([b"data: {", &identity[..], rest.as_bytes(), b"\n\n"].concat());
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
        self.kept = Kept::default();
        self.copy = None;
        self.done = true;
    }

    /// A `usage` object that tells what the answer is charged for: our own count, unless the upstream has told one.
    fn own_usage(&self, prompt: u64) -> String {
        let billed = self.cost(self.usage);
        let (prompt, answer) = billed.map_or((prompt, self.text.tokens()), |(usage, _)| {
            (usage.prompt_tokens.unwrap_or(prompt), usage.completion_tokens.unwrap_or(0))
        });
        let total = prompt.saturating_add(answer);
        let cost = billed.map(|(_, cost)| format!(",\"cost\":{}", Usd::from(cost.min(self.funds.units))));
        format!(
            "{{\"prompt_tokens\":{prompt},\"completion_tokens\":{answer},\"total_tokens\":{total}{}}}",
            cost.unwrap_or_default()
        )
    }
}

impl Edit {
    pub(super) fn new(at: Range<usize>, by: Vec<u8>) -> Self {
        Self { at, by, is_screening: false }
    }

    fn cut(at: Range<usize>) -> Self {
        Self::new(at, Vec::new())
    }
}

/// Appends an event with some edits to `out`. They are in order and do not overlap.
fn write<'a>(event: &[u8], edits: impl Iterator<Item = &'a Edit>, out: &mut Vec<u8>) {
    let mut done = 0;
    for Edit { at, by, .. } in edits {
        out.extend_from_slice(&event[done..at.start]);
        out.extend_from_slice(by);
        done = at.end;
    }
    out.extend_from_slice(&event[done..]);
}

/// Where edits of joined data are in the event. `values` are its parts: where each begins in the joined data, and
/// its place in the event. Both ascend, so both are gone through once. What replaces something goes where it began.
fn place(edits: Vec<Edit>, values: &[(usize, Range<usize>)]) -> Vec<Edit> {
    let mut placed = Vec::new();
    let mut values = values.iter().peekable();
    for Edit { at, mut by, is_screening } in edits {
        while let Some((begin, value)) = values.peek() {
            let (from, to) = (at.start.max(*begin), at.end.min(begin + value.len()));
            if from < to {
                let at = value.start + (from - begin)..value.start + (to - begin);
                placed.push(Edit { at, by: std::mem::take(&mut by), is_screening });
            }
            if at.end <= begin + value.len() {
                break;
            }
            values.next();
        }
    }
    placed
}

/// Events that wait for the allowance to grow.
#[derive(Debug, Default)]
struct Kept {
    bytes: Vec<u8>,
    /// Where the first event begins.
    start: usize,
    /// Where each event ends.
    ends: VecDeque<usize>,
}

impl Kept {
    fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn push(&mut self, event: &[u8]) {
        self.bytes.extend_from_slice(event);
        self.ends.push_back(self.bytes.len());
    }

    fn extend_last(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if let Some(end) = self.ends.back_mut() {
            *end = self.bytes.len();
        }
    }

    fn first(&self) -> Option<&[u8]> {
        self.ends.front().map(|end| &self.bytes[self.start..*end])
    }

    fn drop_first(&mut self) {
        if let Some(end) = self.ends.pop_front() {
            self.start = end;
        }
        if self.is_empty() {
            *self = Self::default();
        }
    }
}
