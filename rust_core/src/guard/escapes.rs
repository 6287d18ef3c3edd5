//! Texts inside JSON strings: read as what they say, with the way back to how they are written.
//!
//! A [`Reader`] takes a JSON string piece by piece, cut anywhere between characters or escapes, and appends what it says
//! to a [`View`]. Where a string holds JSON itself (the arguments of a tool), the strings in that are read as well, so
//! that no second layer of escapes hides anything; what stands around them is read as it is.

use std::ops::Range;

/// What a JSON string says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// JSON: a string that holds strings.
    Json,
}

/// A text that was read, and where it is written.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub(crate) text: String,
    /// Bytes of the written form that `text` stands for.
    written: usize,
    /// Places behind everything that is longer or shorter as it is written, ascending.
    marks: Vec<Mark>,
    /// Places of the quotes of inner strings.
    quotes: Vec<usize>,
    /// Whether the view begins inside an inner string.
    open: bool,
}

/// A place in the text, and the same place in the written form.
#[derive(Clone, Copy, Debug)]
struct Mark {
    text: usize,
    written: usize,
}

impl View {
    /// A whole string, from its bytes between the quotes.
    pub(crate) fn of(raw: &[u8], kind: Kind) -> Self {
        let (mut reader, mut view) = (Reader::new(kind), Self::default());
        reader.read(raw, &mut view);
        reader.finish(&mut view);
        view
    }

    /// Where in the written form a place of the text is.
    pub(crate) fn written_at(&self, at: usize) -> usize {
        match self.marks[..self.marks.partition_point(|mark| mark.text <= at)].last() {
            Some(mark) => mark.written + (at - mark.text),
            None => at,
        }
    }

    /// How much of the written form was read.
    #[cfg(test)]
    fn written(&self) -> usize {
        self.written
    }

    /// The parts of a range that can be replaced, and whether each is inside a string of inner JSON, where there is such.
    /// Quotes, and what structures the JSON around them, stay.
    pub(crate) fn parts(&self, range: Range<usize>, kind: Kind, mut each: impl FnMut(Range<usize>, bool)) {
        if kind == Kind::Text {
            return each(range, true);
        }
        let mut index = self.quotes.partition_point(|&quote| quote < range.start);
        let mut inside = self.open ^ (index % 2 == 1);
        let mut start = range.start;
        while start < range.end {
            let end = self.quotes.get(index).map_or(range.end, |&quote| quote.min(range.end));
            if inside && start < end {
                each(start..end, true);
            } else {
                self.words(start..end, &mut each);
            }
            index += 1;
            inside = !inside;
            start = end + 1;
        }
    }

    /// Numbers and the like, outside strings.
    fn words(&self, range: Range<usize>, each: &mut impl FnMut(Range<usize>, bool)) {
        let mut start = range.start;
        let is_structure = |character: char| "{}[],:".contains(character);
        for piece in self.text[range].split_inclusive(is_structure) {
            let word = piece.trim_end_matches(is_structure).trim();
            if !word.is_empty() {
                let space = piece.len() - piece.trim_start().len();
                each(start + space..start + space + word.len(), false);
            }
            start += piece.len();
        }
    }

    /// Forgets the text up to a place.
    pub(crate) fn forget(&mut self, at: usize) {
        let written = self.written_at(at);
        if at == self.text.len() {
            self.text.clear();
        } else {
            self.text.drain(..at);
        }
        let passed = self.quotes.partition_point(|&quote| quote < at);
        self.open ^= passed % 2 == 1;
        self.quotes.drain(..passed);
        for quote in &mut self.quotes {
            *quote -= at;
        }
        let gone = self.marks.partition_point(|mark| mark.text <= at);
        self.marks.drain(..gone);
        for mark in &mut self.marks {
            mark.text -= at;
            mark.written -= written;
        }
        self.written -= written;
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.written += text.len();
    }

    fn push_unit(&mut self, character: char, written: usize) {
        self.text.push(character);
        self.written += written;
        if character.len_utf8() != written {
            self.marks.push(Mark { text: self.text.len(), written: self.written });
        }
    }
}

/// Reads strings, see the module.
#[derive(Debug)]
pub(crate) struct Reader {
    kind: Kind,
    /// Whether it is inside an inner string.
    inside: bool,
    /// The beginning of an escape whose end has not come.
    rest: Vec<u8>,
    /// The same of an escape in an inner string: its characters, and how long each is written.
    inner: Vec<(char, usize)>,
}

