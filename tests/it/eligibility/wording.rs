//! The literal texts of the pages: the same cause is worded by operation. 400 against 403 against 404.

use reqwest::Method;
use serde_json::{Value, json};

use super::{given, with};
use crate::server::{Account, Answer, Server, eligibility, send};

const A1: &str = "Unable to get the account details for the given accountCode.";
const A2: &str = "Unable to get the account and test details for the given accountCode/testCode.";
/// With a second full stop, as two pages print it.
const A2_TWICE: &str = "Unable to get the account and test details for the given accountCode/testCode..";
const C1: &str = "Candidate details not found for the given candidate id.";
const C2: &str = "No data found for the given candidate id.";
const T1: &str = "Please provide the valid test/portion code.";
const T2: &str = "No mapping found for the given test code.";
const NOT_LINKED: &str = "The specified candidate eligibility code was not found.";

/// An operation that names account, candidate and test, with its texts; an empty one where it has no such cause.
struct Row {
    name: &'static str,
    method: Method,
    path: &'static str,
    /// Null where it sends none.
    body: fn(&str, &str) -> Value,
    account: &'static str,
    candidate: &'static str,
    test: &'static str,
    success: u16,
}

fn no_body(_: &str, _: &str) -> Value {
    Value::Null
}

fn vouchers(_: &str, _: &str) -> Value {
    json!(["SAVE10"])
}

/// Contract §2.1, row by row.
#[rustfmt::skip]
fn table() -> [Row; 7] {
    let by_test = "/candidates/{c}/tests/{t}";
    [
        Row { name: "create", method: Method::POST, path: "/candidates", body: eligibility, account: A1, candidate: "", test: T1, success: 201 },
        Row { name: "update", method: Method::PUT, path: by_test, body: eligibility, account: A1, candidate: C1, test: T1, success: 204 },
        Row { name: "cancel", method: Method::DELETE, path: by_test, body: no_body, account: A2, candidate: C1, test: T2, success: 204 },
        Row { name: "by status", method: Method::GET, path: "/candidates/{c}/eligibilities?status=all", body: no_body, account: A2_TWICE, candidate: C2, test: "", success: 200 },
        Row { name: "by test", method: Method::GET, path: by_test, body: no_body, account: A1, candidate: C2, test: T2, success: 200 },
        Row { name: "by candidate", method: Method::GET, path: "/candidates/{c}", body: no_body, account: A2_TWICE, candidate: C2, test: "", success: 200 },
        Row { name: "vouchers", method: Method::PUT, path: "/candidates/{c}/tests/{t}/vouchers", body: vouchers, account: A1, candidate: C1, test: T2, success: 204 },
    ]
}

impl Row {
    async fn call(&self, account: &Account<'_>, code: &str, candidate: &str, test: &str) -> Answer {
        let path = self.path.replace("{c}", candidate).replace("{t}", test);
        let path = format!("/eligibilityService/1.0.0/accounts/{code}{path}");
        let mut request = account.server.request(self.method.clone(), &path).bearer_auth(&account.token);
        let body = (self.body)(candidate, test);
        if !body.is_null() {
            request = request.json(&body);
        }
        send(request).await
    }
}

#[actix_web::test]
async fn an_unknown_account_candidate_or_test_is_worded_by_operation() {
    let server = Server::shared();
    let account = server.account(given()).await;
    account.eligible("C1", "ONE").await;
    for row in table() {
        let unknown = row.call(&account, "NOBODY", "C1", "ONE").await;
        assert_eq!(unknown.refused(400), row.account, "{}", row.name);
        assert_eq!(unknown.json()["error"], "Bad Request", "{}", row.name);
        if !row.candidate.is_empty() {
            let unknown = row.call(&account, &account.code, "C99", "ONE").await;
            assert_eq!(unknown.refused(400), row.candidate, "{}", row.name);
        }
        if !row.test.is_empty() {
            let unknown = row.call(&account, &account.code, "C1", "NONE").await;
            assert_eq!(unknown.refused(400), row.test, "{}", row.name);
        }
    }
    let path = "/eligibilityService/1.0.0/eligibilities/AB12CD34/testLaunchInfo";
    let unknown = send(server.request(Method::GET, path).bearer_auth(&account.token)).await;
    assert_eq!(unknown.refused(400), A2);
}

