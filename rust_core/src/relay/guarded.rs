//! The texts of an answer, shown to guardrails on their way to the client.

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::{
    chunk,
    events::Edit,
    strings::{Part, Strings},
};
use crate::guard::{
    channel::{Channel, Terms},
    policy::{Policy, Set},
    request::{Finding, Tally},
    vault::Vault,
};

/// So many texts of one answer are told apart.
const MOST_TEXTS: usize = 1024;

/// Why an answer is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// By this guardrail.
    Blocked(usize),
    /// A guardrail that may not be missing did not work.
    Failed,
}

/// What an answer is screened with.
#[derive(Clone, Debug)]
pub struct Guard {
    /// The guardrails of the configuration.
    pub policy: Arc<Policy>,
    /// Those that see this answer.
    pub set: Set,
    /// What was masked in its request.
    pub vault: Arc<Vault>,
}

impl Guard {
    fn terms(&self) -> Terms<'_> {
        Terms { policy: &self.policy, set: self.set, vault: &self.vault }
    }

    /// Whether it may change anything.
    fn acts(&self) -> bool {
        self.policy.acts(self.set) || !self.vault.is_empty()
    }
}

/// A stream that is screened while it passes.
#[derive(Debug)]
pub(super) struct Guarded {
    guard: Guard,
    acts: bool,
    texts: Vec<(u64, Part, Channel)>,
    tally: Tally,
    strings: Strings,
    pub(super) stop: Option<Stop>,
    /// It does not work, and can be done without.
    is_off: bool,
}

impl Guarded {
    pub(super) fn new(guard: Guard) -> Self {
        let acts = guard.acts();
        Self {
            guard,
            acts,
            texts: Vec::new(),
            tally: Tally::default(),
            strings: Strings::default(),
            stop: None,
            is_off: false,
        }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        self.tally.findings()
    }

    pub(super) fn has_failed(&self) -> bool {
        self.is_off || self.stop == Some(Stop::Failed)
    }

    /// Screens the data of an event: what to change in it goes to `edits`, what comes before it to `before`.
    pub(super) fn event(&mut self, data: &[u8], edits: &mut Vec<Edit>, before: &mut Vec<u8>) {
        let (edited, written) = (edits.len(), before.len());
        self.attempt(|this| this.screen(data, edits, before));
        if self.stop.is_some() || !self.acts {
            edits.truncate(edited);
            before.truncate(written);
        }
    }

    /// All texts have ended: what was held back of them goes to `out`, in events of their own.
    pub(super) fn flush(&mut self, last: &[u8], out: &mut Vec<u8>) {
        if self.texts.is_empty() {
            return;
        }
        let written = out.len();
        self.attempt(|this| {
            let identity = chunk::identity(last);
            for (choice, part, mut text) in std::mem::take(&mut this.texts) {
                let mut rest = Vec::new();
                text.finish(&this.guard.terms(), &mut this.tally, &mut rest).map_err(Stop::Blocked)?;
                add_event(&identity, choice, part, &rest, out);
            }
            Ok(())
        });
        if self.stop.is_some() || !self.acts {
            out.truncate(written);
        }
    }

