//! What rules match: a text without the disguises that people and models put values in, and the way back to the text.
//!
//! Each character is taken by itself: its NFKC, typographic dashes as `-`, nothing for characters that are not seen. Then
//! `[at]`, `(dot)` and their like become the sign they stand for, with the spaces around them. A text that has none of
//! these is its own view and is not copied.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// The view of a whole text.
#[derive(Debug)]
pub struct View<'a> {
    view: Cow<'a, str>,
    map: Map,
}

impl<'a> View<'a> {
    /// What rules see of `text`.
    pub fn of(text: &'a str) -> Self {
        if Self::is_text(text) {
            return Self { view: Cow::Borrowed(text), map: Map::default() };
        }
        let mut growing = Growing::default();
        growing.view.reserve(text.len());
        // What becomes shorter moves what is behind it: so there should not be much behind it.
        let mut rest = text;
        while !rest.is_empty() {
            let (block, behind) = rest.split_at(floor(rest, BLOCK));
            growing.push(block);
            rest = behind;
        }
        growing.finish();
        Self { view: Cow::Owned(growing.view), map: growing.map }
    }

    /// Whether the view of a text is the text.
    pub fn is_text(text: &str) -> bool {
        is_plain(text)
    }

    /// The view itself.
    pub fn as_str(&self) -> &str {
        &self.view
    }

    /// The bytes of the text that show as these bytes of the view.
    pub fn source(&self, span: Range<usize>) -> Range<usize> {
        self.map.source(span)
    }
}

/// The view of a text that is still coming. What is in front of [`Growing::settled`] does not change any more.
#[derive(Debug, Default)]
pub(super) struct Growing {
    view: String,
    map: Map,
    settled: usize,
    text_len: usize,
    /// How many characters in a row were not seen.
    unseen: usize,
}

/// Bytes of a text that are read at once, more than any character has.
const BLOCK: usize = 1024;

/// So many characters in a row may be unseen. More of them are seen, or no end could be put to what a stream has to hold.
const UNSEEN: usize = 8;

impl Growing {
    /// More of the text.
    pub(super) fn push(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let (plain, strange) = rest.split_at(first_strange(rest));
            self.view.push_str(plain);
            self.text_len += plain.len();
            self.unseen = if plain.is_empty() { self.unseen } else { 0 };
            let mut chars = strange.chars();
            let Some(char) = chars.next() else { break };
            rest = chars.as_str();
            let before = self.view.len();
            match plain_form(char) {
                Form::Nothing if self.unseen == UNSEEN => self.view.push(char),
                Form::Nothing => {}
                Form::Ascii(ascii) => self.view.push(ascii),
                Form::Compatible => self.view.extend(std::iter::once(char).nfkc()),
            }
            self.unseen = if self.view.len() == before { self.unseen + 1 } else { 0 };
            self.map.push(before, self.text_len, self.view.len() - before, char.len_utf8());
            self.text_len += char.len_utf8();
        }
        self.settle(false);
    }

    /// The text is over: all of the view is settled.
    pub(super) fn finish(&mut self) {
        self.settle(true);
    }

    /// What of the view will not change.
    pub(super) fn settled(&self) -> &str {
        self.view.get(..self.settled).unwrap_or_default()
    }

    /// Where in the text the character at `at` in the view begins.
    pub(super) fn source_start(&self, at: usize) -> usize {
        self.map.start(at)
    }

    /// The bytes of the text that show as these bytes of the view.
    pub(super) fn source(&self, span: Range<usize>) -> Range<usize> {
        self.map.source(span)
    }

    /// Forgets the settled view in front of `at`, and the text it came from. Returns how much of each; places count from
    /// there on.
    pub(super) fn forget(&mut self, at: usize) -> (usize, usize) {
        let view = self.map.floor(at);
        let text = self.map.start(view);
        self.view.drain(..view);
        self.map.forget(view, text);
        self.settled -= view;
        self.text_len -= text;
        (view, text)
    }

    /// Undoes `[at]` and `(dot)` in what came.
    fn settle(&mut self, ended: bool) {
        let mut at = self.settled;
        while let Some(open) = find_open(self.view.as_bytes(), at) {
            at = open + 1;
            let start = open - spaces_before(self.view.as_bytes(), open);
            if !self.view.as_bytes()[..start].last().is_some_and(u8::is_ascii_alphanumeric) {
                continue;
            }
            match Bracketed::at(self.view.as_bytes(), open, ended) {
                Bracketed::No => {}
                Bracketed::Unfinished => {
                    self.settled = start;
                    return;
                }
                Bracketed::Sign(sign, end) => {
                    if self.map.replace(start..end) {
                        self.view.replace_range(start..end, sign);
                        at = start + sign.len();
                    }
                }
            }
        }
        let spaces = if ended { 0 } else { spaces_before(self.view.as_bytes(), self.view.len()) };
        self.settled = self.view.len() - spaces;
    }
}

