//! Proctored sessions, told over HTTP: made, entered, watched, reviewed, and what the partner is told of it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::server::{Account, Answer, Server, send};

const ONE: &str = "/proctoringService/1.0.0";
const TWO: &str = "/proctoringService/2.0.0";
const EXAM: &str = "https://exam.example/start?a=1&b=2";

async fn call(account: &Account<'_>, method: Method, path: &str, body: Option<Value>) -> Answer {
    let request = account.server.request(method, path).bearer_auth(&account.token);
    send(if let Some(body) = body { request.json(&body) } else { request }).await
}

/// The place of the sessions in a generation.
fn sessions(account: &Account<'_>, base: &str) -> String {
    let account = if base == TWO { String::new() } else { format!("/accounts/{}", account.code) };
    format!("{base}{account}/proctoring/sessions")
}

async fn deed(account: &Account<'_>, id: &str, deed: &str, body: Option<Value>) -> Answer {
    account.control(Method::POST, &format!("/proctoring/sessions/{id}/{deed}"), body).await
}

/// A session of a booked candidate; gives its place and its identifier.
async fn made(account: &Account<'_>, base: &str, candidate: &str) -> (String, String) {
    let code = account.booked(candidate).await["booking_code"].clone();
    let body = json!({ "booking_code": code, "exam_url": EXAM });
    let made = call(account, Method::POST, &sessions(account, base), Some(body)).await.expect(201);
    let id = made["session_id"].as_str().expect("an identifier").to_owned();
    (format!("{}/{id}", sessions(account, base)), id)
}

fn given() -> Value {
    json!({ "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true } })
}

#[actix_web::test]
async fn a_session_goes_from_its_making_to_its_review_in_both_generations() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    for service in ["proctoring_results", "proctoring_results_notification"] {
        let to = json!({ "url": format!("{}/{service}", receiver.url) });
        account.control(Method::PUT, &format!("/subscriptions/{service}"), Some(to)).await.expect(200);
    }
    let reviews = ["CLEAN", "SUSPICIOUS", "RULES_VIOLATION", "NOT_REVIEWED"];
    for (number, review) in reviews.into_iter().enumerate() {
        let (at, id) = made(&account, if number % 2 == 0 { ONE } else { TWO }, &format!("C-{number}")).await;
        let status = async || call(&account, Method::GET, &at, None).await.expect(200)["status"].clone();
        let report = async |event: &str| {
            call(&account, Method::POST, &format!("{at}/events"), Some(json!({ "event": event }))).await
        };
        assert_eq!(status().await, "SCHEDULED");
        let early = report("started").await.refused(400);
        assert_eq!(early, "cannot start a proctoring session in status SCHEDULED");
        // The page behind the launch URL is the candidate's way in, and opens the exam.
        let url =
            call(&account, Method::GET, &at, None).await.expect(200)["launch_url"].as_str().expect("a URL").to_owned();
        assert!(send(server.client.get(&url)).await.text.contains("Check in"));
        let entered = send(server.client.post(&url)).await;
        assert!(entered.text.contains("url=https://exam.example/start?a=1&amp;b=2"), "{}", entered.text);
        assert_eq!(status().await, "CHECK_IN");
        for (event, paused) in [("started", false), ("paused", true), ("resumed", false)] {
            let told = report(event).await.expect(201);
            assert_eq!((&told["status"], &told["paused"]), (&json!("IN_PROGRESS"), &json!(paused)));
        }
        call(&account, Method::DELETE, &at, None).await.refused(400);
        let told = report("submitted").await.expect(201);
        let events: Vec<_> =
            told["events"].as_array().expect("events").iter().map(|one| one["event"].clone()).collect();
        assert_eq!(events, ["started", "paused", "resumed", "submitted"]);
        call(&account, Method::GET, &format!("{at}/results"), None).await.refused(404);
        assert_eq!(deed(&account, &id, "begin_review", None).await.expect(200)["status"], "UNDER_REVIEW");
        let comment = json!({ "source": "WEBCAM", "comment": "Left", "event_start": 60, "event_finish": 75 });
        let body = json!({ "review_status": review, "comments": [comment] });
        deed(&account, &id, "review", Some(body.clone())).await.expect(200);
        deed(&account, &id, "review", Some(body)).await.problem(409);
        let (whole, small) = (receiver.next().await.json(), receiver.next().await.json());
        let (whole, small) = if whole.get("comments").is_some() { (whole, small) } else { (small, whole) };
        assert_eq!((&whole["review_status"], &small["review_status"]), (&json!(review), &json!(review)));
        assert_eq!(whole["comments"][0]["duration"], 15);
        assert_eq!(whole["comments"][0]["event_status"], review);
        // What the link leads to is what was sent, for callers with a token.
        let link = small["results_url"].as_str().expect("a URL");
        assert_eq!(send(server.client.get(link)).await.status, 401);
        let fetched = send(server.client.get(link).bearer_auth(&account.token)).await.expect(200);
        assert_eq!(fetched, whole);
        assert_eq!(status().await, "REVIEWED");
    }
}

#[actix_web::test]
async fn a_review_can_be_told_anew_and_finds_no_room_as_a_whole() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for service in ["proctoring_results", "proctoring_results_notification"] {
        let to = json!({ "url": "inbox:reviews" });
        account.control(Method::PUT, &format!("/subscriptions/{service}"), Some(to)).await.expect(200);
    }
    let (at, id) = made(&account, ONE, "C-1").await;
    deed(&account, &id, "check_in", None).await.expect(200);
    for event in ["started", "submitted"] {
        call(&account, Method::POST, &format!("{at}/events"), Some(json!({ "event": event }))).await.expect(201);
    }
    let clean = json!({ "review_status": "CLEAN" });
    let before = account.deliveries().await.len();
    account.set(json!({ "max_deliveries": before + 1 })).await;
    deed(&account, &id, "review", Some(clean.clone())).await.problem(503);
    assert_eq!(call(&account, Method::GET, &at, None).await.expect(200)["status"], "SUBMITTED");
    assert_eq!(account.deliveries().await.len(), before);
    account.set(json!({ "max_deliveries": before + 10 })).await;
    deed(&account, &id, "review", Some(clean)).await.expect(200);
    account.wait("for=delivery&status=delivered&count=2").await;
    for row in account.items("/deliveries?candidate_id=C-1").await {
        if row["service"] == "booking_notification" {
            continue;
        }
        assert_eq!(row["booking_code"], account.items("/bookings").await[0]["booking_code"]);
        let path = format!("/deliveries/{}/resend", row["id"].as_str().expect("an identifier"));
        let again = account.control(Method::POST, &path, Some(json!({ "as": "now" }))).await.expect(200);
        assert_eq!((&again["body"], &again["service"]), (&row["body"], &row["service"]));
    }
}

