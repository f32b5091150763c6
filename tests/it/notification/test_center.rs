//! Test centers that close and open again, and what the partner is told of it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{create, given};
use crate::action::{text, texts};
use crate::receiver::Receiver;
use crate::server::{Account, Server, eligibility, laid_out};

async fn turn(account: &Account<'_>, code: &str, action: &str, input: Option<Value>) -> crate::server::Answer {
    account.control(Method::POST, &format!("/test_centers/{code}/{action}"), input).await
}

#[actix_web::test]
async fn a_center_that_closes_names_its_bookings_and_takes_no_more_until_it_opens_again() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    let subscription = json!({ "url": receiver.url });
    account.control(Method::PUT, "/subscriptions/test_center_notification", Some(subscription)).await.expect(200);
    let id = create(&account, eligibility("C1", "EXAM1")).await;
    let booking = account.schedule(&id).await;
    let closed = turn(&account, "CENTER01", "close", None).await.expect(200);
    assert_eq!(closed["status"], "TEMPORARILY_CLOSED");
    let call = receiver.next().await;
    let closed = String::from_utf8_lossy(&call.body).replace(text(&booking, "booking_code"), "BOOKING");
    insta::assert_snapshot!(laid_out(&closed), @r#"
    {
      "location_code": "CENTER01",
      "location_name": "Riverbend Center",
      "change_reason": "TEST_CENTER_CLOSED",
      "effective_date": "2026-03-01T12:00:00Z",
      "status": "TEMPORARILY_CLOSED",
      "address1": "1 Main Street",
      "address2": "Suite 2",
      "city": "Kansas City",
      "province_state": "MO",
      "country": "US",
      "postal_code": "64111",
      "location_timezone": "America/Chicago",
      "affected_bookings": [
        "BOOKING"
      ]
    }
    "#);
    assert!(call.is_signed_with(super::SECRET));
    let other = create(&account, eligibility("C2", "EXAM1")).await;
    account.schedule_as(&other, json!({ "location_code": "CENTER01" })).await.problem(409);
    let refused = turn(&account, "CENTER01", "close", None).await.problem(409);
    assert_eq!(refused, "test center CENTER01 is closed already");
    turn(&account, "CENTER01", "reopen", None).await.expect(200);
    let reopened = closed
        .replace("TEST_CENTER_CLOSED", "TEST_CENTER_REOPENED")
        .replace("TEMPORARILY_CLOSED", "OPEN")
        .replace("\"BOOKING\"", "");
    assert_eq!(String::from_utf8_lossy(&receiver.next().await.body), reopened);
    account.schedule(&other).await;
    turn(&account, "CENTER01", "reopen", None).await.problem(409);
    turn(&account, "NOSUCH", "close", None).await.problem(404);
    let forever = json!({ "permanently": true });
    assert_eq!(turn(&account, "CENTER01", "close", Some(forever.clone())).await.expect(200)["status"], "CLOSED");
    let told = receiver.next().await.json();
    assert_eq!((&told["change_reason"], &told["status"]), (&json!("TEST_CENTER_CLOSED"), &json!("CLOSED")));
    assert_eq!(told["affected_bookings"].as_array().map(Vec::len), Some(2));
    turn(&account, "CENTER01", "close", Some(forever)).await.problem(409);
    let refused = turn(&account, "CENTER01", "reopen", None).await.problem(409);
    assert_eq!(refused, "test center CENTER01 is closed for good");
    let rows = account.items("/deliveries?service=test_center_notification").await;
    assert_eq!((&rows[0]["booking_code"], &rows[0]["candidate_id"]), (&Value::Null, &Value::Null));
    account.wait("for=delivery&status=delivered&count=3").await;
    let again = json!({ "as": "now" });
    let path = format!("/deliveries/{}/resend", text(&rows[0], "id"));
    assert!(account.control(Method::POST, &path, Some(again)).await.problem(409).contains("is of no booking"));
}

