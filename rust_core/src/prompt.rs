//! What a request's prompt weighs in tokens, by the published rules: exact where `OpenAI` documents a rule, on the safe
//! side where it does not. It decides admission; the provider's own `usage` decides the bill.
//!
//! | what | tokens |
//! | --- | --- |
//! | the reply's priming | 3 |
//! | a message | 3, and the text of every member of it |
//! | a `name` in a message | 1 more |
//! | a call of a tool in the history | 8, its name and its arguments |
//! | tools, functions, a JSON schema for the answer | see [`schema`] |
//! | images, audio, files | see [`media`] |
//! | a member or a part that is not known | its JSON text |
//! | completions, embeddings | the text, or as many as there are token ids |
//! | images, speech, moderations, rerank, transcriptions | the text |
//!
//! Sources: `OpenAI` cookbook, "How to count tokens with tiktoken"; `OpenAI` guide, "Images and vision".

mod media;
mod schema;

use crate::json::{Kind, Value};
use crate::request::{Endpoint, Field, Request};
use crate::tokens::{self, CountCache, Encoding};

const PRIMING: u64 = 3;
const MESSAGE: u64 = 3;
const NAME: u64 = 1;
/// Nothing is published; a second call in one turn was seen to add 24 to 25 tokens with its name and arguments.
const CALL: u64 = 8;

impl Request {
    /// How many tokens the provider will count before it begins to answer. `cache` knows long texts from before.
    pub fn prompt_tokens(&self, encoding: Encoding, cache: Option<&CountCache>) -> u64 {
        let counter = Counter { encoding, cache };
        match self.endpoint() {
            Endpoint::Chat => counter.chat(self),
            Endpoint::Completions => self.field(Field::Prompt).map_or(0, |prompt| counter.prompts(&prompt)),
            Endpoint::Embeddings => self.field(Field::Input).map_or(0, |input| counter.prompts(&input)),
            Endpoint::Images => counter.fields(self, &[Field::Prompt]),
            Endpoint::Speech => counter.fields(self, &[Field::Input, Field::Instructions]),
            Endpoint::Moderations => counter.fields(self, &[Field::Input]),
            Endpoint::Rerank => counter.fields(self, &[Field::Query, Field::Documents]),
            Endpoint::ImageEdits | Endpoint::Transcriptions => {
                self.form_prompt().map_or(0, |prompt| counter.text(prompt))
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Counter<'a> {
    encoding: Encoding,
    cache: Option<&'a CountCache>,
}

impl Counter<'_> {
    fn text(self, text: &str) -> u64 {
        let count = match self.cache {
            Some(cache) => cache.count(self.encoding, text),
            None => tokens::count(self.encoding, text),
        };
        count as u64
    }

    /// A string's text. Anything else: its JSON text.
    fn any(self, value: &Value<'_>) -> u64 {
        match value.string() {
            Some(string) => self.text(&string.decode()),
            None => self.text(value.raw()),
        }
    }

    fn prompts(self, value: &Value<'_>) -> u64 {
        match value.kind {
            Kind::Array => value.items().map(|item| self.prompts(&item)).sum(),
            Kind::String => self.any(value),
            // A token id; or null, which stands for the token that begins a document.
            _ => 1,
        }
    }

    /// The texts of some members: strings, arrays of them, and the parts that messages have.
    fn fields(self, request: &Request, fields: &[Field]) -> u64 {
        fields.iter().filter_map(|field| request.field(*field)).map(|value| self.texts(&value)).sum()
    }

    fn texts(self, value: &Value<'_>) -> u64 {
        match value.kind {
            Kind::Array => value.items().map(|item| self.texts(&item)).sum(),
            Kind::Object => self.part(value),
            Kind::String => self.any(value),
            _ => 1,
        }
    }

    fn chat(self, request: &Request) -> u64 {
        let messages: u64 =
            request.field(Field::Messages).iter().flat_map(Value::items).map(|message| self.message(&message)).sum();
        PRIMING + messages + self.definitions(request)
    }

    fn message(self, message: &Value<'_>) -> u64 {
        let members = message.members().map(|(key, value)| match &*key.decode() {
            "content" if value.kind == Kind::Array => value.items().map(|part| self.part(&part)).sum(),
            "tool_calls" => value.items().map(|call| self.tool_call(&call)).sum(),
            "function_call" if value.kind == Kind::Object => CALL + self.call(&value),
            "name" => NAME + self.any(&value),
            _ if value.is_null() => 0,
            _ => self.any(&value),
        });
        MESSAGE + members.sum::<u64>()
    }

    /// `{"id", "type", "function": {"name", "arguments"}}`, or a custom tool's `{"custom": {"name", "input"}}`.
    fn tool_call(self, call: &Value<'_>) -> u64 {
        let members = call.members().map(|(key, value)| match &*key.decode() {
            "id" | "type" | "index" => 0,
            "function" | "custom" if value.kind == Kind::Object => self.call(&value),
            _ => self.any(&value),
        });
        CALL + members.sum::<u64>()
    }

    fn call(self, function: &Value<'_>) -> u64 {
        function.members().map(|(_, value)| self.any(&value)).sum()
    }

    fn part(self, part: &Value<'_>) -> u64 {
        let members = part.members().map(|(key, value)| match &*key.decode() {
            "type" => 0,
            "image_url" => media::image(&value),
            "input_audio" => media::audio(&value),
            "file" => media::file(&value),
            _ => self.any(&value),
        });
        members.sum()
    }
}

#[cfg(test)]
mod tests;
