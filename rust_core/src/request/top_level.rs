//! One pass over a body: its syntax, the places of its fields, and what must be cut out of it.

use super::splice::Cutter;
use super::{Endpoint, Invalid, Problem, check};
use crate::json::{Kind, Scanner, Span, Value};

/// More members than any request has. It bounds the search for duplicates.
const MOST_MEMBERS: usize = 1024;
const EXTENSION_PREFIX: &str = "nemo_";
/// An extension as well, though it is not called so; in `metadata` it is the client's own.
/// Members that are no provider's, and yet do not begin as ours do.
const OURS: [&str; 2] = ["guardrails", "prompt_version"];

/// The members that the gateway reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Model,
    Stream,
    StreamOptions,
    MaxTokens,
    MaxCompletionTokens,
    N,
    BestOf,
    Messages,
    Prompt,
    Input,
    Tools,
    Functions,
    ResponseFormat,
    User,
    Query,
    Documents,
    Quality,
    StreamFormat,
    Instructions,
    ExtraBody,
    Metadata,
}

impl Field {
    fn named(key: &str) -> Option<Self> {
        Some(match key {
            "model" => Self::Model,
            "stream" => Self::Stream,
            "stream_options" => Self::StreamOptions,
            "max_tokens" => Self::MaxTokens,
            "max_completion_tokens" => Self::MaxCompletionTokens,
            "n" => Self::N,
            "best_of" => Self::BestOf,
            "messages" => Self::Messages,
            "prompt" => Self::Prompt,
            "input" => Self::Input,
            "tools" => Self::Tools,
            "functions" => Self::Functions,
            "response_format" => Self::ResponseFormat,
            "user" => Self::User,
            "query" => Self::Query,
            "documents" => Self::Documents,
            "quality" => Self::Quality,
            "stream_format" => Self::StreamFormat,
            "instructions" => Self::Instructions,
            "extra_body" => Self::ExtraBody,
            "metadata" => Self::Metadata,
            _ => return None,
        })
    }
}

/// Where the fields are, and what they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields([Option<(Kind, Span)>; Field::Metadata as usize + 1]);

impl Fields {
    pub(super) fn get<'a>(&self, source: &'a str, field: Field) -> Option<Value<'a>> {
        let (kind, span) = self.0.get(field as usize).copied().flatten()?;
        Some(Value { source, kind, span })
    }

    fn has(&self, field: Field) -> bool {
        self.0.get(field as usize).is_some_and(Option::is_some)
    }

    fn put(&mut self, field: Field, value: &Value<'_>) {
        if let Some(slot) = self.0.get_mut(field as usize) {
            *slot = Some((value.kind, value.span));
        }
    }
}

/// Where extensions may stand, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    TopLevel,
    ExtraBody,
    Metadata,
}

/// A `nemo_*` member. The order is by name, then by precedence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Extension {
    pub(super) name: String,
    place: Place,
    pub(super) value: Span,
}

/// What the pass finds.
#[derive(Default)]
pub(super) struct TopLevel {
    pub(super) fields: Fields,
    pub(super) extensions: Vec<Extension>,
    pub(super) cuts: Vec<Span>,
    /// How many prompts there are.
    pub(super) prompts: u64,
}

impl TopLevel {
    pub(super) fn read(body: &str, endpoint: Endpoint) -> Result<Self, Invalid> {
        let mut found = Self { prompts: 1, ..Self::default() };
        let mut scan = Scanner::new(body);
        let mut cutter = Cutter::default();
        let mut others = Vec::new();
        check::body(&mut scan)?;
        for count in 0.. {
            let Some(key) = scan.next_key()? else { break };
            if count == MOST_MEMBERS {
                return Err(too_many());
            }
            let name = key.decode();
            let field = Field::named(&name);
            if field.is_some_and(|field| found.fields.has(field)) {
                return Err(Invalid::duplicate(&name));
            }
            let value = found.value(&mut scan, endpoint, field)?;
            let mut inner = Vec::new();
            let cut = match field {
                Some(field) => {
                    found.fields.put(field, &value);
                    found.strip(field, &value, &mut inner)?
                }
                None if name.starts_with(EXTENSION_PREFIX) || OURS.contains(&&*name) => {
                    found.extension(name.into_owned(), Place::TopLevel, value.span)?;
                    true
                }
                None => {
                    others.push(name);
                    false
                }
            };
            cutter.member(Span { start: key.start, end: value.span.end }, cut, &mut found.cuts);
            found.cuts.append(&mut inner);
        }
        scan.end()?;
        cutter.close(&mut found.cuts);
        found.extensions.sort_unstable();
        found.refuse_duplicates(&mut others)?;
        Ok(found)
    }

    /// Consumes a member's value. What is long is checked in the same pass.
    fn value<'a>(
        &mut self,
        scan: &mut Scanner<'a>,
        endpoint: Endpoint,
        field: Option<Field>,
    ) -> Result<Value<'a>, Invalid> {
        match (endpoint, field) {
            (Endpoint::Chat, Some(Field::Messages)) => scan.pulled(check::messages),
            (Endpoint::Completions, Some(Field::Prompt)) => scan.pulled(|scan| {
                self.prompts = check::prompt(scan)?;
                Ok(())
            }),
            (Endpoint::Embeddings, Some(Field::Input)) => scan.pulled(check::input),
            _ => Ok(scan.value()?),
        }
    }

    /// Cuts the extensions out of a field that may hold some. True if that leaves nothing of it.
    fn strip(&mut self, field: Field, object: &Value<'_>, cuts: &mut Vec<Span>) -> Result<bool, Invalid> {
        let place = match field {
            Field::ExtraBody => Place::ExtraBody,
            Field::Metadata => Place::Metadata,
            _ => return Ok(false),
        };
        let mut cutter = Cutter::default();
        for (key, value) in object.members() {
            let name = key.decode();
            let cut = name.starts_with(EXTENSION_PREFIX) || (place == Place::ExtraBody && OURS.contains(&&*name));
            cutter.member(Span { start: key.start, end: value.span.end }, cut, cuts);
            if cut {
                self.extension(name.into_owned(), place, value.span)?;
            }
        }
        let emptied = cutter.emptied();
        cutter.close(cuts);
        if emptied {
            cuts.clear();
        }
        Ok(emptied)
    }

    fn extension(&mut self, name: String, place: Place, value: Span) -> Result<(), Invalid> {
        if self.extensions.len() == MOST_MEMBERS {
            return Err(too_many());
        }
        self.extensions.push(Extension { name, place, value });
        Ok(())
    }

    /// Once they are sorted, twins lie side by side: no hash that a client could aim at.
    fn refuse_duplicates(&self, others: &mut [impl AsRef<str> + Ord]) -> Result<(), Invalid> {
        others.sort_unstable();
        let names =
            others.iter().zip(others.iter().skip(1)).find(|(one, next)| one == next).map(|(one, _)| one.as_ref());
        let extensions = self.extensions.iter().zip(self.extensions.iter().skip(1));
        let mut twins = extensions.filter(|(one, next)| (&one.name, one.place) == (&next.name, next.place));
        match names.or(twins.next().map(|(one, _)| one.name.as_str())) {
            Some(name) => Err(Invalid::duplicate(name)),
            None => Ok(()),
        }
    }
}

fn too_many() -> Invalid {
    Invalid { param: String::new(), problem: Problem::TooMany(MOST_MEMBERS) }
}