#[actix_web::test]
async fn a_center_that_nobody_is_told_of_needs_no_room() {
    let server = Server::shared();
    let account = server.account(given()).await;
    account.set(json!({ "max_deliveries": 0 })).await;
    turn(&account, "NOSUCH", "close", None).await.problem(404);
    turn(&account, "CENTER01", "close", None).await.expect(200);
    turn(&account, "CENTER01", "reopen", None).await.expect(200);
    assert!(account.deliveries().await.is_empty());
}

#[actix_web::test]
async fn a_center_that_cancels_on_close_tells_of_itself_and_of_each_booking() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let (centers, bookings) = (Receiver::start(), Receiver::start());
    account.subscribe(&bookings.url, json!({})).await;
    let subscription = json!({ "url": centers.url });
    account.control(Method::PUT, "/subscriptions/test_center_notification", Some(subscription)).await.expect(200);
    let mut codes = Vec::new();
    for candidate in ["C1", "C2"] {
        let id = create(&account, eligibility(candidate, "EXAM1")).await;
        codes.push(text(&account.schedule(&id).await, "booking_code").to_owned());
        bookings.next().await;
    }
    account.set(json!({ "max_deliveries": 4 })).await;
    let cancel = json!({ "on_close": "cancel" });
    turn(&account, "CENTER01", "close", Some(cancel.clone())).await.problem(503);
    assert_eq!(account.control(Method::GET, "/test_centers/CENTER01", None).await.expect(200)["status"], "OPEN");
    account.set(json!({ "max_deliveries": 5 })).await;
    turn(&account, "CENTER01", "close", Some(json!({ "on_close": "burn" }))).await.problem(400);
    turn(&account, "CENTER01", "close", Some(cancel)).await.expect(200);
    let mut affected = centers.next().await.json()["affected_bookings"].clone();
    affected.as_array_mut().expect("codes").sort_by_key(ToString::to_string);
    let mut cancelled: Vec<_> = bookings.take(2).await.iter().map(|call| call.member("booking_code")).collect();
    for sorted in [&mut cancelled, &mut codes] {
        sorted.sort();
    }
    assert_eq!((&cancelled, affected), (&codes, json!(codes)));
    assert_eq!(texts(&account.items("/bookings").await, "state"), ["CANCELLED"; 2]);
}

/// Issue 8: a delivery of a test center has a reason of its own, and is found by it; two centers never share a lane.
#[actix_web::test]
async fn what_is_told_of_a_center_is_found_by_its_reason_and_waits_for_no_other_center() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    receiver.answers([crate::receiver::reply(500)]);
    let subscription = json!({ "url": receiver.url, "retry": "automatic", "retry_schedule": ["1h"] });
    account.control(Method::PUT, "/subscriptions/test_center_notification", Some(subscription)).await.expect(200);
    turn(&account, "CENTER01", "close", None).await.expect(200);
    account.wait("for=delivery&status=pending&change_reason=TEST_CENTER_CLOSED").await;
    receiver.next().await;
    // The first center's next notification waits behind the one that failed; another center's goes.
    turn(&account, "CENTER01", "reopen", None).await.expect(200);
    let centers = account.control(Method::GET, "/test_centers", None).await.expect(200);
    let codes = texts(centers["items"].as_array().expect("items"), "location_code");
    if let Some(other) = codes.iter().find(|code| *code != "CENTER01") {
        turn(&account, other, "close", None).await.expect(200);
        account.wait("for=delivery&status=delivered&change_reason=TEST_CENTER_CLOSED").await;
    }
    for (reason, count) in
        [("TEST_CENTER_CLOSED", 1 + usize::from(codes.len() > 1)), ("TEST_CENTER_REOPENED", 1), ("BOOKING_CREATED", 0)]
    {
        let path = format!("/deliveries?change_reason={reason}");
        let found = account.control(Method::GET, &path, None).await.expect(200);
        let found = found["items"].as_array().expect("items");
        assert_eq!(found.len(), count, "{reason}");
        assert!(found.iter().all(|one| one["change_reason"] == reason), "{found:?}");
    }
    let nonsense = account.control(Method::GET, "/deliveries?change_reason=MOVED", None).await.problem(400);
    assert!(nonsense.contains("TEST_CENTER_CLOSED or TEST_CENTER_REOPENED, got \"MOVED\""), "{nonsense}");
}
