//! Whether what a pattern found is a secret: where it stands, and what is said before it.
//!
//! The more a format says by itself (a prefix, a length, a checksum), the less is asked of the value: [`token`] for
//! values that their prefix gives away, [`near`] for values that only the words before them do.

use super::super::rule::Candidate;
use super::drawn::{Alphabet, PLAIN_STAND_INS, is_placeholder, is_random};
use super::text::{contains, contains_any, entropy, is_wordy, sequence};

/// For a value with a prefix of its own: it stands alone, and nobody typed it in place of a real one.
pub fn token(c: &Candidate<'_>) -> bool {
    stands_alone(c) && !is_placeholder(c.value())
}

/// For a format that no other text has, wherever it stands: long prefixes, keys in the middle of a URL.
pub fn anywhere(c: &Candidate<'_>) -> bool {
    !is_placeholder(c.value())
}

/// For `sk-`, which every other provider took over: not a word, not a placeholder.
pub fn sk(c: &Candidate<'_>) -> bool {
    token(c) && !is_wordy(c.value()) && c.value().bytes().filter(u8::is_ascii_digit).count() >= 2
}

/// For `sk-` and any characters: a capital among small letters, digits, and nothing that reads as words. Our own keys have
/// a rule that knows them better.
pub fn random_sk(c: &Candidate<'_>) -> bool {
    let capital = c.value().bytes().any(|byte| byte.is_ascii_uppercase());
    sk(c) && capital && is_random(c.value()) && !c.value().starts_with("sk-nemo-")
}

/// For a value with a short prefix, which other names may start with as well.
pub fn random_token(c: &Candidate<'_>) -> bool {
    stands_alone(c) && is_random(c.value())
}

/// As [`random_token`], for letters that base64 of a file starts a line with as well.
pub fn random_whole(c: &Candidate<'_>) -> bool {
    random_token(c) && !continues_base64(c)
}

/// For a value without a format of its own, a vendor's name before it: what stands between the two must speak of a
/// secret, or only assign, and the value must look drawn.
pub fn near(c: &Candidate<'_>) -> bool {
    let words = leading(c);
    stands_alone(c)
        && starts_word(c)
        && !continues_base64(c)
        && !c.value().starts_with("//")
        && speaks_of_secret(words)
        && is_random(c.value())
}

/// The vendor's name is not the end of another word: `etsy` is not in `SetSysctl`.
fn starts_word(c: &Candidate<'_>) -> bool {
    let before = c.before().len() - leading(c).len();
    !(c.before()[..before].ends_with(|last: char| last.is_ascii_alphabetic())
        && c.matched().starts_with(|first: char| first.is_ascii_lowercase()))
}

/// As [`near`], for values that are too short or too plain to look drawn.
pub fn near_plain(c: &Candidate<'_>) -> bool {
    let words = leading(c);
    stands_alone(c) && !continues_base64(c) && speaks_of_secret(words) && !is_placeholder(c.value())
}

/// The words of a match that ends with its value.
pub fn leading<'a>(c: &Candidate<'a>) -> &'a str {
    &c.matched()[..c.matched().len() - c.value().len()]
}

