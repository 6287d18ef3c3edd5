//! What tells a secret from a placeholder, a name or a digest, once a pattern has matched.
//!
//! The more a format says by itself (a prefix, a length, a checksum), the less is asked of the value: [`token`] for
//! values that their prefix gives away, [`near`] for values that only the words before them do.

use super::super::rule::Candidate;
use super::text::{
    contains, contains_any, entropy, find_last, is_wordy, longest_part, longest_run, sameness, sequence,
};

/// For a value with a prefix of its own: it stands alone, and nobody typed it in place of a real one.
pub fn token(c: &Candidate<'_>) -> bool {
    stands_alone(c) && !is_placeholder(c.value())
}

/// For a format that no other text has, wherever it stands: long prefixes, keys in the middle of a URL.
pub fn anywhere(c: &Candidate<'_>) -> bool {
    !is_placeholder(c.value())
}

/// For a value with a short prefix, which other names may start with as well.
pub fn random_token(c: &Candidate<'_>) -> bool {
    stands_alone(c) && is_random(c.value())
}

/// For a value without a format of its own, a vendor's name before it: what stands between the two must speak of a
/// secret, or only assign, and the value must look drawn.
pub fn near(c: &Candidate<'_>) -> bool {
    let words = leading(c);
    stands_alone(c) && starts_word(c) && !continues_base64(c) && speaks_of_secret(words) && is_random(c.value())
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
fn leading<'a>(c: &Candidate<'a>) -> &'a str {
    &c.matched()[..c.matched().len() - c.value().len()]
}

