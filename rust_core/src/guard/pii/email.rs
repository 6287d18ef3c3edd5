//! Mail addresses, written plainly, encoded or spelled out. Not what else has an at sign: remotes of version control,
//! packages, image densities, users in URLs.

use super::text::{Stems, words};
use crate::guard::rule::{Candidate, Rule};

const ENTITY: &str = "EMAIL";

pub const RULES: [Rule; 3] = [
    Rule {
        id: "email",
        entity: ENTITY,
        keywords: &[],
        pattern: concat!(
            r#"(?P<v>(?:"[A-Za-z0-9][A-Za-z0-9 ._+\-]{0,62}"|"#,
            r"(?:[DLMNOdlmno]')?[A-Za-z0-9_.+%&~!#$*\-\u{C0}-\u{24F}\u{370}-\u{52F}]{1,64}) ?@ ?",
            // Labels of Latin letters, or of another script alone: in a text without spaces, what follows `.com` is not the domain.
            r"(?:",
            r"(?:[A-Za-z0-9\u{C0}-\u{24F}][A-Za-z0-9\-\u{C0}-\u{24F}]{0,62}\.|[\u{370}-\u{1FFF}\u{3005}-\u{D7FF}]{1,20}\.){1,6}",
            r"(?:xn--[A-Za-z0-9]{2,20}|[A-Za-z]{2,24}|[\u{370}-\u{1FFF}\u{3005}-\u{D7FF}]{2,12})",
            r"|\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\]",
            r"))(?::[A-Za-z0-9_.~\-]{0,40}/)?"
        ),
        check: address,
        core: true,
    },
    Rule {
        id: "email-encoded",
        entity: ENTITY,
        keywords: &["%40", "&#64;", "&#x40;", "&commat;", r"\u0040"],
        pattern: concat!(
            r"(?-u)(?P<v>[A-Za-z0-9_.+\-]{1,64}(?:%40|&#(?:64|[xX]40);|&commat;|\\u0040)",
            r"(?:[A-Za-z0-9][A-Za-z0-9\-]{0,62}\.){1,6}[A-Za-z]{2,24})"
        ),
        check: encoded,
        core: true,
    },
    Rule {
        id: "email-spelled",
        entity: ENTITY,
        keywords: &["dot", "(at)", "[at]", "{at}", "<at>", " at ", " @ ", " . ", "-at-", "_at_", "punkt", "punto", "arroba"],
        pattern: concat!(
            r"(?i-u)(?P<v>[a-z0-9_.+\-]{1,64}(?:(?: dot | ?[\[({<] ?dot ?[\])}>] ?)[a-z0-9_.+\-]{1,64}){0,3}",
            r"(?: at | ?@ ?| ?[\[({<] ?(?:at|@) ?[\])}>] ?| arroba |[_\-]at[_\-])",
            r"[a-z0-9][a-z0-9\-]{0,62}(?:(?:\.| \. | ?[\[({<] ?(?:dot|\.) ?[\])}>] ?| (?:dot|punkt|punto) |[_\-]dot[_\-])[a-z0-9][a-z0-9\-]{0,62}){1,5})"
        ),
        check: spelled,
        core: true,
    },
];

/// The top-level domains of the root, and those that internal mail uses, sorted.
static TLDS: &str = include_str!("tlds.txt");

/// Words that say that an address follows.
const MAIL: Stems = Stems {
    whole: &["contact", "to", "from", "cc", "bcc", "reach", "write"],
    start: &["correo", "courriel", "address"],
    within: &["mail"],
};

/// Users of version control, and words of programs: `this@Activity.name`.
const NO_ONE: &[&str] = &["git", "hg", "svn", "bzr", "this", "super", "return", "break", "continue", "label"];

/// Words that stand before ` at ` without being somebody's.
const ARTICLES: &[&str] = &["the", "a", "an", "this", "that", "my", "our", "your", "his", "her", "its", "their", "any", "least", "all"];

