//! How most rules are written: one line for each.
//!
//! ```text
//! token!("npm-token", ["npm_"], "npm_[A-Za-z0-9]{36}"),           a value that its prefix gives away
//! near!("algolia-key", ["algolia"], "[0-9a-f]{32}"),              a value without a format, a vendor's name before it
//! ```

/// A value that its own format gives away: id, keywords, pattern; then, where the usual check is not the right one, that.
macro_rules! token {
    ($id:literal, [$($keyword:literal),+], $pattern:expr) => {
        token!($id, [$($keyword),+], $pattern, super::check::token)
    };
    ($id:literal, [$($keyword:literal),+], $pattern:expr, $check:path) => {
        $crate::guard::rule::Rule {
            id: $id,
            entity: "API_KEY",
            keywords: &[$($keyword),+],
            pattern: $pattern,
            check: $check,
            core: true,
        }
    };
}

/// A value without a format of its own, at most 48 characters behind one of the words given.
macro_rules! near {
    ($id:literal, [$($word:literal),+], $value:expr) => {
        near!($id, [$($word),+], $value, super::check::near)
    };
    ($id:literal, [$first:literal $(, $word:literal)*], $value:expr, $check:path) => {
        $crate::guard::rule::Rule {
            id: $id,
            entity: "API_KEY",
            keywords: &[$first $(, $word)*],
            pattern: concat!(
                "(?i-u:", $first, $("|", $word,)* ")",
                "(?s-u:.{0,48}?)", r#"["'`=:>(,|\[\s]"#,
                "(?P<v>", $value, ")",
            ),
            check: $check,
            core: true,
        }
    };
}

/// A URL that is a secret as a whole: whoever has it may post.
macro_rules! webhook {
    ($id:literal, [$($keyword:literal),+], $pattern:expr) => {
        $crate::guard::rule::Rule {
            id: $id,
            entity: "WEBHOOK_URL",
            keywords: &[$($keyword),+],
            pattern: $pattern,
            check: super::check::anywhere,
            core: true,
        }
    };
}

/// A UUID in lower case.
macro_rules! uuid {
    () => {
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    };
}

pub(super) use {near, token, uuid, webhook};
