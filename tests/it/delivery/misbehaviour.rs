//! Notifications that go wrong on request: lost, late, doubled, out of order, held, wrongly signed, altered.

use reqwest::Method;
use serde_json::{Value, json};

use super::{changes, frozen};
use crate::action::{text, texts};
use crate::receiver::{Call, Receiver, held, reply};
use crate::server::{Account, Server};

/// Spoils notifications: an effect, and more members of the fault.
pub async fn spoil(account: &Account<'_>, effect: Value, more: Value) {
    let mut fault = json!({ "effect": { "notification": effect } });
    fault.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    account.control(Method::POST, "/faults", Some(fault)).await.expect(201);
}

pub fn ids(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| call.header("webhook-id").to_owned()).collect()
}

#[actix_web::test]
async fn a_lost_notification_is_never_sent_and_can_be_sent_by_hand() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    spoil(
        &account,
        json!({ "drop": true }),
        json!({ "id": "lost", "match": { "change_reason": "BOOKING_CANCELLED" } }),
    )
    .await;
    changes(&account, "C1", 3).await;
    assert_eq!(texts_of(&receiver.take(2).await), ["BOOKING_CREATED", "BOOKING_CREATED"]);
    account.wait_for(2, "delivered").await;
    let lost = &account.deliveries().await[1];
    assert_eq!(lost["status"], "discarded");
    assert_eq!((&lost["fault"], &lost["attempts"]), (&json!("lost"), &json!(0)));
    assert_eq!(lost["reason"], "fault lost: not sent: it is lost");
    // What is sent by hand meets the faults that stand.
    assert_eq!(account.resend(text(lost, "id")).await.expect(200)["status"], "discarded");
    account.control(Method::DELETE, "/faults", None).await.expect(204);
    account.resend(text(lost, "id")).await.expect(200);
    assert_eq!(receiver.next().await.member("change_reason"), "BOOKING_CANCELLED");
    account.wait_for(3, "delivered").await;
}

pub fn texts_of(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| call.member("change_reason")).collect()
}

#[actix_web::test]
async fn a_late_notification_waits_for_its_time_on_the_account_s_clock() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    spoil(&account, json!({ "delay": "10m" }), json!({ "times": 1 })).await;
    changes(&account, "C1", 2).await;
    changes(&account, "C2", 1).await;
    assert_eq!(receiver.next().await.member("candidate_id"), "C2");
    assert_eq!(account.advance("9m 59s").await["ran"].as_array().map(Vec::len), Some(0));
    let ran = account.advance("1s").await;
    assert_eq!(texts(ran["ran"].as_array().expect("rows"), "change_reason"), ["BOOKING_CREATED", "BOOKING_CANCELLED"]);
    receiver.take(2).await;
}

#[actix_web::test]
async fn a_doubled_notification_has_the_same_id_and_bytes_and_keeps_the_order() {
    let server = Server::start();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    // The last copy is refused: what was delivered stays delivered.
    receiver.answers([reply(200), reply(200), reply(500)]);
    account.subscribe(&receiver.url, json!({})).await;
    spoil(&account, json!({ "duplicate": 2 }), json!({ "times": 1 })).await;
    changes(&account, "C1", 2).await;
    let calls = receiver.take(4).await;
    account.wait_for(2, "delivered").await;
    let rows = texts(&account.deliveries().await, "id");
    assert_eq!(ids(&calls), [0, 0, 0, 1].map(|index: usize| rows[index].clone()));
    assert_eq!(calls[0].body, calls[2].body);
    let deliveries = account.deliveries().await;
    assert_eq!((&deliveries[0]["attempts"], &deliveries[1]["attempts"]), (&json!(3), &json!(1)));
    assert_eq!(account.attempts(&rows[0]).await.len(), 3);
    assert_eq!(deliveries[0]["last_status"], 200, "the row tells of the delivery, not of its copies");
    assert_eq!(deliveries[0]["reason"], "delivered: the receiver answered 200");
    let metric = |outcome| format!("atlas_sandbox_delivery_attempts_total{{outcome=\"{outcome}\"}}");
    assert_eq!((server.metric(&metric("delivered")).await, server.metric(&metric("failed")).await), (3, 1));
}

#[actix_web::test]
async fn copies_that_nobody_is_there_for_any_more_leave_the_row_delivered_and_forgotten() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers([reply(200), held(200)]);
    account.subscribe(&receiver.url, json!({ "timeout": "60s" })).await;
    spoil(&account, json!({ "duplicate": 5 }), json!({ "times": 1 })).await;
    changes(&account, "C1", 1).await;
    receiver.take(2).await;
    account.control(Method::DELETE, "/subscriptions/booking_notification", None).await.expect(204);
    receiver.release(1);
    let row = account.wait_for(1, "delivered").await;
    account.subscribe(&receiver.url, json!({})).await;
    receiver.answers([reply(500)]);
    account.resend(text(&row, "id")).await.expect(200);
    receiver.next().await;
    assert_eq!(account.wait_for(1, "failed").await["attempts"], 3);
}

