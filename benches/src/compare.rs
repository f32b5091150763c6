//! Two servers under the same load, by turns: CPU and rate of each, and the median of the ratios.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::task::JoinSet;

use crate::options::Effort;
use crate::process::{self, Process};
use crate::server::ServerProcess;
use crate::wire::{RawConnection, Template};

/// Keep-alive connections of the load.
pub const CONNECTIONS: usize = 32;

/// What the servers may still do after their last answer counts as part of the round.
const SETTLE: Duration = Duration::from_millis(50);

/// The load that both servers get.
pub struct Load {
    /// The request.
    pub template: Arc<Template>,
    /// The status that every answer must have.
    pub status: u16,
    /// The length of the body that every answer must have.
    pub length: usize,
}

/// What one server did in one round, or in the middle of several.
#[derive(Clone, Copy)]
pub struct Pace {
    /// CPU seconds of the server a request.
    pub cpu: f64,
    /// Requests a second.
    pub rate: f64,
    /// CPU seconds of this program a request.
    pub client: f64,
}

/// The outcome of a comparison.
pub struct Comparison {
    /// The server that is judged, middle of the rounds.
    pub ours: Pace,
    /// The bare server, middle of the rounds.
    pub bare: Pace,
    /// CPU of ours over CPU of the bare one, a value for each pair of rounds, ascending.
    pub ratios: Vec<f64>,
}

/// Loads both by turns: A B, B A, A B, so that a drift of the machine hits both.
pub async fn compare(ours: &ServerProcess, bare: &ServerProcess, load: &Load, effort: Effort) -> Result<Comparison> {
    // Not measured: connects, page faults and branch predictors of both.
    pace(ours, load, effort.round / 2).await?;
    pace(bare, load, effort.round / 2).await?;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for round in 0..effort.rounds {
        if round % 2 == 0 {
            left.push(pace(ours, load, effort.round).await?);
            right.push(pace(bare, load, effort.round).await?);
        } else {
            right.push(pace(bare, load, effort.round).await?);
            left.push(pace(ours, load, effort.round).await?);
        }
    }
    let ratios = left.iter().zip(&right).map(|(ours, bare)| ours.cpu / bare.cpu).collect();
    Ok(Comparison { ours: middle(&left), bare: middle(&right), ratios: sorted(ratios) })
}

/// Loads one server for this long.
pub async fn pace(server: &ServerProcess, load: &Load, length: Duration) -> Result<Pace> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut connection = RawConnection::open(server.port).await?;
        // Accepted and served once before the clock runs.
        drive(&mut connection, load, Instant::now()).await?;
        connections.push(connection);
    }
    let before = (server.process.cpu()?, process::cpu_of("self")?);
    let began = Instant::now();
    let requests = tokio::time::timeout(length + Duration::from_secs(20), drive_all(connections, load, began + length))
        .await
        .context("the server stopped answering")?
        .with_context(|| format!("load on {}", server.name))?;
    let took = began.elapsed().as_secs_f64();
    let client = process::cpu_of("self")? - before.1;
    tokio::time::sleep(SETTLE).await;
    let cpu = server.process.cpu()? - before.0;
    if cpu <= 0.0 {
        bail!("the round was too short to measure any CPU of {}", server.name);
    }
    Ok(Pace { cpu: cpu / requests, rate: requests / took, client: client / requests })
}

/// Drives all connections until the deadline; the number of requests.
async fn drive_all(connections: Vec<RawConnection>, load: &Load, deadline: Instant) -> Result<f64> {
    let mut tasks = JoinSet::new();
    for mut connection in connections {
        let load = Load { template: load.template.clone(), status: load.status, length: load.length };
        tasks.spawn(async move { drive(&mut connection, &load, deadline).await });
    }
    let mut requests = 0;
    while let Some(done) = tasks.join_next().await {
        requests += done??;
    }
    Ok(f64::from(requests))
}

/// At least one request, and more until the deadline.
async fn drive(connection: &mut RawConnection, load: &Load, deadline: Instant) -> Result<u32> {
    let mut request = load.template.copy();
    let mut requests = 0;
    loop {
        load.template.number(&mut request);
        let answer = connection.exchange(&request).await?;
        if answer.status != load.status || answer.body.len() != load.length {
            bail!(
                "expected {} with {} bytes, got {} with {} bytes:\n{}",
                load.status,
                load.length,
                answer.status,
                answer.body.len(),
                String::from_utf8_lossy(answer.body),
            );
        }
        requests += 1;
        if Instant::now() >= deadline {
            return Ok(requests);
        }
    }
}

fn middle(paces: &[Pace]) -> Pace {
    let of = |value: fn(&Pace) -> f64| median(paces.iter().map(value).collect());
    Pace { cpu: of(|pace| pace.cpu), rate: of(|pace| pace.rate), client: of(|pace| pace.client) }
}

/// Ascending.
pub fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The value in the middle, or the mean of the two there; 0 of none.
pub fn median(values: Vec<f64>) -> f64 {
    let values = sorted(values);
    let half = values.len() / 2;
    match (values.get(half), values.len() % 2) {
        (None, _) => 0.0,
        (Some(&value), 1) => value,
        (Some(&value), _) => f64::midpoint(values[half - 1], value),
    }
}

/// CPU seconds that the work took in this process.
pub async fn cpu_during<T>(process: &Process, work: impl Future<Output = Result<T>>) -> Result<(T, f64)> {
    let before = process.cpu()?;
    let outcome = work.await?;
    tokio::time::sleep(SETTLE).await;
    Ok((outcome, process.cpu()? - before))
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_stands_in_the_middle() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median(Vec::new()).abs() < f64::EPSILON);
    }
}
