//! In order per eligibility, side by side otherwise; rows and the changes and accounts they belong to.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{changes, frozen};
use crate::action::{text, texts, until};
use crate::receiver::{BlackHole, Receiver, held, reply};
use crate::server::Server;

/// Attempts that ended when their row was gone.
const FORGOTTEN: &str = "atlas_sandbox_delivery_attempts_total{outcome=\"forgotten\"}";

#[actix_web::test]
async fn the_changes_of_an_eligibility_arrive_in_order_while_the_receiver_hangs() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers((0..4).map(|_| held(200)));
    account.subscribe(&receiver.url, json!({ "timeout": "60s" })).await;
    changes(&account, "C1", 4).await;
    let first = receiver.next().await;
    assert_eq!(account.statuses().await, ["sending", "pending", "pending", "pending"]);
    assert_eq!(receiver.unread(), 0);
    receiver.release(4);
    let mut told = vec![first.header("webhook-id").to_owned()];
    told.extend(receiver.take(3).await.iter().map(|call| call.header("webhook-id").to_owned()));
    account.wait_for(4, "delivered").await;
    assert_eq!(told, texts(&account.deliveries().await, "id"));
}

#[actix_web::test]
async fn who_waits_for_an_attempt_to_begin_is_told() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers([held(200)]);
    account.subscribe(&receiver.url, json!({ "timeout": "60s", "paused": true })).await;
    account.booked("C1").await;
    let (sending, ()) = futures_util::join!(account.wait("for=delivery&status=sending"), async {
        account.subscription("resume").await;
        receiver.next().await;
    });
    assert_eq!(sending["attempts"], 1);
    receiver.release(1);
    account.wait_for(1, "delivered").await;
}

#[actix_web::test]
async fn a_row_in_the_error_queue_holds_nothing_back() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers([held(500), reply(200), reply(400), reply(200)]);
    account.subscribe(&receiver.url, json!({})).await;
    changes(&account, "C1", 4).await;
    receiver.release(1);
    let told: Vec<_> = receiver.take(4).await.iter().map(|call| call.header("webhook-id").to_owned()).collect();
    account.wait_for(2, "delivered").await;
    assert_eq!(account.statuses().await, ["failed", "delivered", "failed", "delivered"]);
    assert_eq!(told, texts(&account.deliveries().await, "id"));
}

#[actix_web::test]
async fn many_eligibilities_are_sent_side_by_side() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers((0..32).map(|_| held(200)));
    account.subscribe(&receiver.url, json!({ "timeout": "60s", "concurrency": 12 })).await;
    join_all((0..16).map(|candidate| {
        let (account, candidate) = (&account, format!("C{candidate}"));
        async move { changes(account, &candidate, 2).await }
    }))
    .await;
    let candidates: std::collections::BTreeSet<_> =
        receiver.take(12).await.iter().map(|call| call.member("candidate_id")).collect();
    assert_eq!(candidates.len(), 12);
    let count = |statuses: &[String], wanted: &str| statuses.iter().filter(|status| *status == wanted).count();
    let statuses = account.statuses().await;
    assert_eq!((count(&statuses, "sending"), count(&statuses, "pending")), (12, 20));
    receiver.release(32);
    receiver.take(20).await;
    account.wait_for(32, "delivered").await;
}

#[actix_web::test]
async fn a_dead_receiver_of_one_account_does_not_delay_another() {
    let server = Server::shared();
    let (dead, lively) = (server.account(frozen()).await, server.account(frozen()).await);
    let (black_hole, receiver) = (BlackHole::open(), Receiver::start());
    dead.subscribe(&black_hole.url, json!({ "timeout": "5m" })).await;
    lively.subscribe(&receiver.url, json!({})).await;
    for candidate in 0..20 {
        dead.booked(&format!("C{candidate}")).await;
    }
    for candidate in 0..5 {
        lively.booked(&format!("C{candidate}")).await;
    }
    receiver.take(5).await;
    lively.wait_for(5, "delivered").await;
    let statuses = dead.statuses().await;
    let sending = statuses.iter().filter(|status| *status == "sending").count();
    assert_eq!((sending, statuses.len()), (16, 20), "{statuses:?}");
}

#[actix_web::test]
async fn a_dead_receiver_of_one_subscription_does_not_delay_another_of_its_account() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let (black_hole, receiver) = (BlackHole::open(), Receiver::start());
    account.subscribe(&receiver.url, json!({ "retry": "automatic", "retry_schedule": ["1s"] })).await;
    let dead = json!({ "url": black_hole.url, "timeout": "5m", "concurrency": 2 });
    for service in ["assessment_results", "assessment_results_notification"] {
        account.control(Method::PUT, &format!("/subscriptions/{service}"), Some(dead.clone())).await.expect(200);
    }
    account.clock(json!({ "action": "resume" })).await.expect(200);
    let result = json!({ "result": "PASS", "score": "87" });
    for candidate in 0..6 {
        let code = text(&account.booked(&format!("C{candidate}")).await, "booking_code").to_owned();
        receiver.next().await;
        account.booking_as(&code, "complete", result.clone()).await.expect(200);
        assert_eq!(receiver.next().await.member("change_reason"), "EXAM_COMPLETED");
    }
    // The dead ones are full by now, with rows that are due; the timer of a retry rings all the same.
    receiver.answers([reply(500)]);
    account.booked("C9").await;
    receiver.take(2).await;
    account.wait_for(13, "delivered").await;
    for service in ["assessment_results", "assessment_results_notification"] {
        let rows = account.items(&format!("/deliveries?service={service}")).await;
        let sending = rows.iter().filter(|row| row["status"] == "sending").count();
        assert_eq!((sending, rows.len()), (2, 6), "{service}");
    }
}

