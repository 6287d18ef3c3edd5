//! Why a body is not a request: every kind of refusal, once, with its code and its words.

use std::fmt;

use crate::json::{self, Kind, Value};

/// A refusal. Its `Display` is the message for the client: what was expected, what came, how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The member at fault, as `OpenAI` writes it: `messages[0].role`. Empty if it is the body.
    pub param: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The body is not JSON.
    Json(json::Error),
    /// A required member is not there.
    Missing(Rule),
    /// A member is there twice.
    Duplicate,
    /// A member has another type than it must have.
    Type(Rule, &'static str),
    /// A string or an array is empty and must not be.
    Empty(Rule, &'static str),
    /// An integer is below the least value.
    Below(i64),
    /// An integer is above the greatest value.
    Above(i64),
    /// An object has more members than any request needs.
    TooMany(usize),
    /// A form, or a field of one, is not as it has to be.
    Form(&'static str),
}

/// What a member must be, and an example of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Completes "expected ...".
    pub expected: &'static str,
    /// A member that would be right.
    pub example: &'static str,
}

impl Invalid {
    pub(super) fn missing(param: &str, rule: Rule) -> Self {
        Self { param: param.to_owned(), problem: Problem::Missing(rule) }
    }

    pub(super) fn wrong_type(param: &str, rule: Rule, value: &Value<'_>) -> Self {
        Self { param: param.to_owned(), problem: Problem::Type(rule, describe(value)) }
    }

    pub(super) fn empty(param: &str, rule: Rule, what: &'static str) -> Self {
        Self { param: param.to_owned(), problem: Problem::Empty(rule, what) }
    }

    pub(super) fn duplicate(key: &str) -> Self {
        Self { param: key.chars().take(64).collect(), problem: Problem::Duplicate }
    }

    /// The same refusal, of a member inside `outer`.
    pub(super) fn within(mut self, outer: &str) -> Self {
        let dot = if self.param.is_empty() || self.param.starts_with('[') { "" } else { "." };
        self.param = format!("{outer}{dot}{}", self.param);
        self
    }

    /// The machine-readable kind.
    pub fn code(&self) -> &'static str {
        match self.problem {
            Problem::Json(_) => "invalid_json",
            Problem::Missing(_) => "missing_required_parameter",
            Problem::Duplicate => "duplicate_key",
            Problem::Type(..) => "invalid_type",
            Problem::Empty(_, "array") => "empty_array",
            Problem::Empty(..) => "empty_string",
            Problem::Below(_) => "integer_below_min_value",
            Problem::Above(_) => "integer_above_max_value",
            Problem::TooMany(_) => "too_many_members",
            Problem::Form(_) => "invalid_form",
        }
    }
}

impl From<json::Error> for Invalid {
    fn from(error: json::Error) -> Self {
        Self { param: String::new(), problem: Problem::Json(error) }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.param.is_empty() { "the body".to_owned() } else { format!("'{}'", self.param) };
        match &self.problem {
            Problem::Json(error) => {
                write!(f, "The body is not valid JSON: {error}. Send one JSON object, encoded as UTF-8.")
            }
            Problem::Missing(rule) => {
                write!(f, "Missing required parameter: {place}. Send {}, for example {}.", rule.expected, rule.example)
            }
            Problem::Duplicate => write!(f, "Duplicate key: {place} is there more than once. Send it once."),
            Problem::Type(Rule { expected, example }, found) => write!(
                f,
                "Invalid type for {place}: expected {expected}, but got {found} instead. Send for example {example}."
            ),
            Problem::Empty(Rule { expected, example }, what) => write!(
                f,
                "Invalid {place}: empty {what}. Expected {expected}, but got an empty {what} instead. \
                 Send for example {example}."
            ),
            Problem::Below(least) => {
                write!(f, "Invalid {place}: integer below minimum value. Send an integer >= {least}.")
            }
            Problem::Above(greatest) => {
                write!(f, "Invalid {place}: integer above maximum value. Send an integer <= {greatest}.")
            }
            Problem::TooMany(limit) => {
                write!(f, "Too many members in {place}: at most {limit} are taken. Send fewer.")
            }
            Problem::Form(why) if self.param.is_empty() => write!(f, "The form {why}."),
            Problem::Form(why) => write!(f, "Invalid form: {place} {why}."),
        }
    }
}

impl std::error::Error for Invalid {}

/// A value's type in the words of `OpenAI`'s own messages.
fn describe(value: &Value<'_>) -> &'static str {
    match value.kind {
        Kind::Object => "an object",
        Kind::Array => "an array",
        Kind::String => "a string",
        Kind::Number if value.raw().bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) => "an integer",
        Kind::Number => "a decimal number",
        Kind::Bool => "a boolean",
        Kind::Null => "null",
    }
}
