//! Update and vouchers: what may change, what may not, what stays.

use serde_json::{Value, json};

use super::{all_of, given, id_of, record, with};
use crate::server::{Account, Server, eligibility};

const PATH: &str = "/candidates/C1/tests/TWO";

/// A record in which every member has a value.
fn original() -> Value {
    json!({
        "candidate": {
            "additional_attributes": [{ "key": "cohort", "value": "2026" }],
            "address1": "1 Main Street",
            "address2": "Flat B",
            "candidate_id": "C1",
            "city": "Lawrence",
            "country": "US",
            "email": "jo@example.org",
            "first_name": "Jo",
            "home_phone": "+1 202 555 0100",
            "last_name": "Doe",
            "middle_name": "Q",
            "office_phone": "+1 202 555 0101",
            "postal_code": "66044",
            "province_state": "KS",
            "school_code": "SCH01",
            "special_accommodations": ["READER", "EXTRA_TIME"],
            "suffix": "Jr.",
        },
        "client_eligibility_id": "E1",
        "eligibility_end_date": "2026-06-30T00:00:00Z",
        "portion_codes": ["P1"],
        "registration_mode": "Online",
        "schedule_start_date": "2026-02-01T00:00:00Z",
        "test_code": "TWO",
        "voucher_codes": ["SAVE10"],
    })
}

/// The least that an update must say.
fn least() -> Value {
    eligibility("C1", "TWO")
}

async fn made(account: &Account<'_>) -> String {
    id_of(&account.post("/candidates", original()).await.expect(201))
}

#[actix_web::test]
async fn an_update_changes_the_member_it_names_and_nothing_else() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let id = made(&account).await;
    for (pointer, value) in [
        ("/candidate/additional_attributes", json!([{ "key": "member_no", "value": "7" }])),
        ("/candidate/address1", json!("2 Main Street")),
        ("/candidate/address2", json!("Flat C")),
        ("/candidate/city", json!("Topeka")),
        ("/candidate/country", json!("CA")),
        ("/candidate/email", json!("joan@example.org")),
        ("/candidate/first_name", json!("Joan")),
        ("/candidate/home_phone", json!("+1 202 555 0102")),
        ("/candidate/last_name", json!("Dough")),
        ("/candidate/middle_name", json!("R")),
        ("/candidate/office_phone", json!("+1 202 555 0103")),
        ("/candidate/postal_code", json!("66603")),
        ("/candidate/province_state", json!("ON")),
        ("/candidate/school_code", json!("SCH02")),
        ("/candidate/suffix", json!("Sr.")),
        ("/eligibility_end_date", json!("2026-07-31T00:00:00Z")),
        ("/portion_codes", json!(["P2", "P1"])),
        ("/registration_mode", json!("Phone")),
        ("/schedule_start_date", json!("2026-02-02T00:00:00Z")),
        ("/voucher_codes", json!(["SAVE20"])),
        ("/voucher_codes", json!([])),
    ] {
        let before = record(&account, &id).await;
        let names = |name| before["candidate"][name].clone();
        let mut body = least();
        (body["candidate"]["first_name"], body["candidate"]["last_name"]) = (names("first_name"), names("last_name"));
        let answer = account.put(PATH, with(body, pointer, value.clone())).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{pointer}");
        assert_eq!(record(&account, &id).await, with(before, pointer, value), "{pointer}");
    }
}

#[actix_web::test]
async fn unchanged_values_null_and_empty_lists_are_accepted() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let id = made(&account).await;
    let before = record(&account, &id).await;
    for body in [
        original(),
        with(original(), "/candidate/special_accommodations", json!(null)),
        with(original(), "/candidate/special_accommodations", json!([])),
        with(original(), "/candidate/additional_attributes", json!([{ "key": "", "value": "" }])),
        with(original(), "/candidate/additional_attributes", json!([])),
        with(original(), "/client_eligibility_id", json!(null)),
        with(original(), "/client_eligibility_id", json!("")),
        with(original(), "/portion_codes", json!([])),
        with(original(), "/candidate/city", json!("")),
        with(original(), "/status", json!("CSS5")),
        with(original(), "/eligibility_end_date", json!("2026-06-30")),
    ] {
        account.put(PATH, body.clone()).await.expect(204);
        assert_eq!(record(&account, &id).await, before, "{body}");
    }
}

