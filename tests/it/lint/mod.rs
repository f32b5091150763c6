//! The field lint: what the hard rules let through and the contract still does not allow, in its three modes.

mod content_type;
mod debug_header;
mod first;
mod mode;
mod null;
mod open_catalog;
mod operation;
mod refused;

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Account, eligibility};

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

/// Every rule that a body can break; those that depend on more than the body have tests of their own.
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

#[test]
fn every_rule_has_a_row_here() {
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/domain/contract/lint.rs")).unwrap();
    let is_rule =
        |text: &&str| ["ELIG-", "HTTP-", "BOOK-"].iter().any(|area| text.starts_with(area)) && !text.contains(' ');
    let rules: BTreeSet<_> = source.split('"').filter(is_rule).map(str::to_owned).collect();
    let mut tested: BTreeSet<_> = table().iter().map(|row| row.rule.to_owned()).collect();
    let elsewhere =
        ["ELIG-STATUS-MISSING", "ELIG-NOT-SET-UP", "ELIG-NULL-KEPT", "HTTP-CONTENT-TYPE", "BOOK-PLACE-UNKNOWN"];
    tested.extend(elsewhere.map(str::to_owned));
    assert_eq!(rules, tested);
}