#[actix_web::test]
async fn a_row_is_made_in_the_same_step_as_its_change() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let black_hole = BlackHole::open();
    account.subscribe(&black_hole.url, json!({ "timeout": "5m" })).await;
    let id = account.eligible("C1", "EXAM1").await;
    let booking = account.schedule(&id).await;
    let deliveries = account.deliveries().await;
    let delivery = &deliveries[0];
    for (member, expected) in [
        ("service", json!("booking_notification")),
        ("change_reason", json!("BOOKING_CREATED")),
        ("booking_code", booking["booking_code"].clone()),
        ("candidate_id", json!("C1")),
        ("psi_eligiblity_id", json!(id)),
        ("created", json!("2026-03-01T12:00:00.000Z")),
        ("last_status", Value::Null),
    ] {
        assert_eq!(delivery[member], expected, "{member}");
    }
    account.booking(text(&booking, "booking_code"), "absent").await.expect(200);
    assert_eq!(texts(&account.deliveries().await, "change_reason"), ["BOOKING_CREATED", "ABSENT"]);
    // A refused change never has any.
    account.booking(text(&booking, "booking_code"), "complete").await.problem(409);
    assert_eq!(account.deliveries().await.len(), 2);
}

#[actix_web::test]
async fn a_change_beyond_max_deliveries_is_refused_before_it_happens() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let waiting = account.eligible("C1", "EXAM1").await;
    let codes: Vec<_> = [account.booked("C2").await, account.booked("C3").await]
        .iter()
        .map(|booking| text(booking, "booking_code").to_owned())
        .collect();
    account.set(json!({ "max_deliveries": 2 })).await;
    let before = account.items("/eligibilities").await;
    let bookings = account.items("/bookings").await;
    let mut refusals = vec![account.schedule_as(&waiting, json!({})).await];
    for action in ["reschedule", "cancel", "complete", "absent", "excuse"] {
        refusals.push(account.booking(&codes[0], action).await);
    }
    for refusal in refusals {
        let detail = refusal.problem(503);
        assert!(detail.contains("2 deliveries") && detail.contains("max_deliveries"), "{detail}");
    }
    assert!(account.delete("/candidates/C2/tests/EXAM1").await.refused(503).contains("max_deliveries"));
    let path = format!("/assessmentResultService/1.0.0/bookings/{}/results", codes[0]);
    let request = server.request(Method::PUT, &path).bearer_auth(&account.token);
    crate::server::send(request.json(&json!({ "result": "PASS", "score": "1" }))).await.refused(503);
    assert_eq!(account.items("/eligibilities").await, before);
    assert_eq!(account.items("/bookings").await, bookings);
    assert_eq!(account.deliveries().await.len(), 2);
    // What tells nothing still goes.
    account.eligible("C4", "EXAM1").await;
    account.delete("/candidates/C1/tests/EXAM1").await.expect(204);
    account.set(json!({ "max_deliveries": 3 })).await;
    account.booking(&codes[0], "cancel").await.expect(200);
    account.booking(&codes[1], "cancel").await.problem(503);
}

#[actix_web::test]
async fn a_deleted_account_sends_nothing_more() {
    let mut server = Server::start();
    let receiver = Receiver::start();
    receiver.answers([held(200)]);
    {
        let account = server.account(frozen()).await;
        account.subscribe(&receiver.url, json!({ "timeout": "60s" })).await;
        changes(&account, "C1", 4).await;
        receiver.next().await;
        account.control(Method::DELETE, "", None).await.expect(204);
    }
    assert_eq!(server.metric("atlas_sandbox_deliveries_open").await, 0);
    receiver.release(1);
    until("the attempt ends", async || server.metric(FORGOTTEN).await == 1).await;
    // What is under way on stop is finished, so that whatever was started has arrived by then.
    server.signal("TERM");
    assert_eq!(server.wait_for_end(), Some(0));
    assert_eq!(receiver.unread(), 0);
}

#[actix_web::test]
async fn an_attempt_of_an_earlier_life_changes_nothing_after_a_reset() {
    let server = Server::start();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers([held(500), reply(200)]);
    account.subscribe(&receiver.url, json!({ "timeout": "60s" })).await;
    changes(&account, "C1", 2).await;
    let first = receiver.next().await;
    account.control(Method::POST, "/reset", None).await.expect(204);
    assert_eq!(account.deliveries().await, [Value::Null; 0]);
    account.subscribe(&receiver.url, json!({ "timeout": "60s" })).await;
    account.booked("C1").await;
    // The same seed: the same identifier as the one that is still under way.
    let second = receiver.next().await;
    assert_eq!(second.header("webhook-id"), first.header("webhook-id"));
    account.wait_for(1, "delivered").await;
    receiver.release(1);
    until("the attempt ends", async || server.metric(FORGOTTEN).await == 1).await;
    let delivery = account.deliveries().await.remove(0);
    assert_eq!((&delivery["status"], &delivery["attempts"]), (&json!("delivered"), &json!(1)));
    assert_eq!(account.attempts(text(&delivery, "id")).await.len(), 1);
    assert_eq!(account.advance("1h").await["settled"], true);
}
