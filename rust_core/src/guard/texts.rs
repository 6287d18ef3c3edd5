//! Which strings of a request are text, and how each is to be read.
//!
//! Text is what a model is told: every string of every member, known or not, but for these. What says who asks and what
//! is to be done is no text: `model`, `user`, `metadata`, roles, types, ids. Nor is what is binary: Base64 of images,
//! sound and files. What tools are called and what they are said to do is text: models do as it says, and it is seldom
//! the caller who wrote it. Token ids stand for text that cannot be read here; they are counted, as binary parts are.

use std::{borrow::Cow, fmt, fmt::Write as _};

use super::escapes::Kind;
use crate::json::{self, Scanner};

/// One string of text.
pub(crate) struct Text<'a> {
    /// Its bytes between the quotes.
    pub(crate) raw: &'a str,
    /// Where in the body they begin.
    pub(crate) start: usize,
    pub(crate) kind: Kind,
}

/// How much was not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Images, sound, files.
    pub binary: usize,
    /// Token ids.
    pub tokens: usize,
}

/// Where a string is: `messages[0].content`.
#[derive(Debug, Default)]
pub(crate) struct Path<'a>(Vec<Step<'a>>);

#[derive(Debug)]
enum Step<'a> {
    Member(Cow<'a, str>),
    Item(usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Item(index) => write!(f, "[{index}]")?,
                Step::Member(name) => {
                    if at > 0 {
                        f.write_char('.')?;
                    }
                    // A name is the caller's to choose, and may be anything.
                    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
                    name.chars().take(40).map(|c| if plain(&c) { c } else { '?' }).try_for_each(|c| f.write_char(c))?;
                }
            }
        }
        Ok(())
    }
}

/// What the value of a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Body,
    ExtraBody,
    Metadata,
    Text,
    /// A text, several, or token ids.
    Prompt,
    Json,
    Url,
    /// An object that may have Base64 in its `data`.
    Media,
    Binary,
    /// A word of the protocol, if it is a string.
    Word,
    Nothing,
}

fn member(of: Is, name: &str) -> Is {
    if name.starts_with("nemo_") && matches!(of, Is::Body | Is::ExtraBody | Is::Metadata) {
        return if name == "nemo_prompt_variables" { Is::Text } else { Is::Nothing };
    }
    match (of, name) {
        (Is::Metadata, _)
        | (Is::Body, "model" | "user" | "safety_identifier" | "prompt_cache_key" | "tool_choice" | "stream_options")
        | (Is::Body | Is::ExtraBody, "guardrails") => Is::Nothing,
        (Is::Body, "metadata") => Is::Metadata,
        (Is::Body, "extra_body") => Is::ExtraBody,
        (Is::Body, "prompt" | "input") => Is::Prompt,
        (Is::Body, _) => Is::Text,
        (Is::Media, "data") | (_, "file_data" | "b64_json") => Is::Binary,
        (_, "arguments") => Is::Json,
        (_, "url" | "image_url" | "video_url" | "file_url") => Is::Url,
        (_, "input_audio" | "source" | "audio") => Is::Media,
        (
            _,
            "role" | "type" | "id" | "tool_call_id" | "call_id" | "file_id" | "detail" | "format" | "media_type"
            | "mime_type",
        ) => Is::Word,
        _ => Is::Text,
    }
}

/// Shows `each` every text of a body, which is known to be valid JSON, in order. Ends early when `each` says `None`.
pub(crate) fn walk<'a>(body: &'a str, each: impl FnMut(&Text<'a>, &Path<'a>) -> Option<()>) -> Unread {
    let mut walk = Walk { scan: Scanner::new(body), path: Path::default(), unread: Unread::default(), each };
    let _ = walk.value(Is::Body);
    walk.unread
}

struct Walk<'a, F> {
    scan: Scanner<'a>,
    path: Path<'a>,
    unread: Unread,
    each: F,
}

