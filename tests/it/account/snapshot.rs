//! Snapshots: an account comes back to what it was, and a fork goes on from it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{named, status_with, story, token};
use crate::server::{Account, Server};

/// All that an account shows of itself.
async fn all_of(account: &Account<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for list in ["?secrets=true", "/settings", "/clock", "/subscriptions", "/faults"] {
        all.push(account.control(Method::GET, list, None).await.text);
    }
    all.extend(records(account).await);
    all
}

async fn records(account: &Account<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for list in ["/eligibilities", "/bookings", "/deliveries", "/tests", "/test_centers", "/vouchers", "/candidates"] {
        let answer = account.control(Method::GET, list, None).await;
        assert_eq!(answer.status, 200, "{list}");
        all.push(answer.text);
    }
    all
}

async fn taken(account: &Account<'_>) -> Value {
    account.control(Method::GET, "/snapshot", None).await.expect(200)
}

async fn refused(account: &Account<'_>, snapshot: Value, status: u16) -> String {
    account.control(Method::PUT, "/snapshot", Some(snapshot)).await.problem(status)
}

#[actix_web::test]
async fn an_account_comes_back_to_its_snapshot_and_goes_on_from_it() {
    let server = Server::shared();
    let account = server.account(named("SNAP1")).await;
    let add = json!({ "effect": { "status": 503 }, "match": { "operation": "get_result" } });
    account.control(Method::POST, "/faults", Some(add)).await.expect(201);
    account.subscribe("http://127.0.0.1:9/", json!({ "paused": true })).await;
    account.booked("C0").await;
    let kept = token(&server, "key-SNAP1", "secret-SNAP1").await.expect(200)["access_token"].clone();
    let (snapshot, before) = (taken(&account).await, all_of(&account).await);
    let mut stories = Vec::new();
    for _ in 0..2 {
        stories.push(story(&account).await);
        account.control(Method::PATCH, "/settings", Some(json!({ "approval": true }))).await.expect(200);
        let later = json!({ "action": "set", "instant": "2027-01-01T00:00:00Z" });
        account.control(Method::PUT, "/clock", Some(later)).await.expect(200);
        let user = json!({ "username": "al", "password": "new" });
        account.control(Method::POST, "/users", Some(user)).await.expect(201);
        account.control(Method::PUT, "/snapshot", Some(snapshot.clone())).await.expect(204);
        assert_eq!(all_of(&account).await, before);
        // 400: it works, and the snapshot has no such candidate.
        assert_eq!(status_with(&server, kept.as_str().expect("a token"), "SNAP1").await, 400);
    }
    assert_eq!(stories[0], stories[1]);
    assert_eq!(taken(&account).await["rows"], snapshot["rows"]);
}

#[actix_web::test]
async fn a_token_that_a_snapshot_does_not_have_ends() {
    let server = Server::shared();
    let account = server.account(named("SNAP2")).await;
    let snapshot = taken(&account).await;
    let issued = token(&server, "key-SNAP2", "secret-SNAP2").await.expect(200)["access_token"].clone();
    let issued = issued.as_str().expect("a token");
    assert_eq!(status_with(&server, issued, "SNAP2").await, 400);
    account.control(Method::PUT, "/snapshot", Some(snapshot)).await.expect(204);
    assert_eq!(status_with(&server, issued, "SNAP2").await, 401);
}

#[actix_web::test]
async fn a_snapshot_that_does_not_fit_changes_nothing() {
    let server = Server::shared();
    let account = server.account(named("SNAP3")).await;
    let other = server.account(named("SNAP4")).await;
    let (fits, before) = (taken(&account).await, all_of(&account).await);
    let why = refused(&account, taken(&other).await, 409).await;
    assert_eq!(why, "account: expected a snapshot of SNAP3, got one of SNAP4");
    let mut newer = fits.clone();
    newer["format"] = json!(3);
    assert_eq!(refused(&account, newer, 400).await, "format: expected 2, got 3");
    let mut endless = fits.clone();
    let rows = endless["rows"].as_array_mut().expect("rows");
    rows.push(json!({ "table": "eligibilities", "key": u64::MAX, "value": null }));
    let why = refused(&account, endless, 400).await;
    assert!(why.starts_with("rows: expected numbers below 9007199254740992, got "), "{why}");
    let mut empty = fits.clone();
    empty["rows"] = json!([]);
    assert_eq!(refused(&account, empty, 400).await, "rows: expected one of table account, got none");
    for wrong in [json!([]), json!({}), json!({ "format": 2 }), json!({ "rows": [{ "table": "nosuch" }] })] {
        refused(&account, wrong, 400).await;
    }
    // Another account has the key by now.
    let rename = json!({ "account": { "applications": [{ "name": "app", "consumer_key": "key-SNAP3-new" }] } });
    account.control(Method::POST, "/fixtures", Some(rename)).await.expect(200);
    let mut younger = named("SNAP5");
    younger["account"]["applications"][0]["consumer_key"] = json!("key-SNAP3");
    server.account(younger).await;
    let renamed = all_of(&account).await;
    assert_ne!(renamed, before);
    assert_eq!(refused(&account, fits, 409).await, "consumer_key: another account of this server has it");
    assert_eq!(all_of(&account).await, renamed);
}

#[actix_web::test]
async fn a_fork_has_the_same_records_and_credentials_of_its_own() {
    let server = Server::shared();
    let account = server.account(named("FORK1")).await;
    account.subscribe("http://127.0.0.1:9/", json!({ "paused": true })).await;
    let booking = account.booked("C1").await;
    let code = booking["booking_code"].as_str().expect("a code").to_owned();
    let issued = token(&server, "key-FORK1", "secret-FORK1").await.expect(200)["access_token"].clone();
    let input = json!({ "account_code": "FORK2" });
    let made = account.control(Method::POST, "/fork", Some(input.clone())).await.expect(201);
    account.control(Method::POST, "/fork", Some(input)).await.problem(409);
    let fork = server.adopt(made.clone());
    assert_eq!(records(&fork).await, records(&account).await);
    let keys = &made["applications"][0];
    let (key, secret) = (keys["consumer_key"].as_str().expect("a key"), keys["consumer_secret"].as_str().expect("one"));
    assert!(key != "key-FORK1" && secret != "secret-FORK1" && made["static_tokens"][0] != "token-FORK1");
    let own = token(&server, key, secret).await.expect(200)["access_token"].clone();
    for (token, code, status) in [
        (own.as_str().expect("a token"), "FORK2", 200),
        (&fork.token, "FORK2", 200),
        (&account.token, "FORK2", 403),
        (issued.as_str().expect("a token"), "FORK1", 200),
        (&fork.token, "FORK1", 403),
    ] {
        assert_eq!(status_with(&server, token, code).await, status, "{code} {token}");
    }
    // Each goes its own way.
    account.booking(&code, "cancel").await.expect(200);
    let kept = fork.control(Method::GET, &format!("/bookings/{code}"), None).await.expect(200);
    assert_eq!(kept["state"], "BOOKED");
    fork.control(Method::POST, "/reset", None).await.expect(204);
    assert_eq!(status_with(&server, &fork.token, "FORK2").await, 400);
    let made = account.control(Method::POST, "/fork", None).await.expect(201);
    assert_ne!(made["account_code"], "FORK1");
}
