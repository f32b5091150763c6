//! Paths and methods: unknown ones, and each operation at all of its paths.

use reqwest::Method;
use serde_json::{Value, json};

use super::{MISSING_XML, code};
use crate::server::{Answer, Server, eligibility, send};

/// In place of a status: a path where no API is served.
const NO_API: u16 = 0;

#[actix_web::test]
async fn an_unknown_path_is_404_and_an_unknown_method_405_by_profile() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let code = &account.code;
    let base = format!("/eligibilityService/1.0.0/accounts/{code}");
    let cases = [
        (NO_API, Method::GET, "/nothing".to_owned()),
        (NO_API, Method::GET, "/eligibilityService".to_owned()),
        (404, Method::GET, "/eligibilityService/1.0.0".to_owned()),
        (404, Method::GET, "/eligibilityService/1.0.0/".to_owned()),
        (NO_API, Method::GET, "/eligibilityService/9.9.9/candidates/C".to_owned()),
        (404, Method::GET, "/eligibilityService/2.0.0".to_owned()),
        (NO_API, Method::GET, "/eligibilityService/2.0.0x/candidates/C".to_owned()),
        (404, Method::GET, format!("/eligibilityService/2.0.0/accounts/{code}/candidates/C")),
        (NO_API, Method::GET, "/fooService/1.0.0/x".to_owned()),
        (404, Method::GET, base.clone()),
        (404, Method::GET, format!("{base}/candidates/C/")),
        (404, Method::GET, format!("{base}/candidates/C/tests/EXAM1/nothing")),
        (404, Method::GET, format!("{base}/Candidates/C")),
        (405, Method::GET, format!("/accounts/{code}")),
        (404, Method::PUT, "/bookings/AAAAAAAA".to_owned()),
        (404, Method::POST, "/oauth2/authorize".to_owned()),
        (NO_API, Method::POST, "/tokens".to_owned()),
        (405, Method::GET, format!("{base}/candidates")),
        (405, Method::DELETE, format!("{base}/candidates")),
        (405, Method::PATCH, format!("{base}/candidates/C/tests/EXAM1")),
        (405, Method::POST, format!("{base}/candidates/C")),
        (405, Method::GET, format!("{base}/candidates/C/tests/EXAM1/vouchers")),
        (405, Method::GET, format!("/accounts/{code}/candidates")),
        (405, Method::DELETE, "/eligibilityService/2.0.0/candidates".to_owned()),
        (405, Method::GET, "/bookings/AAAAAAAA/results".to_owned()),
        (405, Method::GET, "/token".to_owned()),
        (405, Method::PUT, "/oauth2/token".to_owned()),
        (405, Method::GET, "/revoke".to_owned()),
    ];
    for profile in ["wso2-2", "wso2-1.10"] {
        account.control(Method::PATCH, "/settings", Some(json!({ "profile": profile }))).await.expect(200);
        for (status, method, path) in &cases {
            let why = format!("{profile} {method} {path}");
            let request = server.request(method.clone(), path).bearer_auth(&account.token);
            let answer = send(request.header("accept", "*/*")).await;
            let is_in_api = *status != NO_API;
            let (status, start) = match (is_in_api, profile) {
                (true, "wso2-1.10") => {
                    (403, "<ams:fault xmlns:ams=\"http://wso2.org/apimanager/security\"><ams:code>900906<")
                }
                _ if *status == 405 => (405, "<am:fault xmlns:am=\"http://wso2.org/apimanager\"><am:code>405<"),
                _ => (404, "<am:fault xmlns:am=\"http://wso2.org/apimanager\"><am:code>404<"),
            };
            let message = match (is_in_api, status) {
                (_, 403) => "<ams:message>No matching resource found in the API for the given request</ams:message>",
                (false, _) => "<am:type>Status report</am:type><am:message>Not Found</am:message>",
                (true, _) => "<am:type>Status report</am:type><am:message>Runtime Error</am:message>",
            };
            assert_eq!(answer.status, status, "{why}: {}", answer.text);
            assert!(answer.text.starts_with(start) && answer.text.contains(message), "{why}: {}", answer.text);
        }
    }
    account.control(Method::PATCH, "/settings", Some(json!({ "profile": "wso2-2" }))).await.expect(200);
    let json = server.request(Method::POST, "/nothing").json(&json!({}));
    assert_eq!(self::code(&send(json).await, 404), 404, "JSON for JSON, and no token is needed to get lost");
    let strict = Server::shared_with(&["--profile", "wso2-1.10"]);
    let lost = send(strict.request(Method::GET, "/nothing")).await;
    assert!(lost.status == 404 && lost.text.contains("<am:code>404</am:code>"), "{}", lost.text);
    let lost = send(strict.request(Method::GET, "/accounts/NOBODY01")).await;
    assert!(lost.status == 403 && lost.text.contains("<ams:code>900906</ams:code>"), "{}", lost.text);
}

