//! An inference request: its fields, its validity, and edits spliced into its bytes.
//!
//! The body is read once and never written anew. What the provider gets is what the client sent, byte for byte, with
//! a few ranges cut out, replaced or put in.

mod check;
mod form;
mod invalid;
mod splice;
mod top_level;

pub use invalid::{Invalid, Problem, Rule};
pub use splice::Edits;

pub(crate) use top_level::Field;

use std::{borrow::Cow, sync::OnceLock};

use memchr::memmem;

use crate::{
    json::{Error, Span, Value},
    price::Kinds,
    sound,
};
use form::Form;
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
    /// `/v1/images/generations`
    Images,
    /// `/v1/images/edits`, a form
    ImageEdits,
    /// `/v1/audio/speech`
    Speech,
    /// `/v1/audio/transcriptions`, a form
    Transcriptions,
    /// `/v1/moderations`
    Moderations,
    /// `/v1/rerank`
    Rerank,
}

impl Endpoint {
    /// What Python and the records call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Completions => "completions",
            Self::Embeddings => "embeddings",
            Self::Images => "images",
            Self::ImageEdits => "image_edits",
            Self::Speech => "speech",
            Self::Transcriptions => "transcriptions",
            Self::Moderations => "moderations",
            Self::Rerank => "rerank",
        }
    }

    /// The endpoint of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.name() == name)
    }

    /// Whether the answer is text that a model writes, token by token.
    pub fn writes(self) -> bool {
        matches!(self, Self::Chat | Self::Completions)
    }

    /// Whether its body is a form.
    pub fn is_form(self) -> bool {
        matches!(self, Self::ImageEdits | Self::Transcriptions)
    }

    const ALL: [Self; 9] = [
        Self::Chat,
        Self::Completions,
        Self::Embeddings,
        Self::Images,
        Self::ImageEdits,
        Self::Speech,
        Self::Transcriptions,
        Self::Moderations,
        Self::Rerank,
    ];
}

/// Members and modalities without which nothing but text is asked or answered.
const MEDIA: [&str; 4] = ["\"input_audio\"", "\"image_url\"", "\"audio\"", "\"image\""];

/// The model of a moderation that names none.
const MODERATOR: &str = "omni-moderation-latest";

#[derive(Clone, Debug)]
enum Body {
    Json(String),
    Form(Vec<u8>, Box<Form>),
}

/// A valid request, and the body it was read from.
#[derive(Clone, Debug)]
pub struct Request {
    body: Body,
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
    kinds: OnceLock<Kinds>,
}

impl Request {
    /// Reads a body. It is a copy of the client's, and it is kept.
    pub fn parse(body: Vec<u8>, endpoint: Endpoint) -> Result<Self, Invalid> {
        if endpoint.is_form() {
            return Self::form(body, endpoint);
        }
        let body = String::from_utf8(body).map_err(|error| Error::utf8(error.as_bytes(), error.utf8_error()))?;
        let TopLevel { fields, extensions, cuts, prompts } = TopLevel::read(&body, endpoint)?;
        let find = |field| fields.get(&body, field);

        let model = match find(Field::Model) {
            None if endpoint == Endpoint::Moderations => MODERATOR.to_owned(),
            found => check::model(found)?,
        };
        check::required(&fields, &body, endpoint)?;
        let each = check::choices(find(Field::N), "n")?.max(check::choices(find(Field::BestOf), "best_of")?);
        let (mut stream, mut include_usage, mut bound) = (check::stream(find(Field::Stream))?, false, Some(0));
        if matches!(endpoint, Endpoint::Chat | Endpoint::Completions | Endpoint::Embeddings) {
            check::tools(find(Field::Tools), "tools")?;
            check::tools(find(Field::Functions), "functions")?;
            check::response_format(find(Field::ResponseFormat))?;
            include_usage = check::stream_options(find(Field::StreamOptions))?;
            let max_tokens = check::tokens(find(Field::MaxTokens), "max_tokens")?;
            let max_completion_tokens = check::tokens(find(Field::MaxCompletionTokens), "max_completion_tokens")?;
            if endpoint.writes() {
                bound = max_completion_tokens.or(max_tokens);
            }
        } else if endpoint == Endpoint::Speech {
            stream = check::stream_format(find(Field::StreamFormat))?;
        }
        let choices = match endpoint {
            Endpoint::Chat | Endpoint::Completions => each * prompts,
            Endpoint::Images => each,
            _ => 1,
        };
        let body = Body::Json(body);
        Ok(Self {
            body,
            endpoint,
            fields,
            extensions,
            cuts,
            model,
            stream,
            include_usage,
            max_output_tokens: bound,
            choices,
            kinds: OnceLock::new(),
        })
    }

