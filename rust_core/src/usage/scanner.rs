//! Finds the top-level `usage` of a JSON body, and how many objects its `data` has, while the body goes by, wherever it is cut, without keeping the body.

use super::{Usage, cursor::Quoted, cursor::find_structure};

/// A longer `usage` is not read.
const MAX_CAPTURE: usize = 16 << 10;
/// `usage` with every letter escaped; a longer name is another one.
const MAX_NAME: usize = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Before the body's first byte that is not white space.
    Start,
    /// Before a member's name, or the end of the body.
    Name,
    InName,
    NameEscape,
    Colon,
    Value,
    /// In a string that is a value or in one.
    InString,
    StringEscape,
    /// In an object or array, outside strings.
    Nested,
    /// In a number, `true`, `false` or `null`.
    Scalar,
    /// After a member.
    Comma,
    /// Behind the end, or at something that is not an object.
    Done,
}

/// See the module's documentation. Memory: 16 KiB while it is in the `usage` member, none otherwise.
#[derive(Debug)]
pub struct Scanner {
    at: At,
    depth: u32,
    name: [u8; MAX_NAME],
    /// More than `MAX_NAME` if the name is longer.
    name_length: u8,
    capture: Option<Vec<u8>>,
    usage: Option<Usage>,
    in_data: bool,
    objects: u64,
    has_data: bool,
}

impl Default for Scanner {
    fn default() -> Self {
        Self {
            at: At::Start,
            depth: 0,
            name: [0; MAX_NAME],
            name_length: 0,
            capture: None,
            usage: None,
            in_data: false,
            objects: 0,
            has_data: false,
        }
    }
}

impl Scanner {
    /// The usage, if it has gone by. Of several, the last.
    pub fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// How many objects there are in `data`, if that has gone by.
    pub fn images(&self) -> Option<u64> {
        self.has_data.then_some(self.objects)
    }

    /// Takes the next bytes of the body.
    pub fn feed(&mut self, mut data: &[u8]) {
        while !data.is_empty() && self.at != At::Done {
            let (seen, rest) = data.split_at(self.step(data));
            if self.capture.is_some() {
                self.keep(seen);
            }
            data = rest;
        }
    }

    /// Collects the usage's bytes, and reads them when they are all there.
    fn keep(&mut self, seen: &[u8]) {
        let mut capture = self.capture.take().unwrap_or_default();
        if capture.len() + seen.len() > MAX_CAPTURE {
            return;
        }
        capture.extend_from_slice(seen);
        if self.at == At::Comma {
            self.usage = Usage::parse(&capture).or(self.usage);
        } else {
            self.capture = Some(capture);
        }
    }

    /// Goes on to the next byte that matters; how many bytes that took, none if only the state changed.
    fn step(&mut self, data: &[u8]) -> usize {
        match self.at {
            At::InString => self.in_string(data),
            At::Nested => self.nested(data),
            At::InName => self.in_name(data),
            At::Scalar => self.scalar(data),
            At::StringEscape => {
                self.at = At::InString;
                1
            }
            At::NameEscape => {
                self.push_name(&data[..1]);
                self.at = At::InName;
                1
            }
            At::Start | At::Name | At::Colon | At::Value | At::Comma | At::Done => self.between(data[0]),
        }
    }

    /// A byte between the parts of a member.
    fn between(&mut self, byte: u8) -> usize {
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            return 1;
        }
        self.at = match (self.at, byte) {
            (At::Start, b'{') | (At::Comma, b',') => At::Name,
            (At::Name, b'"') => {
                self.name_length = 0;
                At::InName
            }
            (At::Colon, b':') => At::Value,
            (At::Value, _) => {
                self.capture = self.is_usage().then(Vec::new);
                self.in_data = byte == b'[' && self.name.get(..usize::from(self.name_length)) == Some(b"data");
                self.depth = u32::from(matches!(byte, b'{' | b'['));
                match byte {
                    b'"' => At::InString,
                    b'{' | b'[' => At::Nested,
                    _ => At::Scalar,
                }
            }
            _ => At::Done,
        };
        usize::from(self.at != At::Scalar)
    }

    fn in_string(&mut self, data: &[u8]) -> usize {
        let Some(end) = memchr::memchr2(b'"', b'\\', data) else { return data.len() };
        self.at = match (data[end], self.depth) {
            (b'\\', _) => At::StringEscape,
            (_, 0) => At::Comma,
            _ => At::Nested,
        };
        end + 1
    }

    fn nested(&mut self, data: &[u8]) -> usize {
        let Some(end) = find_structure(data) else { return data.len() };
        match data[end] {
            b'"' => self.at = At::InString,
            open @ (b'{' | b'[') => {
                self.objects += u64::from(self.in_data && self.depth == 1 && open == b'{');
                self.depth = self.depth.saturating_add(1);
            }
            _ => self.depth -= 1,
        }
        if self.depth == 0 {
            self.at = At::Comma;
            self.has_data |= self.in_data;
        }
        end + 1
    }

    fn scalar(&mut self, data: &[u8]) -> usize {
        let end = data.iter().position(|byte| matches!(byte, b',' | b'}' | b' ' | b'\t' | b'\n' | b'\r'));
        if end.is_some() {
            self.at = At::Comma;
        }
        end.unwrap_or(data.len())
    }

    fn in_name(&mut self, data: &[u8]) -> usize {
        let end = memchr::memchr2(b'"', b'\\', data);
        self.push_name(&data[..end.unwrap_or(data.len())]);
        let Some(end) = end else { return data.len() };
        if data[end] == b'"' {
            self.at = At::Colon;
        } else {
            self.push_name(b"\\");
            self.at = At::NameEscape;
        }
        end + 1
    }

    fn push_name(&mut self, bytes: &[u8]) {
        let start = usize::from(self.name_length);
        match self.name.get_mut(start..start + bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.name_length += bytes.len() as u8;
            }
            None => self.name_length = u8::MAX,
        }
    }

    fn is_usage(&self) -> bool {
        self.name.get(..usize::from(self.name_length)).is_some_and(|name| match name {
            b"usage" => true,
            _ => name.contains(&b'\\') && Quoted::new(name).text() == "usage",
        })
    }
}
