//! Everything that knows Python: classes, conversions, and nothing else. One file for each part of the core.

use pyo3::prelude::*;

mod guard;
mod keys;
mod limits;
mod price;
mod relay;
mod request;
mod tokens;

/// `nemoproxy._core`: its contract is `nemoproxy/_core.pyi`.
#[pymodule(gil_used = false)]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    guard::register(m)?;
    keys::register(m)?;
    limits::register(m)?;
    price::register(m)?;
    relay::register(m)?;
    request::register(m)?;
    tokens::register(m)
}
