//! Values without a format, given away by the name that they are assigned to.

use super::super::rule::Rule;
use super::{check, password};

/// Between a name and its value, in whatever language.
macro_rules! becomes {
    () => {
        concat!(
            r#"["'`\])\\]{0,4}[ \t]{0,8}"#,
            r#"(?:(?:[.]?[:=]{1,4}>?|->|\?=|\|\||>| is| was| -)[ \t]{0,8}(?:\r?\n[ \t]{0,24})?(?:&quot;|%22|\\?["'`<\[({]){0,4}"#,
            r#"|[,(][ \t]{0,8}\\?["'`]|[ \t]["'`<\[({]{0,3})"#,
        )
    };
}

/// The name of a password, as far as its value.
macro_rules! password {
    () => {
        concat!(
            r"(?i-u:(?:passw(?:or)?ds?|passphrase|passcode|pwd|pswd|psw)[A-Za-z0-9_.\[-]{0,24}?|pass)",
            r#"["'`\])\\]{0,4}[ \t]{0,8}(?:[:=]{1,3}>?|->|\?=|>| is| was| are)[ \t]{0,8}"#,
        )
    };
}

const PASSWORD_WORDS: &[&str] = &[
    "passw",
    "pwd",
    "passphrase",
    "passcode",
    "_pass",
    "-pass",
    "pass=",
    "pass:",
    "pass =",
    "pass\"",
    "pass'",
    "pswd",
    "psw",
];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "assigned-secret",
        entity: "SECRET",
        keywords: &[
            "apikey",
            "api_key",
            "api-key",
            "api key",
            "api.key",
            "accesskey",
            "access_key",
            "access-key",
            "access key",
            "secret",
            "token",
            "authkey",
            "auth_key",
            "auth-key",
            "private_key",
            "privatekey",
            "private-key",
            "encryption_key",
            "encryptionkey",
            "encryption-key",
            "signing_key",
            "signingkey",
            "master_key",
            "masterkey",
            "master-key",
            "credential",
            "appkey",
            "app_key",
            "app-key",
            "app key",
            "service_key",
            "servicekey",
            "license_key",
            "licensekey",
            "account_key",
            "subscription_key",
            "subscriptionkey",
            "write_key",
            "writekey",
            "_key",
            "cred",
            "passw",
            "pwd",
            "auth\"",
            "auth'",
            "auth=",
            "auth =",
            "auth:",
            "admin_key",
            "server_key",
            "consumer_key",
            "consumerkey",
            "adminkey",
            "serverkey",
            "authorization",
        ],
        pattern: concat!(
            r"(?i-u:api[_. -]?key|(?:access|auth|private|encryption|signing|master|app|service|licen[cs]e|account|subscription|write|admin|server|consumer)[_. -]?key|secret|token|cred(?:ential)?s?|authorization|passw(?:or)?d|pwd|auth|[a-z0-9]_key)",
            r"(?:[A-Za-z0-9_.\[-]{0,24}?|[ \t](?:key|token|value)|s)(?:(?: ?: ?| )(?:string|String|str|&str))?",
            becomes!(),
            r"(?P<v>[A-Za-z0-9_+/.~@!#%^&*=-]{16,200}(?::[A-Za-z0-9_+/=-]{8,100})?)",
        ),
        check: check::assigned,
        core: true,
    },
    Rule {
        id: "assigned-secret-in-pairs",
        entity: "SECRET",
        keywords: &["value\"", "value'", "value:", "value="],
        pattern: concat!(
            r#"(?i-u:(?:api[_. -]?key|(?:access|auth|private|encryption|signing|master|app|service)[_. -]?key|[a-z0-9]_key|secret|token|credential)[A-Za-z0-9_-]{0,24}["']?\s{0,4}[,;]?\s{1,24}["']?value["']?)[:=]\s{0,4}["']?"#,
            r"(?P<v>[A-Za-z0-9_+/.~=-]{16,200})",
        ),
        check: check::assigned,
        core: true,
    },
    Rule {
        id: "password",
        entity: "PASSWORD",
        keywords: PASSWORD_WORDS,
        pattern: concat!(password!(), r#"\\?["'`](?P<v>[^"'`\\\r\n]{4,120})"#),
        check: password::password_assigned,
        core: false,
    },
    Rule {
        id: "password-unquoted",
        entity: "PASSWORD",
        keywords: PASSWORD_WORDS,
        pattern: concat!(password!(), r#"(?P<v>[!-~&&[^"'`,;:<>(){}\[\]$&\\]][!-~&&[^"'`,;<>&\\]]{4,120})"#),
        check: password::password_assigned,
        core: false,
    },
    Rule {
        id: "secret-word",
        entity: "SECRET",
        keywords: &["secret", "token", "api_key", "apikey", "api-key", "auth", "credential", "_key"],
        pattern: concat!(
            r"(?i-u:secret|token|api[_-]?key|auth|credentials?|[a-z]_key)",
            r"(?:[A-Za-z0-9_.\[-]{0,24}?)",
            r#"["'`\])\\]{0,4}[ \t]{0,8}(?:[:=]{1,3}>?)[ \t]{0,8}\\?["'`]"#,
            r#"(?P<v>[^"'`\\\s\r\n<>{}$]{8,120})"#,
        ),
        check: password::secret_word,
        core: false,
    },
];
