//! Faults on request: which calls meet one, what becomes of them, and that nothing is left behind.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Account, Answer, Server, eligibility, send};
use crate::socket::raw;
use crate::token::{keys, pair};

async fn add(account: &Account<'_>, fault: Value) -> Value {
    account.control(Method::POST, "/faults", Some(fault)).await.expect(201)
}

/// The account has these faults and no other.
async fn put(account: &Account<'_>, faults: Value) {
    account.control(Method::PUT, "/faults", Some(json!({ "faults": faults }))).await.expect(200);
}

async fn ask(account: &Account<'_>) -> Answer {
    account.get("/candidates/NOBODY").await
}

/// The statuses of so many calls; 400 is the service's own.
async fn statuses(account: &Account<'_>, calls: usize) -> Vec<u16> {
    let mut found = Vec::new();
    for _ in 0..calls {
        found.push(ask(account).await.status);
    }
    found
}

/// All that comes back of a call over a bare socket.
fn bytes(server: &Server, account: &Account<'_>, path: &str) -> String {
    let (path, token) = (account.path(path), &account.token);
    raw(server, format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"))
        .1
}

#[actix_web::test]
async fn a_status_has_the_body_of_its_layer_and_the_journal_names_the_fault() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    add(&account, json!({ "id": "down", "effect": { "status": 503, "retry_after": 7 } })).await;
    let service = ask(&account).await;
    insta::assert_snapshot!(service.told(), @r#"
    503 application/json
    {
      "error": "Service Unavailable",
      "error_description": "The service is temporarily unavailable."
    }
    "#);
    assert_eq!(service.header("retry-after"), "7");
    let token = keys.by_client().await;
    insta::assert_snapshot!(token.told(), @r#"
    503 application/json
    {
      "error_description": "The service is temporarily unavailable.",
      "error": "temporarily_unavailable"
    }
    "#);
    assert_eq!(token.header("retry-after"), "7");
    let calls = account.control(Method::GET, "/requests", None).await.expect(200);
    let named: Vec<_> = calls["items"].as_array().expect("items").iter().map(|call| &call["fault"]).collect();
    assert_eq!(named, ["down", "down"]);
    let listed = account.control(Method::GET, "/faults", None).await.expect(200);
    assert_eq!(listed["faults"][0]["fired"], 2);
    account.control(Method::DELETE, "/faults/down", None).await.expect(204);
    insta::assert_snapshot!(account.control(Method::DELETE, "/faults/down", None).await.told(), @r#"
    404 application/problem+json
    {
      "type": "about:blank",
      "title": "Not Found",
      "status": 404,
      "detail": "there is no fault \"down\""
    }
    "#);
    assert_eq!(ask(&account).await.status, 400);
    let after = account.control(Method::GET, "/requests", None).await.expect(200);
    assert!(after["items"][2].get("fault").is_none(), "{after}");
}

#[actix_web::test]
async fn a_gateway_code_has_its_status_and_shape() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for (code, status) in [
        (900_900, 500),
        (900_904, 401),
        (900_907, 401),
        (900_909, 401),
        (900_910, 403),
        (900_800, 429),
        (700_700, 503),
        (101_503, 500),
        (101_504, 500),
    ] {
        put(&account, json!([{ "effect": { "gateway": code } }])).await;
        let path = account.path("/candidates/X");
        let call = server.request(Method::GET, &path).bearer_auth(&account.token).header("accept", "application/json");
        // Only authentication and throttling faults follow `Accept`.
        let told = send(call).await;
        if code > 800_000 {
            assert_eq!(told.expect(status)["fault"]["code"], code);
        }
        let xml = send(server.request(Method::GET, &path).bearer_auth(&account.token)).await;
        let prefix = match status {
            429 => "amt",
            503 => "am",
            500 if code < 700_000 => "am",
            _ => "ams",
        };
        assert!(
            xml.text.starts_with(&format!("<{prefix}:fault ")) && xml.text.contains(&code.to_string()),
            "{}",
            xml.text
        );
    }
}

#[actix_web::test]
async fn a_connection_drops_and_bodies_are_cut_broken_and_slow() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    account.eligible("C1", "EXAM1").await;
    let whole = bytes(&server, &account, "/candidates/C1");
    let body = |text: &str| text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
    put(&account, json!([{ "effect": { "connection": "drop" } }])).await;
    assert_eq!(bytes(&server, &account, "/candidates/C1"), "", "not one byte");
    let head = format!("HEAD /ping HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", account.token);
    assert_eq!(raw(&server, head.replace("/ping", &account.path("/candidates/C1"))).1, "", "nor to a HEAD");
    put(&account, json!([{ "effect": { "body": "truncated" } }])).await;
    let cut = bytes(&server, &account, "/candidates/C1");
    assert!(cut.contains(&format!("content-length: {}", body(&whole).len())), "{cut}");
    assert_eq!(body(&cut).len(), body(&whole).len() / 2);
    put(&account, json!([{ "effect": { "body": "malformed" } }])).await;
    let broken = bytes(&server, &account, "/candidates/C1");
    assert!(broken.starts_with("HTTP/1.1 200") && serde_json::from_str::<Value>(&body(&broken)).is_err(), "{broken}");
    put(&account, json!([{ "effect": { "slow_body": "300ms" } }])).await;
    let began = Instant::now();
    assert_eq!(body(&bytes(&server, &account, "/candidates/C1")), body(&whole));
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
    account.control(Method::DELETE, "/faults", None).await.expect(204);
    assert_eq!(body(&bytes(&server, &account, "/candidates/C1")), body(&whole), "nothing is left");
}

#[actix_web::test]
async fn an_answer_is_lost_after_the_call_was_carried_out_where_the_fault_says_applied() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for (candidate, applied, later) in [("LOST", true, 200), ("NEVER", false, 400)] {
        put(&account, json!([{ "match": { "candidate": candidate, "method": "POST" }, "effect": { "status": 500, "applied": applied } }])).await;
        account.post("/candidates", eligibility(candidate, "EXAM1")).await.expect(500);
        assert_eq!(account.get(&format!("/candidates/{candidate}")).await.status, later, "{candidate}");
    }
}

