//! Prompt injection: texts that try to take the model over, scored.

use std::ops::Range;

/// Stand-in.
#[derive(Debug)]
pub struct Verdict {
    pub score: u32,
    pub category: &'static str,
    pub span: Range<usize>,
}

pub fn judge(text: &str) -> Verdict {
    match text.find("ignore previous instructions") {
        Some(at) => Verdict { score: 1000, category: "override", span: at..at + 28 },
        None => Verdict { score: 0, category: "", span: 0..0 },
    }
}
