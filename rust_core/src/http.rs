//! The upstream's HTTP/1.1 response, parsed however its bytes are cut.
//!
//! A [`Decoder`] reads one answer: the head once, then the body, handed on piece by piece without its framing and
//! without being copied. It is strict, because whoever reads a length differently from the upstream can be made to
//! take one answer for another: whatever is not plainly HTTP/1.x is a [`Fault`], and the connection is to be closed.
//! Bounds: a head of 64 KiB and 128 headers, 16 interim (1xx) answers, a chunk-size line of 256 bytes, 8 KiB of trailers.

mod chunked;
mod head;

use std::fmt;

pub use self::head::{Framing, Head};
use self::{chunked::Chunked, head::MAX_HEAD};

const MAX_INTERIM: u8 = 16;

/// Why an upstream's bytes are not an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The status line is not HTTP/1.0 or HTTP/1.1 with a status from 100 to 599.
    StatusLine,
    /// The head or the trailers exceed their bounds.
    HeadTooLarge,
    /// A header that is not `name: value`, folded lines and control characters included.
    Header,
    /// A line that does not end in CR LF.
    LineEnd,
    /// A `content-length` that is not one number, or comes beside a `transfer-encoding`.
    ContentLength,
    /// A `transfer-encoding` other than `chunked`, or in HTTP/1.0.
    TransferEncoding,
    /// A chunk that does not begin with its size or is not as long as it says.
    Chunk,
    /// An interim answer we never asked for (101), with a body, or one too many.
    Interim,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StatusLine => "malformed status line",
            Self::HeadTooLarge => "header block too large",
            Self::Header => "malformed header",
            Self::LineEnd => "line without CR LF",
            Self::ContentLength => "ambiguous content-length",
            Self::TransferEncoding => "unsupported transfer-encoding",
            Self::Chunk => "malformed chunk",
            Self::Interim => "unexpected interim response",
        })
    }
}

#[derive(Debug)]
enum Phase {
    Head,
    Length(u64),
    Chunked(Chunked),
    UntilClose,
    Done,
    Failed(Fault),
}

/// One answer being read. See the module's documentation.
#[derive(Debug)]
pub struct Decoder {
    phase: Phase,
    head: Option<Head>,
    /// The beginning of a head whose end has not come yet.
    held: Vec<u8>,
    /// How much of `held` was already searched for that end.
    searched: usize,
    interim: u8,
    /// Bytes came after the end of the answer.
    surplus: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { phase: Phase::Head, head: None, held: Vec::new(), searched: 0, interim: 0, surplus: false }
    }
}

impl Decoder {
    /// The head, once it is there.
    pub fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// Whether the last byte of the answer has come.
    pub fn is_done(&self) -> bool {
        matches!(self.phase, Phase::Done)
    }

    /// Whether only the end of the connection ends this body.
    pub fn ends_by_close(&self) -> bool {
        matches!(self.phase, Phase::UntilClose)
    }

    /// Whether the connection may carry another request: cleanly ended, kept alive, and nothing beyond the end.
    pub fn is_reusable(&self) -> bool {
        self.is_done() && !self.surplus && self.head.as_ref().is_some_and(|head| head.keep_alive)
    }

    /// Takes what was read; `body` gets the pieces of the body in it. A fault is final.
    pub fn feed(&mut self, mut data: &[u8], mut body: impl FnMut(&[u8])) -> Result<(), Fault> {
        while !data.is_empty() {
            match self.step(data, &mut body) {
                Ok(used) => data = &data[used..],
                Err(fault) => {
                    self.held = Vec::new();
                    self.phase = Phase::Failed(fault);
                    return Err(fault);
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, data: &[u8], body: &mut impl FnMut(&[u8])) -> Result<usize, Fault> {
        match &mut self.phase {
            Phase::Head => self.read_head(data),
            Phase::Length(left) => {
                let used = data.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                body(&data[..used]);
                *left -= used as u64;
                if *left == 0 {
                    self.phase = Phase::Done;
                }
                Ok(used)
            }
            Phase::Chunked(chunked) => {
                let used = chunked.feed(data, body)?;
                if chunked.is_done() {
                    self.phase = Phase::Done;
                }
                Ok(used)
            }
            Phase::UntilClose => {
                body(data);
                Ok(data.len())
            }
            Phase::Done => {
                self.surplus = true;
                Ok(data.len())
            }
            Phase::Failed(fault) => Err(*fault),
        }
    }

    /// Reads (a part of) a head; how many bytes of `data` it took.
    fn read_head(&mut self, data: &[u8]) -> Result<usize, Fault> {
        if self.held.is_empty()
            && let Some(end) = head::find_end(data, 0)?
        {
            self.take_head(&data[..end])?;
            return Ok(end);
        }
        let before = self.held.len();
        let room = MAX_HEAD + 1 - before;
        self.held.extend_from_slice(&data[..data.len().min(room)]);
        match head::find_end(&self.held, self.searched)? {
            Some(end) => {
                let head = std::mem::take(&mut self.held);
                self.searched = 0;
                self.take_head(&head[..end])?;
                Ok(end - before)
            }
            None if self.held.len() > MAX_HEAD => Err(Fault::HeadTooLarge),
            None => {
                self.searched = self.held.len();
                Ok(data.len())
            }
        }
    }

    fn take_head(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let head = Head::parse(bytes)?;
        if head.status < 200 {
            self.interim += 1;
            let welcome = head.status != 101 && head.framing == Framing::UntilClose;
            return if welcome && self.interim <= MAX_INTERIM { Ok(()) } else { Err(Fault::Interim) };
        }
        self.phase = match head.framing {
            Framing::None | Framing::Length(0) => Phase::Done,
            Framing::Length(length) => Phase::Length(length),
            Framing::Chunked => Phase::Chunked(Chunked::default()),
            Framing::UntilClose => Phase::UntilClose,
        };
        self.head = Some(head);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
