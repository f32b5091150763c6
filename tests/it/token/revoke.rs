//! Revocation: what ends, and every refusal.

use reqwest::Method;
use serde_json::json;

use super::{DEAD, Pair, WORKS, assert_refused, base64, keys, pair};
use crate::server::{Server, send};

#[actix_web::test]
async fn revoking_either_of_a_pair_ends_both_and_names_them() {
    let server = Server::shared();
    for path in ["/revoke", "/oauth2/revoke"] {
        for by_refresh in [false, true] {
            let account = server.account(json!({})).await;
            let keys = keys(&account);
            let Pair { access, refresh, .. } = pair(&keys.by_password().await);
            let token = if by_refresh { &refresh } else { &access };
            let answer = keys.post(path, &[("token", token), ("token_type_hint", "whatever")]).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, ""));
            assert_eq!(answer.header("revokedaccesstoken"), access);
            assert_eq!(answer.header("authorizeduser"), keys.username);
            assert_eq!(answer.header("revokedrefreshtoken"), refresh);
            assert_eq!(keys.status_with(&access).await, DEAD);
            let used = keys.by_refresh(&refresh).await;
            assert_refused(&used, 400, "invalid_grant", "Invalid refresh token state", "revoked");
            let again = keys.post(path, &[("token", token)]).await;
            assert_eq!((again.status, again.text.as_str(), again.header("revokedaccesstoken")), (200, "", ""));
            assert_ne!(pair(&keys.by_password().await).access, access, "a revoked token is not handed out again");
        }
    }
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let token = pair(&keys.by_client().await).access;
    let answer = keys.post("/revoke", &[("token", &token)]).await;
    assert_eq!((answer.status, answer.header("revokedaccesstoken")), (200, token.as_str()));
    assert!(!answer.headers.contains_key("revokedrefreshtoken"), "client credentials have no refresh token");
    assert_eq!(keys.status_with(&token).await, DEAD);
}

#[actix_web::test]
async fn an_unknown_token_is_revoked_without_a_word() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    for token in ["nobody's", account.token.as_str()] {
        let answer = keys.post("/revoke", &[("token", token)]).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{token}");
        for name in ["revokedaccesstoken", "authorizeduser", "revokedrefreshtoken"] {
            assert!(!answer.headers.contains_key(name), "{token}: {name}");
        }
    }
    assert_eq!(keys.status_with(&account.token).await, WORKS, "a static token cannot be revoked");
}

#[actix_web::test]
async fn every_refusal_of_revoke_is_worded_by_profile() {
    for (profile, wrong_secret) in [("wso2-2", "invalid_client"), ("wso2-1.10", "unauthorized_client")] {
        refusals_of_revoke(profile, wrong_secret).await;
    }
}

async fn refusals_of_revoke(profile: &str, wrong_secret: &str) {
    let server = Server::shared();
    let account = server.account(json!({ "account": { "settings": { "profile": profile } } })).await;
    let keys = keys(&account);
    let (key, secret) = (keys.key.as_str(), keys.secret.as_str());
    let good = format!("Basic {}", base64(format!("{key}:{secret}")));
    let wrong = format!("Basic {}", base64(format!("{key}:wrong")));
    let token = ("token", "t");
    let (client, failed) = ("invalid_client", "Client Authentication failed.");
    for (header, form, status, error, description, why) in [
        (Some("Basic !!!"), vec![token], 401, client, failed, "a malformed Basic"),
        (None, vec![token], 401, client, failed, "no client authentication"),
        (Some(&*good), vec![token, ("client_id", key), ("client_secret", secret)], 401, client, failed, "both at once"),
        (Some(&*wrong), vec![token], 401, wrong_secret, failed, "a wrong secret"),
        (Some(&*wrong), vec![], 401, wrong_secret, failed, "the client is looked at before the token"),
        (Some(&*good), vec![], 400, "invalid_request", "Invalid revocation request", "no token"),
        (Some(&*good), vec![("token", "")], 400, "invalid_request", "Invalid revocation request", "an empty token"),
        (
            Some(&*good),
            vec![("access_token", "t")],
            400,
            "invalid_request",
            "Invalid revocation request",
            "another name",
        ),
    ] {
        let mut request = server.request(Method::POST, "/revoke").form(&form);
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        assert_refused(&send(request).await, status, error, description, why);
    }
    let json = server.request(Method::POST, "/revoke").header("authorization", &good).json(&json!({ "token": "t" }));
    let answer = send(json).await;
    assert_refused(&answer, 400, "invalid_request", "Invalid revocation request", "no form");
}
