//! What stands in front of the services: bearer tokens, faults, roles, allow lists, aliases; and who may use the
//! control API.

use reqwest::Method;
use serde_json::{Value, json};

use crate::abuse::raw;
use crate::server::{Account, Answer, Server, eligibility, send};
use crate::token::{Keys, keys, pair};

const MISSING_XML: &str = "<ams:fault xmlns:ams=\"http://wso2.org/apimanager/security\"><ams:code>900902</ams:code>\
    <ams:message>Missing Credentials</ams:message><ams:description>Required OAuth credentials not provided. Make sure \
    your API invocation call has a header: \"Authorization: Bearer ACCESS_TOKEN\"</ams:description></ams:fault>";
const MISSING_JSON: &str = "{\"fault\":{\"code\":900902,\"message\":\"Missing Credentials\",\"description\":\"Required \
    OAuth credentials not provided. Make sure your API invocation call has a header: \\\"Authorization: Bearer \
    ACCESS_TOKEN\\\"\"}}";
const INVALID_XML: &str = "<ams:fault xmlns:ams=\"http://wso2.org/apimanager/security\"><ams:code>900901</ams:code>\
    <ams:message>Invalid Credentials</ams:message><ams:description>Access failure for API: \
    /eligibilityService/1.0.0, version: 1.0.0. Make sure your have given the correct access token</ams:description>\
    </ams:fault>";
const INVALID_JSON: &str = "{\"fault\":{\"code\":900901,\"message\":\"Invalid Credentials\",\"description\":\"Access \
    failure for API: /eligibilityService/1.0.0, version: 1.0.0. Make sure your have given the correct access \
    token\"}}";
const REALM: &str = "OAuth2 realm=\"WSO2 API Manager\"";

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

#[actix_web::test]
async fn only_the_word_bearer_in_this_case_counts_as_a_token() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let token = account.token.as_str();
    for header in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("bearer {token}"),
        format!("BEARER {token}"),
        format!("Bearer\t{token}"),
        format!("Bearer:{token}"),
        format!("Bearer{token}"),
        token.to_owned(),
        format!("Token {token}"),
        format!("OAuth2 {token}"),
        "Basic ZGVtbzpkZW1v".to_owned(),
        String::new(),
    ] {
        let answer = call(&account, &[("authorization", &header), ("accept", "application/json")]).await;
        assert_eq!((answer.status, answer.text.as_str()), (401, MISSING_JSON), "{header:?}");
    }
    let none = call(&account, &[("accept", "application/json")]).await;
    assert_eq!((none.status, none.text.as_str()), (401, MISSING_JSON));
    let in_query = format!("{}?access_token={token}", account.path("/candidates/NOBODY"));
    let in_query = send(server.request(Method::GET, &in_query).header("accept", "application/json")).await;
    assert_eq!((in_query.status, in_query.text.as_str()), (401, MISSING_JSON), "a token in the query is none");
    for header in [
        "Bearer nobody".to_owned(),
        format!("Bearer {token}x"),
        format!("Bearer {}", &token[1..]),
        format!("Bearer {}", token.to_uppercase()),
        format!("Bearer \"{token}\""),
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer Bearer {token}"),
    ] {
        let answer = call(&account, &[("authorization", &header), ("accept", "application/json")]).await;
        assert_eq!((answer.status, answer.text.as_str()), (401, INVALID_JSON), "{header:?}");
    }
    for header in [format!("Bearer {token}"), format!("Bearer  {token}")] {
        let answer = call(&account, &[("authorization", &header)]).await;
        assert_eq!(answer.refused(400), "No data found for the given candidate id.", "{header:?}");
    }
}

#[actix_web::test]
async fn a_fault_is_json_for_accept_application_json_exactly_and_xml_otherwise() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for accept in [
        "application/json, */*",
        "application/json;q=1",
        "application/json; charset=utf-8",
        "text/html, application/json",
        "Application/JSON",
        "application/xml",
        "*/*",
    ] {
        let answer = call(&account, &[("accept", accept)]).await;
        assert_fault(&answer, MISSING_XML, "application/xml", accept);
        let answer = call(&account, &[("accept", accept), ("authorization", "Bearer nobody")]).await;
        assert_fault(&answer, INVALID_XML, "application/xml", accept);
    }
    let answer = call(&account, &[("accept", "application/json")]).await;
    assert_fault(&answer, MISSING_JSON, "application/json", "missing");
    let answer = call(&account, &[("accept", "application/json"), ("authorization", "Bearer nobody")]).await;
    assert_fault(&answer, INVALID_JSON, "application/json", "invalid");
    let path = account.path("/candidates/NOBODY");
    let (status, text) = raw(&server, format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
    assert_eq!(status, 401);
    assert!(text.ends_with(MISSING_XML), "no Accept at all: {text}");
}

