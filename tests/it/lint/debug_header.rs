//! Debug headers: the journal entry and the rules, on request only.

use reqwest::Method;
use serde_json::json;

use super::{body, given};
use crate::server::{Answer, Server};

fn debug(answer: &Answer) -> (&str, &str) {
    (answer.header("x-atlas-sandbox-request"), answer.header("x-atlas-sandbox-lint"))
}

#[actix_web::test]
async fn debug_headers_name_the_journal_entry_and_the_rules() {
    let server = Server::shared_with(&["--open-catalog", "--debug-headers"]);
    let account = server.account(given("warn")).await;
    let clean = account.post("/candidates", body("C1", &[])).await;
    assert_eq!((clean.status, debug(&clean)), (201, ("1", "")));
    let members = [("/candidate/city", json!("")), ("/x", json!(1))];
    let found = account.post("/candidates", body("C2", &members)).await;
    assert_eq!((found.status, debug(&found)), (201, ("2", "ELIG-EMPTY-STRING, ELIG-UNKNOWN-MEMBER")));
    let entry = account.control(Method::GET, "/requests/2", None).await.expect(200);
    assert_eq!(entry["lint"][1]["rule"], "ELIG-UNKNOWN-MEMBER");
    account.control(Method::PATCH, "/settings", Some(json!({ "lint": "off" }))).await.expect(200);
    let off = account.post("/candidates", body("C3", &members)).await;
    assert_eq!((off.status, debug(&off)), (201, ("3", "")));
}

#[actix_web::test]
async fn without_debug_headers_the_vendor_s_answers_are_pure() {
    let server = Server::shared();
    let account = server.account(given("warn")).await;
    let answer = account.post("/candidates", body("C1", &[("/x", json!(1))])).await;
    let ours: Vec<_> = answer.headers.keys().filter(|name| name.as_str().starts_with("x-")).collect();
    assert_eq!((answer.status, ours), (201, vec![]));
}
