//! The field lint: what the hard rules let through and the contract still does not allow, in its three modes.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Account, Answer, Server, eligibility};

/// One rule: the members that break it in a minimal body, and what the finding says.
struct Row {
    rule: &'static str,
    members: Vec<(&'static str, Value)>,
    pointer: &'static str,
    sent: &'static str,
    standing: &'static str,
}

fn row(
    rule: &'static str,
    members: &[(&'static str, Value)],
    pointer: &'static str,
    sent: &'static str,
    standing: &'static str,
) -> Row {
    Row { rule, members: members.to_vec(), pointer, sent, standing }
}

/// Every rule that a body can break; `ELIG-STATUS-MISSING` and `ELIG-NOT-SET-UP` have tests of their own.
#[rustfmt::skip]
fn table() -> Vec<Row> {
    let us = ("/candidate/country", json!("US"));
    vec![
        row("ELIG-DATE-ONLY", &[("/schedule_start_date", json!("2026-03-01"))], "/schedule_start_date", "\"2026-03-01\"", "documented"),
        row("ELIG-DATE-FORM", &[("/eligibility_end_date", json!("2026-12-01T00:00:00.0Z"))], "/eligibility_end_date", "\"2026-12-01T00:00:00.0Z\"", "documented"),
        row("ELIG-EMPTY-STRING", &[("/candidate/city", json!(""))], "/candidate/city", "\"\"", "assumed"),
        row("ELIG-UNKNOWN-MEMBER", &[("/status", json!("REG02"))], "/status", "\"REG02\"", "documented"),
        row("ELIG-TEST-CODE", &[("/test_code", json!("UNDER_SCORE"))], "/test_code", "\"UNDER_SCORE\"", "documented"),
        row("ELIG-COUNTRY", &[("/candidate/country", json!("USA"))], "/candidate/country", "\"USA\"", "documented"),
        row("ELIG-STATE", &[us, ("/candidate/province_state", json!("Kansas"))], "/candidate/province_state", "\"Kansas\"", "documented"),
        row("ELIG-REGISTRATION-MODE", &[("/registration_mode", json!("online"))], "/registration_mode", "\"online\"", "documented"),
        row("ELIG-EMAIL", &[("/candidate/email", json!("jo at home"))], "/candidate/email", "\"jo at home\"", "assumed"),
        row("ELIG-PHONE", &[("/candidate/office_phone", json!("ask Jo"))], "/candidate/office_phone", "\"ask Jo\"", "assumed"),
    ]
}

/// Other ways to break the same rules.
#[rustfmt::skip]
fn more() -> Vec<Row> {
    let us = ("/candidate/country", json!("US"));
    vec![
        row("ELIG-DATE-FORM", &[("/schedule_start_date", json!("2026-03-01T00:00:00+01:00"))], "/schedule_start_date", "\"2026-03-01T00:00:00+01:00\"", "documented"),
        row("ELIG-EMPTY-STRING", &[("/client_eligibility_id", json!(""))], "/client_eligibility_id", "\"\"", "assumed"),
        row("ELIG-EMPTY-STRING", &[("/portion_codes", json!(""))], "/portion_codes", "\"\"", "assumed"),
        row("ELIG-UNKNOWN-MEMBER", &[("/candidate/a~1b~0c", json!(null))], "/candidate/a~1b~0c", "null", "documented"),
        row("ELIG-UNKNOWN-MEMBER", &[("/candidate/additional_attributes", json!([{ "key": "cohort", "value": "1", "type": 2 }]))], "/candidate/additional_attributes/0/type", "the number 2", "documented"),
        row("ELIG-COUNTRY", &[("/candidate/country", json!("us"))], "/candidate/country", "\"us\"", "documented"),
        row("ELIG-STATE", &[us, ("/candidate/province_state", json!("ZZ"))], "/candidate/province_state", "\"ZZ\"", "documented"),
        row("ELIG-PHONE", &[("/candidate/home_phone", json!("123"))], "/candidate/home_phone", "\"123\"", "assumed"),
    ]
}

fn given(mode: &str) -> Value {
    json!({
        "account": { "settings": { "lint": mode } },
        "catalog": {
            "tests": [
                { "test_code": "EXAM1" },
                { "test_code": "UNDER_SCORE" },
                { "test_code": "TWO", "portions": [
                    { "portion_code": "P1", "portion_name": "One" }, { "portion_code": "P2", "portion_name": "Two" },
                ] },
            ],
            "accommodations": ["READER"],
            "schools": ["SCH01"],
            "attribute_keys": ["cohort"],
        },
        "clock": { "instant": "2026-03-01T09:00:00Z", "frozen": true },
    })
}

/// A minimal body with these members; a pointer names a member of the body or of the candidate.
fn body(candidate: &str, members: &[(&str, Value)]) -> Value {
    let mut body = eligibility(candidate, "EXAM1");
    for (pointer, value) in members {
        let name = pointer.rsplit('/').next().expect("a name").replace("~1", "/").replace("~0", "~");
        let parent = if pointer.starts_with("/candidate/") { &mut body["candidate"] } else { &mut body };
        parent[name] = value.clone();
    }
    body
}

/// The newest call of the account's journal.
async fn newest(account: &Account<'_>) -> Value {
    account.control(Method::GET, "/requests/find?limit=1", None).await.expect(200)["items"][0].clone()
}

async fn stored(account: &Account<'_>) -> usize {
    let list = account.control(Method::GET, "/eligibilities?limit=500", None).await.expect(200);
    list["items"].as_array().expect("items").len()
}

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
    assert_eq!(
        newest(&account).await["lint"][0].to_string(),
        concat!(
            r#"{"rule":"ELIG-DATE-ONLY","severity":"warning","pointer":"/schedule_start_date","#,
            r#""sent":"\"2026-03-01\"","contract":"a UTC date-time, YYYY-MM-DDThh:mm:ssZ","standing":"documented","#,
            r#""production":"reads it as midnight UTC","fix":"send the time, like 2026-03-01T00:00:00Z"}"#,
        )
    );
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
async fn a_list_without_a_status_is_a_finding_and_in_enforce_the_documented_400() {
    let server = Server::shared();
    for (mode, status, findings) in [("off", 200, 0), ("warn", 200, 1), ("enforce", 400, 0)] {
        let account = server.account(given(mode)).await;
        account.eligible("C1", "EXAM1").await;
        let answer = account.get("/candidates/C1/eligibilities").await;
        assert_eq!(answer.status, status, "{mode}: {}", answer.text);
        let entry = newest(&account).await;
        assert_eq!(entry["lint"].as_array().map(Vec::len), Some(findings), "{mode}");
        if mode == "warn" {
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

/// Members of a body, by their pointers.
type Members = Vec<(&'static str, Value)>;

/// Bodies with codes that are not set up: the place of each, and what was sent.
fn not_set_up() -> Vec<(Members, &'static str, &'static str)> {
    let attributes = json!([{ "key": "cohort", "value": "1" }, { "key": "shoe_size", "value": "44" }]);
    vec![
        (vec![("/test_code", json!("NEW1"))], "/test_code", "\"NEW1\""),
        (vec![("/test_code", json!("TWO")), ("/portion_codes", json!(["P1", "P9"]))], "/portion_codes/1", "\"P9\""),
        (vec![("/portion_codes", json!(["P1"]))], "/portion_codes/0", "\"P1\""),
        (vec![("/candidate/school_code", json!("SCH99"))], "/candidate/school_code", "\"SCH99\""),
        (
            vec![("/candidate/special_accommodations", json!(["READER", "DOG"]))],
            "/candidate/special_accommodations/1",
            "\"DOG\"",
        ),
        (
            vec![("/candidate/additional_attributes", attributes)],
            "/candidate/additional_attributes/1/key",
            "\"shoe_size\"",
        ),
    ]
}

/// Whether the finding is the one of `open_catalog`, at this place.
fn is_not_set_up(lint: &Value, pointer: &str, sent: &str) -> bool {
    let wanted = json!(["ELIG-NOT-SET-UP", pointer, sent, "documented", "answers 400"]);
    let finding = &lint[0];
    lint.as_array().is_some_and(|all| all.len() == 1)
        && wanted == json!(["rule", "pointer", "sent", "standing", "production"].map(|name| finding[name].clone()))
}

#[actix_web::test]
async fn an_open_catalog_takes_any_code_and_says_what_production_would_answer() {
    let server = Server::shared();
    let account = server.account(given("warn")).await;
    for (members, ..) in not_set_up() {
        let refused = account.post("/candidates", body("C0", &members)).await;
        assert!(!refused.refused(400).is_empty());
        assert_eq!(newest(&account).await["lint"], json!([]), "{members:?}");
    }
    assert_eq!(stored(&account).await, 0);
    account.control(Method::PATCH, "/settings", Some(json!({ "open_catalog": true }))).await.expect(200);
    for (number, (members, pointer, sent)) in not_set_up().into_iter().enumerate() {
        let candidate = format!("C{number}");
        let body = body(&candidate, &members);
        let made = account.post("/candidates", body.clone()).await.expect(201);
        assert_eq!(made["test_code"], body["test_code"]);
        let lint = newest(&account).await["lint"].clone();
        assert!(is_not_set_up(&lint, pointer, sent), "{body}: {lint}");
        let test = body["test_code"].as_str().expect("a code");
        account.put(&format!("/candidates/{candidate}/tests/{test}"), body.clone()).await.expect(204);
        let lint = newest(&account).await["lint"].clone();
        assert!(is_not_set_up(&lint, pointer, sent), "{body}: {lint}");
    }
}

#[actix_web::test]
async fn an_open_catalog_does_not_invent_vouchers_nor_portions_that_were_left_out() {
    let server = Server::shared_with(&["--open-catalog", "--debug-headers"]);
    let account = server.account(json!({ "catalog": given("warn")["catalog"].clone() })).await;
    let settings = account.control(Method::GET, "/settings", None).await.expect(200);
    assert_eq!(settings["open_catalog"], true);
    for (members, expected) in [
        (vec![("/voucher_codes", json!(["SAVE99"]))], "voucher_codes: \"SAVE99\" is not set up for this account"),
        (vec![("/test_code", json!("TWO"))], "Please provide valid portion code."),
    ] {
        assert_eq!(account.post("/candidates", body("C1", &members)).await.refused(400), expected);
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

#[test]
fn every_rule_has_a_row_here() {
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/domain/lint.rs")).unwrap();
    let rules = source.split('"').filter(|text| text.starts_with("ELIG-") && !text.contains(' '));
    let rules: BTreeSet<_> = rules.map(str::to_owned).collect();
    let mut tested: BTreeSet<_> = table().iter().map(|row| row.rule.to_owned()).collect();
    tested.extend(["ELIG-STATUS-MISSING".to_owned(), "ELIG-NOT-SET-UP".to_owned()]);
    assert_eq!(rules, tested);
}
