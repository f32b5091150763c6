//! How long a token lives, and by whose clock.

use reqwest::Method;
use serde_json::json;

use super::{DEAD, Pair, WORKS, assert_refused, frozen, keys, pair};
use crate::server::Server;

#[actix_web::test]
async fn validity_period_sets_the_life_and_under_300_seconds_every_token_is_new() {
    let server = Server::shared();
    let account = frozen(&server, json!({ "applications": [{ "name": "a" }] })).await;
    let keys = keys(&account);
    let (short, other) = (keys.by_client_for("299").await, keys.by_client_for("299").await);
    assert_eq!((short.expires_in, other.expires_in), (299, 299));
    assert_ne!(short.access, other.access);
    let long = pair(&keys.by_client().await);
    assert_eq!(long.expires_in, 3600);
    let beside = keys.by_client_for("1").await;
    assert!(beside.access != long.access && beside.expires_in == 1);
    assert_eq!(pair(&keys.by_client().await).access, long.access, "a short one does not take its place");
    keys.advance("1s").await;
    assert_eq!(keys.status_with(&beside.access).await, DEAD);
    keys.advance("297s").await;
    assert_eq!(keys.status_with(&short.access).await, WORKS);
    keys.advance("1s").await;
    assert_eq!(keys.status_with(&short.access).await, DEAD);
    assert_eq!(keys.status_with(&long.access).await, WORKS);
}

#[actix_web::test]
async fn a_validity_period_is_read_as_seconds_and_ignored_where_it_is_none() {
    let server = Server::shared();
    for (asked, expected) in [
        ("301", 301),
        ("300", 300),
        ("7200", 7200),
        ("abc", 3600),
        ("", 3600),
        ("0", 3600),
        ("-1", 3600),
        ("1e3", 3600),
        ("99999999999999999999", 3600),
    ] {
        let account = frozen(&server, json!({})).await;
        assert_eq!(keys(&account).by_client_for(asked).await.expires_in, expected, "{asked:?}");
    }
    let account = frozen(&server, json!({})).await;
    let keys = keys(&account);
    let first = keys.by_client_for("301").await;
    assert_eq!(keys.by_client_for("301").await, Pair { expires_in: 1, ..first });
    let form = [
        ("grant_type", "password"),
        ("username", keys.username.as_str()),
        ("password", keys.password.as_str()),
        ("validity_period", "60"),
    ];
    assert_eq!(pair(&keys.post("/token", &form).await).expires_in, 3600, "it is for client credentials only");
}

#[actix_web::test]
async fn a_life_beyond_the_calendar_is_a_token_all_the_same() {
    let server = Server::shared();
    let account = frozen(&server, json!({})).await;
    let keys = keys(&account);
    let token = keys.by_client_for("9223372036854775807").await;
    assert_eq!(keys.status_with(&token.access).await, WORKS);
    assert_eq!(keys.by_client_for("9223372036854775807").await.access, token.access);
}

#[actix_web::test]
async fn issued_tokens_outlive_a_reset_and_die_with_the_account() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let token = pair(&keys.by_password().await);
    account.control(Method::POST, "/reset", None).await.expect(204);
    assert_eq!(keys.status_with(&token.access).await, WORKS);
    assert_eq!(pair(&keys.by_password().await).access, token.access);
    account.control(Method::DELETE, "", None).await.expect(204);
    assert_eq!(keys.status_with(&token.access).await, DEAD);
    assert_eq!(keys.status_with(&account.token).await, DEAD);
    let answer = keys.by_refresh(&token.refresh).await;
    let unknown = format!("A valid OAuth client could not be found for client_id: {}", keys.key);
    assert_refused(&answer, 401, "invalid_client", &unknown, "the key is gone as well");
}

#[actix_web::test]
async fn token_life_follows_the_wall_unless_the_account_says_otherwise() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let token = pair(&keys.by_password().await).access;
    keys.advance("1000h").await;
    assert_eq!(keys.status_with(&token).await, WORKS, "advancing the account's clock changes nothing");
    account.control(Method::PATCH, "/settings", Some(json!({ "tokens": "clock" }))).await.expect(200);
    assert_eq!(keys.status_with(&token).await, DEAD);
}
