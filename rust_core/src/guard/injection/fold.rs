//! The text as the scanner reads it: one letter case, one alphabet, one space.
//!
//! Everything that hides a word from a plain search is undone here, always, for the text and for the vocabulary alike:
//! case, width and other compatibility forms, diacritics, zero-width characters, letters of other scripts that look Latin,
//! leetspeak, and letters spaced out one by one. What is left is written in fewer than 64 symbols, so that a row of the
//! automaton that reads it takes 256 bytes: Latin letters (`l` is `i`, as `1` is), one space for any separator, a few
//! signs, and four symbols from [`FOREIGN`] on, four bits each, for any other letter.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// The first of the sixteen symbols that write letters other than Latin ones.
const FOREIGN: u8 = 0x80;
/// Bytes that are folded in one go, at most.
const STRETCH: usize = 64;
/// So many single letters in a row are a word that was spaced out.
const SPACED: usize = 4;

/// A folded text.
pub(super) struct View {
    pub(super) symbols: Vec<u8>,
    /// Where a word of the vocabulary may begin: words, letters that are not Latin, signs.
    pub(super) starts: Vec<u32>,
    /// Where spaced letters were joined: words may begin and end anywhere in there.
    joined: Vec<(usize, usize)>,
}

impl View {
    /// Whether a word may begin or end at `at`.
    pub(super) fn is_edge(&self, at: usize) -> bool {
        let inside =
            at > 0 && at < self.symbols.len() && is_letter(self.symbols[at - 1]) && is_letter(self.symbols[at]);
        !inside || self.is_joined(at)
    }

    fn is_joined(&self, at: usize) -> bool {
        let after = self.joined.partition_point(|&(start, _)| start <= at);
        after > 0 && at <= self.joined[after - 1].1
    }
}

/// Whether the symbol is part of a word.
pub(super) fn is_letter(symbol: u8) -> bool {
    // Every sign that is kept comes before the letters.
    symbol >= b'a'
}

/// The view of a text.
pub(super) fn fold(text: &str) -> View {
    let mut folder = Folder::new(text.len());
    folder.run(text, usize::MAX);
    View { symbols: folder.out, starts: folder.starts, joined: folder.joined }
}

/// Where in the text the symbol `at` of its view comes from.
pub(super) fn origin(text: &str, at: usize) -> usize {
    Folder::new(at + 8).run(text, at)
}

struct Folder {
    out: Vec<u8>,
    starts: Vec<u32>,
    joined: Vec<(usize, usize)>,
    /// Where the word that is being written began.
    word: usize,
    /// Single letters in a row, and where they began.
    singles: usize,
    singles_from: usize,
    /// What stands before the next word, and between the first two single letters: a separator, and how many.
    gap: (char, usize),
    between: (char, usize),
}

impl Folder {
    fn new(capacity: usize) -> Self {
        // Every text begins a line.
        let mut out = Vec::with_capacity(capacity + 8);
        out.push(b'\n');
        let mut starts = Vec::with_capacity(capacity / 4);
        starts.push(0);
        Self { out, starts, joined: Vec::new(), word: 1, singles: 0, singles_from: 0, gap: (' ', 0), between: (' ', 0) }
    }

