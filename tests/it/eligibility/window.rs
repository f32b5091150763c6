//! `eligible_to_schedule` and its message: status, block, accommodations and the date window, at the account's instant.

use reqwest::Method;
use serde_json::{Value, json};

use super::{given, id_of, record, with};
use crate::server::{Account, Server, eligibility};

/// The partner's and the control API's view agree; a message is there exactly when the flag is false.
async fn message(account: &Account<'_>, id: &str) -> Value {
    let seen = record(account, id).await;
    let candidate = seen["candidate"]["candidate_id"].as_str().expect("a candidate");
    let partner = account.get(&format!("/candidates/{candidate}")).await.expect(200)[0].clone();
    let message = seen["eligibility_status_message"].clone();
    assert_eq!(partner["eligibility_status_message"], message);
    assert_eq!(partner["eligible_to_schedule"], message.is_null(), "{partner}");
    message
}

/// The candidate is let through exactly when the record says so, and is told why not in the record's words.
async fn try_to_schedule(account: &Account<'_>, id: &str, message: &Value) {
    let answer = account.control(Method::POST, &format!("/eligibilities/{id}/schedule"), None).await;
    match message.as_str() {
        None => assert_eq!(answer.expect(200)["state"], "BOOKED"),
        Some(message) => assert_eq!(answer.problem(409), format!("not eligible to schedule: {message}")),
    }
}

#[actix_web::test]
async fn the_window_holds_both_of_its_ends() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let opens = |at: &str| json!(format!("The scheduling window opens on {at}."));
    let closed = |at: &str| json!(format!("The scheduling window closed on {at}."));
    for (number, (start, end, expected)) in [
        (json!(null), json!(null), json!(null)),
        (json!("2026-03-01T09:00:00Z"), json!(null), json!(null)),
        (json!("2026-03-01T09:00:01Z"), json!(null), opens("2026-03-01T09:00:01Z")),
        (json!("2026-03-02"), json!("2026-03-03"), opens("2026-03-02T00:00:00Z")),
        (json!(null), json!("2026-03-01T08:59:59Z"), closed("2026-03-01T08:59:59Z")),
        (json!("2026-02-01"), json!("2026-03-01"), closed("2026-03-01T00:00:00Z")),
    ]
    .into_iter()
    .enumerate()
    {
        let body = with(eligibility(&format!("C{number}"), "ONE"), "/schedule_start_date", start);
        let made = account.post("/candidates", with(body, "/eligibility_end_date", end)).await.expect(201);
        assert_eq!(made["eligibility_status_message"], expected);
        assert_eq!(message(&account, &id_of(&made)).await, expected);
        try_to_schedule(&account, &id_of(&made), &expected).await;
    }
    // The last instant still counts; an exam needs a session before it, so this one is named.
    let body = with(eligibility("C9", "ONE"), "/eligibility_end_date", json!("2026-03-01T09:00:00Z"));
    let id = id_of(&account.post("/candidates", body).await.expect(201));
    assert_eq!(message(&account, &id).await, json!(null));
    let at = json!({ "booking_on": "2026-03-01T09:00:00Z" });
    account.control(Method::POST, &format!("/eligibilities/{id}/schedule"), Some(at)).await.expect(200);
}

#[actix_web::test]
async fn the_answer_is_a_view_of_the_record_at_the_clock_s_instant() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let mut body = eligibility("C1", "ONE");
    body["schedule_start_date"] = json!("2026-03-02T00:00:00Z");
    body["eligibility_end_date"] = json!("2026-03-03T00:00:00Z");
    let id = id_of(&account.post("/candidates", body).await.expect(201));
    for (instant, expected) in [
        ("2026-03-01T23:59:59Z", json!("The scheduling window opens on 2026-03-02T00:00:00Z.")),
        ("2026-03-02T00:00:00Z", json!(null)),
        ("2026-03-03T00:00:00Z", json!(null)),
        ("2026-03-03T00:00:01Z", json!("The scheduling window closed on 2026-03-03T00:00:00Z.")),
        ("2026-03-02T12:00:00Z", json!(null)),
    ] {
        let set = json!({ "action": "set", "instant": instant });
        account.control(Method::PUT, "/clock", Some(set)).await.expect(200);
        assert_eq!(message(&account, &id).await, expected, "{instant}");
        assert_eq!(record(&account, &id).await["open"], true, "{instant}");
    }
    assert_eq!(record(&account, &id).await["created_datetime"], super::NOW);
}

#[actix_web::test]
async fn a_window_that_has_passed_does_not_close_the_record() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let body = with(eligibility("C1", "ONE"), "/eligibility_end_date", json!("2026-02-28"));
    account.post("/candidates", body.clone()).await.expect(201);
    assert_eq!(
        account.post("/candidates", body).await.refused(400),
        "Candidate can not be registered as an open registration record already exists for this candidate."
    );
    let wider = with(eligibility("C1", "ONE"), "/eligibility_end_date", json!("2026-12-31"));
    account.put("/candidates/C1/tests/ONE", wider).await.expect(204);
    let id = id_of(&account.get("/candidates/C1").await.expect(200)[0]);
    assert_eq!(message(&account, &id).await, json!(null));
}

#[actix_web::test]
async fn a_block_holds_until_it_is_lifted() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let id = account.eligible("C1", "ONE").await;
    let other = account.eligible("C1", "SITE").await;
    for (action, expected) in [
        ("block", json!("The candidate is blocked.")),
        ("unblock", json!(null)),
        ("block", json!("The candidate is blocked.")),
    ] {
        let answer = account.control(Method::POST, &format!("/eligibilities/{id}/{action}"), None).await.expect(200);
        assert_eq!((&answer["blocked"], &answer["status"]), (&json!(action == "block"), &json!("REG02")));
        assert_eq!(answer["eligibility_status_message"], expected);
    }
    try_to_schedule(&account, &id, &json!("The candidate is blocked.")).await;
    try_to_schedule(&account, &other, &json!(null)).await;
    account.control(Method::POST, &format!("/eligibilities/{id}/unblock"), None).await.expect(200);
    try_to_schedule(&account, &id, &json!(null)).await;
}

#[actix_web::test]
async fn the_message_says_which_status_stands_in_the_way() {
    let server = Server::shared();
    for (status, expected) in [
        ("REG01", json!("The registration is pending approval.")),
        ("REG02", json!(null)),
        ("REG03", json!("The eligibility has been cancelled.")),
        ("CSS1", json!("The candidate is already scheduled for the test.")),
        ("CSS2", json!(null)),
        ("CSS2 closed", json!("The eligibility has been cancelled.")),
        ("CSS5", json!("The candidate has completed the test.")),
        ("CSS8", json!("The candidate was absent for the test.")),
        ("CSS9", json!("The candidate's absence from the test was excused.")),
    ] {
        let account = server.account(given()).await;
        let (id, _) = super::status::reach(&account, status).await;
        assert_eq!(message(&account, &id).await, expected, "{status}");
    }
}
