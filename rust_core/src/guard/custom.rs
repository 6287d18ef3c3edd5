//! Rules that operators write: words and patterns.
//!
//! Rules live as long as the program. A configuration that is read again leaves the texts of its former rules behind; they
//! are small and few.

use regex_syntax::ParserBuilder;
use unicode_normalization::UnicodeNormalization;

use super::rule::{Candidate, LONGEST, Rule, always};

/// A pattern longer than this is refused.
const LONGEST_PATTERN: usize = 4096;
/// Bytes of compiled pattern.
const LARGEST: usize = 1 << 20;

/// A rule that finds a pattern. `Err` says what is wrong with it, and how to mend it.
pub fn pattern(name: &str, pattern: &str) -> Result<Rule, String> {
    if pattern.len() > LONGEST_PATTERN {
        return Err(format!("is longer than {LONGEST_PATTERN} bytes; make several of it"));
    }
    let parsed = ParserBuilder::new().nest_limit(64).build().parse(pattern).map_err(|error| explain(&error))?;
    let properties = parsed.properties();
    if properties.minimum_len().is_none_or(|length| length == 0) {
        return Err("matches nothing at all; something has to be there".to_owned());
    }
    match properties.maximum_len() {
        None => return Err("has a repeat without an end; write for example {1,64} instead of +".to_owned()),
        Some(length) if length > LONGEST => {
            return Err(format!("matches up to {length} bytes, and {LONGEST} are the most; make its repeats shorter"));
        }
        Some(_) => {}
    }
    let config = regex_automata::meta::Config::new().nfa_size_limit(Some(LARGEST));
    let build = regex_automata::meta::Builder::new().configure(config).build_from_hir(&parsed);
    build.map_err(|_| "is too large once it is compiled; make its repeats shorter".to_owned())?;
    Ok(Rule {
        id: name.to_owned().leak(),
        entity: entity(name).leak(),
        keywords: &[],
        pattern: pattern.to_owned().leak(),
        check: always,
        core: true,
    })
}

/// A rule that finds a word, or several in a row, in upper or lower case, not as a part of a longer one.
pub fn word(name: &str, word: &str) -> Result<Rule, String> {
    let word: String = word.nfkc().collect();
    let word = word.trim();
    if word.is_empty() {
        return Err("is empty".to_owned());
    }
    if word.len() > 256 {
        return Err("is longer than 256 bytes".to_owned());
    }
    let keyword = word.to_ascii_lowercase();
    let keywords: &[&str] =
        if keyword.len() >= 3 && keyword.is_ascii() { vec![&*keyword.leak()].leak() } else { &[] };
    Ok(Rule {
        id: name.to_owned().leak(),
        entity: "KEYWORD",
        keywords,
        pattern: format!("(?i){}", regex_syntax::escape(word)).leak(),
        check: is_whole,
        core: true,
    })
}

/// `[EMPLOYEE_ID_REDACTED]` for `employee-id`.
fn entity(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

fn is_whole(found: &Candidate<'_>) -> bool {
    let (first, last) = (found.value().chars().next(), found.value().chars().next_back());
    let joins = |one: Option<char>, other: Option<char>| one.is_some_and(is_letter) && other.is_some_and(is_letter);
    !joins(found.before().chars().next_back(), first) && !joins(last, found.after())
}

/// Of a script that puts spaces between words.
fn is_letter(character: char) -> bool {
    character.is_alphanumeric() && character < '\u{2E80}'
}

/// In one line.
fn explain(error: &regex_syntax::Error) -> String {
    let reason = match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    };
    format!("is not a pattern that can be used: {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_patterns_are_told_apart() {
        let reason = |text: &str| pattern("p", text).unwrap_err();
        assert!(reason("a(?=b)").contains("look-around"), "{}", reason("a(?=b)"));
        assert!(reason("a{0,3}").contains("nothing at all"));
        assert!(reason("a+").contains("without an end"));
        assert!(reason("(").contains("unclosed group"));
        assert!(reason("a{5000}").contains("5000 bytes"));
        assert!(reason(r"(?:\pL{100}){10}").contains("bytes") || reason(r"(?:\pL{100}){10}").contains("too large"));
        assert_eq!(pattern("employee-id", r"EMP-\d{6}").unwrap().entity, "EMPLOYEE_ID");
    }

    #[test]
    fn words_are_whole() {
        let is_found = |text: &str, at: usize, len: usize| is_whole(&Candidate::new(text, at..at + len, at..at + len));
        assert!(is_found("a cat.", 2, 3));
        assert!(!is_found("a cats", 2, 3));
        assert!(!is_found("bobcat", 3, 3));
        assert!(is_found("\u{732b}cat\u{732b}", 3, 3));
        assert!(word("w", " ").is_err());
    }
}
