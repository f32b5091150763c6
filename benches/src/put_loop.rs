//! The bare loop beside the delivery engine: reqwest PUTs with the same body to the same receiver.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;
use tokio::task::JoinSet;

use crate::options::PutLoop;
use crate::process;

/// Sends them all, and answers `{"seconds", "cpu"}` as JSON text. One PUT a task goes ahead and is not measured.
pub fn run(puts: PutLoop) -> Result<String> {
    process::end_with_parent();
    let body = std::fs::read(&puts.body).with_context(|| format!("cannot read {}", puts.body.display()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let work = Work {
            #[allow(clippy::disallowed_methods, reason = "the bare loop has a client of its own")]
            client: Client::builder().redirect(reqwest::redirect::Policy::none()).build()?,
            url: puts.url.into(),
            body: body.into(),
        };
        work.send(puts.tasks, puts.tasks).await?;
        let (cpu, began) = (process::cpu_of("self")?, Instant::now());
        work.send(puts.count, puts.tasks).await?;
        let seconds = began.elapsed().as_secs_f64();
        let cpu = process::cpu_of("self")? - cpu;
        Ok(json!({ "seconds": seconds, "cpu": cpu }).to_string())
    })
}

/// What every task needs.
#[derive(Clone)]
struct Work {
    client: Client,
    url: Arc<str>,
    body: actix_web::web::Bytes,
}

impl Work {
    async fn send(&self, count: usize, tasks: usize) -> Result<()> {
        let begun = Arc::new(AtomicUsize::new(0));
        let mut running = JoinSet::new();
        for _ in 0..tasks {
            let (work, begun) = (self.clone(), begun.clone());
            running.spawn(async move {
                while begun.fetch_add(1, Ordering::Relaxed) < count {
                    work.put().await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = running.join_next().await {
            done??;
        }
        Ok(())
    }

    async fn put(&self) -> Result<()> {
        let request = self.client.put(&*self.url).header(CONTENT_TYPE, "application/json");
        let answer = request.body(self.body.clone()).send().await?;
        let status = answer.status();
        // Read to its end, so that the connection can be used again.
        let body = answer.bytes().await?;
        if status != 200 {
            bail!("the receiver answered {status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(())
    }
}
