//! The rows of the table: one file a kind of work, each with servers of its own.

mod account;
mod latency;
mod load;
pub mod memory;
mod notification;
mod pending;
mod request;
mod search;
mod service;
mod start;

use anyhow::{Result, bail};

use crate::options::{self, Effort};
use crate::process::Scratch;
use crate::report::{ResultTable, say};
use crate::server::Bench;

/// The rows' names, in the order they run.
const NAMES: [&str; 15] = [
    "get",
    "post",
    "timeslots",
    "locations",
    "booking",
    "capture",
    "notification",
    "latency",
    "start",
    "idle",
    "account",
    "pending",
    "load",
    "search",
    "minute",
];

/// Measures the sandbox. A row that fails is noted, and the others still run.
pub async fn bench(options: options::BenchOptions) -> Result<ResultTable> {
    if let Some(name) = options.only.iter().find(|name| !NAMES.contains(&name.as_str())) {
        bail!("--only {name}: there are {}", NAMES.join(", "));
    }
    let scratch = Scratch::new()?;
    let bench = Bench { sandbox: &options.sandbox, scratch: &scratch };
    let effort = options.effort;
    let mut table = ResultTable::new("sandbox", Some(&options.sandbox));
    for name in NAMES {
        let wanted = match options.only.as_slice() {
            [] => name != "minute" || options.minute,
            only => only.iter().any(|one| one == name),
        };
        if !wanted {
            continue;
        }
        say(&format!("{name} ..."));
        let outcome = match name {
            "get" => request::get(&bench, effort).await,
            "post" => request::post(&bench, effort).await,
            "timeslots" => service::timeslots(&bench, effort).await,
            "locations" => service::locations(&bench, effort).await,
            "booking" => service::booking(&bench, effort).await,
            "capture" => service::capture(&bench, effort).await,
            "notification" => notification::row(&bench, effort).await,
            "latency" => latency::row(&bench, effort).await,
            "start" => start::row(&bench, effort).await,
            "idle" => memory::idle(&bench, effort).await,
            "account" => account::row(&bench, effort).await,
            "pending" => pending::row(&bench, effort).await,
            "load" => load::row(&bench, effort).await,
            "search" => search::row(&bench, effort).await,
            _ => memory::minute(&bench).await,
        };
        table.add(name, outcome);
    }
    Ok(table)
}

/// Measures the bare programs against themselves: ratios far from 1 mean that the machine is too busy to trust.
pub async fn self_test(effort: Effort) -> Result<ResultTable> {
    let scratch = Scratch::new()?;
    let mut table = ResultTable::new("the same program", None);
    say("bare-get ...");
    table.add("bare-get", request::self_get(&scratch, effort).await);
    say("bare-post ...");
    table.add("bare-post", request::self_post(&scratch, effort).await);
    say("put-loop ...");
    table.add("put-loop", notification::self_loop(&scratch, effort).await);
    Ok(table)
}
