//! Virtual keys, for Python.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::keys;

/// A new virtual key out of `random` bytes from a cryptographic source. Give 64.
#[pyfunction]
fn mint_key(random: &[u8]) -> PyResult<String> {
    keys::mint(random).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Digests keys, keyed with a secret of at least 32 bytes.
#[pyclass(frozen, module = "nemoproxy._core")]
struct Pepper(keys::Pepper);

#[pymethods]
impl Pepper {
    #[new]
    fn new(secret: &[u8]) -> PyResult<Self> {
        keys::Pepper::new(secret).map(Self).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// The 32 bytes under which `key` is stored.
    fn digest<'py>(&self, py: Python<'py>, key: &str) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.digest(key.as_bytes()))
    }

    /// The digest of the key in an `Authorization` header, or None if no well-formed key is in it.
    fn identify<'py>(&self, py: Python<'py>, authorization: &[u8]) -> Option<Bound<'py, PyBytes>> {
        self.0.identify(authorization).map(|digest| PyBytes::new(py, &digest))
    }

    #[allow(clippy::unused_self)]
    fn __repr__(&self) -> &'static str {
        "<Pepper>"
    }
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Pepper>()?;
    m.add_function(wrap_pyfunction!(mint_key, m)?)
}