#[actix_web::test]
async fn what_is_spoiled_after_signing_does_not_verify_and_the_next_attempt_does() {
    let server = Server::shared();
    let receiver = Receiver::start();
    for (effect, reason, altered) in [
        (json!({ "wrong_key": true }), "wrong-secret", false),
        (json!({ "old_key": true }), "old-secret", false),
        (json!({ "skewed_timestamp": -600 }), "timestamp-too-old", false),
        (json!({ "skewed_timestamp": 600 }), "timestamp-too-new", false),
        (json!({ "altered_body": true }), "body-altered", true),
        (json!({ "truncated_body": true }), "body-altered", true),
        (json!({ "skewed_timestamp": -600, "altered_body": true }), "body-altered", true),
    ] {
        let account = server.account(frozen()).await;
        account.subscribe(&receiver.url, json!({})).await;
        let rotated = account.subscription("rotate-secret").await;
        let secret = text(&rotated["signing"], "secret").to_owned();
        receiver.answers([reply(401)]);
        spoil(&account, effect.clone(), json!({ "id": "f", "times": 1 })).await;
        account.booked("C1").await;
        let spoiled = receiver.next().await;
        assert!(!spoiled.is_signed_with(&secret), "{effect}");
        let headers: serde_json::Map<_, _> =
            spoiled.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let body = String::from_utf8_lossy(&spoiled.body).into_owned();
        let input = json!({ "headers": headers, "body": body, "secret": secret });
        let told = server.control(Method::POST, "/signatures/explain", Some(input)).await.expect(200);
        assert_eq!(told["reason"], reason, "{effect}: {told}");
        let failed = account.wait("for=delivery&status=failed").await;
        assert!(text(&failed, "reason").contains("(fault f: "), "{failed}");
        let kept = &account.attempts(text(&failed, "id")).await[0];
        assert_eq!(kept["request_body"], body, "the attempt keeps what was sent");
        assert_eq!(body != text(&failed, "body"), altered, "{effect}");
        account.resend(text(&failed, "id")).await.expect(200);
        let sound = receiver.next().await;
        assert!(sound.is_signed_with(&secret), "{effect}");
        assert_eq!(sound.json()["candidate_id"], "C1");
        account.wait_for(1, "delivered").await;
    }
}

#[actix_web::test]
async fn an_old_key_is_a_wrong_one_before_the_first_rotation_also_of_key_pairs() {
    let server = Server::shared();
    let receiver = Receiver::start();
    for signing in ["standard-webhooks", "ed25519", "http-message-signatures"] {
        let account = server.account(frozen()).await;
        account.subscribe(&receiver.url, json!({ "signing": { "type": signing } })).await;
        spoil(&account, json!({ "old_key": true }), json!({ "times": 1 })).await;
        account.booked("C1").await;
        let call = receiver.next().await;
        let delivery = account.wait_for(1, "delivered").await;
        assert!(text(&delivery, "reason").contains("signed with a wrong key"), "{delivery}");
        assert!(!call.header("webhook-id").is_empty());
    }
}

#[actix_web::test]
async fn a_way_that_comes_and_goes_fails_without_being_sent() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    spoil(&account, json!({ "flapping": { "up": 2, "down": 1 } }), json!({ "id": "way" })).await;
    changes(&account, "C1", 6).await;
    receiver.take(4).await;
    account.wait_for(2, "failed").await;
    account.wait_for(4, "delivered").await;
    let statuses = account.statuses().await;
    assert_eq!(statuses, ["delivered", "delivered", "failed", "delivered", "delivered", "failed"]);
    let failed = account.deliveries().await.remove(2);
    assert_eq!(failed["reason"], "not sent: no way to the receiver (fault way: flapping)");
    // Where it is automatic, the way may be there again.
    let account = server.account(frozen()).await;
    account.subscribe(&receiver.url, json!({ "retry": "automatic", "retry_schedule": ["1m"] })).await;
    spoil(&account, json!({ "flapping": { "up": 0, "down": 1 } }), json!({})).await;
    account.booked("C1").await;
    account.advance("1m").await;
    receiver.next().await;
    assert_eq!(account.wait_for(1, "delivered").await["attempts"], 2);
}

#[actix_web::test]
async fn chance_comes_from_the_seed() {
    let server = Server::shared();
    let receiver = Receiver::start();
    let mut told = Vec::new();
    for seed in [7, 7, 8] {
        let mut given = frozen();
        given["account"] = json!({ "account_code": "CHANCE" });
        given["seed"] = json!(seed);
        let account = server.account(given).await;
        account.subscribe(&receiver.url, json!({})).await;
        spoil(&account, json!({ "drop": true }), json!({ "probability": 0.5 })).await;
        changes(&account, "C1", 24).await;
        let statuses: Vec<bool> = account.statuses().await.iter().map(|status| status == "discarded").collect();
        receiver.take(statuses.iter().filter(|lost| !**lost).count()).await;
        told.push(statuses);
        account.control(Method::DELETE, "", None).await.expect(204);
    }
    assert_eq!(told[0], told[1]);
    assert_ne!(told[0], told[2]);
    let lost = told[0].iter().filter(|lost| **lost).count();
    assert!((4..=20).contains(&lost), "{lost} of 24");
}

