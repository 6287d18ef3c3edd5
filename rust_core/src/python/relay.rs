//! `Reply` and `Usage`.

use std::sync::Arc;

use pyo3::{
    import_exception,
    prelude::*,
    types::{PyBytes, PyList, PyTuple},
};

use super::{
    guard::{Policy, Vault, tell},
    price::{Prices, with_cost},
    request::Request,
    tokens::named,
};
use crate::{
    bill::Asked,
    blot,
    relay::{self, Cost, Fault, MAX_EVENT, Stop, Terms},
    usage,
};

mod errors {
    #![allow(missing_docs, reason = "the macro writes the items")]
    super::import_exception!(nemoproxy.errors, UpstreamInvalid);
}

/// The default that Python shows is the core's.
const _: () = assert!(MAX_EVENT == 4_194_304);

/// Work on more bytes than this lets other threads run.
const LONG: usize = 64 << 10;

/// Texts that are not passed on.
#[pyclass(frozen, module = "nemoproxy._core")]
struct Secrets(Arc<blot::Secrets>);

#[pymethods]
impl Secrets {
    #[new]
    fn new(texts: Vec<Vec<u8>>) -> Self {
        Self(Arc::new(blot::Secrets::new(texts)))
    }
}

/// What an answer cost in tokens. None: not said, or not to be believed.
#[pyclass(frozen, eq, module = "nemoproxy._core")]
#[derive(PartialEq, Eq)]
pub(super) struct Usage(pub(super) usage::Usage);

#[pymethods]
impl Usage {
    #[new]
    #[pyo3(signature = (
        *, prompt_tokens = None, completion_tokens = None, total_tokens = None, cached_tokens = 0,
        cache_write_tokens = 0, cache_write_1h_tokens = 0, input_audio_tokens = 0, input_image_tokens = 0,
        reasoning_tokens = 0, output_audio_tokens = 0, output_image_tokens = 0,
    ))]
    #[expect(clippy::too_many_arguments, reason = "all of them keywords")]
    fn new(
        prompt_tokens: Option<u64>,
        completion_tokens: Option<u64>,
        total_tokens: Option<u64>,
        cached_tokens: Option<u64>,
        cache_write_tokens: Option<u64>,
        cache_write_1h_tokens: Option<u64>,
        input_audio_tokens: Option<u64>,
        input_image_tokens: Option<u64>,
        reasoning_tokens: Option<u64>,
        output_audio_tokens: Option<u64>,
        output_image_tokens: Option<u64>,
    ) -> Self {
        Self(usage::Usage {
            prompt_tokens,
            completion_tokens,
            total_tokens,
            cached_tokens,
            cache_write_tokens,
            cache_write_1h_tokens,
            input_audio_tokens,
            input_image_tokens,
            reasoning_tokens,
            output_audio_tokens,
            output_image_tokens,
            sound_ms: None,
        })
    }

    #[getter]
    fn prompt_tokens(&self) -> Option<u64> {
        self.0.prompt_tokens
    }

    #[getter]
    fn completion_tokens(&self) -> Option<u64> {
        self.0.completion_tokens
    }

    #[getter]
    fn total_tokens(&self) -> Option<u64> {
        self.0.total_tokens
    }

    #[getter]
    fn cached_tokens(&self) -> Option<u64> {
        self.0.cached_tokens
    }

    #[getter]
    fn cache_write_tokens(&self) -> Option<u64> {
        self.0.cache_write_tokens
    }
    #[getter]
    fn cache_write_1h_tokens(&self) -> Option<u64> {
        self.0.cache_write_1h_tokens
    }

    #[getter]
    fn input_audio_tokens(&self) -> Option<u64> {
        self.0.input_audio_tokens
    }

    #[getter]
    fn input_image_tokens(&self) -> Option<u64> {
        self.0.input_image_tokens
    }

    #[getter]
    fn reasoning_tokens(&self) -> Option<u64> {
        self.0.reasoning_tokens
    }

    #[getter]
    fn output_audio_tokens(&self) -> Option<u64> {
        self.0.output_audio_tokens
    }

    #[getter]
    fn output_image_tokens(&self) -> Option<u64> {
        self.0.output_image_tokens
    }

    #[getter]
    fn contradictory(&self) -> bool {
        self.0.is_contradictory()
    }

    fn __repr__(&self) -> String {
        let show = |count: Option<u64>| count.map_or_else(|| "None".to_owned(), |count| count.to_string());
        let usage = self.0;
        let members = [
            ("prompt_tokens", usage.prompt_tokens),
            ("completion_tokens", usage.completion_tokens),
            ("total_tokens", usage.total_tokens),
            ("cached_tokens", usage.cached_tokens),
            ("cache_write_tokens", usage.cache_write_tokens),
            ("cache_write_1h_tokens", usage.cache_write_1h_tokens),
            ("input_audio_tokens", usage.input_audio_tokens),
            ("input_image_tokens", usage.input_image_tokens),
            ("reasoning_tokens", usage.reasoning_tokens),
            ("output_audio_tokens", usage.output_audio_tokens),
            ("output_image_tokens", usage.output_image_tokens),
        ];
        let members = members.map(|(name, count)| format!("{name}={}", show(count)));
        format!("Usage({})", members.join(", "))
    }
}

