//! What was masked in a request, so that the answer can have it back. It lives as long as the request.

use std::{collections::BTreeMap, fmt, ops::Bound};

/// Placeholders and what they stand for. Equal values have equal placeholders.
#[derive(Clone, Default)]
pub struct Vault {
    /// By kind and value.
    names: BTreeMap<(String, String), String>,
    values: BTreeMap<String, String>,
    /// How many placeholders of a kind there are.
    counts: BTreeMap<String, u64>,
    longest: usize,
}

/// Without what is in it.
impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({} values)", self.values.len())
    }
}

impl Vault {
    /// Whether nothing was masked.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The placeholder of a value: `[EMAIL_1]`. `is_taken` says of one whether the request itself uses it.
    pub(crate) fn mask(&mut self, entity: &str, value: &str, is_taken: impl Fn(&str) -> bool) -> &str {
        let Self { names, values, counts, longest } = self;
        names.entry((entity.to_owned(), value.to_owned())).or_insert_with(|| {
            let count = counts.entry(entity.to_owned()).or_default();
            let name = loop {
                *count += 1;
                let name = format!("[{entity}_{count}]");
                if !is_taken(&name) {
                    break name;
                }
            };
            *longest = (*longest).max(name.len());
            values.insert(name.clone(), value.to_owned());
            name
        })
    }

    /// The first placeholder in `text` from a place on, with its value; or where one may have begun, if what follows
    /// decides.
    pub(crate) fn find(&self, text: &str, mut from: usize) -> Found<'_> {
        while let Some(at) = memchr::memchr(b'[', &text.as_bytes()[from..]) {
            let (start, rest) = (from + at, &text[from + at..]);
            let near = &rest.as_bytes()[..rest.len().min(self.longest)];
            if let Some(end) = memchr::memchr(b']', near) {
                if let Some(value) = rest.get(..=end).and_then(|name| self.values.get(name)) {
                    return Found::At(start, start + end + 1, value);
                }
            } else if rest.len() < self.longest {
                let next = self.values.range::<str, _>((Bound::Included(rest), Bound::Unbounded)).next();
                if next.is_some_and(|(name, _)| name.starts_with(rest)) {
                    return Found::Begins(start);
                }
            }
            from = start + 1;
        }
        Found::Nothing
    }
}

/// What [`Vault::find`] finds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    At(usize, usize, &'a str),
    Begins(usize),
    Nothing,
}

/// Whether a text has something in it that looks like a placeholder of a vault; each such is shown to `each`.
pub(crate) fn lookalikes<'a>(text: &'a str, mut each: impl FnMut(&'a str)) {
    for start in memchr::memchr_iter(b'[', text.as_bytes()) {
        let rest = &text.as_bytes()[start + 1..];
        let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
        let length = rest.iter().take(64).take_while(|byte| is_part(byte)).count();
        if length > 0 && rest.get(length) == Some(&b']') {
            each(&text[start..start + length + 2]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_placeholders() {
        let mut vault = Vault::default();
        let never = |_: &str| false;
        assert_eq!(vault.mask("EMAIL", "a@b.c", never), "[EMAIL_1]");
        assert_eq!(vault.mask("EMAIL", "d@e.f", |name| name == "[EMAIL_2]"), "[EMAIL_3]");
        assert_eq!(vault.mask("EMAIL", "a@b.c", never), "[EMAIL_1]");
        assert_eq!(vault.mask("PHONE", "1", never), "[PHONE_1]");
        assert_eq!(format!("{vault:?}"), "Vault(3 values)");
    }

    #[test]
    fn placeholders_are_found_and_their_beginnings_are() {
        let mut vault = Vault::default();
        vault.mask("EMAIL", "a@b.c", |_| false);
        assert_eq!(vault.find("x [EMAIL_1] y", 0), Found::At(2, 11, "a@b.c"));
        assert_eq!(vault.find("[[EMAIL_1]", 0), Found::At(1, 10, "a@b.c"));
        assert_eq!(vault.find("[EMAIL_2] [EMA", 0), Found::Begins(10));
        assert_eq!(vault.find("[EMAIL_1", 0), Found::Begins(0));
        assert_eq!(vault.find("[EMAIX", 0), Found::Nothing);
        assert_eq!(vault.find("[1] é[", 0), Found::Begins(6));
    }

    #[test]
    fn what_looks_like_a_placeholder() {
        let mut found = Vec::new();
        lookalikes("[EMAIL_1] [x] [A[B_2]é[", |name| found.push(name));
        assert_eq!(found, ["[EMAIL_1]", "[B_2]"]);
    }
}