#[actix_web::test]
async fn latency_holds_a_call_back() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for latency in [
        json!({ "fixed": "150ms" }),
        json!({ "uniform": { "min": "150ms", "max": "200ms" } }),
        json!({ "lognormal": { "median": "150ms", "sigma": 0.0 } }),
    ] {
        put(&account, json!([{ "effect": { "latency": latency } }])).await;
        let began = Instant::now();
        assert_eq!(ask(&account).await.status, 400);
        assert!(began.elapsed() >= Duration::from_millis(149), "{latency}: {:?}", began.elapsed());
    }
}

#[actix_web::test]
async fn chances_come_from_the_seed_and_accounts_do_not_share_faults() {
    let server = Server::shared();
    let account = server.account(json!({ "seed": 7 })).await;
    let other = server.account(json!({ "seed": 7 })).await;
    let fault = json!([{ "probability": 0.5, "effect": { "status": 503 } }]);
    put(&account, fault.clone()).await;
    let first = statuses(&account, 40).await;
    put(&account, fault).await;
    assert_eq!(statuses(&account, 40).await, first);
    let hits = first.iter().filter(|status| **status == 503).count();
    assert!((8..=32).contains(&hits), "{hits} of 40");
    assert_eq!(statuses(&other, 10).await, [400; 10]);
}