/// The whole answer of one upstream call. It belongs to one connection and changes with every read, so it is not frozen
/// but borrowed: a second thread that comes while it works gets a `RuntimeError`.
#[pyclass(module = "nemoproxy._core")]
pub(super) struct Reply(pub(super) relay::Reply);

#[pymethods]
impl Reply {
    #[new]
    #[pyo3(signature = (max_event = 4_194_304, secrets = None))]
    fn new(max_event: usize, secrets: Option<&Secrets>) -> Self {
        let mut reply = relay::Reply::new(max_event);
        if let Some(secrets) = secrets {
            reply.conceal(Arc::clone(&secrets.0));
        }
        Self(reply)
    }

    fn feed(&mut self, py: Python<'_>, data: &[u8]) -> PyResult<u8> {
        let reply = &mut self.0;
        let fed = if data.len() > LONG { py.detach(|| reply.feed(data)) } else { reply.feed(data) };
        fed.map(|state| state as u8).map_err(|fault| errors::UpstreamInvalid::new_err(describe(fault)))
    }

    fn end(&mut self) -> u8 {
        self.0.end() as u8
    }

    fn take<'py>(&mut self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.take())
    }

    #[pyo3(signature = (
        events, strip_usage, chunked, encoding = "o200k_base", prices = None, request = None, prompt_tokens = 0,
    ))]
    #[expect(clippy::too_many_arguments, reason = "said once for each stream")]
    fn start_relay(
        &mut self,
        events: bool,
        strip_usage: bool,
        chunked: bool,
        encoding: &str,
        prices: Option<&Prices>,
        request: Option<&Request>,
        prompt_tokens: u64,
    ) -> PyResult<()> {
        let cost = prices
            .zip(request)
            .map(|(prices, request)| Cost { asked: Asked::new(&request.0, prompt_tokens), prices: prices.0 });
        let terms = Terms { strip_usage, encoding: named(encoding)?, cost };
        self.0.start_relay(events.then_some(terms), chunked);
        Ok(())
    }

    #[pyo3(signature = (policy, guardrails, vault = None))]
    fn guard(&mut self, policy: &Policy, guardrails: u64, vault: Option<&Vault>) {
        self.0.guard(policy.guard(guardrails, vault));
    }

    fn keep_copy(&mut self, most: usize) {
        self.0.keep_copy(most);
    }

    fn take_copy<'py>(&mut self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.take_copy().map(|copy| PyBytes::new(py, &copy))
    }

    fn flush<'py>(&mut self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.flush())
    }

    fn found<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        tell(py, &self.0.found().0)
    }

    #[getter]
    fn guard_failed(&self) -> bool {
        self.0.found().1
    }

    #[getter]
    fn blocked_by(&self) -> Option<usize> {
        match self.0.stop()? {
            Stop::Blocked(guardrail) => Some(guardrail),
            Stop::Failed => None,
        }
    }

    fn allow(&mut self, tokens: Option<u64>) {
        self.0.allow(tokens);
    }

    #[pyo3(signature = (units, is_all = false))]
    fn fund(&mut self, units: u64, is_all: bool) {
        self.0.fund(units, is_all);
    }

    #[getter]
    fn owed(&self) -> Option<u64> {
        self.0.owed()
    }

    fn cut<'py>(&mut self, py: Python<'py>, reason: &str, prompt_tokens: u64) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.cut(reason, prompt_tokens))
    }

    fn relay<'py>(&mut self, py: Python<'py>, data: &[u8]) -> Bound<'py, PyBytes> {
        let reply = &mut self.0;
        let long = data.len() + reply.buffered() > LONG;
        let frame = if long { py.detach(|| reply.relay(data)) } else { reply.relay(data) };
        PyBytes::new(py, &frame)
    }

    fn split<'py>(&mut self, py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyList>> {
        let events = PyList::empty(py);
        let mut told = Ok(());
        self.0.split(data, |name, data| {
            if told.is_ok() {
                told = events.append((String::from_utf8_lossy(name), PyBytes::new(py, data)));
            }
        });
        told.map(|()| events)
    }

    fn relay_decoded<'py>(&mut self, py: Python<'py>, events: &[u8], is_all: bool) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.relay_decoded(events, is_all))
    }

    fn replace(&mut self, body: &[u8]) {
        self.0.replace(body.to_vec());
    }

    fn output_tokens(&self, py: Python<'_>, encoding: &str) -> PyResult<u64> {
        let encoding = named(encoding)?;
        let reply = &self.0;
        let long = reply.buffered() > LONG;
        Ok(if long { py.detach(|| reply.output_tokens(encoding)) } else { reply.output_tokens(encoding) })
    }

    #[getter]
    fn state(&self) -> u8 {
        self.0.state() as u8
    }

    #[getter]
    fn needs(&self) -> u8 {
        self.0.needs() as u8
    }

    #[getter]
    fn fault(&self) -> Option<String> {
        self.0.fault().map(describe)
    }

    #[getter]
    fn status(&self) -> u16 {
        self.0.head().map_or(0, |head| head.status)
    }

    #[getter]
    fn content_type(&self) -> &str {
        self.0.head().map_or("", |head| &head.content_type)
    }

    #[getter]
    fn content_encoding(&self) -> &str {
        self.0.head().map_or("", |head| &head.content_encoding)
    }

    #[getter]
    fn is_event_stream(&self) -> bool {
        self.content_type() == "text/event-stream"
    }

    #[getter]
    fn flows(&self) -> bool {
        self.0.flows()
    }

    #[pyo3(signature = (cost = None))]
    fn headers<'py>(&self, py: Python<'py>, cost: Option<i64>) -> Bound<'py, PyBytes> {
        let passed: &[u8] = self.0.head().map_or(b"", |head| &head.passed);
        match cost {
            None => PyBytes::new(py, passed),
            Some(units) => PyBytes::new(py, &with_cost(passed, units)),
        }
    }

    #[getter]
    fn limit_headers<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.head().map_or(b"", |head| &head.limits))
    }

    #[getter]
    fn opening(&self) -> u8 {
        self.0.opening() as u8
    }

    #[getter]
    fn reusable(&self) -> bool {
        self.0.is_reusable()
    }

    #[getter]
    fn looks_like_json(&self) -> bool {
        self.0.looks_like_json()
    }

    #[getter]
    fn buffered(&self) -> usize {
        self.0.buffered()
    }

    #[getter]
    fn usage(&self) -> Option<Usage> {
        self.0.usage().map(Usage)
    }

    #[getter]
    fn done_seen(&self) -> bool {
        self.0.done_seen()
    }

    #[getter]
    fn error_seen(&self) -> bool {
        self.0.error_seen()
    }

    #[getter]
    fn events(&self) -> u64 {
        self.0.passed_events()
    }

    #[getter]
    fn output_bytes(&self) -> u64 {
        self.0.output_bytes()
    }
}

fn describe(fault: Fault) -> String {
    format!("The upstream's response is broken: {fault}.")
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Secrets>()?;
    m.add_class::<Reply>()?;
    m.add_class::<Usage>()
}
