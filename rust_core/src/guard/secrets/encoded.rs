//! Values that can be read: checksums, base64, the header of a JWT.

use super::super::rule::Candidate;
use super::check::{starts_clean, token};
use super::drawn::{is_placeholder, is_random};
use super::password::is_weak_password;
use super::text::contains;
use crate::keys;

/// The last six characters of GitHub's and npm's tokens are the CRC-32 of what they follow, prefix aside.
fn has_checksum(value: &str, prefix: usize) -> bool {
    let Some(at) = value.len().checked_sub(6) else { return false };
    value.as_bytes().get(prefix..at).is_some_and(|body| value.as_bytes()[at..] == keys::checksum(body))
}

/// A checksum that is right settles it; without one the token may be mistyped, or of a kind that has none.
pub fn github(c: &Candidate<'_>) -> bool {
    has_checksum(c.value(), "ghp_".len()) || token(c)
}

/// As [`github`], for npm.
pub fn npm(c: &Candidate<'_>) -> bool {
    has_checksum(c.value(), "npm_".len()) || (token(c) && is_random(c.value()))
}

/// Our own keys: only with their checksum.
pub fn nemo(c: &Candidate<'_>) -> bool {
    keys::is_well_formed(c.value().as_bytes())
}

/// Decodes as much of `text`, in base64 of either alphabet, as fits into `into`. Nothing if it is not base64.
fn decode<'a>(text: &str, into: &'a mut [u8]) -> Option<&'a [u8]> {
    let (mut bits, mut held, mut length) = (0u32, 0u32, 0);
    for byte in text.bytes() {
        let sextet = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = bits << 6 | u32::from(sextet);
        held += 6;
        if held >= 8 {
            held -= 8;
            let Some(place) = into.get_mut(length) else { break };
            *place = (bits >> held) as u8;
            length += 1;
        }
    }
    Some(&into[..length])
}

/// A JWT in base64 once more.
pub fn jwt_base64(c: &Candidate<'_>) -> bool {
    let (mut outer, mut inner) = ([0; 900], [0; 900]);
    let header = decode(c.value(), &mut outer).and_then(|jwt| jwt.split(|byte| *byte == b'.').next());
    let header = header.and_then(|header| std::str::from_utf8(header).ok());
    starts_clean(c.before()) && header.and_then(|header| decode(header, &mut inner)).is_some_and(opens_object)
}

/// Whether `json` starts as an object does: a brace, a name in quotes, a colon.
fn opens_object(json: &[u8]) -> bool {
    let Some(name) = json.strip_prefix(b"{\"") else { return false };
    let end = name.iter().position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-' | b'.' | b'#'));
    end.is_some_and(|end| end > 0 && name[end] == b'"' && name[end + 1..].trim_ascii_start().starts_with(b":"))
}

/// Three parts or five, of which the first is a JSON object that names an algorithm.
pub fn jwt(c: &Candidate<'_>) -> bool {
    let mut parts = c.value().split('.');
    let (Some(header), Some(payload), Some(signature)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let mut buffer = [0; 900];
    decode(header, &mut buffer).is_some_and(opens_object)
        && payload.len() + signature.len() >= 16
        && starts_clean(c.before())
        && !is_placeholder(payload)
}

/// `name:password`, neither of which stands for another.
pub fn basic(c: &Candidate<'_>) -> bool {
    let mut buffer = [0; 300];
    let Some(decoded) = decode(c.value(), &mut buffer) else { return false };
    let Ok(pair) = std::str::from_utf8(decoded) else { return false };
    let Some((name, password)) = pair.split_once(':') else { return false };
    pair.chars().all(|character| !character.is_control())
        && name.len() + password.len() >= 4
        && !(is_weak_password(password) && (is_weak_password(name) || password.is_empty()))
}

/// A body that is base64 and not filled in by hand.
pub fn private_key(c: &Candidate<'_>) -> bool {
    let body = c.value().split_once("KEY").map_or("", |(_, body)| body);
    let body = body.trim_start_matches(" BLOCK").trim_start_matches('-');
    let letters =
        |text: &str| text.bytes().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')).count();
    let start = body.get(..600).unwrap_or(body);
    letters(body.split("-----").next().unwrap_or_default()) >= 24
        && !["...", "xxxx", "your", "****", "redacted", "placeholder"].iter().any(|word| contains(start, word))
        && super::text::sequence(start) < 0.5
}

/// A PEM file in base64: whatever the alignment, `PRIVATE KEY` reads as one of three.
pub fn private_key_base64(c: &Candidate<'_>) -> bool {
    let start = &c.value()[..c.value().len().min(80)];
    ["UFJJVkFURSBLRV", "BSSVZBVEUgS0VZ", "QUklWQVRFIEtFW"].iter().any(|name| start.contains(name))
}
