//! Bodies that create refuses, and the words it does it with.

use reqwest::Method;
use serde_json::json;

use super::{all_of, given, with, without};
use crate::server::{Server, eligibility, send};

#[actix_web::test]
async fn a_body_that_breaks_a_hard_rule_is_refused_by_its_json_path_and_nothing_is_stored() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let text = "a string that is not empty";
    let id = "at most 20 letters, digits, '.', '_' or '-'";
    let code = "at most 50 letters, digits or hyphens";
    let date = "a UTC date-time like 2026-03-01T09:00:00Z";
    let long = "x".repeat(51);
    let shown = format!("\"{long}\"");
    for (pointer, value, expected, sent) in [
        ("/candidate", json!(null), "an object", "null"),
        ("/candidate", json!("C1"), "an object", "\"C1\""),
        ("/candidate/candidate_id", json!(""), text, "\"\""),
        ("/candidate/candidate_id", json!(7), text, "the number 7"),
        ("/candidate/first_name", json!(null), text, "null"),
        ("/candidate/last_name", json!("  "), text, "\"  \""),
        ("/candidate/city", json!(1.5), "a string", "the number 1.5"),
        ("/candidate/email", json!(true), "a string", "the boolean true"),
        ("/candidate/country", json!({}), "a string", "an object"),
        ("/candidate/school_code", json!(["SCH01"]), "a string", "an array"),
        ("/candidate/special_accommodations", json!("READER"), "an array", "\"READER\""),
        ("/candidate/special_accommodations", json!({}), "an array", "an object"),
        ("/candidate/additional_attributes", json!({}), "an array", "an object"),
        ("/client_eligibility_id", json!("x".repeat(21)), id, "\"xxxxxxxxxxxxxxxxxxxxx\""),
        ("/client_eligibility_id", json!("a b"), id, "\"a b\""),
        ("/client_eligibility_id", json!("ä"), id, "\"ä\""),
        ("/client_eligibility_id", json!(42), "a string", "the number 42"),
        ("/test_code", json!(""), text, "\"\""),
        ("/test_code", json!(long), code, shown.as_str()),
        ("/test_code", json!("ONE/2"), code, "\"ONE/2\""),
        ("/schedule_start_date", json!("tomorrow"), date, "\"tomorrow\""),
        ("/schedule_start_date", json!("2026-02-30"), date, "\"2026-02-30\""),
        ("/eligibility_end_date", json!("2026-03-01T09:00:00"), date, "\"2026-03-01T09:00:00\""),
        ("/eligibility_end_date", json!(20_260_301), "a string", "the number 20260301"),
        ("/registration_mode", json!(7), "a string", "the number 7"),
        ("/portion_codes", json!("P1"), "an array", "\"P1\""),
        ("/voucher_codes", json!({ "SAVE10": true }), "an array", "an object"),
        ("/delivery_mode", json!("HOME"), "SITE_PROCTORED or ATLAS_REMOTE_PROCTORED", "\"HOME\""),
    ] {
        let answer = account.post("/candidates", with(eligibility("C1", "ONE"), pointer, value)).await;
        let path = pointer[1..].replace('/', ".");
        assert_eq!(answer.refused(400), format!("{path}: expected {expected}, got {sent}"));
        assert_eq!(answer.json()["error"], "Bad Request");
    }
    for (pointer, expected) in [
        ("/candidate", "candidate: expected an object, got nothing"),
        ("/candidate/candidate_id", "candidate.candidate_id: expected a string that is not empty, got nothing"),
        ("/candidate/first_name", "candidate.first_name: expected a string that is not empty, got nothing"),
        ("/candidate/last_name", "candidate.last_name: expected a string that is not empty, got nothing"),
        ("/test_code", "test_code: expected a string that is not empty, got nothing"),
    ] {
        let answer = account.post("/candidates", without(eligibility("C1", "ONE"), pointer)).await;
        assert_eq!(answer.refused(400), expected);
    }
    for (pointer, value, expected) in [
        ("/portion_codes", json!(["P1", null]), "portion_codes[1]: expected a string that is not empty, got null"),
        ("/voucher_codes", json!([1]), "voucher_codes[0]: expected a string that is not empty, got the number 1"),
        (
            "/candidate/special_accommodations",
            json!(["READER", ""]),
            "candidate.special_accommodations[1]: expected a string that is not empty, got \"\"",
        ),
        (
            "/candidate/additional_attributes",
            json!(["cohort"]),
            "candidate.additional_attributes[0]: expected an object, got \"cohort\"",
        ),
        (
            "/candidate/additional_attributes",
            json!([{ "value": "1" }]),
            "candidate.additional_attributes[0].key: expected a string that is not empty, got nothing",
        ),
        (
            "/candidate/additional_attributes",
            json!([{ "key": 5, "value": "1" }]),
            "candidate.additional_attributes[0].key: expected a string, got the number 5",
        ),
    ] {
        let answer = account.post("/candidates", with(eligibility("C1", "ONE"), pointer, value)).await;
        assert_eq!(answer.refused(400), expected);
    }
    let mut backwards = eligibility("C1", "ONE");
    backwards["schedule_start_date"] = json!("2026-03-02T00:00:00Z");
    backwards["eligibility_end_date"] = json!("2026-03-01");
    assert_eq!(
        account.post("/candidates", backwards).await.refused(400),
        "eligibility_end_date: expected a date that is not before schedule_start_date, got \"2026-03-01\""
    );
    assert!(all_of(&account).await.iter().all(|list| list.trim_end() == r#"{"items":[],"next_cursor":null}"#));
}

#[actix_web::test]
async fn all_faults_of_a_body_come_in_one_answer() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let body = json!({
        "candidate": { "first_name": 1, "last_name": "", "city": [], "special_accommodations": [2] },
        "client_eligibility_id": "no blanks, please",
        "eligibility_end_date": "soon",
        "portion_codes": {},
        "test_code": "A B",
    });
    assert_eq!(
        account.post("/candidates", body).await.refused(400),
        "candidate.first_name: expected a string that is not empty, got the number 1; \
         candidate.last_name: expected a string that is not empty, got \"\"; \
         candidate.city: expected a string, got an array; \
         candidate.special_accommodations[0]: expected a string that is not empty, got the number 2; \
         candidate.candidate_id: expected a string that is not empty, got nothing; \
         client_eligibility_id: expected at most 20 letters, digits, '.', '_' or '-', got \"no blanks, please\"; \
         eligibility_end_date: expected a UTC date-time like 2026-03-01T09:00:00Z, got \"soon\"; \
         portion_codes: expected an array, got an object; \
         test_code: expected at most 50 letters, digits or hyphens, got \"A B\""
    );
}

