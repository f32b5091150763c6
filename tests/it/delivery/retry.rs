//! Automatic retries, on the clock of the account.

use serde_json::{Value, json};

use super::{changes, frozen};
use crate::action::{text, texts};
use crate::receiver::{BlackHole, Receiver, Reply, nowhere, reply};
use crate::server::Server;

#[actix_web::test]
async fn an_automatic_retry_follows_its_schedule_on_the_clock_of_the_account() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers([reply(500), reply(500), reply(500), reply(500)]);
    account.subscribe(&receiver.url, json!({ "retry": "automatic", "retry_schedule": ["1m", "10m"] })).await;
    account.booked("C1").await;
    receiver.next().await;
    let delivery = account.wait("for=delivery&status=pending").await;
    let id = text(&delivery, "id").to_owned();
    let shown =
        |delivery: &Value| json!([delivery["status"], delivery["attempts"], delivery["due"], delivery["last_status"]]);
    // The answer comes when the attempt is over; the row waits for its time.
    let settled = account.advance("59s").await;
    assert_eq!(settled["ran"], json!([]));
    let delivery = account.deliveries().await.remove(0);
    assert_eq!(shown(&delivery), json!(["pending", 1, "2026-03-01T12:01:00.000Z", 500]));
    let moved = account.advance("1s").await;
    assert_eq!(texts(moved["ran"].as_array().unwrap(), "id"), [id.as_str()]);
    assert_eq!(shown(&moved["ran"][0]), json!(["pending", 2, "2026-03-01T12:11:00.000Z", 500]));
    // The schedule is used up: the error queue.
    let moved = account.advance("1h").await;
    assert_eq!(moved["ran"][0]["status"], "failed");
    assert_eq!(account.now().await, "2026-03-01T13:01:00.000Z");
    receiver.take(2).await;
    assert_eq!(account.advance("30d").await["ran"], json!([]));
    // By hand, the schedule begins anew.
    account.resend(&id).await.expect(200);
    receiver.next().await;
    account.advance("0s").await;
    assert_eq!(shown(&account.deliveries().await[0]), json!(["pending", 4, "2026-03-31T13:02:00.000Z", 500]));
    let moved = account.advance("1m").await;
    assert_eq!(moved["ran"][0]["status"], "delivered");
    receiver.next().await;
}

#[actix_web::test]
async fn only_what_may_pass_is_tried_again() {
    let server = Server::shared();
    let (receiver, black_hole) = (Receiver::start(), BlackHole::open());
    let (refused, alive) = (nowhere(), receiver.url.clone());
    for (url, answer, expected) in [
        (&alive, Some(500), "pending"),
        (&refused, None, "pending"),
        (&black_hole.url, None, "pending"),
        (&alive, Some(400), "failed"),
        (&alive, Some(401), "failed"),
        (&alive, Some(404), "failed"),
        (&alive, Some(201), "failed"),
        (&alive, Some(302), "failed"),
    ] {
        let account = server.account(frozen()).await;
        let timeout = if *url == black_hole.url { "100ms" } else { "20s" };
        account.subscribe(url, json!({ "retry": "automatic", "timeout": timeout })).await;
        receiver.answers(answer.map(reply));
        account.booked("C1").await;
        account.advance("0s").await;
        let deliveries = account.deliveries().await;
        assert_eq!(texts(&deliveries, "status"), [expected], "{answer:?} {url}");
        assert_eq!(deliveries[0]["attempts"], 1);
        if answer.is_some() {
            receiver.next().await;
        }
    }
}

#[actix_web::test]
async fn an_advance_runs_what_falls_due_in_order_and_lists_it() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers((0..3).map(|_| reply(500)));
    account.subscribe(&receiver.url, json!({ "retry": "automatic", "retry_schedule": ["30s", "10m"] })).await;
    let mut ids = Vec::new();
    for candidate in ["C1", "C2", "C3"] {
        account.booked(candidate).await;
        ids.push(receiver.next().await.header("webhook-id").to_owned());
        account.advance("5s").await;
    }
    // Due at 30 s, 35 s and 40 s; the first fails again and comes back at 10 min 30 s.
    receiver.answers([reply(500)]);
    let moved = account.advance("1h").await;
    assert_eq!(moved["settled"], true);
    assert_eq!(texts(moved["ran"].as_array().unwrap(), "id"), ids);
    let told = receiver.take(4).await;
    let told: Vec<_> = told.iter().map(|call| call.header("webhook-id")).collect();
    assert_eq!(told, [&ids[0], &ids[1], &ids[2], &ids[0]]);
    let attempts: Vec<_> =
        moved["ran"].as_array().unwrap().iter().map(|delivery| delivery["attempts"].clone()).collect();
    assert_eq!(attempts, [3, 2, 2]);
    assert_eq!(texts(moved["ran"].as_array().unwrap(), "status"), ["delivered"; 3]);
}

