//! Searches, bookings and payments: the sandbox's CPU beside that of bare actix-web with the same answers.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::compare::{Load, compare};
use crate::options::Effort;
use crate::report::ResultRow;
use crate::row::notification::subscribe;
use crate::row::request::judged;
use crate::sample::{ACCOUNT, HEADERS};
use crate::server::{Bench, RecordedAnswer, ServerProcess};
use crate::wire::{CODE_MARKER, Template, request};

/// The bar of all rows.
const MOST: f64 = 3.0;

/// The paths of the test in the Booking service, and of the payments.
pub const TEST: &str = "/bookingService/1.0.9/tests/BENCH-1";
const PAYMENTS: &str = "/paymentService/1.0.0/accounts/DEMO0001/payments";

/// A window of 90 days.
pub const WINDOW: &str = "start_date=2027-03-01&end_date=2027-05-29&exam_length=120";

/// How many times a change that is made once is prepared for each millisecond that it is measured.
const A_MILLISECOND: usize = 60;

/// `GET .../locations/{location_id}/timeslots` over 90 days.
pub async fn timeslots(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let sandbox = given(bench, &json!({ "catalog": catalog(&json!([center()])) })).await?;
    let path = format!("{TEST}/locations/BENCHCTR/timeslots?{WINDOW}");
    let template = Template::new(request("GET", &path, &HEADERS, b""));
    let outcome = beside_bare(bench, &sandbox, template, effort).await?;
    let answer = outcome.answer.json()?;
    let days = answer["data"]["dates"].as_array().map_or(0, Vec::len);
    if days < 60 {
        bail!("expected the timeslots of 90 days, got {days} days:\n{answer}");
    }
    let work = format!("GET of a center's timeslots over 90 days, answer {} bytes", outcome.answer.body.len());
    Ok(vec![judged(work, &outcome.comparison, MOST)])
}

/// `GET .../locations`: the 15 nearest of 5000.
pub async fn locations(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let sandbox = given(bench, &json!({ "catalog": catalog(&centers(0, 5_000)) })).await?;
    let path = format!("{TEST}/locations?{WINDOW}&country=USA&city=Minneapolis&state=MN");
    let template = Template::new(request("GET", &path, &HEADERS, b""));
    let outcome = beside_bare(bench, &sandbox, template, effort).await?;
    let answer = outcome.answer.json()?;
    if answer["locations"].as_array().map_or(0, Vec::len) != 15 {
        bail!("expected the 15 nearest locations, got:\n{answer}");
    }
    let work = format!("GET of the 15 nearest of 5000 locations, answer {} bytes", outcome.answer.body.len());
    Ok(vec![judged(work, &outcome.comparison, MOST)])
}

/// `POST .../bookings/{timeslot_id}/registrations/{regn_id}`, with its notification.
pub async fn booking(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let document =
        json!({ "catalog": catalog(&json!([center()])), "eligibilities": [eligibilities(prepared(effort))] });
    let sandbox = given(bench, &document).await?;
    let sink = ServerProcess::sink(bench.scratch).await?;
    subscribe(&sandbox, &json!({ "url": format!("http://127.0.0.1:{}/notifications", sink.port) })).await?;
    let path = format!("{TEST}/locations/BENCHCTR/timeslots?{WINDOW}");
    let found = sandbox.send(&request("GET", &path, &HEADERS, b"")).await?.json()?;
    let timeslot = found["data"]["dates"][0]["timeslots"][0]["timeslot_id"].as_str().context("no timeslot")?;
    let path =
        format!("/bookingService/1.0.9/bookings/{timeslot}/registrations/E{CODE_MARKER}?performed_by_user=bench");
    let headers = [HEADERS[0], HEADERS[1], ("Content-Type", "application/json")];
    let body = json!({ "test_id": "BENCH-1", "test_portions": [] }).to_string();
    let template = Template::new(request("POST", &path, &headers, body.as_bytes()));
    let outcome = beside_bare(bench, &sandbox, template, effort).await?;
    let seen = sink.call("GET", "/seen", None).await?.json()?;
    if seen["count"].as_u64().is_none_or(|count| count == 0) {
        bail!("no notification came: {seen}");
    }
    let work = format!("POST of a booking, with its notification, answer {} bytes", outcome.answer.body.len());
    Ok(vec![judged(work, &outcome.comparison, MOST)])
}

