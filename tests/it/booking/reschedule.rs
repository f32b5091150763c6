//! Moving a booking: a new code, what is kept, what is refused.

use reqwest::Method;
use serde_json::{Value, json};

use super::{all, given};
use crate::action::{text, texts};
use crate::server::Server;

#[actix_web::test]
async fn a_rescheduled_booking_gets_a_new_code_and_the_old_one_is_unknown() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let booking = account.booked("C1").await;
    let old = text(&booking, "booking_code");
    let moved = account.booking(old, "reschedule").await.expect(200);
    let new = text(&moved, "booking_code");
    assert_ne!(new, old);
    assert_ne!(moved["booking_on"], booking["booking_on"]);
    assert_eq!(moved["location_code"], booking["location_code"]);
    assert_eq!(account.eligibility(text(&booking, "psi_eligiblity_id")).await["booking_code"], new);
    assert_eq!(texts(&account.items("/bookings").await, "booking_code"), [new]);
    account.control(Method::GET, &format!("/bookings/{old}"), None).await.problem(404);
    for action in ["reschedule", "cancel", "complete", "absent", "excuse"] {
        account.booking(old, action).await.problem(404);
    }
    let path = format!("/assessmentResultService/1.0.0/bookings/{old}/results");
    let request = server.request(Method::PUT, &path).bearer_auth(&account.token);
    crate::server::send(request.json(&json!({ "result": "PASS", "score": "1" }))).await.refused(400);
}

#[actix_web::test]
async fn a_reschedule_keeps_what_it_is_not_told() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let home = json!({ "delivery_mode": "ATLAS_REMOTE_PROCTORED", "location_timezone": "Asia/Tokyo" });
    let site = json!({ "location_code": "TINY0001", "booking_on": "2026-03-10T09:00:00Z" });
    for (candidate, first, then, mode, location, zone, on) in [
        ("1", &home, json!({}), "ATLAS_REMOTE_PROCTORED", Value::Null, "Asia/Tokyo", ""),
        (
            "2",
            &home,
            json!({ "location_timezone": "Asia/Kolkata" }),
            "ATLAS_REMOTE_PROCTORED",
            Value::Null,
            "Asia/Kolkata",
            "",
        ),
        (
            "3",
            &home,
            json!({ "location_code": "CENTER01" }),
            "SITE_PROCTORED",
            json!("CENTER01"),
            "America/Chicago",
            "",
        ),
        (
            "4",
            &site,
            json!({ "booking_on": "2026-03-11T09:00:00Z" }),
            "SITE_PROCTORED",
            json!("TINY0001"),
            "Europe/Oslo",
            "2026-03-11T09:00:00.000Z",
        ),
        // Its own seat is free for it, at a center with one.
        (
            "5",
            &site,
            json!({ "booking_on": "2026-03-10T09:00:00Z" }),
            "SITE_PROCTORED",
            json!("TINY0001"),
            "Europe/Oslo",
            "2026-03-10T09:00:00.000Z",
        ),
        (
            "6",
            &json!({}),
            json!({ "delivery_mode": "ATLAS_REMOTE_PROCTORED" }),
            "ATLAS_REMOTE_PROCTORED",
            Value::Null,
            "America/Chicago",
            "",
        ),
    ] {
        let id = account.eligible(candidate, "EXAM1").await;
        let booking = account.schedule_as(&id, first.clone()).await.expect(200);
        let moved = account.booking_as(text(&booking, "booking_code"), "reschedule", then).await.expect(200);
        assert_eq!(moved["delivery_mode"], mode, "{candidate}");
        assert_eq!(moved["location_code"], location, "{candidate}");
        assert_eq!(moved["location_timezone"], zone, "{candidate}");
        if !on.is_empty() {
            assert_eq!(moved["booking_on"], on, "{candidate}");
        }
    }
}

#[actix_web::test]
async fn a_refused_reschedule_leaves_the_booking_as_it_was() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let at = "2026-03-10T09:00:00Z";
    let taken = account.eligible("C0", "EXAM1").await;
    account.schedule_as(&taken, json!({ "location_code": "TINY0001", "booking_on": at })).await.expect(200);
    let booking = account.booked("C1").await;
    let code = text(&booking, "booking_code");
    let before = all(&account).await;
    for (input, status) in [
        (json!({ "location_code": "TINY0001", "booking_on": at }), 409),
        (json!({ "location_code": "SHUT0001" }), 409),
        (json!({ "location_code": "NONE0001" }), 400),
        (json!({ "booking_on": "soon" }), 400),
    ] {
        account.booking_as(code, "reschedule", input.clone()).await.problem(status);
        assert_eq!(all(&account).await, before, "{input}");
    }
}
