//! Deliveries that wait: what a long error of the receiver costs in memory.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::compare::CONNECTIONS;
use crate::options::Effort;
use crate::report::{ResultRow, mebibytes};
use crate::row::memory::rss;
use crate::row::notification::{eligible, json_of, subscribe};
use crate::row::request::prepared;
use crate::sample::{ACCOUNT, create};
use crate::server::{Bench, ServerProcess};
use crate::wire::{RawConnection, Template, request};

/// What a million deliveries that wait may take, in KiB, their eligibilities and bookings included.
const MOST: f64 = 1.5 * 1024.0 * 1024.0;

/// The deliveries that each eligibility causes: booked, moved, cancelled, booked again.
const OF_EACH: usize = 4;

/// Makes deliveries for a receiver that takes the first one and never answers.
pub async fn row(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let sandbox = prepared(bench).await?;
    // Never accepted: the kernel takes the connection and the request, and nobody answers.
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/notifications", silent.local_addr()?);
    subscribe(&sandbox, &json!({ "url": url, "timeout": "1h", "concurrency": 1 })).await?;
    let count = effort.pending / OF_EACH * OF_EACH;
    let template = Arc::new(Template::new(create()));
    let port = sandbox.port;
    let shares: Vec<usize> = (0..CONNECTIONS)
        .map(|task| count / OF_EACH / CONNECTIONS + usize::from(task < count / OF_EACH % CONNECTIONS))
        .collect();
    let ids = all(shares.into_iter().map(|share| prepare(port, Arc::clone(&template), share))).await?;
    let before = rss(&sandbox)?;
    all(ids.into_iter().map(|share| change(port, share))).await?;
    let held = rss(&sandbox)?;
    check(&sandbox, count).await?;
    drop(silent);
    let number = f64::from(u32::try_from(count)?);
    let each = (held - before) * 1024.0 / number;
    Ok(vec![ResultRow {
        work: format!("{count} pending deliveries of {} eligibilities: resident memory", count / OF_EACH),
        ours: format!("{}, and {each:.0} bytes a delivery", mebibytes(before)),
        beside: String::new(),
        measured: format!("**{}**", mebibytes(held)),
        bar: "under 1536 MiB for a million".to_owned(),
        met: held * 1e6 / number < MOST,
    }])
}

/// Does all of it side by side.
pub async fn all<T: Send + 'static>(
    work: impl Iterator<Item = impl Future<Output = Result<T>> + Send + 'static>,
) -> Result<Vec<T>> {
    let mut tasks: JoinSet<Result<T>> = work.collect();
    let joined = async {
        let mut done = Vec::new();
        while let Some(one) = tasks.join_next().await {
            done.push(one??);
        }
        Ok(done)
    };
    tokio::time::timeout(Duration::from_mins(4), joined).await.context("making the deliveries")?
}

/// Eligibilities to change.
pub async fn prepare(port: u16, template: Arc<Template>, count: usize) -> Result<Vec<String>> {
    let mut connection = RawConnection::open(port).await?;
    let mut ids = Vec::with_capacity(count);
    for _ in 0..count {
        ids.push(eligible(&mut connection, &template).await?);
    }
    Ok(ids)
}

/// Four changes of each eligibility.
async fn change(port: u16, ids: Vec<String>) -> Result<()> {
    let mut connection = RawConnection::open(port).await?;
    for id in ids {
        let schedule = call(&format!("eligibilities/{id}/schedule"), br#"{"delivery_mode":"ATLAS_REMOTE_PROCTORED"}"#);
        let first = booking(&mut connection, &schedule).await?;
        let moved = booking(&mut connection, &call(&format!("bookings/{first}/reschedule"), b"{}")).await?;
        booking(&mut connection, &call(&format!("bookings/{moved}/cancel"), b"")).await?;
        booking(&mut connection, &schedule).await?;
    }
    Ok(())
}

fn call(path: &str, body: &[u8]) -> Vec<u8> {
    request("POST", &format!("{ACCOUNT}/{path}"), &[("Content-Type", "application/json")], body)
}

/// The booking code that a change answers.
async fn booking(connection: &mut RawConnection, call: &[u8]) -> Result<String> {
    let booking = json_of(connection, call, &[200]).await.context("a change")?;
    booking["booking_code"].as_str().map(str::to_owned).context("no booking_code")
}

/// All of them wait: one is under way, none has ended.
async fn check(sandbox: &ServerProcess, count: usize) -> Result<()> {
    let accounts = sandbox.expect(&[200], "GET", "/_sandbox/accounts", None).await?;
    if accounts["items"][0]["deliveries"] != count {
        bail!("expected {count} deliveries, the account says {}", accounts["items"][0]);
    }
    for status in ["delivered", "failed", "discarded", "paused"] {
        let path = format!("{ACCOUNT}/deliveries?limit=1&status={status}");
        let found = sandbox.expect(&[200], "GET", &path, None).await?;
        if found["items"].as_array().is_none_or(|items| !items.is_empty()) {
            bail!("expected none {status}, got {found}");
        }
    }
    Ok(())
}
