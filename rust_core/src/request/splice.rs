//! Edits as byte ranges: what is not edited stays as the client wrote it.

use super::{Body, Field, Request};
use crate::json::{Kind, Span, write_string};

/// What to change on the way to the provider. `nemo_*` members always go.
#[derive(Clone, Copy, Debug)]
pub struct Edits<'a> {
    /// The provider's name for the model.
    pub model: &'a str,
    /// Ask for the usage chunk. Providers take that only on streams.
    pub ask_usage: bool,
    /// Bound each answer to so many tokens, where the client did not.
    pub max_output: Option<u64>,
}

impl Request {
    /// The body for the provider.
    pub fn upstream_body(&self, edits: &Edits<'_>) -> Vec<u8> {
        let mut changes: Vec<(Span, String)> = Vec::with_capacity(self.cuts.len() + 2);
        if edits.model != self.model {
            changes.extend(self.model_change(edits.model));
        }
        if edits.ask_usage && !self.include_usage {
            changes.extend(self.usage_change());
        }
        changes.extend(edits.max_output.and_then(|bound| self.bound_change(edits.model, bound)));
        changes.extend(self.cuts.iter().map(|cut| (*cut, String::new())));
        // An insertion is an empty span, and comes before a cut that begins where it stands.
        changes.sort_unstable_by_key(|(span, _)| *span);
        apply(self.bytes(), &changes)
    }

    /// The name in place of the client's; where that is left out, as the first member.
    fn model_change(&self, model: &str) -> Option<(Span, String)> {
        if let Body::Form(_, form) = &self.body {
            return Some((form.model_at, model.to_owned()));
        }
        let mut name = String::with_capacity(model.len() + 2);
        write_string(&mut name, model);
        if let Some(value) = self.field(Field::Model) {
            return Some((value.span, name));
        }
        let start = self.json().find('{')? + 1;
        Some((Span { start, end: start }, format!(r#""model":{name},"#)))
    }

    /// The body with a system message put in where the first message begins.
    pub(super) fn body_with_system(&self, text: &str, at: usize) -> Vec<u8> {
        let mut message = String::with_capacity(text.len() + 40);
        message.push_str(r#"{"role":"system","content":"#);
        write_string(&mut message, text);
        message.push_str("},");
        apply(self.bytes(), &[(Span { start: at, end: at }, message)])
    }

    /// The bound in place of a null, else as a member of its own, under the older name: every provider knows that one,
    /// but for the models that think, which refuse it.
    fn bound_change(&self, target: &str, bound: u64) -> Option<(Span, String)> {
        let nulls = [Field::MaxCompletionTokens, Field::MaxTokens].map(|field| self.field(field));
        if let Some(null) = nulls.into_iter().flatten().next() {
            return (null.kind == Kind::Null).then(|| (null.span, bound.to_string()));
        }
        let model = self.field(Field::Model)?;
        let thinks = ["o1", "o3", "o4", "gpt-5", "gpt-6"].iter().any(|family| target.starts_with(family));
        let name = if thinks { "max_completion_tokens" } else { "max_tokens" };
        Some((Span { start: model.span.end, end: model.span.end }, format!(r#","{name}":{bound}"#)))
    }

    /// The least change that turns `stream_options.include_usage` on.
    fn usage_change(&self) -> Option<(Span, String)> {
        const MEMBER: &str = r#""include_usage":true"#;
        let insert = |at, text| (Span { start: at, end: at }, text);
        let Some(options) = self.field(Field::StreamOptions) else {
            let model = self.field(Field::Model)?;
            return Some(insert(model.span.end, format!(r#","stream_options":{{{MEMBER}}}"#)));
        };
        if options.kind != Kind::Object {
            return Some((options.span, format!("{{{MEMBER}}}")));
        }
        if let Some(value) = options.get("include_usage") {
            return Some((value.span, "true".to_owned()));
        }
        let comma = if options.members().next().is_some() { "," } else { "" };
        Some(insert(options.span.start + 1, format!("{MEMBER}{comma}")))
    }
}

/// `changes` are in order and do not overlap.
fn apply(body: &[u8], changes: &[(Span, String)]) -> Vec<u8> {
    let added: usize = changes.iter().map(|(_, text)| text.len()).sum();
    let mut out = Vec::with_capacity(body.len() + added);
    let mut done = 0;
    for (span, text) in changes {
        out.extend_from_slice(body.get(done..span.start).unwrap_or_default());
        out.extend_from_slice(text.as_bytes());
        done = span.end;
    }
    out.extend_from_slice(body.get(done..).unwrap_or_default());
    out
}

/// Finds what to cut so that an object loses some of its members and is still an object: with a member goes what
/// separates it from the kept member before it or, where there is none, from the kept one after it.
#[derive(Default)]
pub(super) struct Cutter {
    /// The first key of a run of cut members at the very front.
    front: Option<usize>,
    /// Where the member before ends.
    last: usize,
    kept: bool,
}

impl Cutter {
    /// Takes the next member, from its key to the end of its value.
    pub(super) fn member(&mut self, member: Span, cut: bool, cuts: &mut Vec<Span>) {
        if !cut {
            self.kept = true;
            cuts.extend(self.front.take().map(|start| Span { start, end: member.start }));
        } else if self.kept {
            cuts.push(Span { start: self.last, end: member.end });
        } else {
            self.front.get_or_insert(member.start);
        }
        self.last = member.end;
    }

    /// Whether there were members and all are cut.
    pub(super) fn emptied(&self) -> bool {
        self.front.is_some()
    }

    /// Call it at the object's end.
    pub(super) fn close(self, cuts: &mut Vec<Span>) {
        cuts.extend(self.front.map(|start| Span { start, end: self.last }));
    }
}