/// What the beginning of a text is, if it is an escape.
enum Escape {
    /// A character, and how many bytes of the text make it up.
    Is(char, usize),
    /// What comes next decides.
    Begins,
}

impl Reader {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, inside: false, rest: Vec::new(), inner: Vec::new() }
    }

    /// Takes the next bytes between a string's quotes.
    pub(crate) fn read(&mut self, raw: &[u8], view: &mut View) {
        if self.rest.is_empty() {
            self.outer(raw, view, false);
        } else {
            let mut all = std::mem::take(&mut self.rest);
            all.extend_from_slice(raw);
            self.outer(&all, view, false);
        }
    }

    /// No more comes: what was begun is taken as it is.
    pub(crate) fn finish(&mut self, view: &mut View) {
        let rest = std::mem::take(&mut self.rest);
        self.outer(&rest, view, true);
        for (character, written) in std::mem::take(&mut self.inner) {
            view.push_unit(character, written);
        }
    }

    fn outer(&mut self, mut raw: &[u8], view: &mut View, is_end: bool) {
        loop {
            let plain = memchr::memchr(b'\\', raw).unwrap_or(raw.len());
            for chunk in raw[..plain].utf8_chunks() {
                self.plain(chunk.valid(), view);
                if !chunk.invalid().is_empty() {
                    self.unit(char::REPLACEMENT_CHARACTER, chunk.invalid().len(), view);
                }
            }
            raw = &raw[plain..];
            if raw.is_empty() {
                return;
            }
            match unescape(raw, is_end) {
                Escape::Is(character, length) => {
                    self.unit(character, length, view);
                    raw = &raw[length..];
                }
                Escape::Begins => {
                    self.rest.extend_from_slice(raw);
                    return;
                }
            }
        }
    }

    fn plain(&mut self, mut text: &str, view: &mut View) {
        if self.kind == Kind::Text {
            view.push(text);
            return;
        }
        while !text.is_empty() {
            let special = memchr::memchr2(b'"', b'\\', text.as_bytes());
            let plain = if self.inner.is_empty() { special.unwrap_or(text.len()) } else { 0 };
            view.push(&text[..plain]);
            text = &text[plain..];
            if let Some(character) = text.chars().next() {
                self.unit(character, character.len_utf8(), view);
                text = &text[character.len_utf8()..];
            }
        }
    }

    /// A character, and how long it is written.
    fn unit(&mut self, character: char, written: usize, view: &mut View) {
        let begins = self.inside && character == '\\';
        if self.kind == Kind::Text || (self.inner.is_empty() && !begins) {
            if self.kind == Kind::Json && character == '"' {
                view.quotes.push(view.text.len());
                self.inside = !self.inside;
            }
            view.push_unit(character, written);
            return;
        }
        self.inner.push((character, written));
        let escape: String = self.inner.iter().map(|(character, _)| character).collect();
        let Escape::Is(character, length) = unescape(escape.as_bytes(), false) else { return };
        let (mut used, mut whole) = (0, 0);
        while whole < length {
            whole += self.inner[used].0.len_utf8();
            used += 1;
        }
        let written = self.inner.drain(..used).map(|(_, written)| written).sum();
        view.push_unit(character, written);
        for (character, written) in std::mem::take(&mut self.inner) {
            self.unit(character, written, view);
        }
    }
}

/// The escape that a text begins with. At the end of everything, or if it is none, its backslash is just that.
fn unescape(text: &[u8], is_end: bool) -> Escape {
    let simple = |character| Escape::Is(character, 2);
    match text.get(1) {
        None if is_end => Escape::Is('\\', 1),
        None => Escape::Begins,
        Some(b'n') => simple('\n'),
        Some(b't') => simple('\t'),
        Some(b'r') => simple('\r'),
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(&byte @ (b'"' | b'\\' | b'/')) => simple(char::from(byte)),
        Some(b'u') => unicode(text, is_end),
        Some(_) => Escape::Is('\\', 1),
    }
}

