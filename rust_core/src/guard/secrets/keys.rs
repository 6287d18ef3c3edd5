//! Private keys, and tokens that say themselves what they are.

use super::super::rule::Rule;
use super::shape::token;
use super::{check, encoded};

/// A rule for private keys.
const fn private_key(
    id: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
    check: fn(&super::super::rule::Candidate<'_>) -> bool,
) -> Rule {
    Rule { id, entity: "PRIVATE_KEY", keywords, pattern, check, core: true }
}

pub(super) const RULES: &[Rule] = &[
    private_key(
        "private-key",
        &["private key"],
        concat!(
            // Its first dash may have been read as one of an unfinished key in front of it.
            r"-{4,5}BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----",
            // As far as its end, whatever program or document it is quoted in, with headers of a few dashes; cut off, only what
            // is surely of it.
            r#"(?:[A-Za-z0-9+/= \t\r\n\\"',;:.()#*_@<>|]*(?:-[A-Za-z0-9+/= \t\r\n\\"',;:.()#*_@<>|]+){0,4}"#,
            r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----",
            r"|[A-Za-z0-9+/= \t\r\n\\]{20,})",
        ),
        encoded::private_key,
    ),
    private_key(
        "private-key-base64",
        &["ls0tls1crudjti", "0tls0tqkvhsu4g", "ls0tlujfr0loi"],
        "(?:LS0tLS1CRUdJTi|S0tLS1CRUdJTi|0tLS0tQkVHSU4g|tLS0tLUJFR0lOI)[A-Za-z0-9+/]{60,}={0,2}",
        encoded::private_key_base64,
    ),
    Rule {
        id: "jwt-base64",
        entity: "JWT",
        keywords: &["zxlk"],
        pattern: "ZXlK[A-Za-z0-9+/_-]{60,3900}={0,2}",
        check: encoded::jwt_base64,
        core: true,
    },
    private_key(
        "private-key-der",
        &[
            "ibaakc",
            "ibadanbgkqhkig9w0baqefaasc",
            "mhccaqee",
            "ageambmgbyqgsm49agegccqgsm49",
            "mc4caqawbqydk2v",
            "miigaagea",
        ],
        concat!(
            r"(?:MII[A-Za-z0-9+/]{3,4}IBAAKC|MII[A-Za-z0-9+/]{3,4}IBADANBgkqhkiG9w0BAQEFAASC|MHcCAQEE|",
            r"MI[A-Za-z0-9+/]{1,3}AgEAMBMGByqGSM49AgEGCCqGSM49|MC4CAQAwBQYDK2V)[A-Za-z0-9+/\r\n\\]{30,3900}={0,2}",
        ),
        check::anywhere,
    ),
    private_key(
        "putty-private-key",
        &["putty-user-key-file-"],
        r"PuTTY-User-Key-File-[23]: [\x20-\x7E\r\n]{40,3900}?Private-MAC: ?[0-9a-f]{40,64}",
        check::anywhere,
    ),
    private_key(
        "ssh2-private-key",
        &["begin ssh2 encrypted"],
        r"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----[\x20-\x7E\r\n]{40,3900}?---- END SSH2 ENCRYPTED PRIVATE KEY ----",
        check::anywhere,
    ),
    private_key(
        "jwk-private-key",
        &["\"kty\"", "'kty'"],
        r#"['"]kty['"]\s{0,4}:[\t\r\n -z|~]{1,1600}?['"][dk]['"]\s{0,4}:\s{0,4}['"](?P<v>[A-Za-z0-9_-]{22,800})['"]"#,
        check::anywhere,
    ),
    private_key(
        "xml-rsa-private-key",
        &["<rsakeyvalue>"],
        r"<RSAKeyValue>\s{0,20}<Modulus>[A-Za-z0-9+/= \t\r\n]{80,1000}</Modulus>[\t\r\n -~]{0,1200}?<D>(?P<v>[A-Za-z0-9+/= \t\r\n]{40,1000})</D>",
        check::anywhere,
    ),
    Rule {
        id: "jwt",
        entity: "JWT",
        keywords: &["eyj"],
        pattern: r"eyJ[A-Za-z0-9_-]{10,1200}={0,2}\.[A-Za-z0-9_/+-]{0,1900}={0,2}\.[A-Za-z0-9_/+-]{0,800}={0,2}(?:\.[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{1,24})?",
        check: encoded::jwt,
        core: true,
    },
    token!("nemo-key", ["sk-nemo-"], "sk-nemo-[A-Za-z0-9]{38}", super::encoded::nemo),
];
