//! The whole answer of one upstream call: the upstream's bytes in, the client's bytes out.
//!
//! A [`Reply`] begins by buffering: [`Reply::feed`] until the head is known, and a plain body until it is all there.
//! Where the answer is to be passed on while it comes, [`Reply::start_relay`] turns it into a relay: from then on
//! [`Reply::relay`] takes what was read and returns what to write. However the upstream's bytes are cut, the
//! client's bytes are the same ones, and so is everything that the reply has to tell.
//!
//! Memory: a reply at rest is under 1.3 KiB. It holds a head while its end has not come (64 KiB), a plain
//! body as long as the caller goes on feeding it, the beginning of an event whose end has not come (`max_event`, and
//! as much again while it grows), 1 KiB of delivered text for each choice, 1 KiB of the last event, and the events that
//! an allowance keeps back, which are at most what was read. All of it is given back when it is no longer needed.

mod chunk;
mod events;
mod frame;
mod guarded;
mod state;
mod strings;
mod text;

use std::{borrow::Cow, sync::Arc};

use self::{
    chunk::{Chunk, Said},
    events::Events,
    guarded::Guarded,
    text::Delivered,
};
pub use self::{
    events::{Cost, Terms},
    frame::Frame,
    guarded::{Guard, Screened, Stop, screen_whole, whole_texts, with_whole_texts},
    state::{Fault, Needs, Opening, State},
};
use crate::{
    bill,
    blot::{Blotter, Secrets},
    guard::request::Finding,
    http::{self, Decoder, Head},
    sse::{self, Kind, Piece, Splitter},
    tokens::Encoding,
    usage::{self, Scanner, Usage, cursor::Cursor},
};

/// The longest event that is taken, unless the caller says otherwise.
pub const MAX_EVENT: usize = 4 << 20;
/// How far a stream is looked into for its first event.
const OPENING: usize = 64 << 10;

#[derive(Debug)]
enum Mode {
    Buffering,
    Bytes,
    Events(Box<Events>),
}

/// One answer of an upstream. See the module's documentation.
#[derive(Debug)]
pub struct Reply {
    decoder: Decoder,
    mode: Mode,
    state: State,
    fault: Option<Fault>,
    body: Vec<u8>,
    scanner: Scanner,
    max_event: usize,
    chunked: bool,
    /// What the end of the connection left to write.
    rest: Vec<u8>,
    /// We ended it ourselves.
    is_cut_off: bool,
    /// Cuts the upstream's own events, where a translator reads them.
    native: Option<Box<Splitter>>,
    /// Takes our credentials out of the body.
    blotter: Option<Blotter>,
    /// The translator has said all.
    is_told: bool,
}

impl Default for Reply {
    fn default() -> Self {
        Self::new(MAX_EVENT)
    }
}

impl Reply {
    /// A reply whose first byte has not come.
    pub fn new(max_event: usize) -> Self {
        Self {
            decoder: Decoder::default(),
            mode: Mode::Buffering,
            state: State::Head,
            fault: None,
            body: Vec::new(),
            scanner: Scanner::default(),
            max_event,
            chunked: false,
            rest: Vec::new(),
            is_cut_off: false,
            native: None,
            blotter: None,
            is_told: false,
        }
    }

    /// These are not in its body, whatever the provider says.
    pub fn conceal(&mut self, secrets: Arc<Secrets>) {
        self.blotter = Some(Blotter::new(secrets));
    }

    /// Takes what was read, and keeps the body.
    pub fn feed(&mut self, data: &[u8]) -> Result<State, Fault> {
        let Self { decoder, blotter, body, scanner, .. } = self;
        let fed = decode(decoder, blotter, data, false, |piece| {
            scanner.feed(piece);
            body.extend_from_slice(piece);
        });
        self.advance(fed.map_err(Fault::Http));
        self.fault.map_or(Ok(self.state), Err)
    }