/// The last place up to here where a character begins.
pub(super) fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Whether the view of a text is the text.
fn is_plain(text: &str) -> bool {
    if first_strange(text) < text.len() {
        return false;
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(open) = find_open(bytes, at) {
        if matches!(Bracketed::at(bytes, open, true), Bracketed::Sign(..)) {
            return false;
        }
        at = open + 1;
    }
    true
}

/// Where the first character is that its view differs from; the length if there is none.
fn first_strange(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += ascii_prefix(&bytes[at..]);
        let Some(char) = text.get(at..).and_then(|rest| rest.chars().next()) else { return bytes.len() };
        if is_strange(char) {
            return at;
        }
        at += char.len_utf8();
    }
}

fn ascii_prefix(bytes: &[u8]) -> usize {
    const BLOCK: usize = 32;
    let mut at = 0;
    while bytes.get(at..at + BLOCK).is_some_and(<[u8]>::is_ascii) {
        at += BLOCK;
    }
    bytes[at..].iter().position(|byte| !byte.is_ascii()).map_or(bytes.len(), |offset| at + offset)
}

// === Characters ===

enum Form {
    Nothing,
    Ascii(char),
    Compatible,
}

fn plain_form(char: char) -> Form {
    match char {
        '\u{AD}'
        | '\u{34F}'
        | '\u{61C}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}'
        | '\u{E0000}'..='\u{E0FFF}' => Form::Nothing,
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' => Form::Ascii('-'),
        '\u{1680}' => Form::Ascii(' '),
        _ => Form::Compatible,
    }
}

/// Whether the view has something else for this character.
fn is_strange(char: char) -> bool {
    let code = char as usize;
    match STRANGE.get(code / 64) {
        Some(bits) => bits >> (code % 64) & 1 == 1,
        None => changes(char),
    }
}

fn changes(char: char) -> bool {
    !matches!(plain_form(char), Form::Compatible) || is_nfkc_quick(std::iter::once(char)) == IsNormalized::No
}

/// One bit for each character of the first two planes.
static STRANGE: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut bits = vec![0; 0x2_0000 / 64];
    for (index, word) in bits.iter_mut().enumerate() {
        let codes = (0..64).filter_map(|bit| Some((bit, char::from_u32(index as u32 * 64 + bit)?)));
        *word = codes.filter(|(_, char)| changes(*char)).fold(0, |word, (bit, _)| word | 1u64 << bit);
    }
    bits
});

// === Brackets ===

/// Spaces that go with a bracketed sign, on each side.
const SPACES: usize = 2;

/// What a bracket opens.
enum Bracketed {
    No,
    /// It may yet become one.
    Unfinished,
    /// What it stands for, and where it ends with its spaces.
    Sign(&'static str, usize),
}

impl Bracketed {
    fn at(bytes: &[u8], open: usize, ended: bool) -> Self {
        let cut_short = || if ended { Self::No } else { Self::Unfinished };
        let close = match bytes[open] {
            b'(' => b')',
            b'[' => b']',
            _ => b'}',
        };
        let rest = &bytes[open + 1..];
        let word = rest.strip_prefix(b" ").unwrap_or(rest);
        for (name, sign) in [("at", "@"), ("dot", "."), ("@", "@"), (".", ".")] {
            let seen = word.len().min(name.len());
            if !word[..seen].eq_ignore_ascii_case(&name.as_bytes()[..seen]) {
                continue;
            }
            let behind = &word[seen..];
            let behind = behind.strip_prefix(b" ").unwrap_or(behind);
            let [first, after @ ..] = behind else { return cut_short() };
            if *first != close {
                continue;
            }
            let spaces = after.iter().take(SPACES).take_while(|byte| **byte == b' ').count();
            if spaces == after.len() && spaces < SPACES && !ended {
                return Self::Unfinished;
            }
            return Self::Sign(sign, bytes.len() - after.len() + spaces);
        }
        Self::No
    }
}

/// The first opening bracket at or behind `from` with something in it that could make it a sign.
fn find_open(bytes: &[u8], from: usize) -> Option<usize> {
    let plausible = |at: &usize| {
        bytes.get(at + 1).is_none_or(|next| matches!(next, b'a' | b'A' | b'd' | b'D' | b' ' | b'@' | b'.'))
    };
    memchr::memchr3_iter(b'(', b'[', b'{', bytes.get(from..)?).map(|at| from + at).find(plausible)
}

fn spaces_before(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().rev().take(SPACES).take_while(|byte| **byte == b' ').count()
}

// === The way back ===

/// Where view and text differ: everything between the runs is the same in both.
#[derive(Debug, Default)]
struct Map {
    runs: Vec<Run>,
}

/// `count` times in a row, `view_len` bytes of the view stand for `text_len` bytes of the text.
#[derive(Clone, Copy, Debug)]
struct Run {
    view: usize,
    text: usize,
    count: u32,
    text_len: u16,
    view_len: u8,
}

impl Run {
    fn view_end(&self) -> usize {
        self.view + usize::from(self.view_len) * self.count as usize
    }

