//! Counting tokens, for Python.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::tokens::{self, Encoding};

/// Above this, counting takes long enough to let other threads run meanwhile.
const DETACHED_BYTES: usize = 64 * 1024;

/// How many tokens `text` is in `encoding`, special-token text counted as ordinary text.
#[pyfunction]
fn count_tokens(py: Python<'_>, text: &str, encoding: &str) -> PyResult<usize> {
    let encoding = named(encoding)?;
    if text.len() > DETACHED_BYTES {
        Ok(py.detach(|| tokens::count(encoding, text)))
    } else {
        Ok(tokens::count(encoding, text))
    }
}

/// The name of the encoding that `model` counts in.
#[pyfunction]
fn encoding_for_model(model: &str) -> &'static str {
    Encoding::for_model(model).name()
}

/// Every token of `encoding` in order of rank, each as a byte that says its length and then its bytes.
#[pyfunction]
fn vocabulary<'py>(py: Python<'py>, encoding: &str) -> PyResult<Bound<'py, PyBytes>> {
    let mut all = Vec::new();
    for token in tokens::vocabulary(named(encoding)?) {
        all.push(token.len() as u8);
        all.extend(token);
    }
    Ok(PyBytes::new(py, &all))
}

pub(super) fn named(encoding: &str) -> PyResult<Encoding> {
    Encoding::from_name(encoding).ok_or_else(|| {
        PyValueError::new_err(format!("{encoding:?} is not an encoding; o200k_base and cl100k_base are"))
    })
}

/// Counts of long texts seen before.
#[pyclass(frozen, module = "nemoproxy._core")]
pub(super) struct CountCache(pub(super) tokens::CountCache);

#[pymethods]
impl CountCache {
    #[new]
    fn new(key: [u8; 16]) -> Self {
        Self(tokens::CountCache::new(key))
    }
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<CountCache>()?;
    m.add_function(wrap_pyfunction!(count_tokens, m)?)?;
    m.add_function(wrap_pyfunction!(encoding_for_model, m)?)?;
    m.add_function(wrap_pyfunction!(vocabulary, m)?)
}