    /// Folds until more than `stop` symbols are written; returns where in the text it stopped.
    fn run(&mut self, text: &str, stop: usize) -> usize {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let (from, written) = (at, self.out.len());
            if ASCII[usize::from(bytes[at])] != 0 {
                at = self.words(bytes, at);
            } else if bytes[at] < 0x80 {
                at = self.sign(bytes, at);
            } else {
                at = self.foreign(text, at);
            }
            if self.out.len() > stop {
                let ahead = if bytes[from] < 0x80 { stop.saturating_sub(written).min(at - from - 1) } else { 0 };
                return from + ahead;
            }
        }
        self.end_word();
        bytes.len()
    }

    /// The common case, from a letter on: ASCII words with one space between them. Each byte is one symbol.
    fn words(&mut self, bytes: &[u8], at: usize) -> usize {
        self.begin();
        let piece = &bytes[at..bytes.len().min(at + STRETCH)];
        let written = self.out.len();
        self.out.resize(written + piece.len(), b' ');
        let (mut count, mut word, mut word_before) = (0, self.word, self.word);
        for (symbol, &byte) in self.out[written..].iter_mut().zip(piece) {
            let letter = ASCII[usize::from(byte)];
            if letter == 0 {
                // A word of one letter may be one that is spaced out: not for here.
                if byte != b' ' || written + count <= word + 1 {
                    break;
                }
                (word_before, word) = (word, written + count + 1);
                self.starts.push(word as u32);
            } else {
                *symbol = letter;
            }
            count += 1;
        }
        if word > self.word {
            self.singles = 0;
            if written + count == word {
                // No word came behind that space.
                count -= 1;
                word = word_before;
                self.starts.pop();
            }
        }
        self.word = word;
        self.out.truncate(written + count);
        at + count
    }

    /// Notes where a word begins, if one does with what comes next.
    fn begin(&mut self) {
        if self.out.len() != self.word {
            return;
        }
        if self.singles == 1 {
            self.between = self.gap;
        }
        if self.singles >= SPACED && self.gap == self.between && self.out.last() == Some(&b' ') {
            self.out.pop();
            self.word = self.out.len();
        }
        self.starts.push(self.word as u32);
    }

    /// A byte of ASCII that is neither letter nor digit, and all white space behind it.
    fn sign(&mut self, bytes: &[u8], at: usize) -> usize {
        let byte = bytes[at];
        let letter = |at: usize| bytes.get(at).is_some_and(|&byte| ASCII[usize::from(byte)] != 0);
        let leet = match byte {
            b'@' => b'a',
            b'$' => b's',
            b'!' => b'i',
            _ => 0,
        };
        if leet != 0 && letter(at + 1) && (at > 0 && letter(at - 1) || byte != b'!') {
            self.begin();
            self.out.push(leet);
            return at + 1;
        }
        if byte.is_ascii_whitespace() {
            return self.white(bytes, at);
        }
        match byte {
            b'.' | b':' if letter(at + 1) => self.space(char::from(byte)),
            b'.' | b'?' | b'!' | b':' | b'"' | b'<' | b'>' | b'[' | b']' | b'#' => self.mark(byte),
            b';' => self.mark(b'.'),
            b'`' => self.mark(b'"'),
            0..=0x1f | 0x7f => {}
            _ => self.space(char::from(byte)),
        }
        at + 1
    }

    /// White space: a line's end if a new line begins with anything but a lower case letter, otherwise one space.
    fn white(&mut self, bytes: &[u8], at: usize) -> usize {
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let white = &bytes[at..at + length];
        let next = bytes.get(at + length).copied().unwrap_or(b'\n');
        if white.contains(&b'\n') && !next.is_ascii_lowercase() {
            self.mark(b'\n');
        } else {
            self.space(if length == 1 { ' ' } else { '\t' });
        }
        at + length
    }

    fn foreign(&mut self, text: &str, at: usize) -> usize {
        let Some(char) = text[at..].chars().next() else { return text.len() };
        match letter(char) {
            DROP => {}
            SPACE => self.space(char),
            EXPAND => {
                for char in char.nfkd() {
                    match letter(char) {
                        DROP => {}
                        SPACE | EXPAND => self.space(char),
                        folded => self.letter(folded),
                    }
                }
            }
            folded => self.letter(folded),
        }
        at + char.len_utf8()
    }

    fn letter(&mut self, folded: u16) {
        match u8::try_from(folded) {
            Ok(symbol) if symbol.is_ascii_lowercase() => {
                self.begin();
                self.out.push(symbol);
            }
            Ok(symbol) if symbol < FOREIGN => self.mark(symbol),
            _ => {
                self.starts.push(self.out.len() as u32);
                self.out.extend([12, 8, 4, 0].map(|shift| FOREIGN | (folded >> shift & 15) as u8));
            }
        }
    }

    /// A sign that is kept: it ends a word and any row of single letters.
    fn mark(&mut self, sign: u8) {
        self.end_word();
        self.singles = 0;
        if self.out.last() == Some(&b' ') {
            self.out.pop();
        }
        if self.out.last() != Some(&sign) {
            self.starts.push(self.out.len() as u32);
            self.out.push(sign);
        }
        self.word = self.out.len();
    }

    /// A separator: one space, which goes again if it only keeps apart letters that were spaced out.
    fn space(&mut self, separator: char) {
        if self.end_word() > 0 {
            self.gap = (separator, 1);
            self.out.push(b' ');
            self.word = self.out.len();
        } else {
            self.gap.1 += 1;
        }
    }

    /// Ends the word and says how long it was. The fourth single letter in a row joins all four.
    fn end_word(&mut self) -> usize {
        let length = self.out.len() - self.word;
        match length {
            0 => {}
            1 => {
                if self.singles == 0 {
                    self.singles_from = self.word;
                }
                self.singles += 1;
                if self.singles == SPACED {
                    let (from, mut kept) = (self.singles_from, self.singles_from);
                    for at in from..self.out.len() {
                        if self.out[at] != b' ' {
                            self.out[kept] = self.out[at];
                            kept += 1;
                        }
                    }
                    self.out.truncate(kept);
                    self.starts.truncate(self.starts.partition_point(|&start| (start as usize) < from));
                    self.starts.extend((from..kept).map(|start| start as u32));
                    self.joined.push((from, kept));
                } else if self.singles > SPACED
                    && let Some(joined) = self.joined.last_mut()
                {
                    joined.1 = self.out.len();
                }
            }
            _ => self.singles = 0,
        }
        self.word = self.out.len();
        length
    }
}

