//! Create: what is taken, and what is answered to the byte.

use serde_json::{Value, json};

use super::{all_of, given, id_of, named, record, with};
use crate::server::{Account, Server, eligibility};

#[actix_web::test]
async fn a_minimal_record_is_answered_to_the_byte() {
    let server = Server::shared();
    let account = server.account(named("ELIG0001")).await;
    let answer = account.post("/candidates", eligibility("C1", "ONE")).await;
    insta::assert_snapshot!(answer.told(), @r#"
    201 application/json
    {
      "candidate": {
        "additional_attributes": [],
        "address1": null,
        "address2": null,
        "candidate_id": "C1",
        "city": null,
        "country": null,
        "email": null,
        "first_name": "Jo",
        "home_phone": null,
        "last_name": "Doe",
        "middle_name": null,
        "office_phone": null,
        "postal_code": null,
        "province_state": null,
        "school_code": null,
        "special_accommodations": [],
        "suffix": null
      },
      "client_eligibility_id": null,
      "created_datetime": "2026-03-01T09:00:00Z",
      "eligibility_end_date": null,
      "eligibility_status_message": null,
      "eligible_to_schedule": true,
      "portion_codes": [],
      "psi_eligiblity_id": "ZN80GOKN",
      "schedule_start_date": null,
      "status": "REG02",
      "test_code": "ONE"
    }
    "#);
}

/// All members of the write model.
fn full() -> Value {
    json!({
        "candidate": {
            "additional_attributes": [{ "key": "cohort", "value": "2026" }, { "key": "member_no", "value": "007" }],
            "address1": "1 Main Street",
            "address2": "Flat \"B\"",
            "candidate_id": "C 2/ü",
            "city": "Zürich",
            "country": "CH",
            "email": "zoe@example.org",
            "first_name": "Zoë",
            "home_phone": "+41 44 555 01 00",
            "last_name": ".",
            "middle_name": "Q",
            "office_phone": "+41 44 555 01 01",
            "postal_code": "08001",
            "province_state": "ZH",
            "school_code": "SCH01",
            "special_accommodations": ["READER", "EXTRA_TIME"],
            "suffix": "Jr.",
        },
        "client_eligibility_id": "a.B-9_20chars-long.x",
        "delivery_mode": "ATLAS_REMOTE_PROCTORED",
        "eligibility_end_date": "2026-12-31T23:59:59Z",
        "portion_codes": ["P2", "P1"],
        "registration_mode": "VoiceResponse",
        "schedule_start_date": "2026-03-01T09:00:00Z",
        "status": "CSS5",
        "test_code": "TWO",
        "voucher_codes": ["SAVE20", "SAVE10"],
    })
}

#[actix_web::test]
async fn a_full_record_is_answered_to_the_byte_in_the_documented_order() {
    let server = Server::shared();
    let account = server.account(named("ELIG0002")).await;
    let answer = account.post("/candidates", full()).await;
    insta::assert_snapshot!(answer.told(), @r#"
    201 application/json
    {
      "candidate": {
        "additional_attributes": [
          {
            "key": "cohort",
            "value": "2026"
          },
          {
            "key": "member_no",
            "value": "007"
          }
        ],
        "address1": "1 Main Street",
        "address2": "Flat \"B\"",
        "candidate_id": "C 2/ü",
        "city": "Zürich",
        "country": "CH",
        "email": "zoe@example.org",
        "first_name": "Zoë",
        "home_phone": "+41 44 555 01 00",
        "last_name": ".",
        "middle_name": "Q",
        "office_phone": "+41 44 555 01 01",
        "postal_code": "08001",
        "province_state": "ZH",
        "school_code": "SCH01",
        "special_accommodations": [
          "READER",
          "EXTRA_TIME"
        ],
        "suffix": "Jr."
      },
      "client_eligibility_id": "a.B-9_20chars-long.x",
      "created_datetime": "2026-03-01T09:00:00Z",
      "eligibility_end_date": "2026-12-31T23:59:59Z",
      "eligibility_status_message": null,
      "eligible_to_schedule": true,
      "portion_codes": [
        "P2",
        "P1"
      ],
      "psi_eligiblity_id": "3JQSMB74",
      "schedule_start_date": "2026-03-01T09:00:00Z",
      "status": "REG02",
      "test_code": "TWO"
    }
    "#);
    let kept = record(&account, "3JQSMB74").await;
    assert_eq!(kept["registration_mode"], "VoiceResponse");
    assert_eq!(kept["voucher_codes"], json!(["SAVE20", "SAVE10"]));
}

/// Creates, takes the answer's text without its identifier, and cancels, so that the next one may come.
async fn answered(account: &Account<'_>, body: Value) -> String {
    let answer = account.post("/candidates", body.clone()).await;
    assert_eq!(answer.status, 201, "{body}: {}", answer.text);
    account.delete("/candidates/C1/tests/ONE").await.expect(204);
    answer.text.replace(&id_of(&answer.json()), "")
}

#[actix_web::test]
async fn null_the_empty_string_and_empty_lists_mean_not_given() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let minimal = answered(&account, eligibility("C1", "ONE")).await;
    let members = |lists: Value, texts: Value| {
        let mut body = eligibility("C1", "ONE");
        for name in ["additional_attributes", "special_accommodations"] {
            body["candidate"][name] = lists.clone();
        }
        for name in [
            "address1",
            "address2",
            "city",
            "country",
            "email",
            "home_phone",
            "middle_name",
            "office_phone",
            "postal_code",
            "province_state",
            "school_code",
            "suffix",
        ] {
            body["candidate"][name] = texts.clone();
        }
        for name in ["portion_codes", "voucher_codes"] {
            body[name] = lists.clone();
        }
        for name in [
            "client_eligibility_id",
            "delivery_mode",
            "eligibility_end_date",
            "registration_mode",
            "schedule_start_date",
        ] {
            body[name] = texts.clone();
        }
        body
    };
    let empty_attribute = json!([{ "key": "", "value": "" }]);
    for body in [
        members(Value::Null, Value::Null),
        members(json!(""), json!("")),
        members(json!([]), Value::Null),
        with(eligibility("C1", "ONE"), "/candidate/additional_attributes", empty_attribute),
        with(eligibility("C1", "ONE"), "/candidate/additional_attributes", json!([{ "key": null, "value": null }])),
    ] {
        assert_eq!(answered(&account, body.clone()).await, minimal, "{body}");
    }
}

#[actix_web::test]
async fn dates_are_normalised_to_utc_seconds() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (number, (sent, kept)) in [
        ("2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z"),
        ("2026-03-01", "2026-03-01T00:00:00Z"),
        ("2028-02-29", "2028-02-29T00:00:00Z"),
        ("2026-03-01T09:00:00.999Z", "2026-03-01T09:00:00Z"),
        ("2026-03-01T09:00:00-05:00", "2026-03-01T14:00:00Z"),
        ("2026-03-01T00:30:00.5+05:30", "2026-02-28T19:00:00Z"),
    ]
    .into_iter()
    .enumerate()
    {
        for member in ["schedule_start_date", "eligibility_end_date"] {
            let body = with(eligibility(&format!("{member}{number}"), "ONE"), &format!("/{member}"), json!(sent));
            let answer = account.post("/candidates", body).await.expect(201);
            assert_eq!(answer[member], kept, "{member} {sent}");
        }
    }
}

