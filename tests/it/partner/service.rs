//! `receive` takes what every outgoing service sends, and tells them apart.

use reqwest::Method;
use serde_json::{Value, json};

use super::Partner;
use crate::action::{text, until};
use crate::notification::{SECRET, given};
use crate::server::{Account, Server, eligibility, folder};

async fn subscribe(account: &Account<'_>, service: &str, subscription: Value) {
    account.control(Method::PUT, &format!("/subscriptions/{service}"), Some(subscription)).await.expect(200);
}

/// Completes the exam of a candidate with a result; gives the booking's code.
async fn complete(account: &Account<'_>, candidate: &str) -> String {
    let created = account.eligible(candidate, "EXAM1").await;
    let code = text(&account.schedule(&created).await, "booking_code").to_owned();
    account.booking_as(&code, "complete", json!({ "result": "PASS", "score": "87.5" })).await.expect(200);
    code
}

/// The events without their identifiers, by service and candidate.
fn events(state: &Value) -> Vec<Value> {
    let mut events = state["events"].as_array().expect("events").clone();
    for event in &mut events {
        let id = event.as_object_mut().expect("an object").remove("id");
        assert!(id.is_some_and(|id| id.is_string()), "{event}");
    }
    events.sort_by_key(|event| (event["service"].to_string(), event["candidate_id"].to_string()));
    events
}

#[actix_web::test]
async fn results_and_test_centers_are_taken_and_shown_as_what_they_are() {
    let store = folder("services").join("all.jsonl");
    let flags = ["--secret", SECRET, "--format", "json", "--store", store.to_str().expect("UTF-8")];
    let (server, mut partner) = (Server::shared(), Partner::start(&flags));
    let account = server.account(given()).await;
    let url = partner.url();
    subscribe(&account, "test_center_notification", json!({ "url": url })).await;
    subscribe(&account, "assessment_results_notification", json!({ "url": url })).await;
    subscribe(&account, "assessment_results", json!({ "url": format!("{url}?tenant=7") })).await;
    let first = complete(&account, "C1").await;
    account.wait_for(2, "delivered").await;
    subscribe(&account, "assessment_results", json!({ "url": url, "format": "json" })).await;
    let second = complete(&account, "C2").await;
    account.control(Method::POST, "/test_centers/CENTER01/close", None).await.expect(200);
    account.wait_for(5, "delivered").await;
    let sent = account.items("/deliveries?status=delivered").await;
    assert!(sent.iter().all(|row| row["last_status"] == 200), "{sent:?}");

    let state = partner.state().await;
    let counts = ["accepted", "of_other_services", "refused", "duplicates"].map(|name| state[name].clone());
    assert_eq!(counts, [5, 5, 0, 0]);
    assert_eq!(state["records"], json!([]));
    let at = "2026-03-01T12:00:00Z";
    let events = events(&state);
    let link =
        |code: &str| format!("{}/assessmentResultService/1.0.0/accounts/{}/results/{code}", server.url, account.code);
    let small = |candidate: &str, code: &str| {
        json!({ "outcome": "accepted", "service": "assessment_results_notification", "booking_code": code,
            "candidate_id": candidate, "effective_date": at, "result": "PASS", "results_url": link(code),
            "test_code": "EXAM1" })
    };
    assert_eq!(
        events,
        [
            json!({ "outcome": "accepted", "service": "assessment_results", "booking_code": first,
                "candidate_id": "C1", "effective_date": at, "statement_id": events[0]["statement_id"],
                "verb": "http://adlnet.gov/expapi/verbs/passed" }),
            json!({ "outcome": "accepted", "service": "assessment_results", "booking_code": second,
                "candidate_id": "C2", "effective_date": at, "result": "PASS", "score": "87.5", "test_code": "EXAM1" }),
            small("C1", &first),
            small("C2", &second),
            json!({ "outcome": "accepted", "service": "test_center_notification", "change_reason": "TEST_CENTER_CLOSED",
                "effective_date": at, "location_code": "CENTER01", "location_name": "Riverbend Center" }),
        ]
    );

    for delivery in &sent {
        account.resend(text(delivery, "id")).await.expect(200);
    }
    until("the duplicates arrive", async || partner.state().await["duplicates"] == 5).await;
    assert_eq!(partner.stop("TERM"), Some(0));
    let printed: Vec<Value> = partner.printed().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(printed.len(), 10);
    assert!(printed.iter().all(|line| line["service"].is_string() && line["status"] == 200), "{printed:?}");
    let again = Partner::start(&flags).state().await;
    assert_eq!((&again["accepted"], &again["events"]), (&json!(5), &state["events"]));
}

#[actix_web::test]
async fn booking_notifications_keep_their_records_beside_the_other_services() {
    let (server, partner) = (Server::shared(), Partner::start(&["--secret", SECRET]));
    let account = server.account(given()).await;
    for service in ["booking_notification", "assessment_results_notification"] {
        subscribe(&account, service, json!({ "url": partner.url() })).await;
    }
    let created = crate::notification::create(&account, eligibility("C1", "EXAM1")).await;
    let code = text(&account.schedule(&created).await, "booking_code").to_owned();
    account.wait_for(1, "delivered").await;
    let before = partner.state().await["records"].clone();
    assert_eq!((before.as_array().map(Vec::len), text(&before[0], "booking_code")), (Some(1), code.as_str()));
    let paused = json!({ "url": partner.url(), "paused": true });
    subscribe(&account, "booking_notification", paused).await;
    account.booking_as(&code, "complete", json!({ "result": "FAIL", "score": "1" })).await.expect(200);
    account.wait_for(2, "delivered").await;
    let state = partner.state().await;
    assert_eq!((&state["accepted"], &state["of_other_services"]), (&json!(2), &json!(1)));
    assert_eq!(state["records"], before);
    let seen = partner.get("/state?candidate_id=C1").await.expect(200);
    assert_eq!(seen["events"].as_array().map(Vec::len), Some(2));
}
