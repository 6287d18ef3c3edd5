//! `Request`: parsing, measuring and rewriting an inference request in one object.

use std::borrow::Cow;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyType};

use super::guard::{BETWEEN, Policy, Screening};
use super::tokens::CountCache;
use crate::request::{self, Edits, Endpoint, Invalid};
use crate::tokens::Encoding;

/// Work on bodies longer than this lets other Python threads run.
const DETACH_ABOVE: usize = 64 * 1024;

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Request>()
}

#[pyclass(frozen, module = "nemoproxy._core")]
pub(super) struct Request(pub(super) request::Request);

#[pymethods]
impl Request {
    #[staticmethod]
    fn parse(py: Python<'_>, body: &[u8], endpoint: &str) -> PyResult<Self> {
        let endpoint = Endpoint::named(endpoint)
            .ok_or_else(|| PyValueError::new_err(format!("unknown endpoint: {endpoint:?}")))?;
        detached(py, body.len(), || request::Request::parse(body.to_vec(), endpoint))
            .map(Self)
            .map_err(|invalid| refusal(py, &invalid))
    }

    #[getter]
    fn model(&self) -> &str {
        self.0.model()
    }

    #[getter]
    fn stream(&self) -> bool {
        self.0.stream()
    }

    #[getter]
    fn include_usage(&self) -> bool {
        self.0.include_usage()
    }

    #[getter]
    fn max_output_tokens(&self) -> Option<u64> {
        self.0.max_output_tokens()
    }

    #[getter]
    fn choices(&self) -> u64 {
        self.0.choices()
    }

    #[getter]
    fn boundary(&self) -> Option<&str> {
        self.0.boundary()
    }

    #[getter]
    fn size(&self) -> usize {
        self.0.body_len()
    }

    #[getter]
    fn extended(&self) -> bool {
        self.0.is_extended()
    }

    #[getter]
    fn user(&self) -> Option<Cow<'_, str>> {
        self.0.user()
    }

    fn with_system(&self, py: Python<'_>, text: &str) -> PyResult<Self> {
        detached(py, self.0.body_len(), || self.0.with_system(text)).map(Self).map_err(|invalid| refusal(py, &invalid))
    }

    fn extension<'py>(&self, py: Python<'py>, name: &str) -> Option<Bound<'py, PyBytes>> {
        self.0.extension(name).map(|value| PyBytes::new(py, value.as_bytes()))
    }

    #[pyo3(signature = (encoding, cache = None))]
    fn prompt_tokens(&self, py: Python<'_>, encoding: &str, cache: Option<&CountCache>) -> PyResult<u64> {
        let encoding = match encoding {
            "o200k_base" => Encoding::O200kBase,
            "cl100k_base" => Encoding::Cl100kBase,
            other => return Err(PyValueError::new_err(format!("unknown encoding: {other:?}"))),
        };
        Ok(detached(py, self.0.body_len(), || self.0.prompt_tokens(encoding, cache.map(|cache| &cache.0))))
    }

    fn screen(&self, py: Python<'_>, policy: &Policy, guardrails: u64) -> PyResult<Screening> {
        let policy = &policy.0;
        let (done, edited) = detached(py, self.0.body_len(), || {
            let mut done = self.0.screen(policy, guardrails);
            let edited = done.edited.take().map(|body| request::Request::parse(body.into_bytes(), self.0.endpoint()));
            (done, edited.transpose())
        });
        let edited = edited.map_err(|invalid| refusal(py, &invalid))?;
        Screening::of_request(py, done, edited.map(Self))
    }

    fn texts(&self, py: Python<'_>) -> String {
        detached(py, self.0.body_len(), || self.0.texts(BETWEEN))
    }

    fn with_texts(&self, py: Python<'_>, texts: &str) -> PyResult<Option<Self>> {
        let edited = detached(py, self.0.body_len(), || {
            let body = self.0.with_texts(texts, BETWEEN)?;
            Some(request::Request::parse(body.into_bytes(), self.0.endpoint()))
        });
        edited.transpose().map(|edited| edited.map(Self)).map_err(|invalid| refusal(py, &invalid))
    }

    #[pyo3(signature = (model, ask_usage, max_output = None))]
    fn upstream_body<'py>(
        &self,
        py: Python<'py>,
        model: &str,
        ask_usage: bool,
        max_output: Option<u64>,
    ) -> Bound<'py, PyBytes> {
        let edits = Edits { model, ask_usage, max_output };
        PyBytes::new(py, &detached(py, self.0.body_len(), || self.0.upstream_body(&edits)))
    }
}

/// Lets go of the interpreter if there are so many bytes that it is worth it.
pub(super) fn detached<T: Send>(py: Python<'_>, bytes: usize, work: impl Send + FnOnce() -> T) -> T {
    if bytes > DETACH_ABOVE { py.detach(work) } else { work() }
}

/// `nemoproxy.errors.InvalidRequest(message, code=..., param=...)`.
fn refusal(py: Python<'_>, invalid: &Invalid) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let build = || {
        let kwargs = PyDict::new(py);
        kwargs.set_item("code", invalid.code())?;
        kwargs.set_item("param", (!invalid.param.is_empty()).then_some(&invalid.param))?;
        CLASS.import(py, "nemoproxy.errors", "InvalidRequest")?.call((invalid.to_string(),), Some(&kwargs))
    };
    build().map_or_else(|error| error, PyErr::from_value)
}
