//! Resident memory: of a fresh server, and after a minute of full load.

use std::time::Duration;

use anyhow::Result;

use crate::compare::{median, pace};
use crate::options::Effort;
use crate::report::{ResultRow, mebibytes, thousands};
use crate::row::request::{get_load, prepared};
use crate::server::{Bench, ServerProcess};

/// Where the idle memory may end, in KiB.
const MOST_IDLE: f64 = 15.0 * 1024.0;

/// What a minute of load may add, in KiB.
const MOST_GROWTH: f64 = 64.0 * 1024.0;

/// A fresh `serve`, right after it is ready and a second later.
pub async fn idle(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for _ in 0..effort.idle_servers {
        let sandbox = ServerProcess::sandbox(bench).await?;
        first.push(rss(&sandbox)?);
        tokio::time::sleep(Duration::from_secs(1)).await;
        later.push(rss(&sandbox)?);
    }
    let (first, later) = (median(first), median(later));
    let most = first.max(later);
    Ok(vec![ResultRow {
        work: "resident memory of a fresh `serve`".to_owned(),
        ours: format!("{} when ready, {} a second later", mebibytes(first), mebibytes(later)),
        beside: String::new(),
        measured: format!("**{}**", mebibytes(most)),
        bar: "at most 15 MiB".to_owned(),
        met: most <= MOST_IDLE,
    }])
}

/// Sixty seconds of full GET load. Judged is the growth since the fresh server's idle second, the stricter reading.
pub async fn minute(bench: &Bench<'_>) -> Result<Vec<ResultRow>> {
    let sandbox = prepared(bench).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let fresh = rss(&sandbox)?;
    let load = get_load(&sandbox).await?;
    pace(&sandbox, &load, Duration::from_secs(1)).await?;
    let warm = rss(&sandbox)?;
    let pace = pace(&sandbox, &load, Duration::from_mins(1)).await?;
    let end = rss(&sandbox)?;
    Ok(vec![ResultRow {
        work: format!("60 s of GET at {}: growth of resident memory", thousands(pace.rate)),
        ours: format!(
            "{} idle, {} after a warm-up second, {} at the end",
            mebibytes(fresh),
            mebibytes(warm),
            mebibytes(end),
        ),
        beside: String::new(),
        measured: format!("**{}**", mebibytes(end - fresh)),
        bar: "at most 64 MiB more than idle".to_owned(),
        met: end - fresh <= MOST_GROWTH,
    }])
}

/// Resident memory of a server in KiB.
pub fn rss(server: &ServerProcess) -> Result<f64> {
    Ok(f64::from(u32::try_from(server.process.rss()?)?))
}
