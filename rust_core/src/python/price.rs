//! `Prices` and `format_units`.

use pyo3::{prelude::*, types::PyBytes};

use super::{relay::Usage, request::Request};
use crate::{
    bill::Asked,
    price::{self, Kinds, LONGEST_USD, Usd},
};

/// A model's prices, in units of 10^-10 USD per million tokens.
#[pyclass(frozen, eq, module = "nemoproxy._core")]
#[derive(PartialEq, Eq)]
pub(super) struct Prices(pub(super) price::Prices);

#[pymethods]
impl Prices {
    #[new]
    #[pyo3(signature = (
        *, input, output = 0, cached_input = None, cache_write = None, cache_write_1h = None, reasoning = None,
        input_audio = None, output_audio = None, input_image = None, output_image = None, image = 0, second = 0, character = 0,
    ))]
    #[expect(clippy::too_many_arguments, reason = "all of them keywords")]
    fn new(
        input: u64,
        output: u64,
        cached_input: Option<u64>,
        cache_write: Option<u64>,
        cache_write_1h: Option<u64>,
        reasoning: Option<u64>,
        input_audio: Option<u64>,
        output_audio: Option<u64>,
        input_image: Option<u64>,
        output_image: Option<u64>,
        image: u64,
        second: u64,
        character: u64,
    ) -> Self {
        Self(price::Prices {
            input,
            cached_input: cached_input.unwrap_or(input),
            cache_write: cache_write.unwrap_or(input),
            cache_write_1h: cache_write_1h.or(cache_write).unwrap_or(input),
            input_audio: input_audio.unwrap_or(input),
            input_image: input_image.unwrap_or(input),
            output,
            reasoning: reasoning.unwrap_or(output),
            output_audio: output_audio.unwrap_or(output),
            output_image: output_image.unwrap_or(output),
            image,
            second,
            character,
        })
    }

    fn cost(&self, usage: &Usage) -> u64 {
        self.0.cost(&usage.0)
    }

    fn quote(&self, request: &Request, prompt_tokens: u64, step: u64, most: u64) -> (u64, u64, u64) {
        Asked::new(&request.0, prompt_tokens).quote(&self.0, self.kinds(request), request.0.stream(), step, most)
    }

    #[pyo3(signature = (prompt_tokens, output_tokens, request = None))]
    fn hold(&self, prompt_tokens: u64, output_tokens: u64, request: Option<&Request>) -> u64 {
        self.0.hold(prompt_tokens, output_tokens, request.map(|request| self.kinds(request)).unwrap_or_default())
    }

    fn affordable(&self, units: u64, prompt_tokens: u64, request: &Request) -> u64 {
        self.0.affordable(units, prompt_tokens, self.kinds(request))
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

impl Prices {
    /// Only where the prices ask for it: it takes a look at the whole body.
    fn kinds(&self, request: &Request) -> Kinds {
        if self.0.vary() { request.0.kinds() } else { Kinds::default() }
    }
}

/// An amount as a plain decimal number of US dollars.
#[pyfunction]
fn format_units(units: i64) -> String {
    Usd(units).to_string()
}

/// The lines that tell what a call cost.
#[pyfunction]
fn cost_headers(py: Python<'_>, units: i64) -> Bound<'_, PyBytes> {
    PyBytes::new(py, &with_cost(b"", units))
}

/// Rendered headers, and the lines that tell what a call cost.
pub(super) fn with_cost(headers: &[u8], units: i64) -> Vec<u8> {
    let mut room = [0; LONGEST_USD];
    let usd = Usd(units).digits(&mut room).as_bytes();
    [headers, b"x-nemo-request-cost: ", usd, b"\r\nx-litellm-response-cost: ", usd, b"\r\n"].concat()
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Prices>()?;
    m.add_function(wrap_pyfunction!(cost_headers, m)?)?;
    m.add_function(wrap_pyfunction!(format_units, m)?)
}
