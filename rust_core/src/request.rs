//! An inference request: its fields, its validity, and edits spliced into its bytes.
//!
//! The body is read once and never written anew. What the provider gets is what the client sent, byte for byte, with
//! a few ranges cut out, replaced or put in.

mod check;
mod invalid;
mod splice;
mod top_level;

pub use invalid::{Invalid, Problem, Rule};
pub use splice::Edits;

pub(crate) use top_level::Field;

use std::borrow::Cow;

use crate::json::{Error, Span, Value};
use top_level::{Extension, Fields, TopLevel};

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

impl Endpoint {
    /// What Python and the records call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Completions => "completions",
            Self::Embeddings => "embeddings",
        }
    }
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
        let TopLevel { fields, extensions, cuts, prompts } = TopLevel::read(&body, endpoint)?;
        let find = |field| fields.get(&body, field);

        let model = check::model(find(Field::Model))?;
        let prompt = match endpoint {
            Endpoint::Chat => Field::Messages,
            Endpoint::Completions => Field::Prompt,
            Endpoint::Embeddings => Field::Input,
        };
        check::required(find(prompt), endpoint)?;
        check::tools(find(Field::Tools), "tools")?;
        check::tools(find(Field::Functions), "functions")?;
        check::response_format(find(Field::ResponseFormat))?;
        let stream = check::stream(find(Field::Stream))?;
        let include_usage = check::stream_options(find(Field::StreamOptions))?;
        let max_tokens = check::tokens(find(Field::MaxTokens), "max_tokens")?;
        let max_completion_tokens = check::tokens(find(Field::MaxCompletionTokens), "max_completion_tokens")?;
        let each = check::choices(find(Field::N), "n")?.max(check::choices(find(Field::BestOf), "best_of")?);
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

    /// The end user that the client names, if it is a text.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        Some(self.field(Field::User)?.string()?.decode())
    }

    /// The request with one message more, a system message in front of the others; but for chat, the request as it is.
    pub fn with_system(&self, text: &str) -> Result<Self, Invalid> {
        let body = match self.field(Field::Messages) {
            Some(messages) if self.endpoint == Endpoint::Chat => self.body_with_system(text, messages.span.start + 1),
            _ => self.body.clone().into_bytes(),
        };
        Self::parse(body, self.endpoint)
    }

    /// Whether there is any extension.
    pub fn is_extended(&self) -> bool {
        !self.extensions.is_empty()
    }

    /// How many bytes the client's body has.
    pub fn body_len(&self) -> usize {
        self.body.len()
    }

    pub(crate) fn body(&self) -> &str {
        &self.body
    }

    pub(crate) fn field(&self, field: Field) -> Option<Value<'_>> {
        self.fields.get(&self.body, field)
    }
}

#[cfg(test)]
mod tests;
