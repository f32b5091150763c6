//! How bookings end, what is refused after it, and how they are found.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{all, given, in_status};
use crate::action::{text, texts};
use crate::server::Server;

#[actix_web::test]
async fn a_booking_that_has_ended_refuses_every_further_action() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (status, state, allowed) in
        [("CSS2", "CANCELLED", ""), ("CSS5", "COMPLETED", ""), ("CSS8", "ABSENT", "excuse"), ("CSS9", "EXCUSED", "")]
    {
        let (_, code) = in_status(&account, status, status).await;
        let code = code.unwrap();
        for action in ["reschedule", "cancel", "complete", "absent", "excuse"] {
            if action == allowed {
                continue;
            }
            let before = all(&account).await;
            let refused = account.booking(&code, action).await.problem(409);
            assert!(refused.contains(state), "{state} {action}: {refused}");
            assert_eq!(all(&account).await, before, "{state} {action}");
        }
    }
}

#[actix_web::test]
async fn every_action_moves_booking_and_eligibility_together() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (candidate, actions, state, status) in [
        ("1", ["cancel"].as_slice(), "CANCELLED", "CSS2"),
        ("2", &["complete"], "COMPLETED", "CSS5"),
        ("3", &["absent"], "ABSENT", "CSS8"),
        ("4", &["excuse"], "EXCUSED", "CSS9"),
        ("5", &["absent", "excuse"], "EXCUSED", "CSS9"),
    ] {
        let booking = account.booked(candidate).await;
        let code = text(&booking, "booking_code");
        let mut after = Value::Null;
        for action in actions {
            after = account.booking(code, action).await.expect(200);
        }
        assert_eq!(after["state"], state, "{actions:?}");
        assert_eq!(account.control(Method::GET, &format!("/bookings/{code}"), None).await.expect(200), after);
        assert_eq!(account.eligibility(text(&booking, "psi_eligiblity_id")).await["status"], status, "{actions:?}");
        let partner = account.get(&format!("/candidates/{candidate}")).await.expect(200);
        assert_eq!(partner[0]["status"], status, "{actions:?}");
    }
}

#[actix_web::test]
async fn of_many_at_once_one_ends_a_booking() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let booking = account.booked("C1").await;
    let actions = ["cancel", "complete", "absent", "excuse", "cancel", "complete"];
    let answers = join_all(actions.map(|action| account.booking(text(&booking, "booking_code"), action))).await;
    let ended = answers.iter().filter(|answer| answer.status == 200).count();
    // An absence that was noted first may be excused after it.
    let reasons = texts(&account.deliveries().await, "change_reason");
    let expected =
        if reasons.contains(&"ABSENT".to_owned()) && reasons.contains(&"EXCUSED_ABSENT".to_owned()) { 2 } else { 1 };
    assert_eq!((ended, reasons.len()), (expected, 1 + expected), "{reasons:?}");
}

#[actix_web::test]
async fn a_program_without_excused_absences_refuses_them() {
    let server = Server::shared();
    let mut given = given();
    given["account"] = json!({ "settings": { "excused_absence": false } });
    let account = server.account(given).await;
    let booking = account.booked("C1").await;
    let code = text(&booking, "booking_code");
    assert!(account.booking(code, "excuse").await.problem(409).contains("excused_absence"));
    account.booking(code, "absent").await.expect(200);
    let before = all(&account).await;
    account.booking(code, "excuse").await.problem(409);
    assert_eq!(all(&account).await, before);
    account.set(json!({ "excused_absence": true })).await;
    account.booking(code, "excuse").await.expect(200);
}