#[track_caller]
fn assert_fault(answer: &Answer, body: &str, kind: &str, why: &str) {
    assert_eq!((answer.status, answer.text.as_str()), (401, body), "{why}");
    assert_eq!(answer.header("content-type").split(';').next(), Some(kind), "{why}");
    assert_eq!(answer.header("www-authenticate"), REALM, "{why}");
}

#[actix_web::test]
async fn release_1_10_words_authentication_faults_in_xml_always() {
    let server = Server::shared();
    let account = server.account(json!({ "account": { "settings": { "profile": "wso2-1.10" } } })).await;
    let json = ("accept", "application/json");
    assert_fault(&call(&account, &[json]).await, MISSING_XML, "application/xml", "missing");
    let invalid = call(&account, &[json, ("authorization", "Bearer nobody")]).await;
    assert_fault(&invalid, INVALID_XML, "application/xml", "invalid");
    let strict = Server::shared_with(&["--profile", "wso2-1.10"]);
    let unknown = strict.request(Method::GET, "/eligibilityService/2.0.0/candidates/X").header("accept", json.1);
    assert_fault(&send(unknown).await, MISSING_XML, "application/xml", "no account told: the server's profile");
}

#[actix_web::test]
async fn an_account_may_answer_a_missing_token_with_the_error_model() {
    let server = Server::shared();
    let account = server.account(json!({ "account": { "settings": { "unauthorized": "error_model" } } })).await;
    for header in ["", "Bearer nobody", "bearer x", "Basic bm9ib2R5Om5v"] {
        let answer = call(&account, &[("authorization", header), ("accept", "text/xml")]).await;
        let text = "You are not authorized to access this resource.";
        assert_error_model(&answer, 401, "Unauthorized", text, header);
    }
    let stranger = server.account(json!({})).await;
    assert_eq!(call(&stranger, &[]).await.text, MISSING_XML, "the setting is the account's own");
    let elsewhere = server.request(Method::GET, "/eligibilityService/1.0.0/nothing").header("accept", "text/xml");
    assert_eq!(send(elsewhere.bearer_auth(&account.token)).await.status, 404, "other faults stay faults");
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

#[actix_web::test]
async fn a_missing_role_is_the_services_403() {
    let server = Server::shared();
    let account = server.account(applications()).await;
    for (username, is_refused) in
        [("none", [true, true]), ("results", [true, false]), ("eligibility", [false, true]), ("all", [false, false])]
    {
        let token = token(&account, 0, username).await;
        for (name, answer) in everywhere(&account, &token, &account.code).await {
            if is_refused[usize::from(name == "result")] {
                assert_error_model(&answer, 403, "Forbidden", "Forbidden operation.", &format!("{username} {name}"));
            } else {
                assert!(![401, 403].contains(&answer.status), "{username} {name}: {}", answer.text);
            }
        }
    }
}

#[actix_web::test]
async fn a_client_credentials_token_has_the_roles_of_the_applications_owner() {
    let server = Server::shared();
    let account = server.account(applications()).await;
    let first_user = token(&account, 0, "").await;
    let poor_owner = token(&account, 3, "").await;
    let path = account.path("/candidates/NOBODY");
    let call = async |token: &str| send(server.request(Method::GET, &path).bearer_auth(token)).await;
    assert_eq!(call(&first_user).await.status, 400, "the owner is the first user where none is named");
    assert_eq!(call(&poor_owner).await.refused(403), "Forbidden operation.");
    assert_eq!(call(&token(&account, 3, "all").await).await.status, 400, "a user's own roles count with a password");
}

#[actix_web::test]
async fn another_accounts_code_is_a_403_and_an_unknown_one_the_operations_400() {
    let server = Server::shared();
    let (account, other) = (server.account(json!({})).await, server.account(json!({})).await);
    for (name, answer) in everywhere(&account, &account.token, &other.code).await {
        if !["launch", "result"].contains(&name) {
            assert_error_model(&answer, 403, "Forbidden", "Forbidden operation.", name);
        }
    }
    let account_text = "Unable to get the account details for the given accountCode.";
    let test_text = "Unable to get the account and test details for the given accountCode/testCode.";
    let mut worded = 0;
    for (name, answer) in everywhere(&account, &account.token, "NOSUCH01").await {
        let text = match name {
            "create" | "update" | "by test" | "vouchers" => account_text.to_owned(),
            "cancel" => test_text.to_owned(),
            "by status" | "by candidate" => format!("{test_text}."),
            _ => continue,
        };
        assert_error_model(&answer, 400, "Bad Request", &text, name);
        worded += 1;
    }
    assert_eq!(worded, 7);
    let own = everywhere(&other, &other.token, &other.code).await;
    assert_eq!(own[0].1.status, 201, "nothing came of it: {}", own[0].1.text);
}

#[actix_web::test]
async fn an_application_that_is_not_subscribed_gets_900908() {
    let server = Server::shared();
    let account = server.account(applications()).await;
    let narrow = token(&account, 1, "all").await;
    for (name, answer) in everywhere(&account, &narrow, &account.code).await {
        if name == "result" {
            assert_eq!(answer.status, 400, "it is subscribed to this one: {}", answer.text);
        } else {
            assert_eq!(code(&answer, 403), 900_908, "{name}");
            assert_eq!(answer.json()["fault"]["message"], "Resource forbidden ", "the trailing blank is real");
            assert!(!answer.headers.contains_key("www-authenticate"), "{name}");
        }
    }
    let header = format!("Bearer {narrow}");
    let xml = call(&account, &[("authorization", &header)]).await;
    let start = "<ams:fault xmlns:ams=\"http://wso2.org/apimanager/security\"><ams:code>900908</ams:code>\
        <ams:message>Resource forbidden </ams:message><ams:description>";
    assert!(xml.status == 403 && xml.text.starts_with(start), "{}", xml.text);
}

#[actix_web::test]
async fn a_production_key_is_refused_with_900901_and_403() {
    let server = Server::shared();
    let account = server.account(applications()).await;
    for username in ["all", ""] {
        let production = token(&account, 2, username).await;
        for (name, answer) in everywhere(&account, &production, &account.code).await {
            assert_eq!(code(&answer, 403), 900_901, "{name}");
            let text = "Production key offered to the API with no production endpoint";
            assert!(answer.text.contains(text), "{name}: {}", answer.text);
        }
    }
}

#[actix_web::test]
async fn an_unknown_path_is_404_and_an_unknown_method_405_by_profile() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let code = &account.code;
    let base = format!("/eligibilityService/1.0.0/accounts/{code}");
    let cases = [
        (404, Method::GET, "/nothing".to_owned()),
        (404, Method::GET, "/eligibilityService".to_owned()),
        (404, Method::GET, "/eligibilityService/1.0.0".to_owned()),
        (404, Method::GET, "/eligibilityService/1.0.0/".to_owned()),
        (404, Method::GET, "/eligibilityService/9.9.9/candidates/C".to_owned()),
        (404, Method::GET, "/eligibilityService/2.0.0".to_owned()),
        (404, Method::GET, "/eligibilityService/2.0.0x/candidates/C".to_owned()),
        (404, Method::GET, format!("/eligibilityService/2.0.0/accounts/{code}/candidates/C")),
        (404, Method::GET, "/fooService/1.0.0/x".to_owned()),
        (404, Method::GET, base.clone()),
        (404, Method::GET, format!("{base}/candidates/C/")),
        (404, Method::GET, format!("{base}/candidates/C/tests/EXAM1/nothing")),
        (404, Method::GET, format!("{base}/Candidates/C")),
        (404, Method::GET, format!("/accounts/{code}")),
        (404, Method::PUT, "/bookings/AAAAAAAA".to_owned()),
        (404, Method::POST, "/oauth2/authorize".to_owned()),
        (404, Method::POST, "/tokens".to_owned()),
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
            let (status, namespace) = if profile == "wso2-2" { (*status, "") } else { (403, "/security") };
            let prefix = if namespace.is_empty() { "am" } else { "ams" };
            let code = if status == 403 { 900_906 } else { u32::from(status) };
            let start = format!(
                "<{prefix}:fault xmlns:{prefix}=\"http://wso2.org/apimanager{namespace}\"><{prefix}:code>{code}</{prefix}:code>"
            );
            assert_eq!(answer.status, status, "{why}: {}", answer.text);
            assert!(answer.text.starts_with(&start) && answer.text.ends_with(":fault>"), "{why}: {}", answer.text);
            if status == 403 {
                let message = "<ams:message>No matching resource found in the API for the given request</ams:message>";
                assert!(answer.text.contains(message), "{why}: {}", answer.text);
            }
        }
    }
    account.control(Method::PATCH, "/settings", Some(json!({ "profile": "wso2-2" }))).await.expect(200);
    let json = server.request(Method::GET, "/nothing").header("accept", "application/json");
    assert_eq!(self::code(&send(json).await, 404), 404, "JSON by the same rule, and no token is needed to get lost");
    let strict = Server::shared_with(&["--profile", "wso2-1.10"]);
    let lost = send(strict.request(Method::GET, "/nothing")).await;
    assert!(lost.status == 403 && lost.text.contains("<ams:code>900906</ams:code>"), "{}", lost.text);
}

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
        assert!(answer.text.starts_with("<ams:fault ") && answer.text.contains("127.0.0.1"), "{}", answer.text);
    }
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
        ("allow list", closed.code.as_str(), dead, "/NOBODY/tests/NOTEST", &bad, 403, "allow list"),
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

