//! Every refusal of the token endpoint, and which comes first.

use reqwest::Method;
use serde_json::json;

use super::{assert_refused, keys};
use crate::server::{Server, send};

#[actix_web::test]
async fn every_refusal_of_token_is_worded_by_profile() {
    let server = Server::shared();
    for (profile, is_old) in [("wso2-2", false), ("wso2-1.10", true)] {
        let account = server.account(json!({ "account": { "settings": { "profile": profile } } })).await;
        let keys = keys(&account);
        let (user, word) = (("username", keys.username.as_str()), ("password", keys.password.as_str()));
        let password = ("grant_type", "password");
        let domain = if is_old { "@carbon.super" } else { "" };
        let failed = |name: &str| format!("Authentication failed for {name}{domain}");
        let missing = |names: &str| format!("Missing parameters: {names}");
        let no_grant = || "Missing grant_type parameter value".to_owned();
        let unknown_grant = if is_old {
            ("invalid_request", "Invalid grant_type parameter value".to_owned())
        } else {
            ("unsupported_grant_type", "Unsupported grant_type value".to_owned())
        };
        let unknown_refresh =
            if is_old { "Provided Authorization Grant is invalid" } else { "Persisted access token data not found" };
        let (request, grant) = ("invalid_request", "invalid_grant");
        let table = [
            (vec![password, user, ("password", "wrong")], grant, failed(&keys.username)),
            (vec![password, ("username", "nobody"), word], grant, failed("nobody")),
            (vec![("grant_type", "refresh_token"), ("refresh_token", "x")], grant, unknown_refresh.to_owned()),
            (vec![], request, no_grant()),
            (vec![("grant_type", ""), user, word], request, no_grant()),
            (vec![("grantType", "password"), user, word], request, no_grant()),
            (vec![("grant_type", "magic")], unknown_grant.0, unknown_grant.1.clone()),
            (vec![("grant_type", "Password"), user, word], unknown_grant.0, unknown_grant.1.clone()),
            (vec![("grant_type", "authorization_code"), ("code", "c")], unknown_grant.0, unknown_grant.1.clone()),
            (vec![password], request, missing("password username")),
            (vec![password, word], request, missing("username")),
            (vec![password, user], request, missing("password")),
            (vec![password, user, ("password", "")], request, missing("password")),
            (vec![("grant_type", "refresh_token")], request, missing("refresh_token")),
        ];
        for (form, error, description) in table {
            let answer = keys.post("/token", &form).await;
            assert_refused(&answer, 400, error, &description, &format!("{profile} {form:?}"));
            assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
        }
        let body = format!("grant_type=password&username={}&password={}", keys.username, keys.password);
        for kind in [Some("application/json"), Some("text/plain"), Some("multipart/form-data; boundary=x"), None] {
            let mut post = server.request(Method::POST, "/token").basic_auth(&keys.key, Some(&keys.secret));
            if let Some(kind) = kind {
                post = post.header("content-type", kind);
            }
            let answer = send(post.body(body.clone())).await;
            assert_refused(&answer, 400, request, &no_grant(), &format!("{profile} {kind:?}"));
        }
        for kind in ["application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-Urlencoded"] {
            let post = server.request(Method::POST, "/token").basic_auth(&keys.key, Some(&keys.secret));
            let answer = send(post.header("content-type", kind).body(body.clone())).await;
            assert_eq!(answer.status, 200, "{kind}: {}", answer.text);
        }
    }
}

#[actix_web::test]
async fn the_first_thing_that_is_wrong_with_a_token_request_answers() {
    let server = Server::shared();
    let account =
        server.account(json!({ "account": { "applications": [{ "name": "a", "grants": ["password"] }] } })).await;
    let keys = keys(&account);
    let ask = |secret: &str, form: &[(&str, &str)]| {
        send(server.request(Method::POST, "/token").basic_auth(&keys.key, Some(secret)).form(form))
    };
    let wrong_client = ask("wrong", &[]).await;
    assert_refused(&wrong_client, 400, "invalid_request", "Missing grant_type parameter value", "grant before client");
    let answer = ask("wrong", &[("grant_type", "magic")]).await;
    assert_refused(&answer, 400, "unsupported_grant_type", "Unsupported grant_type value", "known grant before client");
    let answer = ask("wrong", &[("grant_type", "refresh_token")]).await;
    assert_refused(&answer, 400, "invalid_request", "Missing parameters: refresh_token", "parameters before client");
    let answer = ask("wrong", &[("grant_type", "client_credentials")]).await;
    assert_refused(&answer, 401, "invalid_client", "Client Authentication failed.", "client before allowed");
    for (key, description) in [
        ("nobody", "A valid OAuth client could not be found for client_id: nobody"),
        (keys.key.as_str(), "Client Authentication failed."),
    ] {
        let form = [("grant_type", "client_credentials"), ("client_id", key)];
        let answer = send(server.request(Method::POST, "/token").form(&form)).await;
        assert_refused(
            &answer,
            401,
            "invalid_client",
            description,
            "an unknown key before its secret, which is absent",
        );
    }
    let twice = format!("grant_type=password&username={}&username=nobody&password={}", keys.username, keys.password);
    let post = server.request(Method::POST, "/token").basic_auth(&keys.key, Some(&keys.secret));
    let answer = send(post.header("content-type", "application/x-www-form-urlencoded").body(twice)).await;
    assert_refused(&answer, 400, "invalid_request", "Invalid request with repeated parameters.", "a field twice");
    let post = server.request(Method::POST, "/token").header("content-type", "application/x-www-form-urlencoded");
    let answer = send(post.body("x=1&x=2")).await;
    assert_refused(&answer, 400, "invalid_request", "Invalid request with repeated parameters.", "before all else");
}
