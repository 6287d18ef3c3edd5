//! What the definitions of tools weigh.
//!
//! `OpenAI` renders them as text in front of the messages. The published rule: 7 tokens for a function (10 with
//! `cl100k_base`) and its `name:description`; 3 if it has properties; for each property 3 and its
//! `name:type:description`; for an `enum` -3, and 3 and the text of each of its items; 12 once, at the end.
//! A description's last full stop does not count.
//!
//! Not published, and counted here: a property's own properties, `items`, alternatives and definitions weigh by the
//! same rule, however deep; any other keyword that holds text, a list or an object weighs its JSON text; numbers,
//! booleans, null and `required` weigh nothing. A tool that is not a function weighs its JSON text. A schema for the
//! answer weighs what a function with these parameters would.
//!
//! Schemas nest, so they are pulled from a scanner: walking nested values would read the innermost once a level.

use std::borrow::Cow;

use super::Counter;
use crate::json::{Error, Kind, Scanner, Value};
use crate::request::{Field, Request};
use crate::tokens::Encoding;

const PROPERTIES: u64 = 3;
const PROPERTY: u64 = 3;
const ENUM: u64 = 3;
const ENUM_ITEM: u64 = 3;
const END: u64 = 12;

/// The text that stands for a function or a property.
#[derive(Default)]
struct Line<'a> {
    name: Cow<'a, str>,
    kind: Cow<'a, str>,
    description: Cow<'a, str>,
}

impl Counter<'_> {
    pub(super) fn definitions(self, request: &Request) -> u64 {
        let list = |field| request.field(field).into_iter().flat_map(|value| value.items());
        let tools = list(Field::Tools).map(|tool| self.tool(&tool));
        let functions = list(Field::Functions).map(|function| self.function(&function));
        let answer = request.field(Field::ResponseFormat).and_then(|format| format.get("json_schema"));
        let total: u64 = tools.chain(functions).chain(answer.map(|schema| self.function(&schema))).sum();
        if total == 0 { 0 } else { total + END }
    }

    fn tool(self, tool: &Value<'_>) -> u64 {
        match tool.get("function") {
            Some(function) => self.function(&function),
            None => self.function_start() + self.any(tool),
        }
    }

    fn function_start(self) -> u64 {
        match self.encoding {
            Encoding::O200kBase => 7,
            Encoding::Cl100kBase => 10,
        }
    }

    fn function(self, function: &Value<'_>) -> u64 {
        let parts = match function.kind {
            // The value has been checked: a scanner over it has no errors left to find.
            Kind::Object => self.function_parts(&mut Scanner::new(function.raw())).unwrap_or(0),
            _ => self.any(function),
        };
        self.function_start() + parts
    }

    fn function_parts(self, scan: &mut Scanner<'_>) -> Result<u64, Error> {
        let mut line = Line::default();
        let mut total = 0;
        scan.open_object()?;
        while let Some(key) = scan.next_key()? {
            match &*key.decode() {
                "name" => line.name = text(&scan.value()?),
                "description" => line.description = text(&scan.value()?),
                "parameters" | "schema" => total += self.schema(scan, &mut Line::default())?,
                _ => total += self.keyword(&scan.value()?),
            }
        }
        let description = line.description.strip_suffix('.').unwrap_or(&line.description);
        Ok(total + self.text(&format!("{}:{description}", line.name)))
    }

    /// What a schema's keywords weigh, but for those that make up its line: they are noted there.
    fn schema<'a>(self, scan: &mut Scanner<'a>, line: &mut Line<'a>) -> Result<u64, Error> {
        if scan.peek()? != Kind::Object {
            return scan.value().map(|value| self.keyword(&value));
        }
        let mut total = 0;
        scan.open_object()?;
        while let Some(key) = scan.next_key()? {
            let key = key.decode();
            total += match (&*key, scan.peek()?) {
                ("properties" | "$defs" | "definitions", Kind::Object) => self.properties(scan)?,
                ("items" | "additionalProperties", Kind::Object) => self.nameless(scan)?,
                ("anyOf" | "oneOf" | "allOf" | "prefixItems", Kind::Array) => self.alternatives(scan)?,
                (keyword, _) => {
                    let value = scan.value()?;
                    match keyword {
                        "type" => line.kind = text(&value),
                        "description" => line.description = text(&value),
                        _ => {}
                    }
                    match keyword {
                        "type" | "description" | "required" => 0,
                        "enum" => self.choices(&value),
                        _ => self.keyword(&value),
                    }
                }
            }
        }
        Ok(total)
    }

    fn properties(self, scan: &mut Scanner<'_>) -> Result<u64, Error> {
        let mut total = 0;
        scan.open_object()?;
        while let Some(name) = scan.next_key()? {
            total += PROPERTY + self.property(scan, name.decode())?;
        }
        Ok(if total == 0 { 0 } else { total + PROPERTIES })
    }

    /// A property's line, and what is nested in it.
    fn property<'a>(self, scan: &mut Scanner<'a>, name: Cow<'a, str>) -> Result<u64, Error> {
        let mut line = Line { name, ..Line::default() };
        let nested = self.schema(scan, &mut line)?;
        let Line { name, kind, description } = line;
        let description = description.strip_suffix('.').unwrap_or(&description);
        Ok(nested + self.text(&format!("{name}:{kind}:{description}")))
    }

    fn nameless(self, scan: &mut Scanner<'_>) -> Result<u64, Error> {
        self.property(scan, Cow::Borrowed(""))
    }

    fn alternatives(self, scan: &mut Scanner<'_>) -> Result<u64, Error> {
        let mut total = 0;
        scan.open_array()?;
        while scan.next_item()? {
            total += self.nameless(scan)?;
        }
        Ok(total)
    }

    fn choices(self, items: &Value<'_>) -> u64 {
        let items: u64 = items.items().map(|item| ENUM_ITEM + self.any(&item)).sum();
        items.saturating_sub(ENUM)
    }

    fn keyword(self, value: &Value<'_>) -> u64 {
        match value.kind {
            Kind::Object | Kind::Array | Kind::String => self.any(value),
            Kind::Number | Kind::Bool | Kind::Null => 0,
        }
    }
}

/// A string's text. Anything else, as a type that is a list: its JSON text.
fn text<'a>(value: &Value<'a>) -> Cow<'a, str> {
    value.string().map_or(Cow::Borrowed(value.raw()), |string| string.decode())
}
