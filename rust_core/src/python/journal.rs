//! `Batch`.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use pyo3::{
    IntoPyObjectExt,
    prelude::*,
    types::{PyString, PyTuple},
};

use crate::journal::{self, Piece, Settled};

const DAY_US: u64 = 86_400_000_000;
/// Columns of a row.
const COLUMNS: usize = 30;

/// Upper bounds of the classes that times are counted in, in milliseconds; there is one more class above the last.
const BOUNDS_MS: [u64; 13] = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000];
const CLASSES: usize = BOUNDS_MS.len() + 1;

/// Settled requests, read out of a segment of the journal.
#[pyclass(frozen, module = "nemoproxy._core")]
struct Batch {
    data: Vec<u8>,
    contents: Vec<Range<usize>>,
    #[pyo3(get)]
    end: usize,
    #[pyo3(get)]
    damaged: bool,
    /// By key.
    spending: HashMap<String, Vec<Spent>>,
    /// By the model's name at its provider.
    totals: HashMap<String, Vec<Totals>>,
}

/// What the requests of a batch come to that went to one endpoint and target and ended in one status.
#[pyclass(frozen, get_all, module = "nemoproxy._core")]
#[derive(Clone)]
struct Totals {
    endpoint: String,
    provider: String,
    model: String,
    status: u64,
    requests: u64,
    estimated: u64,
    prompt_tokens: u64,
    cached_tokens: u64,
    output_tokens: u64,
    reasoning_tokens: u64,
    cost: u64,
    shortfall: u64,
    latency_us: u64,
    first_byte_us: u64,
    latencies: [u64; CLASSES],
    first_bytes: [u64; CLASSES],
}

/// What was charged on a day, and for how many requests.
struct Spent {
    team_id: String,
    org_id: String,
    day: u64,
    cost: u64,
    requests: u64,
}

#[pymethods]
impl Batch {
    #[staticmethod]
    #[pyo3(signature = (data, start = 0, most = 1_048_576))]
    fn read(py: Python<'_>, data: &[u8], start: usize, most: usize) -> Self {
        py.detach(|| {
            let mut batch = Self::new(data.to_vec(), start);
            for piece in journal::scan(data, start) {
                match piece {
                    Piece::Damage { end } => (batch.damaged, batch.end) = (true, end),
                    Piece::Frame { record, content } => {
                        batch.end = content.end;
                        batch.add(&record, content);
                    }
                }
                if batch.contents.len() >= most {
                    break;
                }
            }
            batch
        })
    }

    fn __len__(&self) -> usize {
        self.contents.len()
    }

    fn request_ids(&self) -> Vec<&str> {
        self.records(0..self.contents.len()).map(|record| record.request_id).collect()
    }

    fn keep(&self, request_ids: Vec<String>) -> Self {
        let mut wanted: HashSet<String> = request_ids.into_iter().collect();
        let mut kept = Self::new(self.data.clone(), self.end);
        kept.damaged = self.damaged;
        for place in &self.contents {
            if let Some(record) = self.record(place).filter(|record| wanted.remove(record.request_id)) {
                kept.add(&record, place.clone());
            }
        }
        kept
    }

    fn values<'py>(&self, py: Python<'py>, start: usize, stop: usize) -> PyResult<Bound<'py, PyTuple>> {
        let rows = start.min(self.contents.len())..stop.min(self.contents.len());
        let (mut values, mut names) = (Vec::with_capacity(rows.len() * COLUMNS), Names::default());
        for record in self.records(rows) {
            row(py, &record, &mut names, &mut values)?;
        }
        PyTuple::new(py, values)
    }

    /// What these requests come to, for metrics.
    fn totals(&self) -> Vec<Totals> {
        self.totals.values().flatten().cloned().collect()
    }

    #[classattr]
    const BOUNDS_MS: [u64; CLASSES - 1] = BOUNDS_MS;

    fn spending(&self) -> Vec<(&str, &str, &str, u64, u64, u64)> {
        let rows = self.spending.iter().flat_map(|(key, days)| days.iter().map(move |day| (key, day)));
        rows.map(|(key, day)| (&**key, &*day.team_id, &*day.org_id, day.day, day.cost, day.requests)).collect()
    }
}

impl Batch {
    fn new(data: Vec<u8>, end: usize) -> Self {
        Self { data, contents: Vec::new(), end, damaged: false, spending: HashMap::new(), totals: HashMap::new() }
    }

