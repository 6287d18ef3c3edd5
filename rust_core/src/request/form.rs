//! A `multipart/form-data` body: its fields, its file, and what to cut out of it. Strict, because a server behind us
//! that reads it differently would get another request than the one that was paid for; linear, whatever is sent.
//!
//! The boundary is that of the first line: nothing may stand before it.

use memchr::{memchr, memmem};

use super::{Endpoint, Invalid, Problem, check};
use crate::json::{Kind, Scanner, Span, write_string};

/// Parts that are taken.
const MOST_PARTS: usize = 256;
/// Bytes of a part's headers.
const MOST_HEADERS: usize = 4096;
/// Bytes of a field that is not a file.
const LONGEST_FIELD: usize = 1 << 20;
/// RFC 2046.
const LONGEST_BOUNDARY: usize = 70;

/// What a form says.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub(super) boundary: String,
    pub(super) model: String,
    /// Where that stands.
    pub(super) model_at: Span,
    /// `nemo_*` parts, and those inside `metadata` and `extra_body`.
    pub(super) cuts: Vec<Span>,
    /// Their names, with what they say as JSON.
    pub(super) extensions: Vec<(String, String)>,
    pub(super) stream: bool,
    pub(super) n: u64,
    pub(super) prompt: Option<Span>,
    pub(super) quality: Option<Span>,
    /// The content of the first file.
    pub(super) file: Option<Span>,
}

/// One part, from the start of its delimiter to the start of the next.
struct Part {
    name: String,
    is_file: bool,
    whole: Span,
    value: Span,
}

impl Form {
    pub(super) fn read(body: &[u8], endpoint: Endpoint) -> Result<Self, Invalid> {
        let boundary = boundary(body)?;
        let mut form = Self { boundary: boundary.to_owned(), n: 1, ..Self::default() };
        let mut seen: Vec<&'static str> = Vec::new();
        for part in parts(body, boundary)? {
            let Part { name, is_file, whole, value } = part;
            let bytes = body.get(value.start..value.end).unwrap_or_default();
            if is_file {
                let wanted = match endpoint {
                    Endpoint::ImageEdits => matches!(&*name, "image" | "image[]"),
                    _ => name == "file",
                };
                if wanted && form.file.is_none() {
                    form.file = Some(value);
                } else if wanted && endpoint != Endpoint::ImageEdits {
                    return Err(Invalid::duplicate(&name));
                }
                if extension(&name).is_some() || SINGLE.contains(&&*name) {
                    return Err(broken(&name, "is sent as a file, and must be a field"));
                }
                continue;
            }
            if bytes.len() > LONGEST_FIELD {
                return Err(broken(&name, "is longer than a field may be"));
            }
            let text = std::str::from_utf8(bytes).map_err(|_| broken(&name, "is not UTF-8"))?;
            if let Some(inner) = extension(&name) {
                form.cuts.push(whole);
                form.extensions.push((inner.to_owned(), as_json(text)));
                continue;
            }
            let Some(single) = SINGLE.iter().find(|single| **single == name) else { continue };
            if seen.contains(single) {
                return Err(Invalid::duplicate(single));
            }
            seen.push(single);
            match *single {
                "model" => (form.model, form.model_at) = (text.to_owned(), value),
                "stream" => form.stream = check::form_boolean(text, "stream")?,
                "n" => form.n = check::form_choices(text, "n")?,
                "prompt" => form.prompt = Some(value),
                "quality" => form.quality = Some(value),
                _ => {}
            }
        }
        form.check(endpoint)?;
        Ok(form)
    }

    fn check(&self, endpoint: Endpoint) -> Result<(), Invalid> {
        check::form_model(&self.model)?;
        let file = if endpoint == Endpoint::ImageEdits { "image" } else { "file" };
        if self.file.is_none() {
            return Err(check::form_missing(file));
        }
        if endpoint == Endpoint::ImageEdits && self.prompt.is_none() {
            return Err(check::form_missing("prompt"));
        }
        Ok(())
    }
}

/// Fields that the gateway reads, and that a provider could read the other one of if there were two.
const SINGLE: [&str; 6] = ["model", "stream", "n", "prompt", "quality", "response_format"];

/// The extension's name if a part of this name is one: `nemo_cache`, `metadata[nemo_cache]`.
fn extension(name: &str) -> Option<&str> {
    let inner = name.strip_prefix("extra_body[").or_else(|| name.strip_prefix("metadata["));
    let name = inner.and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    name.starts_with("nemo_").then_some(name)
}

