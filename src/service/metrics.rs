//! Counters of the server, in the Prometheus text format.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::domain::contract::operation::Operation;
use crate::store::shard::Sharded;

/// What a request is counted by.
#[derive(Debug, Clone, EncodeLabelSet)]
struct RequestLabels {
    service: &'static str,
    operation: &'static str,
    status: u16,
}

/// What a latency is measured by.
#[derive(Debug, Clone, EncodeLabelSet)]
struct LatencyLabels {
    service: &'static str,
}

/// What an attempt is counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    outcome: &'static str,
}

/// The upper ends of the latency's buckets, in seconds; the last one takes the rest.
const BUCKETS: [f64; 10] = [0.0001, 0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, f64::INFINITY];

/// The requests of one operation that were answered with one status.
#[derive(Debug, Clone)]
struct AnsweredCalls {
    operation: Option<&'static Operation>,
    status: u16,
    /// Their time together, in seconds.
    seconds: f64,
    /// How many took how long.
    buckets: [u64; BUCKETS.len()],
}

/// Requests, counted by each worker for itself and put together when they are asked for.
#[derive(Debug, Default)]
struct Requests(Sharded<Vec<AnsweredCalls>>);

/// The metrics of one server; none are global, so that several servers in a process stay apart.
#[derive(Debug)]
pub struct Metrics {
    requests: Arc<Requests>,
    attempts: Family<AttemptLabels, Counter>,
    registry: Registry,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Arc::<Requests>::default();
        let attempts = Family::default();
        let mut registry = Registry::with_prefix("atlas_sandbox");
        registry.register_collector(Box::new(Arc::clone(&requests)));
        registry.register("delivery_attempts", "Attempts to deliver, by outcome", attempts.clone());
        Self { requests, attempts, registry }
    }
}

impl AnsweredCalls {
    fn new(operation: Option<&'static Operation>, status: u16) -> Self {
        Self { operation, status, seconds: 0.0, buckets: [0; BUCKETS.len()] }
    }

    fn add(&mut self, other: &Self) {
        self.seconds += other.seconds;
        self.buckets.iter_mut().zip(other.buckets).for_each(|(sum, more)| *sum += more);
    }

    fn service(&self) -> &'static str {
        self.operation.map_or("none", Operation::service_name)
    }

    fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

impl Requests {
    fn count(&self, operation: Option<&'static Operation>, status: u16, seconds: f64) {
        let mut rows = self.0.own();
        let bucket = BUCKETS.iter().position(|end| seconds <= *end).unwrap_or(BUCKETS.len() - 1);
        let row = row(
            &mut rows,
            |row| row.operation == operation && row.status == status,
            || AnsweredCalls::new(operation, status),
        );
        row.seconds += seconds;
        row.buckets[bucket] += 1;
    }
}

/// The row that fits; a new one if none does. They are few.
fn row(
    rows: &mut Vec<AnsweredCalls>,
    fits: impl Fn(&AnsweredCalls) -> bool,
    new: impl FnOnce() -> AnsweredCalls,
) -> &mut AnsweredCalls {
    let index = rows.iter().position(fits).unwrap_or_else(|| {
        rows.push(new());
        rows.len() - 1
    });
    &mut rows[index]
}

impl Collector for Requests {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let (mut answered, mut services) = (Vec::new(), Vec::new());
        for rows in self.0.iter() {
            for part in rows.iter() {
                let is_it = |row: &AnsweredCalls| (row.operation, row.status) == (part.operation, part.status);
                row(&mut answered, is_it, || AnsweredCalls::new(part.operation, part.status)).add(part);
                let is_service = |row: &AnsweredCalls| row.service() == part.service();
                row(&mut services, is_service, || AnsweredCalls::new(part.operation, 0)).add(part);
            }
        }
        let mut family =
            encoder.encode_descriptor("requests", "Requests to the vendor's face", None, MetricType::Counter)?;
        for row in &answered {
            let operation = row.operation.map_or("none", Operation::name);
            let labels = RequestLabels { service: row.service(), operation, status: row.status };
            family.encode_family(&labels)?.encode_counter::<RequestLabels, _, u64>(&row.count(), None)?;
        }
        let mut family = encoder.encode_descriptor(
            "request_duration_seconds",
            "Time from head to answer",
            None,
            MetricType::Histogram,
        )?;
        for row in &services {
            let buckets: Vec<_> = BUCKETS.into_iter().zip(row.buckets).collect();
            let labels = LatencyLabels { service: row.service() };
            let mut histogram = family.encode_family(&labels)?;
            histogram.encode_histogram::<LatencyLabels>(row.seconds, row.count(), &buckets, None)?;
        }
        Ok(())
    }
}

/// The queue depths at this moment.
#[derive(Debug, Default)]
pub struct Depths {
    /// Accounts.
    pub accounts: usize,
    /// Deliveries that wait or are under way.
    pub open: usize,
    /// Deliveries in error queues.
    pub failed: usize,
}

impl Metrics {
    /// Counts a request.
    pub fn request(&self, operation: Option<&'static Operation>, status: u16, seconds: f64) {
        self.requests.count(operation, status, seconds);
    }

    /// Counts an attempt to deliver.
    pub fn attempt(&self, outcome: &'static str) {
        self.attempts.get_or_create(&AttemptLabels { outcome }).inc();
    }

    /// Everything in the Prometheus text format.
    pub fn text(&self, depths: &Depths) -> String {
        let mut gauges = String::new();
        for (name, help, value) in [
            ("accounts", "Accounts", depths.accounts),
            ("deliveries_open", "Deliveries that wait or are under way", depths.open),
            ("deliveries_failed", "Deliveries in error queues", depths.failed),
        ] {
            // Writing to a String cannot fail.
            let _ok = writeln!(
                gauges,
                "# HELP atlas_sandbox_{name} {help}.\n# TYPE atlas_sandbox_{name} gauge\natlas_sandbox_{name} {value}"
            );
        }
        let _ok = encode(&mut gauges, &self.registry);
        gauges
    }
}
