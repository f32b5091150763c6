//! When, where and whether the candidate can book.

use reqwest::Method;
use serde_json::{Value, json};

use super::{all, center, given, in_status};
use crate::action::text;
use crate::server::{Server, eligibility};

#[actix_web::test]
async fn what_the_candidate_leaves_out_is_chosen() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (candidate, test, input, on, mode, location, zone) in [
        // The day after, nine o'clock at the center.
        ("1", "EXAM1", json!({}), "2026-03-02T15:00:00.000Z", "SITE_PROCTORED", json!("CENTER01"), "America/Chicago"),
        ("2", "HOME1", json!({}), "2026-03-02T15:00:00.000Z", "ATLAS_REMOTE_PROCTORED", Value::Null, "America/Chicago"),
        (
            "3",
            "EXAM1",
            json!({ "booking_on": "2026-04-01T10:30:00+02:00" }),
            "2026-04-01T08:30:00.000Z",
            "SITE_PROCTORED",
            json!("CENTER01"),
            "America/Chicago",
        ),
        (
            "4",
            "EXAM1",
            json!({ "delivery_mode": "ATLAS_REMOTE_PROCTORED", "location_timezone": "Asia/Tokyo" }),
            "2026-03-02T00:00:00.000Z",
            "ATLAS_REMOTE_PROCTORED",
            Value::Null,
            "Asia/Tokyo",
        ),
        (
            "5",
            "EXAM1",
            json!({ "location_code": "TINY0001" }),
            "2026-03-02T08:00:00.000Z",
            "SITE_PROCTORED",
            json!("TINY0001"),
            "Europe/Oslo",
        ),
        (
            "6",
            "SITE1",
            json!({ "location_code": "CENTER01", "location_timezone": "America/Chicago", "booking_on": "2026-03-05" }),
            "2026-03-05T00:00:00.000Z",
            "SITE_PROCTORED",
            json!("CENTER01"),
            "America/Chicago",
        ),
    ] {
        let id = account.eligible(candidate, test).await;
        let booking = account.schedule_as(&id, input).await.expect(200);
        for (member, expected) in [
            ("booking_on", json!(on)),
            ("delivery_mode", json!(mode)),
            ("location_code", location),
            ("location_timezone", json!(zone)),
            ("psi_eligiblity_id", json!(id)),
            ("candidate_id", json!(candidate)),
            ("test_code", json!(test)),
            ("state", json!("BOOKED")),
            ("created", json!("2026-03-01T12:00:00.000Z")),
            ("result", Value::Null),
        ] {
            assert_eq!(booking[member], expected, "{candidate}: {member}");
        }
        let code = text(&booking, "booking_code");
        assert!(code.len() == 8 && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()), "{code}");
        assert_eq!(account.control(Method::GET, &format!("/bookings/{code}"), None).await.expect(200), booking);
        let record = account.eligibility(&id).await;
        assert_eq!((&record["status"], &record["booking_code"]), (&json!("CSS1"), &json!(code)));
        assert_eq!(record["eligible_to_schedule"], false);
    }
}

#[actix_web::test]
async fn the_candidate_books_nearby() {
    let server = Server::shared();
    let mut given = given();
    given["catalog"]["test_centers"] = json!([
        center("AAAA0001", "America/New_York", "US", 10, "CLOSED"),
        center("BBBB0001", "America/New_York", "US", 10, "OPEN"),
        center("CCCC0001", "America/Chicago", "US", 10, "OPEN"),
        center("DDDD0001", "Europe/Oslo", "NO", 10, "OPEN"),
    ]);
    given["catalog"]["test_centers"][2]["province_state"] = json!("KS");
    let account = server.account(given).await;
    for (candidate, country, state, expected) in [
        ("1", "US", "KS", "CCCC0001"),
        ("2", "US", "NY", "BBBB0001"),
        ("3", "NO", "", "DDDD0001"),
        ("4", "JP", "", "BBBB0001"),
        ("5", "", "", "BBBB0001"),
    ] {
        let mut body = eligibility(candidate, "EXAM1");
        body["candidate"]["country"] = json!(country);
        body["candidate"]["province_state"] = json!(state);
        let made = account.post("/candidates", body).await.expect(201);
        let booking = account.schedule(text(&made, "psi_eligiblity_id")).await;
        assert_eq!(booking["location_code"], expected, "{country} {state}");
    }
}

#[actix_web::test]
async fn the_delivery_mode_of_the_eligibility_is_followed() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let mut body = eligibility("C1", "EXAM1");
    body["delivery_mode"] = json!("ATLAS_REMOTE_PROCTORED");
    let made = account.post("/candidates", body).await.expect(201);
    let booking = account.schedule(text(&made, "psi_eligiblity_id")).await;
    assert_eq!(booking["delivery_mode"], "ATLAS_REMOTE_PROCTORED");
}

