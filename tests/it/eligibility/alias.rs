//! The other paths of the service: the root, as the pages print it, and generation 2, whose account is the token's.

use reqwest::Method;
use serde_json::{Value, json};

use super::{named, with};
use crate::server::{Account, Server, eligibility, send};

/// The eight operations in a story that touches each of them, refusals included.
async fn story(account: &Account<'_>, prefix: &str, base: &str) -> Vec<String> {
    let by_test = "/candidates/C1/tests/ONE";
    let mut told = Vec::new();
    let mut calls: Vec<(Method, String, Option<Value>)> = Vec::new();
    let mut say = |method: Method, rest: &str, body: Option<Value>| calls.push((method, rest.to_owned(), body));
    say(Method::GET, "/candidates/C1", None);
    say(Method::POST, "/candidates", Some(eligibility("C1", "ONE")));
    say(Method::POST, "/candidates", Some(eligibility("C1", "ONE")));
    say(Method::POST, "/candidates", Some(json!({ "test_code": 1 })));
    say(Method::PUT, by_test, Some(with(eligibility("C1", "ONE"), "/candidate/city", json!("Topeka"))));
    say(Method::PUT, &format!("{by_test}/vouchers"), Some(json!(["SAVE10"])));
    say(Method::GET, "/candidates/C1/eligibilities?status=active", None);
    say(Method::GET, "/candidates/C1/eligibilities?status=nope", None);
    say(Method::GET, by_test, None);
    say(Method::GET, "/candidates/C1/tests/NONE", None);
    say(Method::DELETE, by_test, None);
    say(Method::DELETE, by_test, None);
    say(Method::GET, "/candidates/C1", None);
    for (method, rest, body) in calls {
        told.push(call(account, method, &format!("{prefix}{rest}"), body).await);
    }
    let id = account.eligible("C2", "ONE").await;
    told.push(call(account, Method::GET, &format!("{base}/eligibilities/{id}/testLaunchInfo"), None).await);
    account.schedule(&id).await;
    told.push(call(account, Method::GET, &format!("{base}/eligibilities/{id}/testLaunchInfo"), None).await);
    told
}

async fn call(account: &Account<'_>, method: Method, path: &str, body: Option<Value>) -> String {
    let mut request = account.server.request(method, path).bearer_auth(&account.token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = send(request).await;
    let body = answer.text.replace(&account.server.url, "");
    format!("{} {} {body}", answer.status, answer.header("content-type"))
}

#[actix_web::test]
async fn root_and_generation_2_answer_the_same_bytes_as_the_canonical_paths() {
    let server = Server::shared();
    let mut stories = Vec::new();
    for (prefix, base) in [
        ("/eligibilityService/1.0.0/accounts/ALIAS001", "/eligibilityService/1.0.0"),
        ("/accounts/ALIAS001", ""),
        ("/eligibilityService/2.0.0", "/eligibilityService/2.0.0"),
    ] {
        let account = server.account(named("ALIAS001")).await;
        stories.push(story(&account, prefix, base).await);
        account.control(Method::DELETE, "", None).await.expect(204);
    }
    let statuses: Vec<_> = stories[0].iter().map(|line| &line[..3]).collect();
    assert_eq!(
        statuses,
        ["400", "201", "400", "400", "204", "204", "200", "400", "200", "400", "204", "404", "200", "400", "200"]
    );
    assert_eq!(stories[1], stories[0]);
    assert_eq!(stories[2], stories[0]);
}

#[actix_web::test]
async fn the_journal_keeps_the_path_that_was_called_and_the_operation_that_was_reached() {
    let server = Server::shared();
    let account = server.account(named("ALIAS002")).await;
    for path in ["/accounts/ALIAS002/candidates/C1?x=1", "/eligibilityService/2.0.0/candidates/C1?x=1"] {
        call(&account, Method::GET, path, None).await;
        let found = account.control(Method::GET, "/requests/find?limit=1", None).await.expect(200);
        let entry = &found["items"][0];
        assert_eq!((&entry["target"], &entry["operation"]), (&json!(path), &json!("list_eligibilities")));
    }
}

#[actix_web::test]
async fn generation_2_has_no_account_in_its_paths() {
    let server = Server::shared();
    let account = server.account(named("ALIAS003")).await;
    let path = "/eligibilityService/2.0.0/accounts/ALIAS003/candidates/C1";
    let answer = send(server.request(Method::GET, path).bearer_auth(&account.token)).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
}

/// No alias that the document promises is answered by the gateway's fault for an unknown path.
#[actix_web::test]
async fn every_alias_of_the_document_is_served() {
    let server = Server::start();
    let account = server.account(named("ALIAS005")).await;
    let document = send(server.request(Method::GET, "/openapi.json")).await.expect(200);
    let mut aliases = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let others = operation["x-aliases"].as_array().expect("aliases").iter();
            for place in others.map(|alias| alias.as_str().expect("a path")).chain([path.as_str()]) {
                aliases += 1;
                let called = place.replace("{account_code}", "ALIAS005");
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
                let answer = call(&account, method, &called, None).await;
                let found = account.control(Method::GET, "/requests/find?limit=1", None).await.expect(200);
                let reached = &found["items"][0]["operation"];
                let is_token = operation["tags"][0] == "Token API";
                assert!(is_token || *reached == operation["operationId"], "{called} reached {reached}: {answer}");
                assert!(!answer.contains("No matching resource"), "{called}: {answer}");
            }
        }
    }
    assert!(aliases > 35, "{aliases}");
}

#[actix_web::test]
async fn a_result_is_fetched_at_the_root_as_at_its_canonical_path() {
    let server = Server::start();
    let account = server.account(named("ALIAS006")).await;
    let booking = account.schedule(&account.eligible("C1", "ONE").await).await;
    let code = booking["booking_code"].as_str().expect("a code").to_owned();
    account.booking_as(&code, "complete", json!({ "result": "PASS", "score": "87" })).await.expect(200);
    let canonical = format!("/assessmentResultService/1.0.0/accounts/ALIAS006/results/{code}");
    let expected = call(&account, Method::GET, &canonical, None).await;
    assert!(expected.starts_with("200 application/json"), "{expected}");
    for alias in
        [format!("/accounts/ALIAS006/results/{code}"), format!("/assessmentResultService/2.0.0/results/{code}")]
    {
        assert_eq!(call(&account, Method::GET, &alias, None).await, expected, "{alias}");
    }
}
