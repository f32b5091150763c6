//! What a receiver says back of the credentials it was shown is neither kept nor logged.

use serde_json::{Value, json};

use super::authentication::{grant, subscribe};
use super::frozen;
use crate::action::text;
use crate::receiver::{Receiver, Reply, reply};
use crate::server::{Account, Server};

/// How much of an answer is kept, in bytes.
const KEPT: usize = 64 * 1024;

/// Sends one notification, and gives its attempt once it has ended.
async fn attempt(account: &Account<'_>, candidate: &str, status: &str) -> Value {
    account.booked(candidate).await;
    let delivery = account.wait(&format!("for=delivery&status={status}&candidate_id={candidate}")).await;
    account.attempts(text(&delivery, "id")).await.remove(0)
}

#[actix_web::test]
async fn a_secret_that_is_echoed_is_hidden_in_every_form() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    for (candidate, auth, said, shown) in [
        (
            "1",
            json!({ "type": "basic", "username": "me", "password": "hunter 22" }),
            "wrong password hunter 22, hunter+22, aHVudGVyIDIy, bWU6aHVudGVyIDIy",
            "wrong password ***, ***, ***, ***",
        ),
        ("2", json!({ "type": "bearer", "token": "hunter.22" }), "no hunter.22, aHVudGVyLjIy", "no ***, ***"),
        (
            "3",
            json!({ "type": "header", "name": "X-Key", "value": "Key hunter/22" }),
            "Key hunter/22: hunter%2F22",
            "***: ***",
        ),
    ] {
        account.subscribe(&receiver.url, json!({ "auth": auth })).await;
        let headers = vec![("location", format!("http://h/?{said}")), ("x-said", said.to_owned())];
        receiver.answers([Reply { body: said, headers, ..reply(302) }]);
        let told = attempt(&account, candidate, "failed").await;
        receiver.next().await;
        assert_eq!(told["response_body"], shown);
        assert!(text(&told, "reason").contains(&format!("http://h/?{shown}")), "{told}");
        let all = told.to_string() + &server.log();
        for hidden in ["hunter", "aHVudGVy", "bWU6aHVu"] {
            assert!(!all.contains(hidden), "{hidden} is in {all}");
        }
    }
}

#[actix_web::test]
async fn a_secret_where_the_answer_is_cut_leaves_nothing() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    let auth = json!({ "type": "basic", "username": "me", "password": "hunter22" });
    account.subscribe(&receiver.url, json!({ "auth": auth })).await;
    for before in [8, 7, 4, 1] {
        let body: &str = ("-".repeat(KEPT - before) + "hunter22 it was").leak();
        receiver.answers([Reply { body, ..reply(200) }]);
        let told = attempt(&account, &before.to_string(), "delivered").await;
        receiver.next().await;
        assert_eq!(text(&told, "response_body").trim_start_matches('-'), "***", "{before}");
    }
}

#[actix_web::test]
async fn all_tokens_of_an_attempt_are_hidden_and_the_client_as_well() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let (receiver, endpoint) = (Receiver::start(), Receiver::start());
    endpoint.answers([grant("a", 3600), grant("b", 3600)]);
    let body = "first a-t0ken, then b-t0ken, of s3cret/of+the client, Yi10MGtlbg==";
    receiver.answers([reply(401), Reply { body, ..reply(200) }]);
    subscribe(&account, &receiver, &endpoint.url, json!({})).await;
    let told = attempt(&account, "1", "delivered").await;
    assert_eq!(told["response_body"], "first ***, then ***, of ***, ***");
    receiver.take(2).await;
    endpoint.take(2).await;
}
