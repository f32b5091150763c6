//! A fixture loaded into an account that holds much already.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail};
use serde_json::json;

use crate::compare::{CONNECTIONS, median};
use crate::options::Effort;
use crate::report::{ResultRow, millis};
use crate::row::pending::{all, prepare};
use crate::row::request::prepared;
use crate::sample::{ACCOUNT, create};
use crate::server::Bench;
use crate::wire::{RawConnection, Template, request};

/// How many tests are loaded, one a call.
const LOADS: usize = 101;

/// Loads one test at a time; the whole call is timed, of which the lock is held for a part.
pub async fn row(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let sandbox = prepared(bench).await?;
    let template = Arc::new(Template::new(create()));
    let (port, count) = (sandbox.port, effort.pending / CONNECTIONS * CONNECTIONS);
    all((0..CONNECTIONS).map(|_| prepare(port, Arc::clone(&template), count / CONNECTIONS))).await?;
    let mut connection = RawConnection::open(port).await?;
    let mut times = Vec::with_capacity(LOADS);
    for number in 0..LOADS {
        let test = json!({ "test_code": format!("LOAD-{number}"), "test_name": "Loaded", "exam_length": 60 });
        let body = json!({ "catalog": { "tests": [test] } }).to_string();
        let path = format!("{ACCOUNT}/fixtures");
        let load = request("POST", &path, &[("Content-Type", "application/json")], body.as_bytes());
        let began = Instant::now();
        let answer = connection.exchange(&load).await?;
        times.push(began.elapsed().as_secs_f64());
        if answer.status != 200 {
            bail!("POST {path}: expected 200, got {}:\n{}", answer.status, String::from_utf8_lossy(answer.body));
        }
    }
    let most = times.iter().copied().fold(0.0, f64::max);
    let middle = median(times);
    Ok(vec![ResultRow {
        work: format!("one test loaded into an account of {count} eligibilities, the whole call, median of {LOADS}"),
        ours: format!("slowest {}", millis(most)),
        beside: String::new(),
        measured: format!("**{}**", millis(middle)),
        bar: "under 5 ms".to_owned(),
        met: middle < 0.005,
    }])
}
