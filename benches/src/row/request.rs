//! Reading and creating an eligibility: the sandbox's CPU beside that of bare actix-web.

use std::sync::Arc;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::compare::{Comparison, Load, Pace, compare, median};
use crate::options::Effort;
use crate::process::Scratch;
use crate::report::{ResultRow, micros, spread, thousands};
use crate::sample;
use crate::server::{Bench, RecordedAnswer, ServerProcess};
use crate::wire::{MARKER, Template};

/// `GET .../candidates/{candidate_id}` of one eligibility.
pub async fn get(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let sandbox = prepared(bench).await?;
    let load = get_load(&sandbox).await?;
    let answer = sandbox.send(&load.template.copy()).await?;
    let bare = ServerProcess::bare("bare-get", &answer, bench.scratch).await?;
    let outcome = compare(&sandbox, &bare, &load, effort).await?;
    let work = format!("GET of one eligibility, answer {} bytes", load.length);
    Ok(vec![judged(work, &outcome, 1.2)])
}

/// `POST .../candidates`, a new candidate each time.
pub async fn post(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let sandbox = prepared(bench).await?;
    let template = Template::new(sample::create());
    let answer = created(&sandbox, &template).await?;
    let bare = ServerProcess::bare("bare-post", &answer, bench.scratch).await?;
    let load = Load { template: Arc::new(template), status: 201, length: answer.body.len() };
    let outcome = compare(&sandbox, &bare, &load, effort).await?;
    let size = sample::write_model().to_string().len();
    let work = format!("POST of a new eligibility, body {size} bytes, answer {}", load.length);
    Ok(vec![judged(work, &outcome, 1.6)])
}

/// A fresh sandbox whose demo account knows the benchmark's test.
pub async fn prepared(bench: &Bench<'_>) -> Result<ServerProcess> {
    let sandbox = ServerProcess::sandbox(bench).await?;
    let path = format!("{}/fixtures", sample::ACCOUNT);
    sandbox.expect(&[200], "POST", &path, Some(&sample::fixture())).await?;
    Ok(sandbox)
}

/// Makes one eligibility, and the load that reads it; both are looked at closely once.
pub async fn get_load(sandbox: &ServerProcess) -> Result<Load> {
    let made = created(sandbox, &Template::new(sample::create())).await?.json()?;
    let Some(candidate_id) = made["candidate"]["candidate_id"].as_str() else {
        bail!("the created record names no candidate:\n{made}");
    };
    let request = sample::get(candidate_id);
    let answer = sandbox.send(&request).await?;
    let records = answer.json()?;
    let one = records.as_array().is_some_and(|records| records.len() == 1);
    if answer.status != 200 || !one || records[0]["candidate"]["candidate_id"] != *candidate_id {
        bail!("GET of {candidate_id}: expected 200 and its one record, got {}:\n{}", answer.status, answer.text());
    }
    let template = Arc::new(Template::new(request));
    Ok(Load { template, status: 200, length: answer.body.len() })
}

/// Makes the next eligibility of the template; its answer, once it is seen to be a record.
async fn created(sandbox: &ServerProcess, template: &Template) -> Result<RecordedAnswer> {
    let mut request = template.copy();
    template.number(&mut request);
    let answer = sandbox.send(&request).await?;
    if answer.status != 201 || !answer.json()?["psi_eligiblity_id"].is_string() {
        bail!("create: expected 201 and a record with psi_eligiblity_id, got {}:\n{}", answer.status, answer.text());
    }
    Ok(answer)
}

/// The bare GET server against itself.
pub async fn self_get(scratch: &Scratch, effort: Effort) -> Result<Vec<ResultRow>> {
    let answer = recorded(200, &Value::Array(vec![sample::record()]));
    let left = ServerProcess::bare("bare-get", &answer, scratch).await?;
    let right = ServerProcess::bare("bare-get", &answer, scratch).await?;
    let template = Arc::new(Template::new(sample::get(MARKER)));
    let load = Load { template, status: 200, length: answer.body.len() };
    let outcome = compare(&left, &right, &load, effort).await?;
    Ok(vec![alike("bare GET against itself", &outcome)])
}

/// The bare POST server against itself.
pub async fn self_post(scratch: &Scratch, effort: Effort) -> Result<Vec<ResultRow>> {
    let answer = recorded(201, &sample::record());
    let left = ServerProcess::bare("bare-post", &answer, scratch).await?;
    let right = ServerProcess::bare("bare-post", &answer, scratch).await?;
    let template = Arc::new(Template::new(sample::create()));
    let load = Load { template, status: 201, length: answer.body.len() };
    let outcome = compare(&left, &right, &load, effort).await?;
    Ok(vec![alike("bare POST against itself", &outcome)])
}

fn recorded(status: u16, body: &Value) -> RecordedAnswer {
    let content_type = "application/json".to_owned();
    RecordedAnswer { status, content_type, body: body.to_string().into_bytes() }
}

/// How much more CPU than the bare server's is spent.
pub fn judged(work: String, outcome: &Comparison, most: f64) -> ResultRow {
    ResultRow {
        work,
        ours: pace(&outcome.ours),
        beside: format!("bare actix-web {}", pace(&outcome.bare)),
        measured: spread(&outcome.ratios),
        bar: format!("at most {most} times its CPU per request"),
        met: median(outcome.ratios.clone()) <= most,
    }
}

fn alike(work: &str, outcome: &Comparison) -> ResultRow {
    let middle = median(outcome.ratios.clone());
    ResultRow {
        work: format!("{work}; the load generator takes {}", micros(outcome.ours.client)),
        ours: pace(&outcome.ours),
        beside: pace(&outcome.bare),
        measured: spread(&outcome.ratios),
        bar: "0.9 to 1.1 times".to_owned(),
        met: (0.9..=1.1).contains(&middle),
    }
}

fn pace(pace: &Pace) -> String {
    format!("{} CPU, {}", micros(pace.cpu), thousands(pace.rate))
}