#[actix_web::test]
async fn what_an_update_may_not_change_is_refused() {
    let server = Server::shared();
    let account = server.account(given()).await;
    made(&account).await;
    let before = all_of(&account).await;
    for (pointer, value, member, kept, sent) in [
        ("/candidate/candidate_id", json!("C2"), "candidate.candidate_id", "C1", "C2"),
        ("/test_code", json!("ONE"), "test_code", "TWO", "ONE"),
        ("/client_eligibility_id", json!("E2"), "client_eligibility_id", "E1", "E2"),
        ("/client_eligibility_id", json!("e1"), "client_eligibility_id", "E1", "e1"),
        (
            "/candidate/special_accommodations",
            json!(["READER"]),
            "candidate.special_accommodations",
            "READER,EXTRA_TIME",
            "READER",
        ),
    ] {
        let answer = account.put(PATH, with(original(), pointer, value)).await;
        assert_eq!(
            answer.refused(400),
            format!("{member} cannot be changed by an update: expected {kept:?}, got {sent:?}")
        );
    }
    assert_eq!(all_of(&account).await, before);
}

#[actix_web::test]
async fn what_was_never_given_cannot_be_added_by_an_update() {
    let server = Server::shared();
    let account = server.account(given()).await;
    account.eligible("C1", "ONE").await;
    let before = all_of(&account).await;
    for (pointer, value, member, sent) in [
        ("/client_eligibility_id", json!("E1"), "client_eligibility_id", "E1"),
        ("/candidate/special_accommodations", json!(["READER"]), "candidate.special_accommodations", "READER"),
    ] {
        let answer = account.put("/candidates/C1/tests/ONE", with(eligibility("C1", "ONE"), pointer, value)).await;
        assert_eq!(
            answer.refused(400),
            format!("{member} cannot be changed by an update: expected \"\", got {sent:?}")
        );
    }
    assert_eq!(all_of(&account).await, before);
}

#[actix_web::test]
async fn an_update_obeys_the_hard_rules_and_the_catalog_and_changes_nothing_when_refused() {
    let server = Server::shared();
    let account = server.account(given()).await;
    made(&account).await;
    let before = all_of(&account).await;
    for (pointer, value, expected) in [
        ("/candidate/first_name", json!(""), "candidate.first_name: expected a string that is not empty, got \"\""),
        ("/test_code", json!(null), "test_code: expected a string that is not empty, got null"),
        ("/portion_codes", json!(["P9"]), "Please provide valid portion code."),
        ("/candidate/school_code", json!("SCH99"), "candidate.school_code: \"SCH99\" is not set up for this account"),
        ("/voucher_codes", json!(["SAVE99"]), "voucher_codes: \"SAVE99\" is not set up for this account"),
        (
            "/candidate/additional_attributes",
            json!([{ "key": "shoe_size", "value": "44" }]),
            "candidate.additional_attributes: \"shoe_size\" is not set up for this account",
        ),
        (
            "/eligibility_end_date",
            json!("2026-01-31"),
            "eligibility_end_date: expected a date that is not before schedule_start_date, got \"2026-01-31\"",
        ),
    ] {
        let body = with(with(original(), "/candidate/city", json!("Elsewhere")), pointer, value);
        assert_eq!(account.put(PATH, body).await.refused(400), expected);
    }
    assert_eq!(all_of(&account).await, before);
}

