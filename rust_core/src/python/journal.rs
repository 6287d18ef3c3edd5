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
const COLUMNS: usize = 26;

/// Settled requests, read out of a segment of the journal.
#[pyclass(frozen, module = "nemoproxy._core")]
struct Batch {
    data: Vec<u8>,
    contents: Vec<Range<usize>>,
    #[pyo3(get)]
    end: usize,
    #[pyo3(get)]
    damaged: bool,
}

/// What was charged: key, team, org, day, cost, requests.
type Spending<'a> = (&'a str, &'a str, &'a str, u64, u64, u64);

#[pymethods]
impl Batch {
    #[staticmethod]
    #[pyo3(signature = (data, start = 0, most = 1 << 20))]
    fn read(py: Python<'_>, data: &[u8], start: usize, most: usize) -> Self {
        py.detach(|| {
            let mut batch = Self { data: data.to_vec(), contents: Vec::new(), end: start, damaged: false };
            for piece in journal::scan(data, start) {
                match piece {
                    Piece::Damage { end } => (batch.damaged, batch.end) = (true, end),
                    Piece::Frame { start, end } => {
                        batch.contents.push(start..end);
                        batch.end = end;
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
        let contents = self.contents.iter().filter(|place| {
            journal::decode(&self.data[(*place).clone()]).is_some_and(|record| wanted.remove(record.request_id))
        });
        Self { data: self.data.clone(), contents: contents.cloned().collect(), end: self.end, damaged: self.damaged }
    }

    fn values<'py>(&self, py: Python<'py>, start: usize, stop: usize) -> PyResult<Bound<'py, PyTuple>> {
        let rows = start.min(self.contents.len())..stop.min(self.contents.len());
        let (mut values, mut names) = (Vec::with_capacity(rows.len() * COLUMNS), HashMap::new());
        for record in self.records(rows) {
            row(py, &record, &mut names, &mut values)?;
        }
        PyTuple::new(py, values)
    }

    fn spending(&self) -> Vec<Spending<'_>> {
        let mut sums: HashMap<_, (u64, u64)> = HashMap::new();
        for one in self.records(0..self.contents.len()) {
            let sum = sums.entry((one.key_id, one.team_id, one.org_id, one.settled_at / DAY_US)).or_default();
            *sum = (sum.0.saturating_add(one.cost), sum.1 + 1);
        }
        sums.into_iter()
            .map(|((key, team, org, day), (cost, requests))| (key, team, org, day, cost, requests))
            .collect()
    }
}

impl Batch {
    fn records(&self, rows: Range<usize>) -> impl Iterator<Item = Settled<'_>> {
        self.contents[rows].iter().filter_map(|place| journal::decode(&self.data[place.clone()]))
    }
}

/// Appends the columns of a row. What is the same in many rows is made once.
fn row<'py>(
    py: Python<'py>,
    record: &Settled<'_>,
    names: &mut HashMap<String, Bound<'py, PyString>>,
    values: &mut Vec<Bound<'py, PyAny>>,
) -> PyResult<()> {
    let mut name = |text: &str| {
        if let Some(known) = names.get(text) {
            return known.clone().into_any();
        }
        let made = PyString::new(py, text);
        names.insert(text.to_owned(), made.clone());
        made.into_any()
    };
    values.push(PyString::new(py, record.request_id).into_any());
    for text in [
        record.org_id,
        record.team_id,
        record.key_id,
        record.endpoint,
        &record.model,
        record.provider,
        &record.target_model,
    ] {
        values.push(name(text));
    }
    let ending = name(record.ending);
    values.push(record.streamed.into_bound_py_any(py)?);
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
    values.push(record.estimated.into_bound_py_any(py)?);
    values.push(ending);
    values.push(record.latency_us.into_bound_py_any(py)?);
    values.push(record.first_byte_us.into_bound_py_any(py)?);
    values.push(record.started_at.into_bound_py_any(py)?);
    values.push(record.settled_at.into_bound_py_any(py)?);
    Ok(())
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Batch>()
}
