//! The vocabulary: words and phrases by what they mean, a table a language.
//!
//! Alternatives are parted by `|`. A `*` at the end stands for any ending. Everything passes through the same
//! [`fold`](super::fold) as the text, so spelling here is plain: case, accents and signs do not matter.

use super::concept::{self, Concepts};

mod asian;
mod english;
mod european;
mod phrases;

/// A concept, and the words for it.
pub(super) type Entry = (Concepts, &'static str);

/// The words of one language.
pub(super) struct Language {
    pub(super) entries: &'static [Entry],
    /// Whether words run into one another, so that one may begin and end anywhere.
    pub(super) runs_on: bool,
}

/// All of them.
pub(super) static LANGUAGES: &[Language] = &[
    Language { entries: english::WORDS, runs_on: false },
    Language { entries: english::SIGNS, runs_on: true },
    Language { entries: phrases::WORDS, runs_on: false },
    Language { entries: phrases::SIGNS, runs_on: true },
    Language { entries: european::SPANISH, runs_on: false },
    Language { entries: european::PORTUGUESE, runs_on: false },
    Language { entries: european::FRENCH, runs_on: false },
    Language { entries: european::ITALIAN, runs_on: false },
    Language { entries: european::ROMANIAN, runs_on: false },
    Language { entries: european::GERMAN, runs_on: false },
    Language { entries: european::DUTCH, runs_on: false },
    Language { entries: european::NORDIC, runs_on: false },
    Language { entries: european::RUSSIAN, runs_on: false },
    Language { entries: european::UKRAINIAN, runs_on: false },
    Language { entries: european::POLISH, runs_on: false },
    Language { entries: european::CZECH, runs_on: false },
    Language { entries: european::GREEK, runs_on: false },
    Language { entries: european::HUNGARIAN, runs_on: false },
    Language { entries: european::FINNISH, runs_on: false },
    Language { entries: asian::TURKISH, runs_on: false },
    Language { entries: asian::INDONESIAN, runs_on: false },
    Language { entries: asian::VIETNAMESE, runs_on: false },
    Language { entries: asian::HINDI, runs_on: false },
    Language { entries: asian::BENGALI, runs_on: false },
    Language { entries: asian::ARABIC, runs_on: true },
    Language { entries: asian::PERSIAN, runs_on: true },
    Language { entries: asian::HEBREW, runs_on: true },
    Language { entries: asian::CHINESE, runs_on: true },
    Language { entries: asian::JAPANESE, runs_on: true },
    Language { entries: asian::KOREAN, runs_on: true },
    Language { entries: asian::THAI, runs_on: true },
];

/// English words that carry an attack, long enough to be known when mistyped, in rot13 or backwards.
pub(super) static CORE: &[Entry] = &[
    (concept::DISMISS, "ignore|disregard|forget"),
    (concept::PRIOR, "previous|preceding"),
    (concept::RULES, "instruction|instructions|guidelines|directives|prompt"),
    (concept::REVEAL, "reveal|display"),
    (concept::LIMITS, "restrictions|limitations"),
    (concept::UNBOUND, "unfiltered|unrestricted|uncensored"),
    (concept::SYSTEM_PROMPT, "system prompt"),
];
