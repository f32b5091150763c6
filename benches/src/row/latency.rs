//! From a change to its notification's arrival, at a steady pace that leaves the machine idle in between.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::compare::sorted;
use crate::inbound::{Inbound, OK};
use crate::options::Effort;
use crate::report::{ResultRow, millis};
use crate::row::notification::{eligible, json_of, subscribe};
use crate::row::request::prepared;
use crate::sample::{ACCOUNT, create};
use crate::server::Bench;
use crate::wire::{RawConnection, Template, request};

/// Changes a second.
const PACE: u32 = 100;

/// The bars, in seconds.
const MOST_IN_THE_MIDDLE: f64 = 0.002;
const MOST_OF_99: f64 = 0.010;

/// Instants by booking code.
type Instants = HashMap<String, Instant>;

/// An open loop of changes; the receiver stands in this process, so that both instants are of one clock.
pub async fn row(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let sandbox = prepared(bench).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/notifications", listener.local_addr()?);
    let arrived = Arc::new(Mutex::new(Instants::new()));
    let receiver = tokio::spawn(receive(listener, Arc::clone(&arrived)));
    subscribe(&sandbox, &json!({ "url": url })).await?;
    let ids = prepare(sandbox.port, effort.changes).await?;
    let (warm, measured) = ids.split_at(ids.len() / 10);
    changes(sandbox.port, warm).await?;
    let sent = changes(sandbox.port, measured).await?;
    let times = match_up(&sent, &arrived).await;
    receiver.abort();
    let times = sorted(times?);
    let (middle, most) = (at(&times, 50), at(&times, 99));
    let slowest = times.last().copied().unwrap_or_default();
    Ok(vec![ResultRow {
        work: format!("{} changes, {PACE} a second: from the call to the notification's arrival", times.len()),
        ours: format!("fastest {}, slowest {}", millis(at(&times, 0)), millis(slowest)),
        beside: String::new(),
        measured: format!("**{}** median, **{}** 99th percentile", millis(middle), millis(most)),
        bar: "under 2 ms median, under 10 ms 99th percentile".to_owned(),
        met: middle < MOST_IN_THE_MIDDLE && most < MOST_OF_99,
    }])
}

/// Receives notifications, and notes the instant at which the last byte of each was read.
async fn receive(listener: TcpListener, arrived: Arc<Mutex<Instants>>) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let arrived = Arc::clone(&arrived);
        tokio::spawn(async move {
            let mut connection = Inbound::new(stream)?;
            while let Some(request) = connection.next().await? {
                let now = Instant::now();
                let body: Value = serde_json::from_slice(request.body)?;
                let code = body["booking_code"].as_str().context("no booking_code")?;
                arrived.lock().unwrap_or_else(PoisonError::into_inner).insert(code.to_owned(), now);
                connection.answer(OK).await?;
            }
            anyhow::Ok(())
        });
    }
}

/// Eligibilities to schedule.
async fn prepare(port: u16, count: usize) -> Result<Vec<String>> {
    let mut connection = RawConnection::open(port).await?;
    let template = Template::new(create());
    let mut ids = Vec::with_capacity(count);
    for _ in 0..count {
        ids.push(eligible(&mut connection, &template).await?);
    }
    Ok(ids)
}

/// Schedules one after the other at the pace, whether the one before was answered or not; when each was sent.
async fn changes(port: u16, ids: &[String]) -> Result<Instants> {
    let idle = Arc::new(tokio::sync::Mutex::new(Vec::new()));
    let mut under_way = JoinSet::new();
    let mut ticks = interval(Duration::from_secs(1) / PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for id in ids {
        ticks.tick().await;
        let path = format!("{ACCOUNT}/eligibilities/{id}/schedule");
        let headers = [("Content-Type", "application/json")];
        let call = request("POST", &path, &headers, br#"{"delivery_mode":"ATLAS_REMOTE_PROCTORED"}"#);
        let idle = Arc::clone(&idle);
        under_way.spawn(async move {
            let reused = idle.lock().await.pop();
            let mut connection = match reused {
                Some(connection) => connection,
                None => RawConnection::open(port).await?,
            };
            // The stricter reading: the answer comes later.
            let began = Instant::now();
            let booking = json_of(&mut connection, &call, &[200]).await.context("schedule")?;
            idle.lock().await.push(connection);
            let code = booking["booking_code"].as_str().context("no booking_code")?;
            anyhow::Ok((code.to_owned(), began))
        });
    }
    let mut sent = Instants::new();
    while let Some(done) = under_way.join_next().await {
        let (code, began) = done??;
        sent.insert(code, began);
    }
    Ok(sent)
}

/// Seconds between the two instants of every change, once all have arrived.
async fn match_up(sent: &Instants, arrived: &Mutex<Instants>) -> Result<Vec<f64>> {
    let began = Instant::now();
    loop {
        let times: Vec<f64> = {
            let arrived = arrived.lock().unwrap_or_else(PoisonError::into_inner);
            let time = |(code, from): (&String, &Instant)| Some(arrived.get(code)?.duration_since(*from).as_secs_f64());
            sent.iter().filter_map(time).collect()
        };
        if times.len() == sent.len() {
            return Ok(times);
        }
        if began.elapsed() > Duration::from_secs(10) {
            bail!("{} of {} notifications came within 10 s of the last change", times.len(), sent.len());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A percentile of ascending values: the smallest value that this percentage does not exceed.
fn at(ascending: &[f64], percent: usize) -> f64 {
    let rank = (ascending.len() * percent).div_ceil(100).max(1);
    ascending.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn a_percentile_is_the_value_that_its_share_does_not_exceed() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        let is = |percent, value: f64| assert!((at(&values, percent) - value).abs() < f64::EPSILON, "{percent}");
        is(0, 1.0);
        is(50, 100.0);
        is(99, 198.0);
        is(100, 200.0);
    }
}
