//! An inference request: its fields, its validity, and edits spliced into its bytes.
//!
//! The body is read once and never written anew. What the provider gets is what the client sent, byte for byte, with
//! a few ranges cut out, replaced or put in.

mod check;
mod invalid;
mod splice;

pub use invalid::{Invalid, Problem, Rule};
pub use splice::Edits;

use crate::json::{Error, Kind, Scanner, Span, Value};

/// What the request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/v1/chat/completions`
    Chat,
    /// `/v1/completions`
    Completions,
    /// `/v1/embeddings`
    Embeddings,
}

/// A valid request, and the body it was read from.
#[derive(Clone, Debug)]
pub struct Request {
    body: String,
    endpoint: Endpoint,
    fields: Fields,
    extensions: Vec<Extension>,
    /// What the provider must not see, `nemo_*` members with their commas.
    cuts: Vec<Span>,
    model: String,
    stream: bool,
    include_usage: bool,
    max_output_tokens: Option<u64>,
    choices: u64,
}

impl Request {
    /// Reads a body. It is a copy of the client's, and it is kept.
    pub fn parse(body: Vec<u8>, endpoint: Endpoint) -> Result<Self, Invalid> {
        let body = String::from_utf8(body).map_err(|error| Error::utf8(error.as_bytes(), error.utf8_error()))?;
        let Members { fields, extensions, cuts } = Members::read(&body)?;
        let find = |field| fields.get(&body, field);

        let model = check::model(find(Field::Model))?;
        let stream = check::stream(find(Field::Stream))?;
        let include_usage = check::stream_options(find(Field::StreamOptions))?;
        let max_tokens = check::tokens(find(Field::MaxTokens), "max_tokens")?;
        let max_completion_tokens = check::tokens(find(Field::MaxCompletionTokens), "max_completion_tokens")?;
        let each = check::choices(find(Field::N), "n")?.max(check::choices(find(Field::BestOf), "best_of")?);
        let prompts = match endpoint {
            Endpoint::Chat => {
                check::messages(find(Field::Messages))?;
                check::tools(find(Field::Tools), "tools")?;
                check::tools(find(Field::Functions), "functions")?;
                check::response_format(find(Field::ResponseFormat))?;
                1
            }
            Endpoint::Completions => check::prompt(find(Field::Prompt))?,
            Endpoint::Embeddings => check::input(find(Field::Input))?,
        };
        let (max_output_tokens, choices) = match endpoint {
            Endpoint::Embeddings => (Some(0), 1),
            _ => (max_completion_tokens.or(max_tokens), each * prompts),
        };
        Ok(Self { body, endpoint, fields, extensions, cuts, model, stream, include_usage, max_output_tokens, choices })
    }

    /// What it asks for.
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// The model as the client names it.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Whether the answer shall be streamed.
    pub fn stream(&self) -> bool {
        self.stream
    }

    /// Whether the client itself asks for the usage chunk of a stream.
    pub fn include_usage(&self) -> bool {
        self.include_usage
    }

    /// The bound on the tokens of each choice, if the client set one. An embedding has no output: 0.
    pub fn max_output_tokens(&self) -> Option<u64> {
        self.max_output_tokens
    }

    /// How many outputs the provider will generate: the greater of `n` and `best_of`, for each prompt.
    pub fn choices(&self) -> u64 {
        self.choices
    }

    /// The extension `name` (`nemo_cache`), as the JSON it is written in. The top level counts before `extra_body`,
    /// and that before `metadata`.
    pub fn extension(&self, name: &str) -> Option<&str> {
        let extension = self.extensions.iter().find(|extension| extension.name == name)?;
        self.body.get(extension.value.start..extension.value.end)
    }

    /// How many bytes the client's body has.
    pub fn body_len(&self) -> usize {
        self.body.len()
    }

    pub(crate) fn field(&self, field: Field) -> Option<Value<'_>> {
        self.fields.get(&self.body, field)
    }
}

// === The top level ===

/// More members than any request has. It bounds the search for duplicates.
const MOST_MEMBERS: usize = 1024;
const EXTENSION_PREFIX: &str = "nemo_";

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
            "extra_body" => Self::ExtraBody,
            "metadata" => Self::Metadata,
            _ => return None,
        })
    }
}

