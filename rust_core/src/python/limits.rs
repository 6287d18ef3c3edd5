//! `Limiter` and `Decision`: the limiter behind a lock, its answers as plain values.

use std::sync::{Mutex, MutexGuard};

use pyo3::exceptions::{PyOverflowError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt};

use crate::limits::{self, Ask, Error, MOST, Refusal, Scopes};

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Limiter>()?;
    m.add_class::<Decision>()
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        match error {
            Error::UnknownSlot(_) | Error::SameSlot(_) | Error::Ask(_) => PyValueError::new_err(error.to_string()),
            Error::Full => PyRuntimeError::new_err(error.to_string()),
        }
    }
}

/// A number of tokens: an integer of any size, for a client may ask for any. Over 64 bits it is the most there is.
#[derive(Clone, Copy)]
struct Tokens(u64);

impl<'py> FromPyObject<'_, 'py> for Tokens {
    type Error = PyErr;

    fn extract(tokens: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match tokens.extract() {
            Ok(tokens) => Ok(Self(tokens)),
            Err(_) if tokens.cast::<PyInt>().is_ok_and(|tokens| tokens.gt(0).unwrap_or(false)) => Ok(Self(MOST)),
            Err(error) => Err(error),
        }
    }
}

/// An amount of money in units of 10^-10 USD: not negative, and no more than a signed column of a database has room for.
#[derive(Clone, Copy)]
struct Money(u64);

impl<'py> FromPyObject<'_, 'py> for Money {
    type Error = PyErr;

    fn extract(money: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let money: i64 = money.extract()?;
        let money = u64::try_from(money).map_err(|_| PyOverflowError::new_err("an amount of money is negative"))?;
        Ok(Self(money))
    }
}

#[pyclass(frozen, module = "nemoproxy._core")]
struct Limiter {
    inner: Mutex<limits::Limiter>,
}

impl Limiter {
    /// A panic while the lock was held may have left half a step behind: then nothing is admitted any more.
    fn lock(&self) -> PyResult<MutexGuard<'_, limits::Limiter>> {
        self.inner.lock().map_err(|_| PyRuntimeError::new_err("the limiter broke in an earlier call"))
    }
}

#[pymethods]
impl Limiter {
    #[new]
    fn new() -> Self {
        Self { inner: Mutex::new(limits::Limiter::new()) }
    }

    fn allocate(&self) -> PyResult<u64> {
        Ok(self.lock()?.allocate()?)
    }

    fn free(&self, slot: u64) -> PyResult<()> {
        Ok(self.lock()?.free(slot)?)
    }

    fn configure(
        &self,
        slot: u64,
        rpm: Option<u64>,
        tpm: Option<u64>,
        tps: Option<u64>,
        concurrency: Option<u64>,
    ) -> PyResult<()> {
        Ok(self.lock()?.configure(slot, [rpm, tpm, tps, concurrency])?)
    }

    fn set_account(&self, slot: u64, ceiling: Option<Money>, settled: Option<Money>) -> PyResult<()> {
        Ok(self.lock()?.set_account(slot, ceiling.map(|money| money.0), settled.map(|money| money.0))?)
    }

    fn account(&self, slot: u64) -> PyResult<Option<(u64, u64, u64)>> {
        let balance = self.lock()?.account(slot)?;
        Ok(balance.map(|balance| (balance.ceiling, balance.settled, balance.held)))
    }

    fn peek(&self, key: u64, team: u64, org: u64, now_ns: u64) -> PyResult<Decision> {
        Ok(Decision(self.lock()?.peek(Scopes { key, team, org }, now_ns)?))
    }