fn address(found: &Candidate<'_>) -> bool {
    let (value, before) = (found.value(), found.before());
    let Some((local, domain)) = value.rsplit_once('@') else { return false };
    if domain.starts_with('[') {
        return plausible_local(local);
    }
    let spaced = local.ends_with(' ') || domain.starts_with(' ');
    let (local, domain) = (local.trim_end(), domain.trim_start());
    let path = found.matched().len() > value.len();
    let (labels, tld) = domain.rsplit_once('.').unwrap_or(("", domain));
    let known = top_level(tld);
    let mailed = || MAIL.near(before, 3);
    plausible_local(local)
        && !path
        && !in_authority(before)
        && !(found.after() == Some('(') && code(local, labels, tld))
        && !density(labels)
        && (known || mailed() && tld.len() <= 12)
        && (!spaced || known && mailed())
}

fn plausible_local(local: &str) -> bool {
    let bare = local.trim_matches('"');
    !bare.is_empty()
        && !bare.starts_with('.')
        && !bare.ends_with('.')
        && !bare.contains("..")
        && !NO_ONE.iter().any(|no_one| no_one.eq_ignore_ascii_case(bare))
        && bare.chars().any(char::is_alphanumeric)
}

/// Whether what stands before is a URL up to its user: `ssh://`, `https://user:`.
fn in_authority(before: &str) -> bool {
    let token = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '(' | ',')).next().unwrap_or("");
    token.rsplit_once("://").is_some_and(|(_, rest)| !rest.contains(['/', '?', '#', '=']))
}

/// `q@k.to(`: a product of matrices.
fn code(local: &str, labels: &str, tld: &str) -> bool {
    let name = |word: &str| word.len() <= 8 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    name(local) && name(labels) && !matches!(tld, "com" | "net" | "org" | "edu" | "gov")
}

/// `icon@2x.png`.
fn density(labels: &str) -> bool {
    matches!(labels.as_bytes(), [b'1'..=b'9', b'x'])
}

fn top_level(tld: &str) -> bool {
    let mut lower = [0; 64];
    let Some(lower) = lower.get_mut(..tld.len()) else { return false };
    lower.copy_from_slice(tld.as_bytes());
    lower.make_ascii_lowercase();
    lower.starts_with(b"xn--") || contains_line(TLDS.as_bytes(), lower)
}

/// Whether one of the sorted lines is this one.
fn contains_line(mut lines: &[u8], line: &[u8]) -> bool {
    while !lines.is_empty() {
        let middle = lines.len() / 2;
        let start = lines[..middle].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let end = lines[middle..].iter().position(|&byte| byte == b'\n').map_or(lines.len(), |at| middle + at);
        match lines[start..end].cmp(line) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => lines = lines.get(end + 1..).unwrap_or_default(),
            std::cmp::Ordering::Greater => lines = &lines[..start],
        }
    }
    false
}

fn encoded(found: &Candidate<'_>) -> bool {
    found.value().rsplit_once('.').is_some_and(|(_, tld)| top_level(tld))
}

/// In brackets it is one; in words, if the words say so or the name looks like a mailbox.
fn spelled(found: &Candidate<'_>) -> bool {
    let value = found.value();
    let last = value.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    if !top_level(last) {
        return false;
    }
    let bracketed = value.contains(['[', '(', '{', '<']);
    let mut said = value.split([' ', '_', '-']);
    let local = said.next().unwrap_or("");
    let domain = said.find(|word| *word == "@" || word.eq_ignore_ascii_case("at")).and_then(|_| said.next()).unwrap_or("");
    let dotted = value.contains(" . ") || words(value).any(|word| word.eq_ignore_ascii_case("dot"));
    let mailbox = local.contains(['.', '+']) || local.bytes().any(|byte| byte.is_ascii_digit());
    let mailed = || MAIL.near(found.before(), 6);
    let prose = ARTICLES.iter().any(|word| word.eq_ignore_ascii_case(local) || word.eq_ignore_ascii_case(domain));
    bracketed || !prose && (dotted || mailbox || mailed())
}
