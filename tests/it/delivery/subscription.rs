//! Subscriptions: replaced, paused, disabled, deleted, and what becomes of the rows that wait.

use reqwest::Method;
use serde_json::{Value, json};

use super::{changes, frozen};
use crate::action::{text, texts};
use crate::receiver::{Receiver, held};
use crate::server::{Account, Answer, Server};

async fn put_subscription(account: &Account<'_>, service: &str, body: Value) -> Answer {
    account.control(Method::PUT, &format!("/subscriptions/{service}"), Some(body)).await
}

#[actix_web::test]
async fn without_a_subscription_that_is_enabled_a_row_says_why_it_was_not_sent() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    account.booked("1").await;
    account.subscribe(&receiver.url, json!({ "enabled": false })).await;
    account.booked("2").await;
    let deliveries = account.deliveries().await;
    assert_eq!(texts(&deliveries, "status"), ["discarded", "discarded"]);
    let no_subscription = "not sent: the account has no booking_notification subscription";
    let disabled = "not sent: the booking_notification subscription is disabled";
    assert_eq!(texts(&deliveries, "reason"), [no_subscription, disabled]);
    for delivery in &deliveries {
        let refused = account.resend(text(delivery, "id")).await.problem(409);
        assert!(refused.contains("no enabled booking_notification subscription"), "{refused}");
    }
    // Enabling sends nothing of the past by itself; by hand it can be sent.
    account.subscribe(&receiver.url, json!({})).await;
    assert_eq!(account.statuses().await, ["discarded", "discarded"]);
    account.resend(text(&deliveries[0], "id")).await.expect(200);
    assert_eq!(receiver.next().await.header("webhook-id"), text(&deliveries[0], "id"));
    account.wait_for(1, "delivered").await;
}

#[actix_web::test]
async fn a_paused_subscription_holds_its_rows_back_until_it_is_resumed() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    assert_eq!(account.subscription("pause").await["paused"], true);
    changes(&account, "C1", 3).await;
    changes(&account, "C2", 1).await;
    let deliveries = account.deliveries().await;
    assert_eq!(texts(&deliveries, "status"), ["paused"; 4]);
    assert_eq!(texts(&deliveries, "reason"), ["the subscription is paused"; 4]);
    // Paused rows do not keep an advance from settling.
    let moved = account.advance("1d").await;
    assert_eq!((&moved["settled"], &moved["ran"]), (&json!(true), &json!([])));
    let refused = account.resend(text(&deliveries[0], "id")).await.problem(409);
    assert!(refused.contains("still waits"), "{refused}");
    assert_eq!(account.subscription("resume").await["paused"], false);
    let told = receiver.take(4).await;
    account.wait_for(4, "delivered").await;
    let of_one: Vec<_> = told.iter().filter(|call| call.member("candidate_id") == "C1").collect();
    let of_one: Vec<_> = of_one.iter().map(|call| call.header("webhook-id").to_owned()).collect();
    assert_eq!(of_one, texts(&deliveries[..3], "id"));
}

#[actix_web::test]
async fn pausing_lets_the_attempt_under_way_finish_and_nothing_after_it() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers([held(200)]);
    account.subscribe(&receiver.url, json!({ "timeout": "60s" })).await;
    changes(&account, "C1", 3).await;
    receiver.next().await;
    account.subscription("pause").await;
    assert_eq!(account.statuses().await, ["sending", "paused", "paused"]);
    receiver.release(1);
    account.wait_for(1, "delivered").await;
    account.advance("1h").await;
    assert_eq!(account.statuses().await, ["delivered", "paused", "paused"]);
    account.subscription("resume").await;
    receiver.take(2).await;
    account.wait_for(3, "delivered").await;
}

#[actix_web::test]
async fn what_waits_is_discarded_when_its_subscription_goes() {
    let server = Server::shared();
    let disabled = "not sent: the booking_notification subscription was disabled";
    let deleted = "not sent: the booking_notification subscription was deleted";
    for (way, reason) in [("disabled", disabled), ("deleted", deleted), ("paused, then deleted", deleted)] {
        let account = server.account(frozen()).await;
        let receiver = Receiver::start();
        receiver.answers([held(200)]);
        account.subscribe(&receiver.url, json!({ "timeout": "60s" })).await;
        changes(&account, "C1", 3).await;
        receiver.next().await;
        if way.starts_with("paused") {
            account.subscription("pause").await;
        }
        if way == "disabled" {
            account.subscribe(&receiver.url, json!({ "enabled": false })).await;
        } else {
            account.control(Method::DELETE, "/subscriptions/booking_notification", None).await.expect(204);
        }
        let deliveries = account.deliveries().await;
        assert_eq!(texts(&deliveries, "status"), ["sending", "discarded", "discarded"], "{way}");
        assert_eq!(texts(&deliveries[1..], "reason"), [reason; 2], "{way}");
        receiver.release(1);
        account.wait_for(1, "delivered").await;
        assert_eq!(account.statuses().await, ["delivered", "discarded", "discarded"], "{way}");
    }
}