#[actix_web::test]
async fn an_end_before_the_start_is_refused_whichever_of_the_two_is_new() {
    let server = Server::shared();
    let account = server.account(given()).await;
    made(&account).await;
    let before = all_of(&account).await;
    for (pointer, value, start, end) in [
        ("/eligibility_end_date", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", "2026-01-31T00:00:00Z"),
        ("/schedule_start_date", "2026-06-30T00:00:01Z", "2026-06-30T00:00:01Z", "2026-06-30T00:00:00Z"),
    ] {
        let answer = account.put(PATH, with(least(), pointer, json!(value))).await;
        assert_eq!(
            answer.refused(400),
            format!(
                "eligibility_end_date: expected a date that is not before schedule_start_date ({start}), got {end}"
            )
        );
    }
    assert_eq!(all_of(&account).await, before);
    account.put(PATH, with(least(), "/schedule_start_date", json!("2026-06-30"))).await.expect(204);
}

#[actix_web::test]
async fn the_delivery_mode_may_change_until_a_booking_exists() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let put = |test: &'static str, mode: &str| {
        let body = with(eligibility("C1", test), "/delivery_mode", json!(mode));
        let account = &account;
        async move { account.put(&format!("/candidates/C1/tests/{test}"), body).await }
    };
    let (one, _) = (account.eligible("C1", "ONE").await, account.eligible("C1", "SITE").await);
    assert_eq!(
        put("SITE", "ATLAS_REMOTE_PROCTORED").await.refused(400),
        "Provided delivery mode is not allowed for this exam. Please provide valid delivery mode."
    );
    put("ONE", "SITE_PROCTORED").await.expect(204);
    put("ONE", "ATLAS_REMOTE_PROCTORED").await.expect(204);
    let booking = account.schedule(&one).await;
    assert_eq!(booking["delivery_mode"], "ATLAS_REMOTE_PROCTORED");
    let before = all_of(&account).await;
    assert_eq!(
        put("ONE", "SITE_PROCTORED").await.refused(400),
        "Cannot update delivery mode once the session is created."
    );
    put("ONE", "ATLAS_REMOTE_PROCTORED").await.expect(204);
    assert_eq!(all_of(&account).await, before);
}

#[actix_web::test]
async fn a_pending_and_a_scheduled_record_can_be_updated_and_keep_their_status() {
    let server = Server::shared();
    for status in ["REG01", "REG02", "CSS1", "CSS2"] {
        let account = server.account(given()).await;
        let (id, _) = super::status::reach(&account, status).await;
        let before = record(&account, &id).await;
        let body = with(eligibility("C1", "PENDING"), "/candidate/city", json!("Topeka"));
        account.put("/candidates/C1/tests/PENDING", body).await.expect(204);
        assert_eq!(record(&account, &id).await, with(before, "/candidate/city", json!("Topeka")), "{status}");
    }
}

#[actix_web::test]
async fn update_and_vouchers_find_no_closed_record() {
    let server = Server::shared();
    for status in ["REG03", "CSS2 closed", "CSS5", "CSS8", "CSS9"] {
        let account = server.account(given()).await;
        super::status::reach(&account, status).await;
        let before = all_of(&account).await;
        let path = "/candidates/C1/tests/PENDING";
        let update = account.put(path, eligibility("C1", "PENDING")).await;
        let vouchers = account.put(&format!("{path}/vouchers"), json!(["SAVE10"])).await;
        for answer in [update, vouchers] {
            assert_eq!(answer.refused(404), "The specified candidate eligibility code was not found.", "{status}");
        }
        assert_eq!(all_of(&account).await, before, "{status}");
    }
}

#[actix_web::test]
async fn vouchers_are_replaced_as_a_whole() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let id = made(&account).await;
    let path = format!("{PATH}/vouchers");
    for codes in [json!(["SAVE20"]), json!(["SAVE10", "SAVE20"]), json!([]), json!(["SAVE10"])] {
        let before = record(&account, &id).await;
        let answer = account.put(&path, codes.clone()).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
        assert_eq!(record(&account, &id).await, with(before, "/voucher_codes", codes));
    }
    for (body, expected) in [
        (json!(["SAVE20", "SAVE99"]), "voucher_codes: \"SAVE99\" is not set up for this account"),
        (json!({ "voucher_codes": [] }), "body: expected an array of voucher codes, got an object"),
        (json!(null), "body: expected an array of voucher codes, got null"),
        (json!("SAVE20"), "body: expected an array of voucher codes, got \"SAVE20\""),
        (
            json!([1, "", "SAVE20"]),
            "[0]: expected a string that is not empty, got the number 1; \
             [1]: expected a string that is not empty, got \"\"",
        ),
    ] {
        assert_eq!(account.put(&path, body).await.refused(400), expected);
    }
    assert_eq!(record(&account, &id).await["voucher_codes"], json!(["SAVE10"]));
}
