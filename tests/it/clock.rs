//! The clock of an account: freeze, set, advance, scale, resume; what waits for it, and what it waits for.

use reqwest::Method;
use serde_json::{Value, json};

use crate::action::{text, texts, until};
use crate::receiver::{Receiver, held, reply};
use crate::server::{Account, Server};

const NOON: &str = "2026-03-01T12:00:00.000Z";

fn frozen() -> Value {
    json!({ "clock": { "instant": NOON, "frozen": true } })
}

fn instant(text: &str) -> chrono::DateTime<chrono::Utc> {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// An account on a frozen clock whose first notification failed, to be tried again after a minute.
async fn with_a_waiting_retry<'a>(server: &'a Server, receiver: &Receiver) -> Account<'a> {
    let account = server.account(frozen()).await;
    receiver.answers([reply(500)]);
    account.subscribe(&receiver.url, json!({ "retry": "automatic", "retry_schedule": ["1m"] })).await;
    account.booked("C1").await;
    receiver.next().await;
    account.wait("for=delivery&status=pending").await;
    account.advance("0s").await;
    account
}

#[actix_web::test]
async fn a_clock_starts_where_the_fixture_says_or_at_wall_time() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let face = account.control(Method::GET, "/clock", None).await.expect(200);
    assert_eq!(face, json!({ "instant": NOON, "frozen": true, "factor": 0.0 }));
    let before = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
    let account = server.account(json!({})).await;
    let face = account.control(Method::GET, "/clock", None).await.expect(200);
    assert_eq!((&face["frozen"], &face["factor"]), (&json!(false), &json!(1.0)));
    let shown = instant(text(&face, "instant"));
    // Millis are shown, so up to one of them is cut off.
    let since = shown - before;
    assert!(since.num_milliseconds() >= -1 && since.num_seconds() < 60, "{since}");
    let account = server.account(json!({ "clock": { "instant": NOON } })).await;
    let face = account.control(Method::GET, "/clock", None).await.expect(200);
    assert_eq!(face["frozen"], false);
    assert!(instant(text(&face, "instant")) >= instant(NOON));
}

#[actix_web::test]
async fn every_action_leaves_the_clock_as_it_says() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    for (input, shown, is_frozen) in [
        (json!({ "action": "set", "instant": "2026-04-01T00:00:00Z" }), "2026-04-01T00:00:00.000Z", true),
        (json!({ "action": "advance", "duration": "1d 2h" }), "2026-04-02T02:00:00.000Z", true),
        (json!({ "action": "advance", "duration": "250ms" }), "2026-04-02T02:00:00.250Z", true),
        (json!({ "action": "advance", "instant": "2026-05-01" }), "2026-05-01T00:00:00.000Z", true),
        (json!({ "action": "advance", "duration": "0s" }), "2026-05-01T00:00:00.000Z", true),
        // Nothing is pending, so it may go back.
        (json!({ "action": "set", "instant": "2020-02-29T23:59:59.5Z" }), "2020-02-29T23:59:59.500Z", true),
        (json!({ "action": "freeze", "instant": "2026-06-01T10:00:00+02:00" }), "2026-06-01T08:00:00.000Z", true),
        (json!({ "action": "freeze" }), "2026-06-01T08:00:00.000Z", true),
        (json!({ "action": "scale", "factor": 0 }), "2026-06-01T08:00:00.000Z", true),
        (json!({ "action": "resume" }), "2026-06-01T08:00:00.000Z", false),
    ] {
        let moved = account.clock(input.clone()).await.expect(200);
        assert_eq!(moved["instant"], shown, "{input}");
        assert_eq!(moved["frozen"], is_frozen, "{input}");
        assert_eq!(moved["account_code"], account.code, "{input}");
        assert_eq!(
            (&moved["settled"], &moved["ran"], &moved["open"]),
            (&json!(true), &json!([]), &json!([])),
            "{input}"
        );
        if is_frozen {
            assert_eq!(account.now().await, shown, "{input}");
        }
    }
}

