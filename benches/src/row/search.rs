//! A timeslot search in an account that holds 5000 centers and a million bookings.

use std::time::Instant;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::compare::median;
use crate::options::Effort;
use crate::report::{ResultRow, millis};
use crate::row::service::{TEST, WINDOW, catalog, centers, load};
use crate::sample::HEADERS;
use crate::server::{Bench, ServerProcess};
use crate::wire::{RawConnection, request};

/// Centers of the account.
const CENTERS: u32 = 5_000;

/// Centers whose bookings are loaded in one call.
const AT_ONCE: u32 = 100;

/// Searches, each of another center.
const SEARCHES: u32 = 101;

/// Searches 90 days at one center after the other; the whole call is timed.
pub async fn row(bench: &Bench<'_>, effort: Effort) -> Result<Vec<ResultRow>> {
    let sandbox = ServerProcess::sandbox(bench).await?;
    load(&sandbox, &json!({ "catalog": catalog(&centers(0, CENTERS)) })).await?;
    let each = u32::try_from(effort.bookings)? / CENTERS;
    for first in (0..CENTERS).step_by(AT_ONCE as usize) {
        load(&sandbox, &bookings(first, each)).await?;
    }
    let mut connection = RawConnection::open(sandbox.port).await?;
    let mut times = Vec::new();
    for number in 0..SEARCHES {
        let center = number * (CENTERS / SEARCHES);
        let path = format!("{TEST}/locations/C{center:07}/timeslots?{WINDOW}");
        let search = request("GET", &path, &HEADERS, b"");
        let began = Instant::now();
        let answer = connection.exchange(&search).await?;
        times.push(began.elapsed().as_secs_f64());
        if answer.status != 200 {
            bail!("GET {path}: expected 200, got {}:\n{}", answer.status, String::from_utf8_lossy(answer.body));
        }
    }
    let most = times.iter().copied().fold(0.0, f64::max);
    let middle = median(times);
    Ok(vec![ResultRow {
        work: format!(
            "a center's timeslots over 90 days, in an account of {CENTERS} centers and {} bookings, median of {SEARCHES}",
            each * CENTERS
        ),
        ours: format!("slowest {}", millis(most)),
        beside: String::new(),
        measured: format!("**{}**", millis(middle)),
        bar: "under 2 ms".to_owned(),
        met: middle < 0.002,
    }])
}

/// So many bookings at each of these centers, spread over the hours of the window.
fn bookings(first: u32, each: u32) -> Value {
    let (mut eligibilities, mut bookings) = (Vec::new(), Vec::new());
    for center in first..first + AT_ONCE {
        for one in 0..each {
            let number = center * each + one;
            let (day, hour) = (one % 28 + 1, 15 + one / 28 % 5);
            let month = 3 + one / 140 % 2;
            eligibilities.push(json!({ "test_code": "BENCH-1", "psi_eligiblity_id": format!("E{number:07}"),
                "candidate": { "candidate_id": format!("C{number:07}"), "first_name": "Ann", "last_name": "Doe" },
                "schedule_start_date": "2026-01-01T00:00:00Z", "eligibility_end_date": "2099-12-31T23:59:59Z" }));
            bookings.push(json!({ "eligibility": format!("E{number:07}"), "booking_code": format!("B{number:07}"),
                "location_code": format!("C{center:07}"),
                "booking_on": format!("2027-{month:02}-{day:02}T{hour}:00:00Z") }));
        }
    }
    json!({ "eligibilities": eligibilities, "bookings": bookings })
}