#[actix_web::test]
async fn a_retry_is_not_scheduled_for_a_subscription_that_went_or_was_paused() {
    let server = Server::shared();
    for (way, status, reason) in [
        ("disabled", "discarded", "not sent: the booking_notification subscription was disabled"),
        ("deleted", "discarded", "not sent: the booking_notification subscription was deleted"),
        ("paused", "paused", "the subscription is paused"),
    ] {
        let account = server.account(frozen()).await;
        let receiver = Receiver::start();
        receiver.answers([held(500)]);
        let automatic = json!({ "timeout": "60s", "retry": "automatic", "retry_schedule": ["1m"] });
        account.subscribe(&receiver.url, automatic).await;
        account.booked("C1").await;
        receiver.next().await;
        match way {
            "disabled" => drop(account.subscribe(&receiver.url, json!({ "enabled": false })).await),
            "paused" => drop(account.subscription("pause").await),
            _ => drop(account.control(Method::DELETE, "/subscriptions/booking_notification", None).await.expect(204)),
        }
        receiver.release(1);
        let delivery = account.wait_for(1, status).await;
        assert_eq!(delivery["reason"], reason, "{way}");
        assert_eq!(delivery["last_status"], 500, "{way}");
        let moved = account.advance("1h").await;
        assert_eq!((&moved["settled"], &moved["ran"]), (&json!(true), &json!([])), "{way}");
        if way == "paused" {
            account.subscription("resume").await;
            receiver.next().await;
            account.wait_for(1, "delivered").await;
        }
    }
}

#[actix_web::test]
async fn a_subscription_that_does_not_fit_is_refused_and_named() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    for (body, word) in [
        (json!({}), "url"),
        (json!({ "url": "" }), "url"),
        (json!({ "url": "ftp://host/x" }), "url"),
        (json!({ "url": "http://" }), "url"),
        (json!({ "url": "http:///path" }), "url"),
        (json!({ "url": "http://a b/" }), "url"),
        (json!({ "url": "http://h", "concurrency": 0 }), "concurrency"),
        (json!({ "url": "http://h", "timeout": "0s" }), "timeout"),
        (json!({ "url": "http://h", "timeout": "soon" }), "timeout"),
        (json!({ "url": "http://h", "timeout": 5 }), "timeout"),
        (json!({ "url": "http://h", "success": "201" }), "success"),
        (json!({ "url": "http://h", "method": "GET" }), "method"),
        (json!({ "url": "http://h", "retry": "often" }), "retry"),
        (json!({ "url": "http://h", "retry_schedule": ["x"] }), "retry_schedule"),
        (json!({ "url": "http://h", "timestamps": "micros" }), "timestamps"),
        (json!({ "url": "http://h", "auth": { "type": "magic" } }), "auth"),
        (json!({ "url": "http://h", "auth": { "type": "basic", "username": "u" } }), "auth"),
        (json!({ "url": "http://h", "auth": { "type": "bearer", "token": "a\nb" } }), "auth"),
        (json!({ "url": "http://h", "auth": { "type": "header", "name": "a b", "value": "x" } }), "auth"),
        (
            json!({ "url": "http://h", "auth": { "type": "header", "name": "Content-Length", "value": "0" } }),
            "auth.name",
        ),
        (json!({ "url": "http://h", "auth": { "type": "bearer", "token": "***" } }), "?secrets=true"),
        (json!({ "url": "http://h/n?key=***" }), "?secrets=true"),
        (json!({ "url": "http://h:99999/n" }), "url: expected"),
        (json!({ "url": "inbox:" }), "url: expected inbox:"),
        (json!({ "url": "http://h", "signing": { "type": "standard-webhooks", "secret": "plain" } }), "signing"),
        (
            json!({ "url": "http://h", "signing": { "type": "standard-webhooks", "secret": "whsec_c2hvcnQ=" } }),
            "signing",
        ),
        (json!({ "url": "http://h", "colour": "red" }), "colour"),
    ] {
        let refused = put_subscription(&account, "booking_notification", body.clone()).await.problem(400);
        assert!(refused.contains(word), "{body}: {refused}");
        account.control(Method::GET, "/subscriptions/booking_notification", None).await.problem(404);
    }
    put_subscription(&account, "carrier_pigeon", json!({ "url": "http://h" })).await.problem(404);
    for action in ["pause", "resume", "rotate-secret"] {
        let path = format!("/subscriptions/booking_notification/{action}");
        account.control(Method::POST, &path, None).await.problem(404);
    }
    account.control(Method::DELETE, "/subscriptions/booking_notification", None).await.problem(404);
}

