//! `Batch`.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet, hash_map::Entry},
    ops::Range,
};

use pyo3::{
    IntoPyObjectExt,
    prelude::*,
    types::{PyString, PyTuple},
};

use crate::journal::{self, Piece, Settled};

const DAY_US: u64 = 86_400_000_000;
/// Columns of a row, and of one that has nothing in those that most have nothing in.
const COLUMNS: usize = 20;
const PLAIN_COLUMNS: usize = 10;

/// Upper bounds of the classes that times are counted in, in milliseconds; there is one more class above the last.
const BOUNDS_MS: [u64; 13] = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000];
const CLASSES: usize = BOUNDS_MS.len() + 1;

/// Settled requests, read out of a segment of the journal.
#[pyclass(frozen, module = "nemoproxy._core")]
struct Batch {
    data: Vec<u8>,
    /// The plain ones first.
    rows: Vec<Row>,
    groups: Vec<Group>,
    /// How many rows are plain.
    #[pyo3(get)]
    plain: usize,
    #[pyo3(get)]
    end: usize,
    #[pyo3(get)]
    damaged: bool,
}

/// Where a record is, and its place among the groups.
struct Row {
    content: Range<usize>,
    group: usize,
    plain: bool,
}

/// The requests of a batch that are of one kind.
struct Group {
    first: Range<usize>,
    totals: Totals,
    days: Vec<Spent>,
}

/// What many requests have in common: a row of the table `usage_kinds`.
#[derive(PartialEq, Eq, Hash)]
struct Kind<'a> {
    org_id: &'a str,
    team_id: &'a str,
    key_id: &'a str,
    endpoint: &'a str,
    model: Cow<'a, str>,
    provider: &'a str,
    target_model: Cow<'a, str>,
    streamed: bool,
    status: u64,
    estimated: bool,
    ending: &'a str,
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
            let (mut sorted, mut end, mut damaged) = (Sorted::default(), start, false);
            for piece in journal::scan(data, start) {
                match piece {
                    Piece::Damage { end: place } => (damaged, end) = (true, place),
                    Piece::Frame { record, content } => {
                        end = content.end;
                        sorted.add(&record, content);
                    }
                }
                if sorted.rows.len() >= most {
                    break;
                }
            }
            let (rows, groups, plain) = sorted.done();
            Self { data: data.to_vec(), rows, groups, plain, end, damaged }
        })
    }

    fn __len__(&self) -> usize {
        self.rows.len()
    }

    fn request_ids(&self) -> Vec<&str> {
        self.rows.iter().filter_map(|row| self.record(&row.content)).map(|record| record.request_id).collect()
    }

    fn keep(&self, request_ids: Vec<String>) -> Self {
        let mut wanted: HashSet<String> = request_ids.into_iter().collect();
        let mut sorted = Sorted::default();
        for Row { content, .. } in &self.rows {
            if let Some(record) = self.record(content).filter(|record| wanted.remove(record.request_id)) {
                sorted.add(&record, content.clone());
            }
        }
        let (rows, groups, plain) = sorted.done();
        Self { data: self.data.clone(), rows, groups, plain, end: self.end, damaged: self.damaged }
    }

    fn kinds<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let kinds = self.groups.iter().filter_map(|group| self.record(&group.first)).map(|record| {
            let (who, what) = ((record.org_id, record.team_id, record.key_id), (record.endpoint, &*record.model));
            let (whom, how) = ((record.provider, &*record.target_model), (record.streamed, record.status));
            (who.0, who.1, who.2, what.0, what.1, whom.0, whom.1, how.0, how.1, record.estimated, record.ending)
                .into_bound_py_any(py)
        });
        kinds.collect()
    }

    #[expect(clippy::needless_pass_by_value, reason = "a list cannot be borrowed")]
    fn values<'py>(
        &self,
        py: Python<'py>,
        start: usize,
        stop: usize,
        kinds: Vec<u64>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let rows = start.min(self.rows.len())..stop.min(self.rows.len());
        let plain = rows.end <= self.plain;
        let columns = if plain { PLAIN_COLUMNS } else { COLUMNS };
        let (mut values, mut names) = (Vec::with_capacity(rows.len() * columns), Names::default());
        for Row { content, group, .. } in &self.rows[rows] {
            if let (Some(record), Some(&kind)) = (self.record(content), kinds.get(*group)) {
                push_row(py, &record, kind, &mut names, &mut values)?;
                if !plain {
                    push_rest(py, &record, &mut names, &mut values)?;
                }
            }
        }
        PyTuple::new(py, values)
    }

    /// What these requests come to, for metrics.
    fn totals(&self) -> Vec<Totals> {
        let mut totals: HashMap<_, Totals> = HashMap::new();
        for Group { totals: more, .. } in &self.groups {
            match totals.entry((&more.endpoint, &more.provider, &more.model, more.status)) {
                Entry::Occupied(mut one) => one.get_mut().merge(more),
                Entry::Vacant(none) => {
                    none.insert(more.clone());
                }
            }
        }
        totals.into_values().collect()
    }

    #[classattr]
    const BOUNDS_MS: [u64; CLASSES - 1] = BOUNDS_MS;

    fn spending(&self) -> Vec<(&str, &str, &str, u64, u64, u64)> {
        let mut spending: HashMap<_, (u64, u64)> = HashMap::new();
        for Group { first, days, .. } in &self.groups {
            let Some(record) = self.record(first) else { continue };
            for Spent { day, cost, requests } in days {
                let both = spending.entry((record.key_id, record.team_id, record.org_id, *day)).or_default();
                *both = (both.0.saturating_add(*cost), both.1 + requests);
            }
        }
        let rows = spending.into_iter();
        rows.map(|((key, team, org, day), (cost, requests))| (key, team, org, day, cost, requests)).collect()
    }
}