    fn form(body: Vec<u8>, endpoint: Endpoint) -> Result<Self, Invalid> {
        let mut form = Box::new(Form::read(&body, endpoint)?);
        Ok(Self {
            endpoint,
            fields: Fields::default(),
            extensions: Vec::new(),
            cuts: std::mem::take(&mut form.cuts),
            model: std::mem::take(&mut form.model),
            stream: form.stream,
            include_usage: false,
            max_output_tokens: Some(0),
            choices: if endpoint == Endpoint::ImageEdits { form.n } else { 1 },
            body: Body::Form(body, form),
            kinds: OnceLock::new(),
        })
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

    /// The bound on the tokens of each choice, if the client set one. Where no model writes: 0.
    pub fn max_output_tokens(&self) -> Option<u64> {
        self.max_output_tokens
    }

    /// How many outputs the provider will generate: the greater of `n` and `best_of`, for each prompt; images.
    pub fn choices(&self) -> u64 {
        self.choices
    }

    /// Kinds of tokens that a call may have, by the words of its body: more, never less.
    pub fn kinds(&self) -> Kinds {
        let has = |word: &str| memmem::find(self.json().as_bytes(), word.as_bytes()).is_some();
        *self.kinds.get_or_init(|| {
            let is_spelt = has("\\u00"); // a letter may hide in it
            Kinds { hour: is_spelt || has("\"1h\""), media: is_spelt || MEDIA.into_iter().any(has) }
        })
    }

    /// The extension `name` (`nemo_cache`), as the JSON it is written in. The top level counts before `extra_body`,
    /// and that before `metadata`.
    pub fn extension(&self, name: &str) -> Option<&str> {
        if let Body::Form(_, form) = &self.body {
            return form.extensions.iter().find(|(own, _)| own == name).map(|(_, json)| json.as_str());
        }
        let extension = self.extensions.iter().find(|extension| extension.name == name)?;
        self.json().get(extension.value.start..extension.value.end)
    }

    /// The end user that the client names, if it is a text.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        Some(self.field(Field::User)?.string()?.decode())
    }

    /// The request with one message more, a system message in front of the others; but for chat, the request as it is.
    pub fn with_system(&self, text: &str) -> Result<Self, Invalid> {
        let body = match self.field(Field::Messages) {
            Some(messages) if self.endpoint == Endpoint::Chat => self.body_with_system(text, messages.span.start + 1),
            _ => self.bytes().to_vec(),
        };
        Self::parse(body, self.endpoint)
    }

    /// Whether there is any extension.
    pub fn is_extended(&self) -> bool {
        match &self.body {
            Body::Form(_, form) => !form.extensions.is_empty(),
            Body::Json(_) => !self.extensions.is_empty(),
        }
    }

    /// How many bytes the client's body has.
    pub fn body_len(&self) -> usize {
        self.bytes().len()
    }

    /// The boundary of a form.
    pub fn boundary(&self) -> Option<&str> {
        match &self.body {
            Body::Json(_) => None,
            Body::Form(_, form) => Some(&form.boundary),
        }
    }

    /// Characters that are to be spoken.
    pub fn characters(&self) -> u64 {
        match (self.endpoint, self.field(Field::Input).and_then(|input| input.string())) {
            (Endpoint::Speech, Some(input)) => input.decode().chars().count() as u64,
            _ => 0,
        }
    }

    /// Milliseconds of sound that are to be heard, as far as its file tells.
    pub fn sound_ms(&self) -> u64 {
        match &self.body {
            Body::Form(bytes, form) if self.endpoint == Endpoint::Transcriptions => {
                form.file.and_then(|at| bytes.get(at.start..at.end)).map_or(0, sound::duration)
            }
            _ => 0,
        }
    }

    /// The quality of images that the request names.
    pub(crate) fn quality(&self) -> Option<String> {
        match &self.body {
            Body::Form(_, form) => form.quality.and_then(|at| self.text_at(at)).map(str::to_owned),
            Body::Json(_) => Some(self.field(Field::Quality)?.string()?.decode().into_owned()),
        }
    }

    /// The `prompt` of a form.
    pub(crate) fn form_prompt(&self) -> Option<&str> {
        match &self.body {
            Body::Form(_, form) => form.prompt.and_then(|at| self.text_at(at)),
            Body::Json(_) => None,
        }
    }

    /// A JSON text with all that may be read in the request: its body; of a form, its texts.
    pub(crate) fn readable(&self) -> Cow<'_, str> {
        match &self.body {
            Body::Json(text) => Cow::Borrowed(text),
            Body::Form(bytes, form) => Cow::Owned(form.readable(bytes)),
        }
    }

    /// The request with what [`Request::readable`] gave, edited.
    pub fn reread(&self, readable: String) -> Result<Self, Invalid> {
        let body = match &self.body {
            Body::Json(_) => readable.into_bytes(),
            Body::Form(bytes, form) => form.with_texts(bytes, &readable)?,
        };
        Self::parse(body, self.endpoint)
    }

    pub(crate) fn field(&self, field: Field) -> Option<Value<'_>> {
        self.fields.get(self.json(), field)
    }

    fn text_at(&self, at: Span) -> Option<&str> {
        std::str::from_utf8(self.bytes().get(at.start..at.end)?).ok()
    }

    fn bytes(&self) -> &[u8] {
        match &self.body {
            Body::Json(text) => text.as_bytes(),
            Body::Form(bytes, _) => bytes,
        }
    }

    /// Empty if the body is a form; it has no fields then.
    fn json(&self) -> &str {
        match &self.body {
            Body::Json(text) => text,
            Body::Form(..) => "",
        }
    }
}

#[cfg(test)]
mod tests;
