//! When the same token comes again, and whose it is.

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::json;

use super::{DEAD, Keys, Pair, WORKS, frozen, keys, pair};
use crate::server::Server;

#[actix_web::test]
async fn the_same_token_comes_again_until_its_last_300_seconds() {
    let server = Server::shared();
    let account = frozen(&server, json!({})).await;
    let keys = keys(&account);
    let first = pair(&keys.by_password().await);
    assert_eq!(first.expires_in, 3600);
    let again = |expires_in| Pair { expires_in, ..first.clone() };
    assert_eq!(pair(&keys.by_password().await), again(3300), "300 seconds are taken off for clocks that differ");
    keys.advance("1000s").await;
    assert_eq!(pair(&keys.by_password().await), again(2300));
    keys.advance("2299s").await;
    assert_eq!(pair(&keys.by_password().await), again(1));
    keys.advance("1s").await;
    let second = pair(&keys.by_password().await);
    assert_eq!(second.expires_in, 3600);
    assert!(second.access != first.access && second.refresh != first.refresh, "the last 300 seconds give a new pair");
    keys.advance("299s").await;
    assert_eq!(keys.status_with(&first.access).await, WORKS, "the old one lives on to its end");
    assert_eq!(keys.status_with(&second.access).await, WORKS);
    keys.advance("1s").await;
    assert_eq!(keys.status_with(&first.access).await, DEAD, "and no further");
    assert_eq!(keys.status_with(&second.access).await, WORKS);
    assert_eq!(pair(&keys.by_password().await), Pair { expires_in: 3000, ..second });
}

#[actix_web::test]
async fn each_key_user_and_grant_has_a_token_of_its_own() {
    let server = Server::shared();
    let account = server
        .account(json!({ "account": {
            "users": [{ "username": "ann", "password": "a" }, { "username": "bob", "password": "b" }],
            "applications": [{ "name": "one" }, { "name": "two" }],
        } }))
        .await;
    let one = keys(&account);
    let second = &account.made["applications"][1];
    let two = Keys {
        key: second["consumer_key"].as_str().unwrap().to_owned(),
        secret: second["consumer_secret"].as_str().unwrap().to_owned(),
        ..keys(&account)
    };
    let bob = [("grant_type", "password"), ("username", "bob"), ("password", "b")];
    let mut tokens = HashSet::new();
    for round in 0..2 {
        for answer in [
            one.by_password().await,
            two.by_password().await,
            one.post("/token", &bob).await,
            one.by_client().await,
            two.by_client().await,
        ] {
            tokens.insert(pair(&answer).access);
        }
        assert_eq!(tokens.len(), 5, "after round {round}");
    }
}

#[actix_web::test]
async fn clients_that_ask_at_once_get_one_token_and_can_use_it_at_once() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let ask = async || {
        let token = pair(&keys.by_password().await).access;
        (keys.status_with(&token).await, token)
    };
    let answers = join_all((0..24).map(|_| ask())).await;
    let distinct: HashSet<_> = answers.iter().map(|(_, token)| token).collect();
    assert_eq!(distinct.len(), 1);
    assert!(answers.iter().all(|(status, _)| *status == WORKS), "{answers:?}");
}