    fn attempt(&mut self, work: impl FnOnce(&mut Self) -> Result<(), Stop>) {
        if self.stop.is_some() || self.is_off {
            return;
        }
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(Ok(())) => {}
            Ok(Err(Stop::Blocked(guardrail))) => self.stop = Some(Stop::Blocked(guardrail)),
            Ok(Err(Stop::Failed)) | Err(_) if self.acts => self.stop = Some(Stop::Failed),
            Ok(Err(Stop::Failed)) | Err(_) => self.is_off = true,
        }
    }

    fn screen(&mut self, data: &[u8], edits: &mut Vec<Edit>, before: &mut Vec<u8>) -> Result<(), Stop> {
        let mut strings = std::mem::take(&mut self.strings);
        // What is not an answer has no texts.
        if strings.read(data).is_some() {
            self.pieces(&strings, data, edits, before)?;
            if self.guard.policy.acts(self.guard.set) {
                edits.extend(strings.logprobs.iter().map(|at| Edit { at: at.clone(), by: b"null".to_vec() }));
            }
        }
        self.strings = strings;
        Ok(())
    }

    fn pieces(
        &mut self,
        strings: &Strings,
        data: &[u8],
        edits: &mut Vec<Edit>,
        before: &mut Vec<u8>,
    ) -> Result<(), Stop> {
        let first = edits.len();
        let mut written = Vec::with_capacity(strings.pieces.len());
        for piece in &strings.pieces {
            let text = self.text(piece.choice, piece.part)?;
            let raw = &data[piece.at.start + 1..piece.at.end - 1];
            let mut out = Vec::with_capacity(raw.len() + 2);
            let terms = self.guard.terms();
            self.texts[text].2.push(raw, &terms, &mut self.tally, &mut out).map_err(Stop::Blocked)?;
            written.push(out);
        }
        for choice in &strings.finished {
            let mut kept = Vec::new();
            for (of, part, mut text) in std::mem::take(&mut self.texts) {
                if of != *choice {
                    kept.push((of, part, text));
                    continue;
                }
                let mut rest = Vec::new();
                text.finish(&self.guard.terms(), &mut self.tally, &mut rest).map_err(Stop::Blocked)?;
                let last = strings.pieces.iter().rposition(|piece| piece.choice == of && piece.part == part);
                match last.and_then(|last| written.get_mut(last)) {
                    Some(string) => string.extend(rest),
                    None if rest.is_empty() => {}
                    None => add_event(&chunk::identity(data), of, part, &rest, before),
                }
            }
            self.texts = kept;
        }
        for (piece, mut string) in strings.pieces.iter().zip(written) {
            if string != data[piece.at.start + 1..piece.at.end - 1] {
                string.insert(0, b'"');
                string.push(b'"');
                edits.push(Edit { at: piece.at.clone(), by: string });
            }
        }
        debug_assert!(edits[first..].is_sorted_by_key(|edit| edit.at.start));
        Ok(())
    }

    fn text(&mut self, choice: u64, part: Part) -> Result<usize, Stop> {
        if let Some(at) = self.texts.iter().position(|(of, known, _)| (*of, *known) == (choice, part)) {
            return Ok(at);
        }
        if self.texts.len() == MOST_TEXTS {
            return Err(Stop::Failed);
        }
        self.texts.push((choice, part, Channel::new(part.kind(), &self.guard.terms())));
        Ok(self.texts.len() - 1)
    }
}

/// Appends an event that adds a piece, as it is written, to a text.
fn add_event(identity: &[u8], choice: u64, part: Part, raw: &[u8], out: &mut Vec<u8>) {
    if raw.is_empty() {
        return;
    }
    // The piece may not be UTF-8: it takes the place of an empty one.
    let members = part.delta("\"\"");
    let (front, back) = members.split_once("\"\"").unwrap_or_default();
    out.extend_from_slice(b"data: {");
    out.extend_from_slice(identity);
    out.extend_from_slice(format!("\"choices\":[{{\"index\":{choice},{front}\"").as_bytes());
    out.extend_from_slice(raw);
    out.extend_from_slice(format!("\"{back},\"finish_reason\":null}}]}}\n\n").as_bytes());
}

/// What came of screening a whole answer.
#[derive(Debug, Default)]
pub struct Screened {
    /// Why it may not pass.
    pub stop: Option<Stop>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The guardrails could not do their work.
    pub failed: bool,
    /// The answer, where it is another now.
    pub edited: Option<Vec<u8>>,
}

/// One text of a whole answer, and the strings that it is in.
struct Whole {
    choice: u64,
    part: Part,
    raw: Vec<u8>,
    at: Vec<Range<usize>>,
}

/// Screens a whole answer: a plain body, or the events of a stream. A text that is changed is then in the first event that
/// had any of it.
pub fn screen_whole(body: &[u8], events: bool, guard: &Guard) -> Screened {
    let mut tally = Tally::default();
    let work = || -> Result<Option<Vec<u8>>, Stop> {
        let (mut edits, wholes, logprobs) = wholes(body, events).ok_or(Stop::Failed)?;
        let terms = guard.terms();
        for whole in wholes {
            let mut out = Vec::with_capacity(whole.raw.len());
            let mut text = Channel::whole(whole.part.kind(), &whole.raw, &terms, &mut tally);
            text.finish(&terms, &mut tally, &mut out).map_err(Stop::Blocked)?;
            if out != whole.raw {
                replace(&whole, &out, &mut edits);
            }
        }
        if guard.policy.acts(guard.set) {
            edits.extend(logprobs.into_iter().map(|at| Edit { at, by: b"null".to_vec() }));
        }
        edits.sort_unstable_by_key(|edit| edit.at.start);
        Ok((!edits.is_empty()).then(|| apply(body, &edits)))
    };
    let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Stop::Failed));
    let findings = tally.findings();
    match outcome {
        Ok(edited) => Screened { edited: edited.filter(|_| guard.acts()), findings, ..Screened::default() },
        Err(Stop::Failed) => {
            Screened { stop: guard.acts().then_some(Stop::Failed), failed: true, findings, edited: None }
        }
        Err(stop) => Screened { stop: Some(stop), findings, ..Screened::default() },
    }
}