#[actix_web::test]
async fn a_fault_begins_after_some_calls_ends_after_some_and_lives_in_its_window() {
    let server = Server::shared();
    let account = server.account(json!({ "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true } })).await;
    put(&account, json!([{ "after": 2, "times": 2, "effect": { "status": 500 } }])).await;
    assert_eq!(statuses(&account, 6).await, [400, 400, 500, 500, 400, 400]);
    let window = json!({ "from": "2026-03-01T10:00:00Z", "until": "2026-03-01T11:00:00Z" });
    put(&account, json!([{ "window": window, "effect": { "status": 500 } }])).await;
    let keys = keys(&account);
    assert_eq!(ask(&account).await.status, 400);
    keys.advance("1h").await;
    assert_eq!(ask(&account).await.status, 500);
    keys.advance("1h").await;
    assert_eq!(ask(&account).await.status, 400);
    put(&account, json!([{ "ttl": "1ms", "effect": { "status": 500 } }])).await;
    let list = async || account.control(Method::GET, "/faults", None).await.expect(200)["faults"].clone();
    let began = Instant::now();
    while list().await != json!([]) {
        assert!(began.elapsed() < Duration::from_secs(10), "a fault outlives its ttl");
    }
    assert_eq!(ask(&account).await.status, 400);
}

#[actix_web::test]
async fn a_fault_takes_the_calls_it_names() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for (matching, expected) in [
        (json!({ "service": "eligibility" }), 503),
        (json!({ "service": "token" }), 400),
        (json!({ "operation": "list_eligibilities" }), 503),
        (json!({ "operation": "create_eligibility" }), 400),
        (json!({ "method": "get" }), 503),
        (json!({ "method": "PUT" }), 400),
        (json!({ "path": "*/candidates/NO*" }), 503),
        (json!({ "path": "*/candidates/YES*" }), 400),
        (json!({ "candidate": "NOBODY" }), 503),
        (json!({ "candidate": "SOMEBODY" }), 400),
        (json!({ "header": { "Authorization": "Bearer *" } }), 503),
        (json!({ "header": { "x-test": "*" } }), 400),
    ] {
        put(&account, json!([{ "match": matching, "effect": { "status": 503 } }])).await;
        assert_eq!(ask(&account).await.status, expected, "{matching}");
    }
}

/// Source: platform §2, what is no operation is told before the token is looked at.
#[actix_web::test]
async fn an_answer_of_a_later_layer_spares_what_is_no_operation_unless_its_path_is_named() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let astray = async || {
        let unknown = server.request(Method::GET, "/eligibilityService/1.0.0/nothing").bearer_auth(&account.token);
        send(unknown).await.status
    };
    for (effect, named) in
        [(json!({ "gateway": 900_901 }), 401), (json!({ "gateway": 101_503 }), 500), (json!({ "status": 503 }), 503)]
    {
        put(&account, json!([{ "effect": effect }])).await;
        assert_eq!(astray().await, 404, "{effect}");
        assert_eq!(ask(&account).await.status, named, "{effect}");
        put(&account, json!([{ "match": { "path": "/eligibilityService/1.0.0/nothing" }, "effect": effect }])).await;
        assert_eq!(astray().await, named, "{effect}");
    }
    // What becomes of the connection and of the body is of no layer.
    put(&account, json!([{ "effect": { "body": "html" } }])).await;
    let unknown = server.request(Method::GET, "/eligibilityService/1.0.0/nothing").bearer_auth(&account.token);
    assert!(send(unknown).await.text.contains("<html"));
}

/// Issue 9, E.
#[actix_web::test]
async fn a_gateway_fault_spares_the_token_endpoint() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    put(&account, json!([{ "effect": { "gateway": 900_901 } }])).await;
    assert_eq!(ask(&account).await.status, 401);
    assert_eq!(keys(&account).by_client().await.status, 200);
    for matching in [json!({ "service": "token" }), json!({ "operation": "issue_token" })] {
        let fault = json!({ "faults": [{ "match": matching, "effect": { "gateway": 900_901 } }] });
        let refused = account.control(Method::PUT, "/faults", Some(fault)).await.problem(400);
        assert!(refused.contains("match: expected a service behind the gateway"), "{refused}");
    }
}

#[actix_web::test]
async fn the_token_endpoint_fails_by_name() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let keys = keys(&account);
    for (name, status, error) in [
        ("token-500", 500, "server_error"),
        ("token-503", 503, "temporarily_unavailable"),
        ("token-invalid-client", 401, "invalid_client"),
    ] {
        put(&account, json!([{ "name": name }])).await;
        assert_eq!(keys.by_client().await.expect(status)["error"], error, "{name}");
        assert_eq!(ask(&account).await.status, 400, "{name} is the token endpoint's alone");
    }
    put(&account, json!([{ "name": "token-html" }])).await;
    let html = keys.by_client().await;
    assert!(
        html.header("content-type").starts_with("text/html") && html.text.starts_with("<!DOCTYPE"),
        "{}",
        html.text
    );
    put(&account, json!([{ "name": "token-unsorted" }])).await;
    let unsorted = keys.by_client().await;
    assert!(unsorted.text.starts_with("{\"expires_in\":"), "{}", unsorted.text);
    put(&account, json!([{ "name": "token-expires-in", "effect": { "expires_in": 3 } }])).await;
    let short = pair(&keys.by_password().await);
    assert_eq!((short.expires_in, keys.status_with(&short.access).await), (3, 400));
    put(&account, json!([])).await;
    let token = pair(&keys.by_password().await).access;
    put(&account, json!([{ "name": "token-revoked", "after": 2 }])).await;
    let mut found = Vec::new();
    for _ in 0..4 {
        found.push(keys.status_with(&token).await);
    }
    assert_eq!(found, [400, 400, 401, 401]);
    put(&account, json!([{ "times": 1, "effect": { "token": "expired" } }])).await;
    assert_eq!(statuses(&account, 2).await, [401, 400], "the token itself lives on");
}

