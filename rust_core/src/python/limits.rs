//! (being written)

use pyo3::prelude::*;

#[allow(clippy::unnecessary_wraps)]
pub(super) fn register(_m: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