#[actix_web::test]
async fn a_clock_that_was_resumed_runs_on_at_wall_pace_from_where_it_stood() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    account.clock(json!({ "action": "resume" })).await.expect(200);
    until("the clock moves", async || account.now().await != NOON).await;
    let passed = instant(&account.now().await) - instant(NOON);
    assert!(passed.num_milliseconds() > 0 && passed.num_seconds() < 60, "{passed}");
    // Setting and advancing keep its pace.
    for input in [json!({ "action": "set", "instant": NOON }), json!({ "action": "advance", "duration": "1h" })] {
        let moved = account.clock(input.clone()).await.expect(200);
        assert_eq!((&moved["frozen"], &moved["factor"]), (&json!(false), &json!(1.0)), "{input}");
    }
    assert!(instant(&account.now().await) >= instant("2026-03-01T13:00:00Z"));
}

#[actix_web::test]
async fn a_scaled_clock_runs_at_its_factor() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let moved = account.clock(json!({ "action": "scale", "factor": 86400 })).await.expect(200);
    assert_eq!((&moved["frozen"], &moved["factor"]), (&json!(false), &json!(86400.0)));
    // An hour is 42 ms.
    let hour = instant(NOON) + chrono::Duration::hours(1);
    until("an hour passes", async || instant(&account.now().await) >= hour).await;
    account.clock(json!({ "action": "freeze" })).await.expect(200);
    let stood = account.now().await;
    assert_eq!(account.now().await, stood);
}

#[actix_web::test]
async fn what_does_not_fit_is_refused_and_moves_nothing() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    for (input, word) in [
        (json!({}), "action"),
        (json!({ "action": "rewind" }), "action"),
        (json!({ "action": "set" }), "instant: expected an instant beside action"),
        (json!({ "action": "set", "instant": "soon" }), "instant"),
        (json!({ "action": "set", "instant": 5 }), "instant"),
        // In UTC, the year 10000.
        (json!({ "action": "set", "instant": "9999-12-31T23:59:59-14:00" }), "instant"),
        (json!({ "action": "advance" }), "duration: expected it or instant"),
        (
            json!({ "action": "advance", "instant": "2027-01-01", "duration": "1h" }),
            "duration: expected none beside instant",
        ),
        (json!({ "action": "advance", "duration": "fast" }), "duration"),
        (json!({ "action": "advance", "duration": "-1h" }), "duration"),
        (json!({ "action": "advance", "duration": "9000y" }), "duration"),
        (json!({ "action": "advance", "duration": "9999999y" }), "duration"),
        (json!({ "action": "advance", "instant": "2026-03-01T11:59:59Z" }), "on only"),
        (json!({ "action": "scale" }), "factor"),
        (json!({ "action": "scale", "factor": -1 }), "factor"),
        (json!({ "action": "scale", "factor": 1_000_001 }), "factor"),
        (json!({ "action": "scale", "factor": "2" }), "factor"),
        (json!({ "action": "freeze", "speed": 1 }), "speed"),
    ] {
        let refused = account.clock(input.clone()).await.problem(400);
        assert!(refused.contains(word), "{input}: {refused}");
        let face = account.control(Method::GET, "/clock", None).await.expect(200);
        assert_eq!(face, json!({ "instant": NOON, "frozen": true, "factor": 0.0 }), "{input}");
    }
    server.control(Method::GET, "/accounts/NOBODY/clock", None).await.problem(404);
    server.control(Method::PUT, "/accounts/NOBODY/clock", Some(json!({ "action": "freeze" }))).await.problem(404);
}

#[actix_web::test]
async fn a_clock_never_goes_back_while_work_is_pending() {
    let server = Server::shared();
    let receiver = Receiver::start();
    let account = with_a_waiting_retry(&server, &receiver).await;
    for action in ["set", "freeze"] {
        let back = json!({ "action": action, "instant": "2026-03-01T11:59:59.999Z" });
        let refused = account.clock(back).await.problem(409);
        assert!(refused.contains("never goes back while work is pending"), "{refused}");
        assert_eq!(account.now().await, NOON);
    }
    account.clock(json!({ "action": "set", "instant": NOON })).await.expect(200);
    account.advance("1m").await;
    receiver.next().await;
    account.wait_for(1, "delivered").await;
    let moved = account.clock(json!({ "action": "set", "instant": "2020-01-01" })).await.expect(200);
    assert_eq!(moved["instant"], "2020-01-01T00:00:00.000Z");
}

