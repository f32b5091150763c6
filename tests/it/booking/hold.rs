//! Bookings on hold: they keep their seat and notify nobody, until they are confirmed or their time is over.

use serde_json::{Value, json};

use super::{all, given};
use crate::action::{text, texts};
use crate::server::Server;

fn seat() -> Value {
    json!({ "location_code": "TINY0001", "booking_on": "2026-03-10T09:00:00Z" })
}

fn held(mut seat: Value) -> Value {
    seat["on_hold"] = json!(true);
    seat
}

#[actix_web::test]
async fn a_hold_keeps_its_seat_and_a_confirmed_one_is_a_booking() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let id = account.eligible("C1", "EXAM1").await;
    let booking = account.schedule_as(&id, held(seat())).await.expect(200);
    assert_eq!((text(&booking, "state"), text(&booking, "hold_until")), ("ON_HOLD", "2026-03-01T12:15:00.000Z"));
    assert_eq!(account.eligibility(&id).await["status"], "REG02");
    assert!(account.deliveries().await.is_empty());
    let other = account.eligible("C2", "EXAM1").await;
    account.schedule_as(&other, seat()).await.problem(409);
    let code = text(&booking, "booking_code");
    let again = account.schedule_as(&id, json!({})).await.problem(409);
    assert_eq!(again, format!("booking {code} of this eligibility is on hold: confirm or release it first"));
    for action in ["reschedule", "complete", "absent", "excuse"] {
        let before = all(&account).await;
        assert!(account.booking(code, action).await.problem(409).contains("ON_HOLD"), "{action}");
        assert_eq!(all(&account).await, before, "{action}");
    }
    let confirmed = account.booking(code, "confirm").await.expect(200);
    assert_eq!((text(&confirmed, "state"), &confirmed["hold_until"]), ("BOOKED", &Value::Null));
    assert_eq!(account.eligibility(&id).await["status"], "CSS1");
    assert_eq!(texts(&account.deliveries().await, "change_reason"), ["BOOKING_CREATED"]);
    for action in ["confirm", "release"] {
        assert!(account.booking(code, action).await.problem(409).contains("BOOKED"), "{action}");
    }
    account.advance("1d").await;
    assert_eq!(account.items("/bookings").await[0]["state"], "BOOKED");
}

#[actix_web::test]
async fn a_hold_gives_its_seat_back_however_it_ends() {
    let server = Server::shared();
    let account = server.account(given()).await;
    account.set(json!({ "hold_minutes": 5 })).await;
    for (candidate, ends) in [("1", "release"), ("2", "cancel"), ("3", "cancel the eligibility"), ("4", "time")] {
        let id = account.eligible(candidate, "EXAM1").await;
        let booking = account.schedule_as(&id, held(seat())).await.expect(200);
        let code = text(&booking, "booking_code");
        match ends {
            "time" => {
                account.advance("4m59s").await;
                let other = account.eligible("other", "EXAM1").await;
                account.schedule_as(&other, seat()).await.problem(409);
                drop(account.advance("1s").await);
            }
            "cancel the eligibility" => {
                drop(account.delete(&format!("/candidates/{candidate}/tests/EXAM1")).await.expect(204));
            }
            _ => assert_eq!(account.booking(code, ends).await.expect(200)["state"], "RELEASED"),
        }
        assert!(account.booking(code, "confirm").await.problem(409).contains("RELEASED"), "{ends}");
        let status = if ends == "cancel the eligibility" { "REG03" } else { "REG02" };
        assert_eq!(account.eligibility(&id).await["status"], status, "{ends}");
        let next = account.eligible(&format!("{candidate}-next"), "EXAM1").await;
        let taken = account.schedule_as(&next, held(seat())).await.expect(200);
        account.booking(text(&taken, "booking_code"), "release").await.expect(200);
    }
    assert!(account.deliveries().await.is_empty(), "nobody is notified of a hold");
}

#[actix_web::test]
async fn a_booking_that_is_moved_on_hold_stands_until_the_confirmation() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let id = account.eligible("C1", "EXAM1").await;
    let booking = account.schedule_as(&id, seat()).await.expect(200);
    let old = text(&booking, "booking_code");
    // Its own seat is taken, by itself.
    account.booking_as(old, "reschedule", held(seat())).await.problem(409);
    let later = json!({ "location_code": "TINY0001", "booking_on": "2026-03-11T09:00:00Z" });
    let moved = account.booking_as(old, "reschedule", held(later.clone())).await.expect(200);
    assert_eq!((text(&moved, "state"), text(&moved, "replaces")), ("ON_HOLD", old));
    account.booking_as(old, "reschedule", json!({})).await.problem(409);
    // The end of the hold leaves the booking.
    account.advance("15m").await;
    assert_eq!(texts(&account.items("/bookings").await, "state"), ["BOOKED", "RELEASED"]);
    let moved = account.booking_as(old, "reschedule", held(later.clone())).await.expect(200);
    let new = account.booking(text(&moved, "booking_code"), "confirm").await.expect(200);
    let states = account.items("/bookings").await;
    assert_eq!(texts(&states, "state"), ["RELEASED", "BOOKED"], "{states:?}");
    assert_eq!(texts(&account.deliveries().await, "change_reason"), ["BOOKING_CREATED", "BOOKING_RESCHEDULED"]);
    // What ends the booking ends the hold that would move it.
    let code = text(&new, "booking_code");
    account.booking_as(code, "reschedule", held(seat())).await.expect(200);
    account.booking(code, "complete").await.expect(200);
    assert_eq!(texts(&account.items("/bookings").await, "state"), ["RELEASED", "COMPLETED", "RELEASED"]);
    assert_eq!(account.eligibility(&id).await["status"], "CSS5");
}

#[actix_web::test]
async fn a_center_that_closes_with_its_bookings_ends_holds_too() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let id = account.eligible("C1", "EXAM1").await;
    account.schedule_as(&id, held(seat())).await.expect(200);
    let close =
        account.control(reqwest::Method::POST, "/test_centers/TINY0001/close", Some(json!({ "on_close": "cancel" })));
    close.await.expect(200);
    assert_eq!(account.items("/bookings").await[0]["state"], "RELEASED");
    assert!(account.deliveries().await.is_empty());
}

#[actix_web::test]
async fn a_fixture_has_bookings_on_hold() {
    let server = Server::shared();
    let mut given = given();
    given["eligibilities"] = json!([
        { "test_code": "EXAM1", "client_eligibility_id": "E1" }, { "test_code": "EXAM1", "client_eligibility_id": "E2" },
    ]);
    given["bookings"] = json!([
        { "eligibility": "E1", "state": "ON_HOLD", "hold_until": "2026-03-01T13:00:00Z" },
        { "eligibility": "E2", "booking_code": "BOOK0001" },
        { "eligibility": "E2", "state": "ON_HOLD", "replaces": "BOOK0001" },
        { "eligibility": "E2", "state": "RELEASED" },
    ]);
    let account = server.account(given).await;
    assert_eq!(texts(&account.items("/bookings").await, "state"), ["ON_HOLD", "BOOKED", "ON_HOLD", "RELEASED"]);
    account.advance("15m").await;
    assert_eq!(texts(&account.items("/bookings").await, "state"), ["ON_HOLD", "BOOKED", "RELEASED", "RELEASED"]);
    account.advance("45m").await;
    assert_eq!(texts(&account.items("/bookings").await, "state"), ["RELEASED", "BOOKED", "RELEASED", "RELEASED"]);
}
