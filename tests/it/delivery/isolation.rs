//! Whose a token is, and by whose clock it ends.

use reqwest::Method;
use serde_json::json;

use super::authentication::{grant, subscribe, tokens};
use super::frozen;
use crate::receiver::{Receiver, reply};
use crate::server::{Account, Server};

#[actix_web::test]
async fn a_token_lives_by_the_accounts_clock_where_the_settings_say_so() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let (receiver, endpoint) = (Receiver::start(), Receiver::start());
    // By the machine's clock the first would end at once.
    endpoint.answers([grant("a", 0), grant("b", 3600), grant("c", 3600), grant("d", 3600)]);
    subscribe(&account, &receiver, &endpoint.url, json!({})).await;
    let sent = async |candidate: &str| {
        account.booked(candidate).await;
        let call = receiver.next().await;
        account.wait(&format!("for=delivery&status=delivered&candidate_id={candidate}")).await;
        call.header("authorization").to_owned()
    };
    assert_eq!(sent("1").await, "Bearer a-t0ken");
    account.set(json!({ "tokens": "clock" })).await;
    assert_eq!(sent("2").await, "Bearer b-t0ken");
    account.advance("59m").await;
    assert_eq!(sent("3").await, "Bearer b-t0ken");
    account.advance("1m").await;
    assert_eq!(sent("4").await, "Bearer c-t0ken");
    // A token by one clock says nothing about the other.
    account.set(json!({ "tokens": "wall" })).await;
    assert_eq!(sent("5").await, "Bearer d-t0ken");
    endpoint.take(4).await;
}

#[actix_web::test]
async fn a_token_serves_its_account_alone() {
    let server = Server::shared();
    let (one, other) = (server.account(frozen()).await, server.account(frozen()).await);
    let (receiver, endpoint) = (Receiver::start(), Receiver::start());
    endpoint.answers([grant("a", 3600), grant("b", 3600), grant("c", 3600)]);
    // The third, of the one account, is refused.
    receiver.answers([reply(200), reply(200), reply(401)]);
    for (account, candidate) in [(&one, "1"), (&other, "1"), (&one, "2"), (&other, "2")] {
        subscribe(account, &receiver, &endpoint.url, json!({})).await;
        account.booked(candidate).await;
        account.wait(&format!("for=delivery&status=delivered&candidate_id={candidate}")).await;
    }
    let shown = ["a", "b", "a", "c", "b"].map(|name| format!("Bearer {name}-t0ken"));
    assert_eq!(tokens(&receiver.take(5).await), shown);
    endpoint.take(3).await;
}

#[actix_web::test]
async fn a_reset_starts_without_a_token() {
    let server = Server::start();
    let (receiver, endpoint) = (Receiver::start(), Receiver::start());
    endpoint.answers(["a", "b", "c", "d"].map(|name| grant(name, 3600)));
    let given = json!({ "account": { "account_code": "AGAIN" }, "clock": frozen()["clock"] });
    let account = server.account(given.clone()).await;
    let sent = async |account: &Account<'_>| {
        subscribe(account, &receiver, &endpoint.url, json!({})).await;
        account.booked("1").await;
        account.wait_for(1, "delivered").await;
        receiver.next().await.header("authorization").to_owned()
    };
    assert_eq!(sent(&account).await, "Bearer a-t0ken");
    account.control(Method::POST, "/reset", None).await.expect(204);
    assert_eq!(sent(&account).await, "Bearer b-t0ken");
    // Another account under the same code is another account.
    account.control(Method::DELETE, "", None).await.expect(204);
    let account = server.account(given.clone()).await;
    assert_eq!(sent(&account).await, "Bearer c-t0ken");
    server.control(Method::POST, "/reset", None).await.expect(204);
    let account = server.account(given).await;
    assert_eq!(sent(&account).await, "Bearer d-t0ken");
    endpoint.take(4).await;
}