/// Letters and digits of ASCII as they are folded; 0 for everything else.
static ASCII: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        let lower = (byte as u8).to_ascii_lowercase();
        table[byte] = match lower {
            b'l' | b'1' => b'i',
            b'a'..=b'z' => lower,
            b'0' => b'o',
            b'2' => b'z',
            b'3' => b'e',
            b'4' => b'a',
            b'5' => b's',
            b'6' | b'9' => b'g',
            b'7' => b't',
            b'8' => b'b',
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// Not in the view.
const DROP: u16 = 0;
/// A separator.
const SPACE: u16 = 1;
/// Several characters, to be looked up one by one.
const EXPAND: u16 = 2;

/// What a character becomes: a Latin letter or a sign as itself, another letter of the basic plane, or one of the above.
fn letter(char: char) -> u16 {
    let code = u32::from(char);
    match code {
        0..0x80 => match ASCII[code as usize] {
            0 if b".?!:\"<>[]#".contains(&(code as u8)) => code as u16,
            0 => SPACE,
            symbol => u16::from(symbol),
        },
        0x80..0x1_0000 => BASIC_PLANE[code as usize],
        0xE_0020..=0xE_007E => char::from_u32(code - 0xE_0000).map_or(DROP, letter),
        0xE_0000..=0xE_01EF => DROP,
        0x1_F1E6..=0x1_F1FF => letter(char::from(b'a' + (code - 0x1_F1E6) as u8)),
        0x1_F130..=0x1_F189 => letter(char::from(b'a' + ((code - 0x1_F130) % 32) as u8)),
        _ => compatible(char),
    }
}

static BASIC_PLANE: LazyLock<Box<[u16]>> = LazyLock::new(|| {
    (0..0x1_0000_u32)
        .map(|code| char::from_u32(code).map_or(DROP, |char| if code < 0x80 { 0 } else { plain(char) }))
        .collect()
});

/// A character of the basic plane, folded.
fn plain(char: char) -> u16 {
    match char {
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{300}'..='\u{34e}'
        | '\u{350}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{640}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}' => DROP,
        '。' | '．' | '｡' | '…' | '।' | '۔' => u16::from(b'.'),
        '？' | '؟' => u16::from(b'?'),
        '！' => u16::from(b'!'),
        '：' => u16::from(b':'),
        '「' | '」' | '『' | '』' | '“' | '”' | '„' | '«' | '»' | '‟' => u16::from(b'"'),
        '【' | '［' => u16::from(b'['),
        '】' | '］' => u16::from(b']'),
        _ => compatible(char),
    }
}

/// A character by what it is compatible with, without its diacritics.
fn compatible(char: char) -> u16 {
    if ('\u{3040}'..='\u{30ff}').contains(&char) || ('\u{ac00}'..='\u{d7a3}').contains(&char) {
        return u32::from(char) as u16;
    }
    let mut decomposed = char.nfkd();
    let Some(first) = decomposed.next() else { return DROP };
    if !decomposed.all(|mark| ('\u{300}'..='\u{36f}').contains(&mark)) {
        // A ligature or two letters in a square, but no whole phrase.
        return if char.nfkd().count() <= 4 { EXPAND } else { SPACE };
    }
    let first = first.to_lowercase().next().unwrap_or(first);
    let latin = look_alike(first);
    if latin.is_ascii() {
        return letter(latin);
    }
    match u16::try_from(u32::from(latin)) {
        Ok(code) if latin.is_alphanumeric() || is_sign_of_a_word(latin) => code,
        _ => SPACE,
    }
}

/// Vowel signs and viramas of the scripts of India, which are part of words though no letters.
fn is_sign_of_a_word(char: char) -> bool {
    ('\u{900}'..='\u{dff}').contains(&char) || ('\u{e31}'..='\u{e4e}').contains(&char)
}

/// The Latin letter that a lower case letter looks like or is a form of; itself if none.
fn look_alike(char: char) -> char {
    const TABLE: &[(&str, char)] = &[
        ("аαɑᴀąａ⍺", 'a'),
        ("вβʙƀɓß", 'b'),
        ("сϲᴄƈⅽç¢", 'c'),
        ("ԁđɗᴅðɖ", 'd'),
        ("еєεɛᴇəǝҽ", 'e'),
        ("ꜰƒ", 'f'),
        ("ɡɢġԍ", 'g'),
        ("нһʜħհ", 'h'),
        ("іιıɪɩӏłʟ|ⅼǀℓ", 'i'),
        ("јᴊʝϳ", 'j'),
        ("кκᴋƙ", 'k'),
        ("мᴍɱμ", 'm'),
        ("пηɴռոɲŋ", 'n'),
        ("оοσօᴏøөœ", 'o'),
        ("рρᴘþƿ", 'p'),
        ("ԛզ", 'q'),
        ("ʀгɾ", 'r'),
        ("ѕꜱʂ§", 's'),
        ("тτᴛŧƭ", 't'),
        ("υսᴜʋ", 'u'),
        ("νѵᴠ", 'v'),
        ("ωԝᴡɯ", 'w'),
        ("хχ×", 'x'),
        ("уγʏүɣ", 'y'),
        ("ᴢʐƶ", 'z'),
        ("æ", 'a'),
        ("ё", 'e'),
        ("ς", 'o'),
    ];
    static MAP: LazyLock<HashMap<char, char>> =
        LazyLock::new(|| TABLE.iter().flat_map(|&(like, latin)| like.chars().map(move |char| (char, latin))).collect());
    MAP.get(&char).copied().unwrap_or(char)
}
