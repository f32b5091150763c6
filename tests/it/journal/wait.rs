//! Waiting: for what already happened, what is to come, and what does not.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::five_calls;
use crate::action::text;
use crate::receiver::{Receiver, held, reply};
use crate::server::{Server, send};

#[actix_web::test]
async fn a_filter_that_the_thing_does_not_have_is_refused() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for (query, told) in [
        (
            "for=delivery&test_code=NOPE",
            "test_code: expected a filter of for=delivery (count, candidate_id, booking_code,",
        ),
        ("for=eligibility&booking_code=AB12CD34", "booking_code: expected a filter of for=eligibility ("),
        ("for=idle&candidate_id=C1", "candidate_id: expected a filter of for=idle (count)"),
        ("for=request&attempts=1", "attempts: expected a filter of for=request ("),
        (
            "for=foo",
            "for: expected request, delivery, booking, eligibility, payment, publication, session or idle, got \"foo\"",
        ),
        ("for=idle&count=many", "count: expected a whole number, got \"many\""),
        ("", "query: expected the key \"for\", which is missing"),
    ] {
        let detail = account.control(Method::GET, &format!("/wait?{query}"), None).await.problem(400);
        assert!(detail.starts_with(told), "{query}: {detail}");
    }
}

#[actix_web::test]
async fn what_already_happened_counts() {
    let server = Server::shared();
    let account = server.account(json!({ "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true } })).await;
    five_calls(&account).await;
    let records = account.get("/candidates/C2").await.expect(200);
    let id = text(&records[0], "psi_eligiblity_id");
    let booking = account.schedule(id).await;
    let code = text(&booking, "booking_code");
    account.advance("1h").await;
    for (query, member, expected) in [
        ("for=request".to_owned(), "operation", json!("list_eligibilities")),
        ("for=request&operation=create_eligibility".to_owned(), "status", json!(400)),
        ("for=request&operation=create_eligibility&status=201".to_owned(), "id", json!(2)),
        ("for=request&count=6".to_owned(), "id", json!(6)),
        ("for=request&path=candidats".to_owned(), "id", json!(5)),
        ("for=request&method=POST&candidate_id=C2".to_owned(), "id", json!(2)),
        ("for=request&since=2020-01-01".to_owned(), "id", json!(6)),
        ("for=delivery".to_owned(), "status", json!("discarded")),
        ("for=delivery&status=discarded".to_owned(), "booking_code", json!(code)),
        ("for=delivery&change_reason=BOOKING_CREATED&candidate_id=C2".to_owned(), "booking_code", json!(code)),
        (format!("for=delivery&booking_code={code}"), "candidate_id", json!("C2")),
        ("for=delivery&since=2026-03-01T12:00:00Z".to_owned(), "booking_code", json!(code)),
        ("for=booking".to_owned(), "booking_code", json!(code)),
        ("for=booking&status=BOOKED&test_code=EXAM1&candidate_id=C2".to_owned(), "booking_code", json!(code)),
        (format!("for=booking&booking_code={code}"), "state", json!("BOOKED")),
        ("for=booking&since=2026-03-01T12:00:00Z".to_owned(), "state", json!("BOOKED")),
        ("for=eligibility".to_owned(), "psi_eligiblity_id", json!(id)),
        ("for=eligibility&status=CSS1".to_owned(), "psi_eligiblity_id", json!(id)),
        ("for=eligibility&status=REG02&test_code=EXAM1".to_owned(), "client_eligibility_id", Value::Null),
        ("for=eligibility&count=2".to_owned(), "status", json!("CSS1")),
        (format!("for=eligibility&psi_eligiblity_id={id}"), "status", json!("CSS1")),
    ] {
        let found = account.control(Method::GET, &format!("/wait?timeout=0s&{query}"), None).await.expect(200);
        assert_eq!(found[member], expected, "{query}: {found}");
    }
}

#[actix_web::test]
async fn what_does_not_happen_in_time_is_a_408_that_says_what_did() {
    let server = Server::shared();
    let account = server.account(json!({ "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true } })).await;
    five_calls(&account).await;
    account.booked("C3").await;
    for (query, words) in [
        ("for=request&count=7&timeout=0s", "no such request within 0s: 6 of 7 happened"),
        ("for=request&status=503&timeout=1ms", "no such request within 1ms: 0 of 1 happened"),
        ("for=request&since=2999-01-01&timeout=0s", "no such request within 0s: 0 of 1 happened"),
        ("for=delivery&status=delivered&timeout=0s", "no such delivery within 0s: 0 of 1 happened"),
        ("for=delivery&since=2026-03-01T12:00:01Z&timeout=0s", "no such delivery within 0s: 0 of 1 happened"),
        ("for=delivery&change_reason=ABSENT&timeout=0s", "no such delivery within 0s: 0 of 1 happened"),
        ("for=booking&status=ABSENT&timeout=0s", "no such booking within 0s: 0 of 1 happened"),
        ("for=booking&count=2&timeout=0s", "no such booking within 0s: 1 of 2 happened"),
        ("for=eligibility&status=CSS5&timeout=0s", "no such eligibility within 0s: 0 of 1 happened"),
        ("for=eligibility&client_eligibility_id=E1&timeout=0s", "no such eligibility within 0s: 0 of 1 happened"),
    ] {
        let detail = account.control(Method::GET, &format!("/wait?{query}"), None).await.problem(408);
        assert_eq!(detail, words, "{query}");
    }
    for query in [
        "",
        "for=rain",
        "for=delivery&status=lost",
        "for=request&status=good",
        "for=booking&status=CSS1",
        "for=eligibility&status=BOOKED",
        "for=delivery&timeout=soon",
        "for=delivery&count=x",
        "for=delivery&since=soon",
        "for=delivery&change_reason=X",
        "for=delivery&colour=red",
        "for=delivery&attempts=x",
        "for=delivery&timeout=5m1s",
        "for=idle&timeout=1h",
    ] {
        account.control(Method::GET, &format!("/wait?{query}"), None).await.problem(400);
    }
    let longest = account.control(Method::GET, "/wait?for=request&timeout=1h", None).await.problem(400);
    assert_eq!(longest, "timeout: expected 5m at most, got 1h");
    server.control(Method::GET, "/accounts/NOBODY/wait?for=request", None).await.problem(404);
}

#[actix_web::test]
async fn idle_is_when_nothing_is_due_and_nothing_under_way() {
    let server = Server::shared();
    let account = server.account(json!({ "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true } })).await;
    let idle = async |timeout: &str| {
        account.control(Method::GET, &format!("/wait?for=idle&count=2&timeout={timeout}"), None).await
    };
    assert_eq!(idle("0s").await.expect(200), json!({ "now": "2026-03-01T12:00:00.000Z", "open": 0 }));
    let receiver = Receiver::start();
    receiver.answers([held(500), reply(200)]);
    account.subscribe(&receiver.url, json!({ "retry": "automatic", "retry_schedule": ["1h"] })).await;
    account.booked("C1").await;
    receiver.next().await;
    let words = idle("1ms").await.problem(408);
    assert_eq!(words, "not idle within 1ms: 1 deliveries are due, under way or to come");
    let ends = async {
        receiver.release(1);
        idle("20s").await.expect(200)
    };
    // Its retry is due in an hour of a clock that stands.
    assert_eq!(ends.await["open"], 1);
    let twice = "/wait?for=delivery&attempts=2&timeout=";
    account.control(Method::GET, &format!("{twice}0s"), None).await.problem(408);
    account.control(Method::GET, "/wait?for=delivery&attempts=1&timeout=0s", None).await.expect(200);
    let path = format!("{twice}20s");
    let (found, ()) = tokio::join!(account.control(Method::GET, &path, None), async {
        account.advance("1h").await;
    });
    assert_eq!(found.expect(200)["attempts"], 2);
    receiver.next().await;
    assert_eq!(idle("20s").await.expect(200)["open"], 0);
}

#[actix_web::test]
async fn a_wait_answers_as_soon_as_it_happens() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let receiver = Receiver::start();
    receiver.answers([reply(500)]);
    account.subscribe(&receiver.url, json!({})).await;
    let began = std::time::Instant::now();
    let waits = join_all(
        [
            "for=request&operation=create_eligibility&count=3",
            "for=eligibility&status=CSS1&count=2",
            "for=booking&status=CANCELLED",
            "for=delivery&status=failed",
            "for=delivery&count=3",
        ]
        .map(|query| account.wait(query)),
    );
    let life = async {
        for candidate in ["C1", "C2", "C3"] {
            account.eligible(candidate, "EXAM1").await;
        }
        let all = account.items("/eligibilities").await;
        let first = account.schedule(text(&all[0], "psi_eligiblity_id")).await;
        account.schedule(text(&all[1], "psi_eligiblity_id")).await;
        account.booking(text(&first, "booking_code"), "cancel").await.expect(200);
        receiver.take(3).await;
    };
    let (found, ()) = tokio::join!(waits, life);
    assert_eq!(found[0]["request_body"]["candidate"]["candidate_id"], "C3");
    assert_eq!(found[1]["candidate"]["candidate_id"], "C2");
    assert_eq!(found[2]["candidate_id"], "C1");
    assert_eq!(found[3]["last_status"], 500);
    assert!(["delivered", "failed"].contains(&text(&found[4], "status")), "{}", found[4]);
    assert!(began.elapsed().as_secs() < 20, "a wait ran to its end");
}

#[actix_web::test]
async fn publications_and_sessions_are_waited_for() {
    let server = Server::shared();
    let given = json!({
        "account": { "settings": { "publication_delay": "1h" } },
        "clock": { "instant": "2026-03-01T12:00:00Z", "frozen": true },
    });
    let account = server.account(given).await;
    let published = account.wait("for=publication&status=PUBLISHED&test_code=NEW1");
    let reviewed = account.wait("for=session&status=REVIEWED&candidate_id=C1&test_code=EXAM1");
    let life = async {
        let tests = format!("/testPublicationService/1.0.0/accounts/{}/tests/NEW1", account.code);
        let call = |method, path: &str| server.request(method, path).bearer_auth(&account.token);
        send(call(Method::PUT, &tests).json(&json!({}))).await.expect(201);
        send(call(Method::POST, &format!("{tests}/publications"))).await.expect(202);
        assert_eq!(account.wait("for=publication&status=PENDING").await["test"]["test_code"], "NEW1");
        account.advance("1h").await;
        let code = account.booked("C1").await["booking_code"].clone();
        for status in ["SUBMITTED", "UNDER_REVIEW"] {
            let session = json!({ "session_id": "SESSION1", "booking_code": code, "status": status });
            let given = json!({ "proctoring_sessions": [session] });
            account.control(Method::POST, "/fixtures", Some(given)).await.expect(200);
        }
        let clean = json!({ "review_status": "CLEAN" });
        account.control(Method::POST, "/proctoring/sessions/SESSION1/review", Some(clean)).await.expect(200);
    };
    let (published, reviewed, ()) = tokio::join!(published, reviewed, life);
    assert_eq!((&published["status"], &published["test"]["test_code"]), (&json!("PUBLISHED"), &json!("NEW1")));
    assert_eq!((&reviewed["session_id"], &reviewed["review"]["status"]), (&json!("SESSION1"), &json!("CLEAN")));
    for (query, told) in [
        ("for=publication&candidate_id=C1", "candidate_id: expected a filter of for=publication"),
        ("for=session&attempts=1", "attempts: expected a filter of for=session"),
    ] {
        let refused = account.control(Method::GET, &format!("/wait?{query}"), None).await.problem(400);
        assert!(refused.starts_with(told), "{refused}");
    }
}

#[actix_web::test]
async fn a_wait_ends_when_its_account_is_deleted() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let began = std::time::Instant::now();
    let wait = account.control(Method::GET, "/wait?for=booking&timeout=5m", None);
    let delete = account.control(Method::DELETE, "", None);
    let (waited, deleted) = tokio::join!(wait, delete);
    deleted.expect(204);
    // The deletion may overtake the wait.
    assert!([404, 408].contains(&waited.status), "{}", waited.text);
    assert!(began.elapsed().as_secs() < 60);
}
