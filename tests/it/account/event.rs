//! The stream of all that happens in an account.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::named;
use crate::server::{Account, Server};

/// Somebody who follows an account.
struct Follower {
    response: Response,
    read: String,
}

impl Follower {
    async fn of(account: &Account<'_>, last: Option<&str>) -> Self {
        let mut request = account.server.request(Method::GET, &format!("/_sandbox/accounts/{}/events", account.code));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, read: String::new() }
    }

    /// The next event: its id, its name, its data; `None` at the end.
    async fn next(&mut self) -> Option<(String, String, Value)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.read = rest;
                if event.starts_with(':') {
                    continue;
                }
                let value = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.unwrap_or_else(|| panic!("no {name} in {event}")).to_owned()
                };
                let data = serde_json::from_str(&value("data: ")).expect("JSON");
                return Some((value("id: "), value("event: "), data));
            }
            let chunk = self.response.chunk().await.expect("a stream")?;
            self.read += std::str::from_utf8(&chunk).expect("UTF-8");
        }
    }

    async fn expect(&mut self, id: &str, name: &str) -> Value {
        let (got, event, data) = self.next().await.expect("an event");
        assert_eq!((got.as_str(), event.as_str()), (id, name), "{data}");
        data
    }
}

fn tables(change: &Value) -> Vec<&str> {
    change["rows"].as_array().expect("rows").iter().map(|row| row["table"].as_str().expect("a table")).collect()
}

#[actix_web::test]
async fn every_change_and_every_call_is_an_event_and_a_follower_goes_on_where_it_was() {
    let server = Server::shared();
    let account = server.account(named("EVENT1")).await;
    let mut follower = Follower::of(&account, None).await;
    let id = account.eligible("C1", "EXAM1").await;
    // The first was the making of the account.
    let change = follower.expect("0.2", "change").await;
    assert_eq!(tables(&change), ["ids", "eligibilities"]);
    assert_eq!(change["at"], "2026-03-01T09:00:00.000Z");
    assert_eq!(change["rows"][1]["value"]["psi_eligiblity_id"], id.as_str());
    let call = follower.expect("0.3", "request").await;
    assert_eq!((&call["operation"], &call["status"]), (&json!("create_eligibility"), &json!(201)));
    assert!(call.get("request_body").is_none() && call.get("request_headers").is_none(), "{call}");
    // A refused call changes nothing.
    account.get("/candidates/NOSUCH").await.refused(400);
    follower.expect("0.4", "request").await;
    account.subscribe("http://127.0.0.1:9/", json!({ "paused": true })).await;
    follower.expect("0.5", "change").await;
    account.schedule(&id).await;
    let change = follower.expect("0.6", "change").await;
    let delivery = change["rows"].as_array().expect("rows").iter().find(|row| row["table"] == "deliveries");
    let delivery = &delivery.expect("a delivery")["value"];
    assert_eq!((&delivery["status"], delivery.get("body")), (&json!("paused"), None));
    account.control(Method::POST, "/reset", None).await.expect(204);
    let reset = follower.expect("1.7", "reset").await;
    assert_eq!(reset["at"], "2026-03-01T09:00:00.000Z");
    let mut returned = Follower::of(&account, Some("0.4")).await;
    for (id, name) in [("0.5", "change"), ("0.6", "change"), ("1.7", "reset")] {
        let (_, event, _) = returned.next().await.expect("an event");
        assert_eq!(event, name, "{id}");
    }
    // It heard more than ever happened: it followed a server that is gone.
    let mut stranger = Follower::of(&account, Some("7.1000")).await;
    stranger.expect("1.7", "reset").await;
    account.control(Method::DELETE, "", None).await.expect(204);
    for mut follower in [follower, returned, stranger] {
        assert_eq!(follower.next().await, None, "the account is gone");
    }
}

#[actix_web::test]
async fn what_is_not_remembered_any_more_is_told_by_its_count() {
    let server = Server::shared();
    let account = server.account(named("EVENT2")).await;
    account.eligible("C0", "EXAM1").await;
    // Nobody listened so far: neither to the making of the account, nor to the call and what it changed.
    let mut follower = Follower::of(&account, Some("0.0")).await;
    assert_eq!(follower.expect("0.3", "lost").await, json!({ "count": 3 }));
    account.eligible("C1", "EXAM1").await;
    follower.expect("0.4", "change").await;
    let bad = server.request(Method::GET, "/_sandbox/accounts/EVENT2/events").header("last-event-id", "seven");
    let why = crate::server::send(bad).await.problem(400);
    assert_eq!(why, "Last-Event-ID: expected the id of an event like 0.42, got \"seven\"");
}

#[actix_web::test]
async fn no_event_shows_a_secret() {
    let server = Server::shared();
    let account = server.account(named("EVENT3")).await;
    let mut follower = Follower::of(&account, None).await;
    let user = json!({ "username": "al", "password": "hidden-1" });
    account.control(Method::POST, "/users", Some(user)).await.expect(201);
    let keys = json!({ "name": "b", "consumer_key": "key-EVENT3-b", "consumer_secret": "hidden-2" });
    account.control(Method::POST, "/applications", Some(keys)).await.expect(201);
    for auth in [
        json!({ "type": "basic", "username": "u", "password": "hidden-3" }),
        json!({ "type": "bearer", "token": "hidden-4" }),
        json!({ "type": "header", "name": "x-key", "value": "hidden-5" }),
        json!({ "type": "oauth2", "token_url": "http://127.0.0.1:9/", "client_id": "c", "client_secret": "hidden-6",
            "params": { "key": "hidden-7" } }),
    ] {
        let secret = "whsec_aGlkZGVuLXNlY3JldC1vZi1hLXN1YnNjcmlwdGlvbg==";
        let signing = json!({ "type": "standard-webhooks", "secret": secret });
        account.subscribe("http://127.0.0.1:9/", json!({ "auth": auth, "signing": signing })).await;
    }
    let issued = super::token(&server, "key-EVENT3", "secret-EVENT3").await.expect(200);
    let issued = issued["access_token"].as_str().expect("a token").to_owned();
    account.eligible("C1", "EXAM1").await;
    let mut all = String::new();
    while !all.contains("create_eligibility") {
        let (_, _, data) = follower.next().await.expect("an event");
        all += &data.to_string();
    }
    assert!(all.contains("***") && all.contains("\"table\":\"tokens\""), "{all}");
    for secret in ["hidden-", "aGlkZGVu", "secret-EVENT3", issued.as_str()] {
        assert!(!all.contains(secret), "{secret} is in {all}");
    }
}