    /// The body so far; the reply lets go of it.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.body)
    }

    /// From now on the answer is passed on: as events, if there are `terms` for them, or as bytes; each time as one
    /// chunk of HTTP's chunked coding, or bare. What was buffered goes out first, with the next [`Reply::relay`].
    pub fn start_relay(&mut self, terms: Option<Terms>, chunked: bool) {
        self.chunked = chunked;
        self.mode = terms.map_or(Mode::Bytes, |terms| Mode::Events(Box::new(Events::new(self.max_event, terms))));
    }

    /// From now on the events that are passed on are screened.
    pub fn guard(&mut self, guard: Guard) {
        if let Mode::Events(events) = &mut self.mode {
            events.rules.guard = Some(Box::new(Guarded::new(guard)));
        }
    }

    /// From now on up to `most` bytes of what is passed on are kept as they are without guardrails, bare.
    pub fn keep_copy(&mut self, most: usize) {
        if let Mode::Events(events) = &mut self.mode {
            events.rules.copy = Some(Box::new(events::Copied { bytes: Vec::new(), most }));
        }
    }

    /// What was kept. `None`: nothing, because it was too much, or was cut; the reply lets go of it.
    pub fn take_copy(&mut self) -> Option<Vec<u8>> {
        match &mut self.mode {
            Mode::Events(events) => events.rules.copy.take().map(|copy| copy.bytes),
            _ => None,
        }
    }

    /// No more comes, as the caller knows: what guardrails hold back, bare.
    pub fn flush(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        if let Mode::Events(events) = &mut self.mode {
            events.rules.flush(&mut rest);
        }
        rest
    }

    /// Why guardrails stopped it, if they did.
    pub fn stop(&self) -> Option<Stop> {
        self.events()?.guard.as_ref()?.stop
    }

    /// What guardrails found in the events so far, and whether they could not do their work.
    pub fn found(&self) -> (Vec<Finding>, bool) {
        let guard = self.events().and_then(|rules| rules.guard.as_ref());
        guard.map_or((Vec::new(), false), |guard| (guard.findings(), guard.has_failed()))
    }

    /// From now on the events that are passed on may say at most so many tokens in all; `None`: any number. What was
    /// kept back goes out with the next [`Reply::relay`], as far as there is room now.
    pub fn allow(&mut self, tokens: Option<u64>) {
        if let Mode::Events(events) = &mut self.mode {
            events.rules.text.allow(tokens);
        }
    }

    /// From now on `units` are there for what the answer costs, and, if that `is_all`, no more will be. An event that would
    /// tell a higher cost is kept back ([`Reply::owed`]), unless it `is_all`: then it tells as much as there is.
    pub fn fund(&mut self, units: u64, is_all: bool) {
        if let Mode::Events(events) = &mut self.mode {
            events.rules.funds = events::Funds { units, is_all };
        }
    }

    /// What an event would tell that the answer costs, which is kept back because that is more than there is for it.
    pub fn owed(&self) -> Option<u64> {
        self.events()?.owed
    }

    /// Ends a relay of events well for the client, although the upstream has more to say, and returns what to write:
    /// each open choice ends by `length`, with the reason beside it; then the usage by our own count, if the client
    /// asked for it, and `[DONE]`. Nothing if the answer has ended, or is not relayed as events.
    pub fn cut(&mut self, reason: &str, prompt_tokens: u64) -> Frame {
        let mut frame = Frame::new(self.chunked, self.rest.len() + 512);
        let is_over = self.needs() == Needs::End;
        if let (Mode::Events(events), false) = (&mut self.mode, is_over) {
            frame.bytes.append(&mut self.rest);
            if !events.rules.done {
                events.rules.cut(reason, prompt_tokens, &mut frame.bytes);
            }
            self.body = Vec::new();
            self.is_cut_off = true;
            self.fault = None;
            self.state = State::Complete;
        }
        self.heed();
        frame.close();
        frame
    }

    /// Takes what was read (or nothing) and returns what to write to the client, which may be nothing. The last chunk
    /// that ends a chunked body is left to the caller. Whether the answer is now whole or cut, [`Reply::state`] says.
    pub fn relay(&mut self, data: &[u8]) -> Frame {
        let mut frame = Frame::new(self.chunked, self.rest.len() + self.body.len() + data.len());
        frame.bytes.append(&mut self.rest);
        self.pass(data, &mut frame.bytes);
        frame.close();
        frame
    }

    /// Takes what was read, for a translator: `each` gets the name and the data of every event in it. The body of what is
    /// no stream of events is kept. Whether the answer is whole or cut, [`Reply::state`] says.
    pub fn split(&mut self, data: &[u8], mut each: impl FnMut(&[u8], &[u8])) {
        let is_all = self.state == State::Complete;
        let Self { decoder, blotter, body, .. } = self;
        let fed = decode(decoder, blotter, data, is_all, |piece| body.extend_from_slice(piece));
        self.advance(fed.map_err(Fault::Http));
        if self.head().is_none_or(|head| &*head.content_type != "text/event-stream") {
            return;
        }
        let body = std::mem::take(&mut self.body);
        let native = self.native.get_or_insert_with(|| Box::new(Splitter::new(self.max_event)));
        let cut = native.feed(&body, |piece| match piece {
            Piece::Event(event) => tell(event, &mut each),
            Piece::LineFeed => {}
        });
        if self.state == State::Complete {
            tell(&native.take_held(), &mut each);
        }
        self.advance(cut.map_err(|_| Fault::EventTooLong));
    }

    /// Passes on what a translator made of the events of [`Reply::split`]: events of ours, under the same rules as any.
    /// `is_all`: nothing more comes. If that includes neither `[DONE]` nor an error, the answer is cut.
    pub fn relay_decoded(&mut self, events: &[u8], is_all: bool) -> Frame {
        let mut frame = Frame::new(self.chunked, self.rest.len() + events.len());
        frame.bytes.append(&mut self.rest);
        self.is_told |= is_all;
        if let (Mode::Events(relay), false) = (&mut self.mode, self.is_cut_off) {
            relay.rules.release(&mut frame.bytes);
            let passed = relay.feed(events, &mut frame.bytes).map_err(|_| Fault::EventTooLong);
            self.advance(passed);
            self.conclude(&mut frame.bytes);
        }
        frame.close();
        frame
    }

    /// Puts a translated body in the place of the one that is kept. The usage is what it says.
    pub fn replace(&mut self, body: Vec<u8>) {
        self.scanner = Scanner::default();
        self.scanner.feed(&body);
        self.body = body;
    }

    /// What the kept body begins with, if it is a stream of events. Looks at its first 64 KiB.
    pub fn opening(&self) -> Opening {
        let mut opening = Opening::Nothing;
        let looked_at = &self.body[..self.body.len().min(OPENING)];
        let cut = Splitter::new(OPENING).feed(looked_at, |piece| {
            if let (Piece::Event(event), Opening::Nothing) = (piece, opening) {
                tell(event, &mut |_: &[u8], data: &[u8]| {
                    let chunk = Chunk::read(data, &mut Said::default(), &mut Vec::new());
                    let is_error = chunk.is_some_and(|chunk| chunk.is_error);
                    opening = if is_error { Opening::Error } else { Opening::Data };
                });
            }
        });
        if opening == Opening::Nothing && (cut.is_err() || self.body.len() >= OPENING) {
            Opening::Data
        } else {
            opening
        }
    }

    /// The upstream has closed the connection: whether that leaves the answer complete or cut. If complete, a relay
    /// may have something left to write: one more [`Reply::relay`] with nothing gives it.
    pub fn end(&mut self) -> State {
        if matches!(self.state, State::Head | State::Body) {
            if self.decoder.ends_by_close() {
                self.state = State::Complete;
            } else {
                self.advance(Err(Fault::ConnectionEnded));
            }
            if let (Mode::Buffering, State::Complete, Some(blotter)) = (&self.mode, self.state, &mut self.blotter) {
                blotter.end(|rest| {
                    self.scanner.feed(rest);
                    self.body.extend_from_slice(rest);
                });
            }
            if let (Mode::Events(_), None) = (&self.mode, &self.native) {
                let mut rest = std::mem::take(&mut self.rest);
                self.pass(&[], &mut rest);
                self.rest = rest;
            }
        }
        self.state()
    }

    /// Appends to `out` what the client gets of what was buffered and of `data`.
    fn pass(&mut self, data: &[u8], out: &mut Vec<u8>) {
        if self.is_cut_off {
            return;
        }
        if let Mode::Events(events) = &mut self.mode {
            events.rules.release(out);
        }
        let data = if self.state == State::Cut { &[] } else { data };
        let is_all = self.state == State::Complete;
        let Self { decoder, blotter, mode, scanner, body, .. } = self;
        let mut passed = if body.is_empty() { Ok(()) } else { mode.pass(&std::mem::take(body), out) };
        let fed = decode(decoder, blotter, data, is_all, |piece| {
            if let Mode::Bytes = mode {
                scanner.feed(piece);
            }
            if passed.is_ok() {
                passed = mode.pass(piece, out);
            }
        });
        self.advance(passed.and(fed.map_err(Fault::Http)));
        self.conclude(out);
    }

    /// Whether a relay of events ends here, and how.
    fn conclude(&mut self, out: &mut Vec<u8>) {
        if let Mode::Events(events) = &mut self.mode {
            match self.state {
                // What is kept back tells how it ends.
                _ if events.rules.is_starved() => {}
                _ if self.native.is_some() => {
                    if events.rules.done && (self.is_told || self.state == State::Cut) || events.rules.error {
                        self.state = State::Complete;
                    } else if self.is_told {
                        self.state = State::Cut;
                        self.fault = self.fault.or(Some(Fault::DoneMissing));
                    }
                }
                State::Complete if self.decoder.is_done() => {
                    events.finish(out);
                    if events.rules.is_unfinished() {
                        self.state = State::Cut;
                        self.fault = Some(Fault::DoneMissing);
                    }
                }
                State::Complete if !events.finish_unframed(out) => {
                    self.state = State::Cut;
                    self.fault = Some(Fault::DoneMissing);
                }
                // Nothing is missing behind `[DONE]` but the framing.
                State::Cut if events.rules.done => self.state = State::Complete,
                State::Cut => events.rules.flush(out),
                _ => {}
            }
        }
        self.heed();
    }

    /// What guardrails have stopped is cut.
    fn heed(&mut self) {
        if self.stop().is_some() {
            self.state = State::Cut;
            self.fault = Some(Fault::Stopped);
        }
    }

    /// Notes how far the answer has come. The first fault stays.
    fn advance(&mut self, step: Result<(), Fault>) {
        self.state = match (self.state, step) {
            (State::Cut, _) => State::Cut,
            (_, Err(fault)) => {
                self.fault = Some(fault);
                State::Cut
            }
            (State::Complete, Ok(())) => State::Complete,
            _ if self.decoder.is_done() => State::Complete,
            _ if self.decoder.head().is_some() => State::Body,
            _ => State::Head,
        };
    }

    /// How far the answer has come; no further than [`State::Body`] while some of it is kept back.
    pub fn state(&self) -> State {
        if self.is_starved() { State::Body } else { self.state }
    }

    /// What the caller has to see to.
    pub fn needs(&self) -> Needs {
        match (self.state, self.events()) {
            (_, Some(rules)) if rules.is_starved() => Needs::More,
            (State::Complete | State::Cut, _) => Needs::End,
            (_, Some(rules)) if rules.done => Needs::Done,
            (_, Some(rules)) if rules.text.is_low() => Needs::MoreSoon,
            _ => Needs::Nothing,
        }
    }

    fn is_starved(&self) -> bool {
        self.needs() == Needs::More
    }

    /// Why the answer is cut.
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// The head, once it is there.
    pub fn head(&self) -> Option<&Head> {
        self.decoder.head()
    }

    /// Whether the connection may carry another request.
    pub fn is_reusable(&self) -> bool {
        self.needs() == Needs::End
            && self.state == State::Complete
            && !self.is_cut_off
            && self.fault.is_none()
            && self.decoder.is_reusable()
    }

    /// Whether the body that is kept begins as a JSON object or array does, whatever its type is said to be.
    pub fn looks_like_json(&self) -> bool {
        matches!(self.body.trim_ascii_start().first(), Some(b'{' | b'['))
    }

    /// The bytes of the body that are kept.
    pub fn buffered(&self) -> usize {
        self.body.len()
    }

    /// The usage the upstream has told so far.
    pub fn usage(&self) -> Option<Usage> {
        self.events().map_or(self.scanner.usage(), |rules| rules.usage)
    }

    /// Whether `[DONE]` has come.
    pub fn done_seen(&self) -> bool {
        self.events().is_some_and(|rules| rules.done)
    }

    /// Whether an event told of an error.
    pub fn error_seen(&self) -> bool {
        self.events().is_some_and(|rules| rules.error)
    }

    /// How many events with data went to the client, without `[DONE]`.
    pub fn passed_events(&self) -> u64 {
        self.events().map_or(0, |rules| rules.passed)
    }

    /// The bytes of text that the model has written, in a relay of events.
    pub fn output_bytes(&self) -> u64 {
        self.events().map_or(0, |rules| rules.text.bytes())
    }

    /// What of it a bill is measured against.
    pub fn delivered(&self) -> bill::Delivered {
        let (text_bytes, body_bytes) = (self.output_bytes(), self.buffered() as u64);
        bill::Delivered { text_bytes, body_bytes, images: self.scanner.images(), sound_ms: None }
    }

    /// How long the sound was, as the transcript in the body that is kept says.
    pub fn heard_ms(&self) -> Option<u64> {
        let mut found = None;
        Cursor::new(&self.body).object(|cursor, name| {
            let value = cursor.value()?;
            if name == b"duration" {
                found = usage::milliseconds(
                    value
                        .trim_ascii_start()
                        .strip_prefix(b"\"")
                        .map_or(value, |text| text.strip_suffix(b"\"").unwrap_or(text)),
                );
            }
            Some(())
        });
        found
    }

    /// Whether it is to be passed on as it comes, however short it is: events, or what is listened to.
    pub fn flows(&self) -> bool {
        let kind = self.head().map_or("", |head| &*head.content_type);
        matches!(kind, "text/event-stream" | "application/octet-stream") || kind.starts_with("audio/")
    }

    /// How many tokens the model has written, by our own count of the text: of the events that were passed on, in the
    /// encoding of their [`Terms`], or of the body that is kept, in `encoding`. Texts of more than 128 KiB in one
    /// choice of an event or a body are counted that far, and taken to go on like that.
    pub fn output_tokens(&self, encoding: Encoding) -> u64 {
        if let Some(rules) = self.events() {
            return rules.text.tokens();
        }
        let (mut said, mut text) = (Said::default(), Delivered::new(encoding));
        if Chunk::read(&self.body, &mut said, &mut Vec::new()).is_some() {
            text.take(&said);
        }
        text.tokens()
    }

    fn events(&self) -> Option<&events::Rules> {
        match &self.mode {
            Mode::Events(events) => Some(&events.rules),
            _ => None,
        }
    }
}