#[actix_web::test]
async fn every_operation_succeeds_with_its_documented_status() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (number, row) in table().into_iter().enumerate() {
        let candidate = format!("C{number}");
        if row.name != "create" {
            account.eligible(&candidate, "ONE").await;
        }
        let answer = row.call(&account, &account.code, &candidate, "ONE").await;
        assert_eq!(answer.status, row.success, "{}: {}", row.name, answer.text);
        if row.success == 204 {
            assert_eq!(answer.text, "", "{}", row.name);
        } else {
            let record = answer.json();
            let record = if row.success == 201 { &record } else { &record[0] };
            assert_eq!(record["candidate"]["candidate_id"], candidate, "{}", row.name);
        }
    }
}

#[actix_web::test]
async fn a_candidate_and_a_test_that_no_eligibility_links_are_404() {
    let server = Server::shared();
    let account = server.account(given()).await;
    account.eligible("C1", "ONE").await;
    account.eligible("C2", "SITE").await;
    for row in table().into_iter().filter(|row| !row.test.is_empty() && row.name != "create") {
        let unlinked = row.call(&account, &account.code, "C1", "SITE").await;
        assert_eq!(unlinked.refused(404), NOT_LINKED, "{}", row.name);
        assert_eq!(unlinked.json()["error"], "Not Found", "{}", row.name);
    }
}

#[actix_web::test]
async fn another_account_s_code_is_forbidden() {
    let server = Server::shared();
    let (account, other) = (server.account(given()).await, server.account(given()).await);
    other.eligible("C1", "ONE").await;
    for row in table() {
        let forbidden = row.call(&account, &other.code, "C1", "ONE").await;
        assert_eq!(forbidden.refused(403), "Forbidden operation.", "{}", row.name);
        assert_eq!(forbidden.json()["error"], "Forbidden", "{}", row.name);
    }
}

#[actix_web::test]
async fn of_several_faults_the_first_in_the_order_of_checks_answers() {
    let server = Server::shared();
    let (account, other) = (server.account(given()).await, server.account(given()).await);
    account.eligible("C1", "ONE").await;
    let put = |code: &str, rest: &str, body: Value| {
        let path = format!("/eligibilityService/1.0.0/accounts/{code}/candidates/{rest}");
        send(server.request(Method::PUT, &path).bearer_auth(&account.token).json(&body))
    };
    let bad_portion = |candidate, test| with(eligibility(candidate, test), "/portion_codes", json!(["P9"]));
    let own = account.code.as_str();
    let another = put(&other.code, "C9/tests/NONE", json!({})).await;
    assert_eq!(another.refused(403), "Forbidden operation.");
    let account_first = put("NOBODY", "C9/tests/NONE", json!({})).await;
    assert_eq!(account_first.refused(400), A1);
    let then_body = put(own, "C9/tests/NONE", json!([])).await;
    assert_eq!(then_body.refused(400), "body: expected an object, got an array");
    let then_candidate = put(own, "C9/tests/NONE", bad_portion("C9", "NONE")).await;
    assert_eq!(then_candidate.refused(400), C1);
    let then_test = put(own, "C1/tests/NONE", bad_portion("C1", "NONE")).await;
    assert_eq!(then_test.refused(400), T1);
    let then_portion = put(own, "C1/tests/SITE", bad_portion("C1", "SITE")).await;
    assert_eq!(then_portion.refused(400), "Please provide valid portion code.");
    let then_state = put(own, "C1/tests/SITE", eligibility("C1", "SITE")).await;
    assert_eq!(then_state.refused(404), NOT_LINKED);
}

#[actix_web::test]
async fn a_status_that_is_none_of_the_three_is_refused_to_the_letter() {
    let server = Server::shared();
    let account = server.account(given()).await;
    account.eligible("C1", "ONE").await;
    for status in ["open", "Active", "ALL", "", "active,inactive", "all&status=all", "active&status=inactive"] {
        let answer = account.get(&format!("/candidates/C1/eligibilities?status={status}")).await;
        assert_eq!(
            answer.refused(400),
            "The request is invalid. Only active, inactive, or all can be passed as values.",
            "{status:?}"
        );
    }
}
