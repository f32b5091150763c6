//! Static tokens: how long they live, and as whom they act.

use reqwest::Method;
use serde_json::json;

use crate::server::Server;
use crate::token::{keys, pair};

#[actix_web::test]
async fn a_static_token_outlives_everything() {
    let server = Server::shared();
    let account = server
        .account(json!({
            "account": { "static_tokens": ["forever-1", "forever-2"], "settings": { "tokens": "clock" } },
            "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true },
        }))
        .await;
    let keys = keys(&account);
    let issued = pair(&keys.by_password().await).access;
    assert!(!issued.starts_with("forever"), "it stands outside the same-token rule");
    keys.post("/revoke", &[("token", "forever-1")]).await.expect(200);
    keys.advance("876000h").await;
    assert_eq!(keys.status_with(&issued).await, 401);
    account.control(Method::POST, "/reset", None).await.expect(204);
    for token in ["forever-1", "forever-2"] {
        assert_eq!(keys.status_with(token).await, 400, "{token}");
    }
}

#[actix_web::test]
async fn a_static_token_acts_as_the_first_user_with_the_first_application() {
    let server = Server::shared();
    for (user, application, expected) in [
        (json!({ "username": "u", "roles": [] }), json!({ "name": "a" }), "Forbidden operation."),
        (json!({ "username": "u" }), json!({ "name": "a", "subscriptions": ["booking"] }), "900908"),
        (json!({ "username": "u" }), json!({ "name": "a", "key_type": "PRODUCTION" }), "No data found"),
    ] {
        let account = server
            .account(json!({ "account": {
                "users": [user, { "username": "second" }], "applications": [application, { "name": "second" }],
            } }))
            .await;
        let answer = account.get("/candidates/NOBODY").await;
        assert!(answer.text.contains(expected), "{expected}: {}", answer.text);
    }
}
