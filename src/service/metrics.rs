//! Counters of the server, in the Prometheus text format.

use std::fmt::Write as _;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::domain::operation::Operation;

/// What a request is counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    service: &'static str,
    operation: &'static str,
    status: u16,
}

/// What a latency is measured by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Latency {
    service: &'static str,
}

/// What an attempt is counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Attempt {
    outcome: &'static str,
}

/// The metrics of one server; none are global, so that several servers in a process stay apart.
#[derive(Debug)]
pub struct Metrics {
    requests: Family<Request, Counter>,
    latency: Family<Latency, Histogram, fn() -> Histogram>,
    attempts: Family<Attempt, Counter>,
    registry: Registry,
}

fn histogram() -> Histogram {
    Histogram::new([0.0001, 0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0])
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::default();
        let latency = Family::new_with_constructor(histogram as fn() -> Histogram);
        let attempts = Family::default();
        let mut registry = Registry::with_prefix("atlas_sandbox");
        registry.register("requests", "Requests to the vendor's face", requests.clone());
        registry.register("request_duration_seconds", "Time from head to answer", latency.clone());
        registry.register("delivery_attempts", "Attempts to deliver, by outcome", attempts.clone());
        Self { requests, latency, attempts, registry }
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
    pub fn request(&self, operation: Option<Operation>, status: u16, seconds: f64) {
        let (service, operation) =
            operation.map_or(("none", "none"), |operation| (operation.service_name(), operation.name()));
        self.requests.get_or_create(&Request { service, operation, status }).inc();
        self.latency.get_or_create(&Latency { service }).observe(seconds);
    }

    /// Counts an attempt to deliver.
    pub fn attempt(&self, outcome: &'static str) {
        self.attempts.get_or_create(&Attempt { outcome }).inc();
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
