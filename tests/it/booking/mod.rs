//! What the candidate simulator and staff do with bookings: places, times, seats, codes, refusals.

mod end;
mod hold;
mod reschedule;
mod schedule;
mod seat;

use serde_json::{Value, json};

use crate::action::text;
use crate::server::Account;

/// Two tests, two centers, a frozen clock on a Sunday. `TINY0001` has one seat.
pub fn given() -> Value {
    json!({
        "catalog": {
            "tests": [
                { "test_code": "EXAM1" },
                { "test_code": "HOME1", "delivery_modes": ["ATLAS_REMOTE_PROCTORED"] },
                { "test_code": "SITE1", "delivery_modes": ["SITE_PROCTORED"] },
            ],
            "test_centers": [
                center("CENTER01", "America/Chicago", "US", 10, "OPEN"),
                center("SHUT0001", "America/Chicago", "US", 10, "TEMPORARILY_CLOSED"),
                center("GONE0001", "America/Chicago", "US", 10, "CLOSED"),
                center("TINY0001", "Europe/Oslo", "NO", 1, "OPEN"),
            ],
        },
        "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true },
    })
}

pub fn center(code: &str, zone: &str, country: &str, seats: u32, status: &str) -> Value {
    json!({
        "location_code": code, "location_name": code, "city": "Town", "country": country,
        "location_timezone": zone, "seats": seats, "status": status,
    })
}

/// Everything that a refused action could have changed.
pub async fn all(account: &Account<'_>) -> Value {
    json!(
        [account.items("/eligibilities").await, account.items("/bookings").await, account.items("/deliveries").await,]
    )
}

/// An eligibility in a status, and its booking where it has one.
pub async fn in_status(account: &Account<'_>, candidate_id: &str, status: &str) -> (String, Option<String>) {
    let id = account.eligible(candidate_id, "EXAM1").await;
    let path = format!("/candidates/{candidate_id}/tests/EXAM1");
    if ["REG02", "REG03"].contains(&status) {
        if status == "REG03" {
            account.delete(&path).await.expect(204);
        }
        return (id, None);
    }
    let code = text(&account.schedule(&id).await, "booking_code").to_owned();
    for action in match status {
        "CSS2" => ["cancel"].as_slice(),
        "CSS5" => &["complete"],
        "CSS8" => &["absent"],
        "CSS9" => &["excuse"],
        _ => &[],
    } {
        account.booking(&code, action).await.expect(200);
    }
    if status == "CSS2 closed" {
        account.delete(&path).await.expect(204);
    }
    (id, Some(code))
}
