//! Consumer keys and static tokens across the accounts of a server.

use reqwest::Method;
use serde_json::json;

use super::{Keys, WORKS, assert_refused, keys, pair};
use crate::server::{Server, send};

#[actix_web::test]
async fn the_consumer_key_selects_the_account_and_users_are_known_in_it_alone() {
    let server = Server::shared();
    let user = |password: &str| json!({ "account": { "users": [{ "username": "partner", "password": password }] } });
    let (one, two) = (server.account(user("first-pass")).await, server.account(user("second-pass")).await);
    let (one, two) = (keys(&one), keys(&two));
    let tokens = [pair(&one.by_password().await).access, pair(&two.by_password().await).access];
    assert_ne!(tokens[0], tokens[1], "the same name, the same scope, another account");
    assert_eq!(one.status_with(&tokens[0]).await, WORKS);
    assert_eq!(two.status_with(&tokens[1]).await, WORKS);
    assert_eq!(two.status_with(&tokens[0]).await, 403, "a token of the other account");
    let crossed = Keys { password: one.password.clone(), ..two };
    let answer = crossed.by_password().await;
    assert_refused(&answer, 400, "invalid_grant", "Authentication failed for partner", "the other one's password");
}

#[actix_web::test]
async fn a_consumer_key_or_static_token_that_is_taken_makes_no_account() {
    let server = Server::shared();
    let app = |key: &str| json!([{ "name": "a", "consumer_key": key, "consumer_secret": "s" }]);
    let first = json!({ "account": { "account_code": "TAKEN1", "applications": app("taken-k1"), "static_tokens": ["taken-t1"] } });
    server.account(first).await;
    for second in [
        json!({ "account_code": "TAKEN2", "applications": app("taken-k1"), "static_tokens": ["taken-t2"] }),
        json!({ "account_code": "TAKEN2", "applications": app("taken-k2"), "static_tokens": ["taken-t1"] }),
        json!({ "account_code": "TAKEN1", "applications": app("taken-k2"), "static_tokens": ["taken-t2"] }),
    ] {
        let answer = server.control(Method::POST, "/accounts", Some(json!({ "account": second }))).await;
        answer.problem(409);
        assert_eq!(server.control(Method::GET, "/accounts/TAKEN2", None).await.status, 404);
        let form = [("grant_type", "client_credentials")];
        let half = send(server.request(Method::POST, "/token").basic_auth("taken-k2", Some("s")).form(&form)).await;
        assert_eq!(half.status, 401, "nothing is left of it: {}", half.text);
    }
    let second = json!({ "account": { "account_code": "TAKEN2", "applications": app("taken-k2"), "static_tokens": ["taken-t2"] } });
    server.account(second).await;
}