impl Mode {
    fn pass(&mut self, body: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        match self {
            Self::Events(events) => events.feed(body, out).map_err(|_| Fault::EventTooLong),
            Self::Buffering | Self::Bytes => {
                out.extend_from_slice(body);
                Ok(())
            }
        }
    }
}

/// The name and data of an event, if it has data.
fn tell(event: &[u8], each: &mut impl FnMut(&[u8], &[u8])) {
    let (mut name, mut data) = (&event[..0], None::<Cow<'_, [u8]>>);
    for line in sse::lines(event) {
        let value = &event[line.value];
        match line.kind {
            Kind::Data => match &mut data {
                None => data = Some(Cow::Borrowed(value)),
                Some(data) => {
                    data.to_mut().push(b'\n');
                    data.to_mut().extend_from_slice(value);
                }
            },
            Kind::Control if event[line.whole].starts_with(b"event") => name = value,
            _ => {}
        }
    }
    if let Some(data) = data {
        each(name, &data);
    }
}

/// Takes what was read; `pass` gets the body that is in it, without our credentials. `is_all`: the answer has ended.
fn decode(
    decoder: &mut Decoder,
    blotter: &mut Option<Blotter>,
    data: &[u8],
    is_all: bool,
    mut pass: impl FnMut(&[u8]),
) -> Result<(), http::Fault> {
    let Some(blotter) = blotter else { return decoder.feed(data, pass) };
    let fed = decoder.feed(data, |piece| blotter.feed(piece, &mut pass));
    if is_all || decoder.is_done() {
        blotter.end(pass);
    }
    fed
}

#[cfg(test)]
mod tests;