#[actix_web::test]
async fn a_subscription_is_replaced_with_defaults_for_what_is_absent() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let signing = json!({ "type": "standard-webhooks", "secret": secret });
    let whole = json!({
        "url": "https://partner.example/n?x=1", "enabled": false, "paused": true,
        "auth": { "type": "basic", "username": "u", "password": "p" }, "signing": signing, "method": "POST",
        "success": "2xx", "timeout": "250ms", "retry": "automatic", "retry_schedule": ["1s", "1h 30m"],
        "timestamps": "millis", "structured_address": true, "empty_members": "omit", "concurrency": 3,
    });
    put_subscription(&account, "booking_notification", whole.clone()).await.expect(200);
    let path = "/subscriptions/booking_notification";
    assert_eq!(account.control(Method::GET, &format!("{path}?secrets=true"), None).await.expect(200), whole);
    let replaced = put_subscription(&account, "booking_notification", json!({ "url": "http://h" })).await.expect(200);
    let defaults = json!({
        "url": "http://h", "enabled": true, "paused": false, "auth": { "type": "none" },
        "signing": { "type": "standard-webhooks", "secret": "***" },
        "method": "PUT", "success": "200", "timeout": "5s", "retry": "manual",
        "retry_schedule": ["5s", "1m", "10m", "1h"], "timestamps": "seconds", "structured_address": false,
        "empty_members": "send", "concurrency": 16,
    });
    assert_eq!(replaced, defaults);
    let all = account.control(Method::GET, "/subscriptions", None).await.expect(200);
    assert_eq!(all, json!({ "booking_notification": defaults }));
    account.control(Method::DELETE, path, None).await.expect(204);
    assert_eq!(account.control(Method::GET, "/subscriptions", None).await.expect(200), json!({}));
}

#[actix_web::test]
async fn no_answer_shows_a_secret_of_a_subscription_unless_it_is_asked_for() {
    let server = Server::shared();
    let account = server.account(json!({})).await;
    let secret = "whsec_czNjcmV0LXMzY3JldC1zM2NyZXQ=";
    let (path, asked) = ("/subscriptions/booking_notification", "?secrets=true");
    for auth in [
        json!({ "type": "basic", "username": "me", "password": "hunter22" }),
        json!({ "type": "bearer", "token": "hunter22" }),
        json!({ "type": "header", "name": "X-Key", "value": "hunter22" }),
        json!({ "type": "oauth2", "token_url": "http://h?key=hunter22", "client_id": "me", "client_secret": "hunter22" }),
    ] {
        let url = "http://127.0.0.1:9/n?api_key=hunter22&a=1";
        let given = json!({ "url": url, "auth": auth, "signing": { "type": "standard-webhooks", "secret": secret } });
        let put = account.control(Method::PUT, path, Some(given.clone())).await;
        for (method, path) in [
            (Method::GET, path.to_owned()),
            (Method::GET, "/subscriptions".to_owned()),
            (Method::POST, format!("{path}/pause")),
            (Method::POST, format!("{path}/resume")),
        ] {
            let hidden = account.control(method.clone(), &path, None).await;
            assert_eq!(hidden.status, 200);
            for text in [&hidden.text, &put.text] {
                assert!(!text.contains("hunter22") && !text.contains("czNj") && text.contains("***"), "{path}: {text}");
                assert!(text.contains("n?api_key=***&a=1"), "{text}");
            }
            let shown = account.control(method, &format!("{path}{asked}"), None).await;
            assert!(shown.text.contains("hunter22") && shown.text.contains(secret), "{path}: {}", shown.text);
        }
        // What was asked for is the new signing secret, and nothing else.
        let rotated = account.control(Method::POST, &format!("{path}/rotate-secret"), None).await.expect(200);
        assert_eq!(rotated["signing"]["previous_secret"], secret);
        assert!(text(&rotated["signing"], "secret").starts_with("whsec_"));
        assert!(!rotated.to_string().contains("hunter22"), "{rotated}");
        account.booked("C1").await;
        let failed = account.wait_for(1, "failed").await;
        let attempts =
            account.control(Method::GET, &format!("/deliveries/{}/attempts", text(&failed, "id")), None).await;
        assert!(
            attempts.text.contains("n?api_key=***&a=1") && !attempts.text.contains("hunter22"),
            "{}",
            attempts.text
        );
        account.control(Method::POST, "/reset", None).await.expect(204);
    }
}