/// The last `length` bytes of `text`, or a little less.
fn tail(text: &str, length: usize) -> &str {
    let start = text.len().saturating_sub(length);
    &text[text.ceil_char_boundary(start)..]
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
        [.., last] if !last.is_ascii_alphanumeric() => true,
        [] => true,
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f'] => true,
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

const SECRET_WORDS: &[&str] = &[
    "key", "token", "secret", "auth", "pass", "pwd", "cred", "bearer", "api", "private", "license", "sign", "login",
    "webhook", "pat", "jwt", "dsn",
];

const DIGEST_WORDS: &[&str] = &[
    "sha1",
    "sha2",
    "sha3",
    "sha5",
    "sha-",
    "sha:",
    "sha ",
    "sha_",
    "sha=",
    "hash",
    "digest",
    "md5",
    "checksum",
    "commit",
    "integrity",
    "etag",
    "revision",
    "fingerprint",
    "thumbprint",
    "publickeytoken",
    "public_key",
    "public key",
    "pubkey",
    "uuid",
    "guid",
    "blob",
    "nonce",
    "request-id",
    "request_id",
    "requestid",
    "trace",
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

/// Whether `value` looks drawn at random: varied for its length, with digits, not in words, not counting up.
pub fn is_random(value: &str) -> bool {
    let drawn = if Alphabet::of(value).is_hex { value } else { drawn(value) };
    let alphabet = Alphabet::of(drawn);
    let most = (drawn.len() as f32).log2().min(alphabet.bits());
    (alphabet.digits > 0 || changes_case(drawn))
        && (alphabet.letters() > 0 || drawn.len() >= 24)
        && entropy(drawn) >= 0.7 * most
        && sequence(drawn) < 0.5
        && (alphabet.is_hex || (longest_part(value) >= 10 && !is_wordy(value)))
        && !contains_any(value, STAND_INS)
}

/// Whether small letters and capitals alternate more than in words: what is drawn from both has hardly ever no digit.
fn changes_case(value: &str) -> bool {
    let changes =
        value.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    value.len() >= 18 && changes.count() * 6 >= value.len()
}

/// `value` without the prefix that says whose it is.
fn drawn(value: &str) -> &str {
    let bytes = value.as_bytes();
    let last = bytes.len().saturating_sub(16).min(24);
    let start = bytes[..last].iter().rposition(|byte| matches!(byte, b'-' | b'_' | b'.' | b':')).map_or(0, |at| at + 1);
    &value[start..]
}

/// Words that stand where a value should.
const STAND_INS: &[&str] = &[
    "example",
    "xxxx",
    "your-",
    "your_",
    "yourapi",
    "yourkey",
    "yoursecret",
    "yourtoken",
    "your.",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "redacted",
    "replace",
    "insert-",
    "insert_",
    "goes-here",
    "goes_here",
    "goeshere",
    "-here",
    "_here",
    "..",
    "dummy",
    "notreal",
    "not-real",
    "not_real",
    "1234567890",
    "0123456789",
    "abcdefgh",
];

/// Those that no vendor's token has in it.
const PLAIN_STAND_INS: &[&str] = &[
    "example",
    "xxxx",
    "your-",
    "your_",
    "yourapi",
    "yourkey",
    "yoursecret",
    "yourtoken",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "redacted",
    "replace_",
    "replace-",
    "insert-",
    "insert_",
    "goes-here",
    "goes_here",
    "goeshere",
    "abcdefghijklmnopqrstuvwxyz",
];

/// Whether somebody typed `value` to stand for a real one.
pub fn is_placeholder(value: &str) -> bool {
    let enough = 0.45 * (value.len() as f32).log2();
    entropy(value) < enough.min(2.6)
        || sameness(value) >= 0.5
        || longest_run(value) >= 8
        || value.contains("********")
        || sequence(value) >= 0.75
        || contains_any(value, PLAIN_STAND_INS)
}

/// What a value is written in.
#[derive(Default)]
struct Alphabet {
    digits: usize,
    lower: usize,
    upper: usize,
    is_hex: bool,
}

impl Alphabet {
    fn of(value: &str) -> Self {
        let mut found = Self { is_hex: true, ..Self::default() };
        for byte in value.bytes() {
            match byte {
                b'0'..=b'9' => found.digits += 1,
                b'a'..=b'z' => found.lower += 1,
                b'A'..=b'Z' => found.upper += 1,
                _ => {}
            }
            found.is_hex &= byte.is_ascii_hexdigit() || matches!(byte, b'-' | b':');
        }
        found
    }

    fn letters(&self) -> usize {
        self.lower + self.upper
    }

    /// What one character of it can tell.
    fn bits(&self) -> f32 {
        match () {
            () if self.letters() == 0 => 3.32,
            () if self.is_hex => 4.0,
            () if self.lower == 0 || self.upper == 0 => 5.17,
            () => 6.0,
        }
    }
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
    (1..=10).contains(&marks) && near(c)
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
        && is_random(value)
        && !is_versioned(value)
        && !is_path(value)
}

/// What is called a key or a token, and is none.
const NOT_SECRET: &[&str] = &[
    "csrf",
    "xsrf",
    "next",
    "page",
    "continuation",
    "cursor",
    "idempoten",
    "cache",
    "public",
    "foreign",
    "primary",
    "sort",
    "tokeniz",
    "max_token",
    "keyid",
    "key_id",
    "key-id",
    "key id",
    "secret_name",
    "secretname",
    "secret_id_name",
    "token_type",
    "tokentype",
    "token_url",
    "tokenurl",
    "token_endpoint",
    "endpoint",
    "keyring",
    "keystore",
    "i18n",
    "translation",
    "eos_token",
    "bos_token",
    "pad_token",
    "unk_token",
    "authenticity",
    "integrity",
    "data-key",
    "partition",
    "lock",
    "sync_token",
    "synctoken",
    "resume",
    "arn:",
    "kms",
    "sitekey",
    "site_key",
    "site-key",
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
        && (digits >= 6 || c.value().len() >= 40 && digits > 0)
        && entropy(c.value()) >= 2.3
        && !contains_any(c.value(), PLAIN_STAND_INS)
}

/// Something with a place in a file system or a package in it, rather than drawn.
fn is_path(value: &str) -> bool {
    let parts = value.split(['/', '.']).filter(|part| part.len() >= 3);
    let (mut all, mut words) = (0, 0);
    for part in parts {
        all += 1;
        words += usize::from(part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte == b'_'));
    }
    all >= 2 && words * 2 >= all
}

/// A password in a URL, and the host it is for.
pub fn url(c: &Candidate<'_>) -> bool {
    let value = c.value();
    let Some((scheme, rest)) = value.split_once("://") else { return false };
    let authority = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
    let Some((credentials, host)) = authority.rsplit_once('@') else { return false };
    let Some((user, password)) = credentials.split_once(':') else { return false };
    let is_number = password.bytes().all(|byte| byte.is_ascii_digit());
    !host.is_empty()
        && !scheme.eq_ignore_ascii_case("data")
        && !(is_number && password.len() <= 5)
        && !(user == password && password.len() < 12)
        && !is_weak_password(password)
        && !contains_any(user, &["your", "<", "{", "$"])
        && !contains_any(host, &["{", "<", "$"])
}

/// `name:password` for a command; a key alone may stand for either.
pub fn user_password(c: &Candidate<'_>) -> bool {
    let unquoted = |text: &'_ str| text.trim_matches(['"', '\''].as_slice()).len();
    c.value().split_once(':').is_some_and(|(user, password)| match (unquoted(user), unquoted(password)) {
        (_, 0) => is_random(user),
        _ => {
            !is_weak_password(password.trim_matches(['"', '\'']))
                && !contains_any(user, &["your", "http", "$"])
                && !password.starts_with("//")
        }
    })
}

/// A connection string, which ends with its password.
pub fn connection(c: &Candidate<'_>) -> bool {
    let value = c.value();
    let name =
        ["password", "pwd"].into_iter().filter_map(|name| find_last(value, name).map(|at| at + name.len())).max();
    name.is_some_and(|end| !is_weak_password(value[end..].trim_start_matches([' ', '=', '"', '\''])))
}

/// A password where nothing else can be.
pub fn password(c: &Candidate<'_>) -> bool {
    !is_weak_password(c.value())
}

/// As [`password`], which something says is one.
pub fn near_password(c: &Candidate<'_>) -> bool {
    stands_alone(c) && !is_weak_password(c.value()) && mixed(c.value()) >= 2
}

/// As [`password`], in an attribute.
pub fn password_value(c: &Candidate<'_>) -> bool {
    password(c)
}

/// A password that cannot be an ordinary word.
pub fn strong_password(c: &Candidate<'_>) -> bool {
    !is_weak_password(c.value()) && mixed(c.value()) >= 3
}

/// How many kinds of characters are in `value`: small, capital, digits, others.
fn mixed(value: &str) -> usize {
    let alphabet = Alphabet::of(value);
    let others = value.len() - alphabet.letters() - alphabet.digits;
    [alphabet.lower, alphabet.upper, alphabet.digits, others].iter().filter(|count| **count > 0).count()
}

const WEAK_PASSWORDS: &[&str] = &[
    "password",
    "passwd",
    "passw",
    "pass",
    "pwd",
    "pw",
    "secret",
    "changeme",
    "user",
    "username",
    "token",
    "postgres",
    "mysql",
    "root",
    "admin",
    "guest",
    "test",
    "testing",
    "dummy",
    "foo",
    "bar",
    "baz",
    "foobar",
    "null",
    "none",
    "true",
    "false",
    "undefined",
    "string",
    "value",
    "empty",
    "default",
    "redis",
    "rabbitmq",
    "mongo",
    "x-oauth-basic",
    "x-token-auth",
    "oauth2",
    "hidden",
    "masked",
];

/// Parts of what is written where a password should be.
const PASSWORD_STAND_INS: &[&str] = &[
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "your",
    "xxxx",
    "****",
    "....",
    "redacted",
    "[hidden]",
    "${",
    "{{",
    "#{",
    "%(",
    "<%",
    "$(",
    "process.env",
    "environ",
    "getenv",
    "os.env",
    "env.",
    "secrets.",
    "var.",
    "vars.",
    "config.",
    "self.",
    "this.",
    "params.",
    "args.",
    "options.",
    "settings.",
    "request.",
    "req.",
    "%s",
    "{0}",
    "...",
];

/// Whether `password` is one that nobody keeps a secret with: a word for it, a variable, nothing at all.
pub fn is_weak_password(password: &str) -> bool {
    let bytes = password.as_bytes();
    let only = |allowed: fn(u8) -> bool| bytes.iter().all(|byte| allowed(*byte));
    password.len() < 3
        || WEAK_PASSWORDS.iter().any(|weak| weak.eq_ignore_ascii_case(password))
        || contains_any(password, PASSWORD_STAND_INS)
        || matches!(bytes[0], b'$' | b'<' | b'{' | b'%' | b'[' | b'*')
        || sameness(password) > 0.7
        // The name of a variable, or a word for a password.
        || only(|byte| byte.is_ascii_uppercase() || byte == b'_')
        || (only(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-')) && contains_any(password, &["pass", "pwd", "secret"]))
}

/// What is called a password in a program, and is a text about one.
const NOT_PASSWORD: &[&str] = &[
    "field",
    "label",
    "placeholder",
    "hint",
    "error",
    "message",
    "msg",
    "text",
    "title",
    "regex",
    "pattern",
    "policy",
    "length",
    "min",
    "max",
    "reset",
    "url",
    "uri",
    "path",
    "file",
    "hash",
    "algorithm",
    "encoder",
    "forgot",
    "strength",
    "prompt",
    "column",
    "type",
    "input",
    "name",
    "compass",
    "bypass",
    "passport",
    "passive",
    "key_prefix",
    "required",
    "invalid",
    "incorrect",
    "expir",
    "describe",
    "help",
    "icon",
    "class",
];

/// A password assigned in a program or a configuration.
pub fn password_assigned(c: &Candidate<'_>) -> bool {
    let value = c.value();
    let name = leading(c);
    let quoted = name.ends_with(['"', '\'', '`']);
    let is_code = value.ends_with(['(', ')', ';', '{', '['])
        || value.contains("()")
        || value.contains("->")
        || value.contains("::");
    !contains_any(name, NOT_PASSWORD)
        && !is_weak_password(value)
        && !is_code
        && !is_path(value)
        && (mixed(value) >= 3
            || (mixed(value) >= 2 && value.bytes().any(|byte| byte.is_ascii_digit()))
            || (quoted && !is_wordy(value)))
}

/// A quoted value that its name calls a secret, and that need not look drawn.
pub fn secret_word(c: &Candidate<'_>) -> bool {
    let name = leading(c);
    let value = c.value();
    !contains_any(name, NOT_PASSWORD)
        && !contains_any(name, NOT_SECRET)
        && !contains_any(name, DIGEST_WORDS)
        && !is_weak_password(value)
        && !is_path(value)
        && !value.contains("::")
        && mixed(value) >= 2
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && !is_wordy(value)
}
