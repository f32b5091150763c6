//! Bearer tokens: what counts as one, and the fault where there is none.

use reqwest::Method;
use serde_json::json;

use super::{
    INVALID_JSON, INVALID_XML, MISSING_JSON, MISSING_XML, OLD_REALM, assert_challenged, assert_error_model,
    assert_fault, call,
};
use crate::server::Answer;
use crate::server::{Server, send};
use crate::socket::raw;

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

#[actix_web::test]
async fn release_1_10_words_authentication_faults_in_xml_always() {
    let server = Server::shared();
    let account = server.account(json!({ "account": { "settings": { "profile": "wso2-1.10" } } })).await;
    let json = ("accept", "application/json");
    let told = |answer: &Answer, body, why| assert_challenged(answer, body, "application/xml", OLD_REALM, why);
    told(&call(&account, &[json]).await, MISSING_XML, "missing");
    let invalid = INVALID_XML
        .replace(" status: (900901) - Invalid Credentials. Make sure you have given", ". Make sure your have given");
    told(&call(&account, &[json, ("authorization", "Bearer nobody")]).await, &invalid, "invalid");
    let strict = Server::shared_with(&["--profile", "wso2-1.10"]);
    let unknown = strict.request(Method::GET, "/eligibilityService/2.0.0/candidates/X").header("accept", json.1);
    told(&send(unknown).await, MISSING_XML, "no account told: the server's profile");
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
