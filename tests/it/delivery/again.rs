//! Sending again: as recorded or told anew, at a rate, rehearsed to the byte.

use reqwest::Method;
use serde_json::{Value, json};

use super::frozen;
use crate::action::{text, texts};
use crate::receiver::{Receiver, reply};
use crate::server::{Account, Server};

async fn resend(account: &Account<'_>, input: Value) -> Value {
    account.control(Method::POST, "/error-queue/resend", Some(input)).await.expect(200)
}

async fn resend_one(account: &Account<'_>, id: &str, input: Value) -> Value {
    account.control(Method::POST, &format!("/deliveries/{id}/resend"), Some(input)).await.expect(200)
}

#[actix_web::test]
async fn as_recorded_sends_the_same_id_and_bytes_to_where_the_subscription_points_now() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let (old, new) = (Receiver::start(), Receiver::start());
    old.answers([reply(500)]);
    account.subscribe(&old.url, json!({})).await;
    let booking = account.booked("C1").await;
    let first = old.next().await;
    account.wait_for(1, "failed").await;
    account.booking(text(&booking, "booking_code"), "cancel").await.expect(200);
    old.next().await;
    let more = json!({ "method": "POST", "auth": { "type": "bearer", "token": "t2" }, "timestamps": "millis" });
    account.subscribe(&new.url, more).await;
    let rotated = account.subscription("rotate-secret").await;
    let sent = resend(&account, json!({ "as": "recorded" })).await;
    assert_eq!(sent["count"], 1);
    let again = new.next().await;
    assert_eq!((again.method.as_str(), again.header("authorization")), ("POST", "Bearer t2"));
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(again.body, first.body);
    assert!(again.is_signed_with(text(&rotated["signing"], "secret")));
}

#[actix_web::test]
async fn told_anew_it_is_another_delivery_of_the_records_as_they_stand() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers([reply(500)]);
    account.subscribe(&receiver.url, json!({})).await;
    account.booked("C1").await;
    let first = receiver.next().await;
    let failed = account.wait("for=delivery&status=failed").await;
    let renamed = json!({ "candidate": { "candidate_id": "C1", "first_name": "Joanna", "last_name": "Doe" },
        "test_code": "EXAM1" });
    account.put("/candidates/C1/tests/EXAM1", renamed).await.expect(204);
    account.advance("1h").await;
    let sent = resend(&account, json!({ "as": "now" })).await;
    let anew = receiver.next().await;
    assert_eq!(texts(sent["items"].as_array().expect("items"), "id"), [anew.header("webhook-id")]);
    assert_ne!(anew.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(
        (anew.member("candidate_fname"), anew.member("change_reason")),
        ("Joanna".into(), "BOOKING_CREATED".into())
    );
    assert_eq!(anew.member("effective_date"), "2026-03-01T13:00:00Z");
    account.wait_for(1, "delivered").await;
    let old = account.deliveries().await.remove(0);
    assert_eq!(old["status"], "discarded");
    assert_eq!(old["reason"], format!("sent anew as {}", anew.header("webhook-id")));
    // What was delivered stays so, and can be told anew as well.
    let id = anew.header("webhook-id").to_owned();
    let third = resend_one(&account, &id, json!({ "as": "now" })).await;
    assert_ne!(third["id"], id);
    receiver.next().await;
    account.wait_for(2, "delivered").await;
    assert_eq!(failed["id"], first.header("webhook-id"));
}

#[actix_web::test]
async fn all_are_sent_again_or_none() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers((0..3).map(|_| reply(500)));
    account.subscribe(&receiver.url, json!({})).await;
    account.booked("C1").await;
    let moved = account.booked("C2").await;
    account.booking(text(&moved, "booking_code"), "reschedule").await.expect(200);
    receiver.take(3).await;
    account.wait_for(3, "failed").await;
    let before = account.deliveries().await;
    let input = json!({ "as": "now" });
    let refused = account.control(Method::POST, "/error-queue/resend", Some(input.clone())).await.problem(409);
    assert!(refused.contains(text(&moved, "booking_code")) && refused.contains("as recorded"), "{refused}");
    assert_eq!(account.deliveries().await, before);
    account.set(json!({ "max_deliveries": 4 })).await;
    let two = json!({ "as": "now", "candidate_id": "C1" });
    assert_eq!(resend(&account, two.clone()).await["count"], 1);
    receiver.next().await;
    account.wait_for(1, "delivered").await;
    let moved = json!({ "as": "now", "change_reason": "BOOKING_RESCHEDULED" });
    account.control(Method::POST, "/error-queue/resend", Some(moved)).await.problem(503);
    for (input, word) in [
        (json!({ "as": "yesterday" }), "as"),
        (json!({ "rate": 0 }), "rate: expected"),
        (json!({ "rate": -1 }), "rate: expected"),
        (json!({ "rate": "fast" }), "rate"),
    ] {
        let refused = account.control(Method::POST, "/error-queue/resend", Some(input)).await.problem(400);
        assert!(refused.contains(word), "{refused}");
    }
    let refused = account.control(Method::POST, "/error-queue/discard", Some(json!({ "rate": 1 }))).await;
    assert!(refused.problem(400).contains("nothing is sent"));
}