/// Where the fields are, and what they are.
#[derive(Clone, Debug, Default)]
struct Fields([Option<(Kind, Span)>; Field::Metadata as usize + 1]);

impl Fields {
    fn get<'a>(&self, source: &'a str, field: Field) -> Option<Value<'a>> {
        let (kind, span) = self.0.get(field as usize).copied().flatten()?;
        Some(Value { source, kind, span })
    }

    /// False if it was there before.
    fn put(&mut self, field: Field, value: &Value<'_>) -> bool {
        self.0.get_mut(field as usize).is_some_and(|slot| slot.replace((value.kind, value.span)).is_none())
    }
}

/// Where extensions may stand, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    TopLevel,
    ExtraBody,
    Metadata,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Extension {
    name: String,
    place: Place,
    value: Span,
}

/// What one pass over the top level finds.
#[derive(Default)]
struct Members {
    fields: Fields,
    extensions: Vec<Extension>,
    cuts: Vec<Span>,
}

impl Members {
    fn read(body: &str) -> Result<Self, Invalid> {
        let mut found = Self::default();
        let mut scan = Scanner::new(body);
        if scan.peek()? != Kind::Object {
            let value = scan.value()?;
            scan.end()?;
            check::body(&value)?;
        }
        let mut others = Vec::new();
        let mut cutter = splice::Cutter::default();
        let mut count = 0;
        scan.open_object()?;
        while let Some(key) = scan.next_key()? {
            let value = scan.value()?;
            let name = key.decode();
            count += 1;
            if count > MOST_MEMBERS {
                return Err(Invalid { param: String::new(), problem: Problem::TooMany(MOST_MEMBERS) });
            }
            let mut inner = Vec::new();
            let cut = if name.starts_with(EXTENSION_PREFIX) {
                found.extensions.push(Extension { name: name.into_owned(), place: Place::TopLevel, value: value.span });
                true
            } else if let Some(field) = Field::named(&name) {
                if !found.fields.put(field, &value) {
                    return Err(Invalid::duplicate(&name));
                }
                match field {
                    Field::ExtraBody => found.strip(&value, Place::ExtraBody, &mut inner)?,
                    Field::Metadata => found.strip(&value, Place::Metadata, &mut inner)?,
                    _ => false,
                }
            } else {
                others.push(name);
                false
            };
            cutter.member(Span { start: key.start, end: value.span.end }, cut, &mut found.cuts);
            found.cuts.append(&mut inner);
        }
        scan.end()?;
        cutter.close(&mut found.cuts);
        others.sort_unstable();
        if let Some([name, ..]) = others.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Invalid::duplicate(name));
        }
        found.extensions.sort_unstable();
        found.refuse_twins()?;
        Ok(found)
    }

    /// Cuts the extensions out of `object`, which stands in `place`. True if that leaves nothing of it.
    fn strip(&mut self, object: &Value<'_>, place: Place, cuts: &mut Vec<Span>) -> Result<bool, Invalid> {
        let mut cutter = splice::Cutter::default();
        for (key, value) in object.members() {
            let name = key.decode();
            let cut = name.starts_with(EXTENSION_PREFIX);
            cutter.member(Span { start: key.start, end: value.span.end }, cut, cuts);
            if cut {
                self.extensions.push(Extension { name: name.into_owned(), place, value: value.span });
                if self.extensions.len() > MOST_MEMBERS {
                    return Err(Invalid { param: String::new(), problem: Problem::TooMany(MOST_MEMBERS) });
                }
            }
        }
        let emptied = cutter.emptied();
        if emptied {
            cuts.clear();
        } else {
            cutter.close(cuts);
        }
        Ok(emptied)
    }

    /// Extensions are sorted: the same one twice in one place lies side by side.
    fn refuse_twins(&self) -> Result<(), Invalid> {
        let twins = |pair: &&[Extension]| pair[0].name == pair[1].name && pair[0].place == pair[1].place;
        match self.extensions.windows(2).find(twins) {
            Some(pair) => Err(Invalid::duplicate(&pair[0].name)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
