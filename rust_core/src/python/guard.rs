//! `Policy`, and what comes of screening.

use std::sync::Arc;

use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyBytes, PyTuple},
};

use super::request::{Request, detached};
use crate::{
    guard::{
        policy::{self, Action, Choice, Detector, MOST_GUARDRAILS, RuleError},
        request,
        rule::Rule,
        ruleset::Ruleset,
        texts::Unread,
        vault,
    },
    relay::{self, Guard, Screened, Stop},
};

/// Stands between the texts that are shown to somebody else at once: a line with nothing but a record separator.
pub(super) const BETWEEN: &str = "\n\u{1e}\n";

/// One guardrail, compiled. It is moved into a policy.
#[pyclass(frozen, module = "nemoproxy._core")]
struct Guardrail(Arc<policy::Guardrail>);

#[pymethods]
#[expect(clippy::needless_pass_by_value, reason = "lists of Python's become lists of ours")]
impl Guardrail {
    #[staticmethod]
    fn built_in(
        py: Python<'_>,
        action: &str,
        shadow: bool,
        detector: &str,
        only: Vec<String>,
        also: Vec<String>,
        without: Vec<String>,
    ) -> PyResult<Self> {
        let choice = Choice { only, also, without };
        Self::of_rules(action, shadow, py.detach(|| choice.compile(detector)))
    }

    #[staticmethod]
    fn words(py: Python<'_>, action: &str, shadow: bool, words: Vec<String>) -> PyResult<Self> {
        Self::of_rules(action, shadow, py.detach(|| policy::words(&words)))
    }

    #[staticmethod]
    fn patterns(py: Python<'_>, action: &str, shadow: bool, patterns: Vec<(String, String)>) -> PyResult<Self> {
        Self::of_rules(action, shadow, py.detach(|| policy::patterns(&patterns)))
    }

    #[staticmethod]
    fn injection(action: &str, shadow: bool, threshold: Option<u32>) -> PyResult<Self> {
        Self::new(action, shadow, Detector::Injection(threshold.unwrap_or(policy::DEFAULT_THRESHOLD)))
    }

    #[staticmethod]
    fn elsewhere(action: &str, shadow: bool) -> PyResult<Self> {
        Self::new(action, shadow, Detector::Elsewhere)
    }
}

impl Guardrail {
    fn of_rules(action: &str, shadow: bool, rules: Result<Ruleset, RuleError>) -> PyResult<Self> {
        let rules = rules.map_err(|error| PyValueError::new_err(error.to_string()))?;
        Self::new(action, shadow, Detector::Rules(Box::new(rules)))
    }

    fn new(action: &str, shadow: bool, detector: Detector) -> PyResult<Self> {
        let action = match action {
            "log" => Action::Log,
            "warn" => Action::Warn,
            "mask" => Action::Mask,
            "redact" => Action::Redact,
            "block" => Action::Block,
            other => return Err(PyValueError::new_err(format!("unknown action: {other:?}"))),
        };
        Ok(Self(Arc::new(policy::Guardrail { detector, action, shadow })))
    }
}

#[pyclass(frozen, module = "nemoproxy._core")]
pub(super) struct Policy(pub(super) Arc<policy::Policy>);

#[pymethods]
#[expect(clippy::needless_pass_by_value, reason = "lists of Python's become lists of ours")]
impl Policy {
    #[new]
    fn new(guardrails: Vec<Bound<'_, Guardrail>>) -> PyResult<Self> {
        if guardrails.len() > MOST_GUARDRAILS {
            return Err(PyValueError::new_err(format!("more than {MOST_GUARDRAILS} guardrails")));
        }
        let guardrails = guardrails.iter().map(|guardrail| guardrail.get().0.clone()).collect();
        Ok(Self(Arc::new(policy::Policy::new(guardrails))))
    }

    /// Whether answers have to be there as a whole before some of these can judge them.
    fn judges(&self, guardrails: u64) -> bool {
        self.0.judges(guardrails)
    }

    fn screen_text(&self, py: Python<'_>, text: &str, guardrails: u64) -> Screening {
        let done = detached(py, text.len(), || request::screen_text(text, &self.0, guardrails));
        let edited = done.edited.clone().map(String::into_bytes);
        Screening { body: edited, ..Screening::new(done, None) }
    }

    #[pyo3(signature = (body, events, guardrails, vault = None))]
    fn screen_answer(
        &self,
        py: Python<'_>,
        body: &[u8],
        events: bool,
        guardrails: u64,
        vault: Option<&Vault>,
    ) -> Screening {
        let guard = self.guard(guardrails, vault);
        let Screened { stop, findings, failed, edited } =
            detached(py, body.len(), || relay::screen_whole(body, events, &guard));
        let blocked = match stop {
            Some(Stop::Blocked(guardrail)) => Some(guardrail),
            _ => None,
        };
        let done = request::Screening { blocked, findings, failed, ..request::Screening::default() };
        Screening { body: edited, ..Screening::new(done, None) }
    }
}

impl Policy {
    pub(super) fn guard(&self, guardrails: u64, vault: Option<&Vault>) -> Guard {
        Guard { policy: self.0.clone(), set: guardrails, vault: vault.map(|vault| vault.0.clone()).unwrap_or_default() }
    }
}

