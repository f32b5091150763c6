//! An open catalog: any code is taken, and a finding says what production would answer.

use reqwest::Method;
use serde_json::{Value, json};

use super::{body, given, newest, stored};
use crate::server::Server;

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
