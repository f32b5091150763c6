//! The request around the body: its line, its headers, its signature.

use reqwest::Method;
use serde_json::json;

use super::{SECRET, create, given};
use crate::action::text;
use crate::receiver::{Receiver, reply};
use crate::server::{Server, eligibility};

#[actix_web::test]
async fn the_url_is_the_partners_with_its_query_and_the_method_is_its_choice() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    for (index, (more, query, method)) in [
        (json!({}), "?tenant=a%20b&x=1+2", "PUT"),
        (json!({ "method": "PUT" }), "", "PUT"),
        (json!({ "method": "POST" }), "?k=ü", "POST"),
    ]
    .into_iter()
    .enumerate()
    {
        account.subscribe(&format!("{}{query}", receiver.url), more).await;
        let id = create(&account, eligibility(&format!("C{index}"), "EXAM1")).await;
        account.schedule(&id).await;
        let call = receiver.next().await;
        assert_eq!(call.method, method);
        assert_eq!(call.target, format!("/notifications{}", query.replace('ü', "%C3%BC")));
        assert_eq!(call.header("content-type"), "application/json");
        assert_eq!(call.header("content-length"), call.body.len().to_string());
        assert_eq!(call.header("transfer-encoding"), "");
        assert!(call.header("user-agent").starts_with("atlas-sandbox/"), "{}", call.header("user-agent"));
    }
}

#[actix_web::test]
async fn the_account_secret_signs_unless_the_subscription_has_one_of_its_own() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    let own = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for (candidate, signing, signs, does_not) in [
        ("1", json!({}), SECRET, own),
        ("2", json!({ "signing": { "type": "standard-webhooks" } }), SECRET, own),
        ("3", json!({ "signing": { "type": "standard-webhooks", "secret": own } }), own, SECRET),
        // What is absent takes its default, except the secret, which stays.
        ("4", json!({}), own, SECRET),
    ] {
        account.subscribe(&receiver.url, signing).await;
        let id = create(&account, eligibility(candidate, "EXAM1")).await;
        account.schedule(&id).await;
        let call = receiver.next().await;
        assert!(call.is_signed_with(signs), "{candidate}");
        assert!(!call.is_signed_with(does_not), "{candidate}");
        assert_eq!(call.header("webhook-signature").split(' ').count(), 1, "{candidate}");
        assert!(call.header("webhook-id").starts_with("msg_"), "{candidate}");
    }
}

#[actix_web::test]
async fn an_unsigned_notification_has_no_webhook_headers() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({ "signing": { "type": "none" } })).await;
    let id = create(&account, eligibility("C1", "EXAM1")).await;
    account.schedule(&id).await;
    let call = receiver.next().await;
    let names: Vec<_> =
        call.headers.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("webhook")).collect();
    assert_eq!(names, [""; 0]);
    let rotated = account.control(Method::POST, "/subscriptions/booking_notification/rotate-secret", None).await;
    assert!(rotated.problem(409).contains("not signed"), "{}", rotated.text);
}

#[actix_web::test]
async fn during_a_rotation_the_old_and_the_new_secret_sign() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    let first = account.subscription("rotate-secret").await;
    let new = text(&first["signing"], "secret").to_owned();
    assert_ne!(new, SECRET);
    account.booked("C1").await;
    let call = receiver.next().await;
    assert!(call.is_signed_with(SECRET) && call.is_signed_with(&new));
    assert_eq!(call.header("webhook-signature").split(' ').count(), 2);
    let second = account.subscription("rotate-secret").await;
    let newest = text(&second["signing"], "secret").to_owned();
    account.booked("C2").await;
    let call = receiver.next().await;
    assert!(call.is_signed_with(&new) && call.is_signed_with(&newest));
    assert!(!call.is_signed_with(SECRET));
    assert_eq!(call.header("webhook-signature").split(' ').count(), 2);
}

#[actix_web::test]
async fn a_resent_notification_keeps_its_id_and_bytes_and_gets_a_new_timestamp() {
    let server = Server::shared();
    let account = server.account(given()).await;
    account.set(json!({ "signature_time": "clock" })).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    account.booked("C1").await;
    let first = receiver.next().await;
    account.wait_for(1, "delivered").await;
    account.advance("1h").await;
    account.resend(first.header("webhook-id")).await.expect(200);
    let again = receiver.next().await;
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(again.body, first.body);
    // 2026-03-01T12:00:00Z and an hour later.
    assert_eq!(first.header("webhook-timestamp"), "1772366400");
    assert_eq!(again.header("webhook-timestamp"), "1772370000");
    assert_ne!(again.header("webhook-signature"), first.header("webhook-signature"));
}

#[actix_web::test]
async fn a_resend_takes_the_subscription_as_it_is_now() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let (old, new) = (Receiver::start(), Receiver::start());
    old.answers([reply(500)]);
    account.subscribe(&old.url, json!({ "auth": { "type": "bearer", "token": "old" } })).await;
    account.booked("C1").await;
    let first = old.next().await;
    account.wait_for(1, "failed").await;
    let more = json!({ "method": "POST", "auth": { "type": "bearer", "token": "new" }, "timestamps": "millis" });
    account.subscribe(&format!("{}?new", new.url), more).await;
    account.resend(first.header("webhook-id")).await.expect(200);
    let again = new.next().await;
    assert_eq!((again.method.as_str(), again.target.as_str()), ("POST", "/notifications?new"));
    assert_eq!(again.header("authorization"), "Bearer new");
    assert_eq!(again.body, first.body);
}

#[actix_web::test]
async fn the_timestamp_of_the_signature_is_wall_time_unless_asked_otherwise() {
    let server = Server::shared();
    let account = server.account(given()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    let wall = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let before = wall();
    account.booked("C1").await;
    let sent: u64 = receiver.next().await.header("webhook-timestamp").parse().unwrap();
    assert!((before..=wall()).contains(&sent), "{sent} is not wall time");
}