/// The texts of a whole answer, with `between` between them, as [`with_whole_texts`] takes them. `None`: it has none that
/// could be read.
pub fn whole_texts(body: &[u8], events: bool, between: &str) -> Option<String> {
    let (_, wholes, _) = wholes(body, events)?;
    let read = |whole: &Whole| crate::guard::escapes::View::of(&whole.raw, crate::guard::escapes::Kind::Text).text;
    Some(wholes.iter().map(read).collect::<Vec<_>>().join(between))
}

/// A whole answer with other texts. `None`: they are not as many.
pub fn with_whole_texts(body: &[u8], events: bool, texts: &str, between: &str) -> Option<Vec<u8>> {
    use crate::guard::escapes::{Kind, View, write};
    let (mut edits, wholes, logprobs) = wholes(body, events)?;
    let texts: Vec<&str> = texts.split(between).collect();
    if texts.len() != wholes.len().max(1) {
        return None;
    }
    for (whole, text) in wholes.iter().zip(texts) {
        if View::of(&whole.raw, Kind::Text).text != text {
            let mut raw = Vec::new();
            write(&mut raw, text, Kind::Text, true);
            replace(whole, &raw, &mut edits);
        }
    }
    if !edits.is_empty() {
        edits.extend(logprobs.into_iter().map(|at| Edit { at, by: b"null".to_vec() }));
    }
    edits.sort_unstable_by_key(|edit| edit.at.start);
    Some(apply(body, &edits))
}

type Wholes = (Vec<Edit>, Vec<Whole>, Vec<Range<usize>>);

fn wholes(body: &[u8], events: bool) -> Option<Wholes> {
    let (mut strings, mut wholes, mut logprobs) = (Strings::default(), Vec::<Whole>::new(), Vec::new());
    for (start, object) in objects(body, events)? {
        if strings.read(object).is_none() {
            continue;
        }
        logprobs.extend(strings.logprobs.iter().map(|at| start + at.start..start + at.end));
        for piece in &strings.pieces {
            let raw = &object[piece.at.start + 1..piece.at.end - 1];
            let at = start + piece.at.start..start + piece.at.end;
            let is_same = |whole: &Whole| events && (whole.choice, whole.part) == (piece.choice, piece.part);
            match wholes.iter().position(is_same) {
                Some(known) => {
                    wholes[known].raw.extend_from_slice(raw);
                    wholes[known].at.push(at);
                }
                None if wholes.len() == MOST_TEXTS => return None,
                None => wholes.push(Whole { choice: piece.choice, part: piece.part, raw: raw.to_vec(), at: vec![at] }),
            }
        }
    }
    Some((Vec::new(), wholes, logprobs))
}

/// The JSON objects of an answer, and where each begins. `None`: an event has its data on several lines.
fn objects(body: &[u8], events: bool) -> Option<Vec<(usize, &[u8])>> {
    if !events {
        return Some(vec![(0, body)]);
    }
    let (mut found, mut has_data) = (Vec::new(), false);
    for line in crate::sse::lines(body) {
        match line.kind {
            crate::sse::Kind::Data if std::mem::replace(&mut has_data, true) => return None,
            crate::sse::Kind::Data => found.push((line.value.start, &body[line.value])),
            crate::sse::Kind::Blank => has_data = false,
            _ => {}
        }
    }
    Some(found)
}

fn replace(whole: &Whole, raw: &[u8], edits: &mut Vec<Edit>) {
    for (index, at) in whole.at.iter().enumerate() {
        let text = if index == 0 { raw } else { b"" };
        edits.push(Edit { at: at.clone(), by: [b"\"", text, b"\""].concat() });
    }
}

fn apply(body: &[u8], edits: &[Edit]) -> Vec<u8> {
    let (mut out, mut done) = (Vec::with_capacity(body.len()), 0);
    for Edit { at, by } in edits {
        out.extend_from_slice(&body[done..at.start]);
        out.extend_from_slice(by);
        done = at.end;
    }
    out.extend_from_slice(&body[done..]);
    out
}
