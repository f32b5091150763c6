//! What the vendor's staff do with publications, proctored sessions and accounts, each call to each status.

use reqwest::Method;
use serde_json::{Value, json};

use super::tour::Tour;
use crate::action::text;
use crate::server::{Account, send};

/// Publications of tests.
pub async fn publications(tour: &mut Tour, account: &Account<'_>) {
    let pending = json!({ "publications": [{ "publication_id": "PENDING1", "test": { "test_code": "NEW1" },
        "effective": "2099-01-01T00:00:00Z" }] });
    tour.send(account, 200, "load_fixture", "", pending).await;
    tour.get(account, "list_publications", "").await;
    let reject = json!({ "decision": "reject" });
    tour.send(account, 200, "decide_publication", "publication_id=PENDING1", reject.clone()).await;
    tour.send(account, 409, "decide_publication", "publication_id=PENDING1", reject).await;
}

/// Proctored sessions.
pub async fn sessions(tour: &mut Tour, account: &Account<'_>) {
    let code = account.booked("C7").await["booking_code"].as_str().expect("a code").to_owned();
    let given = json!({ "proctoring_sessions": [{ "session_id": "SESSION1", "booking_code": code }] });
    tour.send(account, 200, "load_fixture", "", given).await;
    let of = "session_id=SESSION1";
    tour.get(account, "list_account_sessions", "").await;
    tour.get(account, "get_account_session", of).await;
    tour.get(account, "get_session_page", of).await;
    tour.send(account, 200, "enter_session", of, Value::Null).await;
    tour.send(account, 200, "check_in_session", of, Value::Null).await;
    tour.send(account, 200, "check_in_booking", &format!("booking_code={code}"), Value::Null).await;
    let clean = json!({ "review_status": "CLEAN" });
    tour.send(account, 409, "review_session", of, clean.clone()).await;
    tour.send(account, 409, "begin_session_review", of, Value::Null).await;
    let submitted = json!({ "session_id": "SESSION1", "booking_code": code, "status": "SUBMITTED" });
    tour.send(account, 200, "load_fixture", "", json!({ "proctoring_sessions": [submitted] })).await;
    for (name, values) in [("enter_session", of), ("check_in_session", of)] {
        tour.send(account, 409, name, values, Value::Null).await;
    }
    tour.send(account, 409, "check_in_booking", &format!("booking_code={code}"), Value::Null).await;
    tour.send(account, 200, "begin_session_review", of, Value::Null).await;
    tour.send(account, 200, "put_subscription", "service=proctoring_results", json!({ "url": "inbox:full" })).await;
    account.set(json!({ "max_deliveries": 0 })).await;
    tour.send(account, 503, "review_session", of, clean.clone()).await;
    account.set(json!({ "max_deliveries": 1_000_000 })).await;
    tour.send(account, 200, "review_session", of, clean).await;
}

/// An event of so many seats.
pub fn event(code: &str, max_seat: u32) -> Value {
    json!({ "invitation_code": code, "test_code": "EXAM1", "location_code": "MKC7Q4TX",
        "starts": "2099-03-07T15:00:00Z", "max_seat": max_seat })
}

pub fn place() -> Value {
    json!({ "zip": "66006", "city": "Baldwin City", "state": "KS", "country": "US", "latitude": 38.78,
        "longitude": -95.19 })
}

/// Invitations, whose seats are not taken away from those who have them; and places.
pub async fn invitations(tour: &mut Tour, account: &Account<'_>) {
    let of = "invitation_code=EVENT1";
    tour.send(account, 200, "put_invitation", of, event("EVENT1", 1)).await;
    let jo = json!({ "candidate_id": "C9", "candidate_name": { "first_name": "Jo", "last_name": "Doe" } });
    let path = "/bookingService/1.0.9/invitations/EVENT1?performed_by_user=csr";
    send(account.server.request(Method::POST, path).bearer_auth(&account.token).json(&jo)).await.expect(200);
    assert_eq!(tour.get(account, "get_account_invitation", of).await["seats_taken"], 1);
    tour.send(account, 409, "put_invitation", of, event("EVENT1", 0)).await;
    tour.get(account, "list_invitations", "").await;
    tour.send(account, 201, "create_place", "", place()).await;
    tour.get(account, "list_places", "").await;
}

/// A key that the account was made with, and that another one has by now.
pub async fn a_reset_finds_its_key_taken(tour: &mut Tour, account: &Account<'_>) {
    let made = account.control(Method::GET, "?secrets=true", None).await.expect(200);
    let (name, key) = (text(&made["applications"][0], "name"), &made["applications"][0]["consumer_key"]);
    account.control(Method::DELETE, &format!("/applications/{name}"), None).await.expect(204);
    let taker =
        json!({ "account": { "account_code": "TAKER1", "applications": [{ "name": "a", "consumer_key": key }] } });
    account.server.control(Method::POST, "/accounts", Some(taker)).await.expect(201);
    tour.send(account, 409, "reset_account", "", Value::Null).await;
    account.server.control(Method::DELETE, "/accounts/TAKER1", None).await.expect(204);
}