#[actix_web::test]
async fn a_fault_of_notifications_takes_those_it_matches_and_no_call() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    for r#match in [
        json!({ "service": "assessment_results" }),
        json!({ "candidate": "C2" }),
        json!({ "booking_code": "NOSUCH00" }),
        json!({ "change_reason": "ABSENT" }),
    ] {
        spoil(&account, json!({ "drop": true }), json!({ "match": r#match })).await;
    }
    account.booked("C1").await;
    receiver.next().await;
    account.booked("C2").await;
    account.wait_for(1, "discarded").await;
    let faults = account.control(Method::GET, "/faults", None).await.expect(200);
    let fired: Vec<_> = faults["faults"].as_array().expect("faults").iter().map(|fault| &fault["fired"]).collect();
    assert_eq!(fired, [0, 1, 0, 0]);
}

#[actix_web::test]
async fn named_sets_spoil_notifications_too() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let mut receiver = Receiver::start();
    receiver.ignore_rest();
    account.subscribe(&receiver.url, json!({})).await;
    account.control(Method::POST, "/faults", Some(json!({ "set": "duplicate-storm" }))).await.expect(201);
    changes(&account, "C1", 6).await;
    account.wait_for(6, "delivered").await;
    let attempts: u64 = account.deliveries().await.iter().filter_map(|row| row["attempts"].as_u64()).sum();
    assert!((12..=36).contains(&attempts), "{attempts}");
    let faults = json!({ "faults": [{ "set": "clock-skew" }] });
    account.control(Method::PUT, "/faults", Some(faults)).await.expect(200);
    changes(&account, "C2", 12).await;
    account.wait_for(18, "delivered").await;
    let reasons = texts(&account.deliveries().await[6..], "reason");
    let off = reasons.iter().filter(|reason| reason.contains("the timestamp is off")).count();
    assert!((1..12).contains(&off), "{reasons:?}");
}

#[actix_web::test]
async fn a_fault_of_notifications_that_does_not_fit_is_refused_and_named() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for (fault, word) in [
        (json!({ "effect": { "notification": {} } }), "effect.notification: expected something"),
        (json!({ "effect": { "notification": { "lose": true } } }), "lose"),
        (json!({ "effect": { "notification": { "duplicate": 0 } } }), "effect.notification.duplicate: expected 1 to"),
        (json!({ "effect": { "notification": { "reorder": 9999 } } }), "effect.notification.reorder: expected 1 to"),
        (json!({ "effect": { "notification": { "drop": true, "hold": true } } }), "effect.notification.drop"),
        (json!({ "effect": { "notification": { "hold": true, "reorder": 1 } } }), "hold or reorder"),
        (
            json!({ "effect": { "notification": { "skewed_timestamp": i64::MIN } } }),
            "effect.notification.skewed_timestamp: expected 100 years of seconds at most",
        ),
        (json!({ "effect": { "notification": { "wrong_key": true, "old_key": true } } }), "wrong_key or old_key"),
        (json!({ "effect": { "notification": { "drop": true }, "status": 500 } }), "no other member beside"),
        (
            json!({ "effect": { "notification": { "flapping": { "up": 1, "down": 0 } } } }),
            "effect.notification.flapping.down",
        ),
        (json!({ "effect": { "notification": { "drop": true } }, "match": { "path": "/x" } }), "match: expected"),
        (
            json!({ "effect": { "notification": { "drop": true } }, "match": { "service": "eligibility" } }),
            "match.service: expected booking_notification, ",
        ),
        (json!({ "effect": { "status": 500 }, "match": { "service": "booking_notification" } }), "match.service"),
        (json!({ "effect": { "status": 500 }, "match": { "change_reason": "ABSENT" } }), "match: expected"),
    ] {
        let refused = account.control(Method::POST, "/faults", Some(fault.clone())).await.problem(400);
        assert!(refused.contains(word), "{fault}: {refused}");
    }
    for (wanted, status, word) in [
        (json!({ "order": "random" }), 400, "order"),
        (json!({ "ids": ["msg_0"] }), 404, "msg_0"),
        (json!({ "ids": [], "order": "reversed" }), 400, "order: expected none beside ids"),
    ] {
        let path = "/subscriptions/booking_notification/flush";
        let refused = account.control(Method::POST, path, Some(wanted.clone())).await.problem(status);
        assert!(refused.contains(word), "{wanted}: {refused}");
    }
}
