//! `Batch`.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet, hash_map::Entry},
    ops::Range,
};

use pyo3::{
    IntoPyObjectExt,
    prelude::*,
    types::{PyBytes, PyString, PyTuple},
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
    data: Py<PyBytes>,
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

/// Where a record is, its place among the groups, and what is in the columns of all.
struct Row {
    content: Range<usize>,
    group: usize,
    plain: bool,
    request_id: Box<str>,
    numbers: [u64; 7],
}

/// The requests of a batch that are of one kind.
struct Group {
    first: Range<usize>,
    org_id: String,
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
    fn read(data: &Bound<'_, PyBytes>, start: usize, most: usize) -> Self {
        let bytes = data.as_bytes();
        let (sorted, end, damaged) = data.py().detach(|| {
            let (mut sorted, mut end, mut damaged) = (Sorted::default(), start, false);
            for piece in journal::scan(bytes, start) {
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
            (sorted, end, damaged)
        });
        sorted.done(data.clone().unbind(), end, damaged)
    }

    fn __len__(&self) -> usize {
        self.rows.len()
    }

    fn request_ids(&self) -> Vec<&str> {
        self.rows.iter().map(|row| &*row.request_id).collect()
    }

    fn keep(&self, py: Python<'_>, request_ids: Vec<String>) -> Self {
        let mut wanted: HashSet<String> = request_ids.into_iter().collect();
        let mut sorted = Sorted::default();
        for Row { content, .. } in self.rows.iter().filter(|row| wanted.remove(&*row.request_id)) {
            if let Some(record) = self.record(py, content) {
                sorted.add(&record, content.clone());
            }
        }
        sorted.done(self.data.clone_ref(py), self.end, self.damaged)
    }

    fn kinds<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let kinds = self.groups.iter().filter_map(|group| self.record(py, &group.first)).map(|record| {
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
        let mut values = Vec::with_capacity(rows.len() * columns);
        let orgs: Vec<_> = self.groups.iter().map(|group| PyString::new(py, &group.org_id)).collect();
        let no_variant = PyString::new(py, "");
        for row in &self.rows[rows] {
            values.push(PyString::new(py, &row.request_id).into_any());
            values.push(orgs[row.group].clone().into_any());
            for number in kinds.get(row.group).into_iter().chain(&row.numbers) {
                values.push(number.into_bound_py_any(py)?);
            }
            if !plain && let Some(record) = self.record(py, &row.content) {
                let variant = record.variant.map(|variant| PyString::new(py, variant));
                values.push(variant.unwrap_or_else(|| no_variant.clone()).into_any());
                for number in rest(&record) {
                    values.push(number.into_bound_py_any(py)?);
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

    fn spending<'py>(&'py self, py: Python<'py>) -> Vec<(&'py str, &'py str, &'py str, u64, u64, u64)> {
        let mut spending: HashMap<_, (u64, u64)> = HashMap::new();
        for Group { first, days, .. } in &self.groups {
            let Some(record) = self.record(py, first) else { continue };
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
    fn record<'py>(&'py self, py: Python<'py>, content: &Range<usize>) -> Option<Settled<'py>> {
        journal::decode(&self.data.as_bytes(py)[content.clone()])
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
            let (first, org_id) = (content.clone(), record.org_id.to_owned());
            self.groups.push(Group { first, org_id, totals: Totals::of(record), days: Vec::new() });
            self.groups.len() - 1
        });
        let group = &mut self.groups[place];
        group.totals.add(record);
        let day = record.settled_at / DAY_US;
        match group.days.iter_mut().find(|one| one.day == day) {
            Some(one) => (one.cost, one.requests) = (one.cost.saturating_add(record.cost), one.requests + 1),
            None => group.days.push(Spent { day, cost: record.cost, requests: 1 }),
        }
        self.rows.push(Row {
            content,
            group: place,
            plain: is_plain(record),
            request_id: record.request_id.into(),
            numbers: [
                record.prompt_tokens,
                record.output_tokens,
                record.held,
                record.cost,
                record.latency_us,
                record.first_byte_us.unwrap_or_default(),
                record.settled_at,
            ],
        });
    }

    fn done(mut self, data: Py<PyBytes>, end: usize, damaged: bool) -> Batch {
        self.rows.sort_by_key(|row| !row.plain);
        let plain = self.rows.partition_point(|row| row.plain);
        Batch { data, rows: self.rows, groups: self.groups, plain, end, damaged }
    }
}

/// Whether there is nothing in the columns of a row that is not plain.
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

pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Totals>()?;
    m.add_class::<Batch>()
}
