//! The framing of what goes out.

use std::ops::Deref;

/// Bytes for the client, as one chunk of the chunked coding or bare.
#[derive(Debug)]
pub struct Frame {
    pub(super) bytes: Vec<u8>,
    start: usize,
    chunked: bool,
}

impl Frame {
    /// Room for the size in front of a chunk, in hexadecimal and with its CR LF.
    const ROOM: usize = 2 * size_of::<usize>() + 2;

    pub(super) fn new(chunked: bool, expected: usize) -> Self {
        let start = if chunked { Self::ROOM } else { 0 };
        let mut bytes = Vec::with_capacity(start + expected + 2);
        bytes.resize(start, 0);
        Self { bytes, start, chunked }
    }

    pub(super) fn close(&mut self) {
        let mut size = self.bytes.len() - self.start;
        if !self.chunked || size == 0 {
            return;
        }
        let mut put = |byte| {
            self.start -= 1;
            self.bytes[self.start] = byte;
        };
        put(b'\n');
        put(b'\r');
        while size > 0 {
            put(b"0123456789abcdef"[size % 16]);
            size /= 16;
        }
        self.bytes.extend_from_slice(b"\r\n");
    }
}

impl Deref for Frame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}
