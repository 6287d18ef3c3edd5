//! Rules of all kinds, and texts that are full of values and near misses.

use super::*;

fn luhn(candidate: &Candidate<'_>) -> bool {
    let digits: Vec<u32> = candidate.value().chars().filter_map(|char| char.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { *digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    (13..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

fn stands_alone(candidate: &Candidate<'_>) -> bool {
    let is_word = |char: char| char.is_alphanumeric();
    !candidate.before().chars().next_back().is_some_and(is_word) && !candidate.after().is_some_and(is_word)
}

fn varied(candidate: &Candidate<'_>) -> bool {
    let mut bytes: Vec<u8> = candidate.value().bytes().collect();
    bytes.sort_unstable();
    bytes.dedup();
    bytes.len() > 6
}

const fn rule(id: &'static str, keywords: &'static [&'static str], pattern: &'static str) -> Rule {
    Rule { id, entity: "X", keywords, pattern, check: always, core: true }
}

const fn checked(rule: Rule, check: fn(&Candidate<'_>) -> bool) -> Rule {
    Rule { check, ..rule }
}

pub(super) static RULES: &[Rule] = &[
    checked(
        rule("email", &[], r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"),
        stands_alone,
    ),
    checked(rule("card", &[], r"\d(?:[ -]?\d){12,18}"), luhn),
    checked(rule("phone", &[], r"(?:\+|\(|)\d{1,4}\)?(?:[ .()-]{0,2}\d){6,12}"), stands_alone),
    checked(rule("ssn", &[], r"\d{3}[- ]\d{2}[- ]\d{4}"), stands_alone),
    checked(rule("iban", &[], r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?"), stands_alone),
    rule("ipv4", &[], r"(?-u:\b)(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?-u:\b)"),
    rule("github-pat", &["ghp_", "gho_"], r"(?-u:\b)gh[po]_[A-Za-z0-9]{36}(?-u:\b)"),
    checked(rule("openai", &["sk-"], r"(?-u:\b)sk-(?:proj-)?[A-Za-z0-9_-]{20,200}"), varied),
    rule("aws-id", &["akia", "asia"], r"(?:^|[^A-Z0-9])(?<v>(?:AKIA|ASIA)[A-Z2-7]{16})"),
    checked(rule("aws-secret", &["aws", "secret"], r"[A-Za-z0-9/+]{40}"), stands_alone),
    rule("jwt", &["eyj"], r"eyJ[A-Za-z0-9_-]{10,1500}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,500}"),
    rule("url-password", &["://"], r"[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,60}:(?<v>[^\s/@]{3,80})@"),
    rule(
        "password",
        &["passw", "pwd"],
        r#"(?i)[\w.-]{0,40}?(?:password|passwd|pwd)[\w.-]{0,20}["']?\s{0,3}[:=]\s{0,3}["']?(?<v>[^\s"']{6,80})"#,
    ),
    rule("adobe", &["adobe"], r"(?i)(?:adobe)(?:.|\n){0,30}?(?:=|:).{0,5}?(?<v>[a-f0-9]{32})"),
    rule("slack", &["hooks.slack.com"], r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{30,60}"),
    rule("telegram", &[], r"\d{8,10}:AA[A-Za-z0-9_-]{33}"),
    rule("context", &["ticket"], r"#\d{4,8}"),
    rule("endless", &["token="], r"token=\S+"),
    rule("line", &["Note:"], r"(?m)^note:.*$"),
    rule("lazy", &["<<"], r"(?s)<<secret.*?>>"),
    checked(
        rule("near", &["voyage"], r#"(?i-u:voyage)(?s:.{0,48}?)["'`=:>(,|\[\s](?P<v>(?:pa|al)-[A-Za-z0-9_-]{10,14})"#),
        stands_alone,
    ),
    checked(rule("greedy-head", &["keyed"], r"keyed.{0,20}[=: ](?<v>[a-z0-9]{4,12})(?:;[a-z]{3})?"), varied),
    rule("zip", &["zip"], r"[A-Za-z]{1,5}=(?<v>\d{3,6})z?"),
    checked(rule("pairs", &["pair"], r"(?:pair|pairs) (?:is (?<v>[a-z]+-[a-z]+)|of .{0,30}(?:one|two))"), stands_alone),
    rule("unicode", &["größe", "gr\u{f6}"], r"(?i)größe \w{3,20}"),
];

pub(super) static BLOCKS: &[Block] = &[Block {
    begin: rule("pem", &["-----begin"], r"-----BEGIN[ A-Z]{0,30}PRIVATE KEY-----"),
    until: r"-----END[ A-Z]{0,30}-----",
}];

/// All of the above, and an operator's.
pub(super) fn ruleset() -> Ruleset {
    let mut builder = Ruleset::builder();
    for rule in RULES {
        builder.rule(rule).unwrap();
    }
    for block in BLOCKS {
        builder.block(block).unwrap();
    }
    builder.pattern("project", "PROJECT", r"(?i)\bproject[- ]x\d+\b").unwrap();
    builder.pattern("greedy", "GREEDY", r"begin[a-z ]*end").unwrap();
    builder.pattern("any", "ANY", r"\w+!{3}").unwrap();
    builder.pattern("edges", "EDGES", r"\Astart|stop\z").unwrap();
    builder.words("words", "WORD", ["falcon", "blue falcon", "Ünïcode", "naïve", "c++"], true).unwrap();
    builder.words("parts", "PART", ["hush"], false).unwrap();
    builder.build()
}

/// Values, parts of them, and what stands between.
const PIECES: &[&str] = &[
    "jane.doe+x@mail.example.co.uk",
    "jane@ex",
    "@",
    ".",
    "4111 1111 1111 1111",
    "4111111111111111",
    "4111111111111112",
    "5500-0000-0000-0004",
    "+49 (30) 1234-5678",
    "078-05-1120",
    "DE89 3704 0044 0532 0130 00",
    "192.168.0.17",
    "ghp_012345678901234567890123456789abcdef",
    "ghp_0123",
    "gh",
    "sk-proj-AbCdEfGhIjKlMnOpQrStUvWx",
    "sk-",
    "task-",
    "AKIAIOSFODNN7EXAMPLE",
    "AKIA",
    "aws_secret ",
    "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYab",
    "eyJ",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijkl",
    "https://u:pa55word@host/",
    "https://",
    "password: \"hunter22\"",
    "db_PASSWORD=s3cr3t!!",
    "adobe key = 0123456789abcdef0123456789abcdef",
    "adobe",
    "1234567890:AAabcdefghijklmnopqrstuvwxyz0123456",
    "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    "ticket",
    "#12345",
    "token=",
    "\nnote: mine\n",
    "note:",
    "<<secret",
    ">>",
    "größe riesig",
    "GRÖSSE",
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----BEGIN ",
    "MIIE",
    "-----END RSA PRIVATE KEY-----",
    "Project-X42",
    "project x",
    "begin",
    "end",
    "wow!!!",
    "!!!",
    "start",
    "stop",
    "blue falcon",
    "falcon",
    "ÜNÏCODE",
    "naïve",
    "C++",
    "hush",
    "jane [at] example [dot] com",
    "(at)",
    " (",
    "[ dot",
    "at]",
    "４１１１ １１１１ １１１１ １１１１",
    "4111\u{2013}1111\u{2013}1111\u{2013}1111",
    "s\u{200b}k-",
    "\u{ad}",
    "\u{a0}",
    "ﬁ",
    "𝟒",
    "日本",
    "é",
    " ",
    " ",
    " ",
    ", ",
    "\n",
    "the",
    "and so",
    "A1",
    "7",
    "-",
    "_",
    "=",
    ":",
    "/",
    "\"",
    "0123456789",
    "abcdef",
    "voyage",
    "voyage key: pa-abcdefghij01",
    "pa-",
    "al-0123456789",
    "key",
    "key = abcd1234;",
    ";abc",
    "zip",
    "code=12345z",
    "=123",
    "pair is left-right",
    "pairs of shoes, two",
    "pair",
    " is ",
    "ABCDEFGHIJ",
];

/// A text of such pieces.
pub(super) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        12 => prop::sample::select(PIECES).prop_map(str::to_owned),
        3 => prop::sample::select(PIECES).prop_flat_map(|piece| {
            let chars = piece.chars().count();
            (0..=chars).prop_map(move |kept| piece.chars().take(kept).collect::<String>())
        }),
        1 => prop::sample::select(vec!["a", "7", "eyJ", "sk-", "@", "x ", "é", "4", "x\u{200b}", "ab/"])
            .prop_flat_map(|unit| (1..300usize).prop_map(move |count| unit.repeat(count))),
        1 => "\\PC{1,8}",
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// A text with a value or two that are longer than rules look.
pub(super) fn long_text() -> impl Strategy<Value = String> {
    let unit = prop::sample::select(vec!["a", "ab1+/\n", "x y ", "eyJhbGci", "4111 ", "jane@doe.com,", "é"]);
    let stretch = (unit, 1..6000usize).prop_map(|(unit, length)| unit.repeat(length / unit.len() + 1));
    prop::collection::vec(prop_oneof![2 => text(), 1 => stretch], 1..6).prop_map(|parts| parts.concat())
}
