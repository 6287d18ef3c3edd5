//! Credentials in URLs, in headers and in connection strings.

use super::super::rule::Rule;
use super::{check, encoded, password};

/// A rule whose value is a name and a password, or a password.
const fn credentials(
    id: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
    check: fn(&super::super::rule::Candidate<'_>) -> bool,
) -> Rule {
    Rule { id, entity: "CREDENTIALS", keywords, pattern, check, core: true }
}

pub(super) const RULES: &[Rule] = &[
    // The URL as a whole: host and user are half of what is needed to get in.
    credentials(
        "url-credentials",
        &["://"],
        r#"[A-Za-z][A-Za-z0-9+.-]{1,30}://[!-~&&[^"'`<>/?#@:]]{0,128}:[!-~&&[^"'`<>/@]]{1,256}@[A-Za-z0-9\[\]_.:,%-]{1,700}(?:[/?][A-Za-z0-9._~!$&(*+,;=:@%/?#-]{0,300})?"#,
        password::url,
    ),
    credentials(
        "basic-authorization",
        &["basic "],
        r"(?i-u:\bbasic) {1,4}(?P<v>[A-Za-z0-9+/_-]{6,400}={0,2})",
        encoded::basic,
    ),
    credentials(
        "bearer-authorization",
        &["bearer "],
        r#"(?i-u:\bbearer)(?:[ \t]|%20|\\?["']){1,4}(?P<v>[A-Za-z0-9._~+/|:-]{16,1500}={0,2})"#,
        check::bearer,
    ),
    credentials(
        "authorization-header",
        &[
            "authorization",
            "x-api-key",
            "api-key",
            "apikey",
            "x-auth-token",
            "private-token",
            "x-access-token",
            "x-vault-token",
            "api-token",
            "apitoken",
        ],
        r#"(?i-u:authorization|x-api-key|x-auth-token|private-token|x-access-token|x-vault-token|api-?key|api-token)["']?[ \t]{0,4}[:=,][ \t]{0,4}["']?(?i-u:token |apikey |key |bot )?(?P<v>[A-Za-z0-9._~+/-]{16,600}={0,2})"#,
        check::header,
    ),
    credentials(
        "curl-user",
        &["curl"],
        r#"(?i-u:\bcurl\b)[\t\r\n -~]{0,400}?[ \t](?:-u|--user|--proxy-user)(?:=|[ \t]{0,4})["']?(?P<v>[!-~&&[^"':<]]{0,120}["']?:["']?[!-~&&[^"'<]]{0,120})"#,
        password::user_password,
    ),
    // JDBC, ADO.NET, ODBC, AMQP and what is written like them.
    credentials(
        "connection-string",
        &["password=", "pwd=", "password =", "pwd ="],
        concat!(
            r#"(?i-u:(?:server|data source|datasource|host|hostname|addr|address|endpoint|user id|userid|uid|user|username|database|initial catalog|dsn|driver) ?= ?[^;&\s"'<>]{1,160}"#,
            r#"(?:[;& ] ?[a-z_. -]{1,40} ?= ?[^;&"'<>\r\n]{0,100}){0,8}?[;& ] ?)(?i-u:password|pwd) ?= ?["']?[!-~&&[^;&"'<>\\]]{3,120}"#,
        ),
        password::connection,
    ),
    credentials(
        "jdbc-password",
        &["jdbc:"],
        r#"jdbc:[a-z0-9:]{2,40}[!-~&&[^"'<>]]{1,300}?[?;&:,](?i-u:password|pwd)=[^;&"'\s<>\\]{3,120}"#,
        password::connection,
    ),
    credentials(
        "account-key",
        &["accountkey="],
        r"(?i-u:(?:DefaultEndpointsProtocol=https?;)?(?:AccountName=[a-z0-9]{3,40};)?AccountKey)=[A-Za-z0-9+/]{40,100}={0,2}(?:;EndpointSuffix=[a-z0-9.-]{4,60})?",
        check::anywhere,
    ),
    credentials(
        "netrc",
        &["machine ", "login "],
        r"(?-u:\b)machine[ \t]{1,4}[!-~]{1,120}\s{1,8}login[ \t]{1,4}[!-~]{1,120}\s{1,8}password[ \t]{1,4}(?P<v>[!-~]{4,200})",
        password::password,
    ),
    credentials(
        "database-flag",
        &["mysql", "mongo", "redis-cli", "pgpassword", "sqlcmd", "mysqldump"],
        r#"(?i-u:mysql|mysqldump|mongo|mongosh|mongodump|redis-cli|sqlcmd)[\t -:<-{}~]{0,200}?[ \t](?:-p|--password[ =]|-a[ \t]|-P[ \t]?)["']?(?P<v>[!-~&&[^"'$<{-]][!-~&&[^"'$<{]]{5,100})"#,
        password::strong_password,
    ),
    credentials(
        "postgres-password",
        &["pgpassword"],
        r#"PGPASSWORD["']?[ \t]{0,4}[:=][ \t]{0,4}["']?(?P<v>[!-~&&[^"'$<{;]]{4,100})"#,
        password::password,
    ),
    credentials(
        "sql-password",
        &["identified by", "with password", "encrypted password", "password =", "password="],
        r#"(?i-u:\b(?:create|alter)\s{1,4}(?:user|role|login)\b[^;\n]{1,200}?(?:identified(?:\s{1,4}with\s{1,4}[a-z0-9_]{1,40})?\s{1,4}by|(?:with\s{1,4})?(?:encrypted\s{1,4})?password)\s{0,4}=?\s{0,4})N?['"](?P<v>[^'"\n]{4,200})['"]"#,
        password::password,
    ),
];
