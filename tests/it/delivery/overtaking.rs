//! Notifications out of order on request: overtaken by later ones, held, and let go in any order.

use reqwest::Method;
use serde_json::{Value, json};

use super::misbehaviour::{ids, spoil, texts_of};
use super::{changes, frozen};
use crate::action::{text, texts};
use crate::receiver::{Receiver, held, reply};
use crate::server::{Account, Server};

async fn flush(account: &Account<'_>, wanted: Value) -> Vec<Value> {
    let path = "/subscriptions/booking_notification/flush";
    let flushed = account.control(Method::POST, path, Some(wanted)).await.expect(200);
    flushed["items"].as_array().expect("items").clone()
}

#[actix_web::test]
async fn a_notification_lets_so_many_later_ones_of_its_eligibility_overtake_it() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    spoil(&account, json!({ "reorder": 2 }), json!({ "times": 1 })).await;
    changes(&account, "C1", 1).await;
    // Nothing overtakes it yet; the clock does not wait for it.
    assert_eq!(account.advance("1h").await["settled"], true);
    let waiting = account.deliveries().await.remove(0);
    assert_eq!((&waiting["status"], &waiting["held"]), (&json!("paused"), &json!(true)));
    let code = text(&waiting, "booking_code").to_owned();
    let moved = account.booking(&code, "reschedule").await.expect(200);
    account.booking(text(&moved, "booking_code"), "cancel").await.expect(200);
    let calls = receiver.take(3).await;
    assert_eq!(texts_of(&calls), ["BOOKING_RESCHEDULED", "BOOKING_CANCELLED", "BOOKING_CREATED"]);
    account.wait_for(3, "delivered").await;
    assert!(account.deliveries().await[0].get("held").is_none());
}

#[actix_web::test]
async fn held_notifications_go_in_the_order_of_the_flush() {
    let server = Server::shared();
    for (wanted, expected) in [
        (json!({}), [0, 1, 2, 3]),
        (json!({ "order": "reversed" }), [3, 2, 1, 0]),
        (json!({ "ids": [2, 0, 3, 1] }), [2, 0, 3, 1]),
    ] {
        let account = server.account(frozen()).await;
        let receiver = Receiver::start();
        account.subscribe(&receiver.url, json!({})).await;
        spoil(&account, json!({ "hold": true }), json!({})).await;
        changes(&account, "C1", 4).await;
        assert_eq!(account.statuses().await, ["paused"; 4]);
        assert_eq!(account.advance("1h").await["settled"], true);
        let rows = texts(&account.deliveries().await, "id");
        let mut wanted = wanted;
        if let Some(ids) = wanted.get_mut("ids").and_then(Value::as_array_mut) {
            for id in ids {
                let index = id.as_u64().and_then(|index| usize::try_from(index).ok()).expect("an index");
                *id = json!(rows[index]);
            }
        }
        let flushed = flush(&account, wanted.clone()).await;
        let told = ids(&receiver.take(4).await);
        let expected: Vec<_> = expected.iter().map(|index| rows[*index].clone()).collect();
        assert_eq!(told, expected, "{wanted}");
        assert_eq!(texts(&flushed, "id"), expected);
        account.wait_for(4, "delivered").await;
        assert_eq!(flush(&account, json!({})).await, Vec::<Value>::new());
    }
}

#[actix_web::test]
async fn a_shuffled_flush_is_the_same_for_the_same_seed() {
    let server = Server::shared();
    let mut orders = Vec::new();
    for _ in 0..2 {
        let mut given = frozen();
        given["account"] = json!({ "account_code": "SHUFFLED" });
        let account = server.account(given).await;
        let receiver = Receiver::start();
        account.subscribe(&receiver.url, json!({})).await;
        spoil(&account, json!({ "hold": true }), json!({})).await;
        changes(&account, "C1", 6).await;
        flush(&account, json!({ "order": "shuffled" })).await;
        let rows = texts(&account.deliveries().await, "id");
        let told = ids(&receiver.take(6).await);
        orders.push(told.iter().map(|id| rows.iter().position(|row| row == id).expect("a row")).collect::<Vec<_>>());
        account.control(Method::DELETE, "", None).await.expect(204);
    }
    assert_eq!(orders[0], orders[1]);
    assert_ne!(orders[0], [0, 1, 2, 3, 4, 5]);
}