#[actix_web::test]
async fn portions_are_needed_for_a_test_of_several_and_must_be_the_test_s() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (number, (test, portions, taken)) in [
        ("TWO", json!(null), false),
        ("TWO", json!([]), false),
        ("TWO", json!(["P3"]), false),
        ("TWO", json!(["P1", "p2"]), false),
        ("TWO", json!(["P1"]), true),
        ("TWO", json!(["P2", "P1"]), true),
        ("SINGLE", json!(null), true),
        ("SINGLE", json!(["S1"]), true),
        ("SINGLE", json!(["P1"]), false),
        ("ONE", json!(null), true),
        ("ONE", json!(["P1"]), false),
    ]
    .into_iter()
    .enumerate()
    {
        let body = with(eligibility(&format!("C{number}"), test), "/portion_codes", portions.clone());
        let answer = account.post("/candidates", body).await;
        if taken {
            let of_test = if test == "SINGLE" { json!(["S1"]) } else { json!([]) };
            let expected = if portions.is_null() { of_test } else { portions };
            assert_eq!(answer.expect(201)["portion_codes"], expected, "{test}: what was sent, else the test's");
        } else {
            assert_eq!(answer.refused(400), "Please provide valid portion code.", "{test} {portions}");
        }
    }
}

#[actix_web::test]
async fn a_delivery_mode_must_be_one_of_the_exam_s_and_is_not_shown() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (candidate, test, mode) in
        [("C1", "ONE", "ATLAS_REMOTE_PROCTORED"), ("C2", "ONE", "SITE_PROCTORED"), ("C3", "SITE", "SITE_PROCTORED")]
    {
        let answer =
            account.post("/candidates", with(eligibility(candidate, test), "/delivery_mode", json!(mode))).await;
        let made = answer.expect(201);
        assert_eq!(made.get("delivery_mode"), None);
        assert_eq!(account.schedule(&id_of(&made)).await["delivery_mode"], mode);
    }
    let body = with(eligibility("C4", "SITE"), "/delivery_mode", json!("ATLAS_REMOTE_PROCTORED"));
    assert_eq!(
        account.post("/candidates", body).await.refused(400),
        "Provided delivery mode is not allowed for this exam. Please provide valid delivery mode."
    );
}

#[actix_web::test]
async fn a_second_open_record_for_candidate_and_test_is_refused() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let body = with(eligibility("C1", "ONE"), "/client_eligibility_id", json!("E1"));
    account.post("/candidates", body.clone()).await.expect(201);
    let before = all_of(&account).await;
    for body in [body.clone(), with(body, "/client_eligibility_id", json!("E2")), eligibility("C1", "ONE")] {
        assert_eq!(
            account.post("/candidates", body).await.refused(400),
            "Candidate can not be registered as an open registration record already exists for this candidate."
        );
    }
    assert_eq!(all_of(&account).await, before);
    account.post("/candidates", eligibility("C1", "SITE")).await.expect(201);
    account.post("/candidates", eligibility("C2", "ONE")).await.expect(201);
    account.post("/candidates", eligibility("c1", "ONE")).await.expect(201);
}

#[actix_web::test]
async fn a_candidate_is_found_by_any_identifier_that_a_path_can_carry() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for id in ["a b", "ü", "a/b", "a%2Fb", "a+b", "a?b=c#d", "{x}", "1"] {
        account.post("/candidates", eligibility(id, "ONE")).await.expect(201);
        let coded = id.bytes().fold(String::new(), |coded, byte| format!("{coded}%{byte:02X}"));
        let found = account.get(&format!("/candidates/{coded}")).await.expect(200);
        assert_eq!(found[0]["candidate"]["candidate_id"], id);
        let found = account.get(&format!("/candidates/{coded}/tests/ONE")).await.expect(200);
        assert_eq!(found[0]["candidate"]["candidate_id"], id);
    }
}
