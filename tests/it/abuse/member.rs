//! Members of the wrong type or value: a 400 that names each by its path.

use reqwest::Method;
use serde_json::{Value, json};

use super::{assert_alive, write};
use crate::server::{Server, eligibility};

/// An eligibility whose member at a pointer is another value.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = eligibility("C9", "EXAM1");
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = body.pointer_mut(parent).expect("the parent is there");
    parent.as_object_mut().expect("an object").insert(name.to_owned(), value);
    body
}

#[actix_web::test]
async fn a_wrong_type_is_a_400_that_names_the_member_by_its_path() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    account.eligible("C9", "EXAM1").await;
    let texts = ["/candidate/candidate_id", "/candidate/first_name", "/candidate/last_name", "/test_code"]
        .map(|pointer| (pointer, true));
    let optional = [
        "/candidate/address1",
        "/candidate/address2",
        "/candidate/city",
        "/candidate/country",
        "/candidate/email",
        "/candidate/home_phone",
        "/candidate/middle_name",
        "/candidate/office_phone",
        "/candidate/postal_code",
        "/candidate/province_state",
        "/candidate/school_code",
        "/candidate/suffix",
        "/client_eligibility_id",
        "/registration_mode",
        "/delivery_mode",
        "/schedule_start_date",
        "/eligibility_end_date",
    ]
    .map(|pointer| (pointer, false));
    let scalars = [json!(1), json!(1.5), json!(true), json!([]), json!(["x"]), json!({}), json!({ "a": 1 })];
    let mut cases: Vec<(String, Value, &str)> = Vec::new();
    for (pointer, is_required) in texts.into_iter().chain(optional) {
        let path = pointer[1..].replace('/', ".");
        for wrong in &scalars {
            cases.push((path.clone(), with(pointer, wrong.clone()), "a string"));
        }
        if is_required {
            for empty in [json!(null), json!(""), json!("  ")] {
                cases.push((path.clone(), with(pointer, empty), "a string that is not empty"));
            }
        }
    }
    for list in
        ["/portion_codes", "/voucher_codes", "/candidate/special_accommodations", "/candidate/additional_attributes"]
    {
        let path = list[1..].replace('/', ".");
        for wrong in [json!(1), json!(true), json!("X"), json!({ "a": 1 })] {
            cases.push((path.clone(), with(list, wrong), "an array"));
        }
        let item = if list.ends_with("attributes") { "an object" } else { "a string that is not empty" };
        cases.push((format!("{path}[0]"), with(list, json!([1])), item));
        cases.push((format!("{path}[0]"), with(list, json!([null])), item));
    }
    for (path, wrong) in [
        ("candidate.additional_attributes[0].key", json!([{ "key": 1, "value": "v" }])),
        ("candidate.additional_attributes[0].value", json!([{ "key": "cohort", "value": {} }])),
        ("candidate.additional_attributes[0].key", json!([{ "value": "v" }])),
        ("candidate.additional_attributes[1].key", json!([{ "key": "cohort", "value": "v" }, {}])),
    ] {
        cases.push((path.to_owned(), with("/candidate/additional_attributes", wrong), "a string"));
    }
    for wrong in [json!(null), json!(1), json!("C"), json!([]), json!(true)] {
        cases.push(("candidate".to_owned(), with("/candidate", wrong.clone()), "an object"));
        cases.push(("body".to_owned(), wrong, "an object"));
    }
    assert!(cases.len() > 150, "{} cases", cases.len());
    for (path, body, expected) in cases {
        for (method, place) in [(Method::POST, ""), (Method::PUT, "/C9/tests/EXAM1")] {
            let answer = account.call(method.clone(), &format!("/candidates{place}"), Some(body.clone())).await;
            let text = answer.refused(400);
            let start = format!("{path}: expected {expected}");
            assert!(text.starts_with(&start), "{method} {body}: {text:?} does not start with {start:?}");
            assert!(text.contains(", got "), "{text}");
        }
    }
    assert_alive(&account).await;
}

#[actix_web::test]
async fn all_faults_of_a_body_come_in_one_answer() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for (body, paths) in [
        (json!({}), vec!["candidate", "test_code"]),
        (
            json!({ "candidate": {} }),
            vec!["candidate.candidate_id", "candidate.first_name", "candidate.last_name", "test_code"],
        ),
        (
            json!({ "candidate": { "candidate_id": 1, "first_name": "", "email": [] }, "test_code": null, "voucher_codes": [1, "A", ""] }),
            vec![
                "candidate.candidate_id",
                "candidate.email",
                "candidate.first_name",
                "candidate.last_name",
                "test_code",
                "voucher_codes[0]",
                "voucher_codes[2]",
            ],
        ),
    ] {
        let text = account.post("/candidates", body.clone()).await.refused(400);
        let mut named: Vec<_> = text.split("; ").map(|fault| fault.split(':').next().unwrap_or_default()).collect();
        named.sort_unstable();
        assert_eq!(named, paths, "{body}: {text}");
    }
    for (body, paths) in [
        (json!({}), vec!["result", "score"]),
        (json!({ "result": "MAYBE", "score": {} }), vec!["result", "score"]),
        (json!({ "result": "PASS" }), vec!["score"]),
        (json!({ "result": "pass", "score": 1 }), vec!["result"]),
        (json!({ "result": 1, "score": null }), vec!["result", "score"]),
        (json!([]), vec!["body"]),
        (json!(null), vec!["body"]),
    ] {
        let answer = write(&account, Method::PUT, "/bookings/AAAAAAAA/results", body.to_string()).await;
        let text = answer.refused(400);
        let named: Vec<_> = text.split("; ").map(|fault| fault.split(':').next().unwrap_or_default()).collect();
        for path in &paths {
            assert!(named.contains(path), "{body}: {text}");
        }
        assert!(named.iter().all(|name| paths.contains(name)), "{body}: {text}");
    }
    assert_alive(&account).await;
}

