//! Allow lists, and which check answers first.

use reqwest::Method;
use serde_json::{Value, json};

use super::{applications, call, token};
use crate::server::{Server, eligibility, send};

#[actix_web::test]
async fn a_source_address_that_is_not_on_the_list_gets_nowhere() {
    let server = Server::shared();
    let account = server.account(json!({ "account": { "allow_ip": ["10.0.0.0/8", "2001:db8::/32"] } })).await;
    let header = format!("Bearer {}", account.token);
    for headers in [
        vec![],
        vec![("authorization", header.as_str())],
        vec![("authorization", "Bearer nobody")],
        vec![("authorization", header.as_str()), ("x-forwarded-for", "10.1.2.3")],
        vec![("authorization", header.as_str()), ("forwarded", "for=10.1.2.3")],
    ] {
        let answer = call(&account, &headers).await;
        assert_eq!(answer.status, 403, "{headers:?}: {}", answer.text);
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer.text, @r#"<amt:fault xmlns:amt="http://wso2.org/apimanager/throttling"><amt:code>900805</amt:code><amt:message>Message blocked</amt:message><amt:description>You have been blocked from accessing the resource</amt:description></amt:fault>"#);
        }
    }
    account.control(Method::PATCH, "/settings", Some(json!({ "allow_list": "drop" }))).await.expect(200);
    let call_of_it = server.request(Method::GET, &account.path("/candidates/NOBODY")).bearer_auth(&account.token);
    let dropped = call_of_it.send().await.expect_err("no answer");
    assert!(dropped.is_request() && dropped.status().is_none(), "{dropped:?}");
    for allowed in [json!(["127.0.0.0/8"]), json!(["10.0.0.0/8", "127.0.0.1/32"]), json!([])] {
        let account = server.account(json!({ "account": { "allow_ip": allowed } })).await;
        let header = format!("Bearer {}", account.token);
        assert_eq!(call(&account, &[("authorization", &header)]).await.status, 400, "{allowed}");
    }
    let server = Server::shared_with(&["--allow-ip", "10.0.0.0/8"]);
    let demo = server.request(Method::GET, "/accounts/DEMO0001/candidates/C").bearer_auth("demo-token");
    assert_eq!(send(demo).await.status, 403, "the flag is the demo account's");
}

#[actix_web::test]
async fn the_first_check_that_fails_answers() {
    let server = Server::shared();
    let mut given = applications();
    given["eligibilities"] =
        json!([{ "candidate": { "candidate_id": "OLD" }, "test_code": "EXAM2", "portion_codes": ["EXAM2-P1"] }]);
    let account = server.account(given.clone()).await;
    given["account"]["allow_ip"] = json!(["10.0.0.0/8"]);
    let closed = server.account(given).await;
    account.delete("/candidates/OLD/tests/EXAM2").await.expect(204);
    let (narrow, poor) = (token(&account, 1, "none").await, token(&account, 0, "none").await);
    let static_token = account.token.clone();
    let (bad, nobody) = (json!({ "test_code": 1 }), body("NOBODY", "NOTEST"));
    let (known, portion) = (body("OLD", "NOTEST"), body("OLD", "EXAM2"));
    let mut sound = body("OLD", "EXAM2");
    sound["portion_codes"] = json!(["EXAM2-P1"]);
    let (own, lost) = (account.code.as_str(), "NOSUCH01");
    let dead = "nobody";
    for (why, code, token, path, sent, status, expected) in [
        ("allow list", closed.code.as_str(), dead, "/NOBODY/tests/NOTEST", &bad, 403, "900805"),
        ("token", own, dead, "/NOBODY/tests/NOTEST", &bad, 401, "900901"),
        ("subscription", lost, narrow.as_str(), "/NOBODY/tests/NOTEST", &bad, 403, "900908"),
        ("role", lost, poor.as_str(), "/NOBODY/tests/NOTEST", &bad, 403, "Forbidden operation."),
        ("account", lost, static_token.as_str(), "/NOBODY/tests/NOTEST", &bad, 400, "for the given accountCode."),
        ("body", own, static_token.as_str(), "/NOBODY/tests/NOTEST", &bad, 400, "test_code: expected"),
        ("candidate", own, static_token.as_str(), "/NOBODY/tests/NOTEST", &nobody, 400, "Candidate details not found"),
        ("test", own, static_token.as_str(), "/OLD/tests/NOTEST", &known, 400, "valid test/portion code."),
        (
            "portion",
            own,
            static_token.as_str(),
            "/OLD/tests/EXAM2",
            &portion,
            400,
            "Please provide valid portion code.",
        ),
        ("state", own, static_token.as_str(), "/OLD/tests/EXAM2", &sound, 404, "The specified candidate eligibility"),
    ] {
        let path = format!("/eligibilityService/1.0.0/accounts/{code}/candidates{path}");
        let request = server.request(Method::PUT, &path).header("accept", "application/json").bearer_auth(token);
        let answer = send(request.json(sent)).await;
        assert_eq!(answer.status, status, "{why}: {}", answer.text);
        assert!(answer.text.contains(expected), "{why}: {}", answer.text);
    }
}

fn body(candidate_id: &str, test_code: &str) -> Value {
    let mut body = eligibility(candidate_id, test_code);
    body["portion_codes"] = json!(["NOPORTION"]);
    body
}
