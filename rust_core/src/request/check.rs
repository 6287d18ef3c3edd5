//! Validity: what each member that the gateway reads must be. Members it does not read are the provider's business.

use super::Endpoint;
use super::invalid::{Invalid, Problem, Rule};
use super::top_level::{Field, Fields};
use crate::json::{Kind, Scanner, Value};

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

const DRAWN: Rule = Rule { expected: "a non-empty string", example: r#""prompt": "A fox""# };
const SPOKEN: Rule = Rule { expected: "a non-empty string", example: r#""input": "Hello""# };
const MODERATED: Rule = Rule { expected: "a string or an array of strings or objects", example: r#""input": "Hello""# };
const QUERY: Rule = Rule { expected: "a string or an object", example: r#""query": "Who?""# };
const DOCUMENTS: Rule = Rule { expected: "a non-empty array", example: r#""documents": ["one", "two"]"# };
const STREAM_FORMAT: Rule = Rule { expected: "a string or null", example: r#""stream_format": "sse""# };

/// Enters the body, which is an object.
pub(super) fn body(scan: &mut Scanner<'_>) -> Result<(), Invalid> {
    if scan.peek()? == Kind::Object {
        return Ok(scan.open_object()?);
    }
    let value = scan.value()?;
    scan.end()?;
    Err(Invalid::wrong_type("", BODY, &value))
}

pub(super) fn model(found: Found<'_>) -> Result<String, Invalid> {
    let value = found.ok_or_else(|| Invalid::missing("model", MODEL))?;
    let name = value.string().ok_or_else(|| Invalid::wrong_type("model", MODEL, &value))?.decode();
    if name.is_empty() { Err(Invalid::empty("model", MODEL, "string")) } else { Ok(name.into_owned()) }
}

pub(super) fn stream(found: Found<'_>) -> Result<bool, Invalid> {
    boolean(found, "stream", STREAM)
}

/// Whether the client asks for the usage chunk.
pub(super) fn stream_options(found: Found<'_>) -> Result<bool, Invalid> {
    optional(found, Kind::Object, "stream_options", STREAM_OPTIONS)?;
    let members = found.iter().flat_map(Value::members);
    let mut asked = members.filter(|(key, _)| key.decode() == "include_usage").map(|(_, value)| value);
    let include_usage = asked.next();
    if asked.next().is_some() {
        return Err(Invalid::duplicate("stream_options.include_usage"));
    }
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

/// The members that the endpoint cannot do without.
pub(super) fn required(fields: &Fields, body: &str, endpoint: Endpoint) -> Result<(), Invalid> {
    let wanted: &[(Field, &str, Rule)] = match endpoint {
        Endpoint::Chat => &[(Field::Messages, "messages", MESSAGES)],
        Endpoint::Completions => &[(Field::Prompt, "prompt", PROMPT)],
        Endpoint::Embeddings => &[(Field::Input, "input", INPUT)],
        Endpoint::Images => &[(Field::Prompt, "prompt", DRAWN)],
        Endpoint::Speech => &[(Field::Input, "input", SPOKEN)],
        Endpoint::Moderations => &[(Field::Input, "input", MODERATED)],
        Endpoint::Rerank => &[(Field::Query, "query", QUERY), (Field::Documents, "documents", DOCUMENTS)],
        Endpoint::ImageEdits | Endpoint::Transcriptions => &[],
    };
    for (field, param, rule) in wanted {
        let value = fields.get(body, *field).ok_or_else(|| Invalid::missing(param, *rule))?;
        let fits = match (endpoint, value.kind) {
            (Endpoint::Images | Endpoint::Speech, kind) => kind == Kind::String,
            (Endpoint::Moderations, kind) => matches!(kind, Kind::String | Kind::Array),
            (Endpoint::Rerank, kind) => (kind == Kind::Array) == (*field == Field::Documents),
            _ => true, // Checked while they were scanned.
        };
        if !fits {
            return Err(Invalid::wrong_type(param, *rule, &value));
        }
        match value.raw() {
            "\"\"" if endpoint == Endpoint::Images || endpoint == Endpoint::Speech => {
                return Err(Invalid::empty(param, *rule, "string"));
            }
            "[]" => return Err(Invalid::empty(param, *rule, "array")),
            _ => {}
        }
    }
    Ok(())
}

/// Whether speech shall come as events.
pub(super) fn stream_format(found: Found<'_>) -> Result<bool, Invalid> {
    optional(found, Kind::String, "stream_format", STREAM_FORMAT)?;
    Ok(found.and_then(|value| value.string()).is_some_and(|text| text.decode() == "sse"))
}

// === Fields of forms ===

pub(super) fn form_model(name: &str) -> Result<(), Invalid> {
    if name.is_empty() { Err(form_missing("model")) } else { Ok(()) }
}

pub(super) fn form_missing(param: &str) -> Invalid {
    Invalid::missing(param, Rule { expected: "a part of that name", example: r#"name="model" with "whisper-1""# })
}

pub(super) fn form_boolean(text: &str, param: &str) -> Result<bool, Invalid> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" | "" => Ok(false),
        _ => Err(Invalid { param: param.to_owned(), problem: Problem::Form("must be true or false") }),
    }
}

pub(super) fn form_choices(text: &str, param: &str) -> Result<u64, Invalid> {
    match text.parse() {
        Ok(number) if (1..=MOST_CHOICES).contains(&number) => Ok(number.unsigned_abs()),
        _ => Err(Invalid { param: param.to_owned(), problem: Problem::Form("must be an integer from 1 to 128") }),
    }
}

// === Long members, checked while they are scanned ===

pub(super) fn messages(scan: &mut Scanner<'_>) -> Result<(), Invalid> {
    each(scan, "messages", MESSAGES, message).and_then(|count| nonempty(count, "messages", MESSAGES))
}

fn message(scan: &mut Scanner<'_>) -> Result<(), Invalid> {
    let (mut role, mut content) = (false, false);
    expect(scan, Kind::Object, "", MESSAGE)?;
    scan.open_object()?;
    while let Some(key) = scan.next_key()? {
        match &*key.decode() {
            "role" => {
                once(&mut role, "role")?;
                expect(scan, Kind::String, "role", ROLE)?;
                scan.value()?;
            }
            "content" => {
                once(&mut content, "content")?;
                self::content(scan)?;
            }
            _ => drop(scan.value()?),
        }
    }
    if role { Ok(()) } else { Err(Invalid::missing("role", ROLE)) }
}

fn content(scan: &mut Scanner<'_>) -> Result<(), Invalid> {
    match scan.peek()? {
        Kind::Array => return each(scan, "content", CONTENT, part).map(drop),
        Kind::Null => {}
        _ => expect(scan, Kind::String, "content", CONTENT)?,
    }
    scan.value()?;
    Ok(())
}

fn part(scan: &mut Scanner<'_>) -> Result<(), Invalid> {
    let (mut kind, mut text) = (false, false);
    expect(scan, Kind::Object, "", PART)?;
    scan.open_object()?;
    while let Some(key) = scan.next_key()? {
        match &*key.decode() {
            "type" => {
                once(&mut kind, "type")?;
                expect(scan, Kind::String, "type", PART_TYPE)?;
            }
            "text" => {
                once(&mut text, "text")?;
                if scan.peek()? != Kind::Null {
                    expect(scan, Kind::String, "text", TEXT)?;
                }
            }
            _ => {}
        }
        scan.value()?;
    }
    if kind { Ok(()) } else { Err(Invalid::missing("type", PART_TYPE)) }
}

/// How many prompts there are. A prompt may be null: it stands for the start of a document.
pub(super) fn prompt(scan: &mut Scanner<'_>) -> Result<u64, Invalid> {
    match scan.peek()? {
        Kind::Null => Ok(scan.value().map(|_| 1)?),
        _ => texts(scan, "prompt", PROMPT),
    }
}

pub(super) fn input(scan: &mut Scanner<'_>) -> Result<(), Invalid> {
    if scan.peek()? == Kind::String {
        let empty = scan.value()?.raw() == "\"\"";
        return if empty { Err(Invalid::empty("input", INPUT, "string")) } else { Ok(()) };
    }
    texts(scan, "input", INPUT).map(drop)
}

/// The four ways to write texts: `"a"`, `["a", "b"]`, `[1, 2]` (one text), `[[1, 2], [3]]`.
fn texts(scan: &mut Scanner<'_>, param: &str, rule: Rule) -> Result<u64, Invalid> {
    if scan.peek()? == Kind::String {
        return Ok(scan.value().map(|_| 1)?);
    }
    let mut first = None;
    let count = each(scan, param, rule, |scan| {
        let kind = scan.peek()?;
        match kind {
            Kind::Array | Kind::Number | Kind::String if *first.get_or_insert(kind) == kind => {}
            _ => return Err(Invalid::wrong_type("", rule, &scan.value()?)),
        }
        match kind {
            Kind::Array => each(scan, "", rule, |scan| token(scan, rule)).map(drop),
            Kind::Number => token(scan, rule),
            _ => Ok(scan.value().map(drop)?),
        }
    })?;
    nonempty(count, param, rule)?;
    Ok(if first == Some(Kind::Number) { 1 } else { count })
}

fn token(scan: &mut Scanner<'_>, rule: Rule) -> Result<(), Invalid> {
    let value = scan.value()?;
    let digits = value.kind == Kind::Number && value.raw().bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(()) } else { Err(Invalid::wrong_type("", rule, &value)) }
}

/// Checks each item of the array that must come next, and counts them.
fn each<'a>(
    scan: &mut Scanner<'a>,
    param: &str,
    rule: Rule,
    mut check: impl FnMut(&mut Scanner<'a>) -> Result<(), Invalid>,
) -> Result<u64, Invalid> {
    let mut count = 0;
    expect(scan, Kind::Array, param, rule)?;
    scan.open_array()?;
    while scan.next_item()? {
        check(scan).map_err(|invalid| invalid.within(&format!("{param}[{count}]")))?;
        count += 1;
    }
    Ok(count)
}

/// The value that comes next is of that kind. It is not consumed.
fn expect(scan: &mut Scanner<'_>, kind: Kind, param: &str, rule: Rule) -> Result<(), Invalid> {
    if scan.peek()? == kind { Ok(()) } else { Err(Invalid::wrong_type(param, rule, &scan.value()?)) }
}

/// A member that is there twice is refused: the provider might read the other one.
fn once(seen: &mut bool, name: &str) -> Result<(), Invalid> {
    if std::mem::replace(seen, true) { Err(Invalid::duplicate(name)) } else { Ok(()) }
}

fn nonempty(count: u64, param: &str, rule: Rule) -> Result<(), Invalid> {
    if count == 0 { Err(Invalid::empty(param, rule, "array")) } else { Ok(()) }
}

// === Types ===

fn optional(found: Found<'_>, kind: Kind, param: &str, rule: Rule) -> Result<(), Invalid> {
    found
        .filter(|value| !value.is_null())
        .map_or(Ok(()), |value| if value.kind == kind { Ok(()) } else { Err(Invalid::wrong_type(param, rule, &value)) })
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