#[actix_web::test]
async fn what_cannot_be_a_date_is_a_400_and_what_nearly_cannot_is_none() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for member in ["schedule_start_date", "eligibility_end_date"] {
        for wrong in [
            "tomorrow",
            "2026-02-30",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "20260301",
            "01/03/2026",
            "2026-03-01T25:00:00Z",
            "2026-03-01T09:00:00",
            "2026-03-01T09:00Z",
            "2026-03-01T09:00:00+99:00",
            "2026-03-01T09:00:00Z; DROP TABLE",
            "99999-01-01",
            "+12026-03-01",
            "-001-01-01",
            "0000-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "２０２６-03-1",
            "\u{0}",
            "1767225600",
        ] {
            let text = account.post("/candidates", with(&format!("/{member}"), json!(wrong))).await.refused(400);
            assert!(text.starts_with(&format!("{member}: expected a UTC date-time")), "{wrong:?}: {text}");
        }
    }
    for (index, odd) in
        ["0000-01-01", "9999-12-31T23:59:59Z", "2026-06-30T23:59:60Z", "2026-03-01T09:00:00.999999999999Z"]
            .into_iter()
            .enumerate()
    {
        let mut body = with("/eligibility_end_date", json!(odd));
        body["candidate"]["candidate_id"] = json!(format!("D{index}"));
        account.post("/candidates", body).await.expect(201);
        account.get(&format!("/candidates/D{index}")).await.expect(200);
    }
    let mut body = with("/eligibility_end_date", json!("2026-03-01"));
    body["schedule_start_date"] = json!("2026-03-02");
    let text = account.post("/candidates", body).await.refused(400);
    assert!(text.starts_with("eligibility_end_date: expected a date that is not before"), "{text}");
    assert_alive(&account).await;
}

#[actix_web::test]
async fn an_unknown_value_of_an_enumeration_is_refused_where_the_contract_says_so() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let id = account.eligible("C1", "EXAM1").await;
    let booking = account.schedule(&id).await["booking_code"].as_str().expect("a code").to_owned();
    for mode in ["Foo", "site_proctored", "SITE_PROCTORED ", "0"] {
        let text = account.post("/candidates", with("/delivery_mode", json!(mode))).await.refused(400);
        assert!(text.starts_with("delivery_mode: expected SITE_PROCTORED or ATLAS_REMOTE_PROCTORED"), "{text}");
    }
    let lenient = account.post("/candidates", with("/registration_mode", json!("Pigeon"))).await;
    assert_eq!(lenient.status, 201, "a lint finding by default: {}", lenient.text);
    for result in ["MAYBE", "pass", "Pass", "PASS ", ""] {
        let path = format!("/bookings/{booking}/results");
        let body = json!({ "result": result, "score": "1" }).to_string();
        let text = write(&account, Method::PUT, &path, body).await.refused(400);
        assert!(text.starts_with("result: expected "), "{result:?}: {text}");
    }
    for status in ["ACTIVE", "Active", "open", "active,inactive", "active%20", "%00", "%FF", "1"] {
        let text = account.get(&format!("/candidates/C1/eligibilities?status={status}")).await.refused(400);
        let expected = "The request is invalid. Only active, inactive, or all can be passed as values.";
        assert_eq!(text, expected, "{status:?}");
    }
    let twice = account.get("/candidates/C1/eligibilities?status=active&status=all").await;
    assert!(!twice.refused(400).is_empty());
    for noise in ["status=all&x=1", "status=all&&&", "status=all&%zz=%", "x[]=1&status=all"] {
        account.get(&format!("/candidates/C1/eligibilities?{noise}")).await.expect(200);
    }
    assert_eq!(account.get("/candidates/C1").await.expect(200)[0]["status"], "CSS1");
    assert_alive(&account).await;
}

#[actix_web::test]
async fn a_client_eligibility_id_or_test_code_outside_its_pattern_is_refused() {
    let server = Server::shared();
    let account = server.account(json!({ "account": { "settings": { "open_catalog": true } } })).await;
    for (member, wrong) in [
        ("client_eligibility_id", "x".repeat(21)),
        ("client_eligibility_id", "a b".to_owned()),
        ("client_eligibility_id", "a/b".to_owned()),
        ("client_eligibility_id", "\u{e9}".to_owned()),
        ("client_eligibility_id", "a\n".to_owned()),
        ("test_code", "x".repeat(51)),
        ("test_code", "A B".to_owned()),
        ("test_code", "A.B".to_owned()),
        ("test_code", "\u{e4}".to_owned()),
        ("test_code", "x".repeat(100_000)),
    ] {
        let answer = account.post("/candidates", with(&format!("/{member}"), json!(wrong))).await;
        let text = answer.refused(400);
        assert!(text.starts_with(&format!("{member}: expected at most ")), "{wrong:?}: {text}");
        assert!(text.len() < 300, "what was sent is shortened: {} bytes", text.len());
    }
    for (member, right) in [("client_eligibility_id", "x".repeat(20)), ("test_code", "x".repeat(50))] {
        account.post("/candidates", with(&format!("/{member}"), json!(right))).await.expect(201);
    }
    assert_alive(&account).await;
}