#[actix_web::test]
async fn setting_the_clock_past_a_due_instant_lets_the_work_run() {
    let server = Server::shared();
    let receiver = Receiver::start();
    for (action, more) in [
        ("set", json!({ "instant": "2026-03-01T12:01:00Z" })),
        ("freeze", json!({ "instant": "2026-03-02" })),
        ("scale", json!({ "factor": 1_000_000 })),
    ] {
        let account = with_a_waiting_retry(&server, &receiver).await;
        let mut input = json!({ "action": action });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        account.clock(input).await.expect(200);
        receiver.next().await;
        assert_eq!(account.wait_for(1, "delivered").await["attempts"], 2, "{action}");
    }
}

#[actix_web::test]
async fn an_advance_answers_when_its_work_has_settled_and_the_next_one_queues() {
    let server = Server::shared();
    let receiver = Receiver::start();
    let account = with_a_waiting_retry(&server, &receiver).await;
    receiver.answers([held(200)]);
    let first = account.advance("1h");
    let second = account.advance("2h");
    let watch = async {
        // The retry is under way at its own instant, so the first advance has not answered.
        receiver.next().await;
        for _ in 0..20 {
            assert_eq!(account.now().await, "2026-03-01T12:01:00.000Z");
        }
        receiver.release(1);
    };
    let (first, second, ()) = tokio::join!(biased; first, second, watch);
    let (first, second) =
        if first["instant"].as_str() < second["instant"].as_str() { (first, second) } else { (second, first) };
    assert_eq!(texts(first["ran"].as_array().unwrap(), "status"), ["delivered"]);
    assert_eq!(second["ran"], json!([]));
    let instants = (text(&first, "instant"), text(&second, "instant"));
    let by_two = ["2026-03-01T13:00:00.000Z", "2026-03-01T14:00:00.000Z"];
    assert!(by_two.contains(&instants.0), "{instants:?}");
    assert_eq!(instants.1, "2026-03-01T15:00:00.000Z");
}

#[actix_web::test]
async fn an_advance_stops_at_every_due_instant_on_its_way() {
    let server = Server::shared();
    let receiver = Receiver::start();
    let account = with_a_waiting_retry(&server, &receiver).await;
    account.set(json!({ "signature_time": "clock" })).await;
    account.advance("1d").await;
    let call = receiver.next().await;
    // Signed at 12:01, when it fell due, not at the end of the way.
    assert_eq!(call.header("webhook-timestamp"), instant("2026-03-01T12:01:00Z").timestamp().to_string());
}

#[actix_web::test]
async fn an_attempt_under_way_ends_before_the_clock_moves_on() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    account.set(json!({ "signature_time": "clock" })).await;
    let receiver = Receiver::start();
    receiver.answers([held(500)]);
    account.subscribe(&receiver.url, json!({ "retry": "automatic", "retry_schedule": ["1m"], "timeout": "60s" })).await;
    account.booked("C1").await;
    receiver.next().await;
    let watch = async {
        for _ in 0..20 {
            assert_eq!(account.now().await, NOON);
        }
        receiver.release(1);
    };
    let (moved, ()) = tokio::join!(account.advance("1h"), watch);
    // Failed at noon, so the retry was due on the way.
    let at = instant("2026-03-01T12:01:00Z").timestamp().to_string();
    assert_eq!(receiver.next().await.header("webhook-timestamp"), at);
    assert_eq!(texts(moved["ran"].as_array().unwrap(), "status"), ["delivered"]);
    assert_eq!(moved["instant"], "2026-03-01T13:00:00.000Z");
}

