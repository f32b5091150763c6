//! Automatic retries, on the clock of the account.

use serde_json::{Value, json};

use super::{changes, frozen};
use crate::action::{text, texts};
use crate::receiver::{BlackHole, Receiver, nowhere, reply};
use crate::server::Server;

#[actix_web::test]
async fn an_automatic_retry_follows_its_schedule_on_the_clock_of_the_account() {
    let server = Server::start();
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
    let server = Server::start();
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
    let server = Server::start();
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
    let server = Server::start();
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
    let server = Server::start();
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
