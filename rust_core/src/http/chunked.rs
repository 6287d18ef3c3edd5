//! The chunked transfer coding, taken off a stream that may be cut anywhere. Extensions and trailers are skipped.

use super::Fault;

const MAX_SIZE_LINE: u16 = 256;
const MAX_TRAILERS: u16 = 8 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Before the first digit of a chunk's size.
    Size,
    MoreSize,
    Extension,
    SizeLineFeed,
    Data,
    DataReturn,
    DataLineFeed,
    /// At the beginning of a line after the last chunk.
    Trailer,
    MoreTrailer,
    TrailerLineFeed,
    LastLineFeed,
    Done,
}

#[derive(Debug)]
pub(super) struct Chunked {
    at: At,
    /// What is left of the chunk, or its size so far.
    left: u64,
    /// The length of the size line, or of all trailers, so far.
    line: u16,
}

impl Default for Chunked {
    fn default() -> Self {
        Self { at: At::Size, left: 0, line: 0 }
    }
}

impl Chunked {
    pub(super) fn is_done(&self) -> bool {
        self.at == At::Done
    }

    /// Hands the content in `data` to `body`; how many bytes it used, all of them unless the end came.
    pub(super) fn feed(&mut self, data: &[u8], body: &mut impl FnMut(&[u8])) -> Result<usize, Fault> {
        let mut used = 0;
        while used < data.len() && self.at != At::Done {
            if self.at == At::Data {
                let rest = &data[used..];
                let taken = rest.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                body(&rest[..taken]);
                used += taken;
                self.left -= taken as u64;
                if self.left == 0 {
                    self.at = At::DataReturn;
                }
            } else {
                self.at = self.framing(data[used])?;
                used += 1;
            }
        }
        Ok(used)
    }

    /// One byte that is not content.
    fn framing(&mut self, byte: u8) -> Result<At, Fault> {
        let digit = match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            b'A'..=b'F' => Some(byte - b'A' + 10),
            _ => None,
        };
        let next = match (self.at, byte) {
            (At::Size | At::MoreSize, _) if digit.is_some() => {
                self.left = self.left.checked_mul(16).ok_or(Fault::Chunk)? + u64::from(digit.unwrap_or_default());
                At::MoreSize
            }
            (At::MoreSize | At::Extension, b'\r') => At::SizeLineFeed,
            (At::MoreSize, b';') | (At::Extension, b'\t' | b' '..=b'~' | 0x80..) => At::Extension,
            (At::SizeLineFeed, b'\n') => {
                self.line = 0;
                return Ok(if self.left == 0 { At::Trailer } else { At::Data });
            }
            (At::DataReturn, b'\r') => return Ok(At::DataLineFeed),
            (At::DataLineFeed, b'\n') => return Ok(At::Size),
            (At::Trailer, b'\r') => return Ok(At::LastLineFeed),
            (At::Trailer | At::MoreTrailer, b'\t' | b' '..=b'~' | 0x80..) => At::MoreTrailer,
            (At::MoreTrailer, b'\r') => At::TrailerLineFeed,
            (At::TrailerLineFeed, b'\n') => At::Trailer,
            (At::LastLineFeed, b'\n') => return Ok(At::Done),
            (At::Trailer | At::MoreTrailer, _) => return Err(Fault::Header),
            (At::MoreSize | At::Extension, b'\n') | (At::TrailerLineFeed | At::LastLineFeed, _) => {
                return Err(Fault::LineEnd);
            }
            _ => return Err(Fault::Chunk),
        };
        self.line += 1;
        match next {
            At::MoreSize | At::Extension if self.line > MAX_SIZE_LINE => Err(Fault::Chunk),
            _ if self.line > MAX_TRAILERS => Err(Fault::HeadTooLarge),
            _ => Ok(next),
        }
    }
}