/// What a form's field says as JSON: as it stands where that is JSON, else as a string.
fn as_json(text: &str) -> String {
    let mut scan = Scanner::new(text);
    let is_json = scan.peek().is_ok_and(|kind| kind != Kind::String) && scan.value().is_ok() && scan.end().is_ok();
    if is_json {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    write_string(&mut quoted, text);
    quoted
}

fn broken(param: &str, why: &'static str) -> Invalid {
    Invalid { param: param.chars().take(64).collect(), problem: Problem::Form(why) }
}

/// The boundary of the body's first line.
fn boundary(body: &[u8]) -> Result<&str, Invalid> {
    let line = body.strip_prefix(b"--").and_then(|rest| Some(&rest[..memchr(b'\r', rest)?]));
    let boundary = line.and_then(|line| std::str::from_utf8(line).ok()).unwrap_or_default();
    if boundary.is_empty() || boundary.len() > LONGEST_BOUNDARY {
        return Err(broken("", "does not begin with its boundary"));
    }
    Ok(boundary)
}

/// Every part, in order; the closing delimiter must follow the last one, and nothing may follow that.
fn parts(body: &[u8], boundary: &str) -> Result<Vec<Part>, Invalid> {
    let delimiter = format!("\r\n--{boundary}");
    let finder = memmem::Finder::new(&delimiter);
    let mut parts = Vec::new();
    // The first delimiter has no line before it.
    let (mut start, mut at) = (0, delimiter.len() - 2);
    loop {
        let rest = body.get(at..).unwrap_or_default();
        if let Some(end) = rest.strip_prefix(b"--") {
            return if matches!(end, b"" | b"\r\n") { Ok(parts) } else { Err(broken("", "goes on after its end")) };
        }
        if !rest.starts_with(b"\r\n") {
            return Err(broken("", "has a line that begins as its boundary does"));
        }
        if parts.len() == MOST_PARTS {
            return Err(Invalid { param: String::new(), problem: Problem::TooMany(MOST_PARTS) });
        }
        let head_at = at + 2;
        let limit = body.len().min(head_at + MOST_HEADERS);
        let window = body.get(head_at..limit).unwrap_or_default();
        let length = memmem::find(window, b"\r\n\r\n").ok_or_else(|| broken("", "has a part without headers"))?;
        let (name, is_file) = disposition(window.get(..length).unwrap_or_default())?;
        // A part without content: the empty line's end is the delimiter's beginning.
        let value_at = head_at + length + 4;
        let search = value_at - 2;
        let found = body.get(search..).and_then(|rest| finder.find(rest));
        let end = search + found.ok_or_else(|| broken("", "does not end with its boundary"))?;
        let value = Span { start: value_at.min(end), end };
        parts.push(Part { name, is_file, whole: Span { start, end: end + 2 }, value });
        start = end + 2;
        at = end + delimiter.len();
    }
}

/// The name in a part's headers, and whether it has a file name.
fn disposition(head: &[u8]) -> Result<(String, bool), Invalid> {
    let head = std::str::from_utf8(head).map_err(|_| broken("", "has a part with headers that are not UTF-8"))?;
    let mut found = None;
    for line in head.split("\r\n") {
        if line.contains(|c: char| c != '\t' && c.is_ascii_control()) || line.starts_with([' ', '\t']) {
            return Err(broken("", "has a part with a broken header"));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| broken("", "has a part with a broken header"))?;
        if name.eq_ignore_ascii_case("content-transfer-encoding") {
            if !["binary", "8bit", "7bit"].iter().any(|plain| value.trim().eq_ignore_ascii_case(plain)) {
                return Err(broken("", "has a part with a Content-Transfer-Encoding; send it as it is"));
            }
        } else if name.eq_ignore_ascii_case("content-disposition") && found.replace(parameters(value)?).is_some() {
            return Err(broken("", "has a part with two names"));
        }
    }
    found.ok_or_else(|| broken("", "has a part without a name"))
}

/// The parameters of `form-data; name="a"; filename="b"`.
fn parameters(value: &str) -> Result<(String, bool), Invalid> {
    let wrong = || broken("", "has a part with a broken Content-Disposition");
    let (kind, mut rest) = value.split_once(';').ok_or_else(wrong)?;
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err(wrong());
    }
    let (mut name, mut is_file) = (None, false);
    loop {
        let (key, after) = rest.split_once('=').ok_or_else(wrong)?;
        let (text, after) = quoted(after).ok_or_else(wrong)?;
        match &*key.trim().to_ascii_lowercase() {
            // A name that needs an escape is one that two parsers may read in two ways.
            "name" if name.is_none() && !text.contains(['\\', '"']) => name = Some(text.to_owned()),
            "filename" | "filename*" => is_file = true,
            _ => return Err(wrong()),
        }
        match after.trim_start().strip_prefix(';') {
            Some(more) if !more.trim().is_empty() => rest = more,
            None if !after.trim().is_empty() => return Err(wrong()),
            _ => return Ok((name.ok_or_else(wrong)?, is_file)),
        }
    }
}

/// A quoted string or a token, and what follows it. An escaped quote is taken only where it cannot be the end of the
/// string to somebody who knows no escapes.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let Some(inner) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        let token = text[..end].trim();
        return (!token.is_empty() && !token.contains(['"', ' '])).then(|| (token, &text[end..]));
    };
    let mut escaped = false;
    let end = inner.char_indices().find(|(at, c)| {
        let is_escaped = c == &'"' && inner[..*at].ends_with('\\');
        escaped |= is_escaped;
        c == &'"' && !is_escaped
    });
    let (end, _) = end?;
    let string = &inner[..end];
    (!escaped || !string.contains(';')).then(|| (string, &inner[end + 1..]))
}

#[cfg(test)]
mod tests;
