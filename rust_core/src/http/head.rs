//! The head of an answer: what of it matters, and nothing else is kept.

use std::mem::MaybeUninit;

use httparse::{Header, ParserConfig, Response};

use super::Fault;

pub(super) const MAX_HEAD: usize = 64 << 10;
const MAX_HEADERS: usize = 128;
/// A header value that is passed on is not longer than this: memory per open stream is bounded.
const MAX_PASSED_VALUE: usize = 1 << 10;

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// No body, by status.
    None,
    /// So many bytes.
    Length(u64),
    /// By chunks.
    Chunked,
    /// By the end of the connection.
    UntilClose,
}

/// What the head of an answer says.
#[derive(Debug)]
pub struct Head {
    /// 200 to 599 in what a decoder shows.
    pub status: u16,
    /// How the end of the body is told.
    pub framing: Framing,
    /// Whether the connection stays usable after the body.
    pub keep_alive: bool,
    /// The media type, lower-case, without parameters; empty if not said.
    pub content_type: Box<str>,
    /// Lower-case; empty if not said or `identity`.
    pub content_encoding: Box<str>,
    /// The header lines a client may see, `name: value\r\n` each with a lower-case name.
    pub passed: Box<[u8]>,
    /// The header lines that tell what is left of the provider's limits, in the same form.
    pub limits: Box<[u8]>,
}

/// Where the head ends, if it does: after the first empty line. `searched` bytes were looked at before.
pub(super) fn find_end(bytes: &[u8], searched: usize) -> Result<Option<usize>, Fault> {
    let prefix = bytes.len().min(7);
    if bytes[..prefix] != b"HTTP/1."[..prefix] {
        return Err(Fault::StatusLine);
    }
    for line_feed in memchr::memchr_iter(b'\n', &bytes[searched..]).map(|at| searched + at) {
        if line_feed >= MAX_HEAD {
            return Err(Fault::HeadTooLarge);
        }
        if bytes[line_feed - 1] != b'\r' {
            return Err(Fault::LineEnd);
        }
        if bytes[line_feed - 2] == b'\n' {
            return Ok(Some(line_feed + 1));
        }
    }
    Ok(None)
}

impl Head {
    /// Parses a whole head, empty line included.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
        let mut response = Response::new(&mut []);
        match ParserConfig::default().parse_response_with_uninit_headers(&mut response, bytes, &mut headers) {
            Ok(parsed) if parsed.is_complete() => {}
            Err(httparse::Error::Status | httparse::Error::Version) => return Err(Fault::StatusLine),
            Err(httparse::Error::TooManyHeaders) => return Err(Fault::HeadTooLarge),
            _ => return Err(Fault::Header),
        }
        let status = response.code.filter(|code| (100..600).contains(code)).ok_or(Fault::StatusLine)?;
        let old = response.version != Some(1);
        let fields = Fields::collect(response.headers, old)?;
        let silent = matches!(status, 204 | 304);
        let framing = match (silent, fields.chunked, fields.length) {
            (true, ..) => Framing::None,
            (_, true, _) => Framing::Chunked,
            (_, _, Some(length)) => Framing::Length(length),
            _ => Framing::UntilClose,
        };
        // A 204 that announces a body may well send one.
        let doubtful = status == 204 && (fields.chunked || fields.length.is_some_and(|length| length > 0));
        Ok(Self {
            status,
            framing,
            keep_alive: !old && !fields.close && !doubtful,
            content_type: fields.content_type,
            content_encoding: fields.content_encoding,
            passed: fields.passed.into_boxed_slice(),
            limits: fields.limits.into_boxed_slice(),
        })
    }
}

#[derive(Default)]
struct Fields {
    length: Option<u64>,
    chunked: bool,
    close: bool,
    content_type: Box<str>,
    content_encoding: Box<str>,
    passed: Vec<u8>,
    limits: Vec<u8>,
}

impl Fields {
    fn collect(headers: &[Header<'_>], old: bool) -> Result<Self, Fault> {
        let mut fields = Self::default();
        let mut seen = 0_u8;
        for header in headers {
            let mut buffer = [0; 40];
            let Some(name) = buffer.get_mut(..header.name.len()) else { continue };
            name.copy_from_slice(header.name.as_bytes());
            name.make_ascii_lowercase();
            let value = header.value.trim_ascii();
            match &*name {
                b"content-length" => {
                    let length = parse_length(value)?;
                    if fields.length.replace(length).is_some_and(|before| before != length) {
                        return Err(Fault::ContentLength);
                    }
                }
                b"transfer-encoding" => {
                    if old || fields.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                        return Err(Fault::TransferEncoding);
                    }
                    fields.chunked = true;
                }
                b"connection" => {
                    let mut options = value.split(|&byte| byte == b',');
                    fields.close |= options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"));
                }
                b"content-encoding" if !value.is_empty() && !value.eq_ignore_ascii_case(b"identity") => {
                    fields.content_encoding = lower(value);
                }
                name => {
                    if name == b"content-type" && fields.content_type.is_empty() {
                        let end = memchr::memchr(b';', value).unwrap_or(value.len());
                        fields.content_type = lower(value[..end].trim_ascii());
                    }
                    fields.pass(name, value, &mut seen);
                    fields.limit(name, value);
                }
            }
        }
        if fields.chunked && fields.length.is_some() { Err(Fault::ContentLength) } else { Ok(fields) }
    }

    /// Keeps a header that tells what is left of a limit.
    fn limit(&mut self, name: &[u8], value: &[u8]) {
        let ours = name.strip_prefix(b"x-ratelimit-").or_else(|| name.strip_prefix(b"anthropic-ratelimit-"));
        let (Some(rest), true) = (ours, value.len() <= 64) else { return };
        let wanted: [&[u8]; 8] = [
            b"remaining-requests",
            b"remaining-tokens",
            b"reset-requests",
            b"reset-tokens",
            b"requests-remaining",
            b"requests-reset",
            b"tokens-remaining",
            b"tokens-reset",
        ];
        if wanted.contains(&rest) && self.limits.len() < MAX_PASSED_VALUE {
            for part in [name, b": ", value, b"\r\n"] {
                self.limits.extend_from_slice(part);
            }
        }
    }

    /// Keeps a header a client may see; of several with one name, the first.
    fn pass(&mut self, name: &[u8], value: &[u8], seen: &mut u8) {
        const PASSED: [&[u8]; 7] = [
            b"content-type",
            b"retry-after",
            b"retry-after-ms",
            b"x-should-retry",
            b"openai-processing-ms",
            b"openai-version",
            b"openai-model",
        ];
        let Some(index) = PASSED.iter().position(|passed| *passed == name) else { return };
        let harmless = value.len() <= MAX_PASSED_VALUE && !value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0));
        if harmless && *seen & (1 << index) == 0 {
            *seen |= 1 << index;
            for part in [name, b": ", value, b"\r\n"] {
                self.passed.extend_from_slice(part);
            }
        }
    }
}

fn parse_length(value: &[u8]) -> Result<u64, Fault> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(Fault::ContentLength);
    }
    value
        .iter()
        .try_fold(0_u64, |length, digit| length.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
        .ok_or(Fault::ContentLength)
}

fn lower(value: &[u8]) -> Box<str> {
    let bounded = &value[..value.len().min(MAX_PASSED_VALUE)];
    String::from_utf8_lossy(bounded).to_ascii_lowercase().into_boxed_str()
}