#[actix_web::test]
async fn a_held_notification_follows_its_subscription_once_it_is_let_go() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    account.subscribe(&receiver.url, json!({})).await;
    spoil(&account, json!({ "hold": true }), json!({})).await;
    changes(&account, "C1", 3).await;
    account.subscription("pause").await;
    account.subscription("resume").await;
    assert_eq!(account.statuses().await, ["paused"; 3], "a resume is no flush");
    account.subscription("pause").await;
    let rows = texts(&account.deliveries().await, "id");
    account.control(Method::POST, &format!("/deliveries/{}/discard", rows[1]), None).await.expect(200);
    assert_eq!(flush(&account, json!({})).await.len(), 2);
    assert_eq!(account.statuses().await, ["paused", "discarded", "paused"]);
    account.subscription("resume").await;
    assert_eq!(ids(&receiver.take(2).await), [&rows[0], &rows[2]].map(ToOwned::to_owned));
    account.control(Method::DELETE, "/faults", None).await.expect(204);
    spoil(&account, json!({ "hold": true }), json!({})).await;
    changes(&account, "C2", 1).await;
    account.control(Method::DELETE, "/subscriptions/booking_notification", None).await.expect(204);
    let gone = account.deliveries().await.remove(3);
    assert_eq!((&gone["status"], gone.get("held")), (&json!("discarded"), None));
}

#[actix_web::test]
async fn only_later_ones_that_were_sent_overtake() {
    let server = Server::shared();
    for (discards, expected) in [(false, ["A", "C", "B", "D"].as_slice()), (true, &["A", "D", "B"])] {
        let account = server.account(frozen()).await;
        let receiver = Receiver::start();
        receiver.answers([held(200), reply(200)]);
        account.subscribe(&receiver.url, json!({ "timeout": "60s" })).await;
        // A is under way while B is made; B lets one later one overtake it.
        changes(&account, "C1", 1).await;
        let mut told = vec![receiver.next().await];
        spoil(&account, json!({ "reorder": 1 }), json!({ "times": 1 })).await;
        let code = text(&account.deliveries().await[0], "booking_code").to_owned();
        account.booking(&code, "cancel").await.expect(200);
        let id = text(&account.deliveries().await[0], "psi_eligiblity_id").to_owned();
        let code = text(&account.schedule(&id).await, "booking_code").to_owned();
        account.booking(&code, "cancel").await.expect(200);
        let rows = texts(&account.deliveries().await, "id");
        if discards {
            // What is given up overtakes nobody.
            account.control(Method::POST, &format!("/deliveries/{}/discard", rows[2]), None).await.expect(200);
            assert_eq!(receiver.unread(), 0, "one of an eligibility at a time");
        }
        receiver.release(1);
        told.extend(receiver.take(expected.len() - 1).await);
        let names = |id: &String| ["A", "B", "C", "D"][rows.iter().position(|row| row == id).expect("a row")];
        let told: Vec<_> = ids(&told).iter().map(names).collect();
        assert_eq!(told, expected);
        account.wait_for(expected.len(), "delivered").await;
    }
}

#[actix_web::test]
async fn what_is_sent_again_to_a_paused_subscription_is_paused() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    account.control(Method::DELETE, "/subscriptions/booking_notification", None).await;
    account.booked("C1").await;
    let row = account.wait_for(1, "discarded").await;
    account.subscribe(&receiver.url, json!({ "paused": true })).await;
    assert_eq!(account.resend(text(&row, "id")).await.expect(200)["status"], "paused");
    assert_eq!(account.advance("1h").await["settled"], true);
    account.subscription("resume").await;
    receiver.next().await;
    account.wait_for(1, "delivered").await;
}
