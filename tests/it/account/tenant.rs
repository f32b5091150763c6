//! An account is a tenant: the same bytes from the same seed, and nothing shared with another one.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::{named, status_with, story};
use crate::server::{Server, send};

#[actix_web::test]
async fn the_same_seed_and_account_code_give_the_same_bytes_on_two_servers() {
    let (one, two) = (Server::shared(), Server::start());
    let people = |mut given: Value| {
        given["eligibilities"] = json!([{ "test_code": "EXAM1" }, { "test_code": "HOME1" }]);
        given
    };
    let account = one.account(people(named("TENANT1"))).await;
    let first = story(&account).await;
    // Another account and another order of work beside it change nothing.
    story(&two.account(named("NEIGHBOUR")).await).await;
    let second = story(&two.account(people(named("TENANT1"))).await).await;
    assert_eq!(first, second);
    let other_code = story(&one.account(people(named("TENANT2"))).await).await;
    account.control(Method::DELETE, "", None).await.expect(204);
    let mut seeded = people(named("TENANT1"));
    seeded["seed"] = json!(8);
    let other_seed = story(&one.account(seeded).await).await;
    for other in [other_code, other_seed] {
        // The answer of create, the first booking, the generated people.
        for line in [0, 1, 13] {
            assert_ne!(first[line], other[line]);
        }
    }
}

#[actix_web::test]
async fn no_two_accounts_ever_share_an_identifier() {
    let server = Server::shared();
    let mut seen = BTreeSet::new();
    for number in 0..4 {
        let mut given = named(&format!("MANY{number}"));
        let made: Vec<_> = (0..50)
            .map(|i| json!({ "test_code": "HOME1", "client_eligibility_id": format!("E{i}"), "candidate": { "candidate_id": format!("C{i}") } }))
            .collect();
        given["bookings"] = (0..50).map(|i| json!({ "eligibility": format!("E{i}") })).collect();
        given["eligibilities"] = json!(made);
        let account = server.account(given).await;
        for (list, name) in [("/eligibilities", "psi_eligiblity_id"), ("/bookings", "booking_code")] {
            let list = account.control(Method::GET, &format!("{list}?limit=500"), None).await.expect(200);
            let ids = list["items"].as_array().expect("items").iter();
            seen.extend(ids.map(|item| item[name].as_str().expect("an identifier").to_owned()));
        }
    }
    assert_eq!(seen.len(), 400);
    assert!(seen.iter().all(|id| id.len() == 8 && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())));
}

/// Issue 8: identifiers are unique in their account, which every path or token names.
#[actix_web::test]
async fn two_accounts_may_have_the_same_booking_code() {
    let server = Server::shared();
    let booked = |code: &str| {
        let mut given = named(code);
        given["eligibilities"] = json!([{ "test_code": "EXAM1", "client_eligibility_id": "E1" }]);
        given["bookings"] = json!([{ "eligibility": "E1", "booking_code": "TWINS001" }]);
        given
    };
    let (first, second) = (server.account(booked("TWINS1")).await, server.account(booked("TWINS2")).await);
    first.booking("TWINS001", "cancel").await.expect(200);
    let states = [&first, &second].map(|account| account.control(Method::GET, "/bookings/TWINS001", None));
    let states = futures_util::future::join_all(states).await;
    let states: Vec<_> = states.iter().map(|answer| answer.expect(200)["state"].clone()).collect();
    assert_eq!(states, ["CANCELLED", "BOOKED"]);
    // A reset makes them anew, whoever has the code meanwhile.
    for account in [&first, &second] {
        account.control(Method::POST, "/reset", None).await.expect(204);
        account.control(Method::GET, "/bookings/TWINS001", None).await.expect(200);
    }
}

#[actix_web::test]
async fn nothing_leaks_from_one_account_to_another() {
    let server = Server::shared();
    let (a, b) = (server.account(named("LEAK1")).await, server.account(named("LEAK2")).await);
    let lists = [
        "/eligibilities",
        "/bookings",
        "/deliveries",
        "/candidates",
        "/requests",
        "/settings",
        "/clock",
        "/tests",
        "/vouchers",
        "/subscriptions",
        "",
    ];
    let mut before = Vec::new();
    for list in lists {
        before.push(b.control(Method::GET, list, None).await.text);
    }
    let id = a.eligible("C1", "EXAM1").await;
    let booking = a.schedule(&id).await["booking_code"].as_str().expect("a code").to_owned();
    a.control(Method::PATCH, "/settings", Some(json!({ "approval": true }))).await.expect(200);
    let set = json!({ "action": "set", "instant": "2027-01-01T00:00:00Z" });
    a.control(Method::PUT, "/clock", Some(set)).await.expect(200);
    a.subscribe("http://127.0.0.1:9/notifications", json!({ "paused": true })).await;
    let more = json!({ "catalog": { "tests": [{ "test_code": "MORE" }], "vouchers": [{ "voucher_code": "MORE" }] } });
    a.control(Method::POST, "/fixtures", Some(more)).await.expect(200);
    for (list, before) in lists.iter().zip(before) {
        assert_eq!(b.control(Method::GET, list, None).await.text, before, "{list}");
    }
    insta::assert_snapshot!(b.get("/candidates/C1").await.told(), @r#"
    400 application/json
    {
      "error": "Bad Request",
      "error_description": "No data found for the given candidate id."
    }
    "#);
    let bearer = |method, path: String| server.request(method, &path).bearer_auth(&b.token);
    let launch = send(bearer(Method::GET, format!("/eligibilities/{id}/testLaunchInfo"))).await;
    assert_eq!(launch.refused(400), "Unable to get the account and test details for the given accountCode/testCode.");
    let result = json!({ "result": "PASS", "score": 1 });
    let result = send(bearer(Method::PUT, format!("/bookings/{booking}/results")).json(&result)).await;
    assert_eq!(result.refused(400), format!("No booking found for the given booking code {booking:?}."));
    for path in [format!("/eligibilities/{id}/block"), format!("/bookings/{booking}/cancel")] {
        assert!(b.control(Method::POST, &path, None).await.problem(404).starts_with("there is no "));
    }
    assert_eq!(status_with(&server, &b.token, "LEAK1").await, 403);
    let booking = a.control(Method::GET, &format!("/bookings/{booking}"), None).await.expect(200);
    assert_eq!((&booking["state"], &booking["result"]), (&json!("BOOKED"), &json!(null)));
}