#[actix_web::test]
async fn a_set_is_added_by_name() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for (set, faults) in [("maintenance", 1), ("token-brownout", 2), ("slow-vendor", 1)] {
        put(&account, json!([])).await;
        let added = add(&account, json!({ "set": set, "ttl": "10m" })).await;
        assert_eq!(added["faults"].as_array().map(Vec::len), Some(faults), "{set}");
    }
    put(&account, json!([{ "set": "maintenance" }])).await;
    assert_eq!((ask(&account).await.status, keys(&account).by_client().await.status), (503, 503));
}

#[actix_web::test]
async fn what_does_not_fit_is_refused_and_changes_nothing() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for (fault, part) in [
        (json!({}), "effect: expected something that goes wrong"),
        (json!({ "effect": { "status": 200 } }), "effect.status: expected 400 to 599, got 200"),
        (json!({ "effect": { "status": 503, "colour": 1 } }), "effect"),
        (json!({ "effect": { "gateway": 1 } }), "effect.gateway: expected one of"),
        (json!({ "effect": [503] }), "effect: expected an object, got a list"),
        (json!({ "match": ["eligibility"], "effect": { "status": 503 } }), "match: expected an object, got a list"),
        (json!({ "effect": { "body": "wet" } }), "effect.body"),
        (json!({ "effect": { "status": 503 }, "probability": 2 }), "probability: expected 0 to 1, got 2"),
        (json!({ "effect": { "status": 503 }, "times": 0 }), "times: expected 1 or more"),
        (
            json!({ "effect": { "status": 503 }, "match": { "service": "x" } }),
            "match.service: expected getting_started, ",
        ),
        (json!({ "effect": { "latency": { "fixed": "soon" } } }), "expected a duration like"),
        (json!({ "name": "token-lost" }), "name: expected token-slow"),
        (json!({ "set": "chaos" }), "set: expected maintenance"),
        (json!({ "set": "maintenance", "times": 1 }), "set: expected no other member"),
    ] {
        let said = account.control(Method::POST, "/faults", Some(fault.clone())).await.problem(400);
        assert!(said.contains(part), "{fault}: {said}");
    }
    assert_eq!(account.control(Method::GET, "/faults", None).await.expect(200), json!({ "faults": [] }));
}

#[actix_web::test]
async fn an_account_is_made_with_faults_and_a_reset_brings_them_back() {
    let server = Server::shared();
    let down = json!({ "id": "down", "effect": { "status": 503 }, "times": 2 });
    let account = server.account(json!({ "faults": [down] })).await;
    assert_eq!(statuses(&account, 3).await, [503, 503, 400]);
    account.control(Method::POST, "/reset", None).await.expect(204);
    assert_eq!(statuses(&account, 3).await, [503, 503, 400], "they count anew");
    add(&account, json!({ "effect": { "status": 500 } })).await;
    account.control(Method::POST, "/reset", None).await.expect(204);
    account.control(Method::DELETE, "/faults", None).await.expect(204);
    assert_eq!(statuses(&account, 1).await, [400], "the added one is gone");
    account.control(Method::POST, "/reset", None).await.expect(204);
    assert_eq!(statuses(&account, 1).await, [503], "what was cleared is back");

    let load = async |given: Value| account.control(Method::POST, "/fixtures", Some(given)).await;
    load(json!({})).await.expect(200);
    assert_eq!(statuses(&account, 1).await, [503], "a document without the member leaves them");
    load(json!({ "faults": [{ "effect": { "status": 502 } }] })).await.expect(200);
    assert_eq!(statuses(&account, 2).await, [502, 502], "those of a document take their place");
    let wrong = json!({ "faults": [{ "effect": { "status": 504 } }, { "effect": { "status": 200 } }] });
    let why = "faults[1].effect.status: expected 400 to 599, got 200";
    assert_eq!(load(wrong.clone()).await.problem(400), why);
    assert_eq!(server.control(Method::POST, "/accounts", Some(wrong)).await.problem(400), why);
    assert_eq!(statuses(&account, 1).await, [502], "nothing changed");
    load(json!({ "faults": [] })).await.expect(200);
    assert_eq!(statuses(&account, 1).await, [400]);
    let plain = server.account(json!({})).await;
    assert_eq!(statuses(&plain, 1).await, [400], "another account has none");
}
