//! Getting Started: `ping` and `whoami`, in both generations.

use reqwest::Method;
use serde_json::json;

use crate::server::{Server, send};
use crate::token::{keys, pair};

const GENERATIONS: [&str; 2] = ["/gettingStartedService/1.0.0", "/gettingStartedService/2.0.0"];

#[actix_web::test]
async fn ping_and_whoami_answer_static_and_issued_tokens_in_both_generations() {
    let server = Server::shared();
    let account = server
        .account(json!({
            "account": {
                "users": [{ "username": "ann", "password": "pw", "roles": ["psiBooking"] }],
                "applications": [{ "name": "portal", "subscriptions": ["getting_started", "booking"] }],
                "settings": { "tokens": "clock" },
            },
            "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true },
        }))
        .await;
    let keys = keys(&account);
    let issued = pair(&keys.by_password().await).access;
    keys.advance("10m").await;
    for base in GENERATIONS {
        for (token, left) in [(&account.token, json!(null)), (&issued, json!(3000))] {
            let get = |path: &str| send(server.request(Method::GET, &format!("{base}/{path}")).bearer_auth(token));
            assert_eq!(
                get("ping").await.expect(200),
                json!({ "message": "pong", "server_time": "2026-03-01T09:10:00.000Z", "version": env!("CARGO_PKG_VERSION") }),
            );
            assert_eq!(
                get("whoami").await.expect(200),
                json!({
                    "account_code": account.made["account_code"], "user": "ann", "roles": ["psiBooking"],
                    "application": "portal", "key_type": "SANDBOX",
                    "subscriptions": ["getting_started", "booking"], "expires_in": left,
                }),
            );
        }
    }
}

#[actix_web::test]
async fn getting_started_needs_a_token_and_a_subscription_and_no_role() {
    let server = Server::shared();
    let given = |services: serde_json::Value| {
        json!({ "account": {
            "users": [{ "username": "u", "password": "p", "roles": [] }],
            "applications": [{ "name": "a", "subscriptions": services }],
        } })
    };
    let unsubscribed = server.account(given(json!(["eligibility"]))).await;
    let subscribed = server.account(given(json!(["getting_started"]))).await;
    for base in GENERATIONS {
        for path in ["ping", "whoami"] {
            let ask = || server.request(Method::GET, &format!("{base}/{path}")).header("accept", "application/json");
            let code = |answer: crate::server::Answer, status| answer.expect(status)["fault"]["code"].as_u64();
            assert_eq!(code(send(ask()).await, 401), Some(900_902), "{base}/{path}");
            assert_eq!(code(send(ask().bearer_auth("nobody")).await, 401), Some(900_901), "{base}/{path}");
            assert_eq!(code(send(ask().bearer_auth(&unsubscribed.token)).await, 403), Some(900_908), "{base}/{path}");
            send(ask().bearer_auth(&subscribed.token)).await.expect(200);
        }
    }
}