#[actix_web::test]
async fn all_clocks_move_together() {
    let server = Server::start_with(&["--no-demo"]);
    let receiver = Receiver::start();
    let one = with_a_waiting_retry(&server, &receiver).await;
    let two = server.account(json!({ "clock": { "instant": "2027-01-01", "frozen": true } })).await;
    let mut codes = [one.code.as_str(), two.code.as_str()];
    codes.sort_unstable();
    let all = server.control(Method::GET, "/clock", None).await.expect(200);
    assert_eq!(texts(all.as_array().unwrap(), "account_code"), codes);
    let moved = server.control(Method::PUT, "/clock", Some(json!({ "action": "advance", "duration": "2h" }))).await;
    let moved = moved.expect(200);
    assert_eq!(texts(moved.as_array().unwrap(), "account_code"), codes);
    let of = |code: &str| moved.as_array().unwrap().iter().find(|clock| clock["account_code"] == code).unwrap().clone();
    assert_eq!(of(&one.code)["instant"], "2026-03-01T14:00:00.000Z");
    assert_eq!(of(&two.code)["instant"], "2027-01-01T02:00:00.000Z");
    assert_eq!(texts(of(&one.code)["ran"].as_array().unwrap(), "status"), ["delivered"]);
    receiver.next().await;
    server
        .control(Method::PUT, "/clock", Some(json!({ "action": "freeze", "instant": "2028-01-01" })))
        .await
        .expect(200);
    for account in [&one, &two] {
        assert_eq!(account.now().await, "2028-01-01T00:00:00.000Z");
    }
    server.control(Method::PUT, "/clock", Some(json!({ "action": "set" }))).await.problem(400);
}

/// Issue 8: `PUT /_sandbox/clock` is all or nothing.
#[actix_web::test]
async fn where_one_clock_may_not_move_none_does() {
    let server = Server::start_with(&["--no-demo"]);
    let receiver = Receiver::start();
    let first = server.account(json!({ "account": { "account_code": "A1" }, "clock": { "instant": NOON } })).await;
    let busy = with_a_waiting_retry(&server, &receiver).await;
    let last = server.account(json!({ "account": { "account_code": "ZZZZZZZZ" }, "clock": { "instant": NOON } })).await;
    let back = json!({ "action": "freeze", "instant": "2026-01-01T00:00:00Z" });
    let why = server.control(Method::PUT, "/clock", Some(back)).await.problem(409);
    assert_eq!(why, "the clock never goes back while work is pending (1 deliveries are)");
    assert_eq!(busy.now().await, NOON);
    for account in [&first, &last] {
        let face = account.control(Method::GET, "/clock", None).await.expect(200);
        assert_eq!(face["frozen"], false, "{face}");
        assert!(instant(text(&face, "instant")) >= instant(NOON), "{face}");
    }
}

#[actix_web::test]
async fn the_clock_governs_business_time() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    let made = account.post("/candidates", crate::server::eligibility("C1", "EXAM1")).await.expect(201);
    assert_eq!(made["created_datetime"], "2026-03-01T12:00:00Z");
    let booking = account.schedule(text(&made, "psi_eligiblity_id")).await;
    assert_eq!(booking["created"], NOON);
    account.advance("90m").await;
    let code = text(&booking, "booking_code");
    let done = account.booking_as(code, "complete", json!({ "result": "PASS", "score": "1" })).await.expect(200);
    assert_eq!(done["result"]["received"], "2026-03-01T13:30:00.000Z");
    assert_eq!(texts(&account.deliveries().await, "created"), [NOON, "2026-03-01T13:30:00.000Z"]);
}

#[actix_web::test]
async fn a_reset_starts_the_clock_anew() {
    let server = Server::shared();
    let account = server.account(frozen()).await;
    account.clock(json!({ "action": "set", "instant": "2030-01-01" })).await.expect(200);
    account.clock(json!({ "action": "resume" })).await.expect(200);
    account.control(Method::POST, "/reset", None).await.expect(204);
    let face = account.control(Method::GET, "/clock", None).await.expect(200);
    assert_eq!(face, json!({ "instant": NOON, "frozen": true, "factor": 0.0 }));
}
