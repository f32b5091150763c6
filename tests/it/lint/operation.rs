//! Lint beyond create: lists, updates, results, and the journal filtered by rule.

use reqwest::Method;
use serde_json::json;

use super::{body, given, newest};
use crate::server::Server;

#[actix_web::test]
async fn a_list_without_a_status_is_a_finding_and_in_enforce_the_documented_400() {
    let server = Server::shared();
    for (mode, status, findings) in [("off", 200, 0), ("warn", 200, 1), ("enforce", 400, 1)] {
        let account = server.account(given(mode)).await;
        account.eligible("C1", "EXAM1").await;
        let answer = account.get("/candidates/C1/eligibilities").await;
        assert_eq!(answer.status, status, "{mode}: {}", answer.text);
        let entry = newest(&account).await;
        assert_eq!(entry["lint"].as_array().map(Vec::len), Some(findings), "{mode}");
        if findings == 1 {
            let finding = &entry["lint"][0];
            let told = ["rule", "pointer", "sent", "standing"].map(|name| finding[name].as_str().unwrap());
            assert_eq!(told, ["ELIG-STATUS-MISSING", "?status", "nothing", "documented"]);
        }
        if mode == "enforce" {
            assert_eq!(
                answer.refused(400),
                "The request is invalid. Only active, inactive, or all can be passed as values."
            );
        }
        account.get("/candidates/C1/eligibilities?status=all").await.expect(200);
        assert_eq!(newest(&account).await["lint"], json!([]), "{mode}");
    }
}

#[actix_web::test]
async fn updates_and_results_are_linted_too() {
    let server = Server::shared();
    let account = server.account(given("warn")).await;
    let id = account.eligible("C1", "EXAM1").await;
    account.put("/candidates/C1/tests/EXAM1", body("C1", &[("/candidate/email", json!("jo"))])).await.expect(204);
    let entry = newest(&account).await;
    assert_eq!((&entry["operation"], &entry["lint"][0]["rule"]), (&json!("update_eligibility"), &json!("ELIG-EMAIL")));
    let booking = account.schedule(&id).await;
    let path = format!("/bookings/{}/results", booking["booking_code"].as_str().expect("a code"));
    let result = json!({ "result": "PASS", "score": 1, "grade": "A" });
    for (mode, status) in [("enforce", 400), ("warn", 200)] {
        account.control(Method::PATCH, "/settings", Some(json!({ "lint": mode }))).await.expect(200);
        let request = server.request(Method::PUT, &path).bearer_auth(&account.token);
        assert_eq!(crate::server::send(request.json(&result)).await.status, status);
        let entry = newest(&account).await;
        assert_eq!(entry["operation"], "put_booking_result");
        assert_eq!(
            (&entry["lint"][0]["rule"], &entry["lint"][0]["pointer"]),
            (&json!("ELIG-UNKNOWN-MEMBER"), &json!("/grade"))
        );
        let state = if mode == "enforce" { "CSS1" } else { "CSS5" };
        assert_eq!(account.get("/candidates/C1").await.expect(200)[0]["status"], state);
    }
}

#[actix_web::test]
async fn the_journal_is_filtered_by_rule() {
    let server = Server::shared();
    let account = server.account(given("warn")).await;
    account.post("/candidates", body("C1", &[("/candidate/city", json!(""))])).await.expect(201);
    account.post("/candidates", body("C2", &[("/candidate/city", json!("")), ("/x", json!(1))])).await.expect(201);
    account.post("/candidates", body("C3", &[])).await.expect(201);
    for (rule, expected) in [("ELIG-EMPTY-STRING", 2), ("ELIG-UNKNOWN-MEMBER", 1), ("ELIG-PHONE", 0)] {
        let count = account.control(Method::GET, &format!("/requests/count?lint={rule}"), None).await.expect(200);
        assert_eq!(count["count"], expected, "{rule}");
    }
}
