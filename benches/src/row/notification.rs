//! Signed notifications: the delivery engine's rate beside a bare loop of reqwest PUTs to the same receiver.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::compare::{CONNECTIONS, cpu_during, median, sorted};
use crate::options::Effort;
use crate::process::{Process, Scratch};
use crate::report::{ResultRow, micros, spread, thousands};
use crate::row::request::prepared;
use crate::sample::{self, ACCOUNT};
use crate::server::{Bench, ServerProcess};
use crate::wire::{RawConnection, Template, request};

/// Deliveries and PUTs side by side.
const SIDE_BY_SIDE: usize = 32;

/// The bar.
const LEAST: f64 = 0.7;

/// What one side did in one round.
struct Lap {
    rate: f64,
    cpu: f64,
}

/// Rounds of prepared deliveries, by turns with rounds of the bare loop.
pub async fn row(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let sink = ServerProcess::sink(bench.scratch).await?;
    let mut engine =
        Engine { sandbox: prepared(bench).await?, template: Arc::new(Template::new(sample::create())), sent: 0 };
    let url = format!("http://127.0.0.1:{}/notifications", sink.port);
    subscribe(&engine.sandbox, &json!({ "url": url, "concurrency": SIDE_BY_SIDE })).await?;
    // Not measured: the first connections, and the body that the loop repeats.
    engine.lap(&sink, CONNECTIONS * 4).await?;
    let body = sink.call("GET", "/first", None).await?.body;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for _ in 0..effort.notification_rounds {
        left.push(engine.lap(&sink, effort.notifications).await?);
        right.push(loop_lap(&sink, &body, effort.notifications, bench.scratch).await?);
    }
    let ratios = ratios(&left, &right);
    let met = median(ratios.clone()) >= LEAST;
    let total = effort.notifications * effort.notification_rounds;
    Ok(vec![ResultRow {
        work: format!("{total} signed notifications to a local receiver, body {} bytes", body.len()),
        ours: cell(&left),
        beside: format!("bare reqwest loop {}", cell(&right)),
        measured: spread(&ratios),
        bar: format!("at least {LEAST} times its rate"),
        met,
    }])
}

/// The bare loop against itself.
pub async fn self_loop(scratch: &Scratch, effort: Effort) -> Result<Vec<ResultRow>> {
    let sink = ServerProcess::sink(scratch).await?;
    let body = vec![b'x'; 520];
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for _ in 0..effort.notification_rounds {
        left.push(loop_lap(&sink, &body, effort.notifications, scratch).await?);
        right.push(loop_lap(&sink, &body, effort.notifications, scratch).await?);
    }
    let ratios = ratios(&left, &right);
    let met = (0.8..=1.25).contains(&median(ratios.clone()));
    Ok(vec![ResultRow {
        work: "bare reqwest loop against itself".to_owned(),
        ours: cell(&left),
        beside: cell(&right),
        measured: spread(&ratios),
        bar: "0.8 to 1.25 times".to_owned(),
        met,
    }])
}

/// Subscribes the demo account.
pub async fn subscribe(sandbox: &ServerProcess, subscription: &Value) -> Result<()> {
    let path = format!("{ACCOUNT}/subscriptions/booking_notification");
    sandbox.expect(&[200, 201, 204], "PUT", &path, Some(subscription)).await?;
    Ok(())
}

/// The sandbox with one subscription, and the rows that were made in it.
struct Engine {
    sandbox: ServerProcess,
    template: Arc<Template>,
    /// Signed notifications that the sink must have seen.
    sent: u64,
}

impl Engine {
    /// Makes `count` deliveries behind a paused subscription, resumes it, and measures the time until the last one came.
    async fn lap(&mut self, sink: &ServerProcess, count: usize) -> Result<Lap> {
        self.subscription("pause").await?;
        let before = seen(sink).await?;
        self.make(count).await?;
        let early = seen(sink).await?.count - before.count;
        if early > 0 {
            bail!("the subscription was paused, and {early} notifications came all the same");
        }
        let count = u32::try_from(count)?;
        self.sent += u64::from(count);
        let target = before.count + u64::from(count);
        let (took, cpu) = cpu_during(&self.sandbox.process, self.deliver(sink, target)).await?;
        self.check(sink, target).await?;
        Ok(Lap { rate: f64::from(count) / took, cpu: cpu / f64::from(count) })
    }

    /// Resumes the subscription; seconds until the sink has counted this many.
    async fn deliver(&self, sink: &ServerProcess, target: u64) -> Result<f64> {
        let wait = format!("/wait/{target}");
        let began = Instant::now();
        let outcome = tokio::try_join!(sink.call("GET", &wait, None), self.subscription("resume"));
        let took = began.elapsed().as_secs_f64();
        if let Err(error) = outcome {
            let signed = seen(sink).await?.signed;
            let queue = self.error_queue().await.unwrap_or_default();
            let sent = self.sent;
            return Err(error.context(format!("{signed} of {sent} signed notifications came; error queue: {queue}")));
        }
        Ok(took)
    }