#[actix_web::test]
async fn a_waiting_retry_holds_back_the_later_changes_of_its_eligibility_alone() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers([reply(500)]);
    account.subscribe(&receiver.url, json!({ "retry": "automatic", "retry_schedule": ["1m"] })).await;
    changes(&account, "C1", 3).await;
    let first = receiver.next().await;
    account.advance("0s").await;
    changes(&account, "C2", 1).await;
    assert_eq!(receiver.next().await.member("candidate_id"), "C2");
    account.advance("59s").await;
    assert_eq!(account.statuses().await, ["pending", "pending", "pending", "delivered"]);
    let moved = account.advance("1s").await;
    let ids = texts(&account.deliveries().await, "id");
    assert_eq!(texts(moved["ran"].as_array().unwrap(), "id"), ids[..3]);
    let told = receiver.take(3).await;
    let told: Vec<_> = told.iter().map(|call| call.header("webhook-id")).collect();
    assert_eq!(told, ids[..3]);
    assert_eq!(told[0], first.header("webhook-id"));
}

#[actix_web::test]
async fn a_retry_comes_by_itself_when_the_clock_runs() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let receiver = Receiver::start();
    receiver.answers([reply(500)]);
    account.subscribe(&receiver.url, json!({ "retry": "automatic", "retry_schedule": ["6h"] })).await;
    account.booked("C1").await;
    receiver.next().await;
    account.wait("for=delivery&status=pending").await;
    account.clock(json!({ "action": "scale", "factor": 1_000_000 })).await.expect(200);
    receiver.next().await;
    assert_eq!(account.wait_for(1, "delivered").await["attempts"], 2);
}

#[actix_web::test]
async fn jitter_comes_from_the_seed_and_only_makes_a_wait_longer() {
    let server = Server::shared();
    let receiver = Receiver::start();
    let mut waits = Vec::new();
    for seed in [7, 7, 8] {
        let mut given = frozen();
        given["account"] = json!({ "account_code": "JITTER" });
        given["seed"] = json!(seed);
        let account = server.account(given).await;
        let schedule = json!({ "retry": "automatic", "retry_schedule": ["100s"], "retry_jitter": 0.5 });
        account.subscribe(&receiver.url, schedule).await;
        receiver.answers((0..6).map(|_| reply(500)));
        for candidate in 0..6 {
            account.booked(&format!("C{candidate}")).await;
        }
        receiver.take(6).await;
        account.advance("0s").await;
        waits.push(texts(&account.deliveries().await, "due"));
        account.control(reqwest::Method::DELETE, "", None).await.expect(204);
    }
    assert_eq!(waits[0], waits[1]);
    assert_ne!(waits[0], waits[2]);
    let mut sorted = waits[0].clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), 6, "each delivery has a wait of its own");
    assert!(sorted[0].as_str() >= "2026-03-01T12:01:40" && sorted[5].as_str() <= "2026-03-01T12:02:30", "{sorted:?}");
    let account = server.account(frozen()).await;
    let input = json!({ "url": receiver.url, "retry_jitter": 1.5 });
    let path = "/subscriptions/booking_notification";
    let refused = account.control(reqwest::Method::PUT, path, Some(input)).await;
    insta::assert_snapshot!(refused.told(), @r#"
    400 application/problem+json
    {
      "type": "about:blank",
      "title": "Bad Request",
      "status": 400,
      "detail": "retry_jitter: expected 0 to 1, got 1.5"
    }
    "#);
}

#[actix_web::test]
async fn a_receiver_that_says_when_is_asked_then_and_never_before_its_turn() {
    let server = Server::shared();
    let receiver = Receiver::start();
    let later = |status, after: &str| Reply { headers: vec![("Retry-After", after.to_owned())], ..reply(status) };
    let past = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (answer, expected) in [
        (later(503, "600"), Some("2026-03-01T12:10:00.000Z")),
        (later(429, "600"), Some("2026-03-01T12:10:00.000Z")),
        (later(500, "600"), Some("2026-03-01T12:10:00.000Z")),
        // Shorter than the schedule, or over: the schedule.
        (later(503, "5"), Some("2026-03-01T12:01:00.000Z")),
        (later(503, past), Some("2026-03-01T12:01:00.000Z")),
        // Nobody waits for more than a day.
        (later(503, "99999999"), Some("2026-03-02T12:00:00.000Z")),
        (later(503, "soon"), None),
        (reply(503), None),
        (reply(429), None),
        (later(400, "600"), None),
    ] {
        let account = server.account(frozen()).await;
        account.subscribe(&receiver.url, json!({ "retry": "automatic", "retry_schedule": ["1m"] })).await;
        receiver.answers([answer.clone()]);
        account.booked("C1").await;
        receiver.next().await;
        account.advance("0s").await;
        let row = account.deliveries().await.remove(0);
        let due = (row["status"] == "pending").then(|| text(&row, "due").to_owned());
        assert_eq!(due.as_deref(), expected, "{answer:?}");
        account.control(reqwest::Method::DELETE, "", None).await.expect(204);
    }
    // Without `automatic` nobody asks again.
    let account = server.account(frozen()).await;
    account.subscribe(&receiver.url, json!({})).await;
    receiver.answers([later(503, "1")]);
    account.booked("C1").await;
    receiver.next().await;
    account.wait_for(1, "failed").await;
}