/// `POST .../payments/{payment_id}/capture`, which confirms the booking on hold.
pub async fn capture(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let count = prepared(effort);
    let document = json!({
        "catalog": catalog(&json!([center()])),
        "eligibilities": [eligibilities(count)],
        "bookings": [{ "count": count, "eligibility": "E{n:07}", "booking_code": "B{n:07}", "state": "ON_HOLD",
            "booking_on": "2027-03-09T15:00:00Z", "location_code": "BENCHCTR" }],
        "payments": [{ "count": count, "booking_code": "B{n:07}", "payment_id": "P{n:07}", "status": "AUTHORIZED",
            "amount": "100.00", "currency": "USD" }],
    });
    let sandbox = given(bench, &document).await?;
    // The demo account's notifications go to its own inbox, which the same process would have to serve.
    sandbox.expect(&[204], "DELETE", &format!("{ACCOUNT}/subscriptions/booking_notification"), None).await?;
    let path = format!("{PAYMENTS}/P{CODE_MARKER}/capture");
    let template = Template::new(request("POST", &path, &HEADERS, b""));
    let outcome = beside_bare(bench, &sandbox, template, effort).await?;
    let work = format!("POST of a capture, answer {} bytes", outcome.answer.body.len());
    Ok(vec![judged(work, &outcome.comparison, MOST)])
}

/// What was compared, and the answer that both servers gave.
struct BesideBare {
    answer: RecordedAnswer,
    comparison: crate::compare::Comparison,
}

/// Looks at the first answer, and has a bare server give the same.
async fn beside_bare(
    bench: &Bench<'_>,
    sandbox: &ServerProcess,
    template: Template,
    effort: Effort,
) -> Result<BesideBare> {
    let mut first = template.copy();
    template.number(&mut first);
    let answer = sandbox.send(&first).await?;
    if answer.status != 200 {
        bail!("expected 200, got {}:\n{}", answer.status, answer.text());
    }
    let bare = ServerProcess::bare("bare-any", &answer, bench.scratch).await?;
    let load = Load { template: Arc::new(template), status: 200, length: answer.body.len() };
    let comparison = compare(sandbox, &bare, &load, effort).await?;
    Ok(BesideBare { answer, comparison })
}

/// A fresh sandbox whose demo account holds this.
async fn given(bench: &Bench<'_>, document: &Value) -> Result<ServerProcess> {
    let sandbox = ServerProcess::sandbox(bench).await?;
    load(&sandbox, document).await?;
    Ok(sandbox)
}

/// Loads a document into the demo account.
pub async fn load(sandbox: &ServerProcess, document: &Value) -> Result<()> {
    sandbox.expect(&[200], "POST", &format!("{ACCOUNT}/fixtures"), Some(document)).await?;
    Ok(())
}

/// The benchmark's test, and these centers.
pub fn catalog(centers: &Value) -> Value {
    json!({
        "tests": [{ "test_code": "BENCH-1", "test_name": "Benchmark", "exam_length": 120, "price": "100.00",
            "currency": "USD", "delivery_modes": ["SITE_PROCTORED"] }],
        "test_centers": centers,
    })
}

/// A center that is never full.
fn center() -> Value {
    json!({ "location_code": "BENCHCTR", "location_name": "Benchmark", "city": "Minneapolis", "province_state": "MN",
        "country": "US", "postal_code": "55401", "latitude": 44.98, "longitude": -93.27,
        "location_timezone": "America/Chicago", "seats": 1_000_000 })
}

/// Centers of ten seats, from this one on, spread around Minneapolis.
pub fn centers(first: u32, count: u32) -> Value {
    let one = |number: u32| {
        let (row, column) = (f64::from(number / 71), f64::from(number % 71));
        json!({ "location_code": format!("C{number:07}"), "location_name": format!("Center {number}"),
            "city": "Minneapolis", "province_state": "MN", "country": "US", "postal_code": "55401",
            "latitude": 44.98 + row / 20.0, "longitude": -93.27 + column / 20.0,
            "location_timezone": "America/Chicago", "seats": 10 })
    };
    (first..first + count).map(one).collect()
}

/// So many eligibilities of the benchmark's test: E0000001 and on.
fn eligibilities(count: usize) -> Value {
    json!({ "count": count, "test_code": "BENCH-1", "psi_eligiblity_id": "E{n:07}",
        "candidate": { "candidate_id": "C{n:07}" }, "schedule_start_date": "2026-01-01T00:00:00Z",
        "eligibility_end_date": "2099-12-31T23:59:59Z" })
}

/// How many are prepared for a change that can be made once: for the rounds, and the one before them. A document makes
/// at most a million records by `count`.
fn prepared(effort: Effort) -> usize {
    let length = effort.round * u32::try_from(effort.rounds + 1).unwrap_or(u32::MAX);
    (usize::try_from(length.as_millis()).unwrap_or(usize::MAX) * A_MILLISECOND).min(300_000)
}
