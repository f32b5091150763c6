//! Nulls in an update: what they do not change is found.

use serde_json::{Value, json};

use super::{body, given, newest};
use crate::server::Server;

#[actix_web::test]
async fn a_null_that_changes_nothing_is_found_where_a_value_stands() {
    let server = Server::shared();
    let account = server.account(given("warn")).await;
    let nulls: Vec<(&str, Value)> = vec![
        ("/candidate/city", json!(null)),
        ("/candidate/additional_attributes", json!(null)),
        ("/client_eligibility_id", json!(null)),
        ("/eligibility_end_date", json!(null)),
        ("/registration_mode", json!(null)),
        ("/candidate/suffix", json!(null)),
        ("/candidate/special_accommodations", json!(null)),
        ("/delivery_mode", json!(null)),
        ("/portion_codes", json!(null)),
        ("/schedule_start_date", json!(null)),
        ("/voucher_codes", json!(null)),
    ];
    // A new record has nothing that could be kept.
    account.post("/candidates", body("C1", &nulls)).await.expect(201);
    assert_eq!(newest(&account).await["lint"], json!([]));
    account.put("/candidates/C1/tests/EXAM1", body("C1", &nulls)).await.expect(204);
    assert_eq!(newest(&account).await["lint"], json!([]));

    let values = [
        ("/candidate/city", json!("Oslo")),
        ("/candidate/additional_attributes", json!([{ "key": "cohort", "value": "1" }])),
        ("/client_eligibility_id", json!("E-1")),
        ("/eligibility_end_date", json!("2026-12-31T00:00:00Z")),
        ("/registration_mode", json!("Online")),
    ];
    account.post("/candidates", body("C2", &values)).await.expect(201);
    let before = account.get("/candidates/C2").await.text;
    account.put("/candidates/C2/tests/EXAM1", body("C2", &nulls)).await.expect(204);
    assert_eq!(account.get("/candidates/C2").await.text, before);
    let entry = newest_update(&account).await;
    let found: Vec<_> = entry["lint"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| ["rule", "pointer", "sent", "standing"].map(|name| finding[name].as_str().unwrap_or_default()))
        .collect();
    let expected = values.map(|(pointer, _)| ["ELIG-NULL-KEPT", pointer, "null", "assumed"]);
    assert_eq!(found, expected_in_order(expected));
}

/// The members come in the order of the body, which serializers sort.
fn expected_in_order(mut rows: [[&'static str; 4]; 5]) -> [[&'static str; 4]; 5] {
    let place = |pointer: &str| !pointer.starts_with("/candidate/");
    rows.sort_by_key(|row| place(row[1]));
    rows
}

async fn newest_update(account: &crate::server::Account<'_>) -> Value {
    let path = "/requests/find?operation=update_eligibility&limit=1";
    account.control(reqwest::Method::GET, path, None).await.expect(200)["items"][0].clone()
}

#[actix_web::test]
async fn in_enforce_such_a_null_is_a_400_and_nothing_changes() {
    let server = Server::shared();
    let account = server.account(given("enforce")).await;
    account.post("/candidates", body("C1", &[("/candidate/city", json!("Oslo"))])).await.expect(201);
    let before = account.get("/candidates/C1").await.text;
    let update = body("C1", &[("/candidate/city", json!(null)), ("/candidate/first_name", json!("Jim"))]);
    let refused = account.put("/candidates/C1/tests/EXAM1", update).await.refused(400);
    assert_eq!(
        refused,
        "candidate.city: expected a value: null, like no member at all, keeps what stands, got null (ELIG-NULL-KEPT)"
    );
    assert_eq!(newest_update(&account).await["lint"][0]["rule"], "ELIG-NULL-KEPT");
    assert_eq!(account.get("/candidates/C1").await.text, before);
    let update = body("C1", &[("/candidate/suffix", json!(null)), ("/candidate/first_name", json!("Jim"))]);
    account.put("/candidates/C1/tests/EXAM1", update).await.expect(204);
}