    fn record(&self, place: &Range<usize>) -> Option<Settled<'_>> {
        journal::decode(&self.data[place.clone()])
    }

    fn records(&self, rows: Range<usize>) -> impl Iterator<Item = Settled<'_>> {
        self.contents[rows].iter().filter_map(|place| self.record(place))
    }

    fn add(&mut self, record: &Settled<'_>, place: Range<usize>) {
        let day = record.settled_at / DAY_US;
        if !self.spending.contains_key(record.key_id) {
            self.spending.insert(record.key_id.to_owned(), Vec::new());
        }
        let Some(days) = self.spending.get_mut(record.key_id) else { return };
        match days.iter_mut().find(|one| one.day == day && one.team_id == record.team_id && one.org_id == record.org_id)
        {
            Some(one) => (one.cost, one.requests) = (one.cost.saturating_add(record.cost), one.requests + 1),
            None => days.push(Spent {
                team_id: record.team_id.to_owned(),
                org_id: record.org_id.to_owned(),
                day,
                cost: record.cost,
                requests: 1,
            }),
        }
        if !self.totals.contains_key(&*record.target_model) {
            self.totals.insert(record.target_model.to_string(), Vec::new());
        }
        if let Some(totals) = self.totals.get_mut(&*record.target_model) {
            let same = |one: &&mut Totals| {
                one.status == record.status && one.endpoint == record.endpoint && one.provider == record.provider
            };
            match totals.iter_mut().find(same) {
                Some(one) => one.add(record),
                None => totals.push(Totals::of(record)),
            }
        }
        self.contents.push(place);
    }
}

impl Totals {
    fn of(record: &Settled<'_>) -> Self {
        let mut totals = Self {
            endpoint: record.endpoint.to_owned(),
            provider: record.provider.to_owned(),
            model: record.target_model.to_string(),
            status: record.status,
            requests: 0,
            estimated: 0,
            prompt_tokens: 0,
            cached_tokens: 0,
            output_tokens: 0,
            reasoning_tokens: 0,
            cost: 0,
            shortfall: 0,
            latency_us: 0,
            first_byte_us: 0,
            latencies: [0; CLASSES],
            first_bytes: [0; CLASSES],
        };
        totals.add(record);
        totals
    }

    fn add(&mut self, record: &Settled<'_>) {
        self.requests += 1;
        self.estimated += u64::from(record.estimated);
        for (sum, more) in [
            (&mut self.prompt_tokens, record.prompt_tokens),
            (&mut self.cached_tokens, record.cached_tokens),
            (&mut self.output_tokens, record.output_tokens),
            (&mut self.reasoning_tokens, record.reasoning_tokens),
            (&mut self.cost, record.cost),
            (&mut self.shortfall, record.shortfall),
            (&mut self.latency_us, record.latency_us),
            (&mut self.first_byte_us, record.first_byte_us.unwrap_or_default()),
        ] {
            *sum = sum.saturating_add(more);
        }
        self.latencies[class_of(record.latency_us)] += 1;
        if let Some(first_byte_us) = record.first_byte_us {
            self.first_bytes[class_of(first_byte_us)] += 1;
        }
    }
}

fn class_of(us: u64) -> usize {
    BOUNDS_MS.iter().position(|bound| us <= bound * 1000).unwrap_or(CLASSES - 1)
}

/// Names that are the same in many rows, made once.
#[derive(Default)]
struct Names<'py> {
    /// What each column said last, which it mostly says again.
    last: [Option<(String, Bound<'py, PyString>)>; 9],
    known: HashMap<String, Bound<'py, PyString>>,
}

impl<'py> Names<'py> {
    fn get(&mut self, py: Python<'py>, column: usize, text: &str) -> Bound<'py, PyAny> {
        if let Some((said, name)) = &self.last[column]
            && said == text
        {
            return name.clone().into_any();
        }
        let name = self.known.entry(text.to_owned()).or_insert_with(|| PyString::new(py, text)).clone();
        self.last[column] = Some((text.to_owned(), name.clone()));
        name.into_any()
    }
}

/// Appends the columns of a row, numbers and texts only: `SQLite`'s driver takes ten times as long for all else. 1 is yes, and
/// what is not there is 0 or empty.
fn row<'py>(
    py: Python<'py>,
    record: &Settled<'_>,
    names: &mut Names<'py>,
    values: &mut Vec<Bound<'py, PyAny>>,
) -> PyResult<()> {
    values.push(PyString::new(py, record.request_id).into_any());
    let texts = [
        record.org_id,
        record.team_id,
        record.key_id,
        record.endpoint,
        &record.model,
        record.provider,
        &record.target_model,
    ];
    for (column, text) in texts.into_iter().enumerate() {
        values.push(names.get(py, column, text));
    }
    let (ending, variant) = (names.get(py, 7, record.ending), names.get(py, 8, record.variant.unwrap_or_default()));
    values.push(u64::from(record.streamed).into_bound_py_any(py)?);
    for number in [
        record.status,
        record.prompt_tokens,
        record.cached_tokens,
        record.cache_write_tokens,
        record.output_tokens,
        record.reasoning_tokens,
        record.audio_input_tokens,
        record.audio_output_tokens,
        record.held,
        record.cost,
        record.shortfall,
    ] {
        values.push(number.into_bound_py_any(py)?);
    }
    values.push(u64::from(record.estimated).into_bound_py_any(py)?);
    values.push(ending);
    values.push(record.latency_us.into_bound_py_any(py)?);
    values.push(record.first_byte_us.unwrap_or_default().into_bound_py_any(py)?);
    values.push(record.started_at.into_bound_py_any(py)?);
    values.push(record.settled_at.into_bound_py_any(py)?);
    values.push(variant);
    for number in [record.images, record.sound_ms, record.characters] {
        values.push(number.into_bound_py_any(py)?);
    }
    Ok(())
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Totals>()?;
    m.add_class::<Batch>()
}