/// The last `length` bytes of `text`, or a little less.
fn tail(text: &str, length: usize) -> &str {
    let start = text.len().saturating_sub(length);
    let start = (start..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(start);
    &text[start..]
}

/// Neither end is in the middle of a longer word.
pub fn stands_alone(c: &Candidate<'_>) -> bool {
    let continues = |next: char| next.is_ascii_alphanumeric() || next == '_';
    starts_clean(c.before()) && !c.after().is_some_and(continues)
}

/// Whether a value may start behind `before`: not within a word, but an escaped line break or a percent-encoded byte
/// ends one.
pub fn starts_clean(before: &str) -> bool {
    let bytes = before.as_bytes();
    match bytes {
        [] => true,
        [.., last] if !last.is_ascii_alphanumeric() => true,
        [.., b'\\', last] => matches!(last, b'n' | b'r' | b't' | b'b' | b'f'),
        [.., b'%', high, low] | [.., b'\\', b'x', high, low] => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        [.., b'\\', b'u', a, b, c, d] => [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()),
        // The end of a terminal's colour code.
        [.., b'0'..=b'9', b'm'] => before.rfind('[').is_some_and(|at| before.len() - at < 12),
        _ => false,
    }
}

/// A value of letters and digits in the middle of something longer that is written in base64.
fn continues_base64(c: &Candidate<'_>) -> bool {
    matches!(c.after(), Some('+' | '/')) || matches!(c.before().as_bytes(), [.., b'+' | b'/'])
}

#[rustfmt::skip]
const SECRET_WORDS: &[&str] = &[
    "key", "token", "secret", "auth", "pass", "pwd", "cred", "bearer", "api", "private", "license", "sign", "login",
    "webhook", "pat", "jwt", "dsn",
];

#[rustfmt::skip]
pub const DIGEST_WORDS: &[&str] = &[
    "sha1", "sha2", "sha3", "sha5", "sha-", "sha:", "sha ", "sha_", "sha=", "hash", "digest", "md5", "checksum",
    "commit", "integrity", "etag", "revision", "fingerprint", "thumbprint", "publickeytoken", "public_key",
    "public key", "pubkey", "uuid", "guid", "blob", "nonce", "request-id", "request_id", "requestid", "trace",
    "version",
];

fn speaks_of_secret(words: &str) -> bool {
    !contains_any(words, DIGEST_WORDS) && (contains_any(words, SECRET_WORDS) || assigns(words))
}

/// Whether nothing but an assignment stands at the end: `NAME = "`.
fn assigns(words: &str) -> bool {
    let open = words.trim_end_matches([' ', '\t', '"', '\'', '`']);
    let name = open.trim_end_matches(['=', ':', '>', ',', '(']);
    name.len() < open.len() && words.len() < 40 && !name.contains(['\n', '{', ';'])
}

/// AWS's ids: drawn from an alphabet without 0, 1, 8 and 9, though older ones have them. Those of its documentation end
/// in `EXAMPLE`.
pub fn aws_id(c: &Candidate<'_>) -> bool {
    let drawn = &c.value()[4..];
    stands_alone(c)
        && entropy(drawn) >= 2.5
        && sequence(drawn) < 0.7
        && !contains_any(drawn, &["example", "xxxx", "your"])
}

/// Forty characters of base64, with something said of a secret before it.
pub fn aws_secret(c: &Candidate<'_>) -> bool {
    let alphabet = Alphabet::of(c.value());
    !alphabet.is_hex && alphabet.lower > 0 && alphabet.upper > 0 && near(c) && !matches!(c.after(), Some('='))
}

/// The older client secrets of Azure: 32 to 44 characters, of which some are punctuation.
pub fn azure_old_secret(c: &Candidate<'_>) -> bool {
    let marks = c.value().bytes().filter(|byte| !byte.is_ascii_alphanumeric()).count();
    (1..=10).contains(&marks) && near(c) && !is_member(c.value())
}

/// A signature of Azure's shared access: base64 of 32 bytes, percent-encoded or not.
pub fn sas(c: &Candidate<'_>) -> bool {
    let value = c.value();
    (value.ends_with('=') || value.to_ascii_lowercase().ends_with("%3d")) && entropy(value) >= 3.8
}

/// A value in hexadecimal that is a digest more often than not: what stands before must name a token.
pub fn near_named(c: &Candidate<'_>) -> bool {
    let words = leading(c);
    near(c) && contains_any(words, &["token", "secret", "key", "pat", "oauth", "password"])
}

/// Stripe's keys: those of its documentation are of the test mode, and as secret as any.
pub fn stripe(c: &Candidate<'_>) -> bool {
    let drawn = &c.value()["sk_live_".len()..];
    stands_alone(c) && entropy(drawn) >= 2.4 && !is_placeholder(drawn)
}

/// A private key of a wallet: 32 bytes, which the name before them must call so.
pub fn wallet(c: &Candidate<'_>) -> bool {
    let words = leading(c);
    contains_any(words, &["private", "priv_", "secret", "deployer", "wallet_key", "signer"]) && near(c)
}

/// A bot's token: its first part is a number in base64.
pub fn discord(c: &Candidate<'_>) -> bool {
    let value = c.value();
    let id = value.split('.').next().unwrap_or_default();
    stands_alone(c)
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && entropy(value) >= 4.0
        && !is_placeholder(value)
}

/// The seed of one-time passwords, which the words before must name.
pub fn otp(c: &Candidate<'_>) -> bool {
    let value = c.value();
    stands_alone(c)
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && entropy(value) >= 3.0
        && !is_placeholder(value)
}

/// A bearer's token in a header or a command.
pub fn bearer(c: &Candidate<'_>) -> bool {
    let value = c.value();
    stands_alone(c) && is_random(value) && !value.contains("://")
}

/// What a header for keys says.
pub fn header(c: &Candidate<'_>) -> bool {
    let words = leading(c);
    stands_alone(c) && is_random(c.value()) && !contains_any(words, &["aws4-hmac"])
}

/// A value that its name makes a secret.
pub fn assigned(c: &Candidate<'_>) -> bool {
    let name = tail(c.before(), leading(c).len() + 16);
    let value = c.value();
    stands_alone(c)
        && !continues_base64(c)
        && !contains_any(name, DIGEST_WORDS)
        && !contains_any(name, NOT_SECRET)
        && !names_an_id(name)
        && !value.contains("::")
        && !value.starts_with(['*', '&'])
        && is_random(value)
        && !is_versioned(value)
        && !is_path(value)
        && !is_member(value)
}

/// A name in a module: `x25519.X25519PrivateKey`.
fn is_member(value: &str) -> bool {
    let name = |part: &str| {
        part.rsplit(|last: char| last.is_ascii_digit()).next().is_some_and(|name| name.len() >= 8 && is_wordy(name))
    };
    value.split('.').skip(1).any(name)
}

/// What is called a key or a token, and is none.
#[rustfmt::skip]
pub const NOT_SECRET: &[&str] = &[
    "csrf", "xsrf", "next", "page", "continuation", "cursor", "idempoten", "cache", "public", "foreign", "primary",
    "sort", "tokeniz", "max_token", "keyid", "key_id", "key-id", "key id", "secret_name", "secretname",
    "secret_id_name", "token_type", "tokentype", "token_url", "tokenurl", "token_endpoint", "endpoint", "keyring",
    "keystore", "i18n", "translation", "eos_token", "bos_token", "pad_token", "unk_token", "authenticity",
    "integrity", "data-key", "partition", "lock", "sync_token", "synctoken", "resume", "arn:", "kms", "sitekey",
    "site_key", "site-key",
];

/// Whether the name that is assigned to ends as an identifier's does.
fn names_an_id(words: &str) -> bool {
    let name = words.trim_end_matches(|last: char| !last.is_ascii_alphanumeric());
    ["id", "ids"].iter().any(|end| name.len() > 4 && contains(tail(name, end.len()), end))
}

/// A name and a version: `jackson-0.11.2`.
fn is_versioned(value: &str) -> bool {
    let version = value.rsplit(['-', '@', '_']).next().unwrap_or_default();
    version.contains('.') && version.bytes().filter(|byte| !byte.is_ascii_digit() && *byte != b'.').count() <= 4
}

/// Slack's tokens have numbers in them: workspace, user, app.
pub fn slack(c: &Candidate<'_>) -> bool {
    let digits = c.value().bytes().filter(u8::is_ascii_digit).count();
    stands_alone(c)
        && (digits >= 6 || c.value().len() >= 40 && digits > 0 || is_random(c.value()))
        && entropy(c.value()) >= 2.3
        && !contains_any(c.value(), PLAIN_STAND_INS)
}

/// Something with a place in a file system or a package in it, rather than drawn.
pub fn is_path(value: &str) -> bool {
    let parts = value.split(['/', '.']).filter(|part| part.len() >= 3);
    let (mut all, mut words) = (0, 0);
    for part in parts {
        all += 1;
        words += usize::from(part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte == b'_'));
    }
    all >= 2 && words * 2 >= all
}