impl Batch {
    fn record(&self, content: &Range<usize>) -> Option<Settled<'_>> {
        journal::decode(&self.data[content.clone()])
    }
}

/// Records as they are sorted into groups.
#[derive(Default)]
struct Sorted<'a> {
    rows: Vec<Row>,
    groups: Vec<Group>,
    known: HashMap<Kind<'a>, usize>,
}

impl<'a> Sorted<'a> {
    fn add(&mut self, record: &Settled<'a>, content: Range<usize>) {
        let kind = Kind {
            org_id: record.org_id,
            team_id: record.team_id,
            key_id: record.key_id,
            endpoint: record.endpoint,
            model: record.model.clone(),
            provider: record.provider,
            target_model: record.target_model.clone(),
            streamed: record.streamed,
            status: record.status,
            estimated: record.estimated,
            ending: record.ending,
        };
        let place = *self.known.entry(kind).or_insert_with(|| {
            self.groups.push(Group { first: content.clone(), totals: Totals::of(record), days: Vec::new() });
            self.groups.len() - 1
        });
        let group = &mut self.groups[place];
        group.totals.add(record);
        let day = record.settled_at / DAY_US;
        match group.days.iter_mut().find(|one| one.day == day) {
            Some(one) => (one.cost, one.requests) = (one.cost.saturating_add(record.cost), one.requests + 1),
            None => group.days.push(Spent { day, cost: record.cost, requests: 1 }),
        }
        self.rows.push(Row { content, group: place, plain: is_plain(record) });
    }

    fn done(mut self) -> (Vec<Row>, Vec<Group>, usize) {
        self.rows.sort_by_key(|row| !row.plain);
        let plain = self.rows.partition_point(|row| row.plain);
        (self.rows, self.groups, plain)
    }
}

/// Whether there is nothing in the columns that [`push_rest`] is for.
fn is_plain(record: &Settled<'_>) -> bool {
    record.variant.is_none() && rest(record) == [0; 9]
}

/// What most requests have nothing of.
fn rest(record: &Settled<'_>) -> [u64; 9] {
    [
        record.cached_tokens,
        record.cache_write_tokens,
        record.reasoning_tokens,
        record.audio_input_tokens,
        record.audio_output_tokens,
        record.shortfall,
        record.images,
        record.sound_ms,
        record.characters,
    ]
}

impl Totals {
    /// Nothing yet, of what the record is.
    fn of(record: &Settled<'_>) -> Self {
        Self {
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
        }
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

    fn merge(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.requests, other.requests),
            (&mut self.estimated, other.estimated),
            (&mut self.prompt_tokens, other.prompt_tokens),
            (&mut self.cached_tokens, other.cached_tokens),
            (&mut self.output_tokens, other.output_tokens),
            (&mut self.reasoning_tokens, other.reasoning_tokens),
            (&mut self.cost, other.cost),
            (&mut self.shortfall, other.shortfall),
            (&mut self.latency_us, other.latency_us),
            (&mut self.first_byte_us, other.first_byte_us),
        ] {
            *sum = sum.saturating_add(more);
        }
        for (classes, more) in [(&mut self.latencies, &other.latencies), (&mut self.first_bytes, &other.first_bytes)] {
            classes.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }
}

fn class_of(us: u64) -> usize {
    BOUNDS_MS.iter().position(|bound| us <= bound * 1000).unwrap_or(CLASSES - 1)
}

/// Names that are the same in many rows, made once: of a column what it said last, which it mostly says again.
#[derive(Default)]
struct Names<'py>([Option<(String, Bound<'py, PyString>)>; 2]);

impl<'py> Names<'py> {
    fn get(&mut self, py: Python<'py>, column: usize, text: &str) -> Bound<'py, PyAny> {
        match &self.0[column] {
            Some((said, name)) if said == text => name.clone().into_any(),
            _ => {
                let name = PyString::new(py, text);
                self.0[column] = Some((text.to_owned(), name.clone()));
                name.into_any()
            }
        }
    }
}

/// Appends the columns of a row, numbers and texts only: `SQLite`'s driver takes ten times as long for all else. What is
/// not there is 0 or empty.
fn push_row<'py>(
    py: Python<'py>,
    record: &Settled<'_>,
    kind: u64,
    names: &mut Names<'py>,
    values: &mut Vec<Bound<'py, PyAny>>,
) -> PyResult<()> {
    values.push(PyString::new(py, record.request_id).into_any());
    values.push(names.get(py, 0, record.org_id));
    for number in [
        kind,
        record.prompt_tokens,
        record.output_tokens,
        record.held,
        record.cost,
        record.latency_us,
        record.first_byte_us.unwrap_or_default(),
        record.settled_at,
    ] {
        values.push(number.into_bound_py_any(py)?);
    }
    Ok(())
}

/// Appends the other columns, those of rows that are not plain.
fn push_rest<'py>(
    py: Python<'py>,
    record: &Settled<'_>,
    names: &mut Names<'py>,
    values: &mut Vec<Bound<'py, PyAny>>,
) -> PyResult<()> {
    values.push(names.get(py, 1, record.variant.unwrap_or_default()));
    for number in rest(record) {
        values.push(number.into_bound_py_any(py)?);
    }
    Ok(())
}

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Totals>()?;
    m.add_class::<Batch>()
}
