//! Eligibilities: the eight operations of the service, and what staff do, over a real socket.

mod alias;
mod body;
mod cancel;
mod create;
mod launch;
mod list;
mod status;
mod update;
mod window;
mod wording;

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::Account;

/// Where the clock of these tests stands.
const NOW: &str = "2026-03-01T09:00:00Z";

/// A frozen clock, a seed, and a catalog with one test of each kind; the account's code is made up.
fn given() -> Value {
    json!({
        "catalog": {
            "tests": [
                { "test_code": "ONE" },
                { "test_code": "SINGLE", "portions": [{ "portion_code": "S1", "portion_name": "All of it" }] },
                {
                    "test_code": "TWO",
                    "portions": [
                        { "portion_code": "P1", "portion_name": "Written" },
                        { "portion_code": "P2", "portion_name": "Practical" },
                    ],
                },
                { "test_code": "SITE", "delivery_modes": ["SITE_PROCTORED"] },
                { "test_code": "PENDING", "requires_approval": true },
            ],
            "accommodations": ["EXTRA_TIME", "READER"],
            "schools": ["SCH01", "SCH02"],
            "attribute_keys": ["member_no", "cohort"],
            "vouchers": [{ "voucher_code": "SAVE10" }, { "voucher_code": "SAVE20" }],
        },
        "clock": { "instant": NOW, "frozen": true },
        "seed": 7,
    })
}

/// [`given`], with an account code, so that identifiers are the same in every run; no two tests have the same one.
fn named(code: &str) -> Value {
    with(given(), "/account", json!({ "account_code": code }))
}

/// The document with a member set or added; the pointer's parent is there.
fn with(mut document: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    match document.pointer_mut(parent).expect("the parent is there") {
        Value::Array(items) => items[name.parse::<usize>().expect("an index")] = value,
        parent => parent[name] = value,
    }
    document
}

/// The document without a member.
fn without(mut document: Value, pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    parent.shift_remove(name).expect("the member is there");
    document
}

/// The record as the control API shows it.
async fn record(account: &Account<'_>, id: &str) -> Value {
    account.control(Method::GET, &format!("/eligibilities/{id}"), None).await.expect(200)
}

/// All that an operation on candidates could change, to compare before and after.
async fn all_of(account: &Account<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for list in ["/eligibilities", "/bookings", "/deliveries", "/candidates"] {
        let answer = account.control(Method::GET, &format!("{list}?limit=500"), None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        all.push(answer.text);
    }
    all
}

/// The identifier in an answer.
fn id_of(record: &Value) -> String {
    record["psi_eligiblity_id"].as_str().unwrap_or_else(|| panic!("no identifier: {record}")).to_owned()
}