    fn text_end(&self) -> usize {
        self.text + usize::from(self.text_len) * self.count as usize
    }

    /// How many whole units stand before `at`, if it is within this run.
    fn unit(&self, at: usize) -> Option<usize> {
        (at < self.view_end()).then(|| (at - self.view) / usize::from(self.view_len))
    }
}

impl Map {
    fn push(&mut self, view: usize, text: usize, view_len: usize, text_len: usize) {
        // A character has four bytes of at most 18 characters; what is in brackets, with what is not seen in it, some hundreds.
        let (view_len, text_len) = (view_len as u8, text_len as u16);
        let continues = |last: &&mut Run| {
            (last.view_len, last.text_len) == (view_len, text_len)
                && (last.view_end(), last.text_end()) == (view, text)
                && last.count < u32::MAX
        };
        match self.runs.last_mut().filter(continues) {
            Some(last) => last.count += 1,
            None => self.runs.push(Run { view, text, view_len, text_len, count: 1 }),
        }
    }

    /// The last run that begins at or before `at`.
    fn before(&self, at: usize) -> Option<&Run> {
        self.runs[..self.runs.partition_point(|run| run.view <= at)].last()
    }

    fn start(&self, at: usize) -> usize {
        match self.before(at) {
            None => at,
            Some(run) => match run.unit(at) {
                Some(unit) => run.text + unit * usize::from(run.text_len),
                None => run.text_end() + (at - run.view_end()),
            },
        }
    }

    fn source(&self, span: Range<usize>) -> Range<usize> {
        let start = self.start(span.start);
        let Some(last) = span.end.checked_sub(1).filter(|last| *last >= span.start) else { return start..start };
        let unit_end = |run: &Run| Some(run.text + (run.unit(last)? + 1) * usize::from(run.text_len));
        start..self.before(last).and_then(unit_end).unwrap_or_else(|| self.start(last) + 1)
    }

    /// One byte of the view stands for what these bytes stood for. False if that would take a character apart.
    fn replace(&mut self, span: Range<usize>) -> bool {
        if !self.is_boundary(span.start) || !self.is_boundary(span.end) {
            return false;
        }
        let text = self.source(span.clone());
        let behind = self.split_off(span.end);
        let mut within = self.split_off(span.start);
        // What is not seen in front of the first byte stays what it is.
        within.retain(|run| run.view == span.start && run.view_len == 0 && run.text_end() <= text.start);
        self.runs.append(&mut within);
        self.runs.push(Run {
            view: span.start,
            text: text.start,
            view_len: 1,
            text_len: (text.end - text.start) as u16,
            count: 1,
        });
        let shrunk = span.len() - 1;
        self.runs.extend(behind.into_iter().map(|run| Run { view: run.view - shrunk, ..run }));
        true
    }

    /// Whether a character of the text begins here.
    fn is_boundary(&self, at: usize) -> bool {
        self.before(at)
            .is_none_or(|run| at >= run.view_end() || (at - run.view).is_multiple_of(usize::from(run.view_len)))
    }

    /// The runs from `at` on, a boundary, taken off.
    fn split_off(&mut self, at: usize) -> Vec<Run> {
        let mut behind = self.runs.split_off(self.runs.partition_point(|run| run.view < at));
        if let Some((last, unit)) = self.runs.last_mut().and_then(|last| last.unit(at).map(|unit| (last, unit))) {
            let text = last.text + unit * usize::from(last.text_len);
            behind.insert(0, Run { view: at, text, count: last.count - unit as u32, ..*last });
            last.count = unit as u32;
        }
        behind
    }

    /// The last place at or before `at` where a character of the text begins.
    fn floor(&self, at: usize) -> usize {
        let unit = |run: &Run| Some(run.view + run.unit(at)? * usize::from(run.view_len));
        self.before(at).and_then(unit).unwrap_or(at)
    }

    /// Forgets what is in front of `view`, a boundary, which is `text` in the text.
    fn forget(&mut self, view: usize, text: usize) {
        if self.runs.is_empty() {
            return;
        }
        self.runs = self.split_off(view);
        // What is not seen in front of the first byte that is kept goes with what is before it.
        self.runs.retain(|run| run.view > view || run.view_len > 0);
        for run in &mut self.runs {
            run.view -= view;
            run.text -= text;
        }
    }
}