/// What one rule found, never what it was.
#[pyclass(frozen, module = "nemoproxy._core")]
struct Finding(request::Finding);

#[pymethods]
impl Finding {
    #[getter]
    fn guardrail(&self) -> usize {
        self.0.guardrail
    }

    #[getter]
    fn rule(&self) -> &str {
        &self.0.rule
    }

    #[getter]
    fn entity(&self) -> &str {
        &self.0.entity
    }

    #[getter]
    fn place(&self) -> &str {
        &self.0.place
    }

    #[getter]
    fn count(&self) -> usize {
        self.0.count
    }

    #[getter]
    fn lengths<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.0.lengths)
    }
}

pub(super) fn tell<'py>(py: Python<'py>, findings: &[request::Finding]) -> PyResult<Bound<'py, PyTuple>> {
    let findings = findings.iter().map(|finding| Py::new(py, Finding(finding.clone())));
    PyTuple::new(py, findings.collect::<PyResult<Vec<_>>>()?)
}

/// What was masked in a request.
#[pyclass(frozen, module = "nemoproxy._core")]
pub(super) struct Vault(Arc<vault::Vault>);

/// What came of screening a request, an answer or a text.
#[pyclass(frozen, module = "nemoproxy._core")]
pub(super) struct Screening {
    done: request::Screening,
    request: Option<Py<Request>>,
    vault: Option<Py<Vault>>,
    body: Option<Vec<u8>>,
}

impl Screening {
    fn new(done: request::Screening, request: Option<Py<Request>>) -> Self {
        Self { done, request, vault: None, body: None }
    }

    pub(super) fn of_request(py: Python<'_>, mut done: request::Screening, edited: Option<Request>) -> PyResult<Self> {
        let vault = std::mem::take(&mut done.vault);
        let vault = if vault.is_empty() { None } else { Some(Py::new(py, Vault(Arc::new(vault)))?) };
        let request = edited.map(|edited| Py::new(py, edited)).transpose()?;
        Ok(Self { vault, ..Self::new(done, request) })
    }
}

#[pymethods]
impl Screening {
    #[getter]
    fn clean(&self) -> bool {
        let request::Screening { blocked, findings, unread, failed, .. } = &self.done;
        blocked.is_none() && findings.is_empty() && *unread == Unread::default() && !failed && self.body.is_none()
    }

    #[getter]
    fn blocked_by(&self) -> Option<usize> {
        self.done.blocked
    }

    #[getter]
    fn failed(&self) -> bool {
        self.done.failed
    }

    #[getter]
    fn findings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        tell(py, &self.done.findings)
    }

    #[getter]
    fn unread(&self) -> usize {
        self.done.unread.binary + self.done.unread.tokens
    }

    #[getter]
    fn request(&self, py: Python<'_>) -> Option<Py<Request>> {
        self.request.as_ref().map(|request| request.clone_ref(py))
    }

    #[getter]
    fn vault(&self, py: Python<'_>) -> Option<Py<Vault>> {
        self.vault.as_ref().map(|vault| vault.clone_ref(py))
    }

    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.body.as_ref().map(|body| PyBytes::new(py, body))
    }
}

/// The built-in rules of a detector: what each is called, what it finds, and whether it is on by itself.
#[pyfunction]
fn guard_rules(py: Python<'_>, detector: &str) -> PyResult<Vec<(&'static str, &'static str, bool)>> {
    let _ = py;
    Choice::known(detector)
        .map(|rules: &'static [Rule]| rules.iter().map(|rule| (rule.id, rule.entity, rule.core)).collect())
        .ok_or_else(|| PyValueError::new_err(format!("unknown detector: {detector:?}")))
}

/// What is wrong with a pattern, if anything is.
#[pyfunction]
fn check_pattern(pattern: &str) -> Option<String> {
    policy::patterns(&[("pattern".to_owned(), pattern.to_owned())]).err().map(|error| error.reason)
}

/// What is wrong with words, if anything is.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "a list of Python's becomes one of ours")]
fn check_words(words: Vec<String>) -> Option<String> {
    policy::words(&words).err().map(|error| error.reason)
}

#[pyfunction]
fn answer_texts(py: Python<'_>, body: &[u8], events: bool) -> Option<String> {
    detached(py, body.len(), || relay::whole_texts(body, events, BETWEEN))
}

#[pyfunction]
fn with_answer_texts<'py>(py: Python<'py>, body: &[u8], events: bool, texts: &str) -> Option<Bound<'py, PyBytes>> {
    let edited = detached(py, body.len(), || relay::with_whole_texts(body, events, texts, BETWEEN));
    edited.map(|edited| PyBytes::new(py, &edited))
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    // What a panic says may quote the text that it happened in.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        eprintln!("nemoproxy core: panic at {place}");
    }));
    m.add_class::<Finding>()?;
    m.add_class::<Guardrail>()?;
    m.add_class::<Policy>()?;
    m.add_class::<Screening>()?;
    m.add_class::<Vault>()?;
    m.add_function(wrap_pyfunction!(answer_texts, m)?)?;
    m.add_function(wrap_pyfunction!(check_pattern, m)?)?;
    m.add_function(wrap_pyfunction!(check_words, m)?)?;
    m.add_function(wrap_pyfunction!(guard_rules, m)?)?;
    m.add_function(wrap_pyfunction!(with_answer_texts, m)?)
}
