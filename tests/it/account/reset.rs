//! Back to the document an account was made from, and the whole server to its start.

use reqwest::Method;
use serde_json::json;

use super::{codes, named, status_with, story, token};
use crate::receiver::Receiver;
use crate::server::{Server, eligibility, folder, send};

#[actix_web::test]
async fn a_reset_brings_the_account_back_and_leaves_issued_tokens_valid() {
    let server = Server::shared();
    let mut receiver = Receiver::start();
    receiver.ignore_rest();
    let mut given = named("RESET1");
    given["eligibilities"] = json!([{ "test_code": "EXAM1", "client_eligibility_id": "E1" }]);
    given["bookings"] = json!([{ "eligibility": "E1", "booking_code": "RESET001" }]);
    let account = server.account(given).await;
    let lists = [
        "/eligibilities",
        "/bookings",
        "/deliveries",
        "/candidates",
        "/tests",
        "/vouchers",
        "/settings",
        "/clock",
        "/subscriptions",
        "?secrets=true",
        "/requests",
    ];
    let mut fresh = Vec::new();
    for list in lists {
        fresh.push(account.control(Method::GET, list, None).await.text);
    }
    let issued =
        token(&server, "key-RESET1", "secret-RESET1").await.expect(200)["access_token"].as_str().unwrap().to_owned();
    account.control(Method::DELETE, "/requests", None).await.expect(204);
    let mut stories = Vec::new();
    for _ in 0..2 {
        stories.push(story(&account).await);
        account.subscribe(&receiver.url, json!({})).await;
        account
            .control(Method::PATCH, "/settings", Some(json!({ "approval": true, "lint": "enforce" })))
            .await
            .expect(200);
        let set = json!({ "action": "set", "instant": "2027-01-01T00:00:00Z" });
        account.control(Method::PUT, "/clock", Some(set)).await.expect(200);
        account.control(Method::PUT, "/clock", Some(json!({ "action": "resume" }))).await.expect(200);
        let more = json!({
            "account": {
                "applications": [{ "name": "app", "consumer_key": "key-NEW1", "consumer_secret": "secret-NEW1" }],
                "static_tokens": ["token-NEW1"],
            },
            "catalog": { "tests": [{ "test_code": "MORE" }], "vouchers": [{ "voucher_code": "MORE" }] },
        });
        account.control(Method::POST, "/fixtures", Some(more)).await.expect(200);
        assert_eq!(token(&server, "key-RESET1", "secret-RESET1").await.status, 401);
        let done = account.control(Method::POST, "/reset", None).await;
        assert_eq!((done.status, done.text.as_str()), (204, ""));
        for (list, fresh) in lists.iter().zip(&fresh) {
            assert_eq!(account.control(Method::GET, list, None).await.text, *fresh, "{list}");
        }
        assert_eq!(token(&server, "key-NEW1", "secret-NEW1").await.status, 401);
        assert_eq!(status_with(&server, "token-NEW1", "RESET1").await, 401);
        assert_eq!(token(&server, "key-RESET1", "secret-RESET1").await.expect(200)["access_token"], issued.as_str());
        for token in [issued.as_str(), account.token.as_str()] {
            assert_eq!(status_with(&server, token, "RESET1").await, 400);
        }
        account.control(Method::DELETE, "/requests", None).await.expect(204);
    }
    assert_eq!(stories[0], stories[1]);
}

#[actix_web::test]
async fn a_reset_that_a_younger_account_stands_in_the_way_of_changes_nothing() {
    let server = Server::shared();
    let account = server.account(named("RESET2")).await;
    let rename = json!({ "account": { "applications": [{ "name": "app", "consumer_key": "key-NEW2" }] } });
    account.control(Method::POST, "/fixtures", Some(rename)).await.expect(200);
    let mut younger = named("RESET3");
    younger["account"]["applications"][0]["consumer_key"] = json!("key-RESET2");
    server.account(younger).await;
    account.eligible("C1", "EXAM1").await;
    let refused = account.control(Method::POST, "/reset", None).await;
    assert_eq!(refused.problem(409), "consumer_key: another account of this server has it");
    let kept = account.get("/candidates/C1").await.expect(200);
    assert_eq!(kept.as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn a_reset_of_the_server_goes_back_to_the_state_right_after_start() {
    let folder = folder("reset");
    let file = folder.join("acct.json");
    std::fs::write(&file, named("ACCT1").to_string()).expect("the file is written");
    let file = file.to_str().expect("UTF-8");
    let server = Server::start_with(&["--fixtures", file, "--clock", "2026-03-01T09:00:00Z"]);
    let start = codes(&server).await;
    assert_eq!(start, ["ACCT1", "DEMO0001"]);
    let view = |code: &str| format!("/accounts/{code}?secrets=true");
    let fresh = [
        server.control(Method::GET, &view("ACCT1"), None).await.text,
        server.control(Method::GET, &view("DEMO0001"), None).await.text,
    ];
    let create = |code: &str, token: &str| {
        let path = format!("/eligibilityService/1.0.0/accounts/{code}/candidates");
        send(server.request(Method::POST, &path).bearer_auth(token).json(&eligibility("C1", "EXAM1")))
    };
    let first = [create("ACCT1", "token-ACCT1").await.text, create("DEMO0001", "demo-token").await.text];
    let extra = server.account(named("EXTRA")).await;
    send(server.request(Method::PUT, "/_sandbox/inbox/mine").body("{}")).await.expect(200);
    send(server.request(Method::GET, "/nothing/here")).await;
    let unassigned = server.control(Method::GET, "/requests", None).await.expect(200);
    assert_eq!(unassigned["items"][0]["target"], "/nothing/here");
    server.control(Method::DELETE, "/accounts/DEMO0001", None).await.expect(204);
    let done = server.control(Method::POST, "/reset", None).await;
    assert_eq!((done.status, done.text.as_str()), (204, ""));
    assert_eq!(codes(&server).await, start);
    for (code, fresh) in ["ACCT1", "DEMO0001"].iter().zip(fresh) {
        assert_eq!(server.control(Method::GET, &view(code), None).await.text, fresh);
    }
    for list in ["/requests", "/inbox/mine"] {
        assert_eq!(server.control(Method::GET, list, None).await.expect(200)["items"], json!([]), "{list}");
    }
    assert_eq!(status_with(&server, &extra.token, "ACCT1").await, 401);
    assert_eq!([create("ACCT1", "token-ACCT1").await.text, create("DEMO0001", "demo-token").await.text], first);
}