#[actix_web::test]
async fn every_operation_answers_alike_at_each_of_its_paths() {
    let server = Server::shared();
    let account = server.account(json!({ "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true } })).await;
    let code = &account.code;
    let mut seen: Vec<Vec<(u16, String)>> = Vec::new();
    for (candidate, base, results) in [
        ("candidate-1", format!("/eligibilityService/1.0.0/accounts/{code}"), "/assessmentResultService/1.0.0"),
        ("candidate-2", format!("/accounts/{code}"), ""),
        ("candidate-3", "/eligibilityService/2.0.0".to_owned(), "/assessmentResultService/2.0.0"),
    ] {
        let launch = base.split("/accounts").next().unwrap_or_default().to_owned();
        let ask = async |method: Method, path: String, body: Option<Value>| {
            let mut request = server.request(method, &path).bearer_auth(&account.token);
            if let Some(body) = body {
                request = request.json(&body);
            }
            send(request).await
        };
        let one = format!("{base}/candidates/{candidate}");
        let created = ask(Method::POST, format!("{base}/candidates"), Some(eligibility(candidate, "EXAM1"))).await;
        let id = created.expect(201)["psi_eligiblity_id"].as_str().expect("an identifier").to_owned();
        let booking = account.schedule(&id).await["booking_code"].as_str().expect("a code").to_owned();
        let answers = [
            created,
            ask(Method::GET, one.clone(), None).await,
            ask(Method::GET, format!("{one}/eligibilities?status=active"), None).await,
            ask(Method::GET, format!("{one}/eligibilities?status=never"), None).await,
            ask(Method::GET, format!("{one}/tests/EXAM1"), None).await,
            ask(Method::PUT, format!("{one}/tests/EXAM1"), Some(eligibility(candidate, "EXAM1"))).await,
            ask(Method::PUT, format!("{one}/tests/EXAM1/vouchers"), Some(json!(["SAVE10"]))).await,
            ask(Method::GET, format!("{launch}/eligibilities/{id}/testLaunchInfo"), None).await,
            ask(
                Method::PUT,
                format!("{results}/bookings/{booking}/results"),
                Some(json!({ "result": "PASS", "score": "90" })),
            )
            .await,
            ask(Method::DELETE, format!("{one}/tests/EXAM1"), None).await,
        ];
        let same = |answer: &Answer| {
            let text = answer.text.replace(candidate, "CANDIDATE").replace(&id, "ID").replace(&booking, "BOOKING");
            (answer.status, text)
        };
        seen.push(answers.iter().map(same).collect());
    }
    let statuses: Vec<_> = seen[0].iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [201, 200, 200, 400, 200, 204, 204, 200, 200, 404]);
    assert_eq!(seen[0], seen[1], "the root paths");
    assert_eq!(seen[0], seen[2], "generation 2");
}

#[actix_web::test]
async fn generation_2_takes_the_account_from_the_token() {
    let server = Server::shared();
    let (one, two) = (server.account(json!({})).await, server.account(json!({})).await);
    one.eligible("C1", "EXAM1").await;
    let path = "/eligibilityService/2.0.0/candidates/C1";
    let ask = async |token: &str| send(server.request(Method::GET, path).bearer_auth(token)).await;
    assert_eq!(ask(&one.token).await.expect(200)[0]["status"], "REG02");
    assert_eq!(ask(&two.token).await.refused(400), "No data found for the given candidate id.");
    assert_eq!(ask("nobody").await.status, 401);
    assert_eq!(send(server.request(Method::GET, path)).await.text, MISSING_XML);
}