#[actix_web::test]
async fn a_rate_spreads_the_queue_over_the_account_s_clock() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers((0..5).map(|_| reply(500)));
    account.subscribe(&receiver.url, json!({})).await;
    for candidate in 0..5 {
        account.booked(&format!("C{candidate}")).await;
    }
    receiver.take(5).await;
    account.wait_for(5, "failed").await;
    let sent = resend(&account, json!({ "rate": 0.5 })).await;
    let due = texts(sent["items"].as_array().expect("items"), "due");
    assert_eq!(due, [0, 2, 4, 6, 8].map(|second| format!("2026-03-01T12:00:0{second}.000Z")));
    receiver.next().await;
    account.advance("3s").await;
    receiver.next().await;
    assert_eq!(account.statuses().await.iter().filter(|status| *status == "pending").count(), 3);
    account.advance("5s").await;
    receiver.take(3).await;
    account.wait_for(5, "delivered").await;
}

#[actix_web::test]
async fn what_is_told_anew_keeps_the_rate_too() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers((0..3).map(|_| reply(500)));
    account.subscribe(&receiver.url, json!({})).await;
    for candidate in 0..3 {
        account.booked(&format!("C{candidate}")).await;
    }
    receiver.take(3).await;
    account.wait_for(3, "failed").await;
    let sent = resend(&account, json!({ "as": "now", "rate": 1 })).await;
    let due = texts(sent["items"].as_array().expect("items"), "due");
    assert_eq!(due, [0, 1, 2].map(|second| format!("2026-03-01T12:00:0{second}.000Z")));
    receiver.next().await;
    account.advance("2s").await;
    receiver.take(2).await;
}

#[actix_web::test]
async fn a_dry_run_is_the_real_one_but_for_the_sending() {
    let server = Server::shared();
    let mut given = frozen();
    given["account"] = json!({ "settings": { "signature_time": "clock" } });
    let account = server.account(given).await;
    let receiver = Receiver::start();
    receiver.answers([reply(401)]);
    account.subscribe(&receiver.url, json!({})).await;
    // The first attempt was spoiled; the next one is not.
    let fault = json!({ "times": 1, "effect": { "notification": { "altered_body": true, "wrong_key": true } } });
    account.control(Method::POST, "/faults", Some(fault)).await.expect(201);
    account.booked("C1").await;
    let spoiled = receiver.next().await;
    account.wait_for(1, "failed").await;
    for manner in ["recorded", "now"] {
        let dry = resend(&account, json!({ "dry_run": true, "as": manner })).await;
        let would = &dry["requests"][0];
        receiver.answers([reply(500)]);
        resend(&account, json!({ "as": manner })).await;
        let sent = receiver.next().await;
        assert_eq!(text(would, "body").as_bytes(), sent.body, "{manner}");
        assert_ne!(sent.body, spoiled.body);
        assert_eq!(would["id"], sent.header("webhook-id"), "{manner}");
        let signature =
            would["headers"].as_array().expect("headers").iter().find(|pair| pair[0] == "webhook-signature");
        assert_eq!(signature.expect("a signature")[1], sent.header("webhook-signature"), "{manner}");
        account.wait(&format!("for=delivery&status=failed&count=1&booking_code={}", sent.member("booking_code"))).await;
    }
    // What the real one would refuse, it refuses.
    let refuse = async |input: Value, status| {
        account.control(Method::POST, "/error-queue/resend", Some(input)).await.problem(status)
    };
    assert!(refuse(json!({ "dry_run": true, "rate": 0 }), 400).await.starts_with("rate: "));
    account.set(json!({ "max_deliveries": 2 })).await;
    refuse(json!({ "dry_run": true, "as": "now" }), 503).await;
    account.control(Method::DELETE, "/subscriptions/booking_notification", None).await.expect(204);
    refuse(json!({ "dry_run": true }), 409).await;
}

#[actix_web::test]
async fn a_dry_run_shows_what_would_be_sent_to_the_byte() {
    let server = Server::shared();
    let mut given = frozen();
    given["account"] = json!({ "settings": { "signature_time": "clock" } });
    let account = server.account(given).await;
    let receiver = Receiver::start();
    let url = format!("{}?tenant=a%20b", receiver.url);
    for signing in ["standard-webhooks", "ed25519", "http-message-signatures", "none"] {
        let auth = json!({ "type": "basic", "username": "u", "password": "never-shown" });
        account.subscribe(&url, json!({ "signing": { "type": signing }, "auth": auth })).await;
        receiver.answers([reply(500)]);
        account.booked(signing).await;
        let first = receiver.next().await;
        account.wait(&format!("for=delivery&status=failed&candidate_id={signing}")).await;
        let before = account.deliveries().await;
        let dry = resend(&account, json!({ "dry_run": true, "candidate_id": signing })).await;
        assert_eq!(account.deliveries().await, before, "a dry run changes nothing");
        assert!(!dry.to_string().contains("never-shown"));
        resend(&account, json!({ "candidate_id": signing })).await;
        let sent = receiver.next().await;
        let would = &dry["requests"][0];
        assert_eq!(would["id"], before.last().expect("a row")["id"]);
        assert_eq!(would["request_line"], format!("PUT {url}"));
        assert_eq!(text(would, "body").as_bytes(), sent.body);
        assert_eq!(sent.body, first.body);
        let shown: Vec<(String, String)> = serde_json::from_value(would["headers"].clone()).expect("headers");
        let hidden = |(name, value): &(String, String)| {
            (name.clone(), if name == "authorization" { "***".to_owned() } else { value.clone() })
        };
        let mut came: Vec<_> = sent.headers.iter().map(hidden).collect();
        let mut shown = shown;
        came.sort();
        shown.sort();
        assert_eq!(shown, came, "{signing}");
        account.wait(&format!("for=delivery&status=delivered&candidate_id={signing}")).await;
    }
}
