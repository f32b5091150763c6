//! What the partner is told of a booking: the bytes, the headers, the signature.

mod assessment;
mod asymmetric;
mod body;
mod explain;
mod instant;
mod signature;
mod statement;
mod test_center;

use reqwest::Method;
use serde_json::{Value, json};

use crate::action::text;
use crate::receiver::Receiver;
use crate::server::{Account, Server, send};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// An account on a frozen clock, with a seed, tests and one center of its own; its code is made up.
pub fn given() -> Value {
    json!({
        "account": { "signing_secret": SECRET },
        "catalog": {
            "tests": [
                { "test_code": "EXAM1" },
                { "test_code": "HOME1", "delivery_modes": ["ATLAS_REMOTE_PROCTORED"] },
                { "test_code": "PARTS", "delivery_modes": ["SITE_PROCTORED"], "portions": [
                    { "portion_code": "P1", "portion_name": "Written" },
                    { "portion_code": "P2", "portion_name": "Spoken" },
                    { "portion_code": "P3", "portion_name": "Practical" },
                ] },
                { "test_code": "ONE-PART", "delivery_modes": ["SITE_PROCTORED"], "portions": [
                    { "portion_code": "ONLY", "portion_name": "The \"only\" one" },
                ] },
            ],
            "test_centers": [{
                "location_code": "CENTER01", "location_name": "Riverbend Center", "address1": "1 Main Street",
                "address2": "Suite 2", "city": "Kansas City", "province_state": "MO", "country": "US",
                "postal_code": "64111", "location_timezone": "America/Chicago", "seats": 10,
            }],
        },
        "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true },
        "seed": 7,
    })
}

/// [`given`], with an account code, so that identifiers are the same in every run; no two tests have the same one.
fn named(code: &str) -> Value {
    let mut given = given();
    given["account"]["account_code"] = json!(code);
    given
}

pub async fn create(account: &Account<'_>, body: Value) -> String {
    text(&account.post("/candidates", body).await.expect(201), "psi_eligiblity_id").to_owned()
}

#[actix_web::test]
async fn the_trace_of_a_call_is_passed_on_with_its_notification() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    let id = account.eligible("C1", "EXAM1").await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let path = format!("/_sandbox/accounts/{}/eligibilities/{id}/schedule", account.code);
    let booking = send(server.request(Method::POST, &path).header("traceparent", trace)).await.expect(200);
    assert_eq!(receiver.next().await.header("traceparent"), trace);
    let code = booking["booking_code"].as_str().expect("a code");
    account.booking(code, "cancel").await.expect(200);
    assert_eq!(receiver.next().await.header("traceparent"), "", "a call without a trace has none to pass on");
}