#[actix_web::test]
async fn a_body_that_is_no_json_object_is_refused_in_words() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let nested = "[".repeat(100_000);
    for (body, expected) in [
        (b"".as_slice(), "the body is not JSON: "),
        (b"  \r\n", "the body is not JSON: "),
        (b"nope", "the body is not JSON: "),
        (br#"{"test_code": "ONE""#, "the body is not JSON: "),
        (br#"{"test_code": "ONE"} x"#, "the body is not JSON: "),
        (b"\xff\xfe", "the body is not JSON: "),
        (nested.as_bytes(), "the body is not JSON: "),
        (b"null", "body: expected an object, got null"),
        (b"[]", "body: expected an object, got an array"),
        (b"\"x\"", "body: expected an object, got \"x\""),
    ] {
        let request = server.request(Method::POST, &account.path("/candidates")).bearer_auth(&account.token);
        let answer = send(request.body(body.to_vec())).await;
        let description = answer.refused(400);
        assert!(description.starts_with(expected), "{:?}: {description}", String::from_utf8_lossy(body));
    }
    assert!(all_of(&account).await.iter().all(|list| list.trim_end() == r#"{"items":[],"next_cursor":null}"#));
}

#[actix_web::test]
async fn a_body_of_one_mebibyte_is_read_and_a_byte_more_is_413() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let sized = |candidate: &str, size: usize| {
        let body = with(eligibility(candidate, "ONE"), "/candidate/middle_name", json!(""));
        let padding = "x".repeat(size - body.to_string().len());
        with(body, "/candidate/middle_name", json!(padding))
    };
    let limit = 1024 * 1024;
    account.post("/candidates", sized("C1", limit)).await.expect(201);
    let refused = account.post("/candidates", sized("C2", limit + 1)).await;
    assert_eq!(refused.refused(413), "the body is larger than 1048576 bytes");
    assert_eq!(refused.json()["error"], "Payload Too Large");
    assert_eq!(account.get("/candidates/C2").await.refused(400), "No data found for the given candidate id.");
}

#[actix_web::test]
async fn codes_that_are_not_set_up_are_refused_with_member_and_value() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (pointer, value, expected) in [
        ("/candidate/school_code", json!("SCH99"), "candidate.school_code: \"SCH99\""),
        ("/candidate/special_accommodations", json!(["READER", "DOG"]), "candidate.special_accommodations: \"DOG\""),
        (
            "/candidate/additional_attributes",
            json!([{ "key": "cohort", "value": "1" }, { "key": "shoe_size", "value": "44" }]),
            "candidate.additional_attributes: \"shoe_size\"",
        ),
        ("/voucher_codes", json!(["SAVE10", "SAVE99"]), "voucher_codes: \"SAVE99\""),
    ] {
        let answer = account.post("/candidates", with(eligibility("C1", "ONE"), pointer, value)).await;
        assert_eq!(answer.refused(400), format!("{expected} is not set up for this account"));
    }
    assert!(all_of(&account).await.iter().all(|list| list.trim_end() == r#"{"items":[],"next_cursor":null}"#));
}
