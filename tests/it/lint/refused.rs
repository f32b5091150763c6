//! Calls that are refused have findings, too, and a misspelt member its neighbour.

use reqwest::Method;
use serde_json::{Value, json};

use super::{body, given, newest};
use crate::server::{Server, send};

#[actix_web::test]
async fn a_misspelt_member_is_found_with_its_neighbour_in_a_refused_call() {
    let server = Server::shared();
    for mode in ["warn", "enforce"] {
        let account = server.account(given(mode)).await;
        let misspelt = json!({
            "candidate": { "candidateId": "C1", "first_name": "Jo", "last_name": "Doe" }, "test_code": "EXAM1",
        });
        let refused = account.post("/candidates", misspelt).await.refused(400);
        assert_eq!(refused, "candidate.candidate_id: expected a string that is not empty, got nothing", "{mode}");
        let lint = newest(&account).await["lint"].clone();
        assert_eq!(lint.as_array().map(Vec::len), Some(1), "{mode}: {lint}");
        let told = ["rule", "pointer", "sent", "fix"].map(|name| lint[0][name].as_str().unwrap_or_default());
        assert_eq!(told, ["ELIG-UNKNOWN-MEMBER", "/candidate/candidateId", "\"C1\"", "did you mean candidate_id?"]);
    }
}

#[actix_web::test]
async fn whatever_refuses_a_call_its_body_has_its_findings() {
    let server = Server::shared();
    let account = server.account(given("warn")).await;
    account.eligible("C1", "EXAM1").await;
    let city = ("/candidate/city", json!(""));
    for (more, why) in [
        (("/candidate/first_name", json!(5)), "a wrong type"),
        (("/test_code", json!("NONE")), "an unknown test"),
        (("/candidate/school_code", json!("NONE")), "a school that is not set up"),
        (("/test_code", json!("EXAM1")), "an open record"),
    ] {
        account.post("/candidates", body("C1", &[city.clone(), more])).await.refused(400);
        let lint = newest(&account).await["lint"].clone();
        let rules: Vec<_> = lint.as_array().expect("a list").iter().map(|finding| &finding["rule"]).collect();
        assert_eq!(rules, ["ELIG-EMPTY-STRING"], "{why}: {lint}");
    }
    // Those that depend on the account as well.
    account.control(Method::PATCH, "/settings", Some(json!({ "open_catalog": true }))).await.expect(200);
    let unknown = body("C1", &[("/candidate/school_code", json!("NONE"))]);
    account.post("/candidates", unknown).await.refused(400);
    assert_eq!(newest(&account).await["lint"][0]["rule"], "ELIG-NOT-SET-UP");
}

#[actix_web::test]
async fn a_call_that_is_refused_before_its_body_is_read_has_findings() {
    let server = Server::shared();
    let account = server.account(json!({ "account": { "users": [{ "username": "u", "roles": [] }] } })).await;
    let misspelt = json!({ "candidate": { "candidateId": "C1" }, "test_code": "EXAM1" });
    let path = account.path("/candidates");
    for (token, status) in [(Some(account.token.as_str()), 403), (Some("nobody's"), 401), (None, 401)] {
        let request = server.request(Method::POST, &path).json(&misspelt);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        assert_eq!(send(request).await.status, status);
        let lint = newest(&account).await["lint"].clone();
        assert_eq!(lint[0]["fix"], "did you mean candidate_id?", "{status}: {lint}");
    }
}

#[actix_web::test]
async fn a_member_that_is_near_none_has_no_neighbour() {
    let server = Server::shared();
    let account = server.account(given("warn")).await;
    let long = format!("/{}", "candidate_id".repeat(1000));
    for (number, (pointer, fix)) in [
        ("/testCode", "did you mean test_code?"),
        ("/voucher-codes", "did you mean voucher_codes?"),
        ("/candidate/firstname", "did you mean first_name?"),
        ("/candidate/zip", "remove it, or check its spelling"),
        ("/colour", "remove it, or check its spelling"),
        (&*long, "remove it, or check its spelling"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("N{number}");
        account.post("/candidates", body(&id, &[(pointer, json!("x"))])).await.expect(201);
        assert_eq!(newest(&account).await["lint"][0]["fix"], fix, "{pointer}");
    }
    let secret = body("C1", &[("/candidate/password", json!("hunter22"))]);
    account.post("/candidates", secret).await.expect(201);
    let entry = newest(&account).await;
    assert_eq!(entry["lint"][0]["sent"], "***");
    assert_eq!(entry["request_body"]["candidate"]["password"], Value::from("***"), "{entry}");
}
