//! Secrets: kept out of journals, logs, errors and metrics.

use reqwest::Method;
use serde_json::json;

use crate::server::{Server, send};
use crate::token::{keys, pair};

#[actix_web::test]
async fn secrets_never_reach_the_journal_the_log_an_error_or_a_metric() {
    let server = Server::start_with(&["--log-level", "trace", "--debug-headers"]);
    let account = server
        .account(json!({ "account": {
            "users": [{ "username": "partner", "password": "pass-w0rd-hidden" }],
            "applications": [{ "name": "a", "consumer_key": "key-1", "consumer_secret": "secret-hidden" }],
            "static_tokens": ["static-hidden"],
            "signing_secret": "whsec_aGlkZGVuLWhpZGRlbi1oaWRkZW4taGlkZGVu",
        } }))
        .await;
    let keys = keys(&account);
    let made = pair(&keys.by_password().await);
    let short = keys.by_client_for("10").await;
    let renewed = pair(&keys.by_refresh(&made.refresh).await);
    let user = "grant_type=password&username=partner&password=pass-w0rd-hidden";
    let client = "client_id=key-1&client_secret=secret-hidden";
    let form = "application/x-www-form-urlencoded";
    let candidates = account.path("/candidates");
    // Right, wrong, and in every wrong place that is a likely mistake.
    let bodies = [
        ("/token", form, format!("{user}&{client}")),
        ("/token", form, format!("{user}&{client}&Password=pass-w0rd-hidden")),
        (
            "/token",
            "application/json",
            json!({ "password": "pass-w0rd-hidden", "client_secret": "secret-hidden" }).to_string(),
        ),
        ("/token", "text/plain", "pass-w0rd-hidden".to_owned()),
        (
            "/token",
            "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\npass-w0rd-hidden\r\n--x--".to_owned(),
        ),
        ("/token", "", format!("{user}&{client}")),
        ("/token/", form, format!("{user}&{client}")),
        ("/tokens", form, format!("{user}&{client}")),
        ("/oauth/token", "application/json", json!({ "password": "pass-w0rd-hidden" }).to_string()),
        ("/%74oken", "text/plain", "pass-w0rd-hidden".to_owned()),
        ("/revoke", form, format!("token={}&{client}", renewed.access)),
        ("/oauth2/revoke", form, format!("token={}&{client}", renewed.refresh)),
        ("/revoke", "application/json", json!({ "token": short.access }).to_string()),
        ("/login", "application/json", "{\"password\": \"pass-w0rd-hidden\", ".to_owned()),
        (&*candidates, "application/json", json!({ "password": "pass-w0rd-hidden", "test_code": "T" }).to_string()),
        (&*candidates, "application/json", json!({ "login": { "pwd": "pass-w0rd-hidden" } }).to_string()),
        (&*candidates, "application/json", json!([{ "client_secret": "secret-hidden" }]).to_string()),
        (&*candidates, "text/plain", format!("{user}&{client}")),
    ];
    for (path, kind, body) in &bodies {
        let mut request = server.request(Method::POST, path).body(body.clone());
        if !kind.is_empty() {
            request = request.header("content-type", *kind);
        }
        assert_no_secret(&send(request.try_clone().expect("a body in memory")).await.text, &["hidden"], path);
        let known = request.try_clone().expect("a body in memory").bearer_auth("static-hidden");
        assert_no_secret(&send(known).await.text, &["hidden"], path);
        send(request.basic_auth("key-1", Some("secret-hidden"))).await;
    }
    for query in [
        "password=pass-w0rd-hidden&x=1",
        "client_id=key-1&client_secret=secret-hidden",
        "%70assword=pass-w0rd-hidden",
        "a&TOKEN=static-hidden&b",
    ] {
        send(server.request(Method::POST, &format!("/token?{query}"))).await;
        send(server.request(Method::GET, &format!("/nothing?{query}"))).await;
    }
    let path = account.path("/candidates/C");
    for header in [
        "Bearer static-hidden",
        "bearer static-hidden",
        "static-hidden",
        "Token static-hidden",
        "Bearer:static-hidden",
        "Basic secret-hidden",
    ] {
        send(server.request(Method::GET, &path).header("authorization", header)).await;
        send(server.request(Method::GET, "/nothing").header("authorization", header)).await;
    }
    let in_query = format!("{path}?access_token={}", made.access);
    send(server.request(Method::GET, &in_query).header("cookie", "s=static-hidden").bearer_auth(&made.access)).await;
    let wrong = keys.post("/token", &[("grant_type", "password"), ("username", "partner"), ("password", "not-hidden")]);
    insta::assert_snapshot!(wrong.await.told(), @r#"
    400 application/json
    {
      "error_description": "Authentication failed for partner",
      "error": "invalid_grant"
    }
    "#);

    let basic = "a2V5LTE6c2VjcmV0LWhpZGRlbg==";
    let tokens = [&made, &short, &renewed].map(|pair| [pair.access.as_str(), pair.refresh.as_str()]).concat();
    let mut secrets: Vec<&str> = tokens.into_iter().filter(|token| !token.is_empty()).collect();
    secrets.extend(["hidden", "aGlkZGVu", basic]);
    assert_eq!(secrets.len(), 8);
    let own = account.control(Method::GET, "/requests?limit=500", None).await;
    let lost = server.control(Method::GET, "/requests?limit=500", None).await;
    assert!(own.expect(200)["items"].as_array().expect("items").len() > 20, "{}", own.text);
    assert!(lost.expect(200)["items"].as_array().expect("items").len() > 20, "{}", lost.text);
    assert!(own.text.contains("password=***") && own.text.contains("Basic ***") && own.text.contains("Bearer ***"));
    assert!(lost.text.contains("?password=***&x=1") && lost.text.contains("a&TOKEN=***&b"), "{}", lost.text);
    let found = account.control(Method::GET, "/requests/find?operation=issue_token&status=200&limit=1", None).await;
    let response = &found.expect(200)["items"][0]["response_body"];
    assert_eq!((&response["access_token"], &response["token_type"]), (&json!("***"), &json!("Bearer")), "{response}");
    assert!(server.log().contains("issue_token"), "the log has a line for each call");
    for (place, text) in [
        ("the account's journal", own.text),
        ("the server's journal", lost.text),
        ("one call", account.control(Method::GET, "/requests/1", None).await.text),
        ("a wait", account.wait("for=request&operation=issue_token").await.to_string()),
        ("the account", account.control(Method::GET, "", None).await.text),
        ("the accounts", server.control(Method::GET, "/accounts", None).await.text),
        ("the metrics", send(server.request(Method::GET, "/metrics")).await.text),
        ("the log", server.log()),
    ] {
        assert!(text.len() > 100, "{place}: {text}");
        assert_no_secret(&text, &secrets, place);
    }
}

#[track_caller]
fn assert_no_secret(text: &str, secrets: &[&str], place: &str) {
    for secret in secrets {
        if let Some(at) = text.find(secret) {
            let from = text.floor_char_boundary(at.saturating_sub(200));
            panic!("{place} holds {secret:?}: ...{}", &text[from..at + secret.len()]);
        }
    }
}
