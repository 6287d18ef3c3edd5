//! Everything that knows Python: classes, conversions, and nothing else. One file for each part of the core.

use pyo3::prelude::*;

mod bill;
mod guard;
mod journal;
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
    bill::register(m)?;
    guard::register(m)?;
    journal::register(m)?;
    keys::register(m)?;
    limits::register(m)?;
    price::register(m)?;
    relay::register(m)?;
    request::register(m)?;
    tokens::register(m)
}