#[actix_web::test]
async fn a_session_is_cancelled_listed_kept_by_an_export_and_entered_by_its_booking() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let (first, _) = made(&account, ONE, "C-1").await;
    let (_, second) = made(&account, ONE, "C-2").await;
    assert_eq!(call(&account, Method::DELETE, &first, None).await.status, 204);
    call(&account, Method::DELETE, &first, None).await.refused(400);
    let code = account.items("/bookings").await[1]["booking_code"].as_str().expect("a code").to_owned();
    let entered = account.booking(&code, "check_in").await.expect(200);
    assert_eq!((&entered["session_id"], &entered["status"]), (&json!(second), &json!("CHECK_IN")));
    let listed = call(&account, Method::GET, &format!("{}?limit=1", sessions(&account, ONE)), None).await.expect(200);
    assert_eq!(listed["items"][0]["status"], "CANCELLED");
    let cursor = listed["next_cursor"].as_str().expect("more");
    let path = format!("{}?cursor={cursor}", sessions(&account, TWO));
    let rest = call(&account, Method::GET, &path, None).await.expect(200);
    assert_eq!((&rest["items"][0]["session_id"], &rest["next_cursor"]), (&json!(second), &Value::Null));
    let exported = account.control(Method::GET, "/fixture", None).await.expect(200);
    let kept = exported["proctoring_sessions"].as_array().expect("sessions");
    assert_eq!((kept.len(), &kept[1]["status"]), (2, &json!("CHECK_IN")));
    account.control(Method::POST, "/fixtures", Some(json!({ "proctoring_sessions": kept }))).await.expect(200);
    assert_eq!(account.control(Method::GET, "/fixture", None).await.expect(200), exported);
    let found = account.items("/proctoring/sessions?status=CHECK_IN&candidate_id=C-2").await;
    assert_eq!(found.len(), 1);
    let bare = account.booked("C-3").await["booking_code"].as_str().expect("a code").to_owned();
    let refused = account.booking(&bare, "check_in").await.problem(409);
    assert_eq!(refused, format!("booking {bare} has no proctoring session"));
    for (session, told) in [
        (json!({}), "proctoring_sessions[0].booking_code: expected it, or eligibility"),
        (json!({ "booking_code": "NOSUCH00" }), "proctoring_sessions[0].booking_code: expected the code of a booking"),
        (json!({ "booking_code": bare, "status": "REVIEWED" }), "proctoring_sessions[0].status: expected no REVIEWED"),
        (json!({ "booking_code": bare, "exam_url": "x" }), "proctoring_sessions[0].exam_url: expected http"),
    ] {
        let wrong = json!({ "proctoring_sessions": [session] });
        let refused = account.control(Method::POST, "/fixtures", Some(wrong)).await.problem(400);
        assert!(refused.starts_with(told), "{refused}");
    }
}
