//! An account made and thrown away, as every parallel test does.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::compare::median;
use crate::options::Effort;
use crate::report::{ResultRow, millis};
use crate::server::{Bench, ServerProcess};
use crate::wire::{RawConnection, request};

/// The mean of many pairs over one connection.
pub async fn row(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let sandbox = ServerProcess::sandbox(bench).await?;
    let mut connection = RawConnection::open(sandbox.port).await?;
    for _ in 0..effort.pairs / 10 {
        pair(&mut connection).await?;
    }
    let mut times = Vec::new();
    for _ in 0..effort.pairs {
        times.push(pair(&mut connection).await?);
    }
    let count = f64::from(u32::try_from(times.len())?);
    let mean = times.iter().sum::<f64>() / count;
    let most = times.iter().copied().fold(0.0, f64::max);
    Ok(vec![ResultRow {
        work: format!("an account made and deleted, mean of {} pairs", effort.pairs),
        ours: format!("median {}, slowest {}", millis(median(times)), millis(most)),
        beside: String::new(),
        measured: format!("**{}**", millis(mean)),
        bar: "under 1 ms".to_owned(),
        met: mean < 0.001,
    }])
}

/// Seconds of both calls together; reading the code out of the first answer is not counted.
async fn pair(connection: &mut RawConnection) -> Result<f64> {
    let headers = [("Content-Type", "application/json")];
    let create = request("POST", "/_sandbox/accounts", &headers, b"{}");
    let began = Instant::now();
    let answer = connection.exchange(&create).await.context("POST /_sandbox/accounts")?;
    let created = began.elapsed();
    let text = String::from_utf8_lossy(answer.body);
    if answer.status != 201 {
        bail!("POST /_sandbox/accounts: expected 201, got {}:\n{text}", answer.status);
    }
    let account: Value = serde_json::from_str(&text)?;
    let code = account["account_code"].as_str().context("no account_code")?;
    let path = format!("/_sandbox/accounts/{code}");
    let delete = request("DELETE", &path, &[], b"");
    let began = Instant::now();
    let answer = connection.exchange(&delete).await.with_context(|| format!("DELETE {path}"))?;
    let deleted = began.elapsed();
    if !matches!(answer.status, 200 | 204) {
        bail!("DELETE {path}: expected 204 or 200, got {}", answer.status);
    }
    Ok((created + deleted).as_secs_f64())
}