    /// All came, each once and signed, and none stands in the error queue.
    async fn check(&self, sink: &ServerProcess, count: u64) -> Result<()> {
        let seen = seen(sink).await?;
        if seen.count != count || seen.signed != self.sent {
            bail!("expected {count} PUTs, {} of them signed, and saw {} and {}", self.sent, seen.count, seen.signed);
        }
        match self.error_queue().await?["items"].as_array() {
            Some(items) if items.is_empty() => Ok(()),
            other => bail!("the error queue is not empty: {other:?}"),
        }
    }

    async fn error_queue(&self) -> Result<Value> {
        let path = format!("{ACCOUNT}/error-queue?limit=3");
        self.sandbox.expect(&[200], "GET", &path, None).await
    }

    async fn subscription(&self, action: &str) -> Result<()> {
        let path = format!("{ACCOUNT}/subscriptions/booking_notification/{action}");
        self.sandbox.expect(&[200, 204], "POST", &path, None).await?;
        Ok(())
    }

    /// Eligibilities with a booking each, made over side-by-side connections.
    async fn make(&self, count: usize) -> Result<()> {
        let mut tasks = JoinSet::new();
        for task in 0..CONNECTIONS {
            let share = count / CONNECTIONS + usize::from(task < count % CONNECTIONS);
            let (port, template) = (self.sandbox.port, self.template.clone());
            tasks.spawn(async move {
                let mut connection = RawConnection::open(port).await?;
                for _ in 0..share {
                    book(&mut connection, &template).await?;
                }
                anyhow::Ok(())
            });
        }
        let all = async {
            while let Some(done) = tasks.join_next().await {
                done??;
            }
            Ok(())
        };
        tokio::time::timeout(Duration::from_mins(2), all).await.context("making the bookings")?
    }
}

/// Makes the next eligibility of the template; its identifier.
pub async fn eligible(connection: &mut RawConnection, template: &Template) -> Result<String> {
    let mut create = template.copy();
    template.number(&mut create);
    let made = json_of(connection, &create, &[201]).await.context("create")?;
    made["psi_eligiblity_id"].as_str().map(str::to_owned).context("no psi_eligiblity_id")
}

/// Makes the next eligibility of the template, and schedules it.
async fn book(connection: &mut RawConnection, template: &Template) -> Result<()> {
    let id = eligible(connection, template).await?;
    let path = format!("{ACCOUNT}/eligibilities/{id}/schedule");
    let headers = [("Content-Type", "application/json")];
    let body = br#"{"delivery_mode":"ATLAS_REMOTE_PROCTORED"}"#;
    let schedule = request("POST", &path, &headers, body);
    let booking = json_of(connection, &schedule, &[200]).await.context("schedule")?;
    if !booking["booking_code"].is_string() {
        bail!("schedule answered no booking_code:\n{booking}");
    }
    Ok(())
}

/// Sends a call, whose answer must have one of these statuses; its JSON.
pub async fn json_of(connection: &mut RawConnection, request: &[u8], statuses: &[u16]) -> Result<Value> {
    let answer = connection.exchange(request).await?;
    if !statuses.contains(&answer.status) {
        let text = String::from_utf8_lossy(answer.body);
        bail!("expected {statuses:?}, got {}:\n{text}", answer.status);
    }
    Ok(serde_json::from_slice(answer.body)?)
}

/// What the sink has counted.
struct SinkCounts {
    count: u64,
    signed: u64,
}

async fn seen(sink: &ServerProcess) -> Result<SinkCounts> {
    let seen = sink.expect(&[200], "GET", "/seen", None).await?;
    let number = |name: &str| seen[name].as_u64().with_context(|| format!("the sink's {name}"));
    Ok(SinkCounts { count: number("count")?, signed: number("signed")? })
}

/// One round of the bare loop, in a process of its own.
async fn loop_lap(sink: &ServerProcess, body: &[u8], count: usize, scratch: &Scratch) -> Result<Lap> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["put-loop", "--count", &count.to_string()]);
    command.args(["--tasks", &SIDE_BY_SIDE.to_string(), "--body"]).arg(scratch.keep("body", body)?);
    command.args(["--url", &format!("http://127.0.0.1:{}/notifications", sink.port)]);
    let mut process = Process::spawn("put-loop", &mut command, scratch)?;
    let began = Instant::now();
    let success = loop {
        if let Some(success) = process.ended()? {
            break success;
        }
        if began.elapsed() > Duration::from_mins(1) {
            bail!("the bare loop does not end:\n{}", process.log_tail());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    if !success {
        bail!("the bare loop failed:\n{}", process.log_tail());
    }
    let outcome: Value = serde_json::from_str(&process.log())?;
    let number = |name: &str| outcome[name].as_f64().with_context(|| format!("the loop's {name}"));
    let count = f64::from(u32::try_from(count)?);
    Ok(Lap { rate: count / number("seconds")?, cpu: number("cpu")? / count })
}

/// Rate of the left over rate of the right, ascending.
fn ratios(left: &[Lap], right: &[Lap]) -> Vec<f64> {
    sorted(left.iter().zip(right).map(|(left, right)| left.rate / right.rate).collect())
}

fn cell(laps: &[Lap]) -> String {
    let rate = median(laps.iter().map(|lap| lap.rate).collect());
    let cpu = median(laps.iter().map(|lap| lap.cpu).collect());
    format!("{}, {} CPU each", thousands(rate), micros(cpu))
}
