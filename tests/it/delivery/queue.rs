//! The list of deliveries, the error queue, and sending again by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::{changes, frozen};
use crate::action::{text, texts};
use crate::receiver::{Receiver, held, reply};
use crate::server::{Account, Server};

async fn resend_all(account: &Account<'_>, filter: Value) -> Value {
    account.control(Method::POST, "/error-queue/resend", Some(filter)).await.expect(200)
}

#[actix_web::test]
async fn the_error_queue_is_listed_filtered_and_sent_again() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers((0..4).map(|_| reply(500)));
    account.subscribe(&receiver.url, json!({})).await;
    changes(&account, "C1", 2).await;
    account.wait_for(2, "failed").await;
    account.advance("1h").await;
    changes(&account, "C2", 2).await;
    account.wait_for(4, "failed").await;
    receiver.take(4).await;
    account.booked("C3").await;
    receiver.next().await;
    account.wait_for(1, "delivered").await;
    let all = account.deliveries().await;
    let (ids, codes) = (texts(&all, "id"), texts(&all, "booking_code"));
    let of_two = json!({ "candidate_id": "C2" });
    for (filter, expected) in [
        (json!({}), vec![0, 1, 2, 3]),
        (json!({ "service": "booking_notification" }), vec![0, 1, 2, 3]),
        (json!({ "change_reason": "BOOKING_CREATED" }), vec![0, 2]),
        (json!({ "booking_code": codes[2] }), vec![2, 3]),
        (of_two.clone(), vec![2, 3]),
        (json!({ "candidate_id": "C2", "change_reason": "BOOKING_CANCELLED" }), vec![3]),
        (json!({ "since": "2026-03-01T13:00:00Z" }), vec![2, 3]),
        (json!({ "until": "2026-03-01T13:00:00Z" }), vec![0, 1]),
        (json!({ "id": ids[1] }), vec![1]),
        // Delivered, so not in the queue.
        (json!({ "candidate_id": "C3" }), vec![]),
        (json!({ "id": "msg_none" }), vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|index: usize| ids[index].clone()).collect();
        let members = filter.as_object().unwrap();
        let pairs = members.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        assert_eq!(texts(&account.items(&format!("/error-queue?{query}")).await, "id"), expected, "{filter}");
        let mut dry = filter.clone();
        dry["dry_run"] = json!(true);
        let would = resend_all(&account, dry).await;
        assert_eq!(would["dry_run"], true);
        assert_eq!(would["count"], expected.len(), "{filter}");
        assert_eq!(texts(would["items"].as_array().unwrap(), "id"), expected, "{filter}");
        assert_eq!(texts(would["items"].as_array().unwrap(), "status"), vec!["failed"; expected.len()]);
    }
    assert_eq!(account.deliveries().await, all, "a dry run changes nothing");
    let again = resend_all(&account, of_two).await;
    assert_eq!((&again["count"], &again["dry_run"]), (&json!(2), &json!(false)));
    let sent = receiver.take(2).await;
    assert_eq!([sent[0].header("webhook-id"), sent[1].header("webhook-id")], ids[2..4]);
    assert_eq!(text(&all[2], "body").as_bytes(), sent[0].body, "the dry run shows the exact bytes");
    account.wait_for(3, "delivered").await;
    assert_eq!(resend_all(&account, json!({})).await["count"], 2);
    receiver.take(2).await;
    account.wait_for(5, "delivered").await;
    assert_eq!(account.items("/error-queue").await, [Value::Null; 0]);
    assert_eq!(resend_all(&account, json!({})).await["count"], 0);
    for filter in [
        json!({ "status": "failed" }),
        json!({ "colour": 1 }),
        json!({ "change_reason": "X" }),
        json!({ "since": "x" }),
    ] {
        account.control(Method::POST, "/error-queue/resend", Some(filter)).await.problem(400);
    }
}

#[actix_web::test]
async fn a_resend_joins_the_end_of_its_line() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers([reply(500), held(200)]);
    account.subscribe(&receiver.url, json!({ "timeout": "60s" })).await;
    changes(&account, "C1", 3).await;
    let mut told = receiver.take(2).await;
    let first = told[0].header("webhook-id").to_owned();
    let waiting = account.resend(&first).await.expect(200);
    assert_eq!(waiting["status"], "pending");
    assert_eq!(account.statuses().await, ["pending", "sending", "pending"]);
    account.resend(&first).await.problem(409);
    receiver.release(1);
    told.extend(receiver.take(2).await);
    account.wait_for(3, "delivered").await;
    let ids = texts(&account.deliveries().await, "id");
    let told: Vec<_> = told.iter().map(|call| call.header("webhook-id")).collect();
    assert_eq!(told, [&ids[0], &ids[1], &ids[2], &ids[0]]);
    account.resend("msg_none").await.problem(404);
    account.control(Method::GET, "/deliveries/msg_none", None).await.problem(404);
    account.control(Method::GET, "/deliveries/msg_none/attempts", None).await.problem(404);
}