#[actix_web::test]
async fn a_static_token_outlives_everything() {
    let server = Server::shared();
    let account = server
        .account(json!({
            "account": { "static_tokens": ["forever-1", "forever-2"], "settings": { "tokens": "clock" } },
            "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true },
        }))
        .await;
    let keys = keys(&account);
    let issued = pair(&keys.by_password().await).access;
    assert!(!issued.starts_with("forever"), "it stands outside the same-token rule");
    keys.post("/revoke", &[("token", "forever-1")]).await.expect(200);
    keys.advance("876000h").await;
    assert_eq!(keys.status_with(&issued).await, 401);
    account.control(Method::POST, "/reset", None).await.expect(204);
    for token in ["forever-1", "forever-2"] {
        assert_eq!(keys.status_with(token).await, 400, "{token}");
    }
}

#[actix_web::test]
async fn a_static_token_acts_as_the_first_user_with_the_first_application() {
    let server = Server::shared();
    for (user, application, expected) in [
        (json!({ "username": "u", "roles": [] }), json!({ "name": "a" }), "Forbidden operation."),
        (json!({ "username": "u" }), json!({ "name": "a", "subscriptions": ["booking"] }), "900908"),
        (json!({ "username": "u" }), json!({ "name": "a", "key_type": "PRODUCTION" }), "No data found"),
    ] {
        let account = server
            .account(json!({ "account": {
                "users": [user, { "username": "second" }], "applications": [application, { "name": "second" }],
            } }))
            .await;
        let answer = account.get("/candidates/NOBODY").await;
        assert!(answer.text.contains(expected), "{expected}: {}", answer.text);
    }
}

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
    ];
    for (path, kind, body) in &bodies {
        let mut request = server.request(Method::POST, path).body(body.clone());
        if !kind.is_empty() {
            request = request.header("content-type", *kind);
        }
        assert_no_secret(&send(request.try_clone().expect("a body in memory")).await.text, &["hidden"], path);
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
    assert_eq!(
        wrong.await.text,
        "{\"error_description\":\"Authentication failed for partner\",\"error\":\"invalid_grant\"}"
    );

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

#[actix_web::test]
async fn the_control_api_asks_for_the_admin_token_where_there_is_one() {
    let server = Server::shared_with(&["--admin-token", "adm1n"]);
    let ask = async |method: Method, path: &str, header: &str| {
        send(server.request(method, path).header("authorization", header)).await
    };
    for (method, path) in [
        (Method::GET, "/_sandbox/accounts"),
        (Method::POST, "/_sandbox/accounts"),
        (Method::GET, "/_sandbox/accounts/DEMO0001?secrets=true"),
        (Method::DELETE, "/_sandbox/accounts/DEMO0001"),
        (Method::GET, "/_sandbox/requests"),
        (Method::POST, "/_sandbox/reset"),
        (Method::PUT, "/_sandbox/clock"),
        (Method::GET, "/_sandbox/inbox/demo"),
        (Method::DELETE, "/_sandbox/inbox/demo"),
        (Method::PUT, "/_sandbox/inbox/demo/behaviour"),
        (Method::GET, "/_sandbox/fidelity"),
        (Method::GET, "/_sandbox/nothing"),
        (Method::GET, "/_sandbox"),
        (Method::GET, "/_sandbox/launch"),
        // The router knows `%5f` for `_`, and so does the guard.
        (Method::GET, "/%5fsandbox/accounts/DEMO0001?secrets=true"),
        (Method::GET, "/%5Fsandbox/accounts"),
        (Method::GET, "/_s%61ndbox/accounts"),
        (Method::GET, "/_sandbox/acc%6funts"),
        (Method::GET, "/_sandbox/launch/%2e%2e/accounts"),
        (Method::DELETE, "/%5fsandbox/accounts/DEMO0001"),
    ] {
        for header in [
            "",
            "Bearer wrong",
            "Bearer adm1n2",
            "Bearer adm1",
            "bearer adm1n",
            "adm1n",
            "Basic YWRtMW46",
            "Bearer demo-token",
        ] {
            let answer = ask(method.clone(), path, header).await;
            assert_eq!(answer.status, 401, "{method} {path} {header:?}: {}", answer.text);
            let detail = answer.problem(401);
            assert!(detail.contains("admin token") && !answer.text.contains("adm1n"), "{}", answer.text);
            assert_eq!(answer.json()["status"], 401);
        }
    }
    let with = async |method: Method, path: &str| ask(method, path, "Bearer adm1n").await;
    assert_eq!(with(Method::GET, "/_sandbox/accounts").await.expect(200)["items"][0]["account_code"], "DEMO0001");
    let secrets = with(Method::GET, "/_sandbox/accounts/DEMO0001?secrets=true").await.expect(200);
    assert_eq!(secrets["users"][0]["password"], "demo-pass");
    assert_eq!(with(Method::GET, "/_sandbox/nothing").await.status, 404);
    for path in ["/_sandbox/health", "/_sandbox/openapi.json", "/openapi.json", "/livez", "/readyz", "/metrics"] {
        assert_eq!(ask(Method::GET, path, "").await.status, 200, "{path} is for everyone");
    }
    let vendor = server.request(Method::GET, "/accounts/DEMO0001/candidates/C").bearer_auth("adm1n");
    assert_eq!(send(vendor).await.status, 401, "the admin token is no token of a partner");
}

#[actix_web::test]
async fn partners_and_candidates_reach_inbox_and_launch_pages_without_the_admin_token() {
    let server = Server::shared_with(&["--admin-token", "adm1n"]);
    let admin = async |method: Method, path: &str, body: Value| {
        send(server.request(method, &format!("/_sandbox{path}")).bearer_auth("adm1n").json(&body)).await.expect(200)
    };
    let created = server.request(Method::POST, "/accounts/DEMO0001/candidates").bearer_auth("demo-token");
    let created = send(created.json(&eligibility("C1", "EXAM1"))).await.expect(201);
    let id = created["psi_eligiblity_id"].as_str().expect("an identifier");
    let booking = admin(Method::POST, &format!("/accounts/DEMO0001/eligibilities/{id}/schedule"), json!({})).await;
    let wait = "/accounts/DEMO0001/wait?for=delivery&status=delivered&candidate_id=C1&timeout=20s";
    let delivery = admin(Method::GET, wait, json!({})).await;
    assert_eq!(delivery["booking_code"], booking["booking_code"], "the server's own notification got through");
    for method in [Method::PUT, Method::POST] {
        let put = server.request(method, "/_sandbox/inbox/mine").json(&json!({ "booking_code": "B" }));
        assert_eq!(send(put).await.expect(200), json!({ "booking_code": "B" }));
    }
    let inbox = admin(Method::GET, "/inbox/mine", json!({})).await;
    assert_eq!(inbox["items"].as_array().map(Vec::len), Some(2), "{inbox}");
    let launch = format!("/eligibilities/{id}/testLaunchInfo");
    let info = send(server.request(Method::GET, &launch).bearer_auth("demo-token")).await.expect(200);
    let url = info["launch_url"].as_str().expect("a URL");
    let page = send(server.client.get(url)).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.text.contains("EXAM1") && page.text.contains("<form"), "{}", page.text);
    let finished = send(server.client.post(url).form(&[("result", "PASS"), ("score", "88")])).await;
    assert_eq!(finished.status, 200, "{}", finished.text);
    let records = server.request(Method::GET, "/accounts/DEMO0001/candidates/C1").bearer_auth("demo-token");
    assert_eq!(send(records).await.expect(200)[0]["status"], "CSS5");
}

#[actix_web::test]
async fn without_an_admin_token_this_machine_may_use_the_control_api() {
    for flags in [&[][..], &["--admin-open"]] {
        let server = Server::shared_with(flags);
        for header in ["", "Bearer whatever", "Basic x"] {
            let demo = server.request(Method::GET, "/_sandbox/accounts/DEMO0001").header("authorization", header);
            assert_eq!(send(demo).await.expect(200)["account_code"], "DEMO0001", "{flags:?} {header:?}");
        }
        for (method, path, status) in [
            (Method::GET, "/_sandbox/nothing", 404),
            (Method::GET, "/_sandbox/accounts/NOSUCH01", 404),
            (Method::PATCH, "/_sandbox/accounts", 405),
        ] {
            let answer = send(server.request(method.clone(), path)).await;
            assert!(!answer.problem(status).is_empty(), "{method} {path}");
        }
    }
}