    #[pyo3(
        signature = (key, team, org, tokens, now_ns, money_least=Money(0), money_most=Money(0), money_fair=Money(0)),
        text_signature = "($self, key, team, org, tokens, now_ns, money_least=0, money_most=0, money_fair=0)"
    )]
    #[allow(clippy::too_many_arguments)]
    fn admit(
        &self,
        key: u64,
        team: u64,
        org: u64,
        tokens: Tokens,
        now_ns: u64,
        money_least: Money,
        money_most: Money,
        money_fair: Money,
    ) -> PyResult<Decision> {
        let ask = Ask { least: money_least.0, fair: money_fair.0.max(money_least.0), most: money_most.0 };
        Ok(Decision(self.lock()?.admit(Scopes { key, team, org }, tokens.0, ask, now_ns)?))
    }

    fn grow(&self, hold: u64, tokens: Tokens, now_ns: u64) -> PyResult<bool> {
        Ok(self.lock()?.grow(hold, tokens.0, now_ns))
    }

    fn extend(&self, hold: u64, tokens: Tokens, now_ns: u64, money_least: Money, money_most: Money) -> PyResult<u64> {
        let ask = Ask { least: money_least.0, fair: money_least.0, most: money_most.0 };
        Ok(self.lock()?.extend(hold, tokens.0, ask, now_ns)?)
    }

    fn cover(&self, hold: u64, money: Money) -> PyResult<u64> {
        Ok(self.lock()?.cover(hold, money.0))
    }

    fn settled(&self, slot: u64) -> PyResult<u64> {
        Ok(self.lock()?.settled(slot)?)
    }

    #[pyo3(
        signature = (hold, tokens, now_ns, money=Money(0)),
        text_signature = "($self, hold, tokens, now_ns, money=0)"
    )]
    fn settle(&self, hold: u64, tokens: Tokens, now_ns: u64, money: Money) -> PyResult<Option<(u64, u64)>> {
        let settlement = self.lock()?.settle(hold, tokens.0, money.0, now_ns);
        Ok(settlement.map(|settlement| (settlement.charged, settlement.shortfall)))
    }

    fn in_flight(&self, slot: u64) -> PyResult<u64> {
        Ok(self.lock()?.in_flight(slot)?)
    }

    fn usage(&self, slot: u64, now_ns: u64) -> PyResult<(u64, u64)> {
        Ok(self.lock()?.usage(slot, now_ns)?)
    }
}

#[pyclass(frozen, module = "nemoproxy._core")]
struct Decision(limits::Decision);

impl Decision {
    fn of_refusal<T>(&self, field: impl FnOnce(&Refusal) -> T) -> Option<T> {
        self.0.refusal.as_ref().map(field)
    }
}

#[pymethods]
impl Decision {
    #[getter]
    fn allowed(&self) -> bool {
        self.0.refusal.is_none()
    }

    #[getter]
    fn hold(&self) -> u64 {
        self.0.hold
    }

    #[getter]
    fn held_money(&self) -> u64 {
        self.0.held_money
    }

    #[getter]
    fn metered(&self) -> bool {
        self.0.metered
    }

    #[getter]
    fn scope(&self) -> &'static str {
        self.of_refusal(|refusal| refusal.scope.name()).unwrap_or_default()
    }

    #[getter]
    fn limit(&self) -> &'static str {
        self.of_refusal(|refusal| refusal.limit.name()).unwrap_or_default()
    }

    #[getter]
    fn limit_value(&self) -> u64 {
        self.of_refusal(|refusal| refusal.value).unwrap_or_default()
    }

    #[getter]
    fn used(&self) -> u64 {
        self.of_refusal(|refusal| refusal.used).unwrap_or_default()
    }

    #[getter]
    fn remaining(&self) -> u64 {
        self.of_refusal(|refusal| refusal.value.saturating_sub(refusal.used)).unwrap_or_default()
    }

    #[getter]
    fn requested(&self) -> u64 {
        self.of_refusal(|refusal| refusal.requested).unwrap_or_default()
    }

    #[getter]
    fn retry_after_ms(&self) -> Option<u64> {
        self.of_refusal(|refusal| refusal.retry_after)?.map(|ns| ns.div_ceil(1_000_000))
    }

    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.headers().as_bytes())
    }

    fn __repr__(&self) -> String {
        match &self.0.refusal {
            None => format!("<Decision allowed, hold {}>", self.0.hold),
            Some(refusal) => format!(
                "<Decision refused by {} {}: {} used + {} requested of {}>",
                refusal.scope.name(),
                refusal.limit.name(),
                refusal.used,
                refusal.requested,
                refusal.value,
            ),
        }
    }
}
