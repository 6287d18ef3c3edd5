//! Passwords: where nothing but one can stand, and whether somebody keeps it a secret.

use super::super::rule::Candidate;
use super::check::{DIGEST_WORDS, NOT_SECRET, is_path, leading, stands_alone};
use super::drawn::{is_random, mixed};
use super::text::{contains_any, find_last, is_wordy, sameness};

/// A password in a URL, and the host it is for.
pub fn url(c: &Candidate<'_>) -> bool {
    let value = c.value();
    let Some((scheme, rest)) = value.split_once("://") else { return false };
    let authority = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
    let Some((credentials, host)) = authority.rsplit_once('@') else { return false };
    let Some((user, password)) = credentials.split_once(':') else { return false };
    let is_port = password.len() <= 5 && password.bytes().all(|byte| byte.is_ascii_digit());
    let is_address = !host.is_empty() && !is_port && !scheme.eq_ignore_ascii_case("data");
    let is_default = user == password && password.len() < 12;
    let is_template = contains_any(user, &["your", "<", "{", "$", "["]) || contains_any(host, &["{", "<", "$"]);
    is_address && !is_default && !is_template && !is_weak_password(password)
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
    let password = name.map_or("", |end| value[end..].trim_start_matches([' ', '=', '"', '\'']));
    !is_weak_password(password.trim_end_matches([',', ')'])) && !is_expression(password)
}

/// What a program computes: `credentials[2])`, `get_password(user)`.
fn is_expression(value: &str) -> bool {
    let value = value.trim_end_matches([',', ';']);
    let Some(open) = value.find(['(', '[']) else { return false };
    value.ends_with([')', ']']) && is_identifier(&value[..open])
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

/// A password where nothing else can be.
pub fn password(c: &Candidate<'_>) -> bool {
    !is_weak_password(c.value())
}

/// As [`password`], which something says is one.
pub fn near_password(c: &Candidate<'_>) -> bool {
    stands_alone(c) && !is_weak_password(c.value()) && mixed(c.value()) >= 2
}

/// A password that cannot be an ordinary word.
pub fn strong_password(c: &Candidate<'_>) -> bool {
    !is_weak_password(c.value()) && mixed(c.value()) >= 3
}

/// Whether `password` is one that nobody keeps a secret with: a word for it, a variable, nothing at all.
pub fn is_weak_password(password: &str) -> bool {
    let bytes = password.as_bytes();
    let only = |allowed: fn(u8) -> bool| bytes.iter().all(|byte| allowed(*byte));
    password.len() < 3
        || WEAK_PASSWORDS.iter().any(|weak| weak.eq_ignore_ascii_case(password))
        || contains_any(password, PASSWORD_STAND_INS)
        || matches!(bytes[0], b'$' | b'<' | b'{' | b'%' | b'[')
        || password.starts_with("**")
        || sameness(password) > 0.7
        // The name of a variable, or a word for a password.
        || only(|byte| byte.is_ascii_uppercase() || byte == b'_')
        || (password.len() <= 20
            && only(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'))
            && contains_any(password, &["pass", "pwd", "secret"]))
}

#[rustfmt::skip]
const WEAK_PASSWORDS: &[&str] = &[
    "password", "passwd", "passw", "pass", "pwd", "pw", "secret", "changeme", "user", "username", "token",
    "postgres", "mysql", "root", "admin", "guest", "test", "testing", "dummy", "foo", "bar", "baz", "foobar",
    "null", "none", "true", "false", "undefined", "string", "value", "empty", "default", "redis", "rabbitmq",
    "mongo", "tiger", "x-oauth-basic", "x-token-auth", "oauth2", "hidden", "masked",
];

/// Parts of what is written where a password should be.
#[rustfmt::skip]
const PASSWORD_STAND_INS: &[&str] = &[
    "example", "placeholder", "changeme", "change_me", "change-me", "your", "xxxx", "****", "....", "redacted",
    "[hidden]", "${", "{{", "#{", "%(", "<%", "$(", "process.env", "environ", "getenv", "os.env", "env.",
    "secrets.", "var.", "vars.", "config.", "self.", "this.", "params.", "args.", "options.", "settings.",
    "request.", "req.", "%s", "{0}", "...",
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
        && (mixed(value) >= 2 && value.bytes().any(|byte| byte.is_ascii_digit()) || quoted && !is_wordy(value))
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

/// What is called a password in a program, and is a text about one.
#[rustfmt::skip]
const NOT_PASSWORD: &[&str] = &[
    "field", "label", "placeholder", "hint", "error", "message", "msg", "text", "title", "regex", "pattern",
    "policy", "length", "min", "max", "reset", "url", "uri", "path", "file", "hash", "algorithm", "encoder",
    "forgot", "strength", "prompt", "column", "type", "input", "name", "compass", "bypass", "passport", "passive",
    "key_prefix", "required", "invalid", "incorrect", "expir", "describe", "help", "icon", "class",
];