impl<'a, F: FnMut(&Text<'a>, &Path<'a>) -> Option<()>> Walk<'a, F> {
    /// As deep as JSON may be nested here.
    fn value(&mut self, is: Is) -> Option<()> {
        match self.scan.peek().ok()? {
            _ if is == Is::Nothing => self.scan.value().ok().map(drop),
            json::Kind::Object => {
                self.scan.open_object().ok()?;
                while let Some(key) = self.scan.next_key().ok()? {
                    let name = key.decode();
                    let is = member(is, &name);
                    self.path.0.push(Step::Member(name));
                    self.value(is)?;
                    self.path.0.pop();
                }
                Some(())
            }
            json::Kind::Array => {
                self.scan.open_array().ok()?;
                let mut index = 0;
                while self.scan.next_item().ok()? {
                    self.path.0.push(Step::Item(index));
                    self.value(is)?;
                    self.path.0.pop();
                    index += 1;
                }
                Some(())
            }
            json::Kind::String => {
                let string = self.scan.value().ok()?.string()?;
                self.string(is, string)
            }
            kind => {
                self.unread.tokens += usize::from(is == Is::Prompt && kind == json::Kind::Number);
                self.scan.value().ok().map(drop)
            }
        }
    }

    fn string(&mut self, is: Is, string: json::Str<'a>) -> Option<()> {
        if is == Is::Word {
            return Some(());
        }
        if is == Is::Binary || (is == Is::Url && is_base64_url(string.raw)) {
            self.unread.binary += 1;
            return Some(());
        }
        let kind = if is == Is::Json { Kind::Json } else { Kind::Text };
        (self.each)(&Text { raw: string.raw, start: string.start + 1, kind }, &self.path)
    }
}

/// `data:image/png;base64,iVBORw0...`, and nothing behind it.
fn is_base64_url(raw: &str) -> bool {
    let head = raw.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    let Some((media_type, data)) = raw.split_once(";base64,").filter(|_| head) else { return false };
    let is_base64 =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=' | b'\\');
    media_type.len() <= 256 && data.as_bytes().iter().all(is_base64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> (Vec<String>, Unread) {
        let mut found = Vec::new();
        let unread = walk(body, |text, path| {
            assert_eq!(&body[text.start..text.start + text.raw.len()], text.raw);
            found.push(format!("{path}={}", text.raw));
            Some(())
        });
        (found, unread)
    }

    #[test]
    fn every_string_that_a_model_is_told() {
        let (found, unread) = texts(
            r#"{"model":"m","user":"u","metadata":{"a":"b","nemo_prompt_variables":{"v":"1"}},"extra_body":{"x":"2"},
            "messages":[{"role":"user","name":"3","content":"4"},
              {"role":"user","content":[{"type":"text","text":"5"},
                {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
                {"type":"image_url","image_url":{"url":"https://6"}},
                {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}},
                {"type":"file","file":{"filename":"7","file_data":"AAAA"}}]},
              {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"8","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"c","content":"9"}],
            "tools":[{"type":"function","function":{"name":"10","description":"11","parameters":{"type":"object"}}}],
            "prediction":{"type":"content","content":"12"},"nemo_cache":false,"guardrails":["x"]}"#,
        );
        let said: Vec<&str> = found.iter().map(|text| text.split_once('=').unwrap().1).collect();
        assert_eq!(said, ["1", "2", "3", "4", "5", "https://6", "7", "8", "{}", "9", "10", "11", "12"]);
        assert_eq!(found[4], "messages[1].content[0].text=5");
        assert_eq!(unread, Unread { binary: 3, tokens: 0 });
    }

    #[test]
    fn prompts_and_inputs_in_all_their_forms() {
        assert_eq!(texts(r#"{"prompt":"a"}"#).0, ["prompt=a"]);
        assert_eq!(texts(r#"{"input":["a","b"]}"#).0, ["input[0]=a", "input[1]=b"]);
        assert_eq!(texts(r#"{"input":[[1,2],[3]]}"#).1, Unread { binary: 0, tokens: 3 });
    }

    #[test]
    fn only_a_data_url_alone_is_binary() {
        let url = |url: &str| {
            texts(&format!(r#"{{"messages":[{{"content":[{{"image_url":{{"url":"{url}"}}}}]}}]}}"#)).1.binary
        };
        assert_eq!(url("data:image/png;base64,iVBORw0KGgo="), 1);
        assert_eq!(url("data:text/plain,hello there"), 0);
        assert_eq!(url("data:image/png;base64,AAAA and more text"), 0);
    }
}
