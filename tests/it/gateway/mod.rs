//! What stands in front of the services: bearer tokens, faults, roles, allow lists, aliases; and who may use the
//! control API.

mod admin;
mod bearer;
mod check;
mod fault;
mod fault_table;
mod permission;
mod route;
mod secret;
mod static_token;

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Account, Answer, eligibility, send};
use crate::token::{Keys, keys, pair};

const MISSING_XML: &str = "<ams:fault xmlns:ams=\"http://wso2.org/apimanager/security\"><ams:code>900902</ams:code>\
    <ams:message>Missing Credentials</ams:message><ams:description>Required OAuth credentials not provided. Make sure \
    your API invocation call has a header: \"Authorization: Bearer ACCESS_TOKEN\"</ams:description></ams:fault>";

const MISSING_JSON: &str = "{\"fault\":{\"code\":900902,\"message\":\"Missing Credentials\",\"description\":\"Required \
    OAuth credentials not provided. Make sure your API invocation call has a header: \\\"Authorization: Bearer \
    ACCESS_TOKEN\\\"\"}}";

const INVALID_XML: &str = "<ams:fault xmlns:ams=\"http://wso2.org/apimanager/security\"><ams:code>900901</ams:code>\
    <ams:message>Invalid Credentials</ams:message><ams:description>Access failure for API: \
    /eligibilityService/1.0.0, version: 1.0.0 status: (900901) - Invalid Credentials. Make sure you have given the \
    correct access token</ams:description>\
    </ams:fault>";

const INVALID_JSON: &str = "{\"fault\":{\"code\":900901,\"message\":\"Invalid Credentials\",\"description\":\"Access \
    failure for API: /eligibilityService/1.0.0, version: 1.0.0 status: (900901) - Invalid Credentials. Make sure you have \
    given the correct access token\"}}";

/// What every 401 of the gateway asks for, in 1.10.
const OLD_REALM: &str = "OAuth2 realm=\"WSO2 API Manager\"";

/// The same in `wso2-2`.
pub const REALM: &str = "OAuth2 realm=\"WSO2 API Manager\", error=\"invalid token\", error_description=\"The access \
    token expired\"";

/// A call of an account's candidate list with these headers.
async fn call(account: &Account<'_>, headers: &[(&str, &str)]) -> Answer {
    let mut request = account.server.request(Method::GET, &account.path("/candidates/NOBODY"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request).await
}

/// The code of a JSON fault.
#[track_caller]
fn code(answer: &Answer, status: u16) -> u64 {
    answer.expect(status)["fault"]["code"].as_u64().unwrap_or_else(|| panic!("no fault: {}", answer.text))
}

#[track_caller]
fn assert_error_model(answer: &Answer, status: u16, error: &str, description: &str, why: &str) {
    let body = format!("{{\"error\":\"{error}\",\"error_description\":\"{description}\"}}");
    assert_eq!((answer.status, answer.text.as_str()), (status, body.as_str()), "{why}");
    assert_eq!(answer.header("content-type"), "application/json", "{why}");
}

#[track_caller]
fn assert_challenged(answer: &Answer, body: &str, kind: &str, challenge: &str, why: &str) {
    assert_eq!((answer.status, answer.text.as_str()), (401, body), "{why}");
    assert_eq!(answer.header("content-type").split(';').next(), Some(kind), "{why}");
    assert_eq!(answer.header("www-authenticate"), challenge, "{why}");
}

#[track_caller]
fn assert_fault(answer: &Answer, body: &str, kind: &str, why: &str) {
    assert_challenged(answer, body, kind, REALM, why);
}

/// One application for each way to be let in or not.
fn applications() -> Value {
    json!({ "account": {
        "users": [
            { "username": "all", "password": "p" },
            { "username": "none", "password": "p", "roles": [] },
            { "username": "results", "password": "p", "roles": ["psiAssessmentResult", "psiGettingStarted"] },
            { "username": "eligibility", "password": "p", "roles": ["psiEligibility"] },
        ],
        "applications": [
            { "name": "open" },
            { "name": "narrow", "subscriptions": ["booking", "assessment_result"] },
            { "name": "production", "key_type": "PRODUCTION" },
            { "name": "poor", "owner": "none" },
        ],
    } })
}

/// A token of a user of the account through one of its applications.
async fn token(account: &Account<'_>, application: usize, username: &str) -> String {
    let made = &account.made["applications"][application];
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    let keys = Keys {
        key: text("consumer_key"),
        secret: text("consumer_secret"),
        username: username.to_owned(),
        password: "p".to_owned(),
        ..keys(account)
    };
    let answer = if username.is_empty() { keys.by_client().await } else { keys.by_password().await };
    pair(&answer).access
}

/// The answer of each operation, with this token and account code.
async fn everywhere(account: &Account<'_>, token: &str, code: &str) -> Vec<(&'static str, Answer)> {
    let base = format!("/eligibilityService/1.0.0/accounts/{code}/candidates");
    let body = Some(eligibility("C", "EXAM1"));
    let mut answers = Vec::new();
    for (name, method, path, body) in [
        ("create", Method::POST, base.clone(), body.clone()),
        ("cancel", Method::DELETE, format!("{base}/C/tests/EXAM1"), None),
        ("update", Method::PUT, format!("{base}/C/tests/EXAM1"), body),
        ("by status", Method::GET, format!("{base}/C/eligibilities?status=all"), None),
        ("by test", Method::GET, format!("{base}/C/tests/EXAM1"), None),
        ("by candidate", Method::GET, format!("{base}/C"), None),
        ("vouchers", Method::PUT, format!("{base}/C/tests/EXAM1/vouchers"), Some(json!([]))),
        ("launch", Method::GET, "/eligibilityService/1.0.0/eligibilities/AAAAAAAA/testLaunchInfo".to_owned(), None),
        (
            "result",
            Method::PUT,
            "/assessmentResultService/1.0.0/bookings/AAAAAAAA/results".to_owned(),
            Some(json!({ "result": "PASS", "score": 1 })),
        ),
    ] {
        let mut request = account.server.request(method, &path).bearer_auth(token).header("accept", "application/json");
        if let Some(body) = body {
            request = request.json(&body);
        }
        answers.push((name, send(request).await));
    }
    answers
}
