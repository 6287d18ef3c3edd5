//! Validity: what each member that the gateway reads must be. Members it does not read are the provider's business.

use super::invalid::{Invalid, Problem, Rule};
use crate::json::{Kind, Value};

type Found<'a> = Option<Value<'a>>;

/// More output than any model gives; an upper bound keeps the arithmetic of holds far from its limits.
const MOST_TOKENS: i64 = i32::MAX as i64;
const MOST_CHOICES: i64 = 128;

const BODY: Rule = Rule { expected: "an object", example: r#"{"model": "gpt-4o", ...}"# };
const MODEL: Rule = Rule { expected: "a non-empty string", example: r#""model": "gpt-4o""# };
const STREAM: Rule = Rule { expected: "a boolean or null", example: r#""stream": true"# };
const STREAM_OPTIONS: Rule =
    Rule { expected: "an object or null", example: r#""stream_options": {"include_usage": true}"# };
const INCLUDE_USAGE: Rule = Rule { expected: "a boolean or null", example: r#""include_usage": true"# };
const INTEGER: Rule = Rule { expected: "an integer or null", example: "a number without quotes or a decimal point" };
const TOOLS: Rule = Rule { expected: "an array or null", example: r#""tools": [{"type": "function", ...}]"# };
const FORMAT: Rule = Rule { expected: "an object or null", example: r#""response_format": {"type": "json_object"}"# };
const MESSAGES: Rule =
    Rule { expected: "a non-empty array of objects", example: r#""messages": [{"role": "user", "content": "Hello"}]"# };
const MESSAGE: Rule = Rule { expected: "an object", example: r#"{"role": "user", "content": "Hello"}"# };
const ROLE: Rule = Rule { expected: "a string", example: r#""role": "user""# };
const CONTENT: Rule = Rule { expected: "a string, null or an array of objects", example: r#""content": "Hello""# };
const PART: Rule = Rule { expected: "an object", example: r#"{"type": "text", "text": "Hello"}"# };
const PART_TYPE: Rule = Rule { expected: "a string", example: r#""type": "text""# };
const TEXT: Rule = Rule { expected: "a string", example: r#""text": "Hello""# };
const PROMPT: Rule = Rule {
    expected: "a string, an array of strings, an array of token ids or an array of arrays of token ids",
    example: r#""prompt": "Hello""#,
};
const INPUT: Rule = Rule { example: r#""input": "Hello""#, ..PROMPT };

pub(super) fn body(value: &Value<'_>) -> Result<(), Invalid> {
    if value.kind == Kind::Object { Ok(()) } else { Err(Invalid::wrong_type("", BODY, value)) }
}

pub(super) fn model(found: Found<'_>) -> Result<String, Invalid> {
    let value = found.ok_or_else(|| Invalid::missing("model", MODEL))?;
    let name = value.string().ok_or_else(|| Invalid::wrong_type("model", MODEL, &value))?.decode();
    if name.is_empty() { Err(Invalid::empty("model", MODEL, &value)) } else { Ok(name.into_owned()) }
}

pub(super) fn stream(found: Found<'_>) -> Result<bool, Invalid> {
    boolean(found, "stream", STREAM)
}

/// Whether the client asks for the usage chunk.
pub(super) fn stream_options(found: Found<'_>) -> Result<bool, Invalid> {
    let Some(value) = found.filter(|value| !value.is_null()) else { return Ok(false) };
    only(&value, Kind::Object, "stream_options", STREAM_OPTIONS)?;
    let [include_usage] = members(&value, ["include_usage"]).map_err(|invalid| invalid.within("stream_options"))?;
    boolean(include_usage, "stream_options.include_usage", INCLUDE_USAGE)
}

pub(super) fn tokens(found: Found<'_>, param: &str) -> Result<Option<u64>, Invalid> {
    integer(found, param, 0, MOST_TOKENS)
}

pub(super) fn choices(found: Found<'_>, param: &str) -> Result<u64, Invalid> {
    integer(found, param, 1, MOST_CHOICES).map(|number| number.unwrap_or(1))
}

pub(super) fn tools(found: Found<'_>, param: &str) -> Result<(), Invalid> {
    optional(found, Kind::Array, param, TOOLS)
}

pub(super) fn response_format(found: Found<'_>) -> Result<(), Invalid> {
    optional(found, Kind::Object, "response_format", FORMAT)
}

pub(super) fn messages(found: Found<'_>) -> Result<(), Invalid> {
    let value = found.ok_or_else(|| Invalid::missing("messages", MESSAGES))?;
    only(&value, Kind::Array, "messages", MESSAGES)?;
    let mut count = 0;
    for item in value.items() {
        message(&item).map_err(|invalid| invalid.within(&format!("messages[{count}]")))?;
        count += 1;
    }
    if count == 0 { Err(Invalid::empty("messages", MESSAGES, &value)) } else { Ok(()) }
}

fn message(value: &Value<'_>) -> Result<(), Invalid> {
    only(value, Kind::Object, "", MESSAGE)?;
    let [role, content] = members(value, ["role", "content"])?;
    only(&role.ok_or_else(|| Invalid::missing("role", ROLE))?, Kind::String, "role", ROLE)?;
    match content {
        Some(parts) if parts.kind == Kind::Array => {
            for (index, item) in parts.items().enumerate() {
                part(&item).map_err(|invalid| invalid.within(&format!("content[{index}]")))?;
            }
            Ok(())
        }
        Some(other) if !other.is_null() => only(&other, Kind::String, "content", CONTENT),
        _ => Ok(()),
    }
}

fn part(value: &Value<'_>) -> Result<(), Invalid> {
    only(value, Kind::Object, "", PART)?;
    let [kind, text] = members(value, ["type", "text"])?;
    only(&kind.ok_or_else(|| Invalid::missing("type", PART_TYPE))?, Kind::String, "type", PART_TYPE)?;
    optional(text, Kind::String, "text", TEXT)
}

/// How many prompts there are. A prompt may be null: it stands for the start of a document.
pub(super) fn prompt(found: Found<'_>) -> Result<u64, Invalid> {
    let value = found.ok_or_else(|| Invalid::missing("prompt", PROMPT))?;
    if value.is_null() { Ok(1) } else { texts(&value, "prompt", PROMPT) }
}

/// How many inputs there are.
pub(super) fn input(found: Found<'_>) -> Result<u64, Invalid> {
    let value = found.ok_or_else(|| Invalid::missing("input", INPUT))?;
    if value.raw() == "\"\"" { Err(Invalid::empty("input", INPUT, &value)) } else { texts(&value, "input", INPUT) }
}

/// The four ways to write texts: `"a"`, `["a", "b"]`, `[1, 2]` (one text), `[[1, 2], [3]]`.
fn texts(value: &Value<'_>, param: &str, rule: Rule) -> Result<u64, Invalid> {
    if value.kind == Kind::String {
        return Ok(1);
    }
    only(value, Kind::Array, param, rule)?;
    let first = value.items().next().ok_or_else(|| Invalid::empty(param, rule, value))?;
    let mut count = 0;
    for item in value.items() {
        let fits = item.kind == first.kind
            && match item.kind {
                Kind::String => true,
                Kind::Number => is_token(&item),
                Kind::Array => item.items().all(|id| is_token(&id)),
                _ => false,
            };
        if !fits {
            return Err(Invalid::wrong_type(&format!("{param}[{count}]"), rule, &item));
        }
        count += 1;
    }
    Ok(if first.kind == Kind::Number { 1 } else { count })
}

fn is_token(value: &Value<'_>) -> bool {
    value.kind == Kind::Number && value.raw().bytes().all(|byte| byte.is_ascii_digit())
}

// === Types ===

fn only(value: &Value<'_>, kind: Kind, param: &str, rule: Rule) -> Result<(), Invalid> {
    if value.kind == kind { Ok(()) } else { Err(Invalid::wrong_type(param, rule, value)) }
}

fn optional(found: Found<'_>, kind: Kind, param: &str, rule: Rule) -> Result<(), Invalid> {
    found.filter(|value| !value.is_null()).map_or(Ok(()), |value| only(&value, kind, param, rule))
}

fn boolean(found: Found<'_>, param: &str, rule: Rule) -> Result<bool, Invalid> {
    optional(found, Kind::Bool, param, rule)?;
    Ok(found.and_then(|value| value.bool()).unwrap_or(false))
}

fn integer(found: Found<'_>, param: &str, least: i64, most: i64) -> Result<Option<u64>, Invalid> {
    let Some(value) = found.filter(|value| !value.is_null()) else { return Ok(None) };
    let raw = value.raw();
    if value.kind != Kind::Number || raw.contains(['.', 'e', 'E']) {
        return Err(Invalid::wrong_type(param, INTEGER, &value));
    }
    // Only an integer of more than 63 bits fails to parse.
    let number = raw.parse().unwrap_or(if raw.starts_with('-') { i64::MIN } else { i64::MAX });
    let problem = if number < least {
        Problem::Below(least)
    } else if number > most {
        Problem::Above(most)
    } else {
        return Ok(u64::try_from(number).ok());
    };
    Err(Invalid { param: param.to_owned(), problem })
}

/// The members of these names. One that is there twice is refused: the provider might read the other one.
fn members<'a, const N: usize>(object: &Value<'a>, names: [&str; N]) -> Result<[Found<'a>; N], Invalid> {
    let mut found = [None; N];
    for (key, value) in object.members() {
        let key = key.decode();
        for (slot, name) in found.iter_mut().zip(names) {
            if key == name && slot.replace(value).is_some() {
                return Err(Invalid::duplicate(name));
            }
        }
    }
    Ok(found)
}
