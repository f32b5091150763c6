//! Tests that partners write and publish, told over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Account, Answer, Server, eligibility, send};

const ONE: &str = "/testPublicationService/1.0.0";
const TWO: &str = "/testPublicationService/2.0.0";

async fn call(account: &Account<'_>, method: Method, path: &str, body: Option<Value>) -> Answer {
    let request = account.server.request(method, path).bearer_auth(&account.token);
    send(if let Some(body) = body { request.json(&body) } else { request }).await
}

/// The place of the tests in a generation.
fn tests(account: &Account<'_>, base: &str) -> String {
    if base == TWO { format!("{base}/tests") } else { format!("{base}/accounts/{}/tests", account.code) }
}

#[actix_web::test]
async fn a_test_is_written_published_named_and_retired_in_both_generations() {
    let server = Server::shared();
    let given = json!({
        "account": { "settings": { "publication_delay": "10m" } },
        "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true },
    });
    let account = server.account(given).await;
    for (base, code) in [(ONE, "NEW1"), (TWO, "NEW2")] {
        let at = format!("{}/{code}", tests(&account, base));
        let portion = |code: &str, minutes| json!({ "portion_code": code, "exam_length": minutes });
        let body = json!({ "test_name": "A new one", "portions": [portion("P1", 60), portion("P2", 30)],
            "max_attempts": 1, "price": "125.00", "currency": "USD" });
        let made = call(&account, Method::PUT, &at, Some(body.clone())).await.expect(201);
        assert_eq!(
            (&made["test_code"], &made["exam_length"], &made["status"]),
            (&json!(code), &json!(90), &json!("DRAFT"))
        );
        assert_eq!(call(&account, Method::PUT, &at, Some(body)).await.status, 204);
        assert_eq!(call(&account, Method::GET, &at, None).await.expect(200), made);
        // A draft cannot be named: it is as unknown as one that is not there.
        let mut named = eligibility(&format!("C-{code}"), code);
        named["portion_codes"] = json!(["P1", "P2"]);
        let unknown = account.post("/candidates", named.clone()).await.refused(400);
        assert_eq!(unknown, account.post("/candidates", eligibility("C-1", "NOSUCH")).await.refused(400));
        let handed_in = call(&account, Method::POST, &format!("{at}/publications"), None).await.expect(202);
        assert_eq!((&handed_in["status"], &handed_in["messages"]), (&json!("PENDING"), &json!([])));
        account.post("/candidates", named.clone()).await.refused(400);
        let id = handed_in["publication_id"].as_str().expect("an identifier");
        account.advance("10m").await;
        let told = call(&account, Method::GET, &format!("{at}/publications/{id}"), None).await.expect(200);
        assert_eq!((&told["status"], &told["publication_id"]), (&json!("PUBLISHED"), &json!(id)));
        assert_eq!(call(&account, Method::GET, &at, None).await.expect(200)["status"], "PUBLISHED");
        // Portions must be named where there are two.
        let missing = account.post("/candidates", eligibility("C-2", code)).await.refused(400);
        assert_eq!(missing, "Please provide valid portion code.");
        account.post("/candidates", named.clone()).await.expect(201);
        let open = call(&account, Method::DELETE, &at, None).await.refused(400);
        assert_eq!(open, format!("cannot retire test {code:?}: an open eligibility names it (1)"));
        // One attempt is all that it allows.
        let id = account.items(&format!("/eligibilities?test_code={code}")).await[0]["psi_eligiblity_id"].clone();
        let booking = account.schedule(id.as_str().expect("an identifier")).await;
        account.booking(booking["booking_code"].as_str().expect("a code"), "complete").await.expect(200);
        let again = account.post("/candidates", named).await.refused(400);
        assert_eq!(again, format!("the candidate has had 1 attempts at test {code:?}, which allows 1"));
        assert_eq!(call(&account, Method::DELETE, &at, None).await.status, 204);
        call(&account, Method::GET, &at, None).await.refused(400);
    }
}

#[actix_web::test]
async fn a_rejected_publication_says_why_and_is_handed_in_again() {
    let server = Server::shared();
    let account = server.account(json!({ "account": { "settings": { "publication_delay": "1h" } } })).await;
    let at = format!("{}/NEW1", tests(&account, ONE));
    call(&account, Method::PUT, &at, Some(json!({}))).await.expect(201);
    let decide = async |id: &str, decision: Value| {
        account.control(Method::POST, &format!("/publications/{id}/decide"), Some(decision)).await
    };
    let hand_in = async || {
        let made = call(&account, Method::POST, &format!("{at}/publications"), None).await.expect(202);
        made["publication_id"].as_str().expect("an identifier").to_owned()
    };
    let first = hand_in().await;
    let words = json!(["The name of the test is missing."]);
    let rejected = decide(&first, json!({ "decision": "reject", "messages": words })).await.expect(200);
    assert_eq!((&rejected["status"], &rejected["test"]["test_code"]), (&json!("REJECTED"), &json!("NEW1")));
    let told = call(&account, Method::GET, &format!("{at}/publications/{first}"), None).await.expect(200);
    assert_eq!((&told["status"], &told["messages"]), (&json!("REJECTED"), &words));
    account.post("/candidates", eligibility("C-1", "NEW1")).await.refused(400);
    let second = hand_in().await;
    decide(&second, json!({ "decision": "approve" })).await.expect(200);
    account.post("/candidates", eligibility("C-1", "NEW1")).await.expect(201);
    decide(&second, json!({ "decision": "reject" })).await.problem(409);
    let listed = account.items("/publications?test_code=NEW1").await;
    let statuses: Vec<_> = listed.iter().map(|one| one["status"].clone()).collect();
    assert_eq!(statuses, ["REJECTED", "PUBLISHED"]);
    assert_eq!(account.items("/publications?status=PENDING").await, [Value::Null; 0]);
}

#[actix_web::test]
async fn tests_are_listed_page_by_page() {
    let server = Server::shared();
    let drafts: Vec<_> = (1..=5).map(|n| json!({ "test_code": format!("NEW{n}") })).collect();
    let catalog = json!({ "tests": [{ "test_code": "EXAM1" }, { "test_code": "NEW3" }], "drafts": drafts });
    let account = server.account(json!({ "catalog": catalog })).await;
    let at = tests(&account, ONE);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for items in [4, 2] {
        let page = call(&account, Method::GET, &format!("{at}?limit=4{cursor}"), None).await.expect(200);
        let all = page["items"].as_array().expect("items").clone();
        assert_eq!(all.len(), items);
        seen.extend(all.iter().map(|one| format!("{} {}", one["test_code"], one["status"])));
        cursor = page["next_cursor"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
    }
    assert_eq!(cursor, "");
    let expected = [
        "EXAM1\" \"PUBLISHED",
        "NEW1\" \"DRAFT",
        "NEW2\" \"DRAFT",
        "NEW3\" \"CHANGED",
        "NEW4\" \"DRAFT",
        "NEW5\" \"DRAFT",
    ];
    assert_eq!(seen, expected.map(|text| format!("\"{text}\"")));
    for limit in ["0", "501", "-1", "x"] {
        assert_eq!(call(&account, Method::GET, &format!("{at}?limit={limit}"), None).await.status, 400, "{limit}");
    }
}
