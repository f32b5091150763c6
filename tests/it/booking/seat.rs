//! Seats are real: taken once, and given back.

use futures_util::future::join_all;
use serde_json::json;

use super::given;
use crate::action::text;
use crate::server::Server;

#[actix_web::test]
async fn two_at_once_cannot_take_one_seat() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let seat = json!({ "location_code": "TINY0001", "booking_on": "2026-03-10T09:00:00Z" });
    let mut ids = Vec::new();
    for candidate in 0..12 {
        ids.push(account.eligible(&format!("C{candidate}"), "EXAM1").await);
    }
    let answers = join_all(ids.iter().map(|id| account.schedule_as(id, seat.clone()))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [[200].as_slice(), &[409; 11]].concat());
    let refused = answers.iter().find(|answer| answer.status == 409).unwrap().problem(409);
    assert!(refused.contains("no free seat at TINY0001 at 2026-03-10T09:00:00Z"), "{refused}");
    assert_eq!(account.items("/bookings").await.len(), 1);
    assert_eq!(account.deliveries().await.len(), 1);
}

#[actix_web::test]
async fn a_seat_is_given_back_by_whatever_ends_the_claim_on_it() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let seat = json!({ "location_code": "TINY0001", "booking_on": "2026-03-10T09:00:00Z" });
    let elsewhere = json!({ "booking_on": "2026-03-11T09:00:00Z" });
    for (candidate, ends) in [("1", "cancel"), ("2", "reschedule"), ("3", "cancel the eligibility"), ("4", "complete")]
    {
        let id = account.eligible(candidate, "EXAM1").await;
        let booking = account.schedule_as(&id, seat.clone()).await.expect(200);
        let next = account.eligible(&format!("{candidate}-next"), "EXAM1").await;
        account.schedule_as(&next, seat.clone()).await.problem(409);
        let code = text(&booking, "booking_code");
        match ends {
            "cancel the eligibility" => {
                account.delete(&format!("/candidates/{candidate}/tests/EXAM1")).await.expect(204)
            }
            "reschedule" => account.booking_as(code, ends, elsewhere.clone()).await.expect(200),
            _ => account.booking(code, ends).await.expect(200),
        };
        if ends == "complete" {
            // The exam was taken in it.
            account.schedule_as(&next, seat.clone()).await.problem(409);
        } else {
            let taken = account.schedule_as(&next, seat.clone()).await.expect(200);
            account.booking(text(&taken, "booking_code"), "cancel").await.expect(200);
        }
    }
}

/// Issue 9, C5.
#[actix_web::test]
async fn where_no_place_is_named_another_center_with_a_free_seat_is_chosen() {
    let server = Server::shared();
    let center = |code: &str, city: &str| {
        json!({ "location_code": code, "location_name": code, "address1": "1 Main Street", "city": city,
            "province_state": "MO", "country": "US", "location_timezone": "America/Chicago", "seats": 1 })
    };
    let centers = [center("NEAR0001", "Springfield"), center("NEAR0002", "Columbia")];
    let account = server.account(json!({ "catalog": { "test_centers": centers } })).await;
    let at = json!({ "booking_on": "2099-03-10T15:00:00Z" });
    let mut places = Vec::new();
    for candidate in ["C1", "C2"] {
        let id = account.eligible(candidate, "EXAM1").await;
        places.push(text(&account.schedule_as(&id, at.clone()).await.expect(200), "location_code").to_owned());
    }
    assert_eq!(places, ["NEAR0001", "NEAR0002"]);
    let id = account.eligible("C3", "EXAM1").await;
    let refused = account.schedule_as(&id, at.clone()).await.problem(409);
    assert!(refused.starts_with("no free seat at NEAR0001 at "), "the nearest tells: {refused}");
    // Who moves a booking stays at its center as long as a seat is free there.
    let next = json!({ "booking_on": "2099-03-11T15:00:00Z" });
    let elsewhere = json!({ "booking_on": "2099-03-11T15:00:00Z", "location_code": "NEAR0002" });
    let second = text(&account.items("/bookings").await[1], "booking_code").to_owned();
    let moved = account.booking_as(&second, "reschedule", next).await.expect(200);
    assert_eq!(moved["location_code"], "NEAR0002");
    account.schedule_as(&id, elsewhere.clone()).await.problem(409);
    let third = account.schedule_as(&id, at.clone()).await.expect(200);
    assert_eq!(third["location_code"], "NEAR0002");
    let moved = account.booking_as(
        text(&third, "booking_code"),
        "reschedule",
        json!({ "booking_on": elsewhere["booking_on"] }),
    );
    assert_eq!(moved.await.expect(200)["location_code"], "NEAR0001");
}

#[actix_web::test]
async fn a_full_session_is_passed_over_when_the_time_is_left_open() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let mut starts = Vec::new();
    for candidate in 0..6 {
        let id = account.eligible(&format!("C{candidate}"), "EXAM1").await;
        let booking = account.schedule_as(&id, json!({ "location_code": "TINY0001" })).await.expect(200);
        starts.push(text(&booking, "booking_on").to_owned());
    }
    // Oslo: at nine, and at one when the four hours of the first exam are over; then the next day.
    let expected = (2..5).flat_map(|day| [8, 12].map(|hour| format!("2026-03-0{day}T{hour:02}:00:00.000Z")));
    assert_eq!(starts, expected.collect::<Vec<_>>());
}
