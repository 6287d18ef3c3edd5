//! `Bill`.

use pyo3::{exceptions::PyValueError, prelude::*, types::PyBytes};

use super::{price::Prices, relay::Reply, request::Request, tokens::named};
use crate::{
    bill::{self, Asked},
    journal::{Settled, Unfit},
    request::Endpoint,
};

/// Counting a body of more bytes than this lets other threads run.
const LONG: usize = 64 << 10;

/// What a call is charged for.
#[pyclass(frozen, module = "nemoproxy._core")]
struct Bill {
    bill: bill::Bill,
    cost: u64,
}

#[pymethods]
impl Bill {
    #[staticmethod]
    #[pyo3(signature = (reply, request, prompt_tokens, encoding, prices = None))]
    fn of(
        py: Python<'_>,
        reply: &Reply,
        request: &Request,
        prompt_tokens: u64,
        encoding: &str,
        prices: Option<&Prices>,
    ) -> PyResult<Self> {
        let (asked, encoding, reply) = (Asked::new(&request.0, prompt_tokens), named(encoding)?, &reply.0);
        let bill = || {
            let (usage, mut delivered) = (reply.usage(), reply.delivered());
            if usage.is_none() && asked.endpoint == Endpoint::Transcriptions {
                delivered.sound_ms = reply.heard_ms();
            }
            asked.bill(usage, delivered, || reply.output_tokens(encoding))
        };
        let long = reply.buffered() > LONG;
        Ok(Self::charged(if long { py.detach(bill) } else { bill() }, &asked, prices))
    }

    #[staticmethod]
    #[pyo3(signature = (request, prompt_tokens, prices = None))]
    fn unanswered(request: &Request, prompt_tokens: u64, prices: Option<&Prices>) -> Self {
        let asked = Asked::new(&request.0, prompt_tokens);
        Self::charged(asked.own(0), &asked, prices)
    }

    #[getter]
    fn tokens(&self) -> u64 {
        self.bill.tokens
    }

    #[getter]
    fn output_tokens(&self) -> u64 {
        self.bill.usage.completion_tokens.unwrap_or(0)
    }

    #[getter]
    fn estimated(&self) -> bool {
        self.bill.estimated
    }

    #[getter]
    fn cost(&self) -> u64 {
        self.cost
    }

    #[pyo3(signature = (
        request, request_id, org_id, team_id, key_id, provider, target_model, status, held, cost, shortfall, ending,
        latency_us, first_byte_us, settled_at, variant = None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "a row has as many columns")]
    fn frame<'py>(
        &self,
        py: Python<'py>,
        request: &Request,
        request_id: &str,
        org_id: &str,
        team_id: &str,
        key_id: &str,
        provider: &str,
        target_model: &str,
        status: u64,
        held: u64,
        cost: u64,
        shortfall: u64,
        ending: &str,
        latency_us: u64,
        first_byte_us: Option<u64>,
        settled_at: u64,
        variant: Option<&str>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let usage = &self.bill.usage;
        let count = |tokens: Option<u64>| tokens.unwrap_or(0);
        let settled = Settled {
            request_id,
            org_id,
            team_id,
            key_id,
            endpoint: request.0.endpoint().name(),
            model: request.0.model().into(),
            provider,
            target_model: target_model.into(),
            streamed: request.0.stream(),
            status,
            prompt_tokens: count(usage.prompt_tokens),
            cached_tokens: count(usage.cached_tokens),
            cache_write_tokens: count(usage.cache_write_tokens),
            output_tokens: count(usage.completion_tokens),
            reasoning_tokens: count(usage.reasoning_tokens),
            audio_input_tokens: count(usage.input_audio_tokens),
            audio_output_tokens: count(usage.output_audio_tokens),
            held,
            cost,
            shortfall,
            estimated: self.bill.estimated,
            ending,
            latency_us,
            first_byte_us,
            started_at: settled_at.saturating_sub(latency_us),
            settled_at,
            variant,
        };
        let frame = settled.pack().map_err(|unfit| {
            PyValueError::new_err(match unfit {
                Unfit::Amount => "a cost above what was held, a number out of range, or an unknown ending",
                Unfit::Long => "a settled request with ids that are too long to be ours",
            })
        })?;
        Ok(PyBytes::new(py, &frame))
    }
}

impl Bill {
    fn charged(mut bill: bill::Bill, asked: &Asked, prices: Option<&Prices>) -> Self {
        let cost = prices.map_or(0, |prices| bill.charge(asked, &prices.0));
        Self { bill, cost }
    }
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Bill>()
}
