//! What each grant answers, and how a client shows who it is.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::json;

use super::{Pair, WORKS, assert_refused, base64, keys, pair};
use crate::server::{Answer, Server, send};

#[actix_web::test]
async fn each_grant_answers_its_members_in_the_observed_order() {
    let server = Server::shared();
    for (profile, length, hyphens) in [("wso2-2", 36, 4), ("wso2-1.10", 32, 0)] {
        let account = server.account(json!({ "account": { "settings": { "profile": profile } } })).await;
        let keys = keys(&account);
        let by_password = keys.by_password().await;
        let by_client = keys.by_client().await;
        let by_refresh = keys.by_refresh(&pair(&by_password).refresh).await;
        let masked = |answer: &Answer| {
            let Pair { access, refresh, .. } = pair(answer);
            let told = answer.told().replace(&access, "ACCESS");
            if refresh.is_empty() { told } else { told.replace(&refresh, "REFRESH") }
        };
        insta::allow_duplicates! {
            insta::assert_snapshot!(masked(&by_password), @r#"
            200 application/json
            {
              "access_token": "ACCESS",
              "refresh_token": "REFRESH",
              "scope": "default",
              "token_type": "Bearer",
              "expires_in": 3600
            }
            "#);
            insta::assert_snapshot!(masked(&by_client), @r#"
            200 application/json
            {
              "access_token": "ACCESS",
              "scope": "am_application_scope default",
              "token_type": "Bearer",
              "expires_in": 3600
            }
            "#);
            insta::assert_snapshot!(masked(&by_refresh), @r#"
            200 application/json
            {
              "access_token": "ACCESS",
              "refresh_token": "REFRESH",
              "scope": "default",
              "token_type": "Bearer",
              "expires_in": 3600
            }
            "#);
        }
        for answer in [&by_password, &by_client, &by_refresh] {
            let Pair { access, refresh, .. } = pair(answer);
            assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
            for token in [&access, &refresh].into_iter().filter(|token| !token.is_empty()) {
                assert_eq!((token.len(), token.matches('-').count()), (length, hyphens), "{profile}: {token}");
                assert!(token.chars().all(|c| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c)), "{token}");
            }
        }
        for answer in [&by_client, &by_refresh] {
            assert_eq!(keys.status_with(&pair(answer).access).await, WORKS, "{profile}: {}", answer.text);
        }
    }
}

#[actix_web::test]
async fn the_client_shows_its_key_by_basic_or_in_the_form_and_never_both_ways() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let grant = ("grant_type", "client_credentials");
    let in_form = [grant, ("client_id", keys.key.as_str()), ("client_secret", keys.secret.as_str())];
    let bare = |form: &[(&str, &str)]| server.request(Method::POST, "/token").form(form);
    let by_form = pair(&send(bare(&in_form)).await);
    assert_eq!(by_form.access, pair(&keys.by_client().await).access);
    let lower = base64(format!("{}:{}", keys.key, keys.secret));
    let answer = send(bare(&[grant]).header("authorization", format!("basic {lower}"))).await;
    assert_eq!(pair(&answer).access, by_form.access, "the scheme of HTTP Basic has no case");
    let failed = "Client Authentication failed.";
    insta::assert_snapshot!(keys.post("/token", &in_form).await.told(), @r#"
    400 application/json
    {
      "error_description": "Request body and headers contain authorization information",
      "error": "invalid_request"
    }
    "#);
    let unknown = |key: &str| format!("A valid OAuth client could not be found for client_id: {key}");
    for (form, description, why) in [
        (vec![grant], failed.to_owned(), "no client authentication at all"),
        (vec![grant, ("client_id", keys.key.as_str())], failed.to_owned(), "a key without its secret"),
        (vec![grant, ("client_id", &keys.key), ("client_secret", "wrong")], failed.to_owned(), "a wrong secret"),
        (vec![grant, ("client_id", "nobody"), ("client_secret", &keys.secret)], unknown("nobody"), "an unknown key"),
        (vec![grant, ("client_id", "nobody")], unknown("nobody"), "an unknown key without a secret"),
    ] {
        assert_refused(&send(bare(&form)).await, 401, "invalid_client", &description, why);
    }
    for (header, description, why) in [
        (format!("Basic {}", base64(format!("{}:wrong", keys.key))), failed.to_owned(), "a wrong secret"),
        (format!("Basic {}", base64(format!("nobody:{}", keys.secret))), unknown("nobody"), "an unknown key"),
        (format!("Basic {}", base64(":".to_owned())), unknown(""), "an empty key"),
        (format!("Bearer {}", account.token), failed.to_owned(), "another scheme"),
    ] {
        let answer = send(bare(&[grant]).header("authorization", header)).await;
        assert_refused(&answer, 401, "invalid_client", &description, why);
    }
    let violated =
        "Error decoding authorization header. Space delimited \"<authMethod> <base64Hash>\" format violated.";
    for (header, why) in [
        (format!("Basic {}", base64(keys.key.clone())), "no colon"),
        ("Basic".to_owned(), "nothing after the scheme"),
        ("Basic !!!".to_owned(), "not base64"),
        ("Basic /w==".to_owned(), "not UTF-8"),
        (format!("Basic {}:{}", keys.key, keys.secret), "not encoded"),
    ] {
        let answer = send(bare(&[grant]).header("authorization", header)).await;
        assert_refused(&answer, 400, "invalid_request", violated, why);
    }
    let malformed = send(bare(&in_form).header("authorization", "Basic !!!")).await;
    assert_refused(&malformed, 400, "invalid_request", violated, "a malformed Basic beside a good form");
}

#[actix_web::test]
async fn a_grant_that_the_application_may_not_use_is_refused() {
    let server = Server::shared();
    let account =
        server.account(json!({ "account": { "applications": [{ "name": "a", "grants": ["password"] }] } })).await;
    let keys = keys(&account);
    let refresh = pair(&keys.by_password().await).refresh;
    for answer in [keys.by_client().await, keys.by_refresh(&refresh).await] {
        let description = "The authenticated client is not authorized to use this authorization grant type";
        assert_refused(&answer, 400, "unauthorized_client", description, "not allowed");
    }
}

#[actix_web::test]
async fn unknown_scopes_are_dropped_without_an_error() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let mut tokens = HashSet::new();
    for scope in ["default", "", "openid", "read write", "default read", "am_application_scope", "../../etc"] {
        let (user, word) = (("username", keys.username.as_str()), ("password", keys.password.as_str()));
        let answer = keys.post("/token", &[("grant_type", "password"), user, word, ("scope", scope)]).await;
        assert_eq!(answer.expect(200)["scope"], "default", "{scope:?}");
        tokens.insert(pair(&answer).access);
        let answer = keys.post("/token", &[("grant_type", "client_credentials"), ("scope", scope)]).await;
        assert_eq!(answer.expect(200)["scope"], "am_application_scope default", "{scope:?}");
        tokens.insert(pair(&answer).access);
    }
    assert_eq!(tokens.len(), 2, "one scope, one token for each grant");
    let old = pair(&keys.by_password().await);
    let form = [("grant_type", "refresh_token"), ("refresh_token", old.refresh.as_str()), ("scope", "openid")];
    assert_eq!(keys.post("/token", &form).await.expect(200)["scope"], "default");
}

#[actix_web::test]
async fn the_alias_is_the_same_endpoint() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    let form = [("grant_type", "client_credentials")];
    let alias = keys.post("/oauth2/token", &form).await;
    assert_eq!(pair(&alias).access, pair(&keys.by_client().await).access);
    let refused = keys.post("/oauth2/token", &[]).await;
    assert_refused(&refused, 400, "invalid_request", "Missing grant_type parameter value", "the alias refuses alike");
}

#[actix_web::test]
async fn a_form_with_escapes_is_read_and_one_without_them_as_well() {
    let server = Server::shared();
    let user = json!({ "username": "jo doe+1@example.org", "password": "p&=%\u{e9} \u{2713}" });
    let account = server.account(json!({ "account": { "users": [user] } })).await;
    let keys = keys(&account);
    let token = pair(&keys.by_password().await).access;
    assert_eq!(keys.status_with(&token).await, WORKS);
    let account = server.account(json!({})).await;
    let keys = self::keys(&account);
    // A real client does not escape its form, so what the sandbox makes up needs no escapes.
    let plain = format!("grant_type=password&username={}&password={}", keys.username, keys.password);
    let post = server.request(Method::POST, "/token").header("content-type", "application/x-www-form-urlencoded");
    let with_secret = format!("{plain}&client_id={}&client_secret={}", keys.key, keys.secret);
    assert_eq!(send(post.body(with_secret)).await.status, 200);
    for made_up in [&keys.password, &keys.key, &keys.secret] {
        assert!(made_up.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{made_up}");
    }
}