fn unicode(text: &[u8], is_end: bool) -> Escape {
    let digits = |from: usize| {
        let digits = &text[from.min(text.len())..text.len().min(from + 4)];
        let code = digits.iter().try_fold(0, |code, &digit| Some(code * 16 + char::from(digit).to_digit(16)?));
        (code, digits.len() == 4)
    };
    let character = |code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    match digits(2) {
        (None, _) => Escape::Is('\\', 1),
        (Some(_), false) if is_end => Escape::Is('\\', 1),
        (Some(_), false) => Escape::Begins,
        (Some(high @ 0xd800..0xdc00), true) => {
            // Its other half may be in the next piece.
            let next = &text[6..text.len().min(8)];
            match digits(8) {
                _ if next.len() < 2 && b"\\u".starts_with(next) && !is_end => Escape::Begins,
                (Some(_), false) if next == b"\\u" && !is_end => Escape::Begins,
                (Some(low @ 0xdc00..0xe000), true) if next == b"\\u" => {
                    Escape::Is(character(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12)
                }
                _ => Escape::Is(char::REPLACEMENT_CHARACTER, 6),
            }
        }
        (Some(code), true) => Escape::Is(character(code), 6),
    }
}

/// Appends a text as it is written between the quotes of a JSON string; inside inner JSON, with quotes of its own if it
/// is to be a string there.
pub(crate) fn write(out: &mut Vec<u8>, text: &str, kind: Kind, inside: bool) {
    if kind == Kind::Text {
        return escape(out, text.as_bytes());
    }
    let mut inner = Vec::with_capacity(text.len() + 2);
    inner.extend((!inside).then_some(b'"'));
    escape(&mut inner, text.as_bytes());
    inner.extend((!inside).then_some(b'"'));
    escape(out, &inner);
}

fn escape(out: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0..0x20 => {
                let hex = |digit: u8| b"0123456789abcdef"[usize::from(digit)];
                out.extend([b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte & 15)]);
            }
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(pieces: &[&[u8]], kind: Kind) -> View {
        let (mut reader, mut view) = (Reader::new(kind), View::default());
        for piece in pieces {
            reader.read(piece, &mut view);
        }
        reader.finish(&mut view);
        view
    }

    #[test]
    fn escapes_are_undone_and_can_be_found_again() {
        let raw = br"a\u0041\n\ud83d\ude00b";
        let view = View::of(raw, Kind::Text);
        assert_eq!(view.text, "aA\n\u{1F600}b");
        let at: Vec<usize> = [0, 1, 2, 3, 7, 8].map(|at| view.written_at(at)).to_vec();
        assert_eq!(at, [0, 1, 7, 9, 21, 22]);
    }

    #[test]
    fn inner_strings_are_read_and_what_is_around_them_is_not() {
        let raw = br#"{\"k\":\"x\\u0041\\\"y\",\"n\":12}"#;
        let view = View::of(raw, Kind::Json);
        assert_eq!(view.text, r#"{"k":"xA"y","n":12}"#);
        let mut parts = Vec::new();
        view.parts(5..view.text.len(), Kind::Json, |part, inside| parts.push((&view.text[part], inside)));
        assert_eq!(parts, [("xA\"y", true), ("n", true), ("12", false)]);
        assert_eq!(&raw[view.written_at(7)..view.written_at(8)], br"\\u0041");
    }

    #[test]
    fn halves_of_a_character_meet() {
        assert_eq!(read(&[br"\ud83d", br"\ude00"], Kind::Text).text, "\u{1F600}");
        assert_eq!(read(&[br#"\"\\ud8"#, br"3d\\ud", br"e00"], Kind::Json).text, "\"\u{1F600}");
        assert_eq!(read(&[br"\ud83d", b"x"], Kind::Text).text, "\u{FFFD}x");
        assert_eq!(read(&[br"\ud83d"], Kind::Text).text, "\u{FFFD}");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_a_string_is_cut(text in r#"([a-z"\\{}:,é😀\n]|\\u[0-9a-f]{4}|\\n){0,24}"#, cuts in prop::collection::vec(0..200usize, 0..6), json: bool) {
            let kind = if json { Kind::Json } else { Kind::Text };
            let mut raw = Vec::new();
            escape(&mut raw, text.as_bytes());
            // Between characters of the written form that are not inside an escape.
            let mut places = vec![0];
            let mut at = 0;
            while at < raw.len() {
                at += if raw[at] == b'\\' { 2 } else { 1 };
                while at < raw.len() && raw[at] & 0xC0 == 0x80 { at += 1; }
                places.push(at);
            }
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| places[cut % places.len()]).collect();
            cuts.extend([0, raw.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &raw[pair[0]..pair[1]]).collect();
            let (one, many) = (View::of(&raw, kind), read(&pieces, kind));
            prop_assert_eq!(&one.text, &many.text);
            prop_assert_eq!(one.written(), raw.len());
            if !json {
                prop_assert_eq!(&one.text, &text);
            }
            for (at, _) in one.text.char_indices() {
                prop_assert_eq!(one.written_at(at), many.written_at(at));
            }
        }
    }
}
