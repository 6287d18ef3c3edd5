//! `Reply` and `Usage`.

use pyo3::{exceptions::PyValueError, import_exception, prelude::*, types::PyBytes};

use crate::{
    relay::{self, Fault, MAX_EVENT},
    tokens::Encoding,
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

/// What the provider says an answer cost. None: not said, or not to be believed.
#[pyclass(frozen, eq, module = "nemoproxy._core")]
#[derive(PartialEq, Eq)]
struct Usage(usage::Usage);

#[pymethods]
impl Usage {
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
    fn reasoning_tokens(&self) -> Option<u64> {
        self.0.reasoning_tokens
    }

    fn __repr__(&self) -> String {
        let show = |count: Option<u64>| count.map_or_else(|| "None".to_owned(), |count| count.to_string());
        format!(
            "Usage(prompt_tokens={}, completion_tokens={}, total_tokens={}, cached_tokens={}, reasoning_tokens={})",
            show(self.0.prompt_tokens),
            show(self.0.completion_tokens),
            show(self.0.total_tokens),
            show(self.0.cached_tokens),
            show(self.0.reasoning_tokens),
        )
    }
}

/// The whole answer of one upstream call. It belongs to one connection and changes with every read, so it is not frozen
/// but borrowed: a second thread that comes while it works gets a `RuntimeError`.
#[pyclass(module = "nemoproxy._core")]
struct Reply(relay::Reply);

#[pymethods]
impl Reply {
    #[new]
    #[pyo3(signature = (max_event = 4_194_304))]
    fn new(max_event: usize) -> Self {
        Self(relay::Reply::new(max_event))
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

    fn start_relay(&mut self, events: bool, strip_usage: bool, chunked: bool) {
        self.0.start_relay(events, strip_usage, chunked);
    }

    fn relay<'py>(&mut self, py: Python<'py>, data: &[u8]) -> Bound<'py, PyBytes> {
        let reply = &mut self.0;
        let long = data.len() + reply.buffered() > LONG;
        let frame = if long { py.detach(|| reply.relay(data)) } else { reply.relay(data) };
        PyBytes::new(py, &frame)
    }

    fn output_tokens(&self, py: Python<'_>, encoding: &str) -> PyResult<u64> {
        let encoding = match encoding {
            "o200k_base" => Encoding::O200kBase,
            "cl100k_base" => Encoding::Cl100kBase,
            _ => return Err(PyValueError::new_err("unknown encoding")),
        };
        let reply = &self.0;
        let long = reply.buffered() > LONG;
        Ok(if long { py.detach(|| reply.output_tokens(encoding)) } else { reply.output_tokens(encoding) })
    }

    #[getter]
    fn state(&self) -> u8 {
        self.0.state() as u8
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
    fn passed_headers<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.head().map_or(b"", |head| &head.passed))
    }

    #[getter]
    fn reusable(&self) -> bool {
        self.0.is_reusable()
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
    m.add_class::<Reply>()?;
    m.add_class::<Usage>()
}
