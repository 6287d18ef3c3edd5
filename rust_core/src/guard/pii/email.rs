//! Mail addresses, written plainly, encoded or spelled out. Not what else has an at sign: remotes of version control,
//! packages, image densities, users in URLs.

use super::text::{Stems, begins, words};
use crate::guard::rule::{Candidate, Rule};

const ENTITY: &str = "EMAIL";

pub const RULES: [Rule; 4] = [
    Rule {
        id: "email",
        entity: ENTITY,
        keywords: &[],
        pattern: concat!(
            r#"(?P<v>(?:"[A-Za-z0-9][A-Za-z0-9._+\-]{0,62}"|"#,
            r"(?:[DLMNOdlmno]')?[A-Za-z0-9_\u{C0}-\u{24F}\u{370}-\u{52F}][A-Za-z0-9_.+%&~!#$*\-\u{C0}-\u{24F}\u{370}-\u{52F}]{0,63})@",
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
        keywords: &[],
        // What stands in front of ` at ` is held back on streams, whatever it is: so no more than the last of a name is looked
        // for, which is the whole of most. The spaced dot is there so that the engine goes by ` at `, not by ` dot `.
        pattern: concat!(
            r"(?i-u)(?P<v>[a-z0-9_.+\-]{1,10} at ",
            r"[a-z0-9][a-z0-9.\-]{0,62}(?:(?: (?:dot|punkt|punto) | \. )[a-z0-9][a-z0-9\-]{0,62}){1,5})"
        ),
        check: spelled,
        core: true,
    },
    Rule {
        id: "email-spaced",
        entity: ENTITY,
        keywords: &[],
        pattern: concat!(
            r"(?-u)(?P<v>[A-Za-z0-9_.+\-]{1,10} @ ",
            r"[A-Za-z0-9][A-Za-z0-9\-]{0,62}(?:(?:\.| \. )[A-Za-z0-9][A-Za-z0-9\-]{0,62}){1,5})"
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
const ARTICLES: &[&str] =
    &["the", "a", "an", "this", "that", "my", "our", "your", "his", "her", "its", "their", "any", "least", "all"];

fn address(found: &Candidate<'_>) -> bool {
    let (value, before) = (found.value(), found.before());
    let Some((local, domain)) = value.rsplit_once('@') else { return false };
    if domain.starts_with('[') {
        return plausible_local(local);
    }
    let remote = found.matched().len() > value.len() || in_authority(before);
    let (labels, tld) = domain.rsplit_once('.').unwrap_or(("", domain));
    let called = found.after() == Some('(') && code(local, labels, tld);
    let known = top_level(tld);
    let mailed = || MAIL.near(before, 3);
    plausible_local(local)
        && begins(before)
        && !remote
        && !called
        && !density(labels)
        && (known || mailed() && tld.len() <= 12)
}

fn plausible_local(local: &str) -> bool {
    let (bare, quoted) = (local.trim_matches('"'), local.starts_with('"'));
    !bare.is_empty()
        && !bare.ends_with('.')
        && (quoted || !bare.contains(".."))
        && !NO_ONE.iter().any(|no_one| no_one.eq_ignore_ascii_case(bare))
        && bare.chars().any(char::is_alphanumeric)
}

/// Whether what stands before is a URL up to its user: `ssh://`, `https://user:`.
fn in_authority(before: &str) -> bool {
    let token =
        before.rsplit(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '(' | ',')).next().unwrap_or("");
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
    begins(found.before()) && found.value().rsplit_once('.').is_some_and(|(_, tld)| top_level(tld))
}

/// What is spelled with dots is one, unless an article says that it is a sentence; what is only spaced, if it is said.
fn spelled(found: &Candidate<'_>) -> bool {
    let value = found.value();
    let last = value.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    let mut parts = value.split(' ');
    let local = parts.next().unwrap_or("");
    let domain =
        parts.find(|word| ["@", "at"].iter().any(|at| at.eq_ignore_ascii_case(word))).and_then(|_| parts.next());
    let sentence = |word: &str| ARTICLES.iter().any(|article| article.eq_ignore_ascii_case(word));
    let dotted = value.contains(" . ")
        || words(value).any(|word| ["dot", "punkt", "punto"].iter().any(|dot| dot.eq_ignore_ascii_case(word)));
    let mailbox = local.contains(['.', '+', '_']) || local.bytes().any(|byte| byte.is_ascii_digit());
    top_level(last)
        && !sentence(local)
        && !domain.is_some_and(sentence)
        && (dotted || mailbox || MAIL.near(found.before(), 6))
}

#[cfg(test)]
mod tests {
    use super::super::harness::expect;
    use super::*;

    #[test]
    fn addresses_are_found() {
        expect(
            ENTITY,
            &[
                "Write to «jane.doe@example.com».",
                "<«jane@example.co.uk»>, \"bob\" <«bob+news@mail.sub.example.org»>",
                "{\"email\":\"«j_d-1%x@ex-ample.museum»\"}",
                "mailto:«jane@example.com»?subject=hi",
                "https://example.com/?email=«jane@example.com»&x=1",
                "«JANE@EXAMPLE.COM»",
                "«o'brien@example.ie» and 'jane'",
                "'«jane@example.com»'",
                "jane@localhost, «jane@build.internal»",
                "\u{e9}crire \u{e0} «ren\u{e9}@m\u{fc}nchen.de»",
                "邮箱是«zhang.san@qq.com»，谢谢«li@163.com»或",
                "«почта@пример.рф»",
                "«user@xn--mnchen-3ya.de»",
                "«\"john..doe\"@example.com»",
                "«jane@[192.168.1.10]»",
                "a@b, c@, @d.com, «e@f.de»;«g@h.fr»",
                "jane:«jane@example.com»:hunter2",
                "e-mail: «jane@company.corpnet»",
                "john%40, «john%40example.com», «john&#64;example.com»",
            ],
        );
    }

    #[test]
    fn disguised_addresses_are_found() {
        expect(
            ENTITY,
            &[
                "«jane [at] example [dot] com»",
                "«jane(at)example(dot)com»",
                "«jane at example dot com»",
                "«JANE.DOE AT EXAMPLE DOT CO DOT UK»",
                "mail «jane @ example.com» please",
                "«jane @ example . com»",
                "«ja\u{200b}ne\u{2060}@exam\u{ad}ple.com»",
                "«ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ»",
                "schreib mir: «jane at example punkt de»",
            ],
        );
    }

    #[test]
    fn what_only_has_an_at_sign_is_not_found() {
        expect(
            ENTITY,
            &[
                "git clone git@github.com:org/repo.git",
                "ssh://git@gitlab.com/org/repo",
                "scp a deploy@build.example.com:/var/www",
                "https://jane@example.com/path and postgres://app:secret@db.example.com/x",
                "npm i @types/node@20.1.2 @angular/core@17.0.0-next.1",
                "pkg@1.2.3, actions/checkout@v4, image@sha256:abc",
                "icon@2x.png, photo@3x.jpeg",
                "@app.route('/x') @media screen",
                "y = q@k.transpose(-2, -1) + x@w.to(device)",
                "return@forEach this@Activity.name",
                "look at the dot com boom, meet at noon",
                "jane@example, jane@.com, jane@example..com, jane.@example.com, git@github.com",
            ],
        );
    }

    #[test]
    fn the_top_level_domains_are_sorted() {
        assert!(TLDS.lines().is_sorted() && TLDS.lines().count() > 1400);
        assert!(TLDS.lines().all(top_level) && top_level("COM") && !top_level("png") && !top_level(""));
    }
}