#[actix_web::test]
async fn deliveries_are_listed_oldest_first_by_filter_and_page() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    changes(&account, "C1", 2).await;
    account.advance("1h").await;
    changes(&account, "C2", 1).await;
    let all = account.deliveries().await;
    let (ids, codes) = (texts(&all, "id"), texts(&all, "booking_code"));
    for (query, expected) in [
        (String::new(), vec![0, 1, 2]),
        ("status=discarded".to_owned(), vec![0, 1, 2]),
        ("status=delivered".to_owned(), vec![]),
        ("service=booking_notification".to_owned(), vec![0, 1, 2]),
        ("change_reason=BOOKING_CREATED".to_owned(), vec![0, 2]),
        (format!("booking_code={}", codes[0]), vec![0, 1]),
        ("candidate_id=C2".to_owned(), vec![2]),
        (format!("id={}", ids[1]), vec![1]),
        ("since=2026-03-01T12:00:01Z".to_owned(), vec![2]),
        ("until=2026-03-01T12:00:01Z".to_owned(), vec![0, 1]),
        ("since=2026-03-01T12:00:00Z&until=2026-03-01T12:00:00Z".to_owned(), vec![]),
        ("limit=1".to_owned(), vec![0]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|index: usize| ids[index].clone()).collect();
        assert_eq!(texts(&account.items(&format!("/deliveries?{query}")).await, "id"), expected, "{query}");
    }
    let mut paged = Vec::new();
    let mut cursor = String::new();
    for _ in 0..3 {
        let page = account.control(Method::GET, &format!("/deliveries?limit=1{cursor}"), None).await.expect(200);
        paged.extend(texts(page["items"].as_array().unwrap(), "id"));
        cursor = page["next_cursor"].as_str().map_or(String::new(), |next| format!("&cursor={next}"));
    }
    assert_eq!((paged, cursor.as_str()), (ids, ""));
    for query in
        ["status=lost", "service=x", "change_reason=x", "since=x", "until=x", "limit=0", "cursor=x", "colour=x"]
    {
        for list in ["deliveries", "error-queue"] {
            account.control(Method::GET, &format!("/{list}?{query}"), None).await.problem(400);
        }
    }
}

#[actix_web::test]
async fn what_is_discarded_leaves_the_error_queue_or_its_lane_and_lets_the_next_go() {
    let server = Server::shared();
    let account = server.account(super::frozen()).await;
    let receiver = Receiver::start();
    receiver.answers([reply(500), reply(500)]);
    account.subscribe(&receiver.url, json!({})).await;
    account.booked("C1").await;
    account.wait_for(1, "failed").await;
    account.booked("C2").await;
    account.wait_for(2, "failed").await;
    receiver.take(2).await;
    let discard = async |body: Value| {
        account.control(Method::POST, "/error-queue/discard", Some(body)).await.expect(200)["count"].clone()
    };
    assert_eq!(discard(json!({ "candidate_id": "C1", "dry_run": true })).await, 1);
    assert_eq!(account.statuses().await, ["failed", "failed"]);
    assert_eq!(discard(json!({ "candidate_id": "C1" })).await, 1);
    assert_eq!(account.statuses().await, ["discarded", "failed"]);
    assert_eq!(discard(json!({})).await, 1);
    assert_eq!(discard(json!({})).await, 0);
    account.subscription("pause").await;
    super::changes(&account, "C3", 2).await;
    let rows = account.deliveries().await;
    let first = rows[2]["id"].as_str().expect("an id");
    let path = format!("/deliveries/{first}/discard");
    assert_eq!(account.control(Method::POST, &path, None).await.expect(200)["status"], "discarded");
    assert!(account.control(Method::POST, &path, None).await.problem(409).contains("discarded already"));
    account.control(Method::POST, "/deliveries/msg_none/discard", None).await.problem(404);
    account.subscription("resume").await;
    assert_eq!(receiver.next().await.header("webhook-id"), rows[3]["id"].as_str().expect("an id"));
    account.wait_for(1, "delivered").await;
    assert_eq!(account.statuses().await, ["discarded", "discarded", "discarded", "delivered"]);
}