#[actix_web::test]
async fn a_value_that_does_not_fit_is_refused_and_named() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let id = account.eligible("C1", "EXAM1").await;
    let home = account.eligible("C1", "HOME1").await;
    let before = all(&account).await;
    for (id, input, status, word) in [
        (&id, json!({ "booking_on": "soon" }), 400, "booking_on"),
        (&id, json!({ "booking_on": "2026-02-30" }), 400, "booking_on"),
        (&id, json!({ "booking_on": 5 }), 400, "booking_on"),
        (&id, json!({ "delivery_mode": "HOME" }), 400, "delivery_mode"),
        (&id, json!({ "location_code": "NONE0001" }), 400, "location_code"),
        (&id, json!({ "location_code": 1 }), 400, "location_code"),
        (&id, json!({ "location_timezone": "America/Denver" }), 400, "location_timezone"),
        (
            &id,
            json!({ "delivery_mode": "ATLAS_REMOTE_PROCTORED", "location_timezone": "Mars/Base" }),
            400,
            "location_timezone",
        ),
        (&id, json!({ "delivery_mode": "ATLAS_REMOTE_PROCTORED", "location_code": "CENTER01" }), 400, "location_code"),
        (&id, json!({ "when": "2026-03-10" }), 400, "when"),
        (&id, json!([]), 400, "expected an object"),
        (&home, json!({ "delivery_mode": "SITE_PROCTORED" }), 400, "delivery mode"),
        (&home, json!({ "location_code": "CENTER01" }), 400, "delivery mode"),
        (&id, json!({ "location_code": "SHUT0001" }), 409, "SHUT0001 is closed"),
        (&id, json!({ "location_code": "GONE0001" }), 409, "GONE0001 is closed"),
    ] {
        let refused = account.schedule_as(id, input.clone()).await.problem(status);
        assert!(refused.contains(word), "{input}: {refused}");
    }
    assert_eq!(all(&account).await, before);
}

#[actix_web::test]
async fn only_an_open_record_that_is_not_scheduled_can_be_scheduled() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for status in ["REG03", "CSS1", "CSS2 closed", "CSS5", "CSS8", "CSS9"] {
        let (id, _) = in_status(&account, status, status).await;
        let before = all(&account).await;
        account.schedule_as(&id, json!({})).await.problem(409);
        assert_eq!(all(&account).await, before, "{status}");
    }
    account.set(json!({ "approval": true })).await;
    let pending = account.eligible("pending", "EXAM1").await;
    account.schedule_as(&pending, json!({})).await.problem(409);
    account.control(Method::POST, &format!("/eligibilities/{pending}/approve"), None).await.expect(200);
    account.schedule_as(&pending, json!({})).await.expect(200);
    account.set(json!({ "approval": false })).await;
    for status in ["REG02", "CSS2"] {
        let (id, _) = in_status(&account, status, status).await;
        assert_eq!(account.schedule_as(&id, json!({})).await.expect(200)["state"], "BOOKED", "{status}");
    }
}

#[actix_web::test]
async fn a_chosen_session_lies_within_the_dates_of_the_eligibility() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let mut body = eligibility("C1", "EXAM1");
    body["eligibility_end_date"] = json!("2026-03-02T14:59:59Z");
    let made = account.post("/candidates", body.clone()).await.expect(201);
    let id = text(&made, "psi_eligiblity_id");
    let refused = account.schedule_as(id, json!({ "location_code": "CENTER01" })).await.problem(409);
    assert!(refused.contains("no free session CENTER01 until 2026-03-02T14:59:59Z"), "{refused}");
    body["eligibility_end_date"] = json!("2026-03-02T15:00:00Z");
    account.put("/candidates/C1/tests/EXAM1", body).await.expect(204);
    assert_eq!(account.schedule(id).await["booking_on"], "2026-03-02T15:00:00.000Z");
}

#[actix_web::test]
async fn outside_its_window_an_eligibility_cannot_be_scheduled() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let mut body = eligibility("C1", "EXAM1");
    body["schedule_start_date"] = json!("2026-03-05T00:00:00Z");
    body["eligibility_end_date"] = json!("2026-03-20T00:00:00Z");
    let made = account.post("/candidates", body).await.expect(201);
    let id = text(&made, "psi_eligiblity_id");
    for (instant, refusal) in [
        ("2026-03-04T23:59:59Z", "The scheduling window opens on 2026-03-05T00:00:00Z."),
        ("2026-03-05T00:00:00Z", ""),
        ("2026-03-20T00:00:00Z", ""),
        ("2026-03-20T00:00:01Z", "The scheduling window closed on 2026-03-20T00:00:00Z."),
    ] {
        account.clock(json!({ "action": "set", "instant": instant })).await.expect(200);
        let record = account.eligibility(id).await;
        assert_eq!(record["eligible_to_schedule"], refusal.is_empty(), "{instant}");
        let answer = account.schedule_as(id, json!({ "booking_on": "2026-03-15T15:00:00Z" })).await;
        if refusal.is_empty() {
            let booking = answer.expect(200);
            account.booking(text(&booking, "booking_code"), "cancel").await.expect(200);
        } else {
            assert!(answer.problem(409).contains(refusal), "{instant}: {}", answer.text);
            assert_eq!(record["eligibility_status_message"], refusal, "{instant}");
        }
    }
}

#[actix_web::test]
async fn a_blocked_candidate_cannot_schedule() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let id = account.eligible("C1", "EXAM1").await;
    account.control(Method::POST, &format!("/eligibilities/{id}/block"), None).await.expect(200);
    assert!(account.schedule_as(&id, json!({})).await.problem(409).contains("blocked"));
    account.control(Method::POST, &format!("/eligibilities/{id}/unblock"), None).await.expect(200);
    account.schedule_as(&id, json!({})).await.expect(200);
}
