//! The two instants of the body: their form, and the order they tell.

use reqwest::Method;
use serde_json::json;

use super::{create, given};
use crate::action::text;
use crate::receiver::Receiver;
use crate::server::{Account, Server, eligibility};

#[actix_web::test]
async fn timestamps_have_no_fraction_or_always_three_digits() {
    let server = Server::shared();
    for (timestamps, booking_on, now, expected_on, expected_effective) in [
        ("seconds", "2026-03-10T15:00:00Z", "2026-03-01T12:00:00Z", "2026-03-10T15:00:00Z", "2026-03-01T12:00:00Z"),
        ("seconds", "2026-03-10T15:00:00Z", "2026-03-01T12:00:00.999Z", "2026-03-10T15:00:00Z", "2026-03-01T12:00:00Z"),
        (
            "millis",
            "2026-03-10T15:00:00Z",
            "2026-03-01T12:00:00Z",
            "2026-03-10T15:00:00.000Z",
            "2026-03-01T12:00:00.000Z",
        ),
        (
            "millis",
            "2026-03-10T15:00:00Z",
            "2026-03-01T12:00:00.05Z",
            "2026-03-10T15:00:00.000Z",
            "2026-03-01T12:00:00.050Z",
        ),
        (
            "millis",
            "2026-03-10T15:00:00+01:00",
            "2026-03-01T12:00:00.1239Z",
            "2026-03-10T14:00:00.000Z",
            "2026-03-01T12:00:00.123Z",
        ),
    ] {
        let account = server.account(given()).await;
        let receiver = Receiver::start();
        account.clock(json!({ "action": "set", "instant": now })).await.expect(200);
        account.subscribe(&receiver.url, json!({ "timestamps": timestamps })).await;
        let id = create(&account, eligibility("C1", "EXAM1")).await;
        account.schedule_as(&id, json!({ "booking_on": booking_on })).await.expect(200);
        let call = receiver.next().await;
        assert_eq!(call.member("booking_on"), expected_on, "{timestamps} {now}");
        assert_eq!(call.member("effective_date"), expected_effective, "{timestamps} {now}");
        account.control(Method::DELETE, "", None).await.expect(204);
    }
}

/// Books and cancels on a frozen clock: five changes of one eligibility, one of another.
async fn effective_dates(account: &Account<'_>, receiver: &Receiver) -> (Vec<String>, String) {
    let id = create(account, eligibility("C1", "EXAM1")).await;
    for _ in 0..2 {
        let booking = account.schedule(&id).await;
        account.booking(text(&booking, "booking_code"), "cancel").await.expect(200);
    }
    account.schedule(&id).await;
    let of_one = receiver.take(5).await.iter().map(|call| call.member("effective_date")).collect();
    let other = create(account, eligibility("C2", "EXAM1")).await;
    account.schedule(&other).await;
    (of_one, receiver.next().await.member("effective_date"))
}

#[actix_web::test]
async fn effective_dates_of_an_eligibility_increase_by_the_unit_that_is_sent() {
    let server = Server::shared();
    for (effective_dates_are, timestamps, expected) in [
        ("increasing", "seconds", ["00Z", "01Z", "02Z", "03Z", "04Z"]),
        ("increasing", "millis", ["00.000Z", "00.001Z", "00.002Z", "00.003Z", "00.004Z"]),
        ("exact", "seconds", ["00Z"; 5]),
        ("exact", "millis", ["00.000Z"; 5]),
    ] {
        let account = server.account(given()).await;
        account.set(json!({ "effective_dates": effective_dates_are })).await;
        let receiver = Receiver::start();
        account.subscribe(&receiver.url, json!({ "timestamps": timestamps })).await;
        let (of_one, of_other) = effective_dates(&account, &receiver).await;
        let expected = expected.map(|seconds| format!("2026-03-01T12:00:{seconds}"));
        assert_eq!(of_one, expected, "{effective_dates_are} {timestamps}");
        assert_eq!(of_other, expected[0], "{effective_dates_are} {timestamps}");
        account.control(Method::DELETE, "", None).await.expect(204);
    }
}

#[actix_web::test]
async fn effective_dates_follow_the_clock_and_never_go_back_with_it() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    let id = create(&account, eligibility("C1", "EXAM1")).await;
    let booking = account.schedule(&id).await;
    account.advance("1h").await;
    account.booking(text(&booking, "booking_code"), "cancel").await.expect(200);
    account.wait_for(2, "delivered").await;
    account.clock(json!({ "action": "set", "instant": "2026-03-01T12:30:00Z" })).await.expect(200);
    account.schedule(&id).await;
    let told: Vec<_> = receiver.take(3).await.iter().map(|call| call.member("effective_date")).collect();
    assert_eq!(told, ["2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z", "2026-03-01T13:00:01Z"]);
}