#[actix_web::test]
async fn a_finished_exam_may_carry_its_result() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (candidate, input, result, score) in [
        ("1", json!({}), Value::Null, Value::Null),
        ("2", json!({ "result": "PASS", "score": "87" }), json!("PASS"), json!("87")),
        ("3", json!({ "result": "FAIL", "score": 12.5 }), json!("FAIL"), json!("12.5")),
        ("4", json!({ "result": "NA", "score": 3 }), json!("NA"), json!("3")),
        ("5", json!({ "result": "PASS" }), json!("PASS"), json!("")),
    ] {
        let booking = account.booked(candidate).await;
        let done = account.booking_as(text(&booking, "booking_code"), "complete", input).await.expect(200);
        assert_eq!((&done["result"]["result"], &done["result"]["score"]), (&result, &score), "{candidate}");
        if !result.is_null() {
            assert_eq!(done["result"]["received"], "2026-03-01T12:00:00.000Z");
        }
        let kept = account.control(Method::GET, &format!("/bookings/{}", text(&booking, "booking_code")), None).await;
        assert_eq!(kept.expect(200), done);
    }
    let booking = account.booked("6").await;
    let before = all(&account).await;
    for input in [
        json!({ "score": "87" }),
        json!({ "result": "GOOD" }),
        json!({ "result": "PASS", "score": [] }),
        json!({ "grade": 1 }),
    ] {
        account.booking_as(text(&booking, "booking_code"), "complete", input.clone()).await.problem(400);
        assert_eq!(all(&account).await, before, "{input}");
    }
}

#[actix_web::test]
async fn no_transition_depends_on_the_start_of_the_booking() {
    let server = Server::shared();
    let account = server.account(given()).await;
    for (candidate, instant) in [("before", "2026-03-02T00:00:00Z"), ("after", "2026-04-01T00:00:00Z")] {
        for action in ["cancel", "complete", "absent", "excuse", "reschedule"] {
            account.clock(json!({ "action": "freeze", "instant": "2026-03-01T12:00:00Z" })).await.expect(200);
            let booking = account.booked(&format!("{candidate}-{action}")).await;
            account.clock(json!({ "action": "set", "instant": instant })).await.expect(200);
            account.booking(text(&booking, "booking_code"), action).await.expect(200);
        }
    }
}

#[actix_web::test]
async fn what_is_unknown_is_a_404() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let booking = account.booked("C1").await;
    let code = text(&booking, "booking_code");
    for id in ["AAAAAAAA", "none", &code.to_lowercase(), "%20"] {
        account.schedule_as(id, json!({})).await.problem(404);
        account.control(Method::GET, &format!("/eligibilities/{id}"), None).await.problem(404);
        account.control(Method::GET, &format!("/bookings/{id}"), None).await.problem(404);
        for action in ["reschedule", "cancel", "complete", "absent", "excuse"] {
            account.booking(id, action).await.problem(404);
        }
    }
    account.booking(code, "celebrate").await.problem(404);
    account.schedule_as(code, json!({})).await.problem(404);
    // Another account's booking is as unknown as any.
    let other = server.account(given()).await;
    other.booking(code, "cancel").await.problem(404);
    other.schedule_as(text(&booking, "psi_eligiblity_id"), json!({})).await.problem(404);
    server.control(Method::POST, &format!("/accounts/NOBODY/bookings/{code}/cancel"), None).await.problem(404);
}

#[actix_web::test]
async fn bookings_are_listed_oldest_first_by_filter_and_page() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let mut codes = Vec::new();
    for (candidate, test) in [("1", "EXAM1"), ("1", "SITE1"), ("2", "EXAM1")] {
        let id = account.eligible(candidate, test).await;
        codes.push(text(&account.schedule(&id).await, "booking_code").to_owned());
    }
    account.booking(&codes[2], "cancel").await.expect(200);
    for (query, expected) in [
        ("", vec![0, 1, 2]),
        ("?candidate_id=1", vec![0, 1]),
        ("?test_code=EXAM1", vec![0, 2]),
        ("?candidate_id=1&test_code=EXAM1", vec![0]),
        ("?state=CANCELLED", vec![2]),
        ("?state=BOOKED", vec![0, 1]),
        ("?candidate_id=3", vec![]),
        ("?limit=2", vec![0, 1]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|index: usize| codes[index].clone()).collect();
        assert_eq!(texts(&account.items(&format!("/bookings{query}")).await, "booking_code"), expected, "{query}");
    }
    let page = account.control(Method::GET, "/bookings?limit=2", None).await.expect(200);
    let cursor = text(&page, "next_cursor");
    let rest = account.control(Method::GET, &format!("/bookings?limit=2&cursor={cursor}"), None).await.expect(200);
    assert_eq!(texts(rest["items"].as_array().unwrap(), "booking_code"), codes[2..]);
    assert_eq!(rest["next_cursor"], Value::Null);
    for query in ["state=LOST", "limit=0", "limit=501", "limit=x", "cursor=x", "colour=red"] {
        account.control(Method::GET, &format!("/bookings?{query}"), None).await.problem(400);
    }
}
