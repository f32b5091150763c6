//! The three modes: off, warn, enforce.

use serde_json::{Value, json};

use super::{body, given, more, newest, stored, table};
use crate::server::{Server, laid_out};

#[actix_web::test]
async fn in_warn_a_rule_that_is_broken_is_served_and_found_once() {
    let server = Server::shared();
    let account = server.account(given("warn")).await;
    for (number, row) in table().into_iter().chain(more()).enumerate() {
        let body = body(&format!("C{number}"), &row.members);
        account.post("/candidates", body.clone()).await.expect(201);
        let entry = newest(&account).await;
        assert_eq!((&entry["operation"], &entry["status"]), (&json!("create_eligibility"), &json!(201)));
        assert_eq!(entry["lint"].as_array().map(Vec::len), Some(1), "{body}: {}", entry["lint"]);
        let finding = &entry["lint"][0];
        let told = ["rule", "severity", "pointer", "sent", "standing"].map(|name| finding[name].as_str());
        assert_eq!(told.map(Option::unwrap), [row.rule, "warning", row.pointer, row.sent, row.standing], "{body}");
        for name in ["contract", "production", "fix"] {
            assert!(finding[name].as_str().is_some_and(|words| words.len() > 10), "{name} of {finding}");
        }
    }
}

#[actix_web::test]
async fn a_finding_says_what_the_contract_asks_what_production_does_and_what_to_do() {
    let server = Server::shared();
    let account = server.account(given("warn")).await;
    account.post("/candidates", body("C1", &[("/schedule_start_date", json!("2026-03-01"))])).await.expect(201);
    insta::assert_snapshot!(laid_out(&newest(&account).await["lint"][0].to_string()), @r#"
    {
      "rule": "ELIG-DATE-ONLY",
      "severity": "warning",
      "pointer": "/schedule_start_date",
      "sent": "\"2026-03-01\"",
      "contract": "a UTC date-time, YYYY-MM-DDThh:mm:ssZ",
      "standing": "documented",
      "production": "reads it as midnight UTC",
      "fix": "send the time, like 2026-03-01T00:00:00Z"
    }
    "#);
}

#[actix_web::test]
async fn in_off_nothing_is_found() {
    let server = Server::shared();
    let account = server.account(given("off")).await;
    for (number, row) in table().into_iter().chain(more()).enumerate() {
        account.post("/candidates", body(&format!("C{number}"), &row.members)).await.expect(201);
        assert_eq!(newest(&account).await["lint"], json!([]), "{}", row.rule);
    }
    account.get("/candidates/C0/eligibilities").await.expect(200);
    assert_eq!(newest(&account).await["lint"], json!([]));
}

#[actix_web::test]
async fn in_enforce_a_rule_that_is_broken_is_a_400_and_nothing_is_stored() {
    let server = Server::shared();
    let account = server.account(given("enforce")).await;
    for row in table().into_iter().chain(more()) {
        let refused = account.post("/candidates", body("C1", &row.members)).await;
        let description = refused.refused(400);
        let entry = newest(&account).await;
        assert_eq!((&entry["status"], &entry["lint"][0]["rule"]), (&json!(400), &json!(row.rule)));
        let contract = entry["lint"][0]["contract"].as_str().expect("a contract");
        let place = row.pointer[1..].replace('/', ".");
        assert_eq!(description, format!("{place}: expected {contract}, got {} ({})", row.sent, row.rule));
    }
    assert_eq!(stored(&account).await, 0);
    account.post("/candidates", body("C1", &[])).await.expect(201);
    let before = account.get("/candidates/C1").await.text;
    for row in table().into_iter().filter(|row| row.pointer != "/test_code") {
        let refused = account.put("/candidates/C1/tests/EXAM1", body("C1", &row.members)).await;
        assert!(refused.refused(400).ends_with(&format!("({})", row.rule)), "{}", refused.text);
    }
    assert_eq!(account.get("/candidates/C1").await.text, before);
}

#[actix_web::test]
async fn all_findings_of_a_body_are_told_at_once() {
    let server = Server::shared();
    let members =
        [("/candidate/city", json!("")), ("/status", json!(1)), ("/eligibility_end_date", json!("2026-12-31"))];
    let rules = ["ELIG-EMPTY-STRING", "ELIG-UNKNOWN-MEMBER", "ELIG-DATE-ONLY"];
    for (mode, status) in [("warn", 201), ("enforce", 400)] {
        let account = server.account(given(mode)).await;
        let answer = account.post("/candidates", body("C1", &members)).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        let entry = newest(&account).await;
        let found: Vec<_> =
            entry["lint"].as_array().expect("findings").iter().map(|finding| &finding["rule"]).collect();
        assert_eq!(found, rules);
        if mode == "enforce" {
            let description = answer.refused(400);
            let parts: Vec<_> = description.split("; ").collect();
            assert_eq!(parts.len(), 3, "{description}");
            assert!(parts.iter().zip(rules).all(|(part, rule)| part.ends_with(&format!("({rule})"))), "{description}");
        }
    }
}

#[actix_web::test]
async fn what_the_contract_allows_is_not_found() {
    let server = Server::shared();
    let account = server.account(given("enforce")).await;
    let modes = [
        "Online",
        "Phone",
        "Walkin",
        "Import",
        "Mail",
        "Email",
        "Fax",
        "IVR",
        "ExpressMail",
        "VoiceResponse",
        "Application",
    ];
    let mut bodies: Vec<Vec<(&str, Value)>> = modes.map(|mode| vec![("/registration_mode", json!(mode))]).to_vec();
    bodies.extend([
        vec![("/candidate/country", json!("NO"))],
        vec![("/candidate/country", json!("US")), ("/candidate/province_state", json!("DC"))],
        vec![("/candidate/country", json!("NO")), ("/candidate/province_state", json!("Nordland"))],
        vec![("/candidate/province_state", json!("Kansas"))],
        vec![("/candidate/email", json!("jo+exam@mail.example.org")), ("/candidate/last_name", json!("."))],
        vec![("/candidate/home_phone", json!("(202) 555-0100 x7")), ("/candidate/office_phone", json!("12345"))],
        vec![("/schedule_start_date", json!("2026-03-01T00:00:00Z")), ("/eligibility_end_date", json!(null))],
        vec![("/candidate/city", json!(null)), ("/portion_codes", json!([])), ("/delivery_mode", json!(null))],
        vec![("/candidate/additional_attributes", json!([{ "key": "", "value": "" }]))],
        vec![("/candidate/additional_attributes", json!([{ "key": "cohort", "value": "" }]))],
    ]);
    for (number, members) in bodies.iter().enumerate() {
        account.post("/candidates", body(&format!("C{number}"), members)).await.expect(201);
        assert_eq!(newest(&account).await["lint"], json!([]), "{members:?}");
    }
}

#[actix_web::test]
async fn the_server_s_lint_mode_is_that_of_accounts_that_name_none() {
    let server = Server::shared_with(&["--lint", "enforce", "--profile", "wso2-1.10"]);
    let account = server.account(json!({})).await;
    let unknown = body("C1", &[("/status", json!("REG02"))]);
    assert!(account.post("/candidates", unknown.clone()).await.refused(400).ends_with("(ELIG-UNKNOWN-MEMBER)"));
    let own = server.account(json!({ "account": { "settings": { "lint": "off" } } })).await;
    own.post("/candidates", unknown).await.expect(201);
}
